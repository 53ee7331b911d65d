"""The grammar is loaded cheaply, once, and its absence is an error and not silence."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

from web4_governance.core.errors import InputError
from web4_governance.core.shell import grammar, parse


def run(code: str) -> str:
    """Run code in a new interpreter that knows this package and its dependencies."""
    setup = f"import sys; sys.path[:0] = {sys.path!r}\n"
    return subprocess.run([sys.executable, "-I", "-c", setup + code], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the next reading load the grammar anew."""
    monkeypatch.setattr(grammar, "_loaded", [])


def test_reading_does_not_import_typing_and_its_kin() -> None:
    """The hook pays for what it imports."""
    loaded = run(
        "from web4_governance.core.shell import parse\n"
        "before = set(sys.modules)\n"
        "parse('(a) | b', cwd='/', home='/')\n"
        "print(*sorted(set(sys.modules) - before))"
    ).split()
    assert "tree_sitter._binding" in loaded
    assert not {"typing", "importlib.resources", "tree_sitter", "inspect", "dataclasses"} & {*loaded}


def test_commands_that_operators_part_need_no_grammar() -> None:
    """`ls -l` is read without loading it, and `ls | wc`."""
    assert "False" in run(
        "from web4_governance.core.shell import parse\n"
        "parse('ls -l \"a b\" > c', cwd='/', home='/')\n"
        "parse('cd a && ls | wc; ls', cwd='/', home='/')\n"
        "print('tree_sitter._binding' in sys.modules)"
    )


@pytest.mark.usefixtures("forgotten")
def test_the_extension_that_is_loaded_already_is_used() -> None:
    """Somebody else may have imported the package."""
    import tree_sitter  # noqa: F401, PLC0415

    assert grammar.root(b"a; b").child_count == 3


@pytest.mark.usefixtures("forgotten")
def test_a_package_laid_out_otherwise_is_imported_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no `_binding`, the package itself is what is used."""
    import tree_sitter  # noqa: PLC0415
    import tree_sitter_bash  # noqa: PLC0415

    packages: dict[str, ModuleType] = {"tree_sitter": tree_sitter, "tree_sitter_bash": tree_sitter_bash}
    monkeypatch.setattr("importlib.machinery.PathFinder.find_spec", lambda *_: None)
    monkeypatch.setattr("importlib.import_module", packages.__getitem__)
    for name in packages:
        monkeypatch.delitem(sys.modules, f"{name}._binding", raising=False)
    assert grammar.root(b"a; b").child_count == 3


@pytest.mark.usefixtures("forgotten")
def test_a_missing_grammar_is_an_error_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate turns it into a denial or lets the call go on; it is never an empty script."""

    def missing(_name: str) -> ModuleType:
        raise ImportError

    monkeypatch.setattr("importlib.machinery.PathFinder.find_spec", lambda *_: None)
    monkeypatch.setattr("importlib.import_module", missing)
    for name in ("tree_sitter", "tree_sitter_bash"):
        monkeypatch.delitem(sys.modules, f"{name}._binding", raising=False)
    with pytest.raises(InputError, match="grammar cannot be loaded") as caught:
        parse("(a); b", cwd="/", home="/")
    assert "tree-sitter" in caught.value.hint
