"""Ed25519 verification in pure Python (RFC 8032 5.1.7), for the stand-alone verifier and where no library is installed.

Not signing: a private key is never touched by code that runs in variable time. Strict: S below the group's order, one
encoding for each point, and a public key of small order (under which one signature holds for every message) is no key.
The equation is the one without the cofactor, as Go's and OpenSSL's are, so that all of them give the same answer.
"""

from __future__ import annotations

from hashlib import sha512

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Point: TypeAlias = tuple[int, int, int, int]
    Check: TypeAlias = Callable[[bytes, bytes, bytes], bool]
    """Whether a public key (32 bytes) made, of a message, a signature (64 bytes)."""

KEY_SIZE = 32
SIGNATURE_SIZE = 64

_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)  # of minus one
_SIGN = 1 << 255
_NOTHING: Point = (0, 1, 1, 0)


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether `public` made `signature` of `message`; anything malformed is no signature."""
    key = _point(public)
    if key is None or len(signature) != SIGNATURE_SIZE:
        return False
    scalar = int.from_bytes(signature[KEY_SIZE:], "little")
    if scalar >= _ORDER:
        return False
    challenge = int.from_bytes(sha512(signature[:KEY_SIZE] + public + message).digest(), "little") % _ORDER
    return _encoded(_sum_of(scalar, _BASE, challenge, _negative(key))) == signature[:KEY_SIZE]


def is_public_key(public: bytes) -> bool:
    """Say whether bytes are a point in its one encoding, and not one of small order."""
    point = _point(public)
    if point is None:
        return False
    for _ in range(3):  # eight times the point: the cofactor
        point = _add(point, point)
    return point[0] % _P != 0 or (point[1] - point[2]) % _P != 0


def _point(data: bytes) -> Point | None:
    """Decode a point (RFC 8032 5.1.3); None where the bytes are none, or not the point's one encoding."""
    if len(data) != KEY_SIZE:
        return None
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (_SIGN - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = _P - x
    return (x, y, 1, x * y % _P)


def _encoded(point: Point) -> bytes:
    inverse = pow(point[2], _P - 2, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(KEY_SIZE, "little")


def _negative(point: Point) -> Point:
    return (_P - point[0], point[1], point[2], _P - point[3])


def _add(one: Point, other: Point) -> Point:
    """Add in extended coordinates (RFC 8032 5.1.4), complete: it doubles too."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % _P
    b = (one[1] + one[0]) * (other[1] + other[0]) % _P
    c = 2 * one[3] * other[3] * _D % _P
    d = 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _sum_of(n: int, one: Point, m: int, other: Point) -> Point:
    """Give n times one point plus m times another, in one walk over the bits of both."""
    steps = (_NOTHING, one, other, _add(one, other))
    here = _NOTHING
    for bit in range(max(n.bit_length(), m.bit_length()) - 1, -1, -1):
        here = _add(here, here)
        step = (n >> bit & 1) | (m >> bit & 1) << 1
        if step:
            here = _add(here, steps[step])
    return here


_BASE: Point = _point(((4 * pow(5, _P - 2, _P)) % _P).to_bytes(KEY_SIZE, "little")) or _NOTHING
