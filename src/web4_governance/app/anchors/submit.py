"""Hands a head to every anchor of a home, each on its own, and remembers which of them lag (docs/spec/anchors.md A3).

Nothing is lost by an anchor that fails: it is tried again with the next head, which carries all that came before.
"""

from __future__ import annotations

import os

from web4_governance.app.atomic import write_bytes
from web4_governance.app.regular import read_regular
from web4_governance.core.canonical import decode, encode
from web4_governance.core.errors import AnchorError, AnchorRefused, CanonicalError
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from web4_governance.app.anchors.anchor import Anchor, Head, Known, Prove, Receipt
    from web4_governance.core.canonical import Json


@value
class Taken:
    """What became of a head at one anchor: its receipt, or why there is none; `refused` tells a no from no answer."""

    anchor: str
    receipt: Receipt | None = None
    why: str = ""
    hint: str = ""
    refused: bool = False


@value
class Lag:
    """An anchor that did not take the last head: since when (microseconds), why, and whether it said no."""

    anchor: str
    since_us: int
    why: str
    refused: bool = False


def submit(head: Head, anchors: Iterable[Anchor], *, prove: Prove, known: Callable[[str], Known]) -> tuple[Taken, ...]:
    """Hand a head to each anchor.

    Args:
        head: The signed head.
        anchors: Where to.
        prove: The consistency proof between two sizes of the ledger.
        known: What is remembered of an anchor, by its name.
    """
    return tuple(_one(head, anchor, prove, known(anchor.name)) for anchor in anchors)


def _one(head: Head, anchor: Anchor, prove: Prove, known: Known) -> Taken:
    try:
        return Taken(anchor=anchor.name, receipt=anchor.submit(head, prove=prove, known=known))
    except AnchorError as error:
        refused = isinstance(error, AnchorRefused)
        return Taken(anchor=anchor.name, why=error.message, hint=error.hint, refused=refused)


def lags(home: str) -> tuple[Lag, ...]:
    """Give the anchors that lag, by name; nothing where the file is gone or makes no sense."""
    return tuple(
        Lag(anchor=name, since_us=since, why=why, refused=row.get("refused") is True)
        for name, row in sorted(_state(home).items())
        if isinstance(row, dict)
        and isinstance(since := row.get("since_us"), int)
        and isinstance(why := row.get("why"), str)
    )


def note_lags(home: str, taken: Iterable[Taken], *, now_us: int) -> None:
    """Remember who took no head: the first failure keeps its time until that anchor takes one again."""
    before = _state(home)
    after: dict[str, Json] = {}
    for one in taken:
        if one.receipt is None:
            earlier = before.get(one.anchor)
            since = earlier.get("since_us", now_us) if isinstance(earlier, dict) else now_us
            after[one.anchor] = {"since_us": since, "why": one.why[:500], "refused": one.refused}
    if after != before:
        # Crash: the old file whole. What it says is told to people; no verdict rests on it.
        write_bytes(path_of(home), encode(after))


def path_of(home: str) -> str:
    """Where it is remembered."""
    return os.path.join(home, "anchors.json")


def _state(home: str) -> dict[str, Json]:
    try:
        found = decode(read_regular(path_of(home)))
    except (OSError, CanonicalError):
        return {}
    return found if isinstance(found, dict) else {}
