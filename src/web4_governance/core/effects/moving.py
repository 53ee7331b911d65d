"""Code that changes its directory, and commands that it runs in another: from there on its relative names lie elsewhere.

The calls of a piece of code are taken in the order in which they stand, which is not always that in which they run: a guess
that holds for code of a few lines, as agents hand it to an interpreter.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.effects.signs import Found

MOVES = "moves"


def in_order(found: tuple[Found, ...]) -> tuple[Found, ...]:
    """Give the calls as they stand in the code, if any of them moves; else as they came."""
    if not any(one.role == MOVES for one in found):
        return found
    return tuple(sorted(found, key=lambda one: one.at))


def away(cwd: str | None, home: str | None) -> str | None:
    """Give the directory that code has gone to; empty where it is the one that it began in."""
    return "" if cwd == home else cwd


def from_there(command: str, cwd: str | None) -> str:
    """Give a command as it runs in a directory; None stands for one that cannot be told."""
    if cwd == "":
        return command
    there = '"$_"' if cwd is None else "'" + cwd.replace("'", "'\\''") + "'"
    return f"cd {there}\n{command}"
