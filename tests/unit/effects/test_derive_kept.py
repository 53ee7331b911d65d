"""What a call came to is kept only for the very same call."""

from __future__ import annotations

from typing import Any

import pytest

from unit.effects.scenes import CWD, HOME, PROTECTED
from web4_governance.app.catalogs import catalog
from web4_governance.core.action import Action, McpServer
from web4_governance.core.budget import Budget
from web4_governance.core.effects import Protected, derive


def told(tool: str, given: Any, **changes: Any) -> Action:
    said: dict[str, Any] = {
        "agent": "claude-code", "cwd": CWD, "home": HOME, "project": CWD, "protected": PROTECTED, "catalog": catalog(),
        **changes,
    }  # fmt: skip
    return derive(tool, given, **said)


GIVEN = {"command": "rm -rf kept-once", "run_in_background": True}


def test_the_same_call_is_the_same_action() -> None:
    """Not made again."""
    assert told("Bash", dict(GIVEN)) is told("Bash", dict(GIVEN))


@pytest.mark.parametrize(
    "changes",
    [
        {"cwd": "/elsewhere"}, {"home": "/home/other"}, {"project": "/elsewhere"}, {"agent_id": "a1"},
        {"agent_type": "helper"}, {"permission_mode": "plan"}, {"mcp": McpServer(name="s")},
        {"protected": Protected(paths=("/x",))},
    ],
)  # fmt: skip
def test_whatever_else_differs_it_is_another(changes: dict[str, Any]) -> None:
    """Place, person, agent, mode, server and protection are part of the call."""
    assert told("Bash", dict(GIVEN), **changes) is not told("Bash", dict(GIVEN))


def test_true_is_not_one() -> None:
    """Equal for Python, and not for a record."""
    first, second = told("T", {"a": True}), told("T", {"a": 1})
    assert (first.input, second.input) == ({"a": True}, {"a": 1})
    assert second.input["a"] is not True


@pytest.mark.parametrize(
    "given", [{"command": "x" * 3000}, {"command": ["ls"]}, {str(n): "" for n in range(9)}, None, [1]]
)
def test_what_is_large_or_more_than_words_is_made_each_time(given: Any) -> None:
    """And never fails."""
    assert told("Bash", given) is not told("Bash", given)


def test_what_there_was_no_time_to_read_is_not_kept() -> None:
    """The next call has its own time."""
    late = told("Bash", {"command": "ls; bash -c 'rm -rf late'"}, budget=Budget(iter(range(10**6)).__next__))
    assert late is not told("Bash", {"command": "ls; bash -c 'rm -rf late'"})


def test_what_is_kept_is_bounded() -> None:
    """An old call is derived again, to an equal action."""
    first = told("Bash", {"command": "ls first"})
    for n in range(300):
        told("Bash", {"command": f"ls {n}"})
    again = told("Bash", {"command": "ls first"})
    assert again is not first
    assert again == first
