"""`web4 log`: the recorded calls, the newest last; who, what, why and under which rule.

Under each prompt stand the calls that served it. Columns fit the terminal; whatever an agent wrote is shown, not obeyed.
"""

from __future__ import annotations

import time
from itertools import islice

from web4_governance.app import rows
from web4_governance.app.exports.stream import stream
from web4_governance.app.possible import possible, reasons
from web4_governance.app.query import EVERYTHING, check, check_limit, follow
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
    from collections.abc import Iterable, Sequence

    from web4_governance.app.query import Ledger
    from web4_governance.core.record.entry import Stored
    from web4_governance.core.record.r6 import Record

HELP = "list recorded calls"
POLL = 0.5
NOTHING = "no recorded call fits"
MAX_WAITING = 1000
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
        if arguments.jsonl and arguments.limit is None and not arguments.follow:
            return _stream(ledger, filters)
        found = ledger.query(filters, limit=arguments.limit)
        # Of the same snapshot: what is recorded from here on belongs to what follows.
        last = ledger.reader.head().size - 1
        if found.truncated:
            render.remark(f"only the newest {len(found)} are shown: `--limit` cut the rest")
        if not arguments.follow:
            _mention(ledger, filters)
        listing = Listing(FOLLOWED if arguments.follow else None)
        if not render.machine(arguments, map(rows.call, found)):
            acts = sign_offs(ledger, filters, found, cut=found.truncated)
            listing.show(found, acts=acts)
            if not found and not acts and not arguments.follow:
                render.remark(NOTHING)
        if arguments.follow:
            _follow(ledger, filters, listing, open_calls(found), after=last, jsonl=arguments.jsonl)
    return 0


def sign_offs(ledger: Ledger, filters: Filters, found: Sequence[Record], *, cut: bool) -> list[tuple[int, int, str]]:
    """Give what reviewers signed off in the time that is listed: place, time and words; nothing where calls are chosen."""
    if filters != Filters(since=filters.since, until=filters.until):
        return []
    first = found[0].reference.idx if cut else -1
    acts = ledger.reader.figures.of_ledger(
        (str(Kind.SIGNOFF),), filters.since, filters.until or EVERYTHING, MAX_WAITING
    )
    return [(one.idx, one.ts, _signed(ledger, one)) for one in acts if one.idx > first]


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


def _stream(ledger: Ledger, filters: Filters) -> int:
    """Print all calls as they are read, in memory that their number does not add to."""
    for records in stream(ledger.reader, filters):
        for record in records:
            render.line(rows.call(record))
    _mention(ledger, filters)
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
    waiting.clear()
    waiting.update(still)
    return ended + news
