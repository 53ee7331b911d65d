"""The host's client: whether it is there, knows the failure mode that we rely on, and trusts the place.

The client is asked for its version, nothing else; not finding one is worth a note and no more.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess

from web4_governance.app.atomic import read_bytes
from web4_governance.app.checks.finding import Finding, Level
from web4_governance.app.checks.lines import forms
from web4_governance.app.hosts import claude_code
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.app.surroundings import Surroundings

CLIENT = "claude"
WAIT_S = 15
SANDBOXED = "CLAUDE_CODE_SANDBOXED"
_VERSION = re.compile(r"\b(\d+)\.(\d+)\.(\d+)\b")


def check(around: Surroundings) -> Iterator[Finding]:
    """Look at the client's version and at the trust in this workspace."""
    yield from _version(around)
    yield from _workspace(around)


def version_of(around: Surroundings) -> tuple[int, ...] | None:
    """Give the version of the client on the search path, None where there is none or it does not say."""
    path = shutil.which(CLIENT, path=around.variable("PATH"))
    if path is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  # the person's own client, asked for its version
            [path, "--version"],
            capture_output=True,
            timeout=WAIT_S,
            check=False,
            stdin=subprocess.DEVNULL,
            env=dict(around.environment),
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(done.stdout.decode("utf-8", "replace"))
    return tuple(int(part) for part in found.groups()) if found else None


def _version(around: Surroundings) -> Iterator[Finding]:
    version = version_of(around)
    if version is None:
        what = "no client was found on the search path, so its version was not checked"
        yield Finding(id="client-unknown", level=Level.NOTE, what=what)
    elif version < claude_code.ON_FAILURE_SINCE:
        since = ".".join(map(str, claude_code.ON_FAILURE_SINCE))
        enforcing = any(form.mode == "block" for form in forms(around))
        what = f"the client is version {'.'.join(map(str, version))}; before {since} a hook that cannot start lets the call run"
        level = Level.ERROR if enforcing else Level.WARNING
        yield Finding(id="client-old", level=level, what=what, how="update the client")


def _workspace(around: Surroundings) -> Iterator[Finding]:
    """Interactive sessions hold back the hooks of all settings until a person trusts the workspace; print mode does not."""
    if around.variable(SANDBOXED) or not around.project:
        return
    try:
        state = json.loads(read_bytes(around.state_file) or b"{}")
    except (UsageError, ValueError):
        what = f"`{around.state_file}` cannot be read, so trust in this workspace was not checked"
        yield Finding(id="workspace-unknown", level=Level.NOTE, what=what)
        return
    projects = state.get("projects") if isinstance(state, dict) else None
    if any(_trusts(projects, place) for place in _places(around.project)):
        return
    yield Finding(
        id="workspace-untrusted",
        level=Level.WARNING,
        what=f"the workspace `{around.project}` is not trusted yet: until it is, interactive sessions there run no hooks",
        how=f"start `{CLIENT}` there once and accept the question, if you do trust it",
    )


def _trusts(projects: object, place: str) -> bool:
    entry = projects.get(place) if isinstance(projects, dict) else None
    return isinstance(entry, dict) and entry.get("hasTrustDialogAccepted") is True


def _places(project: str) -> list[str]:
    """Give the places whose trust covers a project: itself, and for one that is no repository every directory above."""
    places = [project, os.path.realpath(project)]
    if not os.path.lexists(os.path.join(project, ".git")):
        here = places[-1]
        while os.path.dirname(here) != here:
            here = os.path.dirname(here)
            places.append(here)
    return places
