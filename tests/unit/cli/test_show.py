"""`web4 show`, `why`, `sessions` and `tree`: one call whole, one decision explained, the sessions, who made whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.told import CHILD, FIRST, POLICY, SECOND, call_main
from support.world import World
from web4_governance.app import rows
from web4_governance.cli.text import width
from web4_governance.core.canonical import encode
from web4_governance.core.digest import commitment, leaf

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Web4


def record_of(web4: Web4, call: str) -> dict[str, Any]:
    return next(row for row in web4("log", "--jsonl").rows if row["call"] == call)


def test_a_record_is_named_by_place_call_and_beginning_of_its_leaf(web4: Web4) -> None:
    """All three lead to the same record."""
    row = record_of(web4, "toolu_rm")
    found = [
        web4("show", name, "--json").json for name in ("toolu_rm", str(row["idx"]), row["id"][:12], row["id"].upper())
    ]
    assert all(one["id"] == row["id"] for one in found)


def test_a_few_digits_are_not_the_beginning_of_an_entry(web4: Web4) -> None:
    """Of no kind: six of them are."""
    leaf = web4("show", "0", "--raw", "--json").json[0]["leaf"]
    assert (web4("show", leaf[:5]).code, web4("show", leaf[:6]).code) == (3, 0)


@pytest.mark.parametrize("name", ["nothing", "99999", "ffff"])
@pytest.mark.parametrize("command", ["show", "why"])
def test_a_name_of_nothing_is_a_usage_error(web4: Web4, command: str, name: str) -> None:
    """Exit 3, no data, and the way to find names."""
    said = web4(command, name)
    assert (said.code, said.out) == (3, "")
    assert f"`{name}`" in said.err


def test_a_record_is_shown_by_its_six_parts(web4: Web4, told: World) -> None:
    """Every part has its heading, in the order of the name, and says what belongs to it."""
    out = web4("show", "toolu_rm").out
    titles = [
        line for line in out.splitlines() if line in ("Rules", "Role", "Request", "Reference", "Resource", "Result")
    ]
    assert titles == ["Rules", "Role", "Request", "Reference", "Resource", "Result"]
    for text in (
        "no-rm",
        "deletes trees",
        "bypassPermissions",
        "clean up, please",
        "rm -rf build dist",
        str(told.project),
        "denied by gate",
    ):
        assert text in out


def test_files_and_failures_are_shown(web4: Web4) -> None:
    """What changed, with digests; how it failed, with the beginning of what it said."""
    assert "app.yaml new -> " in web4("show", "toolu_write").out
    failed = web4("show", "toolu_fail").out
    assert "failed (1)" in failed
    assert "No such file or directory" in failed
    assert "40 ms" in failed


def test_a_record_as_json_has_its_parts(web4: Web4) -> None:
    """The six parts, and the six only, beside the record's own name, time and session."""
    found = web4("show", "toolu_mcp", "--json").json
    assert {"rules", "role", "request", "reference", "resource", "result"} <= set(found)
    assert found["request"]["mcp"] == {"name": "tracker", "source": "user"}
    assert web4("show", "toolu_mcp", "--jsonl").rows == [found]


def test_raw_entries_can_be_checked_by_anybody(web4: Web4) -> None:
    """Their canonical bytes hash to the leaf, and every opening to its commitment."""
    entries = web4("show", "toolu_rm", "--raw").json
    assert [one["entry"]["kind"] for one in entries] == ["prompt", "intent", "outcome"]
    for one in entries:
        assert leaf(encode(one["entry"])).hex() == one["leaf"]
        assert one["open"]
        for field, (salt, value) in one["open"].items():
            assert commitment(field, bytes.fromhex(salt), value) in json.dumps(one["entry"])


def test_an_entry_that_is_no_call_is_shown_as_it_is(web4: Web4) -> None:
    """A session's start has no record: its entry is what there is."""
    entries = web4("show", "0", "--json").json
    assert [one["idx"] for one in entries] == [0]
    assert entries == web4("show", "0", "--raw", "--json").json
    assert entries == web4("show", entries[0]["leaf"][:16]).json
    said = web4("why", "0")
    assert (said.code, "no call" in said.err) == (3, True)


