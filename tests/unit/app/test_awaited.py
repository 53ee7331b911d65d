"""A call that turns on its agent's trust waits for the client to write down which model made it; no other call waits."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import World
from web4_governance.app import awaited

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RULE: dict[str, Any] = {
    "match": {"paths": ["src/core/**"], "effects": ["file.write"]},
    "except": {"trust": {"consistency": "> 0.7"}},
    "decision": "deny",
}
MODEL = "claude-opus-5-5"
AGENT = f"agent:claude-code/main/{MODEL}"


def said(call: str, *, model: str = MODEL) -> str:
    blocks: list[dict[str, Any]] = [{"type": "text", "text": "I write."}]
    blocks += [{"type": "tool_use", "id": call, "name": "Write", "input": {}}]
    message = {"id": f"m-{call}", "model": model, "content": blocks, "usage": {"input_tokens": 1, "output_tokens": 1}}
    return json.dumps({"type": "assistant", "message": message}) + "\n"


class Client:
    """A client that writes its transcript when it is told to."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.transcript = world.user_home / "transcript.jsonl"
        self.looks = 0
        self.then: dict[int, str] = {}
        self.now: dict[int, Callable[[], object]] = {}
        monkeypatch.setattr(time, "sleep", self._sleep)

    def _sleep(self, _seconds: float) -> None:
        self.looks += 1
        if self.looks in self.then:
            self.write(self.then[self.looks])
        if self.looks in self.now:
            self.now[self.looks]()

    def write(self, text: str) -> None:
        with self.transcript.open("a") as file:
            file.write(text)

    def asks(self, call: str, path: str, tool: str = "Write", **fields: Any) -> bool:
        given = {"file_path": str(self.world.project / path), "content": "x"}
        self.looks = 0
        return self.world.pre(call, tool, given, transcript_path=str(self.transcript), **fields).exit_code == 0

    def agent(self) -> str:
        return str(self.world.entries("intent")[-1]["role"]["entities"]["agent"])


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    made = Client(World(tmp_path, {"rules": [RULE], "defaultPolicy": "allow", "enforce": True}), monkeypatch)
    vouch = ("trust", "label", AGENT, "--role", "file_write", "--endorse", "--why", "w", "--home", str(made.world.home))
    made.world.bash("first", "true")
    assert call_main(*vouch).code == 0
    made.write('{"type":"user"}\n')
    return made


def test_a_first_call_is_judged_as_its_models_once_the_client_has_written_it(client: Client) -> None:
    """The gate that was opened for this agent is open at its session's first call, too."""
    client.then = {3: said("c1")}
    assert client.asks("c1", "src/core/a.py")
    assert client.looks == 3
    assert client.agent() == AGENT


def test_a_call_of_a_message_that_is_there_waits_for_nothing(client: Client) -> None:
    client.write(said("c1"))
    assert client.asks("c1", "src/core/a.py")
    assert client.looks == 0


def test_only_a_call_that_turns_on_an_agents_trust_waits(client: Client) -> None:
    """Not one that the rule does not reach, though its effect is the rule's; nor one of a rule that asks of others."""
    assert client.asks("c1", "src/other/a.py")
    assert client.looks == 0
    of_session = {**RULE, "except": {"trust": {"consistency": "> 0.7", "of": "session"}}}
    client.world.policy({"rules": [of_session], "defaultPolicy": "allow", "enforce": True})
    assert not client.asks("c2", "src/core/a.py")
    assert client.looks == 0


@pytest.mark.parametrize("why", ["no transcript", "a directory", "a pipe"])
def test_a_client_that_keeps_no_transcript_is_not_waited_for(client: Client, why: str) -> None:
    """From its first call on there is none; what it made is of an unknown model."""
    client.transcript.unlink()
    if why == "a directory":
        client.transcript.mkdir()
    elif why == "a pipe":
        os.mkfifo(client.transcript)
    assert not client.asks("c1", "src/core/a.py")
    assert client.looks == 0
    assert client.agent().endswith("/unknown")


def looks_within(client: Client, seconds: float) -> int:
    """Ask for a call whose message never comes, with so much time left, by a clock that moves when it is read."""
    clock = [1000.0]

    def monotonic() -> float:
        clock[0] += awaited.WAIT_S / 100
        return clock[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(time, "monotonic", monotonic)
        assert not client.asks("c1", "src/core/a.py", context={"deadline": clock[0] + seconds})
    return client.looks


def test_the_wait_has_an_end_and_what_is_not_known_by_then_lifts_nothing(client: Client) -> None:
    """A line of another call, one with no model, one that is none: as if nothing stood there."""
    client.then = {2: said("other") + said("c1", model="") + "{"}
    assert 2 <= looks_within(client, 1000.0) <= 100


def test_the_wait_takes_a_quarter_of_the_time_that_is_left_at_most(client: Client) -> None:
    """A call whose time is nearly up is judged soon: the deadline is not the client's to use up."""
    assert looks_within(client, 2 * awaited.WAIT_S) <= 50
    assert looks_within(client, awaited.WAIT_S / 100) == 0


def test_a_subagents_own_transcript_is_the_one_that_counts(client: Client) -> None:
    """The main agent's words say nothing of a subagent's model."""
    place = client.transcript.with_suffix("") / "subagents"
    place.mkdir(parents=True)
    client.write(said("c1"))
    client.now = {2: lambda: (place / "agent-a1.jsonl").write_text(said("c1", model="another"))}
    assert not client.asks("c1", "src/core/a.py", agent_id="a1", agent_type="Explore")
    assert client.looks == 2
    assert client.agent() == "agent:claude-code/Explore/another"


def test_what_is_not_shown_is_judged_by_the_last_model_unless_that_was_changed(client: Client) -> None:
    """A line too long to be read at its end; after the person changed the model, nobody knows whose it is."""
    client.write(said("c1"))
    assert client.asks("c1", "src/core/a.py")
    assert client.asks("c2", "src/core/b.py")
    client.world.feed("PostModelSwitch", from_model=MODEL, to_model="another")
    client.world.feed("Notification", message="m")
    assert not client.asks("c3", "src/core/c.py")
    assert client.agent().endswith("/unknown")
    client.write(said("c4", model="another"))
    assert not client.asks("c4", "src/core/c.py")
    assert client.agent().endswith("/another")


def test_a_subagents_words_in_between_hide_no_model(client: Client) -> None:
    """Two agents speak at once in a session; each has its own."""
    client.write(said("c1"))
    assert client.asks("c1", "src/core/a.py")
    place = client.transcript.with_suffix("") / "subagents"
    place.mkdir(parents=True)
    (place / "agent-a1.jsonl").write_text(said("c2", model="another"))
    assert not client.asks("c2", "src/core/b.py", agent_id="a1", agent_type="Explore")
    assert client.asks("c3", "src/core/c.py")
