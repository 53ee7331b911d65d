"""What lineage costs: blame of a file with many recorded edits in a large ledger, and settling an Edit with and without it.

The edits are real events, judged and settled by the code that hooks run. What makes the ledger large beside them is rows of
the usual sizes in its tables, not calls: they are no chain and verify as nothing, and are there to be searched among.

    python benchmarks/lineage.py [--edits N] [--lines N] [--entries N] [--check]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sqlite3
import statistics
import sys
import tempfile
import time

from web4_governance.app import run, settle
from web4_governance.app.blame import Who, blame
from web4_governance.app.context import Context
from web4_governance.app.memory import Memory
from web4_governance.app.trace import trace
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import Writer, open_writer

SESSIONS = 20
BATCH = 500
BODY = 900  # bytes of an entry, about what an outcome has
LIMIT_MS = 200.0
BIRTH_US = 1_795_000_000_000_000


class Bench:
    """A governed project in a scratch home, and one file that is edited over and over."""

    def __init__(self, scratch: str, lines: int) -> None:
        self.home = os.path.join(scratch, ".web4")
        os.mkdir(self.home, 0o700)
        with open(os.path.join(self.home, "policy.json"), "w", encoding="utf-8") as file:
            file.write('{"extends":["safety"]}')
        self.project = os.path.join(scratch, "project")
        os.mkdir(self.project)
        self.path = os.path.join(self.project, "big.py")
        self.lines = [f"    value_{n} = compute(argument, {n})" for n in range(lines)]
        self.random = random.Random(20261127)
        self.now = BIRTH_US
        self.memory = Memory()
        self.save()

    def save(self) -> None:
        with open(self.path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.lines) + "\n")

    def settled(self, writer: Writer, name: str, call: int, **fields: object) -> float:
        """Take one event in the writer's transaction; give the milliseconds of recording it."""
        self.now += 1000
        body = {
            "session_id": f"session-{call % SESSIONS}", "cwd": self.project, "transcript_path": "/nonexistent",
            "permission_mode": "default", "hook_event_name": name, "tool_use_id": f"toolu_{call}", "tool_name": "Edit",
        }  # fmt: skip
        context = Context(
            agent="claude-code", home=self.home, now_us=self.now, deadline=time.monotonic() + 60,
            user_home=os.path.dirname(self.project), organisation="/nonexistent", memory=self.memory,
        )  # fmt: skip
        prepared = run.prepare(json.dumps({**body, **fields}).encode(), context)
        begin = time.perf_counter()
        run.record(prepared, writer)
        return (time.perf_counter() - begin) * 1000

    def edit(self, writer: Writer, call: int) -> float:
        """One Edit of one line, through both of its events; give the milliseconds of recording its end."""
        at = self.random.randrange(len(self.lines))
        before = "\n".join(self.lines) + "\n"
        old, new = self.lines[at], f"    value_{at} = edited({call})"
        given = {"file_path": self.path, "old_string": old, "new_string": new}
        self.settled(writer, "PreToolUse", call, tool_input=given)
        hunk = {"oldStart": at + 1, "oldLines": 1, "newStart": at + 1, "newLines": 1, "lines": [f"-{old}", f"+{new}"]}
        self.lines[at] = new
        response = {"filePath": self.path, "oldString": old, "newString": new, "originalFile": before}
        more = {"replaceAll": False, "structuredPatch": [hunk]}
        return self.settled(writer, "PostToolUse", call, tool_input=given, tool_response={**response, **more})


def edits(bench: Bench, count: int) -> list[float]:
    """Record so many edits, some hundred a transaction; give the milliseconds that each outcome took."""
    took: list[float] = []
    with open_writer(bench.home, deadline=None) as writer:
        for call in range(count):
            took.append(bench.edit(writer, call))
            if call % BATCH == BATCH - 1:
                writer.commit()
                writer.begin()
        writer.commit()
    bench.save()
    return took


