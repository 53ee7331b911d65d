"""Which files and other targets were touched, and how many calls could not be seen into: what an honest count stands beside."""

from __future__ import annotations

from collections import deque

from web4_governance.app.possible import reasons
from web4_governance.app.reports import readable
from web4_governance.app.reports.decisions import call
from web4_governance.core.action import Effect
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.reports.asked import Asked, Period
    from web4_governance.core.canonical import Json
    from web4_governance.storage.reader import Reader

UNSEEN = (str(Effect.OPAQUE), str(Effect.CODE_RUN))
NAMES = ("opaque", "code_run", "either")
MOST_TARGETS = 100
MOST_CALLS = 200


def touched(period: Period) -> dict[str, Json]:
    """Give the targets that most calls of a period touched."""
    found, count = period.reader.figures.touched(period.asked.calls, MOST_TARGETS)
    rows: list[Json] = [
        {
            "target": one.target,
            "calls": one.calls,
            "read": one.read,
            "written": one.written,
            "deleted": one.deleted,
            "other": one.other,
        }
        for one in found
    ]
    return {"in_all": count, "targets": rows}


def unseen(period: Period) -> dict[str, Json]:
    """Give how many calls could not be seen into; of a target, the recorded accesses beside the possible ones."""
    reader, asked = period.reader, period.asked
    by_tool = reader.figures.with_effects(asked.calls, UNSEEN)
    sums = [sum(counts) for counts in zip(*by_tool.values(), strict=True)] or [0, 0, 0]
    found: dict[str, Json] = {**dict(zip(NAMES, sums, strict=True))}
    found["tools"] = [{"tool": tool, **dict(zip(NAMES, counts, strict=True))} for tool, counts in by_tool.items()]
    if asked.target:
        found |= _accesses(reader, asked)
    return found


def _accesses(reader: Reader, asked: Asked) -> dict[str, Json]:
    filters = replace(asked.calls, target=asked.target)
    by_decision = reader.counted(filters, "decision")
    by_status = reader.counted(filters, "status")
    places = reader.find(filters, limit=MOST_CALLS)
    newest: list[Json] = [call(record) for record in readable.records(reader, places[::-1])]
    could, listed = 0, deque[tuple[int, str]](maxlen=MOST_CALLS)
    for one in reasons(reader, filters):
        could += 1
        listed.append(one)
    why = dict(listed)
    return {
        "target": asked.target,
        "recorded": sum(by_decision.values()),
        "recorded_by_decision": dict(by_decision),
        "recorded_by_status": {word or "unclosed": n for word, n in by_status.items()},
        "accesses": newest,
        "could_have_touched": could,
        "could": [{**call(record), "why": why[record.reference.idx]} for record in readable.records(reader, [*why])],
    }
