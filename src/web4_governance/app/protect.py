"""Names what the gate protects: the files and directories whose change would switch it off (docs/spec/policy.md S1-S4)."""

from __future__ import annotations

import os

from web4_governance.core.effects import Protected

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SETTINGS = ("settings.json", "settings.local.json")
MANAGED = ("/etc/claude-code", "/Library/Application Support/ClaudeCode")


def protected(
    home: str,
    *,
    user_home: str,
    projects: tuple[str, ...],
    organisation: str,
    config_dir: str = "",
    further: tuple[str, ...] = (),
) -> Protected:
    """Give every path that no call of an agent may change while a policy enforces; as given, and behind symlinks.

    `config_dir` is where the host keeps the person's settings, if not in `~/.claude`; `further` are the plugin's
    own files and a session's policy, where there are such.
    """
    paths = [home, organisation, PACKAGE, *MANAGED, *further]
    for directory in dict.fromkeys((os.path.join(user_home, ".claude"), config_dir)):
        if directory:
            paths += [os.path.join(directory, name) for name in (*SETTINGS, "plugins")]
    for project in projects:
        paths.append(os.path.join(project, ".web4"))
        paths += [os.path.join(project, ".claude", name) for name in SETTINGS]
    real = [os.path.realpath(path) for path in paths]
    return Protected(paths=tuple(dict.fromkeys((*paths, *real))))
