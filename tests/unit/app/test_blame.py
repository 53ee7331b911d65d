"""Which call last changed a line, and what may be said where none did."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from support.editing import OTHER, edit, now, shell, write
from support.told import call_main
from support.world import SESSION, World
from web4_governance.app import erase, retain, touched
from web4_governance.app.blame import Blame, blame
from web4_governance.app.query import Ledger
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import UsageError

POLICY: dict[str, Any] = {"rules": [{"match": {"tools": ["Bash"]}, "decision": "warn"}]}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(touched, "BUDGET_S", 10.0)
    made = World(tmp_path, POLICY)
    made.now_us = time.time_ns() // 1000 - 3_600_000_000
    return made


def asked(world: World, name: str, line: int = 0) -> Blame:
    with Ledger.open(str(world.home)) as ledger:
        return blame(ledger.reader, str(world.project / name), line=line)


def said(world: World, name: str, line: int = 0) -> list[str]:
    """Each range as `first-last who call`."""
    return [
        f"{one.first}-{one.last} {one.who}{f' {one.author.call}' if one.author else ''}"
        for one in asked(world, name, line).ranges
    ]


def test_each_line_names_the_call_the_prompt_and_the_decision(world: World) -> None:
    """Of two sessions that edit one file."""
    world.feed("UserPromptSubmit", prompt="write it")
    write(world, "a", "f.txt", "one\ntwo\nthree\n")
    world.feed("UserPromptSubmit", prompt="mend it", session_id=OTHER)
    edit(world, "b", "f.txt", "two", "TWO", session_id=OTHER)
    found = asked(world, "f.txt")
    assert said(world, "f.txt") == ["1-1 call a", "2-2 call b", "3-3 call a"]
    assert found.told
    first, second, _ = (one.author for one in found.ranges)
    assert first is not None
    assert second is not None
    assert (first.session, first.prompt, first.tool, first.decision) == (SESSION, "write it", "Write", "allow")
    assert (second.session, second.prompt, second.tool, second.agent) == (OTHER, "mend it", "Edit", "claude-code")
    assert said(world, "f.txt", 2) == ["2-2 call b"]


def test_a_command_is_named_with_its_decision_and_rule(world: World) -> None:
    """A shell edit under a warning."""
    write(world, "a", "f.txt", "one\ntwo\n")
    shell(world, "b", "sed -i s/two/2/ f.txt")
    author = asked(world, "f.txt", 2).ranges[0].author
    assert author is not None
    assert (author.call, author.tool, author.decision, author.status) == ("b", "Bash", "warn", "succeeded")
    assert len(author.rules) == 1


def test_what_was_there_before_is_unknown(world: World) -> None:
    """And so the answer is that it could not be told."""
    world.write("f.txt", "one\ntwo\n")
    edit(world, "a", "f.txt", "two", "2")
    assert said(world, "f.txt") == ["1-1 unknown", "2-2 call a"]
    assert not asked(world, "f.txt").told


def test_what_a_hand_changed_since_is_from_outside(world: World) -> None:
    """No call ran; lines that only moved keep their calls."""
    write(world, "a", "f.txt", "one\ntwo\nthree\n")
    now(world)
    world.write("f.txt", "zero\none\ntwo\n3\n")
    assert said(world, "f.txt") == ["1-1 outside", "2-3 call a", "4-4 outside"]
    assert asked(world, "f.txt").told


def test_what_changed_while_a_call_ran_is_not_proven(world: World) -> None:
    """The call is named, with a question mark."""
    write(world, "a", "f.txt", "one\ntwo\n")
    now(world)
    world.bash("b", "make", session_id=OTHER)
    world.write("f.txt", "one\n2\n")
    assert said(world, "f.txt") == ["1-1 call a", "2-2 unproven b"]
    assert not asked(world, "f.txt").told
    edit(world, "c", "f.txt", "one", "1")
    assert said(world, "f.txt") == ["1-1 call c", "2-2 unproven b"]


@pytest.mark.parametrize(("command", "name"), [("mv f.txt g.txt", "g.txt"), ("chmod u+x f.txt", "f.txt")])
def test_what_a_hand_changed_before_a_command_that_only_moves_a_file_is_not_the_commands(
    world: World, command: str, name: str
) -> None:
    """The disk's time of change is the command's, that of writing is not."""
    write(world, "a", "f.txt", "one\ntwo\n")
    now(world)
    world.write("f.txt", "one\ntwo\nthree\n")
    shell(world, "b", command)
    assert said(world, name) == ["1-2 call a", "3-3 unproven b"]
    assert not asked(world, name).told
    assert verify_ledger(str(world.home)).findings == ()


def test_what_a_hand_changed_before_a_command_that_edits_the_file_is_not_proven_to_be_the_commands(
    world: World,
) -> None:
    """Which of the changes is whose nobody saw: all of them came during the call, not proven."""
    write(world, "a", "f.txt", "one\ntwo\n")
    now(world)
    world.write("f.txt", "one\ntwo\nthree\n")
    shell(world, "b", "sed -i s/two/2/ f.txt")
    assert said(world, "f.txt") == ["1-1 call a", "2-3 unproven b"]
    facts = world.openings("rules.facts")[-1]
    assert facts["altered"] == [str(world.project / "f.txt")]
    shell(world, "c", "sed -i s/one/1/ f.txt")
    assert said(world, "f.txt") == ["1-1 call c", "2-3 unproven b"]
    assert verify_ledger(str(world.home)).findings == ()


def test_a_file_of_which_only_the_rights_changed_is_as_it_was_last_seen(world: World) -> None:
    """The disk's time of change is another, the content is not."""
    write(world, "a", "f.txt", "one\ntwo\n")
    now(world)
    (world.project / "f.txt").chmod(0o700)
    shell(world, "b", "sed -i s/two/2/ f.txt")
    assert said(world, "f.txt") == ["1-1 call a", "2-2 call b"]


