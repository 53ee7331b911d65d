"""Putting hook lines in and taking them out: what a person's file looks like before, between and after."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from web4_governance.app import install, launcher, receipts
from web4_governance.app.hosts import claude_code, entries
from web4_governance.app.hosts.claude_code import EVENTS, LEFT_OUT, Scope
from web4_governance.app.surroundings import Surroundings, surroundings
from web4_governance.app.uninstall import How, purge, uninstall
from web4_governance.core.errors import UsageError
from web4_governance.core.value import replace

PRIVATE = 0o700


def put(around: Surroundings, *, enforcing: bool = True, scope: Scope = Scope.USER) -> bool:
    """Install, and say whether the settings changed."""
    os.makedirs(around.home, mode=PRIVATE, exist_ok=True)
    return install.install(around, agent="claude-code", scope=scope, enforcing=enforcing).changed


def settings_of(around: Surroundings, scope: Scope = Scope.USER) -> Path:
    """The settings file of a scope."""
    return Path(claude_code.settings_path(scope, around))


def write(path: Path, data: bytes) -> None:
    """Write a file, its directory too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "model": st.text(),
        "zzz": st.integers() | st.lists(st.text(), max_size=2),
        "hooks": st.dictionaries(
            st.sampled_from(["PreToolUse", "Stop", "Mine"]),
            st.just([{"hooks": [{"type": "command", "command": "true"}]}]),
        ),
    },
)


@given(DOCUMENTS, st.sampled_from([None, 2, "\t"]), st.sampled_from([b"", b"\n", b"\n\n"]))
@tuned(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_uninstall_leaves_the_settings_byte_for_byte(
    tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any], indent: Any, tail: bytes
) -> None:
    """However they are formatted, and however often they were installed in between."""
    base = str(tmp_path_factory.mktemp("person"))
    around = surroundings(base + "/.web4", environment={}, cwd=base, user_home=base)
    path = settings_of(around)
    original = json.dumps(document, indent=indent).encode() + tail
    write(path, original)
    assert put(around, enforcing=False)
    assert put(around, enforcing=True)
    assert path.read_bytes() != original
    assert [undone.how for undone in uninstall(around)] == [How.RESTORED]
    assert path.read_bytes() == original


def test_every_event_has_one_line_and_only_the_gate_fails_closed(person: Surroundings) -> None:
    """All 33 events of the client are either installed or left out for a reason."""
    put(person)
    found = entries.find(settings_of(person).read_text())
    assert sorted(line.event for line in found) == sorted(EVENTS)
    assert len({*EVENTS, *LEFT_OUT}) == 33
    assert all(LEFT_OUT.values())
    closed = [line.event for line in found if line.option("--on-failure") == "block"]
    assert closed == ["PreToolUse"]
    assert [line.event for line in found if "onFailure" in line.handler] == ["PreToolUse"]


def test_an_observing_installation_closes_nothing(person: Surroundings) -> None:
    """Neither in our words nor in the host's."""
    put(person, enforcing=False)
    text = settings_of(person).read_text()
    assert "block" not in text
    assert "onFailure" not in text


def test_a_line_names_everything_by_absolute_path(person: Surroundings) -> None:
    """Nothing in the environment can redirect it."""
    put(person)
    for line in entries.find(settings_of(person).read_text()):
        python, *words = line.argv()
        assert os.path.isabs(python)
        assert words[:2] == ["-I", "-S"]
        assert os.path.isabs(line.script())
        assert os.path.isfile(line.script())
        assert line.option("--home") == person.home
        assert line.option("--via") == "user"


def test_a_sessions_start_and_end_have_less_time(person: Surroundings) -> None:
    """A person waits for the one, and the host cuts the other short."""
    put(person)
    waits = {line.event: line.option("--deadline-ms") for line in entries.find(settings_of(person).read_text())}
    assert (waits["SessionStart"], waits["SessionEnd"], waits["PreToolUse"]) == ("1000", "1000", "2000")


def test_a_second_installation_changes_nothing(person: Surroundings) -> None:
    """No entry twice, no byte moved, the original still known."""
    write(settings_of(person), b'{"model": "x"}')
    put(person)
    before = settings_of(person).read_bytes()
    assert not put(person)
    assert settings_of(person).read_bytes() == before
    uninstall(person)
    assert settings_of(person).read_bytes() == b'{"model": "x"}'


