"""The catalog: what programs, paths and hosts mean, as data that comes from outside the core.

Parsed from JSON documents, one family a document: `programs` (rows), `more` (entries for programs whose rows other
families have), `paths` and `hosts` (marks), `roles` that programs play in a flow, `calls` of code in other languages. Rows are
read only when their program is met, so a large catalog costs no more than its parsing.
"""

from __future__ import annotations

from web4_governance.core.effects.marks import Marks
from web4_governance.core.effects.rows import entries, strings
from web4_governance.core.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.rows import Object

VERSION_SIGNS = "0123456789."


class Catalog:
    """Rows by program, and marks of paths and hosts. Made by `from_json`, never changed."""

    __slots__ = ("_documents", "_marks", "_rest", "_table")

    def __init__(self, documents: tuple[Object, ...], rest: Callable[[], tuple[Object, ...]] | None) -> None:
        self._documents = documents
        self._rest = rest
        self._table: _Table | None = None
        self._marks: Marks | None = None

    @classmethod
    def from_json(
        cls, documents: tuple[dict[str, Json], ...], *, rest: Callable[[], tuple[dict[str, Json], ...]] | None = None
    ) -> Catalog:
        """Build a catalog; of two rows for one program the later document's is in force.

        `rest` gives further documents when the first program is met: they may hold no marks of paths and hosts, which are
        wanted for calls without a command too.

        Raises:
            InputError: A row that names no program; with `rest`, when the first program is met.
        """
        made = cls(documents, rest)
        if rest is None:
            made._open()
        return made

    @property
    def programs(self) -> frozenset[str]:
        """The names of all programs."""
        return self._open().programs

    @property
    def calls(self) -> tuple[Object, ...]:
        """The rows on calls of code in other languages."""
        return self._open().calls

    @property
    def roles(self) -> dict[str, set[str]]:
        """What programs bring into a flow, by program, whatever their rows say."""
        return self._open().roles

    @property
    def variables(self) -> dict[str, Object]:
        """The rows on variables of the environment, by name."""
        return self._open().variables

    def row(self, program: str) -> Object | None:
        """Give the row of a program; `python3.12` is `python3`, then `python`."""
        rows = self._open().rows
        name = program.removesuffix(".exe")
        return rows.get(name) or rows.get(name.rpartition(".")[0]) or rows.get(name.rstrip(VERSION_SIGNS))

    @property
    def marks(self) -> Marks:
        """The marks of paths and hosts."""
        if self._marks is None:
            self._marks = Marks(
                tuple(row for document in self._documents for row in _rows_of(document, "paths")),
                tuple(row for document in self._documents for row in _rows_of(document, "hosts")),
            )
        return self._marks

    def _open(self) -> _Table:
        if self._table is None:
            self._table = _Table((*self._documents, *(self._rest() if self._rest is not None else ())))
        return self._table


class _Table:
    """All documents, indexed by what they are asked for."""

    __slots__ = ("calls", "programs", "roles", "rows", "variables")

    def __init__(self, documents: tuple[Object, ...]) -> None:
        self.rows: dict[str, Object] = {}
        for document in documents:
            for row in _rows_of(document, "programs"):
                names = (*strings(row, "program"), *strings(row, "also"))
                if not names:
                    raise InputError(
                        f"a catalog row of `{document.get('family')}` names no program", hint="give it a `program`"
                    )
                self.rows.update(dict.fromkeys(names, row))
        for row in (row for document in documents for row in _rows_of(document, "more")):
            for name in (*strings(row, "program"), *strings(row, "also")):
                above = self.rows.get(name, {})
                self.rows[name] = {**above, "effects": [*entries(above), *entries(row)]}
        self.programs = frozenset(self.rows)
        self.calls = tuple(row for document in documents for row in _rows_of(document, "calls"))
        self.roles: dict[str, set[str]] = {}
        for row in (row for document in documents for row in _rows_of(document, "roles")):
            for program in strings(row, "programs"):
                self.roles.setdefault(program, set()).update(strings(row, "role"))
        self.variables = {
            name: row
            for document in documents
            for row in _rows_of(document, "variables")
            for name in strings(row, "names")
        }


def _rows_of(document: Object, name: str) -> tuple[Object, ...]:
    found = document.get(name)
    return tuple(row for row in found if isinstance(row, dict)) if isinstance(found, list) else ()
