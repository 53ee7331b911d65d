"""One changed file as an outcome keeps it (`result.files`), and how it moves the file's lines on.

Not a reader of disks: what was found there comes as contents. INVARIANT: what is in a row is enough to move the runs of the
file's lines from the row before, so that they can be made again from the openings alone.
"""

from __future__ import annotations

from web4_governance.core.lineage.align import edits_between
from web4_governance.core.lineage.blame import By, Origin, after_edits, keys_after
from web4_governance.core.lineage.lines import ABSENT, KEY, NO_KEY, UNKNOWN, digest_of, split
from web4_governance.core.record.entry import at
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from web4_governance.core.canonical import Json
    from web4_governance.core.lineage.align import Edit
    from web4_governance.core.lineage.blame import Runs
    from web4_governance.core.lineage.lines import Keys
    from web4_governance.core.lineage.told import Told

MAX_EDITS = 1_000
TOLD = "told"  # by the host's own answer
NAMED = "named"  # by the call's effects, and found changed
LISTED = "listed"  # by git as changed, and found changed while nothing else was running
SEEN = "seen"  # found changed while the call ran: that it was the cause is not proven
PROVEN = (TOLD, NAMED, LISTED)
READS = frozenset(
    ("file.read", "file.list", "vcs.read", "db.read", "infra.read", "process.inspect", "secret.read", "net.scan")
)
CHANGING = ("command", "mcp", "file_write")


@value
class Gap:
    """Lines that changed before a call, since the file was last seen: by whom, as far as that is known."""

    by: By
    during: int
    edits: tuple[Edit, ...]


@value
class Change:
    """One changed file. Digests are SHA-256 in hex, None for no file, empty where unknown.

    `edits` are None where the lines are not followed; `proven` says that the call, whose intent's place is `during`, is known
    to have made them. `source` is the path that the file had before, where it was moved.
    """

    path: str
    before: str | None
    after: str | None
    how: str = TOLD
    edits: tuple[Edit, ...] | None = None
    lines: int = -1
    gap: Gap | None = None
    source: str = ""
    proven: bool = False
    during: int = -1

    def to_json(self) -> dict[str, Json]:
        """Give the row that stands in `result.files`."""
        row: dict[str, Json] = {"path": self.path, "how": self.how}
        row.update({name: text for name, text in (("before", self.before), ("after", self.after)) if text != ""})
        if self.source:
            row["from"] = self.source
        if self.edits is not None:
            row.update(edits=[list(edit) for edit in self.edits], lines=self.lines, proven=self.proven)
            if not self.proven:
                row["during"] = self.during
        if self.gap is not None:
            during: dict[str, Json] = {"during": self.gap.during} if self.gap.during >= 0 else {}
            row["gap"] = {"by": str(self.gap.by), "edits": [list(edit) for edit in self.gap.edits], **during}
        return row


@value
class Lines:
    """What is known of a file's lines: the key of its content, the runs of their origins, and their keys."""

    content: bytes
    runs: Runs
    keys: bytes


def change_of_told(
    one: Told, held: Lines | None, keys: Keys, *, here: int, gap: Callable[[], tuple[By, int]]
) -> tuple[Change, Lines | None]:
    """Give the row of what the host told, and the lines after it.

    Args:
        one: What the host told.
        held: The lines as they were last seen, None where they never were.
        keys: Makes the keys.
        here: The place of the outcome that this will stand in.
        gap: Says who may have changed the file since it was last seen; asked only where it was.
    """
    before = None if one.before is None else digest_of(one.before)
    row = Change(path=one.path, before=before, after=digest_of(one.after))
    new = split(one.after)
    if one.edits is None or new is None or len(one.edits) > MAX_EDITS:
        return row, None
    base, missed = _base(one.before, before, held, keys, here=here, gap=gap)
    if base is None:
        return row, None
    added = keys.lines(line for _, _, first, count in one.edits for line in new[first : first + count])
    lines = Lines(
        content=keys.content(str(row.after)),
        runs=after_edits(base.runs, one.edits, Origin(by=By.CALL, idx=here)),
        keys=keys_after(base.keys, one.edits, added),
    )
    return replace(row, edits=one.edits, lines=len(new), gap=missed, proven=True), lines


