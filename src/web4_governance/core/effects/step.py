"""What one command of a script came down to, as later commands are told of it."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Effect, Target


class Step:
    """What one command came down to."""

    __slots__ = ("effects", "flowing", "found", "origins", "piped", "read", "recent", "targets", "worded")

    def __init__(self) -> None:
        self.effects: set[Effect] = set()
        self.targets: list[tuple[Effect, Target]] = []
        self.found: tuple[Target, ...] = ()
        self.origins: set[str] = set()
        self.flowing: set[str] = set()
        self.piped: set[str] = set()
        self.worded: set[str] = set()
        self.read: set[str] = set()
        self.recent: list[tuple[Effect | None, Target | None]] = []
