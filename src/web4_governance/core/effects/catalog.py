"""The catalog: what programs, paths and hosts mean, as data that comes from outside the core.

JSON documents, one family a document: `programs` (rows), `more` (entries for programs whose rows other families have),
`paths` and `hosts` (marks), `roles` that programs play in a flow, `calls` of code in other languages, `variables` of the
environment, `safer` commands. A document is asked for when something that it speaks of is met, so a large catalog costs
a call no more than what the call touches.
"""

from __future__ import annotations

from web4_governance.core.effects.conditions import items
from web4_governance.core.effects.marks import Marks
from web4_governance.core.effects.rows import entries, objects, strings
from web4_governance.core.effects.wildcard import matches
from web4_governance.core.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol, TypeVar

    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.rows import Object

    T = TypeVar("T")

    class Documents(Protocol):
        """Where the documents come from, always in the order of their names."""

        def speaking_of(self, program: str) -> tuple[Object, ...]:
            """Give the documents with rows, or more entries, for a program."""

        def holding(self, section: str) -> tuple[Object, ...]:
            """Give the documents that have a section."""

        def names(self) -> frozenset[str]:
            """Give the names of all programs."""


VERSION_SIGNS = "0123456789."


class Catalog:
    """Rows by program, and marks of paths and hosts; what was looked up is kept, nothing else changes."""

    __slots__ = ("_documents", "_kept", "_marks", "_packs", "_rows")

    def __init__(self, documents: Documents, packs: tuple[Object, ...] = ()) -> None:
        self._documents = documents
        self._packs = packs
        self._rows: dict[str, Object | None] = {}
        self._kept: dict[str, object] = {}
        self._marks: Marks | None = None

    @classmethod
    def from_json(cls, documents: tuple[dict[str, Json], ...]) -> Catalog:
        """Build a catalog; of two rows for one program the later document's is in force.

        Raises:
            InputError: A row that names no program.
        """
        return cls(_Held(documents))

    @property
    def programs(self) -> frozenset[str]:
        """The names of all programs."""
        return self._documents.names()

    @property
    def calls(self) -> tuple[Object, ...]:
        """The rows on calls of code in other languages."""
        return self._keep("calls", lambda: self._section("calls"))

    @property
    def roles(self) -> dict[str, set[str]]:
        """What programs bring into a flow, by program, whatever their rows say."""
        return self._keep("roles", lambda: _roles(self._section("roles")))

    @property
    def variables(self) -> dict[str, Object]:
        """The rows on variables of the environment, by name."""
        return self._keep(
            "variables", lambda: {name: row for row in self._section("variables") for name in strings(row, "names")}
        )

    @property
    def safer(self) -> tuple[Object, ...]:
        """The rows on what to run instead."""
        return self._keep("safer", lambda: self._section("safer"))

    @property
    def marks(self) -> Marks:
        """The marks of paths and hosts; a pack's stand beside the others."""
        if self._marks is None:
            packed = tuple(row for row in self._packs if "paths" in row)
            self._marks = Marks((*self._section("paths"), *packed), self._section("hosts"))
        return self._marks

    def row(self, program: str) -> Object | None:
        """Give the row of a program; `python3.12` is `python3`, then `python`, `x@1.2` is `x`."""
        kept = self._rows.get(program)
        if kept and not program.endswith(".exe"):
            return kept
        name = (program[:1] + program[1:].partition("@")[0]).removesuffix(".exe")
        plain = name.rstrip(VERSION_SIGNS)
        return self._row(name) or self._row(name.rpartition(".")[0]) or (self._row(plain) if len(plain) > 1 else None)

    def packed(self, program: str) -> tuple[Object, ...]:
        """Give the rows that packs have for a program: they are read besides its own row, and change nothing of it."""
        if not self._packs:
            return ()
        name = program.removesuffix(".exe")
        return tuple(row for row in self._packs if name in _names(row))

    def packed_tool(self, tool: str) -> tuple[Object, ...]:
        """Give the rows that packs have for a tool."""
        if not self._packs:
            return ()
        name = tool.lower()
        rows = [row for row in self._packs if "tools" in row]
        return tuple(row for row in rows if any(matches(glob.lower(), name) for glob in items(row["tools"])))

    def _row(self, name: str) -> Object | None:
        if name not in self._rows:
            self._rows[name] = _row_of(name, self._documents.speaking_of(name)) if name else None
        return self._rows[name]

    def _section(self, section: str) -> tuple[Object, ...]:
        return tuple(row for document in self._documents.holding(section) for row in rows_of(document, section))

    def _keep(self, name: str, make: Callable[[], T]) -> T:
        if name not in self._kept:
            self._kept[name] = make()
        kept: T = self._kept[name]  # type: ignore[assignment]  # each name has one maker
        return kept


class _Held:
    """Documents that are all at hand."""

    __slots__ = ("_all", "_by_program")

    def __init__(self, documents: tuple[Object, ...]) -> None:
        self._all = documents
        self._by_program: dict[str, list[Object]] = {}
        for document in documents:
            for name in programs_of(document):
                self._by_program.setdefault(name, []).append(document)

    def speaking_of(self, program: str) -> tuple[Object, ...]:
        return tuple(self._by_program.get(program, ()))

    def holding(self, section: str) -> tuple[Object, ...]:
        return tuple(document for document in self._all if section in document)

    def names(self) -> frozenset[str]:
        return frozenset(self._by_program)


def programs_of(document: Object) -> tuple[str, ...]:
    """Give the names of the programs that a document speaks of, each once; InputError where a row names none."""
    found: dict[str, None] = {}
    for section in ("programs", "more"):
        for row in rows_of(document, section):
            names = _names(row)
            if not names:
                family = document.get("family")
                raise InputError(f"a catalog row of `{family}` names no program", hint="give it a `program`")
            found.update(dict.fromkeys(names))
    return tuple(found)


def rows_of(document: Object, section: str) -> tuple[Object, ...]:
    """Give the rows of one section of a document; what is no row is left out."""
    found = document.get(section)
    return tuple(row for row in found if isinstance(row, dict)) if isinstance(found, list) else ()


def _row_of(name: str, documents: tuple[Object, ...]) -> Object | None:
    """Give the last row for a program, with the entries that other documents have for it."""
    rows = [row for document in documents for row in rows_of(document, "programs") if name in _names(row)]
    more = [row for document in documents for row in rows_of(document, "more") if name in _names(row)]
    row = _own(rows[-1], name) if rows else None
    if more:
        added = [entry for one in more for entry in entries(one)]
        return {**(row or {}), "effects": [*entries(row or {}), *added]}
    return row


def _own(row: Object, name: str) -> Object:
    """Give a row as it is for one of the programs that share it: what `differs` for that program stands in its place."""
    found = [own for names, own in objects(row, "differs").items() if name in names.split() and isinstance(own, dict)]
    return {**row, **found[0]} if found else row


def _names(row: Object) -> tuple[str, ...]:
    return (*strings(row, "program"), *strings(row, "also"))


def _roles(rows: tuple[Object, ...]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in rows:
        for program in strings(row, "programs"):
            found.setdefault(program, set()).update(strings(row, "role"))
    return found
