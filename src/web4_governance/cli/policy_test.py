"""`web4 policy test`: the tests that stand in a policy, and beside it. 0 if all pass, 2 if one does not."""

from __future__ import annotations

import json

from web4_governance.cli import policy_view, render
from web4_governance.cli.text import safe, shorten
from web4_governance.core.policy.decision import LayerName

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from web4_governance.app.policy_test import Tested

FAILED = 2
LONGEST = 200


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="policy files (default: all that speak here)")
    parser.add_argument(
        "--junit", metavar="FILE", default="", help="write the results as JUnit XML too, for a CI service"
    )
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the tests of each file."""
    from web4_governance.app import policy_test  # noqa: PLC0415  # loaded for the one action that was asked for

    given = [(file, LayerName.USER) for file in arguments.files]
    files = given or policy_view.files_here(arguments)
    found = [one for file, layer in files for one in policy_test.run(file, layer)]
    failed = [one for one in found if not one.passed]
    if arguments.junit:
        from web4_governance.app.atomic import write_bytes  # noqa: PLC0415  # as above
        from web4_governance.app.junit import junit  # noqa: PLC0415

        write_bytes(arguments.junit, junit(found))
    if not render.machine(arguments, map(_row, found)):
        for one in failed:
            _print(one)
        of = f"{len(files)} " + ("policy" if len(files) == 1 else "policies")
        if found:
            print(f"{len(found) - len(failed)} of {len(found)} tests of {of} pass")
        else:
            print(f"there are no tests in {of}: a policy's `tests` say what it has to decide")
    return FAILED if failed else 0


def _row(one: Tested) -> dict[str, Any]:
    case = one.case
    return {
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "ok": one.passed,
        "tool": case.tool,
        "input": case.input,
        "want": case.want,
        "rule": case.rule,
        "why": case.why,
        "decision": str(one.decision),
        "rules": list(one.rules),
        "reasons": list(one.reasons),
    }


def _print(one: Tested) -> None:
    case = one.case
    what = case.input["command"] if set(case.input) == {"command"} else f"{case.tool} {json.dumps(case.input)}"
    by = f" by {case.rule}" if case.rule else ""
    print(f"{safe(one.file)}:{one.line}:{one.column}: {shorten(safe(str(what)), LONGEST)}")
    print(f"  wanted {case.want}{safe(by)}" + (f" ({safe(case.why)})" if case.why else ""))
    print(f"  said   {one.decision} by {safe(', '.join(one.rules)) or 'no rule'}")
    for reason in one.reasons:
        print(f"         {safe(reason)}")
