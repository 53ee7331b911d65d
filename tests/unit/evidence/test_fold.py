"""Trust as a fold of entries: each record counted once, in one go or in parts, with bounded memory."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web4_governance.core.errors import LedgerCorrupt
from web4_governance.core.evidence import fold as fold_module
from web4_governance.core.evidence.fold import DURATIONS, MOST_OPEN, Fold, Moved
from web4_governance.core.evidence.rows import Rows, digest_of, key_of, named
from web4_governance.core.trust.fixed import ONE
from web4_governance.core.trust.posterior import NOTHING, Posterior
from web4_governance.core.trust.tensor import Dimension

AGENT = "agent:claude-code/main/unknown"


class Story:
    """Entries of a made-up ledger, in order, and folds over them."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, str, dict[str, Any]]] = []

    def add(self, kind: str, body: dict[str, Any], session: str = "s-1") -> str:
        leaf = f"{len(self.entries):032x}" * 2
        self.entries.append((kind, leaf, {"agent": "claude-code", "session": session, **body}))
        return leaf

    def intent(self, *effects: str, precedents: tuple[str, ...] = (), role: Any = None, **more: Any) -> str:
        request = {
            "tool": more.pop("tool", "Bash"),
            "deeds": [{"effect": effect} for effect in effects or ("file.write",)],
            "categories": more.pop("categories", ["command"]),
            **more.pop("request", {}),
        }
        body = {"request": request, "rules": more.pop("rules", {"decision": "allow"}), "role": role or {}}
        body["reference"] = {"precedents": [{"leaf": leaf, "status": "failed"} for leaf in precedents]}
        return self.add("intent", body, **more)

    def outcome(self, leaf: str, status: str = "succeeded", session: str = "s-1", **result: Any) -> None:
        self.add("outcome", {"reference": {"intent": leaf}, "result": {"status": status, **result}}, session)

    def call(self, *effects: str, status: str = "succeeded", **more: Any) -> str:
        result = more.pop("result", {})
        leaf = self.intent(*effects, **more)
        self.outcome(leaf, status, more.get("session", "s-1"), **result)
        return leaf

    def rows(self, *cuts: int, heard: list[Moved] | None = None) -> dict[str, str]:
        """Fold in parts, each over the rows that the one before left."""
        kept: dict[str, str] = {}
        for first, last in zip((0, *cuts), (*cuts, len(self.entries)), strict=True):
            rows = Rows(kept.get)
            fold = Fold(rows, heard.append if heard is not None else None)
            for idx in range(first, last):
                kind, leaf, body = self.entries[idx]
                fold.take(idx, kind, leaf, body)
            for key, row in rows.changes().items():
                kept.pop(key, None)
                if row is not None:
                    kept[key] = row
        return kept

    def known(self, entity: str = AGENT, role: str = "command") -> dict[str, Posterior]:
        tensor = Rows(self.rows().get).tensor(entity, role)
        return {str(name): held for name, held in tensor.items()}


def test_a_call_moves_its_agent_its_session_and_the_operator_once() -> None:
    """Each in the role of its category, and nobody else."""
    story = Story()
    story.call()
    keys = [named(key) for key in story.rows() if key.startswith("t/")]
    assert sorted(keys) == [(AGENT, "command"), ("operator", "command"), ("session:s-1", "command")]
    assert {name: (held.good, held.bad) for name, held in story.known().items()} == dict.fromkeys(
        ("completeness", "consistency", "reliability", "transparency"), (ONE, 0)
    )


def test_an_outcome_that_comes_twice_counts_once() -> None:
    """The second closes nothing."""
    story = Story()
    leaf = story.call()
    once = story.known()
    story.outcome(leaf, "failed", error_class="exit-code")
    assert story.known() == once


def test_an_outcome_of_no_intent_says_nothing() -> None:
    """Of whom should it be?"""
    story = Story()
    story.outcome("ff" * 32)
    story.outcome("")
    assert story.rows() == {}


def test_background_work_counts_when_it_ends() -> None:
    """`started` is no end, and a session's end before it is none of its fault."""
    story = Story()
    leaf = story.intent()
    story.outcome(leaf, "started")
    assert "reliability" not in story.known()
    story.outcome(leaf, "failed", error_class="exit-code")
    assert story.known()["reliability"].bad == ONE
    other = Story()
    leaf = other.intent()
    other.outcome(leaf, "started")
    other.add("session", {"detail": "end"})
    assert "completeness" not in other.known()


