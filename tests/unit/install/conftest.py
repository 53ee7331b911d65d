"""A person on a machine of their own, for every test of installing."""

from __future__ import annotations

from pathlib import Path

import pytest

from web4_governance.app import native
from web4_governance.app.surroundings import Surroundings


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
