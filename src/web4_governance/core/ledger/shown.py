"""An opening held against the commitment that an entry has at its field (docs/spec/ledger.md V7).

As it is stored, or as who read it has it at hand: its value printed, or hashed. Where openings come from, and what is noted
of one that does not match, is the caller's.
"""

from __future__ import annotations

from web4_governance.core.digest import committed
from web4_governance.core.errors import CanonicalError
from web4_governance.core.ledger import profile
from web4_governance.core.record.entry import along, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Opening

    Shown: TypeAlias = "Opening | Written | Hashed"

COMMITMENT = "c1:"
COMMITMENT_SIZE = len(COMMITMENT) + 64
HEX = frozenset("0123456789abcdef")


class Written:
    """An opening of which the canonical text of the value is at hand, so that it is not printed again to be hashed."""

    __slots__ = ("field", "salt", "text")

    def __init__(self, field: str, salt: bytes, text: bytes) -> None:
        self.field, self.salt, self.text = field, salt, text


class Hashed(tuple[str, tuple[str, ...], str]):
    """An opening that was hashed when it was read: its field, the field's path, and the commitment that has to stand there."""

    __slots__ = ()

    @property
    def field(self) -> str:
        """The dotted path of what was opened."""
        return self[0]


def matches(body: dict[str, Json], opening: Shown) -> bool:
    """Say whether an opening is what stands committed at its field."""
    if isinstance(opening, Hashed):
        _field, path, told = opening
        return along(body, path) == told
    try:
        text = opening.text if isinstance(opening, Written) else opening.made or profile.encode(opening.value)
        return at(body, opening.field) == committed(opening.field, opening.salt, text)
    except (CanonicalError, UnicodeEncodeError):
        return False


def count_commitments(body: Json) -> int:
    """Count the commitments in an entry."""
    if isinstance(body, str):
        return int(body.startswith(COMMITMENT) and len(body) == COMMITMENT_SIZE and HEX.issuperset(body[3:]))
    if isinstance(body, dict):
        return sum(map(count_commitments, body.values()))
    return sum(map(count_commitments, body)) if isinstance(body, list) else 0
