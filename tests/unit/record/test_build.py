"""Bodies of entries: what stands in the clear, what is committed to, and what is bounded."""

from __future__ import annotations

from typing import Any

from web4_governance.agents.transcript import Words
from web4_governance.core.action import Action, Deed, Effect, Place, Target, TargetKind
from web4_governance.core.errors import PolicyError
from web4_governance.core.event import Ending, Event, Moment, Status
from web4_governance.core.policy import Decision, DeedVerdict, Facts, Tree, Verdict, combine
from web4_governance.core.record import build
from web4_governance.core.record.keep import Keeper, Privacy

EVENT = Event(
    agent="a", name="PreToolUse", moment=Moment.GATE, session="s", call="c", tool="Bash", input={"command": "x"}
)
TARGET = Target(kind=TargetKind.PATH, given="~/x", resolved="/home/u/x", place=Place.HOME)
DEED = Deed(effect=Effect.FILE_DELETE, target=TARGET, argv=("rm", None), host="h.example")
BARE = Deed(effect=None)


def keeper() -> Keeper:
    return Keeper(privacy=Privacy.FULL, salt=lambda: b"\x07" * 16)


def intent(verdict: Verdict, *deeds: Deed, listed: int = 64) -> tuple[dict[str, Any], Keeper]:
    keep = keeper()
    action = Action(tool="Bash", input={}, deeds=deeds)
    body = build.intent(
        EVENT,
        action,
        verdict,
        combine(()),
        Facts(now_us=1, real={"/a": "/b"}, limits={"k": 2}),
        keep=keep,
        mode="enforce",
        late=False,
        who={},
        links={},
        listed=listed,
    )
    return body, keep


def test_everything_consulted_is_in_the_record() -> None:
    """Facts, errors, limits and replaced rules, beside the decision: enough to judge again."""
    verdict = Verdict(
        decision=Decision.DENY,
        answer=Decision.ALLOW,
        binding=False,
        deeds=(DeedVerdict(deed=0, decision=Decision.DENY, answer=Decision.ALLOW, rules=("r",)),),
        rules=("r",),
        reasons=("why",),
        advice="else",
        errors=("e",),
        limits=(("k", 2, 5),),
        replaced=(("old", "new"),),
    )
    body, keep = intent(verdict, DEED, BARE)
    rules = body["rules"]
    assert (rules["decision"], rules["answer"], rules["matched"]) == ("deny", "allow", ["r"])
    assert rules["limits"] == [{"key": "k", "count": 2, "max": 5}]
    assert rules["replaced"] == [["old", "new"]]
    kept = {opening.field: opening.value for opening in keep.openings}
    assert kept["rules.facts"] == {"now_us": 1, "utc_offset_s": 0, "real": [["/a", "/b"]], "limits": {"k": 2}}
    assert (kept["rules.reasons"], kept["rules.advice"], kept["rules.errors"]) == (["why"], "else", ["e"])
    request = body["request"]
    first, second = request["deeds"]
    assert (first["effect"], first["place"], first["decision"], first["rules"]) == (
        "file.delete",
        "home",
        "deny",
        ["r"],
    )
    assert set(second) == {"detail"}
    assert kept["request.deeds.0.detail"] == build.deed_detail(DEED)


def test_what_is_not_listed_is_counted_and_committed_to() -> None:
    """No deed is lost by a bound."""
    verdict = Verdict(decision=Decision.ALLOW, answer=Decision.ALLOW, binding=False, deeds=())
    body, keep = intent(verdict, DEED, BARE, DEED, listed=1)
    request = body["request"]
    assert request["deeds_count"] == 3
    kept = {opening.field: opening.value for opening in keep.openings}
    assert kept["request.deeds_all"] == [build.deed_detail(DEED), build.deed_detail(BARE), build.deed_detail(DEED)]


def test_a_word_in_the_clear_is_bounded_and_stays_distinct() -> None:
    """A host's word cannot outgrow the entry, nor hide behind an equal beginning."""
    long = "x" * 5000
    assert build.word("short") == "short"
    assert len(build.word(long)) <= build.MAX_WORD
    assert build.word(long) != build.word(long + "y")


