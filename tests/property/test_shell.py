"""Properties of the shell front end over arbitrary text."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from web4_governance.core.shell import parse
from web4_governance.core.shell.braces import expand
from web4_governance.core.shell.lexer import tokenize
from web4_governance.core.shell.options import split_options
from web4_governance.core.shell.pattern import matches, replaced, trimmed
from web4_governance.core.shell.skeleton import skeleton
from web4_governance.core.shell.unseen import hidden

if TYPE_CHECKING:
    from web4_governance.core.shell.command import Script

# Words may hold signs that nobody sees: that this is said changes nothing in how they are read.
HIDDEN = {"characters that turn the direction of writing", "characters that cannot be seen"}
FRAGMENTS = [
    "a",
    "b",
    "rm",
    "-rf",
    "/",
    "~",
    "$X",
    "${X}",
    "${X:-y}",
    "${X%a}",
    "${a[@]}",
    '"$@"',
    "$(a)",
    "`a`",
    "$((1))",
    "<(a)",
    ">(a)",
    "'",
    '"',
    "\\",
    "\\\n",
    "\n",
    ";",
    "&",
    "|",
    "&&",
    "||",
    "(",
    ")",
    "{",
    "}",
    "<",
    ">",
    ">>",
    "<<",
    "<<E",
    "E",
    "<<-'E'",
    "<<<",
    "2>&1",
    "#",
    "if",
    "then",
    "else",
    "elif",
    "fi",
    "for",
    "in",
    "do",
    "done",
    "while",
    "until",
    "case",
    "esac",
    ";;",
    "select",
    "function",
    "f()",
    "[[",
    "]]",
    "((",
    "))",
    "!",
    "time",
    "coproc",
    "X=1",
    "X+=",
    "a=(1",
    "2)",
    "{a,b}",
    "{1..3}",
    "*",
    "?",
    "[",
    "]",
    "=",
    "export",
    "local",
    "eval",
    "sudo",
    "xargs",
    "env",
    "bash",
    "-c",
    "sh",
    "find",
    "-exec",
    "{}",
    "+",
    "trap",
    "alias",
    "cd",
    "set",
    "--",
    "\t",
]

scripts = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=25).map(" ".join)
glued = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=2), max_size=20).map("".join)
words = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12).filter(
    lambda text: not hidden(text + "a")
)
relaxed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def read(text: str) -> Script:
    return parse(text, cwd="/w", home="/h")


@relaxed
@given(st.text() | scripts | glued)
def test_parse_never_raises(text: str) -> None:
    """Whatever the text, there is an answer, and it is bounded."""
    script = read(text)
    assert len(script.commands) <= 2000
    assert script == read(text)


@relaxed
@given(scripts | glued)
def test_indices_point_at_earlier_commands(text: str) -> None:
    """Data flows forward: what feeds a command or stands in it was listed before it."""
    for place, command in enumerate(read(text).commands):
        assert -1 <= command.pipe_from < place
        assert all(0 <= index < place for index in (*command.feeds, *command.substitutions))
        assert command.pipe_from == -1 or command.pipe_from in command.feeds


@relaxed
@given(scripts | glued)
def test_words_keep_their_promises(text: str) -> None:
    """A known word without a glob is its own literal; an unknown one has a shape that begins with its literal."""
    for command in read(text).commands:
        for word in command.words:
            if word.known and not word.glob:
                assert word.literal == word.text
            if word.known:
                assert word.text.startswith(word.literal)
                assert word.shape == ""


@relaxed
@given(st.lists(words, min_size=1, max_size=6))
def test_quoted_words_come_back_as_they_were(given_words: list[str]) -> None:
    """Quoting and reading are inverse, whatever is quoted."""
    script = read("p " + " ".join(map(shlex.quote, given_words)))
    assert set(script.opaque) <= HIDDEN
    assert script.commands[-1].argv == ("p", *given_words)


@relaxed
@given(st.lists(words, min_size=1, max_size=4), st.integers(1, 4))
def test_quoting_again_for_another_shell_changes_nothing(given_words: list[str], times: int) -> None:
    """`bash -c` around `bash -c` is seen through."""
    text = "p " + " ".join(map(shlex.quote, given_words))
    for _ in range(times):
        text = "bash -c " + shlex.quote(text)
    script = read(text)
    assert set(script.opaque) <= HIDDEN
    assert script.commands[-1].argv == ("p", *given_words)
    assert script.commands[-1].via == ("bash -c",) * times


@relaxed
@given(words.filter(lambda text: "\n" not in text))
def test_a_heredoc_is_only_text(line: str) -> None:
    """Nothing in a quoted heredoc runs, and what comes after it does."""
    script = read(f"cat <<'END OF IT'\n{line}\nEND OF IT\nafter")
    if line != "END OF IT":
        assert [command.argv for command in script.commands] == [("cat",), ("after",)]
        assert script.commands[0].stdin == line + "\n"


@given(scripts | glued | st.text())
def test_a_skeleton_is_as_long_as_its_text(text: str) -> None:
    """Offsets in it are offsets in the text, and it is ASCII."""
    tokens = tokenize(text)
    made = skeleton(tokens)
    assert len(made) == len(tokens.text)
    assert made.isascii()


@given(scripts | glued | st.text())
def test_tokens_stand_in_order_and_hold_something(text: str) -> None:
    """No token overlaps another."""
    end = 0
    for token in tokenize(text).tokens:
        assert end <= token.start < token.end
        end = token.end


@given(st.text("ab*?[]-!\\", max_size=6), st.text("ab*", max_size=8))
def test_pattern_operations_agree_with_matching(pattern: str, text: str) -> None:
    """What is trimmed off matched; replacing by itself at the anchors agrees with it."""
    kept = trimmed(text, pattern, end=True, longest=False)
    assert text.startswith(kept)
    assert kept == text or matches(pattern, text[len(kept) :]) or pattern.replace("\\", "") == text[len(kept) :]
    assert trimmed(text, "*", end=False, longest=True) == ""
    assert replaced(text, "*", "x", every=False) == ("x" if text else "")


@given(st.text("ab{},.1", max_size=14))
def test_brace_expansion_is_bounded_and_keeps_plain_text(raw: str) -> None:
    """Without a comma or dots nothing changes."""
    made = expand(raw)
    assert made is not None
    assert 1 <= len(made) <= 256
    if "," not in raw and ".." not in raw:
        assert made == [raw]


@given(
    st.lists(
        st.none() | st.sampled_from(["-r", "-f", "-rf", "--", "x", "-n", "-n5", "--lines=3", "--li", "-"]), max_size=8
    )
)
def test_every_word_is_an_option_a_value_or_an_operand(argv: list[str | None]) -> None:
    """No word is lost and operands keep their order."""
    options = split_options(("p", *argv), takes_value=frozenset({"-n", "--lines"}), synonyms={"--lines": "-n"})
    assert list(options.operands) == sorted(options.operands)
    assert len(options.values) == len(options.places)
    plain = [place for place, word in enumerate(argv, 1) if word in (None, "x", "-") and place not in options.places]
    assert set(plain) <= {*options.operands}
