"""Subagents of the real client: governed like the main agent, and each attributed to the call that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.model_server import Call, call, play, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.conftest import Governed

    Make = Callable[..., Governed]

A0, S0, N0 = "toolu_main_0_0", "toolu_sub_0_0", "toolu_nested_0_0"


def agent(script: str, **more: Any) -> Call:
    """Write down a call that makes a subagent."""
    return call("Agent", description="scripted", prompt=play(script), subagent_type="general-purpose", **more)


def touch(name: str) -> Call:
    """Write down a harmless command."""
    return call("Bash", command=f"touch {name}", description="scripted")


def test_a_foreground_subagent_is_attributed_to_its_parent(workplace: Make) -> None:
    """Its calls name it and the call that made it; the parent's outcome names it as its child."""
    here = workplace(
        turn("I delegate.", agent("sub", run_in_background=False)), sub=[turn("I work.", touch("sub.txt"))]
    )
    here.govern()
    here.run(play())
    assert here.path("sub.txt").exists()
    here.story.tells(
        "session start",
        "prompt",
        "words msg_main_0",
        f"intent {A0} Agent allow answered allow",
        "event SubagentStart",
        f"intent {S0} Bash allow answered allow",
        "words msg_sub_0",
        f"outcome {S0} succeeded",
        "event SubagentStop",
        f"outcome {A0} succeeded",
        "event Stop",
        "session end",
    )
    child = here.story.one("intent", S0)
    assert child.at("role.parent.call") == A0
    assert child.at("role.agent_type") == "general-purpose"
    assert here.story.one("outcome", A0).at("result.child_agent") == child.at("role.agent_id")
    assert here.story.one("intent", A0).at("role.agent_id") is None


def test_a_background_subagent_is_attributed_too_and_its_end_is_seen(workplace: Make) -> None:
    """The call has only started when the client goes on; the notification closes it."""
    here = workplace(turn("I delegate.", agent("sub", run_in_background=True)), sub=[turn("I work.", touch("sub.txt"))])
    here.govern()
    here.run(play())
    assert here.path("sub.txt").exists()
    here.story.tells(
        "session start",
        "prompt",
        "words msg_main_0",
        f"intent {A0} Agent allow answered allow",
        f"outcome {A0} started",
        "event SubagentStart",
        f"intent {S0} Bash allow answered allow",
        "words msg_sub_0",
        f"outcome {S0} succeeded",
        "event SubagentStop",
        "event Stop",
        f"prompt completes {A0}",
        f"outcome {A0} succeeded",
        "event Stop",
        "session end",
    )
    started, _ended = here.story.of("outcome", A0)
    child = here.story.one("intent", S0)
    assert started.at("result.child_agent") == child.at("role.agent_id")
    assert child.at("role.parent.call") == A0


def test_a_subagents_subagent_names_its_own_parent_and_is_denied_like_anybody(workplace: Make) -> None:
    """Depth is no way round the gate."""
    here = workplace(
        turn("I delegate.", agent("sub", run_in_background=False)),
        sub=[turn("I delegate too.", agent("nested", run_in_background=False))],
        nested=[turn("I destroy.", call("Bash", command="rm -rf ~/Documents", description="scripted"))],
    )
    here.govern()
    precious = here.home / "Documents"
    precious.mkdir()
    here.run(play())
    assert precious.exists()
    here.story.tells(
        "session start",
        "prompt",
        "words msg_main_0",
        f"intent {A0} Agent allow answered allow",
        "event SubagentStart",
        f"intent {S0} Agent allow answered allow",
        "words msg_sub_0",
        "event SubagentStart",
        f"intent {N0} Bash deny answered deny",
        f"outcome {N0} denied permission by gate",
        "event SubagentStop",
        f"outcome {S0} succeeded",
        "event SubagentStop",
        f"outcome {A0} succeeded",
        "event Stop",
        "session end",
        perhaps="words msg_nested_0",  # a denied agent can end before the client has written its transcript
    )
    middle, inner = here.story.one("intent", S0), here.story.one("intent", N0)
    assert middle.at("role.parent.call") == A0
    assert inner.at("role.parent.call") == S0
    assert inner.at("role.parent.agent_id") == middle.at("role.agent_id")
