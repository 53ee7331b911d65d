"""Compares the ledger with the host's second witnesses: its transcripts and its telemetry (docs/spec/assurance.md).

Each source is read a line at a time, and of the ledger the sessions that it speaks of. The comparison itself is
core.ledger.reconcile's. Nothing is written here (app/reconcile_record.py does, where it is asked for).
"""

from __future__ import annotations

import os
from itertools import islice

from web4_governance.agents.claude_code import NAME
from web4_governance.agents.testimony import Shown
from web4_governance.agents.witnesses import WITNESSES
from web4_governance.app.second_sources import Lines, Source, named, transcripts_of
from web4_governance.core.errors import InputError, LedgerCorrupt, UsageError
from web4_governance.core.ledger.likeness import Likeness, likeness
from web4_governance.core.ledger.profile import decode_all
from web4_governance.core.ledger.reconcile import Comparison, Judged
from web4_governance.core.record.build import ident
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.value import replace, value
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from web4_governance.agents.testimony import Said
    from web4_governance.app.surroundings import Surroundings
    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.reconcile import Reconciliation
    from web4_governance.storage.reader import Reader

    Told: TypeAlias = Callable[[int, int, int], object]

INPUT = "request.input"
RAN_ANYWAY = "ran-despite-deny"
INPUT_CHANGED = "input-changed"
MARKS = (RAN_ANYWAY, INPUT_CHANGED)
AT_ONCE = 256  # entries
NEVER_RAN = ("unknown-tool", "invalid-input")
CHANGED_BY = "a hook changed it, `{}`"
CHANGED = {"telemetry": "it was changed after the gate saw it", "transcript": "the model asked for something else"}


@value
class Asked:
    """What a person asked for. Empty `transcripts` and `telemetry`: the sessions' own transcripts. Times in microseconds."""

    transcripts: tuple[str, ...] = ()
    telemetry: tuple[str, ...] = ()
    session: str = ""
    since: int = 0


@value
class Answer:
    """What came of it, the files that were read, and the newest time that any witness spoke of (0: none)."""

    found: Reconciliation
    sources: tuple[Source, ...]
    last_us: int = 0


def reconcile(around: Surroundings, asked: Asked, *, told: Told = lambda *_: None) -> Answer:
    """Compare; LedgerMissing without a ledger, InputError where a named file cannot be read, or is none.

    `told` hears how many entries were read, and of how many sources which one is read.
    """
    with open_reader(around.home) as reader:
        comparing = _Comparing(reader, around, asked, told)
        comparing.take_sessions()
        sources = _sources(around, asked, comparing.sessions)
        for n, source in enumerate(sources):
            comparing.stands_at(n, len(sources))
            comparing.take(source, careful=bool(asked.transcripts or asked.telemetry))
        comparing.take_rest()
        return Answer(
            found=comparing.comparison.report(notes=comparing.notes()), sources=sources, last_us=comparing.last_us
        )


def _sources(around: Surroundings, asked: Asked, sessions: tuple[str, ...]) -> tuple[Source, ...]:
    if asked.transcripts or asked.telemetry:
        return (*named(asked.transcripts, "transcript"), *named(asked.telemetry, "telemetry"))
    return transcripts_of(around.config_dir, sessions, around_them=not asked.session)


