"""Every way in which hooks, policy or ledger are silently lost is found; what can be mended is, and is then gone."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from web4_governance.app import doctor, install, launcher, off, policy_admin, receipts
from web4_governance.app.checks import client, ledger, policy
from web4_governance.app.checks.finding import Level
from web4_governance.app.hosts import claude_code
from web4_governance.app.hosts.claude_code import Scope
from web4_governance.app.launcher import Launcher
from web4_governance.app.switch import switch_off, switch_on
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import UsageError
from web4_governance.core.record.entry import at
from web4_governance.core.value import replace
from web4_governance.storage import Home, defect, mirror, open_reader

if TYPE_CHECKING:
    from web4_governance.app.surroundings import Surroundings

NOW = 1_800_000_000_000_000
MINUTE = 60_000_000


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


def trust(around: Surroundings, **entries: bool) -> None:
    """Write what the client remembers of workspaces."""
    projects = {path: {"hasTrustDialogAccepted": said} for path, said in (entries or {around.project: True}).items()}
    Path(around.state_file).write_text(json.dumps({"projects": projects}))


def a_client(around: Surroundings, says: str) -> None:
    """Put a client on the search path that says a version."""
    path = Path(around.variable("PATH")) / "claude"
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)


def found(around: Surroundings) -> dict[str, Level]:
    """Every finding that is no note, by its name."""
    return {each.id: each.level for each in doctor.examine(around, now_us=NOW) if each.level is not Level.NOTE}


def notes(around: Surroundings) -> set[str]:
    """The notes, by name."""
    return {each.id for each in doctor.examine(around, now_us=NOW) if each.level is Level.NOTE}


def mended(around: Surroundings) -> dict[str, bool]:
    """Mend, and say of each finding that is no note whether it was."""
    done = doctor.mend(around, now_us=NOW)
    return {each.finding.id: each.fixed for each in done if each.finding.level is not Level.NOTE}


def settings_of(around: Surroundings, scope: Scope = Scope.USER) -> Path:
    """The settings file of a scope."""
    return Path(claude_code.settings_path(scope, around))


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = json.loads(path.read_text()) if path.exists() else {}
    change(document)
    path.write_text(json.dumps(document))


def gate_of(document: Any) -> dict[str, Any]:
    """Our handler for the gate event."""
    handler: dict[str, Any] = document["hooks"]["PreToolUse"][0]["hooks"][0]
    return handler


def test_says_that_all_is_well_where_it_is(well: Surroundings) -> None:
    """No false alarm, and mending then changes not one byte."""
    assert found(well) == {}
    before = settings_of(well).read_bytes()
    assert mended(well) == {}
    assert settings_of(well).read_bytes() == before
    assert doctor.is_well(doctor.examine(well, now_us=NOW))


# Settings files.


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("{", Level.ERROR),
        ('{"model": 5}', Level.ERROR),
        ('{"permissions": {"allow": "x"}}', Level.ERROR),
        ('{"hooks": {"PreToolUse": [{"hooks": [{"type": "nope"}]}]}}', Level.ERROR),
        ('{"hooks": {"PermissionRequest": [{}]}}', Level.ERROR),
        ('{"hooks": {"Stop": [{"hooks": [{"type": "nope"}]}]}}', Level.WARNING),
    ],
)
@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
def test_finds_a_settings_file_that_the_client_drops(well: Surroundings, name: str, text: str, level: Level) -> None:
    """Of the project as of the person; its place is named, and it is not ours to mend."""
    path = Path(well.project) / ".claude" / name
    path.parent.mkdir()
    path.write_text(text)
    assert found(well) == {"settings-fault": level}
    assert mended(well) == {"settings-fault": False}
    assert path.read_text() == text


def test_finds_managed_settings_that_do_not_parse(well: Surroundings) -> None:
    """The client does not even start then."""
    path = settings_of(well, Scope.MANAGED)
    path.parent.mkdir(parents=True)
    path.write_text("{,}")
    assert found(well) == {"settings-fault": Level.ERROR}


def test_finds_managed_fragments_too(well: Surroundings) -> None:
    """The directory beside the managed settings is read as well."""
    path = Path(well.managed_dir) / "managed-settings.d" / "10-hooks.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"disableAllHooks": true}')
    assert found(well) == {"hooks-disabled": Level.ERROR}


def test_finds_our_own_settings_file_broken(well: Surroundings) -> None:
    """The syntax error takes all hooks with it; that there is a form is then unknown."""
    path = settings_of(well)
    path.write_text(path.read_text()[:-3])
    assert found(well) == {"settings-lost": Level.ERROR, "not-installed": Level.ERROR}


def test_finds_settings_that_cannot_be_read(well: Surroundings) -> None:
    """A directory in their place, here."""
    (Path(well.project) / ".claude" / "settings.json").mkdir(parents=True)
    assert found(well) == {"settings-unreadable": Level.ERROR}


@pytest.mark.parametrize("scope", ["project", "user", "local"])
def test_finds_hooks_that_are_disabled_anywhere(well: Surroundings, scope: str) -> None:
    """A cloned repository can do that."""
    path = Path(dict(claude_code.all_settings(well))[scope])
    edit(path, lambda document: document.update(disableAllHooks=True))
    assert found(well) == {"hooks-disabled": Level.ERROR}


def test_disabled_hooks_are_less_bad_where_managed_ones_still_run(well: Surroundings) -> None:
    """They cannot be disabled from below."""
    install.install(well, agent="claude-code", scope=Scope.MANAGED, enforcing=True)
    edit(settings_of(well, Scope.PROJECT), lambda document: document.update(disableAllHooks=True))
    assert found(well) == {"hooks-disabled": Level.WARNING}


def test_finds_that_only_managed_hooks_may_run(well: Surroundings) -> None:
    """Unless ours are among them."""
    edit(settings_of(well, Scope.MANAGED), lambda document: document.update(allowManagedHooksOnly=True))
    assert found(well) == {"managed-only": Level.ERROR}
    install.install(well, agent="claude-code", scope=Scope.MANAGED, enforcing=True)
    assert found(well) == {}


def test_a_persons_own_word_on_managed_hooks_means_nothing(well: Surroundings) -> None:
    """The client ignores it outside managed settings."""
    edit(settings_of(well), lambda document: document.update(allowManagedHooksOnly=True))
    assert found(well) == {}


def test_finds_a_client_that_starts_bare(well: Surroundings) -> None:
    """By its own settings, or by the environment."""
    assert found(replace(well, environment=(*well.environment, ("CLAUDE_CODE_SIMPLE", "1")))) == {
        "bare-by-environment": Level.ERROR
    }
    edit(settings_of(well, Scope.PROJECT), lambda document: document.update(env={"CLAUDE_CODE_SIMPLE": "true"}))
    assert found(well) == {"bare-by-settings": Level.ERROR}


# Our lines.


def test_finds_that_nothing_is_installed(person: Surroundings) -> None:
    """And says what to do."""
    trust(person)
    a_client(person, "2.1.330")
    assert found(person) == {"home-missing": Level.WARNING, "not-installed": Level.ERROR}


def test_finds_lines_that_are_gone_and_puts_them_back(well: Surroundings) -> None:
    """Another program wrote the file anew."""
    settings_of(well).write_text("{}")
    assert found(well) == {"lines-gone": Level.ERROR, "not-installed": Level.ERROR}
    assert mended(well) == {"lines-gone": True}
    assert found(well) == {}


@pytest.mark.parametrize(("event", "level"), [("PreToolUse", Level.ERROR), ("Stop", Level.WARNING)])
def test_finds_that_single_lines_are_missing(well: Surroundings, event: str, level: Level) -> None:
    """The gate's is the worst to lose."""
    edit(settings_of(well), lambda document: document["hooks"].pop(event))
    assert found(well) == {"lines-missing": level}
    assert mended(well) == {"lines-missing": True}


