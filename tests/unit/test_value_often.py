"""Values of a class that is made often are copied as others are."""

from __future__ import annotations

import pytest

from web4_governance.core.value import MANY, replace, value


@value
class Pair:
    one: int
    other: str = "x"


def test_replacing_is_the_same_before_and_after_the_class_is_written_out() -> None:
    """A copy changes what it was asked to, keeps the rest, leaves the first alone; a field that is none is refused."""
    for n in range(MANY + 3):
        first = Pair(one=n)
        second = replace(first, other="y")
        assert (first.one, first.other, second.one, second.other) == (n, "x", n, "y")
        assert second == Pair(one=n, other="y")
        with pytest.raises(TypeError, match="has no field wrong"):
            replace(first, wrong=1)
