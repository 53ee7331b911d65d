"""Every figure about speed in one table, each a ratio taken in one run beside its floor or rival; kept in `results.md`.

What is not here (the client, another tool, a compiler) has no row. Quiet machines give figures that mean something: what else
runs is in all of them.

    python benchmarks/table.py [--rounds N] [--seconds S] [--calls N] [--entries N]
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import client
import hook_latency
import ledger
import resident
import sidebyside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

RESULTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "results.md")
HEAD = ("what", "median", "p99", "ratio", "goal", "beside")
Row = tuple[str, ...]


# What the parts of the resident gate's benchmark stand beside, where that is not a bare interpreter.
BESIDE = {
    "saturated": "bare group commit",
    resident.LOOKUPS: "bare group commit with lookups",
    "memory MB": "MB",
}


def row(name: str, times: list[float], floor: list[float], beside: str, goal: str = "") -> Row:
    """Give a row of times in milliseconds, and their ratio to the floor's."""
    middle, last = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
    return (
        name,
        f"{middle * 1e3:.1f} ms",
        f"{last * 1e3:.1f} ms",
        f"{middle / statistics.median(floor):.2f}",
        goal,
        beside,
    )


def in_process(rounds: int, scratch: str) -> list[Row]:
    """The whole gate in the hook's process."""
    home, project = os.path.join(scratch, "home"), os.path.join(scratch, "project")
    os.mkdir(home, 0o700)
    os.mkdir(project)
    with open(os.path.join(home, "policy.json"), "w", encoding="ascii") as file:
        file.write('{"extends":["safety"],"enforce":true}')
    taken = hook_latency.measure(rounds, home, project)
    goals = {kind: f"≤ {limit:g}" for kind, limit in hook_latency.LIMITS.items()}
    return [
        row(f"in process, {kind}", times, taken["floor"], "bare interpreter", goals.get(kind, ""))
        for kind, times in taken.items()
        if kind != "floor"
    ]


def by_the_gate(arguments: argparse.Namespace, scratch: str) -> list[Row]:
    """What the resident gate comes to."""
    found = resident.measure(arguments, scratch)
    rows = []
    for name, ratio in found.items():
        limit = resident.LIMITS.get(name)
        sign = "≥" if name == "saturated" else "≤"
        beside = BESIDE.get(name, "bare interpreter")
        rows.append((f"resident, {name}", "", "", f"{ratio:.2f}", "" if limit is None else f"{sign} {limit:g}", beside))
    return rows


def of_the_ledger(entries: int, scratch: str) -> list[Row]:
    """Appends, verification beside a bare scan, proofs, bytes."""
    rows = []
    for name, figure, unit in ledger.measure(entries, 32, 3, scratch):
        limit, shown = ledger.LIMITS.get(name), f"{figure:,.{ledger.digits(figure)}f}"
        times = unit == "x"
        goal = "" if limit is None else f"≤ {limit:g}" + ("" if times else f" {unit}")
        beside = f"bare scan with SHA-256, {entries:,} entries" if times else ""
        what = f"ledger, {name.strip(' +')}"
        rows.append((what, "" if times else f"{shown} {unit}", "", shown if times else "", goal, beside))
    return rows


def beside_others(rounds: int, scratch: str) -> list[Row]:
    """Ours first, then the others."""
    taken = sidebyside.measure(rounds, scratch)
    floor = taken[sidebyside.FLOOR]
    rows: list[Row] = [row(f"side by side, {name}", times, floor, "bare interpreter") for name, times in taken.items()]
    absent = [name for name in sidebyside.NAMES if name not in taken]
    return [*rows, *((f"side by side, {name}", "not here, or does not run", "", "", "", "") for name in absent)]


def on_the_client(rounds: int, scratch: str) -> list[Row]:
    """What a governed call adds to a run of the real client."""
    if not client.binary():
        return []
    calls = 60
    taken = client.measure(rounds, calls, Path(scratch))
    middles = {kind: statistics.median(times) for kind, times in taken.items()}
    more = (middles["governed"] - middles["true"]) / calls * 1e3
    ratio = f"{middles['governed'] / middles['true']:.2f}"
    return [
        (
            f"client, {calls} calls governed",
            f"{middles['governed']:.2f} s",
            f"{more:+.1f} ms a call",
            ratio,
            "",
            "/bin/true",
        )
    ]


def machine() -> str:
    """Name the machine by what the figures hang on."""
    model = "unknown processor"
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(text.partition(": ")[2].strip() for text in file if text.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or model
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.release()} {platform.machine()};"
        f" Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def table(rows: list[Row]) -> str:
    """Give the rows as a table of Markdown."""
    widths = [max(len(line[n]) for line in (HEAD, *rows)) for n in range(len(HEAD))]
    lines = [HEAD, tuple("-" * width for width in widths), *rows]
    return "".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |\n"
        for line in lines
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=100_000)
    arguments = parser.parse_args()
    rows: list[Row] = []
    parts: dict[str, Callable[[str], Sequence[Row]]] = {
        "in process": lambda scratch: in_process(arguments.rounds, scratch),
        "resident": lambda scratch: by_the_gate(arguments, scratch),
        "side by side": lambda scratch: beside_others(arguments.rounds, scratch),
        "ledger": lambda scratch: of_the_ledger(arguments.entries, scratch),
        "client": lambda scratch: on_the_client(5, scratch),
    }
    before = os.getloadavg()[0]
    for name, part in parts.items():
        with tempfile.TemporaryDirectory() as scratch:
            try:
                rows += part(scratch)
            except SystemExit as stop:
                print(f"{name}: {stop.code}", file=sys.stderr)
                rows.append((name, "not measured", "", "", "", ""))
    busy = f"load average {before:.1f} before and {os.getloadavg()[0]:.1f} after; over a few tenths, others calculated beside"
    text = (
        "# What it costs\n\nMade by `make bench`: each ratio was taken in one run beside what the last column names, hooks\n"
        f"spawned as a host spawns them.\n\n{machine()}\n{busy}\n\n{table(rows)}"
    )
    with open(RESULTS, "w", encoding="utf-8") as file:
        file.write(text)
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
