"""Canonical bytes against RFC 8785's reference implementation on 100,000 random documents, in parts that run side by side.

Hypothesis looks for the odd document (test_canonical.py); this looks at very many plain ones, from a fixed seed a part.
"""

from __future__ import annotations

import random
from typing import Any

import pytest
import rfc8785

from web4_governance.core.canonical import LIMIT, decode, encode

PARTS, EACH = 10, 10_000
LETTERS = [
    chr(n)
    for n in (*range(0x20), *range(0x20, 0x7F), 0x7F, 0xA0, 0xE9, 0x2028, 0xFFFD, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF)
]
KEYS = [chr(n) for n in range(0x20, 0x7F)]


def document(draw: random.Random, depth: int = 0) -> Any:
    """Some value: deeper ones are simpler."""
    kind = draw.randrange(8 if depth < 3 else 5)
    if kind >= 6:
        return {
            "".join(draw.choices(KEYS, k=draw.randrange(6))): document(draw, depth + 1)
            for _ in range(draw.randrange(5))
        }
    if kind == 5:
        return [document(draw, depth + 1) for _ in range(draw.randrange(5))]
    if kind in (3, 4):
        return "".join(draw.choices(LETTERS, k=draw.randrange(12)))
    if kind == 2:
        return draw.choice(
            (0, 1, -1, LIMIT - 1, 1 - LIMIT, draw.randrange(1 - LIMIT, LIMIT), draw.randrange(-1000, 1000))
        )
    return draw.choice((None, True, False))


@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_documents_have_the_reference_s_bytes(part: int) -> None:
    """And parse to what they were."""
    draw = random.Random(part)
    distinct = set()
    for _ in range(EACH):
        given = {"v": document(draw)}
        data = encode(given)
        assert data == rfc8785.dumps(given)
        assert decode(data) == given
        distinct.add(data)
    assert len(distinct) > EACH / 4
