"""What another ledger has seen of agents and servers that are known here, from its bundle, as one word (trust.md N5).

Only of a whole ledger whose head a C2SP witness has cosigned that the operator named, up to that head, and only of another
trust domain, which the operator names too. Nothing of it is evidence of this ledger: it is discounted by how far its witness
is trusted, and capped, where a rule asks. Not an importer of entries.
"""

from __future__ import annotations

import time
from itertools import islice

from web4_governance.app import signing
from web4_governance.app.bundle_verifier import open_files
from web4_governance.app.signatures import check
from web4_governance.app.trust import known
from web4_governance.core.canonical import trusted
from web4_governance.core.digest import leaf
from web4_governance.core.errors import UsageError
from web4_governance.core.evidence.fold import HEARD, READ_KINDS, Fold
from web4_governance.core.evidence.rows import TENSOR, Rows, named, read_tensor
from web4_governance.core.evidence.subjects import SHARED
from web4_governance.core.ledger.bundle import ENTRIES, MANIFEST, Manifest, verify_bundle
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.record.build import digest_key
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, seal
from web4_governance.core.trust.fixed import BITS, THOUSAND
from web4_governance.core.value import value
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.bundle import Files
    from web4_governance.core.ledger.note import VerifierKey

MOST = 64  # rows of one testimony, which is one entry
WAIT_S = 10.0


@value
class Heard:
    """What was taken down: the entry's place, whose word it is, the size and root of its head, and who it is about."""

    idx: int
    domain: str
    origin: str
    size: int
    rows: tuple[tuple[str, str], ...]


def hear(
    home: str, path: str, *, keys: Iterable[VerifierKey], witnesses: Iterable[VerifierKey], domain: str, now_us: int
) -> Heard:
    """Take down what a bundle's ledger has seen; UsageError says why its word does not count.

    Args:
        home: The home whose agents and servers it is about.
        path: The bundle.
        keys: Keys of the other log, which the operator has from elsewhere.
        witnesses: Keys of the C2SP witnesses whose cosignature counts.
        domain: The operator's name for the other ledger's trust domain.
        now_us: The time.
    """
    with open_reader(home) as reader:
        mine, rows = reader.origin, known(reader)[0]
    ours = {key.to_text() for key in signing.read(home).chain} if signing.present(home) else set()
    with open_files(path) as files:
        manifest, size = _fit(files, tuple(keys), tuple(witnesses), mine=mine, ours=ours, domain=domain)
        told, root = _folded(files, size)
    about = [(one.entity, one.role) for one in rows if one.entity.startswith(SHARED)]
    found = [(who, role) for who, role in about if (who, role) in told][:MOST]
    if not found:
        message = "its ledger has seen no agent and no server that is known here"
        raise UsageError(
            message, hint="names of agents hold their model and definition, names of servers their command"
        )
    said: dict[str, Json] = {
        "saw": HEARD,
        "by": f"ledger:{domain}",
        "domain": domain,
        "here": mine,
        "origin": manifest.origin,
        "size": size,
        "root": root,
        "told": [[who, role, told[who, role]] for who, role in found],
        "signed_by": "head",
    }
    idx = _append(home, said, now_us)
    return Heard(idx=idx, domain=domain, origin=manifest.origin, size=size, rows=tuple(found))


def _fit(
    files: Files,
    keys: tuple[VerifierKey, ...],
    witnesses: tuple[VerifierKey, ...],
    *,
    mine: str,
    ours: set[str],
    domain: str,
) -> tuple[Manifest, int]:
    """Verify a bundle; give its manifest, and the size of the largest head that somebody else cosigned."""
    if not keys or not witnesses:
        message = "another ledger's word counts by its own key and by a witness of it"
        raise UsageError(message, hint="give --key and --witness, as you have them from elsewhere")
    report, whole = verify_bundle(files, pinned=keys, witnesses=witnesses, check=check)
    manifest = Manifest.from_bytes(files.read(MANIFEST))
    named_keys = {key.to_text() for key in (*keys, *manifest.keys)}
    if manifest.origin == mine or named_keys & ours or domain == mine:
        raise UsageError("it is this ledger's own word: a trust domain is no witness of itself")
    if {key.to_text() for key in witnesses} & named_keys:
        raise UsageError("a log is no witness of itself", hint="name a witness of another trust domain")
    if not whole:
        raise UsageError(
            "it is a selection: who chooses what to show shows what they like", hint="export the whole ledger"
        )
    if report.verdict not in (VerdictName.ANCHORED, VerdictName.TAIL):
        why = report.reason or "no witness that you named has cosigned its head"
        raise UsageError(f"its word does not count: {report.verdict}, {why}")
    return manifest, max(one.size for one in report.anchored)


def _folded(files: Files, size: int) -> tuple[dict[tuple[str, str], Json], str]:
    """Give what the entries up to a head say of agents and servers, for and against in thousandths, and that head's root."""
    rows = Rows(lambda _key: None)
    fold, tree = Fold(rows), Frontier()
    for idx, line in enumerate(islice(files.lines(ENTRIES), size)):
        data = line.removesuffix(b"\n")
        hashed, body = leaf(data), trusted(data)
        tree = tree.append(hashed)
        if isinstance(body, dict) and body.get("kind") in READ_KINDS:
            fold.take(idx, str(body["kind"]), hashed.hex(), body)
    found: dict[tuple[str, str], Json] = {}
    for key, text in rows.changes().items():
        if key.startswith(TENSOR) and text and named(key)[0].startswith(SHARED):
            tensor = read_tensor(key, text)
            found[named(key)] = {
                str(one): [held.good * THOUSAND >> BITS, held.bad * THOUSAND >> BITS] for one, held in tensor.items()
            }
    return found, tree.root().hex()


def _append(home: str, said: dict[str, Json], now_us: int) -> int:
    about = str(said["root"])
    body: dict[str, Json] = {"agent": "web4", "event": "hear", "witness": said, "reference": {"about": about}}
    with open_writer(home, deadline=time.monotonic() + WAIT_S) as ledger:
        once = digest_key("witness", "", about, HEARD)
        earlier = ledger.recorded_by(once)
        if earlier >= 0:
            return earlier  # the same head, heard again, says nothing new
        seq, prev = ledger.tail(NO_SESSION)
        sealed = seal(body, kind=Kind.WITNESS, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=())
        # Crash before the commit: nothing was heard, and it can be heard again.
        idx = ledger.append(sealed, Index(identity=once))
        ledger.commit()
    return idx
