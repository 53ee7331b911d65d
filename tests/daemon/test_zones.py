"""The local time's offset of clients that say their time zone (docs/spec/daemon.md F2)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from support.resident import Ticks, connect, exchange, fields, gate
from web4_governance.app import frames
from web4_governance.core.errors import UsageError
from web4_governance.daemon import zones
from web4_governance.daemon.zones import Zones
from web4_governance.storage.home import Home

if TYPE_CHECKING:
    from pathlib import Path

JANUARY, JULY = 1_768_435_200, 1_784_073_600  # of 2026, seconds since 1970
RULES = "CET-1CEST,M3.5.0,M10.5.0/3"


@pytest.mark.parametrize(
    ("zone", "winter", "summer"),
    [("", 0, 0), ("UTC", 0, 0), ("<-0330>3:30", -12600, -12600), (RULES, 3600, 7200)],
)
def test_an_offset_is_what_the_c_library_makes_of_the_zone(zone: str, winter: int, summer: int) -> None:
    """By the season, and without a trace in the environment."""
    before = os.environ.get("TZ")
    known = Zones()
    assert [known.offset(zone, s * 1_000_000) for s in (JANUARY, JULY, JANUARY)] == [winter, summer, winter]
    assert os.environ.get("TZ") == before


def test_without_a_zone_it_is_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the gate itself was started with one, and whoever asked before."""
    known = Zones()
    monkeypatch.delenv("TZ", raising=False)
    plain = known.offset(None, JANUARY * 1_000_000)
    monkeypatch.setenv("TZ", "<+1234>-12:34")
    again = Zones()
    assert again.offset("UTC", JANUARY * 1_000_000) == 0
    assert again.offset(None, JANUARY * 1_000_000) == plain
    assert os.environ["TZ"] == "<+1234>-12:34"


@pytest.mark.parametrize("zone", ["/etc/passwd", ":/etc/passwd", "../x", ":./x", "Europe/../../x", "x" * 129])
def test_a_file_by_its_path_is_not_opened(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor is it asked of the C library."""
    monkeypatch.setattr(zones, "_set", lambda _zone: pytest.fail("it was asked"))
    with pytest.raises(UsageError):
        Zones().offset(zone, JANUARY * 1_000_000)


def test_many_zones_take_no_memory() -> None:
    """Whatever clients say."""
    known = Zones()
    for n in range(3 * zones.MOST):
        assert known.offset(f"<abc{n}>-1", JANUARY * 1_000_000) == 3600
    assert len(known._known) <= zones.MOST


@pytest.mark.parametrize(
    ("told", "offset"),
    [({"zone": RULES}, 3600), ({"zone": "<+05>-5", "offset-s": "60"}, 60), ({"zone": "/etc/localtime"}, None)],
)
def test_a_question_says_its_zone_or_its_offset(tmp_path: Path, told: dict[str, str], offset: int | None) -> None:
    """An offset that is said holds; a zone that only the hook can look up is handed back to it."""
    home = str(tmp_path / "home")
    Home(home).create()
    ticks = Ticks()
    ticks.now_us = JANUARY * 1_000_000
    given = {**fields(home), **told}
    if "offset-s" not in told:
        del given["offset-s"]
    with gate(home, ticks) as running:
        seen: list[int] = []
        context = running.context

        def watched(*arguments: object) -> object:
            made = context(*arguments)  # type: ignore[arg-type]
            seen.append(made.offset_s)
            return made

        running.context = watched  # type: ignore[method-assign, assignment]
        body = b'{"session_id":"s","hook_event_name":"Stop","cwd":"/x"}'
        with connect(home) as line:
            word = b"z" * frames.WORD
            status = exchange(line, frames.ask(frames.EVENT, word, given, body), word)[0]
    assert (status, seen) == ((frames.ANSWERED, [offset]) if offset is not None else (frames.ELSEWHERE, []))
