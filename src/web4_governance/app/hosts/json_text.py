"""JSON as text: a parse that remembers where everything stands, so that an edit touches only what it means.

Not a JSON library: it reads what a person wrote (RFC 8259, as strict as a browser's `JSON.parse`) and says with line and
column where it is none. Bytes outside UTF-8 and a byte order mark pass through unharmed.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

from web4_governance.core.errors import UsageError
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

MAX_DEPTH = 200
MARK = "\ufeff"
_BLANK = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS: dict[str, Json] = {"true": True, "false": False, "null": None}


@value
class Node:
    """One JSON value in a text: where it stands, and what it is. `keys` and `items` are empty for scalars.

    `data` is the value itself for scalars. In an object, `keys[n]` is the name of `items[n]` and `starts[n]` the place
    where that name begins; in an array `starts[n]` is where the item begins.
    """

    kind: str
    start: int
    end: int
    data: object = None
    keys: tuple[str, ...] = ()
    starts: tuple[int, ...] = ()
    items: tuple[Node, ...] = ()

    def get(self, key: str) -> Node | None:
        """Give the value of a member; of several with one name the last, as the hosts' parser does."""
        for name, item in zip(reversed(self.keys), reversed(self.items), strict=True):
            if name == key:
                return item
        return None

    def plain(self) -> Json:
        """Give the value as Python's own types."""
        if self.kind == "object":
            return {key: item.plain() for key, item in zip(self.keys, self.items, strict=True)}
        if self.kind == "array":
            return [item.plain() for item in self.items]
        return self.data  # type: ignore[return-value]  # a scalar: string, number, boolean or null


class JsonFault(UsageError):
    """A text that is no JSON, or not of the shape that is needed, with the place (line and column from 1)."""

    def __init__(self, message: str, *, text: str, at: int) -> None:
        self.at = at
        self.line, self.column = place(text, at)
        self.reason = message
        super().__init__(f"line {self.line}, column {self.column}: {message}")


def to_text(data: bytes) -> str:
    """Give the text of a file; bytes that are no UTF-8 survive the way there and back."""
    return data.decode("utf-8", "surrogateescape")


def to_bytes(text: str) -> bytes:
    """Give the bytes of a text that `to_text` gave."""
    return text.encode("utf-8", "surrogateescape")


def place(text: str, at: int) -> tuple[int, int]:
    """Give line and column, from 1, of a place in a text."""
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


@lru_cache(maxsize=16)
def parse(text: str) -> Node:
    """Parse a whole text; JsonFault says where it is no JSON.

    Nodes are values, so the last few are kept: a doctor asks many questions about the same few files.
    """
    start = len(MARK) if text.startswith(MARK) else 0
    node = _value(text, _skip(text, start), 0)
    end = _skip(text, node.end)
    if end != len(text):
        message = f"unexpected `{text[end]}` after the end of the document"
        raise JsonFault(message, text=text, at=end)
    return node


def _skip(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _value(text: str, at: int, depth: int) -> Node:
    if depth > MAX_DEPTH:
        message = f"nested deeper than {MAX_DEPTH}"
        raise JsonFault(message, text=text, at=at)
    first = text[at : at + 1]
    if first == "{":
        return _container(text, at, depth, kind="object", close="}")
    if first == "[":
        return _container(text, at, depth, kind="array", close="]")
    if first == '"':
        return _string(text, at)
    return _scalar(text, at)


def _container(text: str, at: int, depth: int, *, kind: str, close: str) -> Node:
    keys: list[str] = []
    starts: list[int] = []
    items: list[Node] = []
    here = _skip(text, at + 1)
    while text[here : here + 1] != close or items:
        starts.append(here)
        if kind == "object":
            key, here = _key(text, here)
            keys.append(key)
        items.append(_value(text, here, depth + 1))
        here = _skip(text, items[-1].end)
        if text[here : here + 1] == close:
            break
        here = _expect(text, here, ",", f"`,` or `{close}`")
    return Node(kind=kind, start=at, end=here + 1, keys=tuple(keys), starts=tuple(starts), items=tuple(items))


def _key(text: str, at: int) -> tuple[str, int]:
    if text[at : at + 1] != '"':
        raise JsonFault(_unexpected(text, at, "a name in double quotes"), text=text, at=at)
    node = _string(text, at)
    return str(node.data), _expect(text, _skip(text, node.end), ":", "`:`")


def _expect(text: str, at: int, char: str, wanted: str) -> int:
    if text[at : at + 1] != char:
        raise JsonFault(_unexpected(text, at, wanted), text=text, at=at)
    return _skip(text, at + 1)


def _string(text: str, at: int) -> Node:
    found = _STRING.match(text, at)
    if found is None:
        message = "a string that does not end, or with a character that must be escaped"
        raise JsonFault(message, text=text, at=at)
    return Node(kind="string", start=at, end=found.end(), data=json.loads(found.group()))


def _scalar(text: str, at: int) -> Node:
    for word, data in _WORDS.items():
        if text.startswith(word, at):
            return Node(kind="null" if data is None else "boolean", start=at, end=at + len(word), data=data)
    found = _NUMBER.match(text, at)
    if found is None:
        raise JsonFault(_unexpected(text, at, "a value"), text=text, at=at)
    return Node(kind="number", start=at, end=found.end(), data=_number(found.group()))


def _number(text: str) -> float:
    # Only looked at, never printed again: what the text says stays in the text, however many digits it has.
    plain = text.lstrip("-").isdigit() and len(text) < 300  # noqa: PLR2004  # beyond that a float is infinite anyway
    return int(text) if plain else float(text)


def _unexpected(text: str, at: int, wanted: str) -> str:
    found = f"unexpected `{text[at]}`" if at < len(text) else "unexpected end"
    return f"{found}, where {wanted} belongs"
