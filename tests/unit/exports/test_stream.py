"""Reading many records: the same as one by one, the oldest first, and never many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support import one_by_one
from support.ledgers import Scribe, fill
from web4_governance.app import reading
from web4_governance.app.exports.stream import stream
from web4_governance.app.query import query
from web4_governance.core.errors import CanonicalError
from web4_governance.core.record.build import digest_key
from web4_governance.core.record.entry import Index, Kind
from web4_governance.storage import finding, open_reader
from web4_governance.storage.filters import Filters
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.storage.database import Cell, Database, Row


@pytest.fixture
def home(tmp_path: Path) -> str:
    """Sessions with prompts, words by call and by message, open calls, a denied one, a second outcome."""
    place = str(tmp_path / "home")
    fill(place, sessions=3, calls=4)
    with open_writer(place, deadline=None) as writer:
        scribe = Scribe(writer, session="said")
        prompt = scribe.prompt("look\nat it")
        scribe.words("I look", call="c1", message="m1")
        first = scribe.intent("c1", prompt=prompt, decision="warn")
        second = scribe.intent("c2", prompt=prompt, tool="Bash")
        scribe.outcome("c1", first, message="m1")
        scribe.outcome("c2", second, message="m1", status="failed")
        scribe.outcome("c2", second, message="m1", status="succeeded")
        scribe.intent("c3", prompt="00" * 32, late=True)
        other = scribe.intent("c4", decision="deny")
        scribe.outcome("c4", "11" * 32)
        scribe.outcome("c4", other, message="unheard of")
        writer.commit()
    return place


@pytest.mark.parametrize("chunk", [1, 2, 256])
@pytest.mark.parametrize(
    "asked",
    [{}, {"session": "said"}, {"decision": "deny"}, {"target": "*/patient/*"}, {"since": 1_795_000_003_000_000}],
)
def test_many_at_once_are_the_same_as_one_by_one(
    home: str, monkeypatch: pytest.MonkeyPatch, chunk: int, asked: dict[str, Any]
) -> None:
    """Record by record, whatever the filter and however many are read at once."""
    monkeypatch.setattr(finding, "CHUNK", chunk)
    monkeypatch.setattr(reading, "MOST_PROMPTS", 2)
    with open_reader(home) as opened:
        found = list(stream(opened, Filters(**asked)))
        records = [one for some in found for one in some]
        assert records == list(one_by_one.read_records(opened, reversed(opened.find(Filters(**asked), limit=99))))
        assert records == list(query(opened, Filters(**asked), limit=None))
        assert records
        assert max(map(len, found)) <= chunk


def test_a_stream_goes_on_after_a_place(home: str) -> None:
    """What stood before it is not read again."""
    with open_reader(home) as opened:
        every = [one for some in stream(opened, Filters()) for one in some]
        after = every[3].reference.idx
        assert [one for some in stream(opened, Filters(), after=after) for one in some] == every[4:]


def test_words_are_found_by_the_message_that_made_several_calls(home: str) -> None:
    """The second call of a message has the words that stand before the first."""
    with open_reader(home) as opened:
        found = {
            one.request.call: one.request.words for some in stream(opened, Filters(session="said")) for one in some
        }
    assert found == {"c1": "I look", "c2": "I look", "c3": None, "c4": None}


def test_a_stream_costs_a_bounded_number_of_statements(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some for hundreds of calls, and one for each prompt; not several for each call."""
    with open_reader(home) as opened:
        asked: list[str] = []
        database = type(opened._database)
        real = database.rows

        def rows(self: Database, statement: str, *values: Cell) -> list[Row]:
            asked.append(statement)
            return real(self, statement, *values)

        monkeypatch.setattr(database, "rows", rows)
        records = [one for some in stream(opened, Filters()) for one in some]
        streamed = len(asked)
        list(one_by_one.read_records(opened, [one.reference.idx for one in records]))
    assert len(records) > 12
    assert streamed <= 8 + len({one.reference.prompt for one in records})
    assert len(asked) - streamed > len(records)


@pytest.mark.parametrize("data", [b"[]", b'{"reference":1}', b"no", b'{"v":1.5,"reference":{}}'])
def test_bytes_that_are_no_entry_stop_an_export(home: str, data: bytes) -> None:
    """It says why, and does not leave the call out."""
    with open_writer(home, deadline=None) as writer:
        writer._database.run(
            "UPDATE entries SET bytes = ? WHERE idx = (SELECT max(idx) FROM records WHERE kind='intent')", data
        )
        writer.commit()
    with open_reader(home) as opened, pytest.raises(CanonicalError):
        list(stream(opened, Filters()))


def test_an_opening_that_is_no_json_is_shown_as_unreadable(home: str) -> None:
    """And the others are read."""
    with open_writer(home, deadline=None) as writer:
        writer._database.run("UPDATE openings SET value = 'no' WHERE field = 'request.input'")
        writer.commit()
    with open_reader(home) as opened:
        for some in stream(opened, Filters()):
            assert all("unreadable" in (one.request.input or {}) and one.request.project for one in some)


def test_an_erased_opening_is_named(home: str) -> None:
    """As the query names it; a stray opening in its place hides nothing."""
    with open_writer(home, deadline=None) as writer:
        writer._database.run("UPDATE openings SET field = 'request.tool' WHERE field = 'request.input'")
        writer.commit()
    with open_reader(home) as opened:
        assert all("request.input" in one.erased for some in stream(opened, Filters()) for one in some)


def test_the_words_of_another_agent_are_not_taken(home: str) -> None:
    """A message is an agent's own: the key is made of both."""
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer, session="said")
        keep = scribe.keeper()
        text = keep.commit("request.text", "not mine")
        once = digest_key("words", "other", "said", "unheard of")
        scribe.append(
            Kind.WORDS,
            {"agent": "other", "request": {"text": text, "message": "unheard of"}, "reference": {}},
            keep,
            Index(identity=once),
        )
        writer.commit()
    with open_reader(home) as opened:
        found = [one for some in stream(opened, Filters(decision="deny")) for one in some]
    assert [one.request.words for one in found] == [None]
