"""A report of bundles says what the ledgers' own reports say, of all of them together, and names whose each call is."""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from support.told import POLICY, Said, call_main
from support.world import World
from web4_governance.app.anchor import make_key, sign_head
from web4_governance.app.bundle import write_bundle
from web4_governance.storage.filters import Filters

if TYPE_CHECKING:
    from pathlib import Path

    from unit.reports.conftest import Reported

SINCE = ("--since", "2026-11-01")
PEOPLE = ("anna", "ben", "cleo")


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three people, who all work in a session of the same name."""
    place = tmp_path_factory.mktemp("team")
    found = {}
    for n, name in enumerate(PEOPLE):
        world = World(place / name, POLICY)
        world.now_us += n * 1_500_000
        world.feed("UserPromptSubmit", prompt=f"{name} asks")
        world.bash("toolu_1", f"echo {name} > out.txt")
        world.bash("toolu_2", "rm -rf build")
        world.bash("toolu_3", "grep -r fever .")
        world.bash("toolu_4", "cat patients/a.txt")
        found[name] = place / f"{name}.tar"
        write_bundle(str(world.home), str(found[name]))
    return found


def report(bundles: dict[str, Path], *words: str) -> Said:
    named = [word for name, path in bundles.items() for word in ("--bundle", f"{name}={path}")]
    return call_main("report", *named, *SINCE, *words)


def test_a_bundle_of_a_whole_ledger_gives_its_ledgers_report(told: World, reported: Reported, tmp_path: Path) -> None:
    """Figure by figure, but for who verified it, and the name of the bundle."""
    bundle = tmp_path / "told.tar"
    write_bundle(str(told.home), str(bundle))
    ours = reported("--target", "*", "--framework", "hipaa")
    theirs = report({"told": bundle}, "--target", "*", "--framework", "hipaa", "--json").json
    assert theirs["bundles"][0]["bundle"] == "told"
    assert theirs["verification"]["verdict"] == ours["verification"]["verdict"]
    names = set(ours) - {"made", "bundles", "verification", "framework", "period"}
    assert {name: without_bundle(theirs[name]) for name in names} == {name: ours[name] for name in names}


def without_bundle(found: Any) -> Any:
    if isinstance(found, list):
        return [without_bundle(one) for one in found]
    if isinstance(found, dict):
        return {name: without_bundle(one) for name, one in found.items() if name != "bundle"}
    return found


def test_three_peoples_bundles_are_one_population(team: dict[str, Path]) -> None:
    """Counted together, listed by time, each call under its own name and place, however alike their sessions are called."""
    doc = report(team, "--target", "*/patients/*", "--json").json
    assert doc["population"]["calls"] == 12
    assert doc["population"]["sessions"] == 3
    assert doc["decisions"]["counts"]["deny"] == 3
    denied = doc["decisions"]["listed"]["deny"]
    assert [one["bundle"] for one in denied] == [*PEOPLE]
    assert [one["us"] for one in denied] == sorted(one["us"] for one in denied)
    assert len({one["place"] for one in denied}) == 1
    assert (doc["unseen"]["recorded"], doc["unseen"]["could_have_touched"]) == (3, 3)
    assert [one["bundle"] for one in doc["unseen"]["accesses"]] == [*PEOPLE]
    assert [one["verdict"] for one in doc["bundles"]] == ["UNANCHORED"] * 3
    assert doc["ledger"] == {"origin": "", "root": "", "size": sum(one["entries"] for one in doc["bundles"])}
    assert doc["trust"]["source"] == "left out"


def test_the_page_and_the_markdown_name_the_bundles(team: dict[str, Path], tmp_path: Path) -> None:
    """With what was verified of each, and what is not told of several."""
    for form in ("html", "md"):
        file = tmp_path / f"all.{form}"
        said = report(team, "-o", str(file))
        assert (said.code, said.err) == (0, "")
        text = file.read_text()
        for name in PEOPLE:
            assert f"{name} #" in text.replace("\\", "")
        assert "Of 3 bundles with" in text
        assert "of several bundles together, none is told" in text


def test_a_selection_says_what_it_cannot_tell(team: dict[str, Path], tmp_path: Path) -> None:
    """Missing numbers are of the choice; places are those of the ledger."""
    home = str(team["anna"].parent / "anna" / "user" / ".web4")
    chosen = tmp_path / "denied.tar"
    write_bundle(home, str(chosen), filters=Filters(decision="deny"))
    doc = report({"denied": chosen}, "--json").json
    (denied,) = doc["decisions"]["listed"]["deny"]
    (row,) = call_main("log", "--home", home, "--decision", "deny", "--json").json
    assert (doc["population"]["calls"], denied["place"]) == (1, row["idx"])
    assert doc["population"]["broken_chains"] is None
    assert "cannot be told: a selection leaves entries out" in report({"denied": chosen}, "--format", "md").out


def test_what_stands_in_two_bundles_of_one_ledger_counts_once(team: dict[str, Path]) -> None:
    """Under the name that came first."""
    doc = report({"first": team["anna"], "second": team["anna"]}, "--json").json
    assert doc["population"]["calls"] == 4
    assert {one["bundle"] for one in doc["decisions"]["listed"]["deny"]} == {"first"}


def test_one_bundle_that_does_not_hold_makes_no_report(team: dict[str, Path], tmp_path: Path) -> None:
    """Nor does a half of one: nothing is written."""
    forged, page = tmp_path / "forged.tar", tmp_path / "r.html"
    forged.write_bytes(team["ben"].read_bytes().replace(b'"decision":"deny"', b'"decision":"warn"', 1))
    said = report({**team, "ben": forged}, "-o", str(page))
    assert (said.code, said.out, page.exists()) == (1, "", False)
    assert "does not hold" in said.err


@pytest.mark.parametrize(
    "words",
    [("--verify", "none"), ("--verify", "new"), ("--bundle", "/nowhere.tar"), ("--until", "2020-01-01")],
    ids="-".join,
)
def test_what_makes_no_sense_is_refused(team: dict[str, Path], words: tuple[str, ...]) -> None:
    """In words, with exit code 3."""
    said = report({"anna": team["anna"]}, *words)
    assert (said.code, said.out) == (3, "")
    assert "Traceback" not in said.err


def test_two_bundles_of_one_name_are_told_apart_first(team: dict[str, Path], tmp_path: Path) -> None:
    """A name says whose a call is: it cannot be two people's."""
    other = tmp_path / "anna.tar"
    other.write_bytes(team["ben"].read_bytes())
    said = call_main("report", "--bundle", str(team["anna"]), "--bundle", str(other), *SINCE)
    assert said.code == 3
    assert "--bundle NAME=FILE" in said.err


