"""Trust as anybody folds it from an export bundle, without the ledger and without its rows (docs/spec/trust.md F5).

A bundle is verified first; one that is a selection, tampered with or uncorroborated is folded by nobody. What was heard from
other ledgers stands in the entries, and is folded with them. Not a word for this home: that is `hearing`'s.
"""

from __future__ import annotations

from web4_governance.app.bundle_verifier import open_files
from web4_governance.app.signatures import check
from web4_governance.app.trust import Known, known_by, take
from web4_governance.core.canonical import trusted
from web4_governance.core.digest import leaf
from web4_governance.core.errors import UsageError
from web4_governance.core.evidence.fold import READ_KINDS, Fold
from web4_governance.core.evidence.rows import TENSOR, Rows
from web4_governance.core.ledger.bundle import ENTRIES, verify_bundle
from web4_governance.core.ledger.verdict import VerdictName

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.evidence.fold import Listener
    from web4_governance.core.ledger.note import VerifierKey


def known_in(
    path: str, *, keys: Iterable[VerifierKey] = (), listener: Listener | None = None
) -> tuple[tuple[Known, ...], int]:
    """Give everything that a bundle's entries say of anybody, and how many entries those are.

    Args:
        path: The bundle, of a whole ledger.
        keys: Keys of its log, as the reader has them from elsewhere.
        listener: Hears of every observation.

    Raises:
        UsageError: The bundle is not to be relied on, or does not hold all that trust is folded from.
    """
    with open_files(path) as files:
        report, whole = verify_bundle(files, pinned=tuple(keys), witnesses=(), check=check)
        if not whole:
            raise UsageError(f"`{path}` is a selection: trust is folded from the whole ledger")
        if report.verdict in (VerdictName.TAMPERED, VerdictName.UNCORROBORATED):
            raise UsageError(
                f"`{path}` is {report.verdict}: {report.reason}", hint="`web4 verify --bundle` shows it all"
            )
        rows, size = Rows(lambda _key: None), 0
        fold = Fold(rows, listener)
        for idx, line in enumerate(files.lines(ENTRIES)):
            data, size = line.removesuffix(b"\n"), idx + 1
            body = trusted(data)
            kind = str(body.get("kind")) if isinstance(body, dict) else ""
            if kind in READ_KINDS:
                take(fold, idx, kind, leaf(data).hex(), data)
    held = {key: text for key, text in rows.changes().items() if text and key.startswith(TENSOR)}
    return known_by(rows, held), size
