"""Lines up what second witnesses say with what the ledger says, call by call (docs/spec/assurance.md R3-R8).

Pure, over what it is handed: the ledger's sessions, then what the witnesses say and the ledger's calls of the sessions that
they speak of, in any order, then the report. Of a call a few words are kept, never an input: memory follows the number of
calls that witnesses speak of, not the size of the ledger or of what was read.
"""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.ledger.likeness import Likeness, worse
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Key = tuple[str, str]


class Difference(Closed):
    """The closed list of what can be wrong between ledger and witnesses, the gravest first."""

    UNSEEN = "unseen"  # a witness has the call, and no hook saw it
    UNBOUND = "did-not-bind"  # the gate answered deny, and the call has a result
    REWRITTEN = "rewritten"  # what ran, or was asked for, is not what was judged
    LATE = "late"  # it ran, and was first seen at its end
    REFUSED = "unseen-refused"  # no hook saw it, and it did not run
    UNCOMPARED = "input-unknown"  # the inputs could not be compared
    UNWITNESSED = "only-in-ledger"  # no witness of its session has it
    SEQUENCE = "sequence-gap"  # the witness's own count has a hole


GRAVE = (Difference.UNSEEN, Difference.UNBOUND, Difference.REWRITTEN, Difference.LATE)
YES, NO = "yes", "no"


@value
class Judged:
    """One call as the ledger has it: the intent's place and leaf (hex), what was answered, and how it ended.

    `ran_anyway` says that the ledger's own outcome has it running in spite of a denial, `never_ran` that the host refused
    it before any tool (an unknown tool, an invalid input): telemetry has no such calls. `changed` says that its own outcome
    came with another input than was judged.
    """

    idx: int
    leaf: str
    session: str
    call: str
    tool: str
    ts: int = 0
    answer: str = ""
    late: bool = False
    ran_anyway: bool = False
    never_ran: bool = False
    changed: bool = False


@value
class Found:
    """One difference: which, of which call, what is meant (in a sentence), and the intent's leaf where there is one."""

    what: Difference
    session: str
    call: str = ""
    tool: str = ""
    ts: int = 0
    why: str = ""
    leaf: str = ""


