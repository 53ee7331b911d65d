"""What a call changed in files, as the host's answer tells it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from web4_governance.core.lineage.told import Told, told
from web4_governance.core.lineage.tools import may_change_files

RECORDED = Path(__file__).parents[2] / "fixtures" / "claude-code"


def hunk(old: int, new: int, *lines: str) -> dict[str, Any]:
    return {"oldStart": old, "oldLines": 0, "newStart": new, "newLines": 0, "lines": list(lines)}


def edit(before: str, old: str, new: str, *, every: bool = False, hunks: Any = ()) -> dict[str, Any]:
    return {
        "filePath": "/p/a",
        "oldString": old,
        "newString": new,
        "originalFile": before,
        "replaceAll": every,
        "structuredPatch": list(hunks) if isinstance(hunks, tuple) else hunks,
    }


def test_a_write_has_no_before_for_a_new_file() -> None:
    """A created file starts from nothing."""
    output: dict[str, Any] = {"type": "create", "filePath": "/p/w.txt", "content": "x", "originalFile": None}
    assert told("Write", {}, output) == Told(path="/p/w.txt", before=None, after=b"x", edits=((0, 0, 0, 1),))


@pytest.mark.parametrize(("every", "after"), [(False, b"bye hello"), (True, b"bye bye")])
def test_an_edit_gives_the_text_after_it(every: bool, after: bytes) -> None:
    """One replacement or all of them, as the host says."""
    found = told("Edit", {}, edit("hello hello", "hello", "bye", every=every))
    assert found == Told(path="/p/a", before=b"hello hello", after=after, edits=((0, 1, 0, 1),))


def test_the_hosts_hunks_are_taken_without_their_context() -> None:
    """Where they lead from the one text to the other."""
    hunks = (hunk(1, 1, " a", "-b", "+B", "+BB", " c", " d", "-e", "\\ No newline at end of file", "+E"),)
    found = told(
        "Edit",
        {},
        edit("a\nb\nc\nd\ne", "b", "B")
        | {"oldString": "b\nc\nd\ne", "newString": "B\nBB\nc\nd\nE", "structuredPatch": list(hunks)},
    )
    assert found is not None
    assert found.edits == ((1, 1, 1, 2), (4, 1, 5, 1))


@pytest.mark.parametrize(
    "hunks",
    [
        "none",
        ["none"],
        [{"lines": ["-b"], "oldStart": "1", "newStart": 1}],
        [hunk(1, 1, "-a", "+B")],
        [hunk(2, 1, "-b", "+B")],
        [hunk(2, 2, "-b", "+B"), hunk(1, 1, "-a", "+a")],
    ],
)
def test_hunks_that_lead_elsewhere_are_made_anew(hunks: Any) -> None:
    """The texts count, not what is said of them."""
    found = told("Edit", {}, edit("a\nb\nc\n", "b", "B", hunks=hunks))
    assert found is not None
    assert found.edits == ((1, 1, 1, 1),)


def test_a_notebook_tells_both_versions() -> None:
    """By the names that the host has for them there."""
    output: dict[str, Any] = {"notebook_path": "/p/n.ipynb", "original_file": "{\n}\n", "updated_file": "{\n1\n}\n"}
    found = told("NotebookEdit", {}, output)
    assert found == Told(path="/p/n.ipynb", before=b"{\n}\n", after=b"{\n1\n}\n", edits=((1, 0, 1, 1),))


def test_line_ends_are_those_of_the_text_and_not_of_the_disk() -> None:
    """A host that reads CRLF and tells LF, and one that tells CRLF, tell the same."""
    found = told("Edit", {}, edit("a\r\nb\r\n", "b", "c"))
    assert found is not None
    assert (found.before, found.after) == (b"a\nb\n", b"a\nc\n")


def test_what_is_no_text_has_digests_and_no_lines() -> None:
    """As a file of too many lines has."""
    for text in ("a\0b", "x\n" * 20_001):
        found = told("Write", {}, {"filePath": "/p/b", "content": text, "originalFile": None})
        assert found is not None
        assert found.edits is None


@pytest.mark.parametrize(
    ("tool", "output"),
    [
        ("Read", {"filePath": "/p", "content": "x"}),
        ("Write", "text"),
        ("Write", {"filePath": "/p", "content": 1}),
        ("Write", {"content": "x"}),
        ("Write", {"type": "update", "filePath": "/p", "content": "x", "originalFile": None}),
        ("Write", {"filePath": "/p", "content": "x", "originalFile": 1}),
        ("Edit", {"filePath": "/p", "oldString": "a", "newString": "b", "originalFile": None}),
        ("Edit", {"filePath": "/p", "oldString": "zz", "newString": "b", "originalFile": "a"}),
        ("Edit", {"filePath": "/p", "oldString": 1, "newString": "b", "originalFile": "a"}),
        ("Edit", {"filePath": "/p", "oldString": "a", "newString": None, "originalFile": "a"}),
        ("NotebookEdit", {"notebook_path": "/p", "original_file": "a"}),
    ],
)
def test_where_the_answer_does_not_tell_nothing_is_claimed(tool: str, output: Any) -> None:
    """No digest is made up."""
    assert told(tool, {}, output) is None


@pytest.mark.parametrize(
    ("name", "edits"), [("PostToolUse.Edit", ((0, 1, 0, 1),)), ("PostToolUse.Write", ((0, 0, 0, 1),))]
)
def test_what_the_real_client_sent_is_understood(name: str, edits: Any) -> None:
    """Recorded answers of the host."""
    event = json.loads((RECORDED / f"{name}.json").read_text())
    found = told(event["tool_name"], event["tool_input"], event["tool_response"])
    assert found is not None
    assert found.edits == edits


@pytest.mark.parametrize(
    ("tool", "given", "may"),
    [
        ("Edit", {}, True),
        ("NotebookEdit", {}, True),
        ("apply_patch", {}, True),
        ("Bash", {"command": "ls"}, True),
        ("mcp__files__write", {}, True),
        ("Read", {"file_path": "/x"}, False),
        ("WebFetch", {"url": "u"}, False),
    ],
)
def test_only_calls_that_may_change_files_load_what_follows_them(tool: str, given: dict[str, Any], may: bool) -> None:
    """By the tool's name and the shape of its input."""
    assert may_change_files(tool, given) is may
