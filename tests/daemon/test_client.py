"""The native client built without a C library is the one that is built with it (docs/spec/daemon.md N1)."""

from __future__ import annotations

import ctypes
import errno
import json
import os
import platform
import resource
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from web4_governance.app import frames, native
from web4_governance.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BARE_HERE = sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")
SHOW = "import json,os,sys; print(json.dumps([sys.argv, sys.stdin.buffer.read().hex(), sorted(os.environ.items())]))"


SANITIZED = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
WAYS = {**dict(zip(("bare", "static", "dynamic"), native.WAYS, strict=True)), "sanitized": SANITIZED}


@pytest.fixture(scope="session", params=list(WAYS))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The client, built in this way and no other; the first has to work on the platforms that it is for.

    With the sanitizers, what is read or written outside of its place ends the client with words that nobody expects.
    """
    if request.param == "bare" and not BARE_HERE:
        pytest.skip("no system calls are known for this platform")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "WAYS", (WAYS[request.param],))
        try:
            return native.build(str(tmp_path_factory.mktemp(request.param)))
        except UsageError as error:
            if "compiler" in error.message or request.param in ("static", "sanitized"):
                pytest.skip(error.message)
            raise


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "h"
    (place / "run").mkdir(parents=True, mode=0o700)
    return place


def command(built: str, home: Path, *more: str) -> list[str]:
    """The line of a hook whose own process shows what it was given."""
    script = home / "hook.py"
    script.write_text(SHOW)
    return [built, sys.executable, "-I", "-S", str(script), "claude-code", f"--home={home}", "--resident", *more]


@contextmanager
def served(home: Path, serve: Callable[[socket.socket], None]) -> Iterator[None]:
    """Let one client in at a home's socket, in a thread."""
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(home / "run" / "gate.sock"))
    listening.listen(1)
    listening.settimeout(20)

    def work() -> None:
        one, _ = listening.accept()
        with one:
            one.settimeout(20)
            serve(one)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join(30)
    listening.close()


def asked(home: Path, line: list[str], given: bytes, environment: dict[str, str], answer: bytes) -> tuple[bytes, bytes]:
    """Serve one question with an answer whose place for the word is filled in; give the question and what was printed."""
    heard: list[bytes] = []

    def serve(one: socket.socket) -> None:
        data = b""
        while len(data) < frames.ASK_SIZE:
            data += one.recv(1 << 16)
        _kind, head, body, word = frames.asked(data[: frames.ASK_SIZE])
        while len(data) < frames.ASK_SIZE + head + body:
            data += one.recv(1 << 16)
        heard.append(data)
        one.sendall(answer[:20] + word + answer[36:])

    with served(home, serve):
        done = subprocess.run(line, input=given, capture_output=True, env=environment, timeout=30, check=False)
    return heard[0], bytes([done.returncode]) + done.stdout + b"|" + done.stderr


@pytest.mark.parametrize("size", [0, 1, 65535, 65536, 65537, 3_000_000])
def test_a_question_is_the_events_bytes_and_what_the_host_said(built: str, home: Path, size: int) -> None:
    """Head and body are whole at every size, also past what a socket takes at once; the answer is printed as it is."""
    environment = {
        "HOME": "/home/é",
        "TZ": "Europe/Berlin",
        "CLAUDE_PID": "12",
        "OTHER": "no",
        "NODE_ENV": "",
        "PGHOST": "db",
    }
    given = os.urandom(size)
    answer = frames.say(b"?" * frames.WORD, frames.ANSWERED, 2, b"out" * 50_000, b"err")
    question, printed = asked(home, command(built, home, "--deadline-ms", "9000"), given, environment, answer)
    kind, head, body, _word = frames.asked(question[: frames.ASK_SIZE])
    assert (kind, body) == (frames.EVENT, size)
    assert question[frames.ASK_SIZE + head :] == given
    assert frames.fields_of(question[frames.ASK_SIZE : frames.ASK_SIZE + head]) == {
        "CLAUDE_PID": "12",
        "PGHOST": "db",
        "agent": "claude-code",
        "home": str(home),
        "via": "direct",
        "on-failure": "continue",
        "deadline-ms": "9000",
        "session-policy": "",
        "zone": "Europe/Berlin",
        "user-home": "/home/é",
        "script": str(home / "hook.py"),
    }
    assert printed == b"\x02" + b"out" * 50_000 + b"|err"