def test_a_file_that_was_not_there_goes_again_with_its_directory(person: Surroundings) -> None:
    """Nothing of ours stays behind in a person's configuration."""
    put(person, scope=Scope.PROJECT)
    path = settings_of(person, Scope.PROJECT)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [undone.how for undone in uninstall(person)] == [How.REMOVED]
    assert os.listdir(person.project) == [".git"]


def test_a_directory_that_others_use_meanwhile_stays(person: Surroundings) -> None:
    """What is not empty is not ours."""
    put(person)
    write(settings_of(person).parent / "history", b"x")
    uninstall(person)
    assert os.listdir(person.config_dir) == ["history"]


def test_what_a_person_changed_since_stays_when_we_leave(person: Surroundings) -> None:
    """Only our entries go."""
    write(settings_of(person), b'{\n  "model": "x"\n}\n')
    put(person)
    path = settings_of(person)
    path.write_text(path.read_text().replace('"model": "x"', '"model": "y",\n  "theme": "dark"'))
    assert [undone.how for undone in uninstall(person)] == [How.TAKEN_OUT]
    assert path.read_text() == '{\n  "model": "y",\n  "theme": "dark"\n}\n'


def test_what_a_program_formatted_anew_loses_only_our_entries(person: Surroundings) -> None:
    """The client itself prints the file again when a setting is changed in it."""
    hooks = {"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]}
    write(settings_of(person), json.dumps({"hooks": hooks}).encode())
    put(person)
    path = settings_of(person)
    path.write_text(json.dumps({**json.loads(path.read_text()), "model": "z"}, indent=4))
    uninstall(person)
    assert json.loads(path.read_text()) == {"hooks": hooks, "model": "z"}


def test_a_file_of_ours_that_a_person_added_to_stays_with_what_they_added(person: Surroundings) -> None:
    """It is theirs now."""
    put(person)
    path = settings_of(person)
    path.write_text(json.dumps({**json.loads(path.read_text()), "model": "z"}))
    uninstall(person)
    assert json.loads(path.read_text()) == {"model": "z"}


def test_a_file_of_ours_that_was_only_formatted_anew_goes(person: Surroundings) -> None:
    """Nothing is left in it but our entries."""
    put(person)
    path = settings_of(person)
    path.write_text(json.dumps(json.loads(path.read_text())))
    assert [undone.how for undone in uninstall(person)] == [How.REMOVED]
    assert not path.exists()


def test_installing_again_over_a_change_makes_that_the_original(person: Surroundings) -> None:
    """A later uninstall gives back the person's last word."""
    write(settings_of(person), b"{}")
    put(person)
    path = settings_of(person)
    path.write_text(path.read_text().replace("{", '{\n  "model": "y",', 1))
    put(person, enforcing=False)
    assert [undone.how for undone in uninstall(person)] == [How.RESTORED]
    assert json.loads(path.read_text()) == {"model": "y"}


@pytest.mark.parametrize(
    "data", [b"// mine\n{}", b'{"a": 1,}', b"[]", b'{"hooks": []}', b'{"model": 5}', b'{"hooks": {"Stop": {}}}']
)
def test_settings_that_the_client_would_drop_are_refused_and_not_touched(person: Surroundings, data: bytes) -> None:
    """With the place, and nothing written anywhere."""
    path = settings_of(person)
    write(path, data)
    with pytest.raises(UsageError, match=rf"`{path}`: line \d+, column \d+"):
        install.require_fit(person, agent="claude-code", scope=Scope.USER)
    with pytest.raises(UsageError, match="line"):
        put(person)
    assert path.read_bytes() == data
    assert receipts.all_of(person.home) == ((), ())


def test_a_crash_between_receipt_and_file_is_recognised(person: Surroundings) -> None:
    """The receipt is there, the file is as it was: installing goes on, uninstalling has nothing to do."""
    path = settings_of(person)
    write(path, b"{ }")
    put(person)
    path.write_bytes(b"{ }")
    assert [undone.how for undone in uninstall(person)] == [How.NOTHING]
    assert path.read_bytes() == b"{ }"
    put(person)
    path.write_bytes(b"{ }")
    put(person)
    uninstall(person)
    assert path.read_bytes() == b"{ }"


def test_without_receipts_our_lines_are_found_by_their_look(person: Surroundings) -> None:
    """A lost home does not keep anybody from getting out."""
    for scope in (Scope.USER, Scope.PROJECT, Scope.MANAGED):
        write(settings_of(person, scope), b'{"model": "x"}')
        put(person, scope=scope)
    for name in os.listdir(receipts.directory_of(person.home)):
        (Path(receipts.directory_of(person.home)) / name).write_bytes(b"damaged")
    assert [undone.how for undone in uninstall(person)] == [How.TAKEN_OUT] * 3
    for scope in (Scope.USER, Scope.PROJECT, Scope.MANAGED):
        assert settings_of(person, scope).read_bytes() == b'{"model": "x"}'
    assert receipts.all_of(person.home) == ((), ())


def test_works_without_a_home(person: Surroundings) -> None:
    """Nothing installed, nothing to do, no error."""
    assert uninstall(person) == ()
    assert purge(person.home) == ()


def test_what_cannot_be_taken_out_is_said_and_the_receipt_stays(person: Surroundings) -> None:
    """So that a second try can still restore it."""
    put(person)
    path = settings_of(person)
    broken = path.read_bytes() + b"}"
    path.write_bytes(broken)
    (undone,) = uninstall(person)
    assert (undone.how, "line" in undone.why) == (How.FAILED, True)
    assert path.read_bytes() == broken
    assert len(receipts.all_of(person.home)[0]) == 1


def test_broken_settings_that_mention_us_are_not_passed_over(person: Surroundings) -> None:
    """Without a receipt too; broken settings of somebody else are none of our business."""
    write(settings_of(person), b'{"x": "web4_governance/hook.py",}')
    write(settings_of(person, Scope.PROJECT), b"{,}")
    assert [(undone.path, undone.how) for undone in uninstall(person)] == [(str(settings_of(person)), How.FAILED)]


def test_the_settings_of_another_home_are_left_alone(person: Surroundings) -> None:
    """Two gates of one person do not take each other out."""
    other = replace(person, home=person.home + "-other")
    put(person)
    put(other)
    uninstall(other)
    found = entries.find(settings_of(person).read_text())
    assert {line.option("--home") for line in found} == {person.home}


def test_a_symlinked_settings_file_stays_a_symlink(person: Surroundings, tmp_path: Path) -> None:
    """It is the target that is written, and given back."""
    target = tmp_path / "dotfiles.json"
    target.write_bytes(b"{}")
    path = settings_of(person)
    path.parent.mkdir()
    path.symlink_to(target)
    put(person)
    assert path.is_symlink()
    uninstall(person)
    assert path.is_symlink()
    assert target.read_bytes() == b"{}"


def test_managed_lines_find_the_home_by_the_user(person: Surroundings) -> None:
    """One file speaks for everybody on the machine, who all can read it."""
    put(person, scope=Scope.MANAGED)
    path = settings_of(person, Scope.MANAGED)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert all(line.option("--home") == "" for line in entries.find(path.read_text()))
    assert all(line.option("--via") == "managed" for line in entries.find(path.read_text()))


def test_the_plugin_form_writes_the_launcher_only(person: Surroundings) -> None:
    """The lines are the plugin's."""
    os.makedirs(person.home, mode=PRIVATE)
    done = install.install(person, agent="claude-code", scope=Scope.PLUGIN, enforcing=True)
    assert (done.path, done.changed) == ("", False)
    named = launcher.read(person.home)
    assert named is not None
    assert named.on_failure == "block"
    assert not settings_of(person).exists()


def test_lines_and_launcher_change_their_mode_together(person: Surroundings) -> None:
    """What changes the policy changes both."""
    put(person, enforcing=False)
    put(person, enforcing=False, scope=Scope.PROJECT)
    assert install.rewrite_lines(person.home, enforcing=True, organisation=person.organisation) == (
        *sorted([str(settings_of(person)), str(settings_of(person, Scope.PROJECT))], key=receipts.file_name),
    )
    for scope in (Scope.USER, Scope.PROJECT):
        assert "--on-failure=block" in settings_of(person, scope).read_text()
    named = launcher.read(person.home)
    assert named is not None
    assert named.on_failure == "block"
    assert install.rewrite_lines(person.home, enforcing=True, organisation=person.organisation) == ()


def test_lines_that_a_person_took_out_stay_out(person: Surroundings) -> None:
    """An editor is a way out, and a change of policy does not close it."""
    put(person)
    settings_of(person).write_text("{}")
    assert install.rewrite_lines(person.home, enforcing=True, organisation=person.organisation) == ()
    assert settings_of(person).read_text() == "{}"
    restored = install.rewrite_lines(person.home, enforcing=True, organisation=person.organisation, restore=True)
    assert restored == (str(settings_of(person)),)


def test_settings_that_no_longer_parse_are_not_rewritten(person: Surroundings) -> None:
    """A change of policy does not fail over them; the doctor names them."""
    put(person)
    settings_of(person).write_text("{")
    assert install.rewrite_lines(person.home, enforcing=False, organisation=person.organisation) == ()


def test_an_unknown_agent_is_refused(person: Surroundings) -> None:
    """With those that are known."""
    with pytest.raises(UsageError, match="no agent is called `zz`") as caught:
        install.install(person, agent="zz", scope=Scope.USER, enforcing=False)
    assert "claude-code" in caught.value.hint


def test_purging_takes_what_is_ours_and_leaves_the_rest(person: Surroundings) -> None:
    """A home that somebody put their own file into is not swept away."""
    put(person)
    for name in (
        "ledger.db",
        "policy.json",
        "off.json",
        "audit/s.jsonl",
        "audit.corrupt-1/s.jsonl",
        "venv/bin/python",
        "thesis.txt",
    ):
        write(Path(person.home) / name, b"x")
    uninstall(person)
    assert purge(person.home) == ("thesis.txt",)
    (Path(person.home) / "thesis.txt").unlink()
    assert purge(person.home) == ()
    assert not os.path.exists(person.home)


def test_a_home_that_is_a_symlink_is_not_purged(person: Surroundings, tmp_path: Path) -> None:
    """Nor what it points to."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "ledger.db").write_bytes(b"x")
    os.symlink(tmp_path / "real", person.home)
    assert purge(person.home) == ()
    assert (tmp_path / "real" / "ledger.db").exists()


def test_the_environment_can_move_the_hosts_settings_but_not_the_gates_home() -> None:
    """`CLAUDE_CONFIG_DIR` is the host's own."""
    moved = surroundings("/h", environment={"CLAUDE_CONFIG_DIR": "/c"}, cwd="/", user_home="/u")
    assert (moved.config_dir, moved.state_file, moved.home) == ("/c", "/c/.claude.json", "/h")
    plain = surroundings("/h", environment={}, cwd="/", user_home="/u")
    assert (plain.config_dir, plain.state_file) == ("/u/.claude", "/u/.claude.json")


def test_a_directory_that_cannot_be_made_is_said(person: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any receipt is written."""

    def refuse(path: str, *_: int) -> None:
        raise PermissionError(13, "Permission denied", path)

    os.makedirs(person.home, mode=PRIVATE)
    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(UsageError, match="cannot be made: permission denied"):
        put(person)
    assert receipts.all_of(person.home) == ((), ())


def test_settings_in_a_place_that_is_no_directory_are_refused(person: Surroundings) -> None:
    """A file where the host's directory should be."""
    Path(person.config_dir).write_text("x")
    with pytest.raises(UsageError, match="cannot be read"):
        put(person)


def test_a_file_that_cannot_be_removed_is_said(person: Surroundings, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the receipt stays for the next try."""
    put(person)

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "unlink", refuse)
    assert [(undone.how, undone.why.endswith("permission denied")) for undone in uninstall(person)] == [
        (How.FAILED, True)
    ]
    monkeypatch.undo()
    assert [undone.how for undone in uninstall(person)] == [How.REMOVED]


def test_a_policy_that_does_not_load_closes_the_lines(person: Surroundings) -> None:
    """The careful answer where nobody can say whether it binds."""
    put(person, enforcing=False)
    (Path(person.home) / "policy.json").write_text("{")
    assert install.layers_enforce(person.home, "", organisation=person.organisation)


def test_without_a_receipt_and_without_lines_only_a_launcher_is_rewritten(person: Surroundings) -> None:
    """And where there is none, none is made."""
    os.makedirs(person.home, mode=PRIVATE)
    assert install.rewrite_lines(person.home, enforcing=True, organisation=person.organisation) == ()
    assert launcher.read(person.home) is None
    install.install(person, agent="claude-code", scope=Scope.PLUGIN, enforcing=False)
    install.rewrite_lines(person.home, enforcing=True, organisation=person.organisation)
    named = launcher.read(person.home)
    assert named is not None
    assert named.on_failure == "block"


def test_lines_of_nobody_in_a_file_without_a_receipt(person: Surroundings) -> None:
    """Somebody else's hooks are nothing of ours."""
    theirs = b'{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "true"}]}]}}'
    write(settings_of(person), theirs)
    assert uninstall(person) == ()
    assert settings_of(person).read_bytes() == theirs
