"""The person's way out for a while."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from web4_governance.app import off
from web4_governance.app.switch import span_us, switch_off, switch_on
from web4_governance.core.errors import UsageError
from web4_governance.core.record.entry import at
from web4_governance.storage import open_reader

NOW = 1_800_000_000_000_000
MINUTE = 60_000_000


@pytest.mark.parametrize(("text", "minutes"), [("90s", 1.5), ("10m", 10), ("2h", 120), ("24h", 1440), (" 1m ", 1)])
def test_says_how_long(text: str, minutes: float) -> None:
    """Seconds, minutes and hours, up to a day."""
    assert span_us(text) == minutes * MINUTE


@pytest.mark.parametrize("text", ["", "10", "m", "0m", "-1m", "25h", "1441m", "1d", "1e3s", "999999999h", "10 m"])
def test_refuses_what_is_no_time_or_too_long(text: str) -> None:
    """A gate that is forgotten open comes back by itself."""
    with pytest.raises(UsageError, match="no time to be off for"):
        span_us(text)


def test_is_off_until_the_time_is_over_and_on_again_at_once(tmp_path: Path) -> None:
    """And both are recorded."""
    home = str(tmp_path / "home")
    done = switch_off(home, span=10 * MINUTE, now_us=NOW)
    assert (done.until_us, done.unrecorded) == (NOW + 10 * MINUTE, "")
    assert off.in_force(home, NOW + 9 * MINUTE)
    assert not off.in_force(home, NOW + 10 * MINUTE)
    assert switch_on(home, now_us=NOW + MINUTE).unrecorded == ""
    assert not off.in_force(home, NOW + 2 * MINUTE)
    with open_reader(home) as ledger:
        bodies = [entry.body() for entry in ledger.entries(session="-")]
    said = [(at(body, "kind"), at(body, "event"), at(body, "until_us")) for body in bodies]
    assert said == [("event", "off", NOW + 10 * MINUTE), ("event", "on", 0)]


def test_switching_on_what_is_on_records_nothing(tmp_path: Path) -> None:
    """Nothing happened."""
    assert switch_on(str(tmp_path), now_us=NOW).unrecorded == ""
    assert not (tmp_path / "ledger.db").exists()


@pytest.mark.parametrize("damage", [b"no database at all, whatever it once was", b""])
def test_works_with_a_damaged_ledger_and_says_that_it_is_not_recorded(tmp_path: Path, damage: bytes) -> None:
    """That is when one needs it."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "ledger.db").write_bytes(damage)
    done = switch_off(str(home), span=MINUTE, now_us=NOW)
    assert off.in_force(str(home), NOW)
    assert ("damaged" in done.unrecorded) is bool(damage)


def test_works_with_a_home_that_the_ledger_refuses(tmp_path: Path) -> None:
    """Others can write it, so nothing is recorded there; the person is told."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o777)
    assert "written by others" in switch_off(str(home), span=MINUTE, now_us=NOW).unrecorded


def test_a_state_that_cannot_be_written_is_an_error_that_names_the_other_way_out(tmp_path: Path) -> None:
    """Never silently still on."""
    (tmp_path / "home").write_bytes(b"a file")
    with pytest.raises(UsageError, match="cannot be written") as caught:
        switch_off(str(tmp_path / "home"), span=MINUTE, now_us=NOW)
    assert "web4 uninstall" in caught.value.hint


def test_a_state_that_cannot_be_removed_is_an_error(tmp_path: Path) -> None:
    """Never silently still off."""
    os.makedirs(off.path_of(str(tmp_path)))
    with pytest.raises(UsageError, match="cannot be removed"):
        switch_on(str(tmp_path), now_us=NOW)
