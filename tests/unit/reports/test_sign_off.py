"""A reviewer's sign-off: what it records, what is refused, and what a verification makes of it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from support.told import POLICY, call_main, tell
from support.world import World
from web4_governance.app.anchor import make_key, sign_head
from web4_governance.app.bundle import write_bundle
from web4_governance.app.identity import issue
from web4_governance.core.digest import leaf
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, seal
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Said

WORDS = ("--by", "Dr. Anna Berg", "--note", "two questions are open")


class Desk:
    """A ledger, and a report of it."""

    def __init__(self, world: World, form: str = "html") -> None:
        self.home = str(world.home)
        self.world = world
        self.file = world.user_home / f"report.{form}"
        said = call_main(
            "report", "--home", self.home, "--since", "2026-11-01", "--framework", "soc2", "-o", str(self.file)
        )
        assert said.code == 0, said.err

    def sign(self, *words: str) -> Said:
        return call_main("report", "sign-off", str(self.file), "--home", self.home, *(words or WORDS))

    def size(self) -> int:
        with open_reader(self.home) as reader:
            return reader.head().size

    def entry(self, idx: int) -> dict[str, Any]:
        (found,) = call_main("show", str(idx), "--json", "--home", self.home).json
        return dict(found)

    def verified(self, *words: str) -> dict[str, Any]:
        return dict(call_main("verify", "--json", "--home", self.home, *words).json)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    world = World(tmp_path_factory.mktemp("made"), POLICY)
    tell(world)
    return Desk(world)


@pytest.fixture
def desk(made: Desk, tmp_path: Path) -> Desk:
    """A copy of it, for one test."""
    shutil.copytree(made.world.user_home, tmp_path / "user", symlinks=True)
    world, copy = World.__new__(World), Desk.__new__(Desk)
    world.__dict__ |= made.world.__dict__
    world.user_home, world.organisation = tmp_path / "user", tmp_path / "etc"
    world.project, world.home = world.user_home / "project", world.user_home / ".web4"
    world.organisation.mkdir()
    copy.home, copy.world, copy.file = str(world.home), world, world.user_home / made.file.name
    return copy


@pytest.mark.parametrize("form", ["html", "json"])
def test_it_records_who_and_which_report_at_which_head(tmp_path: Path, form: str) -> None:
    """The digest of the file, and the size and root that it was made at; names are commitments."""
    world = World(tmp_path, POLICY)
    tell(world)
    desk = Desk(world, form)
    with open_reader(desk.home) as reader:
        head = reader.head()
    said = desk.sign(*WORDS, "--json").json
    found = desk.entry(said["idx"])
    signed, opened = found["entry"]["signoff"], {name: value for name, (_salt, value) in found["open"].items()}
    assert found["entry"]["kind"] == "signoff"
    assert signed["report"] == {
        "sha256": sha256(desk.file.read_bytes()).hexdigest(),
        "bytes": desk.file.stat().st_size,
        "form": form,
    }
    assert (signed["size"], signed["root"], signed["framework"]) == (head.size, head.root.hex(), "soc2")
    assert "identity" not in signed
    assert (opened["who"], opened["note"]) == ("Dr. Anna Berg", "two questions are open")
    assert opened["account"]
    assert found["entry"]["who"].startswith("c1:")
    assert said["sha256"] == signed["report"]["sha256"]


def test_it_stands_under_the_operators_identity(desk: Desk) -> None:
    """Where there is a signed document of one."""
    make_key(desk.home)
    issue(desk.home, now_us=1)
    said = desk.sign(*WORDS, "--json").json
    (operator,) = [
        one["id"]
        for one in call_main("identity", "list", "--json", "--home", desk.home).json
        if one["kind"] == "operator"
    ]
    assert desk.entry(said["idx"])["entry"]["signoff"]["identity"] == operator


def test_log_show_and_the_next_report_tell_of_it(desk: Desk) -> None:
    """Among the calls, by itself, and among the acts of people."""
    idx = desk.sign(*WORDS, "--json").json["idx"]
    assert (
        f"#{idx} signed off by Dr. Anna Berg: a report over the first 23" in call_main("log", "--home", desk.home).out
    )
    assert "signed off" not in call_main("log", "--tool", "Bash", "--home", desk.home).out
    assert len(call_main("log", "--json", "--home", desk.home).json) == 8
    shown = call_main("show", str(idx), "--home", desk.home).out
    assert "Dr. Anna Berg" in shown
    assert sha256(desk.file.read_bytes()).hexdigest() in shown
    doc = call_main("report", "--since", "2026-11-01", "--json", "--home", desk.home).json
    assert [(act["event"], act["who"], act["why"]) for act in doc["people"]] == [
        ("sign-off", "Dr. Anna Berg", "two questions are open")
    ]


def test_a_hostile_name_steers_nothing(desk: Desk) -> None:
    """In the listing and in the entry shown."""
    idx = desk.sign("--by", "A\x1b[2J\u202egnp\nforged", "--json").json["idx"]
    for said in (call_main("log", "--home", desk.home), call_main("show", str(idx), "--home", desk.home)):
        assert "A\\x1b[2J\\u202egnp\\nforged" in said.out
        assert "\x1b" not in said.out


def test_verifying_tells_of_it_and_finds_nothing(desk: Desk) -> None:
    """The ledger, what is new of it, a whole bundle, and the verifier that lies in it."""
    make_key(desk.home)
    sign_head(desk.home, now_us=1)
    idx = desk.sign(*WORDS, "--json").json["idx"]
    stored = desk.entry(idx)
    seq = stored["entry"]["reference"]["seq"]
    note = f"1 report was signed off, the last at entry {idx} (session `-`, seq {seq}), over the first 23 entries"
    assert (desk.verified()["verdict"], note in desk.verified()["notes"]) == ("UNANCHORED", True)
    assert note in desk.verified("--incremental")["notes"]
    bundle = str(desk.world.user_home / "b.tar")
    write_bundle(desk.home, bundle)
    assert note in desk.verified("--bundle", bundle)["notes"]
    folder = desk.world.user_home / "b"
    shutil.unpack_archive(bundle, folder)
    alone = subprocess.run(
        [sys.executable, "-I", "-S", folder / "verify.py"], capture_output=True, text=True, timeout=60, check=False
    )
    assert alone.returncode == 0, alone.stdout
    assert note in alone.stdout


def forge(home: str, size: int, root: str) -> None:
    """Append a sign-off of whatever head, as somebody could who writes the ledger with a program of their own."""
    with open_writer(home, deadline=None) as ledger:
        seq, prev = ledger.tail(NO_SESSION)
        body: Any = {"agent": "web4", "event": "sign-off", "signoff": {"size": size, "root": root}}
        ledger.append(seal(body, kind=Kind.SIGNOFF, session=NO_SESSION, ts=1, seq=seq, prev=prev, openings=()), Index())
        ledger.commit()


@pytest.mark.parametrize(
    ("size", "why"), [(20, "another root over the first 20 entries"), (999, "over 999 entries, and there are 24")]
)
def test_a_sign_off_of_another_history_is_found(desk: Desk, size: int, why: str) -> None:
    """In the ledger, and in a whole bundle of it, by both verifiers."""
    forge(desk.home, size, "00" * 32)
    bundle = str(desk.world.user_home / "b.tar")
    write_bundle(desk.home, bundle)
    for found in (desk.verified(), desk.verified("--bundle", bundle)):
        assert found["verdict"] == "TAMPERED"
        assert [(one["step"], why in one["reason"]) for one in found["findings"]] == [(0, True)]
    folder = desk.world.user_home / "b"
    shutil.unpack_archive(bundle, folder)
    alone = subprocess.run(
        [sys.executable, "-I", "-S", folder / "verify.py"], capture_output=True, text=True, timeout=60, check=False
    )
    assert alone.returncode == 2
    assert why in alone.stdout


def test_a_report_of_another_ledger_is_refused(desk: Desk, tmp_path: Path) -> None:
    """By its name, and nothing is recorded."""
    other = World(tmp_path / "other", POLICY)
    tell(other)
    before = desk.size()
    desk.file = Desk(other).file
    said = desk.sign()
    assert (said.code, "of another ledger" in said.err, desk.size()) == (3, True, before)


def test_a_report_of_a_ledger_that_was_written_anew_is_refused(desk: Desk) -> None:
    """The same name, the same number of entries, another root."""
    with sqlite3.connect(f"{desk.home}/ledger.db") as database:
        (data,) = database.execute("SELECT bytes FROM entries WHERE idx = 3").fetchone()
        forged = data.replace(b'"tool":"Read"', b'"tool":"Grep"')
        database.execute("UPDATE entries SET bytes = ?, leaf = ? WHERE idx = 3", (forged, leaf(forged)))
    database.close()
    said = desk.sign()
    assert (said.code, "another root than this ledger has over its first 23 entries" in said.err) == (3, True)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda doc: doc["ledger"].update(size=24), "made over 24 entries, and there are 23"),
        (lambda doc: doc["ledger"].update(size=0), "another root"),
        (lambda doc: doc["ledger"].update(size=2**60), "is no report"),
        (lambda doc: doc["ledger"].update(root="00" * 32), "another root"),
        (lambda doc: doc["ledger"].pop("root"), "is no report"),
        (lambda doc: doc.update(format="web4-report/2"), "is no report"),
        (lambda doc: doc["framework"].update(id="<script>"), "is no report"),
        (lambda doc: doc["period"].update(since_us="1"), "is no report"),
    ],
)
def test_a_file_that_is_no_report_of_this_ledger_is_refused(tmp_path: Path, change: Any, why: str) -> None:
    """Whatever was changed in what it says of itself, nothing is recorded."""
    world = World(tmp_path, POLICY)
    tell(world)
    desk = Desk(world, "json")
    doc = json.loads(desk.file.read_text())
    change(doc)
    desk.file.write_text(json.dumps(doc))
    said = desk.sign()
    assert (said.code, why in said.err, desk.size()) == (3, True, 23)


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{", "[" * 100_000, "<html><body><meta name=web4-report content='{}'>", "\x00"]
)
def test_any_other_file_is_refused(desk: Desk, text: str) -> None:
    """On one line."""
    desk.file.write_text(text)
    said = desk.sign()
    assert (said.code, "is no report" in said.err) == (3, True)


def test_what_a_record_says_in_a_page_is_no_head_of_it(desk: Desk) -> None:
    """An element of that name counts in the page's head alone, and there the first."""
    page = desk.file.read_text()
    forged = "<meta name=\"web4-report\" content='{}'>"
    desk.file.write_text(page.replace("<main>", f"<main>{forged}"))
    assert desk.sign().code == 0
    desk.file.write_text(
        page.replace('<meta name="web4-report"', '<meta name="other"').replace("<main>", f"<main>{forged}")
    )
    assert desk.sign().code == 3


