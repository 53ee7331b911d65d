"""Takes openings out of the ledger for good: from every table that holds content, the WAL, free pages, and the mirrors.

Not a judge of what goes, and not the entry that says so: the caller appends that in the same transaction. What no file of
the home holds is not reached here (docs/spec/ledger.md R). Rules: no byte and no leaf of an entry changes; the mirrors are
written without the openings before the transaction is committed, so that a crash never leaves a mirror that shows more
than the ledger; after the commit a word in `meta` stands until no free page and no WAL can hold a value.
"""

from __future__ import annotations

import os

from web4_governance.core.ledger.lookups import ERASABLE, erased_identity, is_detail, pairs_of
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.record.build import identity_of
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.value import value
from web4_governance.storage import aside, mirror
from web4_governance.storage.faults import from_os
from web4_governance.storage.home import sync_directory
from web4_governance.storage.lookup import blob, text
from web4_governance.storage.writer import Writer, take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from web4_governance.core.record.entry import Opening
    from web4_governance.storage.home import Home

# Every table of the format, and what erasing an opening does there. A table that is not named here fails a test: whoever
# adds one says whether it can hold content, and if it can, `Eraser.erase` takes it out.
KEPT = "no content: places, hashes, times, counts, and words that stand in the clear in the entries"
DERIVED: dict[str, str] = {
    "entries": KEPT,
    "openings": "the opening's row goes",
    "targets": "the texts of a deed go, but for those that another opening of the entry still shows",
    "names": "a text goes that no deed shows any more",
    "places": "the places go where a text of the entry is not shown any more",
    "named": KEPT,
    "records": "`project` and `same` (an HMAC of the action) become empty",
    "once": "a key that was made with the action's HMAC is replaced by one made from the entry's leaf",
    "deliveries": "the HMAC of the event goes, with the opening that repeats it",
    "meta": "the texts of broken policies go from the word `policy`",
    "mirrors": KEPT,
    "limits": KEPT,
    "chains": KEPT,
    "tree": KEPT,
    "tiles": KEPT,
    "heads": KEPT,
    "anchorings": KEPT,
    "trust": KEPT,
    "trusted": KEPT,
    "touches": "the rows of an outcome go with the opening of what it changed, with its output, or with its call's input",
    "lines": "the keys of the lines that came with such an outcome go, its file's content key and mark; all of it, with the"
    " name, where nothing else is known of the file",
    "seen": "what an agent saw of a file goes with the entry that it is known from",
}
SCRUB = "scrub"
DELIVERY = "reference.delivery"
BROKEN = "broken"
FILES = frozenset(("result.files", "result.output", "request.input"))  # what a file's content can be seen from
TEMPORARY = ".tmp"


@value
class Gone:
    """What went: by place, the fields whose openings were there; and the sessions whose mirrors were written anew."""

    fields: dict[int, tuple[str, ...]]
    sessions: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()


def open_eraser(home: Home | str, *, deadline: float | None) -> Eraser:
    """Take the lock and open the ledger for erasing; a transaction is begun. Close it as a writer is closed."""
    return Eraser(*take(home, deadline))


