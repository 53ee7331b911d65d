"""One question over the bundles of three people: every call of each that fits, by whom, and nothing of a bundle that does not hold."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from support.told import POLICY, Said, call_main, tell
from support.world import World
from web4_governance.app.bundle import write_bundle
from web4_governance.app.bundle_records import records
from web4_governance.app.bundle_verifier import open_files
from web4_governance.storage.filters import Filters
from web4_governance.storage.reader import open_reader

if TYPE_CHECKING:
    from pathlib import Path

PEOPLE = ("anna", "ben", "cleo")


def write(world: World, call: str, name: str) -> None:
    given = {"file_path": str(world.project / name), "content": "x"}
    world.pre(call, "Write", given)
    world.post(
        call, "Write", given, {"type": "create", "filePath": given["file_path"], "content": "x", "originalFile": None}
    )


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Three ledgers, and a whole bundle of each."""
    place = tmp_path_factory.mktemp("team")
    found = {}
    for n, name in enumerate(PEOPLE):
        world = World(place / name, POLICY)
        world.now_us += n * 10_000_000
        world.feed("UserPromptSubmit", prompt=f"{name} asks")
        write(world, f"toolu_{name}_1", "patients/a.txt")
        world.bash(f"toolu_{name}_2", f"echo {name} > out.txt")
        world.bash(f"toolu_{name}_3", "rm -rf build")
        world.bash(f"toolu_{name}_4", "cat patients/a.txt")
        found[name] = place / f"{name}.tar"
        write_bundle(str(world.home), str(found[name]))
    return found


def ask(bundles: dict[str, Path], *words: str) -> Said:
    named = [word for name, path in bundles.items() for word in ("--bundle", f"{name}={path}")]
    return call_main("log", *named, *words)


def test_writes_by_any_tool_of_three_people_are_counted_at_once(team: dict[str, Path]) -> None:
    """Whose, and of which ledger."""
    said = ask(team, "--effect", "file.write", "--json")
    assert said.code == 0
    calls = [(row["bundle"], row["call"]) for row in said.json]
    assert calls == [(name, f"toolu_{name}_{n}") for name in PEOPLE for n in (1, 2)]
    assert len({row["origin"] for row in said.json}) == 3
    assert [row["prompt"] for row in said.json] == [f"{name} asks" for name in PEOPLE for _ in (1, 2)]
    assert said.err.count("whole, UNANCHORED") == 3


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("--target", "*/patients/*"),
        ("--target", "*/patients/*", "--effect", "file.read"),
        ("--decision", "deny"),
        ("--status", "unclosed"),
        ("--tool", "Write"),
        ("--category", "file_write"),
        ("--agent", "main"),
        ("--project", "*/project"),
        ("--session", "5cf52332"),
        ("--since", "2030-01-01"),
        ("--until", "2020-01-01"),
    ],
)
def test_a_bundle_answers_as_its_ledger_does(team: dict[str, Path], words: tuple[str, ...]) -> None:
    """For every filter, row for row."""
    home = str(team["ben"].parent / "ben" / "user" / ".web4")
    listed = call_main("log", "--home", home, "--json", *words).json
    found = ask({"ben": team["ben"]}, "--json", *words).json
    assert [{**row, "bundle": "", "origin": ""} for row in found] == listed


def test_a_record_is_the_same_out_of_either(tmp_path: Path) -> None:
    """With prompt, words and end, of a ledger with everything in it."""
    world = World(tmp_path, POLICY)
    tell(world)
    bundle = tmp_path / "told.tar"
    write_bundle(str(world.home), str(bundle))
    with open_files(str(bundle)) as files:
        found = records(files, Filters(), whole=True)
    listed = call_main("log", "--home", str(world.home), "--json").json
    assert [one.id for one in found] == [row["id"] for row in listed]
    from web4_governance.app.query import query  # noqa: PLC0415

    with open_reader(str(world.home)) as reader:
        assert list(found) == list(query(reader, Filters(), limit=None))


def test_a_selection_has_what_was_selected(team: dict[str, Path], tmp_path: Path) -> None:
    """With its places in the ledger that it is of."""
    home = str(team["anna"].parent / "anna" / "user" / ".web4")
    write_bundle(home, str(tmp_path / "s.tar"), filters=Filters(decision="deny"))
    (row,) = ask({"anna": tmp_path / "s.tar"}, "--json").json
    (listed,) = call_main("log", "--home", home, "--decision", "deny", "--json").json
    assert row["idx"] == listed["idx"]


