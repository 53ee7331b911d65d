"""Reads stretches of a large ledger in processes of their own, so that a verification uses more than one core (ledger.md V13).

A process reads its stretch through a reader of its own, takes every step that can be taken there, and says what the whole
has to know; or that something is not as it should be, and then the stretch is read again by who asked. So no finding, no
doubt and no failure of a process changes a verdict. What they say to each other are plain values between parent and child.
"""

from __future__ import annotations

import marshal
import os
import subprocess
import sys
from contextlib import contextmanager

from web4_governance.app.detach import PACKAGE
from web4_governance.app.verify_entries import Seen, take_entries
from web4_governance.core.canonical import decode, encode
from web4_governance.core.errors import Web4Error
from web4_governance.core.ledger.part import Part
from web4_governance.core.ledger.verify import Walk
from web4_governance.core.value import value
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import IO, Any

    from web4_governance.storage.reader import Reader

LEAST = 20_000  # entries: below, a process costs more than it brings
MOST = 4
ALIGNED = 256
START = (
    "import sys; sys.path.insert(0, {!r}); from web4_governance.app.verify_apart import main;"
    " main(sys.stdin.buffer, sys.stdout.buffer)"
)
FIELDS = tuple(Part.__annotations__)


@value
class Stretch:
    """Entries from `start` to before `end`, and the process that reads them."""

    start: int
    end: int
    process: subprocess.Popen[bytes]

    def read(self) -> tuple[Part, Seen] | None:
        """Wait for what the process has to say; None where somebody else has to read the stretch."""
        out = self.process.stdout.read() if self.process.stdout else b""
        if self.process.wait() or not out:
            return None
        told = marshal.loads(out)  # noqa: S302  # of a process that we started, through a pipe that it alone has
        return _seen(told)


@contextmanager
def reading_apart(reader: Reader, gone: int, sizes: Iterable[int]) -> Iterator[tuple[Stretch, ...]]:
    """Start the processes for the later stretches of a ledger; none where it is short, or there is one core."""
    size = reader.head().size
    cores = min(os.cpu_count() or 1, MOST)
    stretches: list[Stretch] = []
    if size - gone >= LEAST:
        bounds = [(gone + (size - gone) * n // cores) // ALIGNED * ALIGNED for n in range(1, cores)]
        asked = tuple(sizes)
        for start, end in zip(bounds, [*bounds[1:], size], strict=True):
            process = _start(reader.home.path, start, end, asked)
            stretches += [Stretch(start=start, end=end, process=process)] if process else []
    try:
        yield tuple(stretches)
    finally:
        for stretch in stretches:
            stretch.process.kill()
            stretch.process.communicate()


def _start(home: str, start: int, end: int, sizes: tuple[int, ...]) -> subprocess.Popen[bytes] | None:
    command = [sys.executable, "-I", "-c", START.format(os.path.dirname(PACKAGE))]
    try:
        process = subprocess.Popen(  # noqa: S603  # ourselves
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return None
    line, process.stdin = process.stdin, None
    try:
        with line or open(os.devnull, "wb") as told:
            told.write(marshal.dumps((home, start, end, tuple(n for n in sizes if start < n <= end))))
    except OSError:  # it has ended: then the stretch is read here
        pass
    return process


def main(asked: IO[bytes], told: IO[bytes]) -> None:
    """Read one stretch, as asked, and tell; nothing where something in it is not as it should be."""
    home, start, end, sizes = marshal.load(asked)  # noqa: S302  # of who started this process
    walk, seen = Walk(sizes=sizes, apart=start), Seen()
    try:
        with open_reader(home) as reader:
            take_entries(walk, reader, None, seen, after=start - 1, until=end)
    except Web4Error:
        return
    part = walk.part()
    if part is not None and part.size == end - start:
        deliveries = {idx: encode(said) for idx, said in seen.deliveries.items()}
        files = [(idx, encode(rows)) for idx, rows in seen.files.rows]
        more = (deliveries, seen.policy, tuple(seen.uses), files, seen.files.whole, seen.closed)
        marshal.dump((*(getattr(part, name) for name in FIELDS), *more), told)


def _seen(told: tuple[Any, ...]) -> tuple[Part, Seen]:
    seen = Seen()
    deliveries, seen.policy, uses, files, seen.files.whole, seen.closed = told[len(FIELDS) :]
    seen.files.rows = [(idx, decode(rows)) for idx, rows in files]
    seen.deliveries = {idx: decode(said) for idx, said in deliveries.items()}
    seen.uses = set(uses)
    return Part(**dict(zip(FIELDS, told, strict=False))), seen