@pytest.mark.parametrize(
    "change",
    [
        lambda document: gate_of(document)["args"].pop(),
        lambda document: gate_of(document)["args"].append("--via"),
        lambda document: gate_of(document)["args"].remove("-S"),
        lambda document: gate_of(document).update({"async": True}),
        lambda document: gate_of(document).update({"if": "Bash(git *)"}),
        lambda document: document["hooks"]["PreToolUse"][0].update(matcher="Write"),
    ],
)
def test_finds_a_damaged_line_and_mends_it(well: Surroundings, change: Callable[[Any], Any]) -> None:
    """A line that runs only sometimes, or cannot stop anything, is damaged too."""
    edit(settings_of(well), change)
    assert found(well)["line-damaged"] is Level.ERROR
    assert mended(well)["line-damaged"]
    assert found(well) == {}


def test_finds_an_interpreter_that_is_gone(well: Surroundings) -> None:
    """The virtual environment was removed: every call would go on unseen, or be blocked."""
    edit(settings_of(well), lambda document: gate_of(document).update(command="/gone/bin/python"))
    assert found(well) == {"interpreter-missing": Level.ERROR}
    assert mended(well) == {"interpreter-missing": True}


def test_finds_an_interpreter_that_is_a_shim(well: Surroundings, tmp_path: Path) -> None:
    """It costs hundreds of milliseconds at every call."""
    shim = tmp_path / "shims" / "python"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    shim.chmod(0o755)
    edit(settings_of(well), lambda document: gate_of(document).update(command=str(shim)))
    assert found(well) == {"interpreter-shim": Level.WARNING}
    assert mended(well) == {"interpreter-shim": True}


