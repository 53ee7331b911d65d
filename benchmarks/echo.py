"""The least that a resident process can do: it answers each frame at once, or after one row is durable in a database.

Started by `resident.py`, which asks it by the native client: what the gate takes more than this is the gate's own.

    python benchmarks/echo.py HOME [--commit]
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys

from web4_governance.app import frames


class Echo(asyncio.Protocol):
    """One connection: frame in, answer out."""

    def __init__(self, database: sqlite3.Connection | None) -> None:
        self._database = database
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        if len(self._held) < frames.ASK_SIZE:
            return
        _kind, head, body, word = frames.asked(self._held[: frames.ASK_SIZE])
        if len(self._held) < frames.ASK_SIZE + head + body:
            return
        if self._database is not None:
            self._database.execute("INSERT INTO t(x) VALUES(?)", (self._held,))
            self._database.commit()
        self._transport.write(frames.say(word, frames.ANSWERED))
        self._held = b""


async def serve(home: str, *, commit: bool) -> None:
    database = None
    if commit:
        database = sqlite3.connect(os.path.join(home, "echo.db"))
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        database.execute("CREATE TABLE t(x BLOB)")
        database.commit()
    os.makedirs(os.path.join(home, "run"), mode=0o700)
    server = await asyncio.get_running_loop().create_unix_server(
        lambda: Echo(database), os.path.join(home, "run/gate.sock")
    )
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(serve(sys.argv[1], commit="--commit" in sys.argv))
