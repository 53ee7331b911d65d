"""Which calls could have touched a target although no deed of theirs names it: what an honest answer has to add.

A record knows what the call's words said. A search below a directory, a shell glob, a part that could not be seen and code
that was run may each have reached further. They are told apart from what is known, each with its reason.
"""

from __future__ import annotations

from collections import deque

from web4_governance.app.query import EVERYTHING, read_records
from web4_governance.app.reading import Reading
from web4_governance.core.action import Effect
from web4_governance.core.errors import CanonicalError
from web4_governance.core.policy.glob import compile_glob, is_glob
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from web4_governance.core.policy.glob import Glob
    from web4_governance.core.record.r6 import DeedRecord, Record
    from web4_governance.storage.filters import Filters
    from web4_governance.storage.reader import Reader

# Effects on a path that a search for any file effect is after.
OF_FILES = (Effect.FILE_READ, Effect.FILE_LIST, Effect.FILE_WRITE, Effect.FILE_DELETE, Effect.FILE_MODE)
UNREADABLE = "its entry cannot be read"


@value
class Possible:
    """A call that could have touched what was asked for, and why that cannot be ruled out."""

    record: Record
    reason: str


def possible(reader: Reader, filters: Filters, *, newest: int | None = None) -> tuple[Possible, ...]:
    """Give the calls that fit all filters but the target, and could have touched it all the same, the newest last.

    Nothing where no target is asked for. A call whose deeds are not readable any more (privacy level, erasure) counts.
    `newest` leaves out all but so many.
    """
    why: dict[int, str] = dict(reasons(reader, filters) if newest is None else deque(reasons(reader, filters), newest))
    return tuple(Possible(record=record, reason=why[record.reference.idx]) for record in read_records(reader, [*why]))


def reasons(reader: Reader, filters: Filters) -> Iterator[tuple[int, str]]:
    """Give the places of the same calls, each with its reason, the oldest first: their deeds are read and nothing else."""
    if not filters.target:
        return
    glob, reading = compile_glob(filters.target), Reading(reader)
    certain = set(reader.find(filters, limit=EVERYTHING))
    for places in reader.veiled(replace(filters, target="", effect="")):
        wide = [idx for idx in places if idx not in certain]
        for idx, deeds in _deeds(reading, wide).items():
            why = UNREADABLE if deeds is None else reason(deeds, glob, effect=filters.effect)
            if why:
                yield idx, why


def _deeds(reading: Reading, places: Sequence[int]) -> Mapping[int, tuple[DeedRecord, ...] | None]:
    """Give the deeds of some calls by place, None for one whose entry is not what was written."""
    if not places:
        return {}
    try:
        return reading.deeds_at(places)
    except CanonicalError:
        if len(places) == 1:
            return dict.fromkeys(places)
        return {idx: deeds for place in places for idx, deeds in _deeds(reading, [place]).items()}


def reason(deeds: Sequence[DeedRecord], glob: Glob, *, effect: str = "") -> str:
    """Say why a call with such deeds cannot be ruled out, each reason once; empty where it can."""
    wanted = (effect,) if effect else tuple(map(str, OF_FILES))
    found = (_of_deed(deed, glob, wanted) for deed in deeds)
    return "; ".join(dict.fromkeys(why for why in found if why))


def _of_deed(deed: DeedRecord, glob: Glob, wanted: tuple[str, ...]) -> str:
    if deed.effect == Effect.OPAQUE:
        return f"part of it could not be seen: {deed.why}" if deed.why else "part of it could not be seen"
    if deed.effect == Effect.CODE_RUN:
        return f"runs code that its words do not show: {_named(deed)}".removesuffix(": ")
    if deed.effect not in wanted:
        return ""
    if not deed.resolved and not deed.target:
        return "what it touched is not kept"
    path = deed.resolved or deed.target
    if deed.deep and glob.reaches(path):
        return f"takes in all that lies below {path}"
    if not deed.exact and (glob.overlaps(path) if is_glob(path) else glob.reaches(path)):
        return f"its words may stand for it: {path}"
    return ""


def _named(deed: DeedRecord) -> str:
    return deed.target or " ".join(word or "…" for word in deed.argv[:2])
