"""Makes the lines of a large export in processes of their own, so that more than one core works at it (cli.md T11).

The places come from one snapshot, in order; each process reads some hundred of them at a time through a reader of its own,
of the entries that the snapshot has, and gives back the bytes; they are written in the order of the places. A process that
fails leaves its work to who asked. What was erased since the export began is not shown any more. A request and its answer are
a length and so many bytes.
"""

from __future__ import annotations

import gc
import marshal
import os
import struct
import subprocess
import sys
from collections import deque
from contextlib import contextmanager, suppress
from itertools import islice

from web4_governance.app.detach import PACKAGE
from web4_governance.app.exports.formats import lines_of
from web4_governance.app.reading import Reading
from web4_governance.core.errors import Web4Error
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
    from typing import IO, TypeAlias

    from web4_governance.storage.reader import Reader

    Made: TypeAlias = "tuple[bytes, int, int]"  # the bytes, how many records, and the place of the last

AT_ONCE = 8  # lots that are made here first: of a short export, a process costs more than it brings
MEANWHILE = 12  # lots that are made here while the processes start
WAITING = 2  # lots that a process has at a time: small requests, which never fill a pipe
MOST = 4
PIPE = 1 << 20  # bytes: an answer or two fit in, and a process works on while another one is waited for
LOOK_EVERY = 200_000  # objects more than there were
LENGTH = struct.Struct(">Q")
START = (
    "import sys; sys.path.insert(0, {!r}); from web4_governance.app.exports.apart import main;"
    " main(sys.stdin.buffer, sys.stdout.buffer)"
)


def made(
    reader: Reader,
    form: str,
    lots: Iterable[Sequence[int]],
    *,
    cores: int | None = None,
    at_once: int = AT_ONCE,
    meanwhile: int = MEANWHILE,
) -> Generator[Made, None, None]:
    """Give the bytes of lots of places, one after the other, as the format prints their records.

    Args:
        reader: The ledger; its snapshot says up to which place entries count.
        form: The format's name.
        lots: The places, some hundred at a time.
        cores: How many processes may work; by default as many as there are cores, four at most.
        at_once: How many lots are made before there are any processes.
        meanwhile: How many more are made before these are asked.
    """
    lines, reading, size = lines_of(form, reader), Reading(reader), reader.head().size
    rest = iter(lots)

    def here(places: Sequence[int]) -> Made:
        records = reading.at(places)
        return lines.lines(records), len(records), places[-1]

    for n, places in enumerate(rest, 1):
        yield here(places)
        if n >= at_once:
            break
    wanted = min(os.cpu_count() or 1, MOST) if cores is None else cores
    with _workers(reader.home.path, form, size, wanted if wanted > 1 else 0) as workers:
        yield from map(here, islice(rest, meanwhile))
        waiting: deque[tuple[Sequence[int], _Worker | None]] = deque()
        for n, places in enumerate(rest):
            worker = workers[n % len(workers)] if workers else None
            waiting.append((places, worker if worker and worker.ask(places) else None))
            if len(waiting) > WAITING * len(workers):
                yield _next(waiting, here)
        while waiting:
            yield _next(waiting, here)


def _next(waiting: deque[tuple[Sequence[int], _Worker | None]], here: Callable[[Sequence[int]], Made]) -> Made:
    places, worker = waiting.popleft()
    told = worker.answer() if worker else None
    return here(places) if told is None else (told[1], told[0], places[-1])


class _Worker:
    """A process that makes lines; once it fails, it is asked nothing more."""

    def __init__(self, home: str, form: str, size: int) -> None:
        command = [sys.executable, "-I", "-c", START.format(os.path.dirname(PACKAGE))]
        self._process = subprocess.Popen(  # noqa: S603  # ourselves
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._works = True
        _widen(self._process.stdout)
        self.ask((home, form, size))

    def ask(self, what: Sequence[int | str]) -> bool:
        """Hand over what is to be done; say whether the process took it."""
        try:
            if self._works and self._process.stdin:
                _write(self._process.stdin, marshal.dumps(tuple(what)))
        except OSError:
            self._works = False
        return self._works

    def answer(self) -> tuple[int, bytes] | None:
        """Wait for the next answer: how many records, and their bytes; None where there comes none any more."""
        told = _read(self._process.stdout) if self._works and self._process.stdout else None
        if told is None:
            self._works = False
            return None
        return int.from_bytes(told[: LENGTH.size], "big"), told[LENGTH.size :]

    @property
    def ended(self) -> bool:
        """Say whether there is no such process any more."""
        return self._process.poll() is not None

    def end(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def _workers(home: str, form: str, size: int, count: int) -> Iterator[list[_Worker]]:
    workers: list[_Worker] = []
    try:
        with suppress(OSError):  # no more of them: then those that there are
            workers.extend(_Worker(home, form, size) for _ in range(count))
        yield workers
    finally:
        for worker in workers:
            worker.end()


def main(asked: IO[bytes], told: IO[bytes]) -> None:
    """Make lines as they are asked for, until nobody asks any more; end where something cannot be read."""
    first = _read(asked)
    if first is None:
        return
    home, form, size = marshal.loads(first)  # noqa: S302  # of who started this process
    # Records come and go in lots and refer to nothing behind them: looking for what does would cost a tenth of the time.
    gc.freeze()
    gc.set_threshold(LOOK_EVERY)
    try:
        with open_reader(home) as reader:
            lines, reading = lines_of(form, reader, size), Reading(reader, size=size)
            while (request := _read(asked)) is not None:
                records = reading.at(marshal.loads(request))  # noqa: S302  # as above
                _write(told, LENGTH.pack(len(records)) + lines.lines(records))
    except (Web4Error, OSError):
        return


def _widen(pipe: IO[bytes] | None) -> None:
    """Let a pipe hold whole answers, where the system can (Linux)."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl  # noqa: PLC0415  # not on every system

        if pipe is not None:
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE)


def _write(to: IO[bytes], data: bytes) -> None:
    to.write(LENGTH.pack(len(data)))
    to.write(data)
    to.flush()


def _read(of: IO[bytes]) -> bytes | None:
    """Give the next message, None at the end or where it is cut off."""
    begin = of.read(LENGTH.size)
    size = int.from_bytes(begin, "big")
    data = of.read(size) if len(begin) == LENGTH.size else b""
    return data if len(begin) == LENGTH.size and len(data) == size else None
