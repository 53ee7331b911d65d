"""What other ledgers have seen of an entity, beside what was seen here, and how far it moves a bound (trust.md N5, T9).

Pure, over the fold's rows. INVARIANT: it is added when a rule or a person reads, and never becomes evidence: nothing that was
heard is ever told on, and what nobody has seen here stays unknown.
"""

from __future__ import annotations

from web4_governance.core.evidence.rows import APART
from web4_governance.core.trust.bounds import bounds
from web4_governance.core.trust.fixed import ONE, THOUSAND
from web4_governance.core.trust.posterior import NOTHING
from web4_governance.core.trust.tensor import Dimension
from web4_governance.core.trust.witnessed import Witnessing, witnessed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.core.evidence.rows import Rows
    from web4_governance.core.trust.posterior import Posterior

HEARSAY = "o/"
LEDGER, ROLE = "ledger:", "witness"
MOST = 16  # trust domains that are remembered of one entity in one role
PAIR = 2


def remember(rows: Rows, said: Any) -> None:  # noqa: ANN401  # what stands in an entry; what makes no sense is left out
    """Take the word of another trust domain; a later one of the same takes the place of the earlier."""
    domain, here, told = (
        (said.get(name) for name in ("domain", "here", "told")) if isinstance(said, dict) else (0, 0, 0)
    )
    if not isinstance(domain, str) or not isinstance(here, str) or domain in ("", here) or not isinstance(told, list):
        return
    for row in told:
        if isinstance(row, list) and len(row) == PAIR + 1 and isinstance(row[PAIR], dict):
            key = _key(str(row[0]), str(row[1]))
            others = [one for one in rows.get(key) or [] if one[0] != domain]
            rows.put(key, [*others[1 - MOST :], [domain, here, _clean(row[PAIR])]])


def domains(rows: Rows, entity: str, role: str) -> tuple[str, ...]:
    """Give the trust domains whose word is known about an entity in a role."""
    return tuple(one[0] for one in rows.get(_key(entity, role)) or [])


def believed(rows: Rows, entity: str, role: str, dimension: Dimension) -> Posterior | None:
    """Give what a rule is judged by: the own evidence with what others add to it; None where nothing was seen here."""
    own = rows.tensor(entity, role).get(dimension)
    told = rows.get(_key(entity, role)) or []
    if own is None or not told:
        return own
    words = [_word(rows, domain, said.get(str(dimension), [0, 0])) for domain, _here, said in told]
    return witnessed(own, told[0][1], words)


def low_of(rows: Rows, domain: str) -> int:
    """Give how far a trust domain's word is trusted, in thousandths: as the operator's labels of it say, and little before."""
    return bounds(rows.tensor(LEDGER + domain, ROLE).get(Dimension.RELIABILITY, NOTHING)).low


def _word(rows: Rows, domain: str, said: list[int]) -> Witnessing:
    good, bad = (count * ONE // THOUSAND for count in said)
    return Witnessing(witness=domain, domain=domain, good=good, bad=bad, low=low_of(rows, domain))


def _clean(said: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, pair in said.items():
        good = isinstance(pair, list) and len(pair) == PAIR and all(type(n) is int and n >= 0 for n in pair)
        if good and name in {str(one) for one in Dimension}:
            found[name] = pair
    return found


def _key(entity: str, role: str) -> str:
    return f"{HEARSAY}{entity}{APART}{role}"
