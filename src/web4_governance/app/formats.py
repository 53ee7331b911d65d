"""The formats of secrets that packs bring along, kept beside the ledger: an outcome is recorded without a look at policies.

A format that was in force once stays known: it only takes out more. Not for what ships with the package.
"""

from __future__ import annotations

from web4_governance.core.canonical import decode, encode
from web4_governance.core.secret_formats import ALPHABETS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.storage.writer import Writer

    Format = tuple[str, str, int, str]

KEY = "secret-formats"
MOST = 256


def of_packs(packs: tuple[dict[str, Json], ...]) -> tuple[Format, ...]:
    """Give the formats that rows of packs bring along: beginning, letters, least number of them, name."""
    rows = [row for row in packs if "secret" in row]
    return tuple(
        (str(row["prefix"]), ALPHABETS[str(row["alphabet"])], int(str(row["least"])), str(row["secret"]))
        for row in rows
    )


def held(ledger: Writer) -> tuple[Format, ...]:
    """Give the formats that the ledger knows of."""
    said = ledger.meta(KEY)
    rows = decode(said.encode()) if said else None
    kept = [row for row in rows if isinstance(row, list)] if isinstance(rows, list) else []
    return tuple((str(row[0]), str(row[1]), int(str(row[2])), str(row[3])) for row in kept)


def keep(ledger: Writer, packs: tuple[dict[str, Json], ...]) -> tuple[Format, ...]:
    """Note the formats of a policy's packs; give all that are known."""
    known = held(ledger)
    new = [one for one in of_packs(packs) if one not in known] if packs else []
    if not new:
        return known
    known = (*new, *known)[:MOST]  # those in force come first
    # Crash: the delivery is not recorded, and neither are its formats: both come again with it.
    ledger.set_meta(KEY, encode([[*one] for one in known]).decode())
    return known
