"""A bundle that was stopped goes on only from what it was itself begun with, and is of the head that it was begun at."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from support.ledgers import Scribe, fill
from support.told import call_main
from web4_governance.app import bundle
from web4_governance.app.bundle import write_bundle
from web4_governance.app.bundle_work import Work
from web4_governance.app.disclosure import Disclosure
from web4_governance.app.exports import partial, sidecar
from web4_governance.core.canonical import decode, encode
from web4_governance.core.errors import UsageError
from web4_governance.storage.filters import Filters
from web4_governance.storage.writer import open_writer


class Stopped(Exception):  # no error: somebody pressed a key
    pass


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "CHUNK", 2)
    monkeypatch.setattr(bundle, "NOTE_EVERY_S", -1.0)


@pytest.fixture
def home(tmp_path: Path) -> str:
    place = str(tmp_path / "home")
    fill(place, sessions=2, calls=4)
    return place


def stop(home: str, file: Path, after: int = 6, **what: Any) -> None:
    """Begin a bundle, and stop when so many entries are read."""

    def stopping(doing: str, done: int, _place: int, _size: int) -> None:
        if doing == "exported" and done >= after:
            raise Stopped

    with pytest.raises(Stopped):
        write_bundle(home, str(file), told=stopping, **what)


def append(home: str, call: str = "call-late", session: str = "session-0") -> None:
    with open_writer(home, deadline=time.monotonic() + 20) as writer:
        scribe = Scribe(writer, session=session)
        scribe.call(call)
        writer.commit()


@pytest.mark.parametrize(
    "filters", [None, Filters(tool="Read"), Filters(status="succeeded"), Filters(session="session-0")]
)
def test_it_is_of_the_head_at_which_it_was_begun(home: str, tmp_path: Path, filters: Filters | None) -> None:
    """What was recorded meanwhile is not in it, even where a filter would find it."""
    whole, file = tmp_path / "whole.tar", tmp_path / "file.tar"
    write_bundle(home, str(whole), filters=filters)
    stop(home, file, filters=filters, after=2)
    append(home)
    heard = list[tuple[str, int, int, int]]()
    write_bundle(home, str(file), filters=filters, resume=True, told=lambda *of: heard.append(of))
    assert file.read_bytes() == whole.read_bytes()
    assert {one[0] for one in heard} == {"looked at, MiB", "exported", "put together, MiB"}
    assert sorted(os.listdir(tmp_path)) == ["file.tar", "home", "whole.tar"]
    assert call_main("verify", "--bundle", str(file)).code == 0
    with pytest.raises(UsageError, match="nothing to go on with"):
        write_bundle(home, str(file), filters=filters, resume=True)


def test_what_was_shown_so_far_counts(home: str, tmp_path: Path) -> None:
    """A field that shows something only before the stop is no field that shows nothing."""
    whole, file = tmp_path / "whole.tar", tmp_path / "file.tar"
    disclose = Disclosure(fields=("request.*",), where=Filters(session="session-0"))
    write_bundle(home, str(whole), disclose=disclose)
    stop(home, file, disclose=disclose, after=8)
    write_bundle(home, str(file), disclose=disclose, resume=True)
    assert file.read_bytes() == whole.read_bytes()


def test_a_field_that_shows_nothing_leaves_nothing(home: str, tmp_path: Path) -> None:
    """Going on would come to the same refusal."""
    with pytest.raises(UsageError, match="shows nothing"):
        write_bundle(home, f"{tmp_path}/file.tar", disclose=Disclosure(fields=("no.such",)))
    with pytest.raises(UsageError, match="nothing matches"):
        write_bundle(home, f"{tmp_path}/file.tar", filters=Filters(tool="Nothing"))
    assert os.listdir(tmp_path) == ["home"]


def test_other_filters_other_values_and_another_ledger_are_refused(home: str, tmp_path: Path) -> None:
    """Each by itself; nothing of what is there is touched."""
    file, other = tmp_path / "file.tar", str(tmp_path / "other")
    fill(other, sessions=2, calls=4)
    stop(home, file, filters=Filters(tool="Read"), times={"since": "2h"})
    before = Path(partial.path_of(str(file))).read_bytes()
    asked: dict[str, Any] = {"filters": Filters(tool="Read"), "times": {"since": "2h"}}
    for home_, change in (
        (other, {}),
        (home, {"filters": Filters(tool="Bash")}),
        (home, {"filters": None}),
        (home, {"times": {"since": "3h"}}),
        (home, {"times": None}),
        (home, {"disclose": Disclosure(fields=("request.*",))}),
        (home, {"disclose": Disclosure(fields=("request.*",), where=Filters(tool="Read"))}),
    ):
        with pytest.raises(UsageError, match="from another ledger, with other options") as refused:
            write_bundle(home_, str(file), resume=True, **{**asked, **change})
        assert "--resume" in refused.value.hint
    assert Path(partial.path_of(str(file))).read_bytes() == before
    assert not file.exists()
    write_bundle(home, str(file), resume=True, **asked)


def test_another_version_of_the_program_begins_anew(home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its verifier goes with the bundle."""
    stop(home, tmp_path / "file.tar")
    monkeypatch.setattr(bundle, "TEXT", bundle.TEXT + "more\n")
    with pytest.raises(UsageError, match="by another version"):
        write_bundle(home, f"{tmp_path}/file.tar", resume=True)


