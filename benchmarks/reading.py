"""What reading the ledger costs: entries a second of each export, beside a bare scan of the entries in the same run.

The floor is one `SELECT` over the same entries with one SHA-256 of each. Each export is a process of its own, so that its
peak of memory is its own; `--entries 1000000` is the full size and takes minutes.

    python benchmarks/reading.py [--entries N] [--formats F,F] [--directory DIR]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from ledger import fill, scan

from web4_governance.app.exports.formats import FORMATS

# Says its seconds, its processor seconds and its peak of memory. Linux hands a parent's `ru_maxrss` on, and not its VmHWM.
ONE = """
import resource, sys, time
from web4_governance.app.exports.export import Job, export
from web4_governance.storage.filters import Filters
begin, worked = time.perf_counter(), time.process_time()
job = Job(format=sys.argv[2], file=sys.argv[3], filters=Filters(), times={})
export(sys.argv[1], job, told=lambda *_: None)
seconds, worked = time.perf_counter() - begin, time.process_time() - worked
try:
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(seconds, worked, peak / 1024)
"""


def one(home: str, form: str, file: str) -> tuple[float, float, float]:
    done = subprocess.run([sys.executable, "-c", ONE, home, form, file], capture_output=True, text=True, check=True)
    seconds, worked, peak = map(float, done.stdout.split())
    return seconds, worked, peak


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--formats", default=",".join([*FORMATS, "parquet"]))
    parser.add_argument("--directory", default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.directory) as directory:
        home = os.path.join(directory, "home")
        fill(home, given.entries)
        database = os.path.join(home, "ledger.db")
        for form in given.formats.split(","):
            floor = scan(database)
            file = os.path.join(directory, f"out.{form}")
            seconds, worked, peak = one(home, form, file)
            print(
                f"{form:8} {given.entries / seconds:9,.0f} entries/s, {given.entries / worked:9,.0f} a processor second,"
                f" {seconds / floor:6.1f} x a bare scan ({given.entries / floor:,.0f}/s),"
                f" peak {peak:4.0f} MiB, {os.stat(file).st_size / given.entries:5.0f} bytes an entry"
            )


if __name__ == "__main__":
    main()
