"""The ledger's own keys, in epochs: one private key at a time, each certified by the one before (docs/spec/ledger.md K).

Not on a hook's path: hooks never sign. A key signs heads until its successor is certified; then its private half is
overwritten and unlinked, so that what an earlier epoch signed cannot be signed anew with what lies here later. A disk may
keep copies of what was overwritten.

`keys/first` is the first public key, `keys/epoch-N.succession` what the key of epoch N-1 says of that of epoch N, and
`keys/epoch-N.key` the private key of an epoch. INVARIANT: the present epoch is the last one that is certified, whatever
private keys lie there; exactly one file's appearance moves it.
"""

from __future__ import annotations

import os

from web4_governance.app.atomic import write_bytes
from web4_governance.app.regular import read_regular
from web4_governance.app.signatures import check
from web4_governance.core.errors import NoteError, ProofError, UsageError
from web4_governance.core.ledger.note import (
    ED25519,
    Note,
    SignatureLine,
    VerifierKey,
    base64_bytes,
    base64_text,
)
from web4_governance.core.ledger.succession import Succession, follow
from web4_governance.core.value import value
from web4_governance.storage.home import sync_directory
from web4_governance.storage.lock import acquire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PRIVATE = "PRIVATE+KEY+"
SEED_SIZE = 32
LOST = (
    "the private key of the present epoch is gone: a copy of `keys` brings it back, nothing else can sign for this log"
)


@value
class Keys:
    """The public keys of all epochs, the first one first, and the successions that lead from each to the next."""

    chain: tuple[VerifierKey, ...]
    successions: tuple[Note, ...]

    @property
    def epoch(self) -> int:
        """The present epoch, from 0."""
        return len(self.chain) - 1

    @property
    def first(self) -> VerifierKey:
        """The key to keep elsewhere: every later one follows from it."""
        return self.chain[0]

    @property
    def present(self) -> VerifierKey:
        """The key that signs now."""
        return self.chain[-1]


def directory(home: str) -> str:
    """Where the keys lie."""
    return os.path.join(home, "keys")


def present(home: str) -> bool:
    """Say whether this home has keys, and so signs."""
    return os.path.exists(os.path.join(directory(home), "first"))


def make(home: str, origin: str) -> Keys:
    """Make the key of the first epoch; where there is one, give what is there."""
    place = directory(home)
    os.makedirs(place, mode=0o700, exist_ok=True)
    held = acquire(os.path.join(place, "lock"), deadline=None)
    try:
        if not present(home):
            key, line = _fresh(origin)
            # Crash: a private key that nothing names, which the next try replaces. With `first` the epoch begins.
            write_bytes(_key_file(home, 0), line)
            write_bytes(os.path.join(place, "first"), (key.to_text() + "\n").encode())
            sync_directory(place)
        return read(home)
    finally:
        held.release()


def read(home: str) -> Keys:
    """Give the keys; UsageError where there are none, or where one does not follow from the one before."""
    place = directory(home)
    try:
        first = VerifierKey.from_text(read_regular(os.path.join(place, "first")).decode().strip())
        notes: list[Note] = []
        while os.path.exists(path := _succession_file(home, len(notes) + 1)):
            notes.append(Note.from_bytes(read_regular(path)))
        return Keys(chain=follow(first, notes, check=check), successions=tuple(notes))
    except FileNotFoundError:
        raise UsageError(f"`{place}` holds no keys", hint="run `web4 init`, or `web4 anchor key --make`") from None
    except (OSError, UnicodeDecodeError, NoteError, ProofError) as error:
        raise UsageError(f"the keys in `{place}` cannot be used: {error}") from None


def sign(home: str, text: bytes) -> tuple[Keys, Note]:
    """Sign a text with the key of the present epoch, and finish a rotation that was cut off."""
    held = acquire(os.path.join(directory(home), "lock"), deadline=None)
    try:
        keys = read(home)
        _destroy_before(home, keys.epoch)
        return keys, _signed(text, keys.present, _private(home, keys))
    finally:
        held.release()


def rotate(home: str) -> Keys:
    """Begin the next epoch: make its key, let the present one certify it, destroy the present one."""
    held = acquire(os.path.join(directory(home), "lock"), deadline=None)
    try:
        keys = read(home)
        private = _private(home, keys)
        key, line = _fresh(keys.first.name)
        epoch = keys.epoch + 1
        # Crash: a private key that nothing certifies, which is not in force and is replaced by the next rotation.
        write_bytes(_key_file(home, epoch), line)
        sync_directory(directory(home))
        text = Succession(origin=keys.first.name, key=key).to_text()
        # Crash before: the old key is in force. Crash after: the new one is. The file appears whole or not at all.
        write_bytes(_succession_file(home, epoch), _signed(text, keys.present, private).to_bytes())
        sync_directory(directory(home))
        # Crash here: the old private key still lies there, counts no more, and goes with the next signature.
        _destroy_before(home, epoch)
        return read(home)
    finally:
        held.release()


def warm() -> None:
    """Load what signs, so that no lock is held meanwhile."""
    _of(bytes(SEED_SIZE))


def left_over(home: str) -> int:
    """Give how many private keys of closed epochs are still there."""
    epoch = read(home).epoch
    return sum(os.path.exists(_key_file(home, n)) for n in range(epoch))


def _fresh(origin: str) -> tuple[VerifierKey, bytes]:
    seed = os.urandom(SEED_SIZE)
    key = VerifierKey.make(origin, ED25519, _public(_of(seed)))
    return key, f"{PRIVATE}{origin}+{key.key_id.hex()}+{base64_text(bytes([ED25519]) + seed)}\n".encode()


def _private(home: str, keys: Keys) -> Ed25519PrivateKey:
    try:
        text = read_regular(_key_file(home, keys.epoch)).decode().strip()
        data = base64_bytes(
            text.removeprefix(f"{PRIVATE}{keys.present.name}+").partition("+")[2]
        )  # base64 has a plus too
    except (OSError, UnicodeDecodeError, NoteError):
        data = b""
    if len(data) != SEED_SIZE + 1 or data[0] != ED25519:
        raise UsageError(LOST)
    private = _of(data[1:])
    if _public(private) != keys.present.public:
        raise UsageError(LOST)
    return private


def _of(seed: bytes) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  # 17 ms

    return Ed25519PrivateKey.from_private_bytes(seed)


def _public(private: Ed25519PrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def _signed(text: bytes, key: VerifierKey, private: Ed25519PrivateKey) -> Note:
    line = SignatureLine(name=key.name, key_id=key.key_id, payload=private.sign(text))
    return Note(text=text, lines=(line,))


def _destroy_before(home: str, epoch: int) -> None:
    for n in range(epoch):
        path = _key_file(home, n)
        try:
            with open(path, "r+b") as file:
                file.write(b"\0" * os.path.getsize(path))
                file.flush()
                os.fsync(file.fileno())
            os.unlink(path)
        except FileNotFoundError:
            continue
        sync_directory(directory(home))


def _key_file(home: str, epoch: int) -> str:
    return os.path.join(directory(home), f"epoch-{epoch}.key")


def _succession_file(home: str, epoch: int) -> str:
    return os.path.join(directory(home), f"epoch-{epoch}.succession")
