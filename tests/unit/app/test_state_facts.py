"""The state of a repository in a call that is really judged, and in one that nobody made."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.world import World
from web4_governance.app import policy_eval, repository
from web4_governance.core.errors import CanonicalError

GIT = shutil.which("git") or ""
SAFETY: dict[str, Any] = {"extends": ["safety"], "enforce": True}


@pytest.fixture
def world(tmp_path: Path) -> World:
    if GIT not in repository.PROGRAMS:
        pytest.skip("no git where the gate looks for one")
    made = World(tmp_path, SAFETY)
    (made.project / "src").mkdir()
    (made.project / "src" / "a.py").write_text("a")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_GLOBAL": os.devnull}
    for words in ("init -q -b topic", "add .", "-c user.name=D -c user.email=d@example.org commit -qm first"):
        subprocess.run([GIT, *words.split()], cwd=made.project, env=env, check=True)
    return made


DISCARDS = ("git reset --hard", "git checkout -- src/a.py", "git restore .", "rm -rf src")


@pytest.mark.parametrize("command", DISCARDS)
def test_what_a_commit_holds_may_be_thrown_away_and_what_none_holds_may_not(world: World, command: str) -> None:
    """On a clean tree git brings everything back."""
    assert stopped(world, "toolu_1", command) is False
    (world.project / "src" / "a.py").write_text("b")
    assert stopped(world, "toolu_2", command) is True


def stopped(world: World, call: str, command: str) -> bool:
    """Say whether a call is denied or a person asked."""
    reply = world.bash(call, command)
    return reply.exit_code == 2 or b'"ask"' in reply.stdout


def test_a_push_is_asked_about_on_a_shared_branch_only(world: World) -> None:
    """The branch is the repository's own where the call names none."""
    assert stopped(world, "toolu_1", "git push") is False
    assert stopped(world, "toolu_2", "git push origin main") is True
    (world.project / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    assert stopped(world, "toolu_3", "git push") is True
    assert stopped(world, "toolu_4", "git push origin topic") is False


def test_a_call_that_asks_for_no_state_does_not_look(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the repository is touched, and the module that would is not even loaded."""
    monkeypatch.delitem(sys.modules, "web4_governance.app.repository")
    for n, command in enumerate(("git status", "git commit -m x", "ls -la", "rm -f src/a.py", "make test")):
        world.bash(f"toolu_{n}", command)
    assert "web4_governance.app.repository" not in sys.modules


def test_facts_of_a_batch_say_what_a_repository_looks_like() -> None:
    """What is left out is unknown."""
    policy = policy_eval.policy_of(preset="safety")

    def decision(command: str, **facts: Any) -> object:
        line = {"tool": "Bash", "input": {"command": command}, "facts": facts}
        return policy_eval.answer(policy_eval.parse(json.dumps(line).encode()), policy)["decision"]

    where = "/workspace/project"
    assert decision("git reset --hard") == "deny"
    assert decision("git reset --hard", trees={where: {"root": where, "dirty": False}}) == "allow"
    assert decision("git push", trees={where: {"branch": "topic"}}, production=["PGHOST"]) == "allow"


@pytest.mark.parametrize(
    "facts", [{"trees": {"/a": []}}, {"trees": {"/a": {"dusty": True}}}, {"production": "PGHOST"}, {"trees": []}]
)
def test_facts_that_are_none_are_refused(facts: dict[str, Any]) -> None:
    """A misspelled fact would be an unknown one."""
    line = {"tool": "Bash", "input": {"command": "ls"}, "facts": facts}
    with pytest.raises(CanonicalError):
        policy_eval.parse(json.dumps(line).encode())
