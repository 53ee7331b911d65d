"""Whether a command turns on the gate, asked of all that knows something of it: the first that says so gives the reason.

What a command's targets say of it (`found`) has its place among the others. Each of these looks at the program's name or
at one glance first, and says nothing of most commands.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects import ending, opening, shadows, sweeping, tamper

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.action import Target
    from web4_governance.core.effects.glance import Glance
    from web4_governance.core.effects.rows import Reading
    from web4_governance.core.effects.sweeping import Guard
    from web4_governance.core.shell.command import Command

LOOKING = (Effect.FILE_READ, Effect.FILE_LIST)
LOOKING_BACK = ending.PROGRAMS | sweeping.PROGRAMS  # of which it counts what stands before them


def turns(
    command: Command,
    glance: Glance,
    reading: Reading | None,
    touched: list[tuple[Effect | None, Target | None]],
    of: Guard,
    *,
    behind: tuple[Command, ...],
    before: tuple[Command, ...],
    fed: str | None,
    lists: Callable[[], tuple[str, ...]],
    found: str,
) -> str:
    """Say why a command turns on the gate; empty where it does not.

    Args:
        command: The command.
        glance: One look at its words.
        reading: How its row reads it; None where no row does.
        touched: What it does.
        of: What is protected.
        behind: The commands whose output it gets.
        before: Those before it, where it is one of `LOOKING_BACK`.
        fed: The text that it is fed, where that is known.
        lists: Gives the texts of files that it names, as far as the call wrote them.
        found: Why its targets may be the gate's.
    """
    inert = reading if reading is not None and reading.inert else None

    def read() -> frozenset[str]:
        return frozenset([target.given for effect, target in touched if target is not None and effect in LOOKING])

    return (
        ("" if inert is not None else tamper.runs_own(command, glance, of.protected))
        or ending.ends_gate(command, behind, of.protected, before)
        or tamper.installs_gate(command, glance, behind, lists)
        or tamper.links_gate(command, of)
        or tamper.mounts_gate(command, of)
        or sweeping.sweeps_gate(command, reading, of, before)
        or tamper.hands_over(command, glance, inert, read=read, fed=fed, of=of)
        or found
        or opening.opens_ledger(command, fed, of)
        or shadows.shadows_gate(command, glance, fed, touched, of)
    )
