"""The arithmetic of trust against known numbers: the Beta distribution, forgetting, alarms, and what opens a gate."""

from __future__ import annotations

from math import ceil, floor
from math import log2 as exact_log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.trust.beta import below, ceil_of, floor_of
from web4_governance.core.trust.bounds import Bounds, bounds, interval
from web4_governance.core.trust.fixed import ONE, kept, log2, root, units
from web4_governance.core.trust.posterior import LIMIT, NOTHING, READY, Posterior, observe
from web4_governance.core.trust.witnessed import EACH, Witnessing, witnessed


def after(outcomes: list[bool], start: Posterior = NOTHING) -> Posterior:
    for good in outcomes:
        start = observe(start, good=good)
    return start


@pytest.mark.parametrize(("n", "share"), [(1, 0.05), (9, 0.05), (40, 0.95), (200, 0.5)])
def test_the_quantile_of_beta_n_1_is_the_nth_root(n: int, share: float) -> None:
    """Beta(n, 1) has the distribution x^n, so that its quantiles are known in closed form."""
    at = share ** (1 / n) * 1000
    assert (floor_of(n, 1, share), ceil_of(n, 1, share)) == (ceil(at - 1e-6) - 1, floor(at + 1e-6) + 1)
    assert (floor_of(1, n, 1 - share), ceil_of(1, n, 1 - share)) == (
        1000 - floor(at + 1e-6) - 1,
        1000 - ceil(at - 1e-6) + 1,
    )


@given(a=st.floats(1, 400), b=st.floats(1, 400), share=st.sampled_from((0.05, 0.5, 0.95)))
def test_a_bound_is_the_last_thousandth_on_its_side(a: float, b: float, share: float) -> None:
    """Wherever the search begins: one step on, the share is reached."""
    low, high = floor_of(a, b, share), ceil_of(a, b, share)
    assert below(a, b, low / 1000) < share <= below(a, b, (low + 1) / 1000) + 1e-8
    assert below(a, b, (high - 1) / 1000) - 1e-8 <= share < below(a, b, high / 1000)


def test_the_distribution_is_symmetric_and_ends_at_its_ends() -> None:
    """Half of a symmetric one lies below its middle; nothing below zero, all below one."""
    assert below(30, 30, 0.5) == pytest.approx(0.5)
    assert (below(2, 3, 0), below(2, 3, 1)) == (0, 1)
    assert below(2, 2, 0.25) == pytest.approx(3 * 0.25**2 - 2 * 0.25**3)


def test_a_fraction_that_meets_a_zero_goes_on() -> None:
    """Lentz's method divides by what may vanish: (a + b) x / (a + 1) is exactly one here."""
    assert below(1, 3, 0.5) == pytest.approx(1 - 0.5**3)


@pytest.mark.parametrize("amount", [0.01, 0.3, 1, 1.5, 2, 7])
def test_logarithms_and_roots_are_those_of_the_reals(amount: float) -> None:
    """Within a few units of 2^-32."""
    assert log2(int(amount * ONE)) / ONE == pytest.approx(exact_log2(amount), abs=2e-7)
    assert root(int(amount * ONE)) / ONE == pytest.approx(amount**0.5, abs=1e-7)


def test_half_is_left_after_a_hundred_units_however_they_are_cut() -> None:
    """A weight of ten units fades as much as ten of one."""
    assert kept(10_000) / 2**64 == pytest.approx(2**-0.1)
    assert (kept(1000) / 2**64) ** 100 == pytest.approx(0.5)
    assert units(1500) == ONE * 3 // 2


def test_eight_successes_of_full_weight_open_a_gate_of_seven_tenths() -> None:
    """Seven do not; two would, if the mean were what is compared."""
    assert bounds(after([True] * 7)).low < 700 < bounds(after([True] * 8)).low
    assert bounds(after([True] * 2)).mean > 700


def test_a_newcomer_is_somewhere_between_five_and_ninety_five_percent() -> None:
    """Not known is not half trusted."""
    assert bounds(NOTHING) == Bounds(low=49, high=951, mean=500)


def test_the_interval_is_narrower_than_the_bounds_where_much_has_faded() -> None:
    """Three hundred observations count for twice what their faded weight says, if nothing changes."""
    held = after([True, True, True, True, False] * 60)
    low, high = interval(held)
    assert bounds(held).low < low < high < bounds(held).high
    assert held.effective / ONE == pytest.approx(289, rel=0.25)


def test_the_interval_of_nothing_is_that_of_the_prior() -> None:
    """No evidence, no scale."""
    assert interval(NOTHING) == (49, 951)
    assert NOTHING.effective == 0


def test_a_fall_is_noticed_and_only_what_came_since_then_counts() -> None:
    """A hundred successes, then failures: the alarm comes within eight, and the bound with it."""
    held = after([True] * 100)
    count = 0
    while not held.alarms:
        held = observe(held, good=False)
        count += 1
    assert count <= 8
    assert (held.good, held.rise) == (0, 0)
    assert held.bad <= count * ONE
    assert held.alarmed
    assert bounds(held).alarm
    assert bounds(held).high < 700


def test_an_alarm_stands_until_enough_was_seen_since() -> None:
    """Twenty units later it is history."""
    held = after([True] * 25, after([False] * 10, after([True] * 100)))
    assert held.alarms == 1
    assert held.mass >= READY
    assert not held.alarmed


def test_a_beginning_is_no_fall() -> None:
    """Under twenty units there is nothing that it could have fallen from."""
    assert after([True] * 10 + [False] * 8).alarms == 0


def test_a_single_failure_is_an_excursion_that_successes_end() -> None:
    """The sum rises with a failure and is back at nothing after some successes."""
    fallen = after([True] * 60 + [False])
    assert 0 < fallen.rise < LIMIT
    assert (fallen.since_good, fallen.since_bad) == (0, ONE)
    risen = after([True] * 10, fallen)
    assert (risen.rise, risen.hit, risen.miss, risen.since_good, risen.since_bad) == (0, 0, 0, 0, 0)


def test_weights_are_bounded() -> None:
    """A weight over 16.384 units counts as that: no caller can make one observation a history."""
    assert observe(NOTHING, good=True, weight=10**9) == observe(NOTHING, good=True, weight=1 << 14)


def test_a_ring_that_praises_itself_is_capped() -> None:
    """A hundred witnesses with a hundred praises each add half of the own evidence, and one adds five units."""
    own = after([True, True, True, False, False] * 20)
    ring = [Witnessing(witness=str(n), domain=str(n), good=100 * ONE, bad=0, low=1000) for n in range(100)]
    assert witnessed(own, "here", ring).mass - own.mass == own.mass // 2
    assert witnessed(own, "here", ring[:1]).mass - own.mass == EACH


def test_a_witness_counts_by_its_own_lower_bound() -> None:
    """One that is trusted to a half brings half of what it saw."""
    own = after([True] * 50)
    told = Witnessing(witness="w", domain="there", good=2 * ONE, bad=ONE, low=500)
    found = witnessed(own, "here", [told])
    assert (found.good - own.good, found.bad - own.bad) == (ONE, ONE // 2)
