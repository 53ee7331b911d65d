"""A whole governed run in a throw-away home: recorded events of a real client, through real hook processes.

The events are what Claude Code 2.1.330 sent while a scripted model drove it (`catalog/demo`; paths as in any home, ids as
recorded). Nothing that they speak of is executed here: each event goes to the stdin of the very process that an installed
hook starts, with a home and a project that are made for the run. What is printed about it is the face's business.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess

from web4_governance.app.hosts.claude_code import HookLine, Scope, arguments
from web4_governance.app.interpreter import real_interpreter
from web4_governance.core.canonical import encode
from web4_governance.core.errors import LedgerError, UsageError
from web4_governance.core.value import value
from web4_governance.storage import Home, open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RECORDED = os.path.join(PACKAGE, "catalog", "demo")
RECORDED_HOME = "/home/dev"
POLICY = {"extends": ["safety"], "enforce": True}
NOTES = "# Notes\n\nThe build output lies in ./build.\n"
# Generous: the demo shows what happens, not how fast, and may run on a machine that is busy with something else.
DEADLINE_MS = 20_000
PROCESS_SECONDS = 60
WINDOW = 48


@value
class Stage:
    """The throw-away world: the person's home, a project in it, the governance home, the recorded session's id."""

    root: str
    user_home: str
    project: str
    home: str
    session: str


@value
class Played:
    """One event and what the hook process answered."""

    event: dict[str, Any]
    code: int
    stdout: str
    stderr: str


@value
class Change:
    """One byte of a copy of the ledger, changed: whose copy, where in the file, what it was and what it is now."""

    home: str
    offset: int
    before: str
    after: str
    entry: int


def build(root: str) -> Stage:
    """Make the world under an empty directory: files, transcripts as the client wrote them, a policy that enforces."""
    user_home = os.path.join(root, "home", "dev")
    stage = Stage(
        root=root,
        user_home=user_home,
        project=os.path.join(user_home, "project"),
        home=os.path.join(user_home, ".web4"),
        session=str(_recorded("events.json", user_home)[0]["session_id"]),
    )
    os.makedirs(os.path.join(stage.project, ".git"))
    os.makedirs(os.path.join(stage.project, "build"))
    _write(os.path.join(stage.project, "NOTES.md"), NOTES)
    _write(os.path.join(stage.project, "build", "a.o"), "x\n")
    _write_transcripts(stage)
    Home(stage.home).create()
    _write(os.path.join(stage.home, "policy.json"), encode(POLICY).decode() + "\n")  # type: ignore[arg-type]  # plain JSON
    return stage


def hook_line(stage: Stage, event: str) -> list[str]:
    """Give the command line that an enforcing installation has for an event, for the throw-away home."""
    line = HookLine(
        python=real_interpreter(),
        script=os.path.join(PACKAGE, "hook.py"),
        home=stage.home,
        via=str(Scope.USER),
        enforcing=True,
    )
    return [line.python, *arguments(line, event), f"--deadline-ms={DEADLINE_MS}"]


def play(stage: Stage) -> Iterator[Played]:
    """Send every recorded event to its own hook process, in order, and give each with its answer."""
    environment = {"HOME": stage.user_home, "PATH": os.environ.get("PATH", os.defpath)}
    for event in _recorded("events.json", stage.user_home):
        done = subprocess.run(  # noqa: S603  # our own interpreter and script, no shell
            hook_line(stage, str(event["hook_event_name"])),
            input=json.dumps(event).encode(),
            capture_output=True,
            cwd=stage.project,
            env=environment,
            timeout=PROCESS_SECONDS,
            check=False,
        )
        yield Played(event=event, code=done.returncode, stdout=done.stdout.decode(), stderr=done.stderr.decode())


def tamper(stage: Stage, data: bytes, entry: int) -> Change:
    """Copy the home and change one byte of one entry in the copied database file, as somebody with an editor would.

    `data` are the bytes of the entry, so that the place can be found; the ledger itself is not touched.
    """
    copy = os.path.join(stage.root, "copy")
    shutil.copytree(stage.home, copy)
    # Opening and closing as the only writer moves everything from the write-ahead log into the database file.
    open_writer(copy, deadline=None).close()
    path = Home(copy).ledger
    with open(path, "rb") as file:
        content = bytearray(file.read())
    offset, old, new = _place(bytes(content), data)
    content[offset] = new
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(bytes([new]))
    around = content[offset - 12 : offset + 4].decode("ascii", "replace")
    before = around[:12] + chr(old) + around[13:]
    return Change(home=copy, offset=offset, before=before, after=around, entry=entry)


def _place(content: bytes, data: bytes) -> tuple[int, int, int]:
    """Find a byte of the entry that lies whole in the file: best the decision itself, else any digit of a commitment."""
    wanted = data.find(b'"decision":"deny","facts"')
    starts = [wanted] if wanted >= 0 else []
    starts += [at for at in range(0, len(data) - WINDOW, WINDOW) if at != wanted]
    for start in starts:
        window = data[start : start + WINDOW]
        if content.count(window) != 1:
            continue
        at = content.index(window)
        deny = window.find(b'"deny"')
        if deny >= 0:
            return at + deny + 4, ord("y"), ord("Y")
        digit = next((n for n, byte in enumerate(window) if n > WINDOW // 2 and byte in b"0123456789"), -1)
        if digit >= 0:
            return at + digit, window[digit], ord("0") + (window[digit] - ord("0") + 1) % 10
    raise LedgerError("the entry's bytes are not in the copied database file")


def _write_transcripts(stage: Stage) -> None:
    directory = os.path.join(stage.user_home, ".claude", "projects", "-home-dev-project")
    children = os.path.join(directory, stage.session, "subagents")
    os.makedirs(children)
    main = _recorded("transcript.json", stage.user_home)
    child = _recorded("subagent.json", stage.user_home)
    name = f"agent-{child[0]['agentId']}"
    _write_lines(os.path.join(directory, f"{stage.session}.jsonl"), main)
    _write_lines(os.path.join(children, f"{name}.jsonl"), child)
    _write_lines(os.path.join(children, f"{name}.meta.json"), _recorded("subagent-meta.json", stage.user_home))


def _recorded(name: str, user_home: str) -> list[dict[str, Any]]:
    """Read recorded JSON with the recorded home's path replaced by this run's."""
    with open(os.path.join(RECORDED, name), encoding="utf-8") as file:
        text = file.read()
    place = json.dumps(user_home)[1:-1]
    found = json.loads(text.replace(RECORDED_HOME + "/", place + "/"))
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list) or not found:
        raise UsageError(f"the recorded events in `{name}` are not usable")
    return found


def _write_lines(path: str, rows: list[dict[str, Any]]) -> None:
    _write(path, "".join(json.dumps(row) + "\n" for row in rows))


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