def test_a_call_in_two_bundles_of_one_ledger_is_listed_once(team: dict[str, Path]) -> None:
    """Under the name that came first."""
    rows = ask({"first": team["anna"], "second": team["anna"]}, "--json").json
    assert [row["bundle"] for row in rows] == ["first"] * 4


def test_people_see_whose_each_session_is(team: dict[str, Path]) -> None:
    """In the heading above its calls; without a name, by the file's."""
    out = ask(team, "--tool", "Write").out
    assert [line.split(" · ")[1] for line in out.splitlines() if " · session " in line] == [*PEOPLE]
    assert " · cleo · session " in call_main("log", "--bundle", str(team["cleo"])).out


def test_a_limit_keeps_the_newest_of_all(team: dict[str, Path]) -> None:
    """And says that it cut."""
    said = ask(team, "--limit", "2", "--json")
    assert [row["call"] for row in said.json] == ["toolu_cleo_3", "toolu_cleo_4"]
    assert "only the newest 2 are shown" in said.err


def changed(source: Path, target: Path, old: bytes, new: bytes) -> None:
    """A copy of a bundle in which a word of an entry is another."""
    with tarfile.open(source) as tar, tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as out:
        for member in tar:
            data = tar.extractfile(member).read()  # type: ignore[union-attr]
            data = data.replace(old, new) if member.name == "entries.jsonl" else data
            member.size = len(data)
            out.addfile(member, BytesIO(data))


def test_a_bundle_that_does_not_hold_is_not_listed(team: dict[str, Path], tmp_path: Path) -> None:
    """Nor are the others beside it: the question is not answered by half."""
    forged = tmp_path / "forged.tar"
    changed(team["ben"], forged, b'"decision":"deny"', b'"decision":"warn"')
    said = ask({**team, "ben": forged}, "--json")
    assert (said.code, said.out) == (1, "")
    assert "does not hold" in said.err


@pytest.mark.parametrize("words", [("--follow",), ("--possible",), ("--effect", "nothing"), ("--limit", "0")])
def test_what_is_of_a_ledger_alone_is_refused(team: dict[str, Path], words: tuple[str, ...]) -> None:
    """With exit code 3."""
    said = ask(team, *words)
    assert (said.code, said.out) == (3, "")


def test_hostile_words_in_a_bundle_steer_nothing(tmp_path: Path) -> None:
    """As in a ledger of one's own."""
    world = World(tmp_path, POLICY)
    world.bash("toolu_1", "printf '\x1b[2J\u202egnp'")
    bundle = tmp_path / "b.tar"
    write_bundle(str(world.home), str(bundle))
    said: Any = call_main("log", "--bundle", f"x\x1b[2J={bundle}")
    assert said.code == 0
    assert "\x1b" not in said.out + said.err
    assert json.loads(call_main("log", "--bundle", str(bundle), "--jsonl").out)["call"] == "toolu_1"


def test_what_could_have_touched_a_target_is_asked_of_bundles_too(tmp_path: Path) -> None:
    """As of each ledger, with whose it is; a session narrows it, a limit cuts it and says so."""
    words, team, own = ("--target", "*/patients/*", "--possible"), {}, []
    for name in PEOPLE:
        world = World(tmp_path / name, POLICY)
        world.bash("toolu_1", f"grep -r {name} .")
        world.bash("toolu_2", "cat patients/a.txt")
        team[name] = tmp_path / f"{name}.tar"
        write_bundle(str(world.home), str(team[name]))
        (row,) = call_main("log", "--home", str(world.home), *words, "--json").json
        own.append((name, row["idx"], row["what"], row["possible"]))
    found = ask(team, *words, "--json").json
    assert sorted((row["bundle"], row["idx"], row["what"], row["possible"]) for row in found) == own
    assert len({row["origin"] for row in found}) == 3
    assert ask(team, *words, "--session", "nobody", "--json").json == []
    assert "only the newest 1 are shown" in ask(team, *words, "--limit", "1").err
    assert "perhaps: takes in all that lies below" in ask(team, *words).out
