"""Proves offline that an entry is in the ledger under a signed head: a `.tlog-proof` (C2SP tlog-proof, anchors.md Q3)."""

from __future__ import annotations

from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.note import Note
from web4_governance.core.ledger.proof import inclusion_proof
from web4_governance.core.ledger.tile import hash_at
from web4_governance.core.ledger.tlog_proof import TlogProof

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.storage.reader import Reader

NO_HEAD = "no signed head covers entry {} yet"


def prove(reader: Reader, idx: int) -> TlogProof:
    """Give the proof of the entry at a place, under the newest head over it, one with cosignatures where there is one.

    Raises:
        UsageError: No signed head covers the entry.
        LedgerCorrupt: The stored hashes are not all there.
    """
    notes = [Note.from_bytes(head.note) for head in reader.heads(least=idx + 1)]
    if not notes:
        raise UsageError(NO_HEAD.format(idx), hint="`web4 anchor now` signs one")
    note = next((one for one in reversed(notes) if len(one.lines) > 1), notes[-1])
    size = Checkpoint.from_text(note.text).size
    if size <= idx:
        raise UsageError(NO_HEAD.format(idx), hint="run `web4 verify`: a head is not over what its row says")
    path = inclusion_proof(idx, size, lambda level, index: hash_at(reader.hashes, level, index))
    return TlogProof(index=idx, path=tuple(path), note=note)
