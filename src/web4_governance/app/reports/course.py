"""How trust went over a period: bounds at its end, and where the ledger is small enough, at even steps on the way.

The course is folded from the ledger's first entry, as trust always is; of a large ledger, the bounds that rules read at the
time stand in its place, as they are on record. Sessions and subagents come and go and have no course.
"""

from __future__ import annotations

from web4_governance.app.reports.asked import Reading
from web4_governance.app.trust import Memory, known
from web4_governance.core.canonical import decode
from web4_governance.core.evidence.subjects import Of
from web4_governance.core.trust.bounds import bounds
from web4_governance.core.trust.tensor import Dimension
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeAlias

    from web4_governance.app.reports.asked import Asked, Period
    from web4_governance.core.canonical import Json
    from web4_governance.core.evidence.fold import Moved
    from web4_governance.core.trust.posterior import Posterior
    from web4_governance.storage.reader import Reader

    Key: TypeAlias = tuple[str, str, str]

FOLDED_UP_TO = 50_000  # entries: folding them takes some seconds
SLICES = 30
MOST_LINES = 12
MOST_STANDING = 100
ROW = 6
PASSING = (f"{Of.SESSION}:", f"{Of.SUBAGENT}:")


@value
class Line:
    """One course: whose, in which role and dimension, and its bounds (thousandths) by slice."""

    key: Key
    points: tuple[tuple[int, int, int], ...]


def course(period: Period) -> dict[str, Json]:
    """Give trust as it stands at the ledger's end, and how it went in the period."""
    reader, asked = period.reader, period.asked
    if not asked.whole:
        nothing: dict[str, Json] = {"in_all": 0, "standing": [], "source": "left out", "slices": SLICES, "lines": []}
        return {"size": reader.head().size, "behind": 0, **nothing}
    size, everything = reader.head().size, asked.course is Reading.ALL
    behind = size - Memory(reader).size  # rows that other rules of evidence made are none
    found = known(reader)[0] if everything or behind <= FOLDED_UP_TO else ()
    standing: list[Json] = [
        {"entity": one.entity, "role": one.role, "dimensions": {str(d): _figures(p) for d, p in one.tensor.items()}}
        for one in found
        if not one.entity.startswith(PASSING)
    ]
    fold = everything or (asked.course is Reading.AUTO and size <= FOLDED_UP_TO)
    lines = _folded(reader, asked) if fold else _consulted(reader, asked)
    return {
        "size": size,
        "behind": behind,
        "in_all": len(standing),
        "standing": standing[:MOST_STANDING],
        "source": "folded" if fold else "consulted",
        "slices": SLICES,
        "lines": [
            {"entity": one.key[0], "role": one.key[1], "dimension": one.key[2], "points": [[*p] for p in one.points]}
            for one in lines
        ],
    }


def _figures(held: Posterior) -> dict[str, Json]:
    found = bounds(held)
    return {"low": found.low, "high": found.high, "mean": found.mean, "alarm": found.alarm}


def _width(asked: Asked) -> int:
    return max(1, -((asked.since_us - asked.until_us) // SLICES))


def _folded(reader: Reader, asked: Asked) -> list[Line]:
    """Fold to the period's end, and note every posterior as it stood at the end of each slice."""
    ends = reader.figures.last_places(asked.since_us, _width(asked), SLICES)
    now: dict[Key, Posterior] = {}
    moved: dict[Key, int] = {}

    def listen(one: Moved) -> None:
        if not one.entity.startswith(PASSING):
            key = (one.entity, one.role, str(one.seen.dimension))
            now[key] = one.after
            moved[key] = moved.get(key, 0) + 1

    memory = Memory(reader, anew=True, listener=listen)
    points: dict[Key, list[tuple[int, int, int]]] = {}
    for slice_ in sorted(ends):
        memory.advance(ends[slice_] + 1)
        for key, held in now.items():
            found = bounds(held)
            points.setdefault(key, []).append((slice_, found.low, found.high))
    return _chosen({key: tuple(of) for key, of in points.items()}, moved)


def _consulted(reader: Reader, asked: Asked) -> list[Line]:
    """Take the bounds that rules were judged by, the last ones of each slice."""
    width = _width(asked)
    points: dict[Key, dict[int, tuple[int, int]]] = {}
    times: dict[Key, int] = {}
    for rows in reader.figures.consulted(asked.since_us, asked.until_us):
        for ts, _idx, told in rows:
            for key, low, high in _bounds(told):
                points.setdefault(key, {})[(ts - asked.since_us) // width] = (low, high)
                times[key] = times.get(key, 0) + 1
    lines = {key: tuple((n, *pair) for n, pair in sorted(of.items())) for key, of in points.items()}
    return _chosen(lines, times)


def _bounds(told: object) -> list[tuple[Key, int, int]]:
    """Read the rows that `consult` writes: of, whom, role, dimension, and the two bounds, which are none of a stranger."""
    rows = decode(told.encode()) if isinstance(told, str) else None
    whole = [row for row in rows if isinstance(row, list) and len(row) == ROW] if isinstance(rows, list) else []
    return [
        ((str(entity), str(role), str(dimension)), low, high)
        for _, entity, role, dimension, low, high in whole
        if isinstance(low, int) and isinstance(high, int)
    ]


def _chosen(lines: Mapping[Key, tuple[tuple[int, int, int], ...]], moved: Mapping[Key, int]) -> list[Line]:
    """Choose the courses with the most evidence: reliability first, which rules ask for most."""
    ranked = sorted(lines, key=lambda key: (key[2] != str(Dimension.RELIABILITY), -moved.get(key, 0), key))
    return [Line(key=key, points=lines[key]) for key in ranked[:MOST_LINES]]
