"""What is asked of an open ledger by key: heads, entries, openings, precedents, limits, remembered words.

The reading half that the writer and the reader share; filters over the whole ledger are the reader's. Every answer is as
of the open transaction.
"""

from __future__ import annotations

from web4_governance.core.canonical import decode
from web4_governance.core.errors import CanonicalError, LedgerCorrupt
from web4_governance.core.record.entry import NO_SESSION, Kind, Opening, Stored
from web4_governance.core.value import make, value
from web4_governance.storage.faults import CORRUPT_HINT
from web4_governance.storage.schema import version_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from web4_governance.core.canonical import Json
    from web4_governance.storage.database import Cell, Database, Row
    from web4_governance.storage.lineage import Lineage
    from web4_governance.storage.names import Names
    from web4_governance.storage.trust import TrustRows

ENTRY = "idx, session, seq, kind, ts, bytes, leaf"
SECRET_SIZE = 32
SIGNED = 3  # the format from which on there are tiles and signed heads
CALLS = (str(Kind.INTENT), str(Kind.CANARY))
HIGHEST = 2**63 - 1  # above every place


def stored(row: Row) -> Stored:
    """Make an entry from the columns that `ENTRY` names."""
    idx, session, seq, kind, ts, data, leaf = row
    return make[Stored](
        idx=idx,
        session=session if type(session) is str else text(session),
        seq=seq if type(seq) is int else number(seq),
        kind=kind if type(kind) is str else text(kind),
        ts=ts if type(ts) is int else number(ts),
        data=data if type(data) is bytes else blob(data),
        leaf=leaf if type(leaf) is bytes else blob(leaf),
    )


def blob(cell: object) -> bytes:
    """Give a cell as bytes: SQLite holds columns to no type, and a hand that edits them leaves text or nothing."""
    if isinstance(cell, bytes):
        return cell
    return cell.encode("utf-8", "surrogatepass") if isinstance(cell, str) else b""


def exact(cell: object) -> bytes:
    """Give a cell that a query compares as bytes; of another type, bytes that are nobody's key: no query finds it."""
    return cell if isinstance(cell, bytes) else b"no bytes"


def spelled(words: tuple[str, ...]) -> str:
    """Spell a set of words so that one can be found by `instr(column, ' word ')`."""
    return f" {' '.join(words)} " if words else ""


def number(cell: object) -> int:
    """Give a cell as a number, -1 where it is none."""
    return cell if isinstance(cell, int) else -1


def text(cell: object) -> str:
    """Give a cell as text; of another type, a text that no cell of the right type would hold."""
    return cell if isinstance(cell, str) else repr(cell)


def opening_value(cell: object, read: Callable[[bytes], Json] = decode) -> Json:
    """Parse the text of an opening; where it is none, or no text at all, give what cannot be what was committed to."""
    if not isinstance(cell, str):
        return {"unreadable": "it is no text"}
    try:
        return read(blob(cell))
    except CanonicalError as error:
        return {"unreadable": error.message}


def opening_values(cells: Sequence[object]) -> list[Json]:
    """Parse the texts of many openings, as `opening_value` parses each."""
    from web4_governance.core.ledger.profile import decode_all  # noqa: PLC0415  # no hook reads so many

    if not all(isinstance(cell, str) for cell in cells):
        return [opening_value(cell) for cell in cells]
    try:
        return decode_all([blob(cell) for cell in cells])
    except CanonicalError:
        return [opening_value(cell) for cell in cells]


def openings_of(rows: Sequence[Row]) -> list[Opening]:
    """Give openings of their cells: field, salt and value. Where all are canonical, with the bytes of the values."""
    from web4_governance.core.ledger.profile import decode_all  # noqa: PLC0415  # no hook reads so many

    try:
        made = [held.encode() for _field, _salt, held in rows]
        values = decode_all(made)
    except (AttributeError, UnicodeEncodeError, CanonicalError):
        made = [b""] * len(rows)
        values = [opening_value(held) for _field, _salt, held in rows]
    return [
        Opening(field=text(field), salt=blob(salt), value=value, made=printed)
        for (field, salt, _held), value, printed in zip(rows, values, made, strict=True)
    ]


