"""The walk over entries handed to it, without any disk: chains, life of calls, openings, reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.digest import leaf
from web4_governance.core.ledger.chain import Chains, Link
from web4_governance.core.ledger.lifecycle import Lifecycle
from web4_governance.core.ledger.lookups import differences, witnessed_key
from web4_governance.core.ledger.shown import count_commitments, matches
from web4_governance.core.ledger.verdict import Finding, Gap, Report, VerdictName, exit_code
from web4_governance.core.ledger.verify import MAX_FINDINGS, STEPS, Walk
from web4_governance.core.record.build import digest_key, ident
from web4_governance.core.record.entry import Index, Kind, Opening, Stored, commit, seal

if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

SALT = b"0123456789abcdef"


def chain(bodies: list[dict[str, Json]], *, session: str = "s", kind: Kind = Kind.EVENT) -> list[Stored]:
    """Seal bodies one after the other."""
    found: list[Stored] = []
    for n, body in enumerate(bodies):
        prev = found[-1].leaf.hex() if found else ""
        sealed = seal(body, kind=kind, session=session, ts=n, seq=n, prev=prev, openings=())
        found.append(
            Stored(idx=n, session=session, seq=n, kind=str(kind), ts=n, data=sealed.data, leaf=leaf(sealed.data))
        )
    return found


def report_of(entries: list[Stored], *, whole: bool = True) -> Report:
    walk = Walk(whole=whole)
    for stored in entries:
        walk.entry(stored, ())
    return walk.report(holds=(), not_covered=(), notes=())


def test_an_empty_ledger_is_unanchored() -> None:
    """Nothing to find is nothing found."""
    assert report_of([]).verdict is VerdictName.UNANCHORED


def test_one_session_taken_out_of_the_ledger_verifies_alone() -> None:
    """Its places do not follow one another, and no root is claimed for it."""
    entries = chain([{}, {}, {}])
    spread = [
        Stored(idx=s.idx * 7, session=s.session, seq=s.seq, kind=s.kind, ts=s.ts, data=s.data, leaf=s.leaf)
        for s in entries
    ]
    alone = report_of(spread, whole=False)
    assert (alone.verdict, alone.root) == (VerdictName.UNANCHORED, "")
    assert report_of(spread).findings[0].step == 3


def test_findings_are_listed_up_to_a_bound_and_all_counted() -> None:
    """A ledger of a million broken entries gives a report of bounded size."""
    walk = Walk()
    for n in range(MAX_FINDINGS + 5):
        walk.find(1, f"entry {n}", "it is broken")
    report = walk.report(holds=(), not_covered=(), notes=())
    assert (len(report.findings), report.found) == (MAX_FINDINGS, MAX_FINDINGS + 5)


def test_every_step_has_its_sentence() -> None:
    """The numbers of the findings are those of the specification."""
    assert list(STEPS) == list(range(11))


@pytest.mark.parametrize(
    ("reference", "wrong"),
    [
        ({"seq": 0, "prev": ""}, 0),
        ({"seq": 1, "prev": ""}, 1),
        ({"seq": 0, "prev": "aa"}, 1),
        ({"seq": 1, "prev": "aa"}, 2),
        ({"seq": True, "prev": ""}, 1),
        ({"seq": "0", "prev": ""}, 1),
        ({"seq": 0}, 1),
        ([], 2),
    ],
)
def test_the_first_entry_of_a_chain_is_number_0_and_follows_nothing(reference: Json, wrong: int) -> None:
    """Anything else in its place is named."""
    assert len(Chains().follow("s", reference, "ab")) == wrong


@given(st.lists(st.sampled_from("abc"), max_size=20))
def test_chains_are_followed_apart(order: list[str]) -> None:
    """However sessions interleave, each has its own order."""
    chains = Chains()
    ends: dict[str, Link] = {}
    for n, session in enumerate(order):
        before = ends.get(session, Link())
        assert chains.follow(session, {"seq": before.size, "prev": before.leaf}, f"{n:x}") == ()
        ends[session] = Link(size=before.size + 1, leaf=f"{n:x}")
    assert chains.ends() == ends


def intent(**more: Json) -> dict[str, Json]:
    return {"kind": "intent", **more}


def outcome(leaf: str, **result: Json) -> dict[str, Json]:
    return {"kind": "outcome", "reference": {"intent": leaf}, "result": {"status": "succeeded", **result}}


def test_an_unclosed_intent_is_counted_and_no_gap() -> None:
    """A killed client leaves one; it is evidence, not an error."""
    life = Lifecycle()
    life.take("entry 0", "aa", intent())
    life.take("entry 1", "bb", intent())
    life.take("entry 2", "cc", outcome("aa"))
    assert (life.intents, life.outcomes, life.unclosed, life.gaps()) == (2, 1, 1, ())


def test_a_canary_is_no_call_and_may_be_closed() -> None:
    """The trial of the installed hook is not counted among what the agent did."""
    life = Lifecycle()
    life.take("entry 0", "aa", {"kind": "canary"})
    life.take("entry 1", "bb", outcome("aa"))
    assert (life.intents, life.unclosed, life.gaps()) == (0, 0, ())


def test_a_call_first_seen_at_its_end_is_a_gap() -> None:
    """Nothing judged it before it ran."""
    life = Lifecycle()
    life.take("entry 0", "aa", intent(late=True))
    life.take("entry 1", "bb", outcome("aa"))
    assert [(gap.place, gap.explained) for gap in life.gaps()] == [("entry 0", "")]


@pytest.mark.parametrize(
    "result",
    [
        {"status": "denied"},
        {"status": "failed", "error_class": "unknown-tool"},
        {"status": "failed", "error_class": "invalid-input"},
    ],
)
def test_a_late_call_that_never_ran_is_explained(result: dict[str, Json]) -> None:
    """The host refuses unknown tools and unusable input before any hook."""
    life = Lifecycle()
    life.take("entry 0", "aa", intent(late=True))
    life.take("entry 1", "bb", outcome("aa", **result))
    assert life.gaps()[0].explained == "the host refused the call; it did not run"


def test_a_gap_entry_that_names_the_late_intent_explains_it() -> None:
    """Somebody looked and said so, in the ledger."""
    life = Lifecycle()
    life.take("entry 0", "aa", intent(late=True))
    life.take("entry 1", "bb", {"kind": "gap", "reference": {"intent": "aa"}})
    assert [gap.explained for gap in life.gaps()] == ["entry 1 explains it"]


def test_a_gap_entry_about_no_call_is_listed_and_explains_itself() -> None:
    """An event that could not be read leaves one."""
    life = Lifecycle()
    life.take("entry 0", "aa", {"kind": "gap", "gap": {"why": "unreadable-event"}, "reference": {}})
    (gap,) = life.gaps()
    assert gap.explained
    assert "unreadable-event" in gap.reason


@pytest.mark.parametrize(
    ("replaced", "lost", "words"),
    [({"size": 9}, True, "took the place of 9"), ({"size": 3}, False, "put in place"), (None, False, "put in place")],
)
def test_a_restore_is_explained_and_what_it_took_away_is_lost(replaced: Json, lost: bool, words: str) -> None:
    """Only an older ledger in the place of a longer one takes something away."""
    life = Lifecycle()
    what: dict[str, Json] = {"size": 4, "root": "00", **({} if replaced is None else {"replaced": replaced})}
    life.take("entry 4", "aa", {"kind": "gap", "gap": {"why": "restored"}, "restore": what, "reference": {}})
    (gap,) = life.gaps()
    assert (gap.explained, gap.lost) == ("it says so", lost)
    assert words in gap.reason


def test_an_outcome_of_an_intent_that_is_not_there_is_a_gap() -> None:
    """Something was closed that nobody announced."""
    life = Lifecycle()
    life.take("entry 0", "bb", outcome("aa"))
    assert [gap.explained for gap in life.gaps()] == [""]


@pytest.mark.parametrize(
    ("report", "codes"),
    [
        (Report(verdict=VerdictName.ANCHORED), (0, 0)),
        (Report(verdict=VerdictName.TAIL), (0, 0)),
        (Report(verdict=VerdictName.UNANCHORED), (0, 1)),
        (Report(verdict=VerdictName.GAPS, gaps=(Gap(place="p", reason="r"),)), (1, 1)),
        (Report(verdict=VerdictName.GAPS, gaps=(Gap(place="p", reason="r", explained="e", lost=True),)), (0, 0)),
        (Report(verdict=VerdictName.UNCORROBORATED), (1, 1)),
        (Report(verdict=VerdictName.TAMPERED), (2, 2)),
    ],
)
def test_the_exit_code_follows_the_verdict(report: Report, codes: tuple[int, int]) -> None:
    """0 yes, 1 could not tell, 2 no; an anchor can be made a condition."""
    assert (exit_code(report, require_anchor=False), exit_code(report, require_anchor=True)) == codes


def test_a_report_names_the_first_thing_that_is_wrong() -> None:
    """A finding before a gap, an unexplained gap before an explained one, nothing where nothing is."""
    explained, open_gap = Gap(place="a", reason="b", explained="c"), Gap(place="d", reason="e")
    finding = Finding(step=1, place="f", reason="g")
    named = [
        Report(verdict=VerdictName.TAMPERED, findings=(finding,), gaps=(open_gap,)),
        Report(verdict=VerdictName.GAPS, gaps=(explained, open_gap)),
        Report(verdict=VerdictName.UNANCHORED, gaps=(explained,)),
    ]
    assert [(r.place, r.reason) for r in named] == [("f", "g"), ("d", "e"), ("", "")]


def test_gaps_turn_the_verdict_only_while_nobody_explains_them() -> None:
    """The same ledger before and after the outcome that says the call never ran."""
    late: dict[str, Json] = {"late": True, "request": {}}
    (first,) = chain([late], kind=Kind.INTENT)
    assert report_of([first]).verdict is VerdictName.GAPS
    closing = seal(
        {"reference": {"intent": first.leaf.hex()}, "result": {"status": "denied"}},
        kind=Kind.OUTCOME,
        session="s",
        ts=1,
        seq=1,
        prev=first.leaf.hex(),
        openings=(),
    )
    second = Stored(idx=1, session="s", seq=1, kind="outcome", ts=1, data=closing.data, leaf=closing.leaf)
    assert report_of([first, second]).verdict is VerdictName.UNANCHORED


def test_an_opening_matches_only_at_its_field() -> None:
    """The field's name is part of what is committed to."""
    standing, opening = commit("a.b", SALT, "x")
    assert matches({"a": {"b": standing}}, opening)
    assert not matches({"a": {"c": standing}}, Opening(field="a.c", salt=SALT, value="x"))
    assert not matches({"a": {"b": standing}}, Opening(field="a.b", salt=SALT, value="y"))
    assert not matches({}, Opening(field="ä", salt=SALT, value="x"))
    assert not matches({}, Opening(field="a", salt=SALT, value="\ud800"))


