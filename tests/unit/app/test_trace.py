"""Who called what that changed which file, and the whole session as a tree."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from support.editing import OTHER, edit, now, shell, write
from support.told import Said, call_main
from support.world import SESSION, World
from web4_governance.app import erase, touched
from web4_governance.app.blame import blame
from web4_governance.app.query import Ledger
from web4_governance.app.trace import trace
from web4_governance.core.errors import UsageError

POLICY: dict[str, Any] = {"rules": [{"match": {"tools": ["Bash"]}, "decision": "warn"}]}
CHILD, GRANDCHILD = "a1b2c3d4e5f6a7b8c", "b1b2c3d4e5f6a7b8c"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(touched, "BUDGET_S", 10.0)
    monkeypatch.setenv("COLUMNS", "80")
    made = World(tmp_path, POLICY)
    made.now_us = time.time_ns() // 1000 - 3_600_000_000
    return made


def served(world: World, call: str, name: str, text: str, **fields: Any) -> None:
    """An MCP server writes a file."""
    now(world)
    given = {"path": str(world.project / name), "content": text}
    world.pre(call, "mcp__files__write_file", given, mcp_server={"name": "files", "source": "project"}, **fields)
    world.write(name, text)
    world.post(call, "mcp__files__write_file", given, [{"type": "text", "text": "ok"}], **fields)


def delegated(world: World, call: str, child: str, **fields: Any) -> None:
    """A call that makes a subagent, as its result says."""
    given = {"prompt": "p", "description": "d", "subagent_type": "writer"}
    world.pre(call, "Agent", given, **fields)
    world.post(call, "Agent", given, {"status": "completed", "agentId": child, "agentType": "writer"}, **fields)


def chains(world: World, name: str) -> list[tuple[str, ...]]:
    with Ledger.open(str(world.home)) as ledger:
        return [step.chain for step in trace(ledger.reader, name)]


def web4(world: World, *words: str) -> Said:
    return call_main(*words, "--home", str(world.home))


def test_an_agent_called_a_server_which_modified_a_file(world: World) -> None:
    """Asked by the file, by the server, by the session and by the subagent: the same chain."""
    delegated(world, "a", CHILD)
    served(world, "b", "c.txt", "x\n", agent_id=CHILD, agent_type="writer")
    path = str(world.project / "c.txt")
    (chain,) = chains(world, path)
    assert chain == (
        f"claude-code session {SESSION}",
        "main",
        "#1 Agent",
        f"subagent writer {CHILD}",
        "#3 MCP files (write_file)",
        f"file {path}",
    )
    assert [chains(world, name) for name in ("files", SESSION, SESSION[:6], CHILD, "writer")] == [[chain]] * 5
    (row,) = web4(world, "lineage", "files", "--json").json
    assert (row["server"], row["change"], row["how"], row["proven"], row["path"]) == (
        "files",
        "created",
        "named",
        True,
        path,
    )
    assert (row["before"], len(row["after"]), row["outcome"]) == (None, 64, 4)
    text = web4(world, "lineage", path).out
    assert all(len(line) <= 80 for line in text.splitlines())
    assert [word in text for word in ("created", "#1 Agent", "MCP files (write_file)", "allow, succeeded")] == [
        True
    ] * 4


def test_subagents_of_subagents_are_followed(world: World) -> None:
    """As far as anybody says; where nobody does, the chain begins with the subagent."""
    delegated(world, "a", CHILD)
    delegated(world, "b", GRANDCHILD, agent_id=CHILD, agent_type="writer")
    write(world, "c", "f.txt", "x\n", agent_id=GRANDCHILD, agent_type="writer")
    write(world, "d", "g.txt", "x\n", agent_id="unsaid")
    (chain,) = chains(world, GRANDCHILD)
    assert chain[1:-1] == (
        "main",
        "#1 Agent",
        f"subagent writer {CHILD}",
        "#3 Agent",
        f"subagent writer {GRANDCHILD}",
        "#5 Write",
    )
    (alone,) = chains(world, "unsaid")
    assert alone[1:-1] == ("subagent unsaid", "#7 Write")


def test_the_hosts_note_says_who_made_a_subagent(world: World) -> None:
    """Where it lies beside the transcript."""
    note = world.user_home / "t" / "subagents" / f"agent-{CHILD}.meta.json"
    note.parent.mkdir(parents=True)
    note.write_text('{"toolUseId": "a"}')
    world.pre("a", "Agent", {"prompt": "p"})
    write(
        world,
        "b",
        "f.txt",
        "x\n",
        agent_id=CHILD,
        agent_type="writer",
        transcript_path=str(world.user_home / "t.jsonl"),
    )
    (chain,) = chains(world, "writer")
    assert chain[1:3] == ("main", "#1 Agent")


def test_a_moved_file_has_its_history_from_before(world: World) -> None:
    """Under the names that it had."""
    write(world, "a", "f.txt", "one\ntwo\n")
    shell(world, "b", "mv f.txt g.txt")
    edit(world, "c", "g.txt", "two", "2", session_id=OTHER)
    rows = web4(world, "lineage", str(world.project / "g.txt"), "--json").json
    assert [(row["call"], row["change"]) for row in rows] == [("a", "created"), ("b", "moved"), ("c", "changed")]
    rows = web4(world, "lineage", str(world.project / "f.txt"), "--json").json
    assert [(row["call"], row["change"]) for row in rows] == [("a", "created"), ("b", "deleted")]
    assert [row["call"] for row in web4(world, "lineage", OTHER, "--jsonl").rows] == ["c"]


def test_what_is_not_proven_is_marked_and_what_is_not_kept_is_said(world: World) -> None:
    """A question mark before the word, and no name."""
    write(world, "a", "f.txt", "one\n")
    shell(world, "b", "make", really="echo x >> f.txt")
    with Ledger.open(str(world.home)) as ledger:
        pieces = erase.choose(ledger, erase.Asked(names=("a",)))
    assert "?changed" in web4(world, "lineage", SESSION).out
    erase.erase(str(world.home), pieces, who="ada", why="a request", authority="hers", now_us=world.now_us)
    assert [row["call"] for row in web4(world, "lineage", SESSION, "--json").json] == ["b"]
    (world.home / "config.toml").write_text('privacy = "metadata"')
    write(world, "c", "g.txt", "one\n", session_id=OTHER)
    assert "(name not kept)" in web4(world, "lineage", OTHER).out
    (row,) = web4(world, "lineage", str(world.project / "g.txt"), "--json").json
    assert (row["call"], row["path"]) == ("c", None)


def test_exit_codes_say_whether_anything_is_recorded(world: World) -> None:
    """0 with a chain, 1 without one, 3 for a name of nothing."""
    write(world, "a", "f.txt", "one\n")
    write(world, "b", "f.txt", "two\n")
    world.write("other.txt", "x\n")
    world.pre("c", "mcp__quiet__look", {}, mcp_server={"name": "quiet"})
    codes = [
        web4(world, "lineage", name).code
        for name in (str(world.project / "f.txt"), str(world.project / "other.txt"), "quiet", "nobody")
    ]
    assert codes == [0, 1, 1, 3]
    cut = web4(world, "lineage", SESSION, "--limit", "1", "--jsonl")
    assert ([row["call"] for row in cut.rows], "1 older" in cut.err) == (["b"], True)
    with Ledger.open(str(world.home)) as ledger, pytest.raises(UsageError):
        trace(ledger.reader, "nobody")


def test_the_names_that_trust_is_kept_under_are_names_here_too(world: World) -> None:
    """An agent with its model, a server with its source, a session, a subagent; and `main`, as the chains call it."""
    started: dict[str, Any] = {"source": "startup", "model": "m-1"}
    world.feed("SessionStart", **started)
    write(world, "a", "f.txt", "one\n")
    served(world, "b", "c.txt", "x\n")
    write(world, "s", "s.txt", "sub\n", agent_id=CHILD, agent_type="writer")
    world.feed("SessionStart", **{**started, "model": "m-2"}, session_id=OTHER)
    write(world, "o", "o.txt", "two\n", session_id=OTHER)

    def calls(name: str) -> list[str]:
        found = web4(world, "lineage", name, "--json")
        return [row["call"] for row in found.json] if found.code in (0, 1) else [str(found.code)]

    assert calls("main") == ["a", "b", "o"]
    assert calls("agent:claude-code/main/m-1") == ["a", "b"]
    assert calls("agent:claude-code/main/m-2") == ["o"]
    assert calls("agent:claude-code/main/m-3") == []
    assert calls("agent:claude-code/writer/unknown") == ["s"]
    assert calls("server:files/project") == ["b"]
    assert calls("server:files/elsewhere") == []
    assert calls(f"session:{OTHER}") == ["o"]
    assert calls(f"subagent:{SESSION}/{CHILD}") == ["s"]
    assert calls("server:nobody/project") == ["3"]


def test_a_directory_hides_no_server_of_its_name_and_a_server_is_found_by_its_own_name(world: World) -> None:
    """The host writes signs of a server's name otherwise into the names of its tools."""
    (world.project / "files").mkdir()
    served(world, "b", "c.txt", "x\n")
    given = {"path": str(world.project / "d.txt")}
    now(world)
    world.pre("e", "mcp__my_server_1_0__write", given, mcp_server={"name": "my server 1.0", "source": "user"})
    world.write("d.txt", "y\n")
    world.post("e", "mcp__my_server_1_0__write", given, [{"type": "text", "text": "ok"}])
    with Ledger.open(str(world.home)) as ledger:
        assert [step.author.call for step in trace(ledger.reader, "my server 1.0")] == ["e"]
        assert [step.author.call for step in trace(ledger.reader, "server:my server 1.0/user")] == ["e"]
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(world.project)
            assert [step.author.call for step in trace(ledger.reader, "files")] == ["b"]
            assert trace(ledger.reader, ".") == ()


