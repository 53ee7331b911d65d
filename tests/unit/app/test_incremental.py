"""`verify --incremental`: what came after a head is read with every step, what lies before it is named as not read."""

from __future__ import annotations

import json
import shutil
import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.ledgers import BIRTH_US, Scribe, counted_salts
from web4_governance.app import retain, signing
from web4_governance.app.anchor import make_key, rotate, sign_head
from web4_governance.app.held import collect
from web4_governance.app.verify import verify_ledger
from web4_governance.app.verify_incremental import verify_incremental
from web4_governance.cli.main import main
from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.storage import open_reader
from web4_governance.storage.lookup import SignedHead
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.core.ledger.anchored import Heads
    from web4_governance.core.ledger.verdict import Report
    from web4_governance.storage.reader import Reader

BEFORE, AFTER = 300, 80  # calls: two entries each


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A head over 602 entries, of which one is an intent whose outcome came later, and 161 more."""
    home = tmp_path_factory.mktemp("incremental") / "home"
    with open_writer(str(home), deadline=None) as writer:
        scribe = Scribe(writer, session="one")
        for n in range(BEFORE):
            scribe.call(f"call-{n}")
        leaf = scribe.intent("late-closed")
        writer.commit()
    make_key(str(home))
    sign_head(str(home), now_us=1)
    with open_writer(str(home), deadline=None) as writer:
        scribe, other = Scribe(writer, session="one"), Scribe(writer, session="two")
        scribe.outcome("late-closed", leaf)
        for n in range(AFTER):
            (scribe, other)[n % 2].call(f"later-{n}")
        writer.commit()
    return home


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Path:
    shutil.copytree(filled, tmp_path / "home")
    return tmp_path / "home"


def heads(reader: Reader, newest: bool) -> Heads:
    return collect(reader, newest=newest)


def incremental(home: Path) -> Report:
    return verify_incremental(str(home), heads)


def edit(home: Path, statement: str, *values: object) -> None:
    with sqlite3.connect(home / "ledger.db") as connection:
        assert connection.execute(statement, values).rowcount
    connection.close()


def test_what_came_after_the_head_is_read_and_the_rest_is_named(home: Path) -> None:
    """The root is the whole ledger's; an outcome may name an intent that is not read again."""
    found, whole = incremental(home), verify_ledger(str(home), collect)
    assert (found.verdict, found.root, found.gaps) == (whole.verdict, whole.root, ())
    assert (found.tally.entries, found.tally.intents) == (whole.tally.entries, AFTER)
    assert found.notes[0] == "161 entries were read, those after 602"
    assert "entries 0 to 601 were not read again" in found.not_covered[0]
    assert "openings and lookups of entries 0 to 601" in found.not_covered[1]


def test_an_edit_before_the_head_stays_unseen_and_that_is_said(home: Path) -> None:
    """The whole verification finds it."""
    edit(home, "UPDATE entries SET bytes = replace(bytes, 'allow', 'ask') WHERE idx = 100")
    assert str(incremental(home).verdict) == "UNANCHORED"
    assert str(verify_ledger(str(home)).verdict) == "TAMPERED"


@pytest.mark.parametrize(
    ("statement", "step"),
    [
        ("UPDATE entries SET bytes = replace(bytes, 'allow', 'ask') WHERE idx = 701", 2),
        ("UPDATE entries SET ts = ts + 1 WHERE idx = 701", 1),
        ("UPDATE entries SET bytes = x'00' WHERE idx = 701", 1),
        ("UPDATE entries SET bytes = 'text' WHERE idx = 701", 1),
        ("UPDATE entries SET leaf = zeroblob(32) WHERE idx = 701", 2),
        ("DELETE FROM entries WHERE idx = 701", 3),
        ("DELETE FROM entries WHERE idx = 761", 5),
        ("UPDATE tree SET root = zeroblob(32)", 5),
        ("UPDATE tree SET frontier = zeroblob(length(frontier))", 5),
        ("UPDATE chains SET size = size + 1 WHERE session = 'two'", 6),
        ("UPDATE openings SET value = '\"x\"' WHERE idx = 701", 7),
        ("UPDATE records SET call = 'x' WHERE idx = 701", 10),
        ("UPDATE once SET idx = 3 WHERE idx = 701", 10),
        ("UPDATE tiles SET hashes = zeroblob(length(hashes)) WHERE level = 1", 0),
        ("UPDATE tiles SET hashes = substr(hashes, 1, 32) WHERE level = 1", 10),
        ("UPDATE entries SET leaf = zeroblob(32) WHERE idx = 600", 0),
        ("DELETE FROM entries WHERE idx = 600", 10),
    ],
)
def test_an_edit_after_the_head_or_of_what_leads_to_it_is_found(home: Path, statement: str, step: int) -> None:
    """By the step that is about it."""
    edit(home, statement)
    found = incremental(home)
    assert str(found.verdict) == "TAMPERED"
    assert step in {one.step for one in found.findings}


