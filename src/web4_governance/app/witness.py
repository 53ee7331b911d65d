"""The use case of a witness: judge a checkpoint, remember it, cosign it (C2SP tlog-witness, docs/spec/anchors.md W).

Not the sockets, which are `app.witness_server`'s, and no rule of its own: what is judged stands in `core.ledger.witness`.
"""

from __future__ import annotations

import os
import threading

from web4_governance.app.atomic import write_bytes
from web4_governance.app.regular import read_regular
from web4_governance.app.signatures import check
from web4_governance.core.errors import NoteError, ProofError, UsageError, Web4Error
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.cosignature import cosignature_line, message
from web4_governance.core.ledger.note import COSIGNATURE_V1, ED25519, Note, VerifierKey, base64_bytes, base64_text
from web4_governance.core.ledger.succession import Succession, successor
from web4_governance.core.ledger.witness import (
    BAD_REQUEST,
    CONFLICT,
    FORBIDDEN,
    NOT_FOUND,
    OK,
    SIZE_TYPE,
    AddCheckpoint,
    Latest,
    judge,
)
from web4_governance.core.value import value
from web4_governance.storage import Home
from web4_governance.storage.witness import Remembered, open_witness

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from web4_governance.core.ledger.note import SignatureLine

TEXT = "text/plain; charset=utf-8"
UNAVAILABLE = 503
STEP_BACK = 60  # seconds that a clock may be set back and the witness still answers, with the later time
PRIVATE = "PRIVATE+KEY+"
SEED_SIZE = 32


@value
class Answer:
    """An HTTP answer: status, content type and body."""

    status: int
    body: bytes
    kind: str = TEXT


