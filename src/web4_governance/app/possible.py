"""Which calls could have touched a target although no deed of theirs names it: what an honest answer has to add.

A record knows what the call's words said. A search below a directory, a shell glob, a part that could not be seen and code
that was run may each have reached further. They are told apart from what is known, each with its reason.
"""

from __future__ import annotations

from web4_governance.app.query import EVERYTHING, read_records
from web4_governance.core.action import Effect
from web4_governance.core.policy.glob import compile_glob, is_glob
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.policy.glob import Glob
    from web4_governance.core.record.r6 import DeedRecord, Record
    from web4_governance.storage.filters import Filters
    from web4_governance.storage.reader import Reader

# Effects on a path that a search for any file effect is after.
OF_FILES = (Effect.FILE_READ, Effect.FILE_LIST, Effect.FILE_WRITE, Effect.FILE_DELETE, Effect.FILE_MODE)


@value
class Possible:
    """A call that could have touched what was asked for, and why that cannot be ruled out."""

    record: Record
    reason: str


def possible(reader: Reader, filters: Filters) -> tuple[Possible, ...]:
    """Give the calls that fit all filters but the target, and could have touched it all the same, the newest last.

    Nothing where no target is asked for. A call whose deeds are not readable any more (privacy level, erasure) counts.
    """
    return tuple(each_possible(reader, filters))


def each_possible(reader: Reader, filters: Filters) -> Iterator[Possible]:
    """Give the same one by one, in memory that their number does not add to."""
    if not filters.target:
        return
    glob = compile_glob(filters.target)
    certain = set(reader.find(filters, limit=EVERYTHING))
    wide = reader.veiled(replace(filters, target="", effect=""))
    for record in read_records(reader, (idx for places in wide for idx in places if idx not in certain)):
        why = reason(record, glob, effect=filters.effect)
        if why:
            yield Possible(record=record, reason=why)


def reason(record: Record, glob: Glob, *, effect: str = "") -> str:
    """Say why a record cannot be ruled out, each reason once; empty where it can."""
    wanted = (effect,) if effect else tuple(map(str, OF_FILES))
    reasons = (_of_deed(deed, glob, wanted) for deed in record.request.deeds)
    return "; ".join(dict.fromkeys(why for why in reasons if why))


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
