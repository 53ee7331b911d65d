"""Calls are found by the names of what they touch as they are one by one: never more, never fewer, and erased names are gone."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.ledgers import Scribe
from web4_governance.app.anchor import take_in_names
from web4_governance.app.verify import verify_ledger
from web4_governance.core.action import Effect
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.storage import finding, lookup, names
from web4_governance.storage.erase import open_eraser
from web4_governance.storage.filters import Filters
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PATHS = ("/a/x.py", "/a/y.py", "/a/b/x.kt", "/patient/anna", "/patient/[x]", "ünï/ü", "x")
GLOBS = (
    "",
    "*",
    "/a/*",
    "*.py",
    "*.kt",
    "/patient/anna",
    "*patient*",
    "/a/?.py",
    "*/[xb]*",
    "*[[]x]",
    "ü*",
    "?",
    "never",
)


def write(home: Path, paths: Sequence[str], *, named: int) -> None:
    """Write calls that touch these paths, the first of them found by name."""
    with open_writer(str(home), deadline=None) as writer:
        scribe = Scribe(writer)
        for n, path in enumerate(paths):
            scribe.intent(f"call-{n}", path=path, effect=Effect.FILE_WRITE if n % 3 else Effect.FILE_READ)
        while named and writer.names.take_in(at_most=1) and writer.names.size() < named:
            pass
        writer.commit()


def one_by_one(home: Path, filters: Filters, low: int, high: int) -> list[int]:
    with open_reader(str(home)) as reader:
        reader._fit(filters)
        return reader._between(filters, low, high, 10**6)


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_names_find_what_looking_at_each_call_finds(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Any globs, effects, bounds and limits; however far the names go; in pages and as a stream."""
    home = tmp_path_factory.mktemp("names") / "home"
    paths = data.draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=40))
    write(home, paths, named=data.draw(st.integers(0, len(paths))))
    with pytest.MonkeyPatch.context() as patch, open_reader(str(home)) as reader:
        patch.setattr(finding, "NEWEST", data.draw(st.sampled_from((0, 3, 1000))))
        patch.setattr(finding, "CHUNK", data.draw(st.sampled_from((1, 3, 256))))
        for pattern in GLOBS:
            filters = Filters(target=pattern, effect=data.draw(st.sampled_from(("", "file.write"))))
            low, high = data.draw(st.integers(0, len(paths))), data.draw(st.integers(0, len(paths)))
            limit = data.draw(st.integers(1, 50))
            expected = one_by_one(home, filters, low, high)
            assert [*reader.find(filters, after=low, before=high, limit=limit)] == expected[:limit]
            every = one_by_one(home, filters, finding.LOWEST, lookup.HIGHEST)
            assert [idx for some in reader.places(filters) for idx in some] == every[::-1]
            assert [*reader.find(filters, limit=1000)] == every
            assert sum(reader.counted(filters, "decision").values()) == len(every)
            assert reader.counted(filters, "effects") == Counter(
                f" {Effect.FILE_WRITE if idx % 3 else Effect.FILE_READ} " for idx in every
            )


def test_the_longest_piece_is_in_everything_that_a_glob_stands_for() -> None:
    """What the names are first looked through for must leave none out."""
    from web4_governance.core.policy.glob import compile_glob  # noqa: PLC0415  # for this claim only

    for pattern in filter(None, GLOBS):
        glob = compile_glob(pattern)
        assert [path for path in PATHS if glob.matches(path) and glob.longest not in path] == []
    assert compile_glob("/a/*/long-piece/*").longest == "/long-piece/"


def test_taking_in_goes_on_where_it_stopped_and_lets_others_write_between(tmp_path: Path) -> None:
    """Each transaction is short, and nothing is taken in twice."""
    home = tmp_path / "home"
    write(home, [f"/f/{n}" for n in range(7)], named=0)
    with open_writer(str(home), deadline=None) as writer:
        assert [writer.names.take_in(at_most=3), writer.names.size()] == [4, 3]
        writer.commit()
    take_in_names(str(home))
    with open_writer(str(home), deadline=None) as writer:
        assert (writer.names.size(), writer.names.take_in()) == (7, 0)
    with sqlite3.connect(home / "ledger.db") as db:
        assert db.execute("SELECT count(*) FROM names JOIN places ON name = id").fetchone() == (7,)


