"""Lays a report out: its sections in their order, each from the document's part of that name."""

from __future__ import annotations

from web4_governance.app.reports.layout_controls import controls
from web4_governance.app.reports.layout_trust import trust
from web4_governance.app.reports.layout_verdict import verification
from web4_governance.app.reports.pages import Section, Table, counts, cut, row, told, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Doc = dict[str, Any]

CALL = ("place", "time", "agent", "tool", "what", "rules", "because", "ended")


def sections(doc: Doc) -> tuple[Section, ...]:
    """Give a report's sections, in the order in which they are read."""
    return tuple(part(doc) for part in PARTS if part is not controls or doc["framework"])


def summary(doc: Doc) -> Section:
    """Say what the report is about and what it came to, in a few sentences."""
    period, found, said = doc["period"], doc["population"], doc["verification"]
    decided = doc["decisions"]["counts"]
    scope = [f"{name}: {told(text)}" for name, text in doc["scope"].items() if text]
    lines = [
        f"From {when(period['since_us'])} to before {when(period['until_us'])}; made {when(doc['made']['us'])} by {doc['made']['by']}.",
        f"Of the ledger {told(doc['ledger']['origin'])} with {doc['ledger']['size']} entries and the root {doc['ledger']['root']}.",
        *([f"Calls are narrowed to {', '.join(scope)}; entries about no call, tokens and trust are not."] if scope else []),
        f"{found['calls']} calls of {found['sessions']} sessions: "
        + (told({word or "not judged": n for word, n in decided.items()}) or "none") + ".",
        f"{found['unclosed']} calls have no end on record, {found['late']} were first seen at their end, "
        f"{found['gap_entries']} gap entries; {doc['unseen']['either']} calls could not be seen into whole.",
        f"Verification: {told(said['verdict']) or 'not asked for'}"
        + (f" at {told(said['place'])}: {told(said['reason'])}" if said.get("place") else "") + ".",
        "A report is evidence for somebody who judges. It does not say that any requirement is met.",
    ]  # fmt: skip
    return Section(id="summary", title="Summary", lines=tuple(lines))


def population(doc: Doc) -> Section:
    """Say what was counted and how complete it is."""
    found = doc["population"]
    lines = [
        f"{found['entries']} entries of {found['chains']} chains lie in the period, at the places {found['first_place']} to "
        f"{found['last_place']}, from {when(found['first_us'])} to {when(found['last_us'])}."
        if found["entries"]
        else "No entry lies in the period.",
        f"{found['out_of_order']} entries between these places have a time outside the period.",
        f"{found['broken_chains']} chains of the whole ledger have a place missing by their numbers; the first "
        f"{found['pruned']} entries of the ledger are pruned to their hashes.",
        "A call that no hook saw is in no count here: only a comparison with another witness could show it.",
    ]
    gaps = tuple(row(one["place"], when(one["us"]), one["why"], one["tool"], one["text"]) for one in found["gaps"])
    compared = tuple(
        row(
            one["place"],
            when(one["us"]),
            one["by"],
            one["calls"],
            one["agreed"],
            one["found"],
            one["silent"],
            one["exit"],
        )
        for one in found["reconciliations"]
    )
    tables = (
        counts("Calls by how they ended", "end", found["statuses"]),
        Table(
            title="Entries by kind", head=("kind", "entries"), rows=tuple(row(*pair) for pair in found["kinds"].items())
        ),
        Table(
            title="Gaps on record",
            head=("place", "time", "why", "tool", "says"),
            rows=gaps,
            note=cut(len(gaps), found["gap_entries"]),
        ),
        Table(
            title="Comparisons with the host's own records",
            head=("place", "time", "witnesses", "calls", "agreed", "differences", "silent", "exit"),
            rows=compared,
            note="" if compared else "None is on record: `web4 reconcile --record` puts one there.",
        ),
    )
    return Section(id="population", title="Population and completeness", lines=tuple(lines), tables=tables)


def decisions(doc: Doc) -> Section:
    """List what was decided and what was stopped."""
    found = doc["decisions"]
    listed = found["listed"]
    rules = tuple(row(one["decision"], one["rule"], one["calls"]) for one in found["rules"])
    policies = tuple(row(one["policy"], one["mode"], one["answer"], one["calls"]) for one in found["policies"])
    asked = tuple(row(one["status"], one["let_through_by"], one["denied_by"], one["calls"]) for one in found["asked"])
    tables = (
        counts("Decisions", "decision", found["counts"]),
        Table(title="Rules that spoke of calls that were not simply allowed", head=("decision", "rule", "calls"), rows=rules,
              note=cut(len(rules), found["rules_in_all"])),
        Table(title="Policies, modes and answers", head=("policy", "mode", "answer", "calls"), rows=policies),
        calls("Denied calls", listed["deny"], found["counts"].get("deny", 0)),
        calls("Calls that were asked about", listed["ask"], found["counts"].get("ask", 0)),
        Table(title="What came of asking", head=("ended", "let through by", "denied by", "calls"), rows=asked),
        counts("Tools", "tool", found["tools"]),
        counts("Agents", "agent", found["agents"]),
        counts("Effects", "effect", found["effects"]),
    )  # fmt: skip
    note = "In the mode `dry-run` a decision was recorded and did not bind; in `off` the gate was switched off by a person."
    return Section(id="decisions", title="Decisions: denied and asked calls", lines=(note,), tables=tables)


