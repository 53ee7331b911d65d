"""The value decorator: frozen, slotted, keyword-only, equal by fields."""

from __future__ import annotations

import importlib
import pickle
import pkgutil

import pytest

import web4_governance
from web4_governance.core.value import (
    _COPIES,
    _FIELDS,
    FEW,
    MANY,
    _from,
    _write_out,
    derived,
    fields,
    make,
    replace,
    stay,
    value,
)


@value
class Point:
    """A value for the tests."""

    x: int
    y: int = 2

    @property
    def total(self) -> int:
        return self.x + self.y


@value
class Named:
    """A value with its own words."""

    name: str

    def __repr__(self) -> str:
        return f"<{self.name}>"


def test_a_value_takes_its_fields_by_name_and_fills_defaults() -> None:
    """Fields are the annotations, defaults the class attributes."""
    assert (Point(x=1).x, Point(x=1).y, Point(x=1).total) == (1, 2, 3)
    assert fields(Point) == fields(Point(x=1)) == ("x", "y")


def test_a_missing_or_unknown_field_is_refused() -> None:
    """A typo in a field's name never makes a half-built value."""
    with pytest.raises(TypeError, match="misses x"):
        Point()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="no field z"):
        Point(x=1, z=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="misses x"):
        Point(z=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Point(1)  # type: ignore[call-arg]


def test_a_value_that_is_made_often_stays_what_it_is() -> None:
    """From some number on its initialiser is written out, and takes and refuses the same."""

    @value
    class Often:
        a: int
        b: tuple[int, ...] = ()

    made = [Often(a=n) for n in range(MANY + 2)]
    assert (made[-1].a, made[-1].b) == (MANY + 1, ())
    assert made[-1] == Often(b=(), a=MANY + 1)
    assert replace(made[0], b=(1,)) == Often(a=0, b=(1,))
    for wrong in ({}, {"b": ()}, {"a": 1, "c": 2}, {"c": 2}):
        with pytest.raises(TypeError):
            Often(**wrong)
    with pytest.raises(TypeError):
        Often(1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError, match="frozen"):
        made[-1].a = 5  # type: ignore[misc]


def test_in_a_process_that_stays_classes_are_written_out_at_once() -> None:
    """Those that are there when it is said, and those that come later after a few values; they stay what they are."""

    @value
    class Before:
        a: int
        b: int = 2

    one = Before(a=1)
    assert Before not in _COPIES
    try:
        stay()

        @value
        class After:
            a: int

        assert Before in _COPIES
        assert [After(a=n).a for n in range(FEW)] == [*range(FEW)]
        assert After in _COPIES
    finally:
        _from[0] = MANY
    assert one == Before(a=1) == replace(Before(a=5), a=1)
    assert make[Before](a=1) == one
    with pytest.raises(TypeError):
        Before(b=1)  # type: ignore[call-arg]


def test_what_makes_many_values_makes_what_the_class_makes() -> None:
    """Before and after it is written out: with the same names, defaults and refusals, and frozen."""

    @value
    class Often:
        a: int
        b: int = 2

    for _ in range(2):
        assert make[Often](a=1) == Often(a=1)
        assert make[Often](b=5, a=1) == Often(a=1, b=5)
        assert type(make[Often](a=1)) is Often
        for wrong in ({}, {"b": 1}, {"a": 1, "c": 2}):
            with pytest.raises(TypeError):
                make[Often](**wrong)
        with pytest.raises(AttributeError, match="frozen"):
            make[Often](a=1).a = 5  # type: ignore[misc]
        assert len([Often(a=n) for n in range(MANY)]) == MANY


def test_what_follows_from_fields_follows_in_each_copy() -> None:
    """Before and after the class is written out; it is no field of its own."""

    @value
    class Sized:
        items: tuple[int, ...] = ()
        name: str = ""

        @derived
        def size(self) -> int:
            return len(self.items)

    for _ in range(2):
        one = Sized(items=(1, 2))
        assert (one.size, make[Sized](items=(1,)).size) == (2, 1)
        assert replace(one, items=()).size == 0
        assert replace(one, name="x").size == 2
        assert fields(one) == ("items", "name")
        assert "size" not in repr(one)
        with pytest.raises(AttributeError, match="frozen"):
            one.size = 3  # type: ignore[misc]
        assert len([Sized() for _ in range(MANY)]) == MANY


def test_every_class_of_values_can_be_made_often() -> None:
    """Whatever else a class has or stands on, its written-out initialiser fits it."""
    for module in pkgutil.walk_packages(web4_governance.__path__, "web4_governance."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    classes = [*_FIELDS]
    assert len(classes) > 100
    for cls in classes:
        _write_out(cls)
        made = cls(**dict.fromkeys(fields(cls), ()))
        assert [getattr(made, name) for name in fields(cls)] == [()] * len(fields(cls)), cls
        assert type(made) is cls
        assert type(replace(made)) is cls


def test_a_value_cannot_be_changed() -> None:
    """Change is a new value."""
    point = Point(x=1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 5  # type: ignore[misc]
    with pytest.raises(AttributeError):
        point.other = 5  # type: ignore[attr-defined]
    with pytest.raises(AttributeError):
        del point.x
    assert replace(point, x=5) == Point(x=5)
    assert point.x == 1
    with pytest.raises(TypeError):
        replace(point, z=1)


def test_equality_and_hash_follow_class_and_fields() -> None:
    """Equal fields of another class are not equal."""
    assert Point(x=1) == Point(x=1, y=2)
    assert Point(x=1) != Point(x=2)
    assert Point(x=1) != (1, 2)  # type: ignore[comparison-overlap]
    assert len({Point(x=1), Point(x=1), Point(x=2)}) == 2


def test_a_value_survives_pickling_and_prints_itself() -> None:
    """Child processes of the tests get values by pickle."""
    assert pickle.loads(pickle.dumps(Point(x=7))) == Point(x=7)
    assert repr(Point(x=1)) == "Point(x=1, y=2)"
    assert repr(Named(name="a")) == "<a>"