def test_an_erased_text_is_no_name_any_more_and_one_that_others_touch_stays(tmp_path: Path) -> None:
    """A name goes with the last call that shows it."""
    home = tmp_path / "home"
    write(home, ["/secret/only-once", "/shared", "/shared"], named=3)
    with open_eraser(str(home), deadline=None) as eraser:
        for idx in (0, 1):
            eraser.erase({idx: [one.field for one in eraser.openings(idx)]})
        eraser.commit()
        assert eraser.scrub()
    with open_reader(str(home)) as reader:
        assert reader.find(Filters(target="/shared"), limit=9) == (2,)
        assert reader.names.strays(9) == ()
    with sqlite3.connect(home / "ledger.db") as db:
        assert db.execute("SELECT target FROM names").fetchall() == [("/shared",)]
    assert b"only-once" not in (home / "ledger.db").read_bytes()


@pytest.mark.parametrize("change", ["DELETE FROM named", "UPDATE named SET size = 0", "UPDATE named SET size = 'x'"])
def test_an_erased_text_goes_from_the_names_whatever_is_said_of_how_far_they_go(tmp_path: Path, change: str) -> None:
    """That row is a hint for who asks, and no reason to leave a text behind."""
    home = tmp_path / "home"
    write(home, ["/secret/only-once", "/shared", "/shared"], named=3)
    with sqlite3.connect(home / "ledger.db") as db:
        assert db.execute(change).rowcount == 1
    with open_eraser(str(home), deadline=None) as eraser:
        eraser.erase({0: [one.field for one in eraser.openings(0)]})
        eraser.commit()
        assert eraser.scrub()
    assert b"only-once" not in (home / "ledger.db").read_bytes()


def test_an_erasure_where_names_do_not_reach_yet_names_nothing_ahead(tmp_path: Path) -> None:
    """What is left of the entry is taken in when its turn comes."""
    home = tmp_path / "home"
    write(home, ["/shared", "/shared", "/shared"], named=1)
    with open_eraser(str(home), deadline=None) as eraser:
        eraser.erase({2: ["request.input"]})
        eraser.commit()
        assert eraser.scrub()
    assert verify_ledger(str(home)).verdict is VerdictName.UNANCHORED


CHANGES = (
    "DELETE FROM places WHERE idx = 1",
    "UPDATE names SET target = 'another' WHERE target = '/b'",
    "UPDATE places SET name = (SELECT id FROM names WHERE target = '/a') WHERE idx = 1",
    "INSERT INTO names(target) VALUES('nowhere')",
    "INSERT INTO places(name, idx) VALUES((SELECT min(id) FROM names), 2)",
    "UPDATE named SET size = 99",
    "UPDATE named SET size = 1",
    "DELETE FROM named",
)


@pytest.mark.parametrize("change", CHANGES)
def test_names_that_hide_or_make_up_a_call_are_found(tmp_path: Path, change: str) -> None:
    """Who hides a call from questions by its name is found by whoever verifies the whole."""
    home = tmp_path / "home"
    write(home, ["/a", "/b", "/c"], named=3)
    assert verify_ledger(str(home)).verdict is VerdictName.UNANCHORED
    with sqlite3.connect(home / "ledger.db") as db:
        assert db.execute(change).rowcount == 1
    report = verify_ledger(str(home))
    assert (report.verdict, {one.step for one in report.findings}) == (VerdictName.TAMPERED, {10})


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters(decision="deny"), "records_stopped"),
        (Filters(status="failed"), "records_failed"),
        (Filters(tool="Bash"), "records_tool"),
        (Filters(status="unclosed"), "records_open"),
        (Filters(session="s"), "entries_kind"),
        (Filters(session="s", tool="Read", since=1), "entries_kind"),
    ],
)
def test_what_is_asked_most_goes_by_an_index(tmp_path: Path, filters: Filters, index: str) -> None:
    """And needs no sorting: the index is in the ledger's order."""
    home = tmp_path / "home"
    write(home, ["/a"], named=0)
    with open_reader(str(home)) as reader:
        asked: list[str] = []
        reader._database._connection.set_trace_callback(asked.append)
        reader.find(filters, limit=5)
        reader.find(filters, limit=5, before=1)
        reader._database._connection.set_trace_callback(None)
        plans = [
            " ".join(str(row[3]) for row in reader._database.rows("EXPLAIN QUERY PLAN " + statement))
            for statement in asked
            if "FROM records" in statement
        ]
    assert len(plans) == 2
    assert [plan for plan in plans if index not in plan or "TEMP B-TREE" in plan] == []


