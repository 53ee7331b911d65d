"""A bundle: entries taken out of a ledger with all that it takes to check them elsewhere (docs/spec/bundle.md).

Pure, over named files of bytes and lines. The same code runs in `web4 verify --bundle` and in the `verify.py` that lies in
each bundle. A whole bundle is walked as the ledger is; a selection proves of each entry that it is in a head.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain, islice

from web4_governance.core.canonical import LIMIT, decode
from web4_governance.core.digest import before_salt
from web4_governance.core.digest import leaf as leaf_of
from web4_governance.core.errors import CanonicalError, InputError, NoteError, ProofError
from web4_governance.core.ledger import ed25519, profile
from web4_governance.core.ledger.anchored import Heads, Outside
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.note import Note, VerifierKey
from web4_governance.core.ledger.proof import check_inclusion
from web4_governance.core.ledger.shown import Hashed, Written
from web4_governance.core.ledger.signoff import MARK, size_of
from web4_governance.core.ledger.succession import closed_by, led
from web4_governance.core.ledger.tile import WIDTH
from web4_governance.core.ledger.verdict import (
    HOLDS_FILE,
    HOLDS_LEDGER,
    NOT_ANCHORED,
    NOT_CHOSEN,
    NOT_SEEN,
    NOT_TAIL,
    NOT_TRUE,
)
from web4_governance.core.ledger.verify import Walk, bare, bare_row
from web4_governance.core.record.entry import Kind
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Protocol, TypeAlias

    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.ed25519 import Check
    from web4_governance.core.ledger.log_policy import LogPolicy
    from web4_governance.core.ledger.part import Part
    from web4_governance.core.ledger.shown import Shown
    from web4_governance.core.ledger.verdict import Report

    class Files(Protocol):
        """The files of a bundle by name."""

        def names(self) -> tuple[str, ...]:
            """Give the names of all files."""
            ...

        def read(self, name: str) -> bytes:
            """Give a small file whole, empty where there is none."""
            ...

        def lines(self, name: str) -> Iterator[bytes]:
            """Give a file's lines with their newlines; none where there is no such file."""
            ...

    Opened: TypeAlias = tuple[int, tuple[Shown, ...]]
    Told: TypeAlias = tuple[Part, dict[str, int]] | None
    Apart: TypeAlias = Callable[[int, tuple[int, ...]], Callable[[], Told] | None]


VERSION = "web4-bundle/1"
MANIFEST, ENTRIES, OPENINGS, PROOFS, HEADS = "bundle.json", "entries.jsonl", "openings.jsonl", "proofs.jsonl", "heads/"
SUCCESSIONS = "successions/"
PROPERTY = re.compile("G[0-6]")
LATEST_US = 253_402_300_800_000_000  # the year 10000
HEX_ROOT = re.compile("[0-9a-f]{64}")
NOT_FOLLOWED = "its keys do not follow from the key that was given"
VERIFIER, README, ASSURANCE = "verify.py", "README.txt", "assurance.json"
CHUNK = 32  # more are not faster: what was read of them no longer lies in the cache when it is printed
LEAST = 20_000  # entries from which on a second process is worth its start
IDENTITY = str(Kind.IDENTITY)
fromhex = bytes.fromhex
_IDX = b'{"idx":'
# What cannot be asked without the database: columns, heads of chains, mirrors, lookups; of a selection, places and calls.
NOT_OF_WHOLE = (2, 6, 8, 10)
NOT_OF_SELECTION = (2, 3, 6, 8, 9, 10)


