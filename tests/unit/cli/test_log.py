"""`web4 log`: which calls are listed, how, and what a listing must not do."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest

from support.told import FIRST, call_main
from support.world import World
from web4_governance import Ledger
from web4_governance.app import query, rows, times
from web4_governance.app.reading import Reading
from web4_governance.cli import log
from web4_governance.cli.main import main
from web4_governance.storage import finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from support.told import Web4
    from web4_governance.core.record.r6 import Record

ALL = [
    "toolu_read",
    "toolu_rm",
    "toolu_fail",
    "toolu_agent",
    "toolu_hostile",
    "toolu_write",
    "toolu_fetch",
    "toolu_mcp",
]


def calls(web4: Web4, *words: str) -> list[str]:
    return [row["call"] for row in web4("log", "--jsonl", *words).rows]


def test_every_call_is_listed_once_the_newest_last(web4: Web4) -> None:
    """Nothing is cut and nothing is said on standard error."""
    said = web4("log", "--jsonl")
    assert said.code == 0
    assert said.err == ""
    assert [row["call"] for row in said.rows] == ALL


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--session", FIRST], ALL[:5]),
        (["--session", "bbbb"], ALL[5:]),
        (["--project", "other"], ALL[5:]),
        (["--project", "*/proj*"], ALL[:5]),
        (["--tool", "Bash"], ["toolu_rm", "toolu_fail", "toolu_hostile"]),
        (["--tool", "mcp__tracker__comment"], ["toolu_mcp"]),
        (["--category", "mcp"], ["toolu_mcp"]),
        (["--category", "delegation"], ["toolu_agent"]),
        (["--agent", "Explore"], ["toolu_hostile"]),
        (["--agent", "main", "--tool", "Bash"], ["toolu_rm", "toolu_fail"]),
        (["--agent", "a1b2c3d4e5f6a7b8c"], ["toolu_hostile"]),
        (["--decision", "deny"], ["toolu_rm"]),
        (["--decision", "warn"], ["toolu_fetch"]),
        (["--status", "failed"], ["toolu_fail"]),
        (["--status", "denied"], ["toolu_rm"]),
        (["--status", "unclosed"], ["toolu_fetch"]),
        (["--effect", "file.delete"], ["toolu_rm"]),
        (["--effect", "file.write"], ["toolu_write"]),
        (["--target", "*/config/prod/*"], ["toolu_write"]),
        (["--target", "*/notes.txt", "--tool", "Read"], ["toolu_read"]),
        (["--target", "*/config/prod/*", "--effect", "file.read"], []),
        (["--tool", "Bash", "--status", "succeeded"], ["toolu_hostile"]),
    ],
)
def test_each_filter_filters(web4: Web4, words: list[str], expected: list[str]) -> None:
    """What fits is listed, and what does not is not."""
    assert calls(web4, *words) == expected


def test_a_project_is_named_by_a_directory_too(web4: Web4, told: World) -> None:
    """A directory inside it will do."""
    (told.user_home / "other" / "deep").mkdir(exist_ok=True)
    assert calls(web4, "--project", str(told.user_home / "other" / "deep")) == ALL[5:]


def test_times_bound_the_listing(web4: Web4) -> None:
    """Since and until are both inclusive, to the microsecond for a moment and to the day for a day."""
    found = web4("log", "--jsonl").rows
    cut = found[2]["ts"]
    moment = times.local(cut).isoformat()
    assert calls(web4, "--since", moment) == ALL[2:]
    assert calls(web4, "--until", moment) == ALL[:3]
    day = moment[:10]
    assert calls(web4, "--since", day, "--until", day) == ALL[:5]


def test_a_limit_keeps_the_newest_and_says_that_it_cut(web4: Web4) -> None:
    """Data is on standard output, the remark on standard error; a limit that cuts nothing says nothing."""
    said = web4("log", "--jsonl", "--limit", "2")
    assert [row["call"] for row in said.rows] == ALL[-2:]
    assert "--limit" in said.err
    assert web4("log", "--jsonl", "--limit", "8").err == ""


@pytest.mark.parametrize(
    "words",
    [
        ["--decision", "maybe"],
        ["--status", "fine"],
        ["--effect", "file.eat"],
        ["--category", "stuff"],
        ["--since", "blursday"],
        ["--session", "zzzz"],
        ["--limit", "0"],
        ["--limit", "many"],
        ["--json", "--jsonl"],
        ["--json", "--follow"],
        ["--nonsense"],
    ],
)
def test_a_filter_that_makes_no_sense_is_a_usage_error(web4: Web4, words: list[str]) -> None:
    """Exit 3, a reason on standard error, no data."""
    said = web4("log", *words)
    assert said.code == 3
    assert said.out == ""
    assert said.err.startswith(("web4: ", "usage: "))


def test_json_is_one_array_of_the_same_rows(web4: Web4) -> None:
    """Both machine formats have exactly the documented fields."""
    found = web4("log", "--json").json
    assert found == web4("log", "--jsonl").rows
    assert all(list(row) == list(rows.CALL) for row in found)


@pytest.mark.parametrize("words", [(), ("--json",), ("--jsonl",), ("--limit", "4"), ("--limit", "4", "--json")])
def test_calls_are_printed_as_they_are_read(
    web4: Web4, told: World, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """What was printed of one lot is out before the next one is read, and all of it is what one lot would print."""
    whole = web4("log", *words)
    monkeypatch.setattr(finding, "CHUNK", 2)
    monkeypatch.setattr(query, "CHUNK", 2)
    monkeypatch.setattr(Ledger, "query", None)
    read, out = list[int](), io.StringIO()
    real = Reading.at

    def at(self: Reading, places: Sequence[int]) -> list[Record]:
        read.append(out.tell())
        return real(self, places)

    monkeypatch.setattr(Reading, "at", at)
    monkeypatch.setattr(log, "MEASURED", 99)
    assert web4("log", *words).out == whole.out
    read.clear()
    monkeypatch.setattr(log, "MEASURED", 1)
    monkeypatch.setattr("sys.stdout", out)
    assert main(["log", "--home", str(told.home), *words]) == 0
    assert read == sorted(set(read))
    assert len(read) > 1


def test_an_empty_listing_is_an_empty_array(web4: Web4) -> None:
    """Nothing found is an answer, not an error."""
    said = web4("log", "--json", "--tool", "Nothing")
    assert (said.code, said.json) == (0, [])
    assert web4("log", "--tool", "Nothing").out == ""


@pytest.mark.parametrize("words", [(), ("--target", "*/no/*", "--possible")])
def test_a_person_is_told_that_nothing_fits(web4: Web4, words: tuple[str, ...]) -> None:
    """On standard error: a listing is empty, and a machine's stays so without a word."""
    said = web4("log", "--session", "aaaa", "--tool", "Nothing", *words)
    assert (said.code, said.out, said.err) == (0, "", "web4: no recorded call fits\n")
    assert web4("log", "--session", "aaaa", "--tool", "Nothing", *words, "--jsonl").err == ""


