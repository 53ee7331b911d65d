"""The writer: one lock, one connection, one transaction; what a hook call appends becomes durable as a whole or not at all.

Not a judge of what is written: entries come sealed. Rules: heads move by compare-and-swap and the row count is checked;
an identity is recorded once; the lock is held from before the database opens until after it closed; mirrors are written
after the commit and never undo it.
"""

from __future__ import annotations

import os
from time import monotonic

from web4_governance.core.errors import CanonicalError, LedgerCorrupt, LedgerDuplicate, LedgerMissing, LedgerMoved
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.record.entry import Kind
from web4_governance.storage import mirror
from web4_governance.storage.database import open_database
from web4_governance.storage.deliveries import SAMPLE, Deliveries
from web4_governance.storage.faults import CORRUPT_HINT, from_os
from web4_governance.storage.home import Home
from web4_governance.storage.lock import acquire
from web4_governance.storage.lookup import CALLS, blob, number, spelled
from web4_governance.storage.schema import bring_up, create_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self, TypeAlias

    from web4_governance.core.record.entry import Index, Sealed, Stored
    from web4_governance.storage.database import Database
    from web4_governance.storage.lock import Lock

    Mark: TypeAlias = dict[str, int]  # sessions and how many lines of each are the other calls'

SHORTEST_WAIT = 0.05
DEFAULT_WAIT = 5.0
MOST_KEPT = 4096  # sessions whose heads are kept from one transaction to the next
MOST_RECENT, FEW = 128, 8  # lists of newest entries that are kept likewise, and of how many entries they are at most
DAY = 86_400 * 1_000_000
TILE = 256  # entries, each time the last of which makes an interior hash final that is kept
LONGEST = 366 * DAY  # the longest window that a limit may have


def open_writer(home: Home | str, *, deadline: float | None) -> Writer:
    """Take the lock and open the ledger for writing, making it if it is missing; a transaction is begun.

    `deadline` is a `time.monotonic` value after which LedgerBusy is raised; None waits ten seconds. Close it, or use it
    as a context manager: what was not committed by then is gone.
    """
    return Writer(*take(home, deadline))


def take(home: Home | str, deadline: float | None) -> tuple[Home, Lock, Database]:
    """Take the lock and begin a transaction: what a writer of any kind is made of."""
    place = home if isinstance(home, Home) else Home(home)
    if place.exists():
        place.check()
    else:
        place.create()
    lock = acquire(place.lock, deadline=deadline)
    try:
        database = _open(place.ledger, deadline)
    except BaseException:
        lock.release()
        raise
    return place, lock, database


def _open(path: str, deadline: float | None) -> Database:
    wait = DEFAULT_WAIT if deadline is None else max(deadline - monotonic(), SHORTEST_WAIT)
    try:
        database = open_database(path, mode="rw", wait=wait)
    except LedgerMissing:
        create_file(path)
        database = open_database(path, mode="rw", wait=wait)
    try:
        bring_up(database)
        database.run("BEGIN IMMEDIATE")
    except BaseException:
        database.close()
        raise
    return database


