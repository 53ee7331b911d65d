"""One made-up machine for the tests of effects, and short ways to ask about it."""

from __future__ import annotations

import os
from functools import cache

import web4_governance
from web4_governance.core.canonical import trusted
from web4_governance.core.effects import Catalog, Protected, derive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.core.action import Action, Deed, McpServer

HOME = "/home/user"
CWD = "/workspace/project"
PROTECTED = Protected(
    paths=(
        f"{HOME}/.web4",
        "/etc/web4",
        f"{HOME}/.claude/settings.json",
        f"{HOME}/.claude/settings.local.json",
        f"{CWD}/.web4",
        f"{CWD}/.claude/settings.json",
        "/lib/site-packages/web4_governance",
    )
)


@cache
def documents() -> tuple[Any, ...]:
    """Give the catalog's documents as they ship."""
    root = os.path.join(os.path.dirname(web4_governance.__file__), "catalog", "programs")
    found = []
    for name in sorted(os.listdir(root)):
        with open(os.path.join(root, name), "rb") as file:
            found.append(trusted(file.read()))
    return tuple(found)


@cache
def catalog() -> Catalog:
    """Give the catalog as it ships."""
    return Catalog.from_json(documents())


def call(
    tool: str, given: Any, *, mcp: McpServer | None = None, catalog_: Catalog | None = None, home: str = HOME
) -> Action:
    """Give the action of a tool call in the scene."""
    return derive(
        tool,
        given,
        agent="claude-code",
        cwd=CWD,
        home=home,
        project=CWD,
        protected=PROTECTED,
        catalog=catalog_ or catalog(),
        mcp=mcp,
    )


def bash(command: str, *, home: str = HOME) -> Action:
    """Give the action of a shell command in the scene."""
    return call("Bash", {"command": command}, home=home)


def said(deed: Deed) -> str:
    """Give a deed in short: its effect, and what it is on."""
    effect = str(deed.effect) if deed.effect is not None else "-"
    return f"{effect} {deed.target.given}" if deed.target is not None else effect


def deeds(action: Action) -> list[str]:
    """Give an action's deeds in short, each with and without its target."""
    return [*map(said, action.deeds), *(said(deed).partition(" ")[0] for deed in action.deeds)]


def effects(command: str, *, home: str = HOME) -> set[str]:
    """Give the effects of a shell command."""
    return {str(deed.effect) for deed in bash(command, home=home).deeds if deed.effect is not None}


def stocked(*rows: Any) -> Catalog:
    """Give the shipped catalog with rows of a pack added."""
    return Catalog.from_json((*documents(), {"programs": list(rows)}))
