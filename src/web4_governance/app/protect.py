"""Names what the gate protects: the files and directories whose change would switch it off (docs/spec/policy.md S1-S4)."""

from __future__ import annotations

import os

from web4_governance.core.effects import Protected

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SETTINGS = ("settings.json", "settings.local.json")
MANAGED = ("/etc/claude-code", "/Library/Application Support/ClaudeCode")


def protected(home: str, *, user_home: str, projects: tuple[str, ...], organisation: str) -> Protected:
    """Give every path that no call of an agent may change while a policy enforces."""
    paths = [home, organisation, PACKAGE, *MANAGED]
    paths += [os.path.join(user_home, ".claude", name) for name in SETTINGS]
    paths.append(os.path.join(user_home, ".claude", "plugins"))
    for project in projects:
        paths.append(os.path.join(project, ".web4"))
        paths += [os.path.join(project, ".claude", name) for name in SETTINGS]
    return Protected(paths=tuple(dict.fromkeys(paths)))
