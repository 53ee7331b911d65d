"""Canonical JSON: the one encoding of everything that is hashed (RFC 8785 restricted; docs/spec/records.md C1-C6).

The profile: objects with ASCII keys, arrays, strings of valid Unicode, integers with |n| < 2^53, true, false, null.
No floats: whatever a host sends outside the profile is kept as its text (`lenient`). Within the profile the bytes equal
RFC 8785's. Not a general JSON library: the C scanner and string encoder of CPython do the work, without the `json`
package, whose import costs a hook more than all the encoding it will do.
"""

from __future__ import annotations

from web4_governance.core.errors import CanonicalError

try:
    from _json import encode_basestring as _quote
    from _json import make_encoder as _make_encoder
    from _json import make_scanner as _make_scanner
except ImportError:  # pragma: no cover  # an interpreter without the accelerator: same results, slower start
    from json.encoder import encode_basestring as _quote
    from json.scanner import make_scanner as _make_scanner

    _encoder: Any = None  # every value is then written here
else:
    _encoder = _make_encoder(None, None, _quote, None, ":", ",", True, False, False)  # type: ignore[arg-type]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, TypeAlias

    Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | bool | None"

LIMIT = 2**53
MAX_DEPTH = 200
MOST_KEYS, LONGEST_KEY = 2048, 64
_KEYS: dict[str, str] = {}  # keys as they are written: entries have the same few
_PLAIN_KEYS: set[str] = set()  # what `_KEYS` has: keys that are known to be ASCII
_scanners: dict[type, Any] = {}
_WHITESPACE = " \t\r\n"
_SIMPLE = frozenset((str, bool, type(None)))  # types all of whose values the profile has, and that hold no others


def encode(value: Json) -> bytes:
    """Give the canonical bytes of `value`; CanonicalError names what is outside the profile."""
    if type(value) is str:
        text = _quote(value)
    elif _encoder is not None and _is_plain(value):
        # The C encoder, told the profile's separators and order of keys, writes what `_written` writes.
        text = "".join(_encoder(value, 0))
    else:
        text = _written(value, 0)
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        message = "a string holds a lone surrogate"
        raise CanonicalError(message) from None


def encode_texts(texts: Iterable[str]) -> bytes:
    """Give the canonical bytes of a list of strings, as `encode` gives them."""
    try:
        return f"[{','.join(map(_quote, texts))}]".encode()
    except UnicodeEncodeError:
        message = "a string holds a lone surrogate"
        raise CanonicalError(message) from None


def decode(data: bytes) -> Json:
    """Parse canonical bytes; anything that would not print to the very same bytes is a CanonicalError."""
    value: Json = _scan(_text(data), _Strict)
    if encode(value) != data:
        message = "not canonical: parsing and printing gives other bytes"
        raise CanonicalError(message)
    return value


def lenient(data: bytes) -> tuple[Json, bool]:
    r"""Parse any JSON text into the profile, and say whether something had to be replaced.

    Floats and integers outside +-2^53 become their text, lone surrogates and bytes that are not UTF-8 become U+FFFD,
    non-ASCII keys are kept only if the profile allows them, escaped as `\uXXXX` text otherwise.
    """
    text = data.decode("utf-8", "replace")
    value = _scan(text, _Lenient)
    if text.isascii() and "\\u" not in text and text.count("[") + text.count("{") <= MAX_DEPTH:
        return value, False  # numbers were seen to while it was read, and nothing else could be replaced
    replaced = [False]
    clean = _clean(value, replaced, 0)
    return clean, replaced[0] or "�" in text


def trusted(data: bytes) -> Json:
    """Parse JSON that ships with this program: well-formed or a CanonicalError, but not looked through value by value."""
    parsed: Json = _scan(_text(data), _Strict)
    return parsed


def to_profile(value: Any) -> Json:  # noqa: ANN401  # the point is to take anything JSON-like
    """Bring an already parsed JSON value into the profile, as `lenient` does."""
    return _clean(value, [False], 0)


def scan(text: str, start: int, profile: type) -> tuple[Any, int]:
    """Read one JSON value with the C scanner; give it and where it ends. `profile` bears what the scanner asks for.

    Raises:
        StopIteration, ValueError, RecursionError: The text is no JSON.
    """
    read = _scanners.get(profile)
    if read is None:
        read = _scanners[profile] = _make_scanner(profile)  # type: ignore[arg-type]  # it reads attributes, whatever bears them
    try:
        return read(text, start)
    except SystemError:  # pragma: no cover  # only in a process without `json`, as tests/process has them
        # The C scanner finds its own exception only once `json` is loaded, which no good document needs.
        import json  # noqa: F401, PLC0415

        return read(text, start)


class _Strict:
    strict = True
    object_hook = None
    object_pairs_hook = None
    memo: dict[str, str] = {}  # noqa: RUF012  # the scanner's own scratch space

    @staticmethod
    def parse_float(text: str) -> int:
        message = f"not canonical: `{text}` is no integer"
        raise CanonicalError(message)

    parse_constant = parse_float
    parse_int = int


