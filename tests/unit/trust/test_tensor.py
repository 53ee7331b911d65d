"""The three roots over six dimensions, and the bridge to the published tensor."""

from __future__ import annotations

from web4_governance.core.trust.fixed import ONE
from web4_governance.core.trust.posterior import Posterior
from web4_governance.core.trust.tensor import PARTS, Dimension, Root, bridge, roots


def held(good: int, bad: int) -> Posterior:
    return Posterior(good=good * ONE, bad=bad * ONE, squares=(good + bad) * ONE)


def test_every_dimension_belongs_to_one_root() -> None:
    """Six dimensions under three roots, each once."""
    assert sorted(part for parts in PARTS.values() for part in parts) == sorted(Dimension)
    assert list(PARTS) == list(Root)


def test_a_root_is_the_mean_of_its_two_dimensions_by_their_evidence() -> None:
    """98 observations say more than none; of nothing, all roots are a half."""
    tensor = {Dimension.RELIABILITY: held(98, 0)}
    assert roots({}) == dict.fromkeys(Root, 500)
    assert roots(tensor)[Root.TRAINING] == (99 * 1000 // 100 * 100 + 500 * 2) // 102
    assert roots(tensor)[Root.TALENT] == 500


def test_the_bridge_is_six_tenths_primary_and_a_third_of_four_tenths_each_secondary() -> None:
    """With all inputs at their highest it is one, and witnesses beyond three add nothing."""
    best = dict.fromkeys(Dimension, held(10**6, 0))
    assert set(bridge(best, witnesses=3).values()) <= {998, 999, 1000}
    assert bridge(best, witnesses=30) == bridge(best, witnesses=3)
    assert bridge({}) == dict.fromkeys(Root, 500 * 6 // 10 + 500 * 4 // 30)


def test_the_bridge_reads_lineage_from_how_much_was_seen() -> None:
    """Fifty units are half of a long lineage."""
    half = {Dimension.TIMELINESS: held(50, 0)}
    assert bridge(half)[Root.TALENT] - bridge({})[Root.TALENT] in (66, 67)
