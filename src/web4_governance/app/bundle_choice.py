"""Which entries go into a selection, and the tree that they are proved in (docs/spec/bundle.md B4)."""

from __future__ import annotations

from itertools import islice

from web4_governance.core.digest import nodes
from web4_governance.core.ledger.merkle import HASH_SIZE
from web4_governance.core.ledger.profile import decode_all
from web4_governance.core.record.entry import Kind, at
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.proof import HashAt
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.reader import Reader

    Read: TypeAlias = "tuple[Stored, Json]"

AT_ONCE = 256  # entries
POLICY = b'"policy":'
MOST_PROMPTS = 1024
PAIRS = 4096


def chosen(reader: Reader, filters: Filters, *, found: Callable[[int, int], object]) -> list[int]:
    """Give the places that go into a selection: a session's every entry, or calls with what stands around them.

    With either come the `policy` entries that these name. `found` hears how many there are so far, and the place of the last.
    """
    whole = filters == Filters(session=filters.session) and filters.session
    read = _session(reader, filters.session) if whole else calls(reader, reader.places(filters))
    places, digests = set[int](), set[str]()
    for stored, body in read:
        places.add(stored.idx)
        if POLICY in stored.data:
            digests.add(_policy_of(body))
        found(len(places), stored.idx)
    policies = (one for one in reader.of_kind(Kind.POLICY) if _policy_of(one.body()) in digests)
    return sorted({*places, *(one.idx for one in policies)})


def calls(reader: Reader, lots: Iterable[Sequence[int]]) -> Iterator[Read]:
    """Give the intents at some places, each with its outcomes and, once at least, the prompt that it served."""
    prompts: dict[str, str] = {}
    for lot in lots:
        intents, ends = reader.entries_at(lot), reader.of_calls_at(lot, (Kind.OUTCOME,))[Kind.OUTCOME]
        entries = [one for idx in lot if idx in intents for one in (intents[idx], *ends.get(idx, ()))]
        for stored, body in _read(entries):
            yield stored, body
            said = at(body, "reference.prompt") if stored.kind != Kind.OUTCOME else None
            if isinstance(said, str) and prompts.get(stored.session) != said:
                if len(prompts) > MOST_PROMPTS:
                    prompts.clear()
                prompts[stored.session] = said
                yield from _read(_prompt(reader, stored, said))


def _prompt(reader: Reader, intent: Stored, leaf: str) -> Sequence[Stored]:
    """Give a call's prompt, which is the session's last one before it; any other is looked for everywhere."""
    before = reader.before(intent.session, str(Kind.PROMPT), intent.idx)
    return (before,) if before is not None and before.leaf.hex() == leaf else reader.by_leaf(leaf, kind=Kind.PROMPT)


def _session(reader: Reader, session: str) -> Iterator[Read]:
    entries = reader.entries(session=session)
    while lot := [*islice(entries, AT_ONCE)]:
        yield from _read(lot)


def _read(entries: Sequence[Stored]) -> Iterator[Read]:
    return zip(entries, decode_all([one.data for one in entries]), strict=True)


def _policy_of(body: Json) -> str:
    found = at(body, "rules.policy")
    return found if isinstance(found, str) else ""


def tree_of(leaves: bytes) -> HashAt:
    """Give a reader of the tree's hashes, all made from the leaves at once: 64 bytes of memory an entry."""
    levels = [leaves]
    while len(levels[-1]) >= 2 * HASH_SIZE:
        levels.append(_above(levels[-1]))

    def hash_at(level: int, index: int) -> bytes:
        here = levels[level] if level < len(levels) else b""  # a hand took entries out: the root shows it
        return here[index * HASH_SIZE : (index + 1) * HASH_SIZE]

    return hash_at


def _above(level: bytes) -> bytes:
    """Give the hashes over pairs of hashes; one without a partner has none over it."""
    made, whole = bytearray(), len(level) // (2 * HASH_SIZE) * 2 * HASH_SIZE
    for begin in range(0, whole, 2 * PAIRS * HASH_SIZE):
        end = min(begin + 2 * PAIRS * HASH_SIZE, whole)
        made += b"".join(nodes([level[n : n + HASH_SIZE] for n in range(begin, end, HASH_SIZE)]))
    return bytes(made)
