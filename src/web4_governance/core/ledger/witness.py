"""What a witness is asked and what it answers, without its sockets and its disk (C2SP tlog-witness, docs/spec/anchors.md W).

`judge` is the whole of the standard's order of checks; the caller has to hold what is remembered of the log from before
it until the new state is durable, or two requests could roll one another back.
"""

from __future__ import annotations

from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger import ed25519
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.merkle import HASH_SIZE
from web4_governance.core.ledger.note import Note, base64_bytes, base64_text, decimal, ed25519_signers
from web4_governance.core.ledger.proof import MAX_PROOF, check_consistency
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.core.ledger.ed25519 import Check
    from web4_governance.core.ledger.note import VerifierKey

SIZE_TYPE = "text/x.tlog.size"
MAX_REQUEST = 1_000_000  # bytes
OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND, CONFLICT, UNPROCESSABLE = 200, 400, 403, 404, 409, 422
_OLD = "old "


@value
class AddCheckpoint:
    """A request: the size that the client thinks the witness has, the proof from there, and the signed checkpoint."""

    old: int
    proof: tuple[bytes, ...]
    note: Note

    def to_bytes(self) -> bytes:
        """Print the request's body."""
        rows = [f"{_OLD}{self.old}", *map(base64_text, self.proof), "", ""]
        return "\n".join(rows).encode() + self.note.to_bytes()

    @staticmethod
    def from_bytes(data: bytes) -> AddCheckpoint:
        """Parse a request's body; NoteError says why it is none."""
        if len(data) > MAX_REQUEST:
            raise NoteError(f"a request of {len(data)} bytes is too long")
        head, split, note = data.partition(b"\n\n")
        try:
            first, *rows = head.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise NoteError("the lines before the checkpoint are ASCII") from None
        if not split or not first.startswith(_OLD):
            raise NoteError("a request is `old N`, hashes, an empty line and a checkpoint")
        if len(rows) > MAX_PROOF:
            raise NoteError(f"a proof has at most {MAX_PROOF} hashes")
        proof = tuple(map(base64_bytes, rows))
        if any(len(one) != HASH_SIZE for one in proof):
            raise NoteError(f"a hash has {HASH_SIZE} bytes")
        return AddCheckpoint(old=decimal(first.removeprefix(_OLD)), proof=proof, note=Note.from_bytes(note))


@value
class Latest:
    """The last checkpoint of a log that a witness cosigned; nothing yet is size 0."""

    size: int = 0
    root: bytes = b""


@value
class Ruling:
    """The status of an answer and why; `size` is what a 409 tells. With 200, `checkpoint` is to be kept and cosigned."""

    status: int
    why: str = ""
    size: int = 0
    checkpoint: Checkpoint | None = None


def judge(
    request: AddCheckpoint, *, keys: Sequence[VerifierKey], latest: Latest, check: Check = ed25519.verify
) -> Ruling:
    """Say what a request gets, in the standard's order.

    Args:
        request: The request.
        keys: The keys that are trusted for the checkpoint's origin; none where the log is unknown.
        latest: What was cosigned last for that origin.
        check: What verifies one signature.
    """
    try:
        checkpoint = Checkpoint.from_text(request.note.text)
    except NoteError as error:
        return Ruling(status=BAD_REQUEST, why=error.message)
    if not keys:
        return Ruling(status=NOT_FOUND, why="the log is not known here")
    try:
        ed25519_signers(request.note, keys, check=check)
    except ProofError as error:
        return Ruling(status=FORBIDDEN, why=error.message)
    if request.old > checkpoint.size:
        return Ruling(status=BAD_REQUEST, why="the old size is over the checkpoint's")
    if request.old != latest.size:
        return Ruling(status=CONFLICT, why="the old size is not the one that was cosigned last", size=latest.size)
    if request.old == checkpoint.size and latest.size and checkpoint.root != latest.root:
        return Ruling(status=CONFLICT, why="another root of the same size was cosigned", size=latest.size)
    try:
        check_consistency(
            old=request.old,
            old_root=latest.root if latest.size else EMPTY_ROOT,
            new=checkpoint.size,
            new_root=checkpoint.root,
            proof=request.proof,
        )
    except ProofError as error:
        return Ruling(status=UNPROCESSABLE, why=error.message)
    return Ruling(status=OK, checkpoint=checkpoint)


EMPTY_ROOT = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")  # SHA-256 of nothing
