"""The ledger's disk: a database that is damaged, locked, newer or not writable, mirrors that are missing, the SQLite defect.

Not a verification of what is recorded: that is `web4 verify`. A damaged database is set aside, never changed.
"""

from __future__ import annotations

import hashlib
import os
import time

from web4_governance.app.checks.finding import Finding, Level
from web4_governance.core.errors import LedgerBusy, LedgerCorrupt, LedgerError, LedgerMissing
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, seal
from web4_governance.storage import Home, defect, mirror, open_reader, open_writer
from web4_governance.storage.database import open_database
from web4_governance.storage.lock import acquire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json

LOCK_WAIT_S = 2.0
WAIT_S = 5.0
MEND = "`web4 doctor --fix`"
PARTS = ("", "-wal", "-shm")


def check(path: str, *, now_us: int) -> Iterator[Finding]:
    """Look at the database, its lock, and the mirrors."""
    home = Home(path)
    if not home.exists():
        return
    yield from _lock(home)
    yield from _database(home, now_us)
    yield from _defect()


def _defect() -> Iterator[Finding]:
    version = defect.sqlite_version()
    if defect.sqlite_wal_defect(version):
        said = ".".join(map(str, version))
        what = (
            f"SQLite {said} has a defect with several writers at once; the ledger has one writer at a time, by its lock"
        )
        yield Finding(id="sqlite-defect", level=Level.NOTE, what=what)


def _lock(home: Home) -> Iterator[Finding]:
    if not os.path.exists(home.lock):
        return
    try:
        acquire(home.lock, deadline=time.monotonic() + LOCK_WAIT_S).release()
    except LedgerBusy:
        holders = holders_of(home.lock)
        who = f" by process {', '.join(map(str, holders))}" if holders else ""
        what = f"the ledger has been locked{who} for over {LOCK_WAIT_S:.0f} s: hooks cannot record"
        yield Finding(id="ledger-locked", level=Level.ERROR, what=what, how="end that process, if it hangs")
    except LedgerError as error:
        yield Finding(id="ledger-unwritable", level=Level.ERROR, what=error.message, how=error.hint)


def holders_of(path: str) -> tuple[int, ...]:
    """Give the processes that hold a lock on a file, as far as the system tells (proc(5), /proc/locks)."""
    try:
        inode = str(os.stat(path).st_ino)
        with open("/proc/locks", encoding="ascii") as file:
            rows = [line.split() for line in file]
    except OSError:
        return ()
    return tuple(int(row[4]) for row in rows if row[1] != "->" and row[5].rsplit(":", 1)[-1] == inode)


def _database(home: Home, now_us: int) -> Iterator[Finding]:
    try:
        _quick_check(home.ledger)
        with open_reader(home) as ledger:
            sessions = [session for session, *_rest in ledger.sessions()]
    except LedgerMissing:
        what = f"nothing is recorded yet: there is no ledger at `{home.ledger}`"
        yield Finding(id="ledger-missing", level=Level.NOTE, what=what)
        return
    except LedgerCorrupt as error:
        yield Finding(
            id="ledger-corrupt",
            level=Level.ERROR,
            what=error.message,
            how="`web4 doctor --fix` sets it aside with its readable copies and begins a new one",
            mend=lambda: set_aside(home, now_us=now_us),
        )
        return
    except LedgerError as error:
        name = {"LedgerNewer": "ledger-newer", "LedgerBusy": "ledger-locked"}.get(
            type(error).__name__, "ledger-unusable"
        )
        yield Finding(id=name, level=Level.ERROR, what=error.message, how=error.hint)
        return
    yield from _writable(home)
    yield from _mirrors(home, sessions)


def _writable(home: Home) -> Iterator[Finding]:
    shut = [path for path in (home.path, home.ledger) if not os.access(path, os.W_OK)]
    if shut:
        what = f"`{shut[0]}` cannot be written, so nothing can be recorded"
        yield Finding(id="ledger-unwritable", level=Level.ERROR, what=what, how="make it writable for you")


def _quick_check(path: str) -> None:
    if not os.path.exists(path):
        raise LedgerMissing(f"there is no ledger at `{path}`")
    database = open_database(path, mode="ro", wait=WAIT_S)
    try:
        found = database.row("PRAGMA quick_check(1)")
    finally:
        database.close()
    if found is None or found[0] != "ok":
        said = str(found[0] if found else "no answer").replace("\n", " ")[:200]
        raise LedgerCorrupt(f"the ledger `{path}` is damaged: {said.lower()}")


def _mirrors(home: Home, sessions: list[str]) -> Iterator[Finding]:
    missing = [session for session in sessions if mirror.size_of(mirror.path_of(home, session)) < 0]
    if missing:
        what = f"the readable copy of {len(missing)} session(s) is missing, first `{mirror.path_of(home, missing[0])}`"
        yield Finding(
            id="mirror-missing",
            level=Level.WARNING,
            what=what,
            how=f"{MEND} writes them anew from the ledger",
            mend=lambda: repair_mirrors(home, missing),
        )


def repair_mirrors(home: Home, sessions: list[str]) -> None:
    """Write mirrors anew from the ledger."""
    os.makedirs(home.audit, mode=0o700, exist_ok=True)
    with open_writer(home, deadline=time.monotonic() + WAIT_S) as ledger:
        for session in sessions:
            ledger.repair_mirror(session)
        ledger.commit()


def set_aside(home: Home, *, now_us: int) -> str:
    """Move a damaged database out of the way, begin a new ledger, and say in it what happened; give the new name."""
    aside = f"{home.ledger}.corrupt-{now_us // 1_000_000}"
    lock = acquire(home.lock, deadline=time.monotonic() + WAIT_S)
    try:
        digest = _digest(home.ledger)
        # Crash between these: the database is gone from its place, and the next writer makes a new one; its parts beside
        # it belong to the old one by their name.
        for part in PARTS:
            if os.path.lexists(home.ledger + part):
                os.rename(home.ledger + part, aside + part)
        # The copies belong to the ledger that they were made from: beside a new one they would be evidence against it.
        if os.path.isdir(home.audit):
            os.rename(home.audit, f"{home.audit}.corrupt-{now_us // 1_000_000}")
    finally:
        lock.release()
    _note(home, digest, now_us)
    return aside


def _note(home: Home, digest: str, now_us: int) -> None:
    body: dict[str, Json] = {
        "agent": "web4",
        "gap": {"why": "ledger-set-aside", "sha256": digest},
    }
    with open_writer(home, deadline=time.monotonic() + WAIT_S) as ledger:
        seq, prev = ledger.tail(NO_SESSION)
        sealed = seal(body, kind=Kind.GAP, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=())
        ledger.append(sealed, Index())
        ledger.commit()


def _digest(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
