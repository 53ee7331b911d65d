"""A canary through the very line that is installed: every answer is told apart, and a wrong one is never called well."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from web4_governance.app import canary, install, launcher
from web4_governance.app.canary import Answer
from web4_governance.app.hosts import claude_code
from web4_governance.app.hosts.claude_code import HookLine, Scope
from web4_governance.app.install import Installed
from web4_governance.core.errors import UsageError

if TYPE_CHECKING:
    from web4_governance.app.surroundings import Surroundings

REASON = "import sys; sys.stderr.write('held back by rule x'); sys.exit(2)"


def gate(tmp_path: Path, source: str) -> Installed:
    """An installation whose script is a stand-in for the gate."""
    script = tmp_path / "web4_governance" / "hook.py"
    script.parent.mkdir(exist_ok=True)
    script.write_text(source)
    line = HookLine(python=sys.executable, script=str(script), home=str(tmp_path), via="user", enforcing=True)
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"hooks": {event: [group] for event, group in claude_code.groups(line).items()}}))
    return Installed(scope=Scope.USER, path=str(path), changed=True, line=line)


def sing(installed: Installed, tmp_path: Path, *, binding: bool = True) -> tuple[canary.Song, ...]:
    """Fire both."""
    return canary.sing(
        installed, home=str(tmp_path), cwd="/", binding=binding, environment=dict(os.environ), ident="0a"
    )


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        (REASON, Answer.DENIED),
        ("pass", Answer.LET_THROUGH),
        ("""print('{"hookSpecificOutput":{"permissionDecision":"ask"}}')""", Answer.ASKED),
        ("import sys; sys.stderr.write('web4-governance: call blocked: no'); sys.exit(2)", Answer.FAILED),
        ("import sys; sys.stderr.write('web4-governance: call not judged: no')", Answer.FAILED),
        ("raise RuntimeError", Answer.FAILED),
        ("import os; os.kill(os.getpid(), 9)", Answer.FAILED),
    ],
)
def test_tells_a_denial_from_a_gate_that_failed(tmp_path: Path, source: str, answer: Answer) -> None:
    """A gate that blocks because it is broken has not judged."""
    assert {song.answer for song in sing(gate(tmp_path, source), tmp_path)} == {answer}


def test_is_well_only_if_the_answer_is_right_and_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An enforcing gate must deny the destructive one; an observing one must not; both must be in the ledger."""
    denies, lets = gate(tmp_path, REASON), tmp_path
    assert [song.as_expected for song in sing(denies, lets)] == [False, False]
    monkeypatch.setattr(canary, "was_recorded", lambda *_: True)
    assert [song.as_expected for song in sing(denies, lets)] == [True, True]
    assert [song.as_expected for song in sing(denies, lets, binding=False)] == [False, True]
    passes = gate(tmp_path, "pass")
    assert [song.as_expected for song in sing(passes, lets)] == [False, True]
    assert [song.as_expected for song in sing(passes, lets, binding=False)] == [True, True]


def test_an_interpreter_that_cannot_start_is_said(tmp_path: Path) -> None:
    """By its path."""
    installed = gate(tmp_path, "pass")
    text = Path(installed.path).read_text()
    Path(installed.path).write_text(text.replace(json.dumps(sys.executable), '"/gone/python"'))
    (first, _) = sing(installed, tmp_path)
    assert (first.answer, first.said) == (Answer.FAILED, "`/gone/python` cannot be started: no such file or directory")


def test_a_gate_that_hangs_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a failure, too."""
    monkeypatch.setattr(canary, "WAIT_S", 0.3)
    installed = gate(tmp_path, "import time; time.sleep(60)")
    assert {song.answer for song in sing(installed, tmp_path)} == {Answer.FAILED}


def test_what_is_fired_is_what_stands_in_the_file(tmp_path: Path) -> None:
    """Read back, not remembered."""
    installed = gate(tmp_path, "pass")
    text = Path(installed.path).read_text()
    Path(installed.path).write_text(text.replace("--deadline-ms=2000", "--deadline-ms=1234"))
    assert "--deadline-ms=1234" in canary.command_line(installed, str(tmp_path))
    Path(installed.path).write_text("{}")
    with pytest.raises(UsageError, match="no line of ours"):
        canary.command_line(installed, str(tmp_path))


def test_the_plugins_canary_flies_through_what_the_launcher_names(person: Surroundings) -> None:
    """It has no line of its own in any settings file."""
    os.makedirs(person.home, mode=0o700)
    installed = install.install(person, agent="claude-code", scope=Scope.PLUGIN, enforcing=True)
    words = canary.command_line(installed, person.home)
    assert words[:4] == (installed.line.python, "-I", "-S", install.SCRIPT)
    assert "--on-failure=block" in words
    os.unlink(launcher.path_of(person.home))
    with pytest.raises(UsageError, match="launcher"):
        canary.command_line(installed, person.home)


def test_the_event_is_one_that_the_client_could_have_sent(tmp_path: Path) -> None:
    """With a session and a call id of its own, and without the environment of a client around us."""
    source = (
        "import json, os, sys; event = json.load(sys.stdin);"
        "sys.stderr.write(json.dumps([event, [n for n in os.environ if n.startswith('CLAUDE')]])); sys.exit(2)"
    )
    installed = gate(tmp_path, source)
    songs = canary.sing(
        installed,
        home=str(tmp_path),
        cwd="/work",
        binding=True,
        environment={**os.environ, "CLAUDE_PID": "1"},
        ident="0b",
    )
    (first, inherited), (second, _) = (json.loads(song.said) for song in songs)
    assert first["hook_event_name"] == "PreToolUse"
    assert first["tool_input"]["command"] == "rm -rf /"
    assert first["session_id"] == second["session_id"] == "web4-canary-0b"
    assert first["tool_use_id"] != second["tool_use_id"]
    assert inherited == []


def test_no_two_flights_have_one_name() -> None:
    """A second delivery of the same call would not be judged afresh."""
    assert canary.fresh_ident() != canary.fresh_ident()
