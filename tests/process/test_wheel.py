"""A wheel that is built where the native client was built has it, and a home made by that installation names it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from web4_governance.app import native
from web4_governance.core.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("pyproject.toml", "README.md", "LICENSE", "native_wheel.py")
ASK = "import sys; from web4_governance.app import native; print(native.found(sys.argv[1]))"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """What a wheel is made of, without a client."""
    for name in NEEDED:
        shutil.copy(ROOT / name, tmp_path / name)
    ignored = shutil.ignore_patterns("__pycache__", native.NAME)
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=ignored)
    return tmp_path


def wheel(tree: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tree / "dist")]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return next((tree / "dist").iterdir())


def test_a_wheel_with_the_client_is_this_platforms_and_its_installation_finds_it(tree: Path, tmp_path: Path) -> None:
    """Built, installed into a fresh environment, found there by the name that hook lines get, and it runs."""
    try:
        built = native.build(str(tmp_path / "home"))
    except UsageError as error:
        pytest.skip(error.message)
    shutil.copy(built, tree / "src" / "web4_governance" / "native" / native.NAME)
    made = wheel(tree)
    assert made.name.endswith(f"-py3-none-{sysconfig.get_platform().replace('-', '_').replace('.', '_')}.whl")
    fresh = tmp_path / "fresh"
    venv.create(fresh, with_pip=False)
    python = fresh / "bin" / "python"
    install = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        str(made),
    ]
    subprocess.run(install, check=True, timeout=120, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    asked = [str(python), "-I", "-c", ASK, str(tmp_path / "no-home")]
    client = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    assert client.startswith(str(fresh))
    assert os.access(client, os.X_OK)
    told = subprocess.run([client], capture_output=True, stdin=subprocess.DEVNULL, check=False, timeout=60)
    assert told.returncode != 0, "without a line to hand over to, it lets nothing through"


def test_a_wheel_without_the_client_is_every_platforms(tree: Path) -> None:
    """Nothing was built: the wheel holds the client's source, which `web4 doctor --build` compiles."""
    made = wheel(tree)
    assert made.name.endswith("-py3-none-any.whl")
