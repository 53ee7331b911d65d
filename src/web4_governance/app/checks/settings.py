"""Settings files of every scope: what makes the host drop one without a word, or not run hooks at all."""

from __future__ import annotations

import os

from web4_governance.app.atomic import read_bytes
from web4_governance.app.checks.finding import Finding, Level
from web4_governance.app.hosts import claude_code, claude_settings, entries
from web4_governance.app.hosts.json_text import JsonFault, to_text
from web4_governance.core.errors import UsageError
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.app.surroundings import Surroundings

MANAGED_ONLY = "allowManagedHooksOnly"
DISABLE = "disableAllHooks"
OURS = "web4_governance"  # the package's name stands in every line of ours
SILENCING = ("hooks-disabled", "settings-lost", "bare-by-settings", "bare-by-environment", "managed-only")


def check(around: Surroundings) -> Iterator[Finding]:
    """Look at every settings file that the host would read here."""
    managed = _managed_has_us(around)
    for scope, path in claude_code.all_settings(around):
        try:
            text = to_text(read_bytes(path) or b"")
        except UsageError as error:
            yield Finding(
                id="settings-unreadable", level=Level.ERROR, what=error.message, how=f"make `{path}` readable"
            )
            continue
        yield from _faults(path, text)
        yield from _switches(scope, path, text, managed=managed)
    yield from _environment(around)


def silent(around: Surroundings) -> tuple[str, ...]:
    """Give what keeps the installed hooks from running at all here; nothing where managed ones run all the same."""
    return tuple(
        dict.fromkeys(found.what for found in check(around) if found.id in SILENCING and found.level is Level.ERROR)
    )


def _faults(path: str, text: str) -> Iterator[Finding]:
    for fault in claude_settings.faults(text):
        lost = (
            "the client ignores the whole file, hooks and permissions too" if fault.whole_file else "that entry is lost"
        )
        found = Finding(
            id="settings-fault",
            level=Level.ERROR if fault.whole_file else Level.WARNING,
            what=f"`{path}`, {fault}: {lost}",
            how="mend that place in the file",
        )
        yield replace(found, id="settings-lost") if fault.whole_file and OURS in text else found


def _switches(scope: str, path: str, text: str, *, managed: bool) -> Iterator[Finding]:
    spared = " (the managed hooks still run)" if managed else ""
    level = Level.WARNING if managed else Level.ERROR
    if claude_settings.switch(text, DISABLE):
        what = f"`{path}` sets `{DISABLE}`: no hook runs{spared}"
        yield Finding(id="hooks-disabled", level=level, what=what, how=f"take `{DISABLE}` out of it")
    name = claude_settings.bare(text)
    if name:
        what = f"`{path}` sets `{name}` in `env`: the client starts bare, without hooks{spared}"
        yield Finding(id="bare-by-settings", level=level, what=what, how=f"take `{name}` out of it")
    if scope == "managed" and claude_settings.switch(text, MANAGED_ONLY) and not managed:
        yield Finding(
            id="managed-only",
            level=Level.ERROR,
            what=f"`{path}` sets `{MANAGED_ONLY}`: only managed hooks run, and ours are not among them",
            how="an administrator runs `web4 init --scope managed`",
        )


def _environment(around: Surroundings) -> Iterator[Finding]:
    for name in claude_settings.BARE:
        if claude_settings.is_on(around.variable(name)):
            yield Finding(
                id="bare-by-environment",
                level=Level.ERROR,
                what=f"`{name}` is set in the environment: a client started from here runs no hooks",
                how=f"unset {name}",
            )


def _managed_has_us(around: Surroundings) -> bool:
    path = os.path.join(around.managed_dir, "managed-settings.json")
    try:
        return bool(entries.find(to_text(read_bytes(path) or b"{}")))
    except (JsonFault, UsageError):
        return False
