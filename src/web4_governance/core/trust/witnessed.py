"""What others saw, beside what was seen here: discounted, capped, and nothing from the entity's own side (T9).

A witness counts by its own lower bound, for at most `EACH` units, and all of them together for at most half of the own
evidence. INVARIANT: witnesses of the entity's own trust domain move nothing, however many there are.
"""

from __future__ import annotations

from web4_governance.core.trust.fixed import ONE, THOUSAND
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.trust.posterior import Posterior

EACH = 5 * ONE


@value
class Witnessing:
    """What one witness saw: `good` and `bad` in units of 2^-32; `low` is its own lower bound in thousandths."""

    witness: str
    domain: str
    good: int
    bad: int
    low: int


def witnessed(own: Posterior, domain: str, told: Iterable[Witnessing]) -> Posterior:
    """Give the posterior of an entity of a trust domain with what witnesses of other domains add to it."""
    heard: dict[str, tuple[int, int]] = {}
    for one in told:
        if one.domain != domain:
            good, bad = heard.get(one.witness, (0, 0))
            low = min(max(one.low, 0), THOUSAND)
            heard[one.witness] = (good + one.good * low // THOUSAND, bad + one.bad * low // THOUSAND)
    capped = [_at_most(good, bad, EACH) for good, bad in heard.values()]
    good, bad = _at_most(sum(g for g, _ in capped), sum(b for _, b in capped), own.mass // 2)
    return replace(own, good=own.good + good, bad=own.bad + bad)


def _at_most(good: int, bad: int, most: int) -> tuple[int, int]:
    """Scale evidence down to at most `most`, with the same share of good."""
    mass = good + bad
    return (good * most // mass, bad * most // mass) if mass > most else (good, bad)
