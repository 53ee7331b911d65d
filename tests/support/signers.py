"""Keys that tests sign with: Ed25519 by `cryptography`, made from a word so that runs repeat."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.cosignature import cosignature_line, message
from web4_governance.core.ledger.note import COSIGNATURE_V1, ED25519, Note, SignatureLine, VerifierKey


class Signer:
    """One key under one name."""

    def __init__(self, name: str, *, kind: int = ED25519, word: str = "") -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256((word or name).encode()).digest())
        public = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key = VerifierKey.make(name, kind, public)

    def line(self, text: bytes) -> SignatureLine:
        """Sign a note's text."""
        return SignatureLine(name=self.key.name, key_id=self.key.key_id, payload=self.private.sign(text))

    def note(self, text: bytes) -> Note:
        """Give a note signed by this key alone."""
        return Note(text=text, lines=(self.line(text),))

    def checkpoint(self, size: int, root: bytes) -> Note:
        """Sign a checkpoint of the log that has this key's name."""
        return self.note(Checkpoint(origin=self.key.name, size=size, root=root).to_text())


class Witness(Signer):
    """A key that cosigns."""

    def __init__(self, name: str, *, word: str = "") -> None:
        super().__init__(name, kind=COSIGNATURE_V1, word=word)

    def cosign(self, text: bytes, *, time: int) -> SignatureLine:
        """Cosign a checkpoint's text at a POSIX time."""
        return cosignature_line(self.key, time, self.private.sign(message(text, time)))
