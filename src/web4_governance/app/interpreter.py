"""Which interpreter the hook lines name: an absolute, real one, never a version manager's shim.

A shim (pyenv, asdf, mise) is a shell script that looks up a version at every start: hundreds of milliseconds a call, and
an answer that depends on the working directory. A virtual environment's `python` stays as it is: resolving that symlink
would lose the environment's packages.
"""

from __future__ import annotations

import os
import subprocess
import sys

from web4_governance.core.errors import UsageError

ASK = "import sys; print(sys.executable)"
WAIT_S = 20
SHIMS = "shims"


def real_interpreter(path: str = "") -> str:
    """Give the interpreter to write into hook lines: the given one or our own, resolved if it is a shim."""
    path = os.path.abspath(path or sys.executable)
    if is_shim(path):
        path = _ask(path)
    fault = fault_of(path)
    if fault:
        message = f"the interpreter `{path}` {fault}"
        raise UsageError(message, hint="install web4-governance with a real interpreter, for example in a venv")
    return path


def is_shim(path: str) -> bool:
    """Say whether a path is a version manager's shim: it lies in a `shims` directory, or is a script."""
    if os.path.basename(os.path.dirname(path)) == SHIMS:
        return True
    try:
        with open(path, "rb") as file:
            return file.read(2) == b"#!"
    except OSError:
        return False


def fault_of(path: str) -> str:
    """Say what is wrong with an interpreter's path, empty where nothing is."""
    if not os.path.isabs(path):
        return "is not an absolute path"
    if not os.path.isfile(path):
        return "is not there"
    if not os.access(path, os.X_OK):
        return "cannot be executed"
    return "is a version manager's shim" if is_shim(path) else ""


def _ask(path: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  # the interpreter that runs us, asked for its own name
            [path, "-I", "-S", "-c", ASK], capture_output=True, timeout=WAIT_S, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return path
    return done.stdout.decode("utf-8", "replace").strip() or path
