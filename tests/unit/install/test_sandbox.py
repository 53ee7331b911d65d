"""The host sandbox's deny rules: put in beside what is there, taken out again byte for byte, seen when they are gone."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from web4_governance.app import install, receipts
from web4_governance.app.checks import sandbox
from web4_governance.app.hosts import claude_code, claude_sandbox
from web4_governance.app.hosts.claude_code import Scope
from web4_governance.app.hosts.claude_sandbox import Rules
from web4_governance.app.hosts.claude_settings import faults
from web4_governance.app.hosts.json_text import JsonFault
from web4_governance.app.surroundings import Surroundings, surroundings
from web4_governance.app.uninstall import How, uninstall
from web4_governance.core.errors import UsageError

OURS = Rules(write=("/h/.web4", "/h/s.json", "/p"), read=("/h/.web4",))


def put(around: Surroundings, *, scope: Scope = Scope.USER, rules: bool = True) -> Path:
    """Install with the rules, and give the settings file."""
    os.makedirs(around.home, mode=0o700, exist_ok=True)
    install.install(around, agent="claude-code", scope=scope, enforcing=True, sandbox=rules)
    return Path(claude_code.settings_path(scope, around))


def denied(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())["sandbox"]
    return found


def test_the_rules_name_home_settings_and_package(person: Surroundings) -> None:
    """And switch the sandbox on, without a door in it."""
    path = put(person)
    assert denied(path) == {
        "enabled": True,
        "allowUnsandboxedCommands": False,
        "filesystem": {
            "denyWrite": [person.home, str(path), os.path.dirname(install.SCRIPT)],
            "denyRead": [person.home],
        },
    }
    assert faults(path.read_text()) == ()


SANDBOXES = st.fixed_dictionaries(
    {},
    optional={
        "enabled": st.booleans(),
        "allowUnsandboxedCommands": st.booleans(),
        "zzz": st.integers(),
        "filesystem": st.fixed_dictionaries(
            {}, optional={"denyWrite": st.lists(st.text(max_size=3)), "denyRead": st.just([]), "x": st.none()}
        ),
    },
)


@given(st.none() | SANDBOXES, st.sampled_from([None, 2, "\t"]), st.booleans())
@tuned(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_uninstall_leaves_the_settings_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, sandbox: dict[str, Any] | None, indent: Any, touched: bool
) -> None:
    """Whatever stood there; and if the file was changed since, its meaning."""
    base = str(tmp_path_factory.mktemp("person"))
    around = surroundings(base + "/.web4", environment={}, cwd=base, user_home=base)
    document = {"model": "x", **({} if sandbox is None else {"sandbox": sandbox})}
    path = Path(claude_code.settings_path(Scope.USER, around))
    path.parent.mkdir()
    original = json.dumps(document, indent=indent) + "\n"
    path.write_text(original)
    put(around)
    put(around)
    if touched:
        path.write_text(json.dumps({**json.loads(path.read_text()), "mine": 1}, indent=indent))
        put(around, rules=False)  # by another command: the rules stay
        assert denied(path)["filesystem"]["denyRead"][-1] == around.home
        path.write_text(json.dumps(json.loads(path.read_text()), indent=3))
    how = uninstall(around)
    assert [undone.how for undone in how] == [How.TAKEN_OUT if touched else How.RESTORED]
    if touched:
        assert json.loads(path.read_text()) == {**document, "mine": 1}
    else:
        assert path.read_text() == original


def test_without_a_receipt_paths_alone_are_taken(person: Surroundings) -> None:
    """Who switched the sandbox on is not known then."""
    path = put(person)
    for receipt in os.listdir(receipts.directory_of(person.home)):
        os.unlink(os.path.join(receipts.directory_of(person.home), receipt))
    uninstall(person)
    assert denied(path) == {"enabled": True, "allowUnsandboxedCommands": False}


@pytest.mark.parametrize("text", ['{"sandbox": 5}', '{"sandbox": {"filesystem": {"denyRead": {}}}}'])
def test_settings_of_another_shape_are_refused(person: Surroundings, text: str) -> None:
    """The client would drop them whole; nothing is written."""
    with pytest.raises(JsonFault):
        claude_sandbox.put(text, OURS)
    path = Path(claude_code.settings_path(Scope.USER, person))
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(UsageError):
        install.require_fit(person, agent="claude-code", scope=Scope.USER, sandbox=True)


@pytest.mark.parametrize("scope", [Scope.MANAGED, Scope.PLUGIN])
def test_scopes_without_a_home_have_no_rules(person: Surroundings, scope: Scope) -> None:
    """Managed lines speak for everybody."""
    with pytest.raises(UsageError, match="no settings for one home"):
        install.require_fit(person, agent="claude-code", scope=scope, sandbox=True)


def test_the_doctor_sees_rules_that_are_gone_or_not_in_force(
    person: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says nothing of rules that nobody asked for."""
    monkeypatch.setattr(claude_sandbox, "unavailable", lambda: ())
    path = put(person, rules=False)
    assert list(sandbox.check(person)) == []
    put(person)
    assert list(sandbox.check(person)) == []
    monkeypatch.setattr(claude_sandbox, "unavailable", lambda: ("bubblewrap is missing",))
    assert [found.id for found in sandbox.check(person)] == ["sandbox-open"]
    whole = json.loads(path.read_text())
    whole["sandbox"]["filesystem"] = {}
    path.write_text(json.dumps(whole))
    assert [found.id for found in sandbox.check(person)] == ["sandbox-rules-gone", "sandbox-open"]
    path.unlink()
    path.mkdir()
    assert "sandbox-rules-gone" in [found.id for found in sandbox.check(person)]


@pytest.mark.parametrize(
    ("listed", "covers"),
    [("/h/.web4", True), ("/h", True), ("/", True), ("/h/.web4/", True), ("/h/.we", False), ("/h/*", False)],
)
def test_a_path_above_covers_what_lies_below(listed: str, covers: bool) -> None:
    """A glob is taken for nothing: what it covers is the client's to say."""
    text = json.dumps({"sandbox": {"filesystem": {"denyWrite": [listed], "denyRead": [listed]}}})
    gaps = claude_sandbox.gaps([text, "", "{"], Rules(write=("/h/.web4",), read=()))
    assert any("denyWrite" in gap for gap in gaps) is not covers


def test_what_the_sandbox_needs_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """By system."""
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    assert len(claude_sandbox.unavailable("linux")) == 2
    assert claude_sandbox.unavailable("darwin") == ()
    assert len(claude_sandbox.unavailable("win32")) == 1
    monkeypatch.setattr(shutil, "which", lambda program: f"/usr/bin/{program}")
    assert claude_sandbox.unavailable("linux") == ()