@pytest.mark.parametrize("answer", [b"", frames.say(b"!" * frames.WORD, frames.ELSEWHERE)])
def test_what_is_not_answered_is_handed_over_whole(built: str, home: Path, answer: bytes) -> None:
    """The same words but `--resident`, the same event and environment, the question's word and what is left of the deadline."""
    environment = {"HOME": "/home/x", "LC_ALL": "C.UTF-8", "EMPTY": ""}
    given = os.urandom(200_000)
    line = command(built, home, "--deadline-ms=9000", "--session-policy", "/p/ö")
    question, printed = asked(home, line, given, environment, answer or b"nothing")
    word = frames.asked(question[: frames.ASK_SIZE])[3]
    arguments, heard, seen = json.loads(printed[1:].rpartition(b"|")[0])
    left = int(arguments.pop())
    assert 0 < left <= 9000
    assert arguments == [*[one for one in line[4:] if one != "--resident"], "--once", word.hex(), "--deadline-ms"]
    assert bytes.fromhex(heard) == given
    assert dict(seen) == environment


@pytest.mark.parametrize("deadline", ["9000x", "", "-5", "99999999", "0", "3600000", " 9", "123456789012345678901234"])
def test_a_deadline_that_is_no_number_of_milliseconds_is_the_hooks(built: str, home: Path, deadline: str) -> None:
    """Nobody is asked, and the hook gets the line as it is."""
    line = command(built, home, f"--deadline-ms={deadline}")
    done = subprocess.run(line, input=b"x", capture_output=True, env={"HOME": "/x"}, timeout=30, check=False)
    assert json.loads(done.stdout)[0] == [one for one in line[4:] if one != "--resident"]


def test_a_place_that_is_too_long_for_a_socket_is_not_asked(built: str, tmp_path: Path) -> None:
    """Whatever lies there; nor is a gate started."""
    home = tmp_path / ("x" * 120)
    home.mkdir()
    line = command(built, home)
    done = subprocess.run(line, input=b"x", capture_output=True, env={"HOME": "/x"}, timeout=30, check=False)
    assert "--once" in json.loads(done.stdout)[0]
    assert not (home / "run").exists()


def test_an_event_that_comes_too_late_is_not_asked_about(built: str, home: Path) -> None:
    """The gate would judge and record for nobody: the hook's own process has the call by then."""
    heard: list[bytes] = []
    line = command(built, home, "--deadline-ms=600")
    with (
        served(home, lambda one: heard.append(one.recv(1 << 16))),
        subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={"HOME": "/x"}) as started,
    ):
        time.sleep(1.0)
        out, _ = started.communicate(b"late", timeout=30)
    assert heard == [b""]
    arguments, given, _environment = json.loads(out)
    assert bytes.fromhex(given) == b"late"
    assert arguments[-2:] == ["--deadline-ms", "1"]


@pytest.mark.parametrize("more", range(-3, 4))
def test_a_head_that_just_fits_or_does_not_spoils_nothing(built: str, home: Path, more: int) -> None:
    """Where it does not, the event is handed over as it is."""
    fixed = {
        "agent": "claude-code",
        "home": str(home),
        "via": "direct",
        "on-failure": "continue",
        "deadline-ms": "2000",
    }
    fixed["session-policy"] = ""
    used = sum(len(name) + len(text) + 2 for name, text in fixed.items()) + len("user-home=") + 1
    person = "/" + "h" * (65536 - used - 1 + more)
    line, heard = command(built, home), list[bytes]()
    with served(home, lambda one: heard.append(one.recv(1 << 16))):
        done = subprocess.run(line, input=b"x", capture_output=True, env={"HOME": person}, timeout=30, check=False)
    word = json.loads(done.stdout)[0]
    once = bytes.fromhex(word[word.index("--once") + 1])
    assert len(once) == frames.WORD
    assert done.returncode == 0


