"""What the writer keeps beside entries: deliveries, limits given back, what was seen, signed heads, remembered words.

Deliveries are those of events without a call id (docs/spec/lifecycle.md): calls are known by their ids. No entry is made
here, and no head of a chain or the tree moved. What is told here is part of the writer's open transaction.
"""

from __future__ import annotations

from web4_governance.core.errors import LedgerMoved
from web4_governance.storage.lookup import Lookup

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.storage.lookup import Anchoring, SignedHead

HANDED = b"handed"  # bytes, which the name of an installed form never is
SAMPLE = 16  # rows that one call looks at to forget what is old


class Deliveries(Lookup):
    """The part of the writer that appends nothing."""

    __slots__ = ()

    def deliver(self, identity: bytes, via: str, *, since: int = 0) -> int:
        """Count a delivery of an event without a call id; give the occurrence's number if it is new, else 0.

        Two installed forms deliver every event twice. The n-th delivery by one form is the n-th occurrence; it is new
        unless another form brought as many before. What was let through before `since` is forgotten, a few rows a call.
        """
        # Crash: rolled back with the entry it lets through, so that the host's next delivery counts again.
        self._forget_deliveries(identity, since)
        self._database.run(
            "INSERT INTO deliveries(identity, via, n, idx)"
            " VALUES(?, ?, 1, coalesce((SELECT max(idx) FROM deliveries WHERE identity = ?), -1))"
            " ON CONFLICT(identity, via) DO UPDATE SET n = n + 1",
            identity,
            via,
            identity,
        )
        found = self._database.row(
            "SELECT coalesce(max(n) FILTER (WHERE via = ?), 0), coalesce(max(n) FILTER (WHERE via <> ?), 0)"
            " FROM deliveries WHERE identity = ?",
            via,
            via,
            identity,
        )
        return int(found[0]) if found and found[0] > found[1] else 0

    def delivered(self, identity: bytes, idx: int) -> None:
        """Note which entry a delivery let through: what the gate remembers of it can then be checked."""
        self._database.run("UPDATE deliveries SET idx = ? WHERE identity = ?", idx, identity)

    def is_handed(self, word: bytes) -> bool:
        """Say whether the delivery of this word (made up by a hook, once) is recorded."""
        return self._database.row("SELECT 1 FROM deliveries WHERE identity = ? AND via = ?", word, HANDED) is not None

    def handed(self, word: bytes, idx: int) -> None:
        """Remember that the delivery of this word is recorded, and by which entry; it is forgotten as deliveries are."""
        self._database.run("INSERT INTO deliveries(identity, via, n, idx) VALUES(?, ?, 1, ?)", word, HANDED, idx)

    def _forget_deliveries(self, identity: bytes, since: int) -> None:
        """Forget old rows among those that follow in the order of keys: keys are hashes, so that is a chance sample."""
        self._database.run(
            "DELETE FROM deliveries WHERE identity IN (SELECT identity FROM deliveries WHERE identity >= ? ORDER BY identity"
            " LIMIT ?) AND EXISTS(SELECT 1 FROM entries e WHERE e.idx = deliveries.idx AND e.ts < ?)",
            identity,
            SAMPLE,
            since,
        )

    def give_back(self, idx: int, ts: int, keys: tuple[str, ...]) -> None:
        """Give back the places that an intent took of limits: its call was denied after all."""
        # Crash: a place is given back if and only if the outcome that says so is durable.
        for key in keys:
            self._database.run("DELETE FROM limits WHERE key = ? AND ts = ? AND idx = ?", key, ts, idx)

    def saw(self, path: bytes, session: str, agent_id: str, idx: int, content: bytes) -> None:
        """Note what an agent saw of a file, with the outcome that tells so; `content` is empty where its key is not known."""
        row = (session, agent_id, path, idx, content)
        self._database.run(
            "INSERT OR REPLACE INTO seen(session, agent_id, path, idx, content) VALUES(?, ?, ?, ?, ?)", *row
        )

    def keep_head(self, head: SignedHead) -> bool:
        """Keep a signed head; say whether it is new. The same head signed twice is kept once, as it was first."""
        # Crash: the head is signed and not kept: the next one covers as much. Nothing was sent to an anchor before.
        row = (head.size, head.epoch, head.ts, head.note)
        return self._database.run("INSERT OR IGNORE INTO heads(size, epoch, ts, note) VALUES(?, ?, ?, ?)", *row) == 1

    def keep_cosignatures(self, head: SignedHead, note: bytes) -> None:
        """Put the same note with more signature lines in the place of one; LedgerMoved where another came first."""
        # Crash: the lines are lost, and the anchor that gave them gives them again.
        moved = self._database.run(
            "UPDATE heads SET note = ? WHERE size = ? AND epoch = ? AND note = ?",
            note,
            head.size,
            head.epoch,
            head.note,
        )
        if moved != 1:
            raise LedgerMoved(f"the signed head of {head.size} entries changed meanwhile", hint="run it again")

    def keep_anchoring(self, anchoring: Anchoring) -> None:
        """Note what an anchor answered; a later answer to the same head takes the place of the earlier one."""
        # Crash: the anchor has the head and the ledger does not say so: it is handed over again, or asked for.
        self._database.run(
            "INSERT INTO anchorings(anchor, size, ts, receipt) VALUES(?, ?, ?, ?) ON CONFLICT(anchor, size)"
            " DO UPDATE SET ts = excluded.ts, receipt = excluded.receipt",
            anchoring.anchor,
            anchoring.size,
            anchoring.ts,
            anchoring.receipt,
        )

    def set_meta(self, key: str, value: str) -> None:
        """Remember a word."""
        self._database.run(
            "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value",
            key,
            value,
        )
        self._meta[key] = value
