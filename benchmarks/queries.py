"""What a question to a large ledger costs: globs over targets with few and with many answers, beside a scan of all targets.

The ledger's calls touch files, programs, addresses and temporary names in the proportions of a long working life: most
calls some of many thousand source files, some a name that comes once. `--entries 1000000` is the full size.

    python benchmarks/queries.py [--entries N] [--rounds N] [--directory DIR]
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parent))

from typing import TYPE_CHECKING

from ledger import Printer, fill

from support.ledgers import BIRTH_US, Scribe
from web4_governance.app.anchor import take_in_names
from web4_governance.core.value import replace
from web4_governance.storage.filters import Filters
from web4_governance.storage.reader import Reader, open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from web4_governance.core.record.entry import Index

NEWEST, HITS, APPENDS = 100, 1000, 300
SOURCES, PROJECTS = 20_000, 12
# What is asked, and how many answers are wanted: all of few, or the newest of any number.
QUESTIONS = (
    ("a directory that some hundred calls touched", Filters(target="*/patient/*"), HITS),
    ("one file by its whole name", Filters(target="/srv/project-3/src/module-77.py"), HITS),
    ("a name that no call touched", Filters(target="*/never-there/*"), HITS),
    ("two letters behind a dot, rare", Filters(target="*.kt"), HITS),
    ("the newest of very many", Filters(target="*.py"), NEWEST),
    ("the newest of many that are all old", Filters(target="/srv/old/*"), NEWEST),
    ("a directory, written to", Filters(target="*/patient/*", effect="file.write"), HITS),
    ("the newest that were denied", Filters(decision="deny"), NEWEST),
    ("the newest that failed", Filters(status="failed"), NEWEST),
    ("the newest of one tool", Filters(tool="Bash"), NEWEST),
    ("the newest of a rare tool", Filters(tool="NotebookEdit"), NEWEST),
)


class Worker(Printer):
    """Writes calls that touch what an agent touches."""

    def about(self, index: Index, n: int) -> Index:
        chance = random.Random(n)  # the same ledger every time; for nothing secret
        if not index.targets:
            return replace(index, status="failed" if chance.random() < 0.001 else index.status)
        return replace(
            index,
            tool=chance.choices(("Read", "Bash", "Edit", "NotebookEdit"), (500, 300, 200, 0.2))[0],
            decision="deny" if chance.random() < 0.0005 else index.decision,
            targets=tuple(sorted({_target(chance, n) for _ in range(chance.choice((1, 1, 2, 3)))})),
        )


def _target(chance: random.Random, n: int) -> tuple[str, str]:
    effect = chance.choice(("file.read", "file.read", "file.write", "process.execute"))
    kind = chance.random()
    if kind < 0.0015:
        return effect, f"/srv/records/patient/{chance.randrange(400)}.txt"
    if kind < 0.002:
        return effect, f"/srv/app/src/Screen{chance.randrange(50)}.kt"
    if kind < 0.2 and n < 200_000:
        return effect, f"/srv/old/{chance.randrange(5000)}/notes.md"
    if kind < 0.3:
        return effect, f"/tmp/work-{n}-{chance.randrange(10**9):x}/out.log"  # a text
    if kind < 0.35:
        return effect, f"https://docs{chance.randrange(500)}.example.com/page/{chance.randrange(50)}"
    number = int(SOURCES * chance.random() ** 3)
    return effect, f"/srv/project-{number % PROJECTS}/src/module-{number // PROJECTS}.py"


def measured(reader: Reader, filters: Filters, limit: int, rounds: int) -> tuple[float, int]:
    """Give the median milliseconds of a question, and how many answers there were."""
    times, found = [], ()
    for _ in range(rounds):
        begin = time.perf_counter()
        found = reader.find(filters, limit=limit)
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times), len(found)


def scan(path: str) -> float:
    """Give the milliseconds of the floor: SQLite's own GLOB over every target, without an index."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    begin = time.perf_counter()
    connection.execute("SELECT count(*) FROM targets WHERE target GLOB '*/patient/*'").fetchone()
    return (time.perf_counter() - begin) * 1e3


def appends(home: str, rounds: int) -> float:
    """Give the median milliseconds of a call's intent and outcome, durable one after the other in an open ledger."""
    times = []
    with open_writer(home, deadline=None) as writer:
        writer.commit()
        scribe = Scribe(writer, session="appended", start_us=2 * BIRTH_US)
        for n in range(rounds):
            begin = time.perf_counter()
            writer.begin()
            scribe.call(f"appended-{n}", path=f"/srv/appended/{n % 7}")
            writer.commit()
            times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--directory", default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.directory) as directory:
        home = os.path.join(directory, "home")
        fill(home, given.entries, Worker)
        begin = time.perf_counter()
        take_in_names(home)
        print(f"names taken in: {(time.perf_counter() - begin) / given.entries * 1e6:.1f} us an entry")
        report(home, given)
        small = os.path.join(directory, "small")
        fill(small, 1000, Worker)
        few, many = appends(small, APPENDS), appends(home, APPENDS)
        print(f"a call appended, durable: {many:.2f} ms, {many / few:.2f} x what it takes in a ledger of 1,000 entries")


def report(home: str, given: argparse.Namespace) -> None:
    path = os.path.join(home, "ledger.db")
    print(f"{given.entries} entries, {os.stat(path).st_size / given.entries:,.0f} bytes an entry")
    with open_reader(home) as reader:
        for name, filters, limit in QUESTIONS:
            floor = scan(path)
            took, found = measured(reader, filters, limit, given.rounds)
            print(f"{name:45} {found:5} found  {took:8.1f} ms  {took / floor:6.2f} x a scan of all targets")


if __name__ == "__main__":
    main()
