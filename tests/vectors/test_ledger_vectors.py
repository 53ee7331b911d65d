"""Golden vectors of the ledger's formats, checked with nothing of ours: another program must get the same bytes.

A vector never changes; a new version of a format adds its own.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

import pytest
import rfc8785

from web4_governance.core.ledger.line import Line
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.verify import Walk
from web4_governance.core.record.entry import Stored, commit, parse

HERE = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(HERE, "ledger.json"), encoding="utf-8") as _file:
    VECTORS: dict[str, Any] = json.load(_file)
# The file's own digest: who changes a vector must say so here.
DIGEST = "8e17bd3708a7f006b7a748f18a5c1ff5e83352022d910b9287be3ea1b31ef81d"


def test_the_vectors_are_the_ones_that_were_released() -> None:
    """Their text by its digest."""
    with open(os.path.join(HERE, "ledger.json"), "rb") as file:
        assert hashlib.sha256(file.read()).hexdigest() == DIGEST


@pytest.mark.parametrize("vector", VECTORS["entries"], ids=lambda v: v["size"])
def test_another_program_gets_the_same_bytes_and_hashes(vector: dict[str, Any]) -> None:
    """RFC 8785 by another library, SHA-256 by the standard one, the formats as docs/spec/records.md states them."""
    body = json.loads(vector["bytes"])
    assert rfc8785.dumps(body).decode() == vector["bytes"]
    assert hashlib.sha256(b"\0" + vector["bytes"].encode()).hexdigest() == vector["leaf"]
    committed = b"r6/c1\0request.text\0" + bytes.fromhex(vector["salt"]) + rfc8785.dumps(vector["text"])
    assert "c1:" + hashlib.sha256(committed).hexdigest() == vector["commitment"] == body["request"]["text"]
    line = {"entry": body, "open": {"request.text": [vector["salt"], vector["text"]]}}
    assert rfc8785.dumps(line).decode() == vector["line"]


def test_our_own_code_agrees_with_every_vector() -> None:
    """Entry, commitment, line, frontier and root, and the verification of the whole."""
    frontier = Frontier()
    walk = Walk()
    for n, vector in enumerate(VECTORS["entries"]):
        data = vector["bytes"].encode()
        body = parse(data)
        found = Line.from_bytes(vector["line"].encode())
        assert (found.data, found.openings) == (
            data,
            (commit("request.text", bytes.fromhex(vector["salt"]), vector["text"])[1],),
        )
        leaf = bytes.fromhex(vector["leaf"])
        frontier = frontier.append(leaf)
        assert (frontier.size, frontier.to_bytes().hex(), frontier.root().hex()) == (
            vector["size"],
            vector["frontier"],
            vector["root"],
        )
        reference = body["reference"]
        assert isinstance(reference, dict)
        seq, ts = reference["seq"], body["ts"]
        assert isinstance(seq, int)
        assert isinstance(ts, int)
        stored = Stored(idx=n, session=str(body["session"]), seq=seq, kind="prompt", ts=ts, data=data, leaf=leaf)
        walk.entry(stored, found.openings)
    walk.step_5_tree(frontier.size, frontier.to_bytes(), frontier.root())
    assert walk.report(holds=(), not_covered=(), notes=()).findings == ()
