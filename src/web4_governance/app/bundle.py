"""Makes an export bundle: entries, openings, proofs, heads, and the verifier for them (docs/spec/bundle.md).

Read only, of one snapshot. What is erased is not in it: a bundle holds what the ledger still shows. It is a copy that no
erasure reaches later, and says so in its README.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import tarfile
import time
from bisect import bisect_right
from functools import cache
from itertools import chain, count, islice

from web4_governance.app.bundle_choice import calls, chosen, tree_of
from web4_governance.app.bundle_work import ENTRIES as IN_ENTRIES
from web4_governance.app.bundle_work import OPENINGS as IN_OPENINGS
from web4_governance.app.bundle_work import PROOFS as IN_PROOFS
from web4_governance.app.bundle_work import Plan, Work, asked_for, names_of
from web4_governance.app.disclosure import Disclosure, Shown
from web4_governance.app.exports import partial
from web4_governance.app.signing import present, read
from web4_governance.core.canonical import encode
from web4_governance.core.errors import LedgerError, UsageError
from web4_governance.core.ledger.bundle import (
    ASSURANCE,
    ENTRIES,
    HEADS,
    MANIFEST,
    OPENINGS,
    PROOFS,
    README,
    SUCCESSIONS,
    VERIFIER,
    VERSION,
)
from web4_governance.core.ledger.proof import inclusion_proof, root_hash
from web4_governance.core.ledger.tile import root_at
from web4_governance.core.record.entry import NO_SESSION, Kind
from web4_governance.core.value import replace
from web4_governance.storage.finding import CHUNK
from web4_governance.storage.reader import open_reader
from web4_governance.storage.schema import EMPTY_ROOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import IO, Any, TypeAlias

    from web4_governance.app.signing import Keys
    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.proof import HashAt
    from web4_governance.core.record.entry import Opening, Stored
    from web4_governance.storage.filters import Filters
    from web4_governance.storage.lookup import SignedHead
    from web4_governance.storage.reader import Reader

    Told: TypeAlias = Callable[[str, int, int, int], Any]
    Tree: TypeAlias = Callable[[], HashAt]

FACE = "web4_governance.app.bundle_verifier"
NOTE_EVERY_S = 1.0
MIB = 20  # bits
MOST_BETWEEN = 4096  # places: of entries further apart, each is asked for its openings
TEXT = """An export of a web4-governance ledger.

  bundle.json     the log, its keys, and the head that the entries are proved against
  entries.jsonl   the entries, one a line, byte for byte as they are hashed
  openings.jsonl  what commitments in them commit to, as far as it was kept and is shown: idx, then field: [salt, value]
  proofs.jsonl    in a selection: each entry's place, and its inclusion proof (RFC 9162 2.1.3)
  heads/          signed checkpoints (C2SP signed notes) with their cosignatures
  assurance.json  which assurance properties held of the ledger when this was made, and what they do not cover: a claim
  verify.py       checks all of this; it needs Python 3.11 and nothing else

To check it, with a key of the log and of a witness that you have from elsewhere:

  python3 verify.py --key VKEY --witness VKEY BUNDLE

