"""Sessions of the real client: killed, stopped, resumed, sent to the background; and what each call cost."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from support.client import finish, kill, wait_for
from support.model_server import call, play, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.conftest import Governed

    Make = Callable[..., Governed]

C0 = "toolu_main_0_0"
SLOW = call("Bash", command="touch begun.txt; for n in 1 2 3 4 5 6 7 8 9; do sleep 1; done", description="scripted")
AGAIN = call("Bash", command="touch again.txt", description="scripted")


def test_a_killed_client_leaves_an_unclosed_intent_and_its_session_goes_on_as_one_chain(workplace: Make) -> None:
    """Nobody saw how the call ended, and a resumed session has no second genesis."""
    here = workplace(turn("I work.", SLOW), again=[turn("I go on.", AGAIN)])
    here.govern()
    client = here.start(play())
    wait_for(here.path("begun.txt"))
    kill(client)
    said = "words msg_main_0"  # there, if the client had written its transcript before it was killed
    here.story.tells("session start", "prompt", f"intent {C0} Bash allow answered allow", perhaps=said)
    (session,) = here.stories

    resumed = here.run(play("again"), "--resume", session)
    assert resumed.session == session
    assert here.path("again.txt").exists()
    here.story.tells(
        "session start",
        "prompt",
        f"intent {C0} Bash allow answered allow",
        "session resume",
        "prompt",
        "intent toolu_again_0_0 Bash allow answered allow",
        "words msg_again_0",
        "outcome toolu_again_0_0 succeeded",
        "event Stop",
        "session end",
        perhaps=said,
    )
    here.story.is_one_chain()
    here.web4("verify")


def test_a_client_that_is_told_to_stop_leaves_an_interrupted_call(workplace: Make) -> None:
    """SIGINT ends the session in order, and the transcript says what became of the call."""
    here = workplace(turn("I work.", SLOW))
    here.govern()
    client = here.start(play())
    wait_for(here.path("begun.txt"))
    client.send_signal(signal.SIGINT)
    finish(client)
    here.story.tells(
        "session start",
        "prompt",
        f"intent {C0} Bash allow answered allow",
        "words msg_main_0",
        f"outcome {C0} interrupted interrupted",
        "session end",
    )


def test_work_in_the_background_has_started_until_its_completion_is_seen(workplace: Make) -> None:
    """The notification comes as a prompt, and closes the call a second time: one succeeded, one failed."""
    here = workplace(
        turn(
            "In the background.",
            call("Bash", command="sleep 1; touch good.txt", description="good", run_in_background=True),
            call("Bash", command="sleep 2; exit 4", description="bad", run_in_background=True),
        )
    )
    here.govern()
    here.run(play())
    assert here.path("good.txt").exists()
    bad = "toolu_main_0_1"
    story = [line for line in here.story.lines if line != "event Stop"]
    assert sorted(story) == sorted(
        [
            "session start",
            "prompt",
            "words msg_main_0",
            f"intent {C0} Bash allow answered allow",
            f"intent {bad} Bash allow answered allow",
            f"outcome {C0} started",
            f"outcome {bad} started",
            f"prompt completes {C0}",
            f"prompt completes {bad}",
            f"outcome {C0} succeeded",
            f"outcome {bad} failed",
            "session end",
        ]
    )
    started, ended = here.story.of("outcome", C0)
    assert started.at("result.task")
    assert started.at("result.task") == ended.at("result.task")


def test_tokens_and_model_of_a_call_are_those_of_its_message(workplace: Make) -> None:
    """Measured, from the transcript: not estimated, and not summed over the lines that repeat them."""
    numbers = {"input_tokens": 321, "output_tokens": 45, "cache_read_tokens": 6000, "cache_write_tokens": 70}
    here = workplace(
        turn("I touch.", call("Bash", command="touch a.txt; sleep 0.4", description="scripted"), **numbers)
    )
    here.govern()
    here.run(play(), "--model", "claude-sonnet-5-5")
    resource = here.story.one("outcome").at("resource")
    assert resource["tokens"] == numbers
    assert resource["model"] == "claude-sonnet-5-5"
    assert resource["measured"] is True
    assert resource["message"] == "msg_main_0"
    here.story.tells(
        "session start",
        "prompt",
        f"intent {C0} Bash allow answered allow",
        "words msg_main_0",
        f"outcome {C0} succeeded",
        "event Stop",
        "session end",
    )


def test_two_sessions_are_two_chains_in_one_ledger(workplace: Make) -> None:
    """Each verifies alone, and the same action knows its precedent."""
    here = workplace(turn("I touch.", call("Bash", command="touch made.txt", description="scripted")))
    here.govern()
    first, second = here.run(play()), here.run(play())
    assert set(here.stories) == {first.session, second.session}
    for story in here.stories.values():
        story.is_one_chain()
        assert story.lines.count(f"intent {C0} Bash allow answered allow") == 1
    precedents = here.stories[second.session].one("intent").at("reference.precedents")
    assert [precedent["status"] for precedent in precedents] == ["succeeded"]
    here.web4("verify", "--session", first.session)
