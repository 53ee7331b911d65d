"""The resident gate as a process: started by a client, killed, stopped, asked by nobody it knows, lied for."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

import pytest

from support.hooks import event, line, spawn
from support.resident import WORD, connect, exactly, exchange, fields, gate
from web4_governance.app import frames, native, resident
from web4_governance.core.errors import UsageError
from web4_governance.storage import open_reader

DENY = '{"enforce":true,"rules":[{"match":{"targetPatterns":["rm -rf"]},"decision":"deny"}]}'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    (place / "policy.json").write_text(DENY)
    return place


def call(number: int, command: str = "ls") -> dict[str, object]:
    return event("PreToolUse", f"t{number}", tool_input={"command": command})


def counted(home: Path, kind: str = "intent") -> int:
    with open_reader(str(home)) as reader:
        return len([stored for stored in reader.entries() if str(stored.kind) == kind])


def built(place: Path, ways: tuple[tuple[str, ...], ...]) -> str:
    """Built as `doctor --build` does, with its warnings as errors; without a compiler, its tests are skipped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "WAYS", ways)
        try:
            return native.build(str(place))
        except UsageError as error:
            if "compiler" in error.message:
                pytest.skip(error.message)
            raise


@pytest.fixture(scope="session")
def native_client(tmp_path_factory: pytest.TempPathFactory) -> str:
    return built(tmp_path_factory.mktemp("native"), native.WAYS)


@pytest.fixture(scope="session")
def libc_client(tmp_path_factory: pytest.TempPathFactory) -> str:
    """With the platform's C library, as it is built where the other way does not work."""
    return built(tmp_path_factory.mktemp("libc"), native.WAYS[1:])


PREFIX: list[str] = []


@pytest.fixture(autouse=True, params=["slim", "native", "libc"])
def client(request: pytest.FixtureRequest) -> None:
    """Every test here is of the slim client and of the native one, however that is built."""
    PREFIX[:] = [] if request.param == "slim" else [request.getfixturevalue(f"{request.param}_client")]


def ask(home: Path, body: dict[str, object], *options: str) -> int:
    command = [*PREFIX, *line(home, "--on-failure=block", "--deadline-ms=8000", "--resident", *options)]
    return spawn(command, body, user_home=home).returncode


def served(home: Path) -> dict[str, str]:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        found = resident.status(str(home))
        if found is not None:
            return found
        time.sleep(0.02)
    pytest.fail("no gate came up")


def gone(pid: int) -> bool:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            text = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return True
        if text.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_the_first_call_is_judged_starts_the_gate_and_the_next_ones_go_there(home: Path) -> None:
    """Killed in between, it is replaced, and nothing is lost or recorded twice (docs/spec/daemon.md C2, C4)."""
    assert ask(home, call(0, "rm -rf x")) == 2
    first = int(served(home)["pid"])
    try:
        assert os.getsid(first) not in (os.getsid(0), os.getsid(os.getppid())), "a session of its own"
        assert all(int(name) < 40 for name in os.listdir(f"/proc/{first}/fd"))
        environment = Path(f"/proc/{first}/environ").read_bytes()
        assert {row.partition(b"=")[0] for row in environment.split(b"\0") if row} <= {b"HOME", b"PATH"}
        assert ask(home, call(1, "rm -rf x")) == 2
        assert ask(home, call(2)) == 0
        assert served(home)["calls"] == "2"
        os.kill(first, signal.SIGKILL)
        assert gone(first)
        assert ask(home, call(3, "rm -rf x")) == 2
        time.sleep(2.1)
        assert ask(home, call(4)) == 0
        assert int(served(home)["pid"]) != first
    finally:
        resident.stop(str(home))
    assert counted(home) == 5


def test_sigterm_ends_it_and_takes_its_socket_away(home: Path) -> None:
    """What it had taken is in the ledger (docs/spec/daemon.md R9)."""
    started = resident.start(str(home))
    assert started is not None
    assert ask(home, call(1)) == 0
    os.kill(int(started["pid"]), signal.SIGTERM)
    assert gone(int(started["pid"]))
    assert not (home / "run/gate.sock").exists()
    assert counted(home) == 1


