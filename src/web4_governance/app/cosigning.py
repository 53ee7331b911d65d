"""Sessions put their names to the ledger's head: a `witness` entry just before each signed one (docs/spec/trust.md N4).

It says which root the ledger had, and where the chain of each session that has acted since the last head ended then. The
gate signs for its sessions, with the very head that follows, and the entry says so: it ties sessions and heads together,
and is nobody's word but the gate's. Not a signature of its own.
"""

from __future__ import annotations

from web4_governance.core.errors import CanonicalError
from web4_governance.core.evidence.subjects import Of
from web4_governance.core.record.build import digest_key
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, at, seal
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.lookup import Lookup
    from web4_governance.storage.reader import Reader
    from web4_governance.storage.writer import Writer

CHECKPOINT = "head"
SIGNED_BY = "head"
SESSION = f"{Of.SESSION}:"
AT_ONCE = 32  # sessions in one entry, which is bounded
MOST = 128
RECENT = 4096  # entries that are looked through for who has acted


@value
class Named:
    """A head that sessions put their names to: the entry's place, the tree's size and root (hex), and each chain's end.

    `chains` has rows of session, number of entries, and the leaf (hex) of the last.
    """

    idx: int
    size: int
    root: str
    chains: tuple[tuple[str, int, str], ...]


def cosign(ledger: Writer, since: int, *, now_us: int) -> None:
    """Append who has acted since a size of the ledger, each with the end of its chain, in the writer's transaction."""
    size = ledger.head().size
    chains = ledger.chains_since(max(since, size - RECENT), MOST)
    for start in range(0, len(chains), AT_ONCE):
        tree = ledger.head()
        root = tree.root.hex()
        rows: list[Json] = [[SESSION + name, count, leaf] for name, count, leaf in chains[start : start + AT_ONCE]]
        said: dict[str, Json] = {
            "saw": CHECKPOINT,
            "domain": ledger.origin,
            "size": tree.size,
            "sessions": rows,
            "signed_by": SIGNED_BY,
        }
        body: dict[str, Json] = {"agent": "web4", "event": "cosign", "witness": said, "reference": {"about": root}}
        seq, prev = ledger.tail(NO_SESSION)
        sealed = seal(body, kind=Kind.WITNESS, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=())
        # Crash: rolled back with the head that would have signed it; the next one says it again.
        ledger.append(sealed, Index(identity=digest_key("witness", "", root, CHECKPOINT)))


def named(reader: Reader) -> tuple[Named, ...]:
    """Give the heads of a ledger that sessions put their names to, in order; what makes no sense is left out."""
    found = (_read(stored) for stored in reader.of_kind(str(Kind.WITNESS)))
    return tuple(one for one in found if one is not None)


def wrong(
    ledger: Lookup, heads: tuple[Named, ...], roots: Mapping[int, bytes], *, gone: Collection[str]
) -> Iterator[tuple[str, str]]:
    """Give place and reason of each such head that is not the ledger's.

    `roots` are the roots that were computed at their sizes, `gone` the leaves (hex) of entries that were pruned.
    """
    for one in heads:
        place, root = f"entry {one.idx}", roots.get(one.size)
        if root is None or one.size > one.idx:
            yield (place, f"sessions put their names to {one.size} entries, which is not what comes before it")
        elif root.hex() != one.root:
            yield (place, f"sessions put their names to another root of the first {one.size} entries")
        for name, count, leaf in one.chains:
            session = name.removeprefix(SESSION)
            if leaf not in gone and ledger.leaf_at(session, count - 1).hex() != leaf:
                yield (place, f"it names another entry {count - 1} of session `{session}`")


def _read(stored: Stored) -> Named | None:
    try:
        body = stored.body()
    except CanonicalError:
        return None  # step 1 finds it
    size, root, listed = at(body, "witness.size"), at(body, "reference.about"), at(body, "witness.sessions")
    if at(body, "witness.saw") != CHECKPOINT or not isinstance(size, int) or not isinstance(listed, list):
        return None
    chains = [(str(at(row, "0")), at(row, "1"), str(at(row, "2"))) for row in listed]
    return Named(
        idx=stored.idx,
        size=size,
        root=str(root),
        chains=tuple((name, count, leaf) for name, count, leaf in chains if isinstance(count, int)),
    )