@pytest.mark.parametrize("at", [0, 9, 60, 200, -1])
def test_one_changed_byte_is_seen(home: str, tmp_path: Path, at: int) -> None:
    """Wherever it is; and without `--resume` the bundle is begun anew."""
    whole, file = tmp_path / "whole.tar", tmp_path / "file.tar"
    write_bundle(home, str(whole))
    stop(home, file)
    with open(partial.path_of(str(file)), "r+b") as held:
        data = bytearray(held.read()[: sidecar.read(str(file)).size])
        data[at] ^= 1
        held.seek(0)
        held.write(data)
    with pytest.raises(UsageError, match="is damaged"):
        write_bundle(home, str(file), resume=True)
    assert not file.exists()
    write_bundle(home, str(file))
    assert file.read_bytes() == whole.read_bytes()


def test_bytes_that_a_note_was_made_for_are_still_no_bundle(home: str, tmp_path: Path) -> None:
    """Who can write both can write the bundle too; but nothing falls over it."""
    file = tmp_path / "file.tar"
    for data in (b"", b"x" * 10, bytes(48), b"\0" * 8 + b"\xff" * 60):
        stop(home, file)
        Path(partial.path_of(str(file))).write_bytes(data)
        note = decode(Path(sidecar.path_of(str(file))).read_bytes().strip())
        assert isinstance(note, dict)
        note.update(size=len(data), digest=hashlib.sha256(data).hexdigest())
        Path(sidecar.path_of(str(file))).write_bytes(encode(note) + b"\n")
        with pytest.raises(UsageError, match="is no unfinished bundle"):
            write_bundle(home, str(file), resume=True)
        assert not file.exists()


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize(
    "what", ["link", "dangling", "pipe", "directory", "two names", "others may write", "another's"]
)
def test_what_somebody_else_laid_there_is_neither_read_nor_written(
    home: str, tmp_path: Path, what: str, resume: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the bundle is begun or gone on with."""
    file, mine = tmp_path / "file.tar", tmp_path / "mine"
    stop(home, file)
    beside = partial.path_of(str(file))
    held = Path(beside).read_bytes()
    mine.write_bytes(held)
    if what != "others may write":
        os.unlink(beside)
    match what:
        case "link":
            os.symlink(mine, beside)
        case "dangling":
            os.symlink(tmp_path / "nowhere", beside)
        case "pipe":
            os.mkfifo(beside)
        case "directory":
            os.mkdir(beside)
        case "two names":
            os.link(mine, beside)
        case "another's":
            (tmp_path / "theirs").write_bytes(held)
            os.rename(tmp_path / "theirs", beside)
            monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
        case _:
            os.chmod(beside, 0o666)
    with pytest.raises(UsageError, match=r"cannot be written|not a file of yours alone") as refused:
        write_bundle(home, str(file), resume=resume)
    assert "take it away" in refused.value.hint
    assert mine.read_bytes() == held
    assert not file.exists()
    assert not (tmp_path / "nowhere").exists()


def test_where_files_have_no_owners_a_bundle_is_made_and_not_gone_on_with(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some file systems show every file as another's, or as writable for all, and some have no locks."""

    def no_locks(*_: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    monkeypatch.setattr(partial, "flock", no_locks)
    write_bundle(home, f"{tmp_path}/file.tar")
    assert call_main("verify", "--bundle", f"{tmp_path}/file.tar").code == 0
    stop(home, tmp_path / "other.tar")
    with pytest.raises(UsageError, match="not a file of yours alone"):
        write_bundle(home, f"{tmp_path}/other.tar", resume=True)


def test_a_note_that_is_a_link_is_not_followed(home: str, tmp_path: Path) -> None:
    """Neither to read it, nor to write where it leads; of the other formats neither."""
    file, mine = tmp_path / "file.tar", tmp_path / "mine"
    mine.write_text("mine")
    os.symlink(mine, sidecar.path_of(str(file)))
    with pytest.raises(UsageError, match="nothing to go on with"):
        write_bundle(home, str(file), resume=True)
    assert "yours alone" in call_main("export", "--home", home, "--format", "csv", "-o", str(file), "--resume").err
    stop(home, file)
    assert mine.read_text() == "mine"
    assert stat.S_ISREG(os.lstat(sidecar.path_of(str(file))).st_mode)
    os.unlink(sidecar.path_of(str(file)))
    os.symlink(mine, sidecar.path_of(str(file)))
    assert call_main("export", "--home", home, "--format", "csv", "-o", f"{tmp_path}/file.tar").code == 0
    assert mine.read_text() == "mine"


def test_two_at_once_do_not_write_one_file(home: str, tmp_path: Path) -> None:
    """The second one says so, whether it begins or goes on; the first one is done as if there was none."""
    whole, file = tmp_path / "whole.tar", tmp_path / "file.tar"
    write_bundle(home, str(whole))
    refused = list[str]()

    def meanwhile(*_of: object) -> None:
        for resume in (False, True):
            with pytest.raises(UsageError) as error:
                write_bundle(home, str(file), resume=resume)
            refused.append(error.value.message)

    write_bundle(home, str(file), told=meanwhile)
    assert refused
    assert all("is being written by another process" in one for one in refused)
    assert file.read_bytes() == whole.read_bytes()


def test_what_was_erased_meanwhile_is_not_taken_over(home: str, tmp_path: Path) -> None:
    """What is there may hold it: then the bundle is begun anew."""
    file = tmp_path / "file.tar"
    stop(home, file)
    erased = call_main(
        "erase", "--home", home, "--session", "session-0", "--why", "asked", "--authority", "me", "--yes"
    )
    assert erased.code == 0, erased.err
    with pytest.raises(UsageError, match="erased or pruned since"):
        write_bundle(home, str(file), resume=True)


def test_a_ledger_that_was_changed_meanwhile_is_refused(home: str, tmp_path: Path) -> None:
    """A shorter one, and one with other entries before the head."""
    file = tmp_path / "file.tar"
    stop(home, file)
    before = sidecar.read(str(file))
    append(home)
    with sqlite3.connect(f"{home}/ledger.db") as database:
        database.execute("UPDATE entries SET leaf = zeroblob(32) WHERE idx = 1")
    database.close()
    with pytest.raises(UsageError, match="not the one that the bundle was begun from"):
        write_bundle(home, str(file), resume=True)
    with sqlite3.connect(f"{home}/ledger.db") as database:
        database.execute("UPDATE tree SET size = 3")
    database.close()
    with pytest.raises(UsageError, match="not the one that the bundle was begun from"):
        write_bundle(home, str(file), resume=True)
    assert sidecar.read(str(file)) == before


def test_a_device_is_not_replaced(home: str) -> None:
    """Putting a file in its place would take it away."""
    assert "is no file" in call_main("export", "--home", home, "-o", "/dev/null").err
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_the_command_goes_on_and_says_so_when_it_is_stopped(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the other formats do."""
    file = tmp_path / "file.tar"
    kept, notes = Work.keep, [0]

    def stopping(work: Work) -> None:
        kept(work)
        notes[0] += 1
        if notes[0] == 3:
            raise KeyboardInterrupt

    asked = ("export", "--home", home, "--tool", "Read", "-o", str(file))
    assert "nothing to go on with" in call_main(*asked, "--resume").err
    monkeypatch.setattr(Work, "keep", stopping)
    said = call_main(*asked)
    assert (said.code, "`--resume` goes on" in said.err, file.exists()) == (130, True, False)
    assert "with other options" in call_main("export", "--home", home, "-o", str(file), "--resume").err
    assert call_main(*asked, "--resume").code == 0
    assert call_main("verify", "--bundle", str(file)).code == 0


def test_a_bundle_is_not_gone_on_with_as_another_format(home: str, tmp_path: Path) -> None:
    """Nor another format as a bundle."""
    file = tmp_path / "file"
    stop(home, file)
    for form in ("csv", "parquet"):
        said = call_main("export", "--home", home, "--format", form, "-o", str(file), "--resume")
        assert (said.code, "was begun as bundle" in said.err) == (3, True)
