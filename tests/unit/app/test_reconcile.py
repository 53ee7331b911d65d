"""The ledger beside recorded telemetry and transcripts of a real session: what fits, and each thing that does not."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from support.ledgers import fill
from support.world import World
from web4_governance.app import second_sources
from web4_governance.app.reconcile import Asked, reconcile
from web4_governance.app.surroundings import Surroundings, surroundings
from web4_governance.core.errors import InputError, LedgerMissing, UsageError
from web4_governance.core.ledger.reconcile import Difference
from web4_governance.storage.reader import Reader

FIXTURES = Path(__file__).parents[2] / "fixtures" / "claude-code" / "telemetry"
SESSION = "5cf52332-8a24-495e-b4ea-97f96aede001"
THERE = "/home/user/project"
SUB = next((FIXTURES / SESSION / "subagents").iterdir()).name[len("agent-") : -len(".jsonl")]
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "toolu_main_0_0": ("Bash", {"command": "echo hi", "description": "d"}),
    "toolu_main_0_1": ("Bash", {"command": "exit 3", "description": "e"}),
    "toolu_main_1_0": ("Write", {"file_path": f"{THERE}/a.txt", "content": "x\n"}),
    "toolu_main_2_0": ("Read", {"file_path": f"{THERE}/a.txt"}),
    "toolu_main_3_1": ("Bash", {"command": "echo denied", "description": "x"}),
    "toolu_main_4_0": (
        "Agent",
        {"description": "s", "prompt": "[[play:sub]]", "subagent_type": "general-purpose"},
    ),
    "toolu_sub_0_0": ("Bash", {"command": "echo sub", "description": "d"}),
}
REWRITTEN = "toolu_main_2_0"


class Place(World):
    """A home whose hooks saw the recorded session, or a part of it."""

    def hooks_saw(self, *, without: tuple[str, ...] = (), other: dict[str, dict[str, Any]] | None = None) -> None:
        for call, (tool, given) in CALLS.items():
            if call not in without:
                agent = {"agent_id": SUB, "agent_type": "general-purpose"} if "sub" in call else {}
                self.pre(call, tool, (other or {}).get(call, given), session_id=SESSION, cwd=THERE, **agent)
        unknown = ("toolu_main_3_0", "Nope", {"a": 1}, "<tool_use_error>Error: No such tool available: Nope")
        self.batch(unknown, session_id=SESSION, cwd=THERE)

    @property
    def around(self) -> Surroundings:
        return surroundings(str(self.home), environment={}, cwd=str(self.project), user_home=str(self.user_home))

    def transcripts(self, name: str = SESSION) -> Path:
        """Put the recorded transcript where the client keeps it."""
        place = self.user_home / ".claude" / "projects" / "-home-user-project"
        place.mkdir(parents=True, exist_ok=True)
        text = (FIXTURES / f"{SESSION}.jsonl").read_text().replace(SESSION, name)
        (place / f"{name}.jsonl").write_text(text)
        shutil.copytree(FIXTURES / SESSION, place / name, dirs_exist_ok=True)
        return place / f"{name}.jsonl"

    def compare(self, **asked: Any) -> tuple[list[tuple[str, str]], int]:
        answer = reconcile(self.around, Asked(**asked))
        return [(str(one.what), one.call) for one in answer.found.found], answer.found.exit_code


TELEMETRY = {"telemetry": (str(FIXTURES / "session.jsonl"),)}
TRANSCRIPT = {"transcripts": (str(FIXTURES / f"{SESSION}.jsonl"),)}
SOURCES = pytest.mark.parametrize("source", [TELEMETRY, TRANSCRIPT, {**TELEMETRY, **TRANSCRIPT}])
CHANGED = [(str(Difference.REWRITTEN), REWRITTEN)]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@SOURCES
def test_the_one_rewritten_input_is_all_that_does_not_fit(place: Place, source: dict[str, Any]) -> None:
    """Failures, refusals by the host, an unknown tool, a subagent's call: all of it lines up."""
    place.hooks_saw()
    assert place.compare(**source) == (CHANGED, 2)
    assert place.compare(session=SESSION, **source) == (CHANGED, 2)


