"""How far something is: said to a person who waits over a second, and to nobody else."""

from __future__ import annotations

import io
import time

import pytest

from support.ledgers import fill
from support.told import call_main
from web4_governance.app.verify import verify_ledger
from web4_governance.cli import export_lines, progress, verify
from web4_governance.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("web4_governance.cli.progress.time.monotonic", lambda: now[0])
    return now


def test_a_person_who_waits_hears_of_it_and_the_line_goes_away(
    clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the first second, and not at every step."""
    monkeypatch.setattr("sys.stderr", screen := Terminal())
    told = Progress("exported")
    told(1, 1, 100)
    clock[0] = 1.1
    told(1000, 49, 100)
    clock[0] = 1.2
    told(2000, 50, 100)
    assert screen.getvalue() == "\rexported: 1,000 (50 %), 1 s"
    told.close()
    assert screen.getvalue().endswith("\r" + " " * 27 + "\r")


def test_a_file_hears_nothing(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    """A log is no terminal."""
    monkeypatch.setattr("sys.stderr", screen := io.StringIO())
    told = Progress("exported")
    clock[0] = 9
    told(1, 1, 0)
    told.close()
    assert screen.getvalue() == ""


def test_who_stops_an_export_hears_how_to_go_on(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """An export that was printed has no way on."""
    home = f"{tmp_path}/home"
    fill(home)

    def stopped(*_: object, **__: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(export_lines, "export", stopped)
    said = call_main("export", "--home", home, "--format", "csv", "-o", f"{tmp_path}/file")
    assert (said.code, "`--resume`" in said.err) == (130, True)
    assert call_main("export", "--home", home, "--format", "csv", "-o", "-").err == ""


def test_who_waits_for_a_report_hears_which_part_is_done(
    tmp_path: object, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nothing of it is left in the end."""
    home = f"{tmp_path}/home"
    fill(home)
    screen = Terminal()

    def slow(self: Progress, *told: int) -> None:
        clock[0] += 2
        monkeypatch.setattr("sys.stderr", screen)
        told_by(self, *told)

    told_by = Progress.__call__
    monkeypatch.setattr(Progress, "__call__", slow)
    said = call_main("report", "--home", home, "--since", "2026-11-01", "--format", "md", "-o", f"{tmp_path}/r.md")
    assert said.code == 0
    lines = [line for line in screen.getvalue().split("\r") if line.strip()]
    assert lines[0] == "report, parts done: 1 (11 %), 2 s"
    assert lines[-1].startswith("report, parts done: 9 (100 %)")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("policy simulate --preset strict", "judged: 80 (100 %)"),
        ("policy simulate --recorded", "judged: 80 (100 %)"),
        ("policy suggest", "judged: 80 (100 %)"),
        ("trust operator --history", "folded: "),
        ("trust operator --explain", "folded: "),
    ],
)
def test_what_reads_the_whole_history_says_how_far_it_is(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, words: str, said: str
) -> None:
    """On a terminal; what is printed does not change for it."""
    home = f"{tmp_path}/home"
    fill(home, calls=40)
    quiet = call_main(*words.split(), "--json", "--home", home)
    heard = list[str]()
    monkeypatch.setattr(progress, "BEGIN_S", 0.0)
    monkeypatch.setattr(progress, "EVERY_S", 0.0)
    monkeypatch.setattr(Progress, "_print", lambda _self, text: heard.append(text))
    monkeypatch.setattr("support.told.io.StringIO", Terminal)
    loud = call_main(*words.split(), "--json", "--home", home)
    assert any(line.startswith(said) for line in heard)
    assert (quiet.code, quiet.out) == (loud.code, loud.out)


def test_a_verification_says_how_far_it_is(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal, of the entries that it reads; the line is gone at the end."""
    home = f"{tmp_path}/home"
    fill(home, calls=40)
    heard: list[tuple[int, int]] = []
    verify_ledger(home, told=lambda done, of: heard.append((done, of)))
    size = heard[-1][1]
    assert heard[-1] == (size, size)
    assert [done for done, _ in heard] == sorted(done for done, _ in heard)
    monkeypatch.setattr("sys.stderr", screen := Terminal())
    monkeypatch.setattr(progress, "BEGIN_S", 0.0)
    monkeypatch.setattr(verify, "EVERY_S", 0.001)
    with verify._Patience() as patience:
        patience(30, 120)
        deadline = time.monotonic() + 60
        while "25 %" not in screen.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "verified: 30 (25 %)" in screen.getvalue()
    assert screen.getvalue().endswith("\r")
