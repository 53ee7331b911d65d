"""Child processes that are forked, so that they may die in the middle of anything."""

from __future__ import annotations

import os
import signal
import traceback
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

KILLED = -signal.SIGKILL


def fork(work: Callable[[], object]) -> int:
    """Start a child that does the work and exits 0, or prints its exception and exits 1; give its id."""
    with warnings.catch_warnings():
        # A test runner with threads: the child runs nothing of theirs, and leaves by `_exit` or a signal.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:  # noqa: BLE001  # whatever it is, it ends here: the child must not go on as a test runner
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def wait(child: int) -> int:
    """Wait for a child and give its exit code, or minus the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def run(work: Callable[[], object]) -> int:
    """Do the work in a child and give how it ended."""
    return wait(fork(work))


def run_all(works: Sequence[Callable[[], object]]) -> list[int]:
    """Do all work at once, each in a child of its own, and give how they ended."""
    return [wait(child) for child in [fork(work) for work in works]]


def die() -> None:
    """End this process here and now, as a power cut or the kernel would."""
    os.kill(os.getpid(), signal.SIGKILL)