@value
class Manifest:
    """What a bundle says of itself: the log, its keys, the head that everything is proved against, and whether it is whole."""

    origin: str
    keys: tuple[VerifierKey, ...]
    size: int
    root: str
    whole: bool
    entries: int

    @staticmethod
    def from_bytes(data: bytes) -> Manifest:
        """Parse a manifest; CanonicalError or NoteError says why it is none."""
        body = decode(data)
        if not isinstance(body, dict) or body.get("v") != VERSION:
            raise CanonicalError(f"this is no bundle of version `{VERSION}`")
        origin, keys, size, root = (body.get(name) for name in ("origin", "keys", "size", "root"))
        whole, entries = body.get("whole"), body.get("entries")
        if (
            not isinstance(origin, str)
            or not isinstance(keys, list)
            or type(size) is not int
            or not isinstance(root, str)
            or not HEX_ROOT.fullmatch(root)
            or not 0 <= size < LIMIT
            or not isinstance(whole, bool)
            or type(entries) is not int
        ):
            raise CanonicalError("a field of the bundle's manifest is missing or of the wrong type")
        found = tuple(VerifierKey.from_text(str(key)) for key in keys)
        return Manifest(origin=origin, keys=found, size=size, root=root, whole=whole, entries=entries)


def verify_bundle(
    files: Files,
    *,
    pinned: Iterable[VerifierKey] = (),
    witnesses: Iterable[VerifierKey] = (),
    check: Check = ed25519.verify,
    apart: Apart | None = None,
    held: Iterable[tuple[str, bytes]] = (),
    policy: LogPolicy | None = None,
) -> tuple[Report, bool]:
    """Verify a bundle; give the report, and whether it is a whole one.

    Args:
        files: The bundle.
        pinned: Keys of the log that the reader has from elsewhere; without them, those that the bundle names are taken.
        witnesses: Keys of witnesses whose word counts as an anchor.
        check: What verifies one signature.
        apart: What has the second half of a large bundle read at the same time, and then gives what it came to.
        held: Signed heads that the reader holds: where each lies, and its note.
        policy: Who has to agree. Its keys of the log are taken where none are pinned.

    Raises:
        InputError: It is no bundle at all.
    """
    try:
        manifest = Manifest.from_bytes(files.read(MANIFEST))
    except (CanonicalError, NoteError) as error:
        raise InputError(f"not a bundle: {error.message}") from None
    trusted = _led(files, tuple(pinned) or (policy.log_keys(manifest.origin) if policy else ()), check)
    heads = Heads(origin=manifest.origin, keys=trusted or manifest.keys, witnesses=tuple(witnesses), check=check)
    if policy is not None:
        heads.agree(policy)
    _take_heads(heads, files, manifest, trusted)
    for place, note in held:
        _take_held(heads, manifest.origin, place, note)
    closed: dict[str, int] = {}
    walk = _whole(files, manifest, heads, closed, apart) if manifest.whole else _selection(files, manifest)
    roots = walk.roots() if manifest.whole else {manifest.size: bytes.fromhex(manifest.root)}
    if walk.size != manifest.entries:
        walk.find(3, "the bundle", f"it says {manifest.entries} entries, there are {walk.size}")
    judged = heads.judge(roots, manifest.size, closed=closed, whole=manifest.whole)
    chosen = () if manifest.whole else (NOT_CHOSEN,)
    tail = NOT_TAIL if judged.anchored else NOT_ANCHORED
    skipped = (f"{walk.skipped} entries of these chains are not in the bundle",) if walk.skipped else ()
    report = walk.report(
        holds=HOLDS_LEDGER if manifest.whole else HOLDS_FILE,
        not_covered=(*chosen, tail, NOT_SEEN, NOT_TRUE),
        notes=(*skipped, *_claimed(files)),
        heads=judged,
    )
    return report, manifest.whole


