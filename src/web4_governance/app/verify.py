"""Verifies a ledger, one session of it, or a mirror file alone, and says honestly what was found and what was not asked.

The steps are core.ledger.verify's; here they are fed from disk, and the mirrors are compared (V8). A mirror is read
before the ledger's snapshot is taken: it is written after the commit, so whatever stands in it must be in the ledger.
"""

from __future__ import annotations

import os

from web4_governance.app import cosigning, verify_trust
from web4_governance.app.verify_apart import reading_apart
from web4_governance.app.verify_entries import Seen, secret_of, take_entries
from web4_governance.core.digest import leaf
from web4_governance.core.errors import CanonicalError, InputError, LedgerError, UsageError
from web4_governance.core.ledger.line import Line
from web4_governance.core.ledger.shown import matches
from web4_governance.core.ledger.signoff import size_of
from web4_governance.core.ledger.verdict import (
    HOLDS_FILE,
    HOLDS_LEDGER,
    NOT_ANCHORED,
    NOT_LAST_LINE,
    NOT_REST,
    NOT_SEEN,
    NOT_TAIL,
    NOT_TRUE,
    NOT_TRUNCATION,
    NOT_TRUST,
)
from web4_governance.core.ledger.verify import MAX_FINDINGS, Walk, place_of
from web4_governance.core.record.entry import Kind, Stored, parse
from web4_governance.storage import mirror
from web4_governance.storage.finding import LOWEST
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.anchored import Heads
    from web4_governance.core.ledger.verdict import Report
    from web4_governance.storage.home import Home
    from web4_governance.storage.reader import Reader


BEGINNING = b'{"entry":{'  # of a mirror's line


def verify_ledger(
    home: Home | str,
    heads: Callable[[Reader], Heads] | None = None,
    *,
    told: Callable[[int, int], None] = lambda *_: None,
) -> Report:
    """Verify everything: the heads held elsewhere, then all entries, heads, openings, lookups and mirrors.

    `heads` collects the heads that speak of the log of a reader; without it nothing outside is asked. `told` hears, while the
    entries are read, how many of those that this process reads were, and how many these are.
    """
    with open_reader(home) as reader:
        outside = heads(reader) if heads else None
        inside = cosigning.named(reader)
        sizes = {*(outside.sizes() if outside else ()), *(one.size for one in inside), *verify_trust.sizes(reader)}
        sizes |= signed_off(reader)
        walk = Walk(sizes=sizes)
        seen = Seen()
        gone = reader.pruned()
        walk.behind(gone)
        _take_all(walk, reader, seen, len(gone), sizes=sizes, told=told)
        head = reader.head()
        chains = {chain.session: (chain.size, chain.leaf) for chain in reader.chains()}
        walk.step_5_tree(head.size, head.frontier, head.root)
        walk.step_6_heads(chains)
        for idx in reader.stray_openings(MAX_FINDINGS):
            walk.find(7, f"entry {idx}", "there are openings for it, and no entry")
        for place, wrong in cosigning.wrong(reader, inside, walk.roots(), gone={leaf.hex() for leaf in gone}):
            walk.find(0, place, wrong)
        tiles = reader.tiles() if reader.has_tiles else None
        memory = tuple(_memory(reader, seen, walk.held(), len(gone)))  # of the snapshot that the entries are of
        trusted = tuple(verify_trust.differences(reader, walk.roots(), limit=MAX_FINDINGS))
        wrong_lines = (
            seen.files.wrong(reader, secret_of(reader), MAX_FINDINGS) if reader.lineage.is_there and not gone else ()
        )
        notes = _step_8_mirrors(walk, reader)
        _step_10_strays(walk, reader, None)
        for place, wrong in wrong_lines:
            walk.find(10, place, wrong)
        if tiles is not None:
            walk.step_10_tiles(tiles)
        for place, wrong in (*memory, *trusted):
            walk.find(10, place, wrong)
        judged = outside.judge(walk.roots(), walk.size, closed=seen.closed) if outside else None
        open_end = NOT_TAIL if judged and judged.anchored else NOT_ANCHORED
        left = (open_end, *(not_asked(reader) if gone else ()), NOT_SEEN, NOT_TRUE)
        return walk.report(holds=HOLDS_LEDGER, not_covered=left, notes=notes, heads=judged)


def not_asked(reader: Reader) -> tuple[str, ...]:
    """Give what of a ledger that is not read whole is not compared: the rows of trust, where there are some."""
    return (NOT_TRUST,) if reader.trust.head().size else ()


def signed_off(reader: Reader) -> set[int]:
    """Give the sizes that sign-offs name, for the roots there; bytes that are no entry name none."""
    found = set()
    for stored in reader.of_kind(str(Kind.SIGNOFF)):
        try:
            found.add(size_of(stored.body()))
        except CanonicalError:
            continue
    return found - {0}


