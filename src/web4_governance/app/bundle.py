"""Makes an export bundle: entries, openings, proofs, heads, and the verifier for them (docs/spec/bundle.md).

Read only, of one snapshot. What is erased is not in it: a bundle holds what the ledger still shows. It is a copy that no
erasure reaches later, and says so in its README.
"""

from __future__ import annotations

import ast
import importlib.util
import io
import os
import tarfile
import tempfile
from contextlib import ExitStack
from functools import partial
from itertools import chain, count, islice

from web4_governance.app.disclosure import Disclosure, Shown
from web4_governance.app.signing import present, read
from web4_governance.core.canonical import encode
from web4_governance.core.errors import UsageError
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
from web4_governance.core.ledger.merkle import HASH_SIZE, perfect
from web4_governance.core.ledger.proof import inclusion_proof, root_hash
from web4_governance.core.record.entry import Kind, at
from web4_governance.storage.filters import Filters
from web4_governance.storage.finding import CHUNK
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO, Any, TypeAlias

    from web4_governance.app.signing import Keys
    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.proof import HashAt
    from web4_governance.core.record.entry import Opening, Stored
    from web4_governance.storage.lookup import SignedHead
    from web4_governance.storage.reader import Reader

    Told: TypeAlias = Callable[[int, int, int], Any]

FACE = "web4_governance.app.bundle_verifier"
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
) -> tuple[int, bool]:
    """Write a bundle of the whole ledger, or of what filters find; give how many entries, and whether it is whole.

    Args:
        home: The home.
        path: The file to write.
        filters: Which calls; None is the whole ledger.
        disclose: Which values are shown; None is all that the ledger still shows.
        assurance: What holds of the ledger now, as `app.assurance.for_export` says it; it goes into a file of its own.
        told: Hears how many entries were read, the place of the last, and the ledger's size.
    """
    with open_reader(home) as reader, ExitStack() as scratch:
        places = None if filters is None else _chosen(reader, filters)
        if places == []:
            raise UsageError("nothing matches: there is nothing to export")
        shown = None if disclose is None else _shown(reader, disclose)
        # What one pass makes side by side lies beside the bundle until it is put into it: in memory it would be the ledger.
        beside = partial(_scratch, scratch, os.path.dirname(os.path.abspath(path)))
        files = _files(reader, places, shown, beside=beside, told=told)
        _write(path, files if assurance is None else chain(files, [(ASSURANCE, encode(assurance))]))
        return (reader.head().size if places is None else len(places)), places is None


def _scratch(held: ExitStack, directory: str) -> IO[bytes]:
    """Give a file without a name, which goes with the process however that ends."""
    try:
        return held.enter_context(tempfile.TemporaryFile(dir=directory))
    except OSError as error:
        raise UsageError(f"`{directory}` cannot be written: {(error.strerror or str(error)).lower()}") from None


def _write(path: str, files: Iterable[tuple[str, bytes | IO[bytes]]]) -> None:
    """Write the tar; each file's bytes are the same for the same ledger, whoever makes it and when."""
    temporary = f"{path}.{os.getpid()}.tmp"
    # Crash: a `.tmp` that nobody reads; the file itself is there whole or not at all.
    try:
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            with open(fd, "wb") as file, tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
                for name, data in files:
                    member, content = tarfile.TarInfo(name), io.BytesIO(data) if isinstance(data, bytes) else data
                    member.size, member.mode = content.seek(0, os.SEEK_END), 0o644
                    content.seek(0)
                    tar.addfile(member, content)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise UsageError(f"`{path}` cannot be written: {(error.strerror or str(error)).lower()}") from None


def _shown(reader: Reader, disclose: Disclosure) -> Shown:
    if disclose.where is None:
        return Shown(disclose, None)
    calls = (idx for lot in reader.places(disclose.where) for idx in lot)
    return Shown(disclose, frozenset(one.idx for idx in calls for one in _call(reader, idx)))


