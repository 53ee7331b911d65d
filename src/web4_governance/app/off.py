"""The person's way out: `web4 off --for T` unbinds every decision for a while, and says so in the ledger.

It works with a missing, corrupt or full ledger, so the state is one small file in the home, not an entry; the entry that
records it is written when it can be.
"""

from __future__ import annotations

import os

from web4_governance.app.atomic import write_bytes
from web4_governance.app.regular import lies, read_regular
from web4_governance.core.canonical import decode, encode
from web4_governance.core.errors import CanonicalError

MAX_US = 24 * 3600 * 1_000_000


def path_of(home: str) -> str:
    """Where the state lies."""
    return os.path.join(home, "off.json")


def until(home: str) -> int:
    """Give the time (microseconds) until which the gate is off; 0 where it is not, or the file makes no sense."""
    path = path_of(home)
    if not lies(path):
        return 0
    try:
        state = decode(read_regular(path))
    except (OSError, CanonicalError):
        return 0
    found = state.get("until_us") if isinstance(state, dict) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else 0


def in_force(home: str, now_us: int) -> bool:
    """Say whether the gate is off now. A time further ahead than a day is nobody's `off`."""
    return now_us < until(home) <= now_us + MAX_US


def switch_off(home: str, *, until_us: int) -> None:
    """Write the state, whole or not at all."""
    write_bytes(path_of(home), encode({"until_us": until_us}))


def switch_on(home: str) -> None:
    """Take the state away."""
    try:
        os.unlink(path_of(home))
    except FileNotFoundError:
        return
