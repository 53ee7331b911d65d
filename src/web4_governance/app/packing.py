"""Puts the modules that a hook loads into one file beside the package, for `packed` to find (docs/adr/0011-packed-modules.md).

Not on a call's way: `web4 init` and `web4 doctor --fix` do it. Where the package's directory is not this user's to write, there
is no such file, and modules are loaded as ever.
"""

from __future__ import annotations

import marshal
import os
from contextlib import suppress

from web4_governance.app.atomic import write_bytes
from web4_governance.core.errors import UsageError
from web4_governance.packed import HEAD, MAGIC, PACKAGE, interpreter, path_in, table_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

    from web4_governance.packed import Table

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# What no call loads: the faces, and what only they use.
WITHOUT = frozenset(("__pycache__", "cli", "console", "daemon", "exports", "reports", "anchors", "checks", "native"))

FOR_CHECKERS = b"if TYPE_CHECKING:"


def pack(package: str = ROOT) -> bool:
    """Make the file anew unless it has every module as it is now; say whether it is there and does."""
    if is_current(package):
        return True
    table: Table = {}
    parts: list[bytes] = []
    at = 0
    for name, below in _modules(package):
        file = package + below
        seen = os.stat(file)
        code = marshal.dumps(_compiled(file))
        table[name] = (below, seen.st_mtime_ns, seen.st_size, at, len(code), below.endswith("/__init__.py"))
        parts.append(code)
        at += len(code)
    # The places are known once the table's size is: it is given room for larger numbers than there will be.
    start = HEAD + len(marshal.dumps(_moved(table, 1 << 40)))
    told = marshal.dumps(_moved(table, start)).ljust(start - HEAD, b"\0")
    head = MAGIC + interpreter() + (start + at).to_bytes(8, "big") + len(told).to_bytes(8, "big")
    try:
        os.makedirs(os.path.dirname(path_in(package)), exist_ok=True)
        write_bytes(path_in(package), head + told + b"".join(parts), mode=0o644)
    except (OSError, UsageError):
        return False
    return True


def _compiled(file: str) -> CodeType:
    """Compile a module without what no call asks of it: its docstrings, and what is imported for type checkers alone.

    From the source: what the interpreter keeps of it may be an older one of equal size and the same second.
    """
    with open(file, "rb") as opened:
        source = opened.read()
    code: CodeType = compile(_run_of(source), file, "exec", dont_inherit=True, optimize=2)
    return code


def _run_of(source: bytes) -> bytes:
    """Give a source without what stands under `if TYPE_CHECKING:`; every other line keeps its number."""
    lines, inside = source.split(b"\n"), False
    for place, line in enumerate(lines):
        if line == FOR_CHECKERS:
            inside = True
            lines[place] = b"if 0: pass"
        elif inside and line[:1].strip():
            inside = False
        elif inside:
            lines[place] = b""
    return b"\n".join(lines)


def is_current(package: str = ROOT) -> bool:
    """Say whether the file has every module as it is now."""
    try:
        handle = os.open(path_in(package), os.O_RDONLY)
    except OSError:
        return False
    table = table_of(handle)
    os.close(handle)
    if table is None:
        return False
    now = {}
    for name, below in _modules(package):
        seen = os.stat(package + below)
        now[name] = (below, seen.st_mtime_ns, seen.st_size)
    return now == {name: held[:3] for name, held in table.items()}


def unpack(package: str = ROOT) -> None:
    """Take the file away."""
    with suppress(OSError):
        os.unlink(path_in(package))


def _moved(table: Table, by: int) -> Table:
    return {name: (*held[:3], held[3] + by, *held[4:]) for name, held in table.items()}


def _modules(package: str) -> Iterator[tuple[str, str]]:
    """Give the modules by name, each with its path below the package."""
    for directory, names, files in os.walk(package):
        names[:] = sorted(name for name in names if name not in WITHOUT)
        for file in sorted(files):
            if file.endswith(".py"):
                below = os.path.join(directory, file)[len(package) :]
                words = below[1:-3].replace(os.sep, ".")
                name = f"{PACKAGE}.{words}".removesuffix(".__init__").rstrip(".")
                yield name, below
