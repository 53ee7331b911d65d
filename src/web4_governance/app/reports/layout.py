"""Lays a report out: its sections in their order, each from the document's part of that name."""

from __future__ import annotations

from web4_governance.app.reports.evidence import many
from web4_governance.app.reports.layout_calls import decisions, files, unseen
from web4_governance.app.reports.layout_controls import controls
from web4_governance.app.reports.layout_people import people, policies, usage
from web4_governance.app.reports.layout_trust import trust
from web4_governance.app.reports.layout_verdict import verification
from web4_governance.app.reports.pages import Section, Table, counts, cut, placed, row, told, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Doc = dict[str, Any]

BUNDLE = ("bundle", "ledger", "entries", "extent", "verdict", "root")
COMPARED = ("place", "time", "witnesses", "calls", "agreed", "differences", "silent", "exit")


def sections(doc: Doc) -> tuple[Section, ...]:
    """Give a report's sections, in the order in which they are read."""
    return tuple(part(doc) for part in PARTS if part is not controls or doc["framework"])


def summary(doc: Doc) -> Section:
    """Say what the report is about and what it came to, in a few sentences."""
    bundles = tuple(
        row(
            one["bundle"],
            one["origin"],
            one["entries"],
            "whole" if one["whole"] else "a selection",
            one["verdict"],
            one["root"],
        )
        for one in doc["bundles"]
    )
    tables = (Table(title="Bundles that were read", head=BUNDLE, rows=bundles),) if bundles else ()
    return Section(id="summary", title="Summary", lines=tuple(_summary(doc)), tables=tables)


def _summary(doc: Doc) -> Iterator[str]:
    period, made, ledger, found = doc["period"], doc["made"], doc["ledger"], doc["population"]
    since, until = when(period["since_us"]), when(period["until_us"])
    yield f"From {since} to before {until}; made {when(made['us'])} by {made['by']}."
    if len(doc["bundles"]) > 1:
        yield f"Of {len(doc['bundles'])} bundles with {ledger['size']} entries; each was verified, and they stand below."
    else:
        yield f"Of the ledger {told(ledger['origin'])} with {ledger['size']} entries and the root {ledger['root']}."
    if project := doc["scope"]["project"]:
        yield f"Of calls, only those in the project {told(project)}; entries about no call, tokens and trust are of all."
    if target := doc["scope"]["target"]:
        yield f"Accesses to {told(target)} are listed, beside the calls that could have touched it."
    decided = told({word or "not judged": n for word, n in doc["decisions"]["counts"].items()})
    yield f"{many(found['calls'], 'call')} of {many(found['sessions'], 'session')}: {decided or 'none'}."
    yield (
        f"Calls without an end on record: {found['unclosed']}; first seen at their end: {found['late']}; gaps on record: "
        f"{found['gap_entries']}; calls that could not be seen into whole: {doc['unseen']['either']}."
    )
    said = doc["verification"]
    place = f" at {told(said['place'])}: {told(said['reason'])}" if said.get("place") else ""
    yield f"Verification: {told(said['verdict']) or 'not asked for'}{place}."
    yield "A report is evidence for somebody who judges. It does not say that any requirement is met."


def population(doc: Doc) -> Section:
    """Say what was counted and how complete it is."""
    found = doc["population"]
    gaps = tuple(row(placed(one), when(one["us"]), one["why"], one["tool"], one["text"]) for one in found["gaps"])
    compared = tuple(
        row(placed(one), when(one["us"]), *(one[name] for name in ("by", "calls", "agreed", "found", "silent", "exit")))
        for one in found["reconciliations"]
    )
    none = "" if compared else "None is on record: `web4 reconcile --record` puts one there."
    kinds = tuple(row(*pair) for pair in found["kinds"].items())
    tables = (
        counts("Calls by how they ended", "end", found["statuses"]),
        Table(title="Entries by kind", head=("kind", "entries"), rows=kinds),
        Table(
            title="Gaps on record",
            head=("place", "time", "why", "tool", "says"),
            rows=gaps,
            note=cut(len(gaps), found["gap_entries"]),
        ),
        Table(title="Comparisons with the host's own records", head=COMPARED, rows=compared, note=none),
    )
    lines = tuple(_population(found, joined=bool(found["entries"]) and found["first_place"] < 0))
    return Section(id="population", title="Population and completeness", lines=lines, tables=tables)


def _population(found: Doc, *, joined: bool) -> Iterator[str]:
    between = f"from {when(found['first_us'])} to {when(found['last_us'])}"
    if joined:
        yield f"Entries in the period: {found['entries']}, of {many(found['chains'], 'chain')}, {between}."
        yield "Their places are those of the ledger that each bundle is of; places of a selection do not follow one another."
    elif found["entries"]:
        yield (
            f"Entries in the period: {found['entries']}, of {many(found['chains'], 'chain')}, at the places "
            f"{found['first_place']} to {found['last_place']}, {between}."
        )
    else:
        yield "No entry lies in the period."
    if not joined:
        yield f"Entries between these places with a time outside the period: {found['out_of_order']}."
    if found["broken_chains"] is None:
        yield "Whether a number is missing in a chain cannot be told: a selection leaves entries out."
    else:
        yield (
            f"Chains of the whole ledger in which a number is missing: {found['broken_chains']}; first entries of the ledger "
            f"that are pruned to their hashes: {found['pruned']}."
        )
    yield "A call that no hook saw is in no count here: only a comparison with another witness could show it."


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