def change_of_found(
    path: str,
    after: bytes | None,
    held: Lines | None,
    keys: Keys,
    *,
    here: int,
    during: int,
    how: str,
    before: str | None = "",
    source: str = "",
) -> tuple[Change, Lines | None]:
    """Give the row of a file that was found changed by a call, and the lines after it.

    `held` are its lines (or, where it was moved, those of the path it had) as they were last seen; `before` is the digest
    of that content, None where there surely was no file, empty where unknown. `during` is the place of the call's intent.
    """
    row = Change(path=path, before=before, after=None if after is None else digest_of(after), how=how, source=source)
    content = split(after) if after is not None else None
    if content is None or row.after is None:
        return row, None
    known = Lines(content=ABSENT, runs=(), keys=b"") if before is None else held
    now = keys.lines(content)
    edits = edits_between(chunks(known.keys) if known else (), chunks(now))
    if len(edits) > MAX_EDITS:
        return row, None
    # Where nobody knows which lines were there before, or what they said, the call is not proven to have written them.
    proven = how in PROVEN and known is not None and not _is_erased(known, edits)
    by = Origin(by=By.CALL, idx=here) if proven else Origin(by=By.UNPROVEN, idx=here, during=during)
    runs = after_edits(known.runs if known else (), edits, by)
    lines = Lines(content=keys.content(row.after), runs=runs, keys=now)
    return replace(row, edits=edits, lines=len(content), proven=proven, during=during), lines


def _is_erased(held: Lines, edits: tuple[Edit, ...]) -> bool:
    """Say whether among the lines that were replaced is one of which nobody knows any more what it said."""
    gone = chunks(held.keys)
    return any(NO_KEY in gone[old : old + count] for old, count, _, _ in edits)


def chunks(keys: bytes) -> list[bytes]:
    """Give the keys of lines one by one."""
    return [keys[n : n + KEY] for n in range(0, len(keys), KEY)]


def may_change(intent: Mapping[str, Json]) -> bool:
    """Say whether a call may have changed a file, by its intent's body: all but those that surely only read."""
    body = dict(intent)
    deeds, categories = at(body, "request.deeds"), at(body, "request.categories")
    effects = {at(deed, "effect") for deed in deeds} - {None} if isinstance(deeds, list) else set()
    if not effects or at(body, "request.deeds_count") is not None:
        return any(one in CHANGING for one in categories) if isinstance(categories, list) else True
    return not READS.issuperset(map(str, effects))


def _base(
    content: bytes | None,
    digest: str | None,
    held: Lines | None,
    keys: Keys,
    *,
    here: int,
    gap: Callable[[], tuple[By, int]],
) -> tuple[Lines | None, Gap | None]:
    """Give the lines as a call found them, and what of them changed since they were last seen."""
    if content is None:
        return Lines(content=ABSENT, runs=(), keys=b""), None
    if held is not None and held.content == keys.content(str(digest)):
        return held, None
    lines = split(content)
    if lines is None:
        return None, None
    now = keys.lines(lines)
    if held is None:
        whole = (len(lines), Origin(by=By.BEFORE, idx=here).word)
        return Lines(content=UNKNOWN, runs=(whole,) if lines else (), keys=now), None
    edits = edits_between(chunks(held.keys), chunks(now))
    if len(edits) > MAX_EDITS:
        return None, None
    by, during = (By.BEFORE, -1) if _is_erased(held, edits) else gap()
    missed = Gap(by=by, during=during, edits=edits)
    runs = after_edits(held.runs, edits, Origin(by=by, idx=here, during=during))
    return Lines(content=UNKNOWN, runs=runs, keys=now), missed
