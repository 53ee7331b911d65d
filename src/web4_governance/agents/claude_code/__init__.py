"""Claude Code: its hook events in, its hook answers out, and how to read its transcript. Pure; only re-exports."""

from web4_governance.agents.claude_code.answer import render
from web4_governance.agents.claude_code.ending import ending_of_batch_call
from web4_governance.agents.claude_code.events import parse

NAME = "claude-code"

__all__ = ["NAME", "ending_of_batch_call", "parse", "render"]
