"""The call that is about to run: judged, recorded once, and only then answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from support.world import BIRTH_US, SESSION, World
from web4_governance.app import off, policies
from web4_governance.core.errors import EventError, PolicyError, UsageError
from web4_governance.core.policy import LayerName

REQUEST: dict[str, Any] = {
    "rules": [
        {"match": {"tools": ["Bash"]}, "decision": "warn"},
        {"match": {"targetPatterns": ["rm -rf"]}, "decision": "deny"},
    ],
    "defaultPolicy": "allow",
    "enforce": True,
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, REQUEST)


@pytest.mark.parametrize(
    "command",
    [
        "rm -rf x",
        "rm -fr x",
        "sudo rm -r --force x",
        "FOO=1 r''m -rf x",
        "bash -c 'rm -rf x'",
        "find . -exec rm -rf {} +",
        "ls; rm -rf x",
    ],
)
def test_the_requests_own_policy_denies_the_deed_in_every_spelling(world: World, command: str) -> None:
    """Exit 2, a reason on stderr, and nothing on stdout."""
    reply = world.bash("toolu_1", command)
    assert (reply.exit_code, reply.stdout) == (2, b"")
    assert b"user/rule-2" in reply.stderr or b"rule-2" in reply.stderr
    (intent,) = world.entries("intent")
    assert (intent["rules"]["decision"], intent["rules"]["answer"], intent["rules"]["mode"]) == (
        "deny",
        "deny",
        "enforce",
    )


@pytest.mark.parametrize("command", ['echo "rm -rf"', "grep -n 'rm -rf /' notes.md", "git log --grep='rm -rf'"])
def test_the_requests_own_policy_warns_of_a_mention_and_lets_it_run(world: World, command: str) -> None:
    """The other rule of the request: every Bash call is a warning, told to the person and to the agent."""
    reply = world.bash("toolu_1", command)
    assert reply.exit_code == 0
    said = json.loads(reply.stdout)
    assert said["systemMessage"]
    assert said["hookSpecificOutput"]["hookEventName"] == "PreToolUse"
    assert "permissionDecision" not in said["hookSpecificOutput"]
    assert said["hookSpecificOutput"]["additionalContext"]


def test_a_call_of_another_tool_is_silence(world: World) -> None:
    """Allow is silence, so that the host's own permission flow still applies; it is recorded all the same."""
    reply = world.pre("toolu_1", "Read", {"file_path": str(world.project / "a.txt")})
    assert (reply.exit_code, reply.stdout, reply.stderr) == (0, b"", b"")
    (intent,) = world.entries("intent")
    assert intent["rules"]["decision"] == "allow"


def test_dry_run_answers_nothing_and_records_what_it_would_have_said(world: World) -> None:
    """`enforce: false` judges the same and binds nothing."""
    world.policy({**REQUEST, "enforce": False})
    reply = world.bash("toolu_1", "rm -rf x")
    assert (reply.exit_code, reply.stdout, reply.stderr) == (0, b"", b"")
    (intent,) = world.entries("intent")
    assert (intent["rules"]["decision"], intent["rules"]["answer"], intent["rules"]["mode"]) == (
        "deny",
        "allow",
        "dry-run",
    )
    said = world.feed("SessionEnd", reason="other")
    assert b"1 deny" in said.stdout


def test_without_a_policy_everything_is_observed(tmp_path: Path) -> None:
    """The default judges like safety and binds nothing."""
    world = World(tmp_path)
    reply = world.bash("toolu_1", "rm -rf ~")
    assert (reply.exit_code, reply.stdout) == (0, b"")
    (intent,) = world.entries("intent")
    assert (intent["rules"]["decision"], intent["rules"]["answer"]) == ("deny", "allow")


def test_a_record_says_who_what_why_and_under_which_rule(world: World) -> None:
    """The six parts, with content only as commitments and their openings beside them."""
    world.feed("UserPromptSubmit", prompt="clean up", prompt_id="p1")
    world.bash("toolu_1", "rm -rf build", prompt_id="p1")
    prompt, intent = world.entries("prompt")[0], world.entries("intent")[0]
    text = json.dumps(intent)
    assert "rm -rf" not in text
    assert "project" not in intent["request"]["cwd"]
    assert intent["request"]["categories"][0:1]
    assert {deed["effect"] for deed in intent["request"]["deeds"]} >= {"file.delete"}
    assert intent["rules"]["matched"]
    assert intent["reference"]["seq"] == prompt["reference"]["seq"] + 1
    assert len(intent["reference"]["prompt"]) == 64
    assert world.openings("request.input")[-1]["command"] == "rm -rf build"
    assert world.openings("request.text") == ["clean up"]
    assert world.openings("request.cwd")[-1] == str(world.project)


