"""Which files a call changed: told by the host, named by its effects, listed by git, or found changed."""

from __future__ import annotations

import os
import sqlite3
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from support.editing import OTHER, edit, git, now, shell, write
from support.world import World
from web4_governance.app import changed, erase, lying, touched
from web4_governance.app.query import Ledger
from web4_governance.app.verify import verify_ledger

POLICY: dict[str, Any] = {"rules": [{"match": {"tools": ["Bash"]}, "decision": "warn"}]}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(touched, "BUDGET_S", 10.0)  # what is bounded is tried below
    made = World(tmp_path, POLICY)
    made.now_us = time.time_ns() // 1000 - 3_600_000_000
    return made


def rows(world: World) -> list[tuple[str, str, bool | None, bool | None]]:
    """(name, how, whether there was a file before, whether there is one after); None where it is not said."""
    return [
        (
            os.path.relpath(row["path"], world.project),
            row["how"],
            row["before"] is not None if "before" in row else None,
            row["after"] is not None if "after" in row else None,
        )
        for listed in world.openings("result.files")
        for row in listed
    ]


def runs(world: World, name: str) -> str:
    with Ledger.open(str(world.home)) as ledger:
        lineage = ledger.reader.lineage
        (held,) = [one for one in lineage.held_below(str(world.project), 99) if one.name.endswith("/" + name)]
        whole = lineage.held(held.path)
        assert whole is not None
        return " ".join(f"{count}{word[0]}" for count, word in whole.lines.runs)


def test_two_sessions_that_edit_one_file_each_have_their_lines(world: World) -> None:
    """The second goes on from the first, whoever it is."""
    write(world, "a", "f.txt", "one\ntwo\nthree\n")
    edit(world, "b", "f.txt", "two", "TWO", session_id=OTHER)
    edit(world, "c", "f.txt", "three", "THREE")
    assert runs(world, "f.txt") == "1c 1c 1c"
    assert rows(world) == [("f.txt", "told", False, True), ("f.txt", "told", True, True), ("f.txt", "told", True, True)]
    with Ledger.open(str(world.home)) as ledger:
        assert [touch.before == b"\0" for touch in touches(ledger)] == [True, False, False]
        first, second, third = touches(ledger)
        assert (first.after, second.after) == (second.before, third.before)


def touches(ledger: Ledger) -> list[Any]:
    lineage = ledger.reader.lineage
    places = [body.idx for body in ledger.reader.of_kind("outcome")]
    return [touch for idx in places for touch in lineage.changes_at(idx)]


def test_a_command_that_names_a_file_changed_it(world: World) -> None:
    """Looked up on the disk after the answer; its lines are told apart by the ones that were known."""
    write(world, "a", "f.txt", "one\ntwo\nthree\n")
    shell(world, "b", "sed -i s/two/2/ f.txt")
    assert rows(world)[1] == ("f.txt", "named", True, True)
    assert runs(world, "f.txt") == "1c 1c 1c"


def committed(world: World, name: str, text: str) -> None:
    """A file that git has, older than its index."""
    world.write(name, text)
    (world.project / ".git").rmdir()
    git(world, "init", "-q")
    git(world, "add", name)
    git(world, "commit", "-qm", "first")
    time.sleep(0.02)
    os.utime(world.project / name, ns=(1_700_000_000_000_000_000,) * 2)  # not changed in the moment in which git looked
    time.sleep(0.02)
    git(world, "update-index", "--refresh")


def test_a_command_that_edits_a_tracked_file_that_was_never_seen_wrote_the_lines_that_git_has_not(world: World) -> None:
    """The file lay as git's index has it, so that its other lines were there before."""
    committed(world, "f.txt", "one\ntwo\nthree\n")
    shell(world, "a", "sed -i s/two/2/ f.txt")
    assert rows(world) == [("f.txt", "named", True, True)]
    assert runs(world, "f.txt") == "1b 1c 1b"
    (listed,) = world.openings("result.files")
    assert (listed[0]["proven"], listed[0]["before"]) == (True, sha256(b"one\ntwo\nthree\n").hexdigest())
    assert verify_ledger(str(world.home)).findings == ()


def test_a_file_that_did_not_lie_as_git_has_it_is_not_compared_with_git(world: World) -> None:
    """A person's own change, before the command, is not the command's."""
    committed(world, "f.txt", "one\ntwo\nthree\n")
    world.write("f.txt", "one\ntwo\nmine\n")
    shell(world, "a", "sed -i s/two/2/ f.txt")
    assert runs(world, "f.txt") == "3u"