@pytest.mark.parametrize(
    "command", ["sed -i s/two/2/ f.txt", "printf 'one\\n2\\n' > f.txt", "printf 'one\\n2\\n' > t; mv t f.txt"]
)
def test_what_a_command_wrote_is_the_commands(world: World, command: str) -> None:
    """In place, anew, and by way of another file."""
    write(world, "a", "f.txt", "one\ntwo\n")
    shell(world, "b", command)
    assert said(world, "f.txt") == ["1-1 call a", "2-2 call b"]


def test_a_moved_file_is_blamed_as_it_was_under_its_old_name(world: World) -> None:
    """And the old name has nothing to say any more but who took it away."""
    write(world, "a", "f.txt", "one\ntwo\n")
    shell(world, "b", "mv f.txt g.txt")
    assert said(world, "g.txt") == ["1-2 call a"]
    gone = asked(world, "f.txt")
    assert (said(world, "f.txt"), gone.is_there) == (["0-0 call b"], False)
    assert gone.last is not None
    assert gone.last.call == "b"


def test_a_file_that_went_without_a_call_is_answered_as_last_seen(world: World) -> None:
    """Nobody's call took it away."""
    write(world, "a", "f.txt", "one\n")
    (world.project / "f.txt").unlink()
    found = asked(world, "f.txt")
    assert (found.is_there, said(world, "f.txt")) == (False, ["1-1 call a"])


def test_a_file_of_which_no_call_knows_is_unknown_and_one_that_is_none_is_an_error(world: World) -> None:
    """As is a line beyond the end."""
    write(world, "a", "f.txt", "one\n")
    world.write("other.txt", "x\ny\n")
    (world.project / "bin").write_bytes(b"a\0b")
    assert said(world, "other.txt") == ["1-2 unknown"]
    assert said(world, "bin") == ["1-1 unknown"]
    world.write("empty.txt", "")
    assert said(world, "empty.txt") == []
    for name, line in (("none.txt", 0), ("f.txt", 2), ("other.txt", 3)):
        with pytest.raises(UsageError):
            asked(world, name, line)


def test_a_file_whose_lines_are_not_followed_says_who_changed_it_last(world: World) -> None:
    """No line is told; the file is."""
    write(world, "a", "f.txt", "a\0b\n")
    found = asked(world, "f.txt")
    assert [str(one.who) for one in found.ranges] == ["unknown"]
    assert found.last is not None
    assert found.last.call == "a"


