"""The home: private when made, refused when others could write there."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from web4_governance.core.errors import HomeError
from web4_governance.storage import Home

if TYPE_CHECKING:
    from pathlib import Path

root_only = pytest.mark.skipif(os.getuid() != 0, reason="needs to give files to another user")


def mode(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


def test_a_home_is_made_private_whatever_the_umask_says(tmp_path: Path) -> None:
    """Directories 0700, missing parents too."""
    before = os.umask(0)
    try:
        home = Home(str(tmp_path / "a" / "b" / "home"))
        home.create()
    finally:
        os.umask(before)
    assert (mode(home.path), mode(home.audit)) == (0o700, 0o700)
    assert not home.readable_by_others()
    home.create()


def test_the_places_in_a_home_have_their_names(tmp_path: Path) -> None:
    """What others rely on (names are part of the contract)."""
    home = Home(str(tmp_path))
    places = (home.ledger, home.lock, home.audit, home.config, home.launcher, home.cache)
    names = ["ledger.db", "ledger.lock", "audit", "config.toml", "launcher", "cache"]
    assert [os.path.relpath(place, tmp_path) for place in places] == names
    assert [os.path.basename(path) for path in home.policies()] == [
        "policy.json",
        "policy.yaml",
        "policy.yml",
        "policy.toml",
    ]
    assert str(tmp_path) in repr(home)


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_what_names_no_directory_is_refused(path: str) -> None:
    """Before anything is touched."""
    with pytest.raises(HomeError):
        Home(path)


@pytest.mark.parametrize("others", [0o720, 0o702, 0o777])
def test_a_home_that_others_can_write_is_refused(tmp_path: Path, others: int) -> None:
    """Group or all: the hint names the command that mends it, and that command does."""
    home = Home(str(tmp_path / "home"))
    home.create()
    os.chmod(home.path, others)
    with pytest.raises(HomeError, match="can be written by others") as caught:
        home.check()
    assert f"chmod go-w {home.path}" in caught.value.hint
    os.chmod(home.path, mode(home.path) & ~0o022)
    home.check()


def test_a_home_that_others_can_only_read_is_no_reason_to_refuse(tmp_path: Path) -> None:
    """It is one to mend."""
    home = Home(str(tmp_path / "home"))
    home.create()
    os.chmod(home.path, 0o755)
    home.check()
    assert home.readable_by_others()


@root_only
def test_another_users_home_is_refused(tmp_path: Path) -> None:
    """Whatever its mode."""
    home = Home(str(tmp_path / "home"))
    home.create()
    os.chown(home.path, 12345, 12345)
    with pytest.raises(HomeError, match="belongs to another user"):
        home.check()


@root_only
def test_a_home_behind_another_users_symlink_is_refused(tmp_path: Path) -> None:
    """Who owns the link decides where it leads tomorrow."""
    Home(str(tmp_path / "real")).create()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real")
    Home(str(link)).check()
    os.lchown(link, 12345, 12345)
    with pytest.raises(HomeError, match="symlink"):
        Home(str(link)).check()


def test_a_symlink_to_a_home_that_others_can_write_is_refused(tmp_path: Path) -> None:
    """The directory counts, not the link."""
    real = Home(str(tmp_path / "real"))
    real.create()
    os.chmod(real.path, 0o777)
    (tmp_path / "link").symlink_to(real.path)
    with pytest.raises(HomeError, match="can be written by others"):
        Home(str(tmp_path / "link")).check()


def test_no_home_and_a_file_for_a_home_are_told_apart(tmp_path: Path) -> None:
    """Each with what to do."""
    with pytest.raises(HomeError, match="no home") as missing:
        Home(str(tmp_path / "none")).check()
    assert "web4 init" in missing.value.hint
    (tmp_path / "file").write_text("")
    with pytest.raises(HomeError, match="no directory"):
        Home(str(tmp_path / "file")).check()
    with pytest.raises(HomeError):
        Home(str(tmp_path / "file" / "below")).create()
    with pytest.raises(HomeError, match="cannot be read"):
        Home(str(tmp_path / "file" / "below")).check()
    assert not Home(str(tmp_path / "none")).exists()
