"""The examples run, on a ledger with something to find."""

from __future__ import annotations

import os
import runpy
from typing import TYPE_CHECKING

from support.world import World

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def test_the_example_asks_both_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who read patients' files, and what one session wrote; nothing else is answered."""
    world = World(tmp_path)
    world.feed("UserPromptSubmit", prompt="tidy up")
    patient, other = str(world.project / "data" / "patient" / "7.txt"), str(world.project / "notes.txt")
    for call, path in (("toolu_1", patient), ("toolu_2", other)):
        world.pre(call, "Read", {"file_path": path})
        world.post(call, "Read", {"file_path": path}, {"type": "text"})
    world.pre("toolu_3", "Write", {"file_path": other, "content": "x"})
    world.pre("toolu_4", "Write", {"file_path": patient, "content": "x"}, session_id="abc123")

    example = runpy.run_path(os.path.join(ROOT, "examples", "query.py"))
    assert example["main"]("abc123", str(world.home)) == 0
    reads, _, rest = capsys.readouterr().out.partition("What did session abc123 write?")
    assert patient in reads
    assert other not in reads
    writes = rest.splitlines()
    assert patient in writes[1]
    assert len(writes) == 3
    assert writes[2].endswith("UNANCHORED")
