"""Verifies Ed25519 signatures fast, by a library where there is one and by `core.ledger.ed25519` where there is none.

Not signing. The library is asked for when the first signature is checked: nothing on a hook's path may load it.
"""

from __future__ import annotations

from web4_governance.core.ledger import ed25519


def check(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether a public key made a signature of a message."""
    try:
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  # as the docstring says
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415
    except ImportError:  # pragma: no cover  # an installation without its native libraries
        return ed25519.verify(public, message, signature)
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