def calls(title: str, found: list[Doc], whole: int, *, because: str = "reasons") -> Table:
    """Give a table of calls."""
    rows = tuple(
        row(f"#{one['place']}", when(one["us"]), one["agent"], one["tool"], one["what"], one["rules"], one[because],
            one["status"] + (f" by {one['denied_by']}" if one["denied_by"] else ""))
        for one in found
    )  # fmt: skip
    return Table(title=title, head=CALL, rows=rows, note=cut(len(rows), whole))


def policies(doc: Doc) -> Section:
    """List what came into force."""
    found = doc["policies"]
    rows = tuple(
        row(f"#{one['place']}", when(one["us"]), one["policy"], one["mode"], [": ".join(map(str, pair)) for pair in one["sources"]],
            one["broken"] if one["broken"] else "yes" if one["did_not_load"] else "")
        for one in found["changes"]
    )  # fmt: skip
    before = told(found["in_force_before"]) or "none on record"
    head = ("place", "time", "policy", "mode", "layers", "did not load")
    return Section(id="policies", title="Policy changes", lines=(f"In force before the period: {before}.",),
                   tables=(Table(title="What came into force", head=head, rows=rows),))  # fmt: skip


def people(doc: Doc) -> Section:
    """List what people did."""
    rows = tuple(
        row(f"#{one['place']}", when(one["us"]), one["event"], one["who"], one["what"], one["why"])
        for one in doc["people"]
    )
    lines = (
        "Grants, verdicts, erasures, holds, sign-offs and the gate switched off and on, as people did them at the command line.",
        "Whose name stands here is what the account of the system, or the person, said: it is recorded, and not proved.",
    )
    head = ("place", "time", "act", "who", "what", "why")
    return Section(id="people", title="Who approved, and what people did", lines=lines,
                   tables=(Table(title="Acts on record", head=head, rows=rows),))  # fmt: skip


def files(doc: Doc) -> Section:
    """List what was touched."""
    found = doc["files"]
    rows = tuple(
        row(one["target"], one["calls"], one["read"], one["written"], one["deleted"], one["other"])
        for one in found["targets"]
    )
    lines = (
        "Targets as calls name them, resolved, and behind links: one file may stand here under two names. Hosts and databases too.",
        "At the privacy level `metadata`, and after an erasure, targets are not kept and not in this list.",
    )
    table = Table(title="Most touched", head=("target", "calls", "read", "written", "deleted", "other"), rows=rows,
                  note=cut(len(rows), found["in_all"]))  # fmt: skip
    return Section(id="files", title="Files touched", lines=lines, tables=(table,))


def usage(doc: Doc) -> Section:
    """List what it cost."""
    found = doc["usage"]
    rows = tuple(
        row(one["session"], one["agent"], one["model"], one["messages"], one["input_tokens"], one["output_tokens"],
            one["cache_read_tokens"], one["cache_write_tokens"])
        for one in found["tokens"]
    )  # fmt: skip
    money = tuple(row(one["session"], _dollars(one["micro_usd"])) for one in found["costs"])
    lines = (
        "Tokens of the messages that made recorded calls, as the host counted them; messages without a call are not in it.",
        f"{found['sessions_with_cost']} sessions ended with the host's own count of their cost: {_dollars(found['micro_usd'])} in all.",
    )
    head = ("session", "agent", "model", "messages", "input", "output", "cache read", "cache written")
    tables = (
        Table(title="Tokens", head=head, rows=rows),
        Table(title="Cost", head=("session", "US dollars"), rows=money),
    )
    return Section(id="usage", title="Cost per session and agent", lines=lines, tables=tables)


def _dollars(micro: int) -> str:
    return f"{micro // 1_000_000}.{micro % 1_000_000:06} USD"


def unseen(doc: Doc) -> Section:
    """Say what could not be seen into, and of a target what touched it beside what could have."""
    found = doc["unseen"]
    lines = [
        f"Of {doc['population']['calls']} calls, {found['opaque']} have a part that could not be seen and {found['code_run']} run "
        f"code that their words do not show; together {found['either']}. What those touched may be more than their record names."
    ]
    tools = tuple(row(one["tool"], one["opaque"], one["code_run"], one["either"]) for one in found["tools"])
    tables = [Table(title="By tool", head=("tool", "a part unseen", "code run", "either"), rows=tools)]
    if "target" in found:
        lines.append(
            f"Of {told(found['target'])}: {found['recorded']} calls are recorded that name it, {found['could_have_touched']} "
            "more could have touched it without naming it, each with its reason."
        )
        tables += [
            calls("Recorded accesses", found["accesses"], found["recorded"]),
            calls("Could have touched it", found["could"], found["could_have_touched"], because="why"),
        ]
    return Section(id="unseen", title="Recorded accesses, and what could not be seen into", lines=tuple(lines),
                   tables=tuple(tables))  # fmt: skip


PARTS: tuple[Callable[[Doc], Section], ...] = (
    summary,
    population,
    decisions,
    policies,
    people,
    trust,
    files,
    usage,
    unseen,
    verification,
    controls,
)
