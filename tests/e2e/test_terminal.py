"""A person at the interactive client, in a pseudo-terminal: asked, and saying yes, no, or stop; and an untrusted folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.client import wait_for
from support.model_server import call, play, turn
from support.person import client, leave
from support.terminal import DOWN, ENTER, ESCAPE

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.conftest import Governed
    from support.terminal import Terminal

    Make = Callable[..., Governed]

C0 = "toolu_main_0_0"
ASK: dict[str, Any] = {
    "extends": ["safety"],
    "rules": [{"match": {"targetPatterns": ["touch"]}, "decision": "ask"}],
    "enforce": True,
}
TOUCH = turn("I touch.", call("Bash", command="touch made.txt", description="scripted"))
SLOW = turn(
    "I touch slowly.",
    call(
        "Bash", command="touch made.txt; for n in 1 2 3 4 5 6 7 8 9; do sleep 1; done; touch late.txt", description="d"
    ),
)
ASKED = ("session start", "prompt", f"intent {C0} Bash ask answered ask", "event PermissionRequest asked")


def be_asked(terminal: Terminal) -> None:
    """Prompt, and come to the dialog about the call, which shows the policy's reason."""
    terminal.wait_for("❯")
    terminal.settle()
    terminal.say(play())
    terminal.wait_for("web4-governance asks")
    terminal.wait_for("Do you want to proceed?")
    terminal.settle()


def test_a_person_who_says_yes_lets_the_call_run(workplace: Make) -> None:
    """The command runs once, and the record says that a person authorised it."""
    here = workplace(TOUCH, turn("All done here."))
    here.govern(policy=ASK)
    with client(here) as terminal:
        be_asked(terminal)
        assert not here.path("made.txt").exists()
        terminal.type(ENTER)
        terminal.wait_for("All done here.")
        leave(terminal)
    assert here.path("made.txt").exists()
    here.story.tells(*ASKED, "words msg_main_0", f"outcome {C0} succeeded", "event Stop", "session end")
    assert here.story.one("outcome").at("result.authorised_by.by") == "person"


def test_a_person_who_says_no_denies_the_call(workplace: Make) -> None:
    """The host sends no event about it: the transcript settles the call when the session ends."""
    here = workplace(TOUCH)
    here.govern(policy=ASK)
    with client(here) as terminal:
        be_asked(terminal)
        terminal.type("2")
        terminal.wait_for("Did not run")
        leave(terminal)
    assert not here.path("made.txt").exists()
    here.story.tells(*ASKED, "words msg_main_0", f"outcome {C0} denied permission by person", "session end")


def test_a_person_who_escapes_the_question_denies_the_call_before_the_next_prompt(workplace: Make) -> None:
    """What was refused is settled by the time that the person speaks again."""
    here = workplace(TOUCH, again=[turn("As you wish.")])
    here.govern(policy=ASK)
    with client(here) as terminal:
        be_asked(terminal)
        terminal.type(ESCAPE)
        terminal.wait_for("Did not run")
        terminal.settle()
        terminal.say(play("again"))
        terminal.wait_for("As you wish.")
        terminal.settle()
        denied = f"outcome {C0} denied permission by person"
        here.story.tells(*ASKED, "words msg_main_0", denied, "prompt", "event Stop")
        leave(terminal)
    assert not here.path("made.txt").exists()
    here.story.tells(*ASKED, "words msg_main_0", denied, "prompt", "event Stop", "session end")


def test_a_person_who_stops_a_running_call_has_interrupted_it(workplace: Make) -> None:
    """It was accepted and had begun: that is no denial, though the client words both alike."""
    here = workplace(SLOW)
    here.govern(policy=ASK)
    with client(here) as terminal:
        be_asked(terminal)
        terminal.type(ENTER)
        wait_for(here.path("made.txt"))
        terminal.linger(0.7)
        terminal.type(ESCAPE)
        terminal.wait_for("Interrupted")
        leave(terminal)
    assert here.path("made.txt").exists()
    assert not here.path("late.txt").exists()
    here.story.tells(*ASKED, "words msg_main_0", f"outcome {C0} interrupted interrupted", "session end")


def test_nothing_runs_in_a_folder_that_the_person_does_not_trust(workplace: Make) -> None:
    """The client ends, and neither a hook nor a call of its ran."""
    here = workplace(TOUCH)
    here.govern(policy=ASK)
    with client(here, trusted=False) as terminal:
        terminal.wait_for("Yes, I trust this folder")
        terminal.settle()
        terminal.type(ENTER)
        assert terminal.ended()
    assert here.stories == {}
    assert here.model.asked == []


def test_a_folder_is_governed_from_the_moment_it_is_trusted(workplace: Make) -> None:
    """Before the person's answer no hook fires; after it every call is gated."""
    here = workplace(TOUCH, turn("All done here."))
    here.govern(policy=ASK)
    with client(here, trusted=False) as terminal:
        terminal.wait_for("Yes, I trust this folder")
        terminal.settle()
        assert here.stories == {}
        terminal.type(DOWN)
        terminal.settle()
        terminal.type(ENTER)
        be_asked(terminal)
        terminal.type(ENTER)
        terminal.wait_for("All done here.")
        leave(terminal)
    assert here.path("made.txt").exists()
    here.story.tells(*ASKED, "words msg_main_0", f"outcome {C0} succeeded", "event Stop", "session end")
