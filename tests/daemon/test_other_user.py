"""A gate under another user: what the agent's user tries, one by one, and what it finds (docs/spec/daemon.md U1-U4).

Makes two users, so it runs as root; elsewhere it is skipped, and fails with WEB4_REQUIRE_USERS set, as in continuous
integration.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import web4_governance
from web4_governance.app import frames, resident
from web4_governance.core.errors import UsageError
from web4_governance.storage import open_reader

if TYPE_CHECKING:
    from collections.abc import Iterator

MISSING = "makes two users: runs as root, where useradd is"
REQUIRED = bool(os.environ.get("WEB4_REQUIRE_USERS"))

pytestmark = pytest.mark.skipif(not REQUIRED and (os.getuid() != 0 or shutil.which("useradd") is None), reason=MISSING)
ALONGSIDE = ("cryptography", "cffi", "_cffi_backend", "tree_sitter", "tree_sitter_bash", "re2", "_re2", "yaml")
DENY = '{"enforce":true,"rules":[{"match":{"targetPatterns":["rm -rf"]},"decision":"deny"}]}'


class Place:
    """Two users, a gate of the first for the second, and the package where both can read it."""

    def __init__(self, root: Path, python: str, users: tuple[str, str]) -> None:
        self.root, self.python = root, python
        self.gate_user, self.agent = users
        self.home, self.run = root / "state", root / "run"
        self.socket = self.run / "gate.sock"
        self.package = root / "lib" / "web4_governance"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [self.python, "-I", "-S", str(self.package / "daemon/serve.py"), "--home", str(self.home)]
        command += [f"--for={self.agent}", f"--socket={self.socket}"]
        self.process = subprocess.Popen(command, user=self.gate_user, group=self.agent, extra_groups=[], env={})
        end = time.monotonic() + 20
        while not self.socket.exists() and time.monotonic() < end:
            time.sleep(0.02)
        assert self.socket.exists()

    def hook(
        self, body: dict[str, object], *, user: str = "", mode: str = "block", gate: str = ""
    ) -> subprocess.CompletedProcess[bytes]:
        command = [self.python, "-I", "-S", str(self.package / "hook.py"), "claude-code", "--home", str(self.home)]
        command += [f"--on-failure={mode}", "--deadline-ms=3000", "--gate", gate or str(self.socket)]
        command += ["--gate-user", self.gate_user]
        return self.as_user(command, user=user, data=json.dumps(body).encode())

    def as_user(self, command: list[str], *, user: str = "", data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        who = user or self.agent
        return subprocess.run(
            command, input=data, capture_output=True, timeout=60, check=False, user=who, group=pwd.getpwnam(who).pw_gid, extra_groups=[],
            env={"HOME": str(self.root), "PATH": "/usr/bin:/bin"}, cwd="/",
        )  # fmt: skip

    def code(self, source: str, *, user: str = "") -> subprocess.CompletedProcess[bytes]:
        """Run some Python as the agent's user, or another one."""
        start = f"import sys; sys.path.insert(0, {str(self.root / 'lib')!r})\n"
        return self.as_user([self.python, "-I", "-S", "-c", start + source], user=user)

    def intents(self) -> int:
        with open_reader(str(self.home)) as reader:
            return sum(str(stored.kind) == "intent" for stored in reader.entries())


def call(number: int, command: str = "ls") -> dict[str, object]:
    body = {"session_id": "s", "cwd": "/tmp", "hook_event_name": "PreToolUse", "tool_name": "Bash"}
    return {**body, "tool_use_id": f"t{number}", "tool_input": {"command": command}}


