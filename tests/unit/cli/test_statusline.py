"""`web4 statusline`: one line, whatever the client says."""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from support.told import FIRST, call_main
from web4_governance.cli.statusline import _age

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Said
    from support.world import World


class Given(io.TextIOWrapper):
    """Standard input with something in it."""

    def __init__(self, data: bytes, *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(data))
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def line(monkeypatch: pytest.MonkeyPatch, home: object, given: bytes, *words: str) -> Said:
    monkeypatch.setattr(sys, "stdin", Given(given))
    said = call_main("statusline", "--home", str(home), *words)
    assert said.code == 0
    assert said.out.count("\n") == 1
    return said


def test_says_policy_calls_and_denials_of_the_session(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the log counts them."""
    rows = call_main("log", "--home", str(told.home), "--session", FIRST, "--json").json
    denied = sum(row["decision"] == "deny" for row in rows)
    said = line(monkeypatch, told.home, json.dumps({"session_id": FIRST}).encode(), "--no-colour")
    assert said.out.startswith("web4 enforces ")
    assert f" · {len(rows)} calls · {denied} denied" in said.out
    assert "no signed head" in said.out
    assert "\x1b" not in said.out


def test_shows_colours_though_it_is_no_terminal(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client reads them; `NO_COLOR` still counts."""
    assert "\x1b[" in line(monkeypatch, told.home, b"{}").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in line(monkeypatch, told.home, b"{}").out


@pytest.mark.parametrize(
    "given",
    [b"", b"not json", b"[1]", b'{"session_id": 7, "workspace": {"current_dir": 9}}', b"[" * 200_000, b"\xff\xfe",
     b'{"workspace": "x", "cwd": "relative"}'],
)  # fmt: skip
def test_input_that_makes_no_sense_is_no_session(told: World, monkeypatch: pytest.MonkeyPatch, given: bytes) -> None:
    """The line is printed all the same."""
    assert "web4 enforces" in line(monkeypatch, told.home, given, "--no-colour").out


def test_a_terminal_is_not_waited_for(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who tries the command gets the line."""
    monkeypatch.setattr(sys, "stdin", Given(b"", terminal=True))
    assert call_main("statusline", "--home", str(told.home)).code == 0


def test_without_a_ledger_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And which policy would bind."""
    said = line(monkeypatch, tmp_path / "none", b"{}", "--no-colour")
    assert said.out.startswith("web4 observes")
    assert "ledger" in said.out


def test_a_broken_policy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of a mode."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "policy.json").write_text("{")
    assert line(monkeypatch, home, b"{}", "--no-colour").out.startswith("web4: the policy does not load")


@pytest.mark.parametrize(("seconds", "said"), [(5, "5 s"), (61, "1 min"), (7200, "2 h"), (200_000, "2 d")])
def test_an_age_is_said_in_its_largest_unit(seconds: int, said: str) -> None:
    """A line has no room for more."""
    assert _age(seconds) == said