The verify.py of a bundle that somebody handed you is that somebody's word, too: take one from a bundle that you trust.
This is a copy: what is erased in the ledger later stays readable here.
"""


def write_bundle(
    home: str,
    path: str,
    *,
    filters: Filters | None = None,
    disclose: Disclosure | None = None,
    assurance: dict[str, Json] | None = None,
    told: Told = lambda *_: None,
    resume: bool = False,
    times: Mapping[str, str] | None = None,
) -> tuple[int, bool]:
    """Write a bundle of the whole ledger, or of what filters find; give how many entries, and whether it is whole.

    Args:
        home: The home.
        path: The file to write.
        filters: Which calls; None is the whole ledger.
        disclose: Which values are shown; None is all that the ledger still shows.
        assurance: What holds of the ledger now, as `app.assurance.for_export` says it; it goes into a file of its own.
        told: Hears what is being done, and how far it is: how much, at which place, and of how much.
        resume: Whether to go on with what an export that was stopped left (bundle.md B9).
        times: The words that stood for times in the filters: an export goes on only with the same ones.
    """
    with open_reader(home) as reader, partial.claim(path, resume=resume) as out:
        tree = cache(lambda: tree_of(reader.leaves()))
        work = Work(path, out, _asked(reader, filters, disclose, times))
        try:
            plan = (
                _resumed(reader, work, told, tree=tree)
                if resume
                else _begun(reader, work, filters, disclose, told, tree=tree)
            )
            shown = None if disclose is None else Shown(disclose, plan.shown, used=work.used)
            _gather(reader, work, plan, shown, told, tree=tree)
            _refuse_unused(work, shown)
            files = _files(work, plan, shown, told)
            _put(path, work, files if assurance is None else chain(files, [(ASSURANCE, *_bytes(encode(assurance)))]))
        except OSError as error:
            raise UsageError(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}") from None
        except BaseException:
            if not resume:
                work.leave()
            raise
        return (plan.size if plan.places is None else len(plan.places)), plan.places is None


def _asked(
    reader: Reader, filters: Filters | None, disclose: Disclosure | None, times: Mapping[str, str] | None
) -> str:
    where = disclose.where if disclose else None
    what: dict[str, Json] = {
        "ledger": reader.ledger_id,
        "filters": _words(filters, times),
        "where": _words(where, times),
        "fields": list(disclose.fields) if disclose else None,
        "times": dict(times or {}),
    }
    return asked_for(what=what, program=TEXT.encode() + verifier_source().encode())


def _words(filters: Filters | None, times: Mapping[str, str] | None) -> dict[str, Json] | None:
    """Give filters by name; of their times the words say more, as `2h` means another time each time."""
    return None if filters is None else names_of(filters if times is None else replace(filters, since=0, until=0))


def _begun(
    reader: Reader, work: Work, filters: Filters | None, disclose: Disclosure | None, told: Told, *, tree: Tree
) -> Plan:
    """Settle what the bundle holds."""
    head, (ours, signed) = reader.head(), _signed(reader)
    places = (
        None
        if filters is None
        else chosen(reader, filters, found=lambda count, place: told("found", count, place, head.size))
    )
    if places == []:
        raise UsageError("nothing matches: there is nothing to export")
    if places is not None:  # proved against the last signed head, where it is over all that was chosen
        signed = [one for one in signed[-1:] if one.size > places[-1]]
    size = head.size if places is None or not signed else signed[-1].size
    plan = Plan(
        size=size,
        root=(head.root if places is None else root_hash(size, tree())).hex(),
        head=head.size,
        origin=reader.origin,
        keys=tuple(key.to_text() for key in ours.chain) if ours else (),
        heads=tuple((one.size, one.note.hex()) for one in signed),
        successions=tuple(note.to_bytes().hex() for note in ours.successions) if ours else (),
        places=None if places is None else tuple(places),
        shown=_shown(reader, disclose),
    )
    work.begin(plan)
    return plan


def _resumed(reader: Reader, work: Work, told: Told, *, tree: Tree) -> Plan:
    """Take up what is there; UsageError where the ledger is no longer one that it could be the beginning of."""
    plan = work.go_on(lambda done, of: told("looked at, MiB", done >> MIB, done, of))
    head = reader.head()
    if head.size < plan.head or _root_of(reader, plan, tree) != plan.root:
        raise UsageError("the ledger is not the one that the bundle was begun from", hint=partial.ANEW)
    gone = (one for kind in (Kind.REDACTION, Kind.PRUNE) for one in reader.entries_of(NO_SESSION, kind=str(kind)))
    if any(one.idx >= plan.head for one in gone):
        message = "something was erased or pruned since the bundle was begun, and may be in what is there"
        raise UsageError(message, hint=partial.ANEW)
    return plan


def _root_of(reader: Reader, plan: Plan, tree: Tree) -> str:
    """Give the root that the tree has now at the plan's size; empty where its hashes are not all there."""
    if plan.places is not None:
        return root_hash(plan.size, tree()).hex()
    head = reader.head()
    if head.size == plan.size:
        return head.root.hex()
    try:
        return (root_at(reader.hashes, plan.size) if plan.size else EMPTY_ROOT).hex()
    except LedgerError:
        return ""


