"""Runs work in children whose calls to the disk are counted, written down, or refused by the shim that was loaded before.

Started by a test with `LD_PRELOAD`; takes one JSON object a line and answers with one. Imports first, so that a child
begins at once.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time

from support.ledgers import BIRTH_US, Scribe
from web4_governance.app import anchor, backup, erase, retain
from web4_governance.app.query import Ledger
from web4_governance.app.signing import warm
from web4_governance.app.trust import catch_up
from web4_governance.core.errors import HomeError, LedgerError, UsageError
from web4_governance.core.record.where import condition
from web4_governance.storage.writer import open_writer

CALLS = 4
NOW = 1_795_000_900_000_000
TARGET = "zebulon"


def calls(home: str, said: list[str]) -> None:
    """Calls of two sessions, each in a transaction of its own, each acknowledged after it."""
    for n in range(CALLS):
        try:
            with open_writer(home, deadline=time.monotonic() + 20) as writer:
                scribe = Scribe(writer, session=f"s{n % 2}")
                call = f"call-{n}"
                leaf = scribe.intent(call)
                writer.tick("limit", scribe.now)
                end = scribe.outcome(call, leaf)
                writer.commit()
            acknowledge(home, leaf, end)
        except (LedgerError, HomeError) as error:
            said.append(type(error).__name__)


def erasing(home: str, said: list[str]) -> None:
    """An erasure in a ledger that is there, acknowledged after it."""
    try:
        with Ledger.open(home) as ledger:
            pieces = erase.choose(ledger, erase.Asked(where=(condition(f"*~{TARGET}"),)))
        done = erase.erase(home, pieces, who="ada", why="w", authority="a", now_us=1_795_000_900_000_000)
        if done.whole:
            acknowledge(home, "erased")
    except (LedgerError, HomeError) as error:
        said.append(type(error).__name__)


def signing(home: str, said: list[str]) -> None:
    """A head that is signed and handed to an anchor, then the next key epoch; each acknowledged after it."""
    try:
        anchor.anchor(home, now_us=NOW)
        acknowledge(home, "signed")
        anchor.rotate(home, now_us=NOW + 1)
        acknowledge(home, "rotated")
    except (LedgerError, HomeError, UsageError) as error:
        said.append(type(error).__name__)


def folding(home: str, said: list[str]) -> None:
    """What is derived off the way of a call: trust, and the names of what calls touched."""
    try:
        with open_writer(home, deadline=time.monotonic() + 20) as writer:
            catch_up(writer)
            writer.names.take_in()
            writer.commit()
        acknowledge(home, "folded")
    except (LedgerError, HomeError) as error:
        said.append(type(error).__name__)


def pruning(home: str, said: list[str]) -> None:
    """The first calls of each session go."""
    try:
        done = retain.prune(home, keep_us=90_000_000, most=0, who="ada", why="w", now_us=BIRTH_US + 160_000_000)
        if done and done.whole:
            acknowledge(home, "pruned")
    except (LedgerError, HomeError) as error:
        said.append(type(error).__name__)


def restoring(home: str, said: list[str]) -> None:
    """A backup that lies beside the home is put back."""
    try:
        backup.restore(home, f"{home}.copy", who="ada", why="w", now_us=NOW)
        acknowledge(home, "restored")
    except (LedgerError, HomeError) as error:
        said.append(type(error).__name__)


WORK = {
    "calls": calls,
    "erasing": erasing,
    "signing": signing,
    "folding": folding,
    "pruning": pruning,
    "restoring": restoring,
}


def acknowledge(home: str, *words: str) -> None:
    """Tell the world: what was told must be found again, whatever happens after."""
    try:
        fd = os.open(f"{home}/ACK", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return
    try:
        os.write(fd, (" ".join(words) + "\n").encode())
    except OSError:
        return
    finally:
        os.close(fd)


def main() -> None:
    """Answer until there is nothing more to do."""
    warm()
    shim = ctypes.CDLL(None)
    for line in sys.stdin:
        asked = json.loads(line)
        out, back = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(out)
            said: list[str] = []
            shim.fault_arm(
                asked["home"].encode(),
                asked.get("log", "").encode(),
                ctypes.c_long(asked.get("kill", 0)),
                ctypes.c_long(asked.get("full", 0)),
                asked.get("once", 0),
            )
            code = 1
            try:
                WORK[asked["work"]](asked["home"], said)
                code = 0
            finally:
                os.write(back, json.dumps({"said": said, "steps": shim.fault_steps()}).encode())
                os._exit(code)
        os.close(back)
        with os.fdopen(out, "rb") as told:
            answer = told.read()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(json.dumps({"code": code, **json.loads(answer or b"{}")}), flush=True)


if __name__ == "__main__":
    main()
