"""What one command of a script came down to, as later commands are told of it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from web4_governance.core.action import Effect, Target

NOTHING: frozenset[str] = frozenset()


class Step:
    """What one command came down to."""

    __slots__ = ("effects", "flowing", "found", "origins", "piped", "read", "recent", "targets", "worded")

    # What flows in is nothing for most commands: then it is the same nothing, and a set of its own once something does.
    def __init__(self) -> None:
        self.effects: set[Effect] = set()
        self.targets: list[tuple[Effect, Target]] = []
        self.found: tuple[Target, ...] = ()
        self.origins: set[str] = set()
        self.flowing: AbstractSet[str] = NOTHING
        self.piped: AbstractSet[str] = NOTHING
        self.worded: AbstractSet[str] = NOTHING
        self.read: AbstractSet[str] = NOTHING
        self.recent: list[tuple[Effect | None, Target | None]] = []
