"""When the gate cannot decide: every way, and the stated answer of each mode."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.hooks import HOOK, event, line, spawn
from web4_governance.app import off
from web4_governance.slim import DEADLINE_MS

OBSERVING = ("--on-failure=continue",)
ENFORCING = ("--on-failure=block",)
DENY_RM = '{"rules":[{"match":{"targetPatterns":["rm -rf"]},"decision":"deny"}],"enforce":true}'


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / ".web4"
    place.mkdir(mode=0o700)
    (place / "policy.json").write_text(DENY_RM)
    yield place
    os.chmod(place, 0o700)


def run(home: Path, options: tuple[str, ...], data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    raw = json.dumps(event("PreToolUse", "toolu_1")).encode() if data is None else data
    return spawn(line(home, *options), raw, user_home=home.parent)


def assert_stated_answer(home: Path, *, data: bytes | None = None, more: tuple[str, ...] = (), says: str = "") -> None:
    """Enforcing: exit 2, a reason and a way out on stderr. Observing: the call goes on, and stderr says why."""
    blocked = run(home, (*ENFORCING, *more), data)
    assert (blocked.returncode, blocked.stdout) == (2, b"")
    assert b"call blocked" in blocked.stderr
    assert says in blocked.stderr.decode()
    went_on = run(home, (*OBSERVING, *more), data)
    assert (went_on.returncode, went_on.stdout) == (0, b"")
    assert b"not judged" in went_on.stderr


def lock_it(home: Path) -> int:
    handle = os.open(home / "ledger.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    return handle


def test_a_ledger_locked_beyond_the_deadline(home: Path) -> None:
    """Somebody holds the lock and does not let go."""
    handle = lock_it(home)
    try:
        assert_stated_answer(home, more=("--deadline-ms=300",), says="web4 ")
    finally:
        os.close(handle)
    assert run(home, ENFORCING).returncode == 0, "and it works again once the lock is free"


def test_a_deadline_that_passes_inside_the_gate(home: Path) -> None:
    """The alarm rings wherever the time is spent: here, waiting for the event itself."""
    reader, writer = os.pipe()
    try:
        done = subprocess.run(
            line(home, *ENFORCING, "--deadline-ms=200"), stdin=reader, capture_output=True, timeout=30, check=False
        )
    finally:
        os.close(reader)
        os.close(writer)
    assert done.returncode == 2
    assert b"in time" in done.stderr


def test_a_full_disk(home: Path) -> None:
    """No byte more can be written: nothing is answered that is not durable."""
    assert run(home, ENFORCING).returncode == 0

    def no_growth() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    command = json.dumps(event("PreToolUse", "toolu_2")).encode()
    blocked = spawn(line(home, *ENFORCING), command, user_home=home.parent, preexec_fn=no_growth)
    assert blocked.returncode == 2
    went_on = spawn(line(home, *OBSERVING), command, user_home=home.parent, preexec_fn=no_growth)
    assert went_on.returncode == 0
    assert run(home, ENFORCING, command).returncode == 0


@pytest.mark.skipif(os.geteuid() == 0 and not os.path.exists("/usr/bin/setpriv"), reason="root writes everywhere")
def test_a_home_that_cannot_be_written(home: Path) -> None:
    """Read-only files and directory, seen by a user who is not root."""
    if os.geteuid() != 0:
        os.chmod(home, 0o500)
        assert_stated_answer(home)
        return
    # As root, permissions do not bind: run as `nobody`, to whom this home is foreign, which is refused as well.
    command = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *line(home, *ENFORCING)]
    done = spawn(command, event("PreToolUse", "toolu_1"), user_home=home.parent)
    assert done.returncode == 2


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(b"not a database at all, but long enough to be read as one" * 40),
        lambda path: path.write_bytes(path.read_bytes()[:5000] + b"\xff" * 3000),
        lambda path: path.write_bytes(b"x"),
    ],
)
def test_a_corrupt_database(home: Path, damage: Callable[[Path], object]) -> None:
    """What SQLite cannot read is named, with the command that mends it."""
    assert run(home, ENFORCING).returncode == 0
    for name in ("ledger.db-wal", "ledger.db-shm"):
        (home / name).unlink(missing_ok=True)
    damage(home / "ledger.db")
    data = json.dumps(event("PreToolUse", "toolu_2")).encode()
    assert_stated_answer(home, data=data, says="web4 doctor --fix")


def test_a_ledger_of_a_newer_version(home: Path) -> None:
    """An older program refuses to write it."""
    assert run(home, ENFORCING).returncode == 0
    with sqlite3.connect(home / "ledger.db") as database:
        database.execute("PRAGMA user_version = 999")
    database.close()
    assert_stated_answer(home, data=json.dumps(event("PreToolUse", "toolu_2")).encode(), says="newer")


def test_a_corrupt_policy_without_a_last_good_copy(home: Path) -> None:
    """With line and column; what was good before stays in force instead."""
    (home / "policy.json").write_text('{"rules": [}')
    assert_stated_answer(home, says="policy.json:1:12")
    (home / "policy.json").write_text(DENY_RM)
    assert run(home, ENFORCING).returncode == 0
    (home / "policy.json").write_text('{"rules": [}')
    rm = json.dumps(event("PreToolUse", "toolu_9", tool_input={"command": "rm -rf /x"})).encode()
    assert run(home, ENFORCING, rm).returncode == 2


def test_a_home_that_others_can_write_is_refused(home: Path) -> None:
    """Somebody else's ledger is nobody's evidence."""
    os.chmod(home, 0o777)
    assert_stated_answer(home)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("empty", b""),
        ("truncated", b'{"session_id": "x", "hook_event_name": "PreTo'),
        ("no object", b'["PreToolUse"]'),
        ("deeply nested", b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
        ("wrong types", b'{"session_id": 7, "hook_event_name": ["x"]}'),
        ("no name", b'{"session_id": "x"}'),
        ("NUL bytes", b"\0" * 100),
    ],
)
def test_bad_input_is_named_and_loses_nothing(home: Path, name: str, data: bytes) -> None:
    """A clear error, exit as the mode demands, the ledger untouched but for the gap, nothing outside the home."""
    before = {path for path in home.parent.rglob("*") if home not in path.parents and path != home}
    assert_stated_answer(home, data=data, says="event")
    assert run(home, ENFORCING).returncode == 0, f"the next call works after {name}"
    after = {path for path in home.parent.rglob("*") if home not in path.parents and path != home}
    assert before == after


def test_text_outside_utf_8_and_lone_surrogates_are_judged_and_flagged(home: Path) -> None:
    """They are replaced, and the record says so: a deed does not escape by a byte."""
    raw = json.dumps(event("PreToolUse", "toolu_1", tool_input={"command": "rm -rf /x # \ud800"})).encode()
    assert run(home, ENFORCING, raw).returncode == 2
    broken = json.dumps(event("PreToolUse", "toolu_2", tool_input={"command": "rm -rf /x # QQ"})).encode()
    assert run(home, ENFORCING, broken.replace(b"QQ", b"\xff\xfe")).returncode == 2
    database = sqlite3.connect(home / "ledger.db")
    bodies = [json.loads(row[0]) for row in database.execute("SELECT bytes FROM entries WHERE kind = 'intent'")]
    database.close()
    assert [body["replaced_text"] for body in bodies] == [True, True]


@pytest.mark.parametrize(
    "name", ["cwd", "transcript_path", "agent_id", "permission_mode", "tool_use_id", "command", "file_path"]
)
def test_a_nul_anywhere_is_judged_and_recorded(home: Path, name: str) -> None:
    """What no path can hold is replaced and flagged; the rule that denies still denies."""
    data = event("PreToolUse", "toolu_1", tool_input={"command": "rm -rf /x"})
    if name == "command":
        data["tool_input"]["command"] = "rm -rf /x\0"
    elif name == "file_path":
        data.update(tool_name="Write", tool_input={"file_path": "/home/dev\0/x", "content": "x"})
    else:
        data[name] = f"/home/dev\0/{name}.jsonl"
    done = run(home, ENFORCING, json.dumps(data).encode())
    assert done.returncode == (0 if name == "file_path" else 2), done.stderr
    assert b"the gate failed" not in done.stderr
    database = sqlite3.connect(home / "ledger.db")
    ((body,),) = database.execute("SELECT bytes FROM entries WHERE kind = 'intent'")
    database.close()
    assert json.loads(body)["rules"]["decision"] == ("allow" if name == "file_path" else "deny")
    assert json.loads(body).get("replaced_text", False) is (name in ("cwd", "transcript_path"))


@pytest.mark.parametrize("line", ["x" * 77, "def f(password, key): return sk-1 # token=", "a,b,c,1,2,3"])
def test_fifty_megabytes_are_judged_recorded_and_answered_within_the_installed_deadline(home: Path, line: str) -> None:
    """A large Write is a call like any other; the ledger keeps its digest, its size and a beginning.

    It takes a fifth of the deadline; the best of three, because other tests run beside it.
    """
    text = (line + "\n") * (50_000_000 // (len(line) + 1))
    content = {"file_path": "/home/dev/project/big.txt", "content": text}
    data = json.dumps(event("PreToolUse", "toolu_1", "Write", tool_input=content)).encode()
    tries = (run(home, (*ENFORCING, f"--deadline-ms={DEADLINE_MS}"), data) for _ in range(3))
    assert any((done.returncode, done.stderr) == (0, b"") for done in tries)
    assert (home / "ledger.db").stat().st_size < 5_000_000
    database = sqlite3.connect(home / "ledger.db")
    ((kept,),) = database.execute("SELECT value FROM openings WHERE field = 'request.input'")
    database.close()
    assert json.loads(kept)["content"]["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(kept)["content"]["size"] == len(text)


@pytest.mark.parametrize("name", ["policy.json", "config.toml", "off.json", "trusted.json"])
def test_a_pipe_in_a_files_place_costs_no_deadline(home: Path, name: str) -> None:
    """It is refused, and not waited for: a policy has its last good copy, settings are the failure mode's business."""
    assert run(home, ENFORCING).returncode == 0
    (home / name).unlink(missing_ok=True)
    os.mkfifo(home / name)
    begin = time.monotonic()
    done = run(home, (*ENFORCING, "--deadline-ms=20000"))
    assert time.monotonic() - begin < 10
    assert done.returncode == (2 if name == "config.toml" else 0), done.stderr
    if name == "config.toml":
        assert b"no regular file" in done.stderr


