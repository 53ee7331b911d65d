"""Where a command stands: what it is wrapped in, what feeds it, and which possibility is looked at."""

from __future__ import annotations

from web4_governance.core.value import replace, value


@value
class Context:
    """What a place in a script hands down to its commands.

    `via`, `feeds`, `pipe_from`, `stdin`, `background` and `unsure` are as in `Command`. `sole` says that `pipe_from` alone
    writes into the pipe. `depth` counts scripts inside scripts; `active` holds the functions that are being run.
    """

    via: tuple[str, ...] = ()
    feeds: tuple[int, ...] = ()
    pipe_from: int = -1
    sole: bool = False
    stdin: str | None = None
    background: bool = False
    unsure: bool = False
    depth: int = 0
    active: tuple[str, ...] = ()


def prefixed(context: Context, prefixes: tuple[str, ...]) -> Context:
    """Give the context behind `time`, `coproc` and `!`."""
    for prefix in prefixes:
        if prefix not in ("", "!"):
            context = replace(context, via=(*context.via, prefix), background=prefix == "coproc" or context.background)
    return context


class Choices:
    """Goes through all possibilities of one statement, as an odometer does; what an outer one has chosen stays."""

    MOST = 8

    def __init__(self, outer: Choices | None) -> None:
        self.outer = outer
        self.picked: dict[object, int] = {}
        self._counts: dict[object, int] = {}
        self._product = 1

    def pick(self, key: object, count: int) -> int:
        """Choose one of `count`; the same key gives the same choice until `advance`. -1 where there are too many."""
        at: Choices | None = self
        while at is not None:
            if key in at.picked:
                return at.picked[key]
            at = at.outer
        if self._product * count > self.MOST:
            return -1
        self._product *= count
        self.picked[key], self._counts[key] = 0, count
        return 0

    def advance(self) -> bool:
        """Go to the next combination; False if all were seen."""
        for key in reversed(list(self.picked)):
            if self.picked[key] + 1 < self._counts[key]:
                self.picked[key] += 1
                return True
            self._product //= self._counts[key]
            del self.picked[key], self._counts[key]
        return False
