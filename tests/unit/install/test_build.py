"""`web4 doctor --build` from its compiler to a call that the client it built brings to the gate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from unit.install.test_faces import Command, home_of, settings_of, web4
from web4_governance.app import native, resident
from web4_governance.core.errors import UsageError
from web4_governance.storage import open_reader

__all__ = ["web4"]  # the fixture

SOURCES = native.SOURCES  # before the tests' own place stands in its stead
NEEDED = ("client.c", "bare.h", "frames.h", "variables.h")


@pytest.fixture
def sources(tmp_path: Path, no_native_client: None) -> Path:  # noqa: ARG001  # after it
    """The client's source, as a package without a built client has it."""
    place = Path(native.SOURCES)
    assert place == tmp_path / "sources"
    place.mkdir()
    for name in NEEDED:
        shutil.copy(Path(SOURCES) / name, place / name)
    return place


def gate_line(tmp_path: Path) -> list[str]:
    """The command line that the host would run before a tool call."""
    groups: Any = json.loads(settings_of(tmp_path).read_text())["hooks"]["PreToolUse"]
    (handler,) = groups[0]["hooks"]
    return [handler["command"], *handler["args"]]


def call(line: list[str], tmp_path: Path, command: str) -> int:
    event = {
        "session_id": "built",
        "hook_event_name": "PreToolUse",
        "tool_name": "Bash",
        "tool_input": {"command": command},
        "tool_use_id": f"call-{len(command)}",
        "cwd": str(tmp_path / "person" / "project"),
    }
    environment = {"HOME": str(tmp_path / "person"), "PATH": os.defpath}
    done = subprocess.run(
        line, input=json.dumps(event).encode(), capture_output=True, check=False, timeout=60, env=environment
    )
    return done.returncode


@pytest.mark.usefixtures("sources")
def test_doctor_builds_the_client_and_from_then_on_it_is_used(
    web4: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, each call is judged in its own process; after, the client that was built asks the gate, which it started."""
    if not any(os.access(path, os.X_OK) for path in native.COMPILERS):
        pytest.skip("no C compiler is here")
    monkeypatch.setenv("PATH", os.defpath)  # where the compiler has its assembler
    web4("init", "--preset", "safety", "--enforce")
    assert "client: plain" in web4("doctor")[1]
    assert "-I" in gate_line(tmp_path)[1:2]
    code, out, err = web4("doctor", "--build")
    home, built = home_of(tmp_path), home_of(tmp_path) / "bin" / native.NAME
    assert (code, "client: native" in out, str(built) in err) == (0, True, True)
    assert [path.name for path in built.parent.iterdir()] == [native.NAME]
    line = gate_line(tmp_path)
    assert line[0] == str(built)
    try:
        assert [call(line, tmp_path, command) for command in ("ls", "rm -rf ~")] == [0, 2]
        assert resident.start(str(home)) is not None
        assert [call(line, tmp_path, command) for command in ("ls -l", "rm -rf ~/")] == [0, 2]
        assert int((resident.status(str(home)) or {})["calls"]) >= 2
    finally:
        resident.stop(str(home))
    with open_reader(str(home)) as reader:
        assert len([one for one in reader.entries() if one.session == "built" and one.kind == "intent"]) == 4


def test_without_a_compiler_the_slim_client_is_named_as_what_there_is(
    web4: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is built; the setting that the hint names makes the lines ask by the interpreter, and takes that back."""
    monkeypatch.setattr(native, "COMPILERS", (str(tmp_path / "no-cc"),))
    web4("init", "--preset", "safety", "--enforce")
    code, _, err = web4("doctor", "--build")
    assert (code, "no C compiler" in err, "web4 config set resident on" in err) == (3, True, True)
    assert web4("config", "set", "resident", "on")[0] == 0
    code, out, _ = web4("doctor")
    assert (code, "client: slim" in out) == (0, True)
    assert "--resident" in gate_line(tmp_path)
    assert web4("config", "set", "resident", "off")[0] == 0
    assert "--resident" not in gate_line(tmp_path)


def test_what_a_compiler_left_behind_half_made_is_taken_away(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compiler that writes its file and then fails leaves nothing that could be run."""
    compiler = tmp_path / "cc"
    compiler.write_text(
        '#!/bin/sh\nfor word; do [ "$last" = -o ] && echo half > "$word"; last=$word; done\necho why >&2\nexit 1\n'
    )
    compiler.chmod(0o755)
    monkeypatch.setattr(native, "COMPILERS", (str(compiler),))
    with pytest.raises(UsageError, match="why"):
        native.build(str(tmp_path / "home"))
    assert list((tmp_path / "home" / "bin").iterdir()) == []
    assert sorted(path.name for path in sources.iterdir()) == sorted(NEEDED)


def test_make_builds_the_client_as_doctor_does() -> None:
    """Without a C library first; the stack is protected in both."""
    text = (Path(SOURCES).parents[2] / "Makefile").read_text().replace("\\\n", " ")
    (bare,) = [line.partition(":=")[2].split() for line in text.splitlines() if line.startswith("BARE :=")]
    assert sorted(bare) == sorted((*native.BARE, "-fstack-protector-strong"))
    assert "-fstack-protector-strong" in native.FLAGS
    assert "$(BARE) -o $@" in text