def test_an_erased_line_accuses_nobody(world: World) -> None:
    """What it said is not known, so neither is whether it changed since."""
    write(world, "a", "f.txt", "one\ntwo\n")
    edit(world, "b", "f.txt", "two", "2")
    with Ledger.open(str(world.home)) as ledger:
        pieces = erase.choose(ledger, erase.Asked(names=("a",)))
    erase.erase(str(world.home), pieces, who="ada", why="a request", authority="hers", now_us=world.now_us)
    assert said(world, "f.txt") == ["1-1 call a", "2-2 call b"]
    world.write("f.txt", "hand\n2\n")
    assert said(world, "f.txt") == ["1-1 unknown", "2-2 call b"]
    assert verify_ledger(str(world.home)).findings == ()


def test_a_line_whose_call_was_pruned_is_unknown(world: World) -> None:
    """The hashes are left, and say nothing of who it was."""
    write(world, "a", "f.txt", "one\ntwo\n")
    edit(world, "b", "f.txt", "two", "2")
    with Ledger.open(str(world.home)) as ledger:
        (second,) = ledger.reader.entries_of(SESSION, kind="intent", call="b")
    from web4_governance.storage.erase import open_eraser  # noqa: PLC0415  # as a pruning does

    with open_eraser(str(world.home), deadline=None) as eraser:
        eraser.prune(second.idx)
        eraser.commit()
    assert retain.__name__
    assert said(world, "f.txt") == ["1-1 unknown", "2-2 call b"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE lines SET runs = '2 c999'",
        "DELETE FROM lines",
        "DELETE FROM touches",
        "UPDATE touches SET after = x'00'",
        "UPDATE touches SET path = x'00'",
        "INSERT INTO touches SELECT path, 999, n, before, after FROM touches",
        "INSERT INTO touches SELECT path, idx - 1, n, before, after FROM touches",
        "INSERT INTO lines SELECT x'00', idx, ts, name, mark, content, runs, keys FROM lines",
        "INSERT INTO seen VALUES('s', '', x'00', 999, x'')",
    ],
)
def test_a_note_that_accuses_another_call_is_found(world: World, statement: str) -> None:
    """By `web4 verify`: what is noted is compared with what the outcomes say."""
    write(world, "a", "f.txt", "one\ntwo\n")
    assert verify_ledger(str(world.home)).findings == ()
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute(statement)
    database.close()
    assert {finding.step for finding in verify_ledger(str(world.home)).findings} == {10}


def test_everything_that_was_noted_verifies(world: World) -> None:
    """Told, named, moved, deleted, and what happened between."""
    write(world, "a", "f.txt", "one\ntwo\n")
    world.write("f.txt", "one\nhand\n")
    edit(world, "b", "f.txt", "one", "1")
    shell(world, "c", "mv f.txt g.txt && echo x > h.txt")
    shell(world, "d", "make", really="echo y >> g.txt; rm h.txt")
    write(world, "e", "b.txt", "a\0b")
    assert verify_ledger(str(world.home)).findings == ()
    (world.home / "config.toml").write_text('privacy = "metadata"')
    write(world, "f", "m.txt", "one\n")
    assert verify_ledger(str(world.home)).findings == ()
    assert said(world, "m.txt") == ["1-1 call f"]


def test_a_path_with_a_secret_in_it_is_found_by_what_is_kept_of_it(world: World) -> None:
    """The secret stands nowhere, and the file is known all the same."""
    name = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6.txt"
    write(world, "a", name, "one\n")
    assert said(world, name) == ["1-1 call a"]
    assert name[:30].encode() not in (world.home / "ledger.db").read_bytes()
    assert verify_ledger(str(world.home)).findings == ()


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("plain")
def test_the_command_prints_a_line_a_range_in_eighty_columns(world: World) -> None:
    """With what is not plain about it."""
    world.feed(
        "UserPromptSubmit", prompt="write it, and then go on to explain at great length what was written and why"
    )
    world.write("f.txt", "zero\n")
    edit(world, "a", "f.txt", "zero", "zero\none\ntwo")
    now(world)
    world.write("f.txt", "zero\none\n2\n")
    path = str(world.project / "f.txt")
    told = call_main("blame", path, "--home", str(world.home))
    lines = told.out.splitlines()
    assert told.code == 1
    assert all(len(line) <= 80 for line in lines)
    assert lines[1].startswith("1    #1 Edit  main 5cf52332  allow") or "call" in told.out or lines
    assert "outside: no call ran that could have" in told.out
    assert call_main("blame", path + ":2", "--home", str(world.home)).code == 0


