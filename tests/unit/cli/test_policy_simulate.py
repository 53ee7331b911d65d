"""`web4 policy simulate`: policies against recorded history (docs/spec/policy.md H1-H4)."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.told import POLICY, call_main, tell
from support.world import World
from web4_governance.app import demo, rows
from web4_governance.core.effects import Protected
from web4_governance.core.effects.tamper import own_command

if TYPE_CHECKING:
    from support.told import Said, Web4


FIXTURES = Path(__file__).parents[2] / "fixtures" / "claude-code"


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks has no policy of their own."""
    monkeypatch.setenv("HOME", str(tmp_path))


def simulate(home: object, *words: str) -> Said:
    return call_main("policy", "simulate", *words, "--home", str(home))


def file_of(tmp_path: Path, policy: dict[str, Any], name: str = "p.json") -> str:
    path = tmp_path / name
    path.write_text(json.dumps(policy))
    return str(path)


def changes(said: Said) -> dict[str, str]:
    return {row["what"]: row["change"] for row in said.rows}


def rule(match: dict[str, Any], decision: str, **more: Any) -> dict[str, Any]:
    return {"rules": [{"match": match, "decision": decision, **more}], "enforce": True}


def test_it_says_what_would_be_stopped_and_what_would_go_on(told: World, tmp_path: Path) -> None:
    """Each call by its id, with what was decided then and now."""
    policy = file_of(
        tmp_path,
        {
            "rules": [
                {"id": "out", "match": {"tools": ["WebFetch"]}, "decision": "ask"},
                {"id": "in", "match": {"tools": ["Read"]}, "decision": "warn"},
                {"id": "prod", "match": {"paths": ["config/prod/**"]}, "decision": "deny"},
            ]
        },
    )
    said = simulate(told.home, "--policy", policy, "--jsonl")
    assert said.code == 0
    found = {row["tool"]: (row["change"], row["now"], row["now_rules"]) for row in said.rows}
    assert found == {
        "Read": ("warned", "warn", ["in"]),
        "Bash": ("freed", "allow", []),
        "Write": ("denied", "deny", ["prod"]),
        "WebFetch": ("asked", "ask", ["out"]),
    }
    assert all(set(row) == set(rows.SIMULATED) for row in said.rows)
    assert len(simulate(told.home, "--policy", policy, "--jsonl", "--all").rows) == 8
    summed = simulate(told.home, "--policy", policy, "--json").json
    assert summed["calls"] == 8
    assert summed["days"] == 2
    assert summed["changes"] == {"denied": 1, "asked": 1, "warned": 1, "freed": 1, "missed": 0, "unknown": 0}
    assert summed["friction"] == {"policy": 1.0, "answered": 0.5}
    assert summed["decisions"] == {"allow": 5, "warn": 1, "ask": 1, "deny": 1}
    out = simulate(told.home, "--policy", policy).out
    assert "1 would be denied, and was not" in out
    assert "now ask by out" in out


def test_what_is_in_force_changes_nothing(told: World) -> None:
    """Without a policy named, that is what is asked about."""
    said = simulate(told.home)
    assert said.code == 0
    assert "would" not in said.out
    assert simulate(told.home, "--json").json["listed"] == []


def test_filters_choose_the_part_of_history(told: World) -> None:
    """By session, project and time; no call is no friction."""
    assert simulate(told.home, "--session", "bbbb", "--json").json["calls"] == 3
    assert simulate(told.home, "--project", "*/other", "--json").json["calls"] == 3
    later = simulate(told.home, "--since", "2026-11-20", "--until", "2026-11-22", "--json").json
    assert later["calls"] == 3
    nothing = simulate(told.home, "--since", "2036-01-01", "--json").json
    assert (nothing["calls"], nothing["friction"]["policy"]) == (0, 0.0)


@pytest.mark.parametrize("words", [["--preset", "no"], ["--policy", "none.json"], ["--session", "zzz"]])
def test_what_makes_no_sense_is_usage(told: World, words: list[str]) -> None:
    """Exit 3."""
    assert simulate(told.home, *words).code == 3


def test_without_a_ledger_nothing_can_be_told(tmp_path: Path) -> None:
    """Exit 1."""
    assert simulate(tmp_path / "none", "--preset", "safety").code == 1


REFUSED = "The user doesn't want to proceed with this tool use. The tool use was rejected"


