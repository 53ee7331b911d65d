"""Which earlier edits a call takes back: it puts a file back to a content that the file had before them (lineage.md U).

By the keys of contents that are noted with each change, never by texts, and only as far back as the last few changes of the
file. Not a judge of whether taking back was right: what it says of whom is `core.evidence`'s.
"""

from __future__ import annotations

from web4_governance.app.changed import cause_of
from web4_governance.core.evidence.subjects import is_one_agent
from web4_governance.core.lineage.blame import By
from web4_governance.core.lineage.change import PROVEN
from web4_governance.core.lineage.lines import ABSENT, UNKNOWN
from web4_governance.core.lineage.tools import TELLING
from web4_governance.core.record.entry import at, parse
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.app.changed import Changed
    from web4_governance.app.pen import Pen
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.lineage import Called, Touch
    from web4_governance.storage.lookup import Lookup

LOOKED_AT = 16  # changes of a file, the newest
MOST = 8  # outcomes that are named
AGENT = "role.entities.agent"
VERSIONS, LOOKING = "vcs.", "vcs.read"


@value
class Undone:
    """The outcomes whose edits were taken back, by their leaves (hex), and whether one of them was the same agent's."""

    leaves: tuple[str, ...] = ()
    own: bool = False


NOTHING = Undone()


def undone_by(pen: Pen, intent: Stored | None, files: Iterable[Changed]) -> Undone:
    """Give the edits that a call takes back with the files that it changed; nothing is there of it in the ledger yet."""
    found: dict[int, tuple[Touch, str]] = {}
    ledger = pen.ledger
    for one in files if intent is not None else ():
        back = () if one.after in (ABSENT, UNKNOWN, one.before) else _taken_back(ledger, one)
        if back and intent is not None and _is_its_work(pen, intent, one):
            found.update({touch.idx: (touch, one.change.path) for touch in back})
    if not found or intent is None:
        return NOTHING
    calls = ledger.lineage.calls(found)
    made = [place for place in sorted(calls) if _is_proven(ledger, calls[place], found[place][1])]
    if not made:
        return NOTHING
    own = any(_is_own(pen, at(intent.body(), AGENT), calls[place]) for place in made)
    outcomes = [stored for place in made[-MOST:] if (stored := ledger.entry(place)) is not None]
    return Undone(leaves=tuple(stored.leaf.hex() for stored in outcomes), own=own)


def _is_own(pen: Pen, mine: Json, made: Called) -> bool:
    """Say whether an edit was of the agent's own definition and model; in one session also where a model was not yet known."""
    other, event = at(parse(made.data), AGENT), pen.event
    if not isinstance(mine, str) or not isinstance(other, str):
        return False
    return mine == other or (
        (made.session, made.agent_id) == (event.session, event.agent_id) and is_one_agent(mine, other)
    )


def _taken_back(ledger: Lookup, one: Changed) -> tuple[Touch, ...]:
    """Give the changes since the file had this content, back to the newest that changed it from that; none where none did."""
    latest = ledger.lineage.latest_changes(one.path, LOOKED_AT)
    first = next((n for n, touch in enumerate(latest) if touch.before == one.after), -1)
    return latest[: first + 1]


def _is_its_work(pen: Pen, intent: Stored, one: Changed) -> bool:
    """Say whether the call put the file back: it is proven, or git ran in it and no other call that could have."""
    if one.change.how in PROVEN:
        return True
    listed = at(intent.body(), "request.deeds")
    effects = [str(at(deed, "effect")) for deed in listed] if isinstance(listed, list) else []
    if not any(effect.startswith(VERSIONS) and effect != LOOKING for effect in effects):
        return False
    times = (intent.ts, pen.context.now_us)
    return cause_of(pen.ledger, one.change.path, times, apart=intent.idx)[0] is By.OUTSIDE


def _is_proven(ledger: Lookup, called: Called, path: str) -> bool:
    """Say whether a call is known to have made its change: by its tool, or as its outcome says, where that is kept."""
    if called.tool in TELLING:
        return True
    rows = ledger.opening(called.outcome, "result.files")
    return any(at(row, "path") == path and at(row, "how") in PROVEN for row in (rows if isinstance(rows, list) else ()))
