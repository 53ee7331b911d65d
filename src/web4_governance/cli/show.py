"""`web4 show ID`: one call whole, by the six parts of its record, or the entries that it is made of."""

from __future__ import annotations

import json

from web4_governance.app import rows, times
from web4_governance.app.query import SHORTEST_LEAF
from web4_governance.cli import render
from web4_governance.cli.find import entry_at, open_ledger, record_of
from web4_governance.cli.text import Paint, safe
from web4_governance.core.errors import UsageError
from web4_governance.core.record.entry import Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from web4_governance.app.query import Ledger
    from web4_governance.core.record.entry import Stored
    from web4_governance.core.record.r6 import Record

HELP = "show one record whole"
MAX_LINES = 40
SIGNED = (
    "since_us", "until_us", "framework", "identity", "size", "root", "report.sha256", "report.bytes", "report.form",
)  # fmt: skip


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("id", metavar="ID", help="its place (`17`), the host's call id, or the beginning of its leaf")
    parser.add_argument("--raw", action="store_true", help="print the entries byte for byte, with their openings")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print one record."""
    with open_ledger(arguments) as ledger:
        try:
            record = record_of(ledger, arguments.id)
        except UsageError:
            record, entries = None, _other_entry(ledger, arguments.id)
            if not entries:
                raise
        if arguments.raw or record is None:
            found = [_raw(ledger, stored) for stored in (entries if record is None else entries_of(ledger, record))]
            if record is None and not arguments.raw and entries[0].kind == Kind.SIGNOFF and not _machine(arguments):
                sign_off(found[0])
            elif not render.machine(arguments, found):
                render.document(found)
        elif not render.one(arguments, dict(record.to_json())):
            show(record)
    return 0


def entries_of(ledger: Ledger, record: Record) -> list[Stored]:
    """Give the entries that a record is made of, in the ledger's order."""
    reader = ledger.reader
    leaves = (record.reference.prompt, record.reference.intent)
    entries = [stored for leaf in leaves if leaf for stored in reader.by_leaf(leaf)]
    entries += reader.entries_of(record.session, kind=str(Kind.WORDS), call=record.request.call)
    entries += reader.outcomes_of(record.reference.idx)
    return sorted(entries, key=lambda stored: stored.idx)


def _other_entry(ledger: Ledger, name: str) -> list[Stored]:
    """Give the one entry, of a kind that is no call, at a place or with the beginning of a leaf."""
    stored = entry_at(ledger, name)
    if stored is None and len(name) < SHORTEST_LEAF:
        return []
    found = (stored,) if stored is not None else ledger.reader.by_leaf(name.lower())
    return [*found] if len(found) == 1 else []


def show(record: Record) -> None:
    """Print a record for people."""
    paint = Paint()
    print(f"{paint(f'#{record.reference.idx}', 'bold')} {safe(rows.tool_near(record))}: {safe(rows.what_near(record))}")
    print(
        f"{times.iso(record.ts)} · {record.decision} · {rows.ending(record)}"
        + (" · first seen late" if record.late else "")
    )
    for title, part in (
        ("Rules", _rules(record)),
        ("Role", _role(record)),
        ("Request", _request(record)),
        ("Reference", _reference(record)),
        ("Resource", _resource(record)),
        ("Result", _result(record)),
    ):
        print(f"\n{paint(title, 'bold')}")
        render.fields((name, safe(text)) for name, text in part)
    if record.erased:
        print(f"\nnot kept, or erased: {safe(', '.join(record.erased))}")


def _rules(record: Record) -> list[tuple[str, str]]:
    rules = record.rules
    answered = f" (answered {rules.answer})" if rules.answer != rules.decision else ""
    limits = [f"{limit.get('key')}: {limit.get('count')} of {limit.get('max')}" for limit in rules.limits]
    return [
        ("decision", f"{rules.decision}{answered}, {rules.mode}"),
        ("rules", ", ".join(rules.matched)),
        *(("because", reason) for reason in rules.reasons),
        ("instead", rules.advice),
        *(("error", error) for error in rules.errors),
        ("limits", ", ".join(limits)),
        ("policy", rules.policy),
    ]


def _role(record: Record) -> list[tuple[str, str]]:
    role = record.role
    peer = role.peer or {}
    forged = " (looks forged)" if peer.get("forged?") else ""
    return [
        ("agent", role.agent),
        ("session", role.session),
        ("who", rows.who(record) + (f" {role.agent_id}" if role.agent_id else "")),
        ("made by", rows.parent_call(record)),
        ("model", role.model or record.resource.model),
        ("mode", role.permission_mode),
        ("reported by", f"process {peer['pid']}{forged}" if "pid" in peer else ""),
    ]


