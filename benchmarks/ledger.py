"""What the ledger costs: appends by one writer and by many, verification beside a bare scan, proofs, bytes on disk.

The floor is one `SELECT` over the same entries with one SHA-256 of each, in the same run and the same process; everything
else is a multiple of it. `--entries 1000000` is the full size and takes minutes.

    python benchmarks/ledger.py [--entries N] [--writers N] [--rounds N] [--directory DIR]
"""

from __future__ import annotations

import argparse
import hashlib
import marshal
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.ledgers import Scribe
from web4_governance.app.anchor import make_key, sign_head
from web4_governance.app.bundle import verifier_source, write_bundle
from web4_governance.app.held import collect
from web4_governance.app.verify import verify_ledger
from web4_governance.app.verify_apart import FIELDS
from web4_governance.app.verify_incremental import verify_incremental
from web4_governance.core.digest import leaf
from web4_governance.core.ledger import profile
from web4_governance.core.ledger.chain import Chains
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.part import Part
from web4_governance.core.ledger.proof import inclusion_proof
from web4_governance.core.ledger.tile import hash_at
from web4_governance.core.ledger.verify import Walk
from web4_governance.core.record.entry import Index, Kind, Sealed
from web4_governance.core.value import replace
from web4_governance.storage.lookup import stored
from web4_governance.storage.reader import READ, open_reader
from web4_governance.storage.writer import open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.record.keep import Keeper

TWO_CORES = "  the same with two cores"
ALONE = "stand-alone verifier, standard library, with openings"
PROOF = "inclusion proof from tiles"
INCREMENTAL = "web4 verify --incremental after 1,000 new entries"
SESSION = 5000  # calls, and so many a transaction
FILLED = re.compile(rb'"(call|prev|intent|seq|ts)":(?:"[^"]*"|[0-9]+)')
MANY = """
import sys
sys.path.insert(0, sys.argv[1])
from support.ledgers import Scribe
from web4_governance.core.digest import leaf
from web4_governance.core.record.entry import Index
from web4_governance.core.value import replace
from web4_governance.storage.writer import open_writer
for n in range(int(sys.argv[4])):
    with open_writer(sys.argv[2], deadline=None) as writer:
        Scribe(writer, session=sys.argv[3]).call(f"{sys.argv[3]}-{n}")
        writer.commit()
"""


class Printer(Scribe):
    """Writes calls that differ in id, place and time alone, without making each anew: storing them is what takes the time."""

    step_us = 1_000_000  # between two entries
    models = 1  # calls of a session that are made as any; the others are printed like them, in turn
    _made: tuple[tuple[Sealed, Index], ...] = ()

    def append(self, kind: Kind, body: dict[str, Json], keep: Keeper, index: Index | None = None) -> str:
        sealed = self.sealed(kind, body, keep)
        self.writer.append(sealed, index or Index())
        self._made = (*self._made, (sealed, index or Index()))
        return sealed.leaf.hex()

    def about(self, index: Index, n: int) -> Index:  # noqa: ARG002  # for who writes calls of many kinds
        """Say what the entry of call `n` is found by: here what the first of all is found by."""
        return index

    def model(self, n: int) -> None:
        """Make call `n` of a session, one of those that the others are printed like."""
        self.call(f"call-{n}")

    def many(self, calls: range) -> None:
        """Write calls; the first are made as any, the others are printed like them."""
        printed = []
        for n in calls[: self.models]:
            self._made = ()
            self.model(n)
            printed.append([(FILLED.sub(rb'"\1":@\1@', one.data), one, index) for one, index in self._made])
        for n in calls[self.models :]:
            self._print(n, printed[n % len(printed)])

    def _print(self, n: int, texts: list[tuple[bytes, Sealed, Index]]) -> None:
        call, intent = f"call-{n}", ""
        for text, sealed, index in texts:
            self.now += self.step_us
            seq, prev = self.writer.tail(self.session)
            told = {
                "call": f'"{call}"',
                "prev": f'"{prev}"',
                "intent": f'"{intent}"',
                "seq": f"{seq}",
                "ts": f"{self.now}",
            }
            data = text
            for name, what in told.items():
                data = data.replace(b"@%s@" % name.encode(), what.encode())
            one = replace(sealed, seq=seq, ts=self.now, data=data, leaf=leaf(data))
            event = "PostToolUse" if intent else "PreToolUse"
            found = replace(index, identity=self.once(event, call), call=call)
            self.writer.append(one, self.about(found, n))
            intent = one.leaf.hex()


