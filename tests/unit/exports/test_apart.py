"""An export by several processes is the export by one: byte for byte, of the same snapshot, whatever becomes of a process."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe, fill
from web4_governance.app.exports import apart
from web4_governance.app.exports.formats import FORMATS, PARQUET
from web4_governance.storage import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.storage.reader import Reader

FAILING = (
    "import sys; sys.exit(1)",
    "import os; os.write(1, bytes(5))",
    "import os, sys; sys.stdin.buffer.read(50); os.write(1, bytes(7) + b'\\x30half an answer')",
)


@pytest.fixture
def home(tmp_path: Path) -> str:
    """Nine calls, three of them open, with prompts, and words by call and by message."""
    place = str(tmp_path / "home")
    fill(place, sessions=3, calls=3)
    with open_writer(place, deadline=None) as writer:
        scribe = Scribe(writer, session="said")
        prompt = scribe.prompt("look\nat it")
        scribe.words("I look", call="c1", message="m1")
        scribe.outcome("c1", scribe.intent("c1", prompt=prompt), message="m1")
        scribe.intent("c2", prompt=prompt, tool="Bash")
        writer.commit()
    return place


def lots(reader: Reader) -> list[list[int]]:
    places = [one.idx for one in reader.entries() if one.kind == "intent"]
    return [places[n : n + 2] for n in range(0, len(places), 2)]


def by(cores: int, home: str, form: str) -> list[tuple[bytes, int, int]]:
    with open_reader(home) as reader:
        return [*apart.made(reader, form, lots(reader), cores=cores, at_once=1, meanwhile=0)]


@pytest.mark.parametrize("form", [*FORMATS, PARQUET])
def test_two_processes_give_what_one_gives(home: str, form: str) -> None:
    """In the order of places, each lot with its count and its last place."""
    alone = by(1, home, form)
    assert len(alone) > 3
    assert sum(records for _, records, _ in alone) == 11
    assert by(2, home, form) == alone


@pytest.mark.parametrize("start", FAILING)
def test_a_process_that_fails_loses_nothing(home: str, monkeypatch: pytest.MonkeyPatch, start: str) -> None:
    """Its lots are made by who asked."""
    alone = by(1, home, "jsonl")
    monkeypatch.setattr(apart, "START", start + "  # {}")
    assert by(2, home, "jsonl") == alone


def test_a_process_that_could_not_be_started_loses_nothing(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then one works alone."""
    alone = by(1, home, "jsonl")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert by(2, home, "jsonl") == alone


def test_all_see_one_snapshot(home: str) -> None:
    """A call that ends, and words that come, after an export began are not in a half of it."""
    with open_reader(home) as reader:
        places = lots(reader)
        before = [*apart.made(reader, "jsonl", places, cores=1)]
        with open_writer(home, deadline=None) as writer:
            scribe = Scribe(writer, session="said")
            scribe.outcome("c2", next(one for one in reader.entries(session="said") if b'"c2"' in one.data).leaf.hex())
            scribe.words("late", call="c2", message="m9")
            writer.commit()
        assert [*apart.made(reader, "jsonl", places, cores=2, at_once=1, meanwhile=0)] == before
    assert by(2, home, "jsonl") != before


def test_who_stops_listening_ends_the_processes(home: str) -> None:
    """At once, with lots still to come."""
    with open_reader(home) as reader:
        some = apart.made(reader, "jsonl", lots(reader) * 50, cores=2, at_once=1, meanwhile=0)
        for _ in range(3):
            next(some)
        workers = inspect.getgeneratorlocals(some)["workers"]
        some.close()
    assert [worker.ended for worker in workers] == [True, True]
