"""Calls for people: a line a call, under the day, session and prompt that it belongs to. What is listed is the caller's.

Columns fit the terminal; whatever an agent wrote is shown, not obeyed.
"""

from __future__ import annotations

import sys

from web4_governance.app import rows, times
from web4_governance.cli import render
from web4_governance.cli.text import Paint, safe, shorten, terminal_width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web4_governance.core.record.r6 import Record

DECISIONS = {"deny": "red", "ask": "magenta", "warn": "yellow"}
STATUSES = {"failed": "red", "denied": "red", "interrupted": "yellow", "unclosed": "yellow", "started": "blue"}
# place, time, who, tool, what (takes what is left), decision, end
CAPS = (10, 8, 9, 11, 12, 7, 12)
CAPS_WIDE = (10, 8, 18, 24, 12, 7, 12)
WIDE = 110
WHAT = 4
# While following, later rows are not known: columns stand where most rows need them.
FOLLOWED = (6, 8, 8, 8, 12, 5, 11)


class Listing:
    """Prints calls for people, under the day, session and prompt that they belong to."""

    def __init__(
        self, widths: Sequence[int] | None = None, *, whose: Mapping[str, str] | None = None, last: int = 0
    ) -> None:
        """Begin; `whose` has by a record's id what stands before its session, `last` is a place that is to fit.

        Without widths those that the first calls need are the others' too.
        """
        self._fixed = widths
        self._last = last
        self._whose = whose or {}
        self._above: tuple[str, str, str | None] | None = None
        self._paint = Paint()

    def show(
        self,
        records: Sequence[Record],
        *,
        because: Sequence[str] = (),
        acts: Sequence[tuple[int, int, str]] = (),
    ) -> None:
        """Print some calls; `because` are remarks under each, `acts` what people did between them: place, time, words."""
        waiting = [*acts]
        lines = [_cells(record) for record in records]
        total = terminal_width()
        widths = self._widths(lines, total)
        for n, (record, line) in enumerate(zip(records, lines, strict=True)):
            while waiting and waiting[0][0] < record.reference.idx:
                self._act(*waiting.pop(0), total)
            self._heading(record, total)
            print("  ".join(self._coloured(record, render.cells(line, widths))).rstrip())
            for text in (*_under(record), *map(safe, because[n : n + 1])):
                print(self._paint(shorten(f"{'':<{widths[0]}}  {text}", total), "dim"))

        for act in waiting:
            self._act(*act, total)
        sys.stdout.flush()  # somebody may be following

    def _widths(self, lines: Sequence[Sequence[str]], total: int) -> list[int]:
        """Give the columns: those that are fixed, or what these lines need, which is fixed from there on."""
        if self._fixed is None:
            caps = CAPS if total < WIDE else CAPS_WIDE
            widths = render.columns(lines, caps=caps, flexible=WHAT, total=total)
            self._fixed = widths if lines else None
        widths = [*(self._fixed or widths)]
        widths[0] = max(widths[0], min(CAPS[0], len(f"#{self._last}")))
        widths[WHAT] = max(CAPS[WHAT], total - sum(widths) + widths[WHAT] - 2 * (len(widths) - 1))
        return widths

    def _act(self, place: int, ts: int, words: str, total: int) -> None:
        """Print what a person did, on a line of its own; the next call stands under its heading again."""
        print(("\n" if self._above is not None else "") + shorten(f"{times.day(ts)} · #{place} {safe(words)}", total))
        self._above = ("", "", None)

    def close(self, record: Record) -> None:
        """Print how an earlier call ended."""
        took = record.resource.duration_us
        after = f" after {times.duration(took)}" if took >= 0 else ""
        print(self._paint(f"{'':<9}#{record.reference.idx} {rows.ending(record)}{after}", "dim"), flush=True)

    def _heading(self, record: Record, total: int) -> None:
        here = (times.day(record.ts), self._whose.get(record.id, "") + record.session, record.request.prompt)
        if here == self._above:
            return
        if self._above is not None:
            print()
        self._above = here
        day, session, prompt = here[0], record.session, here[2]
        said = f" · “{safe(prompt)}”" if prompt else ""
        of = f"{safe(self._whose[record.id])} · " if record.id in self._whose else ""
        print(self._paint(shorten(f"{day} · {of}session {safe(session)[:8]}{said}", total), "bold"))

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