def interpreter(user: str) -> str:
    """An interpreter of this version that the second user may run."""
    wanted = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for python in (os.path.realpath(sys.executable), f"/usr/bin/python{wanted}", f"/usr/local/bin/python{wanted}"):
        try:
            done = subprocess.run(
                [python, "-I", "-S", "-c", "pass"], user=user, group=user, extra_groups=[], check=False, cwd="/"
            )
        except OSError:
            continue
        if done.returncode == 0:
            return python
    lacking = f"no Python {wanted} is here that another user may run"
    if REQUIRED:
        pytest.fail(lacking)
    pytest.skip(lacking)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    root = Path(tempfile.mkdtemp(prefix="web4-users-", dir="/var/tmp"))
    users = (f"w4g{os.getpid()}", f"w4a{os.getpid()}")
    made = []
    try:
        root.chmod(0o755)
        for user in users:
            subprocess.run(["useradd", "--no-create-home", "--user-group", "--home-dir", str(root), user], check=True)
            made.append(user)
        here = Place(root, interpreter(users[1]), users)
        shutil.copytree(
            Path(web4_governance.__file__).parent, here.package, ignore=shutil.ignore_patterns("__pycache__")
        )
        for name in ALONGSIDE:
            for found in [
                place
                for folder in sys.path
                if folder
                for place in Path(folder).glob(f"{name}*")
                if "dist-info" not in place.name
            ]:
                target = here.root / "lib" / found.name
                if found.is_dir() and not target.exists():
                    shutil.copytree(found, target)
                elif found.is_file() and not target.exists():
                    shutil.copy(found, target)
        for folder, mode in ((here.home, 0o700), (here.run, 0o750)):
            folder.mkdir()
            shutil.chown(folder, users[0], users[0] if folder is here.home else users[1])
            folder.chmod(mode)
        (here.home / "policy.json").write_text(DENY)
        shutil.chown(here.home / "policy.json", users[0], users[0])
        make = f"from web4_governance.app.anchor import make_key; make_key({str(here.home)!r})"
        done = here.code(make, user=users[0])
        assert done.returncode == 0, done.stderr
        here.start()
        yield here
    finally:
        if made and "here" in locals() and here.process is not None:
            here.process.terminate()
            here.process.wait(20)
        for user in reversed(made):
            subprocess.run(["userdel", user], check=False, capture_output=True)
        shutil.rmtree(root, ignore_errors=True)


def test_the_agents_calls_are_judged_and_recorded(place: Place) -> None:
    """By the gate of the other user, over the socket of the group."""
    before = place.intents() if (place.home / "ledger.db").exists() else 0
    denied = place.hook(call(1, "rm -rf x"))
    assert (denied.returncode, b"denied this call" in denied.stderr) == (2, True), denied.stderr
    assert place.hook(call(2)).returncode == 0
    assert place.intents() == before + 2


def test_the_gate_signs_what_it_recorded(place: Place) -> None:
    """With the key that only it can read."""
    place.hook({"session_id": "s", "cwd": "/tmp", "hook_event_name": "Stop", "stop_hook_active": False})
    end = time.monotonic() + 30
    head = None
    while head is None and time.monotonic() < end:
        with open_reader(str(place.home)) as reader:
            head = reader.last_head()
        time.sleep(0.1)
    assert head is not None