def test_a_report_of_several_is_not_signed_off_in_one_ledger(team: dict[str, Path], tmp_path: Path) -> None:
    """It is of no ledger alone; one of one's own bundle is signed off as one of the ledger."""
    home = str(team["anna"].parent / "anna" / "user" / ".web4")
    several, own = tmp_path / "all.json", tmp_path / "anna.html"
    assert report(team, "-o", str(several)).code == 0
    assert report({"anna": team["anna"]}, "-o", str(own)).code == 0
    said = call_main("report", "sign-off", str(several), "--by", "Eve", "--home", home)
    assert said.code != 0
    assert call_main("report", "sign-off", str(own), "--by", "Eve", "--home", home).code == 0


def test_hostile_words_in_bundles_steer_nothing(tmp_path: Path) -> None:
    """In a name, in a command, and in a session's id."""
    world = World(tmp_path / "w", POLICY)
    world.bash("toolu_1", "rm -rf '\x1b[2J<script>alert(1)</script>\u202e'", session_id="=1+1|<b>")
    bundle = tmp_path / "b.tar"
    write_bundle(str(world.home), str(bundle))
    for form in ("html", "md"):
        said = call_main("report", "--bundle", f"+x<i>\x1b={bundle}", *SINCE, "--format", form)
        assert said.code == 0, said.err
        assert "\x1b" not in said.out
        assert "<script" not in said.out
        assert "<i>" not in said.out
    json.loads(call_main("report", "--bundle", str(bundle), *SINCE, "--json").out)


def test_bundles_are_held_against_the_keys_that_the_reader_has(team: dict[str, Path], tmp_path: Path) -> None:
    """A bundle names keys of its own; whoever has the log's key from elsewhere sees another's bundle for what it is."""
    keys, bundles = {}, {}
    for name in PEOPLE[:2]:
        home = tmp_path / name
        shutil.copytree(team[name].parent / name / "user" / ".web4", home)
        keys[name] = make_key(str(home)).first.to_text()
        assert sign_head(str(home), now_us=1)
        bundles[name] = tmp_path / f"{name}.tar"
        write_bundle(str(home), str(bundles[name]))
    words = [word for key in keys.values() for word in ("--key", key)]
    said = report(bundles, "--json", *words)
    assert (said.code, said.json["verification"]["verdict"]) == (0, "UNANCHORED")
    assert "own word" not in said.out
    assert "own word" in report(bundles, "--json").out
    # Signed anew by who has another key: the bundle alone cannot tell.
    shutil.rmtree(tmp_path / "ben" / "keys")
    with sqlite3.connect(tmp_path / "ben" / "ledger.db") as database:
        database.execute("DELETE FROM heads")
    database.close()
    make_key(str(tmp_path / "ben"))
    assert sign_head(str(tmp_path / "ben"), now_us=1)
    write_bundle(str(tmp_path / "ben"), str(tmp_path / "forged.tar"))
    forged = {**bundles, "ben": tmp_path / "forged.tar"}
    assert report(forged, "--json").json["verification"]["verdict"] == "UNANCHORED"
    for said in (report(forged, *words), call_main("log", "--bundle", str(forged["ben"]), *words)):
        assert (said.code, said.out) == (1, "")
        assert "does not hold, at the bundle: its keys do not follow" in said.err
    # A key that is of no bundle's log, no key at all, and a key without a bundle.
    assert report(bundles, "--key", keys["anna"]).code == 3
    assert report(bundles, "--key", "nonsense").code == 3
    for command in (("report", *SINCE), ("log",), ("blame", "x")):
        assert call_main(*command, "--key", keys["anna"], "--home", str(tmp_path / "anna")).code == 3
