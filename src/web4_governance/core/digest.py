"""SHA-256 and HMAC-SHA-256 over bytes, and the domain-separated digests of the record format (docs/spec/records.md D1-D4).

Not a crypto library: CPython's own SHA-256 without `hashlib`, whose import loads OpenSSL into every hook. HMAC is
RFC 2104 in three lines, checked in the tests against `hmac` and against RFC 4231's vectors.
"""

from __future__ import annotations

import sys

from web4_governance.core.canonical import encode

try:  # asked by version: looking for what is not there goes through every directory that modules may lie in
    if sys.version_info >= (3, 12):  # pragma: no cover  # one run has one interpreter
        from _sha2 import sha256 as _sha256  # type: ignore[import-not-found,unused-ignore]
    else:  # pragma: no cover  # as above
        from _sha256 import sha256 as _sha256  # type: ignore[import-not-found,unused-ignore]
except ImportError:  # pragma: no cover  # an interpreter without either: OpenSSL's, slower to load
    from hashlib import sha256 as _sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.core.canonical import Json

BLOCK = 64
SALT_SIZE = 16
MOST_FIELDS = 1000
_BEFORE: dict[str, bytes] = {}  # what is hashed before salt and value, of the first fields that were asked for
_INNER, _OUTER = bytes(b ^ 0x36 for b in range(256)), bytes(b ^ 0x5C for b in range(256))


def sha256(data: bytes) -> bytes:
    """Give the 32 bytes of SHA-256 (FIPS 180-4)."""
    digest: bytes = _sha256(data).digest()
    return digest


def sha256_hex(data: bytes) -> str:
    """Give SHA-256 as 64 lower-case hex digits."""
    return sha256(data).hex()


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Give the 32 bytes of HMAC-SHA-256 (RFC 2104)."""
    block = (sha256(key) if len(key) > BLOCK else key).ljust(BLOCK, b"\0")
    return sha256(block.translate(_OUTER) + sha256(block.translate(_INNER) + message))


def leaf(entry: bytes) -> bytes:
    """Give the leaf hash of an entry's bytes: SHA-256(0x00 || bytes) (RFC 6962 2.1)."""
    return sha256(b"\0" + entry)


def node(left: bytes, right: bytes) -> bytes:
    """Give an interior hash of the Merkle tree: SHA-256(0x01 || left || right) (RFC 6962 2.1)."""
    return sha256(b"\x01" + left + right)


def nodes(hashes: Sequence[bytes]) -> list[bytes]:
    """Give the interior hashes over an even number of hashes of one height, two by two."""
    pairs = zip(hashes[::2], hashes[1::2], strict=True)
    return [_sha256(b"\x01" + left + right).digest() for left, right in pairs]


def commitment(field: str, salt: bytes, value: Json) -> str:
    """Give `c1:<hex>`, the salted commitment to one value of one field; the salt is 16 random bytes."""
    return committed(field, salt, encode(value))


def committed(field: str, salt: bytes, value: bytes) -> str:
    """Give the commitment to a value whose canonical bytes are at hand."""
    digest: str = _sha256((_BEFORE.get(field) or before_salt(field)) + salt + value).hexdigest()
    return "c1:" + digest


def before_salt(field: str) -> bytes:
    """Give what is hashed before salt and value: the commitment's kind, and the field it is of."""
    before = b"r6/c1\0" + field.encode("ascii") + b"\0"
    if len(_BEFORE) < MOST_FIELDS:
        _BEFORE[field] = before
    return before