def test_the_entries_of_a_rare_kind_are_found_without_reading_the_others(tmp_path: Path) -> None:
    """By session and kind: an incremental verification asks for sign-offs, however many entries there are."""
    home = tmp_path / "home"
    write(home, ["/a"], named=0)
    with open_reader(str(home)) as reader:
        asked: list[str] = []
        reader._database._connection.set_trace_callback(asked.append)
        assert reader.of_kind("signoff") == ()
        assert [entry.idx for entry in reader.of_kind("intent")] == [0]
        reader._database._connection.set_trace_callback(None)
        plans = [
            str(row[3])
            for one in asked
            for row in reader._database.rows("EXPLAIN QUERY PLAN " + one)
            if "entries" in row[3]
        ]
    assert plans
    assert [plan for plan in plans if "INDEX entries_kind" not in plan] == []


@pytest.mark.parametrize(
    "begin", ["a", "/srv/old/", "z\U0010ffff", "\ud7ff", "é", "\U0010ffff", "\U0010ffff\U0010ffff", ""]
)
def test_texts_of_one_beginning_lie_before_what_comes_after_it(begin: str) -> None:
    """All of them and no other, as SQLite orders texts; where nothing comes after, nothing is bounded."""
    texts = [
        f"{one}{more}"
        for one in (
            "a",
            "b",
            "/srv/old/",
            "/srv/old",
            "/srv/old0",
            "z\U0010ffff",
            "{",
            "\ud7ff",
            "\ue000",
            "é",
            "ê",
            "\U0010ffff",
        )
        for more in ("", "x", "\U0010ffff", "\ue000")
    ]
    end = names._after(begin)
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE TABLE t(text TEXT UNIQUE)")
        db.executemany("INSERT OR IGNORE INTO t VALUES(?)", [(one,) for one in texts])
        found = {one for (one,) in db.execute("SELECT text FROM t WHERE text >= ? AND text < ?", (begin, end))}
    assert found == ({one for one in texts if one.startswith(begin)} if end else set())
    assert bool(end) is bool(begin.strip("\U0010ffff"))


@pytest.mark.parametrize("limit", [1, 3, 9, 30])
@pytest.mark.parametrize("target", ["/old/*", "*/old/*", "/old/7"])
def test_the_newest_of_many_are_the_newest_however_few_of_them_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, limit: int
) -> None:
    """Also where the first of them are not enough, and where one call stands under several names."""
    home = tmp_path / "home"
    write(home, [f"/old/{n % 9}" for n in range(60)], named=60)
    monkeypatch.setattr(finding, "CHUNK", 4)
    monkeypatch.setattr(finding, "NEWEST", 0)
    for effect in ("", "file.write", "file.read", "file.delete"):
        filters = Filters(target=target, effect=effect)
        expected = one_by_one(home, filters, finding.LOWEST, lookup.HIGHEST)
        with open_reader(str(home)) as reader:
            assert [*reader.find(filters, limit=limit)] == expected[:limit]
            assert [*reader.find(filters, before=31, limit=limit)] == [one for one in expected if one < 31][:limit]
