"""What a hook costs from its spawn to its reply, beside other tools' hooks on the same event in the same run.

Each is run as its own installer writes it into the host's settings, in a home of its own, with what it ships: our resident gate
by the native client, by the slim client, and the whole gate in the hook's process; then cc-safety-net, nah and vectimus, as far
as `make rivals` could install them (vectimus needs Python 3.12). Ours writes a durable record of each call, the others judge.

    python benchmarks/sidebyside.py [--rounds N] [--install]
"""

from __future__ import annotations

import argparse
import glob
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from hook_latency import HOOK, ROOT, event

from web4_governance.app import native, packing, resident
from web4_governance.core.errors import UsageError

RIVALS = os.path.join(ROOT, ".cache", "rivals")
NAH, VECTIMUS, SAFETY_NET = "nah==0.11", "vectimus==0.22.2", "cc-safety-net@2.4.5"
FLOOR = "bare interpreter"
NAMES = ("cc-safety-net", "nah", "vectimus")


def install() -> None:
    """Install the others below `.cache/rivals`, each in a place of its own; what cannot be installed is left out."""
    os.makedirs(RIVALS, exist_ok=True)
    newer = next(filter(None, map(shutil.which, ("python3.14", "python3.13", "python3.12"))), "")
    newer = os.environ.get("RIVALS_PYTHON", newer)
    for python, package in ((sys.executable, NAH), (newer, VECTIMUS)):
        place = os.path.join(RIVALS, package.partition("=")[0])
        if python and not os.path.exists(place):
            subprocess.run([python, "-m", "venv", place], check=True)
            subprocess.run([f"{place}/bin/python", "-m", "pip", "install", "--quiet", package], check=False)
    if shutil.which("npm") and not os.path.exists(os.path.join(RIVALS, "node_modules")):
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        subprocess.run(["npm", "install", "--prefix", RIVALS, *quiet, SAFETY_NET], check=False)


def others() -> dict[str, list[str]]:
    """Give the commands of those that are installed."""
    script = os.path.join(RIVALS, "node_modules/cc-safety-net/dist/bin/cc-safety-net.js")
    found = {
        "cc-safety-net": [shutil.which("node") or "", script, "hook", "--claude-code"],
        "nah": [os.path.join(RIVALS, "nah/bin/python"), "-m", "nah.hook"],
        "vectimus": [os.path.join(RIVALS, "vectimus/bin/vectimus"), "hook", "--source", "claude-code"],
    }
    there = {
        "cc-safety-net": os.path.exists(script) and bool(found["cc-safety-net"][0]),
        "nah": bool(glob.glob(os.path.join(RIVALS, "nah/lib/*/site-packages/nah/hook.py"))),
        "vectimus": os.path.exists(found["vectimus"][0]),
    }
    return {name: command for name, command in found.items() if there[name]}


def ours(home: str, client: str) -> dict[str, list[str]]:
    """Give our own commands, the quickest first."""
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
    asking = [*line, "--resident"]
    return {**({"native client": [client, *asking]} if client else {}), "slim client": asking, "in process": line}


def timed(command: list[str], data: bytes, environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    done = subprocess.run(command, input=data, capture_output=True, check=False, env=environment)
    took = time.perf_counter() - begin
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stderr.decode()[-300:]}")
    return took


def measure(rounds: int, scratch: str) -> dict[str, list[float]]:
    """Give the seconds of each, by name; commands alternate, so that noise hits all alike."""
    packing.pack()  # as `web4 init` does
    home, project = os.path.join(scratch, "home"), os.path.join(scratch, "project")
    os.mkdir(home, 0o700)
    os.mkdir(project)
    with open(os.path.join(home, "policy.json"), "w", encoding="ascii") as file:
        file.write('{"extends":["safety"],"enforce":true}')
    try:
        client = native.build(home)
    except UsageError as error:
        print(f"no native client: {error.message}", file=sys.stderr)
        client = ""
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": scratch, "LANG": "C.UTF-8"}
    commands = {**ours(home, client), FLOOR: [sys.executable, "-I", "-S", "-c", "pass"], **others()}
    if resident.start(home) is None:
        sys.exit("the gate did not start")
    try:
        time.sleep(2.5)  # a policy that was written this moment is not relied on
        commands = {name: command for name, command in commands.items() if _runs(name, command, environment, project)}
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(-3, rounds):
            for place, (name, command) in enumerate(commands.items()):
                data = b"" if name == FLOOR else event("bash", 100 * number + place + 1_000, project)
                took = timed(command, data, environment)
                if number >= 0:
                    taken[name].append(took)
    finally:
        resident.stop(home)
        if "vectimus" in commands:  # its hook starts a process that stays
            stop = [commands["vectimus"][0], "daemon", "stop"]
            subprocess.run(stop, env=environment, capture_output=True, check=False)
    return taken


def _runs(name: str, command: list[str], environment: dict[str, str], project: str) -> bool:
    """Say whether another tool's hook runs at all here; ours have to."""
    if name not in others():
        return True
    done = subprocess.run(
        command, input=event("bash", 0, project), capture_output=True, check=False, env=environment, timeout=60
    )
    if done.returncode != 0:
        print(f"{name} does not run: {done.stderr.decode()[-300:]}", file=sys.stderr)
    return done.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--install", action="store_true", help="install the others first")
    arguments = parser.parse_args()
    if arguments.install:
        install()
    with tempfile.TemporaryDirectory() as scratch:
        taken = measure(arguments.rounds, scratch)
    floor = statistics.median(taken[FLOOR])
    print(f"{'hook':18}{'median ms':>12}{'p99 ms':>10}{'ratio':>8}")
    for name, times in taken.items():
        middle, last = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
        print(f"{name:18}{middle * 1e3:12.1f}{last * 1e3:10.1f}{middle / floor:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