@pytest.mark.parametrize(
    "words", [(), ("--by", " "), ("--by", "x" * 201), ("--note", "only")], ids=["nobody", "blank", "long", "note"]
)
def test_nobody_signs_off_nothing(desk: Desk, words: tuple[str, ...]) -> None:
    """A name is needed, and one that is a name."""
    said = call_main("report", "sign-off", str(desk.file), "--home", desk.home, *words)
    assert (said.code, "say who signs off" in said.err, desk.size()) == (3, True, 23)


def test_its_options_are_of_no_report(desk: Desk) -> None:
    """`--by` without `sign-off` would be forgotten in silence."""
    said = call_main("report", "--since", "7d", "--by", "me", "--home", desk.home)
    assert (said.code, said.out) == (3, "")
    assert call_main("report", "sign-off", "--by", "me", "--home", desk.home).code == 3


@pytest.mark.parametrize(
    "command",
    [
        "web4 report sign-off r.html --by 'Dr. Anna Berg'",
        "web4 --home /tmp/x report --by me sign-off r.html",
        "web4 report --since 7d sign-off r.html --by me",
        "web4 report $X",
        "python3 -m web4_governance report sign-off r.html --by me",
        "bash -c 'web4 report sign-off r.html --by me'",
        'python3 -c "from web4_governance.app import sign_off"',
    ],
)
def test_an_agent_cannot_sign_off(tmp_path: Path, command: str) -> None:
    """Its call is denied by the core, whatever the spelling; making a report is not."""
    world = World(tmp_path, POLICY)
    assert world.bash("toolu_1", command).exit_code == 2
    assert world.bash("toolu_2", "web4 report --since 7d --framework soc2 -o r.html").exit_code == 0
