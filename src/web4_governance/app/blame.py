"""Says which call last changed each line of a file, and what may be said where none did (docs/spec/lineage.md B).

Read only: the lines as the ledger last saw them, and the file as it lies there now. What cannot be told is said to be
unknown. INVARIANT: `outside` is said only where no call ran that could have made the change.
"""

from __future__ import annotations

import json
import os

from web4_governance.app.changed import cause_of
from web4_governance.app.lying import changed_at, content_at
from web4_governance.core.closed import Closed
from web4_governance.core.errors import UsageError
from web4_governance.core.lineage.align import edits_between
from web4_governance.core.lineage.blame import By, Origin, after_edits, origin_of
from web4_governance.core.lineage.change import SEEN, chunks
from web4_governance.core.lineage.lines import ABSENT, NO_KEY, Keys, digest_of, split
from web4_governance.core.record.build import clean_text
from web4_governance.core.record.entry import at
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from web4_governance.core.lineage.blame import Runs
    from web4_governance.storage.lineage import Called, Held
    from web4_governance.storage.reader import Reader

NEVER = "no recorded call is known to have touched this file"
TOO_MUCH = "its lines are not followed: no text, too long, or changed by too much at once"
FIRST = "there before the first recorded change, or erased since"
NOBODY = "no call ran that could have"
DURING = "it changed while this call ran; that the call was the cause is not proven"
GONE = "the call is not in the ledger any more"
PRUNED = -1
MOST_CAUSES = 4096
NOW = 0  # no outcome has seen it yet, and no origin of the kinds that it is used for is asked for its outcome
ANYBODY = Origin(by=By.BEFORE, idx=PRUNED)


class Who(Closed):
    """Who last changed a line: the closed list."""

    CALL = "call"
    OUTSIDE = "outside"
    UNPROVEN = "unproven"
    UNKNOWN = "unknown"


@value
class Author:
    """The call behind a line, in the words of the record; `prompt` is None where it is not kept."""

    idx: int
    id: str
    ts: int
    session: str
    agent: str
    agent_id: str
    agent_type: str
    tool: str
    call: str
    server: str
    decision: str
    rules: tuple[str, ...]
    status: str
    prompt: str | None


@value
class Range:
    """Some lines in a row, from 1, last one included, that one and the same changed last; `why` says what is not plain.

    From 0 to 0 is a file without lines, or one that is not there: who left it so.
    """

    first: int
    last: int
    who: Who
    author: Author | None = None
    why: str = ""


@value
class Blame:
    """What is known of a file's lines. `is_there` is whether the file lies there now; else its lines are those last seen."""

    path: str
    ranges: tuple[Range, ...]
    is_there: bool
    last: Author | None = None

    @property
    def told(self) -> bool:
        """Say whether each line has an answer: a call, or nobody's."""
        return bool(self.ranges) and all(one.who in (Who.CALL, Who.OUTSIDE) for one in self.ranges)


def blame(reader: Reader, path: str, *, line: int = 0) -> Blame:
    """Give who last changed each line of a file, or one line (from 1); UsageError where there is no such file or line."""
    refuse_zero(path)
    reader.refresh()
    real = os.path.realpath(path)
    return _Asking(reader, real).answer(line)


def ranges_of(
    path: str, runs: Runs, why: str, line: int, author_of: Callable[[str], Author | None]
) -> tuple[Range, ...]:
    """Give the ranges of a file, or the one of a line (from 1), with who made each, by the words of their origins."""
    count = sum(count for count, _ in runs)
    if line > count:
        raise UsageError(f"`{path}` has {count} lines, so none is {line}", hint="give a line from 1 on")
    at, found = 0, list[Range]()
    for lines, word in runs:
        if not line or at < line <= at + lines:
            found.append(_range(line or at + 1, line or at + lines, origin_of(word), author_of(word), why))
        at += lines
    return tuple(found)


def left_by(author: Author, *, proven: bool) -> Range:
    """Give the range of a file that a call left without lines, or took away."""
    who, why = (Who.CALL, "") if proven else (Who.UNPROVEN, DURING)
    return Range(first=0, last=0, who=who, author=author, why=why)


def refuse_zero(path: str) -> None:
    """Refuse a name that no file can have; a command line cannot hold one, and an address or a question of MCP can."""
    if "\0" in path:
        raise UsageError("a name with a zero byte is no file's", hint="give a path, or PATH:LINE")


def authors(reader: Reader, called: Iterable[Called]) -> dict[int, Author]:
    """Give the words of the record for calls, by the place of their intents."""
    prompts: dict[str, tuple[tuple[int, str | None], ...]] = {}
    found: dict[int, Author] = {}
    for one in called:
        if one.session not in prompts:
            prompts[one.session] = reader.lineage.prompts(one.session)
        found[one.intent] = _author(one, _prompt_before(prompts[one.session], one.intent))
    return found


def _author(one: Called, prompt: str | None) -> Author:
    body = json.loads(one.data)
    request, rules = body.get("request", {}), body.get("rules", {})
    return Author(
        idx=one.intent,
        id=one.leaf,
        ts=one.ts,
        session=one.session,
        agent=str(body.get("agent", "")),
        agent_id=one.agent_id,
        agent_type=one.agent_type,
        tool=one.tool,
        call=one.call,
        server=str(request.get("mcp", {}).get("name", "")),
        decision=one.decision,
        rules=tuple(map(str, rules.get("matched", ()))),
        status=one.status,
        prompt=prompt,
    )


