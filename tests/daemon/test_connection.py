"""What a client may do with its connection: ask much at once, listen slowly, go away, bring a frame in pieces."""

from __future__ import annotations

import json
import os
import resource
import socket
import time
from threading import Event
from typing import TYPE_CHECKING, cast

import pytest

from support.hooks import event
from support.resident import WORD, connect, exactly, exchange, fields, gate
from web4_governance.app import frames, memory
from web4_governance.daemon import connection, server
from web4_governance.storage import open_reader, open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.daemon.call import Call


@pytest.fixture
def home(tmp_path: Path) -> str:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    return str(place)


def call(number: int) -> bytes:
    return json.dumps(event("PreToolUse", f"t{number}", tool_input={"command": "ls"})).encode()


def ends(line: socket.socket) -> bool:
    line.settimeout(20)
    return line.recv(1) == b""


def until(true: object) -> bool:
    """Wait for something to become so."""
    end = time.monotonic() + 20
    while not true() and time.monotonic() < end:  # type: ignore[operator]
        time.sleep(0.01)
    return bool(true())  # type: ignore[operator]


def test_what_is_asked_at_once_is_answered_one_after_the_other(home: str) -> None:
    """Many frames in one piece, more of answers than a socket holds, by a client that listens at the end."""
    count = 6000
    with gate(home) as made, connect(home) as line:
        asked = b"".join(frames.ask(frames.STATUS, number.to_bytes(16, "big"), {}) for number in range(count))
        line.settimeout(60)
        sent = 0
        line.setblocking(False)
        while sent < len(asked):  # as much as goes without anybody listening
            try:
                sent += line.send(asked[sent : sent + 65536])
            except BlockingIOError:
                break
        time.sleep(0.3)
        with connect(home) as other:
            assert exchange(other, frames.ask(frames.STATUS, WORD, {}))[0] == frames.ANSWERED
        line.setblocking(True)
        line.settimeout(60)
        for number in range(sent // frames.ASK_SIZE):
            told = frames.said(exactly(line, frames.SAY_SIZE), number.to_bytes(16, "big"))
            assert told is not None
            exactly(line, told[2] + told[3])
        assert len(made.open) >= 1


def test_calls_that_are_asked_at_once_are_recorded_in_their_order(home: str) -> None:
    """One after the other: the second is begun when the first is answered."""
    with gate(home), connect(home) as line:
        words = [number.to_bytes(16, "big") for number in range(20)]
        line.sendall(b"".join(frames.ask(frames.EVENT, word, fields(home), call(n)) for n, word in enumerate(words)))
        for word in words:
            told = frames.said(exactly(line, frames.SAY_SIZE), word)
            assert told is not None
            assert told[:2] == (frames.ANSWERED, 0)
    with open_reader(home) as reader:
        calls = [one.body()["request"]["call"] for one in reader.entries() if str(one.kind) == "intent"]  # type: ignore[index,call-overload]
    assert calls == [f"t{number}" for number in range(20)]


def test_a_frame_in_pieces_is_one_frame(home: str) -> None:
    """Wherever it is cut, and with its sender's end closed behind it."""
    asked = frames.ask(frames.EVENT, WORD, fields(home), call(1))
    with gate(home) as made:
        for cut in (1, frames.ASK_SIZE - 1, frames.ASK_SIZE, frames.ASK_SIZE + 9, len(asked) - 1):
            with connect(home) as line:
                line.sendall(asked[:cut])
                time.sleep(0.02)
                line.sendall(asked[cut:])
                line.shutdown(socket.SHUT_WR)
                told = frames.said(exactly(line, frames.SAY_SIZE), WORD)
                assert told is not None
                assert told[0] == frames.ANSWERED
                assert ends(line)
        assert until(lambda: not made.open)


def test_whoever_goes_away_is_recorded_and_forgotten(home: str) -> None:
    """Before the answer, with half a frame, without a word."""
    asked = frames.ask(frames.EVENT, WORD, fields(home), call(1))
    with gate(home) as made:
        for sent in (asked, asked[:40], b""):
            with connect(home) as line:
                line.sendall(sent)
        assert until(lambda: not made.open)
        assert until(lambda: made.scribe.calls == 1)
        with connect(home) as line:
            assert exchange(line, frames.ask(frames.STATUS, WORD, {}))[0] == frames.ANSWERED


def test_half_a_frame_is_waited_for_a_while_and_no_longer(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The time runs from its first byte, and not for who has asked nothing (docs/spec/daemon.md F5)."""
    monkeypatch.setattr(connection, "FRAME_S", 0.2)
    with gate(home), connect(home) as silent:
        with connect(home) as slow:
            slow.sendall(frames.ASK)
            assert ends(slow)
        assert exchange(silent, frames.ask(frames.STATUS, WORD, {}))[0] == frames.ANSWERED


def test_more_connections_than_there_may_be_are_cut_off(home: str) -> None:
    """And those that are there stay (docs/spec/daemon.md R7)."""
    with gate(home) as made:
        made.most_connections = 3
        lines = [connect(home) for _ in range(3)]
        assert until(lambda: len(made.open) == 3)
        with connect(home) as fourth:
            assert ends(fourth)
        assert exchange(lines[0], frames.ask(frames.STATUS, WORD, {}))[0] == frames.ANSWERED
        for line in lines:
            line.close()


def test_a_process_that_may_open_no_more_lets_them_wait(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits is let in when there is room again; nobody else is disturbed."""
    monkeypatch.setattr(server, "CROWDED_S", 0.05)
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with gate(home), connect(home) as good:
        assert exchange(good, frames.ask(frames.STATUS, WORD, {}))[0] == frames.ANSWERED
        late = socket.socket(socket.AF_UNIX)
        late.settimeout(30)
        highest = max(int(name) for name in os.listdir("/proc/self/fd")) + 1
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(highest, before[0]), before[1]))
        filler: list[int] = []
        try:
            while True:
                try:
                    filler.append(os.dup(0))
                except OSError:
                    break
            late.connect(os.path.join(home, "run/gate.sock"))
            assert exchange(good, frames.ask(frames.STATUS, WORD, {}))[0] == frames.ANSWERED
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
            for handle in filler:
                os.close(handle)
        assert exchange(late, frames.ask(frames.STATUS, WORD, {}))[0] == frames.ANSWERED
        late.close()


