"""What a call changed in files, as the host's answer tells it."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from web4_governance.core.lineage import files_changed


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_write_has_no_before_for_a_new_file() -> None:
    """A created file starts from nothing."""
    output: dict[str, Any] = {"type": "create", "filePath": "/p/w.txt", "content": "x", "originalFile": None}
    assert files_changed("Write", {}, output) == [{"path": "/p/w.txt", "before": None, "after": sha("x")}]


@pytest.mark.parametrize(("every", "after"), [(False, "bye hello"), (True, "bye bye")])
def test_an_edit_gives_the_text_after_it(every: bool, after: str) -> None:
    """One replacement or all of them, as the host says."""
    output: dict[str, Any] = {
        "filePath": "/p/a",
        "oldString": "hello",
        "newString": "bye",
        "originalFile": "hello hello",
        "replaceAll": every,
    }
    assert files_changed("Edit", {}, output) == [{"path": "/p/a", "before": sha("hello hello"), "after": sha(after)}]


@pytest.mark.parametrize(
    ("tool", "output"),
    [
        ("Read", {"filePath": "/p", "content": "x"}),
        ("Write", "text"),
        ("Write", {"filePath": "/p", "content": 1}),
        ("Write", {"content": "x"}),
        ("Edit", {"filePath": "/p", "oldString": "a", "newString": "b", "originalFile": None}),
        ("Edit", {"filePath": "/p", "oldString": "zz", "newString": "b", "originalFile": "a"}),
        ("Edit", {"filePath": "/p", "oldString": 1, "newString": "b", "originalFile": "a"}),
        ("Edit", {"filePath": "/p", "oldString": "a", "newString": None, "originalFile": "a"}),
    ],
)
def test_where_the_answer_does_not_tell_nothing_is_claimed(tool: str, output: Any) -> None:
    """No digest is made up."""
    assert files_changed(tool, {}, output) == []