def verify_session(home: Home | str, session: str) -> Report:
    """Verify one session: its entries, its head, its openings, lookups and mirror."""
    with open_reader(home) as reader:
        walk = Walk(whole=False)
        walk.behind(reader.pruned())
        take_entries(walk, reader, session, Seen())
        chains = {chain.session: (chain.size, chain.leaf) for chain in reader.chains() if chain.session == session}
        if not chains and walk.size == 0:
            raise UsageError(f"there is no session `{session}` in the ledger", hint="`web4 sessions` lists them")
        walk.step_6_heads(chains)
        lines = reader.mirror_lines().get(session, 0)
        notes = _step_8_mirror(walk, reader, session)
        _step_10_strays(walk, reader, session)
        if chains and lines != walk.held().get(session, 0):
            walk.find(10, *_mirror_note(session))
        return walk.report(holds=HOLDS_LEDGER, not_covered=(NOT_REST, NOT_ANCHORED, NOT_SEEN, NOT_TRUE), notes=notes)


def verify_mirror(file: str, home: str = "") -> Report:
    """Verify a session mirror alone; a ledger is asked only what it pruned, where the mirror begins later."""
    walk = Walk(whole=False)
    session = ""
    notes: tuple[str, ...] = ()
    for n, line in enumerate(_lines_of(file)):
        try:
            found = _parsed(line)
            body = parse(found.data)
        except CanonicalError as error:
            torn = line.startswith(BEGINNING) or BEGINNING.startswith(line)
            if torn and not line.endswith(b"\n"):  # a crash, or a full disk, leaves such an end
                notes = (f"the file ends in the middle of line {n + 1}, which was not read",)
            else:
                walk.find(1, f"line {n + 1}", error.message)
            continue
        if not session:
            session = str(body["session"])
            _behind(walk, session, body["reference"], home)
        if body["session"] != session:
            walk.find(4, f"line {n + 1}", f"it belongs to session `{body['session']}`, the first line to `{session}`")
        walk.entry(_as_stored(n, found.data), found.openings)
    return walk.report(
        holds=HOLDS_FILE,
        not_covered=(NOT_LAST_LINE, NOT_TRUNCATION, NOT_REST, NOT_ANCHORED, NOT_SEEN, NOT_TRUE),
        notes=notes,
    )


def _behind(walk: Walk, session: str, reference: Json, home: str) -> None:
    """Let a mirror begin behind entries that it does not hold."""
    place = reference if isinstance(reference, dict) else {}
    seq, prev = place.get("seq"), place.get("prev")
    if type(seq) is not int or seq < 1 or not isinstance(prev, str) or not prev:
        return
    gone = None
    if home:
        try:
            with open_reader(home) as reader:
                gone = reader.pruned()
        except LedgerError:
            gone = None
    walk.missing(session, seq, prev, gone)


def _take_all(
    walk: Walk, reader: Reader, seen: Seen, gone: int, *, sizes: Iterable[int], told: Callable[[int, int], None]
) -> None:
    """Take all entries: stretches that other processes read meanwhile, where nothing is found in them, and the rest here."""
    after = gone - 1 if gone else LOWEST
    with reading_apart(reader, gone, sizes) as stretches:
        ours, taken = reader.head().size - gone - sum(one.end - one.start for one in stretches), 0

        def more(count: int) -> None:
            nonlocal taken
            taken += count
            told(taken, max(ours, taken))

        for stretch in stretches:
            take_entries(walk, reader, None, seen, after=after, until=stretch.start, told=more)
            after = stretch.start - 1
            found = stretch.read()
            if found is not None and walk.join(found[0]):
                seen.join(found[1])
                after = stretch.end - 1
    take_entries(walk, reader, None, seen, after=after, told=more)


def _step_10_strays(walk: Walk, reader: Reader, session: str | None) -> None:
    for idx in reader.strays(MAX_FINDINGS, session=session):
        walk.find(10, f"entry {idx}", "its lookup is missing, or speaks of another session, kind or time")
    for idx in reader.stale_statuses(MAX_FINDINGS, session=session):
        walk.find(10, f"entry {idx}", "its lookup says another end than its outcome")
    for idx in () if session else reader.names.strays(MAX_FINDINGS):
        place = "the names that calls are found by" if idx < 0 else f"entry {idx}"
        walk.find(10, place, "the names say other than what calls touch")
    for place, wrong in reader.layout(MAX_FINDINGS):
        walk.find(10, place, wrong)


def _mirror_note(session: str) -> tuple[str, str]:
    return (f"the note of the mirror of session `{session}`", "it counts other lines than there are entries")


