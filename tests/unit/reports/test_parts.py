"""The parts of a report that need more than calls: people's acts, gaps, tokens, asked calls, and ledgers that a hand was in."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

from support.ledgers import BIRTH_US, Scribe
from support.told import POLICY, call_main, tell
from support.world import World
from web4_governance.core.record.entry import Index, Kind
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def report(home: object, *words: str) -> dict[str, Any]:
    said = call_main("report", "--home", str(home), "--since", "2026-11-01", "--json", "--verify", "none", *words)
    assert said.code == 0, said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def outcome(scribe: Scribe, call: str, leaf: str, message: str, *, output: int, agent: str = "") -> None:
    """An outcome with what the message that made the call cost."""
    resource: Any = {
        "message": message,
        "model": "m-1",
        "tokens": {"input_tokens": 10, "output_tokens": output, "cache_read_tokens": 3, "cache_write_tokens": 1},
    }
    role: Any = {"agent_id": "a", "agent_type": agent} if agent else {}
    body: Any = {
        "agent": "claude-code",
        "event": "PostToolUse",
        "role": role,
        "request": {"tool": "Read", "call": call},
        "reference": {"intent": leaf},
        "resource": resource,
        "result": {"status": "succeeded"},
    }
    index = Index(call=call, tool="Read", status="succeeded", agent_id="a" if agent else "", agent_type=agent)
    scribe.append(Kind.OUTCOME, body, scribe.keeper(), index)


def test_tokens_of_a_message_are_counted_once(tmp_path: Path) -> None:
    """Two calls of one message repeat its tokens; the last count of it is the one that holds."""
    home = str(tmp_path / "home")
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        for call, message, output in (("a", "m-1", 5), ("b", "m-1", 7), ("c", "m-2", 20)):
            outcome(scribe, call, scribe.intent(call), message, output=output)
        outcome(scribe, "d", scribe.intent("d", agent_id="a", agent_type="Explore"), "m-3", output=1, agent="Explore")
        writer.commit()
    rows = report(home)["usage"]["tokens"]
    counts = ("agent", "model", "messages", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    assert [tuple(row[name] for name in counts) for row in rows] == [
        ("main", "m-1", 2, 20, 27, 6, 2),
        ("Explore", "m-1", 1, 10, 1, 3, 1),
    ]


def test_what_sessions_cost_is_the_hosts_own_count(tmp_path: Path) -> None:
    """Of a session that ended twice, what it came to in the end."""
    home = str(tmp_path / "home")
    with open_writer(home, deadline=None) as writer:
        for session, micro in (("one", 250_000), ("one", 400_000), ("two", 1_000_001)):
            scribe = Scribe(writer, session=session)
            body: Any = {
                "agent": "claude-code",
                "detail": "end",
                "resource": {"cost_micro_usd": micro, "measured": True},
            }
            scribe.append(Kind.SESSION, body, scribe.keeper())
        writer.commit()
    found = report(home)["usage"]
    assert found["costs"] == [{"session": "two", "micro_usd": 1_000_001}, {"session": "one", "micro_usd": 400_000}]
    assert (found["micro_usd"], found["sessions_with_cost"]) == (1_400_001, 2)
    assert (
        "1.400001 USD"
        in call_main("report", "--home", home, "--since", "2026-11-01", "--verify", "none", "--format", "md").out
    )


def test_what_people_did_is_listed_with_who_and_why(tmp_path: Path) -> None:
    """A grant, a verdict, and the gate switched off and on."""
    world = World(tmp_path, POLICY)
    tell(world)
    home = str(world.home)
    denied = str(call_main("log", "--decision", "deny", "--json", "--home", home).json[0]["idx"])
    for words in (
        ("policy", "grant", denied, "--why", "the build is stale"),
        ("trust", "label", denied, "--bad", "--why", "it was not asked for"),
        ("off", "--for", "1m"),
        ("off", "--on"),
    ):
        said = call_main(*words, "--home", home)
        assert said.code == 0, f"{words}: {said.err}"
    doc = report(home)
    assert [(act["kind"], act["event"], act["why"]) for act in doc["people"]] == [
        ("grant", "grant", "the build is stale"),
        ("label", "label", "it was not asked for"),
        ("event", "off", None),
        ("event", "on", None),
    ]
    assert doc["people"][0]["what"] == f"let through 1 calls for call #{denied}"
    assert doc["population"]["switches"] == {"off": 1, "on": 1}


def test_a_change_of_policy_is_listed_and_what_did_not_load(tmp_path: Path) -> None:
    """With its digest, its layers, and the one in force before the period."""
    world = World(tmp_path, POLICY)
    world.bash("toolu_1", "ls")
    world.policy({**POLICY, "enforce": False})
    world.bash("toolu_2", "ls")
    (world.home / "policy.json").write_text("{")
    world.bash("toolu_3", "ls")
    changes = report(world.home)["policies"]["changes"]
    assert [(one["mode"], one["did_not_load"]) for one in changes] == [
        ("enforce", False),
        ("dry-run", False),
        ("dry-run", True),
    ]
    assert changes[0]["policy"] != changes[1]["policy"] == changes[2]["policy"]
    assert changes[0]["sources"] == [["user", str(world.home / "policy.json")]]
    assert changes[2]["broken"]
    assert [row["mode"] for row in report(world.home)["population"]["judged"]] == ["dry-run", "enforce"]


def test_signs_of_what_is_missing_are_counted(tmp_path: Path) -> None:
    """Late calls, gaps with their reason, open calls, and an entry whose time lies outside its place."""
    home = str(tmp_path / "home")
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        scribe.call("one", late=True)
        scribe.intent("open")
        apart = Scribe(writer, session="apart", start_us=1)
        apart.intent("long-ago")
        scribe.append(Kind.GAP, {"agent": "claude-code", "gap": {"why": "unreadable-event"}}, scribe.keeper())
        keep = scribe.keeper()
        gap: Any = {"why": "unseen", "tool": "Bash", "said": keep.commit("gap.said", "the transcript has it")}
        own = Scribe(writer, session="-", start_us=BIRTH_US)
        own.append(Kind.GAP, {"agent": "web4", "gap": gap}, keep)
        writer.commit()
    found = report(home)["population"]
    assert (found["late"], found["unclosed"], found["gap_entries"], found["out_of_order"]) == (1, 1, 2, 1)
    assert [(gap["why"], gap["tool"], gap["text"]) for gap in found["gaps"]] == [
        ("unseen", "Bash", "the transcript has it")
    ]
    assert found["broken_chains"] == 0
    with sqlite3.connect(f"{home}/ledger.db") as database:
        database.execute("DELETE FROM entries WHERE idx = 2")
    database.close()
    assert report(home)["population"]["broken_chains"] == 1


def test_what_came_of_asking_is_counted(tmp_path: Path) -> None:
    """By how the call ended."""
    home = str(tmp_path / "home")
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        ends: tuple[tuple[str, Any], ...] = (
            ("succeeded", {"authorised_by": {"by": "person"}}),
            ("denied", {"denied_by": "person"}),
            ("succeeded", {}),
        )
        for n, (status, extra) in enumerate(ends):
            leaf = scribe.intent(f"c{n}", decision="ask")
            scribe.outcome(f"c{n}", leaf, status=status, result=extra)
        scribe.intent("open", decision="ask")
        writer.commit()
    rows = report(home)["decisions"]["asked"]
    assert {(row["status"], row["let_through_by"], row["denied_by"], row["calls"]) for row in rows} == {
        ("succeeded", "person", "", 1),
        ("denied", "", "person", 1),
        ("succeeded", "", "", 1),
        ("unclosed", "", "", 1),
    }


def test_a_hand_in_the_bytes_breaks_no_report(tmp_path: Path) -> None:
    """What is no entry says nothing; the verdict says that it is none."""
    world = World(tmp_path, POLICY)
    tell(world)
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute("UPDATE entries SET bytes = x'7b' WHERE kind = 'outcome'")
    database.close()
    doc = report(world.home, "--verify", "all")
    assert doc["verification"]["verdict"] == "TAMPERED"
    assert doc["population"]["calls"] == 8


def test_a_list_that_is_cut_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the whole number; counts are of everything."""
    from web4_governance.app.reports import touched  # noqa: PLC0415

    monkeypatch.setattr(touched, "MOST_TARGETS", 2)
    world = World(tmp_path, POLICY)
    tell(world)
    doc = report(world.home)
    assert len(doc["files"]["targets"]) == 2
    assert doc["files"]["in_all"] > 2
    page = call_main(
        "report", "--home", str(world.home), "--since", "2026-11-01", "--verify", "none", "--format", "md"
    ).out
    assert f"2 of {doc['files']['in_all']} are listed" in page


def test_a_list_of_files_has_no_branches_and_no_hosts(tmp_path: Path) -> None:
    """What was neither read nor written nor deleted is a target of another kind, and stands apart."""
    world = World(tmp_path, POLICY)
    world.pre("toolu_1", "Read", {"file_path": str(world.project / "notes.txt")})
    world.bash("toolu_2", "git push origin feature-x")
    said = call_main("report", "--home", str(world.home), "--since", "2026-11-01", "--format", "md", "--verify", "none")
    files, others = said.out.split("### Files, the most touched first")[1].split("### Other targets")
    assert "notes.txt" in files
    assert "feature-x" not in files
    assert "feature-x" in others.split("\n## ")[0]
