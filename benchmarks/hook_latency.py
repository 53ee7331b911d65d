"""What one hook call costs, as a ratio to a bare interpreter of the same run.

The whole gate in one process, spawned the way a host spawns it (exec form, event on stdin), durable record included:
a call without a shell command, a call with one, and an outcome. Commands alternate, so that noise hits all alike; every
call is a new one with an id of its own, in a ledger that already holds some history.

    python benchmarks/hook_latency.py [--rounds N] [--check]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from web4_governance.app import packing

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOOK = os.path.join(ROOT, "src", "web4_governance", "hook.py")
LIMITS = {"read": 5.0, "bash": 8.0}


def event(kind: str, number: int, project: str) -> bytes:
    """Give a call that is unlike those of other numbers: a process that stays keeps what equal ones came to."""
    body: dict[str, object] = {
        "session_id": "bench",
        "transcript_path": "/nonexistent/transcript.jsonl",
        "cwd": project,
        "permission_mode": "default",
        "hook_event_name": "PostToolUse" if kind == "outcome" else "PreToolUse",
        "tool_use_id": f"toolu_{'read' if kind == 'outcome' else kind}_{number}",
        "tool_name": "Bash" if kind == "bash" else "Read",
        "tool_input": {"file_path": f"{project}/src/a{number}.py"},
    }
    if kind == "bash":
        body["tool_input"] = {
            "command": f"git status && ls -la src/a{number} | head -n 5",
            "description": "look around",
        }
    if kind == "outcome":
        body["tool_response"] = {"type": "text", "file": {"content": "x = 1\n"}}
        body["duration_ms"] = 12
    return json.dumps(body).encode()


def timed(command: list[str], data: bytes) -> float:
    begin = time.perf_counter()
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    took = time.perf_counter() - begin
    if done.returncode != 0:
        sys.exit(f"the hook failed: {done.stderr.decode()}")
    return took


def measure(rounds: int, home: str, project: str) -> dict[str, list[float]]:
    line = [
        sys.executable,
        "-I",
        "-S",
        HOOK,
        "claude-code",
        "--home",
        home,
        "--on-failure=block",
        "--deadline-ms=10000",
    ]
    packing.pack()  # as `web4 init` does
    floor = [sys.executable, "-I", "-S", "-c", "pass"]
    taken: dict[str, list[float]] = {"floor": [], "read": [], "bash": [], "outcome": []}
    for number in range(-5, rounds):  # the first five warm the caches
        for kind, times in taken.items():
            command, data = (floor, b"") if kind == "floor" else (line, event(kind, number, project))
            took = timed(command, data)
            if number >= 0:
                times.append(took)
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--check", action="store_true", help="exit 1 where a ratio is over its limit")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home, project = os.path.join(scratch, "home"), os.path.join(scratch, "project")
        os.mkdir(home, 0o700)
        os.mkdir(project)
        with open(os.path.join(home, "policy.json"), "w", encoding="ascii") as file:
            file.write('{"extends":["safety"],"enforce":true}')
        taken = measure(arguments.rounds, home, project)
    floor = statistics.median(taken["floor"])
    print(f"{'call':10}{'median ms':>12}{'p99 ms':>10}{'ratio':>8}{'limit':>8}")
    over = False
    for kind, times in taken.items():
        ratio = statistics.median(times) / floor
        limit = LIMITS.get(kind)
        over = over or (limit is not None and ratio > limit)
        p99 = sorted(times)[int(len(times) * 0.99)]
        print(
            f"{kind:10}{statistics.median(times) * 1e3:12.1f}{p99 * 1e3:10.1f}{ratio:8.2f}"
            f"{'' if limit is None else format(limit, '.1f'):>8}"
        )
    return 1 if over and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
