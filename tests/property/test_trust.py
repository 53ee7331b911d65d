"""The arithmetic of trust on random histories: bounds, direction, folding in parts, forgetting, and the cap of witnesses."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.trust.bounds import bounds, interval
from web4_governance.core.trust.fixed import ONE
from web4_governance.core.trust.posterior import NOTHING, Posterior, forget, observe
from web4_governance.core.trust.witnessed import EACH, Witnessing, witnessed

observations = st.tuples(st.booleans(), st.integers(0, 4000))
histories = st.lists(observations, max_size=120)
plain = st.lists(st.booleans(), max_size=120)
heard = st.builds(
    Witnessing,
    witness=st.sampled_from("abcdef"),
    domain=st.sampled_from(("here", "there", "elsewhere")),
    good=st.integers(0, 300 * ONE),
    bad=st.integers(0, 300 * ONE),
    low=st.integers(0, 1000),
)


def fold(history: list[tuple[bool, int]], start: Posterior = NOTHING) -> Posterior:
    for good, weight in history:
        start = observe(start, good=good, weight=weight)
    return start


@given(histories)
def test_bounds_lie_in_order_around_the_mean_and_within_zero_and_one(history: list[tuple[bool, int]]) -> None:
    """0 <= low <= mean <= high <= 1, for the bounds and around the interval."""
    held = fold(history)
    found = bounds(held)
    assert 0 <= found.low <= found.mean <= found.high <= 1000
    low, high = interval(held)
    assert 0 <= low <= high <= 1000


@given(histories)
def test_evidence_is_never_negative_and_never_more_than_what_forgetting_leaves(history: list[tuple[bool, int]]) -> None:
    """A hundred units are half forgotten after a hundred more, so no history weighs over 149 units of weight 4."""
    held = fold(history)
    assert min(held.good, held.bad, held.squares, held.rise, held.since_good, held.since_bad) >= 0
    assert held.mass <= 149 * ONE


@given(plain, st.data())
def test_a_success_in_the_place_of_a_failure_never_lowers_the_bound(outcomes: list[bool], data: st.DataObject) -> None:
    """Monotone in successes, as long as no alarm has cut a history short: then the same outcomes are another history."""
    worse = fold([(good, 1000) for good in outcomes])
    failures = [n for n, good in enumerate(outcomes) if not good]
    if not failures or worse.alarms:
        return
    place = data.draw(st.sampled_from(failures))
    better = fold([(good or n == place, 1000) for n, good in enumerate(outcomes)])
    if not better.alarms:
        assert bounds(better).low >= bounds(worse).low
        assert bounds(better).mean >= bounds(worse).mean


@given(histories, st.integers(1, 4000))
def test_one_more_success_never_lowers_the_mean(history: list[tuple[bool, int]], weight: int) -> None:
    """A success of any weight: what it takes from older successes by forgetting, it gives back."""
    before = fold(history)
    after = observe(before, good=True, weight=weight)
    assert after.bad <= before.bad
    assert after.mean >= before.mean - ONE // 1000


@given(plain)
def test_one_more_failure_never_raises_the_bound_unless_it_is_an_alarm(outcomes: list[bool]) -> None:
    """After an alarm only what was seen since counts, which is bad, and little: the mean falls, the bound stays low."""
    before = fold([(good, 1000) for good in outcomes])
    after = observe(before, good=False)
    assert bounds(after).low <= bounds(before).low
    if after.alarms > before.alarms:
        assert after.mean < before.mean


@given(histories, st.integers(0, 120))
def test_a_fold_in_two_parts_is_the_fold_of_the_whole(history: list[tuple[bool, int]], cut: int) -> None:
    """fold(prefix) then fold(rest) is fold(all), and folding again gives the same value."""
    assert fold(history[cut:], fold(history[:cut])) == fold(history) == fold(list(history))


@given(histories)
def test_forgetting_goes_to_the_prior(history: list[tuple[bool, int]]) -> None:
    """With nothing seen and much forgotten, an entity is a newcomer again: neither better nor worse."""
    held = fold(history)
    for _ in range(300):
        held = forget(held, 16_000)
    assert (held.good, held.bad, held.squares) == (0, 0, 0)
    assert bounds(held).low == bounds(NOTHING).low
    assert bounds(held).high == bounds(NOTHING).high


@given(histories)
def test_nothing_fades_while_nothing_is_seen(history: list[tuple[bool, int]]) -> None:
    """An observation of no weight changes nothing."""
    held = fold(history)
    assert observe(held, good=False, weight=0) is held
    assert forget(held, 0) == held


@given(histories, st.lists(heard, max_size=12))
def test_witnesses_add_at_most_half_of_the_own_evidence(
    history: list[tuple[bool, int]], told: list[Witnessing]
) -> None:
    """The cap on all of them, and on each."""
    own = fold(history)
    found = witnessed(own, "here", told)
    distinct = {one.witness for one in told if one.domain != "here"}
    assert 0 <= found.mass - own.mass <= min(own.mass // 2, EACH * len(distinct))


@given(histories, st.lists(heard, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_witnesses_does_not_matter(
    history: list[tuple[bool, int]], told: list[Witnessing], chance: Random
) -> None:
    """What they add up to is the same in any order."""
    other = list(told)
    chance.shuffle(other)
    assert witnessed(fold(history), "here", told) == witnessed(fold(history), "here", other)


@given(histories, st.lists(heard, max_size=12))
def test_no_number_of_witnesses_of_the_own_domain_moves_anything(
    history: list[tuple[bool, int]], told: list[Witnessing]
) -> None:
    """Within one trust domain witnesses are one voice, which is the entity's own."""
    own = fold(history)
    assert witnessed(own, "here", [one for one in told if one.domain == "here"]) == own