@pytest.mark.parametrize(
    "environment",
    [{"HOME": ""}, {"HOME": "x"}, {"HOME": "/x/"}, {"HOME": "/x", "TZDIR": "/usr/share/zoneinfo"}, {}],
)
def test_surroundings_that_the_gate_would_take_for_others_are_the_hooks(
    built: str, home: Path, environment: dict[str, str]
) -> None:
    """Nobody is asked."""
    line = command(built, home)
    done = subprocess.run(line, input=b"x", capture_output=True, env=environment, timeout=30, check=False)
    assert "--once" not in json.loads(done.stdout)[0]


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="the number of a call of x86-64")
def test_where_no_file_without_a_name_can_be_made_in_memory_the_event_is_handed_over(built: str, home: Path) -> None:
    """Kernels and sandboxes refuse memfd_create(2)."""
    line = command(built, home)
    done = subprocess.run(
        line,
        input=b"x" * 99,
        capture_output=True,
        env={"HOME": "/x"},
        timeout=30,
        check=False,
        preexec_fn=without_memfd,
    )
    assert bytes.fromhex(json.loads(done.stdout)[1]) == b"x" * 99


def without_memfd() -> None:
    """Have the kernel refuse one call, 319 (seccomp(2))."""
    load, equal, give = 0x20, 0x15, 0x06
    steps = [(load, 0, 0, 0), (equal, 0, 1, 319), (give, 0, 0, 0x50000 | errno.ENOSYS), (give, 0, 0, 0x7FFF0000)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    none = ctypes.c_ulong(0)
    assert libc.prctl(38, ctypes.c_ulong(1), none, none, none) == 0
    assert libc.prctl(22, ctypes.c_ulong(2), ctypes.c_void_p(ctypes.addressof(program)), none) == 0


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="no list of open files")
def test_the_gate_that_is_started_has_no_file_but_its_lock(built: str, home: Path) -> None:
    """Whatever number the host left open (C4)."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 1600:
        pytest.skip("so many files may not be open")
    (home / "daemon").mkdir()
    (home / "daemon" / "serve.py").write_text(
        "import os\n"
        f"open({str(home / 'seen.new')!r}, 'w').write(' '.join(sorted(n for n in os.listdir('/proc/self/fd'))))\n"
        f"os.rename({str(home / 'seen.new')!r}, {str(home / 'seen')!r})\n"
    )
    os.dup2(0, 1500)
    try:
        line = command(built, home)
        subprocess.run(
            line, input=b"x", capture_output=True, env={"HOME": "/x"}, timeout=30, check=False, pass_fds=(1500,)
        )
    finally:
        os.close(1500)
    end = time.monotonic() + 20
    while not (home / "seen").exists() and time.monotonic() < end:
        time.sleep(0.02)
    seen = {int(number) for number in (home / "seen").read_text().split()}
    assert {0, 1, 2, 3} <= seen
    assert max(seen) < 10  # and what lists them itself


def test_a_line_of_many_words_is_handed_over_whole(built: str, home: Path) -> None:
    """The hook says what is wrong with it, or nothing is."""
    line = command(built, home, *[f"--word={n}" for n in range(90)])
    done = subprocess.run(line, input=b"x", capture_output=True, env={"HOME": "/x"}, timeout=30, check=False)
    assert json.loads(done.stdout)[0] == [one for one in line[4:] if one != "--resident"]


@pytest.mark.parametrize("more", [[], [f"--word={n}" for n in range(90)]])
@pytest.mark.parametrize(("mode", "code"), [("--on-failure=block", 2), ("--on-failure=continue", 0), ("", 0)])
def test_an_interpreter_that_is_gone_is_answered_by_the_mode(
    built: str, home: Path, mode: str, code: int, more: list[str]
) -> None:
    """However many words the line has, and whether or not somebody would have been asked (N4)."""
    line = command(built, home, *([mode] if mode else []), *more)
    line[1] = "/nonexistent/python3"
    environment = {"HOME": "/x", "ASAN_OPTIONS": "detect_leaks=0"}  # it ends here, and all memory with it
    done = subprocess.run(line, input=b"x", capture_output=True, env=environment, timeout=30, check=False)
    assert (done.returncode, done.stdout) == (code, b"")
    assert (b"blocked" if code else b"not judged") in done.stderr


def test_an_event_behind_an_end_that_does_not_block_is_waited_for(built: str, home: Path) -> None:
    """Some hosts give their own end of a pipe, with their own flags."""
    line = command(built, home)
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with subprocess.Popen(line, stdin=reading, stdout=subprocess.PIPE, env={"HOME": "/x"}) as started:
        os.close(reading)
        for part in (b"late", b"r"):
            time.sleep(0.1)
            os.write(writing, part)
        os.close(writing)
        out, _ = started.communicate(timeout=30)
    assert bytes.fromhex(json.loads(out)[1]) == b"later"
