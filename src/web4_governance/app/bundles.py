"""Several bundles as one ledger: each verified first, then read together by time, in a copy that is gone afterwards.

Who a bundle is of is what the reader calls it (`anna=FILE`, else the file's name); which ledger it is of, it proves. An entry
of one ledger that stands in two bundles is one entry, under the first name.
"""

from __future__ import annotations

import heapq
import os
import tempfile
from contextlib import ExitStack, contextmanager

from web4_governance.app.bundle_records import entries
from web4_governance.app.bundle_verifier import open_files
from web4_governance.app.signatures import check
from web4_governance.core.errors import CanonicalError, LedgerCorrupt, NoteError, UsageError, Web4Error
from web4_governance.core.ledger.bundle import MANIFEST, NOT_FOLLOWED, Manifest, verify_bundle
from web4_governance.core.ledger.lookups import index_of
from web4_governance.core.ledger.note import VerifierKey
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.record.entry import NO_SESSION, Opening
from web4_governance.core.value import value
from web4_governance.storage.copy import NO_SALT, Copy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from web4_governance.core.ledger.bundle import Files
    from web4_governance.core.ledger.verdict import Report
    from web4_governance.core.record.r6 import Read
    from web4_governance.storage.copy import CopyReader

ENDING = ".tar"


class BundleError(Web4Error):
    """A bundle that does not hold: nothing in it is listed."""


@value
class Bundle:
    """A bundle that holds: what it is called, where it lies, what it says of itself, and what verifying it came to."""

    name: str
    path: str
    manifest: Manifest
    report: Report
    whole: bool


def verified(given: Sequence[str], *, keys: Sequence[str] = (), witnesses: Sequence[str] = ()) -> tuple[Bundle, ...]:
    """Verify bundles, each given as `FILE` or `NAME=FILE`; BundleError for one that is tampered with.

    `keys` are keys of logs and `witnesses` those of witnesses, as vkeys, that the person has from elsewhere: a bundle is held
    against those of its log. UsageError where keys are given and none is of a bundle's log, or where two bundles are called
    the same; InputError where one is no bundle at all, NoteError for what is no key.
    """
    logs, seen = (tuple(map(VerifierKey.from_text, texts)) for texts in (keys, witnesses))
    found = tuple(_verified(one, logs, seen) for one in given)
    names = [one.name for one in found]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"two bundles are called `{name}`", hint="give each a name: `--bundle NAME=FILE`")
    return found


def _verified(given: str, keys: tuple[VerifierKey, ...], witnesses: tuple[VerifierKey, ...]) -> Bundle:
    name, path = _named(given)
    with open_files(path) as files:
        pinned = tuple(key for key in keys if key.name == _origin(files))
        report, whole = verify_bundle(files, pinned=pinned, witnesses=witnesses, check=check)
        if keys and not pinned:
            raise UsageError(
                f"no `--key` is one of the log of `{path}`", hint="give a key of each bundle's log, or none"
            )
        foreign = any(one.reason == NOT_FOLLOWED for one in report.uncorroborated)
        if foreign or report.verdict is VerdictName.TAMPERED:
            raise BundleError(
                f"`{path}` does not hold, at {report.place}: {report.reason}", hint=f"`web4 verify --bundle {path}`"
            )
        return Bundle(
            name=name, path=path, manifest=Manifest.from_bytes(files.read(MANIFEST)), report=report, whole=whole
        )


def _origin(files: Files) -> str:
    """Give the name of a bundle's log; empty where it is no bundle, which verifying it says."""
    try:
        return Manifest.from_bytes(files.read(MANIFEST)).origin
    except (CanonicalError, NoteError):
        return ""


def _named(given: str) -> tuple[str, str]:
    """Give what a bundle is called, and its file: `anna=FILE`, or a file that is called as it is."""
    name, equals, path = given.partition("=")
    if equals and name and os.sep not in name and not os.path.exists(given):
        return name, path
    return os.path.basename(given.rstrip(os.sep)).removesuffix(ENDING), given


@contextmanager
def opened(bundles: Sequence[Bundle]) -> Iterator[CopyReader]:
    """Open bundles that hold as one ledger; a session's name that two ledgers have is followed by the bundle's."""
    with tempfile.TemporaryDirectory(prefix="web4-") as directory, ExitStack() as stack:
        files: list[Files] = [open_files(one.path) for one in bundles]  # nothing is open between two questions
        copy = stack.enter_context(Copy(directory))
        known = _Sessions(bundles)
        try:
            for source, read in _by_time(bundles, files):
                openings = [Opening(field=field, salt=NO_SALT, value=held) for field, held in read.open.items()]
                session, seq = known.place(source, read)
                copy.take(
                    read.stored, read.open, index_of(read.body, openings), session=session, seq=seq, source=source
                )
        except (CanonicalError, LedgerCorrupt) as error:
            raise BundleError(f"a bundle cannot be read: {error.message}") from None
        reader = stack.enter_context(copy.finish())
        yield reader


def _by_time(bundles: Sequence[Bundle], files: Sequence[Files]) -> Iterator[tuple[int, Read]]:
    """Give all entries: those of a bundle in their order, and beside the others' by the latest time so far."""
    for _, source, read in heapq.merge(
        *(_timed(n, bundles, files) for n in range(len(bundles))), key=lambda one: one[:2]
    ):
        yield source, read


def _timed(n: int, bundles: Sequence[Bundle], files: Sequence[Files]) -> Iterator[tuple[int, int, Read]]:
    latest = 0
    origin = bundles[n].manifest.origin
    earlier = [m for m in range(n) if bundles[m].manifest.origin == origin]
    told = {read.stored.leaf for m in earlier for read in entries(files[m], whole=bundles[m].whole)}
    for read in entries(files[n], whole=bundles[n].whole):
        latest = max(latest, read.stored.ts)
        if read.stored.leaf not in told:
            yield latest, n, read


class _Sessions:
    """What chains are called in the copy, and how far the one of no session goes there."""

    def __init__(self, bundles: Sequence[Bundle]) -> None:
        self._bundles = bundles
        self._of: dict[str, str] = {}
        self._called: dict[tuple[str, str], str] = {}
        self._end = 0

    def place(self, source: int, read: Read) -> tuple[str, int]:
        """Give the chain and the place in it of an entry."""
        stored, origin = read.stored, self._bundles[source].manifest.origin
        if stored.session == NO_SESSION:  # each ledger has one, and here they are one
            seq, self._end = (stored.seq if len(self._bundles) == 1 else self._end), self._end + 1
            return NO_SESSION, seq
        here = (origin, stored.session)
        if here not in self._called:
            name = stored.session
            while self._of.setdefault(name, origin) != origin:
                name = f"{name} ({self._bundles[source].name})"
            self._called[here] = name
        return self._called[here], stored.seq