def test_a_call_whose_time_is_up_is_handed_back_and_the_others_wait(home: str) -> None:
    """Each at its own time, while somebody else holds the ledger (docs/spec/daemon.md R6)."""
    with gate(home) as made:
        with connect(home) as line:
            exchange(line, frames.ask(frames.EVENT, WORD, fields(home), call(0)))
        with open_writer(home, deadline=None), connect(home) as soon, connect(home) as later:
            begun = time.monotonic()
            for one, number, deadline in ((later, 1, "3000"), (soon, 2, "400")):
                told = fields(home, **{"deadline-ms": deadline})
                one.sendall(frames.ask(frames.EVENT, WORD, told, call(number)))
            took = []
            for one in (soon, later):
                said = frames.said(exactly(one, frames.SAY_SIZE), WORD)
                assert said is not None
                assert said[0] == frames.ELSEWHERE
                took.append(time.monotonic() - begun)
        assert took[1] - took[0] > 0.4
        assert until(lambda: not made._until)


def test_equal_heads_are_read_once_and_a_bad_one_never(home: str) -> None:
    """A host says the same of itself call after call; what is no head is none, however often it comes."""
    with gate(home) as made, connect(home) as line:
        for number in range(3):
            exchange(line, frames.ask(frames.EVENT, WORD, fields(home), call(number)))
        assert len(made._fields) == 1
        for _ in range(2):
            with connect(home) as bad, pytest.raises(AssertionError):
                exchange(bad, frames.ask(frames.EVENT, WORD, fields(home), b"{}").replace(b"agent=", b"agent~"))
        for number in range(server.MOST_HEADS + 5):
            exchange(line, frames.ask(frames.EVENT, WORD, fields(home, via=f"v{number}"), call(100 + number)))
        assert len(made._fields) <= server.MOST_HEADS
        long = fields(home, plugin="x" * server.LONGEST_HEAD)
        before = len(made._fields)
        exchange(line, frames.ask(frames.EVENT, WORD, long, call(500)))
        assert len(made._fields) == before


