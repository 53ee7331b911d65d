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
    assert "1 of 9 used" in grant(world, "--list").out


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
        (("c1", "--rule", "no-rm"), "say one of"),
        (("c1",), "a grant has a reason"),
        (("c1", "--why", " "), "a grant has a reason"),
        (("c1", "--why", "w", "--for", "31d"), "no time for a grant"),
        (("c1", "--why", "w", "--for", "soon"), "no time for a grant"),
        (("c1", "--why", "w", "--count", "0"), "no number"),
        (("c2", "--why", "w"), "asks or denies"),
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
