"""Looks at what a call may have changed on the disk, after it ran and before the ledger is locked.

Candidates are the files that the call's effects name, those of its project that the ledger knows, and those that git lists
as changed; at most 200, in at most 50 ms. A candidate counts where the file system says that it changed since the call
began. Not a judge of who did it. INVARIANT: nothing here raises on account of what lies on the disk.
"""

from __future__ import annotations

import os
from time import monotonic

from web4_governance.app.lying import changed_us, content_at, mark, stat_of
from web4_governance.core.action import Effect
from web4_governance.core.effects.links import CHANGES
from web4_governance.core.errors import Web4Error
from web4_governance.core.lineage.change import LISTED, NAMED, SEEN, may_change
from web4_governance.core.lineage.lines import MAX_BYTES, content_of
from web4_governance.core.record import build
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.value import replace, value
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from web4_governance.app.context import Context
    from web4_governance.core.canonical import Json
    from web4_governance.core.event import Event
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.lookup import Lookup
    from web4_governance.storage.reader import Reader

BUDGET_S = 0.05
MOST = 200
DETAIL = ".detail"
WRITES = (CHANGES | {Effect.VCS_DISCARD, Effect.AGENT_INSTRUCT, Effect.SELF_TAMPER}) - {Effect.CODE_RUN}
FACTS = "rules.facts"


@value
class Found:
    """One file that changed while a call ran: its content is None where it is gone; `how` it came to be looked at.

    `mark` is by what the disk knows this state of it. `fresh` says that there was no file before the call, `old` that the
    file itself did not change: it counts only where it is one that was elsewhere before. `written` says that its content was
    written, as the disk has it, since the call began, `altered` that it was not as last seen when the call began. `base` is
    what git held of it where it surely lay so before the call.
    """

    path: str
    how: str
    content: bytes | None
    mark: str = ""
    fresh: bool = False
    old: bool = False
    written: bool = True
    altered: bool = False
    base: bytes | None = None


@value
class Looked:
    """What was found after a call; `whole` says that every file of its project that the ledger knows was looked at."""

    found: tuple[Found, ...] = ()
    whole: bool = False


def look_after(event: Event, context: Context) -> Looked | None:
    """Give what the call of an outcome that may change files changed; None where the host tells, or nobody had to look."""
    try:
        with open_reader(context.home) as reader:
            intent = _intent(reader, event)
            return None if intent is None else _look(reader, intent, event.cwd)
    except Web4Error:
        return None  # a ledger that cannot be read now is the writer's to complain of


def _intent(reader: Reader, event: Event) -> Stored | None:
    session, call = build.ident(event.session), build.ident(event.call)
    found = reader.entries_of(session, kind=str(Kind.INTENT), call=call)
    own = [one for one in found if str(at(one.body(), "role.agent_id") or "") == build.ident(event.agent_id)]
    return next(iter(own or found), None)


def _look(reader: Reader, intent: Stored, cwd: str) -> Looked | None:
    body = intent.body()
    if not may_change(body):
        return None
    end = monotonic() + BUDGET_S
    project = reader.opening(intent.idx, "request.project")
    named, absent, altered, tracked = _named(reader, intent.idx)
    held = {one.name: one for one in reader.lineage.held_below(project, MOST + 1)} if isinstance(project, str) else {}
    found: dict[str, Found] = {}
    left, seen = len(held), set[str]()
    for path, how in _candidates(named, list(held), cwd, end):
        if monotonic() > end or len(found) == MOST:
            break
        if not build.is_sayable(path):  # a name that no record can hold: nobody would find it again
            continue
        left -= path in held and path not in seen
        seen.add(path)
        earlier = found.get(path)
        one = earlier or _changed_since(path, how, intent.ts, held[path].mark if path in held else None)
        if one is not None:  # of a file that is named and listed too, the surer of both counts
            surer = how if earlier is None or earlier.how == SEEN else earlier.how
            base = one.base if earlier or path in held else _base(path, tracked.get(path), end)
            found[path] = replace(one, how=surer, fresh=path in absent, altered=path in altered, base=base)
    return Looked(found=tuple(found.values()), whole=isinstance(project, str) and left <= 0 and len(held) <= MOST)


