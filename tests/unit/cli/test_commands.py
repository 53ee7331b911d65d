"""`web4` itself: a word that is no command is answered with the one that may be meant."""

from __future__ import annotations

import pytest

from support.told import call_main


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "say which command"),
        (("lgo",), "did you mean `web4 log`"),
        (("lgo", "show"), "there is no command `lgo`"),
        (("frobnicate",), "`web4 --help` lists them"),
        (("--home", "/nowhere", "log"), "`web4 log --home …`"),
        (("--unknown",), "say which command"),
        (("\x1b[2J",), "there is no command"),
    ],
)
def test_who_names_no_command_hears_which_may_be_meant(words: tuple[str, ...], says: str) -> None:
    """In two lines, with exit code 3, and nothing that steers a terminal."""
    said = call_main(*words)
    assert (said.code, said.out, says in said.err) == (3, "", True)
    assert len(said.err.splitlines()) == 2
    assert "\x1b" not in said.err


@pytest.mark.parametrize("word", ["-h", "--help", "--version"])
def test_help_needs_no_command(word: str) -> None:
    """And fails nobody."""
    said = call_main(word)
    assert (said.code, said.err) == (0, "")
    assert said.out