@pytest.mark.parametrize("spoil", ["racy", "version 4", "filter", "submodule", "cut off", "no index"])
def test_where_git_s_word_is_in_doubt_it_is_not_taken(world: World, spoil: str) -> None:
    """An index in another form, one that is as young as the file, and a repository that names programs."""
    committed(world, "f.txt", "one\ntwo\nthree\n")
    index = world.project / ".git" / "index"
    match spoil:
        case "racy":
            os.utime(index, ns=(1_600_000_000_000_000_000,) * 2)
        case "version 4":
            git(world, "update-index", "--index-version", "4")
        case "filter":
            git(world, "config", "filter.x.smudge", "cat")
        case "submodule":
            world.write(".gitmodules", "")
        case "cut off":
            index.write_bytes(index.read_bytes()[:70])
        case _:
            index.unlink()
    shell(world, "a", "sed -i s/two/2/ f.txt")
    assert runs(world, "f.txt") == "3u"


def test_a_tracked_file_that_a_command_leaves_as_it_was_is_not_changed(world: World) -> None:
    """Written anew with the same content."""
    committed(world, "f.txt", "one\n")
    shell(world, "a", "sed -i s/two/2/ f.txt")
    assert rows(world) == []


def test_taking_back_a_command_s_edit_of_a_tracked_file_is_seen(world: World) -> None:
    """The content that git had is the one before."""
    committed(world, "f.txt", "one\ntwo\n")
    shell(world, "a", "sed -i s/two/2/ f.txt")
    shell(world, "b", "git checkout -- f.txt")
    flags = [one["result"].get("flags") for one in world.entries("outcome")]
    assert flags == [None, ["reverted"]]


def test_a_command_that_makes_a_file_wrote_all_of_it(world: World) -> None:
    """The gate saw that nothing was there."""
    shell(world, "a", "printf 'x\\ny\\n' > new.txt")
    assert rows(world) == [("new.txt", "named", False, True)]
    assert runs(world, "new.txt") == "2c"


def test_a_command_that_rewrites_an_unknown_file_is_not_said_to_have_written_its_lines(world: World) -> None:
    """What was there before, nobody knows."""
    world.write("old.txt", "a\nb\n")
    shell(world, "a", "sed -i s/a/A/ old.txt")
    assert rows(world) == [("old.txt", "named", None, True)]
    assert runs(world, "old.txt") == "2u"


def test_a_command_that_only_reads_changes_nothing(world: World) -> None:
    """Also where a file changed meanwhile: somebody else did that."""
    write(world, "a", "f.txt", "one\n")
    shell(world, "b", "cat f.txt", really="echo more >> f.txt")
    assert len(rows(world)) == 1


def test_a_deletion_is_a_change(world: World) -> None:
    """And nothing is held of the file any more."""
    write(world, "a", "f.txt", "one\n")
    shell(world, "b", "rm f.txt")
    assert rows(world)[1] == ("f.txt", "named", True, False)
    with Ledger.open(str(world.home)) as ledger:
        assert ledger.reader.lineage.held_below(str(world.project), 9) == ()


@pytest.mark.parametrize("command", ["mv f.txt g.txt", "mv f.txt g.txt && sed -i s/two/2/ g.txt"])
def test_a_file_that_is_moved_takes_its_lines_along(world: World, command: str) -> None:
    """Also where it is changed in the same breath."""
    write(world, "a", "f.txt", "one\ntwo\nthree\n")
    shell(world, "b", command)
    assert runs(world, "g.txt") == ("3c" if "sed" not in command else "1c 1c 1c")
    (moved,) = [row for row in world.openings("result.files")[1] if row["path"].endswith("g.txt")]
    assert moved["from"].endswith("f.txt")


def test_a_copy_is_its_copiers(world: World) -> None:
    """The old file is still there, so nothing moved."""
    write(world, "a", "f.txt", "one\n")
    shell(world, "b", "cp f.txt g.txt")
    assert rows(world)[1] == ("g.txt", "named", False, True)
    assert runs(world, "g.txt") == "1c"


def test_a_program_of_which_nobody_knows_what_it_writes_is_seen_by_what_changed(world: World) -> None:
    """A known file of the project that changed while it ran: not proven to be its work."""
    write(world, "a", "f.txt", "one\ntwo\n")
    shell(world, "b", "make", really="sed -i s/two/2/ f.txt")
    assert rows(world)[1] == ("f.txt", "seen", True, True)
    assert runs(world, "f.txt") == "1c 1u"


def test_what_git_lists_as_changed_is_the_only_running_calls(world: World) -> None:
    """And not proven where another call ran meanwhile."""
    git(world, "init", "-q")
    write(world, "a", "f.txt", "one\ntwo\n")
    git(world, "add", "f.txt")
    shell(world, "b", "make", really="sed -i s/two/2/ f.txt; echo x > made.txt")
    assert rows(world)[1:] == [("f.txt", "listed", True, True), ("made.txt", "listed", None, True)]
    assert runs(world, "f.txt") == "1c 1c"
    now(world)
    world.bash("c", "make", session_id=OTHER)
    shell(world, "d", "make", really="sed -i s/one/1/ f.txt")
    assert rows(world)[3] == ("f.txt", "seen", True, True)
    assert runs(world, "f.txt") == "1u 1c"


