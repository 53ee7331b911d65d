"""What governing adds to a run of the real client: a scripted one of sixty calls, beside the same run with a `/bin/true` hook.

The client is the pinned one (`make client`), its model a script on loopback (tests/support). A run without hooks, one whose
hooks before and after each call are `/bin/true`, and one that `web4 init` governs alternate; what is given is the wall time
that a call takes more than under `/bin/true`, and how long such a run is.

    python benchmarks/client.py [--rounds N] [--calls N]
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
from pathlib import Path

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests"))

from support.client import Workplace, binary  # noqa: E402  # found by the line above
from support.model_server import ModelServer, call, play, turn  # noqa: E402
from web4_governance.app import native, resident  # noqa: E402
from web4_governance.core.errors import UsageError  # noqa: E402
from web4_governance.core.record.entry import Kind  # noqa: E402
from web4_governance.storage import open_reader  # noqa: E402

EVENTS = ("PreToolUse", "PostToolUse", "PostToolUseFailure")
KINDS = ("bare", "true", "governed")


def prepare(place: Workplace, kind: str) -> str:
    """Give the workplace its hooks; and our home there, empty where it has none."""
    if kind == "true":
        hook = {"matcher": "*", "hooks": [{"type": "command", "command": "/bin/true"}]}
        (place.config / "settings.json").write_text(json.dumps({"hooks": {name: [hook] for name in EVENTS}}))
    if kind != "governed":
        return ""
    home = str(place.home / ".web4")
    environment = {**place.env, "PYTHONPATH": os.path.join(ROOT, "src")}
    command = [sys.executable, "-m", "web4_governance", "init", "--preset", "safety", "--enforce"]
    os.makedirs(home, mode=0o700)
    try:
        native.build(home)
    except UsageError as error:
        print(f"no native client: {error.message}", file=sys.stderr)
    done = subprocess.run(command, cwd=place.project, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"init failed: {done.stderr[-500:]}")
    return home


def run(place: Workplace) -> float:
    begin = time.perf_counter()
    done = place.run(play())
    took = time.perf_counter() - begin
    if done.code != 0:
        sys.exit(f"the client failed: {done.stderr[-500:]}")
    return took


def measure(rounds: int, calls: int, scratch: Path) -> dict[str, list[float]]:
    """Give the seconds of each run, by kind; the first of each is not counted."""
    taken: dict[str, list[float]] = {kind: [] for kind in KINDS}
    script = [turn("", call("Bash", command=f"echo {n}", description="say")) for n in range(calls)]
    with ModelServer({"main": [*script, turn("done")]}) as server:
        places = {kind: Workplace(scratch / kind, server.url) for kind in KINDS}
        homes = {kind: prepare(place, kind) for kind, place in places.items()}
        try:
            for number in range(-1, rounds):
                for kind, place in places.items():
                    took = run(place)
                    if number >= 0:
                        taken[kind].append(took)
        finally:
            resident.stop(homes["governed"])
        with open_reader(homes["governed"]) as reader:
            seen = sum(stored.kind == Kind.INTENT for stored in reader.entries())
    if seen != (rounds + 1) * calls:
        sys.exit(f"{seen} calls are recorded, not {(rounds + 1) * calls}")
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=60)
    arguments = parser.parse_args()
    if not binary():
        print("the real client is not here (`make client`)")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        taken = measure(arguments.rounds, arguments.calls, Path(scratch))
    middles = {kind: statistics.median(times) for kind, times in taken.items()}
    print(f"{'run':12}{'median s':>10}{'ms a call more than /bin/true':>32}")
    for kind, middle in middles.items():
        print(f"{kind:12}{middle:10.2f}{(middle - middles['true']) / arguments.calls * 1e3:32.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
