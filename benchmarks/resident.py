"""What a call costs by the resident gate, as ratios to a bare interpreter and to bare group commit of the same run.

Four parts. *One call*: each client spawned the way a host spawns it, a durable record included. *Many*: 32 clients with 5
calls a second each; no call may be lost. *Saturated*: one load program on persistent connections, with the mixed payload
corpus of the tests (its texts come again and again); compared with the ledger's own writer appending the same entries in
commits of the same size, nothing judged, without and with the rows by which entries are found. *Memory* of the gate after
many calls, and whether it is flat.

    python benchmarks/resident.py [--rounds N] [--seconds S] [--calls N] [--check]
"""

from __future__ import annotations

import argparse
import glob
import itertools
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from hook_latency import HOOK, event

from web4_governance.app import frames, native, resident
from web4_governance.core.errors import UsageError
from web4_governance.core.record.entry import Index, Kind, seal
from web4_governance.core.value import replace
from web4_governance.storage import open_reader, open_writer
from web4_governance.storage.database import open_database

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FLOOR = [sys.executable, "-I", "-S", "-c", "pass"]
LIMITS = {"native": 0.35, "native p99": 2.0, "slim": 1.3, "32 clients p99": 4.0, "saturated": 0.5, "memory MB": 80.0}
LOOKUPS = "saturated, lookups"  # no limit, and beside a floor that writes what the gate does
ECHOES = {"echo": (), "echo + commit": ("--commit",)}  # no limit: the least that there can be
CLIENTS = 32
NUMBERS = itertools.count(1)  # of questions: each is a call of its own, in whichever part it is asked
STEPS = 8  # at which the memory is told
WORD = b"b" * frames.WORD


def line(home: str, client: str) -> list[str]:
    options = [
        "-I",
        "-S",
        HOOK,
        "claude-code",
        "--home",
        home,
        "--on-failure=block",
        "--deadline-ms=10000",
        "--resident",
    ]
    return [*([client] if client else []), sys.executable, *options]


def timed(command: list[str], data: bytes) -> float:
    begin = time.perf_counter()
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    took = time.perf_counter() - begin
    if done.returncode != 0:
        sys.exit(f"the hook failed: {done.stderr.decode()}")
    return took


def p99(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.99)]


def one_call(homes: dict[str, str], project: str, client: str, rounds: int) -> tuple[float, dict[str, float]]:
    """Give the floor in seconds, and each way as a ratio to it; what can be least by the same client is measured beside."""
    home = homes["gate"]
    commands = {"floor": FLOOR, "native": line(home, client), "slim": line(home, "")}
    commands |= {name: line(homes[name], client) for name in ECHOES}
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(-20, rounds):
        for place, (name, command) in enumerate(commands.items()):
            took = timed(command, b"" if name == "floor" else event("read", 10 * number + place, project))
            if number >= 0:
                taken[name].append(took)
    floor = statistics.median(taken["floor"])
    found = {name: statistics.median(times) / floor for name, times in taken.items() if name != "floor"}
    return floor, {**found, "native p99": p99(taken["native"]) / floor}


def start_echo(home: str, *more: str) -> subprocess.Popen[bytes]:
    """Start what only answers, and wait until it listens."""
    os.mkdir(home, 0o700)
    script = os.path.join(ROOT, "benchmarks", "echo.py")
    environment = {**os.environ, "PYTHONPATH": os.path.join(ROOT, "src")}
    started = subprocess.Popen([sys.executable, script, home, *more], stdout=subprocess.PIPE, env=environment)
    assert started.stdout is not None
    started.stdout.readline()
    return started


def many(home: str, project: str, client: str, seconds: float) -> dict[str, float]:
    times: list[float] = []
    floors: list[float] = []
    end = time.monotonic() + seconds

    def work(n: int) -> None:
        due = time.monotonic() + n / CLIENTS / 5
        number = 0
        while due < end:
            time.sleep(max(due - time.monotonic(), 0))
            times.append(timed(line(home, client), event("read", 10_000_000 + n * 100_000 + number, project)))
            number += 1
            due += 0.2

    before = counted(home)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        floors.append(timed(FLOOR, b""))
        time.sleep(0.25)
    for thread in threads:
        thread.join()
    lost = len(times) - (counted(home) - before)
    if lost:
        sys.exit(f"{lost} of {len(times)} calls were lost")
    return {"32 clients p99": p99(times) / statistics.median(floors)}


