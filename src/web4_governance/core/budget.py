"""How long reading shell may take: a budget of time, measured by a clock that the caller hands in.

Counted is the reading of texts alone. What was read is followed to its end, however many commands it is: they are bounded by
number, and a call must not be able to hide one behind many others.

For whoever answers a host in time. Not asked where decisions must be the same on every machine (tests, replay): there the
bounds on size, depth and number alone hold, which keep every text to a fraction of a second. Time is the reading thread's
own, so that a loaded machine makes nothing opaque.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MOST_S = 0.020  # a hundred times what a common command takes
TOO_SLOW = "takes too long to read"


class Budget:
    """The time that is left for reading the texts of one call."""

    __slots__ = ("_clock", "_end", "_left", "_until")

    def __init__(self, clock: Callable[[], float], most: float = MOST_S, *, whole: float = 0.0) -> None:
        """`most` is for reading; `whole` for all that is made of it as well, where that is bounded by time too."""
        self._clock = clock
        self._left = most
        self._until = 0.0
        self._end = clock() + whole if whole else 0.0

    @property
    def ended(self) -> bool:
        """Say whether the whole time is over: what comes now is neither read nor followed."""
        return self._end > 0 and self._clock() > self._end

    def begin(self) -> None:
        """Let time run: a text is read from now on."""
        self._until = self._clock() + self._left

    def end(self) -> None:
        """Stop it."""
        self._left = max(0.0, self._until - self._clock())

    @property
    def spent(self) -> bool:
        """Say whether what is being read takes too long."""
        return self._clock() > self._until

    @property
    def over(self) -> bool:
        """Say whether no time is left for another text."""
        return self._left <= 0
