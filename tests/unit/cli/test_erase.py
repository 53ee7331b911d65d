"""`web4 erase`: lists first, erases when it is told to, and says what it could not reach."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from support.told import call_main
from support.world import World
from web4_governance.app.verify import verify_ledger
from web4_governance.core.ledger.verdict import VerdictName

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Said

NAME = "zebulon"
REASON = ("--why", "asked by the person", "--authority", "GDPR Art. 17")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path, None)
    world.feed("UserPromptSubmit", prompt=f"find {NAME}")
    world.bash("toolu_1", f"cat /srv/{NAME}")
    world.post("toolu_1", "Bash", {"command": f"cat /srv/{NAME}"}, {"stdout": f"{NAME}s file"})
    world.bash("toolu_2", "ls")
    return world


def web4(world: World, *words: str) -> Said:
    return call_main("erase", *words, "--home", str(world.home))


def held(world: World) -> bytes:
    return b"".join(file.read_bytes() for file in world.home.rglob("*") if file.is_file())


def test_what_would_go_is_listed_and_nothing_goes(world: World) -> None:
    """Data on stdout, a line about it on stderr."""
    said = web4(world, "toolu_1")
    assert said.code == 0
    assert "request.input" in said.out
    assert "result.output" in said.out
    assert "nothing was" in said.err
    assert NAME.encode() in held(world)
    rows = json.loads(web4(world, "toolu_1", "--json").out)
    assert {row["kind"] for row in rows} == {"intent", "outcome"}
    assert rows[0].keys() == {"idx", "leaf", "session", "kind", "time", "ts", "field", "value"}


def test_a_call_goes_with_all_that_is_recorded_of_it_and_a_condition_finds_the_rest(world: World) -> None:
    assert web4(world, "toolu_1", *REASON, "--yes").code == 0
    assert NAME.encode() in held(world)  # the prompt said it too
    said = web4(world, "--where", f"*~{NAME}", *REASON, "--yes")
    assert said.code == 0
    assert "are erased; entry" in said.err
    assert "transcript" in said.err
    assert NAME.encode() not in held(world)
    assert verify_ledger(str(world.home)).verdict is VerdictName.UNANCHORED
    assert "nothing of what is asked for" in web4(world, "--where", f"*~{NAME}").err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--limit", "3", "--tool", "Bash"),
        ("--where", "x"),
        ("nothing-called-so",),
        ("toolu_1", "--yes"),
        ("toolu_1", "--yes", "--why", "x"),
        ("toolu_1", "--yes", "--authority", "x"),
        ("--category", "no-such"),
    ],
)
def test_what_makes_no_sense_is_refused_and_loses_nothing(world: World, words: tuple[str, ...]) -> None:
    """Nothing to choose by, a limit, no reason, no authority."""
    before = (world.home / "ledger.db").read_bytes()
    assert web4(world, *words).code == 3
    assert (world.home / "ledger.db").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (("--tool", "Bash", "--target", f"*{NAME}"), {"intent", "outcome"}),
        (("--session", "5cf5"), {"policy", "prompt", "intent", "outcome", "event"}),
        (("--since", "2000-01-01", "--until", "2001-01-01"), set[str]()),
        (("--where", "kind=prompt"), {"prompt"}),
        (("toolu_1", "--field", "result"), {"outcome"}),
    ],
)
def test_filters_conditions_and_fields_choose(world: World, words: tuple[str, ...], kinds: set[str]) -> None:
    """Filters of calls mean calls with what is recorded of them; a session or a time means every entry."""
    rows = json.loads(web4(world, *words, "--json").out)
    assert {row["kind"] for row in rows} <= kinds
    assert bool(rows) == bool(kinds)


def test_an_entry_is_named_by_place_or_leaf(world: World) -> None:
    rows = json.loads(web4(world, "--where", "kind=prompt", "--json").out)
    by_place = json.loads(web4(world, str(rows[0]["idx"]), "--json").out)
    by_leaf = json.loads(web4(world, rows[0]["leaf"][:12], "--json").out)
    assert by_place == by_leaf == rows


def test_finishing_what_is_finished_is_no_failure(world: World) -> None:
    assert web4(world, "--finish").code == 0


def test_a_caches_copy_goes_too(world: World) -> None:
    """What was compiled is made again when it is needed."""
    (world.home / "cache").mkdir(exist_ok=True)
    (world.home / "cache" / "compiled").write_text(NAME)
    web4(world, "--where", f"*~{NAME}", *REASON, "--yes")
    assert not (world.home / "cache" / "compiled").exists()
