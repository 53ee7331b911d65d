"""The local time's offset from UTC, for clients that say their time zone: the C library's rules for it are asked here.

What the zone files say is asked once a minute: offsets change at whole minutes, and a zone that the machine was moved to is
known a minute later at the latest.
"""

from __future__ import annotations

import os
import time
from threading import Lock

from web4_governance.core.errors import UsageError

MOST, LONGEST = 64, 128
MINUTE_US = 60_000_000
VARIABLE = "TZ"


class Zones:
    """What is known of time zones."""

    def __init__(self) -> None:
        self._known: dict[str | None, tuple[int, int]] = {}
        self._lock = Lock()

    def offset(self, zone: str | None, now_us: int) -> int:
        """Give the seconds that local time is ahead of UTC at a moment (microseconds since 1970).

        Args:
            zone: What the variable `TZ` says (tzset(3)); None where it is not set, and the machine's zone holds.
            now_us: The moment.

        Raises:
            UsageError: The zone is a file by its path, which only the hook's own process opens, or too long.
        """
        minute = now_us // MINUTE_US
        held = self._known.get(zone)
        if held is None or held[0] != minute:
            if zone is not None and (len(zone) > LONGEST or "/." in zone or zone.lstrip(":").startswith(("/", "."))):
                raise UsageError("`TZ` is no time zone's name")
            if len(self._known) >= MOST:
                self._known.clear()
            held = self._known[zone] = (minute, self._asked(zone, now_us // 1_000_000))
        return held[1]

    def _asked(self, zone: str | None, now: int) -> int:
        # Whoever else asks for the local time meanwhile would be told this zone's: nobody in the gate does.
        with self._lock:
            before = os.environ.get(VARIABLE)
            try:
                _set(zone)
                return time.localtime(now).tm_gmtoff
            finally:
                _set(before)


def _set(zone: str | None) -> None:
    if zone is None:
        os.environ.pop(VARIABLE, None)
    else:
        os.environ[VARIABLE] = zone
    time.tzset()
