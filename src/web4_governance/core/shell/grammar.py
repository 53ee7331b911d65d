"""The shell grammar (tree-sitter-bash), loaded when the first command has to be read and kept.

Nothing here reads meaning out of a tree. The extension modules are loaded by themselves where that works: the packages
around them import `typing` and `importlib.resources`, which cost two bare interpreters more than the grammar does.
"""

from __future__ import annotations

from web4_governance.core.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    from tree_sitter import Node, Parser

_HINT = "install the packages tree-sitter and tree-sitter-bash beside this one: without them no command can be judged"
_loaded: list[Parser] = []


def root(source: bytes) -> Node:
    """Parse a script and give the root of its tree.

    Raises:
        InputError: The grammar cannot be loaded, or it gave no tree.
    """
    if not _loaded:
        _loaded.append(_parser())
    return _loaded[0].parse(source).root_node


def _parser() -> Parser:
    try:
        library = _extension("tree_sitter")
        language = _extension("tree_sitter_bash")
    except ImportError as error:
        raise InputError("the shell grammar cannot be loaded", hint=_HINT) from error
    parser: Parser = library.Parser(library.Language(language.language()))
    return parser


def _extension(package: str) -> ModuleType:
    """Load the package's `_binding` alone; the whole package if it is not laid out that way."""
    from importlib import import_module  # noqa: PLC0415  lazily: a call without a command needs none of it
    from importlib.machinery import PathFinder  # noqa: PLC0415

    name = f"{package}._binding"
    import sys  # noqa: PLC0415

    if name in sys.modules:
        return sys.modules[name]
    place = PathFinder.find_spec(package)
    spec = PathFinder.find_spec(name, place.submodule_search_locations) if place else None
    if spec is None or spec.loader is None:
        return import_module(package)
    from importlib._bootstrap import _load  # type: ignore[attr-defined]  # noqa: PLC0415

    module: ModuleType = _load(spec)
    return module