def _base(path: str, held: tuple[str, int] | None, end: float) -> bytes | None:
    """Give what git holds of a file that lay so before the call; None where it cannot be had, or is another form of it."""
    if held is None:
        return None
    from web4_governance.app.repository import blob_of  # noqa: PLC0415  # as below

    data = blob_of(path, held[0], end=end)
    return content_of(data) if data is not None and len(data) == held[1] else None


def _candidates(named: tuple[str, ...], known: list[str], cwd: str, end: float) -> Iterator[tuple[str, str]]:
    places = dict.fromkeys(os.path.realpath(path) for path in named[:MOST])
    for path in places:
        yield path, NAMED
        yield from ((below, NAMED) for below in _below(path, end))
    for path in known:
        yield path, NAMED if _is_below(path, places) else SEEN
    from web4_governance.app.repository import changed_around  # noqa: PLC0415  # loaded where git is asked

    for path in changed_around(cwd, end=end)[:MOST]:
        yield path, LISTED


def _below(path: str, end: float) -> Iterator[str]:
    """Give the first files below a directory; none of anything else."""
    count = 0
    for directory, _, names in os.walk(path) if os.path.isdir(path) else ():
        for name in names:
            yield os.path.join(directory, name)
            count += 1
        if count >= MOST or monotonic() > end:
            return


def _is_below(path: str, places: Container[str]) -> bool:
    above = os.path.dirname(path)
    while above not in places:
        path, above = above, os.path.dirname(above)
        if path == above:
            return False
    return True


def _changed_since(path: str, how: str, since_us: int, held: str | None) -> Found | None:
    """Give a file as it lies there, if it changed since a moment."""
    found = stat_of(path)
    if found is None:
        return Found(path=path, how=how, content=None) if held is not None or how == NAMED else None
    state = mark(found)
    old = changed_us(found) < since_us  # as a file is whose directory was moved
    if state == held or found.st_size > MAX_BYTES or (old and (how != NAMED or held is not None)):
        return None
    content = content_at(path)
    written = found.st_mtime_ns // 1000 >= since_us
    return None if content is None else Found(path=path, how=how, content=content, mark=state, old=old, written=written)


def paths_of(reader: Lookup, idx: int, effects: Container[Json]) -> tuple[str, ...]:
    """Give the paths that deeds of a recorded call with one of these effects name, as far as that is kept; each once."""
    return _paths({one.field: one.value for one in reader.openings(idx)}, effects)


def _paths(opened: dict[str, Json], effects: Container[Json]) -> tuple[str, ...]:
    whole = opened.get("request.deeds_all")
    listed = [deed for field, deed in opened.items() if field.startswith("request.deeds.") and field.endswith(DETAIL)]
    deeds = whole if isinstance(whole, list) else listed
    paths = [
        str(at(deed, "target.resolved"))
        for deed in deeds
        if at(deed, "effect") in effects and at(deed, "target.kind") == "path" and at(deed, "target.exact") is True
    ]
    return tuple(dict.fromkeys(paths))


def _named(
    reader: Reader, idx: int
) -> tuple[tuple[str, ...], frozenset[str], frozenset[str], dict[str, tuple[str, int]]]:
    """Give the paths that the call is to change, where nothing was, those not as last seen, and what git held of others."""
    opened = {one.field: one.value for one in reader.openings(idx)}
    listed = at(opened.get(FACTS), "held")
    rows = [(at(row, "0"), at(row, "1"), at(row, "2")) for row in (listed if isinstance(listed, list) else ())]
    held = {
        path: (blob, size)
        for path, blob, size in rows
        if isinstance(path, str) and isinstance(blob, str) and isinstance(size, int)
    }
    return _paths(opened, WRITES), _places(opened, "absent"), _places(opened, "altered"), held


def _places(opened: dict[str, Json], fact: str) -> frozenset[str]:
    listed = at(opened.get(FACTS), fact)
    return (
        frozenset(os.path.realpath(path) for path in listed if isinstance(path, str))
        if isinstance(listed, list)
        else frozenset()
    )
