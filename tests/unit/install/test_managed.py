"""Managed hooks find the home by the user, whatever the environment says."""

from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

from web4_governance.spawned import Line

if TYPE_CHECKING:
    import pytest


def test_a_managed_line_takes_the_home_of_the_uid(monkeypatch: pytest.MonkeyPatch) -> None:
    """`HOME` is the agent's to set for what it starts."""
    monkeypatch.setenv("HOME", "/elsewhere")
    line = Line(["claude-code", "--via", "managed", "--on-failure=block"])
    assert line.home == os.path.join(pwd.getpwuid(os.getuid()).pw_dir, ".web4")


def test_any_other_line_without_a_home_takes_the_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plain command, typed by hand."""
    monkeypatch.setenv("HOME", "/elsewhere")
    assert Line(["claude-code"]).home == "/elsewhere/.web4"


def test_a_uid_without_an_entry_falls_back_to_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container with a made-up uid."""
    monkeypatch.setenv("HOME", "/elsewhere")
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_011)
    assert Line(["claude-code", "--via", "managed"]).home == "/elsewhere/.web4"
