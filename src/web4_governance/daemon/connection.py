"""One client's connection: a frame, its answer, and perhaps another frame. Who may not ask is cut off without a word."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from threading import Lock

from web4_governance.app import frames
from web4_governance.app.peer import parent_of, start_of
from web4_governance.daemon.call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.daemon.server import Gate

FRAME_S = 5.0  # in which a frame that was begun has to be there


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._buffer = bytearray()
        self._busy = False
        self._ended = False
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.Transport | None = None
        self._pid = 0
        self._uid = -1
        self._reported_by: tuple[int, int] | None = None
        self._sending = Lock()
        self._handle = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let in whom the gate is for, and nobody else."""
        if not isinstance(transport, asyncio.Transport):  # pragma: no cover  # a stream's always is
            return
        self._pid, self._uid = peer_of(transport.get_extra_info("socket"))
        if self._uid not in self._gate.clients or len(self._gate.open) >= self._gate.most_connections:
            transport.abort()
            return
        self._transport = transport
        self._handle = transport.get_extra_info("socket").fileno()
        self._gate.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; what was taken from it is recorded all the same."""
        del exc
        self._transport = None
        with self._sending:  # INVARIANT: the transport closes the socket after this, so nobody sends into another's
            self._handle = -1
        self._gate.open.discard(self)
        self._rest()

    def data_received(self, data: bytes) -> None:
        """Take what came; a frame that was begun has to be whole before long."""
        self._buffer += data
        if self._timer is None:
            self._timer = self._gate.loop.call_later(FRAME_S, self._overdue)
        self.go_on()

    def eof_received(self) -> bool:
        """Keep the connection while an answer is still to be given."""
        self._ended = True
        return self._busy

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()

    def go_on(self) -> None:
        """Begin the next call, if it is there and there is room for it."""
        transport = self._transport
        if transport is None:
            return
        if self._busy or self._gate.full:
            transport.pause_reading()
            self._rest()
            return
        transport.resume_reading()
        try:
            self._next()
        except (frames.FrameError, ValueError):
            transport.abort()

    def _next(self) -> None:
        if len(self._buffer) < frames.ASK_SIZE:
            return
        kind, head, body, word = frames.asked(bytes(self._buffer[: frames.ASK_SIZE]))
        whole = frames.ASK_SIZE + head + body
        if len(self._buffer) < whole:
            return
        fields = frames.fields_of(bytes(self._buffer[frames.ASK_SIZE : frames.ASK_SIZE + head]))
        data = bytes(self._buffer[frames.ASK_SIZE + head : whole])
        del self._buffer[:whole]
        self._rest()
        self._busy = True
        if kind == frames.EVENT:
            Call(self._gate, self, fields=fields, data=data, word=word).begin()
            return
        self.answer(frames.say(word, frames.ANSWERED, out=self._gate.state()))
        if kind == frames.STOP and self._uid in (os.getuid(), 0):
            self._gate.end()

    def parent(self) -> tuple[int, int]:
        """Give the process that started the client, and its start time; looked up once, by the first call."""
        if self._reported_by is None:
            parent = parent_of(self._pid)
            self._reported_by = parent, start_of(parent)
        return self._reported_by

    def send(self, data: bytes) -> bytes:
        """In any thread: send the answer to the call that is in work; give what of it the loop has to send.

        Nothing waits before it: the answers to earlier calls were taken before this call was read, or it is not sent here.
        """
        transport = self._transport
        if transport is None or transport.get_write_buffer_size():
            return data
        with self._sending:
            if self._handle < 0:
                return b""
            try:
                return data[os.write(self._handle, data) :]
            except BlockingIOError:
                return data
            except OSError:  # the client is gone, which the loop will find
                return b""

    def answer(self, data: bytes) -> None:
        """In the loop: give the answer to the call that is in work, or what is left of it, and go on."""
        self._busy = False
        transport = self._transport
        if transport is None:
            return
        if data:
            transport.write(data)
        if self._ended and not self._buffer:
            transport.close()
        else:
            self.go_on()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _overdue(self) -> None:
        self._timer = None
        if self._buffer and not self._busy and not self._gate.full and self._transport is not None:
            self._transport.abort()  # half a frame: nobody sends one so slowly


def peer_of(line: socket.socket) -> tuple[int, int]:
    """Give (process id, user id) of the process at the other end; the id is 0 where the system does not tell it."""
    if hasattr(socket, "SO_PEERCRED"):
        pid, uid, _gid = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(pid), int(uid)
    # LOCAL_PEERCRED of BSD and macOS: struct xucred, version then user id
    return 0, int(struct.unpack("=2I", line.getsockopt(0, 1, 76)[:8])[1])  # pragma: no cover
