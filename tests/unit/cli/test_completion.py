"""`web4 completion`: a real shell completes commands and options by it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.told import call_main

BIN = Path(sys.executable).parent
ASK = """
source "$1"
COMP_WORDS=({words}) COMP_CWORD={at} COMP_LINE='{line}' COMP_POINT={point} COMP_TYPE=9
_python_argcomplete web4
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(tmp_path: Path, line: str) -> set[str]:
    script = tmp_path / "web4.bash"
    script.write_text(call_main("completion", "bash").out)
    words = line.split(" ")
    text = ASK.format(words=" ".join(f"'{word}'" for word in words), at=len(words) - 1, line=line, point=len(line))
    done = subprocess.run(
        ["bash", "--norc", "-c", text, "bash", str(script)], capture_output=True, text=True, timeout=60, check=True,
        env={**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"},
    )  # fmt: skip
    return {word.strip() for word in done.stdout.split()}


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not here")
@pytest.mark.parametrize(
    ("line", "some"), [("web4 sta", {"status", "stats", "statusline"}), ("web4 log --dec", {"--decision"})]
)
def test_bash_completes_what_the_parsers_know(tmp_path: Path, line: str, some: set[str]) -> None:
    """Commands, and the options of the one that stands there."""
    assert completed(tmp_path, line) == some


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh", "powershell"])
def test_every_shell_gets_something_to_read(shell: str) -> None:
    """That names the command."""
    said = call_main("completion", shell)
    assert said.code == 0
    assert "web4" in said.out


def test_an_unknown_shell_is_a_mistake() -> None:
    """With the list of those that are known."""
    said = call_main("completion", "elvish")
    assert said.code == 3
    assert "fish" in said.err
