"""`web4 sessions`: the sessions of the ledger, the latest active last."""

from __future__ import annotations

from collections import Counter

from web4_governance.app.query import read
from web4_governance.cli import render, rows, times
from web4_governance.cli.find import open_ledger, project_glob
from web4_governance.cli.text import Paint, safe, terminal_width
from web4_governance.core.policy.glob import compile_glob
from web4_governance.core.record.entry import NO_SESSION, Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from typing import Any

    from web4_governance.app.query import Ledger

HELP = "list sessions"
HEADER = ("session", "last active", "calls", "denied", "failed", "state", "project")
CAPS = (10, 20, 6, 6, 6, 5, 20)
PROJECT = 6


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--project", default="", metavar="DIR|GLOB", help="in this project: a directory, a name, or a glob"
    )
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="the latest N only")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the sessions."""
    with open_ledger(arguments) as ledger:
        found = [summary(ledger, *known) for known in ledger.reader.sessions() if known[0] != NO_SESSION]
    if arguments.project:
        fits = compile_glob(project_glob(arguments.project)).matches
        found = [row for row in found if row["project"] is not None and fits(row["project"])]
    if 0 < arguments.limit < len(found):
        found = found[-arguments.limit :]
        render.remark(f"only the latest {len(found)} are shown: `--limit` cut the rest")
    if not render.machine(arguments, found):
        _show(found)
    return 0


def summary(ledger: Ledger, session: str, entries: int, first: int, last: int) -> dict[str, Any]:
    """Give one session as a row."""
    reader = ledger.reader
    counts: Counter[str] = Counter()
    decisions: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    agents: set[str] = set()
    project: str | None = None
    agent, state = "", "open"
    for stored in reader.entries(session=session):
        body = stored.body()
        counts[stored.kind] += 1
        agent = agent or str(at(body, "agent") or "")
        agents.add(str(at(body, "role.agent_id") or ""))
        if stored.kind == Kind.INTENT:
            decisions[str(at(body, "rules.decision"))] += 1
            statuses[reader.status_of(session, str(at(body, "request.call"))) or "unclosed"] += 1
            project = project or _project(ledger, stored.idx)
        if stored.kind in (Kind.SESSION, Kind.PROMPT, Kind.INTENT):
            state = "ended" if stored.kind == Kind.SESSION and at(body, "detail") == "end" else "open"
    row = {
        "session": session,
        "agent": agent,
        "project": project,
        "first": times.iso(first),
        "last": times.iso(last),
        "state": state,
        "entries": entries,
        "prompts": counts[str(Kind.PROMPT)],
        "calls": counts[str(Kind.INTENT)],
        "agents": len(agents - {""}),
        "decisions": dict(decisions),
        "statuses": dict(statuses),
    }
    return {name: row[name] for name in rows.SESSION}


def _project(ledger: Ledger, idx: int) -> str | None:
    entry = read(ledger.reader, ledger.reader.entry(idx))
    found = entry.open.get("request.project") if entry is not None else None
    return found if isinstance(found, str) else None


def _show(found: list[dict[str, Any]]) -> None:
    lines = [HEADER, *(_cells(row) for row in found)]
    widths = render.columns(lines, caps=CAPS, flexible=PROJECT, total=terminal_width())
    paint = Paint()
    for n, line in enumerate(lines):
        text = "  ".join(render.cells(line, widths)).rstrip()
        print(paint(text, "dim") if n == 0 else text)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        safe(row["session"])[:8],
        row["last"][:16].replace("T", " "),
        str(row["calls"]),
        str(row["statuses"].get("denied", 0)),
        str(row["statuses"].get("failed", 0)),
        row["state"],
        safe(row["project"] or "(not kept)"),
    )
