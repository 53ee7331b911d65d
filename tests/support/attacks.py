"""The attacker's tools: a ledger changed and computed anew throughout, by somebody who has this program's source and keys."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

from support.ledgers import fill
from support.signers import Signer
from web4_governance.app.replaced import replaced
from web4_governance.core.canonical import encode
from web4_governance.core.digest import leaf
from web4_governance.core.ledger.anchored import Heads, Outside
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.record.entry import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from web4_governance.storage.reader import Reader

SIZE, ANCHORED_AT = 52, 40
TABLES = ("entries", "records", "openings", "targets", "once")
WORD = "the log's key"  # the same under every name, as whoever holds the key can have it


def size_of(note: bytes) -> int:
    """Give the size that a signed head says."""
    return int(note.split(b"\n")[1])


class Scene:
    """A ledger of 52 entries with a signed head beside it, and its head of 40 entries at an anchor."""

    def __init__(self, home: Path) -> None:
        self.home = home
        fill(str(home), calls=9)
        self.signer = Signer(self.origin, word=WORD)
        self.beside = self.signed(SIZE)  # the signed head that lies with the ledger; empty where it was deleted
        self.anchors: dict[str, list[bytes]] = {"anchor": [self.signed(ANCHORED_AT)]}
        self.witnesses: list[Any] = []
        self.keys_are_gone = False  # who verifies has the keys that lie beside the ledger, and no other

    def open(self) -> closing[sqlite3.Connection]:
        return closing(sqlite3.connect(self.home / "ledger.db", isolation_level=None))

    @property
    def origin(self) -> str:
        with self.open() as db:
            return "web4-governance.invalid/" + str(
                db.execute("SELECT value FROM meta WHERE key = 'ledger'").fetchone()[0]
            )

    def root(self, size: int) -> bytes:
        with self.open() as db:
            found = db.execute("SELECT leaf FROM entries ORDER BY idx LIMIT ?", (size,)).fetchall()
        return Frontier().extend([row[0] for row in found]).root()

    def signed(self, size: int) -> bytes:
        return self.signer.checkpoint(size, self.root(size)).to_bytes()

    def size(self) -> int:
        with self.open() as db:
            return int(db.execute("SELECT count(*) FROM entries").fetchone()[0])

    def sign_again(self) -> None:
        """What the holder of the key does after a change."""
        self.beside = self.signed(self.size())

    def heads(self, level: str) -> Callable[[Reader], Heads] | None:
        """Give what is known of heads at a level of the matrix."""

        def collect(reader: Reader) -> Heads:
            keys = [] if self.keys_are_gone else [self.signer.key]
            heads = Heads(origin=reader.origin, keys=keys, witnesses=[w.key for w in self.witnesses])
            heads.explain(replaced(reader))
            if self.beside and keys:
                heads.signed("the signed head", self.beside)
            for name, notes in self.anchors.items() if level == "anchor" else ():
                mine = [note for note in notes if note.startswith(reader.origin.encode() + b"\n")]
                heads.asked([Outside(by=name, size=size_of(note), note=note) for note in mine])
                if not mine:
                    heads.nothing(name, "it holds no head of this log")
            return heads

        return None if level == "chain" else collect

    def without_mirrors(self) -> None:
        for file in (self.home / "audit").iterdir():
            file.unlink()

    def sql(self, *statements: str) -> None:
        with self.open() as db:
            for statement in statements:
                db.execute(statement)

    def rewrite(self, change: Callable[[int, dict[str, Any]], bytes | dict[str, Any] | None]) -> None:
        """Change entries (None takes one out), and compute places, chains, references to leaves and heads anew."""
        self.without_mirrors()
        with self.open() as db:
            db.execute("BEGIN")
            found = db.execute("SELECT idx, bytes FROM entries ORDER BY idx").fetchall()
            leaves: dict[str, str] = {}
            ends: dict[str, tuple[int, str]] = {}
            frontier = Frontier()
            for table in TABLES:
                db.execute(f"UPDATE {table} SET idx = -1 - idx")
            db.execute("UPDATE entries SET seq = -1 - idx")
            for idx, data in found:
                body = parse(
                    re.sub(rb"[0-9a-f]{64}", lambda m: leaves.get(m[0].decode(), m[0].decode()).encode(), data)
                )
                changed = change(idx, dict(body))
                if changed is None:
                    for table in TABLES:
                        db.execute(f"DELETE FROM {table} WHERE idx = ?", (-1 - idx,))
                    continue
                new = changed if isinstance(changed, bytes) else self._linked(changed, ends)
                entry = body if isinstance(changed, bytes) else changed
                session = str(entry["session"])
                seq = ends.get(session, (0, ""))[0]
                hashed = leaf(new)
                leaves[leaf(data).hex()] = hashed.hex()
                ends[session] = (seq + 1, hashed.hex())
                for table in TABLES:
                    db.execute(f"UPDATE {table} SET idx = ? WHERE idx = ?", (frontier.size, -1 - idx))
                db.execute(
                    "UPDATE entries SET session = ?, seq = ?, ts = ?, bytes = ?, leaf = ? WHERE idx = ?",
                    (session, seq, entry["ts"], new, hashed, frontier.size),
                )
                db.execute(
                    "UPDATE records SET session = ?, ts = ? WHERE idx = ?", (session, entry["ts"], frontier.size)
                )
                frontier = frontier.append(hashed)
            db.execute("DELETE FROM chains")
            db.executemany(
                "INSERT INTO chains VALUES(?, ?, ?)", [(s, n, bytes.fromhex(h)) for s, (n, h) in ends.items()]
            )
            db.execute("DELETE FROM mirrors")
            db.executemany("INSERT INTO mirrors VALUES(?, ?, 0)", [(s, n) for s, (n, _) in ends.items()])
            db.execute(
                "UPDATE tree SET size = ?, frontier = ?, root = ?",
                (frontier.size, frontier.to_bytes(), frontier.root()),
            )
            if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'tiles'").fetchone():
                db.execute("DELETE FROM tiles")  # a ledger of so few entries has none
            # A call whose outcome is gone is open again.
            db.execute(
                "UPDATE records SET status = coalesce((SELECT o.status FROM records o WHERE o.session = records.session AND"
                " o.call = records.call AND o.kind = 'outcome'), '') WHERE kind = 'intent'"
            )
            db.execute("COMMIT")

    def _linked(self, body: dict[str, Any], ends: dict[str, tuple[int, str]]) -> bytes:
        seq, prev = ends.get(str(body["session"]), (0, ""))
        return encode({**body, "reference": {**body["reference"], "seq": seq, "prev": prev}})

    def cut(self, size: int) -> None:
        self.rewrite(lambda idx, body: body if idx < size else None)
