"""A resident gate in a thread of the test, with its clock and its salts told; and questions to it over its real socket."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from web4_governance import hook
from web4_governance.app import frames
from web4_governance.daemon import server
from web4_governance.storage.home import Home

if TYPE_CHECKING:
    from collections.abc import Iterator

WORD = b"w" * frames.WORD


class Ticks:
    """A clock that stands until it is moved, and salts that count: the same for whoever asks in the same order."""

    def __init__(self) -> None:
        self.now_us = 1_700_000_000_000_000
        self.salts = 0

    def clock(self) -> int:
        return self.now_us

    def salt(self) -> bytes:
        self.salts += 1
        return self.salts.to_bytes(16, "big")


@contextmanager
def gate(home: str, ticks: Ticks | None = None) -> Iterator[server.Gate]:
    """Serve a home from a thread until the block ends; then everything is recorded and closed."""
    ready, box = threading.Event(), []

    async def work() -> None:
        told = {} if ticks is None else {"clock": ticks.clock, "salt": ticks.salt}
        made = server.Gate(home, organisation="/nonexistent", **told)  # type: ignore[arg-type]
        listening = server.listen(Home(home))
        assert listening is not None
        box.append(made)
        ready.set()
        await made.serve(listening)

    thread = threading.Thread(target=lambda: asyncio.run(work()))
    thread.start()
    assert ready.wait(10)
    try:
        yield box[0]
    finally:
        with suppress(RuntimeError):  # it has ended by itself
            box[0].loop.call_soon_threadsafe(box[0].end)
        thread.join(20)
        assert not thread.is_alive()


def fields(home: str, **more: str) -> dict[str, str]:
    return {
        "agent": "claude-code",
        "home": home,
        "via": "user",
        "on-failure": "block",
        "deadline-ms": "20000",
        "offset-s": "0",
        "user-home": "/home/dev",
        "script": os.path.abspath(hook.__file__),
        **more,
    }


def connect(home: str) -> socket.socket:
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(30)
    line.connect(os.path.join(home, "run/gate.sock"))
    return line


def exchange(line: socket.socket, question: bytes, word: bytes = WORD) -> tuple[int, int, bytes, bytes]:
    """Give (status, exit code, stdout, stderr)."""
    line.sendall(question)
    return answer(line, word)


def answer(line: socket.socket, word: bytes = WORD) -> tuple[int, int, bytes, bytes]:
    """Give what comes next (status, exit code, stdout, stderr)."""
    told = frames.said(exactly(line, frames.SAY_SIZE), word)
    assert told is not None
    return told[0], told[1], exactly(line, told[2]), exactly(line, told[3])


def exactly(line: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = line.recv(size - len(data))
        assert part, "the gate ended the connection"
        data += part
    return data