def test_a_call_without_an_end_by_the_sessions_end_is_not_complete() -> None:
    """And the session leaves no memory of itself but its trust."""
    story = Story()
    story.intent()
    story.call()
    story.add("session", {"detail": "end"})
    assert story.known()["completeness"].bad == ONE
    assert not [key for key in story.rows() if key[:2] in ("i/", "s/")]


def test_equal_actions_of_one_agent_weigh_less_each_time() -> None:
    """Another agent's are its own first."""
    story = Story()
    first = story.call()
    second = story.call(precedents=(first,))
    story.call(precedents=(second, first))
    weight = 1000 + 800 + 640
    assert story.known()["transparency"].good == pytest.approx(ONE * weight / 1000, rel=0.02)
    other = {"agent_id": "a1", "agent_type": "Explore"}
    third = story.call(precedents=(second, first), role=other)
    explorer = "agent:claude-code/Explore/unknown"
    assert story.known(explorer)["transparency"].good == ONE
    story.call(precedents=(third, second), role=other)
    assert story.known(explorer)["transparency"].good < 2 * ONE


def test_old_actions_are_forgotten_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory of actions has a fixed size; what fell out is new again."""
    monkeypatch.setattr(fold_module, "MOST_ACTIONS", 3)
    story = Story()
    first = story.call()
    for _ in range(3):
        story.call()
    assert len([key for key in story.rows() if key.startswith("a/")]) == 3
    before = story.known()["transparency"].good
    story.call(precedents=(first,))
    assert story.known()["transparency"].good - before > ONE * 95 // 100


def test_the_same_call_after_a_failure_is_a_retry_unless_something_changed() -> None:
    """Running the tests again after an edit is another try."""
    story = Story()
    failed = story.call("code.run", status="failed", result={"error_class": "exit-code"})
    story.call("code.run", precedents=(failed,))
    assert story.known()["consistency"].bad > 0
    story = Story()
    failed = story.call("code.run", status="failed", result={"error_class": "exit-code"})
    story.call("file.read")
    story.call("file.write")
    story.call("code.run", precedents=(failed,))
    assert story.known()["consistency"].bad == 0


def test_a_turn_that_stops_on_a_failing_check_is_not_complete() -> None:
    """Unless the check was made again: then what it says now is what counts."""
    story = Story()
    failed = story.call("code.run", status="failed", result={"error_class": "exit-code"})
    story.add("event", {"event": "Stop"})
    assert story.known()["completeness"].bad == ONE
    story = Story()
    failed = story.call("code.run", status="failed", result={"error_class": "exit-code"})
    story.call("file.write")
    story.call("code.run", precedents=(failed,))
    story.add("event", {"event": "Stop"})
    story.add("event", {"event": "Notification"})
    assert story.known()["completeness"].bad == 0


def test_a_failing_check_of_a_forgotten_action_is_nobodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its agent is not known any more."""
    monkeypatch.setattr(fold_module, "MOST_ACTIONS", 1)
    story = Story()
    story.call("code.run", status="failed", result={"error_class": "exit-code"})
    story.call("file.read")
    story.add("event", {"event": "Stop"})
    assert story.known()["completeness"].bad == 0


def test_slow_is_slower_than_most_of_the_same_tool() -> None:
    """Twenty durations are needed to compare with, and the last sixty-four are kept."""
    story = Story()
    for n in range(20):
        story.call(result={"duration_us": 1000 + n})
    assert "timeliness" not in story.known()
    story.call(result={"duration_us": 900_000})
    story.call(result={"duration_us": 1000})
    timely = story.known()["timeliness"]
    assert 0 < timely.bad <= ONE == timely.good
    for n in range(2 * DURATIONS):
        story.call(result={"duration_us": n})
    assert story.rows()["d/Bash"].count(" ") == DURATIONS - 1


def test_the_model_is_that_of_the_session_or_of_the_last_words() -> None:
    """A model that changed is another agent, which starts with nothing."""
    story = Story()
    story.add("session", {"detail": "start", "role": {"model": "m-1"}})
    story.add("session", {"detail": "compact"})
    story.call()
    story.add("words", {"resource": {"model": "m-2"}, "role": {}})
    story.add("words", {"resource": {"model": "m-2"}, "role": {}})
    story.add("words", {"role": {}})
    story.call()
    story.call(role={"model": "m-3"})
    agents = sorted(named(key)[0] for key in story.rows() if key.startswith("t/agent"))
    assert agents == [f"agent:claude-code/main/m-{n}" for n in (1, 2, 3)]


