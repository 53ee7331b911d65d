"""The writer's lock: one holder, a deadline, nothing left behind."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from support.processes import KILLED, die, run
from web4_governance.core.errors import LedgerBusy, LedgerError, LedgerMissing
from web4_governance.storage.lock import acquire

if TYPE_CHECKING:
    from pathlib import Path


def test_a_second_holder_waits_until_its_deadline_and_no_longer(tmp_path: Path) -> None:
    """Even in the same process."""
    path = str(tmp_path / "lock")
    held = acquire(path, deadline=None)
    deadline = time.monotonic() + 0.05
    with pytest.raises(LedgerBusy) as caught:
        acquire(path, deadline=deadline)
    assert time.monotonic() >= deadline
    assert "web4 doctor" in caught.value.hint
    held.release()
    acquire(path, deadline=time.monotonic()).release()


def test_a_deadline_that_has_passed_still_gets_a_free_lock(tmp_path: Path) -> None:
    """One try is always made."""
    path = str(tmp_path / "lock")
    held = acquire(path, deadline=0)
    with pytest.raises(LedgerBusy):
        acquire(path, deadline=0)
    held.release()


def test_releasing_twice_closes_nobody_elses_file(tmp_path: Path) -> None:
    """The number of a closed file is soon another file's."""
    lock = acquire(str(tmp_path / "lock"), deadline=None)
    lock.release()
    with open(tmp_path / "other", "wb") as other:
        lock.release()
        assert os.path.samestat(os.fstat(other.fileno()), os.stat(tmp_path / "other"))


def test_the_holders_death_frees_the_lock(tmp_path: Path) -> None:
    """However it dies: the kernel cleans up."""
    path = str(tmp_path / "lock")

    def hold_and_die() -> None:
        acquire(path, deadline=None)
        die()

    assert run(hold_and_die) == KILLED
    acquire(path, deadline=time.monotonic()).release()


def test_a_lock_file_that_was_replaced_is_not_the_lock(tmp_path: Path) -> None:
    """Whoever holds the unlinked one and whoever opens the new one must not both go on as the holder of the path."""
    path = tmp_path / "lock"
    first = acquire(str(path), deadline=None)
    path.unlink()
    second = acquire(str(path), deadline=None)
    with pytest.raises(LedgerBusy):
        acquire(str(path), deadline=0)
    second.release()
    first.release()


def test_a_lock_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    """No directory; a symlink, which is not followed."""
    with pytest.raises(LedgerMissing):
        acquire(str(tmp_path / "none" / "lock"), deadline=0)
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(LedgerError):
        acquire(str(tmp_path / "link"), deadline=0)
    assert not (tmp_path / "elsewhere").exists()
