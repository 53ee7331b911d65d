"""What a sed script reads, writes and runs, and that nothing else in it is taken for that."""

from __future__ import annotations

import pytest

from unit.effects.scenes import bash, deeds, effects
from web4_governance.core.action import Effect
from web4_governance.core.effects import sed

R, W, E = Effect.FILE_READ, Effect.FILE_WRITE, Effect.CODE_RUN


def found(script: str) -> list[tuple[Effect, str]]:
    return [(one.effect, one.text) for one in sed.touched(script)]


@pytest.mark.parametrize(
    ("script", "want"),
    [
        ("w out.txt", [(W, "out.txt")]),
        ("1,5W out.txt", [(W, "out.txt")]),
        ("/a/I,+3{p;w out.txt", [(W, "out.txt")]),
        ("\\,a/b,r in.txt", [(R, "in.txt")]),
        ("$R in.txt\nd", [(R, "in.txt")]),
        ("s/a/b/gw out.txt\np", [(W, "out.txt")]),
        ("s/[^]/[:alpha:]]/w x/;w y", [(W, "y")]),
        ("s/a\\/b/c/e", [(E, "")]),
        ("1e rm x", [(E, "rm x")]),
        ("e", [(E, "")]),
        ("y/abc/xyz/;w out.txt", [(W, "out.txt")]),
        (":a;N;ba;w out.txt", [(W, "out.txt")]),
        ("# w no\nw out.txt", [(W, "out.txt")]),
        ("a w no\nw out.txt", [(W, "out.txt")]),
        ("i\\\nw no\\\nw no\nw out.txt", [(W, "out.txt")]),
        ("/x[/w out.txt", [(W, "out.txt")]),
        ("s/[/w x/;w y", [(W, "y")]),
    ],
)
def test_the_files_and_commands_of_a_script_are_found(script: str, want: list[tuple[Effect, str]]) -> None:
    """As sed(1) reads its addresses, arguments, flags, texts, labels and brackets."""
    assert found(script) == want


@pytest.mark.parametrize(
    "script",
    [
        "s/r/w/",
        "s/x/; w y/",
        "s#a#w b#g",
        "/w x/d",
        "w",
        "r",
        "w /dev/stdout",
        "s/a/b/w /dev/stderr",
        "y/w/r/",
        "bw",
        "5q",
        "",
        "s/a/b/w",
        "s/a/b",
        "1,5",
    ],
)
def test_what_only_looks_like_a_file_is_none(script: str) -> None:
    """Letters in expressions, replacements and labels, streams, and commands that lack their argument."""
    assert found(script) == []


def test_a_script_that_is_too_long_to_read_may_run_anything() -> None:
    """Reading is bounded."""
    assert found("p;" * 20_000) == [(E, "")]


def test_a_part_of_a_script_that_is_not_known_is_a_part_like_any_other() -> None:
    """A variable in a pattern says nothing; the file around one is told as far as it is known."""
    assert "opaque" not in effects('sed "s/$A/$B/g" x.txt')
    assert "opaque" in effects('sed "w $D/settings.json" x.txt')
    assert "file.write" in effects('sed -n "/$A/w out.txt" x.txt')
    assert "file.delete /x" in deeds(bash("sed '1e rm -rf /x' a.txt"))
    assert "opaque" in effects('sed "1e $CMD" a.txt')


def test_brackets_without_end_are_read_in_time_that_grows_with_the_script() -> None:
    """No closing bracket is looked for again and again without a bound."""
    assert found("/" + "[" * 9_000 + "/p") == []
