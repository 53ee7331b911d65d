"""A gate knows when its package was changed on the disk (docs/spec/daemon.md R8)."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from support.hooks import event
from support.resident import WORD, connect, exchange, fields, gate
from web4_governance.app import frames
from web4_governance.daemon import package
from web4_governance.daemon.package import Package
from web4_governance.storage.home import Home

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.daemon.call import Call


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


@pytest.mark.parametrize("how", ["written", "touched"])
def test_a_file_that_was_changed_in_its_place_is_noticed_after_a_call(root: Path, how: str) -> None:
    """It shows in no directory, and all files take too long while somebody waits."""
    age(root)
    running = Package()
    file = root / "core" / "value.py"
    if how == "written":
        file.write_text("x = 22\n")
    else:
        os.utime(file, ns=(1, 1))
    assert running.is_for(str(root / "hook.py"))
    running.look_closely()
    assert running.replaced
    assert not running.is_for(str(root / "hook.py"))


def age(root: Path) -> None:
    """Let a package have lain there for a while."""
    for path in (root, root / "core"):
        os.utime(path, ns=(1, 1))


def test_a_directory_that_is_made_is_no_change(root: Path) -> None:
    """The interpreter makes one for what it keeps; what comes after it is noticed all the same."""
    age(root)
    running = Package()
    assert running._settled
    (root / "core" / "__pycache__").mkdir()
    (root / "core" / "new.py").write_text("x = 1\n")
    assert running.is_for(str(root / "hook.py"))
    (root / "core" / "value.py").unlink()
    assert not running.is_for(str(root / "hook.py"))


@pytest.mark.parametrize("how", ["replaced", "removed"])
@pytest.mark.parametrize("old", [False, True])
def test_a_file_that_changed_is_noticed(root: Path, how: str, *, old: bool) -> None:
    """Gone, or another under its name, with the same size and time even."""
    if old:
        age(root)
    running = Package()
    file = root / "core" / "value.py"
    before = file.stat()
    if how == "removed":
        file.unlink()
    else:
        other = root.parent / "other"
        other.write_text("x = 2\n")
        os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
        os.replace(other, file)
    assert not running.is_for(str(root / "hook.py"))
    assert running.replaced


def test_files_are_looked_at_after_calls_and_not_before(tmp_path: Path) -> None:
    """Once for calls that come together; the next call is told what was found."""
    home = str(tmp_path / "home")
    Home(home).create()
    order: list[str] = []
    with gate(home) as running:
        look, answer = running.package.look_closely, running.gave

        def looked() -> None:
            order.append("looked")
            look()

        def gave(call: Call, size: int) -> None:
            order.append("answered")
            answer(call, size)

        running.package.look_closely = looked  # type: ignore[method-assign]
        running.gave = gave  # type: ignore[method-assign]
        for number in (1, 2):
            body = json.dumps(event("PreToolUse", f"t{number}", tool_input={"command": "ls"})).encode()
            with connect(home) as line:
                assert exchange(line, frames.ask(frames.EVENT, WORD, fields(home), body))[0] == frames.ANSWERED
            end = time.monotonic() + 20
            while order.count("looked") < number and time.monotonic() < end:
                time.sleep(0.01)
    assert order == ["answered", "looked"] * 2