def test_metadata_privacy_keeps_no_content(world: World) -> None:
    """Commitments stay, openings and indexed targets are not made."""
    (world.home / "config.toml").write_text('privacy = "metadata"')
    world.bash("toolu_1", "rm -rf build")
    assert world.openings("request.input") == []
    database = b"".join(path.read_bytes() for path in world.home.glob("ledger.db*"))
    assert b"rm -rf build" not in database
    mirror = (world.home / "audit" / f"{SESSION}.jsonl").read_text()
    assert "rm -rf build" not in mirror
    again = world.bash("toolu_1", "rm -rf build")
    assert again.exit_code == 2


def test_secrets_are_gone_before_anything_is_stored(world: World) -> None:
    """Neither the ledger nor the mirror holds the token; the entry names its kind."""
    token = "ghp_" + "a1B2" * 9
    world.bash("toolu_1", f"curl -H 'Authorization: token {token}' https://api.example.com")
    world.post("toolu_1", "Bash", {"command": f"echo {token}"}, {"stdout": token})
    everything = b"".join(path.read_bytes() for path in world.home.rglob("*") if path.is_file())
    assert token.encode() not in everything
    assert world.entries("intent")[0]["secrets_removed"]


@pytest.mark.parametrize("privacy", ["metadata", "standard", "full"])
def test_the_record_says_where_a_secret_was(world: World, privacy: str) -> None:
    """Field, kind, and the place in the text without it: also where no text is kept."""
    (world.home / "config.toml").write_text(f'privacy = "{privacy}"')
    token = "ghp_" + "a1B2" * 9
    world.pre("toolu_1", "Bash", {"command": f"echo a; echo {token} {token}"})
    world.post("toolu_1", "Bash", {"command": "ls"}, "x " * 5000 + token)
    intent = world.entries("intent")[0]
    found = [tuple(one) for one in intent["secrets_at"] if one[0] == "request.input"]
    text = '{"command":"echo a; echo [secret:github-token] [secret:github-token]"}'
    assert [text[place:].startswith(f"[secret:{name}]") for _, name, place in found] == [True, True]
    assert ("result.output", "github-token", 10_000) in [
        tuple(one) for one in world.entries("outcome")[0]["secrets_at"]
    ]
    if privacy != "metadata":
        assert world.openings("request.input")[0] == json.loads(text)


def test_many_secrets_are_counted(world: World) -> None:
    """The first are named."""
    tokens = " ".join("ghp_" + "a1B2" * 9 for _ in range(40))
    world.pre("toolu_1", "Write", {"file_path": "a", "content": tokens})
    intent = world.entries("intent")[0]
    assert len(intent["secrets_at"]) == 16
    assert intent["secrets_count"] >= 40


def test_a_second_delivery_appends_nothing_and_gets_the_recorded_answer(world: World) -> None:
    """Two installed forms deliver every event twice."""
    first = world.bash("toolu_1", "rm -rf x")
    world.policy({"rules": [], "defaultPolicy": "allow", "enforce": True})
    second = world.bash("toolu_1", "rm -rf x")
    assert (first.exit_code, second.exit_code) == (2, 2)
    assert len(world.entries("intent")) == 1


def test_an_equal_call_id_with_another_input_cannot_borrow_the_permission(world: World) -> None:
    """A forged harmless event sent ahead does not open the way for the real call."""
    assert world.pre("toolu_1", "Read", {"file_path": "/tmp/x"}).exit_code == 0
    assert world.bash("toolu_1", "rm -rf x").exit_code == 2
    assert world.bash("toolu_1", "rm -rf x").exit_code == 2
    assert world.bash("toolu_1", "ls").exit_code == 0
    assert [intent["request"]["tool"] for intent in world.entries("intent")] == ["Read", "Bash", "Bash"]
    assert [intent["rules"]["answer"] for intent in world.entries("intent")] == ["allow", "deny", "warn"]


