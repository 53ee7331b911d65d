"""The policy that `web4 init` leaves in force."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from web4_governance.app.first_policy import choose
from web4_governance.core.errors import InputError
from web4_governance.core.policy import LayerName

OWN = '{\n  "rules": [{"match": {"tools": ["Bash"]}, "decision": "warn"}]\n}\n'


def user(home: Path, *, preset: str = "", enforce: bool = False) -> str:
    """Choose, and give what the policy's file says then."""
    chosen = choose(str(home), LayerName.USER, preset=preset, enforce=enforce)
    return Path(chosen.path).read_text()


def test_without_a_word_everything_is_observed(tmp_path: Path) -> None:
    """Opt-in: the default judges and binds nothing."""
    assert user(tmp_path) == '{"enforce":false,"extends":["audit-only"]}\n'
    assert (tmp_path / "policy.json").stat().st_mode & 0o777 == 0o600


def test_a_preset_says_what_is_judged_and_enforce_whether_it_binds(tmp_path: Path) -> None:
    """Two words, two meanings."""
    assert user(tmp_path, preset="safety") == '{"enforce":false,"extends":["safety"]}\n'
    assert user(tmp_path, preset="strict", enforce=True) == '{"enforce":true,"extends":["strict"]}\n'


def test_a_persons_own_policy_is_kept_where_none_is_asked_for(tmp_path: Path) -> None:
    """A second `init` undoes nothing."""
    (tmp_path / "policy.json").write_text(OWN)
    assert user(tmp_path) == OWN
    assert os.listdir(tmp_path) == ["policy.json"]


def test_a_policy_that_is_replaced_stays_as_a_backup(tmp_path: Path) -> None:
    """In whatever format it was."""
    (tmp_path / "policy.yaml").write_text("extends: [safety]\n")
    chosen = choose(str(tmp_path), LayerName.USER, preset="safety", enforce=False)
    assert (chosen.written, chosen.backup) == (True, str(tmp_path / "policy.yaml.bak"))
    assert sorted(os.listdir(tmp_path)) == ["policy.json", "policy.yaml.bak"]
    (tmp_path / "policy.json").write_text(OWN)
    user(tmp_path, preset="safety")
    assert (tmp_path / "policy.json.bak").read_text() == OWN


def test_the_same_preset_again_writes_nothing(tmp_path: Path) -> None:
    """And makes no backup of itself."""
    user(tmp_path, preset="safety")
    assert not choose(str(tmp_path), LayerName.USER, preset="safety", enforce=False).written
    assert os.listdir(tmp_path) == ["policy.json"]


def test_enforcing_a_policy_that_is_there_changes_one_word_of_it(tmp_path: Path) -> None:
    """Everything else in it stays as the person wrote it."""
    (tmp_path / "policy.json").write_text('{\n  "enforce" : false,\n' + OWN[2:])
    assert user(tmp_path, enforce=True) == '{\n  "enforce" : true,\n' + OWN[2:]
    assert not choose(str(tmp_path), LayerName.USER, preset="", enforce=True).written
    (tmp_path / "policy.json").write_text(OWN)
    assert user(tmp_path, enforce=True) == OWN.rstrip()[:-2] + ',\n  "enforce": true\n}\n'
    assert (tmp_path / "policy.json.bak").read_text() == OWN


@pytest.mark.parametrize("preset", ["audit-only", ""])
def test_what_binds_nothing_cannot_be_enforced(tmp_path: Path, preset: str) -> None:
    """Refused, with the words that would do, and nothing is written."""
    with pytest.raises(InputError, match="binds nothing") as caught:
        user(tmp_path, preset=preset, enforce=True)
    assert "--preset safety --enforce" in caught.value.hint
    assert os.listdir(tmp_path) == []


def test_nor_can_an_existing_policy_of_that_preset_alone(tmp_path: Path) -> None:
    """However it came there."""
    before = user(tmp_path)
    with pytest.raises(InputError, match="binds nothing"):
        user(tmp_path, enforce=True)
    assert (tmp_path / "policy.json").read_text() == before


def test_a_policy_that_does_not_load_is_refused_and_kept(tmp_path: Path) -> None:
    """With its place."""
    (tmp_path / "policy.json").write_text('{"rules": 5}')
    for enforce in (False, True):
        with pytest.raises(InputError, match=r"policy\.json:1"):
            user(tmp_path, enforce=enforce)
    assert os.listdir(tmp_path) == ["policy.json"]


def test_a_policy_in_another_format_is_not_edited(tmp_path: Path) -> None:
    """The person is told what to set."""
    (tmp_path / "policy.toml").write_text('enforce = false\nextends = ["safety"]\n')
    with pytest.raises(InputError, match="not written in JSON"):
        user(tmp_path, enforce=True)


def test_an_unknown_preset_is_refused_with_those_there_are(tmp_path: Path) -> None:
    """Nothing is written."""
    with pytest.raises(InputError, match="no preset is called `zz`") as caught:
        user(tmp_path, preset="zz")
    assert "safety" in caught.value.hint


def test_the_organisations_policy_can_be_read_by_everybody(tmp_path: Path) -> None:
    """Every user's gate must."""
    chosen = choose(str(tmp_path / "web4"), LayerName.ORGANISATION, preset="safety", enforce=True)
    assert Path(chosen.path).stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "web4").stat().st_mode & 0o555 == 0o555
