"""What became of calls, read from the entries alone: unclosed intents, and calls that nothing saw before they ran.

An unclosed intent is evidence (a killed client, an interrupted call), never an error. A late intent is a gap: it says
that the call was first seen at its end. It is explained where the host never ran the call, or where a `gap` entry names
it.
"""

from __future__ import annotations

from web4_governance.core.event import Status
from web4_governance.core.ledger import signoff
from web4_governance.core.ledger.verdict import Gap
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.part import Part

REFUSED = "the host refused the call; it did not run"
INTENT, OUTCOME, DENIED = str(Kind.INTENT), str(Kind.OUTCOME), str(Status.DENIED)
CALL = "request.call"
NEVER_RAN = ("unknown-tool", "invalid-input")
# What a reconciliation puts on record (assurance.md R10); unlike other gaps, these do not explain themselves.
WITNESSED = {
    "unseen": "a second witness has a call that no hook saw",
    "did-not-bind": "a call was denied, and a second witness has a result of it",
    "rewritten": "a second witness shows another input than the one that was judged",
}


class Lifecycle:
    """Joins outcomes to intents by the leaf they name, in the ledger's order."""

    def __init__(self, *, apart: bool = False) -> None:
        """Begin. `apart` is for a stretch out of the middle: what its outcomes name that is not in it is kept, not judged."""
        self._apart = apart
        self._closed: set[str] = set()
        self._asked: list[str] = []
        self._refused: set[str] = set()
        self._open: set[str] = set()
        self._late: dict[str, str] = {}
        self._explained: dict[str, str] = {}
        self._strays: list[Gap] = []
        self._witnessed: dict[str, tuple[str, str]] = {}
        self._known: set[str] = set()
        self._is_older: Callable[[str, str, str], bool] = lambda _leaf, _session, _call: False
        self.prunes: list[tuple[str, Json, Json]] = []
        self.signoffs: list[tuple[str, Json, Json]] = []
        self.intents = 0
        self.outcomes = 0

    def know(self, leaves: frozenset[str]) -> None:
        """Take the leaves (hex) of entries that were pruned: what names one of them names something that was there."""
        self._known.update(leaves)

    def resume(self, is_older: Callable[[str, str, str], bool]) -> None:
        """Begin behind entries that are not read: of an intent's leaf (hex), session and call it is asked for one of them."""
        self._is_older = is_older

    def _knows(self, leaf: str, body: dict[str, Json]) -> bool:
        if leaf not in self._known and self._is_older(leaf, str(body.get("session")), str(at(body, CALL) or "")):
            self._known.add(leaf)
        return leaf in self._known

    def plain(self, kind: Json, leaf: str, body: dict[str, Json]) -> bool:
        """Take an entry that is a call's beginning or end like most; False, and nothing taken, for any that is not."""
        if kind == INTENT:
            if "late" in body:
                return False
            self._known.add(leaf)
            self._open.add(leaf)
            self.intents += 1
            return True
        reference, result = body["reference"], body.get("result")
        if kind != OUTCOME or type(reference) is not dict or type(result) is not dict:
            return False
        named = reference.get("intent")
        ran = result.get("status") != DENIED and "error_class" not in result
        if type(named) is not str or not ran or not (named in self._known or self._knows(named, body)):
            return False
        self.outcomes += 1
        self._open.discard(named)
        return True

    def take(self, place: str, leaf: str, body: dict[str, Json]) -> None:
        """Take one entry."""
        match body.get("kind"):
            case Kind.INTENT | Kind.CANARY:
                self._intent(place, leaf, body)
            case Kind.OUTCOME:
                self._outcome(place, body)
            case Kind.GAP:
                self._gap(place, leaf, body)
            case Kind.PRUNE:
                self.prunes.append((place, at(body, "prune.size"), at(body, "prune.root")))
            case Kind.SIGNOFF:
                self.signoffs.append(signoff.named(place, body))
            case _:
                return

    @property
    def unclosed(self) -> int:
        """How many intents no outcome has closed."""
        return len(self._open)

    def gaps(self) -> tuple[Gap, ...]:
        """Give the gaps, in the ledger's order as far as they were late intents, then outcomes without any intent."""
        late = [
            Gap(
                place=place,
                reason="the call was first seen at its end: nothing judged it before",
                explained=self._explained.get(leaf) or (REFUSED if leaf in self._refused else ""),
            )
            for leaf, place in self._late.items()
        ]
        witnessed = [
            Gap(place=place, reason=reason, explained=self._explained.get(leaf, ""))
            for leaf, (place, reason) in self._witnessed.items()
        ]
        return (*late, *self._strays, *witnessed)

    def _intent(self, place: str, leaf: str, body: dict[str, Json]) -> None:
        self._known.add(leaf)
        if body.get("kind") == Kind.CANARY:
            return
        self.intents += 1
        self._open.add(leaf)
        if body.get("late") is True:
            self._late[leaf] = place

    def _gap(self, place: str, leaf: str, body: dict[str, Json]) -> None:
        about = [named for field in ("intent", "gap") if isinstance(named := at(body, f"reference.{field}"), str)]
        for named in about:
            self._explained[named] = f"{place} explains it"
        if "restore" in body:
            self._restored(place, body)
            return
        why = str(at(body, "gap.why") or "no reason given")
        if why in WITNESSED and not about:
            call = (
                f"`{at(body, 'gap.tool') or '?'}`, call `{at(body, 'gap.call')}` of session `{at(body, 'gap.session')}`"
            )
            self._witnessed[leaf] = (place, f"{WITNESSED[why]}: {call}")
            return
        if about:
            return
        self._strays.append(
            Gap(place=place, reason=f"something came that could not be recorded: {why}", explained="it says so")
        )

    def _restored(self, place: str, body: dict[str, Json]) -> None:
        size, before = at(body, "restore.size"), at(body, "restore.replaced.size")
        reason = f"a backup of {size} entries was put in place"
        lost = isinstance(size, int) and isinstance(before, int) and before > size
        if lost:
            reason = f"a backup of {size} entries took the place of {before}: what came after it is gone"
        self._strays.append(Gap(place=place, reason=reason, explained="it says so", lost=lost))

    def _outcome(self, place: str, body: dict[str, Json]) -> None:
        self.outcomes += 1
        leaf = str(at(body, "reference.intent"))
        known = self._knows(leaf, body)
        if not known and self._apart:
            self._asked.append(leaf)
            self._closed.add(leaf)
        elif not known:
            self._strays.append(Gap(place=place, reason="the outcome names an intent that is not in the ledger"))
        self._open.discard(leaf)
        if at(body, "result.status") == Status.DENIED or at(body, "result.error_class") in NEVER_RAN:
            self._refused.add(leaf)

    def part(self, part: Part) -> Part:
        """Put what a stretch came to into what is told of it."""
        return replace(
            part,
            intents=self.intents,
            outcomes=self.outcomes,
            known=tuple(self._known),
            open=tuple(self._open),
            closed=tuple(self._closed),
            asked=tuple(self._asked),
            late=self._late,
            refused=tuple(self._refused),
            explained=self._explained,
            strays=tuple((gap.place, gap.reason, gap.explained, gap.lost) for gap in self._strays),
            witnessed=self._witnessed,
            prunes=tuple(self.prunes),
            signoffs=tuple(self.signoffs),
        )

    def goes_on(self, part: Part) -> bool:
        """Say whether all that the outcomes of a stretch name was seen before it."""
        return self._known.issuperset(part.asked)

    def join(self, part: Part) -> None:
        """Take what a stretch came to, which follows on what was taken."""
        self.intents += part.intents
        self.outcomes += part.outcomes
        self._known.update(part.known)
        self._open.difference_update(part.closed)
        self._open.update(part.open)
        self._late.update(part.late)
        self._refused.update(part.refused)
        self._explained.update(part.explained)
        self._strays += [Gap(place=p, reason=why, explained=by, lost=lost) for p, why, by, lost in part.strays]
        self._witnessed.update(part.witnessed)
        self.prunes += part.prunes  # type: ignore[arg-type]  # as they were taken, from the other process
        self.signoffs += part.signoffs  # type: ignore[arg-type]  # as above
