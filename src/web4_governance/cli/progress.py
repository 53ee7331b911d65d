"""A line on standard error that says how far something is, once it takes over a second; only for a person at a terminal.

There is one such line. A `Progress` says how much is done; while none does, `patience` says of any command that it is still at
work. Whatever else is printed wipes it away first.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO, TypeVar

    T = TypeVar("T")

BEGIN_S, EVERY_S = 1.0, 0.2
ASKED_ONLY = frozenset(
    ("isatty", "fileno", "encoding", "errors", "closed", "name", "mode", "readable", "seekable", "writable")
)


class _Line:
    """The line: what stands there, who wrote it, and since when."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._wide = 0
        self.owner: object = None
        self.changed = 0.0

    def show(self, owner: object, text: str) -> None:
        """Put a text there."""
        with self._lock:
            self.owner, self.changed = owner, time.monotonic()
            print(f"\r{text:<{self._wide}}", end="", file=_terminal(), flush=True)
            self._wide = max(self._wide, len(text))

    def wipe(self, owner: object = None) -> None:
        """Take away what stands there, or what its owner wrote."""
        with self._lock:
            if self._wide and owner in (None, self.owner):
                print(f"\r{'':<{self._wide}}\r", end="", file=_terminal(), flush=True)
                self._wide, self.owner, self.changed = 0, None, time.monotonic()


_line = _Line()


def _terminal() -> TextIO:
    stream = sys.stderr
    return stream.stream if isinstance(stream, _Heard) else stream


class Progress:
    """Told how far something is; the line is wiped away when it ends."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun = time.monotonic()
        self._next = self._begun + BEGIN_S

    def over(self, items: Sequence[T]) -> Iterator[T]:
        """Give the items one by one, and say how many of them were asked for."""
        try:
            for n, item in enumerate(items):
                yield item
                self(n + 1, n, len(items))
        finally:
            self.close()

    def __call__(self, done: int, place: int, size: int) -> None:
        """Say that so much is done, at a place of the ledger's size."""
        now = time.monotonic()
        if now < self._next or not sys.stderr.isatty():
            return
        self._next = now + EVERY_S
        text = f"{self._what}: {done:,} ({min(100, 100 * (place + 1) // max(size, 1))} %), {now - self._begun:.0f} s"
        self._print(text)

    def of(self, what: str, done: int, place: int, size: int) -> None:
        """Say it of another part of the work."""
        self._what = what
        self(done, place, size)

    def close(self) -> None:
        """Wipe the line away."""
        _line.wipe(self)

    def _print(self, text: str) -> None:
        _line.show(self, text)


@contextmanager
def shown(what: str) -> Iterator[Progress]:
    """Give what is to be told how far something is; its line is gone in the end, however that comes."""
    progress = Progress(what)
    try:
        yield progress
    finally:
        progress.close()


class _Heard:
    """A standard stream that wipes the line away before anything is written, and says so."""

    def __init__(self, stream: TextIO, waiting: _Waiting, *, last: bool) -> None:
        self.stream = stream
        self._waiting = waiting
        self._last = last

    def write(self, text: str) -> int:
        """Write, after the line is gone."""
        self._hear()
        return self.stream.write(text)

    def __getattr__(self, name: str) -> object:
        if name not in ASKED_ONLY:
            self._hear()
        return getattr(self.stream, name)

    def _hear(self) -> None:
        if self._last:
            self._waiting.end()
        _line.wipe()


class _Waiting:
    """Says every now and then that a command is at work, until it prints what it found."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun = time.monotonic()
        self._ended = threading.Event()
        threading.Thread(target=self._tell, daemon=True).start()

    def end(self) -> None:
        """Say nothing more."""
        self._ended.set()

    def _tell(self) -> None:
        while not self._ended.wait(EVERY_S):
            now = time.monotonic()
            if now - max(self._begun, 0 if _line.owner is self else _line.changed) < BEGIN_S:
                continue
            if _line.owner in (None, self) and not self._ended.is_set():
                _line.show(self, f"{self._what}: at work, {now - self._begun:.0f} s")


@contextmanager
def patience(what: str) -> Iterator[None]:
    """Say to a person at a terminal that a command is at work, until it prints its first line or ends."""
    if not sys.stderr.isatty():
        yield
        return
    waiting, out, err = _Waiting(what), sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Heard(out, waiting, last=True), _Heard(err, waiting, last=False)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
        waiting.end()
        _line.wipe(waiting)
