"""`web4 trust`: who is known, by which entries, how it went, and whether the kept rows are what the entries say."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.told import call_main
from support.world import World
from web4_governance import Ledger
from web4_governance.app import trust
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Web4


def rows(web4: Web4, *words: str) -> list[dict[str, object]]:
    said = web4("trust", *words, "--json")
    assert said.code == 0
    found: list[dict[str, object]] = json.loads(said.out)
    return found


def test_everybody_who_acted_is_listed_with_bounds(web4: Web4) -> None:
    """Operator, agents, sessions, in the roles that they acted in."""
    found = rows(web4)
    kinds = {str(row["entity"]).partition(":")[0] for row in found}
    assert {"operator", "agent", "session"} <= kinds
    said = web4("trust")
    assert said.code == 0
    assert said.out.splitlines()[0].split()[:2] == ["role", "comple"]
    assert {str(row["entity"]) for row in found} <= {*said.out.splitlines()}
    assert "5 % bound" in said.err


def test_an_entity_is_named_by_a_part_that_only_it_has(web4: Web4) -> None:
    """And an unclear or unknown name is refused with what it could be."""
    said = web4("trust", "operator")
    assert said.code == 0
    assert "reliability" in said.out
    assert "roots" in said.out
    assert web4("trust", "e").code == 3
    assert "it could be" in web4("trust", "e").err
    assert web4("trust", "nobody-of-that-name").code == 3


def test_a_role_narrows(web4: Web4) -> None:
    """Only what was done in that category."""
    assert {row["role"] for row in rows(web4, "--role", "file_read")} == {"file_read"}
    assert rows(web4, "--role", "nothing") == []


def test_the_entries_that_moved_it_are_named(web4: Web4) -> None:
    """Place, time, dimension, weight, and the bound before and after."""
    found = rows(web4, "operator", "--explain", "--limit", "0")
    assert found
    first = found[0]
    assert {"idx", "time", "kind", "role", "dimension", "good", "weight", "before", "after", "alarm"} == first.keys()
    said = web4("trust", "operator", "--explain", "--limit", "2")
    assert len(said.out.splitlines()) == 2
    assert "only the newest 2" in said.err
    assert web4("trust", "--explain").code == 3


def test_the_way_that_it_went_is_shown(web4: Web4) -> None:
    """Up to some twenty places, the last of which is now."""
    found = rows(web4, "operator", "--history")
    assert 0 < len(found) <= 41
    said = web4("trust", "operator", "--history", "--role", "file_read")
    assert "file_read" in said.out


def test_of_nobody_nothing_is_known(tmp_path: Path) -> None:
    """An empty ledger is no error."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with open_writer(str(home), deadline=None) as writer:
        writer.commit()
    said = call_main("trust", "--home", str(home))
    assert (said.code, "nothing is known" in said.err) == (0, True)


LONG = (
    "agent:claude-code/" + "a-reviewer-with-a-name-that-says-all-it-does" * 3 + "/claude-opus-4-8",
    "mcp:" + "w" * 300,
    "session:\x1b[2J\u202e\r\nforged  row",
)


@pytest.mark.parametrize("columns", ["78", "80", "100"])
@pytest.mark.parametrize("words", [(), ("--role", "infrastructure"), *((name,) for name in LONG)])
def test_every_view_fits_the_terminal(
    web4: Web4, told: World, monkeypatch: pytest.MonkeyPatch, columns: str, words: tuple[str, ...]
) -> None:
    """Whatever an entity is called, heard and seen by: no line is wider than there are columns, and none steers."""
    monkeypatch.setenv("COLUMNS", columns)
    with Ledger.open(str(told.home)) as ledger:
        found, size = trust.known(ledger.reader)
    tensor = next(one.tensor for one in found)
    of = [
        trust.Known(
            entity=name,
            role=role,
            tensor=tensor,
            witnesses=LONG,
            heard=tuple((name, 7) for name in LONG[:1]),
            believed=tuple(tensor.items()),
        )
        for name in LONG
        for role in ("infrastructure", "file_write")
    ]
    monkeypatch.setattr(trust, "known", lambda _reader, **_: ((*found, *of), size))
    said = web4("trust", *words)
    assert said.code == 0
    lines = said.out.splitlines()
    # A name that is wider than there is room stands whole on a line of its own, and nothing behind it.
    assert all(len(line[16:].split()) == 1 for line in lines if len(line) > int(columns))
    assert all(char == "\n" or char.isprintable() for char in said.out)
    if not words:
        assert max(map(len, lines)) <= int(columns)
        assert any(line.startswith("agent:claude-code/a-rev") and line.endswith("claude-opus-4-8") for line in lines)


@pytest.mark.parametrize("words", [("--explain",), ("--history",)])
def test_what_moved_it_fits_the_terminal(web4: Web4, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    """In columns, the longest role and dimension too."""
    monkeypatch.setenv("COLUMNS", "80")
    said = web4("trust", "operator", *words, "--limit", "0")
    assert said.code == 0
    assert max(map(len, said.out.splitlines())) <= 80


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, None)
    world.bash("toolu_1", "ls")
    with open_writer(str(world.home), deadline=None) as writer:
        trust.catch_up(writer)
        writer.commit()
    return world


def test_kept_rows_are_compared_with_the_entries(world: World) -> None:
    """0 where they are the same, 2 where they are not, 1 where it cannot be told."""
    assert call_main("trust", "--check", "--home", str(world.home)).code == 0
    assert json.loads(call_main("trust", "--check", "--json", "--home", str(world.home)).out)["wrong"] == []
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute("UPDATE trust SET value = '' WHERE key LIKE 't/operator%'")
    said = call_main("trust", "--check", "--home", str(world.home))
    assert (said.code, "t/operator" in said.out) == (2, True)
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute("UPDATE entries SET bytes = x'', session = '', kind = '', ts = 0 WHERE idx = 0")
    assert call_main("trust", "--check", "--home", str(world.home)).code == 1
