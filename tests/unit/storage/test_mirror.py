"""The session mirrors: a copy that follows the ledger, is mended from it, and never overwrites evidence."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.ledgers import SESSION, Scribe, fill
from web4_governance.app.verify import verify_ledger, verify_mirror
from web4_governance.core.ledger.line import Line
from web4_governance.core.ledger.verdict import NOT_LAST_LINE, VerdictName
from web4_governance.core.record.keep import Privacy
from web4_governance.storage.home import Home
from web4_governance.storage.mirror import ASIDE, append, file_name, path_of, size_of
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Callable

needs_users = pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def write(home: Path, text: str, *, session: str = SESSION) -> str:
    """Write one prompt and give what the writer said about its mirrors."""
    with open_writer(str(home), deadline=None) as writer:
        Scribe(writer, session=session).prompt(text)
        writer.commit()
        return writer.mirror_error


def mirror_of(home: Path, session: str = SESSION) -> Path:
    return Path(path_of(Home(str(home)), session))


def expected(home: Path, session: str = SESSION) -> bytes:
    """What the mirror should hold, from the ledger."""
    with open_reader(str(home)) as reader:
        return b"".join(
            Line(data=e.data, openings=reader.openings(e.idx)).to_bytes() + b"\n"
            for e in reader.entries(session=session)
        )


@pytest.mark.parametrize(
    ("session", "plain"),
    [
        (SESSION, True),
        ("-", True),
        ("A-Za-z0-9", True),
        ("x" * 120, True),
        ("x" * 121, False),
        ("", False),
        ("../../etc/passwd", False),
        ("a.b", False),
        ("a_b", False),
        ("a b", False),
        ("ü", False),
        ("a\n", False),
    ],
)
def test_a_session_id_that_could_be_a_path_is_filed_under_its_hash(session: str, plain: bool) -> None:
    """Letters, digits and hyphens up to 120 bytes stand for themselves."""
    name = session if plain else hashlib.sha256(session.encode()).hexdigest()
    assert file_name(session) == name + ".jsonl"


def test_a_mirror_has_a_line_an_entry_with_its_openings(home: Path) -> None:
    """Exactly what the ledger has, and it verifies alone."""
    write(home, "one")
    write(home, "two")
    assert mirror_of(home).read_bytes() == expected(home)
    assert mirror_of(home).read_bytes().count(b"\n") == 2
    report = verify_mirror(str(mirror_of(home)))
    assert (report.verdict, report.tally.opened, report.root) == (VerdictName.UNANCHORED, 2, "")
    assert NOT_LAST_LINE in report.not_covered


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-10],
        lambda data: data[: data.index(b"\n") + 1],
        lambda data: data[: data.index(b"\n") + 20],
        lambda _: b"",
        lambda _: None,
    ],
    ids=["cut in mid-line", "a line short", "a line and a bit", "empty", "gone"],
)
def test_a_short_mirror_is_made_whole_by_the_next_write_of_its_session(
    home: Path, damage: Callable[[bytes], bytes | None]
) -> None:
    """A crash or a full disk between commit and mirror; nothing is set aside, for nothing is lost by rewriting."""
    for n in range(3):
        write(home, f"{n}")
    left = damage(mirror_of(home).read_bytes())
    mirror_of(home).unlink()
    if left is not None:
        mirror_of(home).write_bytes(left)
    write(home, "elsewhere", session="other")
    assert (mirror_of(home).read_bytes() if left is not None else None) == left
    write(home, "next")
    assert mirror_of(home).read_bytes() == expected(home)
    assert not [name for name in os.listdir(home / "audit") if ASIDE in name or name.endswith(".tmp")]
    assert verify_ledger(str(home)).verdict is VerdictName.UNANCHORED


@pytest.mark.parametrize(
    "damage",
    [
        lambda lines: [*lines, lines[-1]],
        lambda lines: [lines[0].replace(b"prompt", b"brombt"), *lines[1:], b"\n"],
        lambda lines: [*lines, b"x"],
    ],
    ids=["a line more", "an entry changed", "a byte more"],
)
def test_a_mirror_that_holds_what_the_ledger_does_not_is_set_aside(
    home: Path, damage: Callable[[list[bytes]], list[bytes]]
) -> None:
    """It may be all that is left of a ledger that was cut: verification points at it until a person has looked."""
    for n in range(2):
        write(home, f"{n}")
    odd = b"".join(damage(mirror_of(home).read_bytes().splitlines(keepends=True)))
    for n in (1, 2):
        mirror_of(home).write_bytes(odd)
        write(home, "next")
        assert Path(f"{mirror_of(home)}{ASIDE}{n}").read_bytes() == odd
    assert mirror_of(home).read_bytes() == expected(home)
    report = verify_ledger(str(home))
    assert (report.verdict, report.place) == (VerdictName.TAMPERED, f"mirror `{mirror_of(home).name}{ASIDE}1`")


def test_a_change_that_keeps_the_size_is_found_by_verifying_and_left_for_it(home: Path) -> None:
    """Writing looks at the size alone, so that it costs the same however long the session is."""
    write(home, "one")
    mirror_of(home).write_bytes(mirror_of(home).read_bytes().replace(b"one", b"two"))
    write(home, "next")
    assert verify_ledger(str(home)).place == f"mirror `{mirror_of(home).name}`, line 1"


def test_a_mirror_that_cannot_be_written_undoes_nothing(home: Path) -> None:
    """The entry is in the ledger, the writer says what failed, and the next write mends it."""
    write(home, "one")
    mirror_of(home).unlink()
    mirror_of(home).mkdir()
    (mirror_of(home) / "x").write_text("")
    write(home, "two")
    assert verify_ledger(str(home)).tally.entries == 2
    (home / "audit").rename(home / "elsewhere")
    (home / "audit").write_text("")
    assert "could not be written" in write(home, "three")
    (home / "audit").unlink()
    assert write(home, "four") == ""
    assert mirror_of(home).read_bytes() == expected(home)


def test_the_mirrors_directory_is_made_again_where_it_is_gone(home: Path) -> None:
    """For a session that has a mirror, and for a new one."""
    write(home, "one")
    for session in (SESSION, "new"):
        shutil.rmtree(home / "audit")
        assert write(home, "two", session=session) == ""
        assert mirror_of(home, session).read_bytes() == expected(home, session)
        assert (home / "audit").stat().st_mode & 0o777 == 0o700


def test_an_opening_that_cannot_be_printed_does_not_undo_a_commit(home: Path) -> None:
    """Somebody renamed it in the database, and the mirror has to be written anew."""
    write(home, "one")
    db = sqlite3.connect(home / "ledger.db")
    with db:
        db.execute("UPDATE openings SET field = 'ü'")
    db.close()
    mirror_of(home).unlink()
    assert "could not be made" in write(home, "two")
    assert verify_ledger(str(home)).tally.entries == 2


def test_a_rewrite_that_fails_leaves_no_rubbish(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old mirror stays as it was."""
    write(home, "one")
    left = mirror_of(home).read_bytes()[:-5]
    mirror_of(home).write_bytes(left)

    def refuse(_fd: int) -> None:
        raise OSError(errno.EIO, "no")

    monkeypatch.setattr(os, "fsync", refuse)
    assert "could not be written" in write(home, "two")
    assert mirror_of(home).read_bytes() == left
    assert os.listdir(home / "audit") == [mirror_of(home).name]


