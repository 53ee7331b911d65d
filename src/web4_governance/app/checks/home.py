"""The home: whose it is, who else can write or read it, its settings, and whether the gate is switched off."""

from __future__ import annotations

import os
import stat

from web4_governance.app import off
from web4_governance.app.checks.finding import Finding, Level
from web4_governance.app.settings import settings
from web4_governance.core.errors import HomeError, UsageError
from web4_governance.storage import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OTHERS_ANY = 0o077
OTHERS_WRITE = 0o022
MEND = "`web4 doctor --fix`"


def check(path: str, *, now_us: int) -> Iterator[Finding]:
    """Look at the home directory and the small files in it."""
    home = Home(path)
    if not os.path.lexists(path):
        yield Finding(id="home-missing", level=Level.WARNING, what=f"there is no home at `{path}`", how="`web4 init`")
        return
    yield from _directory(home)
    yield from _files(home)
    yield from _settings(path)
    until = off.until(path)
    if off.in_force(path, now_us):
        left = (until - now_us) // 60_000_000
        what = f"the gate is switched off for {left} min more: every call goes through"
        yield Finding(id="off", level=Level.WARNING, what=what, how="`web4 off --on`")


def _directory(home: Home) -> Iterator[Finding]:
    def mend() -> None:
        os.chmod(home.path, 0o700)

    try:
        home.check()
    except HomeError as error:
        mender = mend if os.path.isdir(home.path) and _is_ours(home.path) else None
        yield Finding(id="home-refused", level=Level.ERROR, what=error.message, how=error.hint, mend=mender)
        return
    if home.readable_by_others():
        what = f"the home `{home.path}` can be read by others"
        yield Finding(id="home-readable", level=Level.WARNING, what=what, how=MEND, mend=mend)


def _is_ours(path: str) -> bool:
    return not hasattr(os, "geteuid") or os.stat(path).st_uid == os.geteuid()


def _files(home: Home) -> Iterator[Finding]:
    """Look for files that others can read or write: inside a closed home a slip, inside an open one a hole."""
    loose = [path for path in _own_files(home.path) if stat.S_IMODE(os.lstat(path).st_mode) & OTHERS_ANY]
    if not loose:
        return

    def mend() -> None:
        for path in loose:
            os.chmod(path, 0o600)

    others_write = any(stat.S_IMODE(os.lstat(path).st_mode) & OTHERS_WRITE for path in loose)
    more = f" and {len(loose) - 1} more" if len(loose) > 1 else ""
    yield Finding(
        id="files-open",
        level=Level.WARNING,
        what=f"others can {'write' if others_write else 'read'} `{loose[0]}`{more}",
        how=MEND,
        mend=mend,
    )


def _own_files(directory: str) -> list[str]:
    """Give the regular files right in the home and in its own directories (not in a venv that lies there)."""
    found = []
    for where in (directory, *(os.path.join(directory, name) for name in ("audit", "cache", "installed", "lastgood"))):
        try:
            names = sorted(os.listdir(where))
        except OSError:
            continue
        found += [os.path.join(where, name) for name in names]
    return [path for path in found if stat.S_ISREG(os.lstat(path).st_mode)]


def _settings(path: str) -> Iterator[Finding]:
    try:
        settings(path)
    except UsageError as error:
        how = error.hint or "mend or remove the file; until then no call can be decided"
        yield Finding(id="config-invalid", level=Level.ERROR, what=error.message, how=how)
