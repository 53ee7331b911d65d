"""How a decision came about, from the words before the call to the rule, and what would lift it.

Read from the record and from the policy that was in force then, not judged anew.
"""

from __future__ import annotations

from web4_governance.app import rows
from web4_governance.core.record.entry import NO_SESSION, Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.app.query import Ledger
    from web4_governance.core.record.r6 import Record

CORE = "core/"
ROW = 6  # of whom, their name, role, dimension, and two bounds
OWN = "nothing in a policy: the gate's own files and commands are the person's, in their own terminal"


def rules_of(ledger: Ledger, record: Record) -> dict[str, dict[str, Any]]:
    """Give the rules of the policy that was in force, by id, each with its layer; empty where it is not kept."""
    found: dict[str, dict[str, Any]] = {}
    for stored in ledger.reader.entries_of(NO_SESSION, kind=str(Kind.POLICY)):
        if at(stored.body(), "rules.policy") != record.rules.policy:
            continue
        document = ledger.reader.opening(stored.idx, "rules.document")
        for layer in _objects(at(document, "layers")):
            for rule in _objects(layer.get("rules")):
                found[str(rule.get("id"))] = {**rule, "layer": layer.get("layer")}
    return found


def as_json(record: Record, rules: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Give the explanation as JSON: the call's row, its deeds, the rules, what would lift the decision."""
    return {
        **rows.call(record),
        "deeds": [
            {
                "effect": found.effect,
                "target": found.resolved or found.target or found.host,
                "place": found.place,
                "command": list(found.argv),
                "via": list(found.via),
                "why": found.why,
                "decision": found.decision,
                "rules": list(found.rules),
            }
            for found in record.request.deeds
        ],
        "rule_texts": {rule: rules.get(rule) for rule in rules_named(record)},
        "lifted_by": lifted_by(record, rules),
        "trust": record.role.trust,
    }


def trust_of(record: Record) -> list[str]:
    """Say what was known of those whom a rule asked about, and up to which entry."""
    said = record.role.trust
    if said is None:
        return []
    behind = ", while the ledger was not read to its end" if said.get("behind") else ""
    found = [f"as of the first {said.get('size')} entries{behind}"]
    for row in _lists(said.get("bounds")):
        _of, who, role, dimension, low, high = row
        known = f"between {low / 1000:.3f} and {high / 1000:.3f}" if isinstance(low, int) else "unknown"
        found.append(f"{who} in {role}: {dimension} {known}")
    return found


def lifted_by(record: Record, rules: dict[str, dict[str, Any]]) -> list[str]:
    """Say what a person could change so that the call would be decided more mildly; nothing where it was allowed."""
    if record.rules.decision == "allow":
        return []
    if any(name.startswith(CORE) for name in record.rules.matched):
        return [OWN]
    found: list[str] = []
    for name in record.rules.matched:
        rule = rules.get(name)
        if name.endswith("/default"):
            found.append(f"a rule of the {name.removesuffix('/default')} policy that allows this call")
        elif rule is not None:
            found.append(_lift(name, rule))
    if any("nobody can be asked" in reason for reason in record.rules.reasons):
        found.append("a permission mode in which the person can be asked")
    return list(dict.fromkeys(found))


def _lift(name: str, rule: dict[str, Any]) -> str:
    layer = rule.get("layer")
    if rule.get("overridable"):
        return f"a matching rule below `{name}`: it is overridable"
    if rule.get("except"):
        return f"being what the `except` of `{name}` names, or a wider one in the {layer} policy"
    if rule.get("origin"):
        return f'`"without": ["{name}"]` in the {layer} policy, or an `except` beside its `match`'
    return f"an `except` beside the `match` of `{name}` in the {layer} policy"


def rules_named(record: Record) -> list[str]:
    """Give the ids of all rules that matched the call or one of its deeds, each once."""
    names = [*record.rules.matched, *(rule for found in record.request.deeds for rule in found.rules)]
    return list(dict.fromkeys(names))


def _lists(found: Any) -> list[list[Any]]:  # noqa: ANN401  # JSON
    return [row for row in found if isinstance(row, list) and len(row) == ROW] if isinstance(found, list) else []


def _objects(found: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # JSON
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
