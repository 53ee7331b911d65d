"""Compares the kept rows of trust, and what calls were judged by, with a fold of the entries (docs/spec/ledger.md V10).

The rows are derived: an entry is not changed by a hand in them, but a rule that asks for trust goes by them. So what is found
is a finding about a lookup, and names the row; a call that was judged by bounds which the entries before it do not give is
found by its own record, also after the row was put back. Nothing is compared that other rules of evidence made.
"""

from __future__ import annotations

from web4_governance.app import trust
from web4_governance.core.errors import CanonicalError, LedgerCorrupt
from web4_governance.core.evidence.fold import VERSION

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from web4_governance.storage.reader import Reader

RENEW = "`web4 trust --renew` makes them anew"
SHORT = 5000  # entries: folded in about half a second
PRUNED = "the rows of trust cannot be folded again from entries that were pruned"


def sizes(reader: Reader) -> tuple[int, ...]:
    """Give the size of the ledger that the rows say they go up to, for its root; none where there are none."""
    head = reader.trust.head()
    return (head.size,) if head.version == VERSION and head.root else ()


def differences(reader: Reader, roots: Mapping[int, bytes], *, limit: int) -> Iterator[tuple[str, str]]:
    """Give place and reason of what does not follow; `roots` are those computed over the entries, by size."""
    head = reader.trust.head()
    wrong = _of_head(reader, roots)
    yield from wrong
    if any(reason == _further(head.size) for _place, reason in wrong):
        return
    try:
        found = trust.check(reader)
    except (CanonicalError, LedgerCorrupt) as error:
        yield ("the rows of trust", error.message)
        return
    if found.pruned:
        return
    for key in found.wrong[:limit] if head.version == VERSION else ():
        place = f"the row `{key.expandtabs(1)[:160]}` of trust"
        yield (place, f"it does not follow from the first {head.size} entries; {RENEW}")
    for idx in found.misjudged[:limit]:
        yield (f"entry {idx}", "its call was judged by other bounds of trust than the entries before it give")


def is_folded_whole(reader: Reader) -> bool:
    """Say whether a verification that reads only a ledger's end folds all of it: it is short, and nothing was pruned."""
    return reader.head().size <= SHORT and all(data for _idx, _kind, _leaf, data in reader.trust.entries(0, 1))


def differences_at_end(reader: Reader, roots: Mapping[int, bytes], *, limit: int) -> Iterator[tuple[str, str]]:
    """Give what does not follow, as above; where not all is folded, only what the rows say of how far they go."""
    yield from differences(reader, roots, limit=limit) if is_folded_whole(reader) else _of_head(reader, roots)


def _of_head(reader: Reader, roots: Mapping[int, bytes]) -> tuple[tuple[str, str], ...]:
    head = reader.trust.head()
    if head.version != VERSION:
        return ()
    if head.size > reader.head().size:
        return (("the rows of trust", _further(head.size)),)
    if head.root and roots.get(head.size, b"").hex() != head.root:
        return (("the rows of trust", f"they name another root of the first {head.size} entries; {RENEW}"),)
    return ()


def _further(size: int) -> str:
    return f"they go up to {size} entries, which there are not; {RENEW}"
