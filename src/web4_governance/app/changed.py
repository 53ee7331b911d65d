"""Which files a call changed: made of what the host tells or what was found on the disk, and noted with the outcome.

Inside the transaction that records the outcome, so that what is noted of a file is there if and only if the entry is. The
rows stand in the entry's opening `result.files`; the notes are derived from them (docs/spec/lineage.md).
"""

from __future__ import annotations

import os

from web4_governance.app.lying import mark_of
from web4_governance.core.event import Status
from web4_governance.core.lineage.blame import By, Origin
from web4_governance.core.lineage.change import (
    LISTED,
    SEEN,
    Change,
    Lines,
    change_of_found,
    change_of_told,
    may_change,
)
from web4_governance.core.lineage.lines import ABSENT, UNKNOWN, Keys, digest_of, split
from web4_governance.core.lineage.told import told
from web4_governance.core.lineage.tools import TELLING
from web4_governance.core.record.build import clean_text, is_sayable
from web4_governance.core.record.entry import at
from web4_governance.core.record.keep import Privacy
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.pen import Pen
    from web4_governance.app.touched import Found, Looked
    from web4_governance.core.event import Ending
    from web4_governance.core.lineage.told import Told
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.lineage import Held
    from web4_governance.storage.lookup import Lookup

    Begun = tuple[int, int]

NOT_RUN = (Status.DENIED,)
MOST_CAUSES = 256


@value
class Changed:
    """One changed file with what is to be noted of it: the keys of its path and contents, its lines, its mark."""

    change: Change
    here: int
    path: bytes
    before: bytes
    after: bytes
    lines: Lines | None = None
    mark: str = ""


def changed_by(pen: Pen, ending: Ending, begun: Begun, looked: Looked | None) -> tuple[Changed, ...]:
    """Give what a call changed, for the outcome that is appended next; `begun` is the place and time of its intent."""
    if ending.status in NOT_RUN:
        return ()
    one = told(pen.event.tool, pen.event.input or {}, ending.output)
    if one is None and not (looked and looked.found):
        return ()
    making = _Making(pen, begun)
    if one is not None:
        return (making.told(one),)
    return making.found(looked.found) if looked else ()


def note(pen: Pen, files: tuple[Changed, ...]) -> None:
    """Note what the outcome that was just appended changed."""
    if not files:
        return
    from web4_governance.storage.lineage import Held, Touch  # noqa: PLC0415  # most outcomes change no file

    lineage, ts = pen.ledger.lineage, pen.context.now_us
    open_names = pen.settings.privacy is not Privacy.METADATA
    for n, one in enumerate(files):
        lineage.changed(Touch(path=one.path, idx=one.here, n=n, before=one.before, after=one.after))
        if one.change.proven:
            pen.ledger.saw(one.path, pen.event.session, pen.event.agent_id, one.here, one.after)
        if one.lines is None:
            lineage.let_go(one.path)
            continue
        name = one.change.path if open_names else ""
        lineage.hold(Held(path=one.path, idx=one.here, ts=ts, name=name, mark=one.mark, lines=one.lines))


def could_have_changed(ledger: Lookup, path: str, intent: Stored, outcome: Stored | None) -> bool:
    """Say whether a call may have changed a file without the ledger having seen it then.

    Not one that only reads, was denied, told what it changed, or after which all known files of its project were looked at.
    """
    body, end = intent.body(), {} if outcome is None else outcome.body()
    if at(body, "rules.answer") == "deny" or at(end, "result.status") == str(Status.DENIED):
        return False
    if not may_change(body):
        return False
    if outcome is None:
        return True
    if at(body, "request.tool") in TELLING:
        return False
    project = ledger.opening(intent.idx, "request.project")
    return not (at(end, "result.looked") is True and isinstance(project, str) and path.startswith(project + "/"))


def cause_of(
    ledger: Lookup, path: str, times: tuple[int, int], *, apart: int = -1, limit: int = MOST_CAUSES
) -> tuple[By, int]:
    """Give who may have changed a file between two times: `u` and the place of the newest call that may have, else `o`.

    `apart` is the place of a call that is not meant. `b` where there were so many calls that not all could be asked about.
    """
    since, until = times
    places, whole = ledger.lineage.ran_between(since, until, limit=limit)
    for place in places:
        ran = None if place == apart else ledger.lineage.ran(place, since)
        if ran is not None and could_have_changed(ledger, path, *ran):
            return By.UNPROVEN, place
    return (By.OUTSIDE if whole else By.BEFORE), -1


