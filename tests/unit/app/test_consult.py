"""Rules by trust on real history, through the use case that hooks run: closed, opened, closed again, and judged again."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import World
from web4_governance.app import consult, policy_eval, trust
from web4_governance.core.errors import CanonicalError
from web4_governance.core.evidence.fold import VERSION
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

CORE: dict[str, Any] = {
    "rules": [
        {
            "id": "core-files",
            "match": {"paths": ["src/core/**"], "effects": ["file.write"]},
            "except": {"trust": {"consistency": "> 0.8"}},
            "decision": "deny",
        }
    ],
    "defaultPolicy": "allow",
    "enforce": True,
}
AGENT = "agent:claude-code/main/unknown"


class Agent:
    """Writes files, and hears whether it may."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.calls = 0

    def write(self, path: str, *, works: bool = True, **fields: Any) -> bool:
        self.calls += 1
        call, given = f"toolu_{self.calls}", {"file_path": str(self.world.project / path), "content": str(self.calls)}
        if self.world.pre(call, "Write", given, **fields).exit_code:
            return False
        if works:
            self.world.post(call, "Write", given, {"filePath": given["file_path"], "content": given["content"]})
        else:
            shown: dict[str, Any] = {"tool_use_id": call, "tool_name": "Write", "tool_input": given}
            self.world.feed("PostToolUseFailure", **shown, error="Error: the disk is full", **fields)
        return True

    def asked(self) -> dict[str, Any]:
        found: dict[str, Any] = self.world.entries("intent")[-1]["role"]["trust"]
        return found


@pytest.fixture
def agent(tmp_path: Path) -> Agent:
    return Agent(World(tmp_path, CORE))


def earn(agent: Agent, count: int = 16) -> None:
    for n in range(count):
        assert agent.write(f"src/other/{agent.calls}-{n}.py")


def test_a_gate_by_trust_opens_with_history_and_not_before(agent: Agent) -> None:
    """From an empty ledger; elsewhere the agent may work all along, and that is where it earns it."""
    assert not agent.write("src/core/a.py")
    assert agent.asked() == {
        "size": 0,
        "version": VERSION,
        "bounds": [["agent", AGENT, "file_write", "consistency", None, None]],
    }
    earn(agent, 8)
    assert not agent.write("src/core/a.py")
    earn(agent)
    assert agent.write("src/core/a.py")
    assert agent.asked()["bounds"][0][4] > 800


def test_it_closes_again_when_the_agent_goes_on_retrying_what_fails(agent: Agent) -> None:
    """The same call after a failure, with nothing changed, is what consistency counts against."""
    earn(agent, 20)
    assert agent.write("src/core/a.py")
    given = {"file_path": str(agent.world.project / "src/other/same.py"), "content": "same"}
    for n in range(12):
        agent.world.pre(f"retry_{n}", "Write", given)
        shown: dict[str, Any] = {"tool_use_id": f"retry_{n}", "tool_name": "Write", "tool_input": given}
        agent.world.feed("PostToolUseFailure", **shown, error="Error: no")
    assert not agent.write("src/core/b.py")


def test_a_new_model_starts_with_nothing(agent: Agent) -> None:
    """Its predecessor's trust is not its own."""
    earn(agent)
    assert agent.write("src/core/a.py")
    agent.world.feed("SessionStart", source="startup", model="another-model")
    assert not agent.write("src/core/b.py")
    assert agent.asked()["bounds"][0][1] == "agent:claude-code/main/another-model"


def test_a_subagent_is_asked_for_itself(agent: Agent) -> None:
    """By its own definition, and not by its parent's trust."""
    earn(agent)
    assert not agent.write("src/core/a.py", agent_id="a1", agent_type="Explore")
    assert agent.asked()["bounds"][0][1] == "agent:claude-code/Explore/unknown"


def test_a_second_delivery_is_judged_by_what_the_first_was(agent: Agent) -> None:
    """Whatever happened in between."""
    earn(agent)
    given = {"file_path": str(agent.world.project / "src/core/a.py"), "content": "x"}
    assert agent.world.pre("twice", "Write", given).exit_code == 0
    for n in range(30):
        shown: dict[str, Any] = {"tool_use_id": f"f{n}", "tool_name": "Write", "tool_input": given}
        agent.world.feed("PostToolUseFailure", **shown, error="Error: no")
    assert agent.world.pre("twice", "Write", given).exit_code == 0
    assert agent.world.pre("thrice", "Write", given).exit_code == 2


