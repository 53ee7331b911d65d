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

    def _number(text: str, limit: int = canonical.LIMIT) -> int:
        found = int(text)  # of thousands of digits, a ValueError of its own
        if -limit < found < limit:
            return found
        raise ValueError(text)

    # Numbers are the parser's own here: it refuses what the pattern would find.
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

REFUSED = _REFUSED  # what `print_known` and `parse_many` raise, who ask nothing
print_known, _parse = _dumps, _loads

_MARK = "|web4|"
_BETWEEN = b',"|web4|",'
_COMMITMENT = re.compile(rb'"c1:[0-9a-f]{64}"')


def decode(data: bytes) -> Json:
    """Parse canonical bytes; CanonicalError, as `canonical.decode` raises it, for anything else."""
    found = quick(data)
    return canonical.decode(data) if found is None or _one(data) else found


def decode_all(documents: Sequence[bytes]) -> list[Json]:
    """Parse many documents, as `decode` parses each."""
    quickly = quick_all(documents) if plain_numbers(documents) else [None] * len(documents)
    return [decode(document) if one is None else one for one, document in zip(quickly, documents, strict=True)]


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
    except _REFUSED:  # pragma: no cover  # a lone surrogate, which only the standard library reads
        return None


def quick_all(documents: Sequence[bytes]) -> list[Json]:
    """Parse many documents as `quick` parses each, all in one go where none of them is in doubt.

    The mark stands between two documents and nowhere else, so that no document ends within another one.
    """
    joined = b"[" + _BETWEEN.join(documents) + b"]"
    marks = len(documents) - 1
    try:
        found = _parse(joined)
        together = (
            joined.count(_BETWEEN[1:-1]) == marks
            and len(found) == 2 * marks + 1
            and found[1::2] == [_MARK] * marks
            and all(map(_is_shallow, documents))
            and (joined.isascii() or _keys_are_ascii(found))
            and _dumps(found) == joined
        )
    except _REFUSED:
        together = False
    return found[::2] if together else [quick(document) for document in documents]


def parse_many(documents: Sequence[bytes]) -> list[Json]:
    """Parse documents of which who asks finds out whether each is canonical, by printing it; a None for each in doubt."""
    try:
        found: list[Json] = _parse(b"[" + b",".join(documents) + b"]")
    except _REFUSED:
        found = []
    if len(found) != len(documents):
        return [parsed(document) for document in documents]
    return [
        one if _is_shallow(document) and (document.isascii() or _keys_are_ascii(one)) else None
        for one, document in zip(found, documents, strict=True)
    ]


def parsed(data: bytes) -> Json:
    """Parse bytes of which who asks finds out whether they are canonical, by printing them; None for doubt."""
    try:
        found: Json = _loads(data)
    except _REFUSED:
        return None
    return found if _is_shallow(data) and (data.isascii() or _keys_are_ascii(found)) else None


def plain_numbers(documents: Sequence[bytes]) -> bool:
    """Say whether no document could hold a fraction or an integer from 2^53, in one search over all of them."""
    return not _many(b",".join(documents))


def commitments(documents: Sequence[bytes]) -> int:
    """Count the commitments in canonical documents that hold no escaped quotation mark."""
    return len(_COMMITMENT.findall(b"\n".join(documents)))


def leaves(documents: Iterable[bytes]) -> list[bytes]:
    """Give the leaf hashes of entries: SHA-256(0x00 || bytes) (RFC 6962 2.1), by OpenSSL."""
    return [sha256(b"\0" + data).digest() for data in documents]


def _is_shallow(data: bytes) -> bool:
    return data.count(b"{") + data.count(b"[") <= canonical.MAX_DEPTH


def _keys_are_ascii(value: Json) -> bool:
    if isinstance(value, dict):
        return all(key.isascii() for key in value) and all(map(_keys_are_ascii, value.values()))
    return all(map(_keys_are_ascii, value)) if isinstance(value, list) else True
