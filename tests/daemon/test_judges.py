"""The threads that judge: whose turn it is, and that nobody waits long for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread, get_ident

import pytest

from web4_governance.daemon.batch import Scribe
from web4_governance.daemon.judges import JUDGES, Judges, Turn


class Counting(Scribe):
    """A scribe that is asked to write, and counts how often."""

    written = 0

    def write(self) -> None:
        self.written += 1


@pytest.fixture
def scribe(tmp_path: Path) -> Counting:
    return Counting(str(tmp_path))


@pytest.fixture
def judges(scribe: Counting) -> Iterator[Judges]:
    made = Judges(scribe)
    yield made
    made.stop()


def wait_for(true: Callable[[], bool]) -> bool:
    """Give a thing ten seconds to come true."""
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    return true()


def test_a_call_that_takes_its_time_holds_up_nobody(judges: Judges) -> None:
    """With one thread that stays in its call, and its turn, the others go on."""
    stays, done = Event(), []
    judges.submit(lambda: assert_waits(stays))
    for n in range(20):
        judges.submit(lambda n=n: done.append(n))  # type: ignore[misc]
    assert wait_for(lambda: len(done) == 20)
    assert not stays.is_set()
    stays.set()


def assert_waits(event: Event) -> None:
    """Stay until told."""
    assert event.wait(20)


def test_calls_that_come_together_are_recorded_together(scribe: Counting, judges: Judges) -> None:
    """Those that wait while one is judged are judged by the same thread, and written once."""
    begun: list[None] = []
    go, done = Event(), []

    def first() -> None:
        begun.append(None)
        assert_waits(go)

    for _ in range(JUDGES):
        judges.submit(first)
    assert wait_for(lambda: len(begun) == JUDGES)  # else one thread would take what another is to hold
    for n in range(40):
        judges.submit(lambda n=n: done.append(n))  # type: ignore[misc]
    go.set()
    assert wait_for(lambda: len(done) == 40)
    assert wait_for(lambda: scribe.written >= JUDGES)
    assert scribe.written < 40


def test_a_turn_is_one_threads_and_given_back_by_it_alone() -> None:
    """Who waits too long goes on without it, and cannot give what is another's."""
    turn = Turn()
    turn.take()
    turn.take()  # again, by whom it is

    def take_and_give() -> None:
        turn.take()
        turn.give()

    other = Thread(target=take_and_give)
    other.start()
    other.join(10)
    assert not other.is_alive()
    assert turn._lock.locked()
    turn.give()
    assert not turn._lock.locked()
    turn.give()


def test_judges_that_are_told_to_stop_end(scribe: Counting) -> None:
    """Each thread, also one that takes the word from another."""
    judges = Judges(scribe)
    judges.submit(lambda: None)
    judges.stop()
    for thread in judges._threads:
        thread.join(10)
        assert not thread.is_alive()


def test_one_is_woken_for_a_call_and_the_others_rest(judges: Judges) -> None:
    """Calls that come one by one are judged by the same thread."""
    by: list[int] = []
    for n in range(20):
        judges.submit(lambda: by.append(get_ident()))
        assert wait_for(lambda n=n: len(by) == n + 1 and len(judges._resting) == JUDGES)  # type: ignore[misc]
    assert len(set(by)) == 1


def test_what_was_submitted_before_the_end_is_judged(scribe: Counting) -> None:
    """Also where all threads are at work when the end is told; then all of them end."""
    judges = Judges(scribe)
    go, done = Event(), []
    for _ in range(JUDGES):
        judges.submit(lambda: assert_waits(go))
    for n in range(50):
        judges.submit(lambda n=n: done.append(n))  # type: ignore[misc]
    judges.stop()
    go.set()
    for thread in judges._threads:
        thread.join(10)
        assert not thread.is_alive()
    assert sorted(done) == list(range(50))


def test_no_call_is_left_lying_when_many_submit_at_once(judges: Judges) -> None:
    """Whatever the threads are at when a call comes: resting, on their way, judging, or about to rest."""
    done: list[int] = []

    def submit(of: int) -> None:
        for n in range(300):
            judges.submit(lambda n=n: done.append(of * 300 + n))  # type: ignore[misc]
            if n % 7 == of:
                time.sleep(0.0005)

    threads = [Thread(target=submit, args=(of,)) for of in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wait_for(lambda: len(done) == 1800)
    assert sorted(done) == list(range(1800))
