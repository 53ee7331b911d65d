"""What looks at the disk for a call gives what the system's own ways give, in less time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from web4_governance.app.look import _real
from web4_governance.app.regular import lies
from web4_governance.app.scope import projects_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "real" / "deep").mkdir(parents=True)
    (tmp_path / "real" / "file").write_text("x")
    (tmp_path / "way").symlink_to(tmp_path / "real")
    (tmp_path / "near").symlink_to("real/deep")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere" / "at all")
    (tmp_path / "loop").symlink_to("loop")
    return tmp_path


WAYS = (
    "real/file", "real/deep", "way/file", "way/deep/none", "near", "near/..", "near/../file", "dangling", "dangling/more",
    "loop", "loop/more", "real/file/below", "none/../real/file", "none/at/all", "real//file", "real/./file", "real/file/", "",
)  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_path_leads_where_the_system_says(place: Path, way: str) -> None:
    """With links on the way, behind the last part, in a loop, to nowhere; with and without what has to be taken away."""
    path = f"{place}/{way}"
    assert _real(path) == os.path.realpath(path)
    assert lies(path) == os.path.lexists(path)


@pytest.mark.parametrize("path", ["/", "//", "//etc", "/..", "/etc", "relative", "."])
def test_the_ends_of_paths_lead_where_the_system_says(path: str) -> None:
    """The root, two slashes, and what is relative."""
    assert _real(path) == os.path.realpath(path)


def test_nothing_lies_at_a_path_that_no_file_can_have() -> None:
    """A NUL in a working directory is no project, and no error."""
    assert not lies("/tmp/a\0b")
    assert projects_of("/srv/a\0b", "", user_home="/home/dev") == ("/srv/a\0b",)


def test_a_named_project_is_looked_up_beside_the_working_directory(place: Path) -> None:
    """Once where both are the same, and the named one first where they differ."""
    (place / "real" / ".git").mkdir()
    deep, home = str(place / "real" / "deep"), "/home/dev"
    assert projects_of(deep, "", user_home=home) == projects_of(deep, deep, user_home=home) == (str(place / "real"),)
    assert projects_of(deep, str(place), user_home=home) == (str(place), str(place / "real"))
    assert projects_of("", str(place), user_home=home) == (str(place),)