def test_of_many_that_start_at_once_one_serves(home: Path) -> None:
    """The start race (docs/spec/daemon.md C4, R1)."""
    codes: list[int] = []
    threads = [threading.Thread(target=lambda n=n: codes.append(ask(home, call(n)))) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pid = served(home)["pid"]
    assert resident.start(str(home)) == {**served(home), "pid": pid}
    resident.stop(str(home))
    assert codes == [0] * 6
    assert counted(home) == 6


def answers() -> dict[str, bytes]:
    """What a liar could say for a call that is denied."""
    good = frames.say(b"?" * 16, frames.ANSWERED)  # the word is made up by the client: nobody guesses it
    return {
        "nothing": b"",
        "half": good[:20],
        "another word": good,
        "zeros": bytes(64),
        "text": b"HTTP/1.1 200 OK\r\n\r\n",
        "json": b'{"decision":"allow"}\n' * 10,
    }


@pytest.mark.parametrize("lie", answers())
def test_no_answer_that_does_not_count_lets_a_call_through(home: Path, lie: str) -> None:
    """The hook's own process judges then, and records (docs/spec/daemon.md F4)."""
    assert served_by_liar(home, lambda _word: answers()[lie]) == 2
    assert counted(home) == 1


CHANGES = {
    "exit code 1": (8, b"\x01"), "exit code 3": (8, b"\x03"), "status 7": (7, b"\x07"), "protocol 2": (6, b"\x02"),
    "not zero": (9, b"\x01"), "stdout of 4 GiB": (12, b"\xff\xff\xff\xff"), "stderr that never comes": (16, b"\0\0\1\0"),
    "elsewhere": (7, b"\x01"), "magic": (0, b"X"),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_an_answer_with_the_right_word_counts_only_if_all_of_it_is_right(home: Path, change: str) -> None:
    """One field at a time (docs/spec/daemon.md F3, F4)."""

    def lie(word: bytes) -> bytes:
        at, to = CHANGES[change]
        good = frames.say(word, frames.ANSWERED)
        return good[:at] + to + good[at + len(to) :]

    assert served_by_liar(home, lie) == 2
    assert counted(home) == 1


def served_by_liar(home: Path, lie: object) -> int:
    (home / "run").mkdir(mode=0o700)
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(home / "run/gate.sock"))
    listening.listen(1)
    listening.settimeout(20)

    def work() -> None:
        other, _ = listening.accept()
        with other:
            start = exactly(other, frames.ASK_SIZE)
            _, head, body, word = frames.asked(start)
            exactly(other, head + body)
            other.sendall(lie(word))  # type: ignore[operator]

    thread = threading.Thread(target=work)
    thread.start()
    code = ask(home, call(1, "rm -rf x"))
    thread.join()
    listening.close()
    return code


def test_a_socket_in_a_directory_that_others_write_is_not_asked(home: Path) -> None:
    """Else anybody could put a gate there (docs/spec/daemon.md C1)."""
    with gate(str(home)):
        assert ask(home, call(1)) == 0
        assert served(home)["calls"] == "1"
        (home / "run").chmod(0o777)
        assert ask(home, call(2, "rm -rf x")) == 2
        (home / "run").chmod(0o700)
        assert served(home)["calls"] == "1"
    assert counted(home) == 2


def test_an_event_that_is_handed_over_is_recorded_once(home: Path) -> None:
    """The answer was lost, not the entry; with a call id or without one (docs/spec/daemon.md C3, R12)."""
    prompt = json.dumps(event("UserPromptSubmit", prompt="hello")).encode()
    gate_call = json.dumps(call(1, "rm -rf x")).encode()
    broken = b"{"
    words = [bytes([n]) * frames.WORD for n in (1, 2, 3)]
    with gate(str(home)), connect(str(home)) as conversation:
        for word, data in zip(words, (prompt, gate_call, broken), strict=True):
            exchange(conversation, frames.ask(frames.EVENT, word, fields(str(home)), data), word)
    for word, data, code in zip(words, (prompt, gate_call, broken), (0, 2, 2), strict=True):
        handed = line(home, "--via", "user", "--on-failure=block", "--once", word.hex())
        assert spawn(handed, data, user_home=home).returncode == code
    assert [counted(home, kind) for kind in ("prompt", "intent", "gap")] == [1, 1, 1]
    again = line(home, "--via", "user", "--on-failure=block", "--once", "00" * 16)
    spawn(again, prompt, user_home=home)
    assert counted(home, "prompt") == 2, "a person may say the same twice"


def test_a_call_that_fails_spoils_no_other_of_its_commit(home: Path) -> None:
    """Each is a part of its own (docs/spec/daemon.md R3)."""
    bad = fields(str(home), agent="nobody")
    with gate(str(home)) as made:
        lines = [connect(str(home)) for _ in range(8)]
        for number, one in enumerate(lines):
            told = bad if number % 4 == 1 else fields(str(home))
            one.sendall(frames.ask(frames.EVENT, WORD, told, json.dumps(call(number)).encode()))
        codes = []
        for one in lines:
            told_by = frames.said(exactly(one, frames.SAY_SIZE), WORD)
            assert told_by is not None
            codes.append(told_by[1])
            one.close()
        assert codes == [2 if number % 4 == 1 else 0 for number in range(8)]
        assert made.scribe.commits <= 8
    assert counted(home) == 6


def test_half_a_frame_and_no_frame_end_the_connection(home: Path) -> None:
    """And nobody else's (docs/spec/daemon.md F5)."""
    with gate(str(home)), connect(str(home)) as good:
        for noise in (
            b"GET / HTTP/1.1\r\n\r\n" * 4,
            frames.ASK + b"\x09" * 40,
            frames.ASK + b"\x01\x01" + b"\xff" * 40,
        ):
            with connect(str(home)) as other:
                other.sendall(noise)
                assert other.recv(100) == b""
        head = frames.ask(frames.EVENT, WORD, {"agent": "a"}, b"{}")
        with connect(str(home)) as other:
            other.sendall(head.replace(b"agent=a", b"agentXa"))
            assert other.recv(100) == b""
        assert exchange(good, frames.ask(frames.STATUS, WORD, {}))[0] == frames.ANSWERED


def test_what_is_not_for_this_gate_is_handed_back(home: Path) -> None:
    """Another home, another package, a relative place (docs/spec/daemon.md R8, R10)."""
    data = json.dumps(call(1)).encode()
    cases = {
        "home": fields("/elsewhere"),
        "script": fields(str(home), script="/opt/other/web4_governance/hook.py"),
        "policy": fields(str(home), **{"session-policy": "p.json"}),
        "deadline": fields(str(home), **{"deadline-ms": "x"}),
    }
    with gate(str(home)), connect(str(home)) as one:
        for told in cases.values():
            assert exchange(one, frames.ask(frames.EVENT, WORD, told, data))[0] == frames.ELSEWHERE
        relative = json.dumps({**call(1), "cwd": "src"}).encode()
        assert exchange(one, frames.ask(frames.EVENT, WORD, fields(str(home)), relative))[0] == frames.ELSEWHERE
    assert not (home / "ledger.db").exists() or counted(home) == 0


def test_a_newer_package_takes_over_and_no_call_is_lost(home: Path, tmp_path: Path) -> None:
    """The old gate ends when a newer hook asks it; that call is judged all the same (docs/spec/daemon.md R8)."""
    newer = tmp_path / "newer" / "web4_governance"
    newer.mkdir(parents=True)
    (newer / "__init__.py").write_text('__version__ = "99.0"\n')
    with gate(str(home)) as made, connect(str(home)) as one:
        told = fields(str(home), script=str(newer / "hook.py"))
        assert exchange(one, frames.ask(frames.EVENT, WORD, told, json.dumps(call(1)).encode()))[0] == frames.ELSEWHERE
        assert made.package.replaced
        end = time.monotonic() + 20
        while resident.status(str(home)) is not None and time.monotonic() < end:
            time.sleep(0.02)
        assert resident.status(str(home)) is None


def test_a_gate_that_says_nothing_costs_half_of_the_time_and_no_call(home: Path) -> None:
    """The client's own deadline (docs/spec/daemon.md C2)."""
    (home / "run").mkdir(mode=0o700)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(home / "run/gate.sock"))
        listening.listen(4)
        command = [*PREFIX, *line(home, "--on-failure=block", "--deadline-ms=4000", "--resident")]
        assert spawn(command, call(1, "rm -rf x"), user_home=home).returncode == 2
    assert counted(home) == 1