def test_a_change_that_was_there_before_the_call_began_is_not_its(world: World) -> None:
    """The file system says when."""
    write(world, "a", "f.txt", "one\ntwo\n")
    (world.project / "f.txt").write_text("one\nhand\n")
    shell(world, "b", "make", really="true")
    assert len(rows(world)) == 1
    edit(world, "c", "f.txt", "one", "1")
    assert runs(world, "f.txt") == "1c 1o"


def test_what_changed_between_two_calls_is_from_outside_where_none_ran(world: World) -> None:
    """An editor, a formatter, a person."""
    write(world, "a", "f.txt", "one\ntwo\nthree\n")
    (world.project / "f.txt").write_text("one\nhand\nthree\n")
    edit(world, "b", "f.txt", "three", "3", session_id=OTHER)
    assert runs(world, "f.txt") == "1c 1o 1c"
    (row,) = world.openings("result.files")[1]
    assert row["gap"] == {"by": "o", "edits": [[1, 1, 1, 1]]}


def test_what_changed_while_a_call_ran_is_not_from_outside(world: World) -> None:
    """It may be that call's: it is named, and no more is said."""
    write(world, "a", "f.txt", "one\ntwo\n")
    world.bash("b", "make", session_id=OTHER)
    (world.project / "f.txt").write_text("one\nhand\n")
    edit(world, "c", "f.txt", "one", "1")
    (row,) = world.openings("result.files")[1]
    assert row["gap"]["by"] == "u"
    assert world.entries()[row["gap"]["during"]]["request"]["call"] == "b"


@pytest.mark.parametrize("ends", ["UserPromptSubmit", "SessionEnd"])
def test_a_call_whose_end_nobody_saw_ran_until_its_session_went_on(world: World, ends: str) -> None:
    """After that it is no cause any more."""
    world.bash("b", "make", session_id=OTHER)
    world.feed(ends, session_id=OTHER, prompt="go on", reason="other")
    write(world, "a", "f.txt", "one\ntwo\n")
    (world.project / "f.txt").write_text("one\nhand\n")
    edit(world, "c", "f.txt", "one", "1")
    assert world.openings("result.files")[1][0]["gap"]["by"] == "o"


def test_calls_that_read_were_denied_or_told_what_they_changed_are_no_causes(world: World) -> None:
    """Each of them ran, or was asked for, in between."""
    world.policy({"rules": [{"match": {"targetPatterns": ["make"]}, "decision": "deny"}], "enforce": True})
    write(world, "a", "f.txt", "one\ntwo\n")
    world.bash("b", "ls", session_id=OTHER)
    assert world.bash("c", "make", session_id=OTHER).exit_code == 2
    write(world, "d", "g.txt", "x\n", session_id=OTHER)
    world.bash("e", "touch h.txt", session_id=OTHER)
    world.feed("PermissionDenied", session_id=OTHER, tool_use_id="e", tool_name="Bash", reason="no")
    (world.project / "f.txt").write_text("one\nhand\n")
    edit(world, "i", "f.txt", "one", "1")
    assert world.openings("result.files")[2][0]["gap"]["by"] == "o"


def test_a_call_that_did_not_run_changed_nothing(world: World) -> None:
    """Whatever lies there."""
    world.pre("a", "Write", {"file_path": "/p", "content": "x"})
    world.feed("PermissionDenied", tool_use_id="a", tool_name="Write", tool_input={"file_path": "/p"}, reason="no")
    assert rows(world) == []


def test_at_most_so_many_files_in_so_little_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """And an outcome says whether all known files were looked at."""
    for n in range(4):
        write(world, f"w{n}", f"f{n}.txt", "one\n")
    shell(world, "a", "make", really="true")
    assert world.entries("outcome")[-1]["result"].get("looked") is True
    monkeypatch.setattr(touched, "MOST", 2)
    shell(world, "b", "make", really="true")
    assert "looked" not in world.entries("outcome")[-1]["result"]
    monkeypatch.setattr(touched, "MOST", 200)
    monkeypatch.setattr(touched, "BUDGET_S", -1.0)
    shell(world, "c", "make", really="for f in f0.txt f1.txt; do echo x >> $f; done")
    assert len(rows(world)) == 4


