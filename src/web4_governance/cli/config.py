"""`web4 config`: show or set the settings."""

from __future__ import annotations

import argparse

from web4_governance.app import install
from web4_governance.app.settings import SETTINGS, path_of, settings
from web4_governance.app.settings_file import given_in, set_setting
from web4_governance.cli import render
from web4_governance.cli.here import here
from web4_governance.cli.main import home_of
from web4_governance.cli.text import safe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

HELP = "show or set the settings"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    show = actions.add_parser("show", help="every setting, its value, and the file that set it")
    render.add_formats(show)
    change = actions.add_parser("set", help="set one")
    change.add_argument("name", metavar="NAME", choices=tuple(SETTINGS), help=", ".join(SETTINGS))
    change.add_argument("value", metavar="VALUE", help="its value")
    for action in (show, change):
        action.add_argument("--home", default=argparse.SUPPRESS, metavar="DIR", help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Run one action."""
    home = home_of(arguments)
    if arguments.action == "set":
        set_setting(home, arguments.name, arguments.value)
        if arguments.name == "resident":  # which the installed lines say
            around = here(arguments)
            closed = install.layers_enforce(home, "", organisation=around.organisation)
            install.rewrite_lines(home, enforcing=closed, organisation=around.organisation)
    rows = _rows(home)
    if arguments.action == "show" and render.machine(arguments, rows):
        return 0
    for row in rows:
        if arguments.action == "set" and row["name"] != arguments.name:
            continue
        print(f"{row['name']} = {_plain(row['value'])}  ({safe(str(row['file'])) or 'default'})")
        render.say(f"  {row['means']}", hang=4)
    return 0


def _rows(home: str) -> list[dict[str, Json]]:
    held = settings(home)
    given = given_in(home)
    return [
        {
            "name": name,
            "value": _value(getattr(held, name)),
            "file": path_of(home) if name in given else "",
            "means": means,
        }
        for name, means in SETTINGS.items()
    ]


def _value(held: object) -> Json:
    return held if isinstance(held, bool) else str(held)


def _plain(held: Json) -> str:
    return str(held).lower() if isinstance(held, bool) else str(held)
