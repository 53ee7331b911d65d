"""Feeds the entries of a ledger, with what lies beside them, to a verification; all of them, a session's, or a stretch.

No step of its own but the lookups' (docs/spec/ledger.md V10): what the entries say of the gate's memory is kept for who
compares it.
"""

from __future__ import annotations

from web4_governance.app.verify_files import Files
from web4_governance.core.errors import LedgerCorrupt
from web4_governance.core.ledger import lookups
from web4_governance.core.ledger.succession import closed_by
from web4_governance.core.ledger.verify import place_of
from web4_governance.core.record.entry import Kind
from web4_governance.storage.finding import LOWEST
from web4_governance.storage.lookup import blob
from web4_governance.storage.lookup import stored as stored_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.verify import Walk
    from web4_governance.core.record.entry import Opening
    from web4_governance.storage.database import Row
    from web4_governance.storage.reader import Reader

LEAF = 6  # where it stands in a row


class Seen:
    """What the entries say of deliveries without a call id, by place, of the policy in force, the last one, and of files."""

    def __init__(self) -> None:
        self.deliveries: dict[int, Json] = {}
        self.policy = ("", True)
        self.uses: set[tuple[str, int]] = set()
        self.files = Files()
        self.closed: dict[str, int] = {}

    def join(self, other: Seen) -> None:
        """Take what later entries say."""
        self.deliveries.update(other.deliveries)
        self.uses |= other.uses
        self.files.join(other.files)
        self.closed = {**other.closed, **self.closed}
        self.policy = other.policy if other.policy[0] else self.policy

    def take(self, idx: int, body: dict[str, Json], openings: tuple[Opening, ...]) -> None:
        """Take what an entry says."""
        delivery = lookups.delivery_of(body, openings)
        if delivery is not False:
            self.deliveries[idx] = delivery
        self.uses.update((key, idx) for key in lookups.grants_taken(body))
        if closed := closed_by(body):
            self.closed.setdefault(closed, idx)
        if body.get("kind") == Kind.POLICY:
            self.policy = lookups.policy_of(body, openings)


def take_entries(
    walk: Walk,
    reader: Reader,
    session: str | None,
    seen: Seen,
    *,
    after: int = LOWEST,
    until: int | None = None,
    few: bool = False,
    told: Callable[[int], None] = lambda _: None,
) -> None:
    """Take the entries after a place and before another, of all sessions or of one, with what lies beside them.

    `few` asks for the events of these by their keys, where reading all keys would take longer than the entries.
    """
    identities = {} if few else reader.identities(after=after, until=until)
    secret = secret_of(reader)
    followed = reader.lineage.is_there
    for chunk in reader.rows(after=after, session=session, until=until):
        openings = reader.openings_between(chunk[0][0], chunk[-1][0])
        indices = reader.lookups_between(chunk[0][0], chunk[-1][0])
        touches = reader.lineage.between(chunk[0][0], chunk[-1][0]) if followed else {}
        expected: dict[int, tuple[bytes, ...] | None] = {}
        for row, body in zip(chunk, walk.rows(chunk, openings, stored_of), strict=True):
            if body is None:
                continue
            idx = row[0]
            opened = openings.get(idx, ())
            if idx in indices:
                leaf, known = blob(row[LEAF]), identities.get(idx, ())
                if few:
                    expected[idx] = lookups.expected_identities(body, opened, indices[idx], leaf)
                for wrong in lookups.differences(
                    body, opened, indices[idx], identities=None if few else known, secret=secret, leaf=leaf
                ):
                    walk.find(10, place_of(stored_of(row)), wrong)
            seen.take(idx, body, opened)
            for wrong in seen.files.differences(idx, body, opened, touches.get(idx, ()), secret):
                walk.find(10, place_of(stored_of(row)), wrong)
        told(len(chunk))
        if expected:
            _take_remembered(walk, reader, chunk, expected)


def _take_remembered(
    walk: Walk, reader: Reader, chunk: list[Row], expected: dict[int, tuple[bytes, ...] | None]
) -> None:
    """Hold the events that are remembered under the keys that these entries should have against the entries."""
    found = reader.recorded({key for keys in expected.values() for key in keys or ()})
    for row in chunk:
        if row[0] in expected:
            keys = expected[row[0]]
            known = tuple(key for key in keys or () if found.get(key) == row[0])
            for wrong in lookups.wrong_identities(keys, known):
                walk.find(10, place_of(stored_of(row)), wrong)


def secret_of(reader: Reader) -> bytes:
    """Give the key of lookups by equality, empty where it is damaged."""
    try:
        return reader.secret
    except LedgerCorrupt:
        return b""  # then no lookup by equality fits, and each is a finding
