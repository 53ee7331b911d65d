"""Which values of an export are shown, where not all are: fields by name, of which calls (docs/spec/bundle.md B7).

What is not shown stands in the entries as a commitment, and neither its value nor its salt is in the bundle. Not erasure:
the ledger keeps every opening.
"""

from __future__ import annotations

from web4_governance.core.errors import UsageError
from web4_governance.core.policy.glob import compile_glob
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.record.entry import Opening
    from web4_governance.storage.filters import Filters


@value
class Disclosure:
    """The fields that are shown, each by its name, a name that it lies below, or a glob; `where` finds the calls."""

    fields: tuple[str, ...]
    where: Filters | None = None


class Shown:
    """Chooses the openings of an export, and knows which of the fields that were asked for were there."""

    def __init__(self, disclosure: Disclosure, places: frozenset[int] | None, *, used: Iterable[str] = ()) -> None:
        self._globs = {field: compile_glob(field) for field in disclosure.fields}
        self._places = places
        self.used: set[str] = set(used)

    def of(self, idx: int, openings: Iterable[Opening]) -> tuple[Opening, ...]:
        """Give those of an entry's openings that are shown."""
        if self._places is not None and idx not in self._places:
            return ()
        return tuple(opening for opening in openings if self._shows(opening.field))

    def _shows(self, name: str) -> bool:
        found = [f for f, glob in self._globs.items() if glob.matches(name) or name.startswith(f + ".")]
        self.used.update(found)
        return bool(found)

    def refuse_unused(self) -> None:
        """Refuse an export in which a field shows nothing: it is spelled wrong, or was never kept."""
        for field in self._globs.keys() - self.used:
            hint = (
                "fields are those of the entries, such as `request.input` or `result.output`; `web4 show` prints them"
            )
            raise UsageError(f"`{field}` shows nothing: no entry that is exported has it open", hint=hint)
