"""`web4 policy grant`: what it lifts, for which calls, for how long, and what it never lifts."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import World
from web4_governance.app import off
from web4_governance.app.verify import verify_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Said

RULES = [
    {"id": "no-rm", "match": {"targetPatterns": ["rm -rf"]}, "decision": "deny", "instead": "move it away"},
    {"id": "ask-tmp", "match": {"paths": ["/tmp/**"], "effects": ["file.delete"]}, "decision": "ask"},
]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A home whose policy binds, and a command line whose clock is its."""
    world = World(tmp_path, {"rules": RULES, "enforce": True})
    monkeypatch.setattr("web4_governance.cli.policy_grant.now_us", lambda: world.now_us)
    monkeypatch.setattr("web4_governance.app.context.ORGANISATION", str(world.organisation))
    monkeypatch.chdir(world.project)
    return world


def grant(world: World, *words: str) -> Said:
    return call_main("policy", "grant", *words, "--home", str(world.home))


def rows(world: World) -> list[dict[str, Any]]:
    return grant(world, "--list", "--jsonl").rows


def test_a_grant_for_a_call_lets_that_action_through_once(world: World) -> None:
    """All that stopped it is lifted, for the very action, in any session; the record says by which grant and which rule."""
    assert world.bash("c1", "rm -rf /tmp/x").exit_code == 2
    said = grant(world, "c1", "--why", "it is mine")
    assert said.code == 0, said.err
    assert "no-rm, ask-tmp" in said.out
    assert world.bash("c2", "rm -rf /tmp/y").exit_code == 2
    assert world.bash("c3", "rm -rf /tmp/x", session_id="other").exit_code == 0
    assert world.bash("c4", "rm -rf /tmp/x").exit_code == 2
    entry = world.entries("grant")[0]
    (row,) = rows(world)
    assert (row["state"], row["used"], row["count"], row["why"]) == ("used up", 1, 1, "it is mine")
    assert row["who"]
    assert "it is mine" not in str(entry)
    rules = world.entries("intent")[2]["rules"]
    assert (rules["decision"], rules["answer"]) == ("allow", "allow")
    assert {tuple(pair) for pair in rules["granted"]} == {(row["id"], "no-rm"), (row["id"], "ask-tmp")}
    why = call_main("why", "c3", "--json", "--home", str(world.home)).json
    assert any("lifted by the grant" in reason for reason in why["reasons"])
    assert why["advice"] == ""


def test_what_a_grant_let_through_replays(world: World) -> None:
    """Recorded deeds, facts and grants give the recorded decision, and the ledger verifies."""
    world.bash("c1", "rm -rf x")
    grant(world, "c1", "--why", "w")
    world.bash("c2", "rm -rf x")
    assert call_main("policy", "simulate", "--recorded", "--home", str(world.home)).code == 0
    assert call_main("verify", "--home", str(world.home)).code == 0


def test_a_second_delivery_hears_what_the_first_did(world: World) -> None:
    """Two installed forms deliver a call twice; the grant is taken once and holds for both, as a limit's last place does."""
    world.bash("c1", "rm -rf x")
    grant(world, "c1", "--why", "w")
    assert [world.bash("c2", "rm -rf x", context={"via": via}).exit_code for via in ("user", "plugin")] == [0, 0]
    assert world.bash("c3", "rm -rf x").exit_code == 2
    world.policy(
        {
            "rules": [{"match": {"tools": ["Bash"], "rateLimit": {"max": 1, "per": "1h"}}, "decision": "deny"}],
            "enforce": True,
        }
    )
    assert [world.bash("c4", "ls", context={"via": via}).exit_code for via in ("user", "plugin")] == [0, 0]
    assert world.bash("c5", "ls").exit_code == 2


def test_a_grant_for_a_rule_holds_for_a_session_and_a_time(world: World) -> None:
    """Not in another session, not when its time is over."""
    world.bash("c1", "ls", session_id="mine")
    assert grant(world, "--rule", "no-rm", "--session", "mine", "--count", "9", "--for", "10m", "--why", "w").code == 0
    assert world.bash("c2", "rm -rf a").exit_code == 2
    assert world.bash("c3", "rm -rf a", session_id="mine").exit_code == 0
    world.now_us += 600_000_000
    assert world.bash("c4", "rm -rf a", session_id="mine").exit_code == 2
    assert [row["state"] for row in rows(world)] == ["over"]
    assert "used   1 of 9" in grant(world, "--list").out