def test_new_tiles_are_compared(home: Path) -> None:
    """Of 761 entries the second tile hash was there before the head; a third comes with 768."""
    with open_writer(str(home), deadline=None) as writer:
        scribe = Scribe(writer, session="three")
        for n in range(10):
            scribe.call(f"tile-{n}")
        writer.commit()
    assert str(incremental(home).verdict) == "UNANCHORED"
    edit(home, "UPDATE tiles SET hashes = CAST(substr(hashes, 1, 64) || zeroblob(32) AS BLOB) WHERE level = 1")
    found = incremental(home)
    assert [(one.step, one.place) for one in found.findings] == [(10, "the tile 1/0")]


def test_a_session_that_goes_on_from_nowhere_is_found(home: Path) -> None:
    """The entry that it names as the one before is not the stored one."""
    edit(home, "UPDATE entries SET leaf = zeroblob(32), session = 'x' WHERE idx = 599")
    edit(home, "UPDATE entries SET leaf = zeroblob(32) WHERE idx = 600")
    assert 4 in {one.step for one in incremental(home).findings}


def test_an_outcome_of_no_stored_intent_is_a_gap(home: Path) -> None:
    """As in the whole verification; a call without an id is looked for by its leaf."""
    with open_writer(str(home), deadline=None) as writer:
        scribe = Scribe(writer, session="three")
        scribe.outcome("none", "ab" * 32)
        writer.commit()
    assert str(incremental(home).verdict) == "GAPS"


def test_an_outcome_that_comes_before_its_intent_is_a_gap(home: Path) -> None:
    """An intent that is read later is no older entry, whichever way it is looked for."""
    with open_writer(str(home / "other"), deadline=None) as writer:
        made = Scribe(writer, session="three", salt=counted_salts()).intent("late")
    with open_writer(str(home), deadline=None) as writer:
        scribe = Scribe(writer, session="four")
        scribe.outcome("late", made)
        other = Scribe(writer, session="three", salt=counted_salts())
        assert other.intent("late") == made
        writer.commit()
    found, whole = incremental(home), verify_ledger(str(home), collect)
    assert [(str(one.verdict), len(one.gaps)) for one in (found, whole)] == [("GAPS", 1)] * 2


def test_a_head_that_is_held_elsewhere_is_begun_with(home: Path, tmp_path: Path) -> None:
    """Before one that is larger and only signed here."""
    with open_reader(str(home)) as reader:
        head = reader.last_head()
    assert head is not None
    (tmp_path / "held").write_bytes(head.note)
    sign_head(str(home), now_us=2)
    assert incremental(home).notes[0].startswith("0 entries were read")
    files = [str(tmp_path / "held")]
    found = verify_incremental(str(home), lambda reader, newest: collect(reader, files=files, newest=newest))
    assert found.notes[0].startswith("162 entries were read")
    assert str(found.verdict) == "TAIL"


def test_entries_that_were_pruned_are_gone_on_from(home: Path) -> None:
    """Their leaves are left."""
    now = BIRTH_US + 700_000_000
    done = retain.prune(str(home), keep_us=200_000_000, most=0, who="person", why="test", now_us=now)
    assert done is not None
    assert 400 < done.size < 601
    found = incremental(home)
    assert (str(found.verdict), found.reason) == ("UNANCHORED", "")


