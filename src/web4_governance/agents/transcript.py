"""What a host's transcript tells about the agent: its words, and where a subagent comes from. Values only."""

from __future__ import annotations

from web4_governance.core.value import value


@value
class Words:
    """What the model said in one message: the text, its message id, the model, and the tokens of the whole message."""

    text: str
    message: str
    model: str = ""
    usage: tuple[tuple[str, int], ...] = ()


@value
class Parent:
    """Where a subagent comes from: the call that made it, the agent that made that call (empty: the main one)."""

    call: str
    agent_id: str = ""
    agent_type: str = ""
    depth: int = -1
    model: str = ""