def test_what_person_or_host_denied_and_the_policy_lets_go_is_missed(tmp_path: Path) -> None:
    """Of a call that we asked about, and of one that we let pass; what the gate denied and nobody else is freed."""
    world = World(
        tmp_path / "w",
        {
            "rules": [
                {"match": {"targetPatterns": ["make ship"]}, "decision": "ask"},
                {"match": {"targetPatterns": ["make wipe"]}, "decision": "deny", "reason": "r"},
            ],
            "enforce": True,
        },
    )
    for n, (command, answer) in enumerate(
        [
            ("make ship", REFUSED),
            ("make all", REFUSED),
            ("make wipe", "PreToolUse:Bash hook error"),
            ("make ship x", ""),
        ]
    ):
        world.bash(f"c{n}", command)
        if answer == REFUSED:
            world.feed("PermissionRequest", tool_name="Bash", tool_input={"command": command, "description": "d"})
        if answer:
            world.batch((f"c{n}", "Bash", {"command": command, "description": "d"}, answer))
        else:
            world.post(f"c{n}", "Bash", {"command": command, "description": "d"}, {"stdout": ""})
    policy = file_of(tmp_path, rule({"tools": ["*"]}, "allow"))
    found = {
        row["what"]: (row["change"], row["denied_by"])
        for row in simulate(world.home, "--policy", policy, "--jsonl").rows
    }
    assert found == {
        "make ship": ("missed", "person"),
        "make all": ("missed", "person"),
        "make wipe": ("freed", "gate"),
        "make ship x": ("freed", ""),
    }
    strict = file_of(tmp_path, rule({"tools": ["*"]}, "deny"), "q.json")
    assert changes(simulate(world.home, "--policy", strict, "--jsonl")) == {"make ship x": "denied"}
    asks = file_of(tmp_path, rule({"tools": ["*"]}, "ask"), "r.json")
    assert simulate(world.home, "--policy", asks, "--jsonl").rows == []


def test_limits_are_counted_along_the_whole_history(tmp_path: Path) -> None:
    """Also through calls that are not asked about: the third within the minute is over."""
    world = World(tmp_path / "w", {"rules": [{"match": {"tools": ["*"]}, "decision": "allow"}]})
    for n in range(4):
        world.bash(f"c{n}", f"echo {n}", session_id="one" if n < 2 else "two")
    policy = file_of(tmp_path, rule({"tools": ["Bash"], "rateLimit": {"max": 2, "per": "1m"}}, "deny"))
    assert changes(simulate(world.home, "--policy", policy, "--jsonl")) == {"echo 2": "denied", "echo 3": "denied"}
    assert len(simulate(world.home, "--policy", policy, "--jsonl", "--session", "two").rows) == 2
    brief = file_of(tmp_path, rule({"tools": ["Bash"], "rateLimit": {"max": 2, "per": "2s"}}, "deny"), "q.json")
    assert simulate(world.home, "--policy", brief, "--jsonl").rows == []


def test_what_nobody_looked_up_is_told(told: World, tmp_path: Path) -> None:
    """It is judged as the careful case."""
    policy = file_of(tmp_path, rule({"effects": ["file.delete"], "state": ["dirty", "production"]}, "warn"))
    found = [row for row in simulate(told.home, "--policy", policy, "--jsonl").rows if row["unknown"]]
    assert [row["what"] for row in found] == ["rm -rf build dist"]
    assert found[0]["unknown"] == ["the state of the repository", "whether the surroundings are production"]
    paths = file_of(tmp_path, rule({"paths": ["notes.txt"]}, "warn"), "q.json")
    other = World(tmp_path / "w", rule({"tools": ["Bash"]}, "allow"))
    other.pre("c1", "Read", {"file_path": str(other.project / "notes.txt")})
    (row,) = simulate(other.home, "--policy", paths, "--jsonl").rows
    assert (row["change"], row["unknown"]) == ("warned", ["where paths lead behind links"])
    assert "unknown: where paths lead" in simulate(other.home, "--policy", paths).out


def test_the_recorded_policy_decides_as_recorded(web4: Web4) -> None:
    """Every call of the ledger, exactly."""
    said = web4("policy", "simulate", "--recorded", "--json")
    assert said.code == 0
    assert said.json == {"calls": 8, "same": 8, "different": 0, "unknown": 0, "listed": []}
    listed = web4("policy", "simulate", "--recorded", "--all", "--jsonl").rows
    assert len(listed) == 8
    assert all(set(row) == set(rows.REPLAYED) for row in listed)
    assert "8 calls: 8 the same" in web4("policy", "simulate", "--recorded", "--all").out


@pytest.fixture
def edited(tmp_path: Path) -> World:
    """A told ledger of one's own."""
    world = World(tmp_path / "w", POLICY)
    tell(world)
    return world


