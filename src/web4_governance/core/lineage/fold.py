"""The lines of all files again, from what the outcomes' openings hold: to check what is stored.

Pure: rows come in the ledger's order. Where a row is not kept, what follows from it is not known to the caller either.
"""

from __future__ import annotations

from web4_governance.core.lineage.blame import By, Origin, after_edits
from web4_governance.core.lineage.lines import ABSENT, UNKNOWN
from web4_governance.core.record.entry import at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    from web4_governance.core.canonical import Json
    from web4_governance.core.lineage.align import Edit
    from web4_governance.core.lineage.blame import Runs
    from web4_governance.core.lineage.lines import Keys

    # Key of the path, and of the content before and after; None where the row does not say.
    Expected: TypeAlias = tuple[bytes, bytes | None, bytes | None]

FOUR = 4


class Fold:
    """Runs of origins by path, as the rows taken so far make them."""

    def __init__(self) -> None:
        self.runs: dict[str, Runs] = {}

    def take(self, idx: int, rows: Json) -> None:
        """Take the rows of one outcome."""
        before = dict(self.runs)  # a file that was moved is told as gone, and as come, by the same outcome
        for row in rows if isinstance(rows, list) else ():
            path = str(at(row, "path"))
            runs = _after(idx, row, before)
            if runs is None:
                self.runs.pop(path, None)
            else:
                self.runs[path] = runs


def expected(rows: Json, keys: Keys) -> tuple[Expected, ...]:
    """Give what is noted of the rows of an outcome, in order."""
    return tuple(
        (keys.path(str(at(row, "path"))), _key(row, "before", keys), _key(row, "after", keys))
        for row in (rows if isinstance(rows, list) else ())
    )


def _key(row: Json, name: str, keys: Keys) -> bytes | None:
    if not isinstance(row, dict) or name not in row:
        return None if name == "before" else UNKNOWN
    return ABSENT if row[name] is None else keys.content(str(row[name]))


def _after(idx: int, row: Json, before: dict[str, Runs]) -> Runs | None:
    """Give a file's runs after a row; None where its lines are not followed."""
    edits, lines = _edits(at(row, "edits")), at(row, "lines")
    if at(row, "edits") is None or not isinstance(lines, int):
        return None
    gap, during = at(row, "gap"), at(row, "during")
    base = _base(idx, row, before, lines - sum(edit[3] - edit[1] for edit in edits))
    if isinstance(gap, dict):
        base = after_edits(base, _edits(gap.get("edits")), _origin(str(gap.get("by")), idx, gap.get("during")))
    mine = _origin("c" if at(row, "proven") is True else "u", idx, during)
    return after_edits(base, edits, mine)


def _base(idx: int, row: Json, before: dict[str, Runs], count: int) -> Runs:
    held = before.get(str(at(row, "path")))
    if isinstance(row, dict) and row.get("before", "") is None:
        return ()
    if held is None and at(row, "from") is not None:
        held = before.get(str(at(row, "from")))
    if held is not None:
        return held
    return ((count, Origin(by=By.BEFORE, idx=idx).word),) if count > 0 else ()


def _origin(by: str, idx: int, during: Json) -> Origin:
    known = By(by) if by in {str(one) for one in By} else By.BEFORE
    return Origin(by=known, idx=idx, during=during if isinstance(during, int) else -1)


def _edits(found: Json) -> tuple[Edit, ...]:
    listed: Iterable[Json] = found if isinstance(found, list) else ()
    numbers = [[n for n in edit if isinstance(n, int)] for edit in listed if isinstance(edit, list)]
    return tuple((a, b, c, d) for a, b, c, d in (edit for edit in numbers if len(edit) == FOUR))