def fill(home: str, entries: int, printer: type[Printer] = Printer) -> float:
    """Write so many entries about calls through the real writer, thousands a transaction, unsynced; give the seconds."""
    begin = time.perf_counter()
    with open_writer(home, deadline=None) as writer:
        writer.commit()
        for setting in ("synchronous=OFF", "cache_size=-400000", "wal_autocheckpoint=20000"):
            writer._database.rows(f"PRAGMA {setting}")  # noqa: SLF001  # no setting of the product
        for first in range(0, entries // 2, SESSION):
            writer.begin()
            printer(writer, session=f"session-{first // SESSION}").many(
                range(first, min(first + SESSION, entries // 2))
            )
            writer.commit()
    return time.perf_counter() - begin


def scan(database: str) -> float:
    begin = time.perf_counter()
    connection = sqlite3.connect(database)
    for (data,) in connection.execute("SELECT bytes FROM entries ORDER BY idx"):
        hashlib.sha256(data).digest()
    connection.close()
    return time.perf_counter() - begin


def chain_only(database: str) -> float:
    """Hashes, sessions' chains, tree and stored leaves; of what the entries say, where they stand."""
    begin = time.perf_counter()
    connection = sqlite3.connect(database)
    tree, chains = Frontier(), Chains()
    cursor = connection.execute("SELECT bytes, leaf FROM entries ORDER BY idx")
    while rows := cursor.fetchmany(READ):
        data = [row[0] for row in rows]
        leaves = profile.leaves(data)
        assert leaves == [row[1] for row in rows]
        for body, leaf_of in zip(orjson.loads(b"[" + b",".join(data) + b"]"), leaves, strict=True):
            assert not chains.follow(body["session"], body["reference"], leaf_of.hex())
        tree = tree.extend(leaves)
    connection.close()
    return time.perf_counter() - begin


def profile_steps(home: str) -> float:
    """V1 to V5 and V9: hashes, chains, tree, and the whole canonical profile."""
    begin = time.perf_counter()
    with open_reader(home) as reader:
        walk = Walk()
        for rows in reader.rows():
            walk.rows(rows, {}, stored)
    assert walk.size
    return time.perf_counter() - begin


def profile_halves(home: str) -> float:
    """The same by two processes, the second half of the entries by the other one, joined."""
    begin = time.perf_counter()
    with open_reader(home) as reader:
        size = reader.head().size
        half = size // 512 * 256
        other = subprocess.Popen([sys.executable, __file__, "--stretch", f"{half}", home], stdout=subprocess.PIPE)
        walk = Walk()
        for rows in reader.rows(until=half):
            walk.rows(rows, {}, stored)
        told = other.stdout.read() if other.stdout else b""
        assert other.wait() == 0
        assert walk.join(Part(**dict(zip(FIELDS, marshal.loads(told), strict=True))))
        walk.step_5_tree(size, reader.head().frontier, reader.head().root)
    assert str(walk.report(holds=(), not_covered=(), notes=()).verdict) == "UNANCHORED"
    return time.perf_counter() - begin


def stretch(home: str, start: int) -> None:
    walk = Walk(apart=start)
    with open_reader(home) as reader:
        for rows in reader.rows(after=start - 1):
            walk.rows(rows, {}, stored)
    part = walk.part()
    assert part is not None
    sys.stdout.buffer.write(marshal.dumps(tuple(getattr(part, name) for name in FIELDS)))


def after_a_thousand(home: str) -> float:
    """Verify what came after a head: 1,000 entries; the median of five, in milliseconds."""
    make_key(home)
    sign_head(home, now_us=1)
    with open_writer(home, deadline=None) as writer:
        Printer(writer, session="after").many(range(10**9, 10**9 + 500))
        writer.commit()
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        report = verify_incremental(home, lambda reader, newest: collect(reader, newest=newest))
        times.append(time.perf_counter() - begin)
    assert str(report.verdict) == "UNANCHORED", report.reason
    return statistics.median(times) * 1000


def alone(directory: str, bundle: str) -> float:
    file = Path(directory) / "verify.py"
    file.write_text(verifier_source())
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-S", file, bundle], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def writers(directory: str, count: int, each: int) -> float:
    """So many processes that append at once, a transaction a call; give calls a second of all of them."""
    home = os.path.join(directory, f"writers-{count}")
    with open_writer(home, deadline=None) as writer:
        writer.commit()
    tests = str(Path(__file__).parents[1] / "tests")
    begin = time.perf_counter()
    running = [subprocess.Popen([sys.executable, "-c", MANY, tests, home, f"s-{n}", str(each)]) for n in range(count)]
    assert [process.wait() for process in running] == [0] * count
    return count * each / (time.perf_counter() - begin)


def grouped(directory: str, calls: int, each: int) -> float:
    """One writer, so many calls a transaction, each transaction durable; give calls a second."""
    home = os.path.join(directory, "grouped")
    with open_writer(home, deadline=None) as writer:
        writer.commit()
        scribe = Printer(writer, session="grouped")
        begin = time.perf_counter()
        for first in range(0, calls, each):
            writer.begin()
            scribe.many(range(first, first + each))
            writer.commit()
        return calls / (time.perf_counter() - begin)


def proof_ms(home: str) -> tuple[float, float]:
    """The median and the longest time of one inclusion proof out of the stored tiles, in milliseconds."""
    with open_reader(home) as reader:
        size, times = reader.head().size, []
        for n in range(200):
            begin = time.perf_counter()
            inclusion_proof(n * (size // 200), size, lambda level, index: hash_at(reader.hashes, level, index))
            times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000, max(times) * 1000


# What is asked of each, and in what unit: multiples of the bare scan ("x"), milliseconds, or nothing.
LIMITS = {"hashes, chains and tree": 3.5, TWO_CORES: 5, ALONE: 16, PROOF: 5, INCREMENTAL: 100}
Figure = tuple[str, float, str]  # what, how much, of which unit


def measure(entries: int, count: int, rounds: int, directory: str) -> list[Figure]:
    """Fill a ledger below a directory and measure everything once, the multiples as medians of rounds."""
    home = os.path.join(directory, "home")
    seconds = fill(home, entries)
    database = os.path.join(home, "ledger.db")
    found: list[Figure] = [
        (f"{entries:,} entries by one writer, {2 * SESSION} a transaction, unsynced", entries / seconds, "a second")
    ]
    for several in (1, count):
        name = f"{several} writer{'s' * (several > 1)}, a transaction a call, each its own process, start included"
        found.append((name, writers(directory, several, max(200 // several, 4)), "calls a second"))
    found.append(("1 writer, 32 calls a transaction", grouped(directory, 1600, 32), "calls a second"))
    size = os.stat(database).st_size
    found.append(("on disk, with openings and lookups", size / entries, "bytes an entry"))
    bundle = os.path.join(directory, "b.tar")
    write_bundle(home, bundle)
    rows = {
        "hashes, chains and tree": lambda: chain_only(database),
        "+ chains, calls and the canonical profile (V1-V5, V9)": lambda: profile_steps(home),
        TWO_CORES: lambda: profile_halves(home),
        ALONE: lambda: alone(directory, bundle),
        "web4 verify, every step, with openings and lookups": lambda: _verified(home),
    }
    ratios: dict[str, list[float]] = {name: [] for name in rows}
    for _ in range(rounds):
        for name, run in rows.items():
            floor = scan(database)
            ratios[name].append(run() / floor)
    found.append(("floor: a bare scan with SHA-256", scan(database) / entries * 1e6, "us an entry"))
    found += [(name, statistics.median(taken), "x") for name, taken in ratios.items()]
    one, longest = proof_ms(home)
    return [
        *found,
        (PROOF, one, "ms"),
        ("  the longest of 200", longest, "ms"),
        (INCREMENTAL, after_a_thousand(home), "ms"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--directory", default=None)
    parser.add_argument("--stretch", type=int, default=-1, help=argparse.SUPPRESS)
    parser.add_argument("home", nargs="?", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.stretch >= 0:
        stretch(given.home, given.stretch)
        return
    with tempfile.TemporaryDirectory(dir=given.directory) as directory:
        for name, figure, unit in measure(given.entries, given.writers, given.rounds, directory):
            goal = f"  (at most {LIMITS[name]:g})" if name in LIMITS else ""
            print(f"{figure:12,.{digits(figure)}f} {unit:14} {name}{goal}")


def digits(figure: float) -> int:
    """Give how many digits of a figure mean something."""
    return 2 if figure < 10 else 1 if figure < 100 else 0  # three in all


def _verified(home: str) -> float:
    begin = time.perf_counter()
    report = verify_ledger(home)
    assert str(report.verdict) == "UNANCHORED", report.reason
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