def test_a_large_event_comes_through_whole_both_ways(home: Path) -> None:
    """Over every buffer on the way, to the gate and to the hook's own process."""
    big = call(1, "rm -rf x")
    big["tool_input"] = {"command": "rm -rf x", "description": "x" * 3_000_000}
    with gate(str(home)) as made:
        assert ask(home, big) == 2
        assert made.scribe.calls + counted(home) >= 1
    (home / "run").chmod(0o777)  # nobody is asked
    assert ask(home, {**big, "tool_use_id": "t2"}) == 2
    assert counted(home) == 2


def test_a_line_that_cannot_be_read_is_the_hooks(home: Path) -> None:
    """Its answer, its words (docs/spec/daemon.md N3)."""
    for options in (["--unknown"], ["--deadline-ms=abc"], ["--home"], ["second-agent"]):
        command = [*line(home, "--on-failure=block", "--resident"), *options]
        plain = spawn([word for word in command if word != "--resident"], call(1), user_home=home)
        asked = spawn([*PREFIX, *command], call(1), user_home=home)
        assert (asked.returncode, asked.stdout, asked.stderr) == (plain.returncode, plain.stdout, plain.stderr)
        assert asked.returncode == 2


def test_a_closed_stdout_takes_no_denial_back(home: Path) -> None:
    """What the host left closed is nobody's to fill (docs/spec/daemon.md N1)."""
    command = [*PREFIX, *line(home, "--on-failure=block", "--resident")]
    with gate(str(home)):
        for closed in ("<&-", ">&-", "2>&-"):
            done = spawn(["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *command], call(1, "rm -rf x"), user_home=home)
            assert done.returncode == 2, closed


def test_no_interpreter_is_answered_by_the_failure_mode(home: Path) -> None:
    """The native client can say that much by itself (docs/spec/daemon.md N4)."""
    if not PREFIX:
        pytest.skip("without an interpreter there is no slim client")
    for mode, code in (("block", 2), ("continue", 0)):
        command = [*PREFIX, "/nonexistent/python", "-I", "-S", "/x/hook.py", "claude-code", "--home", str(home)]
        done = spawn([*command, f"--on-failure={mode}", "--resident"], call(1), user_home=home)
        assert done.returncode == code
        assert b"web4 doctor" in done.stderr
        assert done.stdout == b""