class WitnessKey:
    """A witness's private key with its name."""

    def __init__(self, name: str, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  # 17 ms
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

        self._private: Ed25519PrivateKey = Ed25519PrivateKey.from_private_bytes(seed)
        public = self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key = VerifierKey.make(name, COSIGNATURE_V1, public)

    def cosign(self, text: bytes, *, time: int) -> SignatureLine:
        """Cosign a checkpoint's text at a time (POSIX seconds)."""
        return cosignature_line(self.key, time, self._private.sign(message(text, time)))


class Witness:
    """A witness at work: its key, the logs that it knows, its state. Safe to be asked by several threads."""

    def __init__(self, *, key: WitnessKey, logs: Iterable[VerifierKey], state: str, now: Callable[[], int]) -> None:
        self.key = key.key
        self._signer = key
        self._logs = tuple(logs)
        self._state = open_witness(state)
        self._now = now
        self._one = threading.Lock()  # a connection has one transaction at a time

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer one `add-checkpoint` request."""
        try:
            request = AddCheckpoint.from_bytes(body)
            origin = Checkpoint.from_text(request.note.text).origin
        except NoteError as error:
            return _said(BAD_REQUEST, error.message)
        with self._one, self._state.holding():
            keys = self._in_force(origin)
            before = self._state.of(origin)
            ruling = judge(request, keys=keys, latest=before.latest, check=check)
            if ruling.status == CONFLICT:
                return Answer(status=CONFLICT, body=b"%d\n" % ruling.size, kind=SIZE_TYPE)
            if ruling.checkpoint is None:
                return _said(ruling.status, ruling.why)
            time = max(self._now(), before.time)
            if time - self._now() > STEP_BACK:
                return _said(UNAVAILABLE, "the clock of the witness was set back behind what it has signed")
            line = self._signer.cosign(request.note.text, time=time)
            kept = Remembered(
                latest=Latest(size=ruling.checkpoint.size, root=ruling.checkpoint.root),
                time=time,
                note=request.note.with_lines([line]).to_bytes(),
            )
            self._state.move(origin, before, kept)
        # Only now: the new state is durable before anybody hears of it.
        return Answer(status=OK, body=line.to_bytes())

    def add_key(self, body: bytes) -> Answer:
        """Take a log's next key, signed by the one in force; the one before signs nothing that counts from then on."""
        try:
            note = Note.from_bytes(body)
            following = Succession.from_text(note.text)
        except NoteError as error:
            return _said(BAD_REQUEST, error.message)
        if not any(key.name == following.origin for key in self._logs):
            return _said(NOT_FOUND, "the log is not known here")
        with self._one, self._state.holding():
            keys = self._in_force(following.origin)
            if following.key in keys:
                return _said(OK, "the key is in force")
            for key in keys:
                try:
                    successor(key, note, check=check)
                except ProofError:
                    continue
                if self._followed(following.key):
                    return _said(CONFLICT, "the key was in force before")
                self._state.succeed(key.to_text(), following.key.to_text(), body)
                return _said(OK, "the key is in force")
        return _said(FORBIDDEN, "no key in force has signed the succession")

    def _in_force(self, origin: str) -> tuple[VerifierKey, ...]:
        """Give the keys that count for a log now: of each that was configured, the last that follows it."""
        found = []
        for key in self._logs:
            if key.name == origin:
                text = key.to_text()
                while after := self._state.successor(text):
                    text = after
                found.append(VerifierKey.from_text(text))
        return tuple(dict.fromkeys(found))

    def _followed(self, key: VerifierKey) -> bool:
        return bool(self._state.successor(key.to_text()))

    def checkpoint(self, origin: str) -> Answer:
        """Give the last checkpoint of a log with our cosignature."""
        with self._one:
            found = self._state.of(origin)
        return (
            Answer(status=OK, body=found.note)
            if found.note
            else _said(NOT_FOUND, "nothing of this log was cosigned here")
        )

    def close(self) -> None:
        """Close the state."""
        self._state.close()


def directory(home: str) -> str:
    """Where a witness keeps its key, its state and the list of its logs."""
    return os.path.join(home, "witness")


def make_key(home: str, name: str) -> VerifierKey:
    """Make a witness's key; UsageError where there is one already: its cosignatures are worth what it has seen."""
    where = directory(home)
    path = os.path.join(where, "key")
    if os.path.lexists(path):
        raise UsageError(f"there is a key at `{path}` already", hint="`web4 witness key` prints its public half")
    seed = os.urandom(SEED_SIZE)
    made = WitnessKey(name, seed)
    Home(home).create()
    os.makedirs(where, 0o700, exist_ok=True)
    private = base64_text(bytes([COSIGNATURE_V1]) + seed)
    write_bytes(path, f"{PRIVATE}{name}+{made.key.key_id.hex()}+{private}\n".encode())
    return made.key


def read_key(home: str) -> WitnessKey:
    """Read the witness's key; UsageError where there is none, or the file makes no sense."""
    path = os.path.join(directory(home), "key")
    try:
        text = read_regular(path, 4096).decode().strip()
    except FileNotFoundError:
        raise UsageError("this witness has no key", hint="make one: `web4 witness key --name NAME`") from None
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"`{path}` cannot be read") from None
    try:
        name, hashed, encoded = text.removeprefix(PRIVATE).split("+", 2)
        data = base64_bytes(encoded)
        made = WitnessKey(name, data[1:])
    except (ValueError, Web4Error):
        raise UsageError(f"`{path}` holds no witness's key") from None
    if not text.startswith(PRIVATE) or data[0] != COSIGNATURE_V1 or made.key.key_id.hex() != hashed:
        raise UsageError(f"`{path}` holds no witness's key")
    return made


def known_logs(home: str, more: Iterable[str] = ()) -> tuple[VerifierKey, ...]:
    """Give the keys of the logs that are cosigned: a key a line in the file `logs`, `#` for comments, and those given."""
    path = os.path.join(directory(home), "logs")
    try:
        rows = read_regular(path).decode().split("\n")
    except FileNotFoundError:
        rows = []
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"`{path}` cannot be read") from None
    texts = [row.strip() for row in rows if row.strip() and not row.strip().startswith("#")]
    keys = tuple(dict.fromkeys(VerifierKey.from_text(text) for text in (*texts, *more)))
    for key in keys:
        if key.kind != ED25519:
            raise UsageError(f"the key of `{key.name}` is none of a log (type 0x01)")
    return keys


def _said(status: int, why: str) -> Answer:
    return Answer(status=status, body=why.encode() + b"\n")
