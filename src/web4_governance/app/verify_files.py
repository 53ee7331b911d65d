"""Whether what is noted of changed files is what the outcomes say (docs/spec/lineage.md D2): the part of step 10 about them.

A note that is changed accuses another call, or hides one. What is not kept or was erased cannot be compared; where a row of
an outcome is missing, the lines of files are not either.
"""

from __future__ import annotations

from web4_governance.core.lineage.blame import spell
from web4_governance.core.lineage.fold import Fold, expected
from web4_governance.core.lineage.lines import Keys
from web4_governance.core.record.entry import Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Opening
    from web4_governance.storage.lineage import Touch
    from web4_governance.storage.reader import Reader

FILES = "result.files"
NOT_SAID = "what is noted of its changed files is not what it says"


class Files:
    """What the outcomes seen so far say of files."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, Json]] = []
        self.whole = True

    def join(self, other: Files) -> None:
        """Take what later entries say."""
        self.rows += other.rows
        self.whole = self.whole and other.whole

    def differences(
        self, idx: int, body: dict[str, Json], opened: tuple[Opening, ...], touches: tuple[Touch, ...], secret: bytes
    ) -> Iterator[str]:
        """Take an entry, and give what is noted of it otherwise than it says."""
        committed = body.get("kind") == Kind.OUTCOME and at(body, FILES) is not None
        rows = next((one.value for one in opened if one.field == FILES), None)
        if not committed:
            if touches:
                yield NOT_SAID
            return
        if rows is None:
            self.whole = False
            return
        # What formats before 5 kept has no `how`, and nothing was noted of it.
        noted: Json = [row for row in rows if at(row, "how") is not None] if isinstance(rows, list) else []
        self.rows.append((idx, noted))
        said = expected(noted, Keys(secret))
        held = [(touch.path, touch.before, touch.after) for touch in touches]
        if len(said) != len(held) or not all(map(_fits, said, held)):
            yield NOT_SAID

    def wrong(self, reader: Reader, secret: bytes, limit: int) -> tuple[tuple[str, str], ...]:
        """Give the places of notes that no outcome makes, with what is wrong."""
        lineage = reader.lineage
        strays = [
            (f"entry {idx}", "it is said to have changed a file, and is no outcome") for idx in lineage.strays(limit)
        ]
        if not self.whole:
            return tuple(strays)
        fold = Fold()
        for idx, rows in self.rows:
            fold.take(idx, rows)
        keys = Keys(secret)
        said = {keys.path(path): spell(runs) for path, runs in fold.runs.items()}
        held = lineage.runs()
        names = {keys.path(path): path for path in fold.runs}
        wrong = [path for path in sorted(said.keys() | held.keys()) if said.get(path) != held.get(path)]
        lines = [
            (f"the lines of `{names.get(path, path.hex()[:16])}`", "their origins are not what the outcomes say")
            for path in wrong
        ]
        return (*strays, *lines)[:limit]


def _fits(said: tuple[bytes, bytes | None, bytes | None], held: tuple[bytes, bytes, bytes]) -> bool:
    return all(one is None or one == other for one, other in zip(said, held, strict=True))
