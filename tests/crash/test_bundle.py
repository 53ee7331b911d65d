"""A bundle whose making is killed at any step: nothing stands under its name, and going on gives what one go would have."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.ledgers import fill
from support.processes import KILLED, die, run
from web4_governance.app import bundle
from web4_governance.app.bundle import write_bundle
from web4_governance.app.bundle_work import Work
from web4_governance.app.disclosure import Disclosure
from web4_governance.app.exports import partial, sidecar
from web4_governance.core.errors import UsageError
from web4_governance.storage.filters import Filters

if TYPE_CHECKING:
    from collections.abc import Callable

OF_FILES = ("open", "fsync", "replace", "unlink", "ftruncate")
WHAT: dict[str, dict[str, Any]] = {
    "whole": {},
    "chosen": {"filters": Filters(tool="Read")},
    "shown": {"filters": Filters(tool="Read"), "disclose": Disclosure(fields=("request.input",))},
    "shown-in-some": {
        "disclose": Disclosure(fields=("request.*",), where=Filters(session="session-1")),
    },
}


@pytest.fixture
def home(ram: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Some calls, three entries at a time, with a note after each lot."""
    monkeypatch.setattr(bundle, "CHUNK", 3)
    monkeypatch.setattr(bundle, "NOTE_EVERY_S", -1.0)
    place = str(ram / "home")
    fill(place, sessions=2, calls=3)
    return place


def dying_at(n: int) -> None:
    """Let this process die before its n-th step from now: a change of a file, or lines that are handed to one."""
    steps = 0

    def dying(original: Callable[..., Any]) -> Callable[..., Any]:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == n:
                die()
            return original(*args, **kwargs)

        return step

    for owner, names in ((os, OF_FILES), (Work, ("_append",)), (tarfile.TarFile, ("addfile",))):
        for name in names:
            setattr(owner, name, dying(getattr(owner, name)))


def made_at_last(home: str, file: Path, what: dict[str, Any]) -> None:
    """Go on, or begin where nothing was begun."""
    begun = os.path.exists(sidecar.path_of(str(file)))
    if not begun:
        with pytest.raises(UsageError, match="nothing to go on with"):
            write_bundle(home, str(file), resume=True, **what)
    write_bundle(home, str(file), resume=begun, **what)


@pytest.mark.parametrize("what", WHAT.values(), ids=WHAT)
def test_a_bundle_that_is_killed_at_any_step_goes_on_to_the_same_bytes(
    home: str, ram: Path, what: dict[str, Any]
) -> None:
    """At each step of the first go: whatever stands under the name is whole, and so is what comes of going on."""
    whole, file = ram / "whole.tar", ram / "file.tar"
    write_bundle(home, str(whole), **what)
    bytes_of = whole.read_bytes()
    killed = 0
    for n in range(1, 200):

        def work(n: int = n) -> None:
            dying_at(n)
            write_bundle(home, str(file), **what)

        ended = run(work)
        assert not file.exists() or file.read_bytes() == bytes_of
        if ended != KILLED:
            assert ended == 0
            break
        killed += 1
        made_at_last(home, file, what)
        assert file.read_bytes() == bytes_of
        # A note that was being written is the one thing that may be left: some bytes, which nobody reads.
        left = [name for name in os.listdir(ram) if not name.startswith("file.tar.resume.web4.")]
        assert sorted(left) == ["file.tar", "home", "whole.tar"]
        file.unlink()
    assert killed > 15
    assert file.read_bytes() == bytes_of


def test_going_on_can_be_killed_too(home: str, ram: Path) -> None:
    """Again and again, each time a few steps further."""
    whole, file = ram / "whole.tar", ram / "file.tar"
    write_bundle(home, str(whole))

    def first() -> None:
        dying_at(20)
        write_bundle(home, str(file))

    def again() -> None:
        dying_at(10)
        write_bundle(home, str(file), resume=True)

    assert run(first) == KILLED
    sizes = [os.stat(partial.path_of(str(file))).st_size]
    for _ in range(30):
        if run(again) != KILLED:
            break
        sizes.append(os.stat(partial.path_of(str(file))).st_size)
        assert not file.exists()
    assert len(sizes) > 2
    assert sizes[-1] > sizes[0]
    made_at_last(home, file, {})
    assert file.read_bytes() == whole.read_bytes()


def test_what_a_power_cut_leaves_is_gone_on_with_or_refused(home: str, ram: Path) -> None:
    """Behind what the note speaks of may stand anything; where less is there than it says, nothing is made of it."""
    whole, file = ram / "whole.tar", ram / "file.tar"
    write_bundle(home, str(whole))

    def work() -> None:
        dying_at(26)
        write_bundle(home, str(file))

    assert run(work) == KILLED
    beside, note = Path(partial.path_of(str(file))), Path(sidecar.path_of(str(file)))
    held, said = beside.read_bytes(), note.read_bytes()
    size = sidecar.read(str(file)).size
    for lost in (held[: size - 1], b"", bytes(size), held[: size - 4] + bytes(4)):
        beside.write_bytes(lost)
        with pytest.raises(UsageError, match=r"were written|is damaged"):
            write_bundle(home, str(file), resume=True)
        assert not file.exists()
        assert note.read_bytes() == said
    beside.write_bytes(held[:size] + random.Random(7).randbytes(5000))
    write_bundle(home, str(file), resume=True)
    assert file.read_bytes() == whole.read_bytes()


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        found = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    assert found.pop("assurance.json")
    return found


def test_the_command_itself_is_killed_and_goes_on(tmp_path: Path) -> None:
    """Real processes, killed at whatever moment; what they make in the end verifies with nothing but itself."""
    home, whole, file = str(tmp_path / "home"), tmp_path / "whole.tar", tmp_path / "file.tar"
    fill(home, sessions=4, calls=500)
    command = [sys.executable, "-m", "web4_governance", "export", "--home", home, "-o"]
    begun = time.monotonic()
    subprocess.run([*command, str(whole)], check=True, capture_output=True)
    took = time.monotonic() - begun
    chance, kills, words = random.Random(11), 0, list[str]()
    for _ in range(5):
        with subprocess.Popen(
            [*command, str(file), *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        ) as process:
            time.sleep(took * chance.uniform(0.2, 0.9))
            process.send_signal(signal.SIGKILL)
            error = process.communicate()[1].decode()
        assert process.returncode in (0, -signal.SIGKILL), error
        assert not file.exists() or members(file) == members(whole)
        if process.returncode == 0:
            break
        kills += 1
        words = ["--resume"] if os.path.exists(sidecar.path_of(str(file))) else []
    if not file.exists():
        subprocess.run([*command, str(file), *words], check=True, capture_output=True)
    assert kills
    assert members(file) == members(whole)
    (tmp_path / "verify.py").write_bytes(members(file)["verify.py"])
    checked = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "verify.py"), str(file)], capture_output=True, check=False
    )
    assert (checked.returncode, b"UNANCHORED" in checked.stdout) == (0, True), checked.stdout
