"""The Beta distribution: how much of it lies below a point, and where a share of it ends.

Reading only: its floating-point numbers go into no state. What a rule is judged by is rounded to thousandths and recorded.
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p

_TINY = 1e-300
_CLOSE = 1e-12
_MOST_TERMS = 400
_SAME = 1e-7


def below(a: float, b: float, x: float) -> float:
    """Give the share of Beta(a, b) that lies below `x`: the regularised incomplete beta function."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    # The fraction converges quickly on one side of the mean, and the other side is its mirror.
    if x < (a + 1) / (a + b + 2):
        return front * _fraction(a, b, x) / a
    return 1 - front * _fraction(b, a, 1 - x) / b


def quantile(a: float, b: float, share: float) -> float:
    """Give the point below which `share` of Beta(a, b) lies, by halving; within 10^-7."""
    low, high = 0.0, 1.0
    while high - low > _SAME:
        middle = (low + high) / 2
        if below(a, b, middle) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


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
