"""`web4 policy test --junit`: what a CI service reads says what the command says, whatever a test holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from support.records import HOSTILE
from support.told import call_main
from web4_governance.app.exports.shown import shown

if TYPE_CHECKING:
    from pathlib import Path

RULE = {"id": "no-rm", "match": {"targetPatterns": ["rm -rf"]}, "decision": "deny", "reason": 'it is <gone> & "lost"'}


def policy(place: Path, tests: list[dict[str, Any]]) -> str:
    file = place / "policy.json"
    file.write_text(json.dumps({"rules": [RULE], "tests": tests, "defaultPolicy": "allow"}))
    return str(file)


def bash(command: str, want: str) -> dict[str, Any]:
    return {"tool": "Bash", "input": {"command": command}, "want": want}


def test_each_test_is_a_case_with_its_place(tmp_path: Path) -> None:
    """A suite a file; failures say what was wanted, what was said, and why."""
    file, report = policy(tmp_path, [bash("rm -rf a", "deny"), bash("rm -rf b", "allow")]), tmp_path / "r.xml"
    assert call_main("policy", "test", "--junit", str(report), file).code == 2
    root = ET.parse(report).getroot()
    assert (root.tag, root.get("tests"), root.get("failures")) == ("testsuites", "2", "1")
    (suite,) = root
    assert (suite.tag, suite.get("name"), suite.get("errors")) == ("testsuite", file, "0")
    good, bad = suite
    assert (good.get("name"), good.get("classname"), len(good)) == ("rm -rf a", file, 0)
    (failure,) = bad
    assert failure.get("message") == "wanted allow, said deny by no-rm"
    assert 'it is <gone> & "lost"' in str(failure.text)
    assert str(bad.get("line")) in str(failure.text)


def test_hostile_tests_are_text(tmp_path: Path) -> None:
    """Whatever XML cannot hold is an escape."""
    texts = [text for text in HOSTILE if text.strip()]
    file, report = policy(tmp_path, [bash(text, "deny") for text in texts]), tmp_path / "r.xml"
    assert call_main("policy", "test", "--junit", str(report), file).code == 2
    (suite,) = ET.parse(report).getroot()
    assert [case.get("name") for case in suite] == [shown(text) for text in texts]


def test_where_there_are_no_tests_there_are_no_suites(tmp_path: Path) -> None:
    """And the exit code is that of the command."""
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"rules": [RULE], "defaultPolicy": "allow"}))
    assert call_main("policy", "test", "--junit", str(tmp_path / "r.xml"), str(file)).code == 0
    assert list(ET.parse(tmp_path / "r.xml").getroot()) == []


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """On one line."""
    file = policy(tmp_path, [bash("ls", "allow")])
    said = call_main("policy", "test", "--junit", str(tmp_path / "none" / "r.xml"), file)
    assert (said.code, "cannot be written" in said.err) == (3, True)