def test_a_row_says_who_what_why_and_under_which_rule(web4: Web4, told: World) -> None:
    """The four questions, from the data."""
    (row,) = web4("log", "--jsonl", "--decision", "deny").rows
    assert (row["who"], row["what"]) == ("main", "rm -rf build dist")
    assert row["prompt"] == "clean up, please"
    assert row["rules"] == ["no-rm"]
    assert "deletes trees" in row["reasons"][0]
    assert (row["status"], row["denied_by"], row["mode"]) == ("denied", "gate", "enforce")
    assert row["project"] == str(told.project)


def test_people_see_it_under_the_prompt_it_served(web4: Web4) -> None:
    """One heading a day, session and prompt; the rule stands under whatever was not simply allowed."""
    lines = web4("log", "--session", "aaaa").out.splitlines()
    assert "session aaaa1111 · “clean up, please”" in lines[0]
    assert "now have it checked" in lines[6]
    (denied,) = [n for n, line in enumerate(lines) if "rm -rf build dist" in line]
    assert lines[denied].split()[-2:] == ["deny", "denied"]
    assert "by no-rm: " in lines[denied + 1]
    assert "deletes trees" in lines[denied + 1]
    assert "notes.txt" in lines[1]
    assert lines[1].split()[2:4] == ["main", "Read"]


