"""`web4 log --bundle`: one question over the bundles of several people, each verified first, the calls by their time.

Who a bundle is of is what the reader calls it (`--bundle anna=FILE`, else the file's name); which ledger it is of, it proves.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from web4_governance.app import rows
from web4_governance.app.asked import filters_without_session
from web4_governance.app.bundle_records import records
from web4_governance.app.bundle_verifier import open_files
from web4_governance.app.query import check
from web4_governance.app.signatures import check as check_signature
from web4_governance.cli import render
from web4_governance.cli.listing import Listing
from web4_governance.cli.text import safe
from web4_governance.core.errors import CanonicalError, UsageError, Web4Error
from web4_governance.core.ledger.bundle import MANIFEST, Manifest, verify_bundle
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.filters import Filters

ENDING = ".tar"


class BundleError(Web4Error):
    """A bundle that does not hold: nothing in it is listed."""


@value
class Whose:
    """A call, what its bundle is called, and the name of the ledger that it is of."""

    record: Record
    bundle: str
    origin: str


def run(arguments: argparse.Namespace) -> int:
    """List the calls of all bundles."""
    if arguments.follow or arguments.possible:
        raise UsageError("`--follow` and `--possible` are of this home's ledger, and a bundle is a copy")
    filters = filters_without_session(vars(arguments), now=datetime.now(UTC).astimezone())
    check(filters)
    every = [one for given in arguments.bundle for one in _read(given, filters)]
    once = {(one.origin, one.record.id): one for one in reversed(every)}  # two bundles of one ledger may hold one call
    found = sorted(once.values(), key=lambda one: (one.record.ts, one.origin, one.record.reference.idx))
    shown = found if arguments.limit is None else found[-arguments.limit :]
    if len(shown) < len(found):
        render.remark(f"only the newest {len(shown)} are shown: `--limit` cut the rest")
    if not render.machine(arguments, (rows.call(one.record, bundle=one.bundle, origin=one.origin) for one in shown)):
        Listing(whose={one.record.id: one.bundle for one in shown}).show([one.record for one in shown])
    return 0


def _read(given: str, filters: Filters) -> list[Whose]:
    name, path = _named(given)
    label = safe(name)
    with open_files(path) as files:
        report, whole = verify_bundle(files, check=check_signature)
        if report.verdict is VerdictName.TAMPERED:
            raise BundleError(
                f"`{path}` does not hold, at {report.place}: {report.reason}", hint=f"`web4 verify --bundle {path}`"
            )
        manifest = Manifest.from_bytes(files.read(MANIFEST))
        what = "whole" if whole else "a selection"
        render.remark(f"{label}: {what}, {report.verdict}, {manifest.entries} entries of {safe(manifest.origin)}")
        try:
            return [
                Whose(record=one, bundle=name, origin=manifest.origin) for one in records(files, filters, whole=whole)
            ]
        except CanonicalError as error:
            raise BundleError(f"`{path}` cannot be read: {error.message}") from None


def _named(given: str) -> tuple[str, str]:
    """Give what a bundle is called, and its file: `anna=FILE`, or a file that is called as it is."""
    name, equals, path = given.partition("=")
    if equals and name and os.sep not in name and not os.path.exists(given):
        return name, path
    return os.path.basename(given.rstrip(os.sep)).removesuffix(ENDING), given
