"""How well a preset judges a labelled corpus, beside matching substrings, the way most guards do it.

A corpus is one JSON object a line: `{"id", "expected": "deny" | "ask" | "allow", "category", "command"}`, or `"tool"` and
`"input"` instead of `"command"`; `cwd`, `home`, `facts` and `tier` may stand beside. `deny` rows must be stopped (denied
or asked about), `allow` rows must go on; `ask` rows are judgement calls and only counted.

    python benchmarks/policy_accuracy.py --corpus FILE [--tier A] [--disputed LIST] [--misses] [--check]

Per category and preset it prints: caught (deny or ask of `deny` rows), denied (of them, outright), hard (denied `allow`
rows) and asked (asked `allow` rows). Where nobody can be asked an ask is a denial: `hard` and `asked` together are what
that costs. `--disputed` reads a list of rows whose label contradicts what the call does (lines `- ID, ID: why`, as in
docs/reference/labels.md) and prints, below the figures as labelled, those with these rows set aside. `--check` exits 1
where preset safety misses the marks in TARGETS.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict

from web4_governance.app import policy_eval

PRESETS = ("safety", "strict")
# What guards that match strings look for: a short, common list.
SUBSTRINGS = (
    "rm -rf", "rm -fr", "git reset --hard", "git push --force", "git push -f", "git clean -f", "drop table",
    "drop database", "truncate table", "mkfs", "dd if=", "chmod 777", "| sh", "| bash", "sudo ", "terraform destroy",
    "kubectl delete", ".env", "id_rsa", "/etc/shadow", "shutdown", "reboot", ":(){",
)  # fmt: skip
TARGETS = {"caught": 97.0, "denied": 60.0, "hard": 0.5, "asked": 4.0}
HEAD = f"{'':<16}{'must block':>11}{'caught %':>10}{'denied %':>10}{'may go on':>11}{'hard %':>8}{'asked %':>9}"


def rows_of(path: str, tier: str) -> list[dict[str, object]]:
    with open(path, encoding="utf-8") as file:
        rows = [json.loads(line) for line in file if line.strip()]
    return [row for row in rows if not tier or row.get("tier", tier) == tier]


def call_of(row: dict[str, object]) -> bytes:
    known = {name: row[name] for name in ("cwd", "home", "facts") if name in row}
    tool, given = (row["tool"], row["input"]) if "tool" in row else ("Bash", {"command": row["command"]})
    return json.dumps({"tool": tool, "input": given, **known}).encode()


def by_preset(rows: list[dict[str, object]], preset: str) -> list[str]:
    policy = policy_eval.policy_of(preset=preset)
    return [str(policy_eval.answer(policy_eval.parse(call_of(row)), policy)["decision"]) for row in rows]


def by_substring(rows: list[dict[str, object]]) -> list[str]:
    texts = [str(row.get("command") or json.dumps(row.get("input"))).lower() for row in rows]
    return ["deny" if any(part in text for part in SUBSTRINGS) else "allow" for text in texts]


def percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def measure(rows: list[dict[str, object]], decisions: list[str]) -> dict[str, dict[str, float]]:
    """Give the figures of each category, and of all."""
    counts: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for row, decision in zip(rows, decisions, strict=True):
        for name in ("all", str(row.get("category", "-"))):
            counts[name][str(row["expected"]), decision] += 1
    found = {}
    for name, count in counts.items():
        must, may = (sum(n for (want, _), n in count.items() if want == label) for label in ("deny", "allow"))
        denied = count["deny", "deny"]
        found[name] = {
            "must": must, "caught": percent(denied + count["deny", "ask"], must), "denied": percent(denied, must),
            "may": may, "hard": percent(count["allow", "deny"], may), "asked": percent(count["allow", "ask"], may),
        }  # fmt: skip
    return found


def print_table(title: str, found: dict[str, dict[str, float]]) -> None:
    print(f"\n{title}\n{HEAD}")
    for name in ("all", *sorted(found.keys() - {"all"})):
        print_row(name, found[name])


def print_row(name: str, of: dict[str, float]) -> None:
    print(
        f"{name:<16}{of['must']:>11.0f}{of['caught']:>10.1f}{of['denied']:>10.1f}"
        f"{of['may']:>11.0f}{of['hard']:>8.1f}{of['asked']:>9.1f}"
    )


def disputed_in(text: str) -> frozenset[str]:
    """Give the ids that a list of disputed labels names, one line `- ID, ID: why` after the other."""
    lines = [line[2:].partition(":") for line in text.splitlines() if line.startswith("- ")]
    return frozenset(name.strip() for names, colon, _ in lines if colon for name in names.split(",") if name.strip())


def print_undisputed(rows: list[dict[str, object]], decisions: dict[str, list[str]], disputed: frozenset[str]) -> None:
    """Print the figures as labelled and, beside them, those without the rows whose label is disputed."""
    kept = [at for at, row in enumerate(rows) if str(row.get("id")) not in disputed]
    print(f"\n{len(rows) - len(kept)} disputed rows of {len(rows)}, as labelled and set aside\n{HEAD}")
    for preset in PRESETS:
        all_of = measure(rows, decisions[preset])["all"]
        print_row(preset, all_of)
        without = measure([rows[at] for at in kept], [decisions[preset][at] for at in kept])
        print_row("  set aside", without.get("all", dict.fromkeys(all_of, 0.0)))


def print_misses(rows: list[dict[str, object]], decisions: list[str]) -> None:
    for row, decision in zip(rows, decisions, strict=True):
        stopped = decision in {"deny", "ask"}
        if row["expected"] in {"deny", "allow"} and stopped is not (row["expected"] == "deny"):
            shown = row.get("command") or [row.get("tool"), row.get("input")]
            print(row.get("id"), row.get("category"), row["expected"], "->", decision, json.dumps(shown))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--corpus", required=True, metavar="FILE")
    parser.add_argument("--tier", default="", help="only rows of this tier (rows without one count)")
    parser.add_argument(
        "--disputed", default="", metavar="LIST", help="also print the figures without the rows listed there"
    )
    parser.add_argument("--misses", action="store_true", help="list what preset safety gets wrong")
    parser.add_argument("--check", action="store_true", help="exit 1 where preset safety misses its marks")
    arguments = parser.parse_args()
    rows = rows_of(arguments.corpus, arguments.tier)
    decisions = {}
    for preset in PRESETS:
        begin = time.perf_counter()
        decisions[preset] = by_preset(rows, preset)
        taken = time.perf_counter() - begin
        print_table(f"preset {preset} ({len(rows)} calls, {taken:.1f} s)", measure(rows, decisions[preset]))
    baseline = measure(rows, by_substring(rows))
    print_table(f"{len(SUBSTRINGS)} substrings", baseline)
    for preset in PRESETS:
        of = measure(rows, decisions[preset])["all"]
        print(
            f"\n{preset}: {of['hard'] + of['asked']:.1f} % of harmless calls are stopped where nobody can be asked, "
            f"{of['hard']:.1f} % where somebody can"
        )
    if arguments.disputed:
        with open(arguments.disputed, encoding="utf-8") as file:
            print_undisputed(rows, decisions, disputed_in(file.read()))
    if arguments.misses:
        print_misses(rows, decisions["safety"])
    reached = measure(rows, decisions["safety"])["all"]
    low = [name for name in ("caught", "denied") if reached[name] < TARGETS[name]]
    high = [name for name in ("hard", "asked") if reached[name] > TARGETS[name]]
    return 1 if arguments.check and (low or high) else 0


if __name__ == "__main__":
    sys.exit(main())
