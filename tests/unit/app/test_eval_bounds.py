"""What is read for `policy eval` and `policy explain` is bounded as it is for a hook."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from web4_governance.app import policy_eval
from web4_governance.app.scripts import MOST_FILES, MOST_TEXT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

POLICY = policy_eval.policy_of(preset="safety")


def _whys(scripts: dict[str, str]) -> set[str]:
    line = {
        "tool": "Bash",
        "input": {"command": "; ".join(f"sh {path}" for path in scripts)},
        "facts": {"scripts": scripts},
    }
    return {deed.why for deed in policy_eval.action_of(policy_eval.parse(json.dumps(line).encode())).deeds}


def test_more_texts_of_scripts_than_a_hook_reads_are_not_read_either() -> None:
    """By their number and by their size: what is left is opaque, and said so."""
    many = {f"/workspace/project/{n}.sh": "date" for n in range(MOST_FILES + 1)}
    large = {"/workspace/project/a.sh": "date\n", "/workspace/project/b.sh": "#" * MOST_TEXT}
    few = {"/workspace/project/a.sh": "date"}
    assert any("more scripts" in why for why in _whys(many))
    assert any("more scripts" in why for why in _whys(large))
    assert not any("more scripts" in why for why in _whys(few))


def test_explaining_takes_its_time_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scripts on the disk are read within a bound of time; what is beyond it is opaque."""
    script = tmp_path / "x.sh"
    script.write_text("".join(f"echo {n}\n" for n in range(1500)))
    line = {"tool": "Bash", "input": {"command": "sh x.sh"}, "cwd": str(tmp_path), "home": str(tmp_path / "home")}
    asked = policy_eval.parse(json.dumps(line).encode())
    assert not any("too long" in deed.why for deed in policy_eval.action_of(asked, looks=True).deeds)
    monkeypatch.setattr(policy_eval, "READING_S", 0.0001)
    monkeypatch.setattr(policy_eval, "WHOLE_S", 0.0001)
    assert any("too long" in deed.why for deed in policy_eval.action_of(asked, looks=True).deeds)
