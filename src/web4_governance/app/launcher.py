"""The file in the home that tells the plugin's `sh` launcher what to run: `<home>/launcher`, one `name=value` a line.

Read by a shell with `read`, never evaluated: a value is a word, whatever characters it has. The launcher runs what it
names only if file and home are the person's own and nobody else can write them.
"""

from __future__ import annotations

import os
import stat

from web4_governance.app.atomic import read_bytes, write_bytes
from web4_governance.core.errors import UsageError
from web4_governance.core.value import value

OTHERS_WRITE = 0o022


@value
class Launcher:
    """What the plugin's launcher runs (`python`, `script`), and what it does when that cannot answer."""

    python: str
    script: str
    on_failure: str


def path_of(home: str) -> str:
    """Where the file lies."""
    return os.path.join(home, "launcher")


def write(home: str, launcher: Launcher) -> None:
    """Write the file, 0600 whatever it was; a path with a line break cannot be said in it."""
    for path in (launcher.python, launcher.script):
        if "\n" in path:
            message = f"the path {path!r} has a line break"
            raise UsageError(message, hint="install the package somewhere else")
    text = f"python={launcher.python}\nscript={launcher.script}\non_failure={launcher.on_failure}\n"
    path = path_of(home)
    if os.path.lexists(path):
        os.unlink(path)  # a fresh file: neither a symlink's target nor somebody's mode survives
    write_bytes(path, text.encode("utf-8", "surrogateescape"))


def read(home: str) -> Launcher | None:
    """Give what the file says, None where there is none; a name that it misses is empty."""
    data = read_bytes(path_of(home))
    if data is None:
        return None
    named = dict(line.split("=", 1) for line in data.decode("utf-8", "surrogateescape").splitlines() if "=" in line)
    return Launcher(
        python=named.get("python", ""), script=named.get("script", ""), on_failure=named.get("on_failure", "")
    )


def foreign(home: str) -> str:
    """Say why the launcher would not trust the file, empty where it would."""
    if not hasattr(os, "geteuid"):
        return ""  # pragma: no cover  # Windows has no such launcher
    for path, what in ((home, "the home"), (path_of(home), "the file")):
        found = os.lstat(path) if what == "the file" else os.stat(path)
        if stat.S_ISLNK(found.st_mode):
            return f"{what} is a symlink"
        if found.st_uid != os.geteuid():
            return f"{what} belongs to uid {found.st_uid}"
        if found.st_mode & OTHERS_WRITE:
            return f"{what} can be written by others"
    return ""
