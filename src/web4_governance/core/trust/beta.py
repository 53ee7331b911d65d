"""The Beta distribution: how much of it lies below a point, and where a share of it ends.

Reading only: its floating-point numbers go into no state. What a rule is judged by is rounded to thousandths and recorded.
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p, sqrt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_TINY = 1e-300
_CLOSE = 1e-12
_MOST_TERMS = 400
_SURELY = 1e-9  # what the last digits of a floating-point number say decides no rule
_SPREADS = 1.645  # standard deviations at which a twentieth of a normal distribution is left
THOUSAND = 1000


def below(a: float, b: float, x: float) -> float:
    """Give the share of Beta(a, b) that lies below `x`: the regularised incomplete beta function."""
    return _below(a, b, x, _scale(a, b))


def floor_of(a: float, b: float, share: float) -> int:
    """Give the last thousandth below which surely less than `share` of Beta(a, b) lies, 0 to 1000."""
    scale = _scale(a, b)
    return _last(lambda k: _below(a, b, k / THOUSAND, scale) < share - _SURELY, _guess(a, b, share))


def ceil_of(a: float, b: float, share: float) -> int:
    """Give the first thousandth below which surely more than `share` of Beta(a, b) lies, 0 to 1000."""
    return THOUSAND - floor_of(b, a, 1 - share)


def _last(holds: Callable[[int], bool], guess: int) -> int:
    """Give the last thousandth for which what falls with it still holds: by steps from a guess, then by halving."""
    low, high, step = guess, guess + 1, 1
    while low > 0 and not holds(low):
        low, high, step = max(low - step, 0), low, step * 4
    if high == guess + 1:
        while high < THOUSAND and holds(high):
            low, high, step = high, min(high + step, THOUSAND), step * 4
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _guess(a: float, b: float, share: float) -> int:
    """Give about where a share ends: as far from the mean as the normal distribution with the same spread says."""
    mean = a / (a + b)
    spread = sqrt(mean * (1 - mean) / (a + b + 1))
    return min(max(int((mean + (_SPREADS if share > 1 / 2 else -_SPREADS) * spread) * THOUSAND), 0), THOUSAND - 1)


def _scale(a: float, b: float) -> float:
    return lgamma(a + b) - lgamma(a) - lgamma(b)


def _below(a: float, b: float, x: float, scale: float) -> float:
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(scale + a * log(x) + b * log1p(-x))
    # The fraction converges quickly on one side of the mean, and the other side is its mirror.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def _fraction(a: float, b: float, x: float) -> float:
    """Give the continued fraction of the incomplete beta function (NIST DLMF 8.17.22), by Lentz's method."""
    numerator, denominator = 1.0, _safe(1 - (a + b) * x / (a + 1))
    denominator = 1 / denominator
    found = denominator
    m, change = 0, 0.0
    while m < _MOST_TERMS and abs(change - 1) > _CLOSE:
        m += 1
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            denominator = 1 / _safe(1 + step * denominator)
            numerator = _safe(1 + step / numerator)
            change = numerator * denominator
            found *= change
    return found


def _safe(number: float) -> float:
    return number if abs(number) > _TINY else _TINY
