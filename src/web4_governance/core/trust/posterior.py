"""What is known of one dimension of one entity in one role: evidence for and against, faded, with an alarm (T1-T6).

A Beta posterior over the prior (1, 1): evidence halves every 100 units that come after it, and nothing fades while nothing
is seen. Beside it runs a one-sided cumulative sum that asks whether the rate fell, against the entity's own past; when it
says so, only what was seen since the fall began counts. Not here: what an observation is, and whose.
"""

from __future__ import annotations

from web4_governance.core.trust.fixed import BITS, FACTOR_BITS, MOST_WEIGHT, ONE, faded, kept, log2, root, units
from web4_governance.core.value import replace, value

READY = 20 * ONE  # evidence before a fall can be told from a beginning
FALL = ONE * 2 // 5  # the fall that is looked for
LIMIT = ONE * 757 // 100  # bits of evidence that it fell, over that it did not
_known: dict[int, tuple[int, int, int, int]] = {}
_DOUBT = (5, 2)  # standard deviations that the reference lies below the mean


@value
class Posterior:
    """Evidence in units of 2^-32: `good` and `bad` weights, faded, and the sum of their `squares`.

    `rise` is the cumulative sum in bits since an excursion began, `hit` and `miss` what a success and a failure add to it
    while it lasts, `since_*` the evidence since then. `alarms` counts how often a fall was noticed.
    """

    good: int = 0
    bad: int = 0
    squares: int = 0
    rise: int = 0
    hit: int = 0
    miss: int = 0
    since_good: int = 0
    since_bad: int = 0
    since_squares: int = 0
    alarms: int = 0

    @property
    def mass(self) -> int:
        """All evidence, for and against."""
        return self.good + self.bad

    @property
    def mean(self) -> int:
        """The mean of the posterior, over the prior (1, 1)."""
        return ((ONE + self.good) << BITS) // (2 * ONE + self.mass)

    @property
    def effective(self) -> int:
        """The number of equal observations that this evidence is worth: (sum of weights)^2 / sum of squares."""
        return self.mass * self.mass // self.squares if self.squares else 0

    @property
    def alarmed(self) -> bool:
        """Whether a fall was noticed and not enough was seen since then."""
        return self.alarms > 0 and self.mass < READY


NOTHING = Posterior()


def observe(before: Posterior, *, good: bool, weight: int = 1000) -> Posterior:
    """Add one observation of `weight` thousandths (1 to 16384); one of no weight changes nothing."""
    if weight <= 0:
        return before
    factor, twice, amount, square = _known.get(weight) or _parts_of(weight)
    if good and not before.rise:  # nothing runs, and a success begins nothing; `faded`, written out
        return Posterior(
            good=(before.good * factor >> FACTOR_BITS) + amount,
            bad=before.bad * factor >> FACTOR_BITS,
            squares=(before.squares * twice >> FACTOR_BITS) + square,
            alarms=before.alarms,
        )
    rise, hit, miss = _risen(before, good, amount)
    running = before.rise > 0
    if not rise:
        since = (0, 0, 0)
    elif running:
        since = (
            faded(before.since_good, factor) + (amount if good else 0),
            faded(before.since_bad, factor) + (0 if good else amount),
            faded(before.since_squares, twice) + square,
        )
    else:
        since = (amount if good else 0, 0 if good else amount, square)
    if rise >= LIMIT:
        return Posterior(good=since[0], bad=since[1], squares=since[2], alarms=before.alarms + 1)
    return Posterior(
        good=faded(before.good, factor) + (amount if good else 0),
        bad=faded(before.bad, factor) + (0 if good else amount),
        squares=faded(before.squares, twice) + square,
        rise=rise,
        hit=hit if rise else 0,
        miss=miss if rise else 0,
        since_good=since[0],
        since_bad=since[1],
        since_squares=since[2],
        alarms=before.alarms,
    )


def forget(before: Posterior, weight: int) -> Posterior:
    """Let evidence fade by `weight` thousandths without seeing anything: towards the prior, by its mass alone."""
    factor = kept(min(max(weight, 0), MOST_WEIGHT))
    twice = faded(factor, factor)
    return replace(
        before,
        good=faded(before.good, factor),
        bad=faded(before.bad, factor),
        squares=faded(before.squares, twice),
        since_good=faded(before.since_good, factor),
        since_bad=faded(before.since_bad, factor),
        since_squares=faded(before.since_squares, twice),
    )


def _parts_of(weight: int) -> tuple[int, int, int, int]:
    """Give what an observation of a weight leaves of older evidence and of its squares, and what it adds to each."""
    bounded = min(weight, MOST_WEIGHT)
    factor, amount = kept(bounded), units(bounded)
    found = (factor, faded(factor, factor), amount, amount * amount >> BITS)
    if len(_known) < MOST_WEIGHT:
        _known[weight] = found
    return found


def _risen(before: Posterior, good: bool, amount: int) -> tuple[int, int, int]:
    """Give the cumulative sum after an observation, and what a success and a failure add to it."""
    if before.rise > 0:
        hit, miss = before.hit, before.miss
    elif good or before.mass < READY:
        return 0, 0, 0
    else:
        hit, miss = _steps(before)
    rise = before.rise + ((hit if good else miss) * amount >> BITS)
    return (rise, hit, miss) if rise > 0 else (0, 0, 0)


def _steps(before: Posterior) -> tuple[int, int]:
    """Give the log-likelihood ratios of a success and of a failure, of a fall against the entity's own reference.

    The reference lies below the mean, so that what is not yet known well is not taken for a fall.
    """
    mean, count = before.mean, 3 * ONE + before.mass
    deviation = root(((mean * (ONE - mean) >> BITS) << BITS) // count)
    reference = max(mean - deviation * _DOUBT[0] // _DOUBT[1], ONE >> 8)
    after = max(reference - FALL, reference // 2)
    hit = log2((after << BITS) // reference)
    miss = log2(((ONE - after) << BITS) // (ONE - reference))
    return hit, miss
