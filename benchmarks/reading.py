"""What reading the ledger costs: entries a second of each export and of a report, beside a bare scan in the same run.

The entries are a year of work. The report is of its third quarter, as a page with a framework's controls; `target` is the same
with every access to a project, and what could have been one. The ledger has a signed head and rows of trust, as one that a gate
wrote has, so that what is new is verified and trust is read as it is kept. The floor is one `SELECT` over the same entries with
one SHA-256 of each. Each export is a process of its own with the ones that help it: its seconds are those on the clock, its
processor seconds those of all of them, its peak that of the largest. `--entries 1000000` is the full size and takes minutes.

    python benchmarks/reading.py [--entries N] [--formats F,F] [--no-console] [--directory DIR]
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
from year import year

from console import pages
from web4_governance.app.anchor import make_key, sign_head, take_in_names
from web4_governance.app.exports.formats import FORMATS
from web4_governance.app.trust import catch_up
from web4_governance.storage.writer import open_writer

REPORT, TARGET = "report", "target"

# Says its seconds, the processor seconds and the peak of memory of itself and of what helped it.
# Linux hands a parent's `ru_maxrss` on, and not its VmHWM.
ONE = """
import resource, sys, time
from web4_governance.app.bundle import write_bundle
from web4_governance.app.exports.export import Job, export
from web4_governance.cli.main import main
from web4_governance.storage.filters import Filters
begin = time.perf_counter()
if sys.argv[2] in ("report", "target"):
    words = ["report", "--home", sys.argv[1], "--since", "2025-07-01", "--until", "2025-10-01", "--framework", "hipaa"]
    more = ["--target", "/srv/project-3/*"] if sys.argv[2] == "target" else []
    assert main([*words, *more, "-o", sys.argv[3], "--format", "html", "--json"]) == 0
elif sys.argv[2] == "bundle":
    write_bundle(sys.argv[1], sys.argv[3])
else:
    job = Job(format=sys.argv[2], file=sys.argv[3], filters=Filters(), times={})
    export(sys.argv[1], job, told=lambda *_: None)
seconds, helped = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
worked = time.process_time() + helped.ru_utime + helped.ru_stime
try:
    peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(seconds, worked, max(peak, helped.ru_maxrss) / 1024)
"""


def one(home: str, form: str, file: str) -> tuple[float, float, float]:
    done = subprocess.run([sys.executable, "-c", ONE, home, form, file], capture_output=True, text=True, check=True)
    seconds, worked, peak = map(float, done.stdout.splitlines()[-1].split())
    return seconds, worked, peak


def settle(home: str) -> None:
    """Fold trust, take in names and sign a head, as the gate does while nobody waits."""
    with open_writer(home, deadline=None) as ledger:
        catch_up(ledger, at_most=2**62)
        ledger.commit()
    take_in_names(home)
    make_key(home)
    sign_head(home, now_us=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--formats", default=",".join([*FORMATS, "parquet", "bundle", REPORT, TARGET]))
    parser.add_argument("--no-console", action="store_true", help="only the exports")
    parser.add_argument("--directory", default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.directory) as directory:
        home = os.path.join(directory, "home")
        fill(home, given.entries, year(given.entries))
        if REPORT in given.formats or TARGET in given.formats:
            settle(home)
        database = os.path.join(home, "ledger.db")
        if not given.no_console:
            pages(home, database, given.entries)
        for form in filter(None, given.formats.split(",")):
            floor = scan(database)
            file = os.path.join(directory, f"out.{form}")
            seconds, worked, peak = one(home, form, file)
            if form in (REPORT, TARGET):
                print(
                    f"{form:8} of a quarter: {seconds:6.1f} s, {worked:.1f} processor seconds,"
                    f" {seconds / floor:6.1f} x a bare scan of the year, peak {peak:4.0f} MiB"
                )
                continue
            print(
                f"{form:8} {given.entries / seconds:9,.0f} entries/s, {given.entries / worked:9,.0f} a processor second,"
                f" {seconds / floor:6.1f} x a bare scan ({given.entries / floor:,.0f}/s),"
                f" peak {peak:4.0f} MiB, {os.stat(file).st_size / given.entries:5.0f} bytes an entry"
            )


if __name__ == "__main__":
    main()