def with_script(path: str) -> Callable[[Any], Any]:
    """Let all lines run another script."""

    def change(document: Any) -> None:
        for groups in document["hooks"].values():
            words = groups[0]["hooks"][0]["args"]
            words[2] = path

    return change


def test_finds_a_package_that_is_gone(well: Surroundings) -> None:
    """The hook's script is not where the line says."""
    edit(settings_of(well), with_script("/gone/web4_governance/hook.py"))
    assert found(well) == {"package-missing": Level.ERROR}
    assert mended(well) == {"package-missing": True}


def test_finds_that_another_installation_runs(well: Surroundings, tmp_path: Path) -> None:
    """The command speaks for another package than the one that judges."""
    other = tmp_path / "web4_governance" / "hook.py"
    other.parent.mkdir()
    other.write_text("")
    edit(settings_of(well), with_script(str(other)))
    assert found(well) == {"package-other": Level.WARNING}
    assert mended(well) == {"package-other": True}


def test_finds_a_session_policy_that_is_gone(well: Surroundings, tmp_path: Path) -> None:
    """Every call would fail for want of it."""
    policy = tmp_path / "session.json"
    policy.write_text('{"extends": ["safety"]}')
    install.install(well, agent="claude-code", scope=Scope.USER, enforcing=True, session_policy=str(policy))
    assert found(well) == {}
    policy.unlink()
    assert "line-damaged" in found(well)


def test_finds_that_line_and_policy_disagree(well: Surroundings) -> None:
    """In our own word, or in the host's."""
    (Path(well.home) / "policy.json").write_text('{"extends": ["safety"], "enforce": false}')
    assert found(well) == {"mode-disagrees": Level.ERROR, "launcher-mode": Level.WARNING}
    assert mended(well) == {"mode-disagrees": True, "launcher-mode": True}
    assert "block" not in settings_of(well).read_text()
    edit(settings_of(well), lambda document: gate_of(document).update(onFailure="block"))
    assert found(well) == {"mode-disagrees": Level.ERROR}


def test_an_organisation_that_enforces_closes_everybodys_lines(well: Surroundings) -> None:
    """Whatever the person's own policy says."""
    (Path(well.home) / "policy.json").write_text('{"extends": ["safety"], "enforce": false}')
    os.makedirs(well.organisation)
    (Path(well.organisation) / "policy.json").write_text('{"extends": ["safety"], "enforce": true}')
    assert found(well) == {}


def test_finds_a_damaged_receipt(well: Surroundings) -> None:
    """Uninstalling will then not be byte for byte."""
    name = receipts.file_name(str(settings_of(well)))
    (Path(receipts.directory_of(well.home)) / name).write_text("{")
    assert found(well) == {"receipt-damaged": Level.WARNING}


def test_notes_two_forms_at_once(well: Surroundings) -> None:
    """Each call is recorded once, but asked about twice."""
    assert "two-forms" not in notes(well)
    install.install(well, agent="claude-code", scope=Scope.PROJECT, enforcing=True)
    assert found(well) == {}
    assert "two-forms" in notes(well)


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


# The home.


