"""`web4 statusline`: one line for the client's status line, from the JSON that the client gives on standard input.

In the client's settings: `"statusLine": {"type": "command", "command": "web4 statusline"}`. Input that cannot be read is
no session: the line still says which policy binds here. It never fails loudly: a status line is looked at, not handled.
"""

from __future__ import annotations

import json
import os
import sys

from web4_governance.app.context import ORGANISATION
from web4_governance.app.status_line import status_line
from web4_governance.app.surroundings import MANAGED, surroundings
from web4_governance.cli import main
from web4_governance.cli.here import now_us
from web4_governance.cli.text import Paint, safe
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from web4_governance.app.status_line import StatusLine

HELP = "one line for the client's status line: policy, denied so far, age of the last signed head"
MOST_READ = 256 * 1024
MINUTE, HOUR, DAY = 60, 3600, 86_400
MODES = {
    "enforce": ("web4 enforces", "green"),
    "observe": ("web4 observes", ""),
    "off": ("web4 is OFF", "yellow"),
    "silent": ("web4 is SILENT: hooks are switched off", "red"),
    "broken": ("web4: the policy does not load", "red"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--no-colour", action="store_true", help="plain text (a client shows colours)")


def run(arguments: argparse.Namespace) -> int:
    """Print the line."""
    given = _given()
    where = given.get("workspace")
    cwd = where.get("current_dir") if isinstance(where, dict) else given.get("cwd")
    here = surroundings(
        main.home_of(arguments),
        environment=os.environ,
        cwd=cwd if isinstance(cwd, str) and os.path.isabs(cwd) else os.getcwd(),
        user_home=os.path.expanduser("~"),
    )
    session = given.get("session_id")
    around = replace(here, managed_dir=MANAGED, organisation=ORGANISATION)
    found = status_line(around, session if isinstance(session, str) else "", now_us=now_us())
    print(_line(found, Paint(shown=not (arguments.no_colour or os.environ.get("NO_COLOR")))))
    return 0


def _given() -> dict[str, object]:
    if sys.stdin.isatty():
        return {}
    try:
        found = json.loads(sys.stdin.buffer.read(MOST_READ))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _line(found: StatusLine, paint: Paint) -> str:
    text, colour = MODES[found.mode]
    parts = [paint(text, colour) + (f" {safe(found.policy)}" if found.policy else "")]
    if found.fault:
        return " · ".join([*parts, paint(safe(found.fault), "red")])
    parts.append(f"{found.calls} calls" if found.calls != 1 else "1 call")
    if found.denied:
        parts.append(paint(f"{found.denied} denied", "red"))
    if found.asked:
        parts.append(paint(f"{found.asked} asked", "magenta"))
    parts.append(f"head {_age(found.head_age_s)} old" if found.head_age_s >= 0 else "no signed head")
    return " · ".join(parts)


def _age(seconds: int) -> str:
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"