def test_a_grant_lifts_the_rule_as_it_was(world: World) -> None:
    """A rule of the same name that was changed since is another rule."""
    world.bash("c1", "rm -rf a")
    grant(world, "--rule", "no-rm", "--count", "5", "--why", "w")
    assert world.bash("c2", "rm -rf a").exit_code == 0
    world.policy({"rules": [{**RULES[0], "reason": "changed"}], "enforce": True})
    assert world.bash("c3", "rm -rf a").exit_code == 2


def test_a_default_can_be_lifted(world: World) -> None:
    """What no rule speaks of, and the default denies."""
    world.policy({"defaultPolicy": "deny", "enforce": True})
    assert world.bash("c1", "ls").exit_code == 2
    assert grant(world, "c1", "--why", "w").code == 0
    assert world.bash("c2", "ls").exit_code == 0


def test_a_call_that_is_stopped_by_another_rule_takes_nothing(world: World) -> None:
    """A grant is used up by a call that went on."""
    world.bash("c1", "ls")
    grant(world, "--rule", "no-rm", "--why", "w")
    assert world.bash("c2", "rm -rf ~/.web4").exit_code == 2
    assert [row["used"] for row in rows(world)] == [0]


def test_a_grant_is_taken_back(world: World) -> None:
    """From the next call on."""
    world.bash("c1", "rm -rf a")
    grant(world, "c1", "--count", "3", "--why", "w")
    name = rows(world)[0]["id"][:8]
    assert grant(world, "--revoke", name, "--why", "a mistake").code == 0
    assert world.bash("c2", "rm -rf a").exit_code == 2
    assert rows(world) == []
    assert "nothing is granted" in grant(world, "--list").err
    assert grant(world, "--revoke", name, "--why", "again").code == 3


def test_what_is_not_the_persons_is_not_lifted(world: World) -> None:
    """The core's word and the organisation's rules stay, except those that it calls overridable."""
    said: list[dict[str, Any]] = [{"id": "org", "match": {"targetPatterns": ["mkfs"]}, "decision": "deny"}]
    said += [{"id": "soft", "match": {"targetPatterns": ["shred"]}, "decision": "deny", "overridable": True}]
    (world.organisation / "policy.json").write_text(json.dumps({"rules": said, "enforce": True}))
    world.bash("c1", "rm -rf ~/.web4")
    world.bash("c2", "mkfs /dev/sda")
    world.bash("c3", "shred a")
    assert "no grant lifts it" in grant(world, "c1", "--why", "w").err
    assert "the organisation's" in grant(world, "c2", "--why", "w").err
    assert grant(world, "c3", "--why", "w").code == 0
    assert world.bash("c4", "shred a").exit_code == 0


def test_nothing_is_taken_while_the_gate_is_off(world: World) -> None:
    """Then the call goes on by the person's own `off`."""
    world.bash("c1", "rm -rf a")
    grant(world, "c1", "--why", "w")
    off.switch_off(str(world.home), until_us=world.now_us + 60_000_000)
    assert world.bash("c2", "rm -rf a").exit_code == 0
    assert [row["used"] for row in rows(world)] == [0]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "say one of"),
        (("c1", "--target", "x", "--why", "w"), "say one of"),
        (("--target", "**", "--why", "w"), "is everything"),
        (("--target", "./", "--why", "w"), "is everything"),
        (("--target", "a[", "--why", "w"), "is no target"),
        (("--target", "a", "--rule", "nothing", "--why", "w"), "asks or denies"),
        (("c1", "--rule", "no-rm"), "say one of"),
        (("c1",), "a grant has a reason"),
        (("c1", "--why", " "), "a grant has a reason"),
        (("c1", "--why", "w", "--for", "31d"), "no time for a grant"),
        (("c1", "--why", "w", "--for", "soon"), "no time for a grant"),
        (("c1", "--why", "w", "--count", "0"), "no number"),
        (("c2", "--why", "w"), "nothing stopped that call"),
        (("--rule", "nothing", "--why", "w"), "asks or denies"),
        (("c9", "--why", "w"), "c9"),
    ],
)
def test_a_grant_that_makes_no_sense_is_refused(world: World, words: tuple[str, ...], says: str) -> None:
    """With exit code 3, one line why, and nothing is recorded."""
    world.bash("c1", "rm -rf a")
    world.bash("c2", "ls")
    said = grant(world, *words)
    assert (said.code, says in said.err) == (3, True), said.err
    assert world.entries("grant") == []


def test_an_agent_cannot_grant_itself(world: World) -> None:
    """`grant` is a changing command, by any spelling."""
    for n, command in enumerate(
        ["web4 policy grant c1 --why w", "python3 -m web4_governance policy grant --rule no-rm"]
    ):
        assert world.bash(f"c{n}", command).exit_code == 2
        assert world.entries("intent")[-1]["rules"]["matched"] == ["core/self-tamper"]


