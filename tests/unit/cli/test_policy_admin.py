"""What a person does with policies: use, trust, check."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from web4_governance.app import policies, policy_admin
from web4_governance.core.errors import PolicyError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = {
    "rules": [
        {"match": {"tools": ["Bash"]}, "decision": "warn"},
        {"match": {"targetPatterns": ["rm -rf"]}, "decision": "deny"},
    ],
    "defaultPolicy": "allow",
    "enforce": True,
}


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path / "home" / ".web4")


def write(path: Path, document: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return str(path)


def loaded(home: str) -> policies.Loaded:
    return policies.in_force(home, (), organisation="/nowhere/web4")


def test_using_a_preset_puts_its_rules_in_force_and_says_whether_they_bind(home: str) -> None:
    """The next call of a hook loads what `use` wrote."""
    used = policy_admin.use(home, "safety", enforcing=True)
    policy = loaded(home).policy
    assert used.enforcing
    assert policy.enforcing
    assert policy.layers[0].source == used.digest
    assert policy.layers[0].pins[0][0] == "safety"
    assert not policy_admin.use(home, "safety", enforcing=False).enforcing
    assert not loaded(home).policy.enforcing


def test_using_another_preset_keeps_the_mode(home: str) -> None:
    """Who enforced goes on enforcing, who observed goes on observing, unless they say otherwise."""
    assert not policy_admin.use(home, "safety", enforcing=None).enforcing
    policy_admin.use(home, "safety", enforcing=True)
    assert policy_admin.use(home, "strict", enforcing=None).enforcing


def test_audit_only_cannot_be_enforced(home: str) -> None:
    """It binds nothing by its name; nothing is written."""
    with pytest.raises(UsageError):
        policy_admin.use(home, "audit-only", enforcing=True)
    assert not os.path.exists(home)
    policy_admin.use(home, "safety", enforcing=True)
    assert not policy_admin.use(home, "audit-only", enforcing=None).enforcing


@pytest.mark.parametrize("enforcing", [True, False, None])
def test_a_file_is_copied_and_its_own_word_counts_unless_the_person_says_otherwise(
    home: str, tmp_path: Path, *, enforcing: bool | None
) -> None:
    """What binds lies in the home: the file may go, and change, without any effect."""
    file = write(tmp_path / "mine.json", REQUEST)
    used = policy_admin.use(home, file, enforcing=enforcing)
    os.unlink(file)
    policy = loaded(home).policy
    assert used.enforcing is (enforcing is not False)
    assert policy.enforcing is used.enforcing
    assert [str(rule.decision) for rule in policy.layers[0].rules] == ["warn", "deny"]


@pytest.mark.parametrize("name", ["mine.yaml", "mine.yml", "mine.toml"])
def test_other_formats_are_used_as_they_are(home: str, tmp_path: Path, name: str) -> None:
    """YAML and TOML are copied, not translated."""
    texts = {"toml": 'defaultPolicy = "ask"\n', "yaml": "defaultPolicy: ask\n", "yml": "defaultPolicy: ask\n"}
    policy_admin.use(home, write(tmp_path / name, texts[name.rsplit(".", 1)[1]]), enforcing=True)
    assert str(loaded(home).policy.layers[0].default) == "ask"


def test_a_file_that_does_not_load_changes_nothing(home: str, tmp_path: Path) -> None:
    """The place of the mistake is said, and what was in force stays."""
    policy_admin.use(home, "safety", enforcing=True)
    before = loaded(home).policy.digest
    with pytest.raises(PolicyError) as caught:
        policy_admin.use(home, write(tmp_path / "mine.json", '{"rules": [\n  {"match": {}}]}'), enforcing=True)
    assert caught.value.line == 2
    assert loaded(home).policy.digest == before


def test_a_file_with_neighbours_is_refused(home: str, tmp_path: Path) -> None:
    """What it extends would not come along into the home."""
    write(tmp_path / "team.json", REQUEST)
    with pytest.raises(PolicyError) as caught:
        policy_admin.use(home, write(tmp_path / "mine.json", {"extends": ["./team.json"]}), enforcing=True)
    assert "team.json" in caught.value.message


def test_an_older_policy_in_another_format_is_set_aside(home: str, tmp_path: Path) -> None:
    """Two policies side by side would be an error; the old one is kept under another name."""
    old = write(tmp_path / "home" / ".web4" / "policy.toml", 'defaultPolicy = "deny"\n')
    os.chmod(home, 0o700)
    policy_admin.use(home, "safety", enforcing=False)
    assert not os.path.exists(old)
    assert os.path.exists(old + ".before")
    assert loaded(home).policy.layers[0].pins


def test_what_is_neither_preset_nor_policy_file_is_a_usage_error(home: str) -> None:
    """The hint lists the presets."""
    with pytest.raises(UsageError) as caught:
        policy_admin.use(home, "saftey", enforcing=None)
    assert "safety" in caught.value.hint


@pytest.fixture
def project(tmp_path: Path) -> str:
    (tmp_path / "project" / "src" / ".keep").mkdir(parents=True)
    (tmp_path / "project" / ".git").mkdir()
    return str(tmp_path / "project")


def in_project(home: str, project: str) -> policies.Loaded:
    return policies.in_force(home, (project,), organisation="/nowhere/web4")


def test_a_projects_policy_counts_from_its_trusting_on(home: str, project: str, tmp_path: Path) -> None:
    """Found from a directory inside the project too; what it says is shown."""
    file = write(tmp_path / "project" / ".web4" / "policy.json", REQUEST)
    assert in_project(home, project).untrusted == (file,)
    found = policy_admin.trust(home, os.path.join(project, "src"), user_home=str(tmp_path / "home"))
    assert found.file == file
    assert [(name, json.loads(text)) for name, text in found.texts] == [(file, REQUEST)]
    assert found.before == ""
    assert in_project(home, project).untrusted == ()
    assert len(in_project(home, project).policy.layers) == 2


def test_what_a_projects_policy_extends_is_shown_and_pinned_with_it(home: str, project: str, tmp_path: Path) -> None:
    """Whoever agrees has seen all of it, and a change of any of it is another policy."""
    write(tmp_path / "project" / ".web4" / "policy.json", {"extends": ["./team.json", "safety"]})
    team = write(tmp_path / "project" / ".web4" / "team.json", REQUEST)
    found = policy_admin.trust(home, project, user_home=str(tmp_path / "home"))
    assert [name for name, _ in found.texts] == [found.file, team]
    write(tmp_path / "project" / ".web4" / "team.json", {**REQUEST, "defaultPolicy": "deny"})
    assert in_project(home, project).untrusted == (found.file,)


def test_a_changed_projects_policy_has_to_be_trusted_again(home: str, project: str, tmp_path: Path) -> None:
    """The digest is pinned, not the path: a pull cannot change what was trusted."""
    path = tmp_path / "project" / ".web4" / "policy.json"
    write(path, REQUEST)
    first = policy_admin.trust(home, project, user_home=str(tmp_path / "home"))
    write(path, {**REQUEST, "defaultPolicy": "deny"})
    assert in_project(home, project).untrusted == (str(path),)
    again = policy_admin.trust(home, project, user_home=str(tmp_path / "home"))
    assert again.before == first.digest
    assert again.digest != first.digest


def test_trust_is_taken_back(home: str, project: str, tmp_path: Path) -> None:
    """The policy no longer counts, and other projects' pins stay."""
    user_home = str(tmp_path / "home")
    write(tmp_path / "project" / ".web4" / "policy.json", REQUEST)
    write(tmp_path / "other" / ".web4" / "policy.json", REQUEST)
    pinned = policy_admin.trust(home, project, user_home=user_home).digest
    policy_admin.trust(home, str(tmp_path / "other"), user_home=user_home)
    assert policy_admin.distrust(home, project, user_home=user_home) == pinned
    assert policy_admin.distrust(home, project, user_home=user_home) == ""
    assert in_project(home, project).untrusted
    assert not in_project(home, str(tmp_path / "other")).untrusted


