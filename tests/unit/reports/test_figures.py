"""A report counts what the reading commands list."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from support.told import FIRST, POLICY, call_main, tell
from support.world import BIRTH_US, World
from web4_governance.app.anchor import make_key, sign_head
from web4_governance.app.possible import possible
from web4_governance.app.reports import course as courses
from web4_governance.app.reports import verdict
from web4_governance.app.reports.asked import Asked, Period, Reading
from web4_governance.app.reports.course import course
from web4_governance.app.trust import known
from web4_governance.core.errors import UsageError
from web4_governance.core.trust.bounds import bounds
from web4_governance.storage.filters import Filters
from web4_governance.storage.reader import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Reported = Callable[..., dict[str, Any]]


def rows(world: World, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(call_main(*words, "--home", str(world.home), "--json").out)
    return found


def test_calls_are_those_that_are_listed(reported: Reported, told: World) -> None:
    """By decision, end, tool, agent, effect and session."""
    doc, listed = reported(), rows(told, "log")
    assert doc["population"]["calls"] == len(listed) == 8
    assert doc["population"]["sessions"] == len({row["session"] for row in listed}) == 2
    assert doc["population"]["statuses"] == dict(Counter(row["status"] for row in listed))
    assert doc["decisions"]["counts"] == dict(Counter(row["decision"] for row in listed))
    assert doc["decisions"]["tools"] == dict(Counter(row["tool"] for row in listed))
    assert doc["decisions"]["effects"] == dict(Counter(word for row in listed for word in row["effects"]))
    assert doc["population"]["unclosed"] == sum(row["status"] == "unclosed" for row in listed) == 1
    assert sum(row["calls"] for row in doc["population"]["judged"]) == 8


def test_a_period_holds_what_lies_in_it(reported: Reported, told: World) -> None:
    """The second session came two days after the first; places are those of the whole ledger."""
    later = reported(since="2026-11-20")["population"]
    listed = rows(told, "log", "--since", "2026-11-20")
    assert later["calls"] == len(listed) == 3
    assert (later["first_place"], later["last_place"]) == (16, 22)
    assert later["entries"] == 7
    assert later["out_of_order"] == 0
    assert reported("--until", "2026-11-19")["population"]["calls"] == 5


def test_a_project_narrows_the_calls(reported: Reported, told: World) -> None:
    """To those in it."""
    doc = reported("--project", str(told.user_home / "other"))
    assert doc["population"]["calls"] == 3
    assert doc["population"]["entries"] == 23


def test_denied_calls_are_listed_with_their_reason(reported: Reported) -> None:
    """Place, tool, command, rule and who stopped it."""
    (denied,) = reported()["decisions"]["listed"]["deny"]
    assert (denied["tool"], denied["what"], denied["rules"]) == ("Bash", "rm -rf build dist", ["no-rm"])
    assert denied["session"] == FIRST
    assert "deletes trees" in denied["reasons"][0]
    assert denied["denied_by"] == "gate"


def test_rules_are_counted_of_calls_that_were_not_simply_allowed(reported: Reported) -> None:
    """As `web4 stats` does."""
    found = reported()["decisions"]["rules"]
    assert [(row["decision"], row["rule"], row["calls"]) for row in found] == [("deny", "no-rm", 1), ("warn", "careful", 1)]  # fmt: skip


def test_accesses_to_a_target_stand_beside_the_possible_ones(reported: Reported, told: World) -> None:
    """The same as the query's, each with its reason."""
    found = reported("--target", "*notes*")["unseen"]
    with open_reader(str(told.home)) as reader:
        could = possible(reader, Filters(target="*notes*"))
    assert [row["tool"] for row in found["accesses"]] == ["Read"]
    assert found["recorded"] == 1
    assert [row["why"] for row in found["could"]] == [one.reason for one in could]
    assert found["could_have_touched"] == len(could) == 1