def _claimed(files: Files) -> tuple[str, ...]:
    """Give what whoever made the bundle says that held of the ledger then (assurance.md A10); a claim, and no evidence."""
    data = files.read(ASSURANCE)
    if not data:
        return ()
    try:
        body = decode(data)
    except CanonicalError:
        body = None
    held, time = (body.get("holds"), body.get("observed_us")) if isinstance(body, dict) else (None, None)
    if not isinstance(held, dict) or type(time) is not int or not 0 <= time < LATEST_US:
        return (f"`{ASSURANCE}` cannot be read",)
    names = ", ".join(sorted(name for name in held if PROPERTY.fullmatch(name))) or "no property"
    when = datetime.fromtimestamp(time // 1_000_000, tz=UTC).isoformat().replace("+00:00", "Z")
    return (f"who made the bundle says that {names} held of the ledger at {when}: a claim, and no evidence",)


def _take_heads(heads: Heads, files: Files, manifest: Manifest, trusted: tuple[VerifierKey, ...]) -> None:
    """Take the heads that lie in the bundle, where they are of keys that are trusted, or nobody gave one."""
    if trusted and manifest.keys and not set(trusted).intersection(manifest.keys):
        heads.nothing("the bundle", NOT_FOLLOWED)
        return
    names = [name for name in files.names() if name.startswith(HEADS)]
    for name in names:
        heads.signed(name, files.read(name))
    if trusted and not names:
        heads.nothing("the bundle", "a key is pinned, and no head is signed by it")
    if not trusted and manifest.keys:
        heads.note("the log's keys are the bundle's own word: pin one that you have from elsewhere with `--key`")


def _take_held(heads: Heads, origin: str, place: str, data: bytes) -> None:
    """Take a head that the reader holds; one of another log speaks of nothing that is here."""
    try:
        if Checkpoint.from_text(Note.from_bytes(data).text).origin == origin:
            heads.held(Outside(by=place, size=0, note=data))
            return
    except NoteError:
        pass  # as one of another log
    heads.nothing(place, "it is no head of this log")


def _led(files: Files, pinned: tuple[VerifierKey, ...], check: Check) -> tuple[VerifierKey, ...]:
    """Give the pinned keys, and those that follow from them by the bundle's successions."""
    notes = []
    for name in sorted(name for name in files.names() if name.startswith(SUCCESSIONS)) if pinned else ():
        try:
            notes.append(Note.from_bytes(files.read(name)))
        except NoteError:
            continue  # it leads nowhere: what only it could vouch for stays unsigned
    return led(pinned, notes, check=check)


def _whole(files: Files, manifest: Manifest, heads: Heads, closed: dict[str, int], apart: Apart | None) -> Walk:
    sizes = {*heads.sizes(), *_signed_off(files)}
    walk = Walk(sizes=sizes, bare=True)
    half = manifest.entries // 2 // WIDTH * WIDTH if manifest.entries >= LEAST else 0
    later = apart(half, tuple(sizes)) if apart is not None and half else None
    reading = _Reading(files, walk, closed)
    reading.go(half if later else None)
    told = later() if later else None
    if told is None or not walk.join(told[0]):
        reading.go(None)
        reading.openings.rest()
    else:
        closed.update({key: idx for key, idx in told[1].items() if key not in closed})
    walk.step_5_root(manifest.size, manifest.root)
    return walk


def _signed_off(files: Files) -> set[int]:
    """Give the sizes that sign-offs name, for the roots there: few lines, found by a word in them before any is read."""
    found = set()
    for line in files.lines(ENTRIES):
        if MARK in line:
            try:
                found.add(size_of(decode(line.removesuffix(b"\n"))))
            except CanonicalError:
                continue
    return found - {0}


def stretch(files: Files, start: int, sizes: Iterable[int]) -> tuple[Part, dict[str, int]] | None:
    """Read the entries of a whole bundle from a place to the end by themselves; None where something in them is not right.

    With what they come to goes which keys they close.
    """
    walk = Walk(sizes=sizes, bare=True, apart=start)
    closed: dict[str, int] = {}
    reading = _Reading(files, walk, closed, start)
    reading.go(None)
    reading.openings.rest()
    part = walk.part()
    return None if part is None else (part, closed)


class _Reading:
    """The entries of a whole bundle from a place on, with their openings."""

    def __init__(self, files: Files, walk: Walk, closed: dict[str, int], start: int = 0) -> None:
        self.openings = _Openings(files, walk)
        self._chunks = _chunks(files.lines(ENTRIES), start)
        self._walk = walk
        self._closed = closed
        if start:
            self.openings.skip(start)

    def go(self, until: int | None) -> None:
        """Take the entries before a place, or all that are left."""
        walk = self._walk
        while until is None or walk.reached < until:
            first, chunk = next(self._chunks, (0, ()))
            if not chunk:
                return
            rows = [(first + n, None, None, None, None, data, None) for n, data in enumerate(chunk)]
            bodies = walk.rows(rows, self.openings.up_to(first + len(chunk)), bare_row)
            for n, body in enumerate(bodies):
                if body is not None and body["kind"] == IDENTITY and (key := closed_by(body)):
                    self._closed.setdefault(key, first + n)


def _selection(files: Files, manifest: Manifest) -> Walk:
    walk = Walk(whole=False, loose=True)
    openings = _Openings(files, walk)
    proofs = files.lines(PROOFS)
    before = -1
    for n, line in enumerate(files.lines(ENTRIES)):
        data = line.removesuffix(b"\n")
        idx, wrong = _step_5_proof(data, next(proofs, b""), manifest)
        if wrong:
            walk.find(5, f"line {n + 1}", wrong)
        elif idx <= before:
            walk.find(5, f"line {n + 1}", "its place is not after that of the line before")
        before = max(idx, before)
        walk.entry(bare(idx, data), openings.of(idx))
    openings.rest()
    if next(proofs, None) is not None:
        walk.find(5, "the proofs", "there are more of them than entries")
    return walk


def _step_5_proof(data: bytes, line: bytes, manifest: Manifest) -> tuple[int, str]:
    """Give the place of an entry and, where the proof does not lead from it to the head, why not."""
    try:
        body = decode(line.removesuffix(b"\n"))
        idx = body.get("idx") if isinstance(body, dict) else None
        path = body.get("proof") if isinstance(body, dict) else None
        if type(idx) is not int or not isinstance(path, list):
            return -1, "its proof is missing or none"
        steps = [bytes.fromhex(str(step)) for step in path]
        root = bytes.fromhex(manifest.root)
        check_inclusion(leaf=leaf_of(data), index=idx, size=manifest.size, proof=steps, root=root)
    except (CanonicalError, ProofError) as error:
        return -1, error.message
    except ValueError:
        return -1, "its proof is no hex"
    return idx, ""


class _Openings:
    """The openings of a bundle, read beside the entries: both are in the order of places."""

    def __init__(self, files: Files, walk: Walk) -> None:
        self._lines = files.lines(OPENINGS)
        self._walk = walk
        self._ahead: Iterator[tuple[bytes, Opened | None]] = iter(())
        self._next: Opened | None = None
        self._last = -1

    def skip(self, start: int) -> None:
        """Pass over those of the entries before a place, without reading them; what looks like none is read."""
        self._last = start - 1
        for line in self._lines:
            idx, comma, _rest = line.removeprefix(_IDX).partition(b",")
            if line.startswith(_IDX) and comma and idx.isdigit() and int(idx) < start:
                continue
            self._lines = chain([line], self._lines)
            return

    def up_to(self, end: int) -> dict[int, tuple[Shown, ...]]:
        """Give those of the entries before a place that were not given yet."""
        found = {}
        while (one := self._next or self._peek()) is not None and one[0] < end:
            found[one[0]] = one[1]
            self._next = None
        return found

    def of(self, idx: int) -> tuple[Shown, ...]:
        """Give those of one entry."""
        one = self._peek()
        if one is None or one[0] != idx:
            return ()
        self._next = None
        return one[1]

    def rest(self) -> None:
        """Note openings that no entry was there for."""
        while (one := self._peek()) is not None:
            self._walk.find(7, f"entry {one[0]}", "there are openings for it, and no entry")
            self._next = None

    def _peek(self) -> Opened | None:
        """Give the next line's openings; what is wrong with a line is noted when its turn comes.

        INVARIANT: each line is of a later entry than the one before, or its openings would be held against no entry.
        """
        while self._next is None and (line := next(self._ahead, None) or self._more()) is not None:
            try:
                found = line[1] or _openings(line[0])
            except CanonicalError as error:
                self._walk.find(7, "the openings", error.message)
                continue
            if found[0] > self._last:
                self._next, self._last = found, found[0]
            else:
                self._walk.find(7, f"entry {found[0]}", "its openings are not in the order of entries, or twice there")
        return self._next

    def _more(self) -> tuple[bytes, Opened | None] | None:
        lines = [line.removesuffix(b"\n") for line in islice(self._lines, CHUNK)]
        if not lines:
            return None
        bodies = profile.parse_many(lines) if profile.plain_numbers(lines) else [None] * len(lines)
        self._ahead = iter([(line, _hashed(line, body)) for line, body in zip(lines, bodies, strict=True)])
        return next(self._ahead)


class _Fields(dict[str, tuple[bytes, bytes, tuple[str, ...]]]):
    """By field: how its opening begins, what is hashed before its salt, and its path. Few, unless somebody means harm."""

    def __missing__(self, field: str) -> tuple[bytes, bytes, tuple[str, ...]]:
        if len(self) >= CHUNK:
            self.clear()
        self[field] = profile.encode(field) + b':["', before_salt(field), tuple(field.split("."))
        return self[field]


_FIELDS = _Fields()


def _hashed(line: bytes, body: Json) -> Opened | None:
    """Give place and openings of a line as we write them, each value printed once and hashed; None for doubt."""
    idx, opened = (body.get("idx"), body.get("open")) if isinstance(body, dict) else (None, None)
    if type(idx) is not int or type(opened) is not dict:
        return None
    parts: list[bytes] = []
    made: list[Shown] = []
    try:
        for field in sorted(opened):
            salt, shown = opened[field]  # type: ignore[misc, str-unpack]  # what is no pair is refused below
            begin, before, path = _FIELDS[field]
            text = profile.print_known(shown)
            parts.append(b'%b%b",%b]' % (begin, salt.encode(), text))  # type: ignore[union-attr]  # likewise
            made.append(Hashed((field, path, "c1:" + sha256(before + fromhex(salt) + text).hexdigest())))  # type: ignore[arg-type]
    except (*profile.REFUSED, AttributeError):
        return None
    return (idx, tuple(made)) if b'{"idx":%d,"open":{%b}}' % (idx, b",".join(parts)) == line else None


def _openings(data: bytes) -> Opened:
    """Read a line that is not as we write it; CanonicalError says why, an opening that is no pair before all else."""
    body = profile.parsed(data) if profile.plain_numbers((data,)) else None
    if body is not None:
        _written(body)
    found = _written(decode(data))
    if found is None:
        raise CanonicalError("a line of openings is no object of `idx` and `open`")
    return found


def _written(body: Json) -> Opened | None:
    idx, opened = (body.get("idx"), body.get("open")) if isinstance(body, dict) else (None, None)
    if type(idx) is not int or not isinstance(opened, dict):
        return None
    return idx, tuple(_opening(field, pair) for field, pair in sorted(opened.items()))


def _opening(field: str, pair: Json) -> Written:
    if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):  # noqa: PLR2004  # salt and value
        raise CanonicalError(f"the opening of `{field}` is no pair of salt and value")
    try:
        salt = bytes.fromhex(pair[0])
    except ValueError:
        raise CanonicalError(f"the salt of `{field}` is no hex") from None
    return Written(field, salt, profile.encode(pair[1]))


def _chunks(lines: Iterator[bytes], start: int = 0) -> Iterator[tuple[int, list[bytes]]]:
    first, chunk = start, list[bytes]()
    for line in islice(lines, start, None):
        chunk.append(line.removesuffix(b"\n"))
        if len(chunk) == CHUNK:
            yield first, chunk
            first, chunk = first + CHUNK, []
    if chunk:
        yield first, chunk
