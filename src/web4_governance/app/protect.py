"""Names what the gate protects: the files and directories whose change would switch it off (docs/spec/policy.md S1-S4)."""

from __future__ import annotations

import os
import stat
import sys

from web4_governance.app.regular import read_regular
from web4_governance.core.effects import Protected

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SETTINGS = ("settings.json", "settings.local.json")
MANAGED = ("/etc/claude-code", "/Library/Application Support/ClaudeCode")
# What a hook imports besides the standard library and the package itself.
NEEDED = ("tree_sitter", "tree_sitter_bash", "re2", "_re2")
OURS = b"web4"
MOST_SETTINGS = 1024 * 1024


def protected(
    home: str,
    *,
    user_home: str,
    projects: tuple[str, ...],
    organisation: str,
    config_dir: str = "",
    further: tuple[str, ...] = (),
    looks: bool = True,
) -> Protected:
    """Give every path that no call of an agent may change while a policy enforces; as given, and behind symlinks.

    Args:
        home: The gate's home.
        user_home: The person's home, as the environment says it; the one of the passwd entry is kept too.
        projects: The roots of the projects at hand.
        organisation: Where the organisation's policy lies.
        config_dir: Where the host keeps the person's settings, if not in `~/.claude`.
        further: The plugin's own files and a session's policy, where there are such.
        looks: Whether the disk may be asked which of a project's files govern anything; else all of them do.
    """
    paths = [home, organisation, PACKAGE, *MANAGED, *further]
    homes = dict.fromkeys((user_home, *((_passwd_home(),) if looks else ())))
    for directory in dict.fromkeys((*(os.path.join(place, ".claude") for place in homes if place), config_dir)):
        if directory:
            paths += [os.path.join(directory, name) for name in (*SETTINGS, "plugins")]
    idle = []
    for project in projects:
        own = [os.path.join(project, ".web4"), *(os.path.join(project, ".claude", name) for name in SETTINGS)]
        paths += own
        # Whether hooks live in a project's local settings is a fact; where none is known, they are the person's.
        idle += [
            path
            for path in own
            if path not in paths[: -len(own)] and not (_governs(path) if looks else path != own[-1])
        ]
    if not looks:
        return Protected(paths=_with_real(paths), idle=tuple(idle))
    environment = environment_of(projects)
    return Protected(
        paths=_with_real(paths),
        idle=tuple(idle),
        environment=_with_real(environment),
        looked=True,
        process=f"{sys.executable} -I -S {PACKAGE}/hook.py claude-code --home {home} --via user --on-failure=block"
        " --deadline-ms=2000",
    )


def _with_real(paths: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*paths, *map(os.path.realpath, paths))))


def environment_of(projects: tuple[str, ...]) -> list[str]:
    """Give what the gate runs on: interpreter, standard library, and of its environment what a hook loads.

    An environment of its own is kept whole; in a project's, the rest is the project's business.
    """
    prefix = os.path.dirname(os.path.dirname(sys.executable))
    marker = os.path.join(prefix, "pyvenv.cfg")
    packages = os.path.join(prefix, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")
    paths = [sys.executable, os.path.dirname(os.path.abspath(os.__file__)), os.path.dirname(PACKAGE)]
    own = os.path.lexists(marker) and not any(_lies_in(prefix, project) for project in projects)
    if os.path.basename(paths[-1]) != "site-packages":
        paths.pop()  # a checkout: what lies beside the package is the project's
    elif not own:
        paths[-1] = PACKAGE
    return [*paths, *([prefix] if own else [marker, *(os.path.join(packages, name) for name in NEEDED)])]


def _lies_in(path: str, directory: str) -> bool:
    return path == directory or path.startswith(directory.rstrip("/") + "/")


def _passwd_home() -> str:
    """Give the home of the uid's passwd entry: a changed HOME moves `~`, and not the files."""
    try:
        import pwd  # noqa: PLC0415  # not on every system

        return pwd.getpwuid(os.getuid()).pw_dir
    except (ImportError, KeyError):
        return ""


def _governs(path: str) -> bool:
    """Say whether a project's file or directory is there and takes part in governing: settings, if they name the gate."""
    try:
        found = os.stat(path)
    except OSError:
        return os.path.lexists(path)
    if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_SETTINGS:
        return True
    try:
        return OURS in read_regular(path, listened=False)
    except OSError:  # not to be read, or no file any more: the careful case
        return True
