"""A text that is read in one look comes out as it does where the lexer and the grammar read it, as they do behind a break."""

from __future__ import annotations

import pytest

from unit.shell.reading import CWD, read
from web4_governance.core.shell.calls import SHADOWED
from web4_governance.core.shell.inbuilt import DECLARATIONS
from web4_governance.core.shell.lexer import RESERVED
from web4_governance.core.shell.plain import LONGEST, plain
from web4_governance.core.value import replace

WORDS = (
    "a",
    "-rf",
    "x=1",
    "b=~",
    "c:~/d",
    "~",
    "~/e",
    "HEAD~1",
    "#",
    "#f",
    "g#",
    "",
    "1",
    "2x",
    "=",
    "--h=i",
    "+",
    "!",
    "]",
    "é",
    "time",
    "-p",
    "in",
    "%1",
    "'q r'",
    "'~/s'",
    "''",
    '"a  b#"',
    "'$X \\'",
    "'t\nu'",
    '"$X"',
    "'v'w",
    "# it's",
    "'#' x",
)


def all_of(text: str, *, cwd: str | None = CWD) -> tuple[object, ...]:
    """Give all that a text comes down to, as values that can be compared."""
    script = read(text, cwd=cwd)
    written = script.written and (script.written.texts, script.written.programs, script.written.full)
    return replace(script, written=None), written


@pytest.mark.parametrize(
    "first", sorted({*DECLARATIONS, *SHADOWED, *WORDS, "git", "./x", "/bin/tee", "docker", "\u00a0"})
)
def test_a_text_of_plain_words_is_what_the_lexer_makes_of_it(first: str) -> None:
    """Whatever stands first, with each of the words behind it."""
    for word in WORDS:
        for text in (first, f"{first} {word}", f" {first}  {word} y ", f"{first} y {word} z"):
            if plain(text)[1]:
                assert all_of(text) == all_of(text + "\n"), text
                assert all_of(text, cwd=None) == all_of(text + "\n", cwd=None), text


@pytest.mark.parametrize("first", sorted(RESERVED))
def test_a_reserved_word_is_the_lexers(first: str) -> None:
    """What stands behind one depends on it."""
    assert all(plain(f"{first} {word}") == ("", []) for word in WORDS)


def test_what_was_set_before_is_looked_at() -> None:
    """Directories that are not one, functions, aliases, separators and written files change what plain words mean."""
    for before in (
        "cd a || cd b",
        "ls() { rm x; }",
        "alias ls='rm x'",
        "IFS=/",
        "echo 'rm x' > ls",
        "exec 3> f",
        "PATH=. ; echo 'rm x' > /b/ls",
    ):
        for text in ("ls a/b", "cd c", "tee ls", "sh ls"):
            assert all_of(f"{before}; eval '{text}'") == all_of(f"{before}; eval '{text}\n'"), (before, text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "# a",
        "a | b",
        "a 'b",
        "a 'b'c",
        "'a' b",
        "if 'a'",
        "a # 'b\nc",
        "a; b",
        "if",
        "x=1",
        "~/a",
        "a *",
        "a\tb",
        "a" * (LONGEST + 1),
    ],
)
def test_what_means_something_to_the_shell_is_not_plain(text: str) -> None:
    """Signs, reserved words, assignments and homes are the lexer's and the expander's."""
    assert plain(text) == ("", [])


def test_what_stands_around_a_plain_command_is_not_part_of_it() -> None:
    """Blanks and a remark."""
    assert plain(" git  'a b' \"c\"  # it's d") == ("git  'a b' \"c\"", ["git", "'a b'", '"c"'])
    assert plain(" git  log a#b # c # d") == ("git  log a#b", ["git", "log", "a#b"])
