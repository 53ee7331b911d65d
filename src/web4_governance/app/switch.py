"""Switches the gate off for a while, and on again, and says so in the ledger when the ledger can be written.

The state itself is `app.off`'s: it works with a missing, corrupt or full ledger, and that is the point of it.
"""

from __future__ import annotations

import os
import re
import time

from web4_governance.app import off
from web4_governance.core.errors import UsageError, Web4Error
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, seal
from web4_governance.core.value import value
from web4_governance.storage import Home, open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

UNITS = {"s": 1, "m": 60, "h": 3600}
WAIT_S = 3.0
_SPAN = re.compile(r"([1-9][0-9]{0,5})([smh])")


@value
class Switched:
    """What was done: off until a time (microseconds; 0 is on), and why the ledger does not say so, if it does not."""

    until_us: int
    unrecorded: str = ""


def span_us(text: str) -> int:
    """Give a length of time in microseconds; at most a day, because an `off` that is forgotten must end by itself."""
    found = _SPAN.fullmatch(text.strip())
    span = int(found[1]) * UNITS[found[2]] * 1_000_000 if found else 0
    if not 0 < span <= off.MAX_US:
        message = f"`{text}` is no time to be off for"
        raise UsageError(message, hint="say `90s`, `10m` or `2h`; at most 24h")
    return span


def switch_off(home: str, *, span: int, now_us: int) -> Switched:
    """Let every call through until the time is over."""
    until = now_us + span
    try:
        os.makedirs(home, mode=0o700, exist_ok=True)
        off.switch_off(home, until_us=until)
    except OSError as error:
        message = f"`{off.path_of(home)}` cannot be written: {(error.strerror or 'unknown error').lower()}"
        raise UsageError(message, hint="`web4 uninstall` takes the hooks out") from None
    return Switched(until_us=until, unrecorded=_record(home, until, now_us))


def switch_on(home: str, *, now_us: int) -> Switched:
    """Let decisions bind again."""
    was_off = off.in_force(home, now_us)
    try:
        off.switch_on(home)
    except OSError as error:
        message = f"`{off.path_of(home)}` cannot be removed: {(error.strerror or 'unknown error').lower()}"
        raise UsageError(message) from None
    return Switched(until_us=0, unrecorded=_record(home, 0, now_us) if was_off else "")


def _record(home: str, until_us: int, now_us: int) -> str:
    """Append the entry that says so; give why that was not possible."""
    body: dict[str, Json] = {"agent": "web4", "event": "off" if until_us else "on", "until_us": until_us}
    try:
        with open_writer(Home(home), deadline=time.monotonic() + WAIT_S) as ledger:
            seq, prev = ledger.tail(NO_SESSION)
            sealed = seal(body, kind=Kind.EVENT, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=())
            ledger.append(sealed, Index())
            ledger.commit()
    except Web4Error as error:
        return error.message
    return ""
