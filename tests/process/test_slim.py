"""The slim client: what it loads before it has asked, which lines it leaves to the hook, and that nothing is lost on the way."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from support.hooks import HOOK, event, line, spawn
from support.resident import gate
from web4_governance import slim
from web4_governance.storage import open_reader

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = ("--on-failure=block", "--deadline-ms=20000", "--resident")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    (place / "policy.json").write_text('{"extends":["safety"],"enforce":true}')
    return place


def intents(home: Path) -> list[str]:
    with open_reader(str(home)) as reader:
        return [one.session for one in reader.entries() if str(one.kind) == "intent"]


def test_an_answered_call_loads_nothing_but_what_asking_takes(home: Path) -> None:
    """Not `os`, and of the package one module: that is what it is for (docs/spec/daemon.md N5)."""
    command = line(home, *OPTIONS)
    with gate(str(home)):
        given = json.dumps(event("PreToolUse", "t1", tool_input={"command": "ls"})).encode()
        done = subprocess.run(
            [command[0], "-X", "importtime", *command[1:]], input=given, capture_output=True, timeout=30, check=False
        )
    assert done.returncode == 0
    loaded = {row.rpartition("|")[2].strip() for row in done.stderr.decode().splitlines() if "|" in row}
    bare = subprocess.run([command[0], "-I", "-S", "-X", "importtime", "-c", "pass"], capture_output=True, check=False)
    floor = {row.rpartition("|")[2].strip() for row in bare.stderr.decode().splitlines() if "|" in row}
    assert loaded - floor <= {"slim", "_socket", "_signal"}, loaded - floor
    assert len(intents(home)) == 1


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        (["claude-code", "--home", "/h"], True),
        (["claude-code", "--home=/h", "--on-failure=block", "--deadline-ms=5", "--via", "plugin", "--resident"], True),
        (["claude-code", "--home=/h/"], False),
        (["claude-code", "--home=h"], False),
        (["claude-code", "--home=/h/../x"], False),
        (["claude-code", "--home=//h"], False),
        (["claude-code"], False),
        (["claude-code", "--home=/h", "twice"], False),
        (["claude-code", "--home"], False),
        (["claude-code", "--home=/h", "--gate=/g"], False),
        (["claude-code", "--home=/h", "--once=" + "0" * 32], False),
        (["claude-code", "--home=/h", "--deadline-ms=soon"], False),
        (["claude-code", "--home=/h", "--deadline-ms=²"], False),
        (["claude-code", "--home=/h", "--on-failure=maybe"], False),
        (["--home=/h"], False),
    ],
)
def test_a_line_that_could_mean_something_else_is_the_hooks(arguments: list[str], *, read: bool) -> None:
    """Whoever reads it otherwise than the hook would answer another question."""
    assert (slim._line(arguments) is not None) is read


@pytest.mark.parametrize("broken", ["a home that is not plain", "no HOME", "a script that is not plain"])
def test_a_line_that_it_leaves_is_judged_and_recorded_by_the_hook(home: Path, broken: str) -> None:
    """A denied call stays denied."""
    command = line(home, *OPTIONS)
    environment = dict(os.environ, HOME=str(home.parent))
    if broken == "no HOME":
        environment.pop("HOME")
    elif broken == "a home that is not plain":
        command = [word.replace(str(home), f"{home.parent}/./{home.name}") for word in command]
    else:
        script = os.path.join(os.path.dirname(HOOK), ".", os.path.basename(HOOK))
        command = [script if word == HOOK else word for word in command]
    given = json.dumps(event("PreToolUse", "t1", tool_input={"command": "rm -rf ~"})).encode()
    done = subprocess.run(command, input=given, capture_output=True, env=environment, timeout=60, check=False)
    assert done.returncode in (0, 2)
    assert b"deny" in done.stdout or done.returncode == 2
    assert len(intents(home)) == 1


def test_an_event_that_is_too_large_is_no_question(home: Path) -> None:
    """It is refused in the words of the hook, whichever client read it."""
    command = line(home, *OPTIONS)
    given = b"x" * (slim.MAX_INPUT + 1)
    with gate(str(home)) as served:
        done = spawn(command, given, user_home=home.parent)
        assert served.scribe.calls == 0
    assert done.returncode == 2
    assert b"over 64 MiB" in done.stderr


def test_an_answer_of_the_gate_that_nobody_hears_is_answered_by_the_mode(home: Path) -> None:
    """A question to a person stands on stdout: without it the call would run."""
    (home / "policy.json").write_text(
        '{"enforce":true,"rules":[{"match":{"targetPatterns":["rm -rf"]},"decision":"ask"}]}'
    )
    given = json.dumps(event("PreToolUse", "t1", tool_input={"command": "rm -rf /x"})).encode()
    with gate(str(home)) as served:
        command = ["/bin/sh", "-c", 'exec "$@" 1</dev/null', "sh", *line(home, *OPTIONS)]
        done = spawn(command, given, user_home=home.parent)
        assert served.scribe.calls == 1
    assert done.returncode == 2
    assert b"cannot be given" in done.stderr


def test_sockets_are_found_wherever_the_interpreter_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """In their directory without looking for them; built in, or elsewhere, they are left to the finders."""
    program = "import sys; sys.path.insert(0, sys.argv[1]); import slim; slim._load(); print('_socket' in sys.modules)"
    command = [sys.executable, "-I", "-S", "-c", program, os.path.dirname(HOOK)]
    kept = any(os.path.isdir(path) for path in sys.path if path.endswith("/lib-dynload"))
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ("True\n" if kept else "False\n")
    monkeypatch.setattr(sys, "path", ["/nonexistent/lib-dynload"])
    monkeypatch.delitem(sys.modules, "_socket")
    slim._load()
    assert "_socket" not in sys.modules
