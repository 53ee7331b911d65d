"""A line on standard error that says how far something is, once it takes over a second; only for a person at a terminal."""

from __future__ import annotations

import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeVar

    T = TypeVar("T")

BEGIN_S, EVERY_S = 1.0, 0.2


class Progress:
    """Told how far something is; the line is wiped away when it ends."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._begun = time.monotonic()
        self._next = self._begun + BEGIN_S
        self._wide = 0

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
        if self._wide:
            self._print("")
            print("\r", end="", file=sys.stderr, flush=True)

    def _print(self, text: str) -> None:
        print(f"\r{text:<{self._wide}}", end="", file=sys.stderr, flush=True)
        self._wide = max(self._wide, len(text))
