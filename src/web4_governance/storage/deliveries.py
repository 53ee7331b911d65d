"""Which deliveries of events without a call id the ledger knows: the writer's memory of them (docs/spec/lifecycle.md).

Not of calls, which are known by their ids. What is told here is part of the writer's open transaction.
"""

from __future__ import annotations

from web4_governance.storage.lookup import Lookup

HANDED = b"handed"  # bytes, which the name of an installed form never is
SAMPLE = 16  # rows that one call looks at to forget what is old


class Deliveries(Lookup):
    """The part of the writer that counts deliveries."""

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