class _Making:
    """Makes the rows of one outcome."""

    def __init__(self, pen: Pen, begun: Begun) -> None:
        self._pen = pen
        self._lineage = pen.ledger.lineage
        self._keys = Keys(pen.ledger.secret)
        self._here = pen.ledger.length  # where the outcome will stand: nothing is appended before it
        self._intent, self._since = begun

    def told(self, one: Told) -> Changed:
        real = os.path.realpath(one.path)
        path = clean_text(real)
        key = self._keys.path(path)
        held = self._lineage.held(key)
        # What is kept of a name that is no text is not its name: no file is to be looked for there.
        edits = one.edits if is_sayable(real) else None
        change, lines = change_of_told(
            replace(one, path=path, edits=edits),
            held.lines if held else None,
            self._keys,
            here=self._here,
            gap=lambda: self._gap(path, held.ts if held else 0),
        )
        mark, size = mark_of(real)
        return self._changed(change, key, lines, mark if size == len(one.after) else "")

    def found(self, files: tuple[Found, ...]) -> tuple[Changed, ...]:
        # INVARIANT: a path is known everywhere as it is kept: without secrets.
        files = tuple(replace(one, path=clean_text(one.path)) for one in files)
        held = {one.path: self._lineage.held(self._keys.path(one.path)) for one in files}
        gone = [path for path, one in held.items() if one and any(f.path == path and f.content is None for f in files)]
        made = [self._found(one, held, gone) for one in files]
        return tuple(one for one in made if one is not None)

    def _found(self, one: Found, held: dict[str, Held | None], gone: list[str]) -> Changed | None:
        key, before = self._keys.path(one.path), held[one.path]
        content = None if one.content is None else self._keys.content(digest_of(one.content))
        if before is None and content is None:
            return None  # it was never seen, and is not there: nobody says that it ever was
        if before is not None and before.lines.content == content:
            return None
        moved = self._source(content, held, gone) if before is None and content is not None else None
        if one.old and (moved is None or moved.lines.content != content):
            return None
        source = before or moved
        created = one.fresh and moved is None
        if (
            source is not None
            and content is not None
            and (one.altered or _was_so(one, source, content, moved=bool(moved)))
        ):
            one = replace(one, how=SEEN)
        base = None if source or created or one.base is None else self._base(one.base)
        if base is not None and base.content == content:
            return None
        was = ABSENT if created else source.lines.content if source else base.content if base else UNKNOWN
        change, lines = change_of_found(
            one.path,
            one.content,
            source.lines if source else base,
            self._keys,
            here=self._here,
            during=self._intent,
            how=self._how(one),
            before=None
            if created
            else digest_of(one.base)
            if base and one.base is not None
            else self._digest_before(source),
            source=moved.name if moved else "",
        )
        return self._changed(change, key, lines, one.mark, was)

    def _base(self, content: bytes) -> Lines | None:
        """Give the lines of what git held of a file before the call: there before it, by whomever."""
        lines = split(content)
        if lines is None:
            return None
        runs = ((len(lines), Origin(by=By.BEFORE, idx=self._here).word),) if lines else ()
        return Lines(content=self._keys.content(digest_of(content)), runs=runs, keys=self._keys.lines(lines))

    def _how(self, one: Found) -> str:
        """Say how sure it is: what only git lists may be the work of any call that ran meanwhile."""
        if one.how != LISTED:
            return one.how
        by, _ = cause_of(self._pen.ledger, one.path, (self._since, self._pen.context.now_us), apart=self._intent)
        return LISTED if by is By.OUTSIDE else SEEN

    def _source(self, content: bytes, held: dict[str, Held | None], gone: list[str]) -> Held | None:
        """Give the file that a new one was before: one that is gone now and had this content, or the only one that went."""
        left = [one for path in gone if (one := held[path]) is not None]
        same = [one for one in left if one.lines.content == content]
        return next(iter(same), left[0] if len(left) == 1 else None)

    def _digest_before(self, source: Held | None) -> str:
        """Give the digest that the file's last row holds, empty where it is not kept."""
        if source is None:
            return ""
        rows = self._pen.ledger.opening(source.idx, "result.files")
        found = [at(row, "after") for row in rows if at(row, "path") == source.name] if isinstance(rows, list) else []
        return str(found[-1]) if found and isinstance(found[-1], str) else ""

    def _changed(
        self, change: Change, key: bytes, lines: Lines | None, mark: str, before: bytes | None = None
    ) -> Changed:
        return Changed(
            change=change,
            here=self._here,
            path=key,
            before=self._key(change.before) if before is None else before,
            after=self._key(change.after),
            lines=lines,
            mark=mark,
        )

    def _key(self, digest: str | None) -> bytes:
        return ABSENT if digest is None else self._keys.content(digest) if digest else UNKNOWN

    def _gap(self, path: str, since: int) -> tuple[By, int]:
        return cause_of(self._pen.ledger, path, (since, self._since), apart=self._intent)


def _was_so(one: Found, source: Held, content: bytes, *, moved: bool) -> bool:
    """Say whether a file may have had its new content before the call, which only moved it or changed what it is besides.

    Its content was written before the call, as the disk has it: by somebody between the last sight of the file and the call.
    A program that sets that time back (`cp -p`) is not told apart, where it wrote into the file that was there.
    """
    same = moved or one.mark.rpartition(".")[2] == source.mark.rpartition(".")[2]
    return not one.written and same and source.lines.content != content