def test_events_without_a_call_id_are_recorded_once_for_two_forms_and_twice_for_two_events(world: World) -> None:
    """The k-th delivery by one form and by the other are the same event."""
    for via in ("user", "plugin", "user", "plugin", "user"):
        world.feed("Notification", context={"via": via}, message="m", notification_type="t")
    assert len(world.entries("event")) == 3
    calls = [world.event("PreToolUse", tool_name="Read", tool_input={"file_path": "/x"}) for _ in range(2)]
    for call in calls:
        world.raw(json.dumps(call).encode(), via="user")
        world.raw(json.dumps(call).encode(), via="plugin")
    assert len(world.entries("intent")) == 2


def test_ask_becomes_deny_where_nobody_can_be_asked(world: World) -> None:
    """Under bypassPermissions an ask would run."""
    world.policy({"rules": [{"match": {"tools": ["Bash"]}, "decision": "ask"}], "enforce": True})
    asked = world.bash("toolu_1", "ls")
    assert json.loads(asked.stdout)["hookSpecificOutput"]["permissionDecision"] == "ask"
    assert asked.stdout.count(b"\n") == 1
    denied = world.bash("toolu_2", "ls", permission_mode="bypassPermissions")
    assert denied.exit_code == 2
    assert b"bypassPermissions" in denied.stderr


def test_a_rate_limit_counts_calls_that_went_on(world: World) -> None:
    """The third call within the minute is denied, a denied one takes nothing, and the window moves on."""
    limit = {"match": {"tools": ["Read"], "rateLimit": {"max": 2, "per": "1m"}}, "decision": "deny"}
    world.policy({"rules": [limit], "enforce": True})
    codes = [world.pre(f"toolu_{n}", "Read", {"file_path": "/x"}).exit_code for n in range(4)]
    assert codes == [0, 0, 2, 2]
    world.now_us += 61_000_000
    assert world.pre("toolu_9", "Read", {"file_path": "/x"}).exit_code == 0


def test_a_change_of_policy_is_an_entry_once(world: World) -> None:
    """The digest in force, its layers and its rules, when they change and not at every call."""
    world.bash("toolu_1", "ls")
    world.bash("toolu_2", "ls")
    assert len(world.entries("policy")) == 1
    world.policy({**REQUEST, "defaultPolicy": "warn"})
    world.bash("toolu_3", "ls")
    first, second = world.entries("policy")
    assert first["rules"]["policy"] != second["rules"]["policy"]
    assert second["session"] == "-"
    intents = world.entries("intent")
    assert [intent["rules"]["policy"] for intent in intents] == [
        first["rules"]["policy"],
        first["rules"]["policy"],
        second["rules"]["policy"],
    ]


def test_a_broken_policy_leaves_the_last_good_one_in_force(world: World) -> None:
    """It is refused with line and column, and an entry says so."""
    world.bash("toolu_1", "ls")
    (world.home / "policy.json").write_text('{"rules": [\n  {"mtch": {}}]}')
    assert world.bash("toolu_2", "rm -rf x").exit_code == 2
    assert world.bash("toolu_3", "ls").exit_code == 0
    (said,) = world.openings("broken")
    assert "policy.json:2:" in said[0]
    assert len(world.entries("policy")) == 2


def test_a_broken_policy_without_a_last_good_one_is_an_error(tmp_path: Path) -> None:
    """Nothing can say what is allowed: the failure mode of the installed line answers."""
    world = World(tmp_path)
    (world.home / "policy.json").write_text("{")
    with pytest.raises(PolicyError, match=r"policy\.json:1:2"):
        world.bash("toolu_1", "ls")


def test_off_unbinds_and_says_so(world: World) -> None:
    """A person's way out is a mode of the record, not a hole in it."""
    off.switch_off(str(world.home), until_us=BIRTH_US + 60_000_000)
    assert world.bash("toolu_1", "rm -rf x").exit_code == 0
    (intent,) = world.entries("intent")
    assert (intent["rules"]["mode"], intent["rules"]["decision"], intent["rules"]["answer"]) == ("off", "deny", "allow")


def test_precedents_name_the_same_action_and_how_it_ended(world: World) -> None:
    """The same command before, in this or another session."""
    world.bash("toolu_1", "ls")
    world.post("toolu_1", "Bash", {"command": "ls", "description": "d"}, {"stdout": "a"})
    world.bash("toolu_2", "ls", session_id="other")
    assert world.entries("intent")[1]["reference"]["precedents"][0]["status"] == "succeeded"