def test_an_outcome_says_only_what_the_host_said() -> None:
    """Absent is absent: no zero duration, no empty error."""
    keep = keeper()
    plain: dict[str, Any] = build.outcome(
        EVENT, Ending(status=Status.SUCCEEDED), keep=keep, links={}, who={}, authorised={}, files=[], usage={}
    )
    assert plain["result"] == {"status": "succeeded"}
    full: dict[str, Any] = build.outcome(
        EVENT,
        Ending(
            status=Status.FAILED, error="no", error_class="exit-code", exit_code=2, duration_us=7, output="x", task="t"
        ),
        keep=keep,
        links={},
        who={},
        authorised={"by": "person"},
        files=[{"path": "/p"}],
        usage={"measured": True},
        flags=["f"],
    )
    result = full["result"]
    assert (result["exit_code"], result["duration_us"], result["flags"], result["task"]) == (2, 7, ["f"], "t")
    assert full["resource"] == {"output_bytes": 3, "measured": True}
    assert str(result["error"]).startswith("c1:")


def test_a_parent_and_a_peer_stand_in_the_role() -> None:
    """Who made the subagent, and which process reported."""
    body = build.role(EVENT, parent={"call": "p"}, peer={"pid": 1})
    assert body == {"parent": {"call": "p"}, "peer": {"pid": 1}}


def test_targets_are_indexed_only_where_they_may_be_read() -> None:
    """At `metadata`, the index holds no path."""
    verdict = Verdict(decision=Decision.ALLOW, answer=Decision.ALLOW, binding=False, deeds=())
    action = Action(tool="Bash", input={}, deeds=(DEED, BARE), project="/p")
    keep = Keeper(privacy=Privacy.STANDARD, salt=lambda: b"s" * 16)
    keep.commit("a", "b")
    shown = build.index_of(EVENT, action, verdict, keep, once=b"", same=b"")
    assert shown.targets == (("file.delete", "h.example"), ("file.delete", "~/x"), ("file.delete", "/home/u/x"))
    assert (shown.project, shown.effects) == ("/p", ("file.delete",))
    keep = Keeper(privacy=Privacy.METADATA, salt=lambda: b"s" * 16)
    keep.commit("a", "b")
    hidden = build.index_of(EVENT, action, verdict, keep, once=b"", same=b"")
    assert (hidden.targets, hidden.project) == ((), "")


def test_a_policy_error_says_where() -> None:
    """File, line and column where they are known; the file alone where not."""
    assert PolicyError("m", file="f", line=2, column=3).message == "f:2:3: m"
    assert PolicyError("m", file="f").message == "f: m"
    assert PolicyError("m").message == "m"


def test_what_happened_is_told_with_what_the_host_sent_and_no_more() -> None:
    """Text, tool, ids and directory where the event has them; an empty event gives an empty request."""
    keep = keeper()
    bare = Event(agent="a", name="Notification", moment=Moment.OTHER, session="s")
    assert build.happening(bare, keep=keep, who={}, links={})["request"] == {}
    event = Event(
        agent="a",
        name="X",
        moment=Moment.OTHER,
        session="s",
        detail="asked",
        call="c",
        tool="Bash",
        text="hello",
        prompt_id="p",
        cwd="/w",
        extra={"k": 1},
        replaced=True,
    )
    body: dict[str, Any] = build.happening(event, keep=keep, who={}, links={})
    assert (body["detail"], body["replaced_text"], body["request"]["call"]) == ("asked", True, "c")
    kept = {opening.field: opening.value for opening in keep.openings}
    assert kept == {"extra": {"k": 1}, "request.text": "hello", "request.input": {}, "request.cwd": "/w"}


def test_words_without_a_text_still_tell_their_tokens_and_the_other_way_round() -> None:
    """A message that only calls a tool costs too."""
    said = Words(text="", message="m", model="x", usage=(("input_tokens", 3),))
    silent: dict[str, Any] = build.words(EVENT, said, keep=keeper(), links={}, who={})
    assert silent["request"] == {"message": "m"}
    assert silent["resource"] == {"message": "m", "model": "x", "tokens": {"input_tokens": 3}, "measured": True}
    spoken: dict[str, Any] = build.words(EVENT, Words(text="t", message="m"), keep=keeper(), links={}, who={})
    assert spoken["request"]["text"].startswith("c1:")
    assert "resource" not in spoken


def test_the_state_that_was_looked_up_is_among_the_facts() -> None:
    """Of a repository what was asked, of the surroundings the names of variables."""
    facts = Facts(trees={"/a": Tree(root="/a", branch="main", dirty=True, untracked=None)}, production=("PGHOST",))
    body = build.facts_json(facts)
    seen = {"root": "/a", "branch": "main", "dirty": True, "untracked": None, "unpushed": None}
    assert (body["trees"], body["production"]) == ([["/a", seen]], ["PGHOST"])
    assert not build.facts_json(Facts()).keys() & {"trees", "production"}
