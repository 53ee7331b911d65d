"""What deciding one call costs once all is loaded, as in a resident process: the deeds of a command, and judging them.

Catalog, policy, parser and protected paths are made once. The floor is a bare parse of the same text by the shell grammar,
measured in the same rounds; every step takes its turn in each round, so that noise hits all alike. Nothing is taken from what
is kept of earlier calls, but in the last column: `derive` is what a text does that was never seen (a path, a name or a word
in it differs each time; where it has none, a comment behind it), `judge` what preset safety (and then it with as many further
rules as the column says) thinks of an action that was never judged, `decide` both, one after the other. `again` is `decide`
of the very same call in the same place, as agents repeat them: what the last ones came to is kept.

    python benchmarks/decide.py [--rounds N] [--profile]
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import json
import pstats
import statistics
import sys
import time
from collections import deque

from web4_governance.app import policies, policy_eval
from web4_governance.app.catalogs import catalog
from web4_governance.app.context import ORGANISATION
from web4_governance.app.protect import protected
from web4_governance.core.effects import derive
from web4_governance.core.policy import Facts, LayerName, combine, judge, plan
from web4_governance.core.shell.grammar import root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.action import Action
    from web4_governance.core.policy import PolicySet

HOME = "/people/ann"
PROJECT = HOME + "/code/shop"
# `{n}` is another number each time.
COMMANDS = (
    "ls -la # {n}",
    "git status # {n}",
    "git diff HEAD~1 -- src/app{n}.py",
    "cat src/app{n}.py",
    "rg -n 'def total{n}' src",
    "python -m pytest -q tests/unit{n}",
    "npm run build # {n}",
    "mkdir -p build/out{n} && cp src/a{n}.txt build/out{n}/",
    "find . -name '*.py' | xargs wc -l | sort -n | tail -{n}",
    "git add -A && git commit -m 'Add the basket total {n}'",
    "sed -i 's/one/two/' src/app{n}.py",
    "curl -s https://api.example.test/v1/items/{n} | jq '.items[0]'",
)
SIZES = (10, 100, 1000)
# What further rules are made of: the kinds that people write, none of which speaks of the commands above.
KINDS: tuple[tuple[str, dict[str, object]], ...] = (
    ("deny", {"effects": ["file.write", "file.delete"], "paths": ["src/module{n}/**"]}),
    ("ask", {"effects": ["net.egress"], "hosts": ["host{n}.example.test"]}),
    ("deny", {"targetPatterns": ["kubectl delete namespace team{n}"]}),
    ("warn", {"tools": ["mcp__server{n}__*"]}),
    ("deny", {"effects": ["db.drop"], "targetPatterns": ["DROP TABLE part{n}"]}),
    ("ask", {"categories": ["infrastructure"], "targetPatterns": ["stack{n}"]}),
    ("deny", {"paths": ["./vault{n}/**"]}),
    ("warn", {"effects": ["vcs.push"], "targetPatterns": ["git push origin release{n}"]}),
    ("deny", {"effects": ["package.install"], "targetPatterns": ["unwanted{n}"]}),
    ("ask", {"effects": ["file.read"], "targetPatterns": ["**/private{n}/*"]}),
)


def policy_of(size: int) -> PolicySet:
    """Preset safety alone, or with further rules on top until the layer has `size` of its own."""
    rules = [
        {"decision": decision, "match": json.loads(json.dumps(match).replace("{n}", str(n)))}
        for n in range(size)
        for decision, match in [KINDS[n % len(KINDS)]]
    ]
    document = json.dumps({"extends": ["safety"], "enforce": True, **({"rules": rules} if rules else {})}).encode()
    layer = policies.load_text(
        document,
        file="bench",
        format="json",
        layer=LayerName.USER,
        fetch=lambda name: policies.resolve(name, base=""),
    )
    return combine((layer,))


def steps_of(command: str, sets: dict[int, PolicySet]) -> dict[str, Callable[[], object]]:
    kept = protected(
        f"{HOME}/.web4", user_home=HOME, projects=(PROJECT,), organisation=ORGANISATION, looks=False
    )  # as the resident gate keeps them
    known = catalog()

    def derived(n: int) -> Action:
        return derive(
            "Bash", {"command": command.replace("{n}", str(n))}, agent=policy_eval.AGENT, cwd=PROJECT, home=HOME,
            project=PROJECT, protected=kept, catalog=known,
        )  # fmt: skip

    data, facts = command.encode(), Facts(now_us=1_750_000_000_000_000)
    number = itertools.count()
    made: deque[Action] = (
        deque()
    )  # by `derive`, one for each `judge` of the same round: kept, so that none is taken for another

    def new() -> Action:
        return derived(next(number))

    def judged(policy: PolicySet, action: Action) -> object:
        return plan(policy, action), judge(policy, action, facts)

    def derive_for_all() -> None:
        made.append(new())

    steps: dict[str, Callable[[], object]] = {
        "floor": lambda: root(data),
        "derive": derive_for_all,
        "decide": lambda: judged(sets[0], new()),
    }
    for size, policy in sets.items():
        steps[f"judge {size}"] = lambda policy=policy: judged(policy, made[-1])  # type: ignore[misc]  # bound now
    return {**steps, "again": lambda: judged(sets[0], derived(-1))}


def measure(steps: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(-3, rounds):  # the first three warm what is kept
        for name, step in steps.items():
            begin = time.perf_counter()
            step()
            took = time.perf_counter() - begin
            if number >= 0:
                taken[name].append(took * 1e6)
    return {name: statistics.median(times) for name, times in taken.items()}


def profile(sets: dict[int, PolicySet], rounds: int) -> None:
    ready = [steps_of(command, {0: sets[0]}) for command in COMMANDS]
    profilers = {step: cProfile.Profile() for step in ("derive", "judge 0")}
    for _ in range(rounds):
        for steps in ready:
            for step, profiler in profilers.items():
                profiler.runcall(steps[step])
    for profiler in profilers.values():
        pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--profile", action="store_true", help="print where the time goes instead")
    arguments = parser.parse_args()
    sets = {size: policy_of(size) for size in (0, *SIZES)}
    if arguments.profile:
        profile(sets, arguments.rounds)
        return 0
    columns = ["floor", "derive", "decide", *(f"judge {size}" for size in sets), "again"]
    print(f"{'median µs':<48}" + "".join(f"{name.replace('judge 0', 'judge'):>12}" for name in columns))
    rows = [(command, measure(steps_of(command, sets), arguments.rounds)) for command in COMMANDS]
    for command, found in rows:
        print(f"{command[:46]:<48}" + "".join(f"{found[name]:12.0f}" for name in columns))
    middle = {name: statistics.median(found[name] for _, found in rows) for name in columns}
    print(f"{'median of them':<48}" + "".join(f"{middle[name]:12.0f}" for name in columns))
    print(f"{'in floors':<48}" + "".join(f"{middle[name] / middle['floor']:12.1f}" for name in columns))
    print(
        f"from {SIZES[0]} rules to {SIZES[-1]}: judging takes {middle['judge 1000'] / middle['judge 10']:.1f} times as long"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
