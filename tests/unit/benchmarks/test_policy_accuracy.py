"""The measuring program sets disputed rows aside only beside the figures as labelled."""

from __future__ import annotations

import importlib.util
import json
import pathlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

    import pytest

ROOT = pathlib.Path(__file__).parents[3]


def measuring() -> ModuleType:
    found = importlib.util.spec_from_file_location("policy_accuracy", ROOT / "benchmarks" / "policy_accuracy.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def test_ids_of_disputed_rows_are_read_from_lines_of_the_list_only() -> None:
    """Headings, sentences with a colon and words within a reason name no row."""
    text = "# Labels\n\nOne line each: id\n- 186, 1419: why: so\n- mcp-2: other\n- no id here\n  - 7: nested\n"
    assert measuring().disputed_in(text) == {"186", "1419", "mcp-2"}


def test_the_list_of_this_project_names_each_row_once() -> None:
    """A row with two reasons has none that was thought through."""
    text = (ROOT / "docs" / "reference" / "labels.md").read_text(encoding="utf-8")
    named = [
        name.strip()
        for line in text.splitlines()
        if line.startswith("- ")
        for name in line[2:].partition(":")[0].split(",")
    ]
    assert len(named) > 50
    assert sorted({name for name in named if named.count(name) > 1}) == []


def test_both_figures_are_printed_and_the_rows_set_aside_are_counted(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is disputed never takes the place of what was labelled."""
    rows = [
        {"id": 1, "expected": "deny", "category": "a", "command": "rm -rf /"},
        {"id": 2, "expected": "deny", "category": "a", "command": "ls"},
        {"id": 3, "expected": "allow", "category": "a", "command": "ls -l"},
    ]
    corpus, disputed = tmp_path / "rows.jsonl", tmp_path / "list.md"
    corpus.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    disputed.write_text("- 2: lists names\n- 99: of another file\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["x", "--corpus", str(corpus), "--disputed", str(disputed)])
    assert measuring().main() == 0
    shown = capsys.readouterr().out
    below = shown[shown.index("1 disputed rows of 3") :].splitlines()
    assert below[2].split()[:4] == ["safety", "2", "50.0", "50.0"]
    assert below[3].split()[:5] == ["set", "aside", "1", "100.0", "100.0"]
