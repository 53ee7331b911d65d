"""Prints vectors of the ledger's formats as JSON; `ledger.json` was made by it once and is never made again."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "src"))

from web4_governance.core.digest import sha256  # noqa: E402  # the path is set above
from web4_governance.core.ledger.line import print_line  # noqa: E402
from web4_governance.core.ledger.merkle import Frontier  # noqa: E402
from web4_governance.core.record.entry import Kind, commit, seal  # noqa: E402

if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

TEXTS = ("hello", "grüße \U0001f600", 'line\n"quoted"\\', "", "\u0000\u2028")


def vectors() -> dict[str, object]:
    """Two sessions interleaved, with an opening each."""
    frontier = Frontier()
    ends: dict[str, tuple[int, str]] = {}
    entries: list[dict[str, object]] = []
    for n, text in enumerate(TEXTS):
        session = ("one", "two/2")[n % 2]
        seq, prev = ends.get(session, (0, ""))
        standing, opening = commit("request.text", sha256(b"%d" % n)[:16], text)
        body: dict[str, Json] = {
            "agent": "claude-code",
            "request": {"text": standing, "n": n},
            "extra": [None, True, -1, {"b": 1, "a": 2}],
        }
        sealed = seal(body, kind=Kind.PROMPT, session=session, ts=10**15 + n, seq=seq, prev=prev, openings=(opening,))
        ends[session] = (seq + 1, sealed.leaf.hex())
        frontier = frontier.append(sealed.leaf)
        entries.append(
            {
                "text": text,
                "salt": opening.salt.hex(),
                "commitment": standing,
                "bytes": sealed.data.decode(),
                "leaf": sealed.leaf.hex(),
                "line": print_line(sealed.data, sealed.openings).decode(),
                "size": frontier.size,
                "frontier": frontier.to_bytes().hex(),
                "root": frontier.root().hex(),
            }
        )
    return {"format": "r6/1", "entries": entries}


if __name__ == "__main__":
    print(json.dumps(vectors(), indent=1))