def test_finds_a_home_that_others_can_write_and_closes_it(well: Surroundings) -> None:
    """The gate refuses it, so nothing would be decided."""
    os.chmod(well.home, 0o777)
    assert found(well)["home-refused"] is Level.ERROR
    assert mended(well)["home-refused"]
    assert found(well) == {}
    os.chmod(well.home, 0o755)
    assert found(well) == {"home-readable": Level.WARNING}
    assert mended(well) == {"home-readable": True}


def test_finds_a_home_that_is_no_directory(person: Surroundings) -> None:
    """Nothing of it is touched."""
    Path(person.home).write_text("x")
    assert found(person)["home-refused"] is Level.ERROR
    assert not mended(person)["home-refused"]
    assert Path(person.home).read_text() == "x"


def test_finds_files_in_the_home_that_others_can_read(well: Surroundings) -> None:
    """And closes them all."""
    for name in ("ledger.db", "policy.json"):
        os.chmod(Path(well.home) / name, 0o644)
    assert found(well) == {"files-open": Level.WARNING}
    assert mended(well) == {"files-open": True}


def test_finds_settings_that_make_no_sense(well: Surroundings) -> None:
    """Until they do, no call can be decided."""
    path = Path(well.home) / "config.toml"
    path.write_text("privacy = 'none'")
    path.chmod(0o600)
    assert found(well) == {"config-invalid": Level.ERROR}


def test_says_that_the_gate_is_switched_off(well: Surroundings) -> None:
    """Somebody may have forgotten."""
    off.switch_off(well.home, until_us=NOW + 5 * MINUTE)
    assert found(well) == {"off": Level.WARNING}


# Policies.


def test_finds_a_broken_policy(well: Surroundings) -> None:
    """With its place, whether or not a good copy is kept."""
    assert found(well) == {}
    (Path(well.home) / "policy.json").write_text('{"rules": 5}')
    assert found(well) == {"policy-broken": Level.ERROR}
    for name in os.listdir(Path(well.home) / "lastgood"):
        (Path(well.home) / "lastgood" / name).unlink()
    assert found(well) == {"policy-broken": Level.ERROR}


def test_finds_a_project_policy_that_does_not_count(well: Surroundings) -> None:
    """Until the person trusts it."""
    path = Path(well.project) / ".web4" / "policy.json"
    path.parent.mkdir()
    path.write_text('{"extends": ["safety"]}')
    assert found(well) == {"policy-untrusted": Level.WARNING}


def test_finds_that_a_projects_policy_binds_and_no_line_fails_closed_for_it(well: Surroundings) -> None:
    """A line for all projects follows the person's own policy."""
    (Path(well.home) / "policy.json").write_text('{"extends": ["safety"], "enforce": false}')
    mended(well)
    path = Path(well.project) / ".web4" / "policy.json"
    path.parent.mkdir()
    path.write_text('{"extends": ["safety"], "enforce": true}')
    policy_admin.trust(well.home, well.project, user_home=well.user_home)
    os.chmod(Path(well.home) / "trusted.json", 0o600)
    assert found(well) == {"project-open": Level.WARNING}
    install.install(well, agent="claude-code", scope=Scope.PROJECT, enforcing=True)
    assert found(well) == {}


def test_finds_that_a_rule_waits_for_a_head_that_nobody_can_sign(well: Surroundings) -> None:
    """Without keys each such call fails; without a log policy nobody else holds the head; a layer that observes asks neither."""
    rule = {"match": {"tools": ["Bash"]}, "decision": "warn", "commitBeforeAct": True, "id": "careful"}
    policy_file = Path(well.home) / "policy.json"
    policy_file.write_text(json.dumps({"extends": ["safety"], "enforce": True, "rules": [rule]}))
    assert found(well) == {"commit-no-keys": Level.WARNING}
    assert "commit-alone" in notes(well)
    (said,) = (one for one in doctor.examine(well, now_us=NOW) if one.id == "commit-no-keys")
    assert "`careful`" in said.what
    assert "anchor key --make" in said.how
    keys = Path(well.home) / "keys"
    keys.mkdir(mode=0o700)
    (keys / "first").touch(mode=0o600)
    assert (found(well), "commit-alone" in notes(well)) == ({}, True)
    (Path(well.home) / "log-policy").touch(mode=0o600)
    assert "commit-alone" not in notes(well)
    for name in ("log-policy", "keys/first"):
        (Path(well.home) / name).unlink()
    policy_file.write_text(json.dumps({"extends": ["safety"], "enforce": False, "rules": [rule]}))
    assert not {"commit-no-keys", "commit-alone"} & (found(well).keys() | notes(well))