def test_what_cannot_be_read_leaves_a_gap_and_an_error(world: World) -> None:
    """Empty, truncated and foreign input is named; the ledger says that something came."""
    for data in (b"", b'{"session_id"', b"[]", b"{}", b'{"hook_event_name":"PreToolUse"}'):
        with pytest.raises(EventError):
            world.raw(data)
    gaps = world.entries("gap")
    assert [gap["gap"]["bytes"] for gap in gaps] == [0, 13, 2, 2, 32]
    with pytest.raises(UsageError, match="no agent"):
        world.raw(b"{}", agent="nobody")


def test_a_session_id_with_a_path_in_it_stays_inside_the_home(world: World, tmp_path: Path) -> None:
    """`../../x` is filed under its digest, the id inside."""
    world.bash("toolu_1", "ls", session_id="../../x")
    world.bash("toolu_2", "ls", session_id="y" * 5000)
    assert not (tmp_path / "x.jsonl").exists()
    assert {path.parent for path in tmp_path.rglob("*.jsonl")} == {world.home / "audit"}
    assert world.entries("intent")[0]["session"] == "../../x"
    assert len(world.entries("intent")[1]["session"]) <= 200


def test_a_great_many_deeds_are_counted_and_committed_to_whole(world: World) -> None:
    """An entry stays under its bound however long the command is."""
    world.bash("toolu_1", "; ".join(f"touch file{n}" for n in range(200)))
    (intent,) = world.entries("intent")
    assert len(intent["request"]["deeds"]) == 64
    assert intent["request"]["deeds_count"] >= 200
    assert intent["request"]["deeds_all"].startswith("c1:")


def test_project_policy_speaks_only_when_trusted(world: World) -> None:
    """A clone's policy is nothing until its digest is pinned, and a change unpins it."""
    (world.project / ".web4").mkdir()
    path = world.project / ".web4" / "policy.json"
    path.write_text('{"rules":[{"match":{"tools":["Read"]},"decision":"deny"}],"enforce":true}')
    assert world.pre("toolu_1", "Read", {"file_path": "/x"}).exit_code == 0
    source = policies.find(str(path.parent), LayerName.PROJECT)
    assert source is not None
    pins = {str(path.parent): policies.fingerprint(source)}
    (world.home / "trusted.json").write_text(json.dumps(pins, separators=(",", ":")))
    assert world.pre("toolu_2", "Read", {"file_path": "/x"}).exit_code == 2
    path.write_text(path.read_text() + "\n")
    assert world.pre("toolu_3", "Read", {"file_path": "/x"}).exit_code == 0


def test_long_rule_names_and_many_deeds_still_fit_into_an_entry(tmp_path: Path) -> None:
    """What is listed is cut shorter until it fits; the count and the commitment to all deeds stay."""
    rules = [{"id": f"{n}-" + "x" * 58, "match": {"effects": ["file.write"]}, "decision": "warn"} for n in range(30)]
    world = World(tmp_path, {"rules": rules, "enforce": True})
    assert world.bash("toolu_1", "touch " + " ".join(f"file{n}" for n in range(100))).exit_code == 0
    (intent,) = world.entries("intent")
    assert len(intent["request"]["deeds"]) < 64
    assert intent["request"]["deeds_count"] >= 100
    assert intent["request"]["deeds_all"].startswith("c1:")
    assert len(json.dumps(intent)) < 16384 * 1.2


def test_a_link_made_earlier_does_not_lead_into_the_gates_home(world: World) -> None:
    """Writing through it is tampering, by any tool; reading through it is reading, and other links are nobody's business."""
    (world.project / "notes").symlink_to(world.home)
    (world.project / "elsewhere").symlink_to(world.user_home)
    assert world.bash("toolu_1", "echo x > notes/policy.json").exit_code == 2
    assert world.bash("toolu_2", "cat notes/policy.json").exit_code == 0
    assert world.pre("toolu_3", "Write", {"file_path": str(world.project / "notes/x"), "content": ""}).exit_code == 2
    assert (
        world.pre("toolu_4", "Write", {"file_path": str(world.project / "elsewhere/x"), "content": ""}).exit_code == 0
    )
    assert world.bash("toolu_5", "cp a.txt notes/ledger.db").exit_code == 2


