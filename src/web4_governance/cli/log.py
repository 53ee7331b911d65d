"""`web4 log`: the recorded calls, the newest last; who, what, why and under which rule.

Under each prompt stand the calls that served it. Columns fit the terminal; whatever an agent wrote is shown, not obeyed.
"""

from __future__ import annotations

import time

from web4_governance.app.query import check, follow
from web4_governance.cli import render, rows, times
from web4_governance.cli.find import add_filters, filters_of, open_ledger
from web4_governance.cli.text import Paint, safe, shorten, terminal_width
from web4_governance.core.errors import UsageError
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from web4_governance.app.query import Ledger
    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.reader import Filters

HELP = "list recorded calls"
POLL = 0.5
MAX_WAITING = 1000
DECISIONS = {"deny": "red", "ask": "magenta", "warn": "yellow"}
STATUSES = {"failed": "red", "denied": "red", "interrupted": "yellow", "unclosed": "yellow", "started": "blue"}
# place, time, who, tool, what (takes what is left), decision, end
CAPS = (7, 8, 9, 11, 12, 7, 12)
CAPS_WIDE = (7, 8, 18, 24, 12, 7, 12)
WIDE = 110
WHAT = 4
# While following, later rows are not known: columns stand where most rows need them.
FOLLOWED = (6, 8, 8, 8, 12, 5, 11)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_filters(parser)
    parser.add_argument("--follow", action="store_true", help="go on: print calls as they are recorded and as they end")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the calls."""
    if arguments.follow and arguments.json:
        raise UsageError("`--json` is one document, and following never ends", hint="use `--jsonl`")
    with open_ledger(arguments) as ledger:
        filters = filters_of(arguments, ledger)
        check(filters)
        found = ledger.query(filters, limit=arguments.limit)
        # Of the same snapshot: what is recorded from here on belongs to what follows.
        last = ledger.reader.head().size - 1
        if found.truncated:
            render.remark(f"only the newest {len(found)} are shown: `--limit` cut the rest")
        listing = Listing(FOLLOWED if arguments.follow else None)
        if not render.machine(arguments, map(rows.call, found)):
            listing.show(found)
        if arguments.follow:
            _follow(ledger, filters, listing, open_calls(found), after=last, jsonl=arguments.jsonl)
    return 0


class Listing:
    """Prints calls for people, under the day, session and prompt that they belong to."""

    def __init__(self, widths: Sequence[int] | None = None) -> None:
        self._fixed = widths
        self._above: tuple[str, str, str | None] | None = None
        self._paint = Paint()

    def show(self, records: Sequence[Record]) -> None:
        """Print some calls."""
        lines = [_cells(record) for record in records]
        total = terminal_width()
        if self._fixed is None:
            widths = render.columns(lines, caps=CAPS if total < WIDE else CAPS_WIDE, flexible=WHAT, total=total)
        else:
            widths = [*self._fixed]
            widths[WHAT] = max(CAPS[WHAT], total - sum(widths) + widths[WHAT] - 2 * (len(widths) - 1))
        for record, line in zip(records, lines, strict=True):
            self._heading(record, total)
            print("  ".join(self._coloured(record, render.cells(line, widths))).rstrip(), flush=True)
            for text in _under(record):
                print(self._paint(shorten(f"{'':<{widths[0]}}  {text}", total), "dim"), flush=True)

    def close(self, record: Record) -> None:
        """Print how an earlier call ended."""
        took = record.resource.duration_us
        after = f" after {times.duration(took)}" if took >= 0 else ""
        print(self._paint(f"{'':<9}#{record.reference.idx} {rows.ending(record)}{after}", "dim"), flush=True)

    def _heading(self, record: Record, total: int) -> None:
        here = (times.day(record.ts), record.session, record.request.prompt)
        if here == self._above:
            return
        if self._above is not None:
            print()
        self._above = here
        day, session, prompt = here
        said = f" · “{safe(prompt)}”" if prompt else ""
        print(self._paint(shorten(f"{day} · session {safe(session)[:8]}{said}", total), "bold"))

    def _coloured(self, record: Record, cells: list[str]) -> list[str]:
        cells[5] = self._paint(cells[5], DECISIONS.get(record.decision, ""))
        cells[6] = self._paint(cells[6], STATUSES.get(record.status, ""))
        return cells


def _cells(record: Record) -> list[str]:
    dry = record.rules.decision != record.rules.answer and record.rules.mode != "enforce"
    status = f"{record.status}!" if record.result.flags else record.status
    return [
        f"#{record.reference.idx}",
        times.clock(record.ts),
        safe(rows.who(record)),
        safe(rows.tool_near(record)),
        safe(rows.what_near(record)),
        f"({record.decision})" if dry else record.decision,
        status,
    ]


def _under(record: Record) -> list[str]:
    """Say under which rule, and why, wherever a rule has spoken or the call was not simply allowed."""
    matched, reasons = record.rules.matched, record.rules.reasons
    if record.decision == "allow" and all(rule.endswith("/default") for rule in matched):
        return []
    because = f": {reasons[0]}" if reasons else ""
    return [safe(f"by {', '.join(matched) or 'no rule'}{because}")]


def open_calls(records: Iterable[Record]) -> dict[str, Record]:
    """Give the calls, by id, whose end is still to come; so many at most that looking at them stays cheap."""
    found = [record for record in records if record.status in ("unclosed", "started")]
    return {record.id: record for record in found[-MAX_WAITING:]}


def _follow(
    ledger: Ledger, filters: Filters, listing: Listing, waiting: dict[str, Record], *, after: int, jsonl: bool
) -> None:
    """Print calls as they come, and again (people: in short) once they end; a status asked for is waited for."""
    wanted, any_status = filters.status, replace(filters, status="")

    def show(record: Record, *, again: bool) -> None:
        if jsonl:
            render.line(rows.call(record))
        elif again and not wanted:
            listing.close(record)
        else:
            listing.show([record])

    while True:
        try:
            time.sleep(POLL)
        except KeyboardInterrupt:
            return
        fresh, after = follow(ledger.reader, any_status, after=after)
        for record, again in _changed(ledger, waiting, fresh):
            if wanted in ("", record.status):
                show(record, again=again)


def _changed(ledger: Ledger, waiting: dict[str, Record], fresh: Iterable[Record]) -> list[tuple[Record, bool]]:
    """Give the calls whose end came since they were last looked at, then the fresh ones; keep `waiting` up to date."""
    looked = [(earlier, ledger.record(earlier.id)) for earlier in waiting.values()]
    ended = [(now, True) for earlier, now in looked if now.status != earlier.status]
    news = [(record, False) for record in fresh]
    still = open_calls([now for _, now in looked] + [record for record, _ in news])
    waiting.clear()
    waiting.update(still)
    return ended + news
