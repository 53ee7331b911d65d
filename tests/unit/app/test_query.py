"""Asking the ledger: both published calls as they are written, every filter, and records with everything in them."""

from __future__ import annotations

import json
import os
import sqlite3
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from support.ledgers import BIRTH_US, Scribe, fill
from web4_governance import Ledger
from web4_governance.app.query import follow, microseconds
from web4_governance.app.verify import verify_mirror, verify_session
from web4_governance.core.action import Effect
from web4_governance.core.errors import InputError, LedgerMissing, PolicyError, UsageError
from web4_governance.core.ledger.verdict import NOT_REST, VerdictName
from web4_governance.core.record.entry import Stored
from web4_governance.core.record.join import join
from web4_governance.core.record.keep import Privacy
from web4_governance.core.record.r6 import Read, Record
from web4_governance.storage.filters import Filters
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> str:
    """Two sessions: reading a patient's file and writing a config in one, a denied command in the other."""
    place = str(tmp_path / "home")
    with open_writer(place, deadline=None) as writer:
        one, two = Scribe(writer, session="abc123"), Scribe(writer, session="other", start_us=BIRTH_US + 10**10)
        prompt = one.prompt("check the patient's dose")
        one.words("I read the file first.", call="c0", message="m1")
        one.call("c0", tool="Read", path="/srv/patient/anna.txt", prompt=prompt)
        leaf = one.intent(
            "c1", tool="Write", path="/srv/config/prod/a.json", effect=Effect.FILE_WRITE, decision="warn", prompt=prompt
        )
        one.outcome("c1", leaf, status="failed", message="m1", result={"error_class": "not-found", "exit_code": 2})
        two.call(
            "c2",
            tool="Bash",
            path="/srv/patient/x",
            decision="deny",
            status="denied",
            agent_id="a1",
            agent_type="helper",
        )
        two.intent(
            "c3",
            tool="Read",
            path="/etc/hosts",
            project="/etc",
            links={"precedents": [{"leaf": leaf, "status": "failed"}]},
        )
        writer.commit()
    return place


@pytest.fixture
def ledger(home: str) -> Iterator[Ledger]:
    with Ledger.open(home) as opened:
        yield opened


def test_the_published_call_finds_every_read_of_a_patients_file(ledger: Ledger) -> None:
    """As it is written: a tool, and a glob over targets."""
    (record,) = ledger.query_audit(tool="Read", targetPattern="*/patient/*")
    assert isinstance(record, Record)
    assert (record.tool, record.session, record.status, record.targets) == (
        "Read",
        "abc123",
        "succeeded",
        ("/srv/patient/anna.txt",),
    )


def test_the_published_call_finds_every_write_of_a_session(ledger: Ledger) -> None:
    """As it is written: a session, and a tool."""
    (record,) = ledger.query_audit(session_id="abc123", tool="Write")
    assert (record.request.call, record.effects, record.decision) == ("c1", ("file.write",), "warn")


def test_a_record_has_all_six_parts_with_the_why(ledger: Ledger) -> None:
    """What, by whom, why, under which rule, and how it ended."""
    (record,) = ledger.query_audit(tool="Write")
    assert record.rules.matched == ("a-rule",)
    assert (record.rules.reasons, record.rules.mode, record.rules.policy) == (("because",), "enforce", "sha256:0")
    assert (record.role.agent, record.role.session, record.role.permission_mode) == ("claude-code", "abc123", "default")
    assert record.request.prompt == "check the patient's dose"
    assert record.request.words == "I read the file first."
    assert record.request.input == {"file_path": "/srv/config/prod/a.json"}
    assert (record.request.project, record.request.categories) == ("/srv", ("file_read",))
    assert (record.reference.seq, record.reference.intent, len(record.reference.outcome)) == (4, record.id, 64)
    assert (record.resource.input_bytes, record.resource.duration_us, record.resource.model) == (321, 1500, "m-1")
    assert (record.resource.tokens, record.resource.measured) == ({"input": 10}, True)
    assert (record.result.status, record.result.error_class, record.result.exit_code) == ("failed", "not-found", 2)
    assert record.result.output == {"sha256": record.result.output["sha256"], "size": 5, "excerpt": "hello"}  # type: ignore[call-overload,index]  # JSON
    assert record.result.ts > record.ts
    assert (record.erased, record.late, record.command) == ((), False, None)


def test_words_said_for_several_calls_are_found_by_their_message(ledger: Ledger) -> None:
    """They are recorded once, before the first of them."""
    assert {r.request.call: r.request.words for r in ledger.query_audit(session_id="abc123")} == {
        "c0": "I read the file first.",
        "c1": "I read the file first.",
    }