def counted(home: str) -> int:
    with open_reader(home) as reader:
        return sum(stored.kind in (Kind.INTENT, Kind.CANARY) for stored in reader.entries())


def payloads(project: str) -> list[bytes]:
    """The mixed corpus: what the host was recorded to send, and calls of the project's own command corpus."""
    found = []
    for name in sorted(glob.glob(os.path.join(ROOT, "tests/fixtures/claude-code/*.json"))):
        with open(name, "rb") as file:
            found.append(json.loads(file.read()))
    with open(os.path.join(ROOT, "tests/corpus/everyday.jsonl"), encoding="utf-8") as file:
        rows = [json.loads(row) for row in file]
    for row in rows[:60]:
        if "run" in row:
            given = {"command": row["run"]}
            found.append(
                {"session_id": "load", "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_input": given}
            )
    return [json.dumps({**body, "cwd": project, "transcript_path": "/nonexistent"}).encode() for body in found]


def load(home: str, project: str, seconds: float, calls: int) -> float:
    """Keep 32 connections busy; give answered calls a second."""
    bodies = [json.loads(data) for data in payloads(project)]
    fields = {"agent": "claude-code", "home": home, "via": "load", "on-failure": "block", "deadline-ms": "60000"}
    fields |= {"offset-s": "0", "user-home": "/home/dev", "script": HOOK}

    def question() -> bytes:
        number = next(NUMBERS)
        body = dict(bodies[number % len(bodies)], session_id=f"load-{number % 16}")
        if "tool_name" in body:
            body["tool_use_id"] = f"toolu_load_{os.getpid()}_{number}"
        return frames.ask(frames.EVENT, number.to_bytes(frames.WORD, "big"), fields, json.dumps(body).encode())

    selector = selectors.DefaultSelector()
    for _ in range(CLIENTS):
        one = socket.socket(socket.AF_UNIX)
        one.connect(os.path.join(home, "run/gate.sock"))
        one.sendall(question())
        selector.register(one, selectors.EVENT_READ)
    done = 0
    begin = time.monotonic()
    while time.monotonic() - begin < seconds and done < calls:
        for key, _ in selector.select(1):
            answer = key.fileobj.recv(1 << 20)  # type: ignore[union-attr]
            if answer[7:8] != bytes([frames.ANSWERED]):
                sys.exit(f"not answered: {answer[:40]!r}")
            done += 1
            key.fileobj.sendall(question())  # type: ignore[union-attr]
    return done / (time.monotonic() - begin)


def bare(home: str, scratch: str, batch: int, seconds: float, *, lookups: bool = False) -> float:
    """Append the same entries, `batch` to a commit, with nothing judged; give entries a second.

    With `lookups`, each has the rows by which it is found, as the gate's entries have.
    """
    with open_reader(home) as reader:
        held = [
            (stored.body(), reader.openings(stored.idx), index_of(home, stored.idx) if lookups else Index())
            for stored in list(reader.entries())[-2000:]
        ]
    place = os.path.join(scratch, "bare with lookups" if lookups else "bare")
    os.mkdir(place, 0o700)
    done = 0
    with open_writer(place, deadline=None) as writer:
        begin = time.monotonic()
        while time.monotonic() - begin < seconds:
            for _ in range(batch):
                body, openings, index = held[done % len(held)]
                session = str(body["session"])
                seq, prev = writer.tail(session)
                links = body.get("reference")
                plain = {key: item for key, item in body.items() if key not in ("v", "kind", "ts", "session")}
                plain["reference"] = (
                    {k: v for k, v in links.items() if k not in ("seq", "prev")} if isinstance(links, dict) else {}
                )
                sealed = seal(
                    plain, kind=Kind(str(body["kind"])), session=session, ts=1, seq=seq, prev=prev, openings=openings
                )
                if index.identity:  # of a call of its own
                    index = replace(index, identity=os.urandom(32), call=f"toolu_bare_{done}")
                writer.append(sealed, index)
                done += 1
            writer.commit()
            writer.begin()
        return done / (time.monotonic() - begin)