@SOURCES
def test_a_call_that_no_hook_saw_is_named(place: Place, source: dict[str, Any]) -> None:
    """One of them, a subagent's, and all of a session."""
    place.hooks_saw(without=("toolu_main_1_0", "toolu_sub_0_0"))
    found, code = place.compare(**source)
    assert sorted(found) == sorted([("unseen", "toolu_main_1_0"), ("unseen", "toolu_sub_0_0"), *CHANGED])
    assert code == 2


@SOURCES
def test_a_denial_that_did_not_bind_is_named(place: Place, source: dict[str, Any]) -> None:
    """The gate said deny, and the witness has a result."""
    place.policy(
        {"rules": [{"id": "no", "match": {"targetPatterns": ["echo hi"]}, "decision": "deny"}], "enforce": True}
    )
    place.hooks_saw()
    found, code = place.compare(**source)
    assert (sorted(found), code) == ([("did-not-bind", "toolu_main_0_0"), *CHANGED], 2)


@SOURCES
def test_another_input_than_the_judged_one_is_named(place: Place, source: dict[str, Any]) -> None:
    """Whoever made it so."""
    place.hooks_saw(other={"toolu_main_0_0": {"command": "echo ho", "description": "d"}})
    found, _code = place.compare(**source)
    assert sorted(found) == [("rewritten", "toolu_main_0_0"), *CHANGED]


def test_an_erased_opening_is_compared_by_the_hmac_or_not_at_all(place: Place) -> None:
    """Without the opening a same input is still known; without the lookup nothing is, and that is said."""
    place.hooks_saw()
    with sqlite3.connect(place.home / "ledger.db") as database:
        database.execute("DELETE FROM openings")
    assert place.compare(**TELEMETRY) == ([("input-unknown", REWRITTEN)], 1)
    with sqlite3.connect(place.home / "ledger.db") as database:
        database.execute("UPDATE records SET same = x''")
    found, code = place.compare(**TELEMETRY)
    assert {what for what, _call in found} == {"input-unknown"}
    assert (len(found), code) == (6, 1)


def test_at_level_metadata_the_hmac_is_enough(place: Place) -> None:
    """Nothing readable is kept, and equal inputs are known."""
    (place.home / "config.toml").write_text('privacy = "metadata"')
    place.hooks_saw()
    assert place.compare(**TELEMETRY) == ([("input-unknown", REWRITTEN)], 1)


def test_a_call_that_only_the_ledger_has_is_named(place: Place) -> None:
    """A witness that is not complete, or an event that somebody made up."""
    place.hooks_saw()
    place.bash("toolu_made_up", "ls", session_id=SESSION)
    found, code = place.compare(**TELEMETRY)
    assert (found, code) == ([*CHANGED, ("only-in-ledger", "toolu_made_up")], 2)


def test_a_call_first_seen_at_its_end_is_named_where_it_ran(place: Place) -> None:
    """The gate never judged it."""
    place.hooks_saw(without=("toolu_main_0_0",))
    tool, given = CALLS["toolu_main_0_0"]
    place.post("toolu_main_0_0", tool, given, {"stdout": "hi"}, session_id=SESSION)
    assert place.compare(**TELEMETRY)[0] == [*CHANGED, ("late", "toolu_main_0_0")]


