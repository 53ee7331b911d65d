"""What the ledger costs: appends by one writer and by many, verification beside a bare scan, proofs, bytes on disk.

The floor is one `SELECT` over the same entries with one SHA-256 of each, in the same run and the same process; everything
else is a multiple of it. `--entries 1000000` is the full size and takes minutes.

    python benchmarks/ledger.py [--entries N] [--writers N] [--rounds N] [--directory DIR]
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.ledgers import Scribe
from web4_governance.app.bundle import tree_of, verifier_source, write_bundle
from web4_governance.app.verify import verify_ledger
from web4_governance.core.ledger import profile
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.proof import inclusion_proof
from web4_governance.core.ledger.verify import Walk
from web4_governance.storage.lookup import stored
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

BATCH = 1000
MANY = """
import sys
sys.path.insert(0, sys.argv[1])
from support.ledgers import Scribe
from web4_governance.storage.writer import open_writer
for n in range(int(sys.argv[4])):
    with open_writer(sys.argv[2], deadline=None) as writer:
        Scribe(writer, session=sys.argv[3]).call(f"{sys.argv[3]}-{n}")
        writer.commit()
"""


def fill(home: str, entries: int) -> float:
    """Write so many entries about calls in transactions of a thousand; give the seconds."""
    begin = time.perf_counter()
    with open_writer(home, deadline=None) as writer:
        for first in range(0, entries // 2, BATCH // 2):
            scribe = Scribe(writer, session=f"session-{first // 5000}")
            for n in range(first, min(first + BATCH // 2, entries // 2)):
                scribe.call(f"call-{n}")
            writer.commit()
            writer.begin()
    return time.perf_counter() - begin


def scan(database: str) -> float:
    begin = time.perf_counter()
    connection = sqlite3.connect(database)
    for (data,) in connection.execute("SELECT bytes FROM entries ORDER BY idx"):
        hashlib.sha256(data).digest()
    connection.close()
    return time.perf_counter() - begin


def chain_only(database: str) -> float:
    """Hashes, tree and stored leaves, without reading what the entries say."""
    begin = time.perf_counter()
    connection = sqlite3.connect(database)
    tree = Frontier()
    cursor = connection.execute("SELECT bytes, leaf FROM entries ORDER BY idx")
    while rows := cursor.fetchmany(256):
        leaves = profile.leaves(row[0] for row in rows)
        assert leaves == [row[1] for row in rows]
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


def proof_ms(home: str) -> tuple[float, float]:
    """Make ready, once; then the median of one inclusion proof, in milliseconds."""
    begin = time.perf_counter()
    with open_reader(home) as reader:
        size, tree = reader.head().size, tree_of(reader.leaves())
        inclusion_proof(0, size, tree)
        inclusion_proof(size - 1, size, tree)
        ready = time.perf_counter() - begin
        times = []
        for n in range(200):
            begin = time.perf_counter()
            inclusion_proof(n * (size // 200), size, tree)
            times.append(time.perf_counter() - begin)
    return ready * 1000, statistics.median(times) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--directory", default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.directory) as directory:
        home = os.path.join(directory, "home")
        seconds = fill(home, given.entries)
        database = os.path.join(home, "ledger.db")
        print(
            f"{given.entries} entries, one writer, {BATCH} a transaction: {given.entries / seconds:,.0f} entries a second"
        )
        for count in (1, given.writers):
            rate = writers(directory, count, max(200 // count, 4))
            print(
                f"{count} writers, a transaction a call, each its own process: {rate:,.0f} calls a second (start included)"
            )
        size = os.stat(database).st_size
        print(f"on disk: {size / given.entries:,.0f} bytes an entry, with openings and lookups")
        bundle = os.path.join(directory, "b.tar")
        write_bundle(home, bundle)
        rows = {
            "hashes and tree": lambda: chain_only(database),
            "+ chains, calls and the canonical profile (V1-V5, V9)": lambda: profile_steps(home),
            "stand-alone verifier, standard library, with openings": lambda: alone(directory, bundle),
            "web4 verify, every step, with openings and lookups": lambda: _verified(home),
        }
        ratios: dict[str, list[float]] = {name: [] for name in rows}
        for _ in range(given.rounds):
            for name, run in rows.items():
                floor = scan(database)
                ratios[name].append(run() / floor)
        print(f"floor: a bare scan with SHA-256, {scan(database) / given.entries * 1e6:.2f} us an entry")
        for name, found in ratios.items():
            print(f"{statistics.median(found):7.1f} x  {name}")
        ready, one = proof_ms(home)
        print(f"inclusion proof: {one:.3f} ms, after {ready:.0f} ms to read all leaves")


def _verified(home: str) -> float:
    begin = time.perf_counter()
    report = verify_ledger(home)
    assert str(report.verdict) == "UNANCHORED", report.reason
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