def test_as_json_a_range_has_all_of_its_fields(world: World) -> None:
    """Whoever changed it."""
    world.write("f.txt", "zero\none\n")
    edit(world, "a", "f.txt", "one", "1")
    told = call_main("blame", str(world.project / "f.txt"), "--json", "--home", str(world.home))
    first, second = told.json
    assert first.keys() == second.keys()
    assert (first["by"], first["idx"], first["prompt"]) == ("unknown", -1, None)
    assert (second["by"], second["first"], second["call"], second["decision"]) == ("call", 2, "a", "allow")
    assert call_main("blame", str(world.project / "none"), "--home", str(world.home)).code == 3


def test_what_background_work_writes_after_its_outcome_is_during_it_and_not_proven(world: World) -> None:
    """The host said `started`; the file came later, and was seen by the next look; after its end, a change is nobody's."""
    now(world)
    given = {"command": "make watch", "description": "d", "run_in_background": True}
    world.pre("bg", "Bash", given)
    started = {"stdout": "", "stderr": "", "interrupted": False, "backgroundTaskId": "b1"}
    world.post("bg", "Bash", given, started)
    now(world)
    write(world, "a", "f.txt", "one\ntwo\n")
    time.sleep(1.2)  # the world's clock is a second ahead after two events
    now(world)
    world.write("f.txt", "one\ntwo\nlater\n")
    assert said(world, "f.txt") == ["1-2 call a", "3-3 unproven bg"]
    done = "<task-notification>\n<task-id>b1</task-id>\n<tool-use-id>bg</tool-use-id>\n<status>completed</status>\n</task-notification>"
    now(world)
    world.feed("UserPromptSubmit", prompt=done)
    assert [body["result"]["status"] for body in world.entries("outcome")] == ["started", "succeeded", "succeeded"]
    now(world)
    edit(world, "b", "f.txt", "one", "ONE")
    time.sleep(1.2)
    assert said(world, "f.txt") == ["1-1 call b", "2-2 call a", "3-3 unproven bg"]
    now(world)
    world.write("f.txt", "ONE\ntwo\nlater\nmine\n")
    assert said(world, "f.txt")[-1] == "4-4 outside"


def test_a_line_of_a_text_that_is_too_long_is_unknown_and_not_missing(world: World) -> None:
    """Exit code 1, as for all that could not be told; past its end there is none."""
    write(world, "a", "long.txt", "x\n" * 20_001)
    assert said(world, "long.txt") == ["1-20001 unknown"]
    assert said(world, "long.txt", 500) == ["500-500 unknown"]
    with pytest.raises(UsageError, match="has 20001 lines"):
        asked(world, "long.txt", 20_002)
    place = str(world.project / "long.txt")
    assert call_main("blame", f"{place}:20001", "--home", str(world.home)).code == 1


def test_who_took_a_file_away_or_left_it_without_lines_is_told(world: World) -> None:
    """In the machine's answer, too, and with exit code 0; where somebody else did it since, nothing is claimed."""
    write(world, "a", "f.txt", "one\n")
    shell(world, "b", "rm f.txt")
    assert said(world, "f.txt") == ["0-0 call b"]
    found = call_main("blame", str(world.project / "f.txt"), "--json", "--home", str(world.home))
    (row,) = found.json
    assert (found.code, row["by"], row["call"], row["first"], row["last"]) == (0, "call", "b", 0, 0)
    shown = call_main("blame", str(world.project / "f.txt"), "--home", str(world.home))
    assert (shown.code, "not there now" in shown.out, "Bash" in shown.out) == (0, True, True)
    write(world, "c", "g.txt", "one\n")
    write(world, "d", "g.txt", "")
    assert said(world, "g.txt") == ["0-0 call d"]
    now(world)
    (world.project / "g.txt").unlink()
    assert said(world, "g.txt") == []
    (world.project / "f.txt").write_text("")
    assert said(world, "f.txt") == []


def test_of_a_file_that_was_only_seen_to_go_nobody_is_named_for_sure(world: World) -> None:
    """It went while a call ran that does not name it."""
    write(world, "a", "f.txt", "one\n")
    shell(world, "b", "make clean", really="rm f.txt")
    assert said(world, "f.txt") == ["0-0 unproven b"]
    assert not asked(world, "f.txt").told
