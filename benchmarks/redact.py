"""How fast secrets are looked for in text, in MB a second, beside a pass of `bytes.count` over the same text.

Harmless text of several kinds, and one with a secret in each kilobyte. Kinds alternate with the floor in each round; the
growth says that twice the text takes about twice the time.

    python benchmarks/redact.py [--rounds N] [--size KB]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from web4_governance.core.secrets import redact

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
    return 0


if __name__ == "__main__":
    sys.exit(main())