def test_why_leads_from_the_words_to_the_rule(web4: Web4) -> None:
    """What was said, what it would do, what was decided on each deed, the rule as it stood, and what would lift it."""
    out = web4("why", "toolu_rm").out
    positions = [
        out.index(text)
        for text in ("person said", "rm -rf build dist", "decision", "deletes trees", "match {", "would lift")
    ]
    assert positions[0] < positions[2] < positions[4] < positions[5]
    assert "clean up, please" in out
    assert "`except` beside the `match` of `no-rm` in the user policy" in out


def test_why_as_json_names_the_rules_as_they_stood(web4: Web4) -> None:
    """The texts come from the policy entry, not from the policy that is in force now."""
    found = web4("why", "toolu_rm", "--json").json
    assert set(rows.CALL) < set(found)
    assert found["rule_texts"]["no-rm"]["match"] == {"targetPatterns": ["rm -rf"]}
    assert found["rule_texts"]["no-rm"]["layer"] == "user"
    assert any(deed["decision"] == "deny" and deed["rules"] == ["no-rm"] for deed in found["deeds"])
    assert len(found["lifted_by"]) == 1


def test_why_of_an_allowed_call_has_nothing_to_lift(web4: Web4) -> None:
    """No rule speaks, so the default does."""
    found = web4("why", "toolu_read", "--json").json
    assert found["lifted_by"] == []
    assert found["rules"] == ["user/default"]
    assert "would lift" not in web4("why", "toolu_read").out


def test_why_says_what_to_do_instead(web4: Web4) -> None:
    """The rule's own advice."""
    assert "ask first" in web4("why", "toolu_fetch").out


@pytest.mark.parametrize(
    ("rule", "mode", "expected"),
    [
        ({"id": "a", "match": {"tools": ["Bash"]}, "decision": "deny", "overridable": True}, "default", "overridable"),
        (
            {"id": "a", "match": {"tools": ["Bash"]}, "except": {"paths": ["/nowhere/**"]}, "decision": "deny"},
            "default",
            "what the `except` of `a` names",
        ),
        ({"id": "a", "match": {"tools": ["Bash"]}, "decision": "ask"}, "bypassPermissions", "can be asked"),
        (None, "default", "a rule of the user policy that allows this call"),
    ],
)
def test_why_names_what_would_lift_each_kind_of_denial(
    tmp_path: Path, rule: dict[str, Any] | None, mode: str, expected: str
) -> None:
    """An overridable rule, an exception, a permission mode, a default: each has its own way out."""
    policy: dict[str, Any] = {"rules": [rule], "enforce": True} if rule else {"defaultPolicy": "deny", "enforce": True}
    world = World(tmp_path, policy)
    assert world.bash("toolu_1", "ls", permission_mode=mode).exit_code == 2
    assert expected in call_main("why", "toolu_1", "--home", str(world.home)).out


def test_nothing_lifts_the_gates_own_protection(tmp_path: Path) -> None:
    """What changes the gate is the person's to do, in their own terminal."""
    world = World(tmp_path, POLICY)
    path = str(world.home / "policy.json")
    assert world.pre("toolu_1", "Write", {"file_path": path, "content": "{}"}).exit_code == 2
    assert "nothing in a policy" in call_main("why", "toolu_1", "--home", str(world.home)).out


def test_a_dry_run_says_what_it_would_have_done(tmp_path: Path) -> None:
    """The decision, what the host was told, and the mode; in the listing the decision stands in brackets."""
    world = World(tmp_path, {**POLICY, "enforce": False})
    world.bash("toolu_1", "rm -rf x")
    home = ("--home", str(world.home))
    assert "deny, and the host was told allow (a dry run: nothing binds)" in call_main("why", "toolu_1", *home).out
    assert "deny (answered allow), dry-run" in call_main("show", "toolu_1", *home).out
    assert "(deny)" in call_main("log", *home).out


def test_content_that_is_not_kept_is_said_to_be_so(tmp_path: Path) -> None:
    """At the level `metadata` the commands still answer, and name what they do not know."""
    world = World(tmp_path, POLICY)
    (world.home / "config.toml").write_text('privacy = "metadata"\n')
    world.feed("UserPromptSubmit", prompt="secret plans")
    world.bash("toolu_1", "rm -rf secret")
    home = ("--home", str(world.home))
    for words in (
        ["log"],
        ["show", "toolu_1"],
        ["why", "toolu_1"],
        ["tree", world.event("x")["session_id"]],
        ["sessions"],
    ):
        said = call_main(*words, *home)
        assert said.code == 0
        assert "secret" not in said.out
        assert "not kept" in said.out
    (row,) = call_main("log", "--jsonl", *home).rows
    assert (row["what"], row["input"], row["prompt"], row["project"]) == (None, None, None, None)
    assert "request.input" in row["erased"]