def test_commitments_are_counted_wherever_they_stand() -> None:
    """In lists and objects; a text that only begins like one is none."""
    standing, _ = commit("a", SALT, "x")
    assert count_commitments({"a": [standing, {"b": standing}], "c": "c1:short", "d": 1, "e": "c1:" + "z" * 64}) == 2


def test_only_calls_have_every_lookup() -> None:
    """Other kinds are found by who and what call; the rest has to be empty."""
    assert differences({"kind": "prompt"}, (), Index()) == ()
    assert len(differences({"kind": "prompt"}, (), Index(tool="Bash", effects=("file.read",)), identities=(b"i",))) == 3
    assert len(differences({"kind": "outcome"}, (), Index(tool="Bash", call="c", status="failed"))) == 4


def test_deeds_over_the_listed_ones_are_compared_too() -> None:
    """A call of a hundred deeds is found by each of their targets."""
    request: dict[str, Json] = {"tool": "Bash", "call": "c", "categories": []}
    body: dict[str, Json] = {"kind": "intent", "request": request, "late": True}
    deeds: list[Json] = [{"effect": "file.read", "target": {"given": f"/a/{n}"}, "host": ""} for n in range(70)]
    openings = (Opening(field="request.deeds_all", salt=SALT, value=deeds),)
    whole = tuple(("file.read", f"/a/{n}") for n in range(70))
    assert differences(body, openings, Index(tool="Bash", call="c", effects=("file.read",), targets=whole)) == ()
    index = Index(tool="Bash", call="c", effects=("file.read",), targets=whole[:-1])
    (missing,) = differences(body, openings, index)
    assert "/a/69" in missing


