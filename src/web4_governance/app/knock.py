"""Asks the resident gate about one event, and starts it where it is not there (docs/spec/daemon.md C1-C5).

The slim client: a few modules of the interpreter and no more. It decides nothing. Whatever is not a whole, well-formed answer
of a gate that runs as this very user is no answer: the caller's own process then judges, and nothing was lost.
"""

from __future__ import annotations

import os
import stat
from time import monotonic

from web4_governance.app import frames

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Sequence

SOCKET = "run/gate.sock"
STARTING = "run/starting"
LONGEST_PATH = 100  # bytes of a socket's path that every system takes
AGAIN_S = 2.0  # a gate that does not come up is not started by every call
OTHERS_WRITE = 0o022


def ask(path: str, question: bytes, word: bytes, until: float, owner: int) -> tuple[int, bytes, bytes] | None:
    """Give the gate's (exit code, stdout, stderr), or None where it gave none before `until` (of the monotonic clock).

    `owner` is the user that the gate has to run as. OSError says that nobody is there to be asked.
    """
    line = _connect(path, until, owner)
    try:
        return _exchange(line, question, word, until)
    except OSError:
        return None
    finally:
        line.close()


def _connect(path: str, until: float, owner: int) -> _socket.socket:
    import _socket  # noqa: PLC0415  # `socket` builds enums that nobody here needs

    if len(os.fsencode(path)) > LONGEST_PATH or not path.startswith("/"):
        raise OSError(f"`{path}` is no path for a socket")
    found = os.lstat(path)
    place = os.lstat(os.path.dirname(path))
    # Somebody who can put a socket there can answer: the directory is the gate's own and nobody else's to write.
    if found.st_uid != owner or place.st_uid not in (owner, 0) or place.st_mode & OTHERS_WRITE:
        raise OSError(f"`{path}` is another user's")
    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        line.settimeout(max(until - monotonic(), 0.001))
        line.connect(path)
        other = peer_of(line)
    except OSError:
        line.close()
        raise
    if other != owner:
        line.close()
        raise OSError("another user answers")
    return line


def peer_of(line: _socket.socket) -> int:
    """Give the user id of the process at the other end; -1 where the system does not tell."""
    import _socket  # noqa: PLC0415
    import sys  # noqa: PLC0415

    try:
        if hasattr(_socket, "SO_PEERCRED"):
            found = line.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
        else:  # LOCAL_PEERCRED of BSD and macOS: struct xucred, version then user id
            found = line.getsockopt(0, 1, 76)  # pragma: no cover
    except OSError:
        return -1
    return int.from_bytes(found[4:8], sys.byteorder)


def _exchange(line: _socket.socket, question: bytes, word: bytes, until: float) -> tuple[int, bytes, bytes] | None:
    line.settimeout(max(until - monotonic(), 0.001))
    line.sendall(question)
    start = _exactly(line, frames.SAY_SIZE, until)
    told = frames.said(start, word) if len(start) == frames.SAY_SIZE else None
    if told is None or told[0] != frames.ANSWERED:
        return None
    out, err = _exactly(line, told[2], until), _exactly(line, told[3], until)
    return (told[1], out, err) if (len(out), len(err)) == told[2:] else None


def _exactly(line: _socket.socket, size: int, until: float) -> bytes:
    parts = b""
    while len(parts) < size:
        line.settimeout(max(until - monotonic(), 0.001))
        part = line.recv(size - len(parts))
        if not part:
            return parts
        parts += part
    return parts


def start(home: str, command: Sequence[str], *, environment: dict[str, str]) -> bool:
    """Start the gate of a home, once however many clients want to; say whether this call did.

    It gets a session of its own, no descriptor but the lock that says that it is on its way, and a clean environment.
    """
    from fcntl import LOCK_EX, LOCK_NB, flock  # noqa: PLC0415  # only where nobody answered

    place = os.path.join(home, STARTING)
    os.makedirs(os.path.dirname(place), mode=0o700, exist_ok=True)
    handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        flock(handle, LOCK_EX | LOCK_NB)
        found = os.fstat(handle)
        import time  # noqa: PLC0415

        if stat.S_ISREG(found.st_mode) and found.st_size and abs(time.time() - found.st_mtime) < AGAIN_S:
            return False
        os.pwrite(handle, b"1", 0)
        os.utime(handle)
        _spawn(handle, command, environment)
    except OSError:  # somebody else is starting it
        return False
    finally:
        os.close(handle)
    return True


def _spawn(handle: int, command: Sequence[str], environment: dict[str, str]) -> None:
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    try:
        # Closed are all others: each descriptor of ours says so itself, and the host's go by the last action.
        moves = [(os.POSIX_SPAWN_DUP2, null, n) for n in range(3)]
        moves.append((os.POSIX_SPAWN_DUP2, handle, 3))
        os.posix_spawn(command[0], [*command, "--starting=3"], environment, file_actions=moves, setsid=True)
    finally:
        os.close(null)
