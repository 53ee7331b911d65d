"""Who reported an event: the parent process, and a hint that it may not be the host (docs/spec/lifecycle.md F1).

A hint, not a defence: below a gate under another user, any process of the same user can feed events.
"""

from __future__ import annotations

import os

MOST = 4096  # bytes: more than `stat` ever has


def peer(parent: int, host: str) -> tuple[int, int, bool]:
    """Give (pid, start time in clock ticks, looks forged) of the reporting process.

    The host says its own process id in the hook's environment; an event that reaches us through some other process, a
    shell that the agent runs for instance, looks forged.
    """
    return parent, start_of(parent), host.isdigit() and int(host) != parent


def parent_of(pid: int) -> int:
    """Give the process that started another, 0 where the system does not tell (proc(5), field 4)."""
    return _field_of(pid, 4)


def start_of(pid: int) -> int:
    """Give a process's start time in clock ticks since boot, 0 where the system does not tell (proc(5), field 22)."""
    return _field_of(pid, 22)


def _field_of(pid: int, number: int) -> int:
    """Give a field of a process's `stat`; the second, which may hold anything, ends at the last parenthesis."""
    try:
        handle = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        try:
            text = os.read(handle, MOST)
        finally:
            os.close(handle)
        return int(text[text.rindex(b")") + 2 :].split()[number - 3])
    except (OSError, ValueError, IndexError):
        return 0
