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

from support.ledgers import Scribe
from web4_governance.app import erase
from web4_governance.app.query import Ledger
from web4_governance.core.errors import HomeError, LedgerError
from web4_governance.core.record.where import condition
from web4_governance.storage.writer import open_writer

CALLS = 4
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


WORK = {"calls": calls, "erasing": erasing}


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