def test_sessions_are_listed_with_their_counts(web4: Web4, told: World) -> None:
    """The latest active last; counts of calls, decisions and ends."""
    first, second = web4("sessions", "--json").json
    assert list(first) == list(rows.SESSION)
    assert (first["session"], second["session"]) == (FIRST, SECOND)
    assert (first["state"], second["state"]) == ("ended", "open")
    assert (first["calls"], first["prompts"], first["agents"]) == (5, 2, 1)
    assert first["decisions"] == {"allow": 4, "deny": 1}
    assert first["statuses"] == {"succeeded": 3, "denied": 1, "failed": 1}
    assert second["statuses"] == {"succeeded": 2, "unclosed": 1}
    assert (first["project"], second["project"]) == (str(told.project), str(told.user_home / "other"))
    assert web4("sessions", "--jsonl").rows == [first, second]


def test_sessions_for_people_are_a_table(web4: Web4) -> None:
    """A heading and a line a session."""
    lines = web4("sessions").out.splitlines()
    assert lines[0].split()[0] == "session"
    assert lines[1].startswith("aaaa1111")
    assert lines[1].split()[3:7] == ["5", "1", "1", "ended"]


def test_two_projects_of_one_long_path_can_be_told_apart(web4: Web4, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is cut of a path is its beginning."""
    monkeypatch.setenv("COLUMNS", "80")
    first, second = web4("sessions").out.splitlines()[1:]
    assert len(first) <= 80
    assert (first.rpartition("/")[2], second.rpartition("/")[2]) == ("project", "other")


def test_a_call_to_a_server_says_the_short_parts_of_its_input_first(tmp_path: Path) -> None:
    """A path stands before a long text, near the project; what is asked for as JSON has it whole."""
    world = World(tmp_path)
    path = str(world.project / "docs" / "guide.md")
    world.pre("toolu_1", "mcp__files__write_file", {"content": "# Title " * 40, "path": path})
    home = ("--home", str(world.home))
    assert '{"path": "docs/guide.md"' in call_main("log", *home).out.replace("\n", "")
    assert call_main("log", "--jsonl", *home).rows[0]["what"].startswith(f'{{"path": "{path}", "content": "# Title')


def test_sessions_are_filtered_and_limited(web4: Web4) -> None:
    """By project; and a limit says that it cut."""
    assert [row["session"] for row in web4("sessions", "--project", "other", "--jsonl").rows] == [SECOND]
    said = web4("sessions", "--limit", "1", "--jsonl")
    assert [row["session"] for row in said.rows] == [SECOND]
    assert "--limit" in said.err


def test_a_tree_hangs_a_subagent_under_the_call_that_made_it(web4: Web4) -> None:
    """Prompts, under each its calls, under the call its agent, under the agent its calls."""
    tree = web4("tree", "aaaa", "--json").json
    kinds = [(node["node"], node.get("text")) for node in tree["children"]]
    assert kinds == [
        ("session", None),
        ("prompt", "clean up, please"),
        ("prompt", "now have it checked"),
        ("session", None),
    ]
    assert [node["call"] for node in tree["children"][1]["children"]] == ["toolu_read", "toolu_rm", "toolu_fail"]
    (made,) = tree["children"][2]["children"]
    (agent,) = made["children"]
    assert (made["call"], agent["node"], agent["agent_id"], agent["made_by"]) == (
        "toolu_agent",
        "agent",
        CHILD,
        "toolu_agent",
    )
    assert [node["call"] for node in agent["children"]] == ["toolu_hostile"]


def test_a_tree_for_people_is_indented(web4: Web4) -> None:
    """Lines show the depth, the decision where it was not simply allowed, and how each call ended."""
    lines = web4("tree", FIRST).out.splitlines()
    assert lines[0] == f"session {FIRST}"
    (denied,) = [line for line in lines if "rm -rf build dist" in line]
    assert denied.startswith("│  ├─ #")
    assert denied.endswith("deny · denied by gate")
    (child,) = [line for line in lines if "printf" in line]
    assert child.startswith("│        └─ #")


def test_an_agent_of_whom_nobody_says_anything_is_marked(tmp_path: Path) -> None:
    """It stands under the prompt, or alone where there is none, and the tree says that it does not know."""
    world = World(tmp_path, POLICY)
    world.bash("toolu_1", "ls", agent_id=CHILD, agent_type="Explore")
    out = call_main("tree", "5cf5", "--home", str(world.home)).out
    assert "nobody says who made it" in out
    assert "unprompted" in out


@pytest.mark.parametrize("command", [["log"], ["sessions"], ["verify"], ["show", "1"], ["why", "1"], ["tree", "x"]])
def test_where_there_is_no_ledger_the_answer_is_could_not_tell(tmp_path: Path, command: list[str]) -> None:
    """Exit 1 and a reason: no ledger is not an empty one."""
    said = call_main(*command, "--home", str(tmp_path / "none"))
    assert (said.code, said.out) == (1, "")
    assert "there is no ledger" in said.err


def meta(world: World, agent: str, call: str, parent: str = "") -> None:
    note = world.user_home / "t" / "subagents" / f"agent-{agent}.meta.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"toolUseId": call, "parentAgentId": parent}))


def test_no_note_on_an_agents_maker_hides_a_call(tmp_path: Path) -> None:
    """One that names a call of its own, two that name one another, a call without an id: every call is shown once."""
    world = World(tmp_path, POLICY)
    path = str(world.user_home / "t.jsonl")
    meta(world, "own", "own1", "own")
    meta(world, "later", "later2", "later")
    meta(world, "left", "right1", "right")
    meta(world, "right", "left1", "left")
    made = [
        ("own", "own1"),
        ("own", "own2"),
        ("later", "later1"),
        ("later", "later2"),
        ("left", "left1"),
        ("right", "right1"),
    ]
    world.pre("", "Read", {"file_path": "/x"}, transcript_path=path)
    for n, (agent, call) in enumerate([*made, ("left", "left2"), ("right", "right2"), ("unsaid", "unsaid1")]):
        world.bash(call, f"echo {n}", agent_id=agent, agent_type="Explore", transcript_path=path)
    said = call_main("tree", "5cf5", "--json", "--home", str(world.home)).out
    assert said.count('"node":"call"') + said.count('"node": "call"') == 10
    out = call_main("tree", "5cf5", "--home", str(world.home)).out
    assert [n for n in range(9) if f"echo {n}" not in out] == []


def test_an_agent_without_a_maker_hangs_under_no_call_without_an_id(tmp_path: Path) -> None:
    """Nobody said that it was made by that one."""
    world = World(tmp_path, POLICY)
    world.feed("UserPromptSubmit", prompt="go")
    world.pre("", "Read", {"file_path": "/x"})
    world.bash("a", "ls", agent_id="b1")
    (prompt,) = json.loads(call_main("tree", "5cf5", "--json", "--home", str(world.home)).out)["children"]
    assert [node["node"] for node in prompt["children"]] == ["call", "agent"]


@pytest.mark.parametrize("command", ["why", "show"])
def test_sentences_fit_a_terminal_and_a_pipe_gets_lines_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """At 80 columns nothing but a word that is longer, or what is copied, goes over the edge; the words are the same."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    world = World(tmp_path, {"extends": ["safety"], "enforce": True})
    world.feed("UserPromptSubmit", prompt="please " * 40 + "日本語 " * 30)
    world.bash("toolu_1", "rm -rf ./build ~/ " + "some-more " * 20)
    home = str(world.home)
    seen = call_main(command, "toolu_1", "--home", home, person=True).out.splitlines()
    piped = call_main(command, "toolu_1", "--home", home).out.splitlines()
    long = [line for line in seen if width(line) > 80]
    assert [
        line
        for line in long
        if line.split()[0] not in ("command", "input", "allow", "ask", "deny", "#2") and len(line[14:].split()) > 1
    ] == []
    assert len(seen) > len(piped)
    assert " ".join(" ".join(seen).split()) == " ".join(" ".join(piped).split())
    assert max(map(width, piped)) > 200
