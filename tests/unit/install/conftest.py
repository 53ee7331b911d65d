"""A person on a machine of their own, for every test of installing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.doctored import MINUTE, NOW, a_client, trust
from web4_governance.app import install, native
from web4_governance.app.hosts.claude_code import Scope
from web4_governance.app.surroundings import Surroundings
from web4_governance.app.switch import switch_off, switch_on


@pytest.fixture
def person(tmp_path: Path) -> Surroundings:
    """Somebody with an empty home directory, one project, and no client on the search path."""
    user_home = tmp_path / "person"
    (user_home / "project" / ".git").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    return Surroundings(
        home=str(user_home / ".web4"),
        user_home=str(user_home),
        config_dir=str(user_home / ".claude"),
        state_file=str(user_home / ".claude.json"),
        project=str(user_home / "project"),
        managed_dir=str(tmp_path / "etc" / "claude-code"),
        organisation=str(tmp_path / "etc" / "web4"),
        environment=(("HOME", str(user_home)), ("PATH", str(tmp_path / "bin"))),
    )


@pytest.fixture(autouse=True)
def no_native_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether somebody has built the native client in this clone is nothing to these tests."""
    monkeypatch.setattr(native, "SOURCES", str(tmp_path / "sources"))


@pytest.fixture
def well(person: Surroundings) -> Surroundings:
    """Somebody of whose gate nothing is wrong: enforcing, recorded, trusted, with a client of today."""
    os.makedirs(person.home, mode=0o700)
    (Path(person.home) / "policy.json").write_text('{"extends": ["safety"], "enforce": true}')
    os.chmod(Path(person.home) / "policy.json", 0o600)
    install.install(person, agent="claude-code", scope=Scope.USER, enforcing=True)
    switch_off(person.home, span=MINUTE, now_us=NOW - 2 * MINUTE)
    switch_on(person.home, now_us=NOW - MINUTE)
    trust(person)
    a_client(person, "2.1.330 (Claude Code)")
    return person
