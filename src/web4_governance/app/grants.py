"""The grants that hold for a call, read from their entries; taking one counts it in the gate's own transaction.

What a grant says stands in its entry and nowhere else; how often it was taken is counted as limits are. INVARIANT: a
grant that was given for n calls lets no more than n through, however many processes judge at once: the count is asked and
taken under the one lock, in the transaction that records the call.
"""

from __future__ import annotations

from web4_governance.core.policy import Decision, Grant
from web4_governance.core.record.entry import NO_SESSION, Kind, at
from web4_governance.core.record.keep import LONG_TEXT, shorten
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.canonical import Json
    from web4_governance.core.policy import Verdict
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.lookup import Lookup
    from web4_governance.storage.writer import Writer

MOST = 64  # entries about grants that are looked at: an older grant than these holds no longer
ENTRY = "grant"
KEY = "grant/"
# What is told beside what a tool is to do: a retry says it in other words, and does the same.
IDLE = {"Bash": ("description", "timeout"), "Agent": ("description",), "Task": ("description",)}


@value
class Given:
    """A grant as its entry says it. `call` is the place of the intent whose action alone it is for, -1 for any."""

    id: str
    idx: int
    ts: int
    lifts: tuple[str, ...]
    count: int
    until_us: int
    session: str = ""
    call: int = -1
    targets: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What its use is counted under."""
        return KEY + self.id

    @property
    def grant(self) -> Grant:
        """What the judge is told of it."""
        return Grant(id=self.id, lifts=self.lifts, targets=self.targets)


def given(ledger: Lookup) -> tuple[Given, ...]:
    """Give the newest grants that nobody took back, the oldest first, used up and over or not."""
    stored = ledger.recent(NO_SESSION, str(Kind.GRANT), MOST)
    said = [(one, at(one.body(), ENTRY)) for one in stored]
    revoked = {at(what, "revokes") for _, what in said}
    read = [_given(one, what) for one, what in said if one.leaf.hex() not in revoked]
    return tuple(one for one in read if one.lifts)


def used(ledger: Lookup, grant: Given) -> int:
    """Give how many calls took a grant."""
    return ledger.count(grant.key, 0)


def holding(
    ledger: Lookup, session: str, *, now_us: int, does: Callable[[int], bool], again: Stored | None = None
) -> tuple[Grant, ...]:
    """Give the grants that hold for a call; those that its first delivery (`again`) made use of hold for every other.

    `does` says whether the call does what the intent at a place did.
    """
    taken = at(again.body(), "rules.granted") if again is not None else None
    already = {str(at(pair, "0")) for pair in taken} if isinstance(taken, list) else set()
    return tuple(
        one.grant
        for one in given(ledger)
        if one.session in ("", session)
        and (one.id in already or (now_us < one.until_us and used(ledger, one) < one.count))
        and (one.call < 0 or does(one.call))
    )


def does_the_same(ledger: Lookup, idx: int, tool: str, content: Json, same: bytes) -> bool:
    """Say whether a call does what a recorded one did: the same input, but for what says nothing to the tool (A3).

    `content` is the call's input as it is recorded, `same` the HMAC of all of it. Where the record keeps no input, all of it
    has to be equal.
    """
    if ledger.same_as(idx, same):
        return True
    intent, then = ledger.entry(idx), ledger.opening(idx, "request.input")
    if intent is None or then is None or at(intent.body(), "request.tool") != tool:
        return False
    return _doing(tool, then) == _doing(tool, content)


def _doing(tool: str, content: Json) -> Json:
    idle, short = IDLE.get(tool, ()), shorten(content, LONG_TEXT)
    return {key: one for key, one in short.items() if key not in idle} if isinstance(short, dict) else short


def take(ledger: Writer, verdict: Verdict, *, now_us: int) -> None:
    """Count the grants that let this call through, for the intent that was appended last."""
    # Crash: rolled back with the intent; a grant is used up if and only if the intent that it let through is durable.
    if verdict.answer is not Decision.DENY:
        for name in verdict.spent:  # a dry run stops nothing, so it uses nothing up
            ledger.tick(KEY + name, now_us)


def _given(stored: Stored, what: Json) -> Given:
    lifts, call, targets = at(what, "lifts"), at(what, "call"), at(what, "targets")
    return Given(
        id=stored.leaf.hex(),
        idx=stored.idx,
        ts=stored.ts,
        lifts=tuple(str(key) for key in lifts) if isinstance(lifts, list) else (),
        count=_whole(at(what, "count")),
        until_us=_whole(at(what, "until_us")),
        session=str(at(what, "session") or ""),
        call=call if isinstance(call, int) else -1,
        targets=tuple(str(one) for one in targets) if isinstance(targets, list) else (),
    )


def _whole(found: Json) -> int:
    return found if isinstance(found, int) else 0
