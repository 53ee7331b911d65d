"""Every error that the project raises on purpose, as one tree.

    Web4Error                 one line for people, lower case, user input in backticks; `hint` says what to do
    ├── InputError            what came in is not usable                                        exit 3
    │   ├── CanonicalError    bytes or a value outside the canonical profile (spec C)
    │   │   └── EntryTooLarge an entry whose lists have to be cut shorter before it fits
    │   ├── EventError        a hook event that cannot be read at all
    │   ├── NoteError         bytes that are no signed note, checkpoint, cosignature or proof of their standard
    │   ├── ProofError        a well-formed signature or Merkle proof that does not prove what it should
    │   ├── PolicyError       a policy that does not load; carries file, line and column
    │   └── UsageError        a command line or a setting that makes no sense
    ├── AnchorError           an anchor cannot be asked now, or gave no usable answer; nothing is lost by it
    │   └── AnchorRefused     an anchor answered no: what it holds does not go with what it was shown
    ├── NotCommitted          a call whose record is under no signed head in time, though a rule asks for one
    ├── HomeError             the home directory is missing, foreign, or writable by others
    └── LedgerError           the ledger cannot be used
        ├── LedgerBusy        another writer holds it past the deadline
        ├── LedgerFull        no space, or a quota
        ├── LedgerReadOnly    the disk or the file refuses writes
        ├── LedgerCorrupt     SQLite says that the file is damaged, or it is no database
        ├── LedgerNewer       written by a newer version of this program
        ├── LedgerMissing     there is no ledger to read
        ├── LedgerDuplicate   this host event is recorded already (an entry per identity)
        └── LedgerMoved       the chain's head is not where the entry says that it follows

Not here: verdicts of a verification, which are values (a tampered ledger is a finding, not an exception).
"""

from __future__ import annotations


class Web4Error(Exception):
    """Anything this project raises on purpose."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class InputError(Web4Error):
    """What came in is not usable."""


class CanonicalError(InputError):
    """Bytes or a value outside the canonical profile."""


class EntryTooLarge(CanonicalError):
    """An entry whose lists have to be cut shorter before it fits."""


class EventError(InputError):
    """A hook event that cannot be read."""


class NoteError(InputError):
    """Bytes that are no signed note, checkpoint, cosignature or proof of their standard."""


class ProofError(InputError):
    """A well-formed signature or Merkle proof that does not prove what it should."""


class UsageError(InputError):
    """A command line or a setting that makes no sense."""


class PolicyError(InputError):
    """A policy that does not load, with the place where it does not (line and column from 1; 0 where unknown)."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, column: int = 0, hint: str = "") -> None:
        place = f"{file}:{line}:{column}: " if line else (f"{file}: " if file else "")
        super().__init__(place + message, hint=hint)
        self.reason = message
        self.file = file
        self.line = line
        self.column = column


class AnchorError(Web4Error):
    """An anchor cannot be asked now, or gave no usable answer; nothing is lost by it."""


class AnchorRefused(AnchorError):
    """An anchor answered no: what it holds does not go with what it was shown."""


class NotCommitted(Web4Error):
    """A call's record is under no signed head in time, or not held by all who have to, though a rule asks for it."""


class HomeError(Web4Error):
    """The home directory is missing, foreign, or writable by others."""


class LedgerError(Web4Error):
    """The ledger cannot be used."""


class LedgerBusy(LedgerError):
    """Another writer holds the ledger past the deadline."""


class LedgerFull(LedgerError):
    """No space is left for the ledger."""


class LedgerReadOnly(LedgerError):
    """The disk or the file refuses writes."""


class LedgerCorrupt(LedgerError):
    """SQLite says that the file is damaged, or it is no database."""


class LedgerNewer(LedgerError):
    """The ledger was written by a newer version of this program."""


class LedgerMissing(LedgerError):
    """There is no ledger to read."""


class LedgerDuplicate(LedgerError):
    """The host event is recorded already: at most one entry per identity."""


class LedgerMoved(LedgerError):
    """A head is not where the entry says that it follows: the compare-and-swap moved no row."""
