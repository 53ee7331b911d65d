"""Makes a report of bundles: one question over the ledgers of several people, each bundle verified first.

The figures are those of all of them together. A place is one of the ledger that the bundle is of, and stands beside the
bundle's name. What a copy cannot tell is left out and said to be: places in a row and missing numbers of what was selected,
and trust of more than one ledger.
"""

from __future__ import annotations

from web4_governance.app.bundles import opened, verified
from web4_governance.app.reports.asked import Reading
from web4_governance.app.reports.make import begun, check, counted, ended
from web4_governance.app.reports.verdict import as_json
from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from web4_governance.app.bundles import Bundle
    from web4_governance.app.reports.asked import Asked
    from web4_governance.storage.copy import CopyReader

    Doc = dict[str, Any]
    Told = Callable[[int, int, int], None]

LISTS = ("findings", "gaps", "uncorroborated", "anchored", "notes")
SUMS = ("found", "gaps_in_all", "gaps_unexplained", "tail", "unread", "size")
WEAKEST = (VerdictName.ANCHORED, VerdictName.TAIL, VerdictName.UNANCHORED, VerdictName.GAPS, VerdictName.UNCORROBORATED)


def make_of_bundles(
    given: Sequence[str], asked: Asked, *, told: Told, keys: Sequence[str] = (), witnesses: Sequence[str] = ()
) -> Doc:
    """Give the report of bundles, each given as `FILE` or `NAME=FILE`; `told` hears as of a ledger's.

    `keys` and `witnesses` as for `app.bundles.verified`. BundleError for a bundle that does not hold: then there is no report.
    """
    if asked.verify not in (Reading.AUTO, Reading.ALL):
        raise UsageError("a bundle is verified whole before anything of it is told", hint="leave out `--verify`")
    chosen = check(asked)
    bundles = verified(given, keys=keys, witnesses=witnesses)
    alone = bundles[0] if len(bundles) == 1 else None
    if alone is None or not alone.whole:
        asked = replace(asked, course=Reading.NONE, whole=False)
    doc = begun(asked, _ledger(bundles))
    with opened(bundles) as reader:
        counted(doc, reader, asked, told=told)
        _place(doc, reader, [one.name for one in bundles])
    doc["bundles"] = [_bundle(one) for one in bundles]
    doc["verification"] = _together([(one.name, as_json(one.report)) for one in bundles])
    if not asked.whole:
        doc["population"] |= {"first_place": -1, "last_place": -1, "out_of_order": 0}
    if not all(one.whole for one in bundles):
        doc["population"]["broken_chains"] = None
    return ended(doc, chosen, told=told)


def _ledger(bundles: Sequence[Bundle]) -> Doc:
    """Give the ledger that a report is of; of several, none and all of their entries."""
    if len(bundles) == 1:
        found = bundles[0].manifest
        return {"origin": found.origin, "size": found.size, "root": found.root}
    return {"origin": "", "size": sum(one.manifest.entries for one in bundles), "root": ""}


def _bundle(one: Bundle) -> Doc:
    found = one.manifest
    return {
        "bundle": one.name,
        "origin": found.origin,
        "whole": one.whole,
        "entries": found.entries,
        "size": found.size,
        "root": found.root,
        "verdict": str(one.report.verdict),
    }


def _place(found: object, reader: CopyReader, names: Sequence[str]) -> None:
    """Put in the place of each place in the copy the one in its ledger, and the bundle's name beside it."""
    if isinstance(found, list):
        for one in found:
            _place(one, reader, names)
    elif isinstance(found, dict):
        if isinstance(found.get("place"), int):
            source, found["place"] = reader.origin_of(found["place"])
            found["bundle"] = names[source]
        for one in found.values():
            _place(one, reader, names)


def _together(each: Sequence[tuple[str, Doc]]) -> Doc:
    """Give the weakest verdict of several, and of each what it found, with the bundle's name before every place."""
    if len(each) == 1:
        return {"read": str(Reading.ALL), **each[0][1]}
    weakest = max(each, key=lambda one: WEAKEST.index(VerdictName(one[1]["verdict"])))
    found: Doc = {"read": str(Reading.ALL), **weakest[1], "root": ""}
    found["exit"] = max(one["exit"] for _, one in each)
    found["place"] = f"{weakest[0]}: {found['place']}" if found["place"] else ""
    for name in SUMS:
        found[name] = sum(one[name] for _, one in each)
    found["openings"] = {name: sum(one["openings"][name] for _, one in each) for name in found["openings"]}
    for name in LISTS:
        found[name] = [_named(whose, item) for whose, one in each for item in one[name]]
    held = [set(one["holds"]) for _, one in each]
    found["holds"] = [one for one in found["holds"] if all(one in of for of in held)]
    found["not_covered"] = [*dict.fromkeys(item for _, one in each for item in one["not_covered"])]
    return found


def _named(whose: str, item: Any) -> Any:  # noqa: ANN401  # a note, or a finding
    if isinstance(item, str):
        return f"{whose}: {item}"
    key = "place" if "place" in item else "by"
    return {**item, key: f"{whose}: {item[key]}"}