NAMED = "agent:claude-code/main/m-1"
DEFINED = "agent:claude-code/x%2Fy/{}#" + "ab" * 16


def called(story: Story, agent: str = AGENT, effect: str = "file.write", **more: Any) -> str:
    """A call of which the gate knew no model when it judged it."""
    return story.intent(effect, role={"entities": {"agent": agent}, **more.pop("role", {})}, **more)


def agents(story: Story) -> dict[str, dict[str, int]]:
    """Of each agent, how many observations of each dimension there are."""
    heard: list[Moved] = []
    story.rows(heard=heard)
    found: dict[str, dict[str, int]] = {}
    for one in heard:
        if one.entity.startswith("agent:"):
            counted = found.setdefault(one.entity, {})
            counted[str(one.seen.dimension)] = counted.get(str(one.seen.dimension), 0) + 1
    return found


ALL_FOUR = ("transparency", "consistency", "completeness", "reliability")


def test_a_call_before_the_clients_first_words_is_the_agents_that_they_name() -> None:
    """Each session's first call would be one of an agent of unknown model otherwise: all of it counts for the one it is."""
    story = Story()
    first, second = called(story), called(story)
    story.add("words", {"resource": {"model": "m-1"}, "role": {}})
    story.outcome(first)
    story.outcome(second)
    assert agents(story) == {NAMED: dict.fromkeys(ALL_FOUR, 2)}


def test_words_that_never_come_leave_the_call_to_an_agent_of_unknown_model() -> None:
    """By its end, by the session's end, or by there being too many open ones."""
    story = Story()
    story.outcome(called(story))
    called(story, session="ends")
    story.add("session", {"detail": "end"}, session="ends")
    assert agents(story) == {AGENT: {**dict.fromkeys(ALL_FOUR, 2), "reliability": 1}}
    for _ in range(MOST_OPEN + 1):
        called(story, session="many")
    assert agents(story)[AGENT]["transparency"] == 3


def test_words_of_another_agent_name_nobody_elses_call() -> None:
    """A subagent's model is its own; its type and its definition stay in the name."""
    story = Story()
    plain = called(story)
    under = called(story, DEFINED.format("unknown"), role={"agent_id": "a1", "agent_type": "x/y"})
    story.add("words", {"resource": {"model": "m/2"}, "role": {"agent_id": "a1"}})
    story.outcome(under)
    story.outcome(plain)
    assert set(agents(story)) == {AGENT, DEFINED.format("m%2F2")}


def test_after_a_change_of_the_model_a_call_waits_for_the_new_ones_name() -> None:
    """It is not counted for the one that the person took away."""
    story = Story()
    story.add("words", {"resource": {"model": "m-0"}, "role": {}})
    story.add("event", {"event": "PostModelSwitch"})
    leaf = called(story)
    story.add("words", {"resource": {"model": "m-1"}, "role": {}})
    story.outcome(leaf)
    assert agents(story) == {NAMED: dict.fromkeys(ALL_FOUR, 1)}


def test_what_a_late_name_moved_is_explained_by_the_call_and_not_by_the_words() -> None:
    story = Story()
    story.add("prompt", {})
    story.outcome(called(story))
    heard: list[Moved] = []
    story.rows(heard=heard)
    assert {one.idx for one in heard if str(one.seen.dimension) == "transparency"} == {1}


@pytest.mark.parametrize("named", ["always", "by its end", "never"])
def test_the_same_small_thing_in_many_new_sessions_weighs_less_each_time(named: str) -> None:
    """A farmer who starts anew for each call is known as the one who did this before, whenever the model was said."""
    story = Story()
    earlier: tuple[str, ...] = ()
    for n in range(12):
        session = f"s-{n}"
        agent = NAMED if named == "always" else AGENT
        leaf = called(story, agent, precedents=earlier, session=session)
        if named == "by its end":
            story.add("words", {"resource": {"model": "m-1"}, "role": {}}, session=session)
        story.outcome(leaf, session=session)
        earlier = (leaf,)
    held = story.known(AGENT if named == "never" else NAMED)["reliability"]
    assert held.good < 5 * ONE