def test_without_a_head_there_is_nothing_to_begin_with(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says what signs one, and reads nothing in its stead."""
    home = tmp_path / "bare"
    with open_writer(str(home), deadline=None) as writer:
        Scribe(writer).call("x")
        writer.commit()
    with pytest.raises(UsageError, match="no signed head"):
        incremental(home)
    assert main(["verify", "--home", str(home), "--incremental"]) == 3
    assert "web4 anchor now" in capsys.readouterr().err
    assert main(["verify", "--home", str(home), "--incremental", "--session", "x"]) == 3


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        (("UPDATE heads SET note = substr(note, 1, 40)",), "signature"),
        (("UPDATE heads SET note = CAST(replace(CAST(note AS TEXT), '602', '603') AS BLOB)",), "signature"),
        (
            (
                "DELETE FROM entries WHERE idx > 400",
                "UPDATE tree SET size = 401",
            ),
            "it says 602 entries, and the ledger has 401",
        ),
        (("DELETE FROM tree",), "it says -1 entries"),
    ],
)
def test_a_newest_head_that_cannot_be_begun_with_has_everything_read(
    home: Path, statements: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that does not verify, or is over more than there is: tampering, as for who reads everything, and never "no head"."""
    for statement in statements:
        edit(home, statement)
    found, whole = incremental(home), verify_ledger(str(home), collect)
    assert (str(found.verdict), found.findings, found.unread) == ("TAMPERED", whole.findings, 0)
    assert any(why in one.reason for one in found.findings), found.findings
    assert found.notes[0] == "everything was read: no head of this ledger could be begun with"
    assert main(["verify", "--home", str(home), "--incremental"]) == 2
    out = capsys.readouterr().out
    assert "not asked" not in out
    assert "everything was read" in out


def test_an_older_head_does_not_hide_that_the_newest_is_broken(home: Path) -> None:
    """The broken one is a finding, whatever else could be begun with."""
    sign_head(str(home), now_us=2)
    edit(home, "UPDATE heads SET note = substr(note, 1, 40) WHERE size = 764")
    found = incremental(home)
    assert (str(found.verdict), found.place, found.unread) == ("TAMPERED", "the signed head over 764 entries", 0)


@pytest.mark.parametrize("further", [0, 5])
def test_a_head_by_a_key_that_was_closed_is_found(home: Path, tmp_path: Path, further: int) -> None:
    """Whether the entry that closed it is read again or lies before the head that is begun with."""
    shutil.copytree(home / "keys", tmp_path / "thief" / "keys")
    rotate(str(home), now_us=2)
    with open_writer(str(home), deadline=None) as writer:
        for n in range(further):
            Scribe(writer, session="one").call(f"further-{n}")
        tree, origin = writer.head(), writer.origin
        text = Checkpoint(origin=origin, size=tree.size, root=tree.root).to_text()
        _keys, note = signing.sign(str(tmp_path / "thief"), text)
        writer._database.run("DELETE FROM heads WHERE size = ?", tree.size)
        writer.keep_head(SignedHead(size=tree.size, epoch=0, ts=2, note=note.to_bytes()))
        writer.commit()
    found, whole = incremental(home), verify_ledger(str(home), collect)
    assert (str(found.verdict), found.unread) == ("TAMPERED", tree.size)
    assert found.reason == whole.reason
    assert "by a key that entry 764 closed" in found.reason


def test_the_entry_that_closed_a_key_cannot_be_changed_unseen(home: Path) -> None:
    """It is held against the tree, though what lies beside it is not read."""
    rotate(str(home), now_us=2)
    assert str(incremental(home).verdict) == "UNANCHORED"
    edit(
        home,
        "UPDATE entries SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"epoch\":1', '\"epoch\":2') AS BLOB) WHERE idx = 764",
    )
    assert [(one.step, one.place) for one in incremental(home).findings] == [(2, "entry 764 (session `-`, seq 2)")]


def test_the_command_prints_which_steps_were_not_asked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As data too."""
    assert main(["verify", "--home", str(home), "--incremental", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "UNANCHORED"
    assert any("were not read again" in text for text in told["not_covered"])
    assert any(text.startswith("G0: ") and "602 entries were not read" in text for text in told["not_covered"])
