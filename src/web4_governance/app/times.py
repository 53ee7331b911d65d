"""Times as people say them: `yesterday`, `'last week'`, `7d`, a date or a time, all in local time.

No clock here: `now` is an argument. A word that names a span (a day, a week, a month) means its beginning for `--since`
and its end for `--until`, so that `--since 2026-11-20 --until 2026-11-20` is that whole day. Weeks start on Monday.
Times in and out of the ledger are integer microseconds since the epoch.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from web4_governance.core.errors import UsageError

MICRO = 1_000_000
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
UNITS = {"second": "s", "sec": "s", "minute": "m", "min": "m", "hour": "h", "day": "d", "week": "w"}
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
EXAMPLES = "try `yesterday`, `'last week'`, `7d`, `2h`, `2026-11-20` or `2026-11-20T14:30`"

_COUNT = re.compile(r"(\d{1,6})\s*([a-z]+?)s?(?:\s+ago)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")


def since(text: str, *, now: datetime) -> int:
    """Give the first microsecond that `--since TEXT` means; UsageError where it is no time."""
    return _micro(_span(text, now)[0], text)


def until(text: str, *, now: datetime) -> int:
    """Give the last microsecond that `--until TEXT` means; UsageError where it is no time."""
    start, end = _span(text, now)
    return _micro(start, text) if end == start else _micro(end, text) - 1


def local(micro: int) -> datetime:
    """Give a ledger time as local time with its offset."""
    return datetime.fromtimestamp(micro // MICRO, UTC).astimezone().replace(microsecond=micro % MICRO)


def iso(micro: int) -> str:
    """Give a ledger time as RFC 3339 text in local time, with the offset, to the millisecond."""
    return local(micro).isoformat(timespec="milliseconds")


def clock(micro: int) -> str:
    """Give the local time of day of a ledger time: `14:03:59`."""
    return local(micro).strftime("%H:%M:%S")


def day(micro: int) -> str:
    """Give the local day of a ledger time: `Fri 2026-11-20`."""
    moment = local(micro)
    return f"{DAYS[moment.weekday()][:3].capitalize()} {moment.date().isoformat()}"


def duration(micro: int) -> str:
    """Give a length of time for people: `7 ms`, `3.0 s`, `2 min 5 s`, `1 h 4 min`."""
    if micro < MICRO:
        return f"{micro // 1000} ms"
    seconds = micro / MICRO
    if seconds < 60:  # noqa: PLR2004  # a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def _span(text: str, now: datetime) -> tuple[datetime, datetime]:
    """Give beginning and end of what the text names; both the same where it names a moment.

    Days and months are counted without an offset, on the wall clock: midnight stays midnight when the clocks change.
    """
    said = " ".join(text.strip().lower().split())
    here = now.astimezone().replace(tzinfo=None)
    found = _named(said, here) or _counted(said, now) or _at_clock(said, here) or _written(text.strip())
    if found is None:
        raise _no_time(text)
    return found


def _no_time(text: str) -> UsageError:
    return UsageError(f"`{text}` is no time", hint=EXAMPLES)


def _named(said: str, now: datetime) -> tuple[datetime, datetime] | None:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    first = today.replace(day=1)
    monday = _days(today, -today.weekday())
    spans = {
        "now": (now, now),
        "today": (today, _days(today, 1)),
        "yesterday": (_days(today, -1), today),
        "this week": (monday, _days(monday, 7)),
        "last week": (_days(monday, -7), monday),
        "this month": (first, _days(first, 32).replace(day=1)),
        "last month": (_days(first, -1).replace(day=1), first),
    }
    name = said.removeprefix("last ")
    if name in DAYS:
        back = (today.weekday() - DAYS.index(name)) % 7 or 7
        return _days(today, -back), _days(today, 1 - back)
    return spans.get(said)


def _counted(said: str, now: datetime) -> tuple[datetime, datetime] | None:
    match = _COUNT.fullmatch(said)
    if match is None:
        return None
    unit = UNITS.get(match[2], match[2])
    if unit not in SECONDS:
        return None
    try:
        # Elapsed time, not clock time: `24h` is 24 hours on the day the clocks change too.
        then = datetime.fromtimestamp(now.timestamp() - int(match[1]) * SECONDS[unit], UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
    return then, then


def _at_clock(said: str, now: datetime) -> tuple[datetime, datetime] | None:
    match = _CLOCK.fullmatch(said)
    if match is None:
        return None
    try:
        then = now.replace(hour=int(match[1]), minute=int(match[2]), second=int(match[3] or 0), microsecond=0)
    except ValueError:
        return None
    return then, then


def _written(text: str) -> tuple[datetime, datetime] | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if len(text) > len("2026-11-20") or ":" in text:
        return moment, moment
    try:
        return moment, _days(moment, 1)
    except OverflowError:
        return None


def _days(moment: datetime, count: int) -> datetime:
    return moment + timedelta(days=count)


def _micro(moment: datetime, text: str) -> int:
    """Give microseconds since the epoch; a time without an offset is local."""
    try:
        whole = int(moment.replace(microsecond=0).timestamp())
    except (ValueError, OverflowError, OSError):
        raise _no_time(text) from None
    return whole * MICRO + moment.microsecond