def test_an_event_over_the_limit_is_answered_by_the_mode(home: Path) -> None:
    """Nothing over 64 MiB is read."""
    too_long = run(home, ENFORCING, b" " * (65 << 20))
    assert too_long.returncode == 2
    assert b"64 MiB" in too_long.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["claude-code", "--on-failure=perhaps"], "neither block nor continue"),
        (["claude-code", "codex"], "too many"),
        (["--home"], "misses its value"),
        (["claude-code", "--colour"], "misses its value"),
        (["claude-code", "--colour=x"], "no option"),
        (["claude-code", "--deadline-ms=soon"], "no option"),
        ([], "which agent"),
        (["nobody"], "no agent is called"),
    ],
)
def test_a_damaged_installed_line_is_named(home: Path, arguments: list[str], says: str) -> None:
    """Never silence, and blocked where the line still says so."""
    command = [*line(home)[:3], HOOK, *arguments]
    done = spawn(command, event("PreToolUse", "toolu_1"), user_home=home.parent)
    assert done.returncode == 0
    assert says in done.stderr.decode()
    blocked = spawn([*command, "--on-failure=block"], event("PreToolUse", "toolu_1"), user_home=home.parent)
    assert blocked.returncode == 2 or "misses" in says or "neither" in says


def test_a_defect_in_the_gate_itself_is_answered_by_the_mode(home: Path, tmp_path: Path) -> None:
    """The one broad catch: a builtin exception from inside never lets a call through under `block`."""
    broken = tmp_path / "broken.py"
    broken.write_text(
        "import sys; sys.path.append(sys.argv.pop(1))\n"
        "import web4_governance.app.run as run\n"
        "def fail(*_): raise ZeroDivisionError('inside')\n"
        "run.run = fail\n"
        "from web4_governance.spawned import main\n"
        "sys.exit(main())\n"
    )
    root = os.path.dirname(os.path.dirname(HOOK))
    begin = [line(home)[0], "-I", "-S", str(broken), root, "claude-code", "--home", str(home)]
    blocked = spawn([*begin, "--on-failure=block"], event("PreToolUse", "toolu_1"), user_home=home.parent)
    assert blocked.returncode == 2
    assert b"ZeroDivisionError" in blocked.stderr
    assert spawn(begin, event("PreToolUse", "toolu_1"), user_home=home.parent).returncode == 0


