"""What the doctor says of a settings file is what the real client does with it: kept, or dropped with all its hooks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.model_server import play, turn
from web4_governance.app.hosts.claude_settings import bare, faults

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.conftest import Governed

    Make = Callable[..., Governed]

HANDLER = {"type": "command", "command": "true"}


def guard(**changes: Any) -> dict[str, Any]:
    return {"hooks": {"PreToolUse": [{"hooks": [{**HANDLER, **changes}]}]}}


CASES: dict[str, dict[str, Any]] = {
    "unknown": {"zzz": 5, "theme": 5},
    "count": {"cleanupPeriodDays": 30, "feedbackSurveyRate": 0.5},
    "no-count": {"cleanupPeriodDays": "x"},
    "command": {"statusLine": {"type": "command", "command": "true", "padding": 1}},
    "no-command": {"statusLine": {"type": "command"}},
    "word": {"autoUpdatesChannel": "stable", "attribution": False},
    "no-word": {"autoUpdatesChannel": "beta"},
    "no-list": {"claudeMdExcludes": [5]},
    "no-map": {"modelOverrides": {"a": 5}},
    "inside": {"sandbox": {"enabled": "x"}},
    "denied": {"sandbox": {"filesystem": {"denyWrite": ["/x"], "denyRead": []}}},
    "denied-no-list": {"sandbox": {"filesystem": {"denyWrite": "/x"}}},
    "denied-no-text": {"sandbox": {"filesystem": {"denyRead": [5]}}},
    "handler": guard(shell="bash", zzz=5, timeout=3),
    "no-handler": guard(**{"if": 5}),
    "no-shell": guard(shell="zsh"),
    "bare": {"env": {"CLAUDE_CODE_SAFE_MODE": " yes "}},
    "not-bare": {"env": {"CLAUDE_CODE_SAFE_MODE": "0"}},
}


@pytest.mark.parametrize("name", CASES)
def test_the_client_drops_what_is_found_and_nothing_else(workplace: Make, name: str) -> None:
    """A hook of the same file leaves a mark where the file was kept."""
    here = workplace(turn("Hello."))
    mark = here.home / "mark"
    ours = {"UserPromptSubmit": [{"hooks": [{"type": "command", "command": f"touch '{mark}'"}]}]}
    given = CASES[name]
    text = json.dumps({**given, "hooks": {**given.get("hooks", {}), **ours}})
    (here.config / "settings.json").write_text(text)
    here.run(play())
    said = any(fault.whole_file for fault in faults(text)) or bool(bare(text))
    assert mark.exists() is not said
