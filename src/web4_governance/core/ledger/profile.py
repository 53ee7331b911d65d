"""The canonical profile at the speed of C, for whoever reads a whole ledger (docs/spec/records.md C1-C2, ledger.md V1).

Not another profile: what this module takes, `core.canonical` takes with the same value, and whatever it is in doubt about
it hands on to it, so that a refusal and its reason always come from there. `orjson` parses and prints; it is told apart
from the profile by what it alone would let through: fractions, integers from 2^53, keys that are not ASCII, deep nesting.
"""

from __future__ import annotations

import re
from hashlib import sha256

import orjson
import re2

from web4_governance.core import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from web4_governance.core.canonical import Json

_SORTED = orjson.OPT_SORT_KEYS
# A number stands right after a key's colon, a bracket or a comma in compact JSON. Where a text looks so, the slow reader
# has the last word.
_NUMBER = rb"(?:^|\":|[\[,])-?(?:[0-9]+[.eE]|[0-9]{17}|9[0-9]{15})"
_one = re.compile(_NUMBER)
_many = re2.compile(_NUMBER)
_COMMITMENT = re.compile(rb'"c1:[0-9a-f]{64}"')


def decode(data: bytes) -> Json:
    """Parse canonical bytes; CanonicalError, as `canonical.decode` raises it, for anything else."""
    found = quick(data)
    return canonical.decode(data) if found is None or _one.search(data) else found


def encode(value: Json) -> bytes:
    """Print a value that was read by `decode`; one from elsewhere has to go through `canonical.encode`."""
    try:
        return orjson.dumps(value, option=_SORTED)
    except TypeError:
        return canonical.encode(value)


def quick(data: bytes) -> Json:
    """Parse bytes that are canonical but for their numbers, which `plain_numbers` has to be asked; None for doubt."""
    try:
        found: Json = orjson.loads(data)
        same = orjson.dumps(found, option=_SORTED) == data
    except (ValueError, TypeError):
        return None
    shallow = data.count(b"{") + data.count(b"[") <= canonical.MAX_DEPTH
    return found if same and shallow and (data.isascii() or _keys_are_ascii(found)) else None


def plain_numbers(documents: Sequence[bytes]) -> bool:
    """Say whether no document could hold a fraction or an integer from 2^53, in one search over all of them."""
    return not _many.search(b",".join(documents))


def commitments(documents: Sequence[bytes]) -> int:
    """Count the commitments in canonical documents that hold no escaped quotation mark."""
    return len(_COMMITMENT.findall(b"\n".join(documents)))


def leaves(documents: Iterable[bytes]) -> list[bytes]:
    """Give the leaf hashes of entries: SHA-256(0x00 || bytes) (RFC 6962 2.1), by OpenSSL."""
    return [sha256(b"\0" + data).digest() for data in documents]


def _keys_are_ascii(value: Json) -> bool:
    if isinstance(value, dict):
        return all(key.isascii() for key in value) and all(map(_keys_are_ascii, value.values()))
    return all(map(_keys_are_ascii, value)) if isinstance(value, list) else True
