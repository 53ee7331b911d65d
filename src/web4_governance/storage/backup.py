"""Copies of the whole database: one file out of a reader's snapshot, and one file put in the place of what a writer holds.

Mirrors are in no copy: they are made from the ledger, and after a restore they are made anew. Keys, policies and settings
are in none either. Rules: a copy is whole or not there; what a restore replaces is kept beside it first.
"""

from __future__ import annotations

import os

from web4_governance.core.errors import LedgerCorrupt, LedgerError, UsageError
from web4_governance.storage.database import open_database
from web4_governance.storage.erase import Eraser
from web4_governance.storage.faults import from_os
from web4_governance.storage.home import sync_directory
from web4_governance.storage.schema import create_file, version_of
from web4_governance.storage.writer import take

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.storage.database import Database
    from web4_governance.storage.home import Home
    from web4_governance.storage.reader import Reader

WAIT = 5.0
REPLACED = "replaced"


def write_copy(reader: Reader, path: str) -> None:
    """Write the ledger, as of the reader's snapshot, to a new file; UsageError where something lies there already."""
    if os.path.lexists(path):
        message = f"`{path}` is there already"
        raise UsageError(message, hint="a backup replaces nothing: give another name")
    temporary = f"{path}.{os.getpid()}.tmp"
    # Crash: a `.tmp` beside the place that nobody reads; after the rename, a whole copy.
    create_file(temporary)
    try:
        _copy(reader, temporary)
        _sync(temporary)
        os.rename(temporary, path)
        sync_directory(os.path.dirname(os.path.abspath(path)))
    except OSError as error:
        raise from_os(error, path) from None
    finally:
        for name in (temporary, temporary + "-wal", temporary + "-shm", temporary + "-journal"):
            if os.path.lexists(name):
                os.unlink(name)


def copy_in(source: str, path: str) -> None:
    """Copy a file that should be a ledger to a new one; an error of the ledger's where it is none, or a newer one."""
    found = open_database(source, mode="ro", wait=WAIT)
    try:
        if version_of(found) == 0:
            message = f"`{source}` is empty"
            raise LedgerCorrupt(message, hint="use another backup")
        create_file(path)
        _copy(found, path)
    finally:
        found.close()


def _copy(source: Reader | Database, path: str) -> None:
    """Make an empty file a copy, complete in this one file."""
    other = open_database(path, mode="rw", wait=WAIT)
    try:
        source.copy_to(other)
        other.rows("PRAGMA journal_mode=DELETE")  # nothing of it lies in a WAL beside it
    finally:
        other.close()


def open_restorer(home: Home | str, *, deadline: float | None) -> Restorer:
    """Take the lock and open the ledger that is to be replaced; one is made where there is none."""
    return Restorer(*take(home, deadline))


class Restorer(Eraser):
    """A writer whose whole ledger can be put back."""

    __slots__ = ()

    def size(self) -> int:
        """Give how many entries there are."""
        return self._tree().size

    def root(self) -> bytes:
        """Give the root over them."""
        return self._tree().root()

    def keep_beside(self, mark: str) -> tuple[str, ...]:
        """Keep a copy of this ledger, and its mirrors, under names with this mark; give the names."""
        mark = self._free(mark)
        path = f"{self._home.ledger}.{REPLACED}-{mark}"
        create_file(path)
        self._database.run("ROLLBACK")
        _copy(self._database, path)
        _sync(path)
        audit = f"{self._home.audit}.{REPLACED}-{mark}"
        kept = [path]
        try:
            # Crash after this: mirrors are missing, which is a note; they are made anew from whichever ledger is there.
            if os.path.isdir(self._home.audit):
                os.rename(self._home.audit, audit)
                kept.append(audit)
            sync_directory(self._home.path)
        except OSError as error:  # pragma: no cover  # a home that was writable a moment ago
            raise from_os(error, audit) from None
        self.begin()
        return tuple(kept)

    def _free(self, mark: str) -> str:
        """Give the mark, or with a number, so that nothing that is kept is written over."""
        n, found = 1, mark
        while any(os.path.lexists(f"{path}.{REPLACED}-{found}") for path in (self._home.ledger, self._home.audit)):
            n += 1
            found = f"{mark}-{n}"
        return found

    def put(self, file: str) -> None:
        """Put another ledger in the place of this one, in one transaction; then write its mirrors."""
        self._database.run("ROLLBACK")
        source = open_database(file, mode="ro", wait=WAIT)
        try:
            # Crash before the end: this ledger is as it was. After it: the other one is there, with the entry that says so.
            source.copy_to(self._database)
        finally:
            source.close()
        self.begin()
        for (session,) in self._database.rows("SELECT session FROM mirrors"):
            try:
                self.repair_mirror(str(session))
            except LedgerError as error:  # the ledger is in its place: what is missing is a note, and made good later
                self.mirror_error = error.message


def _sync(path: str) -> None:
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
