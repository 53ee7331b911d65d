"""`web4 log`: the recorded calls, the newest last; who, what, why and under which rule.

Under each prompt stand the calls that served it. Columns fit the terminal; whatever an agent wrote is shown, not obeyed.
"""

from __future__ import annotations

import time
from itertools import chain, islice

from web4_governance.app import rows
from web4_governance.app.possible import possible, reasons
from web4_governance.app.query import EVERYTHING, check, check_limit, follow, in_lots
from web4_governance.cli import render
from web4_governance.cli.bundle_keys import add_keys, refuse_alone
from web4_governance.cli.find import add_filters, filters_of, open_ledger
from web4_governance.cli.listing import FOLLOWED, Listing
from web4_governance.core.errors import UsageError
from web4_governance.core.record.entry import Kind, at
from web4_governance.core.value import replace
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

    from web4_governance.app.query import Ledger
    from web4_governance.core.record.entry import Stored
    from web4_governance.core.record.r6 import Record

HELP = "list recorded calls"
POLL = 0.5
NOTHING = "no recorded call fits"
MAX_WAITING = 1000
MEASURED = 8  # lots of calls whose columns are measured together
MOST_MENTIONED = 1000  # calls that are counted for a remark


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_filters(parser)
    parser.add_argument(
        "--possible",
        action="store_true",
        help="with `--target`: the calls that could have touched it although none of their deeds names it, and why",
    )
    parser.add_argument(
        "--bundle",
        metavar="[NAME=]FILE",
        action="append",
        default=[],
        help="ask this bundle in place of the ledger; several: all of them at once, each verified first",
    )
    add_keys(parser)
    parser.add_argument("--follow", action="store_true", help="go on: print calls as they are recorded and as they end")
    render.add_formats(parser)


def run(arguments: argparse.Namespace) -> int:
    """List the calls."""
    refuse_alone(arguments)
    if arguments.bundle:
        from web4_governance.cli import log_bundles  # noqa: PLC0415  # loaded only where bundles are asked

        return log_bundles.run(arguments)
    if arguments.follow and arguments.json:
        raise UsageError("`--json` is one document, and following never ends", hint="use `--jsonl`")
    if arguments.possible and (arguments.follow or not arguments.target):
        raise UsageError("`--possible` needs a `--target`, and does not follow")
    with open_ledger(arguments) as ledger:
        filters = filters_of(arguments, ledger)
        check(filters)
        if arguments.possible:
            check_limit(arguments.limit)
            return _possible(ledger, filters, arguments)
        lots, cut = in_lots(ledger.reader, filters, limit=arguments.limit)
        if cut:
            render.remark(f"only the newest {arguments.limit} are shown: `--limit` cut the rest")
        # Of the same snapshot: what is recorded from here on belongs to what follows.
        last = ledger.reader.head().size - 1
        waiting: dict[str, Record] = {}
        listing = Listing(FOLLOWED if arguments.follow else None, last=last)
        lots = _watched(lots, waiting)
        if not render.machine_lots(arguments, (map(rows.call, lot) for lot in lots)):
            shown = _list(ledger, filters, lots, listing, cut=cut)
            if not shown and not arguments.follow:
                render.remark(NOTHING)
        if arguments.follow:
            _follow(ledger, filters, listing, waiting, after=last, jsonl=arguments.jsonl)
        else:
            _mention(ledger, filters)
    return 0


def _watched(lots: Iterable[list[Record]], waiting: dict[str, Record]) -> Iterator[list[Record]]:
    """Give the lots as they are, and keep the calls whose end is still to come."""
    for lot in lots:
        _keep(waiting, open_calls([*waiting.values(), *lot]))
        yield lot


def _keep(waiting: dict[str, Record], found: Mapping[str, Record]) -> None:
    waiting.clear()
    waiting.update(found)


def _list(ledger: Ledger, filters: Filters, lots: Iterator[list[Record]], listing: Listing, *, cut: bool) -> bool:
    """Print calls for people as they are read, with what reviewers signed off between them; say whether there was any.

    Columns are as wide as the first calls need; all that fit into some lots stand as they would if all were known.
    """
    first = [record for lot in islice(lots, MEASURED) for record in lot]
    acts = sign_offs(ledger, filters, after=first[0].reference.idx if cut and first else -1)
    found = bool(first or acts)
    for lot in chain([first], lots):
        due = [act for act in acts if lot and act[0] < lot[-1].reference.idx]
        acts = acts[len(due) :]
        listing.show(lot, acts=due)
    listing.show([], acts=acts)
    return found


def sign_offs(ledger: Ledger, filters: Filters, *, after: int) -> list[tuple[int, int, str]]:
    """Give what reviewers signed off in the time that is listed: place, time and words; nothing where calls are chosen."""
    if filters != Filters(since=filters.since, until=filters.until):
        return []
    acts = ledger.reader.figures.of_ledger(
        (str(Kind.SIGNOFF),), filters.since, filters.until or EVERYTHING, MAX_WAITING
    )
    return [(one.idx, one.ts, _signed(ledger, one)) for one in acts if one.idx > after]


def _signed(ledger: Ledger, stored: Stored) -> str:
    who = ledger.reader.opening(stored.idx, "who")
    by = who if isinstance(who, str) else "(not kept)"
    return f"signed off by {by}: a report over the first {at(stored.body(), 'signoff.size')} entries"


def _possible(ledger: Ledger, filters: Filters, arguments: argparse.Namespace) -> int:
    """List what could have touched the target."""
    more = None if arguments.limit is None else arguments.limit + 1
    every = possible(ledger.reader, filters, newest=more)
    found = every if arguments.limit is None else every[-arguments.limit :]
    if len(found) < len(every):
        render.remark(f"only the newest {len(found)} are shown: `--limit` cut the rest")
    if not render.machine(arguments, (rows.call(one.record, possible=one.reason) for one in found)):
        Listing().show([one.record for one in found], because=[f"perhaps: {one.reason}" for one in found])
        if not found:
            render.remark(NOTHING)
    return 0


def _mention(ledger: Ledger, filters: Filters) -> None:
    """Say how many calls could have touched the target that is asked for, if any is."""
    count = sum(1 for _ in islice(reasons(ledger.reader, filters), MOST_MENTIONED + 1))
    if count:
        some = f"over {MOST_MENTIONED:,}" if count > MOST_MENTIONED else str(count)
        calls = "1 more call" if count == 1 else f"{some} more calls"
        render.remark(f"{calls} could have touched it without naming it: `--possible` lists them")


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
    _keep(waiting, still)
    return ended + news
