"""A person at the interactive client: known to it, in a folder that is trusted or not yet."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from support.client import binary
from support.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.client import Workplace


def known(here: Workplace, *, trusted: bool) -> None:
    """Let the client find a person who has used it before, here or elsewhere."""
    state: dict[str, Any] = {
        "hasCompletedOnboarding": True,
        "theme": "dark",
        "customApiKeyResponses": {"approved": [here.env["ANTHROPIC_API_KEY"][-20:]], "rejected": []},
    }
    if trusted:
        state["projects"] = {str(here.project): {"hasTrustDialogAccepted": True}}
    (here.config / ".claude.json").write_text(json.dumps(state))


@contextmanager
def client(here: Workplace, *, trusted: bool = True, mode: str = "default") -> Iterator[Terminal]:
    """Start the interactive client."""
    known(here, trusted=trusted)
    with Terminal([binary(), "--permission-mode", mode], cwd=str(here.project), env=here.env) as terminal:
        yield terminal


def leave(terminal: Terminal) -> None:
    """End the client as a person does."""
    terminal.settle()
    terminal.say("/exit")
    assert terminal.ended()