def test_what_is_no_file_or_too_large_is_passed_over(world: World) -> None:
    """Directories, links, pipes; nothing is opened that is none."""
    shell(
        world, "a", "mkdir d && ln -s nowhere l && mkfifo p && head -c 5000000 /dev/zero > big && printf 'a\\0b' > bin"
    )
    assert rows(world) == [("bin", "named", False, True)]
    assert lying.content_at(str(world.project / "p" / "x")) is None
    assert lying.content_at(str(world.project)) is None
    assert lying.content_at("/dev/null") is None
    assert lying.content_at(str(world.project / "big")) is None
    assert lying.changed_at(str(world.project / "none")) == -1
    assert lying.changed_at(str(world.project / "bin")) > 0


def test_a_patch_and_an_mcp_server_are_looked_after_too(world: World) -> None:
    """By their effects, as a command is."""
    now(world)
    patch = {"command": f"*** Begin Patch\n*** Add File: {world.project}/p.txt\n+x\n*** End Patch\n"}
    world.pre("a", "apply_patch", patch)
    world.write("p.txt", "x\n")
    world.post("a", "apply_patch", patch, "Success")
    now(world)
    given = {"path": str(world.project / "m.txt"), "content": "y\n"}
    world.pre("b", "mcp__files__write_file", given, mcp_server={"name": "files", "source": "project"})
    world.write("m.txt", "y\n")
    world.post("b", "mcp__files__write_file", given, [{"type": "text", "text": "ok"}])
    assert rows(world) == [("p.txt", "named", False, True), ("m.txt", "named", False, True)]


def test_without_openings_no_name_is_kept_and_lines_are_followed_all_the_same(world: World) -> None:
    """At the level `metadata` paths and contents stand as keys only."""
    (world.home / "config.toml").write_text('privacy = "metadata"')
    write(world, "a", "f.txt", "one\ntwo\n")
    edit(world, "b", "f.txt", "two", "2")
    assert world.openings("result.files") == []
    with sqlite3.connect(world.home / "ledger.db") as database:
        assert database.execute("SELECT name, length(keys) FROM lines").fetchall() == [("", 16)]
        assert database.execute("SELECT count(*) FROM touches").fetchone() == (2,)
    database.close()


def test_what_was_erased_leaves_no_key_of_a_line(world: World) -> None:
    """Of the call's lines, its file's content, and where nothing else is known of the file, its name."""
    write(world, "a", "f.txt", "secret one\nsecret two\n")
    edit(world, "b", "f.txt", "secret two", "two")
    write(world, "c", "g.txt", "other\n")
    shell(world, "d", "mv f.txt h.txt")
    with Ledger.open(str(world.home)) as ledger:
        before = {touch.idx for touch in touches(ledger)}
        pieces = erase.choose(ledger, erase.Asked(names=("a", "c")))
    erase.erase(str(world.home), pieces, who="ada", why="a request", authority="hers", now_us=world.now_us)
    with Ledger.open(str(world.home)) as ledger:
        lineage = ledger.reader.lineage
        assert len({touch.idx for touch in touches(ledger)}) == len(before) - 2
        (held,) = lineage.held_below(str(world.project), 9)
        assert held.name.endswith("h.txt")
        whole = lineage.held(held.path)
        assert whole is not None
        assert [whole.lines.keys[n : n + 8] == bytes(8) for n in (0, 8)] == [True, False]
    assert verify_ledger(str(world.home)).findings == ()


def test_where_too_many_calls_ran_nobody_is_said_to_have_been_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not all of them can be asked about: then it is unknown, and not from outside."""
    monkeypatch.setattr(changed.cause_of, "__kwdefaults__", {"apart": -1, "limit": 2})
    write(world, "a", "f.txt", "one\ntwo\n")
    for call in "bcd":
        shell(world, call, "make", really="true")
    world.write("f.txt", "one\nhand\n")
    edit(world, "e", "f.txt", "one", "1")
    assert world.openings("result.files")[1][0]["gap"]["by"] == "b"


def test_a_directory_that_a_command_names_stands_for_what_lies_below(world: World) -> None:
    """Moved, filled or deleted: the call is proven, and lines go along."""
    (world.project / "d" / "e").mkdir(parents=True)
    write(world, "a", "d/e/f.txt", "one\ntwo\n")
    shell(world, "b", "mv d g")
    assert rows(world)[1:] == [("g/e/f.txt", "named", True, True), ("d/e/f.txt", "named", True, False)]
    assert runs(world, "f.txt") == "2c"
    (moved, _) = world.openings("result.files")[1]
    assert moved["from"].endswith("d/e/f.txt")
    world.write("h/old.txt", "x\n")
    shell(world, "c", "cp -r g h")
    assert rows(world)[3:] == [("h/g/e/f.txt", "named", None, True)]
    shell(world, "d", "rm -r g")
    assert rows(world)[4:] == [("g/e/f.txt", "named", True, False)]