# The ledger.


def test_sets_a_damaged_ledger_aside_and_begins_a_new_one(well: Surroundings) -> None:
    """The old one is kept, its readable copies too, and the new one begins by saying so."""
    database = Path(well.home) / "ledger.db"
    for end in ("-wal", "-shm"):
        Path(str(database) + end).unlink(missing_ok=True)
    damaged = b"SQLite format 3\x00" + b"damage" * 1000
    database.write_bytes(damaged)
    assert found(well) == {"ledger-corrupt": Level.ERROR}
    assert mended(well) == {"ledger-corrupt": True}
    (aside,) = Path(well.home).glob("ledger.db.corrupt-*")
    assert aside.read_bytes() == damaged
    with open_reader(well.home) as opened:
        (gap,) = opened.entries()
    assert (gap.kind, at(gap.body(), "gap.why")) == ("gap", "ledger-set-aside")
    assert len(str(at(gap.body(), "gap.sha256"))) == 64
    assert list(Path(well.home).glob("audit.corrupt-*/-.jsonl"))
    assert verify_ledger(well.home).findings == ()
    assert found(well) == {}


def test_finds_damage_inside_a_ledger_that_still_opens(well: Surroundings) -> None:
    """A page overwritten with something else."""
    database = Path(well.home) / "ledger.db"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(database.read_bytes())
    data[4096 * 3 : 4096 * 4] = b"\xff" * 4096
    database.write_bytes(data)
    assert "ledger-corrupt" in found(well)