@pytest.mark.parametrize(
    ("wanted", "calls"),
    [
        ({}, "c0 c1 c2 c3"),
        ({"tool": "Read"}, "c0 c3"),
        ({"decision": "deny"}, "c2"),
        ({"status": "unclosed"}, "c3"),
        ({"status": "failed"}, "c1"),
        ({"agent": "helper"}, "c2"),
        ({"agent": "a1"}, "c2"),
        ({"effect": "file.write"}, "c1"),
        ({"effect": "file.write", "targetPattern": "*/patient/*"}, ""),
        ({"category": "file_read", "project": "/etc"}, "c3"),
        ({"project": "/e*"}, "c3"),
        ({"since": BIRTH_US + 10**10}, "c2 c3"),
        ({"until": datetime.fromtimestamp(BIRTH_US / 10**6 + 5000, tz=UTC)}, "c0 c1"),
        ({"since": "2030-01-01"}, ""),
        ({"session_id": "nobody"}, ""),
    ],
)
def test_every_filter_holds_and_the_newest_is_last(ledger: Ledger, wanted: dict[str, Any], calls: str) -> None:
    """All that are given, together."""
    found = ledger.query_audit(**wanted)
    assert " ".join(record.request.call for record in found) == calls
    assert not found.truncated


@pytest.mark.parametrize(
    ("limit", "calls", "truncated"), [(1, ["c3"], True), (3, ["c1", "c2", "c3"], True), (4, None, False)]
)
def test_a_limit_keeps_the_newest_and_says_that_it_cut(
    ledger: Ledger, limit: int, calls: list[str] | None, truncated: bool
) -> None:
    """Never silently."""
    found = ledger.query_audit(limit=limit)
    assert found.truncated is truncated
    assert [r.request.call for r in found] == (calls or ["c0", "c1", "c2", "c3"])


@pytest.mark.parametrize(
    "wanted",
    [
        {"effect": "file.raed"},
        {"category": "files"},
        {"decision": "denied"},
        {"status": "ok"},
        {"targetPattern": "[a"},
        {"limit": 0},
        {"since": "yesterdayish"},
    ],
)
def test_a_filter_that_could_find_nothing_is_refused(ledger: Ledger, wanted: dict[str, Any]) -> None:
    """An empty answer must mean that nothing happened, not that a word was misspelt."""
    with pytest.raises((UsageError, PolicyError)):
        ledger.query_audit(**wanted)


def test_a_ledger_that_stays_open_sees_what_comes(home: str, ledger: Ledger) -> None:
    """Each question is asked anew; following gives what came after."""
    assert len(ledger.query_audit()) == 4
    _, place = follow(ledger.reader, Filters(), after=-1)
    assert follow(ledger.reader, Filters(), after=place) == ([], place)
    with open_writer(home, deadline=None) as writer:
        Scribe(writer, session="new").intent("c9")
        writer.commit()
    assert len(ledger.query_audit()) == 5
    found, later = follow(ledger.reader, Filters(), after=place)
    assert ([r.request.call for r in found], later > place) == (["c9"], True)


def test_the_main_agents_calls_are_asked_for_by_its_name(ledger: Ledger) -> None:
    """What no subagent made."""
    assert [r.request.call for r in ledger.query_audit(agent="main")] == ["c0", "c1", "c3"]


def test_one_record_is_found_by_place_call_or_leaf(ledger: Ledger) -> None:
    """Whatever of it a person has at hand; what names none, or an outcome, is said."""
    (record,) = ledger.query_audit(tool="Write")
    for name in (str(record.reference.idx), "c1", record.id, record.id[:10].upper()):
        assert ledger.record(name) == record
    for name in ("c99", "99999", str(record.reference.idx + 1), record.reference.outcome, ""):
        with pytest.raises(UsageError, match="no record"):
            ledger.record(name)


def test_an_id_that_names_two_records_is_refused(home: str, ledger: Ledger) -> None:
    """The person chooses, not chance."""
    with open_writer(home, deadline=None) as writer:
        Scribe(writer, session="again").intent("c1")
        writer.commit()
    with pytest.raises(UsageError, match="more than one"):
        ledger.record("c1")


def test_what_was_never_kept_is_named_and_not_guessed(tmp_path: Path) -> None:
    """Privacy level `metadata`: the record counts and judges, and shows no content."""
    with open_writer(str(tmp_path / "home"), deadline=None) as writer:
        scribe = Scribe(writer, privacy=Privacy.METADATA)
        prompt = scribe.prompt("a secret")
        scribe.call("c0", prompt=prompt)
        writer.commit()
    with Ledger.open(str(tmp_path / "home")) as ledger:
        (record,) = ledger.query_audit()
        assert ledger.query_audit(targetPattern="*/patient/*") == []
    assert (record.request.prompt, record.request.input, record.targets, record.result.output) == (None, None, (), None)
    assert (record.effects, record.decision, record.status) == (("file.read",), "allow", "succeeded")
    assert set(record.erased) >= {"rules.reasons", "request.input", "request.deeds.0.detail", "result.output"}