class Eraser(Writer):
    """A writer that can also take away."""

    __slots__ = ()

    def erase(self, chosen: Mapping[int, Iterable[str]]) -> Gone:
        """Take out these openings with all that was derived from them, in the transaction; then the mirrors, at once.

        `chosen` are fields by place. The caller appends what says so, commits, and calls `scrub`.
        """
        # Zeroes in place of what is deleted from here on; what earlier transactions left in pages, `scrub` takes.
        self._database.rows("PRAGMA secure_delete=ON")
        fields: dict[int, tuple[str, ...]] = {}
        lost: list[Opening] = []
        for idx in sorted(chosen):
            wanted = frozenset(chosen[idx])
            there = self.openings(idx)
            gone = [one for one in there if one.field in wanted]
            if not gone:
                continue
            gone += [one for one in there if one.field == DELIVERY and one not in gone]
            left = [one for one in there if one not in gone]
            fields[idx] = tuple(one.field for one in gone)
            lost += gone
            self._take_out(idx, gone, left)
        sessions, unreached = self._mirrors_without(fields, lost)
        self.set_meta(SCRUB, "1")
        return Gone(fields=fields, sessions=sessions, unreached=unreached)

    def scrub(self) -> bool:
        """Leave no old page and no WAL that could hold what was taken out; false where a reader keeps it from being done.

        Outside a transaction; afterwards one is begun.
        """
        # Crash, or a full disk: SQLite's VACUUM is one transaction, and the word `scrub` stands until it is done.
        self._database.run("VACUUM")
        found = self._database.row("PRAGMA wal_checkpoint(TRUNCATE)")
        if found is None or found[0] != 0:
            self.begin()
            return False
        self.begin()
        self._database.run("DELETE FROM meta WHERE key = ?", SCRUB)
        self._meta.clear()
        self._database.run("COMMIT")
        self.begin()
        return True

    def prune(self, size: int) -> Gone:
        """Take out all entries before a place, but for their leaves, in the transaction; mirrors go at once.

        The caller appends what says so, commits, calls `mend_mirrors`, then `scrub`.
        """
        self._database.rows("PRAGMA secure_delete=ON")
        found = self._database.rows("SELECT DISTINCT session FROM entries WHERE idx < ? AND session <> ''", size)
        sessions = tuple(text(row[0]) for row in found)
        # Crash after this and before the commit: a mirror is missing, which is a note, and is made anew from the ledger.
        unreached = self._unlink_mirrors(sessions)
        self.lineage.forget_before(size)
        self.names.forget_before(size)
        for table in ("openings", "targets", "records", "once", "deliveries"):
            self._database.run(f"DELETE FROM {table} WHERE idx < ?", size)  # noqa: S608  # our own table names
        self._database.run(
            "UPDATE entries SET session = '', seq = idx, kind = '', ts = 0, bytes = x'' WHERE idx < ? AND session <> ''",
            size,
        )
        for session in sessions:
            left = [mirror.line(e.data, self.openings(e.idx)) for e in self.entries_of(session)]
            self._database.run(
                "UPDATE mirrors SET lines = ?, bytes = ? WHERE session = ?", len(left), sum(map(len, left)), session
            )
        self._database.run("DELETE FROM mirrors WHERE lines = 0")
        self.set_meta(SCRUB, "1")
        return Gone(fields={}, sessions=sessions, unreached=unreached)

    def root_over(self, size: int) -> bytes:
        """Give the root over the first entries, from their leaves."""
        rows = self._database.rows("SELECT leaf FROM entries WHERE idx < ? ORDER BY idx", size)
        return Frontier().extend([blob(row[0]) for row in rows]).root()

    def mend_mirrors(self) -> None:
        """Write every mirror anew that is not as long as the ledger says."""
        if not os.path.islink(self._home.audit):
            for (session,) in self._database.rows("SELECT session FROM mirrors"):
                self.repair_mirror(text(session))

    def _unlink_mirrors(self, sessions: Iterable[str]) -> tuple[str, ...]:
        if os.path.islink(self._home.audit):
            return (f"the mirrors behind `{self._home.audit}`, which is a symlink",)
        try:
            for session in sessions:
                path = mirror.path_of(self._home, session)
                if mirror.size_of(path) >= 0:
                    os.unlink(path)
            aside.sweep(self._home.audit, TEMPORARY)
            if os.path.isdir(self._home.audit):
                sync_directory(self._home.audit)
        except OSError as error:
            raise from_os(error, str(error.filename or self._home.audit)) from None
        return tuple(f"`{path}`, which was set aside" for path in aside.files(self._home.audit))

    def _take_out(self, idx: int, gone: list[Opening], left: list[Opening]) -> None:
        self._database.run_each("DELETE FROM openings WHERE idx = ? AND field = ?", [(idx, one.field) for one in gone])
        self._database.run("DELETE FROM deliveries WHERE idx = ?", idx)
        names = frozenset(one.field for one in gone)
        for field, column, empty in ERASABLE:
            if field in names:
                if column == "same":
                    self._forget_action(idx)
                self._database.run(f"UPDATE records SET {column} = ? WHERE idx = ?", empty, idx)  # noqa: S608  # our own column names
        if any(is_detail(name) for name in names):
            shown = pairs_of(left)
            for effect, target in self._database.rows("SELECT effect, target FROM targets WHERE idx = ?", idx):
                if (effect, target) not in shown:
                    where = "idx = ? AND effect = ? AND target = ?"
                    self._database.run(f"DELETE FROM targets WHERE {where}", idx, effect, target)  # noqa: S608  # ours
            self.names.forget(idx)
        if BROKEN in names:
            self._forget_broken(idx)
        if names & FILES:
            self.lineage.forget(idx)

    def _forget_action(self, idx: int) -> None:
        """Replace a once-only key that was made with the HMAC of the action: who has the ledger's key could try texts on it."""
        stored = self._one("idx = ?", idx)
        if stored is None:
            return
        body = stored.body()
        plain = identity_of(
            agent=str(body.get("agent") or ""),
            session=stored.session,
            name=str(body.get("event") or ""),
            call=str(at(body, "request.call") or ""),
            agent_id=str(at(body, "role.agent_id") or ""),
        )
        if stored.kind in (Kind.INTENT, Kind.CANARY):
            self._database.run(
                "UPDATE once SET identity = ? WHERE idx = ? AND identity <> ?",
                erased_identity(stored.leaf),
                idx,
                plain,
            )

    def _forget_broken(self, idx: int) -> None:
        last = self._database.row("SELECT max(idx) FROM entries WHERE kind = ?", str(Kind.POLICY))
        if last is not None and last[0] == idx:
            self.set_meta("policy", self.policy_digest().partition("\n")[0])

    def _mirrors_without(
        self, fields: Mapping[int, Iterable[str]], lost: list[Opening]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Write the mirrors of these entries' sessions anew, and take the openings out of what was set aside."""
        if os.path.islink(self._home.audit):
            return (), (f"the mirrors behind `{self._home.audit}`, which is a symlink",)
        rows = (self._database.row("SELECT session FROM entries WHERE idx = ?", idx) for idx in fields)
        sessions = tuple(sorted({text(row[0]) for row in rows if row is not None}))
        try:
            for session in sessions:
                self._rewrite_noted(session)
            # What was a mirror until now and held something else was set aside by this very writing: so these come last.
            aside.take_out(self._home.audit, lost)
            aside.sweep(self._home.audit, TEMPORARY)
            if sessions:
                sync_directory(self._home.audit)  # or a power cut could bring the old names back, with what they show
        except OSError as error:
            raise from_os(error, str(error.filename or self._home.audit)) from None
        return sessions, ()

    def _rewrite_noted(self, session: str) -> None:
        # Crash after this and before the commit: the mirror shows less than the ledger, which is a note, and its size is not
        # the noted one, so the next write of the session makes it anew.
        path = mirror.path_of(self._home, session)
        entries = self.entries_of(session)
        lines = [mirror.line(entry.data, self.openings(entry.idx)) for entry in entries]
        mirror.rewrite(path, lines, [entry.data for entry in entries])
        self._database.run("UPDATE mirrors SET bytes = ? WHERE session = ?", sum(map(len, lines)), session)


def finish(home: Home | str, *, deadline: float | None) -> bool:
    """Finish a taking out that was cut short; true where nothing is left to do."""
    with open_eraser(home, deadline=deadline) as eraser:
        if not eraser.meta(SCRUB):
            return True
        eraser.mend_mirrors()  # what says so, and those that were to be written anew, may have been cut short
        eraser.commit()
        return eraser.scrub()
