"""A hand in the rows that trust is kept in: what it gains at once, and how it is found, also after it put them back."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from support.told import call_main
from support.world import World
from web4_governance.app import verify_trust
from web4_governance.app.anchor import make_key, sign_head
from web4_governance.app.held import collect
from web4_governance.app.verify import verify_ledger
from web4_governance.app.verify_incremental import verify_incremental
from web4_governance.core.evidence import fold
from web4_governance.core.ledger.verdict import NOT_TRUST, VerdictName

if TYPE_CHECKING:
    from pathlib import Path

RULE = {"match": {"categories": ["network"]}, "except": {"trust": {"reliability": "> 0.7"}}, "decision": "deny"}
ROWS = tuple(f"t/agent:claude-code/main/unknown\t{role}" for role in ("command", "network"))  # it is asked in both
GOOD = "reliability=99999999999,0,99999999999"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"rules": [RULE], "defaultPolicy": "allow", "enforce": True})


def fetch(world: World, n: int) -> bool:
    given = {"command": f"curl -s https://host{n}.example.test/", "description": "d"}
    return world.pre(f"toolu_{n}", "Bash", given).exit_code == 0


def sql(world: World, statement: str, *values: Any) -> list[Any]:
    with sqlite3.connect(world.home / "ledger.db") as database:
        found = database.execute(statement, values).fetchall()
    database.close()
    return found


def spoil(world: World) -> None:
    for row in ROWS:
        sql(world, "INSERT OR REPLACE INTO trust VALUES(?, ?)", row, GOOD)


def found(world: World) -> list[tuple[int, str, str]]:
    report = verify_ledger(str(world.home))
    assert (report.verdict is VerdictName.TAMPERED) == bool(report.findings)
    return [(one.step, one.place, one.reason) for one in report.findings]


def test_a_row_that_opens_a_gate_is_found_with_the_call_that_it_let_through(world: World) -> None:
    """The gate cannot know (G0 to G2 say so); the verification does, and says which step, row and call."""
    assert not fetch(world, 1)
    assert not fetch(world, 2)
    assert found(world) == []
    held = [(row, *one) for row in ROWS for one in sql(world, "SELECT value FROM trust WHERE key = ?", row)]
    spoil(world)
    named = found(world)
    assert [(step, place) for step, place, _reason in named] == [
        (10, f"the row `{row.expandtabs(1)}` of trust") for row in ROWS
    ]
    assert all("does not follow from the first" in reason for _step, _place, reason in named)
    assert fetch(world, 3)
    (allowed,) = [place for step, place, reason in found(world) if "other bounds of trust" in reason]
    assert allowed.startswith("entry ")
    # Put back as it was, or made anew, the call's own record is still there.
    for row, value in held:
        sql(world, "INSERT OR REPLACE INTO trust VALUES(?, ?)", row, value)
    assert allowed in [place for step, place, _reason in found(world) if step == 10]
    assert call_main("trust", "--renew", "--home", str(world.home)).code == 0
    assert [(step, place) for step, place, _reason in found(world)] == [(10, allowed)]
    assert call_main("verify", "--home", str(world.home)).code == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trust SET value = replace(value, 'transparency=', 'transparency=9') WHERE key LIKE 't/operator%'",
        "DELETE FROM trust WHERE key LIKE 't/%'",
        "INSERT INTO trust VALUES('t/agent:claude-code/main/other\tnetwork', 'reliability=99999999999')",
        "UPDATE trusted SET root = 'ab'",
        "UPDATE trusted SET size = size - 1",
    ],
)
def test_every_change_of_the_rows_is_found(world: World, statement: str) -> None:
    """More, less, another, and rows that say that they are of another size or root; none says that an entry was changed."""
    fetch(world, 1)
    fetch(world, 2)
    assert found(world) == []
    sql(world, statement)
    assert {step for step, _place, _reason in found(world)} == {10}
    assert all("trust" in place for _step, place, _reason in found(world))
    call_main("trust", "--renew", "--home", str(world.home))
    assert found(world) == []


def test_rows_that_say_they_go_further_than_the_ledger_are_made_anew_by_the_next_call(world: World) -> None:
    """Or they would never be brought forward again, and the gate stay open whatever happens."""
    fetch(world, 1)
    fetch(world, 3)
    spoil(world)
    sql(world, "UPDATE trusted SET size = 1000000, root = ''")
    assert "which there are not" in found(world)[0][2]
    assert not fetch(world, 2)
    assert found(world) == []


def test_rows_of_other_rules_of_evidence_are_compared_with_nothing(world: World) -> None:
    """They are read by nobody: the next call that asks makes them anew."""
    fetch(world, 1)
    fetch(world, 3)
    sql(world, "UPDATE trusted SET version = ?", fold.VERSION + 1)
    spoil(world)
    assert found(world) == []
    assert not fetch(world, 2)


@pytest.mark.parametrize("trust", ["5", '{"bounds":5,"size":0,"version":4}', '{"bounds":[5],"size":0,"version":4}'])
def test_a_record_that_makes_no_sense_stops_no_verification(world: World, trust: str) -> None:
    """Who can write the ledger can write anything into an entry; it is a finding."""
    fetch(world, 1)
    fetch(world, 2)
    (idx, data), *_ = sql(world, "SELECT idx, bytes FROM entries WHERE kind = 'intent' ORDER BY idx DESC LIMIT 1")
    begin = data.index(b'"trust":') + 8
    end = data.index(b"}", data.index(b'"version"', begin)) + 1
    changed = data[:begin] + trust.replace("4", str(fold.VERSION)).encode() + data[end:]
    sql(world, "UPDATE entries SET bytes = ? WHERE idx = ?", changed, idx)
    assert 2 in {step for step, _place, _reason in found(world)}


def signed(world: World) -> None:
    make_key(str(world.home))
    sign_head(str(world.home), now_us=1)


def found_at_end(world: World) -> tuple[set[str], bool]:
    """What the incremental verification finds, and whether it names the rows as not compared."""
    report = verify_incremental(str(world.home), lambda reader, newest: collect(reader, newest=newest))
    assert report.unread
    return {one.place for one in report.findings}, NOT_TRUST in report.not_covered


def test_a_row_that_opens_a_gate_is_found_by_a_verification_of_the_end_too(world: World) -> None:
    """Of a short ledger, which is folded for that; with the call that went by it, also before the head."""
    assert not fetch(world, 1)
    assert not fetch(world, 2)
    signed(world)
    assert not fetch(world, 3)
    assert found_at_end(world) == (set(), False)
    spoil(world)
    assert {row.expandtabs(1) in " ".join(found_at_end(world)[0]) for row in ROWS} == {True}
    assert fetch(world, 4)
    assert any(place.startswith("entry ") for place in found_at_end(world)[0])


@pytest.mark.parametrize(
    ("statement", "compared"),
    [
        ("UPDATE trusted SET root = 'ab'", True),
        ("UPDATE trusted SET size = size - 1", True),
        ("UPDATE trusted SET size = 1000000, root = ''", True),
        ("UPDATE trust SET value = replace(value, '=', '=9') WHERE key LIKE 't/operator%'", False),
    ],
)
@pytest.mark.parametrize("before", [True, False])
def test_of_a_long_ledger_only_the_rows_head_is_compared_and_that_is_said(
    world: World, statement: str, compared: bool, before: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the rows go as far as the signed head, or further."""
    monkeypatch.setattr(verify_trust, "SHORT", 1)
    fetch(world, 1)
    fetch(world, 2)
    if before:
        world.bash("to", "true")
        signed(world)
        world.bash("more", "true")
    else:
        signed(world)
        fetch(world, 3)
        fetch(world, 4)
    assert found_at_end(world) == (set(), True)
    sql(world, statement)
    assert found_at_end(world) == ({"the rows of trust"} if compared else set(), True)
