"""Drives an interactive program in a pseudo-terminal: reads what it draws, types keys, and never waits for ever.

Not a terminal emulator: what was drawn is kept as one running text without control sequences and without white space,
because the client places words by moving the cursor. That is enough to see that a dialog has come.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from typing import Self

ENTER = b"\r"
ESCAPE = b"\x1b"
DOWN = b"\x1b[B"
INTERRUPT = b"\x03"
CONTROL = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\-_=>]|[\x00-\x08\x0b-\x1f]")
# What the client asks of a terminal at its start, and what a plain one answers: without it some start-ups wait.
QUESTIONS = {b"\x1b[c": b"\x1b[?62;c", b"\x1b[6n": b"\x1b[1;1R"}
STEP = 0.05
# The new session's terminal becomes its controlling one, as for a program that a person starts.
TAKE_TERMINAL = "import fcntl,os,sys,termios; fcntl.ioctl(0,termios.TIOCSCTTY,0); os.execv(sys.argv[1],sys.argv[1:])"


class Terminal:
    """A program in a terminal of its own; a context that ends the whole process group."""

    def __init__(self, command: list[str], *, cwd: str, env: dict[str, str]) -> None:
        self._raw = b""
        self._seen = 0
        self._fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        # Not `pty.fork`: the model server's threads are running, and a fork of threads is refused by newer Pythons.
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", TAKE_TERMINAL, *command],
            cwd=cwd,
            env=env,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def text(self) -> str:
        """Everything drawn so far, without control sequences and white space."""
        plain = CONTROL.sub(b"", self._raw).decode("utf-8", "replace")
        return "".join(plain.split())

    def read(self, seconds: float = STEP) -> bool:
        """Read what is there within some seconds; false when the program has closed the terminal."""
        ready, _, _ = select.select([self._fd], [], [], seconds)
        if not ready:
            return True
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            return False
        self._raw += data
        for question, reply in QUESTIONS.items():
            if question in data:
                os.write(self._fd, reply)
        return bool(data)

    def wait_for(self, words: str, seconds: float = 30.0) -> None:
        """Wait until words are drawn after what was waited for last."""
        wanted = "".join(words.split())
        until = time.monotonic() + seconds
        while True:
            found = self.text.find(wanted, self._seen)
            if found >= 0:
                self._seen = found + len(wanted)
                return
            if not self.read() or time.monotonic() > until:
                message = f"`{words}` was never drawn; the end of what was: {self.text[-1500:]}"
                raise TimeoutError(message)

    def settle(self, seconds: float = 0.4) -> None:
        """Read until nothing was drawn for a while: keys typed into a half-drawn dialog are lost."""
        until = time.monotonic() + 10
        quiet = time.monotonic() + seconds
        while time.monotonic() < min(quiet, until):
            size = len(self._raw)
            if not self.read():
                return
            if len(self._raw) > size:
                quiet = time.monotonic() + seconds

    def linger(self, seconds: float) -> None:
        """Read for some seconds, whatever is drawn: a running call draws without end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.read():
            pass

    def type(self, keys: str | bytes) -> None:
        """Type keys."""
        os.write(self._fd, keys.encode() if isinstance(keys, str) else keys)

    def say(self, line: str) -> None:
        """Type a line and send it."""
        self.type(line)
        self.settle()
        self.type(ENTER)

    def ended(self, seconds: float = 15.0) -> bool:
        """Say whether the program ends by itself within some seconds."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if self._process.poll() is not None:
                return True
            self.read()
        return False

    def kill(self) -> None:
        """End the program and everything in its process group."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
