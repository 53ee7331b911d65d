"""What a hook may import: the price of every call of every agent."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from web4_governance import hook

FORBIDDEN = {
    "argparse", "ast", "asyncio", "base64", "cryptography", "dataclasses", "datetime", "enum", "google", "hashlib", "http", "inspect",
    "json", "logging", "pathlib", "random", "re", "re2", "sqlite3", "ssl", "subprocess", "tempfile", "tomllib", "typing",
    "urllib", "yaml",
}  # fmt: skip
GRAMMAR = {"tree_sitter", "tree_sitter_bash"}


def imported(tmp_path: Path, tool: str, given: dict[str, str]) -> set[str]:
    """The top-level names of everything that one hook call imports."""
    return {name.split(".")[0] for name in modules_of(tmp_path, tool, given)}


def modules_of(tmp_path: Path, tool: str, given: dict[str, str]) -> set[str]:
    """Every module that one hook call imports."""
    home = tmp_path / ".web4"
    home.mkdir(mode=0o700)
    (home / "policy.json").write_text('{"extends":["safety"],"enforce":true}')
    (home / "config.toml").write_text('privacy = "standard"')
    event = {
        "session_id": "s",
        "cwd": str(tmp_path),
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": given,
    }
    command = [sys.executable, "-I", "-S", "-X", "importtime", hook.__file__, "claude-code", "--home", str(home)]
    command += ["--on-failure=block", "--deadline-ms=20000"]
    found: set[str] = set()
    for call in ("warm", "second"):
        body = json.dumps({**event, "tool_use_id": call}).encode()
        done = subprocess.run(command, input=body, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()[-500:]
        found = {row.split("|")[-1].strip() for row in done.stderr.decode().splitlines() if "|" in row}
    return found


def test_a_call_without_a_shell_command_imports_nothing_heavy(tmp_path: Path) -> None:
    """Standard library's light half, the C modules, and ourselves."""
    names = imported(tmp_path, "Read", {"file_path": str(tmp_path / "x")})
    assert "web4_governance" in names
    assert names & (FORBIDDEN | GRAMMAR) == set()


def test_a_call_without_a_shell_command_loads_none_of_what_only_others_need(tmp_path: Path) -> None:
    """Neither the reader of shell, nor trust, nor the places of mistakes; and nothing that is there for `_sqlite3` alone."""
    modules = modules_of(tmp_path, "Read", {"file_path": str(tmp_path / "x")})
    assert "web4_governance.core.effects.gathering" in modules
    assert modules & {"functools", "collections", "encodings.utf_8_sig", "encodings.ascii"} == set()
    ours = {name.removeprefix("web4_governance.core.") for name in modules}
    assert (
        ours & {"shell.lexer", "shell.shells", "effects.trail", "policy.standing", "policy.position", "trust.tensor"}
        == set()
    )


def test_what_stands_in_for_functools_is_gone_when_a_process_needs_it() -> None:
    """The database's module loads first and takes one thing of it; who imports it then has the whole."""
    code = (
        f"import sys; sys.path.append({str(Path(hook.__file__).parent.parent)!r}); import web4_governance.storage.database as d\n"
        "assert 'functools' not in sys.modules\n"
        "import functools; functools.partial\n"
        "print(d._sqlite3.connect(':memory:').execute('select 40 + 2').fetchone()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "42\n"


def test_a_shell_command_adds_the_grammar_and_nothing_else(tmp_path: Path) -> None:
    """The two extension modules, without the packages around them."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain = imported(tmp_path / "a", "Read", {"file_path": "x"})
    shell = imported(tmp_path / "b", "Bash", {"command": "(ls -la) | head"})
    assert shell & FORBIDDEN <= {"enum", "re"}, (
        "the grammar's extension module asks for `re` itself, and that for `enum`"
    )
    third_party = shell - plain - {"web4_governance", "importlib", "_imp"} - set(sys.stdlib_module_names)
    assert third_party <= GRAMMAR | {"_binding"}


@pytest.mark.parametrize("name", ["web4_governance", "web4_governance.hook"])
def test_importing_the_package_loads_no_face(name: str) -> None:
    """The command line's modules are not on anybody's way."""
    code = f"import sys; sys.path.append({str(Path(hook.__file__).parent.parent)!r}); import {name}; print('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    assert "web4_governance.cli" not in done.stdout
    assert "argparse" not in done.stdout.splitlines()
