"""A real `web4 console` process and a plain HTTP client beside it."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE_S = 60


@dataclass(frozen=True)
class Answered:
    """What came back: the status, every header line, the body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]

    def one(self, name: str) -> str:
        (value,) = self.all(name)
        return value


@dataclass
class Console:
    """A running console: how to reach it, and the session's cookie once its door was opened."""

    process: subprocess.Popen[str]
    address: str
    port: int
    token: str
    cookie: str = ""
    root: str = ""
    said: list[str] = field(default_factory=list)

    def ask(self, path: str, *, method: str = "GET", **headers: str) -> Answered:
        """Send one request as it is given: nothing is added but what HTTP/1.1 must have."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            sent = {
                "host": f"127.0.0.1:{self.port}",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            }
            for name, value in sent.items():
                connection.putheader(name, value)
            connection.endheaders()
            response = connection.getresponse()
            return Answered(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def enter(self) -> Answered:
        """Use the token for a session."""
        found = self.ask(f"/?token={self.token}")
        line = found.one("set-cookie")
        self.cookie, self.root = line.split(";")[0], found.one("location").rstrip("/")
        return found

    def page(self, path: str, *, method: str = "GET", **headers: str) -> Answered:
        """Ask for a page as the session's browser does, once it is inside."""
        return self.ask(f"{self.root}{path}", method=method, cookie=self.cookie, **headers)


@contextmanager
def serving(home: Path, *more: str, cwd: Path | None = None, user_home: Path | None = None) -> Iterator[Console]:
    """Start a console on a free port, and end it."""
    words = [sys.executable, "-m", "web4_governance", "console", "--no-open", f"--home={home}", *more]
    environment = {**os.environ, "TZ": "UTC", "HOME": str(user_home or home.parent)}
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd or home, env=environment
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address, process.stderr.read() if process.stderr is not None else ""
        parts = urlsplit(address)
        assert parts.port is not None
        yield Console(process, address, parts.port, parts.query.removeprefix("token="))
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_S)


def addresses(page: str) -> set[str]:
    """Give every address that a page links to, loads or asks for."""
    return {found.replace("&amp;", "&") for found in re.findall(r'(?:href|src|action|hx-get)="([^"]*)"', page)}
