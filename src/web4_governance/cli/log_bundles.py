"""`web4 log --bundle`: one question over the bundles of several people, each verified first, the calls by their time."""

from __future__ import annotations

from datetime import UTC, datetime

from web4_governance.app import rows
from web4_governance.app.asked import filters_without_session
from web4_governance.app.bundle_records import records
from web4_governance.app.bundle_verifier import open_files
from web4_governance.app.bundles import BundleError, opened, verified
from web4_governance.app.possible import possible
from web4_governance.app.query import check, check_limit
from web4_governance.cli import render
from web4_governance.cli.listing import Listing
from web4_governance.cli.log import NOTHING
from web4_governance.cli.text import safe
from web4_governance.core.errors import CanonicalError, UsageError
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from web4_governance.app.bundles import Bundle
    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.filters import Filters


@value
class Whose:
    """A call, what its bundle is called, the name of the ledger that it is of, and why it is only a possible one."""

    record: Record
    bundle: str
    origin: str
    why: str = ""


def run(arguments: argparse.Namespace) -> int:
    """List the calls of all bundles."""
    if arguments.follow:
        raise UsageError("`--follow` is of this home's ledger, and a bundle is a copy")
    if arguments.possible and not arguments.target:
        raise UsageError("`--possible` needs a `--target`")
    filters = filters_without_session(vars(arguments), now=datetime.now(UTC).astimezone())
    check(filters)
    check_limit(arguments.limit)
    bundles = verified(arguments.bundle, keys=arguments.key, witnesses=arguments.witness)
    for one in bundles:
        remark(one)
    found = _possible(bundles, filters) if arguments.possible else _found(bundles, filters)
    shown = found if arguments.limit is None else found[-arguments.limit :]
    if len(shown) < len(found):
        render.remark(f"only the newest {len(shown)} are shown: `--limit` cut the rest")
    told = (rows.call(one.record, bundle=one.bundle, origin=one.origin, possible=one.why) for one in shown)
    if not render.machine(arguments, told):
        because = [f"perhaps: {one.why}" for one in shown if one.why]
        Listing(whose={one.record.id: one.bundle for one in shown}).show([one.record for one in shown], because=because)
        if not shown:
            render.remark(NOTHING)
    return 0


def remark(bundle: Bundle) -> None:
    """Say on standard error what a bundle is."""
    manifest, what = bundle.manifest, "whole" if bundle.whole else "a selection"
    render.remark(
        f"{safe(bundle.name)}: {what}, {bundle.report.verdict}, {manifest.entries} entries of {safe(manifest.origin)}"
    )


def _found(bundles: Sequence[Bundle], filters: Filters) -> list[Whose]:
    every = [one for bundle in bundles for one in _read(bundle, filters)]
    once = {(one.origin, one.record.id): one for one in reversed(every)}  # two bundles of one ledger may hold one call
    return sorted(once.values(), key=lambda one: (one.record.ts, one.origin, one.record.reference.idx))


def _read(bundle: Bundle, filters: Filters) -> list[Whose]:
    origin = bundle.manifest.origin
    with open_files(bundle.path) as files:
        try:
            found = records(files, filters, whole=bundle.whole)
        except CanonicalError as error:
            raise BundleError(f"`{bundle.path}` cannot be read: {error.message}") from None
    return [Whose(record=one, bundle=bundle.name, origin=origin) for one in found]


def _possible(bundles: Sequence[Bundle], filters: Filters) -> list[Whose]:
    """Give what could have touched the target, of all bundles read as one ledger."""
    found = []
    with opened(bundles) as reader:
        for one in possible(reader, replace(filters, session="")):
            source, place = reader.origin_of(one.record.reference.idx)
            record = replace(one.record, reference=replace(one.record.reference, idx=place))
            if record.session.startswith(filters.session):
                bundle = bundles[source]
                found.append(Whose(record=record, bundle=bundle.name, origin=bundle.manifest.origin, why=one.reason))
    return found
