"""A gate knows when its package was changed on the disk (docs/spec/daemon.md R8)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from web4_governance.daemon import package
from web4_governance.daemon.package import Package

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "web4_governance"
    (place / "core").mkdir(parents=True)
    (place / "__pycache__").mkdir()
    for name in ("__init__.py", "hook.py", "core/value.py", "__pycache__/x.pyc"):
        (place / name).write_text("x = 1\n")
    monkeypatch.setattr(package, "ROOT", str(place))
    monkeypatch.setattr(package, "LOOK_S", -1.0)
    return place


def test_a_package_that_nobody_changed_is_the_one_that_runs(root: Path) -> None:
    """What the interpreter keeps of it may come and go."""
    running = Package()
    (root / "__pycache__" / "x.pyc").write_text("another")
    (root / "__pycache__" / "y.pyc").write_text("new")
    assert running.is_for(str(root / "hook.py"))
    assert not running.is_for("/elsewhere/web4_governance/hook.py")
    assert not running.replaced


@pytest.mark.parametrize("how", ["written", "replaced", "removed", "touched"])
def test_a_file_that_changed_is_noticed(root: Path, how: str) -> None:
    """Written in its place, or another under its name, with the same size and time even."""
    running = Package()
    file = root / "core" / "value.py"
    before = file.stat()
    if how == "written":
        file.write_text("x = 22\n")
    elif how == "removed":
        file.unlink()
    elif how == "touched":
        os.utime(file, ns=(1, 1))
    else:
        other = root.parent / "other"
        other.write_text("x = 2\n")
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.replace(other, file)
    assert not running.is_for(str(root / "hook.py"))
    assert running.replaced
