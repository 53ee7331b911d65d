"""The resident gate of a home as a person asks about it: whether one answers, starting it, ending it."""

from __future__ import annotations

import os
import sys
import time

from web4_governance.app import frames, knock

SERVE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "daemon", "serve.py")
WAIT_S = 5.0
PAUSE_S = 0.02


def command(home: str, *, idle_s: float = 0.0) -> list[str]:
    """Give the command line of a home's gate."""
    return [sys.executable, "-I", "-S", SERVE, "--home", home, *([f"--idle-s={idle_s}"] if idle_s > 0 else [])]


def environment() -> dict[str, str]:
    """Give all that a gate gets to know of the environment."""
    return {"HOME": os.path.expanduser("~"), "PATH": os.defpath}


def status(home: str) -> dict[str, str] | None:
    """Give what a home's gate says of itself, None where none answers."""
    return _told(home, frames.STATUS)


def start(home: str) -> dict[str, str] | None:
    """Start a home's gate unless one answers; give what it says, None where it does not come up."""
    found = status(home)
    if found is not None:
        return found
    knock.start(home, command(home), environment=environment())
    end = time.monotonic() + WAIT_S
    while (found := status(home)) is None and time.monotonic() < end:
        time.sleep(PAUSE_S)
    return found


def stop(home: str) -> bool:
    """End a home's gate and wait for it to be gone; say whether there was one."""
    if _told(home, frames.STOP) is None:
        return False
    end = time.monotonic() + WAIT_S
    while status(home) is not None and time.monotonic() < end:
        time.sleep(PAUSE_S)
    return True


def _told(home: str, kind: int) -> dict[str, str] | None:
    until = time.monotonic() + WAIT_S
    word = os.urandom(frames.WORD)
    try:
        said = knock.ask(os.path.join(home, knock.SOCKET), frames.ask(kind, word, {}), word, until, os.getuid())
    except OSError:
        return None
    if said is None:
        return None
    lines = said[1].decode("utf-8", "surrogateescape").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)