def test_parts_of_a_history_with_late_names_give_the_rows_of_the_whole() -> None:
    story = Story()
    first = called(story)
    under = called(story, DEFINED.format("unknown"), role={"agent_id": "a1"})
    story.add("words", {"resource": {"model": "m-2"}, "role": {"agent_id": "a1"}})
    story.outcome(under, status="failed")
    story.add("words", {"resource": {"model": "m-1"}, "role": {}})
    story.outcome(first)
    whole = story.rows()
    assert all(story.rows(cut) == whole for cut in range(1, len(story.entries)))


POLICY = "policy:" + "ab" * 16


def judged(story: Story, answer: str, *effects: str, status: str = "succeeded", by: str = "", **more: Any) -> str:
    """Add a call that a policy decided on, and how it ended."""
    leaf = story.intent(*effects, rules={"decision": answer, "answer": answer, "policy": "sha256:" + "ab" * 32}, **more)
    story.outcome(leaf, status, **({"denied_by": by} if by else {}))
    return leaf


def verdicts(story: Story) -> tuple[int, int]:
    """How many decisions were right, and how many were not, in whole units."""
    held = story.known(POLICY).get("reliability", NOTHING)
    return -(-held.good // ONE), -(-held.bad // ONE)


def test_a_denial_that_stands_speaks_for_the_policy() -> None:
    """At the turn's end, or the session's, once."""
    story = Story()
    judged(story, "deny", status="denied", by="gate")
    assert verdicts(story) == (0, 0)
    story.add("event", {"event": "Stop"})
    story.add("event", {"event": "Stop"})
    assert verdicts(story) == (1, 0)
    judged(story, "deny", status="denied", by="gate")
    story.add("session", {"detail": "end"})
    assert verdicts(story) == (2, 0)


def test_a_denied_deed_done_in_another_form_speaks_against_it() -> None:
    """The same effects by another call that was let through; another effect is another deed."""
    story = Story()
    judged(story, "deny", "file.delete", status="denied", by="gate")
    judged(story, "allow", "file.write")
    judged(story, "allow", "file.read")
    assert verdicts(story) == (0, 0)
    judged(story, "allow", "file.delete", "file.read")
    assert verdicts(story) == (0, 1)
    story.add("event", {"event": "Stop"})
    assert verdicts(story) == (0, 1)


@pytest.mark.parametrize(("answer", "right"), [("ask", (1, 0)), ("allow", (0, 1))])
def test_a_person_who_refuses_bears_a_question_out_and_a_permission_not(answer: str, right: tuple[int, int]) -> None:
    """What the policy asked about was worth asking; what it let through was not."""
    story = Story()
    judged(story, answer, status="denied", by="person")
    assert verdicts(story) == right


def test_a_grant_for_a_call_speaks_against_the_policy_that_stopped_it() -> None:
    """For that very call; a grant for a rule, or for a call that is forgotten, says nothing of one."""
    story = Story()
    judged(story, "deny", status="denied", by="gate")
    story.add("grant", {"grant": {"call": -1}})
    story.add("grant", {"grant": {"lifts": []}})
    story.add("grant", {"grant": {"call": 1}})
    assert verdicts(story) == (0, 0)
    story.add("grant", {"grant": {"call": 0}})
    assert verdicts(story) == (0, 1)


def test_a_label_moves_those_whom_it_names() -> None:
    """In the dimensions that it names, by its weight."""
    story = Story()
    label = {"entities": [AGENT], "roles": ["command"], "dimensions": ["reliability"], "good": False, "weight": 3000}
    story.add("label", {"label": label})
    known = story.known()
    assert (list(known), known["reliability"].bad) == (["reliability"], 3 * ONE)


@pytest.mark.parametrize(
    "label",
    [
        None,
        {},
        {"entities": [AGENT], "roles": ["command"], "dimensions": ["reliability"], "good": 1, "weight": 3000},
        {"entities": [AGENT], "roles": ["command"], "dimensions": ["reliability"], "good": True, "weight": "3"},
        {"entities": [AGENT], "roles": "command", "dimensions": ["reliability"], "good": True, "weight": 3000},
    ],
)
def test_a_label_that_cannot_be_read_moves_nobody(label: Any) -> None:
    """Another program's entry is no reason to stop."""
    story = Story()
    story.add("label", {"label": label})
    assert story.rows() == {}


def test_open_calls_are_bounded() -> None:
    """A client that never closes a call fills no memory."""
    story = Story()
    for _ in range(MOST_OPEN + 5):
        story.intent()
    assert len([key for key in story.rows() if key.startswith("i/")]) == MOST_OPEN


def test_the_listener_hears_every_observation_and_its_place() -> None:
    """What moved whom, by how much, at which entry."""
    story, heard = Story(), list[Moved]()
    story.call()
    story.rows(heard=heard)
    mine = [one for one in heard if one.entity == AGENT]
    assert [(one.idx, str(one.seen.dimension)) for one in mine] == [
        (0, "transparency"),
        (0, "consistency"),
        (1, "completeness"),
        (1, "reliability"),
    ]
    assert mine[0].before == NOTHING
    assert mine[0].after.good == ONE


@pytest.mark.parametrize(
    "said",
    [{}, {"by": "a"}, {"by": "", "of": "b"}, {"by": "b", "of": "b"}, {"by": "a", "of": ""}, {"by": 1, "of": "b"}],
)
def test_a_witness_of_nobody_or_of_itself_is_none(said: dict[str, Any]) -> None:
    """Nobody adds to their own."""
    story = Story()
    story.add("witness", {"witness": said})
    assert story.rows() == {}


def test_who_saw_whom_is_remembered_once_and_bounded() -> None:
    """Sixteen names at most, and no evidence."""
    story = Story()
    for n in (*range(20), 19):
        story.add("witness", {"witness": {"by": f"agent:{n}", "of": "agent:x"}})
    rows = story.rows()
    assert list(rows) == ["w/agent:x"]
    assert rows["w/agent:x"].count("agent:") == 16


def test_entries_of_other_kinds_are_passed_over() -> None:
    """An anchor says nothing of an agent."""
    story = Story()
    story.add("anchor", {})
    assert story.rows() == {}


def test_rows_of_what_is_not_known_are_empty() -> None:
    """A key is read back as what it was made of; a digest is of the rows and not of their order."""
    assert named(key_of("agent:a/b", "command")) == ("agent:a/b", "command")
    assert Rows(lambda _key: None).tensor("x", "y") == {}
    assert digest_of([("a", "1"), ("b", "2")]) == digest_of([("b", "2"), ("a", "1")]) != digest_of([("a", "1")])


@pytest.mark.parametrize("row", ["x", "reliability", "reliability=x,1,1", "speed=1,1,1"])
def test_a_row_that_makes_no_sense_is_said_to(row: str) -> None:
    """By its key, and with what mends it."""
    with pytest.raises(LedgerCorrupt, match="makes no sense"):
        Rows(lambda _key: row).tensor("operator", "command")


calls = st.tuples(
    st.sampled_from(("file.read", "file.write", "code.run", "opaque", "self.tamper")),
    st.sampled_from(("succeeded", "failed", "denied", "started", "interrupted", "never")),
    st.sampled_from(("s-1", "s-2")),
    st.integers(-1, 3),
)
marks = st.sampled_from(("stop", "end", "words"))


def told(happened: list[Any]) -> Story:
    story, leaves = Story(), list[str]()
    for one in happened:
        if isinstance(one, str):
            body: Any = {"stop": {"event": "Stop"}, "end": {"detail": "end"}, "words": {"resource": {"model": "m"}}}[
                one
            ]
            story.add({"stop": "event", "end": "session", "words": "words"}[one], body)
            continue
        effect, status, session, back = one
        earlier = tuple(leaves[-1 - back : len(leaves) - back]) if 0 <= back < len(leaves) else ()
        leaves.append(story.intent(effect, precedents=earlier, session=session))
        if status != "never":
            story.outcome(leaves[-1], status, session, error_class="exit-code", duration_us=len(leaves))
    return story


@settings(max_examples=60)
@given(st.lists(calls | marks, max_size=25), st.data())
def test_a_fold_in_parts_gives_the_rows_of_the_whole(happened: list[Any], data: st.DataObject) -> None:
    """fold(prefix), kept, then fold(rest) is fold(all), wherever it is cut; and folding again is the same."""
    story = told(happened)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(story.entries)), max_size=3)))
    assert story.rows(*cuts) == story.rows() == told(happened).rows()


@settings(max_examples=30)
@given(st.lists(calls | marks, max_size=25))
def test_every_row_of_trust_is_a_tensor_of_known_dimensions(happened: list[Any]) -> None:
    """Evidence that is never negative, under words of the closed list."""
    kept = told(happened).rows()
    rows = Rows(kept.get)
    for key in kept:
        if key.startswith("t/"):
            for dimension, held in rows.tensor(*named(key)).items():
                assert dimension in Dimension
                assert min(held.good, held.bad) >= 0 < held.mass
