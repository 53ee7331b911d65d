"""The sections on people: policies that came into force, what people did and approved, and what it cost."""

from __future__ import annotations

from web4_governance.app.reports.evidence import many
from web4_governance.app.reports.pages import Section, Table, placed, row, told, when

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Doc = dict[str, Any]

TOKENS = {
    "session": "session",
    "agent": "agent",
    "model": "model",
    "messages": "messages",
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_read_tokens": "cache read",
    "cache_write_tokens": "cache written",
}


def policies(doc: Doc) -> Section:
    """List what came into force."""
    found = doc["policies"]
    rows = tuple(
        row(placed(one), when(one["us"]), one["policy"], one["mode"], _layers(one), _broken(one))
        for one in found["changes"]
    )
    before = told(found["in_force_before"]) or "none on record"
    head = ("place", "time", "policy", "mode", "layers", "did not load")
    table = Table(title="What came into force", head=head, rows=rows)
    lines = (f"In force before the period: {before}.",)
    return Section(id="policies", title="Policy changes", lines=lines, tables=(table,))


def _layers(one: Doc) -> list[str]:
    return [": ".join(map(str, pair)) if isinstance(pair, list) else str(pair) for pair in one["sources"]]


def _broken(one: Doc) -> object:
    return one["broken"] or ("yes" if one["did_not_load"] else "")


def people(doc: Doc) -> Section:
    """List what people did."""
    rows = tuple(
        row(placed(one), when(one["us"]), one["event"], one["who"], one["what"], one["why"]) for one in doc["people"]
    )
    lines = (
        "Grants, verdicts, erasures, holds, sign-offs, and the gate switched off and on, as people did them.",
        "A name here is what the account of the system, or the person, said: it is recorded, and not proved.",
    )
    table = Table(title="Acts on record", head=("place", "time", "act", "who", "what", "why"), rows=rows)
    return Section(id="people", title="Who approved, and what people did", lines=lines, tables=(table,))


def usage(doc: Doc) -> Section:
    """List what it cost."""
    found = doc["usage"]
    rows = tuple(row(*(one[name] for name in TOKENS)) for one in found["tokens"])
    money = tuple(row(one["session"], _dollars(one["micro_usd"])) for one in found["costs"])
    lines = (
        "Tokens of the messages that made recorded calls, as the host counted them; messages without a call are not in it.",
        f"The host's own count of cost, of {many(found['sessions_with_cost'], 'session')}: {_dollars(found['micro_usd'])}.",
    )  # fmt: skip
    tables = (
        Table(title="Tokens", head=tuple(TOKENS.values()), rows=rows),
        Table(title="Cost", head=("session", "cost"), rows=money),
    )
    return Section(id="usage", title="Cost per session and agent", lines=lines, tables=tables)


def _dollars(micro: int) -> str:
    return f"{micro // 1_000_000}.{micro % 1_000_000:06} USD"
