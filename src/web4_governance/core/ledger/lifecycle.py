"""What became of calls, read from the entries alone: unclosed intents, and calls that nothing saw before they ran.

An unclosed intent is evidence (a killed client, an interrupted call), never an error. A late intent is a gap: it says
that the call was first seen at its end. It is explained where the host never ran the call, or where a `gap` entry names
it.
"""

from __future__ import annotations

from web4_governance.core.event import Status
from web4_governance.core.ledger.verdict import Gap
from web4_governance.core.record.entry import Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

NEVER_RAN = ("unknown-tool", "invalid-input")
# What a reconciliation puts on record (assurance.md R10); unlike other gaps, these do not explain themselves.
WITNESSED = {
    "unseen": "a second witness has a call that no hook saw",
    "did-not-bind": "a call was denied, and a second witness has a result of it",
    "rewritten": "a second witness shows another input than the one that was judged",
}


class Lifecycle:
    """Joins outcomes to intents by the leaf they name, in the ledger's order."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._late: dict[str, str] = {}
        self._explained: dict[str, str] = {}
        self._strays: list[Gap] = []
        self._witnessed: dict[str, tuple[str, str]] = {}
        self._known: set[str] = set()
        self.prunes: list[tuple[str, Json, Json]] = []
        self.intents = 0
        self.outcomes = 0

    def know(self, leaves: frozenset[str]) -> None:
        """Take the leaves (hex) of entries that were pruned: what names one of them names something that was there."""
        self._known.update(leaves)

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
                explained=self._explained.get(leaf, ""),
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
        if leaf not in self._known:
            self._strays.append(Gap(place=place, reason="the outcome names an intent that is not in the ledger"))
        self._open.discard(leaf)
        if at(body, "result.status") == Status.DENIED or at(body, "result.error_class") in NEVER_RAN:
            self._explained.setdefault(leaf, "the host refused the call; it did not run")
