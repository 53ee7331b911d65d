"""The plugin's files: what they declare is what the installer would write, and the launcher is small and plain."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from web4_governance import __version__
from web4_governance.app.hosts import claude_code
from web4_governance.app.hosts.claude_settings import faults

ROOT = Path(__file__).parents[2]
PLUGIN = ROOT / "plugins" / "web4-governance"
LAUNCHER = PLUGIN / "hooks" / "launch.sh"


def test_the_marketplace_names_the_plugin_where_it_lies() -> None:
    """The root of the repository is the marketplace."""
    market = json.loads((ROOT / ".claude-plugin" / "marketplace.json").read_text())
    assert market["name"] == claude_code.MARKETPLACE
    (plugin,) = market["plugins"]
    assert plugin["name"] == claude_code.PLUGIN
    assert (ROOT / plugin["source"] / ".claude-plugin" / "plugin.json").is_file()


def test_the_plugin_has_the_packages_version() -> None:
    """They are released together."""
    manifest = json.loads((PLUGIN / ".claude-plugin" / "plugin.json").read_text())
    assert (manifest["name"], manifest["version"]) == (claude_code.PLUGIN, __version__)


def test_the_plugin_brings_every_event_that_the_installer_would() -> None:
    """In exec form, through the launcher, with the event's name as its one word."""
    text = (PLUGIN / "hooks" / "hooks.json").read_text()
    assert faults(text) == ()
    hooks = json.loads(text)["hooks"]
    assert tuple(hooks) == claude_code.EVENTS
    for event, groups in hooks.items():
        ((handler,),) = (group["hooks"] for group in groups)
        assert handler["command"] == "sh"
        assert handler["args"] == ["${CLAUDE_PLUGIN_ROOT}/hooks/launch.sh", event]
        assert handler["timeout"] == claude_code.TIMEOUT_S
        assert "onFailure" not in handler  # a file for everybody cannot know whose home enforces: the launcher does


def test_the_launcher_is_small_and_evaluates_nothing() -> None:
    """Thirty lines that a person can read, and no word in them that would run what they read."""
    text = LAUNCHER.read_text()
    assert len(text.splitlines()) <= 30
    assert text.startswith("#!/bin/sh\n")
    assert os.access(LAUNCHER, os.X_OK)
    code = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    assert not re.search(r"\b(eval|source|exec)\b|^\s*\. ", code, re.MULTILINE)


def test_no_package_is_ever_asked_for_by_name() -> None:
    """A name on an index may be somebody else's: only paths are installed."""
    installs = re.findall(r"pip install (?:-q )?(\S+)", LAUNCHER.read_text() + (PLUGIN / "README.md").read_text())
    assert installs
    assert all("/" in what or what.startswith("'$from'") or what == "." for what in installs)


def test_the_licence_comes_with_the_plugin() -> None:
    """It is copied without the repository around it."""
    assert (PLUGIN / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
