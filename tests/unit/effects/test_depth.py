"""Directories without end cost no more than their length."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, bash
from web4_governance.core.action import Effect, Place
from web4_governance.core.effects.places import MAX_PATH, locate, scene


@pytest.mark.parametrize("program", ["tar", "git", "make"])
def test_a_command_that_is_told_more_directories_than_are_followed_is_opaque(program: str) -> None:
    """Each would make the path longer by one, and each path was looked through."""
    found = bash(f"{program} {'-C a ' * 100} x")
    assert any(deed.effect is Effect.OPAQUE for deed in found.deeds)
    assert all(len(deed.target.resolved) <= MAX_PATH for deed in found.deeds if deed.target)


def test_a_path_that_is_longer_than_the_system_takes_is_none() -> None:
    """The bound is for the whole path, not for the word."""
    deep = "/a" * 1500
    assert locate("b" * 1000, scene(CWD, HOME, CWD), cwd=deep).resolved != ""
    assert locate("b" * 2000, scene(CWD, HOME, CWD), cwd=deep).place is Place.UNKNOWN
