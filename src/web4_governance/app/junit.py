"""The results of a policy's tests as JUnit XML, which CI services show beside a change.

The shape that they have in common: `testsuites`, a `testsuite` a file, a `testcase` a test, `failure` where one does not pass.
Whatever XML cannot hold is shown as an escape.
"""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

from web4_governance.app.exports.shown import shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.app.policy_test import Tested

MOST = 200  # characters of a test's name


def junit(found: Sequence[Tested]) -> bytes:
    """Give the XML of all tests, a suite for each file in the order in which they ran."""
    root = ET.Element("testsuites", name="web4 policy test", tests=str(len(found)), failures=str(_failed(found)))
    for file in dict.fromkeys(one.file for one in found):
        tests = [one for one in found if one.file == file]
        suite = ET.SubElement(
            root, "testsuite", name=shown(file), tests=str(len(tests)), failures=str(_failed(tests)), errors="0"
        )
        for one in tests:
            _case(suite, one)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _case(suite: ET.Element, one: Tested) -> None:
    case = ET.SubElement(
        suite, "testcase", name=_name(one), classname=shown(one.file), file=shown(one.file), line=str(one.line)
    )
    if one.passed:
        return
    wanted = one.case.want + (f" by {one.case.rule}" if one.case.rule else "")
    message = f"wanted {wanted}, said {one.decision} by {', '.join(one.rules) or 'no rule'}"
    failure = ET.SubElement(case, "failure", message=shown(message), type="decision")
    failure.text = "\n".join(map(shown, (f"{one.file}:{one.line}:{one.column}", message, *one.reasons)))


def _name(one: Tested) -> str:
    given = one.case.input
    text = str(given["command"]) if set(given) == {"command"} else f"{one.case.tool} {json.dumps(given)}"
    return shown(text if len(text) <= MOST else text[:MOST] + "…")


def _failed(found: Sequence[Tested]) -> int:
    return sum(not one.passed for one in found)
