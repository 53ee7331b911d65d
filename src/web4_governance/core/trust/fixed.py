"""Whole numbers in the place of fractions: what the state of trust is made of, so that all machines fold to the same.

A quantity is an integer in units of 2^-32 (`ONE` is one). Not a number library: forgetting, square roots and logarithms
are here because the fold needs them, each rounded down by the same rule everywhere.
"""

from __future__ import annotations

from math import isqrt

BITS = 32
ONE = 1 << BITS
THOUSAND = 1000
MOST_WEIGHT = 1 << 14  # thousandths: no observation weighs more than 16 units
FACTOR_BITS = 64
_STEP = 18446616211066238254  # 2^64 * 2^(-1/100000): what is left after a thousandth of a unit; half after 100 units


def _powers() -> tuple[int, ...]:
    """Give the step to the powers 1, 2, 4, ...: a weight's factor is the product of those that its bits name."""
    found = [_STEP]
    while 1 << len(found) <= MOST_WEIGHT:
        found.append(found[-1] * found[-1] >> FACTOR_BITS)
    return tuple(found)


_POWERS = _powers()
_known: dict[int, int] = {}


def kept(weight: int) -> int:
    """Give what is left of older evidence beside an observation of `weight` thousandths, in units of 2^-64."""
    found = _known.get(weight)
    if found is None:
        found = 1 << FACTOR_BITS
        for bit, power in enumerate(_POWERS):
            if weight >> bit & 1:
                found = found * power >> FACTOR_BITS
        _known[weight] = found
    return found


def faded(amount: int, factor: int) -> int:
    """Give an amount of evidence after a factor that `kept` gave."""
    return amount * factor >> FACTOR_BITS


def units(weight: int) -> int:
    """Give `weight` thousandths in units of 2^-32."""
    return weight * ONE // THOUSAND


def root(amount: int) -> int:
    """Give the square root."""
    return isqrt(amount << BITS)


def log2(amount: int) -> int:
    """Give the logarithm to base 2 of an amount above zero, by squaring: one bit of the answer at a time."""
    whole = amount.bit_length() - 1 - BITS
    rest = amount << BITS >> (whole + BITS)  # in [1, 2)
    found = whole
    for _ in range(BITS):
        rest = rest * rest >> BITS
        found <<= 1
        if rest >= 2 * ONE:
            rest >>= 1
            found += 1
    return found
