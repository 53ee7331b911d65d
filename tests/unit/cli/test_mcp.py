"""`web4 mcp`, asked by the protocol's own client through a real process: it answers as the commands do, and only reads."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from support.editing import write
from support.told import FIRST, call_main
from support.world import World
from web4_governance.cli import mcp as command
from web4_governance.core.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def ask(home: object, *questions: tuple[str, dict[str, Any]]) -> list[Any]:
    """Start the server as a client does and give its answers, `tools` for the list of tools."""

    async def run() -> list[Any]:
        server = StdioServerParameters(
            command=sys.executable, args=["-m", "web4_governance", "mcp", "--home", str(home)], env=dict(os.environ)
        )
        async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            return [await _answer(session, name, given) for name, given in questions]

    return asyncio.run(asyncio.wait_for(run(), timeout=120))


async def _answer(session: Any, name: str, given: dict[str, Any]) -> Any:
    if name == "tools":
        return (await session.list_tools()).tools
    done = await session.call_tool(name, given)
    return "".join(part.text for part in done.content)


def test_it_answers_as_the_commands_do(told: World) -> None:
    """Byte for byte what `--json` prints."""
    home = str(told.home)
    answers = ask(
        home,
        ("query", {"session": FIRST, "decision": "deny"}),
        ("sessions", {}),
        ("stats", {"session": FIRST}),
        ("verify", {}),
        ("explain", {"text": "rm -rf ~"}),
    )
    commands = (
        ("log", "--session", FIRST, "--decision", "deny", "--json"),
        ("sessions", "--json"),
        ("stats", "--session", FIRST, "--json"),
        ("verify", "--json"),
    )
    for answer, words in zip(answers, commands, strict=False):
        said = call_main(words[0], "--home", home, *words[1:])
        assert json.loads(answer.partition("\nonly")[0]) == said.json
    assert json.loads(answers[4])["decision"] == "deny"


def test_trust_is_told_and_explained(told: World) -> None:
    """As `web4 trust --json` tells it, in a role, and by the records that made it; of a stranger, why not."""
    home = str(told.home)
    every, role, explained, stranger = ask(
        home,
        ("trust", {}),
        ("trust", {"entity": "server:tracker/user", "role": "mcp"}),
        ("trust", {"entity": "server:tracker/user", "explain": True}),
        ("trust", {"entity": "nobody"}),
    )
    assert json.loads(every) == call_main("trust", "--home", home, "--json").json
    assert [one["entity"] for one in json.loads(role)] == ["server:tracker/user"]
    moved = call_main("trust", "server:tracker/user", "--explain", "--home", home, "--json").json
    assert json.loads(explained) == moved != []
    assert "nothing is known" in json.loads(stranger)["error"]


def test_one_call_is_shown_and_explained(told: World) -> None:
    """By its place."""
    idx = str(call_main("log", "--home", str(told.home), "--decision", "deny", "--json").json[0]["idx"])
    shown, why = ask(told.home, ("show", {"id": idx}), ("why", {"id": idx}))
    assert json.loads(shown)["reference"]["idx"] == int(idx)
    assert json.loads(why) == call_main("why", idx, "--home", str(told.home), "--json").json


def test_who_changed_a_file_is_answered(tmp_path: Path) -> None:
    """As the commands answer it; of a file that nobody knows, with a hint."""
    world = World(tmp_path)
    write(world, "a", "f.txt", "one\ntwo\n")
    path = str(world.project / "f.txt")
    whole, one, chain, none = ask(
        world.home,
        ("blame", {"of": path}),
        ("blame", {"of": path, "line": 2}),
        ("lineage", {"of": path}),
        ("blame", {"of": path + ".none"}),
    )
    assert [(row["first"], row["last"], row["call"]) for row in json.loads(whole)] == [(1, 2, "a")]
    assert [(row["first"], row["last"]) for row in json.loads(one)] == [(2, 2)]
    assert [row["change"] for row in json.loads(chain)] == ["created"]
    assert "no file" in json.loads(none)["error"]


def test_every_tool_says_that_it_only_reads(told: World) -> None:
    """So that a client need not ask the person."""
    (tools,) = ask(told.home, ("tools", {}))
    assert {tool.name for tool in tools} == {
        "query", "show", "why", "sessions", "stats", "explain", "verify", "blame", "lineage", "trust",
    }  # fmt: skip
    for tool in tools:
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.description


def test_a_mistake_is_an_answer_and_the_next_question_is_heard(told: World) -> None:
    """Neither a word that is no decision, nor an option in the place of an id, ends the server."""
    wrong, sly, right = ask(
        told.home,
        ("query", {"decision": "perhaps"}),
        ("show", {"id": "--help"}),
        ("query", {"limit": 1}),
    )
    assert "perhaps" in json.loads(wrong)["error"]
    assert "error" in json.loads(sly)
    data, _, remark = right.partition("\n]\n")
    assert len(json.loads(data + "\n]")) == 1
    assert "`--limit` cut the rest" in remark


def test_nothing_is_written(told: World) -> None:
    """The home is byte for byte as it was."""
    before = {path: path.read_bytes() for path in told.home.rglob("*") if path.is_file()}
    ask(told.home, ("query", {}), ("verify", {}), ("explain", {"text": "web4 policy use permissive"}))
    kept = {path: path.read_bytes() for path in told.home.rglob("*") if path.is_file() and path in before}
    changed = {path.name for path in before if kept.get(path) != before[path]}
    assert changed <= {"ledger.db-shm"}, "the shared memory of SQLite's readers is no data"


@pytest.mark.parametrize("name", ["query", "explain", "show", "verify"])
def test_the_gate_lets_its_own_questions_through(name: str, tmp_path: Path) -> None:
    """What is asked about is no deed: the arguments are not called what servers call a command or a file."""
    given = {"query": {"touching": "*/.env"}, "explain": {"text": "rm -rf /"}, "show": {"id": "17"}, "verify": {}}[name]
    rows = tmp_path / "in.jsonl"
    rows.write_text(json.dumps({"tool": f"mcp__plugin_web4-governance_audit__{name}", "input": given}))
    said = call_main("policy", "eval", "--preset", "safety", "--input", str(rows), "--json")
    assert said.json["decision"] == "allow"


def test_without_the_sdk_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """And how it comes beside this program."""
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    with pytest.raises(UsageError, match="needs the package `mcp`") as raised:
        command.serve("/nowhere")
    assert sys.executable in raised.value.hint
