"""`web4 stats` counts what `web4 log` lists."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from support.told import FIRST

if TYPE_CHECKING:
    from support.told import Web4


@pytest.mark.parametrize(
    "words", [(), ("--session", FIRST), ("--decision", "deny"), ("--tool", "Bash"), ("--agent", "main")]
)
def test_what_is_counted_is_what_is_listed(web4: Web4, words: tuple[str, ...]) -> None:
    """For every filter, by every word."""
    listed, counted = web4("log", *words, "--json").json, web4("stats", *words, "--json").json
    assert counted["calls"] == len(listed) > 0
    assert counted["sessions"] == len({row["session"] for row in listed})
    assert counted["decisions"] == dict(Counter(row["decision"] for row in listed))
    assert counted["statuses"] == dict(Counter(row["status"] for row in listed))
    assert counted["tools"] == dict(Counter(row["tool"] for row in listed))
    assert counted["categories"] == dict(Counter(word for row in listed for word in row["categories"]))
    assert counted["effects"] == dict(Counter(word for row in listed for word in row["effects"]))
    assert counted["days"] == dict(Counter(row["time"][:10] for row in listed))
    spoke = Counter(rule for row in listed if row["decision"] != "allow" for rule in row["rules"])
    assert counted["rules"] == dict(spoke)


def test_the_largest_comes_first(web4: Web4) -> None:
    """So that what is read first matters most."""
    numbers = list(web4("stats", "--json").json["tools"].values())
    assert numbers == sorted(numbers, reverse=True)


def test_the_text_fits_the_terminal_and_obeys_nobody(web4: Web4) -> None:
    """Whatever an agent called its tools."""
    said = web4("stats")
    assert said.code == 0
    assert "decided" in said.out
    assert "deny" in said.out
    assert "\x1b" not in said.out
    assert max(map(len, said.out.splitlines())) <= 100


def test_more_than_fit_are_added_up(web4: Web4, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is a line of its own."""
    monkeypatch.setattr("web4_governance.cli.stats.SHOWN", 1)
    total = sum(web4("stats", "--json").json["tools"].values())
    first, rest = (line for line in web4("stats").out.split("tools\n")[1].splitlines()[:2])
    assert rest.split()[0] == "and"
    assert int(first.split()[1]) + int(rest.split()[-1]) == total


def test_a_filter_that_finds_nothing_by_nature_is_refused(web4: Web4) -> None:
    """As `log` refuses it."""
    assert web4("stats", "--decision", "perhaps").code == 3


def test_nothing_is_counted_as_nothing(web4: Web4) -> None:
    """No table, no failure."""
    said = web4("stats", "--tool", "NoSuchTool")
    assert (said.code, said.out) == (0, "0 calls in 0 sessions\n")
