"""What reviewers' sign-offs say of the ledger: that its first entries had a root (docs/spec/report.md S4).

Pure, over what a verification took on its way. A root at a size that was not asked for is not known, and nothing is said of it.
"""

from __future__ import annotations

from web4_governance.core.record.entry import Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import TypeAlias

    from web4_governance.core.canonical import Json

    Named: TypeAlias = tuple[str, Json, Json]

MARK = b'"kind":"' + str(Kind.SIGNOFF).encode() + b'"'


def named(place: str, body: Json) -> Named:
    """Give what a sign-off names: where it stands, over how many entries the report was, and their root (hex)."""
    return (place, at(body, "signoff.size"), at(body, "signoff.root"))


def size_of(body: Json) -> int:
    """Give the size that a sign-off names, 0 where it names none."""
    size = at(body, "signoff.size")
    return size if type(size) is int and size > 0 else 0


def wrong(signoffs: Sequence[Named], roots: Mapping[int, bytes], size: int) -> Iterator[tuple[str, str]]:
    """Give place and reason of each sign-off that does not speak of this ledger; `roots` are those computed, by size."""
    for place, over, root in signoffs:
        if type(over) is not int or not 0 < over <= size:
            yield place, f"the sign-off is of a report over {over} entries, and there are {size}"
        elif over in roots and roots[over].hex() != root:
            yield place, f"the sign-off is of a report that names another root over the first {over} entries"


def told(signoffs: Sequence[Named]) -> tuple[str, ...]:
    """Say in a line how many reports were signed off, and the last one; nothing where none was."""
    if not signoffs:
        return ()
    place, over, _root = signoffs[-1]
    reports = "1 report was" if len(signoffs) == 1 else f"{len(signoffs)} reports were"
    return (f"{reports} signed off, the last at {place}, over the first {over} entries",)
