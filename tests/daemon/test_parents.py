"""Who started a client is looked up once, and again when its process id is another's."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from web4_governance.app.peer import start_of
from web4_governance.daemon import parents
from web4_governance.daemon.parents import Parents

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="no descriptors of processes")


@pytest.fixture
def known() -> parents.Parents:
    return Parents()


def count(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    asked: list[int] = []

    def counted(pid: int) -> int:
        asked.append(pid)
        return start_of(pid)

    monkeypatch.setattr(parents, "start_of", counted)
    return asked


def test_a_process_that_stays_is_looked_up_once(known: Parents, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is said is what the system says."""
    asked = count(monkeypatch)
    assert [known.start_of(os.getpid()) for _ in range(3)] == [start_of(os.getpid())] * 3
    assert asked == [os.getpid()]
    known.close()
    assert known.start_of(os.getpid()) == start_of(os.getpid())
    assert len(asked) == 2
    known.close()


def test_a_process_that_ended_is_nobodys_parent_any_more(known: Parents, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its number may be another's by now."""
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    began = known.start_of(child.pid)
    assert began == start_of(child.pid) > 0
    child.communicate(b"\n")
    asked = count(monkeypatch)
    assert known.start_of(child.pid) == 0
    assert asked == [child.pid]
    assert known.start_of(0) == 0


def test_so_many_are_held_and_no_more(known: Parents, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one that is held longest makes room, and is looked up again."""
    monkeypatch.setattr(parents, "MOST", 1)
    before = len(os.listdir("/proc/self/fd"))
    asked = count(monkeypatch)
    for _ in range(3):
        assert known.start_of(os.getpid()) > 0
        assert known.start_of(os.getppid()) == start_of(os.getppid())
    assert len(asked) == 6
    assert len(os.listdir("/proc/self/fd")) <= before + 1
    known.close()
    assert len(os.listdir("/proc/self/fd")) == before
