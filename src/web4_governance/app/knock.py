"""Asks the resident gate, and starts it where it is not there (docs/spec/daemon.md C1-C5).

Asking is what the slim client does, from where it is taken; starting is for whoever found nobody.
"""

from __future__ import annotations

import os
import stat

from web4_governance.slim import SOCKET, ask, peer_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SOCKET", "ask", "peer_of", "start"]

STARTING = "run/starting"
AGAIN_S = 2.0  # a gate that does not come up is not started by every call


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