@pytest.mark.parametrize("closed", ["2>&-", "2</dev/null", "1>&- 2>&-", "0<&- 2>&-"])
@pytest.mark.parametrize("broken", [True, False])
def test_a_stderr_that_nobody_hears_takes_no_denial_back(home: Path, closed: str, *, broken: bool) -> None:
    """The exit code denies, by a rule or because the gate cannot decide; and the ledger is no place for the words."""
    if broken:
        (home / "policy.json").write_text("{")
    given = json.dumps(event("PreToolUse", "toolu_1", tool_input={"command": "rm -rf /x"})).encode()
    command = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh", *line(home, *ENFORCING)]
    assert spawn(command, given, user_home=home.parent).returncode == 2
    assert not [path for path in home.rglob("*") if path.is_file() and b"call blocked" in path.read_bytes()]


@pytest.mark.parametrize("closed", ["1>&-", "1</dev/null"])
def test_an_answer_that_nobody_hears_is_answered_by_the_mode(home: Path, closed: str) -> None:
    """A question to a person stands on stdout: without it the call would run."""
    (home / "policy.json").write_text(DENY_RM.replace('"deny"', '"ask"'))
    given = json.dumps(event("PreToolUse", "toolu_1", tool_input={"command": "rm -rf /x"})).encode()
    command = ["/bin/sh", "-c", f'exec "$@" {closed}', "sh"]
    blocked = spawn([*command, *line(home, *ENFORCING)], given, user_home=home.parent)
    assert blocked.returncode == 2
    assert b"cannot be given" in blocked.stderr
    assert spawn([*command, *line(home, *OBSERVING)], given, user_home=home.parent).returncode == 0