ATTEMPTS = {
    "list the home": "import os; os.listdir({home!r})",
    "read the ledger": "open({home!r} + '/ledger.db', 'rb').read(1)",
    "write the ledger": "open({home!r} + '/ledger.db', 'r+b').write(b'x')",
    "open the ledger with the program's own writer": "from web4_governance.storage.writer import open_writer; open_writer({home!r}, deadline=None)",
    "read a mirror": "open({home!r} + '/audit/s.jsonl', 'rb').read(1)",
    "read the policy": "open({home!r} + '/policy.json', 'rb').read(1)",
    "replace the policy": "import os; os.replace('/etc/hostname', {home!r} + '/policy.json')",
    "switch the gate off": "from web4_governance.app.switch import switch_off; switch_off({home!r}, span=10**6, now_us=1)",
    "list the keys": "import os; os.listdir({home!r} + '/keys')",
    "read the key that signs": "open({home!r} + '/keys/epoch-0.key', 'rb').read(1)",
    "replace the first key": "import os; os.replace('/etc/hostname', {home!r} + '/keys/first')",
    "take the writing lock": "import os; os.open({home!r} + '/ledger.lock', os.O_RDWR)",
    "take the gate's lock": "import os; os.open({home!r} + '/run/gate.lock', os.O_RDWR)",
    "unlink the socket": "import os; os.unlink({socket!r})",
    "rename the socket": "import os; os.rename({socket!r}, {socket!r} + '.x')",
    "put a file beside the socket": "open({socket!r} + '.mine', 'w')",
    "put another socket there": "import socket; socket.socket(socket.AF_UNIX).bind({socket!r} + '2')",
    "widen the home": "import os; os.chmod({home!r}, 0o777)",
    "widen the socket's directory": "import os; os.chmod({run!r}, 0o777)",
    "kill the gate": "import os; os.kill({pid}, 9)",
    "read the gate's memory": "open('/proc/{pid}/mem', 'rb').read(1)",
    "read the gate's descriptors": "import os; os.listdir('/proc/{pid}/fd')",
    "change the gate's code": "open({package!r} + '/app/gate.py', 'a')",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_agents_user_cannot(place: Place, attempt: str) -> None:
    """Each ends with the system's own refusal, and the gate goes on."""
    assert place.process is not None
    place.hook(call(3))
    names = {"home": str(place.home), "run": str(place.run), "socket": str(place.socket), "package": str(place.package)}
    done = place.code(ATTEMPTS[attempt].format(pid=place.process.pid, **names))
    assert done.returncode != 0, attempt
    text = done.stderr.decode().splitlines()[-1]
    refusals = (
        "PermissionError",
        "Operation not permitted",
        "Permission denied",
        "permission denied",
        "HomeError",
        "FileNotFoundError",
    )
    assert any(word in text for word in refusals), text
    if "FileNotFoundError" in text:
        pytest.fail(f"it was not there to be tried: {text}")
    assert place.hook(call(4, "rm -rf x")).returncode == 2


def test_the_agents_user_cannot_end_the_gate_through_its_socket(place: Place) -> None:
    """It is told the state, and the gate stays (U2)."""
    assert place.process is not None
    source = (
        "import socket; from web4_governance.app import frames; s = socket.socket(socket.AF_UNIX);"
        f"s.connect({str(place.socket)!r}); s.sendall(frames.ask(frames.STOP, b'w' * 16, {{}})); print(len(s.recv(9999)) > {frames.SAY_SIZE})"
    )
    done = place.code(source)
    assert done.stdout.strip() == b"True", done.stderr
    time.sleep(0.3)
    assert place.process.poll() is None
    assert place.hook(call(5, "rm -rf x")).returncode == 2


def test_a_third_user_is_not_answered(place: Place) -> None:
    """Neither by the socket's group nor, inside of it, by the gate."""
    assert place.hook(call(6), user="nobody").returncode == 2
    done = place.as_user(["/bin/sh", "-c", f"test -S {place.socket}"], user="nobody")
    assert done.returncode != 0


def test_a_gate_that_the_agents_user_made_is_not_asked(place: Place) -> None:
    """The socket has to be the gate's user's, and so has who answers (U3)."""
    own = place.root / "own"
    own.mkdir(exist_ok=True)
    shutil.chown(own, place.agent, place.agent)
    source = (
        "import socket, os; from web4_governance.app import frames; s = socket.socket(socket.AF_UNIX);"
        f"s.bind({str(own / 'gate.sock')!r}); s.listen(8); os.write(1, b'.');\n"
        "while True:\n c, _ = s.accept(); q = c.recv(1 << 20); c.sendall(frames.say(q[16:32], 0)); c.close()"
    )
    start = f"import sys; sys.path.insert(0, {str(place.root / 'lib')!r})\n"
    liar = subprocess.Popen(
        [place.python, "-I", "-S", "-c", start + source],
        stdout=subprocess.PIPE,
        user=place.agent,
        group=place.agent,
        extra_groups=[],
    )
    try:
        assert liar.stdout is not None
        assert liar.stdout.read(1) == b"."
        done = place.hook(call(7, "rm -rf x"), gate=str(own / "gate.sock"))
        assert (done.returncode, b"does not answer" in done.stderr) == (2, True)
    finally:
        liar.kill()
        liar.communicate(timeout=20)


def test_without_the_gate_the_failure_mode_answers(place: Place) -> None:
    """And a gate that comes back in time is asked again (U3)."""
    assert place.process is not None
    place.process.terminate()
    place.process.wait(20)
    assert place.hook(call(8), mode="block").returncode == 2
    assert place.hook(call(8), mode="continue").returncode == 0
    place.start()
    assert place.hook(call(9)).returncode == 0


def test_the_unit_names_the_user_and_takes_no_other_text() -> None:
    """Nothing that systemd could read as something else."""
    assert "User=web4-gate" in resident.unit("ann")
    for name in ("", "a b", "a\nExecStart=/bin/sh", "%i"):
        with pytest.raises(UsageError):
            resident.unit(name)