def _gather(reader: Reader, work: Work, plan: Plan, shown: Shown | None, told: Told, *, tree: Tree) -> None:
    """Bring the lines of all entries beside the bundle's place: in memory they would be the ledger."""
    hash_at = None if plan.places is None else tree()
    until = plan.head if reader.head().size > plan.head else None
    noted = time.monotonic()
    for lot in _read(reader, plan.places, after=work.place, until=until):
        entries, openings, proofs = [], [], []
        for stored, opened in lot:
            entries.append(stored.data + b"\n")
            openings.append(_opened(stored.idx, opened if shown is None else shown.of(stored.idx, opened)))
            if hash_at is not None:
                path: list[Json] = [step.hex() for step in inclusion_proof(stored.idx, plan.size, hash_at)]
                proofs.append(encode({"idx": stored.idx, "proof": path}) + b"\n")
        lines = (b"".join(entries), b"".join(openings), b"".join(proofs))
        work.add(lot[-1][0].idx, len(lot), lines, sorted(shown.used) if shown else ())
        if time.monotonic() - noted > NOTE_EVERY_S:
            work.keep()
            noted = time.monotonic()
        told("exported", work.records, lot[-1][0].idx, plan.head)
    work.keep()


def _refuse_unused(work: Work, shown: Shown | None) -> None:
    try:
        if shown is not None:
            shown.refuse_unused()
    except UsageError:
        work.remove()  # going on would come to the same
        raise


def _put(path: str, work: Work, files: Iterable[tuple[str, int, IO[bytes]]]) -> None:
    """Write the tar; each file's bytes are the same for the same ledger, whoever makes it and when."""
    # Crash: all that it is made of, with a note; then the file whole, and these beside it still.
    with partial.placed(path) as file, tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, size, content in files:
            member = tarfile.TarInfo(name)
            member.size, member.mode = size, 0o644
            tar.addfile(member, content)
    work.remove()


def _bytes(data: bytes) -> tuple[int, IO[bytes]]:
    return len(data), io.BytesIO(data)


def _files(work: Work, plan: Plan, shown: Shown | None, told: Told) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Give each file of the bundle, its size, and what is in it."""
    keys: list[Json] = list(plan.keys)
    manifest: dict[str, Json] = {
        "v": VERSION,
        "origin": plan.origin,
        "keys": keys,
        "size": plan.size,
        "root": plan.root,
        "whole": plan.places is None,
        "entries": work.records,
        **({"shown": [*map(str, sorted(shown.used))]} if shown else {}),
    }
    yield README, *_bytes(TEXT.encode())
    yield MANIFEST, *_bytes(encode(manifest))
    sections = [(ENTRIES, IN_ENTRIES), (OPENINGS, IN_OPENINGS)]
    if plan.places is not None:
        sections.append((PROOFS, IN_PROOFS))
    sizes = [work.size_of(section) for _name, section in sections]
    done = 0
    for (name, section), size in zip(sections, sizes, strict=True):
        heard = _heard(told, done, sum(sizes))
        yield name, size, _Pieces(work.read(section), heard)  # type: ignore[misc]  # all that a tar needs of a file
        done += size
    for covered, note in plan.heads:
        yield f"{HEADS}{covered:012}.note", *_bytes(bytes.fromhex(note))
    for n, note in enumerate(plan.successions, 1):
        yield f"{SUCCESSIONS}{n:06}.note", *_bytes(bytes.fromhex(note))
    yield VERIFIER, *_bytes(verifier_source().encode())


def _shown(reader: Reader, disclose: Disclosure | None) -> frozenset[int] | None:
    """Give the places of the calls in which values are shown; None where they are in all."""
    if disclose is None or disclose.where is None:
        return None
    return frozenset(one.idx for one, _body in calls(reader, reader.places(disclose.where)))


def _heard(told: Told, before: int, of: int) -> Callable[[int], object]:
    return lambda done: told("put together, MiB", (before + done) >> MIB, before + done, of)


class _Pieces:
    """What comes in pieces, read as a file is; who listens hears how much was read."""

    def __init__(self, pieces: Iterator[bytes], heard: Callable[[int], object]) -> None:
        self._pieces = pieces
        self._heard = heard
        self._read = 0
        self._left = memoryview(b"")

    def read(self, size: int) -> bytes:
        """Give so many bytes, fewer only at the end."""
        found = bytearray()
        while len(found) < size:
            if not self._left:
                piece = next(self._pieces, None)
                if piece is None:
                    break
                self._left = memoryview(piece)
            part = self._left[: size - len(found)]
            found += part
            self._left = self._left[len(part) :]
        self._read += len(found)
        self._heard(self._read)
        return bytes(found)


def _read(
    reader: Reader, places: tuple[int, ...] | None, *, after: int, until: int | None
) -> Iterator[list[tuple[Stored, tuple[Opening, ...]]]]:
    """Give all entries or those at some places, some hundred at a time, each with its openings."""
    every = reader.entries(after=after) if places is None else None
    rest = () if places is None else places[bisect_right(places, after) :]
    for n in count(0, CHUNK):
        if every is not None:
            lot = [one for one in islice(every, CHUNK) if until is None or one.idx < until]
        else:
            found = reader.entries_at(rest[n : n + CHUNK])
            lot = [found[idx] for idx in sorted(found)]
        if not lot:
            return
        near = lot[-1].idx - lot[0].idx < MOST_BETWEEN
        opened = reader.openings_between(lot[0].idx, lot[-1].idx) if near else {}
        yield [(one, opened.get(one.idx, ()) if near else reader.openings(one.idx)) for one in lot]


def _signed(reader: Reader) -> tuple[Keys | None, list[SignedHead]]:
    """Give the log's keys, and the heads that its present one signed: every earlier key leads to that one."""
    home = reader.home.path
    if not present(home):
        return None, []
    ours = read(home)
    return ours, [one for one in reader.heads() if one.epoch == ours.epoch]


