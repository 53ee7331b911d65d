"""Signed notes: a text, and lines of signatures below it (C2SP signed-note, docs/spec/anchors.md N).

Not what a text means, and no private keys. A note that parses prints as the same bytes. Lines of keys that nobody here
knows are kept and never believed; a line of a known key that does not verify makes the whole note worthless.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64

from web4_governance.core.digest import sha256
from web4_governance.core.errors import NoteError, ProofError
from web4_governance.core.ledger import ed25519
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.ledger.ed25519 import Check

MAX_BYTES = 1_000_000
MAX_LINES = 100
KEY_ID_SIZE = 4
ED25519 = 0x01
COSIGNATURE_V1 = 0x04
KEY_TYPES = (ED25519, COSIGNATURE_V1)

_DASH = "— "
_SPLIT = b"\n\n"
_LOWEST = 0x20


@value
class SignatureLine:
    """One signature: the key's name, its id (4 bytes), and the bytes that its algorithm made."""

    name: str
    key_id: bytes
    payload: bytes

    def to_bytes(self) -> bytes:
        """Print the line with its newline."""
        return f"{_DASH}{self.name} {base64_text(self.key_id + self.payload)}\n".encode()

    @staticmethod
    def from_text(line: str) -> SignatureLine:
        """Parse a line without its newline."""
        words = line.removeprefix(_DASH).split(" ")
        if not line.startswith(_DASH) or len(words) != 2:  # noqa: PLR2004  # name and signature
            raise NoteError("a signature line is no dash, name and signature")
        name, encoded = words
        check_name(name)
        data = base64_bytes(encoded)
        if len(data) <= KEY_ID_SIZE:
            raise NoteError("a signature line is too short for a key id and a signature")
        return SignatureLine(name=name, key_id=data[:KEY_ID_SIZE], payload=data[KEY_ID_SIZE:])


@value
class Note:
    """A text (UTF-8, ending in a newline) and its signature lines, in order."""

    text: bytes
    lines: tuple[SignatureLine, ...]

    def to_bytes(self) -> bytes:
        """Print the note."""
        return self.text + b"\n" + b"".join(line.to_bytes() for line in self.lines)

    def with_lines(self, lines: Iterable[SignatureLine]) -> Note:
        """Give the note with more lines below; one that is there already is not added again."""
        return Note(text=self.text, lines=tuple(dict.fromkeys((*self.lines, *lines))))

    def lines_of(self, key: VerifierKey) -> tuple[SignatureLine, ...]:
        """Give the lines that claim to be of a key."""
        return tuple(line for line in self.lines if line.name == key.name and line.key_id == key.key_id)

    @staticmethod
    def from_bytes(data: bytes) -> Note:
        """Parse a note; NoteError says why it is none."""
        if len(data) > MAX_BYTES:
            raise NoteError(f"a note of {len(data)} bytes is longer than {MAX_BYTES}")
        split = data.rfind(_SPLIT)
        if split < 0 or not data.endswith(b"\n") or split + len(_SPLIT) == len(data):
            raise NoteError("a note is a text, an empty line and signature lines, each with its newline")
        check_text(data)
        return Note(text=data[: split + 1], lines=signature_lines(data[split + len(_SPLIT) :]))