def test_recorded_calls_are_judged_again_as_they_were(agent: Agent) -> None:
    """By the trust in their records, and not by what it is now."""
    agent.write("src/core/a.py")
    earn(agent)
    agent.write("src/core/a.py")
    said = call_main("policy", "simulate", "--recorded", "--json", "--home", str(agent.world.home))
    assert said.code == 0, said.err
    assert '"different": 0' in said.out or "different" not in said.out


def test_a_row_that_a_hand_has_spoilt_opens_nothing_and_is_made_anew(agent: Agent) -> None:
    """Read for the call itself, it makes everybody unknown; the next call reads the entries again."""
    earn(agent)
    with open_writer(str(agent.world.home), deadline=None) as writer:
        trust.catch_up(writer)
        writer.commit()
    with sqlite3.connect(agent.world.home / "ledger.db") as database:
        database.execute("UPDATE trust SET value = 'consistency=much' WHERE key LIKE 't/%'")
    assert not agent.write("src/core/a.py")
    assert agent.asked()["behind"] is True
    assert agent.write("src/core/b.py")
    assert check(agent)["wrong"] == []


def check(agent: Agent) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(call_main("trust", "--check", "--json", "--home", str(agent.world.home)).out)
    return found


def test_what_calls_were_judged_by_is_compared_with_what_the_entries_give(agent: Agent) -> None:
    """A bound that was not earned stands out, whoever wrote it."""
    agent.write("src/core/a.py")
    earn(agent)
    agent.write("src/core/a.py")
    assert (check(agent)["calls"], check(agent)["misjudged"], check(agent)["wrong"]) == (18, [], [])
    said = call_main("trust", "--check", "--home", str(agent.world.home))
    assert (said.code, "all 18 calls" in said.out) == (0, True)
    with sqlite3.connect(agent.world.home / "ledger.db") as database:
        change = "replace(CAST(bytes AS TEXT), '\"consistency\",null,null', '\"consistency\",900,990')"
        database.execute(f"UPDATE entries SET bytes = CAST({change} AS BLOB)")
    said = call_main("trust", "--check", "--home", str(agent.world.home))
    assert (said.code, "2 of 18 calls were judged by other bounds" in said.out) == (2, True)


def test_why_says_what_was_known_of_whom(agent: Agent) -> None:
    """With the entry up to which it was read."""
    agent.write("src/core/a.py")
    earn(agent)
    agent.write("src/core/a.py")
    first, last = (call_main("why", call, "--home", str(agent.world.home)).out for call in ("toolu_1", "toolu_18"))
    assert f"{AGENT} in file_write: consistency unknown" in first
    assert "as of the first 0 entries" in first
    assert f"{AGENT} in file_write: consistency between 0.8" in last
    assert json.loads(call_main("why", "toolu_18", "--json", "--home", str(agent.world.home)).out)["trust"]["bounds"]


def test_while_the_fold_is_behind_everybody_is_unknown(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long ledger opens no gate before it is read, and the next calls go on where this one stopped."""
    earn(agent)
    with sqlite3.connect(agent.world.home / "ledger.db") as database:
        database.execute("DELETE FROM trust")
        database.execute("DELETE FROM trusted")
    monkeypatch.setattr(consult, "AT_ONCE", 15)
    assert not agent.write("src/core/a.py")
    assert agent.asked()["behind"] is True
    assert agent.asked()["size"] == 15
    assert not agent.write("src/core/a.py")
    assert agent.write("src/core/b.py")


def test_a_policy_that_does_not_ask_reads_no_trust(tmp_path: Path) -> None:
    """And its records say of none."""
    agent = Agent(World(tmp_path, {"defaultPolicy": "allow"}))
    assert agent.write("src/a.py")
    role = agent.world.entries("intent")[-1]["role"]
    assert role["entities"] == {"agent": AGENT}
    assert "trust" not in role


def test_what_is_judged_by_hand_may_say_how_far_somebody_is_trusted() -> None:
    """`web4 policy eval` and tests of policies: a number or `unknown`, by dimension."""
    line = {"tool": "Write", "input": {"file_path": "/workspace/project/src/core/a.py", "content": "x"}}
    for said, known in (({"consistency": 0.9}, (900, 900)), ({"consistency": "unknown"}, None)):
        asked = policy_eval.parse(json.dumps({**line, "facts": {"trust": said}}).encode())
        assert asked.facts.trust == {("", "", "consistency"): known}
    for wrong in ({"speed": 0.5}, {"consistency": 7}, {"consistency": "much"}):
        with pytest.raises(CanonicalError):
            policy_eval.parse(json.dumps({**line, "facts": {"trust": wrong}}).encode())
