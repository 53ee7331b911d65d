"""Says who called what that changed a file: the chain from the main agent over subagents and MCP servers to the file.

Read only. A chain names only what the record says: who made a subagent is told by the host's note, or by the result of the
call that made it; where nobody says, the chain begins with the subagent.
"""

from __future__ import annotations

import os

from web4_governance.app.blame import authors, refuse_zero
from web4_governance.app.identify import acted
from web4_governance.app.query import record
from web4_governance.core.canonical import trusted
from web4_governance.core.errors import UsageError
from web4_governance.core.evidence.subjects import Of, entities, is_of_no_known_model, is_one_agent, parts_of
from web4_governance.core.lineage.lines import Keys
from web4_governance.core.record.build import clean_text
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.app.blame import Author
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.lineage import Called
    from web4_governance.storage.reader import Reader

FILES = "result.files"
MOST_MAKERS = 8
MOST_MOVES = 16
NO_END = 2**62
MAIN = "main"


@value
class Step:
    """One changed file: the row that the outcome at `outcome` keeps of it (empty where it is not kept), and who called."""

    outcome: int
    author: Author
    chain: tuple[str, ...]
    change: dict[str, Json]


def trace(reader: Reader, name: str) -> tuple[Step, ...]:
    """Give what changed a file, or what an agent, a session or an MCP server changed, the newest last.

    A path of a file that is there or recorded is that file, with what it was before it was moved; else a name is an MCP
    server's, a session's (or the beginning of it), a subagent's id, an agent type, `main`, or one that `web4 trust` shows.
    UsageError where it is none of them.
    """
    refuse_zero(name)
    reader.refresh()
    if not reader.lineage.is_there:
        return ()
    path = clean_text(os.path.realpath(name))
    of_file = _of_file(reader, path)
    if of_file or os.path.isfile(name):
        return of_file
    kind, parts = parts_of(name)
    asked = _asked_of(kind, parts)
    if asked and reader.lineage.is_known(**asked):
        called = reader.lineage.calls(reader.lineage.changing(**asked))
        return _steps(reader, [place for place in sorted(called) if _is_by(reader, called[place], kind, parts, name)])
    for asked in ({"server": _tool_word(name)}, {"session": _session(reader, name)}, {"agent": name}):
        if any(asked.values()) and reader.lineage.is_known(**asked):
            return _steps(reader, reader.lineage.changing(**asked))
    if os.path.lexists(name):
        return ()
    message = f"no file, MCP server, session or agent is called `{name}`"
    raise UsageError(message, hint="give a path, or a name that `web4 log --json` shows")


def _tool_word(server: str) -> str:
    """Give an MCP server's name as the host writes it into the names of its tools."""
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "_-") else "_" for sign in server)


def _asked_of(kind: str, parts: dict[str, str]) -> dict[str, str]:
    """Give what the records are asked by for an entity of trust; its whole name says more than that."""
    match kind:
        case Of.AGENT:
            return {"agent": parts.get("type", "")}
        case Of.SERVER:
            return {"server": _tool_word(parts.get("name", ""))}
        case Of.SESSION | Of.SUBAGENT:
            return {"session": parts.get("session", "")}
        case _:
            return {}


def _is_by(reader: Reader, called: Called, kind: str, parts: dict[str, str], name: str) -> bool:
    """Say whether a call was an entity's: by the names in its record, the model filled in where it was known later."""
    if kind == Of.SUBAGENT:
        return called.agent_id == parts.get("agent_id")
    if kind == Of.SESSION:
        return True
    body = trusted(called.data)
    who = entities(body, model=str(at(body, "role.model") or "")).get(kind, "") if isinstance(body, dict) else ""
    if kind == Of.AGENT and is_of_no_known_model(who) and is_one_agent(name, who):
        return acted(record(reader, str(called.intent))).get(kind) == name
    return who == name


def _of_file(reader: Reader, path: str) -> tuple[Step, ...]:
    """Give the changes of a file, also under the names that it had before it was moved."""
    keys, steps, until = Keys(reader.secret), list[Step](), NO_END
    for _ in range(MOST_MOVES):
        touches = [touch.idx for touch in reader.lineage.changes_of(keys.path(path)) if touch.idx <= until]
        here = _steps(reader, touches, of=path)
        steps = [*here, *(step for step in steps if step not in here)]
        moved = [step for step in here if step.change.get("from") and step.change.get("path") == path]
        if not moved:
            break
        path, until = str(moved[0].change["from"]), moved[0].outcome - 1
    return tuple(sorted(steps, key=lambda step: step.outcome))