@value
class VerifierKey:
    """A public key with its name and what kind of signature it makes (`vkey` of the standard)."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first 4 bytes of SHA-256(name, newline, kind, public key)."""
        return key_id(self.name, self.kind, self.public)

    def to_text(self) -> str:
        """Print `name+hash+base64(kind, public key)`."""
        return f"{self.name}+{self.key_id.hex()}+{base64_text(bytes([self.kind]) + self.public)}"

    @staticmethod
    def make(name: str, kind: int, public: bytes) -> VerifierKey:
        """Give a key from its parts; NoteError where they are no usable key."""
        check_name(name)
        if kind not in KEY_TYPES:
            raise NoteError(
                f"the key of `{name}` is of type {kind:#04x}; known are Ed25519 (0x01) and cosignature (0x04)"
            )
        if not ed25519.is_public_key(public):
            raise NoteError(f"the key of `{name}` is no usable Ed25519 public key")
        return VerifierKey(name=name, kind=kind, public=public)

    @staticmethod
    def from_text(text: str) -> VerifierKey:
        """Parse what `to_text` prints."""
        name, _, rest = text.partition("+")
        hashed, _, encoded = rest.partition("+")
        data = base64_bytes(encoded)
        if not data:
            raise NoteError(f"`{text[:200]}` is no key: it should read name+hash+base64")
        key = VerifierKey.make(name, data[0], data[1:])
        if hashed != key.key_id.hex():
            raise NoteError(f"the key of `{name}` has hash {key.key_id.hex()}, not `{hashed[:20]}`")
        return key


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Give the id by which signature lines name a key."""
    return sha256(name.encode() + b"\n" + bytes([kind]) + public)[:KEY_ID_SIZE]


def ed25519_signers(
    note: Note, keys: Iterable[VerifierKey], *, check: Check = ed25519.verify
) -> tuple[VerifierKey, ...]:
    """Give which Ed25519 keys signed a note's text; ProofError where a line of one of them does not verify, or none is.

    Args:
        note: The note.
        keys: Keys that are trusted; one of another kind signs no notes.
        check: What verifies one signature.
    """
    found = []
    for key in keys:
        lines = note.lines_of(key) if key.kind == ED25519 else ()
        if not all(check(key.public, note.text, line.payload) for line in lines):
            raise ProofError(f"a signature of `{key.name}` does not verify")
        if lines:
            found.append(key)
    if not found:
        raise ProofError("no trusted key has signed the note")
    return tuple(found)


def signature_lines(data: bytes) -> tuple[SignatureLine, ...]:
    """Parse signature lines that stand alone, as a witness answers them; one or more."""
    check_text(data)
    rows = data.decode().split("\n")
    if rows.pop() != "" or not rows:
        raise NoteError("signature lines are one or more, each with its newline")
    if len(rows) > MAX_LINES:
        raise NoteError(f"{len(rows)} signature lines are more than {MAX_LINES}")
    return tuple(SignatureLine.from_text(row) for row in rows)


def check_text(data: bytes) -> None:
    """Raise NoteError unless bytes are UTF-8 without control characters other than newline."""
    try:
        data.decode()
    except UnicodeDecodeError:
        raise NoteError("a note has to be valid UTF-8") from None
    if any(byte < _LOWEST and byte != ord("\n") for byte in data):
        raise NoteError("a note holds a control character")


def check_name(name: str) -> None:
    """Raise NoteError unless a key's name is non-empty, without spaces of any kind, plus, or control characters."""
    if not name or "+" in name or any(char.isspace() or ord(char) < _LOWEST for char in name) or not _encodes(name):
        raise NoteError(f"`{name[:200]}` is no name of a key: empty, or with a space or a plus in it")


def base64_text(data: bytes) -> str:
    """Print standard base64 with its padding."""
    return b2a_base64(data, newline=False).decode()


def base64_bytes(text: str) -> bytes:
    """Parse standard base64, in its one encoding; NoteError otherwise."""
    try:
        data = a2b_base64(text.encode("ascii"), strict_mode=True)
    except (Base64Error, UnicodeEncodeError):
        raise NoteError("a line holds no base64") from None
    if base64_text(data) != text:
        raise NoteError("a line holds base64 in another than its one encoding")
    return data


def decimal(text: str) -> int:
    """Parse a decimal number below 2^63 without sign or leading zeroes; NoteError otherwise."""
    digits = text.isascii() and text.isdigit() and len(text) <= _LONGEST and (text == "0" or text[0] != "0")
    if not digits or int(text) > _LARGEST:
        raise NoteError(f"`{text[:40]}` is no number")
    return int(text)


_LONGEST = 19
_LARGEST = 2**63 - 1


def _encodes(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