class _Comparing:
    """Feeds the comparison, and counts what was left out."""

    def __init__(self, reader: Reader, around: Surroundings, asked: Asked, told: Told) -> None:
        self._told = told
        self._read, self._at, self._of = 0, 0, 1
        self.comparison = Comparison()
        self._reader = reader
        self._user_home = around.user_home
        self._asked = asked
        self._first_us = 0
        self._secret = reader.secret
        self._left_out = 0
        self._copied: dict[tuple[str, str], str] = {}
        self._notes: list[str] = []
        self._sessions: dict[str, bool] = {}  # whether its calls were read
        self.last_us = 0

    def stands_at(self, source: int, of: int) -> None:
        """Note which source is read."""
        self._at, self._of = source, of
        self._told(self._read, source, of)

    @property
    def sessions(self) -> tuple[str, ...]:
        """The sessions of the ledger that have calls and are asked about."""
        return tuple(self._sessions)

    def notes(self) -> tuple[str, ...]:
        """Say what was left out."""
        old = f"{self._left_out} things that witnesses say are from before the ledger began, or before `--since`"
        return (*self._notes, *((old,) if self._left_out else ()))

    def take_sessions(self) -> None:
        """Take the sessions that have calls, the one with the oldest call first."""
        for session in self._reader.with_calls(since=self._asked.since):
            if self._asked.session in ("", session):
                self._sessions[session] = False
                self.comparison.session(session)
        if self._asked.session and not self._reader.has(self._asked.session):
            raise UsageError(
                f"there is no session `{self._asked.session}` in the ledger", hint="`web4 sessions` lists them"
            )
        self._first_us = next((one.ts for one in self._reader.entries()), 0)

    def take_rest(self) -> None:
        """Take the calls still needed: of what was spoken of, and where an outcome itself says that something is wrong."""
        for session in self._reader.with_words(Kind.OUTCOME, [f'"{word}"'.encode() for word in MARKS]):
            self._take_calls(session)
        for session in sorted(self.comparison.spoken_of):
            self._take_calls(session)

    def _take_calls(self, session: str) -> None:
        """Take every call of a session that hooks saw, once."""
        if session not in self._sessions or self._sessions[session]:
            return
        self._sessions[session] = True
        calls: dict[str, Judged] = {}
        entries = self._reader.entries(session=session)
        while lot := [*islice(entries, AT_ONCE)]:
            self._told(self._read, self._at, self._of)
            for stored, body in zip(lot, decode_all([one.data for one in lot]), strict=True):
                self._read += 1
                if not isinstance(body, dict):
                    raise LedgerCorrupt(f"entry {stored.idx} is no record", hint="`web4 verify` says what is wrong")
                if stored.kind == Kind.INTENT and stored.ts >= self._asked.since:
                    calls[stored.leaf.hex()] = _judged(body, stored.idx, stored.leaf.hex())
                elif stored.kind == Kind.OUTCOME:
                    _end(calls, body)
        for judged in calls.values():
            self.comparison.judged(judged)

    def take(self, source: Source, *, careful: bool) -> None:
        """Take one file; where it was not named by the person, one that is gone or unreadable is noted and left."""
        read = getattr(WITNESSES[NAME], source.kind)
        lines = Lines(source.path)
        wrong = told = 0
        try:
            for line in lines:
                try:
                    for said in read(line) if line else ():
                        told += 1
                        self._take(said, source)
                except InputError as error:
                    wrong += 1
                    first = error.message
        except InputError as error:
            if careful:
                raise
            self._notes.append(error.message)
        if wrong and not told:
            raise InputError(f"`{source.path}`: {first}", hint="export with OTLP/JSON: one export a line")
        if wrong or lines.passed_over:
            self._notes.append(f"`{source.path}`: {wrong + lines.passed_over} lines could not be read")
        if source.kind == "transcript":
            self.comparison.heard(ident(os.path.basename(source.path).removesuffix(".jsonl")))

    def _take(self, said: Said, source: Source) -> None:
        here, call = ident(said.session), ident(said.call)
        if said.copied_from and call:
            self._copied[here, call] = ident(said.copied_from)
        session = self._copied.get((here, call), here)
        if self._asked.session and session != self._asked.session:
            return
        self.last_us = max(self.last_us, said.ts)
        if said.sequence >= 0:
            self.comparison.counted(session, said.ts, said.sequence)
        self._take_calls(session)
        if said.ts and said.ts < max(self._first_us, self._asked.since):
            self._left_out += bool(call)
            return
        if not call:
            self.comparison.heard(session)
            return
        like = self._likeness(said, session, call) if said.shown is not Shown.NONE else Likeness.UNSHOWN
        ran = str(said.ran)
        via = CHANGED_BY.format(said.via) if said.via else CHANGED[source.kind]
        self.comparison.said(
            session, call, tool=said.tool, ts=said.ts, ran=ran, like=like, via=via, copied=session != here
        )

    def _likeness(self, said: Said, session: str, call: str) -> Likeness:
        """Compare with each judged input under this id: an id may have been used again, and the best one is meant."""
        found = [self._compare(said, judged) for judged in self.comparison.of(session, call)]
        return min(found, key=tuple(Likeness).index, default=Likeness.UNSHOWN)

    def _compare(self, said: Said, judged: Judged) -> Likeness:
        same = self._reader.lookups_between(judged.idx, judged.idx)[judged.idx].same
        opened = {opening.field: opening.value for opening in self._reader.openings(judged.idx)}
        return likeness(
            said.input or {},
            tool=judged.tool,
            same=same,
            judged=opened.get(INPUT),
            secret=self._secret,
            cwd=said.cwd,
            home=self._user_home,
        )


def _end(calls: dict[str, Judged], body: dict[str, Json]) -> None:
    """Note of a call what its own outcome says."""
    intent, flags = str(at(body, "reference.intent")), at(body, "result.flags")
    if intent in calls:
        marks = flags if isinstance(flags, list) else []
        never = at(body, "result.error_class") in NEVER_RAN
        calls[intent] = replace(
            calls[intent], ran_anyway=RAN_ANYWAY in marks, changed=INPUT_CHANGED in marks, never_ran=never
        )


def _judged(body: dict[str, Json], idx: int, leaf: str) -> Judged:
    ts = body["ts"]
    return Judged(
        idx=idx,
        leaf=leaf,
        session=str(body["session"]),
        call=str(at(body, "request.call") or ""),
        tool=str(at(body, "request.tool") or ""),
        ts=ts if isinstance(ts, int) else 0,
        answer=str(at(body, "rules.answer") or ""),
        late=body.get("late") is True,
    )