def test_a_project_without_a_policy_cannot_be_trusted(home: str, project: str, tmp_path: Path) -> None:
    """The hint says where it would lie."""
    with pytest.raises(UsageError) as caught:
        policy_admin.trust(home, project, user_home=str(tmp_path / "home"))
    assert "policy.json" in caught.value.hint


def test_a_broken_project_policy_is_not_trusted(home: str, project: str, tmp_path: Path) -> None:
    """Nobody can agree to what does not load."""
    write(tmp_path / "project" / ".web4" / "policy.json", "{")
    with pytest.raises(PolicyError):
        policy_admin.trust(home, project, user_home=str(tmp_path / "home"))
    assert not os.path.exists(os.path.join(home, "trusted.json"))


def test_a_file_of_pins_that_makes_no_sense_is_not_overwritten(home: str, project: str, tmp_path: Path) -> None:
    """It may hold what the person once agreed to: they are told."""
    write(tmp_path / "project" / ".web4" / "policy.json", REQUEST)
    policy_admin.use(home, "safety", enforcing=None)
    write(tmp_path / "home" / ".web4" / "trusted.json", "{oops")
    with pytest.raises(UsageError):
        policy_admin.trust(home, project, user_home=str(tmp_path / "home"))


def test_checking_says_how_each_pattern_is_read(tmp_path: Path) -> None:
    """A glob, a command, a statement, a substring: the writer sees which it became."""
    patterns = ["rm -rf", "*/config/prod/*", "DROP TABLE", "hunter2"]
    rule = {"match": {"targetPatterns": patterns}, "except": {"targetPatterns": ["~/x"]}, "decision": "deny"}
    checked = policy_admin.check(write(tmp_path / "p.json", {"rules": [rule]}))
    assert [(text, kind) for _, text, kind in checked.patterns] == [
        ("rm -rf", "command"),
        ("*/config/prod/*", "glob"),
        ("DROP TABLE", "statement"),
        ("hunter2", "substring"),
        ("~/x", "glob"),
    ]
