"""Reads the catalog of programs from the package's data files, once a process, and only as far as a call needs it.

`programs.index` says which files speak of a program and which hold a section, so that a call opens the files of what it
names and no others. It is made from the files by `docs/generate.py`; a test compares the two.
"""

from __future__ import annotations

import os

from web4_governance.core.canonical import trusted
from web4_governance.core.effects import Catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

HERE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "catalog")
ROOT = os.path.join(HERE, "programs")
INDEX = os.path.join(HERE, "programs.index")
SECTIONS = ("paths", "hosts", "roles", "calls", "variables", "safer")
MANY = 8  # questions, from which on a set of all names pays
_loaded: list[Catalog] = []
_packed: list[tuple[tuple[dict[str, Json], ...], Catalog]] = []
_files: list[Files] = []


class Files:
    """The package's documents: each is read and parsed when something that it speaks of is met."""

    def __init__(self) -> None:
        with open(INDEX, "rb") as file:
            self._index = "\n" + file.read().decode("ascii")
        self._parsed: dict[str, dict[str, Json]] = {}
        self._names: frozenset[str] = frozenset()
        self._sought = 0

    def knows(self, program: str) -> bool:
        """Say whether some document speaks of a program; whoever asks often (a policy's patterns) is told from a set."""
        if self._names or self._sought >= MANY:
            return program in self.names()
        self._sought += 1
        return " " not in program and program[:1] not in ("$", "") and f"\n{program} " in self._index

    def speaking_of(self, program: str) -> tuple[dict[str, Json], ...]:
        """Give the documents with rows, or more entries, for a program."""
        return self._listed(program)

    def holding(self, section: str) -> tuple[dict[str, Json], ...]:
        """Give the documents that have a section."""
        return self._listed(f"${section}")

    def names(self) -> frozenset[str]:
        """Give the names of all programs."""
        if not self._names:
            lines = self._index.split("\n")
            self._names = frozenset(line.partition(" ")[0] for line in lines if line and line[0] != "$")
        return self._names

    def _listed(self, key: str) -> tuple[dict[str, Json], ...]:
        at = self._index.find(f"\n{key} ") if " " not in key else -1
        if at < 0:
            return ()
        names = self._index[at + len(key) + 2 : self._index.index("\n", at + 1)]
        return tuple(self._document(name) for name in names.split(" "))

    def _document(self, name: str) -> dict[str, Json]:
        if name not in self._parsed:
            self._parsed[name] = _read(name)
        return self._parsed[name]


class Programs:
    """The names that make a target pattern a command pattern: asked one by one, so that a policy loads no catalog."""

    def __contains__(self, name: object) -> bool:
        """Say whether the catalog knows a program of this name."""
        return isinstance(name, str) and files().knows(name)


def files() -> Files:
    """Give the package's documents."""
    if not _files:
        _files.append(Files())
    return _files[0]


def catalog(packs: tuple[dict[str, Json], ...] = ()) -> Catalog:
    """Give the catalog that ships with the package, with what a policy's packs add."""
    if packs:
        if not _packed or _packed[0][0] != packs:
            _packed[:] = [(packs, Catalog(files(), packs))]
        return _packed[0][1]
    if not _loaded:
        _loaded.append(Catalog(files()))
    return _loaded[0]


def documents() -> tuple[dict[str, Json], ...]:
    """Give all data files, parsed, in the order of their names."""
    return tuple(_read(name) for name in document_names())


def document_names() -> tuple[str, ...]:
    """Give the names of all data files."""
    return tuple(sorted(name for name in os.listdir(ROOT) if name.endswith(".json")))


def index() -> str:
    """Give what `programs.index` has to hold: a line for each section, then for each program, with the files in order."""
    from web4_governance.core.effects.catalog import programs_of  # noqa: PLC0415  # no call makes the index

    found: dict[str, list[str]] = {f"${section}": [] for section in SECTIONS}
    for name in document_names():
        document = _read(name)
        for key in (*programs_of(document), *(f"${section}" for section in SECTIONS if section in document)):
            found.setdefault(key, []).append(name)
    return "".join(f"{key} {' '.join(names)}\n" for key, names in sorted(found.items()))


def _read(name: str) -> dict[str, Json]:
    with open(os.path.join(ROOT, name), "rb") as file:
        document = trusted(file.read())
    return document if isinstance(document, dict) else {}
