"""What the tests of the doctor share: what it finds and mends, and how a person's files are changed before."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from web4_governance.app import doctor
from web4_governance.app.checks.finding import Level
from web4_governance.app.hosts import claude_code
from web4_governance.app.hosts.claude_code import Scope

if TYPE_CHECKING:
    from web4_governance.app.surroundings import Surroundings

NOW = 1_800_000_000_000_000
MINUTE = 60_000_000


def trust(around: Surroundings, **entries: bool) -> None:
    """Write what the client remembers of workspaces."""
    projects = {path: {"hasTrustDialogAccepted": said} for path, said in (entries or {around.project: True}).items()}
    Path(around.state_file).write_text(json.dumps({"projects": projects}))


def a_client(around: Surroundings, says: str) -> None:
    """Put a client on the search path that says a version."""
    path = Path(around.variable("PATH")) / "claude"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def found(around: Surroundings) -> dict[str, Level]:
    """Every finding that is no note, by its name."""
    return {each.id: each.level for each in doctor.examine(around, now_us=NOW) if each.level is not Level.NOTE}


def notes(around: Surroundings) -> set[str]:
    """The notes, by name."""
    return {each.id for each in doctor.examine(around, now_us=NOW) if each.level is Level.NOTE}


def mended(around: Surroundings) -> dict[str, bool]:
    """Mend, and say of each finding that is no note whether it was."""
    done = doctor.mend(around, now_us=NOW)
    return {each.finding.id: each.fixed for each in done if each.finding.level is not Level.NOTE}


def settings_of(around: Surroundings, scope: Scope = Scope.USER) -> Path:
    """The settings file of a scope."""
    return Path(claude_code.settings_path(scope, around))


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = json.loads(path.read_text()) if path.exists() else {}
    change(document)
    path.write_text(json.dumps(document))


def gate_of(document: Any) -> dict[str, Any]:
    """Our handler for the gate event."""
    handler: dict[str, Any] = document["hooks"]["PreToolUse"][0]["hooks"][0]
    return handler