@value
class Head:
    """The stored head of the tree over the whole ledger; checked by nobody yet."""

    size: int
    frontier: bytes
    root: bytes


@value
class SignedHead:
    """A signed checkpoint as it lies in the store: the note's bytes, with the cosignature lines that came (spec H)."""

    size: int
    epoch: int
    ts: int
    note: bytes


@value
class Anchoring:
    """What an anchor answered to the head of a size: where to look for the evidence, never the evidence itself."""

    anchor: str
    size: int
    ts: int
    receipt: bytes


class Lookup:
    """Keyed questions to one open connection."""

    __slots__ = ("_database", "_meta", "_trust")

    def __init__(self, database: Database) -> None:
        self._database = database
        self._meta: dict[str, str] = {}
        self._trust: TrustRows | None = None

    @property
    def ledger_id(self) -> str:
        """The random name of this ledger, 32 hex digits."""
        return self.meta("ledger")

    @property
    def origin(self) -> str:
        """The name of this ledger as a log: what its checkpoints begin with."""
        return self.meta("origin") or f"web4-governance.invalid/{self.ledger_id}"

    @property
    def secret(self) -> bytes:
        """The key of the lookups by equality, 32 bytes; never in an entry."""
        try:
            found = bytes.fromhex(self.meta("secret"))
        except ValueError:
            found = b""
        if len(found) != SECRET_SIZE:
            raise LedgerCorrupt("the ledger's lookup secret is damaged", hint=CORRUPT_HINT)
        return found

    @property
    def trust(self) -> TrustRows:
        """The rows that trust is folded into; on a call's way asked for only where a rule speaks of trust."""
        if self._trust is None:
            from web4_governance.storage.trust import TrustRows  # noqa: PLC0415  # see above, and it asks this module

            self._trust = TrustRows(self._database)
        return self._trust

    @property
    def lineage(self) -> Lineage:
        """What is known of changed files; asked by nobody on a call's way to its answer but a rule about concurrent edits."""
        from web4_governance.storage.lineage import Lineage  # noqa: PLC0415  # see above, and it asks this module

        return Lineage(self._database)

    @property
    def names(self) -> Names:
        """What calls touch, by name; asked by nobody on a call's way."""
        from web4_governance.storage.names import Names  # noqa: PLC0415  # see above, and it asks this module

        return Names(self._database)

    def seen_before_others(self, path: bytes, session: str, agent_id: str) -> bytes | None:
        """Give the key of a file's content as an agent last saw it, if another agent changed it since; None where none did.

        Empty where the agent is not known to have seen its content, but the one after it is not known either.
        """
        seen = self._database.row(
            "SELECT idx, content FROM seen WHERE session = ? AND agent_id = ? AND path = ?", session, agent_id, path
        )
        if seen is None:
            return None
        first = self._database.row(
            "SELECT t.before FROM touches t JOIN records r USING(idx) WHERE t.path = ? AND t.idx > ?"
            " AND (r.session <> ? OR r.agent_id <> ?) ORDER BY t.idx, t.n LIMIT 1",
            path,
            number(seen[0]),
            session,
            agent_id,
        )
        return None if first is None else blob(seen[1]) or blob(first[0])

    def head(self) -> Head:
        """Give the stored head of the tree; size -1 where its row is gone."""
        found = self._database.row("SELECT size, frontier, root FROM tree WHERE id = 0")
        if found is None:
            return Head(size=-1, frontier=b"", root=b"")
        return Head(size=number(found[0]), frontier=blob(found[1]), root=blob(found[2]))

    def last_head(self) -> SignedHead | None:
        """Give the signed head over the most entries, by the latest key, None where nothing was ever signed."""
        return next(iter(self._heads("ORDER BY size DESC, epoch DESC LIMIT 1")), None)

    def last_covered(self) -> tuple[int, int]:
        """Give how many entries the largest signed head covers, and when it was signed; (0, 0) where nothing ever was."""
        if self._before(SIGNED):
            return 0, 0
        found = self._database.row("SELECT size, ts FROM heads ORDER BY size DESC, epoch DESC LIMIT 1")
        return (0, 0) if found is None else (number(found[0]), number(found[1]))

    def time_of(self, idx: int) -> int:
        """Give when an entry was recorded, in microseconds; 0 where there is none."""
        found = self._database.row("SELECT ts FROM entries WHERE idx = ?", idx)
        return 0 if found is None else number(found[0])

    def heads(self, *, least: int = 0) -> tuple[SignedHead, ...]:
        """Give the signed heads, or those over `least` entries and more; the smallest first."""
        return self._heads("WHERE size >= ? ORDER BY size, epoch", least)

    def _heads(self, rest: str, *values: int) -> tuple[SignedHead, ...]:
        if self._before(SIGNED):
            return ()
        found = self._database.rows("SELECT size, epoch, ts, note FROM heads " + rest, *values)  # noqa: S608  # ours
        return tuple(
            SignedHead(size=number(size), epoch=number(epoch), ts=number(ts), note=blob(note))
            for size, epoch, ts, note in found
        )

    def anchorings(self, *, anchor: str = "", least: int = 0) -> tuple[Anchoring, ...]:
        """Give what anchors (or one) answered to heads over `least` entries and more, the smallest head first."""
        if self._before(SIGNED):
            return ()
        found = self._database.rows(
            "SELECT anchor, size, ts, receipt FROM anchorings WHERE ? IN ('', anchor) AND size >= ? ORDER BY size, anchor",
            anchor,
            least,
        )
        return tuple(
            Anchoring(anchor=text(name), size=number(size), ts=number(ts), receipt=blob(receipt))
            for name, size, ts, receipt in found
        )

    def last_anchoring(self, anchor: str) -> Anchoring | None:
        """Give what an anchor answered to the largest head that it took; None where it took none."""
        if self._before(SIGNED):
            return None
        found = self._database.rows(
            "SELECT size, ts, receipt FROM anchorings WHERE anchor = ? ORDER BY size DESC LIMIT 1", anchor
        )
        for size, ts, receipt in found:
            return Anchoring(anchor=anchor, size=number(size), ts=number(ts), receipt=blob(receipt))
        return None

    def tiles(self) -> dict[tuple[int, int], bytes]:
        """Give the stored tiles by level and place: 32 bytes a hash, one after the other."""
        if self._before(SIGNED):
            return {}
        found = self._database.rows("SELECT level, idx, hashes FROM tiles")
        return {(number(level), number(idx)): blob(hashes) for level, idx, hashes in found}

    def hashes(self, level: int, start: int, count: int) -> tuple[bytes, ...]:
        """Give hashes of a tile level, for core.ledger.tile; LedgerCorrupt where the store does not have them."""
        found: tuple[bytes, ...] = ()
        if level == 0:
            rows = self._database.rows("SELECT leaf FROM entries WHERE idx >= ? AND idx < ?", start, start + count)
            found = tuple(blob(row[0]) for row in rows)
        if (
            len(found) != count
        ):  # a higher level, or entries that were pruned: their leaves are kept as tiles of level 0
            row = self._database.row("SELECT hashes FROM tiles WHERE level = ? AND idx = ?", level, start >> 8)
            begin = start % 256 * 32
            held = blob(row[0])[begin : begin + count * 32] if row else b""
            found = tuple(held[n : n + 32] for n in range(0, len(held), 32))
        if len(found) != count or any(len(one) != 32 for one in found):  # noqa: PLR2004  # SHA-256
            message = f"the tree has no {count} hashes from {start} at tile level {level}"
            raise LedgerCorrupt(message, hint="`web4 verify` says what is wrong with it")
        return found

    @property
    def has_tiles(self) -> bool:
        """Say whether the format has tiles: one that is older and opened to be read is as it is."""
        return not self._before(SIGNED)

    def _before(self, version: int) -> bool:
        """Say whether the file is of an older format, which a reader reads as it lies there."""
        return version_of(self._database) < version

    def tail(self, session: str) -> tuple[int, str]:
        """Give the next place in a session's chain: its seq, and the leaf (hex) before it, empty at the beginning."""
        head = self._database.row("SELECT size, leaf FROM chains WHERE session = ?", session)
        return (0, "") if head is None else (number(head[0]), blob(head[1]).hex())

    def chains_since(self, idx: int, limit: int) -> tuple[tuple[str, int, str], ...]:
        """Give the sessions that have an entry from a place on, by name, with their chain's size and last leaf (hex)."""
        found = self._database.rows(
            "SELECT session, size, leaf FROM chains WHERE session IN (SELECT session FROM entries WHERE idx >= ?)"
            " AND session <> ? ORDER BY session LIMIT ?",
            idx,
            NO_SESSION,
            limit,
        )
        return tuple((text(session), number(size), blob(leaf).hex()) for session, size, leaf in found)

    def entry(self, idx: int) -> Stored | None:
        """Give the entry at a place; None where there is none, or it was pruned."""
        return self._one("idx = ? AND session <> ''", idx)

    def by_identity(self, identity: bytes) -> Stored | None:
        """Give the entry that recorded a host event, if it was."""
        return self._one("idx = (SELECT idx FROM once WHERE identity = ?)", identity)

    def recorded_by(self, identity: bytes) -> int:
        """Give the place of the entry that recorded a host event, -1 where none did."""
        found = self._database.row("SELECT idx FROM once WHERE identity = ?", identity)
        return -1 if found is None else number(found[0])

    def leaf_at(self, session: str, seq: int) -> bytes:
        """Give the stored leaf of a session's entry, empty where it is not there."""
        found = self._database.row("SELECT leaf FROM entries WHERE session = ? AND seq = ?", session, seq)
        return b"" if found is None else blob(found[0])

    def has_leaf(self, leaf: bytes, until: int = HIGHEST) -> bool:
        """Say whether an entry (before a place) has this leaf; reads all leaves."""
        return self._database.row("SELECT 1 FROM entries WHERE leaf = ? AND idx < ? LIMIT 1", leaf, until) is not None

    def entries_of(self, session: str, *, kind: str = "", call: str = "") -> tuple[Stored, ...]:
        """Give a session's entries, of one kind and one call where these are given; the newest is last."""
        where, values = "session = ?", [session]
        if call:
            where, values = (
                "idx IN (SELECT idx FROM records WHERE session = ? AND call = ? AND call <> '')",
                [session, call],
            )
        if kind:
            where, values = where + " AND kind = ?", [*values, kind]
        found = self._database.rows(f"SELECT {ENTRY} FROM entries WHERE {where} ORDER BY idx", *values)  # noqa: S608  # ours
        return tuple(map(stored, found))

    def last(self, session: str, kind: str) -> Stored | None:
        """Give the newest entry of a kind in a session."""
        return self._one("session = ? AND kind = ? ORDER BY idx DESC LIMIT 1", session, kind)

    def recent(self, session: str, kind: str, limit: int) -> tuple[Stored, ...]:
        """Give the newest entries of a kind in a session, the newest last."""
        found = self._database.rows(
            f"SELECT {ENTRY} FROM entries WHERE session = ? AND kind = ? ORDER BY idx DESC LIMIT ?",  # noqa: S608  # ours
            session,
            kind,
            limit,
        )
        return tuple(reversed([stored(row) for row in found]))

    def recent_of(self, session: str, agent_id: str, limit: int) -> tuple[Stored, ...]:
        """Give an agent's intents among the newest of a session, the newest last."""
        found = self._database.rows(
            f"SELECT {ENTRY} FROM (SELECT {ENTRY} FROM entries WHERE session = ? AND kind = 'intent'"  # noqa: S608  # ours
            " ORDER BY idx DESC LIMIT ?) e WHERE (SELECT agent_id FROM records r WHERE r.idx = e.idx) = ? ORDER BY idx",
            session,
            limit,
            agent_id,
        )
        return tuple(map(stored, found))

    def open_intents(self, session: str, limit: int) -> tuple[Stored, ...]:
        """Give the session's newest intents that no outcome has closed, the newest last."""
        found = self._database.rows(
            f"SELECT {ENTRY} FROM entries WHERE idx IN"  # noqa: S608  # our own column names
            " (SELECT idx FROM records WHERE session = ? AND kind = 'intent' AND status = ''"
            " ORDER BY idx DESC LIMIT ?) ORDER BY idx",
            session,
            limit,
        )
        return tuple(map(stored, found))

    def status_of(self, session: str, call: str, agent_id: str = "") -> str:
        """Give how a call of an agent ended, as its last outcome said; empty while it is open or unknown."""
        found = self._database.row(
            "SELECT status FROM records WHERE session = ? AND call = ? AND call <> '' AND agent_id = ? AND kind IN (?, ?)"
            " ORDER BY idx LIMIT 1",
            session,
            call,
            agent_id,
            *CALLS,
        )
        return "" if found is None else str(found[0])

    def same(self, same: bytes, limit: int) -> tuple[tuple[Stored, str], ...]:
        """Give earlier intents of the same action in the whole ledger, each with its status, the newest first."""
        found = self._database.rows(
            "SELECT e.idx, e.session, e.seq, e.kind, e.ts, e.bytes, e.leaf, r.status FROM records r JOIN entries e USING(idx)"
            " WHERE r.same = ? AND r.same <> x'' AND r.kind = 'intent' ORDER BY r.idx DESC LIMIT ?",
            same,
            limit,
        )
        return tuple((stored(row[:-1]), row[-1]) for row in found)

    def leaves_of(self, same: bytes, limit: int) -> tuple[tuple[bytes, str], ...]:
        """Give the leaves of what `same` gives, each with its status."""
        found = self._database.rows(
            "SELECT e.leaf, r.status FROM records r JOIN entries e USING(idx)"
            " WHERE r.same = ? AND r.same <> x'' AND r.kind = 'intent' ORDER BY r.idx DESC LIMIT ?",
            same,
            limit,
        )
        return tuple((blob(leaf), status) for leaf, status in found)

    def same_as(self, idx: int, same: bytes) -> bool:
        """Say whether an entry is an intent of this very action."""
        return self._database.row("SELECT 1 FROM records WHERE idx = ? AND same = ?", idx, same) is not None

    def opening(self, idx: int, field: str) -> Json | None:
        """Give the value behind one commitment of an entry, None where it was never kept or is erased."""
        found = self._database.row("SELECT value FROM openings WHERE idx = ? AND field = ?", idx, field)
        return None if found is None else opening_value(found[0])

    def openings(self, idx: int) -> tuple[Opening, ...]:
        """Give all openings of an entry."""
        return tuple(
            Opening(field=text(field), salt=blob(salt), value=opening_value(value))
            for field, salt, value in self._database.rows("SELECT field, salt, value FROM openings WHERE idx = ?", idx)
        )

    def count(self, key: str, since_us: int) -> int:
        """Give how often a limit was taken after a time."""
        found = self._database.row("SELECT count(*) FROM limits WHERE key = ? AND ts > ?", key, since_us)
        return int(found[0]) if found else 0

    def meta(self, key: str) -> str:
        """Give a remembered word, empty where there is none."""
        if key not in self._meta:
            found = self._database.row("SELECT value FROM meta WHERE key = ?", key)
            self._meta[key] = "" if found is None else text(found[0])
        return self._meta[key]

    def decisions_of(self, session: str) -> dict[str, int]:
        """Give how many calls of a session got each decision."""
        found = self._database.rows(
            "SELECT decision, count(*) FROM records WHERE session = ? AND kind = 'intent' GROUP BY decision", session
        )
        return dict(found)

    def policy_digest(self) -> str:
        """Give what was last remembered as the policy in force."""
        return self.meta("policy")

    def session_summary(self, session: str) -> str:
        """Give one line for the person about a session's calls; empty where there were none."""
        counts = self.decisions_of(session)
        total = sum(counts.values())
        judged = ", ".join(f"{counts[word]} {word}" for word in ("deny", "ask", "warn") if counts.get(word))
        return f"web4-governance: {total} calls recorded" + (f" ({judged})" if judged else "") if total else ""

    def _one(self, where: str, *values: Cell) -> Stored | None:
        found = self._database.row(f"SELECT {ENTRY} FROM entries WHERE {where}", *values)  # noqa: S608  # ours
        return None if found is None else stored(found)