def _file_of(path: str) -> tuple[int, int]:
    """Say which file lies at a path, whatever it is called: (0, 0) where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return (0, 0)
    return (found.st_dev, found.st_ino)


class Writer(Deliveries):
    """The one open writer of a ledger."""

    __slots__ = (
        "_file",
        "_frontier",
        "_grown",
        "_home",
        "_lasts",
        "_lines",
        "_lock",
        "_recents",
        "_shared",
        "_tails",
        "_version",
        "mirror_error",
    )

    def __init__(self, home: Home, lock: Lock, database: Database) -> None:
        super().__init__(database)
        self._home = home
        self._lock = lock
        self._file = _file_of(home.ledger)
        self._frontier: Frontier | None = None
        self._lines: dict[str, list[bytes]] = {}
        self._tails: dict[str, tuple[int, str]] = {}
        self._lasts: dict[tuple[str, str], Stored | None] = {}
        self._recents: dict[tuple[str, str], dict[int, tuple[Stored, ...]]] = {}
        self._version = -1
        self._shared = True
        self._grown: dict[str, int] = {}  # sessions that are durable and lack mirror lines, with their mirrors' sizes
        self.mirror_error = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What a call writes. Crash anywhere before `commit`: SQLite's WAL drops the whole transaction; heads, lookups and
    # entries are as they were. tests/crash kills a writer at each of these statements.

    def tail(self, session: str) -> tuple[int, str]:
        """Give the next place in a session's chain, as of this transaction: nobody else moves it meanwhile."""
        found = self._tails.get(session)
        if found is None:
            if len(self._tails) >= MOST_KEPT:
                self._tails.clear()
            found = self._tails[session] = super().tail(session)
        return found

    def last(self, session: str, kind: str) -> Stored | None:
        """Give the newest entry of a kind in a session, as of this transaction."""
        key = (session, kind)
        if key not in self._lasts:
            if len(self._lasts) >= MOST_KEPT:
                self._lasts.clear()
            self._lasts[key] = super().last(session, kind)
        return self._lasts[key]

    def recent(self, session: str, kind: str, limit: int) -> tuple[Stored, ...]:
        """Give the newest entries of a kind in a session, the newest last, as of this transaction."""
        held = self._recents.get((session, kind), {})
        found = held.get(limit)
        if found is None:
            found = super().recent(session, kind, limit)
            if len(found) <= FEW:
                if len(self._recents) >= MOST_RECENT:
                    self._recents.clear()
                self._recents[session, kind] = {**held, limit: found}
        return found

    @property
    def length(self) -> int:
        """How many entries the ledger has, those of this transaction among them."""
        return self._tree().size

    def append(self, sealed: Sealed, index: Index) -> int:
        """Append an entry and give its place in the ledger.

        LedgerDuplicate where its identity is recorded already, LedgerMoved where it does not follow its chain's head; after
        either nothing of the entry is in the transaction.
        """
        seq, prev = self.tail(sealed.session)
        if sealed.seq != seq or b'"prev":"' + prev.encode() + b'"' not in sealed.data:
            raise LedgerMoved(
                f"entry {sealed.seq} of `{sealed.session}` does not follow its chain", hint="run it again"
            )
        frontier = self._tree()
        idx = frontier.size
        if index.identity and not self._first(index.identity, idx):
            raise LedgerDuplicate("this event is recorded already")
        self._insert(idx, sealed)
        self._move_chain(sealed, bytes.fromhex(prev))
        self._move_tree(frontier, sealed.leaf)
        self._index(idx, sealed, index)
        self._lines.setdefault(sealed.session, []).append(mirror.line(sealed.data, sealed.openings))
        return idx

    def tick(self, key: str, ts: int, *, window: int = LONGEST) -> None:
        """Take one of a limit, for the entry that was appended last; forget what no window can reach any more.

        A key stands for one rule with its window, so what lies a day behind the window is asked for by nobody, also where a
        clock is set back a little. Rows of rules that are gone go when they are older than any window.
        """
        # Crash: a limit is taken if and only if the intent that took it is durable.
        for where, values in (("key = ? AND ts < ?", (key, ts - window - DAY)), ("ts < ?", (ts - LONGEST - DAY,))):
            self._database.run(
                f"DELETE FROM limits WHERE rowid IN (SELECT rowid FROM limits WHERE {where} LIMIT {SAMPLE})",  # noqa: S608  # ours
                *values,
            )
        self._database.run("INSERT INTO limits(key, ts, idx) VALUES(?, ?, ?)", key, ts, self._tree().size - 1)

    def commit(self) -> None:
        """Make everything since the last `begin` durable; when this returns, a power cut does not lose it."""
        self.make_durable()
        self.write_mirrors()

    def make_durable(self) -> None:
        """Do what `commit` does, but for the mirrors: `write_mirrors` has to follow, before anything else is written."""
        self._grown = self._note_mirrors()
        # Crash before: nothing happened. Crash after: the entry is there and the mirror is short, which the next write of
        # the session repairs.
        self._database.run("COMMIT")

    def write_mirrors(self) -> None:
        """Append to the mirrors what was made durable."""
        for session, before in self._grown.items():
            self._write_mirror(session, before)
        self._lines.clear()
        self._grown = {}

    def begin(self) -> None:
        """Begin the next transaction of a writer that stays open."""
        self._database.run("BEGIN IMMEDIATE")
        # INVARIANT: what was read of the ledger is kept only while nobody else has written to it: SQLite tells by a number
        # that every commit of another connection changes, and from here on there is none.
        found = self._database.row("PRAGMA data_version")
        version = number(found[0]) if found else -1
        if version != self._version:
            self._forget()
        self._version = version

    def settle_in(self) -> None:
        """Make ready for a long life: no commit writes the WAL back from now on, whoever asks for this calls `checkpoint`.

        What a savepoint could take back is kept in memory: SQLite would put it into a file of the system's temporary
        directory once a call touches more than 64 KiB of pages, which takes about as long as all of the call's statements.
        """
        self._database.run("PRAGMA wal_autocheckpoint=0")
        self._database.run("PRAGMA temp_store=MEMORY")

    def checkpoint(self) -> None:
        """Write the WAL back as far as no reader needs it, between two transactions and under the writer's lock."""
        # Crash: the WAL has all of it until the database has, and SQLite begins it anew only then.
        self._database.row("PRAGMA wal_checkpoint(PASSIVE)")

    def rest(self) -> None:
        """Let other writers in while this one has nothing to write; its connection stays open."""
        self._lock.release()

    def resume(self, *, deadline: float | None) -> bool:
        """Take the lock again and begin a transaction; False, and closed, where another ledger lies there now."""
        self._home.check()
        self._lock = acquire(self._home.lock, deadline=deadline)
        if _file_of(self._home.ledger) != self._file:
            self.close()
            return False
        try:
            self.begin()
        except BaseException:
            self._lock.release()
            raise
        return True

    def mark(self, *, alone: bool = False) -> Mark:
        """Begin one call's part of a transaction; `alone` says that no other call shares it, and it needs no savepoint."""
        self._shared = not alone
        if self._shared:
            self._database.run("SAVEPOINT call")
        return {session: len(lines) for session, lines in self._lines.items()}

    def keep(self) -> None:
        """Let a call's part stand: it becomes durable with the transaction."""
        if self._shared:
            self._database.run("RELEASE call")

    def drop(self, mark: Mark) -> None:
        """Take back what a call did since its mark; the other calls of the transaction are as they were."""
        # Crash: the whole transaction is gone anyway.
        if self._shared:
            self._database.run("ROLLBACK TO call")
            self._database.run("RELEASE call")
        else:
            # INVARIANT: the writer's lock is held, so that nobody comes between; what is then committed is nothing.
            self._database.run("ROLLBACK")
            self.begin()
        self._forget()
        self._lines = {session: self._lines[session][:count] for session, count in mark.items()}

    def _forget(self) -> None:
        """Forget what was read of the ledger: it may be another now."""
        self._frontier = None
        self._meta.clear()
        self._tails.clear()
        self._lasts.clear()
        self._recents.clear()

    def close(self) -> None:
        """Drop what was not committed, close the database, and only then let the next writer in."""
        try:
            self._database.close()
        finally:
            self._lock.release()

    # Steps of an append, in order.

    def _tree(self) -> Frontier:
        if self._frontier is None:
            found = self._database.row("SELECT size, frontier FROM tree WHERE id = 0")
            frontier = Frontier.from_bytes(number(found[0]), blob(found[1])) if found else None
            if frontier is None:
                raise LedgerCorrupt("the ledger's tree head makes no sense", hint=CORRUPT_HINT)
            self._frontier = frontier
        return self._frontier

    def _first(self, identity: bytes, idx: int) -> bool:
        return self._database.run("INSERT OR IGNORE INTO once(identity, idx) VALUES(?, ?)", identity, idx) == 1

    def _insert(self, idx: int, sealed: Sealed) -> None:
        self._database.run(
            "INSERT INTO entries(idx, session, seq, kind, ts, leaf, bytes) VALUES(?, ?, ?, ?, ?, ?, ?)",
            idx,
            sealed.session,
            sealed.seq,
            str(sealed.kind),
            sealed.ts,
            sealed.leaf,
            sealed.data,
        )
        self._database.run_each(
            "INSERT INTO openings(idx, field, salt, value) VALUES(?, ?, ?, ?)",
            sorted((idx, o.field, o.salt, o.printed().decode()) for o in sealed.openings),
        )

    def _move_chain(self, sealed: Sealed, prev: bytes) -> None:
        if sealed.seq == 0:
            moved = self._database.run(
                "INSERT OR IGNORE INTO chains(session, size, leaf) VALUES(?, 1, ?)", sealed.session, sealed.leaf
            )
        else:
            moved = self._database.run(
                "UPDATE chains SET size = ?, leaf = ? WHERE session = ? AND size = ? AND leaf = ?",
                sealed.seq + 1,
                sealed.leaf,
                sealed.session,
                sealed.seq,
                prev,
            )
        if moved != 1:
            raise LedgerMoved(f"the chain of `{sealed.session}` moved meanwhile", hint="run it again")
        self._tails[sealed.session] = (sealed.seq + 1, sealed.leaf.hex())
        self._lasts.pop((sealed.session, str(sealed.kind)), None)
        self._recents.pop((sealed.session, str(sealed.kind)), None)

    def _move_tree(self, before: Frontier, leaf: bytes) -> None:
        after = before.append(leaf)
        moved = self._database.run(
            "UPDATE tree SET size = ?, frontier = ?, root = ? WHERE id = 0 AND size = ? AND frontier = ?",
            after.size,
            after.to_bytes(),
            after.root(),
            before.size,
            before.to_bytes(),
        )
        if moved != 1:
            raise LedgerMoved("the ledger's tree moved meanwhile", hint="run it again")
        self._frontier = after
        if after.size % TILE == 0:
            self._grow_tiles(before, leaf)

    def _grow_tiles(self, before: Frontier, leaf: bytes) -> None:
        """Keep the interior hashes that this entry made final: one row in 256 entries, two in 65,536."""
        from web4_governance.core.ledger.tile import HASH_SIZE, grown  # noqa: PLC0415  # 255 of 256 calls do without

        # Crash: rolled back with the entry, so that a tile never has a hash of entries that are not there.
        for new in grown(before, leaf):
            here = (new.level, new.idx)
            found = self._database.row("SELECT hashes FROM tiles WHERE level = ? AND idx = ?", *here)
            held = blob(found[0]) if found else b""
            moved = len(held) == new.offset * HASH_SIZE and self._database.run(
                "INSERT INTO tiles(level, idx, hashes) VALUES(?, ?, ?)"
                " ON CONFLICT(level, idx) DO UPDATE SET hashes = excluded.hashes WHERE hashes = ?",
                *here,
                held + new.hash,
                held,
            )
            if moved != 1:
                hint = "`web4 verify` says what is wrong with it"
                raise LedgerCorrupt(
                    f"the tile {new.level}/{new.idx} of the ledger's tree is not as long as it", hint=hint
                )

    def _index(self, idx: int, sealed: Sealed, index: Index) -> None:
        self._database.run(
            "INSERT INTO records(idx, session, kind, ts, call, tool, agent_id, agent_type, decision, status, project,"
            " categories, effects, same) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            idx,
            sealed.session,
            str(sealed.kind),
            sealed.ts,
            index.call,
            index.tool,
            index.agent_id,
            index.agent_type,
            index.decision,
            index.status or self._ended(sealed, index),
            index.project,
            spelled(index.categories),
            spelled(index.effects),
            index.same,
        )
        if index.targets:
            self._database.run_each(
                "INSERT OR IGNORE INTO targets(idx, effect, target) VALUES(?, ?, ?)",
                [(idx, effect, target) for effect, target in index.targets],
            )
        if sealed.kind is Kind.OUTCOME and index.call:
            self._close_call(sealed.session, index)

    def _ended(self, sealed: Sealed, index: Index) -> str:
        """Give how a call ended whose intent comes after its outcome: hooks start out of order."""
        if not index.call or str(sealed.kind) not in CALLS:
            return ""
        found = self._database.row(
            "SELECT status FROM records WHERE session = ? AND call = ? AND call <> '' AND agent_id = ? AND kind = 'outcome'"
            " ORDER BY idx DESC LIMIT 1",
            sealed.session,
            index.call,
            index.agent_id,
        )
        return "" if found is None else str(found[0])

    def _close_call(self, session: str, index: Index) -> None:
        self._database.run(
            "UPDATE records SET status = ? WHERE session = ? AND call = ? AND call <> '' AND agent_id = ? AND kind IN (?, ?)",
            index.status,
            session,
            index.call,
            index.agent_id,
            *CALLS,
        )

    # Mirrors.

    def _note_mirrors(self) -> dict[str, int]:
        """Move the ledger's note of each mirror's size inside the transaction; give the sizes before."""
        before = {}
        for session, lines in self._lines.items():
            found = self._database.row("SELECT bytes FROM mirrors WHERE session = ?", session)
            before[session] = found[0] if found else 0
            self._database.run(
                "INSERT INTO mirrors(session, lines, bytes) VALUES(?, ?, ?) ON CONFLICT(session)"
                " DO UPDATE SET lines = lines + excluded.lines, bytes = bytes + excluded.bytes",
                session,
                len(lines),
                sum(map(len, lines)),
            )
        return before

    def _write_mirror(self, session: str, before: int) -> None:
        path = mirror.path_of(self._home, session)
        try:
            if mirror.size_of(path) == before or (before == 0 and mirror.is_free(path)):
                mirror.append(path, b"".join(self._lines[session]))
            else:
                self._rewrite_mirror(session, path)
        except OSError as error:
            self.mirror_error = f"the mirror `{path}` could not be written: {(error.strerror or str(error)).lower()}"
        except CanonicalError as error:  # an opening that somebody changed: no reason to take back what is durable
            self.mirror_error = f"the mirror `{path}` could not be made: {error.message}"

    def repair_mirror(self, session: str) -> bool:
        """Write a session's mirror anew where its size is not what the ledger says; say whether it had to be done."""
        found = self._database.row("SELECT bytes FROM mirrors WHERE session = ?", session)
        path = mirror.path_of(self._home, session)
        if found is None or mirror.size_of(path) == found[0]:
            return False
        try:
            self._rewrite_mirror(session, path)
        except OSError as error:
            raise from_os(error, path) from None
        return True

    def _rewrite_mirror(self, session: str, path: str) -> None:
        entries = self.entries_of(session)
        lines = [mirror.line(entry.data, self.openings(entry.idx)) for entry in entries]
        mirror.rewrite(path, lines, [entry.data for entry in entries])
