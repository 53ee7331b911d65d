"""Events in any order, from anybody: the ledger that the gate itself wrote always verifies."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from support.world import World
from web4_governance.app.verify import verify_ledger

BASH = {"command": "ls", "description": "d"}
steps = st.lists(
    st.tuples(
        st.sampled_from(["pre", "post", "fail", "batch", "other"]),
        st.sampled_from(["a", "b"]),
        st.sampled_from(["", "x1"]),
    ),
    max_size=7,
)


def play(world: World, step: str, call: str, agent: str) -> None:
    fields: dict[str, Any] = {"agent_id": agent} if agent else {}
    match step:
        case "pre":
            world.bash(call, "ls", **fields)
        case "other":
            world.bash(call, "pwd", **fields)
        case "post":
            world.post(call, "Bash", BASH, {"stdout": "x"}, **fields)
        case "fail":
            world.feed("PostToolUseFailure", tool_use_id=call, tool_name="Bash", tool_input=BASH, error="no", **fields)
        case _:
            world.batch((call, "Bash", BASH, "x"), **fields)


@settings(max_examples=40, deadline=None)
@given(steps)
def test_no_order_of_events_verifies_as_tampered(order: list[tuple[str, str, str]]) -> None:
    """Hooks start out of order, and any process of the person can send events: neither is tampering."""
    with tempfile.TemporaryDirectory() as scratch:
        world = World(Path(scratch), {"defaultPolicy": "allow", "enforce": True})
        world.feed("SessionStart", source="startup")
        for step, call, agent in order:
            play(world, step, call, agent)
        assert str(verify_ledger(str(world.home)).verdict.name).upper() != "TAMPERED"