def test_deeds_over_the_listed_ones_and_shortened_texts_are_shown_as_far_as_they_are_kept() -> None:
    """The rest of the deeds comes from the one commitment to all; a long text shows its beginning."""
    stored = Stored(idx=0, session="s", seq=0, kind="intent", ts=1, data=b"", leaf=b"\1" * 32)
    body: dict[str, Any] = {
        "reference": {"seq": 0},
        "request": {"deeds": [{"effect": "file.read", "decision": "allow"}]},
    }
    detail = {"effect": "file.read", "target": {"given": "/a"}}
    opened: dict[str, Any] = {
        "request.deeds.0.detail": detail,
        "request.deeds_all": [detail, {"effect": "opaque", "host": "h"}],
    }
    prompt = Read(stored=stored, body={}, open={"request.text": {"sha256": "0", "size": 9, "excerpt": "begin"}})
    record = join(Read(stored=stored, body=body, open=opened), None, prompt=prompt, words=None)
    assert [(deed.effect, deed.target, deed.host) for deed in record.request.deeds] == [
        ("file.read", "/a", ""),
        ("opaque", "", "h"),
    ]
    assert (record.targets, record.request.prompt, record.status) == (("/a", "h"), "begin…", "unclosed")


def test_background_work_shows_its_completion(tmp_path: Path) -> None:
    """The last outcome that names the intent."""
    with open_writer(str(tmp_path / "home"), deadline=None) as writer:
        scribe = Scribe(writer)
        leaf = scribe.intent("c0")
        scribe.outcome("c0", leaf, status="started", result={"task": "t-1"})
        scribe.outcome("c0", leaf, status="succeeded")
        scribe.outcome("c0", "00" * 32, status="failed")
        writer.commit()
    with Ledger.open(str(tmp_path / "home")) as ledger:
        assert ledger.query_audit()[0].status == "succeeded"


def test_a_record_prints_as_json_without_what_says_nothing(ledger: Ledger) -> None:
    """One object with the six parts."""
    for record in ledger.query_audit():
        printed = record.to_json()
        assert {"rules", "role", "request", "reference", "result"} <= set(printed)
        assert json.loads(json.dumps(printed)) == printed
    assert "late" not in printed
    assert printed["reference"]["precedents"][0]["status"] == "failed"  # type: ignore[call-overload,index]  # JSON


def test_without_a_ledger_there_is_an_error_and_not_an_empty_answer(tmp_path: Path) -> None:
    """And no ledger is made by asking."""
    with pytest.raises(LedgerMissing) as caught:
        Ledger.open(str(tmp_path))
    assert "web4 init" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("moment", "found"),
    [
        (None, 0),
        (5, 5),
        (datetime(1970, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC), 1_500_000),
        ("1970-01-01T00:00:01+00:00", 1_000_000),
    ],
)
def test_a_time_is_given_in_any_of_its_forms(moment: Any, found: int) -> None:
    """Microseconds, a datetime, a text."""
    assert microseconds(moment) == found


def test_a_session_verifies_alone_and_says_that_it_was_alone(home: str, ledger: Ledger) -> None:
    """Its own chain, head, openings and mirror; the rest is named as not covered."""
    report = verify_session(home, "abc123")
    assert (report.verdict, report.tally.entries, report.tally.sessions, report.notes) == (
        VerdictName.UNANCHORED,
        6,
        1,
        (),
    )
    assert NOT_REST in report.not_covered
    assert ledger.verify().verdict is VerdictName.UNANCHORED


def test_a_session_that_was_changed_is_found_and_its_neighbour_is_not_blamed(home: str) -> None:
    """The place is the changed one's."""
    db = sqlite3.connect(f"{home}/ledger.db")
    with db:
        db.execute(
            "UPDATE entries SET bytes = replace(CAST(bytes AS TEXT), '\"warn\"', '\"allow\"') WHERE session = 'abc123'"
        )
    db.close()
    assert verify_session(home, "abc123").verdict is VerdictName.TAMPERED
    assert verify_session(home, "other").verdict is VerdictName.UNANCHORED


def test_a_lookup_of_an_entry_that_is_gone_shows_nothing_and_verifying_says_so(home: str) -> None:
    """A record is read from its entry, never from what it was found by."""
    db = sqlite3.connect(f"{home}/ledger.db")
    with db:
        db.execute("DELETE FROM entries WHERE idx = (SELECT idx FROM records WHERE tool = 'Write')")
    db.close()
    with Ledger.open(home) as ledger:
        assert ledger.query_audit(tool="Write") == []
        assert ledger.verify().verdict is VerdictName.TAMPERED


def test_a_session_or_a_file_that_is_not_there_is_said(home: str) -> None:
    """It is no clean verdict over nothing."""
    with pytest.raises(UsageError, match="no session"):
        verify_session(home, "nobody")
    with pytest.raises(InputError, match="cannot be read"):
        verify_mirror(f"{home}/audit/nobody.jsonl")


def test_a_mirror_that_is_short_is_noted_for_its_session(home: str) -> None:
    """The verdict stands; the note says what mends it."""
    os.unlink(f"{home}/audit/abc123.jsonl")
    (note,) = verify_session(home, "abc123").notes
    assert "is missing" in note


def test_many_records_come_over_many_pages(tmp_path: Path) -> None:
    """Nothing is lost at the seams."""
    home = str(tmp_path / "home")
    fill(home, sessions=1, calls=1)
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer, session="many")
        for n in range(600):
            scribe.intent(f"n{n}")
        writer.commit()
    with Ledger.open(home) as ledger:
        assert [r.request.call for r in ledger.query_audit(session_id="many")] == [f"n{n}" for n in range(600)]
