"""Every way in which hooks are silently lost is found; what can be mended is, and is then gone."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.doctored import NOW, a_client, edit, found, gate_of, mended, notes, settings_of, trust
from web4_governance.app import doctor, install, receipts
from web4_governance.app.checks import ledger, policy
from web4_governance.app.checks.finding import Level
from web4_governance.app.hosts import claude_code
from web4_governance.app.hosts.claude_code import Scope
from web4_governance.core.errors import UsageError
from web4_governance.core.value import replace
from web4_governance.storage import Home, mirror

if TYPE_CHECKING:
    from web4_governance.app.surroundings import Surroundings


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