def _opened(idx: int, openings: Iterable[Opening]) -> bytes:
    opened: dict[str, Json] = {o.field: [o.salt.hex(), o.value] for o in openings}
    return encode({"idx": idx, "open": opened}) + b"\n" if opened else b""


@cache
def verifier_source() -> str:
    """Give the stand-alone verifier: the face, and every module of the core that it needs, word for word."""
    modules: dict[str, tuple[str, bool]] = {}
    _collect(FACE, modules)
    parts = [_HEAD]
    for name, (source, package) in sorted(modules.items()):
        text = f"r'''{source}'''" if "'''" not in source and not source.endswith("\\") else repr(source)
        parts.append(f"MODULES[{name!r}] = ({package}, {text})\n")
    return "\n\n".join([*parts, _TAIL])


def _collect(name: str, modules: dict[str, tuple[str, bool]]) -> None:
    if name in modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        return
    with open(spec.origin, encoding="utf-8") as file:
        source = file.read()
    package = spec.submodule_search_locations is not None
    modules[name] = ("" if package else source, package)  # a package is only the way to its modules
    parent = name.rpartition(".")[0]
    if parent:
        _collect(parent, modules)
    for needed in () if package else _imported(ast.parse(source)):
        _collect(needed, modules)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Give what a module imports from ours when it runs; what only a type checker sees is left out."""
    ours = __name__.partition(".")[0] + "."
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and (node.module + ".").startswith(ours):
            yield node.module
            for alias in node.names:
                if importlib.util.find_spec(node.module).submodule_search_locations:  # type: ignore[union-attr]
                    yield f"{node.module}.{alias.name}"


_HEAD = '''#!/usr/bin/env python3
"""Checks a bundle of a web4-governance ledger. Python 3.11 or newer, nothing else.

usage: python3 verify.py [--key VKEY]... [--witness VKEY]... [--require-anchor] [BUNDLE]

BUNDLE is the tar or a directory that it was unpacked to; without it, the directory of this file. What follows is the code of
the ledger itself, module by module. Exit code: 0 it holds, 1 could not tell, 2 tampered with, 3 no bundle.
"""

import importlib.abc
import importlib.util
import os
import sys

MODULES = {}


class Inside(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules below, before any that is installed."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("orjson", "re2"):
            raise ModuleNotFoundError(name)  # the standard library alone, also where more is installed
        if name not in MODULES:
            return None
        return importlib.util.spec_from_loader(name, self, is_package=MODULES[name][0])

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name = module.__name__
        exec(compile(MODULES[name][1], f"verify.py:{name}", "exec"), module.__dict__)

'''

_TAIL = f"""if __name__ == "__main__":
    sys.meta_path.insert(0, Inside())
    from {FACE} import main

    sys.exit(main(sys.argv[1:], os.path.dirname(os.path.abspath(__file__))))
"""
