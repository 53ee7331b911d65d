"""Which interpreter the hook lines name."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from web4_governance.app.interpreter import fault_of, is_shim, real_interpreter
from web4_governance.core.errors import UsageError


def script(path: Path, text: str) -> Path:
    """An executable script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_our_own_interpreter_is_taken_as_it_is() -> None:
    """A virtual environment's `python` is not resolved, or its packages would be lost."""
    assert real_interpreter() == os.path.abspath(sys.executable)
    assert fault_of(real_interpreter()) == ""


def test_a_shim_is_resolved_by_asking_it(tmp_path: Path) -> None:
    """A version manager's script costs hundreds of milliseconds at every call."""
    shim = script(tmp_path / "shims" / "python3", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    assert is_shim(str(shim))
    assert fault_of(str(shim)) == "is a version manager's shim"
    assert real_interpreter(str(shim)) == sys.executable


def test_a_script_anywhere_is_a_shim(tmp_path: Path) -> None:
    """Not every version manager calls its directory `shims`."""
    assert is_shim(str(script(tmp_path / "bin" / "python3", "#!/bin/sh\n")))


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho relative/python\n", "#!/does/not/exist\n"])
def test_a_shim_that_does_not_answer_is_refused(tmp_path: Path, text: str) -> None:
    """Nothing is installed that would not run."""
    with pytest.raises(UsageError, match="the interpreter"):
        real_interpreter(str(script(tmp_path / "shims" / "python3", text)))


def test_an_interpreter_that_is_not_there_is_no_shim(tmp_path: Path) -> None:
    """It is missing, which is another finding."""
    assert not is_shim(str(tmp_path / "python"))


def test_says_what_is_wrong_with_a_path(tmp_path: Path) -> None:
    """For the doctor."""
    plain = tmp_path / "python"
    plain.write_bytes(b"\x7fELF")
    plain.chmod(0o600)
    assert fault_of("bin/python") == "is not an absolute path"
    assert fault_of(str(tmp_path / "missing")) == "is not there"
    assert fault_of(str(plain)) == "cannot be executed"
