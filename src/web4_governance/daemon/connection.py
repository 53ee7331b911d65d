"""One client's connection: a frame, its answer, and perhaps another frame. Who may not ask is cut off without a word.

By the loop's own readers and writers, not by a transport: a client asks one thing and goes, its frame is there when it is let
in, and is read at once; the loop is asked to watch only whoever has more to say.
"""

from __future__ import annotations

import os
import socket
import struct
from threading import Lock
from time import monotonic

from web4_governance.app import frames
from web4_governance.app.peer import parent_of
from web4_governance.daemon.call import Call

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio

    from web4_governance.daemon.server import Gate

FRAME_S = 5.0  # in which a frame that was begun has to be there
AHEAD_S = 0.005  # before a client's first frame, in which what was looked at for it counts for that frame
PIECE = 32 * 1024  # taken at once: large buffers that come and go leave holes in the memory of a process that stays


class Connection:
    """One client's connection. All of it is the loop's but `send` and `parent`, which are whoever's has the call in work."""

    def __init__(self, gate: Gate, line: socket.socket) -> None:
        self._gate = gate
        self._line: socket.socket | None = line
        self._handle = line.fileno()
        self._buffer = bytearray()
        self._rest = b""  # of an answer that the client has not taken yet
        self._busy = self._ended = self._watched = self._within = False
        self._timer: asyncio.TimerHandle | None = None
        self._reported_by: tuple[int, int] | None = None
        self._let_in = monotonic()
        self._sending = Lock()
        self._pid, self._uid = peer_of(line)

    def begin(self) -> None:
        """Let in whom the gate is for, and nobody else, and read what is there."""
        if self._uid not in self._gate.clients or len(self._gate.open) >= self._gate.most_connections:
            self.close()
            return
        self._gate.open.add(self)
        self._read()
        if self._watched and not self._buffer:
            self._gate.make_ready(self)

    def close(self) -> None:
        """End the connection; what was taken from it is recorded all the same."""
        line, self._line = self._line, None
        if line is None:
            return
        self._watch(False)
        if self._rest:
            self._gate.loop.remove_writer(self._handle)
        with self._sending:  # INVARIANT: the number is free only after this, so nobody sends into another's line
            self._handle = -1
            line.close()
        self._gate.open.discard(self)
        self._hurry(False)

    def go_on(self) -> None:
        """Begin the next call, if it is there and there is room for it; else wait for what the client says."""
        while self._line is not None and not self._busy and not self._gate.full:
            self._within = True
            try:
                begun = self._next()
            except (frames.FrameError, ValueError):
                self.close()
                return
            finally:
                self._within = False
            if not begun:
                self._wait()
                return
        self._hurry(False)

    def _wait(self) -> None:
        if self._ended:
            self.close()
        else:
            self._watch(True)
            self._hurry(bool(self._buffer))

    def _say_more(self) -> None:
        """The client has more to say: it is taken when its call is answered and there is room."""
        if self._busy or self._gate.full:
            self._watch(False)
        else:
            self._read()

    def _read(self) -> None:
        """Take what the client has said."""
        if self._line is None:
            return
        try:
            piece = self._line.recv(PIECE)
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        else:
            self._buffer += piece
            self._ended = not piece
        self.go_on()

    def _next(self) -> bool:
        """Begin a call whose frame is whole; say whether there was one."""
        buffer = self._buffer
        if len(buffer) < frames.ASK_SIZE:
            return False
        kind, head, body, word = frames.asked(bytes(buffer[: frames.ASK_SIZE]))
        whole = frames.ASK_SIZE + head + body
        if len(buffer) < whole:
            return False
        fields = self._gate.fields(bytes(buffer[frames.ASK_SIZE : frames.ASK_SIZE + head]))
        data = bytes(buffer[frames.ASK_SIZE + head : whole])
        del buffer[:whole]
        self._hurry(False)
        self._busy = True
        if kind == frames.EVENT:
            Call(self._gate, self, fields=fields, data=data, word=word).begin(self._came())
            return True
        if kind == frames.STOP and self._uid in (os.getuid(), 0):
            self._gate.end()
        self.answer(frames.say(word, frames.ANSWERED, out=self._gate.state()))
        return True

    def _came(self) -> float:
        """Give when a call came (of the monotonic clock): the first of a client with it, where its frame came at once."""
        now = monotonic()
        let_in, self._let_in = self._let_in, 0.0
        return let_in if now - let_in <= AHEAD_S else now

    def parent(self) -> tuple[int, int]:
        """Give the process that started the client, and its start time; looked up once, by the first call."""
        if self._reported_by is None:
            parent = parent_of(self._pid)
            self._reported_by = parent, self._gate.parents.start_of(parent)
        return self._reported_by

    def send(self, data: bytes) -> bytes:
        """In any thread: send the answer to the call that is in work; give what of it the loop has to send.

        Nothing waits before it: the answers to earlier calls were taken before this call was read.
        """
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
        if self._line is None:
            self._busy = False
            return
        self._rest = self.send(data) if data else b""
        if self._rest:
            self._gate.loop.add_writer(self._handle, self._give_rest)
            return
        self._busy = False
        if self._within or (self._watched and not self._buffer):
            return  # who began it looks for the next frame, or the loop does
        self._read()  # of a client that has gone, this is where it is found

    def _give_rest(self) -> None:
        self._rest = self.send(self._rest)
        if not self._rest and self._line is not None:
            self._gate.loop.remove_writer(self._handle)
            self._busy = False
            self._read()

    def _watch(self, wanted: bool) -> None:  # what the name asks
        if wanted is self._watched:
            return
        self._watched = wanted
        if wanted:
            self._gate.loop.add_reader(self._handle, self._say_more)
        else:
            self._gate.loop.remove_reader(self._handle)

    def _hurry(self, wanted: bool) -> None:  # as above
        """See that a frame that was begun is whole before long."""
        if wanted and self._timer is None:
            self._timer = self._gate.loop.call_later(FRAME_S, self._overdue)
        elif not wanted and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _overdue(self) -> None:
        self._timer = None
        if self._buffer and not self._busy and not self._gate.full:
            self.close()  # half a frame: nobody sends one so slowly


def peer_of(line: socket.socket) -> tuple[int, int]:
    """Give (process id, user id) of the process at the other end; the id is 0 where the system does not tell it."""
    if hasattr(socket, "SO_PEERCRED"):
        pid, uid, _gid = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return int(pid), int(uid)
    # LOCAL_PEERCRED of BSD and macOS: struct xucred, version then user id
    return 0, int(struct.unpack("=2I", line.getsockopt(0, 1, 76)[:8])[1])  # pragma: no cover