POLICY = '{"enforce":true,"rules":[{"match":{"tools":["*"]},"decision":"%s"}]}'


@pytest.fixture
def ruled(home: str) -> str:
    """A home whose policy has been the same for a while, so that what was found of it is remembered."""
    return rule(home, POLICY % "allow")


def rule(home: str, policy: str) -> str:
    path = os.path.join(home, "policy.json")
    with open(path, "w", encoding="ascii") as file:
        file.write(policy)
    old = time.time() - 60
    os.utime(path, (old, old))
    time.sleep(2.1)  # the time of its last change cannot be set back
    return home


def asked(line: socket.socket, home: str, number: int) -> int:
    """Give the exit code of an answered call."""
    told = exchange(line, frames.ask(frames.EVENT, WORD, fields(home), call(number)))
    assert told[0] == frames.ANSWERED
    return told[1]


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The directories that are looked at, one after the other."""
    looks: list[str] = []
    times = memory._times

    def counted(path: str) -> object:
        looks.append(path)
        return times(path)

    monkeypatch.setattr(memory, "_times", counted)
    return looks


def come(made: server.Gate) -> None:
    """Wait until a client is let in, and all that is done for it by then."""
    assert until(lambda: made.open and all(one._watched for one in made.open))
    over = Event()
    made.loop.call_soon_threadsafe(over.set)
    assert over.wait(20)


def test_what_is_looked_at_for_a_client_before_it_asks_serves_its_first_call_only(
    ruled: str, looks: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look is made while the client reads its event; what comes on the same line later is looked at anew."""
    monkeypatch.setattr(connection, "AHEAD_S", 30.0)
    with gate(ruled) as made:
        for number in (1, 2):  # what the second one finds is remembered
            with connect(ruled) as line:
                assert asked(line, ruled, number) == 0
        assert until(lambda: not made.open)
        looks.clear()
        with connect(ruled) as line:
            come(made)
            before = len(looks)
            assert before
            assert asked(line, ruled, 3) == 0
            assert len(looks) == before
            assert asked(line, ruled, 4) == 0
            assert len(looks) > before


def test_a_policy_that_changes_while_a_client_is_slow_to_ask_is_in_force(ruled: str) -> None:
    """What was looked at for it is worth nothing after some milliseconds."""
    with gate(ruled) as made:
        for number in (1, 2):
            with connect(ruled) as line:
                assert asked(line, ruled, number) == 0
        with connect(ruled) as line:
            come(made)
            rule(ruled, POLICY % "deny")
            assert asked(line, ruled, 3) == 2


def test_nothing_is_made_ready_while_a_call_is_in_work(ruled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was asked before is served first."""
    ready: list[object] = []
    with gate(ruled) as made:
        monkeypatch.setattr(made.memory, "look_again", ready.append)
        made._working += 1
        with connect(ruled) as line:
            come(made)
            assert not ready
            made.loop.call_soon_threadsafe(made.gave, cast("Call", object()), 0)
            assert asked(line, ruled, 1) == 0
        assert until(lambda: made._working == 0)
        with connect(ruled):
            assert until(lambda: ready)


def test_what_lies_on_a_disk_of_its_own_is_not_looked_at_ahead(ruled: str, looks: list[str]) -> None:
    """The loop does it, which a disk that does not answer would hold up, for all projects."""
    with gate(ruled) as made:
        for number in (1, 2):
            with connect(ruled) as line:
                assert asked(line, ruled, number) == 0
        assert until(lambda: made._working == 0)
        for near, looked in ((made._near, True), (frozenset[int](), False)):
            made._near = near
            looks.clear()
            with connect(ruled):
                come(made)
                assert bool(looks) is looked
            assert until(lambda: not made.open)
