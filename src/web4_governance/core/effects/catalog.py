"""The catalog: what programs, paths and hosts mean, as data that comes from outside the core.

Parsed from JSON documents, one family a document: `programs` (rows), `paths` and `hosts` (marks),
`calls` of code in other languages. Rows are read only when
their program is met, so a large catalog costs no more than its parsing.
"""

from __future__ import annotations

from web4_governance.core.effects.marks import Marks
from web4_governance.core.effects.rows import strings
from web4_governance.core.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.rows import Object

VERSION_SIGNS = "0123456789."


class Catalog:
    """Rows by program, and marks of paths and hosts. Made by `from_json`, never changed."""

    __slots__ = ("_marks", "_rows", "calls", "documents", "programs", "variables")

    def __init__(self, documents: tuple[Object, ...], rows: dict[str, Object]) -> None:
        self.documents = documents
        self.programs = frozenset(rows)
        self.calls = tuple(row for document in documents for row in _rows_of(document, "calls"))
        self.variables = {
            name: row
            for document in documents
            for row in _rows_of(document, "variables")
            for name in strings(row, "names")
        }
        self._rows = rows
        self._marks: Marks | None = None

    @classmethod
    def from_json(cls, documents: tuple[dict[str, Json], ...]) -> Catalog:
        """Build a catalog; of two rows for one program the later document's is in force.

        Raises:
            InputError: A row that names no program.
        """
        rows: dict[str, Object] = {}
        for document in documents:
            for row in _rows_of(document, "programs"):
                names = (*strings(row, "program"), *strings(row, "also"))
                if not names:
                    raise InputError(
                        f"a catalog row of `{document.get('family')}` names no program", hint="give it a `program`"
                    )
                rows.update(dict.fromkeys(names, row))
        return cls(documents, rows)

    def row(self, program: str) -> Object | None:
        """Give the row of a program; `python3.12` is `python3`, then `python`."""
        name = program.removesuffix(".exe")
        return (
            self._rows.get(name)
            or self._rows.get(name.rpartition(".")[0])
            or self._rows.get(name.rstrip(VERSION_SIGNS))
        )

    @property
    def marks(self) -> Marks:
        """The marks of paths and hosts."""
        if self._marks is None:
            self._marks = Marks(
                tuple(row for document in self.documents for row in _rows_of(document, "paths")),
                tuple(row for document in self.documents for row in _rows_of(document, "hosts")),
            )
        return self._marks


def _rows_of(document: Object, name: str) -> tuple[Object, ...]:
    found = document.get(name)
    return tuple(row for row in found if isinstance(row, dict)) if isinstance(found, list) else ()
