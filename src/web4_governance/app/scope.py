"""Which project a call belongs to: the nearest marked directory above where it runs.

A project is told by `.git`, `.web4` or `.claude` (the last two not in the person's own home, where they are not a
project's). Where the host names a project directory too, both count: their policies can only tighten.
"""

from __future__ import annotations

import os

from web4_governance.app.regular import lies

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MARKERS = (".git", ".web4", ".claude")
MAX_DEPTH = 64


def project_of(cwd: str, *, user_home: str, looked: Callable[[str], None] | None = None) -> str:
    """Give the project's root for a working directory: the nearest marked one, or the directory itself.

    `looked` is told of every path where a marker was looked for.
    """
    if not cwd.startswith("/"):
        return cwd
    here = os.path.normpath(cwd)
    for _ in range(MAX_DEPTH):
        if here in ("/", user_home):
            break
        for marker in MARKERS:
            path = f"{here}/{marker}"
            if looked is not None:
                looked(path)
            if lies(path):
                return here
        here = os.path.dirname(here)
    return os.path.normpath(cwd)


def projects_of(cwd: str, hint: str, *, user_home: str, looked: Callable[[str], None] | None = None) -> tuple[str, ...]:
    """Give every project root whose policy speaks, the one that the call is recorded under first; `looked` as above."""
    found = [project_of(place, user_home=user_home, looked=looked) for place in dict.fromkeys((hint or cwd, cwd))]
    return tuple(dict.fromkeys(path for path in found if path))