def test_a_retry_in_other_words_does_the_same(world: World) -> None:
    """What the command is described as, and how long it may take, is no part of what it does; how it runs is."""
    assert world.pre("c1", "Bash", {"command": "rm -rf a", "description": "old"}).exit_code == 2
    grant(world, "c1", "--count", "9", "--why", "w")
    again = {"command": "rm -rf a", "description": "clean up", "timeout": 5000}
    assert world.pre("c2", "Bash", again).exit_code == 0
    assert world.pre("c3", "Bash", {"command": "rm -rf a", "run_in_background": True}).exit_code == 2
    assert world.pre("c4", "Bash", {"command": "rm -rf a b", "description": "old"}).exit_code == 2
    assert [row["used"] for row in rows(world)] == [1]


def test_another_tool_does_something_else(world: World) -> None:
    """Even with the same input, under the same rule."""
    both = {"match": {"tools": ["Bash", "mcp__x__run"]}, "decision": "deny"}
    world.policy({"rules": [both], "enforce": True})
    world.pre("c1", "Bash", {"command": "ls", "description": "a"})
    grant(world, "c1", "--why", "w")
    assert world.pre("c2", "mcp__x__run", {"command": "ls"}).exit_code == 2
    assert world.pre("c3", "Bash", {"command": "ls"}).exit_code == 0


def test_a_record_without_its_input_is_granted_as_it_was(world: World) -> None:
    """Where no text is kept, only the very same input is known again."""
    world.policy({"defaultPolicy": "deny", "enforce": True})
    (world.home / "config.toml").write_text('privacy = "metadata"\n')
    said = [{"command": "ls", "description": words} for words in ("old", "new")]
    world.pre("c1", "Bash", said[0])
    assert grant(world, "c1", "--count", "2", "--why", "w").code == 0
    assert world.openings("request.input") == []
    assert [world.pre(f"d{n}", "Bash", one).exit_code for n, one in enumerate(said)] == [0, 2]


def test_a_grant_for_a_target_lifts_what_is_done_to_it_alone(world: World) -> None:
    """All rules of the person's own, for the deeds on these paths; another deed of the same call stays stopped."""
    world.bash("c0", "ls")
    said = grant(world, "--target", "./build/**", "--for", "10m", "--why", "w")
    assert "for     every call, on ./build/**" in said.out
    assert world.bash("c1", "rm -rf build/x").exit_code == 0
    assert world.bash("c2", "cd build && rm -rf y").exit_code == 0
    assert world.bash("c3", "rm -rf build/x src").exit_code == 2
    assert world.bash("c4", "rm -rf build/../src").exit_code == 2
    assert world.bash("c5", "rm -rf build/$X").exit_code == 2
    assert world.bash("c6", "rm -rf build/*").exit_code == 2
    (row,) = rows(world)
    assert (row["targets"], row["used"], row["lifts"]) == (["./build/**"], 2, ["*"])
    assert world.entries("grant")[0]["grant"]["targets"] == ["./build/**"]
    assert "whatever you may lift" in grant(world, "--list").out
    assert call_main("policy", "simulate", "--recorded", "--home", str(world.home)).code == 0
    world.now_us += 600_000_000
    assert world.bash("c7", "rm -rf build/x").exit_code == 2


def test_a_target_is_what_lies_behind_a_link(world: World) -> None:
    """A link in the directory that leads out of it is no part of it."""
    (world.project / "build").mkdir()
    (world.project / "build" / "out").symlink_to(world.user_home)
    world.bash("c0", "ls")
    grant(world, "--target", "./build/**", "--for", "10m", "--why", "w")
    assert world.bash("c1", "rm -rf build/out/x").exit_code == 2
    assert world.bash("c2", "rm -rf build/in").exit_code == 0


def test_a_grant_for_a_rule_and_a_target_lifts_only_that_rule(world: World) -> None:
    """Another rule that speaks of the same deed stays."""
    world.bash("c0", "ls")
    grant(world, "--rule", "no-rm", "--target", "/tmp/x", "--target", "a", "--count", "3", "--why", "w")
    assert b"permissionDecision" in world.bash("c1", "rm -rf /tmp/x").stdout  # ask-tmp still asks
    assert world.bash("c2", "rm -rf a").exit_code == 0
    assert world.bash("c3", "rm -rf b").exit_code == 2
    assert next(row["lifts"] for row in rows(world))[0].startswith("user/no-rm@")


