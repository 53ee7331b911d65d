"""Whoever waits for a command at a terminal sees that it is at work, of every command that reads a ledger; nothing of it stays.

Real processes at a pseudo-terminal, in which every question to the database takes a little longer and no second is waited for.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from support.ledgers import SESSION, fill
from web4_governance.cli import progress
from web4_governance.cli.main import AT_ONCE, COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

SLOWLY = """
import sys, time
from web4_governance.cli import main, progress
from web4_governance.storage import finding
from web4_governance.storage.database import Database

finding.CHUNK = 4
progress.BEGIN_S, progress.EVERY_S = 0.0, 0.002

def slow(asked):
    def wait(*given, **named):
        time.sleep(0.01)
        return asked(*given, **named)
    return wait

for name in ("row", "rows"):
    setattr(Database, name, slow(getattr(Database, name)))
sys.exit(main.main(sys.argv[1:]))
"""
STILL = "web4: still reading, 1 s so far"  # what `verify` says to a file
NO_LEDGER = {"config"}  # reads settings alone
# What is printed, and what has to be seen on the way: `at work`, or how far it is.
WORDS: dict[str, str] = {
    "status": "status: at work",
    "doctor": "doctor: at work",
    "log": "log: at work",
    "log --target */a* --json": "log: at work",
    "show 1": "show: at work",
    "why 1": "why: at work",
    "sessions": "sessions: at work",
    "stats": "stats: at work",
    f"tree {SESSION}": "tree: at work",
    "identity list": "identity: at work",
    "trust": "folded: ",
    "trust --check": "folded: ",
    "trust --renew": "folded: ",
    "blame /etc/hostname": "blame: at work",
    "lineage main": "lineage: at work",
    "verify": "verified: ",
    "report --since 2020-01-01 --format md -o {new}": "report, parts done: ",
    "export -o {new}": "exported: ",
    "export --tool Read -o {new}": "found: ",
    "export --format jsonl -o {new}": "exported: ",
    "export --format csv -o {new}": "exported: ",
    "export --format ocsf -o {new}": "exported: ",
    "export --format cef -o {new}": "exported: ",
    "export --format otlp -o {new}": "exported: ",
    "export --format parquet -o {new}": "exported: ",
    "erase 1": "erase: at work",
    "reconcile": "reconcile: at work",
    "retain --keep 1d": "retain: at work",
    "backup {new}": "backup: at work",
    "restore {backup}": "restore: at work",
    "policy simulate --preset strict": "judged: ",
    "policy suggest": "judged: ",
    "policy diff safety strict": "judged: ",
    "anchor list": "anchor: at work",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> str:
    place = str(tmp_path_factory.mktemp("patience") / "home")
    fill(place, sessions=2, calls=20)
    return place


def ask(words: list[str], *, home: str, terminal: bool, both: bool = False) -> tuple[int, str, bytes]:
    """Run a command slowly; give its code, what it printed, and what came on standard error, or on the terminal from both."""
    environment = {**os.environ, "HOME": os.path.dirname(home), "COLUMNS": "80", "TERM": "dumb"}
    command = [sys.executable, "-c", SLOWLY, *words, "--home", home]
    if not terminal:
        done = subprocess.run(command, capture_output=True, env=environment, check=False, cwd=os.path.dirname(home))
        return done.returncode, done.stdout.decode(), done.stderr
    master, slave = pty.openpty()
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=slave if both else subprocess.PIPE,
        stderr=slave,
        env=environment,
        cwd=os.path.dirname(home),
    ) as process:
        os.close(slave)
        drawn: list[bytes] = []
        reading = threading.Thread(target=_drain, args=(master, drawn))
        reading.start()
        out = process.stdout.read().decode() if process.stdout else ""
        code = process.wait()
        reading.join()
    os.close(master)
    return code, out, b"".join(drawn)


def _drain(fd: int, into: list[bytes]) -> None:
    while True:
        try:
            data = os.read(fd, 65536)
        except OSError:  # the other end is closed
            return
        if not data:
            return
        into.append(data)


def left(drawn: bytes) -> list[str]:
    """Give the lines that stand on a terminal in the end; how they are cut is another thing than for a file."""
    lines = []
    for line in drawn.decode().split("\n"):
        cells: list[str] = []
        for part in line.split("\r"):
            cells[: len(part)] = part
        lines.append("".join(cells).rstrip())
    return [line for line in lines if line]


@pytest.mark.parametrize("words", WORDS)
def test_who_waits_sees_it_at_work_and_nothing_of_it_stays(words: str, home: str, tmp_path: Path) -> None:
    """On a terminal; for a file the same command says what it always does."""
    if "{backup}" in words:
        assert ask(["backup", f"{tmp_path}/backup"], home=home, terminal=False)[0] == 0
    if words.startswith("trust"):  # what is folded once is kept
        fill(home := f"{tmp_path}/home", sessions=2, calls=20)
    if "--check" in words:
        assert ask(["trust", "--renew"], home=home, terminal=False)[0] == 0
    asked = [word.format(new=f"{tmp_path}/new", backup=f"{tmp_path}/backup") for word in words.split()]
    code, out, drawn = ask(asked, home=home, terminal=True)
    for name in ("new", "new.assurance.json"):
        (tmp_path / name).unlink(missing_ok=True)
    quiet, printed, said = ask(asked, home=home, terminal=False)
    assert (code, len(out.splitlines())) == (quiet, len(printed.splitlines())), drawn.decode()
    assert WORDS[words] in drawn.decode().replace("\r\n", "\n")
    assert " ".join(left(drawn)).split() == " ".join(left(said)).replace(STILL, "").split()
    assert b"at work" not in said


@pytest.mark.parametrize(
    "words", ["export --format csv -o -", "log --jsonl", "policy simulate --preset strict --jsonl"]
)
def test_rows_that_are_printed_on_the_terminal_have_nothing_among_them(words: str, home: str) -> None:
    """The line is gone before each of them."""
    _code, _out, drawn = ask(words.split(), home=home, terminal=True, both=True)
    _quiet, printed, said = ask(words.split(), home=home, terminal=False)
    assert "".join("".join(left(drawn)).split()) == "".join((printed + said.decode()).split())
    assert f"{words.split(maxsplit=1)[0]}: at work" in drawn.decode()


def test_every_command_that_reads_a_ledger_is_among_these() -> None:
    """A new one has to be put there, or be one that answers at once."""
    assert {words.split()[0] for words in WORDS} == COMMANDS.keys() - AT_ONCE - NO_LEDGER


class Screen:
    """A terminal that keeps what is written to it."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        pass


def test_the_line_comes_after_a_second_goes_before_what_is_printed_and_does_not_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A remark on standard error lets it come again, as the work goes on; the first word of an answer does not."""
    monkeypatch.setattr(progress, "EVERY_S", 0.01)
    monkeypatch.setattr("sys.stderr", err := Screen())
    monkeypatch.setattr("sys.stdout", out := Screen())
    with progress.patience("quick"):
        time.sleep(0.05)
    assert err.text == ""
    monkeypatch.setattr(progress, "BEGIN_S", 0.05)
    with progress.patience("slow"):
        _until(lambda: "slow: at work, 0 s" in err.text)
        print("web4: a remark", file=sys.stderr)
        before, err.text = err.text, ""
        assert left(before.encode()) == ["web4: a remark"]
        _until(lambda: "slow: at work" in err.text)
        assert sys.stdout.encoding == "utf-8"
        print("an answer")
        assert left(err.text.encode()) == []
        err.text = ""
        time.sleep(0.2)
    assert (err.text, out.text) == ("", "an answer\n")


def _until(holds: object) -> None:
    end = time.monotonic() + 20
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.005)
