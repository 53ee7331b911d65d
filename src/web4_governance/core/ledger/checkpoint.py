"""Checkpoints: what a log says of itself at one size, as the text of a signed note (C2SP tlog-checkpoint, anchors.md N).

Not the signatures, which are `note`'s. Extension lines are kept where others wrote them and never written by us: no
witness checks them.
"""

from __future__ import annotations

from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger import ed25519
from web4_governance.core.ledger.merkle import HASH_SIZE
from web4_governance.core.ledger.note import Note, base64_bytes, base64_text, check_text, decimal, ed25519_signers
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.ledger.ed25519 import Check
    from web4_governance.core.ledger.note import VerifierKey

LEAST_LINES = 3


@value
class Checkpoint:
    """A log's origin, its size in leaves, and the root hash (32 bytes) of its tree at that size."""

    origin: str
    size: int
    root: bytes
    extension: tuple[str, ...] = ()

    def to_text(self) -> bytes:
        """Print the note's text."""
        return "\n".join((self.origin, str(self.size), base64_text(self.root), *self.extension, "")).encode()

    @staticmethod
    def from_text(text: bytes) -> Checkpoint:
        """Parse a note's text; NoteError says why it is no checkpoint."""
        check_text(text)
        rows = text.decode().split("\n")
        if rows.pop() != "" or len(rows) < LEAST_LINES or "" in rows:
            raise NoteError("a checkpoint is at least three lines, none empty, each with its newline")
        origin, size, root, *extension = rows
        hashed = base64_bytes(root)
        if len(hashed) != HASH_SIZE:
            raise NoteError(f"a checkpoint's root hash has {HASH_SIZE} bytes, not {len(hashed)}")
        return Checkpoint(origin=origin, size=decimal(size), root=hashed, extension=tuple(extension))


def open_checkpoint(
    note: Note, keys: Iterable[VerifierKey], *, origin: str, check: Check = ed25519.verify
) -> Checkpoint:
    """Give the checkpoint that one of a log's keys signed.

    Args:
        note: The signed note.
        keys: The log's keys.
        origin: The log that is meant; another log's checkpoint is none of this one's, whoever signed it.
        check: What verifies one signature.

    Raises:
        NoteError: The text is no checkpoint.
        ProofError: It is another log's, or not signed by a key of this one.
    """
    found = Checkpoint.from_text(note.text)
    if found.origin != origin:
        raise ProofError(f"the checkpoint is of the log `{found.origin[:200]}`, not of `{origin}`")
    ed25519_signers(note, keys, check=check)
    return found