class _Lenient(_Strict):
    strict = False

    @staticmethod
    def parse_float(text: str) -> str:  # type: ignore[override]
        return text

    parse_constant = parse_float  # type: ignore[assignment]

    @staticmethod
    def parse_int(text: str) -> int | str:  # type: ignore[override]
        return text if len(text) > 17 or not -LIMIT < int(text) < LIMIT else int(text)  # noqa: PLR2004


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"not UTF-8 at byte {error.start}"
        raise CanonicalError(message) from None


def _scan(text: str, profile: type) -> Any:  # noqa: ANN401
    start = 0
    while start < len(text) and text[start] in _WHITESPACE:
        start += 1
    try:
        value, end = scan(text, start, profile)
    except StopIteration as stop:
        message = f"not JSON: nothing to read at character {stop.value}"
        raise CanonicalError(message) from None
    except RecursionError:
        message = "not usable: nested too deeply"
        raise CanonicalError(message) from None
    except ValueError as error:  # JSONDecodeError, which only the json package defines
        message = f"not JSON: {str(error)[:120].lower()}"
        raise CanonicalError(message) from None
    if text[end:].strip(_WHITESPACE):
        message = f"not JSON: more text after character {end}"
        raise CanonicalError(message)
    return value


def _is_plain(value: Json) -> bool:
    """Say whether a list or an object holds nothing but what the profile allows, under keys that were written before.

    False is no verdict: `_written` then writes the value, or says what is wrong with it.
    """
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        deeper: list[Any] = []
        for part in level:
            items = part
            if type(part) is dict:
                if not _PLAIN_KEYS.issuperset(part):
                    return False
                items = part.values()
            elif type(part) is not list:
                return False
            if _SIMPLE.issuperset(map(type, items)):
                continue
            for item in items:
                kind = type(item)
                if kind is str or kind is bool or item is None:  # most are
                    continue
                if kind is dict or kind is list:
                    deeper.append(item)
                elif not (-LIMIT < item < LIMIT if kind is int else isinstance(item, str)):
                    return False
        if not deeper:
            return True
        level = deeper
    return False


def _written(value: Json, depth: int) -> str:
    if type(value) is str and depth <= MAX_DEPTH:  # most are: the test that is quickest
        return _quote(value)
    if depth > MAX_DEPTH:
        message = "not usable: nested too deeply"
        raise CanonicalError(message)
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, dict):
        return _written_object(value, depth + 1)
    if isinstance(value, list):
        return "[" + ",".join([_written(item, depth + 1) for item in value]) + "]"
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        if not -LIMIT < value < LIMIT:
            message = f"not canonical: `{value}` is outside 2^53"
            raise CanonicalError(message)
        return str(int(value))
    # For callers without types: a float must not slip through.
    message = f"not canonical: no place for {type(value).__name__}"  # type: ignore[unreachable]
    raise CanonicalError(message)


def _written_object(value: dict[str, Json], depth: int) -> str:
    if value and depth > MAX_DEPTH:
        return _written(None, depth)
    parts: list[str] = []
    # ASCII keys: code-point order is UTF-16 order, which RFC 8785 3.2.3 asks for.
    for key in sorted(value):
        item = value[key]
        written = _quote(item) if type(item) is str else _written(item, depth)
        known = _KEYS.get(key)
        parts.append((_kept_key(key) if known is None else known) + written)
    return "{" + ",".join(parts) + "}"


def _kept_key(key: str) -> str:
    """Give a key as it is written before its value; those of a few thousand short ones are kept."""
    if not key.isascii():
        message = f"not canonical: key `{key}` is not ASCII"
        raise CanonicalError(message)
    written = _quote(key) + ":"
    if len(_KEYS) < MOST_KEYS and len(key) <= LONGEST_KEY:
        _KEYS[key] = written
        _PLAIN_KEYS.add(key)
    return written


def _clean(value: Any, replaced: list[bool], depth: int) -> Json:  # noqa: ANN401
    if depth > MAX_DEPTH:
        message = "not usable: nested too deeply"
        raise CanonicalError(message)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _clean_text(value, replaced)
    if isinstance(value, int):
        return value if -LIMIT < value < LIMIT else str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return [_clean(item, replaced, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_clean_key(str(k), replaced): _clean(v, replaced, depth + 1) for k, v in value.items()}
    message = f"not canonical: no place for {type(value).__name__}"
    raise CanonicalError(message)


def sayable(value: Json) -> Json:
    """Give a value with U+FFFD in the place of lone surrogates, which names on the disk that are not UTF-8 are read with."""
    return _clean(value, [False], 0)


def _clean_text(text: str, replaced: list[bool]) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        replaced[0] = True
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _clean_key(key: str, replaced: list[bool]) -> str:
    if key.isascii():
        return key
    replaced[0] = True
    return key.encode("ascii", "backslashreplace").decode("ascii")
