"""Which records are asked for, and the words of SQL that ask for them.

Not the asking, which is `storage.finding`. A statement that is made of these has the records as `r`.
"""

from __future__ import annotations

from web4_governance.core.record.build import ident
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.storage.database import Cell

MAIN = "main"  # how the agent that is nobody's subagent is asked for; policies call it so too
# SQLite takes an index over some rows only where the statement says in so many words that it wants no others.
STOPPED, FAILED = "r.decision <> 'allow'", "r.status NOT IN ('', 'succeeded')"
# A session's calls stand together in an index of the entries, in their order.
OF_SESSION = "r.idx IN (SELECT s.idx FROM entries s WHERE s.session = ? AND s.kind = 'intent')"
OPEN = "r.idx IN (SELECT o.idx FROM records o INDEXED BY records_open WHERE o.kind = 'intent' AND o.status = '')"


@value
class Filters:
    """Which records are asked for; an empty field asks nothing. Times are microseconds, `until` is exclusive.

    `target` and `project` are globs (`*` crosses `/`); a target that matches must carry `effect` too, where both are given.
    """

    session: str = ""
    project: str = ""
    tool: str = ""
    category: str = ""
    agent: str = ""
    decision: str = ""
    status: str = ""
    effect: str = ""
    target: str = ""
    call: str = ""
    since: int = 0
    until: int = 0


def where_of(filters: Filters) -> tuple[list[str], list[Cell]]:
    """Give the conditions (all have to hold) and their values, in order."""
    where, values = ["r.kind = 'intent'"], list[str | int | bytes | None]()
    agent = ident(filters.agent)
    for column, wanted in (
        ("r.session = ?", ident(filters.session)),
        ("r.tool = ?", filters.tool),
        ("r.call = ?", ident(filters.call)),
        ("r.decision = ?", filters.decision),
        ("fits_project(r.project) AND ? <> ''", filters.project),
        ("instr(r.categories, ' ' || ? || ' ')", filters.category),
        ("r.status = ?", "" if filters.status == "unclosed" else filters.status),
    ):
        if wanted:
            where.append(column)
            values.append(wanted)
    if session := ident(filters.session):
        where.append(OF_SESSION)
        values.append(session)
    if filters.status == "unclosed":
        where.append(OPEN)
    elif filters.status not in ("", "succeeded"):
        where.append(FAILED)
    if filters.decision not in ("", "allow"):
        where.append(STOPPED)
    if filters.agent == MAIN:
        where.append("r.agent_id = ''")
    elif filters.agent:
        where.append("(r.agent_id = ? OR r.agent_type = ?)")
        values += [agent, filters.agent]
    for column, moment in (("r.ts >= ?", filters.since), ("r.ts < ?", filters.until)):
        if moment:
            where.append(column)
            values.append(moment)
    _where_deed(filters, where, values)
    return where, values


def _where_deed(filters: Filters, where: list[str], values: list[Cell]) -> None:
    if filters.target:
        same = " AND t.effect = ?" if filters.effect else ""
        where.append(f"EXISTS(SELECT 1 FROM targets t WHERE t.idx = r.idx AND fits_target(t.target){same})")  # noqa: S608  # ours
        values += [filters.effect] if filters.effect else []
    elif filters.effect:
        where.append("instr(r.effects, ' ' || ? || ' ')")
        values.append(filters.effect)