def test_calls_that_could_not_be_seen_into_are_counted_once(reported: Reported) -> None:
    """One ran code and had a part unseen."""
    found = reported()["unseen"]
    assert (found["opaque"], found["code_run"], found["either"]) == (1, 1, 1)
    assert [row["tool"] for row in found["tools"]] == ["Bash"]


def test_the_verdict_is_that_of_verify(reported: Reported, told: World) -> None:
    """With what holds and what is not covered."""
    found = reported()["verification"]
    said = json.loads(call_main("verify", "--home", str(told.home), "--json").out)
    for name in ("verdict", "root", "holds", "not_covered", "tail"):
        assert found[name] == said[name]
    assert (found["read"], found["unread"]) == ("all", 0)


def test_nothing_is_said_of_a_ledger_that_was_not_verified(reported: Reported) -> None:
    """No verdict, and why."""
    assert reported("--verify", "none")["verification"] == {"read": "none", "verdict": "", "reason": "not asked for"}


def test_trust_that_is_far_behind_is_left_out_and_said(told: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather than folding a large ledger unasked; asked for, it is folded."""
    monkeypatch.setattr(courses, "FOLDED_UP_TO", 5)
    words = ("report", "--home", str(told.home), "--since", "2026-11-01", "--verify", "none")
    found = json.loads(call_main(*words, "--json").out)["trust"]
    assert (found["behind"], found["standing"], found["source"]) == (23, [], "consulted")
    assert "its rows are 23 entries behind" in call_main(*words, "--format", "md").out
    asked = json.loads(call_main(*words, "--json", "--trust", "all").out)["trust"]
    assert (asked["source"], len(asked["standing"]) > 0, len(asked["lines"])) == ("folded", True, 12)


def test_the_course_of_trust_ends_where_trust_stands(told: World) -> None:
    """Folded to the end of the ledger, each course's last bounds are those that `web4 trust` shows."""
    with open_reader(str(told.home)) as reader:
        asked = Asked(now_us=2_000_000_000_000_000, since_us=1, until_us=2_000_000_000_000_000, course=Reading.ALL)
        found: Any = course(Period(reader=reader, asked=asked, tally=()))
        held = {(one.entity, one.role, str(d)): bounds(p) for one in known(reader)[0] for d, p in one.tensor.items()}
    assert found["source"] == "folded"
    assert len(found["lines"]) == 12
    for line in found["lines"]:
        now = held[line["entity"], line["role"], line["dimension"]]
        assert line["points"][-1][1:] == [now.low, now.high]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "say since when: `--since`"),
        (("--since", "2026-11-20", "--until", "2026-11-01"), "the period ends before it begins"),
        (("--since", "2026-11-20", "--target", "[a"), ""),
    ],
)
def test_what_makes_no_sense_is_refused(told: World, words: tuple[str, ...], why: str) -> None:
    """On one line, with exit code 3."""
    said = call_main("report", "--home", str(told.home), *words)
    assert said.code == 3
    assert why in said.err
    assert said.out == ""


def test_a_framework_that_is_none_is_refused() -> None:
    """Also by who calls it without the command line."""
    from web4_governance.app.reports.frameworks import framework  # noqa: PLC0415

    with pytest.raises(UsageError, match="is no framework"):
        framework("../presets/safety")


def test_a_large_ledger_is_read_from_its_newest_head(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is a signed head; without one all of it is read, and asked for what is new alone, there is no verdict."""
    monkeypatch.setattr(verdict, "ALL_UP_TO", 1)
    world = World(tmp_path, POLICY)
    tell(world)
    words = ("report", "--home", str(world.home), "--since", "2026-11-01", "--json")
    assert json.loads(call_main(*words).out)["verification"]["read"] == "all"
    refused = call_main(*words, "--verify", "new")
    assert (refused.code, refused.out) == (3, "")
    make_key(str(world.home))
    sign_head(str(world.home), now_us=BIRTH_US)
    found = json.loads(call_main(*words).out)["verification"]
    assert found["read"] == "new"
    assert found["unread"] > 0