def test_a_mirror_is_not_written_through_a_symlink(home: Path, tmp_path: Path) -> None:
    """Somebody's file elsewhere is not ours to append to."""
    write(home, "one")
    target = tmp_path / "target"
    target.write_bytes(mirror_of(home).read_bytes())
    mirror_of(home).unlink()
    mirror_of(home).symlink_to(target)
    before = target.read_bytes()
    write(home, "two")
    assert target.read_bytes() == before
    assert mirror_of(home).read_bytes() == expected(home)
    assert not mirror_of(home).is_symlink()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/null", path)])
@pytest.mark.parametrize("begun", [True, False])
def test_what_is_no_file_is_set_aside_and_not_waited_for(
    home: Path, make: Callable[[Path], object], *, begun: bool
) -> None:
    """A pipe, a directory or a link in the mirror's place."""
    if begun:
        write(home, "one")
        mirror_of(home).unlink()
    home.mkdir(mode=0o700, exist_ok=True)
    mirror_of(home).parent.mkdir(exist_ok=True)
    make(mirror_of(home))
    assert write(home, "two") == ""
    assert mirror_of(home).read_bytes() == expected(home)
    assert os.path.lexists(f"{mirror_of(home)}{ASIDE}1")


def test_a_pipe_that_comes_between_is_not_written_to(tmp_path: Path) -> None:
    """Looked at and then opened: with a reader at its other end it opens, and is refused; without one, it does not."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="No such device"):
        append(str(pipe), b"x")
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OSError, match="Invalid argument"):
        append(str(pipe), b"x")
    assert os.read(reader, 1) == b""
    os.close(reader)


@pytest.mark.parametrize("begun", [True, False])
def test_mirrors_are_not_written_through_a_linked_directory(home: Path, tmp_path: Path, *, begun: bool) -> None:
    """Nothing of a session lands outside the home; the entries are durable all the same."""
    if begun:
        write(home, "one")
        (home / "audit").rename(tmp_path / "before")
    home.mkdir(mode=0o700, exist_ok=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (home / "audit").symlink_to(elsewhere)
    assert "symlink" in write(home, "two")
    assert list(elsewhere.iterdir()) == []
    assert "symlink" in verify_ledger(str(home)).notes[0]
    with open_writer(str(home), deadline=None) as writer:
        assert writer.tail(SESSION)[0] == (2 if begun else 1)


def test_the_doctor_can_mend_a_mirror_without_a_new_entry(home: Path) -> None:
    """And leaves a good one alone."""
    write(home, "one")
    with open_writer(str(home), deadline=None) as writer:
        assert not writer.repair_mirror(SESSION)
        assert not writer.repair_mirror("no such session")
        mirror_of(home).unlink()
        assert writer.repair_mirror(SESSION)
        mirror_of(home).write_bytes(expected(home) + b"more\n")
        assert writer.repair_mirror(SESSION)
    assert mirror_of(home).read_bytes() == expected(home)
    assert Path(f"{mirror_of(home)}{ASIDE}1").read_bytes().endswith(b"more\n")


def test_without_openings_the_line_says_so(home: Path) -> None:
    """Privacy level `metadata`: commitments stand, and nothing is shown."""
    with open_writer(str(home), deadline=None) as writer:
        Scribe(writer, privacy=Privacy.METADATA).prompt("a secret")
        writer.commit()
    assert mirror_of(home).read_bytes().endswith(b',"open":{}}\n')
    assert b"a secret" not in mirror_of(home).read_bytes() + (home / "ledger.db").read_bytes()
    report = verify_ledger(str(home))
    assert (report.verdict, report.tally.opened, report.tally.closed) == (VerdictName.UNANCHORED, 0, 1)


def test_a_write_that_stops_short_is_made_good_by_the_next(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a line on a disk that filled up meanwhile: said, and mended later."""
    write(home, "one")
    whole = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: whole(fd, data[: len(data) // 2]))
    assert "no space left" in write(home, "two")
    monkeypatch.undo()
    assert not mirror_of(home).read_bytes().endswith(b"\n")
    assert write(home, "three") == ""
    assert mirror_of(home).read_bytes() == expected(home)


def test_a_full_disk_cuts_the_line_and_says_so(tmp_path: Path) -> None:
    """A short write is an error, not a success."""
    with pytest.raises(OSError, match="No space"):
        append("/dev/full", b"x")
    assert size_of(str(tmp_path)) == -1
    assert size_of("/dev/full") == -1


@pytest.mark.parametrize(
    ("change", "step", "place"),
    [
        (lambda lines: [lines[0].replace(b"prompt", b"brombt"), *lines[1:]], 4, "entry 1 "),
        (lambda lines: [lines[0].replace(b'"0"', b'"9"'), *lines[1:]], 7, "entry 0 "),
        (lambda lines: [*lines[:1], *lines[2:]], 4, "entry 1 "),
        (lambda lines: [lines[1], lines[0], lines[2]], 4, "entry 1 "),
        (lambda lines: [b"nonsense\n", *lines[1:]], 1, "line 1"),
        (lambda lines: [*lines[:2], lines[2][:-9] + b"\n"], 1, "line 3"),
        (lambda lines: [*lines[:2], b"what is no line"], 1, "line 3"),
        (lambda lines: [b'{"entry":[],"open":{}}\n', *lines[1:]], 1, "line 1"),
        (lambda lines: [*lines, lines[0].replace(SESSION.encode(), b"other")], 4, "line 4"),
    ],
)
def test_a_mirror_alone_shows_what_was_changed_in_it(
    home: Path, change: Callable[[list[bytes]], list[bytes]], step: int, place: str
) -> None:
    """Without the ledger, line by line."""
    for n in range(3):
        write(home, f"{n}")
    lines = change(mirror_of(home).read_bytes().splitlines(keepends=True))
    mirror_of(home).write_bytes(b"".join(lines))
    report = verify_mirror(str(mirror_of(home)))
    assert report.verdict is VerdictName.TAMPERED
    assert (report.findings[0].step, report.place[: len(place)]) == (step, place)


def test_a_mirror_alone_does_not_show_a_cut_at_its_end_or_its_last_line_changed(home: Path) -> None:
    """It says so: these are named among what is not covered."""
    for n in range(3):
        write(home, f"{n}")
    lines = mirror_of(home).read_bytes().splitlines(keepends=True)
    for left in (lines[:2], [*lines[:2], lines[2].replace(b'"claude-code"', b'"claude-coda"')]):
        mirror_of(home).write_bytes(b"".join(left))
        report = verify_mirror(str(mirror_of(home)))
        assert report.verdict is VerdictName.UNANCHORED
        assert len(report.not_covered) > 3


@pytest.mark.parametrize("left", [12, 40, -9, -2])
def test_a_mirror_alone_that_was_cut_in_its_last_line_says_so_and_is_not_accused(home: Path, left: int) -> None:
    """A crash or a full disk leaves such an end, and next to the ledger it is a note too."""
    for n in range(3):
        write(home, f"{n}")
    lines = mirror_of(home).read_bytes().splitlines(keepends=True)
    mirror_of(home).write_bytes(b"".join([*lines[:2], lines[2][:left]]))
    alone, beside = verify_mirror(str(mirror_of(home))), verify_ledger(str(home))
    assert alone.notes == ("the file ends in the middle of line 3, which was not read",)
    assert (alone.verdict, alone.tally.entries, alone.found) == (VerdictName.UNANCHORED, 2, 0)
    assert (beside.verdict, beside.found) == (VerdictName.UNANCHORED, 0)
    assert "middle of line 3" in beside.notes[0]


def test_two_sessions_of_a_call_each_get_their_mirror(home: Path) -> None:
    """A transaction may speak of more than one."""
    fill(str(home), sessions=3)
    for session in ("session-0", "session-1", "session-2"):
        assert mirror_of(home, session).read_bytes() == expected(home, session)
