"""One line of a session mirror: an entry's bytes, and the openings that lie beside it (docs/spec/ledger.md M1-M2).

The line is canonical JSON as a whole, so the entry's bytes stand in it untouched and come out again byte for byte.
"""

from __future__ import annotations

from web4_governance.core.canonical import decode, encode
from web4_governance.core.digest import SALT_SIZE
from web4_governance.core.errors import CanonicalError
from web4_governance.core.record.entry import Opening
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.canonical import Json

MOST_NAMES = 512
_NAMES: dict[str, bytes] = {}


@value
class Line:
    """An entry's bytes and its openings."""

    data: bytes
    openings: tuple[Opening, ...] = ()

    def to_bytes(self) -> bytes:
        """Print the line, without a newline."""
        return print_line(self.data, self.openings)

    @staticmethod
    def from_bytes(text: bytes) -> Line:
        """Parse a line without its newline; CanonicalError says why it is none."""
        body = decode(text)
        if not isinstance(body, dict) or set(body) != {"entry", "open"}:
            message = "not a mirror line: no object of `entry` and `open`"
            raise CanonicalError(message)
        openings = body["open"]
        if not isinstance(openings, dict):
            message = "not a mirror line: `open` is no object"
            raise CanonicalError(message)
        return Line(data=encode(body["entry"]), openings=tuple(_opening(f, o) for f, o in sorted(openings.items())))


def print_line(data: bytes, openings: Iterable[Opening]) -> bytes:
    """Print a line from an entry's bytes and its openings, without a newline."""
    opened = {o.field: o for o in openings}
    if not all(map(str.isascii, opened)):
        encode(dict.fromkeys(opened))  # which refuses such names (records.md C1)
    # Canonical JSON of an object, whose values are at hand as they are printed.
    parts = [
        b'%b:["%b",%b]' % (_named(field), opened[field].salt.hex().encode(), opened[field].printed())
        for field in sorted(opened)
    ]
    return b'{"entry":' + data + b',"open":{' + b",".join(parts) + b"}}"


def _named(field: str) -> bytes:
    """Give a field's name as it is printed; those of the first few hundred are kept, which are all that entries mostly have."""
    found = _NAMES.get(field)
    if found is None:
        found = encode(field)
        if len(_NAMES) < MOST_NAMES:
            _NAMES[field] = found
    return found


def _opening(field: str, held: Json) -> Opening:
    if isinstance(held, list) and len(held) == 2 and isinstance(held[0], str):  # noqa: PLR2004  # [salt, value]
        try:
            salt = bytes.fromhex(held[0])
        except ValueError:
            salt = b""
        if len(salt) == SALT_SIZE and salt.hex() == held[0]:
            return Opening(field=field, salt=salt, value=held[1])
    message = f"not a mirror line: the opening of `{field}` is no pair of salt and value"
    raise CanonicalError(message)
