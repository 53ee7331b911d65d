"""What git puts back of the host's settings in which hooks are known to live."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, catalog
from web4_governance.core.action import Effect
from web4_governance.core.effects import Protected, derive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json


def _effects(command: str, *, looked: bool) -> set[Effect | None]:
    protected = Protected(paths=(f"{CWD}/.claude/settings.json",), looked=looked)
    given: dict[str, Json] = {"command": command}
    action = derive(
        "Bash", given, agent="claude-code", cwd=CWD, home=HOME, project=CWD, protected=protected, catalog=catalog()
    )
    return {deed.effect for deed in action.deeds}


@pytest.mark.parametrize(
    "command", ["git stash push .claude/settings.json", "git stash push -- .claude", "git stash -- .claude"]
)
def test_a_stash_of_the_settings_puts_back_what_was_committed(command: str) -> None:
    """Which may be a state without hooks; where nobody looked, it is the project's business."""
    assert Effect.SELF_TAMPER in _effects(command, looked=True)
    assert Effect.SELF_TAMPER not in _effects(command, looked=False)


def test_a_stash_of_something_else_is_nobodys_business_here() -> None:
    """Of a directory, or of everything, as every day."""
    assert Effect.SELF_TAMPER not in _effects("git stash push src", looked=True)
    assert Effect.SELF_TAMPER not in _effects("git stash push -m wip", looked=True)
