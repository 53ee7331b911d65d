"""The small files: replacing one whole, the launcher's, the receipts."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.app import launcher, receipts
from web4_governance.app.atomic import keep_copy, read_bytes, write_bytes
from web4_governance.app.launcher import Launcher
from web4_governance.app.receipts import Receipt
from web4_governance.core.errors import UsageError


def mode_of(path: Path | str) -> int:
    """The permission bits."""
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_new_file_is_private_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    """A person's choice of who may read their settings stays."""
    new, old = tmp_path / "new", tmp_path / "old"
    old.write_bytes(b"a")
    old.chmod(0o640)
    write_bytes(str(new), b"b")
    write_bytes(str(old), b"b")
    assert (mode_of(new), mode_of(old)) == (0o600, 0o640)
    assert sorted(os.listdir(tmp_path)) == ["new", "old"]


def test_a_symlink_stays_one_and_its_target_changes(tmp_path: Path) -> None:
    """Settings are often links into a repository of dotfiles."""
    target, link = tmp_path / "dotfiles" / "settings.json", tmp_path / "settings.json"
    target.parent.mkdir()
    target.write_bytes(b"a")
    link.symlink_to(target)
    write_bytes(str(link), b"b")
    assert link.is_symlink()
    assert target.read_bytes() == b"b"


def test_a_disk_that_refuses_is_an_error_of_one_line(tmp_path: Path) -> None:
    """And leaves nothing half-written."""
    (tmp_path / "directory").mkdir()
    with pytest.raises(UsageError, match="cannot be written"):
        write_bytes(str(tmp_path / "directory"), b"x")
    with pytest.raises(UsageError, match="cannot be written"):
        write_bytes(str(tmp_path / "missing" / "file"), b"x")
    with pytest.raises(UsageError, match="cannot be read"):
        read_bytes(str(tmp_path / "directory"))
    assert os.listdir(tmp_path) == ["directory"]
    assert read_bytes(str(tmp_path / "missing")) is None


@given(
    st.text(
        alphabet=st.characters(
            exclude_categories=["Cs"], exclude_characters="\n\r\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
        )
    )
)
def test_whatever_a_path_is_the_launcher_says_it_again(tmp_path_factory: pytest.TempPathFactory, tail: str) -> None:
    """Spaces, quotes, equal signs and dollars are characters of a path like any other."""
    home = str(tmp_path_factory.mktemp("home"))
    wanted = Launcher(python="/opt/" + tail, script="/lib/" + tail, on_failure="block")
    launcher.write(home, wanted)
    assert launcher.read(home) == wanted
    assert mode_of(launcher.path_of(home)) == 0o600


def test_a_path_with_a_line_break_cannot_be_said(tmp_path: Path) -> None:
    """It would be read as another name."""
    with pytest.raises(UsageError, match="line break"):
        launcher.write(str(tmp_path), Launcher(python="/a\nscript=/evil", script="/b", on_failure="block"))


def test_writing_the_launcher_replaces_a_symlink_and_not_its_target(tmp_path: Path) -> None:
    """Nor does it keep a mode that somebody opened."""
    other = tmp_path / "other"
    other.write_text("x")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "launcher").symlink_to(other)
    assert launcher.foreign(str(home)) == "the file is a symlink"
    launcher.write(str(home), Launcher(python="/p", script="/s", on_failure="continue"))
    assert other.read_text() == "x"
    assert launcher.foreign(str(home)) == ""


def test_says_why_the_plugin_would_not_trust_the_launcher(tmp_path: Path) -> None:
    """Each condition for itself."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    launcher.write(str(home), Launcher(python="/p", script="/s", on_failure="continue"))
    (home / "launcher").chmod(0o622)
    assert launcher.foreign(str(home)) == "the file can be written by others"
    (home / "launcher").chmod(0o600)
    home.chmod(0o777)
    assert launcher.foreign(str(home)) == "the home can be written by others"


RECEIPTS = st.builds(
    Receipt,
    agent=st.just("claude-code"),
    scope=st.sampled_from(["user", "project"]),
    path=st.text(min_size=1, alphabet=st.characters(exclude_categories=["Cs"])),
    original=st.none() | st.binary(),
    written=st.just("0" * 64),
    made=st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]))).map(tuple),
)


@given(RECEIPTS)
def test_a_receipt_says_again_what_was_kept(tmp_path_factory: pytest.TempPathFactory, receipt: Receipt) -> None:
    """Original bytes included, whatever they are."""
    home = str(tmp_path_factory.mktemp("home"))
    receipts.keep(home, receipt)
    assert receipts.of_file(home, receipt.path) == receipt
    assert receipts.all_of(home) == ((receipt,), ())
    receipts.forget(home, receipt.path)
    receipts.forget(home, receipt.path)
    assert receipts.all_of(home) == ((), ())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"agent":"x"}', b'{"agent":1,"original":"?","path":"p"}'])
def test_a_damaged_receipt_is_as_good_as_none(tmp_path: Path, data: bytes) -> None:
    """And is named, so that the doctor can say so."""
    directory = tmp_path / "installed"
    directory.mkdir()
    (directory / "x.json").write_bytes(data)
    assert receipts.all_of(str(tmp_path)) == ((), (str(directory / "x.json"),))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_users_file_stays_theirs(tmp_path: Path) -> None:
    """An administrator's `init` does not take a file over; and what is theirs the launcher does not trust."""
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"a")
    os.chown(theirs, 12345, 12345)
    write_bytes(str(theirs), b"b")
    assert (theirs.stat().st_uid, theirs.read_bytes()) == (12345, b"b")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    launcher.write(str(home), Launcher(python="/p", script="/s", on_failure="continue"))
    os.chown(launcher.path_of(str(home)), 12345, 12345)
    assert launcher.foreign(str(home)) == "the file belongs to uid 12345"


def test_what_lies_under_our_temporary_name_is_not_followed(tmp_path: Path) -> None:
    """A cloned repository could have put a symlink there."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / f"settings.json.web4.{os.getpid()}").symlink_to(victim)
    write_bytes(str(tmp_path / "settings.json"), b"{}")
    assert victim.read_bytes() == b"precious"
    assert not (tmp_path / "settings.json").is_symlink()
    assert sorted(os.listdir(tmp_path)) == ["settings.json", "victim"]


def test_a_copy_that_only_spares_work_may_fail(tmp_path: Path) -> None:
    """Silently: whoever needs it makes it again."""
    (tmp_path / "file").write_bytes(b"x")
    keep_copy(str(tmp_path / "file" / "copy"), b"y")
    keep_copy(str(tmp_path / "cache" / "copy"), b"y")
    assert (tmp_path / "cache" / "copy").read_bytes() == b"y"
