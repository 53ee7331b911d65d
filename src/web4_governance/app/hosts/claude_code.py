"""Claude Code as a place to install into: its events, its settings files, and the hook lines we write there.

Data, and where things lie: nothing here reads or writes a settings file. Facts are those of version 2.1.330, see
docs/spec/claude-code.md.
"""

from __future__ import annotations

import os
from enum import StrEnum

from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.surroundings import Surroundings
    from web4_governance.core.canonical import Json

NAME = "claude-code"
GATE = "PreToolUse"
PLUGIN = "web4-governance"
MARKETPLACE = "web4"
ON_FAILURE_SINCE = (2, 1, 295)

EVENTS = (
    "SessionStart",
    "SessionEnd",
    "Setup",
    "UserPromptSubmit",
    "UserPromptExpansion",
    "PreToolUse",
    "PermissionRequest",
    "PermissionDenied",
    "PostToolUse",
    "PostToolUseFailure",
    "PostToolBatch",
    "Notification",
    "Stop",
    "StopFailure",
    "SubagentStart",
    "SubagentStop",
    "PreCompact",
    "PostCompact",
    "PreModelSwitch",
    "PostModelSwitch",
    "Elicitation",
    "ElicitationResult",
    "ConfigChange",
    "InstructionsLoaded",
    "CwdChanged",
    "DirectoryAdded",
    "TaskCreated",
    "TaskCompleted",
    "TeammateIdle",
)
LEFT_OUT = {
    "MessageDisplay": "fires for every streamed piece of text; a process each would slow the screen and tell nothing new",
    "FileChanged": "fires only for files that the hook names beforehand",
    "WorktreeCreate": "a hook there replaces the host's own making of worktrees: its output is taken for the path",
    "WorktreeRemove": "a hook there stands for the removal of what a WorktreeCreate hook made",
}

DEADLINE_MS = 2000
# A session's start holds the person up; its end has 1.5 s for all hooks together where a plugin brings them.
SHORT_DEADLINE_MS = 1000
SHORT = ("SessionStart", "SessionEnd", "Setup")
TIMEOUT_S = 10


class Scope(StrEnum):
    """Where an installation lies; also what its lines say in `--via`."""

    USER = "user"
    PROJECT = "project"
    MANAGED = "managed"
    PLUGIN = "plugin"


@value
class HookLine:
    """What all hook lines of one installation say. `home` is empty where the gate finds it by the user (managed).

    `client` is the native client that asks a resident gate before the interpreter is started, `resident` whether one is asked.
    """

    python: str
    script: str
    home: str
    via: str
    enforcing: bool
    session_policy: str = ""
    client: str = ""
    resident: bool = False


def settings_path(scope: Scope, around: Surroundings) -> str:
    """Give the settings file that an installation of this scope writes to; the plugin writes to none."""
    match scope:
        case Scope.USER:
            return os.path.join(around.config_dir, "settings.json")
        case Scope.PROJECT:
            return os.path.join(around.project, ".claude", "settings.local.json")
        case Scope.MANAGED:
            return os.path.join(around.managed_dir, "managed-settings.json")
        case Scope.PLUGIN:
            return ""


def groups(line: HookLine) -> dict[str, dict[str, Json]]:
    """Give what is put under each event: one group without a matcher, holding one handler."""
    return {event: {"hooks": [handler(line, event)]} for event in EVENTS}


def handler(line: HookLine, event: str) -> dict[str, Json]:
    """Give the handler for one event, in exec form: no shell, no search path, nothing to be redirected."""
    made: dict[str, Json] = {
        "type": "command",
        "command": line.client or line.python,
        "args": [*([line.python] if line.client else []), *arguments(line, event)],
        "timeout": TIMEOUT_S,
    }
    if line.enforcing and event == GATE:
        made["onFailure"] = "block"
    return made


def arguments(line: HookLine, event: str) -> tuple[str, ...]:
    """Give the words after the interpreter: only a gate event of an enforcing policy fails closed."""
    on_failure = "block" if line.enforcing and event == GATE else "continue"
    deadline = SHORT_DEADLINE_MS if event in SHORT else DEADLINE_MS
    words = ["-I", "-S", line.script, NAME]
    words += ["--home", line.home] if line.home else []
    words += ["--via", line.via, f"--on-failure={on_failure}", f"--deadline-ms={deadline}"]
    words += ["--session-policy", line.session_policy] if line.session_policy else []
    words += ["--resident"] if line.resident else []
    return tuple(words)


def all_settings(around: Surroundings) -> tuple[tuple[str, str], ...]:
    """Give every settings file that the host would read here, with the name of its scope, the strongest last."""
    project = os.path.join(around.project, ".claude")
    return (
        ("user", os.path.join(around.config_dir, "settings.json")),
        ("project", os.path.join(project, "settings.json")),
        ("local", os.path.join(project, "settings.local.json")),
        ("managed", os.path.join(around.managed_dir, "managed-settings.json")),
        *(("managed", path) for path in _fragments(os.path.join(around.managed_dir, "managed-settings.d"))),
    )


def _fragments(directory: str) -> tuple[str, ...]:
    try:
        names = sorted(os.listdir(directory))
    except OSError:
        return ()
    return tuple(os.path.join(directory, name) for name in names if name.endswith(".json"))
