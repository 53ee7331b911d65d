"""Work behind the shim that faults come from. How many were injected is added up in tests/conftest.py."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Faulty = Callable[..., dict[str, Any]]

COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faulty]:
    """Work done behind the shim."""
    built = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).with_name("shim.c")
    assert COMPILER is not None
    build = [COMPILER, "-O1", "-shared", "-fPIC", "-o", str(built), str(source), "-ldl"]
    subprocess.run(build, check=True, capture_output=True)
    tests = str(Path(__file__).parents[1])
    environment = {**os.environ, "LD_PRELOAD": str(built), "PYTHONPATH": tests}
    with subprocess.Popen(
        [sys.executable, "-m", "support.faulty"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        asked, told = process.stdin, process.stdout

        def ask(**what: object) -> dict[str, Any]:
            print(json.dumps(what), file=asked, flush=True)
            answer: dict[str, Any] = json.loads(told.readline())
            return answer

        yield ask
        asked.close()
        assert process.wait(timeout=20) == 0


@pytest.fixture
def ram(tmp_path: Path) -> Iterator[Path]:
    """A place where a sync costs nothing, if there is one: what is laid out there is read, not cut again."""
    shared = Path("/dev/shm")
    if not os.access(shared, os.W_OK):
        yield tmp_path
        return
    place = Path(tempfile.mkdtemp(dir=shared))
    yield place
    shutil.rmtree(place)