def test_a_grant_for_a_host_or_a_name(world: World) -> None:
    """What is no path is a name: a host without its port, or the resource as the command calls it."""
    net = {"id": "no-net", "match": {"effects": ["net.*", "db.drop"]}, "decision": "deny"}
    world.policy({"rules": [net], "enforce": True})
    world.bash("c0", "ls")
    for n, (target, granted, other) in enumerate(
        [
            ("*.example.org", "curl https://a.example.org/x", "curl https://a.example.com/x"),
            ("scratch", 'psql -d app -c "DROP TABLE scratch"', 'psql -d app -c "DROP TABLE users"'),
        ]
    ):
        assert world.bash(f"a{n}", granted).exit_code == 2
        assert grant(world, "--target", target, "--for", "1h", "--why", "w").code == 0
        assert (world.bash(f"b{n}", granted).exit_code, world.bash(f"c{n}", other).exit_code) == (0, 2)


def test_a_grant_for_a_target_lifts_neither_the_core_nor_what_is_not_the_persons(world: World) -> None:
    """By any of its forms; nor does it reach a project's rule."""
    said = [{"id": "org", "match": {"targetPatterns": ["shred"]}, "decision": "deny"}]
    (world.organisation / "policy.json").write_text(json.dumps({"rules": said, "enforce": True}))
    world.bash("c0", "ls")
    for target in (str(world.home) + "/**", "~/.web4/**", "a"):
        assert grant(world, "--target", target, "--for", "1h", "--why", "w").code == 0
    assert world.bash("c1", f"rm -rf {world.home}/ledger.db").exit_code == 2
    assert world.entries("intent")[-1]["rules"]["matched"][0] == "core/self-tamper"
    assert world.bash("c2", "shred a").exit_code == 2
    assert world.bash("c3", "rm -rf a").exit_code == 0


def test_for_a_time_alone_is_for_every_call_in_it(world: World) -> None:
    """Neither said: once. A count alone: within the hour. A time alone: as often as it is needed."""
    world.bash("c1", "rm -rf a")
    grant(world, "c1", "--for", "10m", "--why", "w")
    assert [world.bash(f"d{n}", "rm -rf a").exit_code for n in range(4)] == [0, 0, 0, 0]
    grant(world, "c1", "--once", "--for", "10m", "--why", "w")
    assert [row["count"] for row in rows(world)] == [10_000, 1]


def test_a_denial_names_the_persons_command_where_a_grant_could_lift_it(world: World) -> None:
    """And not where the gate protects itself, nor where the call's id could not be typed."""
    assert b"`web4 policy grant toolu_x --once --why TEXT`" in world.bash("toolu_x", "rm -rf build").stderr
    assert b"policy grant" not in world.bash("x; rm -rf ~", "rm -rf build").stderr
    assert b"policy grant" not in world.bash("toolu_y", f"rm -rf {world.home}").stderr


@pytest.mark.parametrize("statement", ["DELETE FROM limits", "UPDATE limits SET key = key || '0'"])
def test_a_use_that_was_taken_out_of_the_database_is_found(world: World, statement: str) -> None:
    """A grant for one call would hold again."""
    world.bash("a", "rm -rf build")
    assert grant(world, "a", "--once", "--why", "stale").code == 0
    assert world.bash("b", "rm -rf build").exit_code == 0
    assert verify_ledger(str(world.home)).findings == ()
    with sqlite3.connect(world.home / "ledger.db") as database:
        assert database.execute(statement).rowcount == 1
    database.close()
    assert [found.step for found in verify_ledger(str(world.home)).findings] == [10]


def test_a_call_that_was_denied_after_all_gives_its_place_back(world: World) -> None:
    """The host's own no: the call never ran. One that failed ran, and keeps its place."""
    fetch = {"url": "https://example.org", "prompt": "p"}
    limit = {"match": {"tools": ["WebFetch"], "rateLimit": {"max": 2, "per": "1h"}}, "decision": "deny"}
    world.policy({"rules": [limit], "enforce": True})
    assert [world.pre(call, "WebFetch", fetch).exit_code for call in ("a", "b")] == [0, 0]
    world.feed("PermissionDenied", tool_use_id="a", tool_name="WebFetch", tool_input=fetch)
    world.feed("PostToolUseFailure", tool_use_id="b", tool_name="WebFetch", tool_input=fetch, error="500")
    assert [world.pre(call, "WebFetch", fetch).exit_code for call in ("c", "d")] == [0, 2]
    assert verify_ledger(str(world.home)).findings == ()