@pytest.mark.parametrize("columns", ["78", "80", "100", "200"])
def test_a_listing_fits_the_terminal(web4: Web4, monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    """No line is wider than there are columns."""
    monkeypatch.setenv("COLUMNS", columns)
    lines = web4("log").out.splitlines()
    assert max(map(len, lines)) <= int(columns)
    assert any("rm -rf" in line for line in lines)


@pytest.mark.parametrize("words", [["log"], ["tree", "aaaa"], ["show", "toolu_hostile"], ["why", "toolu_hostile"]])
@pytest.mark.parametrize("formats", [[], ["--json"], ["--jsonl"]])
def test_hostile_content_is_shown_and_not_obeyed(web4: Web4, words: list[str], formats: list[str]) -> None:
    """A command that clears the screen, sets the title, turns the text round and forges a row stays one harmless row."""
    said = web4(words[0], *words[1:], *formats)
    assert said.code == 0
    assert all(char == "\n" or char.isprintable() for char in said.out)
    assert "\u202e" not in said.out
    assert not any(line.startswith("12:00:00") for line in said.out.splitlines())
    assert "\\x1b[2J" in said.out or "\\u001b[2J" in said.out


@pytest.mark.parametrize(
    "words",
    ["sessions", "stats", "trust", "identity list", "verify", "policy suggest", "policy simulate --preset strict"],
)
@pytest.mark.parametrize("formats", ["", "--json"])
def test_no_view_obeys_hostile_content(web4: Web4, words: str, formats: str) -> None:
    """Nothing that any of them prints could move a cursor or turn the text round."""
    said = web4(*words.split(), *formats.split())
    assert said.code in (0, 1)
    assert all(char in "\n\r" or char.isprintable() for char in said.out + said.err)


def test_no_report_obeys_hostile_content(web4: Web4) -> None:
    """As text for a ticket too."""
    said = web4("report", "--since", "90d", "--format", "md")
    assert said.code == 0
    assert all(char == "\n" or char.isprintable() for char in said.out)


class Clock:
    """Stands for the waiting between two looks: each does the next thing, and then the person has had enough."""

    def __init__(self, *steps: Any) -> None:
        self.steps = list(steps)

    def sleep(self, _seconds: float) -> None:
        if not self.steps:
            raise KeyboardInterrupt
        self.steps.pop(0)()


@pytest.fixture
def live(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("live"))
    world.bash("toolu_old", "ls")
    return world


def follow(live: World, monkeypatch: pytest.MonkeyPatch, steps: list[Any], *words: str) -> Any:
    monkeypatch.setattr(log, "time", Clock(*steps))
    return call_main("log", "--follow", *words, "--home", str(live.home))


def test_following_prints_calls_as_they_come_and_as_they_end(live: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older open call, a new one, each again at its end; leaving is no failure."""
    steps = [
        lambda: live.bash("toolu_new", "pwd"),
        lambda: live.post("toolu_old", "Bash", {"command": "ls"}, {"stdout": ""}),
        lambda: None,
        lambda: live.post("toolu_new", "Bash", {"command": "pwd"}, {"stdout": ""}),
    ]
    said = follow(live, monkeypatch, steps, "--jsonl")
    assert said.code == 0
    assert [(row["call"], row["status"]) for row in said.rows] == [
        ("toolu_old", "unclosed"),
        ("toolu_new", "unclosed"),
        ("toolu_old", "succeeded"),
        ("toolu_new", "succeeded"),
    ]


def test_following_for_people_says_how_an_earlier_call_ended(live: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row is not repeated: its number and its end are."""
    steps = [lambda: live.post("toolu_old", "Bash", {"command": "ls"}, {"stdout": ""})]
    lines = follow(live, monkeypatch, steps).out.splitlines()
    assert lines[1].split()[-1] == "unclosed"
    assert lines[2].split()[-4:] == ["succeeded", "after", "7", "ms"]


def test_following_for_a_status_waits_for_it(live: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is unclosed when it is first seen: it is printed once it has the status that was asked for."""
    steps = [
        lambda: live.bash("toolu_new", "pwd"),
        lambda: live.post("toolu_new", "Bash", {"command": "pwd"}, {"stdout": ""}),
    ]
    said = follow(live, monkeypatch, steps, "--jsonl", "--status", "succeeded")
    assert [(row["call"], row["status"]) for row in said.rows] == [("toolu_new", "succeeded")]
    people = follow(live, monkeypatch, [lambda: live.bash("toolu_x", "id"), lambda: None], "--status", "failed")
    assert people.out == ""


def test_what_could_have_touched_a_target_is_told_apart(web4: Web4, monkeypatch: pytest.MonkeyPatch) -> None:
    """Said on standard error beside what is certain, listed on demand with the reason, by row and for people."""
    rows_ = web4("log", "--jsonl", "--possible", "--target", "/nowhere/*").rows
    assert rows_
    assert all(row["possible"] for row in rows_)
    count = len(rows_)
    assert f"{count} more call" in web4("log", "--jsonl", "--target", "/nowhere/*").err
    assert "perhaps: " in web4("log", "--possible", "--target", "/nowhere/*").out
    monkeypatch.setattr(log, "MOST_MENTIONED", 1)
    assert ("over 1 more calls" in web4("log", "--target", "/nowhere/*").err) is (len(rows_) > 1)
    newest = web4("log", "--jsonl", "--possible", "--limit", "1", "--target", "/nowhere/*")
    assert newest.rows == rows_[-1:]
    assert ("--limit" in newest.err) is (count > 1)
    assert all(not row["possible"] for row in web4("log", "--jsonl").rows)


@pytest.mark.parametrize("words", [["--possible"], ["--possible", "--follow", "--target", "*"]])
def test_what_is_possible_is_asked_of_a_target(web4: Web4, words: list[str]) -> None:
    """Without one everything would be."""
    assert web4("log", *words).code == 3