def test_finds_a_ledger_of_a_newer_program(well: Surroundings) -> None:
    """It is neither set aside nor written."""
    connection = sqlite3.connect(Path(well.home) / "ledger.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    assert found(well) == {"ledger-newer": Level.ERROR}
    assert mended(well) == {"ledger-newer": False}


def test_finds_who_holds_the_lock(well: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that hangs keeps every hook from recording."""
    monkeypatch.setattr(ledger, "LOCK_WAIT_S", 0.05)
    with open(Home(well.home).lock, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        held = [each for each in doctor.examine(well, now_us=NOW) if each.id == "ledger-locked"]
    assert [f"process {os.getpid()}" in each.what for each in held] == [os.path.exists("/proc/locks")]
    assert found(well) == {}


def test_finds_a_lock_that_cannot_be_opened(well: Surroundings) -> None:
    """A symlink in its place is not followed."""
    os.unlink(Home(well.home).lock)
    os.symlink("/dev/null", Home(well.home).lock)
    assert found(well)["ledger-unwritable"] is Level.ERROR


def test_finds_a_ledger_that_is_no_file(well: Surroundings) -> None:
    """Neither damaged nor missing, and of no use."""
    for end in ("", "-wal", "-shm"):
        Path(Home(well.home).ledger + end).unlink(missing_ok=True)
    os.mkdir(Home(well.home).ledger)
    assert set(found(well)) & {"ledger-unusable", "ledger-unwritable", "ledger-corrupt"}


def test_finds_a_ledger_that_cannot_be_written(well: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only home records nothing (the question is put to the system, which would let root write anything)."""
    monkeypatch.setattr(os, "access", lambda path, _mode: not str(path).endswith("ledger.db"))
    assert [each.what for each in ledger.check(well.home, now_us=NOW) if each.id == "ledger-unwritable"] == [
        f"`{well.home}/ledger.db` cannot be written, so nothing can be recorded"
    ]


def test_a_system_that_does_not_tell_who_holds_a_lock_is_survived(tmp_path: Path) -> None:
    """The finding then names nobody."""
    assert ledger.holders_of(str(tmp_path / "missing")) == ()


def test_a_ledger_that_vanished_is_set_aside_without_a_digest(well: Surroundings) -> None:
    """Whoever was faster, a new ledger begins and says that one is missing."""
    for end in ("", "-wal", "-shm"):
        Path(Home(well.home).ledger + end).unlink(missing_ok=True)
    ledger.set_aside(Home(well.home), now_us=NOW)
    with open_reader(well.home) as opened:
        assert [at(entry.body(), "gap.sha256") for entry in opened.entries()] == [""]


def test_writes_a_missing_mirror_anew(well: Surroundings) -> None:
    """From the ledger, as it was."""
    path = Path(mirror.path_of(Home(well.home), "-"))
    before = path.read_bytes()
    path.unlink()
    assert found(well) == {"mirror-missing": Level.WARNING}
    assert mended(well) == {"mirror-missing": True}
    assert path.read_bytes() == before


def test_notes_that_nothing_is_recorded_yet(well: Surroundings) -> None:
    """A fresh home is nothing to worry about."""
    for end in ("", "-wal", "-shm"):
        Path(Home(well.home).ledger + end).unlink(missing_ok=True)
    assert found(well) == {}
    assert "ledger-missing" in notes(well)


@pytest.mark.parametrize(("version", "said"), [((3, 40, 1), True), ((3, 51, 3), False)])
def test_notes_the_defect_only_where_it_is(
    well: Surroundings, monkeypatch: pytest.MonkeyPatch, version: tuple[int, int, int], said: bool
) -> None:
    """Which SQLite an interpreter brings is the machine's choice."""
    monkeypatch.setattr(defect, "sqlite_version", lambda: version)
    assert ("sqlite-defect" in notes(well)) is said


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


# Mending.


def test_says_why_something_could_not_be_mended(well: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The finding stays."""
    monkeypatch.setattr(ledger, "WAIT_S", 0.05)
    monkeypatch.setattr(ledger, "LOCK_WAIT_S", 0.05)
    os.unlink(mirror.path_of(Home(well.home), "-"))
    with open(Home(well.home).lock, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = {each.finding.id: each for each in doctor.mend(well, now_us=NOW)}
    assert not done["mirror-missing"].fixed
    assert "writing the ledger" in done["mirror-missing"].why


def test_what_stops_one_check_does_not_hide_what_the_others_find(
    well: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And is itself a finding."""

    def broken(*_: object, **__: object) -> object:
        raise UsageError("no answer", hint="ask again")

    monkeypatch.setattr(policy, "check", broken)
    os.chmod(well.home, 0o755)
    assert found(well) == {"policy-unchecked": Level.ERROR, "home-readable": Level.WARNING}


def test_a_mending_that_does_not_help_is_not_called_one(well: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found afterwards counts, not what was done."""
    os.unlink(mirror.path_of(Home(well.home), "-"))
    monkeypatch.setattr(ledger, "repair_mirrors", lambda *_: None)
    done = {each.finding.id: each for each in doctor.mend(well, now_us=NOW)}
    assert not done["mirror-missing"].fixed
    assert "still there" in done["mirror-missing"].why

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ledger, "repair_mirrors", refuse)
    done = {each.finding.id: each for each in doctor.mend(well, now_us=NOW)}
    assert done["mirror-missing"].why == "no space left on device"


def test_the_worst_comes_first(well: Surroundings) -> None:
    """Notes last."""
    os.chmod(well.home, 0o755)
    edit(settings_of(well, Scope.PROJECT), lambda document: document.update(disableAllHooks=True))
    levels = [each.level for each in doctor.examine(well, now_us=NOW)]
    assert levels == sorted(levels, key=list(Level).index)
    assert levels[:2] == [Level.ERROR, Level.WARNING]


def test_finds_a_setting_of_another_shape_beside_our_lines(well: Surroundings) -> None:
    """The client then drops the file with all our hooks: nothing that would be governed is."""
    edit(settings_of(well), lambda document: document.update(cleanupPeriodDays="x"))
    assert found(well) == {"settings-lost": Level.ERROR}


def test_finds_lines_that_a_second_member_of_the_name_hides(well: Surroundings) -> None:
    """The client takes the last `PreToolUse`, which is empty."""
    path = settings_of(well)
    text = path.read_text().rstrip()
    end = text.rindex("}", 0, text.rindex("}"))
    path.write_text(text[:end].rstrip() + ',\n"PreToolUse": []\n}\n}\n')
    assert found(well)["lines-missing"] is Level.ERROR


def test_finds_lines_that_the_client_would_end_too_early(well: Surroundings) -> None:
    """A timeout that no decision can keep."""

    def hurry(document: Any) -> None:
        document["hooks"]["PreToolUse"][0]["hooks"][0]["timeout"] = 0.001

    edit(settings_of(well), hurry)
    assert found(well) == {"line-damaged": Level.ERROR}
