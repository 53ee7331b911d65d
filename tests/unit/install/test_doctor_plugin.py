"""What is wrong with the plugin, the client and its trust is found."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.doctored import a_client, edit, found, mended, notes, settings_of, trust
from web4_governance.app import launcher
from web4_governance.app.checks import client
from web4_governance.app.checks.finding import Level
from web4_governance.app.hosts.claude_code import Scope
from web4_governance.app.launcher import Launcher
from web4_governance.core.value import replace

if TYPE_CHECKING:
    from web4_governance.app.surroundings import Surroundings


# The plugin.


def enable_plugin(around: Surroundings, scope: Scope = Scope.PROJECT) -> None:
    """Switch the plugin on in a settings file, of a client that has installed it."""
    edit(settings_of(around, scope), lambda document: document.update(enabledPlugins={"web4-governance@web4": True}))
    listed = Path(around.config_dir) / "plugins" / "installed_plugins.json"
    edit(listed, lambda document: document.update(plugins={"web4-governance@web4": [{"scope": "project"}]}))


def test_finds_a_plugin_that_a_project_declares_and_nobody_installed(well: Surroundings) -> None:
    """From a repository it is loaded once and then missing; from a directory it is loaded where it lies."""
    enable_plugin(well)
    assert "plugin-not-installed" not in found(well)
    listed = Path(well.config_dir) / "plugins" / "installed_plugins.json"
    for text in ('{"plugins": {"other@web4": []}}', "{", "{}"):
        listed.write_text(text)
        assert found(well) == {"plugin-not-installed": Level.ERROR}
    listed.unlink()
    assert found(well) == {"plugin-not-installed": Level.ERROR}
    listed.mkdir()
    assert "plugin-not-installed" in found(well)
    place = {"web4": {"source": {"source": "directory", "path": "./x"}}}
    edit(settings_of(well, Scope.PROJECT), lambda document: document.update(extraKnownMarketplaces=place))
    assert "plugin-not-installed" not in found(well)


def test_finds_a_plugin_without_its_package(person: Surroundings) -> None:
    """A colleague committed it; here nothing governs."""
    trust(person)
    a_client(person, "2.1.330")
    os.makedirs(person.home, mode=0o700)
    enable_plugin(person)
    assert found(person) == {"launcher-missing": Level.ERROR, "not-installed": Level.ERROR}
    assert mended(person) == {"launcher-missing": True}
    assert found(person) == {}


def test_a_plugin_that_is_switched_off_needs_nothing(person: Surroundings) -> None:
    """Nor does somebody else's."""
    edit(
        settings_of(person, Scope.PROJECT),
        lambda document: document.update(enabledPlugins={"web4-governance@web4": False, "other@web4": True}),
    )
    assert "launcher-missing" not in found(person)


def test_finds_a_launcher_that_the_plugin_does_not_trust(well: Surroundings) -> None:
    """Worse where the plugin is on."""
    os.chmod(launcher.path_of(well.home), 0o666)
    assert found(well) == {"launcher-foreign": Level.WARNING, "files-open": Level.WARNING}
    enable_plugin(well)
    assert found(well)["launcher-foreign"] is Level.ERROR
    assert mended(well) == {"launcher-foreign": True, "files-open": True}


def test_finds_a_launcher_that_names_what_is_gone(well: Surroundings) -> None:
    """Interpreter and package, each for itself."""
    launcher.write(well.home, Launcher(python="/gone/python", script="/gone/hook.py", on_failure="block"))
    assert found(well) == {"launcher-interpreter": Level.WARNING, "launcher-package": Level.WARNING}
    assert mended(well) == {"launcher-interpreter": True, "launcher-package": True}


def test_finds_a_launcher_that_cannot_be_read(well: Surroundings) -> None:
    """A directory in its place: that is for a person to look at."""
    os.unlink(launcher.path_of(well.home))
    os.mkdir(launcher.path_of(well.home))
    assert found(well) == {"launcher-unreadable": Level.ERROR}
    assert mended(well) == {"launcher-unreadable": False}


# The client.


def test_finds_a_client_that_knows_no_failure_mode(well: Surroundings) -> None:
    """There a hook that cannot start lets the call run: bad where somebody relies on it."""
    a_client(well, "2.1.294 (Claude Code)")
    assert found(well) == {"client-old": Level.ERROR}
    (Path(well.home) / "policy.json").write_text('{"enforce": false, "extends": ["safety"]}')
    mended(well)
    assert found(well) == {"client-old": Level.WARNING}


@pytest.mark.parametrize("says", ["", "who knows", "'; exit 1; echo '"])
def test_a_client_that_does_not_say_its_version_is_worth_a_note(well: Surroundings, says: str) -> None:
    """And no more: it may not be on this search path."""
    a_client(well, says)
    assert found(well) == {}
    assert "client-unknown" in notes(well)
    assert client.version_of(replace(well, environment=())) is None


def test_a_client_that_hangs_does_not_hang_the_doctor(well: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked once, for a bounded time."""
    monkeypatch.setattr(client, "WAIT_S", 0.2)
    path = Path(well.variable("PATH")) / "claude"
    path.write_text("#!/bin/sh\nexec /bin/sleep 30\n")
    started = time.monotonic()
    assert client.version_of(well) is None
    assert time.monotonic() - started < 25


def test_finds_a_workspace_that_is_not_trusted(well: Surroundings) -> None:
    """Interactive sessions there hold back the hooks of all settings."""
    trust(well, **{well.project: False, "/elsewhere": True})
    assert found(well) == {"workspace-untrusted": Level.WARNING}
    os.unlink(well.state_file)
    assert found(well) == {"workspace-untrusted": Level.WARNING}
    sandboxed = replace(well, environment=(*well.environment, ("CLAUDE_CODE_SANDBOXED", "1")))
    assert found(sandboxed) == {}


def test_trust_in_a_directory_above_covers_what_is_no_repository(well: Surroundings) -> None:
    """And does not reach into a repository."""
    trust(well, **{well.user_home: True})
    assert found(well) == {"workspace-untrusted": Level.WARNING}
    os.rmdir(os.path.join(well.project, ".git"))
    assert found(well) == {}


@pytest.mark.parametrize("text", ["{", "[]", '{"projects": 5}', '{"projects": {"/p": 5}}'])
def test_whatever_the_client_remembers_does_not_stop_the_doctor(well: Surroundings, text: str) -> None:
    """Its file is its own, and may change its shape."""
    Path(well.state_file).write_text(text)
    assert set(found(well)) <= {"workspace-untrusted"}
