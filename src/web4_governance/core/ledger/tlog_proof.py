"""A proof that one entry is in a log, to be checked without asking anybody (C2SP tlog-proof, docs/spec/anchors.md Q).

Not the entry itself: who checks a proof has the entry's bytes, or its leaf hash. The extra data is under no signature.
"""

from __future__ import annotations

from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger import ed25519
from web4_governance.core.ledger.checkpoint import Checkpoint, open_checkpoint
from web4_governance.core.ledger.cosignature import cosignatures
from web4_governance.core.ledger.merkle import HASH_SIZE
from web4_governance.core.ledger.note import MAX_BYTES, Note, base64_bytes, base64_text, decimal
from web4_governance.core.ledger.proof import MAX_PROOF, check_inclusion
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

    from web4_governance.core.ledger.ed25519 import Check
    from web4_governance.core.ledger.log_policy import LogPolicy

HEADER = "c2sp.org/tlog-proof@v1"
SUFFIX = ".tlog-proof"
_EXTRA, _INDEX = "extra ", "index "


@value
class TlogProof:
    """An entry's index, the path to the root, and the signed checkpoint; `extra` is None where there is no such line."""

    index: int
    path: tuple[bytes, ...]
    note: Note
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """Print the proof."""
        extra = [] if self.extra is None else [_EXTRA + base64_text(self.extra)]
        head = [HEADER, *extra, f"{_INDEX}{self.index}", *map(base64_text, self.path), "", ""]
        return "\n".join(head).encode() + self.note.to_bytes()

    @staticmethod
    def from_bytes(data: bytes) -> TlogProof:
        """Parse a proof; NoteError says why it is none."""
        if len(data) > 2 * MAX_BYTES:
            raise NoteError(f"a proof of {len(data)} bytes is too long")
        head, split, note = data.partition(b"\n\n")
        try:
            rows = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise NoteError("the lines of a proof are ASCII") from None
        if not split or rows.pop(0) != HEADER:
            raise NoteError(f"a proof begins with the line `{HEADER}` and ends with a checkpoint")
        extra = base64_bytes(rows.pop(0).removeprefix(_EXTRA)) if rows and rows[0].startswith(_EXTRA) else None
        if not rows or not rows[0].startswith(_INDEX):
            raise NoteError("a proof has a line `index N`")
        index = decimal(rows.pop(0).removeprefix(_INDEX))
        path = tuple(map(base64_bytes, rows))
        if len(path) > MAX_PROOF or any(len(one) != HASH_SIZE for one in path):
            raise NoteError(f"the path of a proof is at most {MAX_PROOF} hashes of {HASH_SIZE} bytes")
        return TlogProof(index=index, path=path, note=Note.from_bytes(note), extra=extra)


def check_proof(
    proof: TlogProof,
    *,
    leaf: bytes,
    policy: LogPolicy,
    agreed: Collection[str] = (),
    check: Check = ed25519.verify,
) -> Checkpoint:
    """Give the checkpoint under which a leaf is proven to be in the log.

    Args:
        proof: The proof.
        leaf: The entry's leaf hash.
        policy: Which logs and witnesses are believed.
        agreed: Names of other anchors that hold the checkpoint.
        check: What verifies one signature.

    Raises:
        NoteError: The checkpoint is none.
        ProofError: A step does not hold; the message says which.
    """
    # 1. The checkpoint is signed by a log that the policy names.
    origin = Checkpoint.from_text(proof.note.text).origin
    checkpoint = open_checkpoint(proof.note, policy.log_keys(origin), origin=origin, check=check)
    # 2. Those agreed who have to.
    cosigned = cosignatures(proof.note, [witness.key for witness in policy.witnesses], check=check)
    quorum = policy.judge([one.key for one in cosigned], agreed=agreed)
    if not quorum.met:
        raise ProofError(f"the checkpoint has no quorum: {'; '.join(quorum.missing)}")
    # 3. The leaf is in the tree of that checkpoint.
    check_inclusion(leaf=leaf, index=proof.index, size=checkpoint.size, proof=proof.path, root=checkpoint.root)
    return checkpoint
