"""What a page of the console costs, beside a bare `SELECT` of the same rows: a real process, asked over loopback."""

from __future__ import annotations

import http.client
import sqlite3
import statistics
import subprocess
import sys
import time
from urllib.parse import urlsplit

ROWS = 50
TIMES = 7
CALLS = (
    "SELECT e.bytes FROM records r JOIN entries e ON e.idx = r.idx WHERE r.kind = 'intent' ORDER BY r.idx DESC LIMIT ?"
)
OPENED = (
    "SELECT o.value FROM openings o WHERE o.idx IN"
    " (SELECT idx FROM records WHERE kind = 'intent' ORDER BY idx DESC LIMIT ?)"
)


class Console:
    """A running console, and the session that its door gave."""

    def __init__(self, home: str) -> None:
        words = [sys.executable, "-m", "web4_governance", "console", "--no-open", f"--home={home}"]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout is not None
        address = urlsplit(self._process.stdout.readline().strip())
        self._host = address.netloc
        self._headers = {"Host": self._host}
        entered = self._ask(f"/?{address.query}")
        self._headers["Cookie"] = entered.headers["set-cookie"].split(";")[0]
        self._root = entered.headers["location"].rstrip("/")

    def seconds(self, path: str) -> float:
        """Give the median time of a page."""
        found = []
        for _ in range(TIMES):
            begin = time.perf_counter()
            answer = self._ask(self._root + path)
            found.append(time.perf_counter() - begin)
            assert answer.status == 200, (path, answer.status)
        return statistics.median(found)

    def end(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait(timeout=30)

    def _ask(self, path: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection(self._host, timeout=120)
        connection.request("GET", path, headers=self._headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer


def floor(database: str) -> float:
    """Give the median time of the two statements that fetch the bytes and the openings of the newest calls."""
    found = []
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as there:
        for _ in range(TIMES):
            begin = time.perf_counter()
            for statement in (CALLS, OPENED):
                there.execute(statement, (ROWS,)).fetchall()
            found.append(time.perf_counter() - begin)
    there.close()
    return statistics.median(found)


def pages(home: str, database: str, entries: int) -> None:
    """Print a line a page."""
    bare = floor(database)
    console = Console(home)
    try:
        for name, path in (
            ("first page", "/"),
            ("a page from the middle", f"/?before={entries // 2}"),
            ("by tool and time", "/?tool=Bash&since=2020-01-01"),
            ("one session", "/?session=session-0"),
            ("sessions", "/sessions"),
            ("a session's tree", "/session?id=session-0"),
            ("files changed last", "/files"),
        ):
            took = console.seconds(path)
            times = f"{took / bare:6.1f} x a bare select of {ROWS} calls ({bare * 1000:.2f} ms)"
            print(f"console  {name:24} {took * 1000:8.1f} ms, {times}")
    finally:
        console.end()