def _memory(reader: Reader, seen: Seen, held_of: dict[str, int], gone: int) -> Iterator[tuple[str, str]]:
    """Compare what the gate remembers between calls: a word changed there would let a later event go unrecorded."""
    for key, n, least, last in reader.deliveries():
        said = seen.deliveries.get(last, False)
        if least != last or (said is not None and said != [key.hex(), n]):
            yield (f"the deliveries of `{key.hex()[:16]}`", "they are not what the entry says that was let through")
    remembered = reader.remembered()
    held = remembered.get("policy", "")
    policy, whole = seen.policy
    unsaid = gone and not policy  # the entry that says it was pruned
    if held != policy and not unsaid and (whole or held.partition("\n")[0] != policy):
        yield ("the policy that is remembered", "it is not what the last `policy` entry says")
    if {use for use in reader.grant_uses() if use[1] >= gone} != seen.uses:
        yield ("the uses of grants that are remembered", "they are not those that the intents name")
    fits = {name: len(remembered.get(name, "")) == size for name, size in (("ledger", 32), ("secret", 64))}
    fits["created"] = remembered.get("created", "").isdigit()
    for name in (
        *(name for name, good in fits.items() if not good),
        *sorted(remembered.keys() - fits.keys() - {"policy", "scrub"}),
    ):
        yield (f"the word `{name}` that is remembered", "it is missing, or nothing that the gate would remember")
    lines = reader.mirror_lines()
    for session in sorted(lines.keys() | held_of.keys()):
        if lines.get(session, 0) != held_of.get(session, 0):
            yield _mirror_note(session)


def _step_8_mirrors(walk: Walk, reader: Reader) -> tuple[str, ...]:
    audit = reader.home.audit
    found = sorted(os.listdir(audit)) if os.path.isdir(audit) else []
    reader.refresh()
    sessions = sorted(reader.mirror_lines())
    expected = {mirror.file_name(session) for session in sessions}
    for name in found:
        if mirror.ASIDE in name:
            walk.find(8, f"mirror `{name}`", "it was set aside: it held what the ledger does not")
        elif name.endswith(mirror.SUFFIX) and name not in expected:
            walk.find(8, f"mirror `{name}`", "the ledger has no session of this mirror")
    linked = ("`audit` is a symlink: no mirror is written through it",) if os.path.islink(audit) else ()
    return (*linked, *(note for session in sessions for note in _step_8_mirror(walk, reader, session)))


def _step_8_mirror(walk: Walk, reader: Reader, session: str) -> tuple[str, ...]:
    path = mirror.path_of(reader.home, session)
    name = f"mirror `{os.path.basename(path)}`"
    if not os.path.isfile(path):
        return (f"{name} is missing; the next entry of the session writes it anew",)
    with open(path, "rb") as file:
        end = os.fstat(file.fileno()).st_size
        reader.refresh()
        entries = reader.entries(session=session)
        for n, line in enumerate(file):
            if file.tell() > end:
                break
            stored = next(entries, None)
            if stored is None:
                walk.find(8, f"{name}, line {n + 1}", "the ledger has no such entry: it ends before")
                return ()
            if not line.endswith(b"\n") and mirror.line(stored.data, reader.openings(stored.idx)).startswith(line):
                return (f"{name} ends in the middle of line {n + 1}; the next entry of the session mends it",)
            _compare(walk, reader, f"{name}, line {n + 1}", line, stored)
    behind = sum(1 for _ in entries)
    return (f"{name} is {behind} entries behind; the next entry of the session mends it",) if behind else ()


def _compare(walk: Walk, reader: Reader, place: str, line: bytes, stored: Stored) -> None:
    # Most lines are what the cells say, word for word; a line that is not is read and compared part by part.
    if line == b'{"entry":' + stored.data + b',"open":' + reader.opened_text(stored.idx).encode() + b"}\n":
        return
    try:
        if line == mirror.line(stored.data, reader.openings(stored.idx)):
            return
        found = _parsed(line)
        body = parse(found.data)
    except CanonicalError as error:
        walk.find(8, place, error.message)
        return
    if found.data != stored.data:
        walk.find(8, place, f"it is not what the ledger has as {place_of(stored)}")
        return
    held = {opening.field for opening in reader.openings(stored.idx)}
    for opening in found.openings:
        if not matches(body, opening):
            walk.find(8, place, f"the opening of `{opening.field}` is not what was committed to")
        elif opening.field not in held:
            walk.find(8, place, f"it still shows `{opening.field}`, which the ledger does not")


def _parsed(line: bytes) -> Line:
    return Line.from_bytes(line.removesuffix(b"\n"))


def _as_stored(n: int, data: bytes) -> Stored:
    body = parse(data)
    reference = body["reference"]
    seq = reference.get("seq") if isinstance(reference, dict) else None
    return Stored(
        idx=n,
        session=str(body["session"]),
        seq=seq if isinstance(seq, int) else -1,
        kind=str(body["kind"]),
        ts=body["ts"] if isinstance(body["ts"], int) else 0,
        data=data,
        leaf=leaf(data),
    )


def _lines_of(file: str) -> Iterator[bytes]:
    if os.path.exists(file) and not os.path.isfile(file):
        raise InputError(f"`{file}` is no regular file")
    try:
        with open(file, "rb") as lines:
            yield from lines
    except OSError as error:
        raise InputError(f"`{file}` cannot be read: {(error.strerror or str(error)).lower()}") from None