def _session(reader: Reader, name: str) -> str:
    """Give the one session whose id is, or begins with, a name; empty where there is none, or more than one."""
    found = [session for session, *_ in reader.sessions() if session.startswith(name)]
    return name if name in found else found[0] if len(found) == 1 else ""


def _steps(reader: Reader, outcomes: Iterable[int], *, of: str = "") -> tuple[Step, ...]:
    places = tuple(dict.fromkeys(outcomes))
    called = reader.lineage.calls(places)
    known = authors(reader, called.values())
    makers = _Makers(reader)
    steps: list[Step] = []
    for place in places:
        if place in called:
            author = known[called[place].intent]
            rows = [row for row in _rows(reader, place) if not of or row.get("path") in (of, None)]
            steps += [
                Step(outcome=place, author=author, chain=(*makers.chain(author), _changed(row)), change=row)
                for row in rows
            ]
    return tuple(steps)


def _rows(reader: Reader, outcome: int) -> list[dict[str, Json]]:
    kept = reader.opening(outcome, FILES)
    return [row for row in kept if isinstance(row, dict)] if isinstance(kept, list) else [{}]


def _changed(row: dict[str, Json]) -> str:
    path = row.get("path")
    return f"file {path}" if isinstance(path, str) else "a file whose name is not kept"


class _Makers:
    """Finds the calls that made subagents, each once."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._made: dict[tuple[str, str], tuple[str, ...]] = {}

    def chain(self, author: Author) -> tuple[str, ...]:
        """Give who called, from the main agent on, and what was called."""
        parts = author.tool.split("__")
        tool = (
            f"MCP {author.server or parts[1]} ({'__'.join(parts[2:])})"
            if parts[0] == "mcp" and parts[2:]
            else author.tool
        )
        return (*self._agents(author), f"#{author.idx} {tool}")

    def _agents(self, author: Author) -> tuple[str, ...]:
        first = f"{author.agent} session {author.session}"
        here = (author.session, author.agent_id)
        if not author.agent_id:
            return (first, MAIN)
        if here not in self._made:
            above = self._above(author.session, author.agent_id)
            self._made[here] = (first, *above, f"subagent {author.agent_type} {author.agent_id}".replace("  ", " "))
        return self._made[here]

    def _above(self, session: str, agent_id: str) -> tuple[str, ...]:
        """Give the agents and calls that led to a subagent, the main agent first, as far as the record says."""
        found: list[str] = []
        for _ in range(MOST_MAKERS):
            maker = self._maker(session, agent_id)
            if maker is None:
                break
            body = maker.body()
            agent_id = str(at(body, "role.agent_id") or "")
            kind = str(at(body, "role.agent_type") or "")
            who = f"subagent {kind} {agent_id}".replace("  ", " ") if agent_id else MAIN
            found = [who, f"#{maker.idx} {at(body, 'request.tool')}", *found]
            if not agent_id:
                break
        return tuple(found)

    def _maker(self, session: str, agent_id: str) -> Stored | None:
        """Give the intent of the call that made a subagent: as the host notes, or as the call's own result says."""
        calls = [str(at(one.body(), "role.parent.call") or "") for one in self._of(session, agent_id)]
        named = next((call for call in calls if call), "")
        found = self._reader.entries_of(session, kind=str(Kind.INTENT), call=named) if named else ()
        if found:
            return found[0]
        for outcome in self._reader.entries_of(session, kind=str(Kind.OUTCOME)):
            body = outcome.body()
            if at(body, "result.child_agent") == agent_id:
                call = str(at(body, "request.call") or "")
                return (
                    next(iter(self._reader.entries_of(session, kind=str(Kind.INTENT), call=call)), None)
                    if call
                    else None
                )
        return None

    def _of(self, session: str, agent_id: str) -> list[Stored]:
        intents = self._reader.entries_of(session, kind=str(Kind.INTENT))
        return [one for one in intents if at(one.body(), "role.agent_id") == agent_id]
