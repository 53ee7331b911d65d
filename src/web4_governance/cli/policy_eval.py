"""`web4 policy eval`: judges calls that nobody made, one line in, one line out, exit 0 whatever was decided."""

from __future__ import annotations

import json
import sys

from web4_governance.cli import render
from web4_governance.cli.text import Paint, safe, shorten, terminal_width
from web4_governance.core.errors import UsageError
from web4_governance.core.policy.decision import LayerName

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

COLOURS = {"deny": "red", "ask": "magenta", "warn": "yellow", "allow": "green"}


def configure(parser: argparse.ArgumentParser, presets: tuple[str, ...]) -> None:
    """Declare the arguments."""
    policy = parser.add_mutually_exclusive_group(required=True)
    policy.add_argument("--preset", choices=presets, help="judge by a preset")
    policy.add_argument("--policy", metavar="FILE", help="judge by a policy file")
    calls = parser.add_mutually_exclusive_group(required=True)
    calls.add_argument(
        "--input", metavar="FILE", help='one {"tool", "input", "cwd"?, "home"?, "facts"?} a line; `-`: stdin'
    )
    calls.add_argument("--command", dest="shell", metavar="TEXT", help="one shell command")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line, in the order of the input")


def run(arguments: argparse.Namespace) -> int:
    """Judge the batch."""
    from web4_governance.app import policy_eval  # noqa: PLC0415
    from web4_governance.app.policy_admin import source_at  # noqa: PLC0415

    source = source_at(arguments.policy, LayerName.USER) if arguments.policy else None
    policy = policy_eval.policy_of(preset=arguments.preset or "", source=source)
    for asked in policy_eval.parse_all(_batch(arguments), name=arguments.input or "--command"):
        found = policy_eval.answer(asked, policy)
        if arguments.json:
            render.line(found)
        else:
            _print_answer(asked, found)
    return 0


def _batch(arguments: argparse.Namespace) -> bytes:
    if arguments.shell is not None:
        return json.dumps({"tool": "Bash", "input": {"command": arguments.shell}}).encode()
    if arguments.input == "-":
        return sys.stdin.buffer.read()
    try:
        with open(arguments.input, "rb") as file:
            return file.read()
    except OSError as error:
        message = f"`{arguments.input}` cannot be read: {(error.strerror or 'unknown error').lower()}"
        raise UsageError(message) from None


def _print_answer(asked: Any, found: dict[str, Any]) -> None:  # noqa: ANN401  # policy_eval is loaded late
    decision = str(found["decision"])
    what = safe(str(asked.input.get("command") or json.dumps(asked.input)))
    print(
        f"{Paint()(f'{decision:<5}', COLOURS[decision])}  {shorten(f'{safe(asked.tool)}: {what}', terminal_width() - 7)}"
    )
    for reason in found["reasons"]:
        print(f"       {safe(reason)}")
    if found["rules"]:
        print(f"       rules {safe(', '.join(found['rules']))}")
