"""Finds the modules that a hook's own process loads in one file, instead of each in its own (docs/adr/0011-packed-modules.md).

`hook.py` takes it by its place, outside of the package. What lies in the file is what the interpreter itself keeps of a module,
made by `web4 init` (`app.packing`). INVARIANT: a module comes from there only while its source has the time and the size that
it had then, as with what the interpreter keeps; for any other, and without the file, the interpreter's own finders do it.
"""

import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import TypeAlias

    # Of each module: path below the package, time (ns) and size of its source, place and size of its code, if it is a package.
    Table: TypeAlias = dict[str, tuple[str, int, int, int, int, bool]]

PACKAGE = "web4_governance"
MAGIC = b"W4PACK1\0"
HEAD = 32  # magic 8, the interpreter's own magic number 8, sizes of the whole and of the table 8 each


def path_in(package: str) -> str:
    """Give where the file of a package lies: beside what the interpreter keeps, and by its version as that is."""
    return f"{package}/__pycache__/hook.{sys.implementation.cache_tag}.packed"


def interpreter() -> bytes:
    """Give what tells which interpreter can run the code."""
    number: bytes = sys.modules["_frozen_importlib_external"].MAGIC_NUMBER
    return number.ljust(8, b"\0")


def install() -> None:
    """Take the package's directory, which stands first in `sys.path`, for the file's, and its own way for the package's."""
    package = sys.path.pop(0)
    sys.path.append(os.path.dirname(package))
    try:
        handle = os.open(path_in(package), os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    except OSError:
        return
    table = table_of(handle)
    if table is None:
        os.close(handle)
    else:
        sys.meta_path.insert(0, Packed(handle, table, package))


def table_of(handle: int) -> "Table | None":
    """Read what lies in the file; None where it is no file, not whole, or of another interpreter."""
    try:
        head = os.pread(handle, HEAD, 0)
        whole, size = int.from_bytes(head[16:24], "big"), int.from_bytes(head[24:32], "big")
        if head[:16] != MAGIC + interpreter() or os.fstat(handle).st_size != whole:
            return None
        table: Table = marshal.loads(os.pread(handle, size, HEAD))  # noqa: S302  # as the interpreter reads what it keeps itself
    except (OSError, ValueError, EOFError, TypeError):
        return None
    return table


class Packed:
    """The finder, and the loader of what it finds."""

    def __init__(self, handle: int, table: "Table", package: str) -> None:
        self._handle = handle
        self._table = table
        self._package = package

    def find_spec(self, name: str, path: object = None, target: object = None) -> "ModuleSpec | None":
        """Give the spec of a module whose source is as it was."""
        del path, target
        found = self._table.get(name)
        if found is None:
            return None
        below, time, size, at, length, is_package = found
        file = self._package + below
        try:
            seen = os.stat(file)
        except OSError:
            return None
        if (seen.st_mtime_ns, seen.st_size) != (time, size):
            return None
        spec: ModuleSpec = type(sys.__spec__)(name, self, origin=file, is_package=is_package)  # type: ignore[arg-type]  # it is one
        spec.has_location = True
        spec.loader_state = (at, length)
        if is_package:
            spec.submodule_search_locations = [file.rpartition("/")[0]]
        return spec

    def create_module(self, spec: "ModuleSpec") -> None:
        """Let the interpreter make the module."""

    def exec_module(self, module: "ModuleType") -> None:
        """Run a module's code."""
        at, length = module.__spec__.loader_state  # type: ignore[union-attr]  # `find_spec` gave it
        exec(marshal.loads(os.pread(self._handle, length, at)), module.__dict__)  # noqa: S102, S302  # as an import does