def test_a_tree_has_words_servers_and_files(world: World) -> None:
    """Beside prompts, agents, calls, decisions and outcomes."""
    path = world.user_home / "t.jsonl"
    said = '{"type":"assistant","message":{"id":"m1","role":"assistant","model":"x","content":[{"type":"text","text":"I will write it."},{"type":"tool_use","id":"%s","name":"Write","input":{}}],"usage":{}}}\n'  # fmt: skip
    path.write_text(said % "a" + said.replace("m1", "m1") % "b")
    world.feed("UserPromptSubmit", prompt="write both")
    write(world, "a", "f.txt", "one\n", transcript_path=str(path))
    served(world, "b", "c.txt", "x\n", transcript_path=str(path))
    shell(world, "c", "make", really="echo x >> f.txt")
    shell(world, "d", "mv f.txt g.txt && rm c.txt")
    out = web4(world, "tree", SESSION).out
    assert out.count("said “I will write it.”") == 1
    for part in (
        "created f.txt",
        "files:write_file",
        "created c.txt",
        "?changed f.txt",
        "moved g.txt",
        "deleted c.txt",
        "warn · succeeded",
    ):
        assert part in out, (part, out)
    (prompt,) = web4(world, "tree", SESSION, "--json").json["children"]
    assert [node["server"] for node in prompt["children"]] == ["", "files", "", ""]
    assert prompt["children"][0]["words"] == "I will write it."
    assert [row["path"].rpartition("/")[2] for row in prompt["children"][3]["files"]] == ["f.txt", "g.txt", "c.txt"]


def test_a_name_with_a_zero_byte_is_refused(world: World) -> None:
    """A command line cannot hold one; an address of the console and a question of MCP can."""
    write(world, "a", "f.txt", "one\n")
    with Ledger.open(str(world.home)) as ledger:
        with pytest.raises(UsageError, match="zero byte"):
            trace(ledger.reader, "f.txt\0")
        with pytest.raises(UsageError, match="zero byte"):
            blame(ledger.reader, "/f.txt\0")