def index_of(home: str, idx: int) -> Index:
    """Give what an entry was indexed by, as its lookups have it; an identity that stands for the one it has."""
    database = open_database(os.path.join(home, "ledger.db"), mode="ro", wait=5)
    try:
        columns = "call, tool, agent_id, agent_type, decision, status, project, categories, effects, same"
        row = database.row(f"SELECT {columns} FROM records WHERE idx = ?", idx) or ("",) * 9 + (b"",)
        targets = database.rows("SELECT effect, target FROM targets WHERE idx = ?", idx)
        once = database.row("SELECT identity FROM once WHERE idx = ?", idx)
    finally:
        database.close()
    call, tool, agent_id, agent_type, decision, status, project, categories, effects = map(str, row[:9])
    return Index(
        identity=bytes(once[0]) if once else b"",
        call=call,
        tool=tool,
        agent_id=agent_id,
        agent_type=agent_type,
        decision=decision,
        status=status,
        project=project,
        categories=tuple(categories.split()),
        effects=tuple(effects.split()),
        targets=tuple((str(effect), str(target)) for effect, target in targets),
        same=bytes(row[9]),
    )


def used(pid: int) -> float:
    """Give the seconds that a process has calculated."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(pid: int) -> float:
    """Give a process's resident memory in MB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(row.split()[1]) for row in file if row.startswith("VmRSS")) / 1024


def wait_for_end(pid: int, most: float = 10.0) -> None:
    """Wait until a process is gone, which still writes where the scratch directory is to be taken away."""
    end = time.monotonic() + most
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < end:
        time.sleep(0.02)


def grown(home: str, project: str, pid: int, done: int, calls: int) -> float:
    """Let the gate answer calls up to a number, saying its memory on the way; give the last, in MB."""
    step = max((calls - done) // STEPS, 1)
    for n in range(STEPS if calls > done else 0):
        load(home, project, 3600, step)
        print(f"memory {memory(pid):.1f} MB after {done + (n + 1) * step} calls", flush=True)
    return memory(pid)


def measure(arguments: argparse.Namespace, scratch: str) -> dict[str, float]:
    home, project = os.path.join(scratch, "home"), os.path.join(scratch, "project")
    os.mkdir(home, 0o700)
    os.mkdir(project)
    with open(os.path.join(home, "policy.json"), "w", encoding="ascii") as file:
        file.write('{"extends":["safety"],"enforce":true}')
    try:
        client = native.build(home)
    except UsageError as error:
        sys.exit(error.message)
    started = resident.start(home)
    if started is None:
        sys.exit("the gate did not start")
    pid = int(started["pid"])
    homes = {"gate": home, **{name: os.path.join(scratch, name.replace(" ", "-")) for name in ECHOES}}
    echoes = [start_echo(homes[name], *more) for name, more in ECHOES.items()]
    try:
        time.sleep(2.5)  # a policy that was written this moment is not relied on
        floor, found = one_call(homes, project, client, arguments.rounds)
        print(f"bare interpreter {floor * 1e3:.2f} ms")
        found |= many(home, project, client, arguments.seconds)
        before = resident.status(home) or {}
        spent = used(pid)
        rate = load(home, project, arguments.seconds, 10**9)
        spent = used(pid) - spent
        after = resident.status(home) or {}
        done = max(int(after["calls"]) - int(before["calls"]), 1)
        size = (int(after["calls"]) - int(before["calls"])) / max(int(after["commits"]) - int(before["commits"]), 1)
        floor_rate = bare(home, scratch, max(round(size), 1), min(arguments.seconds, 5))
        found_rate = bare(home, scratch, max(round(size), 1), min(arguments.seconds, 5), lookups=True)
        print(f"saturated {rate:.0f} calls/s, {size:.1f} a commit; bare group commit {floor_rate:.0f}/s,", end=" ")
        print(f"with the rows by which entries are found {found_rate:.0f}/s")
        print(f"the gate calculates {spent / done * 1e6:.0f} us a call")
        found["saturated"] = rate / floor_rate
        found[LOOKUPS] = rate / found_rate
        middle = memory(pid)
        print(f"memory {middle:.1f} MB after {after['calls']} calls")
        found["memory MB"] = grown(home, project, pid, int(after["calls"]), arguments.calls)
    finally:
        resident.stop(home)
        wait_for_end(pid)
        for one in echoes:
            one.terminate()
            one.wait(10)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--check", action="store_true", help="exit 1 where a ratio misses its limit")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        found = measure(arguments, scratch)
    over = False
    print(f"{'part':18}{'found':>8}{'limit':>8}")
    for name, ratio in found.items():
        limit = LIMITS.get(name)
        missed = limit is not None and (ratio < limit if name == "saturated" else ratio > limit)
        over = over or missed
        said = "" if limit is None else f"{limit:8.2f}"
        print(f"{name:18}{ratio:8.2f}{said}{'  missed' if missed else ''}")
    return 1 if over and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
