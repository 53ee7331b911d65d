"""A key's successor, said by the key itself: by it trust goes from one key of a log to the next (docs/spec/anchors.md K1-K2).

Not who may change keys, and no private keys. The statement is no checkpoint and cannot be read as one: its second line is
no number. Each key has one successor; from then on it signs nothing that counts.
"""

from __future__ import annotations

from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger import ed25519
from web4_governance.core.ledger.note import ED25519, VerifierKey, ed25519_signers
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.ed25519 import Check
    from web4_governance.core.ledger.note import Note

HEADER = "web4-governance key succession v1"


@value
class Succession:
    """The log's origin, which is the name of both keys, and the key that follows the one that signs this."""

    origin: str
    key: VerifierKey

    def to_text(self) -> bytes:
        """Print the note's text."""
        return f"{HEADER}\n{self.origin}\n{self.key.to_text()}\n".encode()

    @staticmethod
    def from_text(text: bytes) -> Succession:
        """Parse a note's text; NoteError says why it is no succession."""
        try:
            rows = text.decode().split("\n")
        except UnicodeDecodeError:
            raise NoteError("a succession is valid UTF-8") from None
        if len(rows) != 4 or rows[0] != HEADER or rows[3]:  # noqa: PLR2004  # header, origin, key, the end
            raise NoteError(f"a succession is the line `{HEADER}`, an origin and a key")
        key = VerifierKey.from_text(rows[2])
        if key.kind != ED25519 or key.name != rows[1]:
            raise NoteError("the key of a succession is an Ed25519 key with the log's origin as its name")
        return Succession(origin=rows[1], key=key)


def closed_by(body: Mapping[str, Json]) -> str:
    """Give the key (a vkey) that signs nothing any more of what comes after this entry, empty where it closes none."""
    found = at(dict(body), "key.after") if body.get("kind") == Kind.IDENTITY else None
    return found if isinstance(found, str) else ""


def follow(first: VerifierKey, notes: Iterable[Note], *, check: Check = ed25519.verify) -> tuple[VerifierKey, ...]:
    """Give the keys of a log from its first on, the one in force last.

    Args:
        first: The key that is trusted for a reason of its own: it was pinned, or configured.
        notes: The successions, oldest first; they have to lead from one key to the next without a gap.
        check: What verifies one signature.

    Raises:
        NoteError: A note is no succession.
        ProofError: One is of another log, not signed by the key before, or leads back to a key that was there.
    """
    keys = [first]
    for note in notes:
        keys.append(successor(keys[-1], note, check=check))
        if keys[-1] in keys[:-1]:
            raise ProofError("a succession leads back to a key that was there before")
    return tuple(keys)


def successor(key: VerifierKey, note: Note, *, check: Check = ed25519.verify) -> VerifierKey:
    """Give the key that follows `key`; errors as for `follow`."""
    found = Succession.from_text(note.text)
    if found.origin != key.name:
        raise ProofError(f"the succession is of the log `{found.origin[:200]}`, not of `{key.name}`")
    ed25519_signers(note, [key], check=check)
    return found.key


def led(
    keys: Iterable[VerifierKey], notes: Iterable[Note], *, check: Check = ed25519.verify
) -> tuple[VerifierKey, ...]:
    """Give the keys that are trusted and all that follow from them; a note that none of them signed leads nowhere.

    Args:
        keys: Keys that are trusted for a reason of their own, of whatever epoch.
        notes: Successions, oldest first; those of epochs before the given keys are passed over.
        check: What verifies one signature.
    """
    found = [*keys]
    for note in notes:
        for key in tuple(found):
            try:
                found.append(successor(key, note, check=check))
                break
            except (NoteError, ProofError):
                continue
    return tuple(found)