def test_holes_in_the_telemetry_are_named(place: Place, tmp_path: Path) -> None:
    """A lost export leaves numbers out, and calls with them."""
    place.hooks_saw()
    lines = (FIXTURES / "session.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "part.jsonl").write_text("".join(lines[::2]))
    found, code = place.compare(telemetry=(str(tmp_path / "part.jsonl"),))
    assert {"sequence-gap", "only-in-ledger"} <= {what for what, _call in found}
    assert code in (1, 2)


def test_the_sessions_own_transcripts_are_found(place: Place) -> None:
    """And those that lie beside them, of sessions that no hook saw; one session asked for is one session."""
    place.hooks_saw()
    place.transcripts()
    assert place.compare() == (CHANGED, 2)
    place.transcripts("5cf52332-8a24-495e-b4ea-97f96aede002")
    found, _code = place.compare()
    assert sum(what == "unseen" for what, _call in found) == 5
    assert place.compare(session=SESSION) == (CHANGED, 2)


def test_a_session_without_a_transcript_is_not_told(place: Place) -> None:
    """It may have been tidied away."""
    place.hooks_saw()
    answer = reconcile(place.around, Asked())
    assert (answer.found.silent, answer.found.exit_code, answer.sources) == ((SESSION,), 1, ())


def test_only_sessions_that_a_witness_speaks_of_are_read(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the others their names are enough; but an outcome that itself says that something is wrong is heard of all."""
    place.policy(
        {"rules": [{"id": "no", "match": {"targetPatterns": ["echo no"]}, "decision": "deny"}], "enforce": True}
    )
    place.hooks_saw()
    for session, command in (("quiet", "echo hi"), ("wrong", "echo no"), ("later", "echo hi")):
        place.pre(f"toolu_{session}", "Bash", {"command": command}, session_id=session, cwd=THERE)
        place.post(f"toolu_{session}", "Bash", {"command": command}, {"stdout": "x"}, session_id=session, cwd=THERE)
    read: list[str | None] = []
    real = Reader.entries

    def entries(reader: Reader, *, session: str | None = None, **rest: Any) -> Any:
        read.append(session)
        return real(reader, session=session, **rest)

    monkeypatch.setattr(Reader, "entries", entries)
    heard: list[tuple[int, int, int]] = []
    answer = reconcile(place.around, Asked(transcripts=TRANSCRIPT["transcripts"]), told=lambda *of: heard.append(of))
    assert sorted(filter(None, read)) == [SESSION, "wrong"]
    assert [(str(one.what), one.call) for one in answer.found.found] == [("did-not-bind", "toolu_wrong"), *CHANGED]
    assert answer.found.silent == ("quiet", "wrong", "later")
    assert heard[0] == (0, 0, 2)
    assert {of for _read, _at, of in heard} == {2}
    assert place.compare(session="quiet", **TRANSCRIPT) == ([], 1)
    with pytest.raises(UsageError, match="no session"):
        place.compare(session="never")


def test_memory_does_not_follow_sessions_of_which_nobody_speaks(place: Place, tmp_path: Path) -> None:
    """Four times the calls of such are no more in memory."""
    peaks = []
    for calls in (100, 400):
        home = tmp_path / f"home-{calls}"
        fill(str(home), sessions=4, calls=calls)
        around = surroundings(str(home), environment={}, cwd=str(place.project), user_home=str(place.user_home))
        reconcile(around, Asked())
        tracemalloc.start()
        try:
            assert len(reconcile(around, Asked()).found.silent) == 4
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0]


def test_what_was_before_the_ledger_is_left_out(place: Place) -> None:
    """And what was before the time asked for; how much is said."""
    place.hooks_saw()
    place.transcripts()
    answer = reconcile(place.around, Asked(since=2_000_000_000_000_000))
    assert answer.found.calls == 0
    place.now_us = 1_900_000_000_000_000
    (place.home / "ledger.db").unlink()
    place.bash("toolu_x", "ls", session_id=SESSION)
    answer = reconcile(place.around, Asked(transcripts=TRANSCRIPT["transcripts"]))
    assert [one.call for one in answer.found.found] == ["toolu_x"]
    assert "before the ledger began" in answer.found.notes[0]


def test_an_id_that_is_known_by_its_digest_is_joined(place: Place, tmp_path: Path) -> None:
    """Ledger and witness know it by the same word."""
    long = "toolu_" + "y" * 300
    place.hooks_saw(without=("toolu_main_0_0",))
    place.pre(long, *CALLS["toolu_main_0_0"], session_id=SESSION)
    text = (FIXTURES / "session.jsonl").read_text().replace("toolu_main_0_0", long)
    (tmp_path / "t.jsonl").write_text(text)
    assert place.compare(telemetry=(str(tmp_path / "t.jsonl"),)) == (CHANGED, 2)


def test_a_file_that_is_none_is_refused_and_one_that_is_gone_too(place: Place, tmp_path: Path) -> None:
    """A named file is meant; what the console exporter prints is no export."""
    place.hooks_saw()
    (tmp_path / "console.txt").write_text("{\n  body: 'claude_code.tool_result',\n}\n")
    with pytest.raises(InputError, match="no OTLP/JSON export"):
        place.compare(telemetry=(str(tmp_path / "console.txt"),))
    with pytest.raises(InputError, match="no OTLP/JSON export"):
        place.compare(telemetry=(str(tmp_path / "console.txt"),), **TRANSCRIPT)
    with pytest.raises(InputError, match="cannot be read"):
        place.compare(transcripts=(str(tmp_path / "none.jsonl"),))
    with pytest.raises(InputError, match="no regular file"):
        place.compare(telemetry=("/dev/null",))
    with pytest.raises(UsageError, match="no session"):
        place.compare(session="nope")


def test_without_a_ledger_there_is_nothing_to_compare(place: Place) -> None:
    """And that is an error, not an answer."""
    with pytest.raises(LedgerMissing):
        place.compare()


def test_lines_that_cannot_be_read_are_counted(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A torn line, and one that is too long, take nothing else with them; what was not read is not told."""
    place.hooks_saw()
    text = (FIXTURES / "session.jsonl").read_text()
    (tmp_path / "torn.jsonl").write_text(text + '{"resourceLogs":[\n' + "x" * 200_000 + "\n\n")
    monkeypatch.setattr(second_sources, "MOST_LINE", 100_000)
    answer = reconcile(place.around, Asked(telemetry=(str(tmp_path / "torn.jsonl"),)))
    assert [one.call for one in answer.found.found] == [REWRITTEN]
    assert "2 lines could not be read" in answer.found.notes[0]


def test_an_unreadable_transcript_that_nobody_named_is_a_note(place: Place) -> None:
    """The others are read."""
    place.hooks_saw()
    beside = place.transcripts().with_name("pipe.jsonl")
    beside.mkdir()
    answer = reconcile(place.around, Asked())
    assert [one.call for one in answer.found.found] == [REWRITTEN]
    assert any("pipe" in note for note in answer.found.notes)


def test_memory_does_not_follow_the_size_of_a_file(place: Place, tmp_path: Path) -> None:
    """A transcript five times as large, of the same calls, takes no more of it."""
    place.hooks_saw()
    text = (FIXTURES / f"{SESSION}.jsonl").read_text()
    small, large = tmp_path / "small.jsonl", tmp_path / "large.jsonl"
    small.write_text(text * 50)
    large.write_text(text * 250)
    peaks = []
    for path in (large, small, large):
        tracemalloc.start()
        reconcile(place.around, Asked(transcripts=(str(path),)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[2] < peaks[1] * 2


def test_a_forked_sessions_copies_are_the_other_sessions_calls(place: Place) -> None:
    """Their lines name it, where they are the model's; those of how they ended do not."""
    place.hooks_saw()
    other = place.transcripts("5cf52332-8a24-495e-b4ea-97f96aede002")
    lines = [json.loads(line) for line in other.read_text().splitlines()]
    copies = [{**line, "requestSessionId": SESSION} if line["type"] == "assistant" else line for line in lines]
    other.write_text("".join(json.dumps(line, separators=(",", ":")) + "\n" for line in copies))
    place.transcripts()
    assert place.compare() == (CHANGED, 2)
    assert place.compare(transcripts=(str(other),)) == (CHANGED, 2)
