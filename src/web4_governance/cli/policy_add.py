"""`web4 policy add`: a rule more in your own policy, from a call that was recorded."""

from __future__ import annotations

import json
import os

from web4_governance.cli import find, main, policy_view
from web4_governance.cli.text import safe
from web4_governance.core.errors import UsageError
from web4_governance.core.policy.decision import Decision

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from web4_governance.app.policy_add import Wanted
    from web4_governance.app.suggest import Base
    from web4_governance.core.record.recall import Recalled


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add = parser.add_argument
    add("call", nargs="?", default="", metavar="ID", help="of the kind of this recorded call")
    add("--decision", choices=tuple(map(str, Decision)), default="deny", help="what it says (default: deny)")
    add("--path", action="append", default=[], metavar="GLOB", help="of these paths, instead of the call's own")
    add("--effect", action="append", default=[], metavar="WORD", help="of these effects, such as `file.write`")
    add("--host", action="append", default=[], metavar="GLOB", help="of these hosts")
    add("--id", default="", metavar="RULE", help="its name (default: `added-1` and so on)")
    add("--reason", default="", metavar="TEXT", help="what is told with it")
    add("--instead", default="", metavar="TEXT", help="what the agent should do instead")
    add("--print", dest="only_print", action="store_true", help="print the policy with it, and write nothing")


def run(arguments: argparse.Namespace) -> int:
    """Add it, once it is shown to do what it is for."""
    from web4_governance.app import policy_add, policy_file  # noqa: PLC0415  # loaded for the one action that was asked for

    wanted = policy_add.Wanted(
        decision=Decision(arguments.decision),
        effects=tuple(arguments.effect),
        paths=tuple(arguments.path),
        hosts=tuple(arguments.host),
        id=arguments.id,
        reason=arguments.reason,
        instead=arguments.instead,
    )
    recalled = _recalled(arguments) if arguments.call else None
    if arguments.only_print:
        print(_tried(arguments, wanted, recalled)[2], end="")
        return 0
    home = main.home_of(arguments)
    with policy_file.changing(home):
        base, rule, text = _tried(arguments, wanted, recalled)
        file = policy_add.write(home, base, rule, text)
    print(f"{safe(file)} has one rule more from the next call on:\n{json.dumps(rule, indent=2)}")
    return 0


def _tried(
    arguments: argparse.Namespace, wanted: Wanted, recalled: Recalled | None
) -> tuple[Base, dict[str, Any], str]:
    """Give the policy as it is now, the rule, and the policy with it as JSON."""
    from web4_governance.app import policy_add  # noqa: PLC0415
    from web4_governance.app.suggest import base_of  # noqa: PLC0415

    base = base_of(policy_view.in_force(arguments, os.getcwd()))
    rule = policy_add.rule_of(wanted, recalled, base)
    return base, rule, policy_add.tried(rule, wanted, recalled, base)


def _recalled(arguments: argparse.Namespace) -> Recalled:
    from web4_governance.app.replay import calls  # noqa: PLC0415
    from web4_governance.core.record.recall import recall  # noqa: PLC0415

    with find.open_ledger(arguments) as ledger:
        record = find.record_of(ledger, arguments.call)
        for _, intent in calls(ledger.reader, [record.reference.idx]):
            return recall(intent)
    raise UsageError(f"the call `{arguments.call}` cannot be read", hint="`web4 verify` says what is wrong with it")
