"""Hostile and huge texts: every bound is a reason, nothing raises, nothing takes long."""

from __future__ import annotations

import sys
from itertools import pairwise

import pytest

from unit.shell.reading import lines, read
from web4_governance.core.shell.command import Script

N = 3000

HOSTILE = {
    "parentheses": "(" * N,
    "closing parentheses": ")" * N,
    "subshells": "( " * N + "a" + " )" * N,
    "substitutions": "$(" * N,
    "quoted substitutions": '"$(' * N,
    "closed substitutions": "echo " + "$(echo " * N + "x" + ")" * N,
    "arithmetic": "$((" * N,
    "arithmetic commands": "((" * N,
    "groups": "{ " * N,
    "braces": "{" * N,
    "brace expansions": "echo " + "{a," * N + "}" * N,
    "parameters": "${" * N,
    "defaults": "${a:-" * N + "}" * N,
    "single quotes": "'" * N,
    "double quotes": '"' * (N + 1),
    "backquotes": "`" * N,
    "backslashes": "\\" * N,
    "continuations": "\\\n" * N,
    "joined words": "a\\\nb " * N,
    "joined operators": "&\\\n&" * N,
    "joined dollars": "$\\\n(" * N,
    "joined names": "$a\\\nb" * N,
    "branches": "if " * N,
    "open branches": "if a; then " * N,
    "pipes": "a|" * N,
    "chains": "a&&" * N + "a",
    "semicolons": ";" * N,
    "cases": "case a in " * N,
    "case items": "case a in b) " * N,
    "functions": "f() " * N,
    "function bodies": "f() { " * N,
    "loops": "for x in a b c d; do " * 50 + "echo $x" + "; done" * 50,
    "open loops": "for x in a b c d; do " * N,
    "while loops": "while a; do X=$X; " * 20 + "; done" * 20,
    "heredocs": "cat <<A\n" * N,
    "heredocs on a line": "cat <<A <<B <<C " * (N // 10) + "\n",
    "here-strings": "<<<" * N,
    "redirections": ">a " * N,
    "open redirections": ">" * N,
    "evals": 'eval "' * N,
    "functions that double": "".join(f"f{i}(){{ f{i + 1}; f{i + 1}; }};" for i in range(30)) + "f0",
    "mutual recursion": "f(){ g; }; g(){ f; }; f",
    "aliases of each other": 'alias a="b"; alias b="a"; a',
    "aliases that double": "".join(f'alias a{i}="a{i + 1};a{i + 1}"\n' for i in range(14)) + "a0",
    "wrappers": "xargs " * N + "rm",
    "prefixes": "! time coproc " * N,
    "processes": "<(" * N,
    "arrays": "a=(" * N,
    "tests": "[[ " * N,
    "extended globs": "a@(" * N,
    "stray reserved words": "esac done fi " * N,
    "surrogates": "\ud800" * N,
    "control characters": "".join(map(chr, range(128))) * 30,
    "NULs": "rm\0 -rf x" * N,
    "doubling arrays": "a=(x);" + 'a=("${a[@]}" "${a[@]}");' * 30 + 'echo "${a[@]}"',
    "traps in traps": "trap 'trap \"ls\" EXIT' EXIT;" * 100,
    "nested bash": "bash -c '" * N,
    "bash of bash": 'bash -c "bash -c \\"bash -c \\\\\\"ls\\\\\\"\\""',
    "expansions in a heredoc": "cat <<E\n" + "${a:-" * N + "}" * N + "\nE",
    "substitutions in a heredoc": "cat <<E\n" + "$(" * N + "a" + ")" * N + "\nE",
    "expansions in a test": "[[ " + "${a:-" * N + "}" * N + " ]]",
    "printf": "printf %s " + "a " * N + "| sh",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_read_without_raising(text: str) -> None:
    """Whatever it is, the answer is a script of bounded size."""
    script = read(text)
    assert len(script.commands) <= 2000
    assert all(isinstance(reason, str) for reason in script.opaque)


@pytest.mark.parametrize(
    "name",
    ["parentheses", "substitutions", "open branches", "evals", "defaults", "functions that double", "open loops"],
)
def test_nesting_too_deeply_is_a_reason(name: str) -> None:
    """Sixteen scripts inside each other are followed, not more."""
    assert "nested too deeply" in read(HOSTILE[name]).opaque


def test_sixteen_scripts_inside_each_other_are_followed() -> None:
    """Bounds leave room for what people write."""
    text = "rm x"
    for _ in range(15):
        text = f'echo "$({text})"'
    assert read(text).opaque == ()
    assert lines(text)[0] == "rm x"


def test_thirty_branches_inside_each_other_are_followed() -> None:
    """And for generated scripts."""
    text = "if a; then " * 30 + "rm x" + "; fi" * 30
    assert read(text).opaque == ()
    assert lines(text)[-1] == "rm x"


def test_forty_branches_are_too_deep_but_listed() -> None:
    """The bound is a reason; what the tree shows no more is listed flat."""
    text = "if a; then " * 40 + "rm x" + "; fi" * 40
    assert "nested too deeply" in read(text).opaque
    assert "rm x" in lines(text)


def test_more_than_sixty_four_kibibytes_of_shell_are_not_read() -> None:
    """It is a reason and no command."""
    assert read("a " * (32 * 1024)).opaque == ()
    assert read("a " * (32 * 1024) + "b") == Script(opaque=("too long",))
    assert read("cat <<E\nE\n" + "a " * (32 * 1024)) == Script(opaque=("too long",))


def test_what_heredocs_hold_does_not_count() -> None:
    """A file may be written whole, but not without end."""
    body = "cat > x <<'E'\n" + "a line\n" * 100_000 + "E\nrm x"
    assert read(body).opaque == ()
    assert lines(body)[-1] == "rm x"
    assert read("cat <<'E'\n" + "a" * 1024 * 1024) == Script(opaque=("too long",))


def test_more_than_sixty_four_heredocs_are_not_read() -> None:
    """Nor are any number of them that are never closed."""
    assert read("cat <<E\nE\n" * 64).opaque == ()
    assert read("cat <<E\nE\n" * 65) == Script(opaque=("too many heredocs",))
    assert read("cat " + "<<E " * 8000) == Script(opaque=("too many heredocs",))


def test_a_text_of_very_many_tokens_is_left_where_it_is_enough() -> None:
    """What nobody follows is not taken apart to its end."""
    assert read("cat <<E\nE\n" + "a;" * 400_000) == Script(opaque=("too long",))


def test_two_thousand_commands_are_listed() -> None:
    """The next one is a reason."""
    assert len(read("a\n" * 1999).commands) == 1999
    script = read("a\n" * 3000)
    assert len(script.commands) == 2000
    assert "too many commands" in script.opaque


def test_a_nul_is_a_reason() -> None:
    """No shell gets such a text whole."""
    script = read("rm\0 x")
    assert script.opaque == ("a NUL in the text",)
    assert script.commands[0].argv == ("rm", "x")


def test_continuations_that_hide_operators_are_joined_first() -> None:
    """A backslash and a newline between `$` and `(` are not there for the shell."""
    for text in (
        "echo $\\\n(rm x)",
        'echo "$\\\n(rm x)"',
        "echo <\\\n(rm x)",
        "a &\\\n& rm x",
        "cat <\\\n<E\n\\\nE\nrm x",
        "echo 2\\\n>f; rm x",
        "a;\\\nrm x",
        "X=(\\\n); rm x",
        "echo ${y:-$\\\n(rm x)}",
    ):
        assert "rm x" in lines(text), text
        assert read(text).opaque == (), text
    assert lines('X=./b; XY=/; rm -rf $X\\\nY "$X\\\nY" ${X\\\nY}') == ["rm -rf / / /"]


def test_too_many_hidden_operators_are_a_reason() -> None:
    """Each is a reading of the text, so there is a bound."""
    assert "too many continued lines" in read("echo $\\\n(a) " * 20).opaque


def test_time_grows_with_the_text_and_not_faster() -> None:
    """Calls made for a text four times as long are about four times as many."""
    for name in (
        "substitutions",
        "arithmetic",
        "pipes",
        "chains",
        "closing parentheses",
        "joined dollars",
        "prefixes",
        "redirections",
    ):
        unit = HOSTILE[name][: len(HOSTILE[name]) // 8]
        counts = [_calls(unit * factor) for factor in (1, 4)]
        assert all(after < 8 * one + 2000 for one, after in pairwise(counts)), (name, counts)


def _calls(text: str) -> int:
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        read(text)
    finally:
        sys.setprofile(before)
    return count


def test_the_python_stack_stays_far_from_its_limit() -> None:
    """The deepest nesting of everything, one in the other, leaves a third of the stack."""
    deepest = 0
    depth = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal depth, deepest
        if event == "call":
            depth += 1
            deepest = max(deepest, depth)
        elif event == "return":
            depth -= 1

    before = sys.getprofile()
    for count in (15, 30, 60):
        nested = 'for x in $a; do echo "${a:-$(case a in b) ' * count + "b" + ' ;; esac)}"; done' * count
        sys.setprofile(note)
        try:
            read(nested)
        finally:
            sys.setprofile(before)
    assert deepest < 800
