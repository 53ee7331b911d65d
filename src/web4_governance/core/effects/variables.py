"""What an assignment says: a search path that begins in a temporary directory, a preloaded library, a history switched off.

The names are data (the `variables` of the catalog's documents). A row holds for any value, or for one of which a part, between
colons or blanks, fits one of its `values` or lies in one of its `places`. A value that nobody knows is judged by what is
certain about it.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects import inner
from web4_governance.core.effects.conditions import items
from web4_governance.core.effects.places import locate
from web4_governance.core.effects.rows import text
from web4_governance.core.effects.wildcard import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.effects.catalog import Catalog
    from web4_governance.core.effects.places import Scene
    from web4_governance.core.effects.rows import Object
    from web4_governance.core.shell.command import Command, Word

EXPORTING = frozenset(("export", "declare", "typeset", "local", "readonly", "setenv"))
UNKNOWN = "${"
_EFFECTS = {effect.value: effect for effect in Effect}


def sets(command: Command) -> bool:
    """Say whether a command may set variables, for itself or for what follows."""
    return bool(command.assignments) or command.program in EXPORTING


def settings(command: Command) -> tuple[str, ...]:
    """Give `NAME=value` of each variable that a command is given, or sets for what follows; the name where that is all."""
    exported = command.words[1:] if command.program in EXPORTING else ()
    if not exported and not command.assignments:
        return ()
    return (
        *(f"{name}={word.text}" if word.known else name for name, word in command.assignments),
        *(word.text if word.known else word.text.partition("=")[0] for word in exported if "=" in word.text),
    )


def assigned(command: Command) -> tuple[tuple[str, str], ...]:
    """Give name and value of the variables that a command is given, or that it sets for what follows."""
    exported = command.words[1:] if command.program in EXPORTING else ()
    if not exported and not command.assignments:
        return ()
    given = [(name, _certain(word)) for name, word in command.assignments]
    return (*given, *pairs(exported))


def pairs(words: tuple[Word, ...] | list[Word]) -> tuple[tuple[str, str], ...]:
    """Give name and value of the words that are `NAME=value`."""
    split = [(word, word.text.partition("=")) for word in words]
    return tuple(
        (name, given if word.known else _certain(word).removeprefix(name + "="))
        for word, (name, sign, given) in split
        if sign and name.isidentifier()
    )


def meaning(name: str, given: str, catalog: Catalog, scene: Scene, cwd: str | None) -> tuple[Effect, str] | None:
    """Give the effect of assigning this value to a variable and why, None where there is none."""
    if name.startswith(inner.EXPORTED):
        return Effect.CODE_HIJACK, "a function that a shell takes from its environment"
    row = catalog.variables.get(name)
    effect = _EFFECTS.get(text(row, "effect")) if row is not None else None
    if row is None or effect is None or not _holds(row, given, scene, cwd):
        return None
    return effect, text(row, "why")


def commanded(name: str, given: str, catalog: Catalog) -> Iterator[str]:
    """Give the command that a variable holds, where it is one of those whose value is run."""
    row = catalog.variables.get(name)
    inside = inner.followed(given) if row is not None and row.get("command") is True else ""
    if inside:
        yield inside


def _holds(row: Object, given: str, scene: Scene, cwd: str | None) -> bool:
    if any(matches(glob, given) for glob in items(row.get("except"))):
        return False
    values, places = items(row.get("values")), items(row.get("places"))
    if not values and not places:
        return bool(given)
    parts = given.replace(":", " ").split()
    return any(matches(glob, part) for glob in values for part in (given, *parts)) or any(
        _place(part, scene, cwd) in places for part in parts
    )


def _place(part: str, scene: Scene, cwd: str | None) -> str:
    """Give the place of a path; a device that holds nothing, and what begins with something unknown, has none."""
    if part.startswith((UNKNOWN, "/dev/null")):
        return ""
    return locate(part, scene, cwd=cwd).place.value if "/" in part else ""


def _certain(word: Word) -> str:
    return word.text if word.known else word.shape or word.literal