@value
class Reconciliation:
    """The whole answer. `silent` are sessions of the ledger of which no witness speaks; `notes` are what else was seen."""

    calls: int
    agreed: int
    found: tuple[Found, ...]
    alike: int = 0
    silent: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 where all line up, 1 where it could not be told, 2 where something was not seen or did not bind."""
        if any(found.what in GRAVE for found in self.found):
            return 2
        return 1 if self.found or self.silent or not self.calls else 0


class _Witnessed:
    """What the witnesses say of one call, put together."""

    __slots__ = ("likeness", "ran", "tool", "ts", "via")

    def __init__(self) -> None:
        self.likeness = Likeness.UNSHOWN
        self.ran = ""
        self.tool = ""
        self.ts = 0
        self.via = ""


class Comparison:
    """One reconciliation under way."""

    def __init__(self) -> None:
        self._judged: dict[Key, list[Judged]] = {}
        self._sessions: dict[str, None] = {}
        self._witnessed: dict[Key, _Witnessed] = {}
        self._heard: set[str] = set()
        self._counts: dict[str, list[tuple[int, int]]] = {}

    def session(self, name: str) -> None:
        """Note that the ledger has calls of a session; its calls need not be told if no witness speaks of it."""
        self._sessions[name] = None

    @property
    def spoken_of(self) -> frozenset[str]:
        """The sessions that any witness speaks of so far."""
        return frozenset(self._heard) | {session for session, _call in self._witnessed}

    def judged(self, call: Judged) -> None:
        """Take one call of the ledger."""
        self._sessions[call.session] = None
        self._judged.setdefault((call.session, call.call), []).append(call)

    def of(self, session: str, call: str) -> tuple[Judged, ...]:
        """Give what the ledger has of a call; several where an id was used again."""
        return tuple(self._judged.get((session, call), ()))

    def heard(self, session: str) -> None:
        """Note that a witness speaks of a session, even if it names no call."""
        self._heard.add(session)

    def counted(self, session: str, ts: int, sequence: int) -> None:
        """Take one number of a witness's own count."""
        self._counts.setdefault(session, []).append((ts, sequence))

    def said(
        self,
        session: str,
        call: str,
        *,
        like: Likeness,
        tool: str = "",
        ts: int = 0,
        ran: str = "",
        via: str = "",
        copied: bool = False,
    ) -> None:
        """Take what a witness says of a call: whether it `ran` (`yes`, `no`, else unknown) and how its input compares.

        A call that is `copied` into another session's transcript says nothing of the rest of its own session.
        """
        if not copied:
            self._heard.add(session)
        found = self._witnessed.setdefault((session, call), _Witnessed())
        found.likeness = worse(found.likeness, like)
        found.ran = YES if YES in (ran, found.ran) else NO if NO in (ran, found.ran) else found.ran
        found.tool = found.tool or tool
        found.ts = min(found.ts or ts, ts or found.ts)
        found.via = found.via or (via if like is Likeness.OTHER else "")

    def report(self, *, notes: tuple[str, ...] = ()) -> Reconciliation:
        """Give what was found, the gravest first, within that by time."""
        found = [*self._of_witnesses(), *self._of_ledger(), *self._of_counts()]
        found.sort(key=lambda one: (ORDER.index(one.what), one.ts, one.session, one.call))
        keys = self._judged.keys() | self._witnessed.keys()
        apart = {(one.session, one.call) for one in found if one.call}
        alike = sum(one.likeness is Likeness.ALIKE for one in self._witnessed.values())
        silent = tuple(session for session in self._sessions if session not in self._heard)
        compared = [key for key in keys if key[0] in self._heard]
        return Reconciliation(
            calls=len(compared),
            agreed=sum(key not in apart for key in compared),
            found=tuple(found),
            alike=alike,
            silent=silent,
            notes=notes,
        )

    def _of_witnesses(self) -> Iterator[Found]:
        for (session, call), seen in self._witnessed.items():
            known = self._judged.get((session, call), [])
            if not known:
                what = Difference.REFUSED if seen.ran == NO else Difference.UNSEEN
                why = f"{RAN.get(seen.ran, MAYBE)}, and the ledger has nothing of it"
                yield Found(what=what, session=session, call=call, tool=seen.tool, ts=seen.ts, why=why)
                continue
            yield from (_found(one, what, why) for one in known[:1] for what, why in _differences(known, seen))

    def _of_ledger(self) -> Iterator[Found]:
        for key, known in self._judged.items():
            if key in self._witnessed:
                continue
            if any(one.ran_anyway for one in known):
                yield _found(known[0], Difference.UNBOUND, "the gate denied it, and its own outcome says that it ran")
            elif any(one.changed for one in known):
                yield _found(known[0], Difference.REWRITTEN, ENDED)
            elif key[0] in self._heard and not all(one.never_ran for one in known):
                why = "no witness of its session has it: the witness is not complete, or the event was made up"
                yield _found(known[0], Difference.UNWITNESSED, why)

    def _of_counts(self) -> Iterator[Found]:
        ends = {run[-1][1] + 1 for counts in self._counts.values() for run in _runs(counts)}
        for session, counts in self._counts.items():
            for run in _runs(counts):
                for ts, first, last in _holes(run, ends):
                    why = f"the telemetry's own count misses {first}" + (f" to {last}" if last > first else "")
                    yield Found(what=Difference.SEQUENCE, session=session, ts=ts, why=why)


ORDER = tuple(Difference)
RAN = {YES: "it ran", NO: "it did not run"}
MAYBE = "it was let through"
OTHER = "what the witness shows is not what was judged"


ENDED = "its end was reported with another input than was judged"


def _differences(known: list[Judged], seen: _Witnessed) -> Iterator[tuple[Difference, str]]:
    if seen.ran == YES and all(one.late for one in known):
        yield Difference.LATE, "it ran, and the ledger first heard of it at its end"
    if any(one.answer == "deny" for one in known) and (seen.ran == YES or any(one.ran_anyway for one in known)):
        yield Difference.UNBOUND, "the gate denied it, and there is a result of it"
    if seen.likeness is Likeness.OTHER and seen.ran != NO:
        yield Difference.REWRITTEN, f"{OTHER}: {seen.via}" if seen.via else OTHER
    elif any(one.changed for one in known):
        yield Difference.REWRITTEN, ENDED
    elif seen.likeness in (Likeness.UNKNOWN, Likeness.UNSHOWN) and seen.ran == YES:
        why = "no witness shows its input" if seen.likeness is Likeness.UNSHOWN else "its input is erased or not kept"
        yield Difference.UNCOMPARED, why


def _found(call: Judged, what: Difference, why: str) -> Found:
    return Found(what=what, session=call.session, call=call.call, tool=call.tool, ts=call.ts, why=why, leaf=call.leaf)


def _runs(counts: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Part one session's numbers, by time, into the processes that counted: each begins where the count falls back."""
    run: list[tuple[int, int]] = []
    for ts, number in sorted(set(counts)):
        if run and number <= run[-1][1]:
            yield run
            run = []
        run.append((ts, number))
    yield run


def _holes(run: list[tuple[int, int]], ends: set[int]) -> Iterator[tuple[int, int, int]]:
    """Give the numbers that a run misses: time after the hole, first, last. A run may take up another session's count."""
    before = run[0][1] - 1 if run[0][1] in ends else -1
    for ts, number in run:
        if number > before + 1:
            yield ts, before + 1, number - 1
        before = number
