"""Limits and hours: how `rateLimit` and `timeWindow` are written, and when they hold.

Arithmetic on microseconds; the clock and the counts come with the facts.
"""

from __future__ import annotations

from web4_governance.core.value import value

US = 1_000_000
DAY_S = 86_400
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": DAY_S}
MAX_WINDOW_S = 366 * DAY_S
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# 1970-01-01 was a Thursday.
_EPOCH_DAY = 3


@value
class RateLimit:
    """So many calls within so long."""

    most: int
    window_us: int


@value
class TimeWindow:
    """Hours of some days of the week, in local time: from `start` up to but not including `end`, in seconds.

    Where `end` is not after `start` the window runs past midnight and belongs to the day it starts on.
    """

    days: tuple[int, ...]
    start: int
    end: int

    def holds(self, now_us: int, utc_offset_s: int) -> bool:
        """Say whether a moment lies in the window."""
        local = now_us // US + utc_offset_s
        day = (local // DAY_S + _EPOCH_DAY) % 7
        second = local % DAY_S
        if self.start < self.end:
            return day in self.days and self.start <= second < self.end
        return (day in self.days and second >= self.start) or ((day - 1) % 7 in self.days and second < self.end)


def parse_span(text: str) -> int:
    """Give the microseconds of `30s`, `1m`, `2h`, `1d`; 0 where the text is none of these or too long."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isascii() or not number.isdigit() or len(number) > 9:  # noqa: PLR2004
        return 0
    seconds = int(number) * _UNITS[unit]
    return seconds * US if seconds <= MAX_WINDOW_S else 0


def parse_hour(text: str) -> int:
    """Give the seconds since midnight of `HH:MM` (up to `24:00`), -1 where the text is none."""
    hour, colon, minute = text.partition(":")
    if not colon or len(hour) != 2 or len(minute) != 2 or not (hour + minute).isascii():  # noqa: PLR2004
        return -1
    if not (hour + minute).isdigit() or int(minute) > 59 or int(hour) * 60 + int(minute) > 24 * 60:  # noqa: PLR2004
        return -1
    return int(hour) * 3600 + int(minute) * 60