def test_words_of_a_message_are_remembered_by_the_id_that_the_entry_has() -> None:
    """However long it is: a long one stands, and is hashed, by its beginning and its digest."""
    body: dict[str, Json] = {"kind": "words", "agent": "a", "session": "s", "request": {"message": ident("m" * 999)}}
    known = digest_key("words", "a", "s", ident("m" * 999))
    assert differences(body, (), Index(), identities=(known,)) == ()
    assert len(differences(body, (), Index(), identities=(b"i",))) == 1
    assert len(differences(body, (), Index())) == 1


GAP: dict[str, Json] = {"why": "unseen", "session": "s", "call": "c", "tool": "Bash"}


def test_what_a_second_witness_had_alone_is_a_gap_until_it_is_explained() -> None:
    """A call that no hook saw explains itself by nothing; a person may, by an entry of their own."""
    life = Lifecycle()
    life.take("entry 0", "aa", {"kind": "gap", "gap": GAP})
    (gap,) = life.gaps()
    assert (gap.place, gap.explained) == ("entry 0", "")
    assert gap.reason == "a second witness has a call that no hook saw: `Bash`, call `c` of session `s`"
    life.take("entry 1", "bb", {"kind": "gap", "gap": {"why": "explained"}, "reference": {"gap": "aa"}})
    assert [gap.explained for gap in life.gaps()] == ["entry 1 explains it"]


def test_what_a_second_witness_had_alone_is_remembered_by_the_call() -> None:
    """So that it is on record once."""
    body: dict[str, Json] = {"kind": "gap", "gap": {**GAP}}
    key = witnessed_key("s", "c", "unseen")
    assert differences(body, (), Index(), identities=(key,)) == ()
    assert differences(body, (), Index(), identities=()) != ()
    assert differences({**body, "gap": {**GAP, "call": "d"}}, (), Index(), identities=(key,)) != ()