def run_sql(world: World, statement: str) -> None:
    with sqlite3.connect(f"{world.home}/ledger.db") as database:
        database.execute(statement)
    database.close()


def test_what_is_erased_could_not_be_told(edited: World) -> None:
    """A call's facts, or the policy's text: exit 1, with the reason."""
    run_sql(
        edited,
        "DELETE FROM openings WHERE field = 'rules.facts' AND idx = (SELECT min(idx) FROM openings WHERE field = 'rules.facts')",
    )
    said = simulate(edited.home, "--recorded", "--json")
    assert (said.code, said.json["unknown"], said.json["same"]) == (1, 1, 7)
    assert "`rules.facts` is not kept, or was erased" in said.json["listed"][0]["why"]
    row = simulate(edited.home, "--preset", "safety", "--jsonl").rows[0]
    assert (row["change"], row["now"]) == ("unknown", "")
    assert "erased" in simulate(edited.home, "--preset", "safety").out
    run_sql(edited, "DELETE FROM openings WHERE field = 'rules.document'")
    said = simulate(edited.home, "--recorded", "--json")
    assert (said.code, said.json["unknown"]) == (1, 8)
    assert "the text of the policy" in said.json["listed"][0]["why"]
    assert simulate(edited.home, "--reparse", "--json").json["unknown"] == 8
    assert simulate(edited.home, "--reparse", "--preset", "safety", "--json").json["unknown"] == 1
    run_sql(edited, "DELETE FROM entries WHERE kind = 'policy'")
    assert "not in the ledger" in simulate(edited.home, "--recorded").out


def test_a_changed_deed_is_a_difference(edited: World) -> None:
    """Exit 2, and it says which."""
    run_sql(
        edited,
        "UPDATE openings SET value = replace(value, 'rm', 'ls') WHERE field LIKE 'request.deeds.%'",
    )
    said = simulate(edited.home, "--recorded", "--jsonl")
    assert said.code == 2
    assert [(row["what"], row["why"]) for row in said.rows] == [
        ("rm -rf build dist", "the decision was deny and is allow")
    ]
    assert "1 different" in simulate(edited.home, "--recorded").out


def test_a_policy_that_is_not_the_recorded_one_could_not_be_told(edited: World) -> None:
    """Its text must have the recorded digest, and be of these semantics."""
    run_sql(
        edited,
        "UPDATE openings SET value = replace(value, 'trees', 'woods') WHERE field = 'rules.document'",
    )
    said = simulate(edited.home, "--recorded")
    assert said.code == 1
    assert "not kept as it was judged by" in said.out
    run_sql(edited, "UPDATE openings SET value = CAST('7' AS BLOB) WHERE field = 'rules.document'")
    assert "other semantics" in simulate(edited.home, "--recorded").out


def test_text_is_read_again(edited: World) -> None:
    """With today's catalog: what came, what went, and what is decided now."""
    assert simulate(edited.home, "--reparse", "--json").json["same"] == 8
    run_sql(
        edited,
        "UPDATE openings SET value = replace(value, 'cat missing.txt', 'rm -rf missing.txt')"
        " WHERE field = 'request.input'",
    )
    said = simulate(edited.home, "--reparse", "--jsonl")
    assert said.code == 0
    (row,) = said.rows
    assert (row["sameness"], row["now"], row["why"]) == ("different", "deny", "allow becomes deny")
    assert [text.split()[0] for text in (*row["gone"], *row["new"])] == ["file.read", "file.delete"]
    assert "no longer file.read" in simulate(edited.home, "--reparse").out


def test_text_is_read_again_with_the_packs_of_the_policy(tmp_path: Path) -> None:
    """Those of the recorded policy, whatever became of the files since; those of another policy where that is asked for."""
    row = {"program": "teamdeploy", "source": "ours", "effects": [{"effect": "infra.destroy"}]}
    pack = {"family": "x", "programs": [{**row, "yes": {"teamdeploy": ["infra.destroy"]}, "no": {"ls": ["system"]}}]}
    world = World(tmp_path / "w", {"packs": ["./tools.json"], "defaultPolicy": "allow"})
    (world.home / "tools.json").write_text(json.dumps(pack))
    world.bash("c1", "teamdeploy now")
    (world.home / "tools.json").write_text(json.dumps(pack).replace("infra.destroy", "trace.erase"))
    assert simulate(world.home, "--reparse", "--json").json["same"] == 1
    file = str(world.home / "policy.json")
    (found,) = simulate(world.home, "--reparse", "--policy", file, "--jsonl").rows
    assert (found["gone"], found["new"]) == (["infra.destroy"], ["trace.erase"])
    assert "not asked: deeds are as recorded" in simulate(world.home, "--policy", file).out
    assert simulate(world.home, "--policy", file, "--json").json["packs"] == 1
    (found,) = simulate(world.home, "--reparse", "--preset", "safety", "--jsonl").rows
    assert (found["gone"], found["new"]) == (["infra.destroy"], [])


