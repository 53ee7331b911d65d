"""Every ledger that a test leaves behind, judged again: recorded deeds and facts give the recorded decision, or it is said why not.

Only ledgers that verify: a test that changes one by hand leaves what nobody judged. A ledger without a `policy` entry was written by
the test itself, and is counted apart. Asked for with `make replay`.
"""

from __future__ import annotations

import os
from collections import Counter
from contextlib import closing

from web4_governance.app import replay, simulate
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import Web4Error
from web4_governance.core.record.entry import NO_SESSION, Kind
from web4_governance.storage import Home
from web4_governance.storage.filters import Filters
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path


def homes_below(directory: Path) -> list[str]:
    """The homes with a ledger that a test made."""
    found = []
    for folder, _, files in os.walk(directory, onerror=lambda _: None):
        if "ledger.db" in files:
            found.append(folder)
    return found


def replayed(home: str) -> tuple[Counter[str], list[str]]:
    """Judge every intent again; give how many came to what, and the differences."""
    counts: Counter[str] = Counter()
    differences: list[str] = []
    try:
        if verify_ledger(home).findings:
            return Counter(damaged=1), []
        with closing(open_reader(Home(home))) as reader:
            policies = replay.Policies(reader)
            # A gate writes a `policy` entry before the first call that it judges (policy.md L6).
            judged = any(True for _ in reader.entries_of(NO_SESSION, kind=str(Kind.POLICY)))
            places = simulate.wanted_of(reader, Filters())
            for record, intent in replay.calls(reader, places):
                again = replay.replay(record, intent, policies)
                untold = f":{again.why.replace(' ', '-')}" if str(again.sameness) == "unknown" else ""
                counts[f"{again.sameness}{untold}" if judged else "written-by-the-test-and-judged-by-nobody"] += 1
                if str(again.sameness) == "different":
                    differences.append(f"{home} #{record.reference.idx}: {again.why}")
    except (Web4Error, OSError):
        return Counter(unreadable=1), []
    return counts, differences
