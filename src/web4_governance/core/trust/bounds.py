"""What is read out of a posterior: the bounds that rules compare, and the interval that a person is shown (T7, T8).

Bounds are in thousandths, rounded outwards: a rule never sees more than the evidence gives.
"""

from __future__ import annotations

from web4_governance.core.trust.beta import ceil_of, floor_of
from web4_governance.core.trust.fixed import BITS, ONE, THOUSAND
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.trust.posterior import Posterior

LOW, HIGH = 0.05, 0.95


@value
class Bounds:
    """The 5 % and the 95 % bound and the mean, in thousandths, and whether an alarm stands."""

    low: int
    high: int
    mean: int
    alarm: bool = False


def bounds(of: Posterior) -> Bounds:
    """Give what rules compare: the bounds of the posterior over its faded weight."""
    low, high = _between(of.good / ONE, of.bad / ONE)
    return Bounds(low=low, high=high, mean=of.mean * THOUSAND >> BITS, alarm=of.alarmed)


def interval(of: Posterior) -> tuple[int, int]:
    """Give the 90 % interval in thousandths, on the scale of how many equal observations the evidence is worth.

    Narrower than `bounds` where much has faded, wider where a few observations weigh most: it says where the rate lies if
    it does not change, which a rule must not rely on.
    """
    scale = of.effective / of.mass if of.mass else 0.0
    return _between(of.good * scale / ONE, of.bad * scale / ONE)


def _between(good: float, bad: float) -> tuple[int, int]:
    return floor_of(1 + good, 1 + bad, LOW), ceil_of(1 + good, 1 + bad, HIGH)