def test_a_persons_off_opens_a_gate_that_cannot_decide(home: Path) -> None:
    """A corrupt ledger, a broken policy, a lock that is never let go: `off` is the way out of each."""
    until = time.time_ns() // 1000 + 600_000_000
    (home / "ledger.db").write_bytes(b"x" * 5000)
    assert run(home, ENFORCING).returncode == 2
    assert run(home, ("--on-failure", "block")).returncode == 2
    off.switch_off(str(home), until_us=until)
    done = run(home, ENFORCING)
    assert (done.returncode, done.stdout) == (0, b"")
    assert b"not judged" in done.stderr
    (home / "policy.json").write_text("{")
    assert run(home, ENFORCING).returncode == 0
    handle = lock_it(home)
    try:
        assert run(home, (*ENFORCING, "--deadline-ms=300")).returncode == 0
    finally:
        os.close(handle)
    off.switch_on(str(home))
    assert run(home, ENFORCING).returncode == 2


@pytest.mark.parametrize("spoilt", ["gone", "broken"])
def test_a_package_that_cannot_be_loaded(home: Path, tmp_path: Path, spoilt: str) -> None:
    """An error that the host passes over would let every call run."""
    package = tmp_path / "place" / "web4_governance"
    package.mkdir(parents=True)
    script = package / "hook.py"
    script.write_bytes(Path(HOOK).read_bytes())
    if spoilt == "broken":
        (package / "__init__.py").write_text("")
        (package / "spawned.py").write_text("raise ZeroDivisionError('inside')")
    words = [line(home)[0], "-I", "-S", str(script), "claude-code", "--home", str(home)]
    for mode, code, says in (
        (["--on-failure=block"], 2, b"call blocked: its package cannot be loaded"),
        (["--on-failure", "block"], 2, b"call blocked"),
        (["--on-failure=continue"], 0, b"call not judged"),
        ([], 0, b"call not judged"),
    ):
        done = subprocess.run([*words, *mode], input=b"{}", capture_output=True, timeout=30, check=False)
        assert (done.returncode, done.stdout) == (code, b"")
        assert says in done.stderr
        assert done.stderr.endswith(b"take its hooks out of the host's settings\n")
