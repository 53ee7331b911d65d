"""Claude Code: its hook events in, its hook answers out, and how to read its transcript. Pure; only re-exports."""

from web4_governance.agents.claude_code.answer import render
from web4_governance.agents.claude_code.ending import ending_of_batch_call
from web4_governance.agents.claude_code.events import parse
from web4_governance.agents.claude_code.transcript import (
    cost_of,
    ending_in,
    last_words,
    parent_of,
    parent_path,
    permission_of,
    transcript_path,
    words_before,
)

NAME = "claude-code"

__all__ = [
    "NAME",
    "cost_of",
    "ending_in",
    "ending_of_batch_call",
    "last_words",
    "parent_of",
    "parent_path",
    "parse",
    "permission_of",
    "render",
    "transcript_path",
    "words_before",
]
