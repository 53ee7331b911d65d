"""How fast secrets are looked for in text, in MB a second, beside a pass of `bytes.count` over the same text.

Harmless text of several kinds, and one with a secret in each kilobyte. Kinds alternate with the floor in each round; the
growth says that twice the text takes about twice the time. The part that looks for tokens by their prefix stands beside
RE2 doing the same: one set of all formats that says which are there, then a search for each of those.

    python benchmarks/redact.py [--rounds N] [--size KB]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import TYPE_CHECKING

from web4_governance.core import secret_finders
from web4_governance.core.secret_formats import TOKENS
from web4_governance.core.secrets import redact

if TYPE_CHECKING:
    from collections.abc import Callable

try:
    import re2
except ImportError:
    re2 = None

PROSE = "The basket holds what was chosen, and its total is worked out when somebody looks at it. Keys of rows are numbers.\n"
CODE = "def total(rows: list[Row], key: str = 'price') -> int:\n    return sum(int(row[key]) for row in rows if row.token)\n"
LOG = "2026-03-01T10:00:00Z INFO worker-7 GET https://api.example.test/v1/items?page=3 200 12ms id=4f2a9c1e77b0d3e5\n"
DATA = (
    '{"id": 41, "name": "blue chair", "tags": ["wood", "sale"], "stock": {"here": 3, "there": 0}, "sku": "SK-00041"},\n'
)
SECRET = "export SHOP_API_KEY=" + "0123456789abcdef" * 2 + "\n"  # made up


def texts_of(size: int) -> dict[str, str]:
    def filled(line: str) -> str:
        return (line * (size // len(line) + 1))[:size]

    block = (PROSE * 9 + SECRET)[-1024:]
    return {
        "prose": filled(PROSE),
        "code": filled(CODE),
        "log": filled(LOG),
        "json": filled(DATA),
        "secrets": filled(block),
    }


def timed(text: str) -> tuple[float, float]:
    data = text.encode()
    begin = time.perf_counter()
    data.count(b"\0")
    middle = time.perf_counter()
    redact(text)
    return middle - begin, time.perf_counter() - middle


def tokens_by_re2() -> Callable[[str], int]:
    """Make what finds the formats of tokens by RE2: how many there are in a text."""
    patterns = []
    for prefix, letters, least, _, inside in TOKENS:
        signs = "".join("\\" + sign if sign in "-^]\\" else sign for sign in letters)
        patterns.append(("" if inside else r"\b") + re2.escape(prefix) + f"[{signs}]{{{least},}}")
    whole = re2.Set.SearchSet()
    for pattern in patterns:
        whole.Add(pattern.encode())
    whole.Compile()
    each = [re2.compile(pattern.encode()) for pattern in patterns]

    def find(text: str) -> int:
        data = text.encode("utf-8", "surrogatepass")
        return sum(len(list(each[n].finditer(data))) for n in whole.Match(data) or ())

    return find


def tokens_by_hand(text: str) -> int:
    """Find them as the package does."""
    return len(list(secret_finders._tokens(text)))  # noqa: SLF001  # the part that RE2 could do


def clocked(find: Callable[[str], int], text: str, rounds: int) -> float:
    took = []
    for _ in range(rounds):
        begin = time.perf_counter()
        find(text)
        took.append(time.perf_counter() - begin)
    return statistics.median(took)


def beside_re2(texts: dict[str, str], rounds: int) -> None:
    begin = time.perf_counter()
    by_re2 = tokens_by_re2()
    made = time.perf_counter() - begin
    print(f"\ntokens by prefix: {len(TOKENS)} formats; making the RE2 set takes {made * 1000:.1f} ms a process")
    print(f"{'text':10}{'by hand us':>12}{'RE2 us':>10}{'ratio':>8}")
    command = "git push https://ghp_" + "a1B2" * 9 + "@example.test/x && echo done"
    for kind, text in {"command": command, **texts}.items():
        if bool(tokens_by_hand(text)) is not bool(by_re2(text)):
            print(f"{kind}: one of the two finds a token, the other none")
        ours, theirs = (clocked(find, text, rounds) * 1e6 for find in (tokens_by_hand, by_re2))
        print(f"{kind:10}{ours:12.1f}{theirs:10.1f}{theirs / ours:8.1f}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--size", type=int, default=256, help="KB of each text")
    arguments = parser.parse_args()
    size = arguments.size * 1024
    once, twice = texts_of(size), texts_of(2 * size)
    print(f"{'text':10}{'MB/s':>10}{'floor MB/s':>12}{'ratio':>10}{'growth':>8}")
    for kind, text in once.items():
        rounds = [(*timed(text), timed(twice[kind])[1]) for _ in range(arguments.rounds)]
        floor, took, longer = (statistics.median(column) for column in zip(*rounds, strict=True))
        rate, bare = size / took / 1e6, size / floor / 1e6
        print(f"{kind:10}{rate:10.1f}{bare:12.0f}{took / floor:10.0f}{longer / took:8.1f}")
    if re2 is not None:
        beside_re2(once, arguments.rounds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
