"""The sections on calls: what was decided, what was touched, and what could not be seen into."""

from __future__ import annotations

from web4_governance.app.reports.evidence import many
from web4_governance.app.reports.pages import Section, Table, counts, cut, placed, row, told, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Doc = dict[str, Any]

CALL = ("place", "time", "agent", "tool", "what", "rules", "because", "ended")
TOUCHED = ("target", "calls", "read", "written", "deleted", "other")
MODES = (
    "In the mode `dry-run` a decision was recorded and did not bind; in `off` the gate was switched off by a person."
)


def decisions(doc: Doc) -> Section:
    """List what was decided and what was stopped."""
    found, judged = doc["decisions"], doc["population"]["judged"]
    listed, decided = found["listed"], found["counts"]
    rules = tuple(row(one["decision"], one["rule"], one["calls"]) for one in found["rules"])
    policies = tuple(row(one["policy"], one["mode"], one["answer"], one["calls"]) for one in judged)
    asked = tuple(row(one["status"], one["let_through_by"], one["denied_by"], one["calls"]) for one in found["asked"])
    tables = (
        counts("Decisions", "decision", decided),
        Table(
            title="Rules that spoke of calls that were not simply allowed",
            head=("decision", "rule", "calls"),
            rows=rules,
            note=cut(len(rules), found["rules_in_all"]),
        ),
        Table(title="Policies, modes and answers", head=("policy", "mode", "answer", "calls"), rows=policies),
        calls("Denied calls", listed["deny"], decided.get("deny", 0)),
        calls("Calls that were asked about", listed["ask"], decided.get("ask", 0)),
        Table(title="What came of asking", head=("ended", "let through by", "denied by", "calls"), rows=asked),
        counts("Tools", "tool", found["tools"]),
        counts("Agents", "agent", found["agents"]),
        counts("Effects", "effect", found["effects"]),
    )
    return Section(id="decisions", title="Decisions: denied and asked calls", lines=(MODES,), tables=tables)


def calls(title: str, found: list[Doc], whole: int, *, because: str = "reasons") -> Table:
    """Give a table of calls."""
    rows = tuple(
        row(
            placed(one),
            when(one["us"]),
            one["agent"],
            one["tool"],
            one["what"],
            one["rules"],
            one[because],
            one["status"] + (f" by {one['denied_by']}" if one["denied_by"] else ""),
        )
        for one in found
    )
    return Table(title=title, head=CALL, rows=rows, note=cut(len(rows), whole))


def files(doc: Doc) -> Section:
    """List what was touched."""
    found = doc["files"]
    names = "Targets as calls name them, resolved, and behind links: one file may have two names here."
    kept = "At the privacy level `metadata`, and after an erasure, targets are not kept and not in this list."
    shown = cut(len(found["targets"]), found["in_all"])
    as_files = [one for one in found["targets"] if one["read"] or one["written"] or one["deleted"]]
    others = [one for one in found["targets"] if one not in as_files]
    tables = (
        Table(title="Files, the most touched first", head=TOUCHED, rows=tuple(map(_touched, as_files))),
        Table(
            title="Other targets: hosts, packages, branches, servers", head=TOUCHED, rows=tuple(map(_touched, others))
        ),
    )
    lines = (names, kept, *([f"Of the targets, {shown}."] if shown else []))
    return Section(id="files", title="Files touched", lines=lines, tables=tables)


def _touched(one: Doc) -> tuple[str, ...]:
    return row(*(one[name] for name in TOUCHED))


def unseen(doc: Doc) -> Section:
    """Say what could not be seen into, and of a target what touched it beside what could have."""
    found = doc["unseen"]
    of_all = (
        f"Of {many(doc['population']['calls'], 'call')}: with a part that could not be seen {found['opaque']}, running code "
        f"that their words do not show {found['code_run']}, together {found['either']}: these may have touched more."
    )
    lines = [of_all]
    tools = tuple(row(one["tool"], one["opaque"], one["code_run"], one["either"]) for one in found["tools"])
    tables = [Table(title="By tool", head=("tool", "a part unseen", "code run", "either"), rows=tools)]
    if "target" in found:
        recorded, could = found["recorded"], found["could_have_touched"]
        lines.append(
            f"Of {told(found['target'])}: {many(recorded, 'call')} on record that name it; {could} more that could have "
            "touched it without naming it, each with its reason."
        )
        tables.append(calls("Recorded accesses", found["accesses"], recorded))
        tables.append(calls("Could have touched it", found["could"], could, because="why"))
    title = "Recorded accesses, and what could not be seen into"
    return Section(id="unseen", title=title, lines=tuple(lines), tables=tuple(tables))
