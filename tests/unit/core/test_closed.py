"""Closed sets of words: they behave as the standard library's, for what this project does with them."""

from __future__ import annotations

import copy
import pickle
from enum import StrEnum

import pytest

from web4_governance.core.action import Effect, Place
from web4_governance.core.closed import Closed


class Light(Closed):
    """A set."""

    RED = "red"
    GREEN = "green"

    @property
    def stops(self) -> bool:
        """Only red does."""
        return self is Light.RED


class Model(StrEnum):
    """The same by the standard library."""

    RED = "red"
    GREEN = "green"


def test_it_answers_as_the_standard_librarys() -> None:
    """Names, values, order, text, lookup."""
    for ours, theirs in zip(Light, Model, strict=True):
        assert (ours.name, ours.value, str(ours), f"{ours}") == (theirs.name, theirs.value, str(theirs), f"{theirs}")
        assert ours == theirs.value
        assert Light(theirs.value) is ours
        assert {str(theirs): 1}[ours] == 1
        assert theirs.value in Light  # type: ignore[operator]  # plain words are looked for too
        assert repr(ours) == repr(theirs).replace("Model", "Light")
    assert len(Light) == len(Model)
    others: list[object] = ["blue", 1]
    assert [other for other in others if other in Light] == []  # type: ignore[operator]  # as above
    assert Light.RED.stops
    assert not Light.GREEN.stops


@pytest.mark.parametrize("word", ["blue", "", 1, ["red"]])
def test_a_word_that_is_none_of_it_is_refused(word: object) -> None:
    """Also what cannot even be looked up."""
    with pytest.raises(ValueError, match="is not a valid Light"):
        Light(word)  # type: ignore[arg-type]  # hostile on purpose


def test_nothing_can_be_added_changed_or_taken_away() -> None:
    """Closed means closed."""
    with pytest.raises(AttributeError, match="cannot be set"):
        setattr(Light, "BLUE", "blue")  # noqa: B010  # as code that does not know the type would
    with pytest.raises(AttributeError, match="cannot be set"):
        setattr(Light.RED, "value", "green")  # noqa: B010  # as above
    with pytest.raises(AttributeError, match="cannot be taken away"):
        delattr(Light, "RED")
    assert [light.value for light in Light] == ["red", "green"]


def test_a_copy_is_the_member_itself() -> None:
    """So `is` holds wherever a member went."""
    assert copy.copy(Light.RED) is Light.RED
    assert copy.deepcopy([Light.RED])[0] is Light.RED
    assert pickle.loads(pickle.dumps(Light.RED)) is Light.RED


def test_no_word_stands_twice_in_the_sets_of_actions() -> None:
    """Two names for one word would be one member under two names."""
    for closed in (Effect, Place):
        words = [member for name, member in vars(closed).items() if name.isupper()]
        assert len(words) == len(closed) == len(set(words))