def _prompt_before(prompts: Sequence[tuple[int, str | None]], idx: int) -> str | None:
    return next((text for at, text in reversed(prompts) if at < idx), None)


class _Asking:
    """One question about one file."""

    def __init__(self, reader: Reader, path: str) -> None:
        self._reader = reader
        self._path = path
        self._keys = Keys(reader.secret)
        self._key = self._keys.path(clean_text(path))

    def answer(self, line: int) -> Blame:
        there = os.path.isfile(self._path)
        content = content_at(self._path) if there else None
        lineage = self._reader.lineage
        held = lineage.held(self._key) if lineage.is_there else None
        last = lineage.last_change(self._key) if lineage.is_there else PRUNED
        if not there and last == PRUNED and held is None:
            raise UsageError(f"there is no file `{self._path}`, and no record of one", hint="give a path, or PATH:LINE")
        runs, why = self._runs(held, content, there=there, touched=last != PRUNED)
        ranges = self._ranges(runs, why, line, last)
        whole = authors(self._reader, lineage.calls([last]).values()) if last != PRUNED else {}
        author = next(iter(whole.values()), None)
        if not runs and author is not None:
            ranges = self._without_lines(content, last, author, there=there)
        return Blame(path=self._path, ranges=ranges, is_there=there, last=author)

    def _without_lines(self, content: bytes | None, last: int, author: Author, *, there: bool) -> tuple[Range, ...]:
        """Give who left a file without lines, or took it away; nothing where it is not as the last change left it."""
        (left,) = [touch.after for touch in self._reader.lineage.changes_at(last) if touch.path == self._key][-1:]
        if left != (self._keys.content(digest_of(content or b"")) if there else ABSENT):
            return ()
        rows = self._reader.opening(last, "result.files")
        kept = rows if isinstance(rows, list) else [None]
        mine = [at(row, "how") for row in kept if at(row, "path") in (clean_text(self._path), None)]
        proven = bool(mine) and mine[-1] not in (None, SEEN)
        return (left_by(author, proven=proven),)

    def _runs(self, held: Held | None, content: bytes | None, *, there: bool, touched: bool) -> tuple[Runs, str]:
        """Give the origins of the lines that lie there, and why they are unknown where they are."""
        lines = split(content) if content is not None else None
        if not there:
            return (held.lines.runs if held else ()), ""
        if held is None or lines is None:
            count = len(lines) if lines is not None else count_of(content)
            return ((count, ANYBODY.word),) if count else (), TOO_MUCH if touched else NEVER
        if held.lines.content == self._keys.content(digest_of(content or b"")):
            return held.lines.runs, ""
        edits = edits_between(chunks(held.lines.keys), chunks(self._keys.lines(lines)))
        known = chunks(held.lines.keys)
        if any(NO_KEY in known[old : old + count] for old, count, _, _ in edits):
            return after_edits(held.lines.runs, edits, ANYBODY), ""
        return after_edits(held.lines.runs, edits, self._since(held)), ""

    def _since(self, held: Held) -> Origin:
        """Give the origin of what changed after the file was last seen."""
        until = max(changed_at(self._path), held.ts)
        by, during = cause_of(self._reader, self._path, (held.ts + 1, until), limit=MOST_CAUSES)
        return Origin(by=by, idx=NOW, during=during)

    def _ranges(self, runs: Runs, why: str, line: int, last: int) -> tuple[Range, ...]:
        count = sum(count for count, _ in runs)
        if line > count and (count or last == PRUNED):
            raise UsageError(f"`{self._path}` has {count} lines, so none is {line}", hint="give a line from 1 on")
        at, wanted = 0, list[tuple[int, int, Origin]]()
        for lines, word in runs:
            if not line or at < line <= at + lines:
                wanted.append((line or at + 1, line or at + lines, origin_of(word)))
            at += lines
        lineage = self._reader.lineage
        closed = lineage.calls({origin.idx for _, _, origin in wanted if origin.by is By.CALL})
        asked = lineage.calls_at({origin.during for _, _, origin in wanted if origin.by is By.UNPROVEN})
        known = authors(self._reader, {one.intent: one for one in (*closed.values(), *asked.values())}.values())
        return tuple(
            _range(first, end, origin, known.get(self._intent_of(origin, closed)), why) for first, end, origin in wanted
        )

    def _intent_of(self, origin: Origin, closed: dict[int, Called]) -> int:
        if origin.by is By.CALL:
            return closed[origin.idx].intent if origin.idx in closed else PRUNED
        return origin.during


def count_of(content: bytes | None) -> int:
    """Give how many lines a content has that are not followed; what is no text, or was not read, counts as one."""
    if content is None or b"\0" in content:
        return 1
    return max(1, content.count(b"\n") + (not content.endswith(b"\n")))


def _range(first: int, last: int, origin: Origin, author: Author | None, why: str) -> Range:
    match origin.by:
        case By.CALL:
            who, said = (Who.CALL, "") if author else (Who.UNKNOWN, GONE)
        case By.UNPROVEN:
            who, said = Who.UNPROVEN, DURING
        case By.OUTSIDE:
            who, said = Who.OUTSIDE, NOBODY
        case _:
            who, said = Who.UNKNOWN, why or FIRST
    return Range(first=first, last=last, who=who, author=author, why=said)