def without(bench: Bench, count: int) -> list[float]:
    """The same, with an outcome that knows nothing of files; nothing of it is kept."""
    kept = settle._files  # noqa: SLF001  # what is measured
    settle._files = lambda *_: ()  # type: ignore[assignment]  # noqa: SLF001
    try:
        with open_writer(bench.home, deadline=None) as writer:
            return [bench.edit(writer, 10_000_000 + call) for call in range(count)]
    finally:
        settle._files = kept  # noqa: SLF001


def swell(home: str, entries: int) -> int:
    """Put rows of the usual sizes beside the calls, until there are so many entries; give how many there are."""
    database = sqlite3.connect(os.path.join(home, "ledger.db"), isolation_level=None)
    (here,) = database.execute("SELECT count(*) FROM entries").fetchone()
    if entries > here:
        numbers = f"WITH RECURSIVE n(i) AS (SELECT {here} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {entries})"
        kind = "CASE WHEN i % 2 THEN 'outcome' ELSE 'intent' END"
        session, call = "'filler-' || (i / 5000)", "'call-' || (i / 2)"
        database.execute("PRAGMA synchronous=OFF")
        database.execute("BEGIN")
        database.execute(
            f"{numbers} INSERT INTO entries SELECT i, {session}, i % 5000, {kind}, {BIRTH_US} + i, randomblob(32),"
            f" zeroblob({BODY}) FROM n"
        )
        database.execute(
            f"{numbers} INSERT INTO records SELECT i, {session}, {kind}, {BIRTH_US} + i, {call}, 'Edit', '', '', 'allow',"
            " 'succeeded', '/p', ' file_write ', ' file.write ', randomblob(32) FROM n"
        )
        database.execute(
            f"{numbers} INSERT INTO touches SELECT randomblob(32), i, 0, randomblob(32), randomblob(32) FROM n WHERE i % 4 = 1"
        )
        database.execute("COMMIT")
    (found,) = database.execute("SELECT count(*) FROM entries").fetchone()
    database.close()
    return int(found)


def timed(bench: Bench, line: int) -> tuple[float, int]:
    """Ask for a file's (or a line's) blame, opening the ledger too; give milliseconds and how many ranges there were."""
    begin = time.perf_counter()
    with open_reader(bench.home) as reader:
        found = blame(reader, bench.path, line=line)
    took = (time.perf_counter() - begin) * 1000
    assert all(one.who in (Who.CALL, Who.UNKNOWN) for one in found.ranges)
    return took, len(found.ranges)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--edits", type=int, default=2_000)
    parser.add_argument("--lines", type=int, default=1_000)
    parser.add_argument("--entries", type=int, default=50_000)
    parser.add_argument("--check", action="store_true", help="exit 1 where blame takes longer than 200 ms")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bench = Bench(scratch, given.lines)
        took = edits(bench, given.edits)
        plain = without(bench, min(300, given.edits))
        count = swell(bench.home, given.entries)
        whole = [timed(bench, 0) for _ in range(5)]
        one = [timed(bench, 1 + n)[0] for n in range(20)]
        begin = time.perf_counter()
        with open_reader(bench.home) as reader:
            steps = len(trace(reader, bench.path))
        traced = (time.perf_counter() - begin) * 1000
    last = took[-min(300, len(took)) :]
    print(f"{given.edits} edits of a file of {given.lines} lines, {count} entries")
    print(
        f"recording the end of an Edit: {statistics.median(last):.2f} ms, without lineage {statistics.median(plain):.2f} ms"
    )
    print(f"blame of the whole file: {statistics.median(took for took, _ in whole):.1f} ms, {whole[0][1]} ranges")
    print(f"blame of one line: {statistics.median(one):.1f} ms")
    print(f"lineage of the file: {traced:.0f} ms, {steps} changes")
    return 1 if given.check and statistics.median(took for took, _ in whole) > LIMIT_MS else 0


if __name__ == "__main__":
    sys.exit(main())
