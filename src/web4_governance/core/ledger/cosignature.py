"""Cosignatures: a witness's dated word that a checkpoint follows from all that it saw (C2SP tlog-cosignature v1).

Ed25519 only, key type 0x04: the second half of a signature line is a POSIX time (seconds, 8 bytes, big-endian) and a
signature over a header, that time, and the whole text of the checkpoint. Not the ML-DSA form, whose lines are kept as
those of unknown keys are.
"""

from __future__ import annotations

from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger import ed25519
from web4_governance.core.ledger.note import COSIGNATURE_V1, SignatureLine
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.ledger.ed25519 import Check
    from web4_governance.core.ledger.note import Note, VerifierKey

TIME_SIZE = 8
LATEST = 2**63 - 1


@value
class Cosignature:
    """Who cosigned, and when by that witness's clock (POSIX seconds)."""

    key: VerifierKey
    time: int


def message(text: bytes, time: int) -> bytes:
    """Give the bytes that a witness signs for a checkpoint's text at a time."""
    return b"cosignature/v1\ntime %d\n" % time + text


def cosignature_line(key: VerifierKey, time: int, signature: bytes) -> SignatureLine:
    """Give the signature line of a witness's key; `time` is in POSIX seconds, `signature` 64 bytes."""
    if not 0 <= time <= LATEST:
        raise NoteError(f"the time {time} cannot stand in a cosignature")
    return SignatureLine(name=key.name, key_id=key.key_id, payload=time.to_bytes(TIME_SIZE, "big") + signature)


def cosignatures(note: Note, keys: Iterable[VerifierKey], *, check: Check = ed25519.verify) -> tuple[Cosignature, ...]:
    """Give who of the witnesses cosigned a checkpoint: one for each key, the latest where there are several.

    Args:
        note: The checkpoint with its lines.
        keys: The witnesses' keys; one of another kind cosigns nothing.
        check: What verifies one signature.

    Raises:
        ProofError: A line of one of these keys does not verify.
    """
    found = []
    for key in keys:
        lines = note.lines_of(key) if key.kind == COSIGNATURE_V1 else ()
        times = [_time_of(note.text, line, key, check) for line in lines]
        if times:
            found.append(Cosignature(key=key, time=max(times)))
    return tuple(found)


def _time_of(text: bytes, line: SignatureLine, key: VerifierKey, check: Check) -> int:
    time = int.from_bytes(line.payload[:TIME_SIZE], "big")
    whole = len(line.payload) == TIME_SIZE + ed25519.SIGNATURE_SIZE and time <= LATEST
    if not whole or not check(key.public, message(text, time), line.payload[TIME_SIZE:]):
        raise ProofError(f"a cosignature of `{key.name}` does not verify")
    return time
