"""The canonical profile at the speed of C, for whoever reads a whole ledger (docs/spec/records.md C1-C2, ledger.md V1).

Not another profile: what this module takes, `core.canonical` takes with the same value, and whatever it is in doubt about
it hands on to it, so that a refusal and its reason always come from there. `orjson` parses and prints, or `json` where it is
not there; either is told apart from the profile by what it alone would let through: fractions, integers from 2^53, keys that
are not ASCII, deep nesting.
"""

from __future__ import annotations

import re
from hashlib import sha256

from web4_governance.core import canonical

# A number stands right after a key's colon, a bracket or a comma in compact JSON. Where a text looks so, the slow reader
# has the last word.
_NUMBER = rb"(?:^|\":|[\[,])-?(?:[0-9]+[.eE]|[0-9]{17}|9[0-9]{15})"

try:
    import orjson
    import re2

    _REFUSED = (ValueError, TypeError)
    _one = re.compile(_NUMBER).search
    _many = re2.compile(_NUMBER).search

    def _loads(data: bytes) -> Any:  # noqa: ANN401  # whatever is JSON
        return orjson.loads(data)

    def _dumps(value: Json) -> bytes:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)

except (
    ImportError
):  # pragma: no cover  # the stand-alone verifier: nothing but the standard library (tests/attacks run it)
    import json

    def _no_number(text: str) -> int:
        raise ValueError(text)

    def _number(text: str) -> int:
        found = int(text) if len(text) <= _LONGEST else canonical.LIMIT
        if not -canonical.LIMIT < found < canonical.LIMIT:
            raise ValueError(text)
        return found

    # Numbers are the parser's own here: it refuses what the pattern would find.
    _LONGEST = 17
    _one = _many = lambda _data: None  # type: ignore[assignment]
    _decoder = json.JSONDecoder(parse_float=_no_number, parse_constant=_no_number, parse_int=_number)
    _encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), check_circular=False)
    _scan: Callable[[str, int], tuple[Any, int]] = _decoder.scan_once  # type: ignore[attr-defined]
    _REFUSED = (ValueError, TypeError, RecursionError, StopIteration)  # type: ignore[assignment]
    _written: Callable[[Json], Iterable[str]]
    try:  # the same encoder, made once and not at each call
        _made = json.encoder.c_make_encoder(  # type: ignore[attr-defined]
            None, _encoder.default, json.encoder.encode_basestring, None, ":", ",", True, False, False
        )
        _written = lambda value: _made(value, 0)  # noqa: E731
    except (AttributeError, TypeError):
        _written = _encoder.iterencode

    def _loads(data: bytes) -> Any:  # noqa: ANN401  # whatever is JSON
        text = data.decode("utf-8")
        found, end = _scan(text, 0)
        if end != len(text):
            raise ValueError(end)
        return found

    def _dumps(value: Json) -> bytes:
        return "".join(_written(value)).encode("utf-8")


TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Any

    from web4_governance.core.canonical import Json

_COMMITMENT = re.compile(rb'"c1:[0-9a-f]{64}"')


def decode(data: bytes) -> Json:
    """Parse canonical bytes; CanonicalError, as `canonical.decode` raises it, for anything else."""
    found = quick(data)
    return canonical.decode(data) if found is None or _one(data) else found


def decode_all(documents: Sequence[bytes]) -> list[Json]:
    """Parse many documents, as `decode` parses each."""
    plain = plain_numbers(documents)
    return [found if plain and (found := quick(document)) is not None else decode(document) for document in documents]


def encode(value: Json) -> bytes:
    """Print a value that was read by `decode`; one from elsewhere has to go through `canonical.encode`."""
    try:
        return _dumps(value)
    except _REFUSED:
        return canonical.encode(value)


def quick(data: bytes) -> Json:
    """Parse bytes that are canonical but for their numbers, which `plain_numbers` has to be asked; None for doubt."""
    try:
        found = parsed(data)
        return found if found is not None and _dumps(found) == data else None
    except _REFUSED:
        return None


def parsed(data: bytes) -> Json:
    """Parse bytes of which who asks finds out whether they are canonical, by printing them; None for doubt."""
    try:
        found: Json = _loads(data)
    except _REFUSED:
        return None
    shallow = data.count(b"{") + data.count(b"[") <= canonical.MAX_DEPTH
    return found if shallow and (data.isascii() or _keys_are_ascii(found)) else None


def plain_numbers(documents: Sequence[bytes]) -> bool:
    """Say whether no document could hold a fraction or an integer from 2^53, in one search over all of them."""
    return not _many(b",".join(documents))


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
