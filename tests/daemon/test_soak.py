"""A long run in which everything is killed, replaced and changed: what was acknowledged is there once, and nothing denied ran."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import web4_governance
from web4_governance.app import native, resident
from web4_governance.core.errors import UsageError
from web4_governance.core.record.entry import at
from web4_governance.storage import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = float(os.environ.get("WEB4_SOAK_S", "30"))
WORKERS = 5
ALWAYS = {"match": {"targetPatterns": ["rm -rf"]}, "decision": "deny"}
POLICIES = [
    json.dumps({"enforce": True, "rules": [ALWAYS, *more]})
    for more in (
        [],
        [{"match": {"tools": ["Write"]}, "decision": "warn"}],
        [{"match": {"tools": ["Edit"]}, "decision": "deny"}],
    )
]
FAILED = b"web4-governance: call "  # how a hook speaks that could not decide: nothing was acknowledged then


class World:
    """A home, a package of its own that can be replaced, and what its clients were told."""

    def __init__(self, root: Path) -> None:
        self.home, self.package = root / "home", root / "lib" / "web4_governance"
        self.home.mkdir(mode=0o700)
        (self.home / "policy.json").write_text(POLICIES[0])
        shutil.copytree(
            Path(web4_governance.__file__).parent, self.package, ignore=shutil.ignore_patterns("__pycache__")
        )
        try:
            self.client = [native.build(str(self.home))]
        except UsageError:
            self.client = []
        self.ends = time.monotonic() + SECONDS
        self.told: dict[str, int] = {}
        self.denied: set[str] = set()
        self.unsure = 0
        self.done: Counter[str] = Counter()

    def line(self, n: int) -> list[str]:
        words = [sys.executable, "-I", "-S", str(self.package / "hook.py"), "claude-code", "--home", str(self.home)]
        prefix = self.client if n % 4 else []
        return [*prefix, *words, "--on-failure=block", "--deadline-ms=20000", "--resident"]


def work(world: World, n: int) -> None:
    chance = random.Random(n)
    number = 0
    while time.monotonic() < world.ends:
        number += 1
        call, bad = f"toolu_{n}_{number}", chance.random() < 0.3
        given = {"command": "rm -rf x" if bad else "ls"}
        body = {
            "session_id": f"s{n}",
            "cwd": "/tmp",
            "hook_event_name": "PreToolUse",
            "tool_use_id": call,
            "tool_name": "Bash",
        }
        data = json.dumps({**body, "tool_input": given}).encode()
        with subprocess.Popen(
            world.line(number),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"HOME": "/home/dev"},
        ) as process:
            if chance.random() < 0.1:
                time.sleep(chance.random() * 0.02)
                process.kill()
                world.done["client killed"] += 1
            _out, err = process.communicate(data if process.poll() is None else None, timeout=60)
        if process.returncode < 0 or err.startswith(FAILED):
            world.unsure += 1
            continue
        world.told[call] = process.returncode
        if bad:
            world.denied.add(call)


def gates(world: World) -> list[int]:
    found = resident.status(str(world.home))
    return [int(found["pid"])] if found else []


def kill_gate(world: World, _chance: random.Random) -> None:
    for pid in gates(world):
        os.kill(pid, signal.SIGKILL)


def end_gate(world: World, _chance: random.Random) -> None:
    for pid in gates(world):
        os.kill(pid, signal.SIGTERM)


def replace_version(world: World, chance: random.Random) -> None:
    path = world.package / "__init__.py"
    text = path.read_text(encoding="utf-8").splitlines()
    text = [f'__version__ = "0.1.{chance.randrange(1000)}"' if row.startswith("__version__") else row for row in text]
    fresh = path.with_suffix(".new")
    fresh.write_text("\n".join(text) + "\n", encoding="utf-8")
    fresh.rename(path)


def change_policy(world: World, chance: random.Random) -> None:
    fresh = world.home / "policy.new"
    fresh.write_text(chance.choice(POLICIES))
    fresh.rename(world.home / "policy.json")


CHANGES: list[Callable[[World, random.Random], None]] = [
    kill_gate,
    end_gate,
    replace_version,
    change_policy,
    change_policy,
]


@pytest.mark.timeout(SECONDS + 150)
def test_every_acknowledged_call_is_there_once_and_nothing_denied_went_through(tmp_path: Path) -> None:
    """Clients killed, the gate killed and ended, versions replaced, policies changed (docs/spec/daemon.md R2, R3, C2, C3)."""
    world = World(tmp_path)
    resident.start(str(world.home))
    workers = [threading.Thread(target=work, args=(world, n)) for n in range(WORKERS)]
    for worker in workers:
        worker.start()
    chance = random.Random(7)
    while time.monotonic() < world.ends:
        time.sleep(0.3 + chance.random())
        change = chance.choice(CHANGES)
        change(world, chance)
        world.done[change.__name__] += 1
    for worker in workers:
        worker.join()
    resident.stop(str(world.home))
    with open_reader(str(world.home)) as reader:
        bodies = [stored.body() for stored in reader.entries() if str(stored.kind) == "intent"]
    recorded = Counter(str(at(body, "request.call")) for body in bodies)
    answers = {str(at(body, "request.call")): str(at(body, "rules.answer")) for body in bodies}
    assert {call: recorded[call] for call in world.told if recorded[call] != 1} == {}
    assert {call: count for call, count in recorded.items() if count != 1} == {}
    assert {call: code for call, code in world.told.items() if code != (2 if call in world.denied else 0)} == {}
    assert {call for call in world.denied if answers[call] != "deny"} == set()
    checked = subprocess.run(
        [sys.executable, "-m", "web4_governance", "verify", "--home", str(world.home)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    assert len(world.told) > 10 * WORKERS, "it was a run at all"
    assert {change.__name__ for change in CHANGES} | {"client killed"} <= set(world.done), world.done
    assert world.unsure <= world.done["client killed"], "nobody was left without an answer but by being killed"
