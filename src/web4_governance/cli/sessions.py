"""`web4 sessions`: the sessions of the ledger, the latest active last."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from web4_governance.cli import render, rows, times
from web4_governance.cli.find import open_ledger, project_glob
from web4_governance.cli.text import Paint, safe, terminal_width
from web4_governance.core.policy.glob import compile_glob
from web4_governance.core.record.entry import NO_SESSION, Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from typing import Any

    from web4_governance.app.query import Ledger
    from web4_governance.core.record.entry import Index, Stored

HELP = "list sessions"
HEADER = ("session", "last active", "calls", "denied", "failed", "state", "project")
CAPS = (10, 20, 6, 6, 6, 5, 20)
PROJECT = 6
CHUNK = 256


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
        found = summaries(ledger)
    if arguments.project:
        fits = compile_glob(project_glob(arguments.project)).matches
        found = [row for row in found if row["project"] is not None and fits(row["project"])]
    if 0 < arguments.limit < len(found):
        found = found[-arguments.limit :]
        render.remark(f"only the latest {len(found)} are shown: `--limit` cut the rest")
    if not render.machine(arguments, found):
        _show(found)
    return 0


def summaries(ledger: Ledger) -> list[dict[str, Any]]:
    """Give every session as a row, the latest active last: one pass over the ledger and its lookups."""
    reader = ledger.reader
    counting: dict[str, _Counting] = {}
    for chunk in _chunks(reader.entries()):
        lookups = reader.lookups_between(chunk[0].idx, chunk[-1].idx)
        for stored in chunk:
            counting.setdefault(stored.session, _Counting()).take(stored, lookups.get(stored.idx))
    return [counting[session].row(session, *known) for session, *known in reader.sessions() if session != NO_SESSION]


def _chunks(entries: Iterator[Stored]) -> Iterator[list[Stored]]:
    while chunk := list(islice(entries, CHUNK)):
        yield chunk


class _Counting:
    """What is counted of one session."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.decisions: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.agents: set[str] = set()
        self.project: str | None = None
        self.agent = ""
        self.state = "open"

    def take(self, stored: Stored, lookup: Index | None) -> None:
        """Count one entry."""
        self.kinds[stored.kind] += 1
        self.agent = self.agent or str(at(stored.body(), "agent") or "")
        if stored.kind in (Kind.SESSION, Kind.PROMPT, Kind.INTENT):
            ended = stored.kind == Kind.SESSION and at(stored.body(), "detail") == "end"
            self.state = "ended" if ended else "open"
        if lookup is None:
            return
        self.agents.add(lookup.agent_id)
        if stored.kind == Kind.INTENT:
            self.decisions[lookup.decision] += 1
            self.statuses[lookup.status or "unclosed"] += 1
            self.project = self.project or lookup.project or None

    def row(self, session: str, entries: int, first: int, last: int) -> dict[str, Any]:
        """Give what was counted."""
        row = {
            "session": session,
            "agent": self.agent,
            "project": self.project,
            "first": times.iso(first),
            "last": times.iso(last),
            "state": self.state,
            "entries": entries,
            "prompts": self.kinds[str(Kind.PROMPT)],
            "calls": self.kinds[str(Kind.INTENT)],
            "agents": len(self.agents - {""}),
            "decisions": dict(self.decisions),
            "statuses": dict(self.statuses),
        }
        return {name: row[name] for name in rows.SESSION}


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
