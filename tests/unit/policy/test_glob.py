"""Globs: what they stand for, what is refused, and that no pattern is slow."""

from __future__ import annotations

import pytest

from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import overlap
from web4_governance.core.policy.glob import MAX_PATTERN, blurred, compile_glob, matches


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("src/*", "src/a/b.py"),
        ("src/**", "src/a/b.py"),
        ("*/patient/*", "/data/patient/x/y"),
        ("*.pem", "deep/in/key.pem"),
        ("a?c", "abc"),
        ("a?c", "a/c"),
        ("[a-c]x", "bx"),
        ("[!a-c]x", "dx"),
        ("[]]x", "]x"),
        ("[!]]x", "ax"),
        ("[a-]x", "-x"),
        ("[[]x", "[x"),
        ("*", ""),
        ("a*b*c", "aXbYbZc"),
        ("*a?b*", "--a-b--"),
        ("aa*aa", "aaaa"),
        ("plain", "plain"),
    ],
)
def test_a_glob_stands_for_the_whole_text(pattern: str, text: str) -> None:
    """`*` crosses `/`, and `**` says no more."""
    assert matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("src/*", "src"),
        ("src", "src/a"),
        ("*.pem", "key.PEM"),
        ("a?c", "ac"),
        ("[a-c]x", "dx"),
        ("[!a-c]x", "ax"),
        ("aa*aa", "aaa"),
        ("a*b*c", "aXc"),
        ("*a?b*", "--ab--"),
        ("*[xy]?z*", "xz"),
    ],
)
def test_a_glob_stands_for_nothing_else(pattern: str, text: str) -> None:
    """Case, length and order matter."""
    assert not matches(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "empty"),
        ("a[b", "not closed"),
        ("a[", "not closed"),
        ("a[]", "not closed"),
        ("[z-a]", "backwards"),
        ("x" * (MAX_PATTERN + 1), "over"),
        ("a\0b", "NUL"),
    ],
)
def test_a_bad_glob_is_refused(pattern: str, said: str) -> None:
    """With a reason that names what is wrong."""
    with pytest.raises(PolicyError, match=said):
        compile_glob(pattern)


def test_no_pattern_takes_more_than_pattern_times_text() -> None:
    """The pair that sends a backtracking matcher away for years is answered by counting a few thousand steps."""
    assert not matches("a*" * 500 + "b", "a" * 5000)
    assert not matches("?*" * 500 + "[!a]", "a" * 5000)


@pytest.mark.parametrize(
    ("pattern", "shell", "touches"),
    [
        ("src", "s*", True),
        ("src", "s??", True),
        ("src", "[rst]rc", True),
        ("src", "t*", False),
        ("src/a", "s*", False),
        ("src/a", "s*/a", True),
        ("src/**", "s*/x", True),
        ("*.pem", "*.md", False),
        ("*.pem", "*", True),
        ("a/*/c", "a/*/*", True),
        (".env", "*", False),
        ("a/.env", "a/*", False),
        (".env", ".*", True),
        (".env", ".e?v", True),
        ("a.env", "*", True),
        ("a?b", "a*b", True),
        ("a[xy]b", "a?b", True),
        ("a[xy]b", "azb", False),
        ("ab", "a*b*", True),
        ("x", "[", False),
        ("[[]", "[", True),
        ("src/a/b/x.py", "src/**/*.py", True),
        ("src/x.py", "src/**/*.py", True),
        ("src/x.js", "src/**/*.py", False),
        ("lib/x.py", "src/**/*.py", False),
        ("x.py", "**/x.py", True),
        ("ax.py", "**/x.py", False),
        ("a/.b/x.py", "**/x.py", True),
        ("a/b", "**", True),
        ("a/b/c", "a/**", True),
        ("a", "a/**/b", False),
        ("a/xb/c", "a/x**/c", True),
        ("a/**/z", "a/*/z", True),
        ("/proc/**", "**/x", False),
        ("~/.cache/**", "**", False),
        ("*/.cache/**", "**/x", True),
        ("/proc/**", "/**/x", True),
        ("a/**/z", "a/*", False),
    ],
)
def test_a_shell_glob_overlaps_what_it_may_expand_to(pattern: str, shell: str, touches: bool) -> None:
    """The shell's star stops at `/` and leaves a leading dot alone."""
    assert compile_glob(pattern).overlaps(shell) is touches


def test_long_globs_are_told_apart_too() -> None:
    """No pair is too long to be told."""
    assert compile_glob("a*b" * 200).overlaps("a*d" * 199 + "a*b"), "the stars of one take the letters of the other"
    assert not compile_glob("a*b" * 200).overlaps("c*b" * 200)
    assert not compile_glob("a*b" * 200).overlaps("a*d" * 200)
    assert not compile_glob("a" * 4000).overlaps("a" * 1999 + "*" + "b" + "a" * 2000)


def test_what_the_shell_expands_is_blurred() -> None:
    """Only a star can stand for it."""
    text = blurred("/a/*/b?[cd]e")
    assert text == "/a/\0/b\0\0e"
    assert matches("/a/**", text)
    assert not matches("/a/?/b[!x]?e", text)
    assert not matches("/a/*/b[!x]?e", text)
    assert blurred("/a/**/b") == "/a/\0b", "no directory at all may stand there"
    assert not matches("/a/*/b", blurred("/a/**/b"))
    assert matches("/a/**", blurred("/a/**/b"))


def test_more_globs_than_are_kept_overlap_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept of globs that were laid out is let go of, and laid out again."""
    monkeypatch.setattr(overlap, "MOST_KEPT", 2)
    for _ in range(2):
        found = [compile_glob(f"/kept/{name}/*").overlaps("/kept/b*/x") for name in "abcd"]
        assert found == [False, True, False, False]
    assert len(overlap._kept) <= 2
