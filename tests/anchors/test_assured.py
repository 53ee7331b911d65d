"""What `web4 verify` and `web4 status` claim by their anchors: asked of real ones, through the commands."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from support.anchored import Anchored
from web4_governance.app import assurance, install
from web4_governance.app.hosts import claude_code
from web4_governance.cli import here as commands

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="git is not here")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Anchored:
    made = Anchored(tmp_path, monkeypatch)
    made.work(5)
    return made


def named(found: dict[str, Any], where: str, name: str) -> str:
    held = found[where]
    rows = [f"{key}: {text}" for key, text in held.items()] if isinstance(held, dict) else held
    return next((text for text in rows if text.startswith(f"{name}: ")), "")


def test_g4_holds_by_a_remote_elsewhere_that_was_asked(world: Anchored) -> None:
    """Named as the settings do, with the head that it holds; and it goes with the anchor."""
    assert world.anchor() == (0, {"f": "taken", "g": "taken"})
    found = world.verify()
    assert found["verdict"] == "ANCHORED"
    assert f"`g` holds the head at {world.size()}, 0 entries came since" in named(found, "holds", "G4")
    assert "holds G4: " in world.web4("verify").out
    world.configure(file=True)
    assert "could take back hold a head: `f`" in named(world.verify(), "not_covered", "G4")
    world.configure()
    assert "no anchor is configured" in named(world.verify(), "not_covered", "G4")


def test_g5_holds_by_the_anchor_that_the_log_policy_names(world: Anchored, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a rule that commits, managed hooks alone, and a head at the very anchor that such a call waits for."""
    managed = world.organisation / "claude-code" / "managed-settings.json"
    managed.parent.mkdir()
    line = install.line_of(str(world.home), claude_code.Scope.MANAGED, enforcing=True)
    groups = {key: [group] for key, group in claude_code.groups(line).items()}
    managed.write_text(json.dumps({"allowManagedHooksOnly": True, "hooks": groups}))
    world.policy(
        {"enforce": True, "rules": [{"match": {"effects": ["vcs.push"]}, "decision": "allow", "commitBeforeAct": True}]}
    )

    monkeypatch.setattr(commands, "MANAGED", str(managed.parent))
    monkeypatch.setattr(commands, "ORGANISATION", str(world.organisation))
    access = os.access
    monkeypatch.setattr(
        os,
        "access",
        lambda path, mode, **more: not str(path).startswith(str(managed.parent)) and access(path, mode, **more),
    )
    assert world.anchor() == (0, {"f": "taken", "g": "taken"})
    (world.home / "log-policy").write_text("quorum none\n#anchor f\n")
    assert "wait for an anchor with state" in named(world.verify(), "not_covered", "G5")
    (world.home / "log-policy").write_text("quorum none\n#anchor g\n")
    assert "1 rules commit before the act" in named(world.verify(), "holds", "G5")
    assert "was not asked now" in named(world.web4("status", "--json").json["assurance"], "not_covered", "G5")


def test_status_asks_no_anchor_and_says_what_is_known_of_them(world: Anchored) -> None:
    """By their receipts, never as a fact of now; with no anchor in the settings, that."""

    def said() -> str:
        return named(world.web4("status", "--json").json["assurance"], "not_covered", "G4")

    assert "none has taken a head yet" in said()
    world.anchor()
    size = world.size()
    shutil.rmtree(world.remote)
    assert f"was not asked now (`web4 verify` asks the anchors; by its receipt `g` took the head at {size}" in said()
    world.work(3)
    assert "3 entries came since)" in said()
    world.configure(file=True)
    assert "and it keeps no state)" in said()
    world.configure()
    assert (
        said()
        == "G4: no head of the ledger is held elsewhere, so a whole rewrite or a cut is not found (no anchor is configured)"
    )
    (world.home / "config.toml").write_text("anchors = 1")
    assert "no anchor is configured" in said()


def test_of_one_session_the_anchors_are_not_asked(world: Anchored) -> None:
    """And it is not said that they hold nothing."""
    world.anchor()
    session = world.entries()[0]["session"]
    assert "was not asked now" in named(world.verify("--session", session), "not_covered", "G4")


@pytest.mark.parametrize(
    ("remote", "elsewhere"),
    [
        ("git@git.example:log.git", True),
        ("git.example:log.git", True),
        ("ssh://git@git.example/log.git", True),
        ("git://127.0.0.1:9418/log.git", False),
        ("git://localhost/log.git", False),
        ("me@localhost:log.git", False),
        ("http://[::1]/log.git", False),
        ("file:///nowhere/log.git", False),
        ("/nowhere/log.git", False),
    ],
)
def test_a_remote_at_this_machines_own_address_keeps_no_state(remote: str, elsewhere: bool) -> None:
    """Whose it is cannot be seen."""
    assert assurance._keeps_state({"kind": "git", "remote": remote}) is elsewhere
