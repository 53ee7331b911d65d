"""What ex and vim are told on the command line is read as vim's manual reads it."""

from __future__ import annotations

import pytest

from unit.effects.scenes import bash, deeds
from web4_governance.core.effects import ex


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("w! ~/.bashrc", ["file.write ~/.bashrc"]),
        (":1,$w out|q", ["file.write out"]),
        ("w >> log", ["file.write log"]),
        ("sav ++enc=utf-8 b", ["file.write b"]),
        ("r a.txt", ["file.read a.txt"]),
        ("so x.vim", ["code.run x.vim"]),
        ("r !id", ["code.run id"]),
        ("!ls -l", ["code.run ls -l"]),
        ("%s/w x/y/g|set number|wq", []),
    ],
)
def test_each_command_of_a_line_is_read(text: str, found: list[str]) -> None:
    """Ranges, bangs and settings before the name are no part of it."""
    assert [f"{one.effect} {one.literal}" for one in ex.found(text)] == found


def test_a_command_that_the_editor_is_told_to_run_is_followed() -> None:
    """What it does is a deed of the call."""
    assert "file.delete /opt/a" in deeds(bash("vim -c '!rm /opt/a' -c q b"))
