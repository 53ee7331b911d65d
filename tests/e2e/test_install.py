"""Getting in and out on the real client: what was there before is there after, and a way out works at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.model_server import call, play, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.conftest import Governed

    Make = Callable[..., Governed]

C0 = "toolu_main_0_0"
TURN = turn("I clean up.", call("Bash", command="rm -rf ~/Documents", description="scripted"))
SETTINGS = b'{\n\t"env": {"A": "B"},   "permissions": {"deny": ["WebFetch"]}\n}\n\n'


def test_uninstall_leaves_the_settings_byte_for_byte_and_the_client_free(workplace: Make) -> None:
    """Nothing of ours stays in the way, and the ledger stays."""
    here = workplace(TURN)
    settings, precious = here.config / "settings.json", here.home / "Documents"
    settings.write_bytes(SETTINGS)
    precious.mkdir()
    here.govern()
    assert settings.read_bytes() != SETTINGS
    here.run(play())
    assert precious.exists()
    here.story.tells(
        "session start",
        "prompt",
        "words msg_main_0",
        f"intent {C0} Bash deny answered deny",
        f"outcome {C0} denied permission by gate",
        "event Stop",
        "session end",
    )
    before = here.story.lines
    here.web4("uninstall")
    assert settings.read_bytes() == SETTINGS
    here.run(play())
    assert not precious.exists()
    assert here.story.lines == before


def test_a_project_can_be_governed_alone(workplace: Make) -> None:
    """Project scope writes local settings of the project, and the person's own stay as they are."""
    here = workplace(TURN)
    precious = here.home / "Documents"
    precious.mkdir()
    here.govern("--scope", "project", "--preset", "safety", "--enforce")
    assert here.path(".claude/settings.local.json").exists()
    assert not (here.config / "settings.json").exists()
    here.run(play())
    assert precious.exists()
    here.story.tells(
        "session start",
        "prompt",
        "words msg_main_0",
        f"intent {C0} Bash deny answered deny",
        f"outcome {C0} denied permission by gate",
        "event Stop",
        "session end",
    )


def test_off_lets_everything_through_for_a_while_and_is_recorded(workplace: Make) -> None:
    """The way out when everything is denied: the call runs, and its record says that the gate was off."""
    here = workplace(TURN)
    precious = here.home / "Documents"
    precious.mkdir()
    here.govern()
    here.web4("off", "--for", "10m")
    here.run(play())
    assert not precious.exists()
    here.story.tells(
        "session start",
        "prompt",
        "words msg_main_0",
        f"intent {C0} Bash deny answered allow",
        f"outcome {C0} succeeded",
        "event Stop",
        "session end",
    )
    assert here.story.one("intent").at("rules.mode") == "off"
