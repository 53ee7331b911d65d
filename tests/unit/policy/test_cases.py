"""A policy's own tests: read strictly, with the place of a mistake, and no part of what is judged (policy.md D12)."""

from __future__ import annotations

import json

import jsonschema  # type: ignore[import-untyped]  # the package carries no types
import pytest

from unit.policy.making import layer
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import Decision, combine
from web4_governance.core.policy.cases import WANTS
from web4_governance.core.policy.schema import schema

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

RULES = {"defaultPolicy": "allow"}


def test_a_test_is_a_command_or_a_tool_with_its_input() -> None:
    """And what else may be said of it."""
    full = {
        "tool": "Read", "input": {"file_path": "x"}, "want": "stop", "cwd": "/srv", "home": "/home/ann",
        "facts": {"permission_mode": "plan"}, "rule": "a", "why": "it matters",
    }  # fmt: skip  # a line says it all
    first, second = layer({**RULES, "tests": [{"run": "rm -rf x", "want": "deny"}, full]}).tests
    assert (first.tool, first.input, first.want, first.facts) == ("Bash", {"command": "rm -rf x"}, "deny", {})
    assert (second.tool, second.cwd, second.home, second.rule, second.why) == (
        "Read",
        "/srv",
        "/home/ann",
        "a",
        "it matters",
    )
    assert layer({**RULES, "tests": [{"tool": "Stop", "want": "pass"}]}).tests[0].input == {}


@pytest.mark.parametrize(("want", "fit"), [("stop", {"deny", "ask"}), ("pass", {"warn", "allow"}), ("ask", {"ask"})])
def test_what_is_wanted_is_a_decision_or_one_of_two(want: str, fit: set[str]) -> None:
    """`stop` does not go on by itself, `pass` does."""
    case = layer({**RULES, "tests": [{"run": "ls", "want": want}]}).tests[0]
    assert {str(decision) for decision in Decision if case.wants(decision)} == fit


@pytest.mark.parametrize(
    ("test", "said", "at"),
    [
        ({"run": "ls"}, "does not say what it wants", '{"run'),
        ({"want": "deny"}, "either `run`, or `tool` and `input`", '{"want'),
        ({"run": "ls", "tool": "Bash", "want": "deny"}, "either `run`", '{"run'),
        ({"run": "ls", "input": {}, "want": "deny"}, "either `run`", '{"run'),
        ({"run": "ls", "want": "maybe"}, "`maybe` is no decision", '"maybe'),
        ({"run": "", "want": "deny"}, "empty", '"", '),
        ({"tool": "Read", "input": [], "want": "deny"}, "`input` must be an object", '[], "want'),
        ({"run": "ls", "want": "deny", "facts": 1}, "`facts` must be an object", "1}"),
        ({"run": "ls", "want": "deny", "because": "x"}, "no field `because`", '"because'),
        ("ls", "a test must be an object", '"ls'),
    ],
)
def test_a_broken_test_is_refused_with_its_place(test: Any, said: str, at: str) -> None:
    """As everything else in a policy."""
    with pytest.raises(PolicyError, match=said) as raised:
        layer({"tests": [test], **RULES})
    assert (raised.value.line, raised.value.column) == (1, json.dumps({"tests": [test]}).index(at) + 1)


def test_tests_are_no_part_of_the_digest() -> None:
    """Nothing is judged by them; what is pulled in brings none of its own."""
    tests = [{"run": "ls", "want": "allow"}]
    assert combine((layer({**RULES, "tests": tests}),)).digest == combine((layer(RULES),)).digest
    assert layer({"extends": ["./team.json"]}, team={**RULES, "tests": tests}).tests == ()


@pytest.mark.parametrize("want", WANTS)
def test_the_schema_takes_what_the_loader_takes(want: str) -> None:
    """And refuses a test that has two calls."""
    jsonschema.validate({**RULES, "tests": [{"run": "ls", "want": want}, {"tool": "Read", "want": want}]}, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**RULES, "tests": [{"run": "ls", "tool": "Read", "want": want}]}, schema())
    assert json.dumps(schema())