def _files(
    reader: Reader, places: list[int] | None, shown: Shown | None, *, beside: Callable[[], IO[bytes]], told: Told
) -> Iterator[tuple[str, bytes | IO[bytes]]]:
    head = reader.head()
    lines, openings, proofs = beside(), beside(), beside()
    tree = None if places is None else tree_of(reader.leaves())
    written = 0
    ours, signed = _signed(reader)
    if places is not None:  # proved against the last signed head, where it is over all that was chosen
        signed = [one for one in signed[-1:] if one.size > places[-1]]
    size = head.size if places is None or not signed else signed[-1].size
    for stored, opened in _read(reader, places):
        lines.write(stored.data + b"\n")
        openings.write(_opened(stored.idx, opened if shown is None else shown.of(stored.idx, opened)))
        if tree is not None:
            path: list[Json] = [step.hex() for step in inclusion_proof(stored.idx, size, tree)]
            proofs.write(encode({"idx": stored.idx, "proof": path}) + b"\n")
        written += 1
        if written % CHUNK == 0:
            told(written, stored.idx, head.size)
    if shown is not None:
        shown.refuse_unused()
    root = head.root if tree is None else root_hash(size, tree)
    keys: list[Json] = [key.to_text() for key in ours.chain] if ours else []
    yield README, TEXT.encode()
    yield (
        MANIFEST,
        encode(
            {
                "v": VERSION,
                "origin": reader.origin,
                "keys": keys,
                "size": size,
                "root": root.hex(),
                "whole": places is None,
                "entries": written,
                **({"shown": [*map(str, sorted(shown.used))]} if shown else {}),
            }
        ),
    )
    yield ENTRIES, lines
    yield OPENINGS, openings
    if tree is not None:
        yield PROOFS, proofs
    for one in signed:
        yield f"{HEADS}{one.size:012}.note", one.note
    for n, note in enumerate(ours.successions if ours else (), 1):
        yield f"{SUCCESSIONS}{n:06}.note", note.to_bytes()
    yield VERIFIER, verifier_source().encode()


def _read(reader: Reader, places: list[int] | None) -> Iterator[tuple[Stored, tuple[Opening, ...]]]:
    """Give all entries or those at some places, some hundred read at a time, each with its openings."""
    every = reader.entries() if places is None else None
    for n in count(0, CHUNK):
        if every is not None:
            lot = [*islice(every, CHUNK)]
        else:
            found = reader.entries_at((places or [])[n : n + CHUNK])
            lot = [found[idx] for idx in sorted(found)]
        if not lot:
            return
        near = lot[-1].idx - lot[0].idx < MOST_BETWEEN
        opened = reader.openings_between(lot[0].idx, lot[-1].idx) if near else {}
        for stored in lot:
            yield stored, opened.get(stored.idx, ()) if near else reader.openings(stored.idx)


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


def _chosen(reader: Reader, filters: Filters) -> list[int]:
    """Give the places that go into a selection: a session's every entry, or calls with what stands around them."""
    whole = filters == Filters(session=filters.session) and filters.session
    entries = (
        reader.entries(session=filters.session)
        if whole
        else (one for lot in reader.places(filters) for idx in lot for one in _call(reader, idx))
    )
    chosen, digests = set[int](), set[str]()
    for stored in entries:
        chosen.add(stored.idx)
        digests.add(_policy_of(stored))
    policies = (one for one in reader.of_kind(Kind.POLICY) if _policy_of(one) in digests)
    return sorted({*chosen, *(one.idx for one in policies)})


def _policy_of(stored: Stored) -> str:
    found = at(stored.body(), "rules.policy")
    return found if isinstance(found, str) else ""


def _call(reader: Reader, idx: int) -> Iterator[Stored]:
    intent = reader.entry(idx)
    if intent is None:  # pragma: no cover  # of one snapshot
        return
    yield intent
    yield from reader.outcomes_of(idx)
    prompt = at(intent.body(), "reference.prompt")
    if isinstance(prompt, str):  # which is the session's last one before it; any other is looked for everywhere
        before = reader.before(intent.session, str(Kind.PROMPT), idx)
        if before is not None and before.leaf.hex() == prompt:
            yield before
        else:
            yield from reader.by_leaf(prompt, kind=Kind.PROMPT)


def tree_of(leaves: bytes) -> HashAt:
    """Give a reader of the tree's hashes that computes them from the leaves, each once."""
    known: dict[tuple[int, int], bytes] = {}

    def hash_at(level: int, index: int) -> bytes:
        found = known.get((level, index))
        if found is None:
            first, last = index << level, (index + 1) << level
            here = leaves[first * HASH_SIZE : last * HASH_SIZE]
            found = known[level, index] = perfect([here[n : n + HASH_SIZE] for n in range(0, len(here), HASH_SIZE)])
        return found

    return hash_at


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