def _request(record: Record) -> list[tuple[str, str]]:
    request = record.request
    mcp = request.mcp or {}
    return [
        ("prompt", request.prompt or ""),
        ("words", request.words or ""),
        ("tool", request.tool),
        ("server", " from ".join(str(mcp[key]) for key in ("name", "source") if mcp.get(key))),
        ("call", request.call),
        ("input", "" if request.input is None else json.dumps(request.input, ensure_ascii=False)),
        ("in", request.cwd or ""),
        ("project", request.project or ""),
        ("categories", ", ".join(request.categories)),
        *(("deed", _deed(found)) for found in request.deeds),
    ]


def _deed(found: Any) -> str:  # noqa: ANN401  # a deed of a record
    rules = f" by {', '.join(found.rules)}" if found.rules else ""
    return f"{rows.deed(found)}: {found.decision}{rules}"


def _reference(record: Record) -> list[tuple[str, str]]:
    reference = record.reference
    before = [f"{str(one.get('leaf'))[:12]} ({one.get('status') or 'unclosed'})" for one in reference.precedents]
    return [
        ("intent", reference.intent),
        ("outcome", reference.outcome),
        ("place", f"entry {reference.idx} of the ledger, {reference.seq} of its session"),
        ("after", reference.prev),
        ("prompt", reference.prompt),
        ("same before", ", ".join(before)),
        ("takes back", ", ".join(leaf[:12] for leaf in reference.reverts)),
    ]


def _resource(record: Record) -> list[tuple[str, str]]:
    resource = record.resource
    measured = " (measured)" if resource.measured else " (estimated)"
    return [
        ("input", _size(resource.input_bytes)),
        ("output", _size(resource.output_bytes)),
        ("duration", times.duration(resource.duration_us) if resource.duration_us >= 0 else ""),
        ("tokens", _counts(resource.tokens) + measured if resource.tokens else ""),
        ("of subagent", _counts(resource.child_tokens)),
    ]


def _size(count: int) -> str:
    return f"{count} bytes" if count >= 0 else ""


def _counts(found: Any) -> str:  # noqa: ANN401  # JSON
    return ", ".join(f"{name.removesuffix('_tokens')} {count}" for name, count in (found or {}).items())


def _result(record: Record) -> list[tuple[str, str]]:
    result = record.result
    authorised = result.authorised_by or {}
    by = " ".join(str(authorised[key]) for key in ("by", "mode", "rule") if authorised.get(key))
    how = f" ({authorised['how']})" if authorised.get("how") else ""
    return [
        ("status", rows.ending(record)),
        ("let through", by + how),
        ("error", result.error_class),
        ("says", _excerpt(result.error)),
        ("output", _excerpt(result.output)),
        *(("file", f"{one.get('path')} {_change(one)}") for one in result.files),
        ("made", f"{result.child_type} {result.child_agent}".strip()),
        ("task", result.task),
        ("flags", ", ".join(result.flags)),
        ("ended", times.iso(result.ts) if result.ts else ""),
    ]


def _excerpt(kept: Any) -> str:  # noqa: ANN401  # JSON
    """Give the beginning of a text that is kept as digest, size and excerpt, or the whole of one that is kept."""
    if isinstance(kept, dict) and isinstance(kept.get("excerpt"), str):
        text = str(kept["excerpt"])
        return text + "…" if len(text) < int(kept.get("size") or 0) else text
    return "" if kept is None else kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False)


def _change(one: dict[str, Any]) -> str:
    before = str(one["before"])[:12] if one.get("before") else "new"
    return f"{before} -> {str(one.get('after'))[:12]}"


def _machine(arguments: argparse.Namespace) -> bool:
    return bool(arguments.json or arguments.jsonl)


def sign_off(found: dict[str, Any]) -> None:
    """Print a reviewer's sign-off for people."""
    body, opened = found["entry"], {name: value for name, (_salt, value) in found["open"].items()}
    said = {name: at(body, f"signoff.{name}") for name in SIGNED}
    since, until = (times.iso(us) if isinstance(us, int) else "" for us in (said["since_us"], said["until_us"]))
    print(f"{Paint()('#' + str(found['idx']), 'bold')} a report was signed off")
    parts = (
        ("by", opened.get("who", "(not kept)")),
        ("account", opened.get("account", "(not kept)")),
        ("identity", said["identity"]),
        ("says", opened.get("note")),
        ("time", times.iso(body["ts"])),
        ("report", f"SHA-256 {said['report.sha256']}, {said['report.bytes']} bytes, {said['report.form']}"),
        ("framework", said["framework"]),
        ("period", f"from {since} to before {until}"),
        ("over", f"the first {said['size']} entries, whose root is {said['root']}"),
        ("leaf", found["leaf"]),
    )
    render.fields((name, safe(str(text or ""))) for name, text in parts)


def _raw(ledger: Ledger, stored: Stored) -> dict[str, Any]:
    opened = {opening.field: [opening.salt.hex(), opening.value] for opening in ledger.reader.openings(stored.idx)}
    return {"idx": stored.idx, "leaf": stored.leaf.hex(), "entry": stored.body(), "open": opened}