def test_the_hosts_settings_are_protected_where_they_were_moved_to(world: World) -> None:
    """`CLAUDE_CONFIG_DIR` moves the person's settings, and the protection goes with them."""
    moved = world.user_home / "elsewhere"
    moved.mkdir()
    given = {"file_path": str(moved / "settings.json"), "content": "{}"}
    assert world.pre("toolu_1", "Write", given, context={"config_dir": str(moved)}).exit_code == 2
    assert world.pre("toolu_2", "Write", {"file_path": str(moved / "other.json"), "content": ""}).exit_code == 0


def test_a_policy_is_found_under_each_of_its_endings(tmp_path: Path) -> None:
    """None of them is silently passed over, and two side by side are a mistake."""
    for ending, text in [
        ("yaml", "rules: [{match: {tools: [Read]}, decision: deny}]\nenforce: true\n"),
        ("yml", "rules: [{match: {tools: [Read]}, decision: deny}]\nenforce: true\n"),
        ("toml", 'enforce = true\n[[rules]]\nmatch = {tools = ["Read"]}\ndecision = "deny"\n'),
    ]:
        world = World(tmp_path / ending)
        (world.home / f"policy.{ending}").write_text(text)
        assert world.pre("toolu_1", "Read", {"file_path": "/x"}).exit_code == 2
    (world.home / "policy.json").write_text("{}")
    with pytest.raises(PolicyError, match="side by side"):
        world.pre("toolu_2", "Read", {"file_path": "/x"})


def test_a_sessions_policy_is_protected_wherever_it_lies(world: World, tmp_path: Path) -> None:
    """The installed line names it; an agent's call may not change it."""
    path = tmp_path / "session.json"
    path.write_text('{"rules":[{"match":{"tools":["Glob"]},"decision":"deny"}]}')
    where = {"session_policy": str(path)}
    assert world.pre("toolu_1", "Glob", {"pattern": "*"}, context=where).exit_code == 2
    assert world.pre("toolu_2", "Write", {"file_path": str(path), "content": ""}, context=where).exit_code == 2
    assert (
        world.pre("toolu_3", "Write", {"file_path": str(tmp_path / "x"), "content": ""}, context=where).exit_code == 0
    )


def test_paths_of_every_language_are_judged_and_recorded(world: World) -> None:
    """A file, a working directory and a home outside ASCII are like any other."""
    where = world.project / "jürgen"
    where.mkdir()
    for n, path in enumerate(("résumé.md", "日本.txt", "مرحبا")):
        given = {"file_path": str(where / path), "content": "x"}
        assert world.pre(f"toolu_w{n}", "Write", given, cwd=str(where)).exit_code == 0
        assert world.bash(f"toolu_b{n}", f"echo x > {path}", cwd=str(where)).exit_code == 0
        assert world.bash(f"toolu_r{n}", f"rm -rf {path}", cwd=str(where)).exit_code == 2
    assert len(world.entries("intent")) == 9


def test_a_clone_with_two_policies_neither_opens_nor_closes_the_gate(world: World) -> None:
    """Two documents side by side are nobody's trusted policy: the person's own goes on judging."""
    where = world.project / ".web4"
    where.mkdir()
    (where / "policy.json").write_text("{}")
    (where / "policy.yaml").write_text("{}")
    assert world.bash("toolu_1", "rm -rf x").exit_code == 2
    assert world.pre("toolu_2", "Read", {"file_path": "/x"}).exit_code == 0
    assert len(world.entries("intent")) == 2
    (where / "policy.json").unlink()
    (where / "policy.json").mkdir()
    (where / "policy.yaml").unlink()
    assert world.bash("toolu_3", "rm -rf x").exit_code == 2


def test_padding_does_not_carry_a_link_past_the_gate(world: World) -> None:
    """However many files a call changes, each is looked behind."""
    (world.project / "link").symlink_to(world.home / "policy.json")
    files = " ".join(f"a{n}" for n in range(120))
    assert world.bash("toolu_1", f"touch {files}; echo x > link").exit_code == 2
    assert world.bash("toolu_2", f"touch {files}").exit_code == 0


def test_a_link_made_in_the_same_command_is_known_by_the_name_it_leads_to(world: World) -> None:
    """What does not exist yet cannot be looked behind; the gate's own names are its own wherever they stand."""
    assert world.bash("toolu_1", f"ln -s {world.user_home} x && echo x > x/.web4/off.json").exit_code == 2
    assert world.bash("toolu_2", "echo x > notes/.claude/settings.local.json").exit_code == 2
    assert world.bash("toolu_3", "cat notes/.web4/policy.json").exit_code == 0
