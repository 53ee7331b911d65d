"""Fires synthetic calls through the very command line that is installed, and says whether the gate answered as it must.

Nothing that they speak of is executed: an event goes to a hook's stdin, and its answer is read. What is recorded about
them has a kind of its own (`canary`) and a session of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
from enum import StrEnum

from web4_governance.app import launcher
from web4_governance.app.atomic import read_bytes
from web4_governance.app.hosts import claude_code, entries
from web4_governance.app.hosts.json_text import to_text
from web4_governance.core.errors import LedgerError, UsageError
from web4_governance.core.record.entry import Kind
from web4_governance.core.value import value
from web4_governance.storage import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web4_governance.app.install import Installed

SESSION = "web4-canary-"
DESTRUCTIVE = "rm -rf /"  # holds the home and the settings, so every enforcing policy denies it, whatever its rules
HARMLESS = "echo 'rm -rf /'"
WAIT_S = 30
BLOCKED = 2
FAILED = "web4-governance: call "  # how the hook's face speaks when the gate could not decide
ASKS = '"permissionDecision":"ask"'
INHERITED_NOT = "CLAUDE"


class Answer(StrEnum):
    """What the gate did with a canary."""

    DENIED = "denied"
    ASKED = "asked about"
    LET_THROUGH = "let through"
    FAILED = "not judged"


@value
class Song:
    """One canary: what it pretended to run, the command line that answered, and how.

    `as_expected` is the verdict; `said` is what the agent would have read; `recorded` whether the ledger has it.
    """

    command: str
    argv: tuple[str, ...]
    exit_code: int
    answer: Answer
    said: str
    recorded: bool
    as_expected: bool


def sing(
    installed: Installed, *, home: str, cwd: str, binding: bool, environment: Mapping[str, str], ident: str
) -> tuple[Song, ...]:
    """Fire both canaries. `binding` says whether decisions hold now; a harmless call may be denied, but must be answered."""
    argv = command_line(installed, home)
    songs = []
    for n, command in enumerate((DESTRUCTIVE, HARMLESS)):
        code, said = _fire(argv, _event(command, cwd=cwd, ident=f"{ident}{n}"), environment)
        answer = _answer(code, said)
        recorded = was_recorded(home, SESSION + ident, f"web4_canary_{ident}{n}")
        wanted = (Answer.DENIED,) if binding else (Answer.LET_THROUGH,)
        fits = answer in wanted if command == DESTRUCTIVE else answer is not Answer.FAILED
        songs.append(
            Song(
                command=command,
                argv=argv,
                exit_code=code,
                answer=answer,
                said=said,
                recorded=recorded,
                as_expected=fits and recorded,
            )
        )
    return tuple(songs)


def command_line(installed: Installed, home: str) -> tuple[str, ...]:
    """Give the gate event's command line as it now stands on disk; UsageError where it does not."""
    if not installed.path:
        named = launcher.read(home)
        if named is None:
            raise UsageError("the launcher was not written")
        line = installed.line
        return (named.python, *claude_code.arguments(line, claude_code.GATE))
    text = to_text(read_bytes(installed.path) or b"{}")
    for found in entries.find(text, home=installed.line.home):
        if found.event == claude_code.GATE and found.option("--via") == installed.line.via:
            return found.argv()
    message = f"`{installed.path}` holds no line of ours for {claude_code.GATE}"
    raise UsageError(message, hint="run `web4 init` again")


def was_recorded(home: str, session: str, call: str) -> bool:
    """Say whether the ledger holds the canary of a call."""
    try:
        with open_reader(home) as ledger:
            return bool(ledger.entries_of(session, kind=str(Kind.CANARY), call=call))
    except LedgerError:
        return False


def _fire(argv: Sequence[str], event: bytes, environment: Mapping[str, str]) -> tuple[int, str]:
    clean = {name: text for name, text in environment.items() if not name.startswith(INHERITED_NOT)}
    try:
        done = subprocess.run(  # noqa: S603  # our own installed line, fed an event
            list(argv), input=event, capture_output=True, timeout=WAIT_S, check=False, env=clean
        )
    except subprocess.TimeoutExpired:
        return -1, f"no answer in {WAIT_S} s"
    except OSError as error:
        return -1, f"`{argv[0]}` cannot be started: {(error.strerror or 'unknown error').lower()}"
    return done.returncode, (done.stderr or done.stdout).decode("utf-8", "replace").strip()


def _event(command: str, *, cwd: str, ident: str) -> bytes:
    event = {
        "session_id": SESSION + ident[:-1],
        "transcript_path": "",
        "cwd": cwd,
        "permission_mode": "default",
        "hook_event_name": claude_code.GATE,
        "tool_name": "Bash",
        "tool_input": {"command": command, "description": "a canary of web4 init; nothing is run"},
        "tool_use_id": f"web4_canary_{ident}",
    }
    return json.dumps(event).encode()


def _answer(code: int, said: str) -> Answer:
    if code not in (0, BLOCKED) or said.startswith(FAILED):
        return Answer.FAILED
    if code == BLOCKED:
        return Answer.DENIED
    return Answer.ASKED if ASKS in said else Answer.LET_THROUGH


def fresh_ident() -> str:
    """Give a name for a flight of canaries that no other has."""
    return os.urandom(6).hex()