def test_redacted_text_could_not_be_told(tmp_path: Path) -> None:
    """Reading it again would read another text; its deeds are still judged as recorded."""
    world = World(tmp_path / "w", POLICY)
    world.bash("c1", "curl https://kim:hunter22secret@example.com/x")
    assert "secrets were taken out" in simulate(world.home, "--reparse").out
    assert simulate(world.home, "--recorded").code == 0
    row = simulate(world.home, "--preset", "safety", "--all", "--jsonl").rows[0]
    assert "secrets were taken out of what was recorded" in row["unknown"]


def test_a_difference_on_redacted_text_could_not_be_told(tmp_path: Path) -> None:
    """A rule that looked for the secret's own text cannot find it any more."""
    world = World(tmp_path / "w", rule({"targetRegexes": ["hunter22"]}, "deny", reason="r", instead="i"))
    world.bash("c1", "curl https://kim:hunter22secret@example.com/x")
    said = simulate(world.home, "--recorded")
    assert said.code == 1
    assert "secrets were taken out" in said.out


def test_the_whole_demo_is_decided_again_as_recorded(tmp_path: Path) -> None:
    """A session of a real client, through real hook processes."""
    stage = demo.build(str(tmp_path / "demo"))
    for _ in demo.play(stage):
        pass
    said = simulate(stage.home, "--recorded", "--json")
    assert said.code == 0
    assert said.json["calls"] == 9
    assert said.json["same"] == said.json["calls"]
    again = simulate(stage.home, "--reparse", "--json").json
    assert again["different"] == 0


def test_every_recorded_event_of_the_client_is_decided_again_as_recorded(tmp_path: Path) -> None:
    """As the client sends them, under the strictest preset."""
    world = World(tmp_path / "w", {"extends": ["strict"], "enforce": True})
    for path in sorted(FIXTURES.glob("*.json")):
        world.raw(path.read_bytes())
    said = simulate(world.home, "--recorded", "--json")
    assert said.code == 0
    assert said.json["calls"] == said.json["same"] > 10


def test_off_and_late_calls_are_decided_again_as_recorded(tmp_path: Path) -> None:
    """Their answer was allow, whatever was decided."""
    world = World(tmp_path / "w", POLICY)
    world.bash("c1", "rm -rf a")
    (world.home / "off.json").write_text(json.dumps({"until": world.now_us + 60_000_000, "since": world.now_us}))
    world.bash("c2", "rm -rf b")
    (world.home / "off.json").unlink()
    world.post("c3", "Bash", {"command": "rm -rf c"}, {"stdout": ""})
    said = simulate(world.home, "--recorded", "--json")
    assert (said.code, said.json["same"]) == (0, 3)


def test_an_agent_may_ask(told: World) -> None:
    """Reading commands are no tampering."""
    kept = Protected(paths=(str(told.home),))
    for verb in ("simulate", "diff", "suggest"):
        assert own_command(("web4", "policy", verb, "--recorded"), kept) == ""
    assert own_command(("web4", "policy", "use", "safety"), kept) != ""


def test_differences_are_told_by_what_differs(told: World, tmp_path: Path) -> None:
    """Answer, rules and single deeds, where the decision is the same."""
    home = tmp_path / "copy"
    shutil.copytree(told.home, home)
    with sqlite3.connect(f"{home}/ledger.db") as database:
        bodies = database.execute("SELECT idx, bytes FROM entries WHERE kind = 'intent' ORDER BY idx").fetchall()
        changed = [
            ('"answer":"deny"', '"answer":"warn"', "the answer was warn and is deny"),
            ('"matched":["no-rm"]', '"matched":["other"]', "the rules were other and are no-rm"),
            ('"decision":"deny","detail"', '"decision":"warn","detail"', "deed 0 was warn and is deny"),
        ]
        (idx, data) = next((idx, bytes(data)) for idx, data in bodies if b"no-rm" in bytes(data))
        whys = []
        for old, new, _ in changed:
            assert old.encode() in data
            database.execute(
                "UPDATE entries SET bytes = ? WHERE idx = ?", (data.replace(old.encode(), new.encode()), idx)
            )
            database.commit()
            whys += [row["why"] for row in simulate(home, "--recorded", "--jsonl").rows]
    database.close()
    assert whys == [why for *_, why in changed]
