"""The questions that people ask in their own words: what was changed last week, and all writes of yesterday, by any tool."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import World
from unit.cli.test_mcp import ask
from web4_governance import Ledger

if TYPE_CHECKING:
    from pathlib import Path

POLICY = {
    "rules": [{"match": {"paths": ["*/locked/*"]}, "decision": "deny"}],
    "defaultPolicy": "allow",
    "enforce": True,
}
# A name, the tool and its input: each writes one file, and says so in no other way than by doing it.
WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "written": ("Write", {"file_path": "a/new.py", "content": "x"}),
    "edited": ("Edit", {"file_path": "a/old.py", "old_string": "x", "new_string": "y"}),
    "notebook": ("NotebookEdit", {"notebook_path": "a/work.ipynb", "new_source": "1"}),
    "redirected": ("Bash", {"command": "echo x > a/out.txt"}),
    "appended": ("Bash", {"command": "date >> a/log.txt"}),
    "teed": ("Bash", {"command": "echo x | tee a/tee.txt"}),
    "in-place": ("Bash", {"command": "sed -i s/x/y/ a/old.py"}),
    "copied": ("Bash", {"command": "cp a/old.py a/copy.py"}),
    "moved": ("Bash", {"command": "mv a/copy.py a/moved.py"}),
    "by-code": ("Bash", {"command": "python3 -c \"open('a/code.txt', 'w').write('x')\""}),
    "nested": ("Bash", {"command": "bash -c 'cat a/old.py > a/nested.txt'"}),
    "through-a-server": ("mcp__files__write_file", {"path": "a/server.txt", "content": "x"}),
}
NO_WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    "read": ("Read", {"file_path": "a/old.py"}),
    "shown": ("Bash", {"command": "cat a/old.py"}),
    "spoken-of": ("Bash", {"command": "echo 'x > a/out.txt'"}),
    "thrown-away": ("Bash", {"command": "cat a/old.py > /dev/null"}),
    "searched": ("Grep", {"pattern": ">", "path": "a"}),
}
WEEK = (0, 3, 6)  # days of last week on which there was work: the first, the last, and one between
DELETED = ("Bash", {"command": "rm a/out.txt"})


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same work yesterday, on some days of last week, the day before it, and today; and a write that was denied."""
    found = World(tmp_path_factory.mktemp("asked"), POLICY)
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday() + 7)
    days = {monday + timedelta(days=n): f"last-{n}" for n in WEEK}
    days.setdefault(midnight - timedelta(days=1), "yesterday")
    days[midnight] = "today"
    days[monday - timedelta(days=1)] = "before"
    for day, name in sorted(days.items()):
        found.now_us = int(day.timestamp()) * 1_000_000 + 1
        work(found, name)
        found.now_us = int((day + timedelta(days=1)).timestamp()) * 1_000_000 - 60_000_000
        if name != "today":
            call(found, f"{name}/late", "Write", {"file_path": "a/late.txt", "content": "x"})
    return found


def work(world: World, day: str) -> None:
    for name, (tool, given) in {**WRITES, **NO_WRITES}.items():
        call(world, f"{day}/{name}", tool, given)
    call(world, f"{day}/deleted", *DELETED)
    locked = {"file_path": str(world.project / "locked/x"), "content": "x"}
    world.pre(f"{day}/denied", "Write", locked)
    world.batch((f"{day}/denied", "Write", locked, "PreToolUse:Write hook error: denied"))


def call(world: World, name: str, tool: str, given: dict[str, Any]) -> None:
    whole = {
        key: str(world.project / told) if key in ("file_path", "notebook_path", "path") else told
        for key, told in given.items()
    }
    world.pre(name, tool, whole)
    world.post(name, tool, whole, {"stdout": "", "stderr": "", "interrupted": False})


def wanted(days: list[str], *, deleted: bool = False, denied: bool = False) -> list[str]:
    more = (["deleted"] if deleted else []) + (["denied"] if denied else [])
    return sorted(f"{day}/{name}" for day in days for name in [*WRITES, "late", *more])


def calls(home: Path, *words: str) -> list[str]:
    said = call_main("log", "--home", str(home), "--jsonl", *words)
    assert said.code == 0, said.err
    return sorted(row["call"] for row in said.rows)


def yesterday() -> str:
    """What yesterday is called: on a Monday it is last week's Sunday."""
    return "yesterday" if datetime.now(UTC).weekday() else "last-6"


def test_all_file_writes_from_yesterday(world: World) -> None:
    """By whatever tool, from its first second to its last, those that were denied told apart by how they ended."""
    words = ("--since", "yesterday", "--until", "yesterday", "--effect", "file.write")
    assert calls(world.home, *words) == wanted([yesterday()], denied=True)
    assert calls(world.home, *words, "--status", "succeeded") == wanted([yesterday()])
    assert calls(world.home, *words, "--status", "denied") == [f"{yesterday()}/denied"]


def test_what_did_the_agent_change_last_week(world: World) -> None:
    """Writes and deletions of the seven days from Monday, by the command, by Python, and asked by the agent itself."""
    week = [f"last-{n}" for n in WEEK]
    words = ("--since", "last week", "--until", "last week", "--status", "succeeded", "--agent", "main")
    written = calls(world.home, *words, "--effect", "file.write")
    gone = calls(world.home, *words, "--effect", "file.delete")
    assert sorted({*written, *gone}) == wanted(week, deleted=True)
    assert {f"{day}/deleted" for day in week} <= set(gone)
    asked = {"since": "last week", "until": "last week", "status": "succeeded", "limit": 1000}
    span = {"since": "last week", "until": "last week"}
    answer, counted = ask(world.home, ("query", {**asked, "effect": "file.write"}), ("stats", span))
    assert sorted(row["call"] for row in json.loads(answer.partition("\nonly")[0])) == written
    every = calls(world.home, "--since", "last week", "--until", "last week")
    assert json.loads(counted)["calls"] == len(every) < len(calls(world.home, "--since", "last week"))
    with Ledger.open(str(world.home)) as ledger:
        midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        monday = midnight - timedelta(days=midnight.weekday() + 7)
        found = ledger.query_audit(
            effect="file.write", since=monday, until=monday + timedelta(days=7), status="succeeded"
        )
    assert sorted(record.request.call for record in found) == written


def test_a_report_of_last_week_counts_the_same(world: World) -> None:
    """Its effects are those of the listing."""
    words = ("--since", "last week", "--until", "last week", "--json")
    doc = call_main("report", "--home", str(world.home), *words).json
    every = calls(world.home, "--since", "last week", "--until", "last week", "--effect", "file.write")
    assert doc["decisions"]["effects"]["file.write"] == len(every)
    assert doc["decisions"]["counts"]["deny"] == len(WEEK)
