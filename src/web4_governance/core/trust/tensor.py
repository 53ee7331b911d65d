"""The six dimensions of trust, the three roots above them, and the bridge to the published Web4 tensors.

Words and arithmetic only: what counts as an observation of a dimension is `evidence`'s. Rules ask about dimensions; roots
and bridge are views for people and for other programs.
"""

from __future__ import annotations

from web4_governance.core.closed import Closed
from web4_governance.core.trust.fixed import BITS, ONE, THOUSAND
from web4_governance.core.trust.posterior import NOTHING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.core.trust.posterior import Posterior

ENOUGH = 100 * ONE  # evidence from which on a lineage is long
ENOUGH_WITNESSES = 3


class Dimension(Closed):
    """The closed list of what is measured of an entity in a role."""

    COMPLETENESS = "completeness"
    CONSISTENCY = "consistency"
    TIMELINESS = "timeliness"
    RELIABILITY = "reliability"
    RELEVANCE = "relevance"
    TRANSPARENCY = "transparency"


class Root(Closed):
    """The three roots of the published tensor."""

    TALENT = "talent"
    TRAINING = "training"
    TEMPERAMENT = "temperament"


PARTS: dict[Root, tuple[Dimension, Dimension]] = {
    Root.TALENT: (Dimension.COMPLETENESS, Dimension.RELEVANCE),
    Root.TRAINING: (Dimension.RELIABILITY, Dimension.TIMELINESS),
    Root.TEMPERAMENT: (Dimension.CONSISTENCY, Dimension.TRANSPARENCY),
}


def roots(tensor: Mapping[Dimension, Posterior]) -> dict[Root, int]:
    """Give each root in thousandths: the mean of its two dimensions, each weighted by its evidence and the prior's."""
    found = {}
    for root, parts in PARTS.items():
        held = [tensor.get(part, NOTHING) for part in parts]
        weights = [2 * ONE + one.mass for one in held]
        mean = sum(one.mean * weight for one, weight in zip(held, weights, strict=True)) // sum(weights)
        found[root] = mean * THOUSAND >> BITS
    return found


def bridge(tensor: Mapping[Dimension, Posterior], *, witnesses: int = 0) -> dict[Root, int]:
    """Give the roots as the published six-to-three bridge has them, in thousandths: a view for compatibility.

    `0.6 x primary + 0.4/3 x each of three secondary`. Its six inputs are not our six dimensions: competence is read from
    completeness, alignment from relevance, witnesses as a third for each of up to three, lineage from how much was seen.
    """
    means = {dimension: tensor.get(dimension, NOTHING).mean * THOUSAND >> BITS for dimension in Dimension}
    most = max((one.mass for one in tensor.values()), default=0)
    lineage = min(THOUSAND, most * THOUSAND // ENOUGH)
    seen = min(THOUSAND, witnesses * THOUSAND // ENOUGH_WITNESSES)
    secondary = (means[Dimension.RELEVANCE] + seen + lineage) * 4 // 30
    primary = {
        Root.TALENT: means[Dimension.COMPLETENESS],
        Root.TRAINING: means[Dimension.RELIABILITY],
        Root.TEMPERAMENT: means[Dimension.CONSISTENCY],
    }
    return {root: mean * 6 // 10 + secondary for root, mean in primary.items()}
