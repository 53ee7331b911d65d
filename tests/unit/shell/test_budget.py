"""Reading takes no longer than it may: what is not seen by then is a reason, and nothing that is seen changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.shell.test_bounds import HOSTILE
from web4_governance.core.budget import TOO_SLOW, Budget
from web4_governance.core.shell import parse
from web4_governance.core.shell.heredocs import Form, body_end

if TYPE_CHECKING:
    from web4_governance.core.shell.command import Script

PLAIN = "cd src && for f in a b; do rm -rf $f; done; bash -c 'ls; rm x' | grep y > out"


class Clock:
    """A clock that goes on by a step each time it is looked at."""

    def __init__(self, step: float) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def read(text: str, budget: Budget | None = None) -> Script:
    return parse(text, cwd="/p", home="/h", budget=budget)


def test_a_budget_that_is_not_spent_changes_nothing() -> None:
    """The same commands and reasons as without one."""
    for text in (PLAIN, PLAIN + " " * 2000, *HOSTILE.values()):
        assert read(text, Budget(lambda: 0.0)) == read(text)


@pytest.mark.parametrize("step", [0.001, 0.003, 0.006, 0.02, 0.1])
@pytest.mark.parametrize("text", [PLAIN + " " * 2000, "a;" * 3000, "x\\\n" * 3000, "a $(b $(c $(d)))" * 80])
def test_what_is_not_seen_in_time_is_opaque(text: str, step: float) -> None:
    """Wherever the time is over: in the tokens, in a nested text; what was read is followed to its end."""
    found, whole = read(text, Budget(Clock(step))), read(text)
    assert TOO_SLOW in found.opaque or found == whole
    assert len(found.commands) <= len(whole.commands)


def test_what_was_read_in_time_is_followed_to_its_end() -> None:
    """A command cannot hide behind others, each of which takes time to follow."""
    text = "; ".join(f"echo x > f{n}" for n in range(300)) + "; echo x > last"
    assert read(text, Budget(Clock(0.001))).commands[-1].redirects[0].target.text == "last"


def test_the_time_is_that_of_all_texts_of_a_call() -> None:
    """What one text takes, the next has not."""
    budget = Budget(Clock(0.004))
    late = [TOO_SLOW in read(f"rm {n} #" + "x" * 2000, budget).opaque for n in range(9)]
    assert late == sorted(late)
    assert (late[0], late[-1]) == (False, True)


def test_a_text_that_was_not_seen_in_time_is_not_remembered_so() -> None:
    """The next call has its own time."""
    assert TOO_SLOW in read("echo once; bash -c 'echo twice'", Budget(Clock(1.0))).opaque
    assert read("echo once; bash -c 'echo twice'").opaque == ()


def test_a_heredoc_ends_with_its_line_however_lines_are_told_apart() -> None:
    """Plain, with stripped tabs, with continued lines, inside a substitution; open ones with the text."""
    plain, stripped = (Form("E", strip=strip, joining=False, inside=False) for strip in (False, True))
    joined = Form("E", strip=False, joining=True, inside=False)
    assert body_end("aE\nEa\nE\nb", 0, plain) == (6, 8)
    assert body_end("E", 0, plain) == (0, 1)
    assert body_end("aE\nEa", 0, plain) == (5, 5)
    assert body_end("a\n\tE\nb", 0, stripped) == (2, 5)
    assert body_end("a\\\nE\nE\n", 0, joined) == (5, 7)
    assert body_end("a\\\nE", 0, joined) == (4, 4)
