"""No shape of a command makes judging it grow faster than the command, and none ends it with an error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from web4_governance.app import policy_eval

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

POLICY = policy_eval.policy_of(preset="safety")
SHAPES: dict[str, Callable[[int], str]] = {
    "stages": lambda n: "echo x" + " | cat" * n,
    "fed stages": lambda n: "cat x" + " | grep a | xargs rm" * (n // 8),
    "operands": lambda n: "rm " + "a " * n,
    "names": lambda n: "touch " + " ".join(f"f{k}" for k in range(n)),
    "substitutions": lambda n: "echo " + " ".join(f"$(echo {k})" for k in range(n // 4)),
    "searches": lambda n: "find . " + "-exec rm {} \\; " * (n // 8),
    "unknown programs": lambda n: "; ".join(f"unheard{k} of" for k in range(n // 4)),
}
N = 800


def decided(command: str) -> tuple[str, int]:
    """The decision, and how many calls of functions it took: a measure that no other load on the machine moves."""
    asked = policy_eval.parse(json.dumps({"tool": "Bash", "input": {"command": command}}).encode())
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        decision = str(policy_eval.answer(asked, POLICY)["decision"])
    finally:
        sys.setprofile(None)
    return decision, calls


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_command_is_at_most_about_twice_the_work(shape: str) -> None:
    """Work that grew with the square would be four times."""
    made = SHAPES[shape]
    decided(made(N))
    (_, once), (_, twice) = decided(made(N) + " # 1"), decided(made(2 * N) + " # 2")
    assert twice < 2.9 * once, (once, twice)


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf ~/Documents; echo x " + "| cat " * 1900,
        "ssh h " * 8000 + "rm -rf ~/Documents",
        "; ".join(f"alias a{n}='a{n + 1} x; a{n + 1} y'" for n in range(60)) + "; a0; rm -rf ~/Documents",
        "env " * 8000 + "rm -rf ~/Documents",
        "xargs " * 8000 + "rm -rf ~/Documents",
        "eval '" * 500 + "rm -rf ~/Documents",
        "$(" * 10_000 + "rm -rf ~/Documents",
    ],
    ids=["stages", "ssh", "aliases", "env", "xargs", "eval", "substitutions"],
)
def test_what_stands_beside_or_below_too_much_is_not_let_through(command: str) -> None:
    """Padding hides nothing: what is not read is opaque."""
    decision, _ = decided(command)
    assert decision in ("deny", "ask")


def test_what_is_fed_through_hundreds_of_stages_is_known_at_the_end() -> None:
    """However far a text has come, a shell that is fed it runs it."""
    assert decided("echo 'rm -rf ~/Documents' " + "| cat " * 400 + "| sh")[0] == "deny"
