"""Puts a reconciliation on record: an `event` entry with its counts, and a `gap` entry for each grave difference, once.

What a witness said stands in the clear only as far as the ledger's own entries say it (ids, names of tools); sentences and
places of files are commitments. A person can explain a gap; the explanation is an entry too, and takes nothing away.
"""

from __future__ import annotations

import os
from collections import Counter

from web4_governance.app.settings import settings
from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.lifecycle import WITNESSED
from web4_governance.core.ledger.lookups import witnessed_key
from web4_governance.core.record.build import word
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, at, seal
from web4_governance.core.record.keep import Keeper
from web4_governance.storage import Home, open_writer
from web4_governance.storage.reader import open_reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.reconcile import Answer
    from web4_governance.core.canonical import Json
    from web4_governance.core.ledger.reconcile import Found
    from web4_governance.storage.writer import Writer

    Body = dict[str, Json]

EVENT = "reconcile"
MOST_GAPS = 256


def record(home: str, answer: Answer, *, now_us: int, deadline: float) -> int:
    """Append it, and give how many gaps are new on record. All in one transaction: a crash leaves all of it, or nothing."""
    new = 0
    with open_writer(Home(home), deadline=deadline) as ledger:
        for found in answer.found.found:
            if str(found.what) in WITNESSED and new < MOST_GAPS:
                new += _gap(ledger, home, found, now_us)
        keep = _keeper(home)
        _append(ledger, Kind.EVENT, _summary(answer, keep), keep, now_us)
        ledger.commit()
    return new


def explain(home: str, leaf: str, why: str, *, now_us: int, deadline: float) -> str:
    """Append what explains a gap or a late intent, named by the beginning of its leaf; give the leaf whole."""
    with open_reader(home) as reader:
        found = [one for one in reader.by_leaf(leaf.lower()) if _explainable(one.kind, one.body())]
    if len(found) != 1:
        message = f"`{leaf}` names {'several gaps' if found else 'no gap that could be explained'}"
        raise UsageError(
            message, hint="`web4 verify --json` lists gaps; give the leaf of a late intent or of a `gap` entry"
        )
    named = found[0].leaf.hex()
    keep = _keeper(home)
    body: Body = {
        "agent": "web4",
        "gap": {"why": "explained", "text": keep.commit("gap.text", why)},
        "reference": {"gap" if found[0].kind == Kind.GAP else "intent": named},
    }
    with open_writer(Home(home), deadline=deadline) as ledger:
        _append(ledger, Kind.GAP, body, keep, now_us)
        ledger.commit()
    return named


def _explainable(kind: str, body: Body) -> bool:
    return (kind == Kind.GAP and at(body, "gap.why") in WITNESSED) or (kind == Kind.INTENT and body.get("late") is True)


def _gap(ledger: Writer, home: str, found: Found, now_us: int) -> int:
    once = witnessed_key(found.session, found.call, str(found.what))
    if ledger.by_identity(once) is not None:
        return 0
    keep = _keeper(home)
    gap: Body = {
        "why": str(found.what),
        "session": found.session,
        "call": found.call,
        "tool": word(found.tool),
        "seen_us": found.ts,
        "said": keep.commit("gap.said", found.why),
    }
    if found.leaf:
        gap["of"] = found.leaf
    _append(ledger, Kind.GAP, {"agent": "web4", "gap": gap}, keep, now_us, once=once)
    return 1


def _summary(answer: Answer, keep: Keeper) -> Body:
    found = answer.found
    return {
        "agent": "web4",
        "event": EVENT,
        "reconcile": {
            "exit": found.exit_code,
            "calls": found.calls,
            "agreed": found.agreed,
            "found": dict(Counter(str(one.what) for one in found.found)),
            "silent": len(found.silent),
            "by": [*sorted({source.kind for source in answer.sources})],
            "last_us": answer.last_us,
            "sources": keep.commit("reconcile.sources", [source.path for source in answer.sources[:64]]),
        },
    }


def _keeper(home: str) -> Keeper:
    return Keeper(privacy=settings(home).privacy, salt=lambda: os.urandom(16))


def _append(ledger: Writer, kind: Kind, body: Body, keep: Keeper, now_us: int, *, once: bytes = b"") -> None:
    seq, prev = ledger.tail(NO_SESSION)
    sealed = seal(body, kind=kind, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=keep.openings)
    ledger.append(sealed, Index(identity=once))
