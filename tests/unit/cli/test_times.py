"""Times as people say them."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from web4_governance.app import times
from web4_governance.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = "2026-11-25T15:30:10"  # a Wednesday


@pytest.fixture(autouse=True)
def zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test runs in one zone whose clocks change, so that none depends on the machine's."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone()


def micro(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * times.MICRO


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-25T15:30:10"),
        ("today", "2026-11-25T00:00:00"),
        ("yesterday", "2026-11-24T00:00:00"),
        ("this week", "2026-11-23T00:00:00"),
        ("last week", "2026-11-16T00:00:00"),
        ("LAST   Week", "2026-11-16T00:00:00"),
        ("this month", "2026-11-01T00:00:00"),
        ("last month", "2026-10-01T00:00:00"),
        ("monday", "2026-11-23T00:00:00"),
        ("wednesday", "2026-11-18T00:00:00"),
        ("last friday", "2026-11-20T00:00:00"),
        ("7d", "2026-11-18T15:30:10"),
        ("2h", "2026-11-25T13:30:10"),
        ("90 s", "2026-11-25T15:28:40"),
        ("1w", "2026-11-18T15:30:10"),
        ("3 days ago", "2026-11-22T15:30:10"),
        ("10 minutes", "2026-11-25T15:20:10"),
        ("14:05", "2026-11-25T14:05:00"),
        ("2026-11-20", "2026-11-20T00:00:00"),
        ("2026-11-20 14:30", "2026-11-20T14:30:00"),
        ("2026-11-20T14:30:05", "2026-11-20T14:30:05"),
    ],
)
def test_since_means_the_beginning_of_what_is_named(text: str, expected: str) -> None:
    """A span's first moment, or the moment itself, in local time."""
    assert times.since(text, now=at(NOW)) == micro(expected)


@pytest.mark.parametrize(
    ("text", "next_moment"),
    [
        ("yesterday", "2026-11-25T00:00:00"),
        ("today", "2026-11-26T00:00:00"),
        ("last week", "2026-11-23T00:00:00"),
        ("this week", "2026-11-30T00:00:00"),
        ("last month", "2026-11-01T00:00:00"),
        ("this month", "2026-12-01T00:00:00"),
        ("2026-11-20", "2026-11-21T00:00:00"),
        ("monday", "2026-11-24T00:00:00"),
    ],
)
def test_until_means_the_end_of_a_named_span(text: str, next_moment: str) -> None:
    """The last microsecond of the span, so that the whole of it is in."""
    assert times.until(text, now=at(NOW)) == micro(next_moment) - 1


@pytest.mark.parametrize("text", ["2h", "14:05", "2026-11-20T14:30", "now"])
def test_until_a_moment_is_that_moment(text: str) -> None:
    """What names no span has no end of its own."""
    assert times.until(text, now=at(NOW)) == times.since(text, now=at(NOW))


def test_an_offset_in_the_text_is_obeyed() -> None:
    """A time that says its zone is not read as local time."""
    assert times.since("2026-11-20T12:00:00Z", now=at(NOW)) == micro("2026-11-20T13:00:00")


def test_a_day_is_a_local_day_when_the_clocks_change() -> None:
    """The day of the change has 25 hours, and all of them are in it."""
    start = times.since("2026-10-25", now=at(NOW))
    end = times.until("2026-10-25", now=at(NOW))
    assert end + 1 - start == 25 * 3600 * times.MICRO


def test_yesterday_is_midnight_after_a_change_of_clocks() -> None:
    """Going back a day over the change does not land on 23:00 or 01:00."""
    assert times.since("yesterday", now=at("2026-10-26T08:00:00")) == micro("2026-10-25T00:00:00")


def test_hours_are_elapsed_time_over_a_change_of_clocks() -> None:
    """`24h` on the day after the change is 24 hours, an hour off on the clock."""
    now = at("2026-10-25T12:00:00")
    assert int(now.timestamp()) * times.MICRO - times.since("24h", now=now) == 24 * 3600 * times.MICRO


@pytest.mark.parametrize(
    "text", ["", "soon", "7x", "25:00", "2026-13-01", "9999-12-31", "999999w", "last blursday", "-3d"]
)
def test_what_is_no_time_is_a_usage_error(text: str) -> None:
    """The text comes back in the message, and the hint shows what would do."""
    with pytest.raises(UsageError) as caught:
        times.until(text, now=at(NOW))
    assert f"`{text}`" in caught.value.message
    assert "yesterday" in caught.value.hint


def test_times_are_shown_in_local_time_with_the_offset() -> None:
    """Nothing is lost: the shown time reads back to the same millisecond."""
    shown = times.iso(micro("2026-11-20T14:30:05") + 123_000)
    assert shown == "2026-11-20T14:30:05.123+01:00"
    assert times.since(shown, now=at(NOW)) == micro("2026-11-20T14:30:05") + 123_000
    assert times.clock(micro("2026-11-20T14:30:05")) == "14:30:05"
    assert times.day(micro("2026-11-20T14:30:05")) == "Fri 2026-11-20"


@pytest.mark.parametrize(
    ("length", "shown"),
    [(7_000, "7 ms"), (3_020_000, "3.0 s"), (125_000_000, "2 min 5 s"), (3_840_000_000, "1 h 4 min")],
)
def test_lengths_of_time_are_short(length: int, shown: str) -> None:
    """One unit below a minute, two above."""
    assert times.duration(length) == shown
