"""The closed list of what a report can show for a control: each a sentence from its figures, and the section it stands in.

A control of a framework names these; none says that anything is fulfilled. `some` is false where the period holds none of it,
which is said and left to the reader.
"""

from __future__ import annotations

from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Doc = dict[str, Any]


@value
class Evidence:
    """What a period holds for a query: a sentence, the section to look at, and whether there is any."""

    text: str
    section: str
    some: bool = True


def evidence(query: str, doc: Doc) -> Evidence:
    """Give what a report's figures say to a query."""
    return QUERIES[query](doc)


def many(count: int, what: str) -> str:
    """Give a number with its noun: `1 call`, `2 calls`."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _calls(doc: Doc) -> Evidence:
    found = doc["population"]
    counted = f"{many(found['calls'], 'call')} of {many(found['sessions'], 'session')}"
    text = f"{counted} recorded, each with who, what, when and how it ended"
    return Evidence(text=text, section="population", some=found["calls"] > 0)


def _decisions(doc: Doc) -> Evidence:
    counts = doc["decisions"]["counts"]
    told = ", ".join(f"{word or 'none'} {n}" for word, n in counts.items())
    text = f"each call was judged before it ran: {told}" if counts else "no call was judged"
    return Evidence(text=text, section="decisions", some=bool(counts))


def _stopped(doc: Doc) -> Evidence:
    counts = doc["decisions"]["counts"]
    denied, asked = counts.get("deny", 0), counts.get("ask", 0)
    text = f"{many(denied, 'call')} decided deny and {asked} ask, each with its rule and reason"
    return Evidence(text=text, section="decisions", some=denied + asked > 0)


def _binding(doc: Doc) -> Evidence:
    modes: dict[str, int] = {}
    for row in doc["population"]["judged"]:
        modes[row["mode"] or "unknown"] = modes.get(row["mode"] or "unknown", 0) + row["calls"]
    told = ", ".join(f"{mode} {n}" for mode, n in sorted(modes.items()))
    return Evidence(
        text=f"calls by the mode the policy was in: {told or 'none'}", section="decisions", some=bool(modes)
    )


def _policies(doc: Doc) -> Evidence:
    changes = len(doc["policies"]["changes"])
    text = f"{many(changes, 'change')} of the policy in force on record, each with its digest and text as far as it is kept"
    return Evidence(text=text, section="policies", some=changes > 0)


def _approvals(doc: Doc) -> Evidence:
    grants = sum(act["kind"] == "grant" for act in doc["people"])
    asked = sum(row["calls"] for row in doc["decisions"]["asked"])
    text = f"{many(grants, 'grant')} by a person, and {many(asked, 'call')} asked about, with what came of them"
    return Evidence(text=text, section="people", some=grants + asked > 0)


def _switches(doc: Doc) -> Evidence:
    found = doc["population"]["switches"]
    text = f"the gate switched off: {found['off']}, and on: {found['on']}, each on record"
    return Evidence(text=text, section="people", some=found["off"] > 0)


def _labels(doc: Doc) -> Evidence:
    count = sum(act["kind"] == "label" for act in doc["people"])
    return Evidence(text=f"{many(count, 'verdict')} of people or checks on the work", section="people", some=count > 0)


def _reviews(doc: Doc) -> Evidence:
    count = sum(act["kind"] == "signoff" for act in doc["people"])
    text = f"{many(count, 'report')} signed off in the period; this one can be, with `web4 report sign-off`"
    return Evidence(text=text, section="people", some=count > 0)


def _identities(doc: Doc) -> Evidence:
    agents, documents = len(doc["decisions"]["agents"]), doc["population"]["kinds"].get("identity", 0)
    text = f"{many(agents, 'kind')} of agent; {many(documents, 'identity document')} signed in the period"
    return Evidence(text=text, section="decisions", some=documents > 0)


def _integrity(doc: Doc) -> Evidence:
    found = doc["verification"]
    said = found["verdict"] or "not asked for"
    text = f"the ledger's verification says {said}" + (f", at {found['place']}" if found.get("place") else "")
    return Evidence(text=text, section="verification", some=bool(found["verdict"]))


def _anchors(doc: Doc) -> Evidence:
    found = doc["verification"].get("anchored", [])
    text = f"{many(len(found), 'head')} outside the ledger compared with it"
    return Evidence(text=text, section="verification", some=bool(found))


def _gaps(doc: Doc) -> Evidence:
    found = doc["population"]
    text = (
        f"gaps on record: {found['gap_entries']}, calls first seen at their end: {found['late']},"
        f" calls whose end was not seen: {found['unclosed']}"
    )
    return Evidence(text=text, section="population", some=found["gap_entries"] + found["late"] + found["unclosed"] > 0)


def _reconciled(doc: Doc) -> Evidence:
    count = len(doc["population"]["reconciliations"])
    text = f"{many(count, 'comparison')} with the host's own transcript or telemetry on record"
    return Evidence(text=text, section="population", some=count > 0)


def _unseen(doc: Doc) -> Evidence:
    found = doc["unseen"]
    text = f"{many(found['either'], 'call')} not to be seen into whole, counted beside the others"
    return Evidence(text=text, section="unseen", some=found["either"] > 0)


def _accesses(doc: Doc) -> Evidence:
    found = doc["unseen"]
    if "target" not in found:
        text = "no target was asked for: `--target GLOB` lists every recorded access to it"
        return Evidence(text=text, section="unseen", some=False)
    text = f"{many(found['recorded'], 'call')} on record that touched it, and {found['could_have_touched']} that could have"
    return Evidence(text=text, section="unseen", some=found["recorded"] > 0)


def _files(doc: Doc) -> Evidence:
    count = doc["files"]["in_all"]
    return Evidence(text=f"{many(count, 'target')} touched, with how often and how", section="files", some=count > 0)


def _trust(doc: Doc) -> Evidence:
    count = doc["trust"]["in_all"]
    text = f"measured trust of agents and servers in their roles ({count} in all), with its bounds and its course"
    return Evidence(text=text, section="trust", some=count > 0)


def _usage(doc: Doc) -> Evidence:
    count = len(doc["usage"]["tokens"])
    return Evidence(text=f"tokens by session, agent and model in {many(count, 'row')}", section="usage", some=count > 0)


def _retention(doc: Doc) -> Evidence:
    found = doc["population"]
    text = f"the ledger holds {doc['ledger']['size']} entries, {found['pruned']} of them pruned to their hashes"
    return Evidence(text=text, section="population")


def _erasures(doc: Doc) -> Evidence:
    count = sum(act["kind"] in ("redaction", "prune") for act in doc["people"])
    return Evidence(text=f"erasures and prunings on record: {count}", section="people", some=count > 0)


def _times(doc: Doc) -> Evidence:
    found = doc["population"]
    text = (
        "every entry has the machine's time in microseconds, UTC; entries that lie in the period by place and outside it"
        f" by time: {found['out_of_order']}"
    )
    return Evidence(text=text, section="population", some=found["entries"] > 0)


def _effect(effects: tuple[str, ...], what: str) -> Callable[[Doc], Evidence]:
    def count(doc: Doc) -> Evidence:
        told = doc["decisions"]["effects"]
        each = ", ".join(f"`{effect}` {told[effect]}" for effect in effects if told.get(effect))
        text = f"{what}: {each}" if each else f"{what}: none recorded"
        return Evidence(text=text, section="decisions", some=bool(each))

    return count


QUERIES: dict[str, Callable[[Doc], Evidence]] = {
    "calls": _calls,
    "decisions": _decisions,
    "stopped": _stopped,
    "binding": _binding,
    "policies": _policies,
    "approvals": _approvals,
    "switches": _switches,
    "labels": _labels,
    "reviews": _reviews,
    "identities": _identities,
    "integrity": _integrity,
    "anchors": _anchors,
    "gaps": _gaps,
    "reconciled": _reconciled,
    "unseen": _unseen,
    "accesses": _accesses,
    "files": _files,
    "trust": _trust,
    "usage": _usage,
    "retention": _retention,
    "erasures": _erasures,
    "times": _times,
    "reads": _effect(("file.read", "file.list", "db.read"), "calls that read or list files and databases"),
    "writes": _effect(("file.write", "file.delete", "db.write", "db.drop"), "calls that change or delete files and databases"),
    "secrets": _effect(("secret.read",), "calls that read credentials"),
    "network": _effect(("net.ingress", "net.egress", "code.from-network"), "calls that use the network"),
    "privilege": _effect(("privilege", "system", "persistence"), "calls that use privilege, change the system or would stay"),
    "changes": _effect(("infra.change", "infra.destroy", "vcs.push", "vcs.rewrite"), "calls that change infrastructure or a repository's history"),  # noqa: E501
    "tampering": _effect(("self.tamper",), "calls that turned on the gate itself"),
    "delegation": _effect(("delegate", "agent.instruct"), "calls that hand work to other agents"),
}  # fmt: skip
