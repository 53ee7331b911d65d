"""The commands that install, show and mend, as a person types them: exit codes, what is data, what is for people."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from web4_governance.app.hosts import entries
from web4_governance.cli.main import main
from web4_governance.core.ledger.note import ED25519, VerifierKey

OTHER = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"  # RFC 8032 7.1, the first test
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def web4(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command as a person with an empty home directory, in a project of theirs."""
    project = tmp_path / "person" / "project"
    (project / ".git").mkdir(parents=True)
    for name in ("CLAUDE_CONFIG_DIR", "CLAUDE_CODE_SIMPLE", "WEB4_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(project)
    (tmp_path / "person" / ".claude.json").write_text(
        json.dumps({"projects": {str(project): {"hasTrustDialogAccepted": True}}})
    )

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = main(list(arguments))
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def home_of(tmp_path: Path) -> Path:
    """The gate's home."""
    return tmp_path / "person" / ".web4"


def settings_of(tmp_path: Path) -> Path:
    """The person's settings."""
    return tmp_path / "person" / ".claude" / "settings.json"


def test_from_nothing_to_governed_and_back(web4: Command, tmp_path: Path) -> None:
    """The whole way: init denies its canary, status and doctor agree, uninstall leaves no trace in the settings."""
    settings_of(tmp_path).parent.mkdir()
    settings_of(tmp_path).write_text('{ "model":"x" }')
    code, out, err = web4("init", "--preset", "safety", "--enforce")
    assert (code, err) == (0, "")
    assert "canary   `rm -rf /`: denied (exit 2)" in out
    assert "canary   `echo 'rm -rf /'`: let through (exit 0)" in out
    for word in ("policy.json", "ledger.db", "standard", "web4 uninstall", "web4 off --for 10m", "MessageDisplay"):
        assert word in out
    assert web4("status")[0] == 0
    code, out, _ = web4("doctor")
    assert (code, "all is well" in out) == (0, True)
    code, out, _ = web4("uninstall")
    assert (code, "byte for byte" in out) == (0, True)
    assert settings_of(tmp_path).read_text() == '{ "model":"x" }'
    assert (home_of(tmp_path) / "ledger.db").exists()


def test_without_enforcing_the_canary_is_let_through_and_recorded(web4: Command) -> None:
    """Observational by default."""
    code, out, _ = web4("init")
    assert code == 0
    assert "canary   `rm -rf /`: let through (exit 0)\n" in out
    assert "nothing is blocked" in out


@pytest.mark.parametrize("preset", ["permissive", "strict"])
def test_every_enforcing_preset_denies_the_canary(web4: Command, preset: str) -> None:
    """It would take the gate itself away."""
    code, out, _ = web4("init", "--preset", preset, "--enforce")
    assert code == 0
    assert "`rm -rf /`: denied" in out


def test_a_second_init_changes_nothing(web4: Command, tmp_path: Path) -> None:
    """And says so."""
    web4("init", "--preset", "safety", "--enforce")
    before = settings_of(tmp_path).read_bytes()
    code, out, _ = web4("init")
    assert code == 0
    assert "(unchanged)" in out
    assert "(as it was)" in out
    assert settings_of(tmp_path).read_bytes() == before


def test_what_binds_nothing_cannot_be_enforced(web4: Command, tmp_path: Path) -> None:
    """Bad usage, and nothing is written."""
    code, out, err = web4("init", "--preset", "audit-only", "--enforce")
    assert (code, out) == (3, "")
    assert "--preset safety --enforce" in err
    assert not home_of(tmp_path).exists()


def test_broken_settings_stop_init_before_anything_is_written(web4: Command, tmp_path: Path) -> None:
    """With the place."""
    settings_of(tmp_path).parent.mkdir()
    settings_of(tmp_path).write_text('{\n  "model": "x",\n}')
    code, _, err = web4("init", "--preset", "safety", "--enforce")
    assert code == 3
    assert "line 3, column 1" in err
    assert not home_of(tmp_path).exists()


def test_a_canary_that_is_not_denied_is_loud(web4: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 1, with the command line that answered wrongly."""
    script = tmp_path / "web4_governance" / "hook.py"
    script.parent.mkdir()
    script.write_text("")
    monkeypatch.setattr("web4_governance.app.install.SCRIPT", str(script))
    code, out, err = web4("init", "--preset", "safety", "--enforce")
    assert code == 1
    assert "NOT recorded" in out
    assert "was let through" in err
    assert str(script) in err
    assert "NOT be governed" in err


def test_off_lets_the_canary_through_and_init_knows_why(web4: Command) -> None:
    """That is what off means."""
    web4("off", "--for", "10m")
    code, out, _ = web4("init", "--preset", "safety", "--enforce")
    assert code == 0
    assert "`rm -rf /`: let through" in out


def test_init_takes_a_session_policy_and_a_privacy_level(web4: Command, tmp_path: Path) -> None:
    """Both are in force at once."""
    (tmp_path / "team.json").write_text('{"rules": [{"match": {"tools": ["Bash"]}, "decision": "deny"}]}')
    code, out, _ = web4(
        "init", "--scope", "project", "--preset", "safety", "--enforce", "--privacy", "metadata",
        "--session-policy", str(tmp_path / "team.json"),
    )  # fmt: skip
    assert code == 0
    assert "kept     metadata" in out
    text = (tmp_path / "person" / "project" / ".claude" / "settings.local.json").read_text()
    assert {line.option("--session-policy") for line in entries.find(text)} == {str(tmp_path / "team.json")}
    assert (home_of(tmp_path) / "config.toml").read_text() == 'privacy = "metadata"\n'


@pytest.mark.parametrize("given", ["team.txt", "gone.json"])
def test_a_session_policy_that_is_none_is_refused(web4: Command, tmp_path: Path, given: str) -> None:
    """Before anything is written."""
    assert web4("init", "--session-policy", given)[0] == 3
    assert not home_of(tmp_path).exists()


def test_the_plugin_scope_touches_no_settings(web4: Command, tmp_path: Path) -> None:
    """It makes home and launcher, and flies its canary through them."""
    code, out, _ = web4("init", "--scope", "plugin", "--preset", "safety", "--enforce")
    assert code == 0
    assert "those of the plugin" in out
    assert not settings_of(tmp_path).exists()
    assert "on_failure=block" in (home_of(tmp_path) / "launcher").read_text()


def test_changing_the_policy_changes_the_lines(web4: Command, tmp_path: Path) -> None:
    """`policy use` and the installed lines are of one mind."""
    web4("init", "--preset", "safety", "--enforce")
    assert web4("policy", "use", "safety", "--observe")[0] == 0
    assert "block" not in settings_of(tmp_path).read_text()
    assert "on_failure=continue" in (home_of(tmp_path) / "launcher").read_text()
    assert web4("status")[0] == 0


def test_status_says_what_is_missing(web4: Command) -> None:
    """And that it could not say more."""
    code, out, _ = web4("status")
    assert code == 1
    assert "none: no session started here is governed" in out
    assert "there is no ledger" in out


def test_status_is_one_json_document(web4: Command, tmp_path: Path) -> None:
    """With everything that the text says."""
    web4("init", "--preset", "safety", "--enforce")
    web4("off", "--for", "1h")
    code, out, _ = web4("status", "--json")
    found: dict[str, Any] = json.loads(out)
    assert code == 0
    assert [form["scope"] for form in found["forms"]] == ["user"]
    assert found["forms"][0]["on_failure"] == "block"
    assert found["policy"]["mode"] == "enforce"
    assert found["policy"]["layers"] == [{"layer": "user", "file": str(home_of(tmp_path) / "policy.json")}]
    assert found["ledger"]["entries"] > 2
    assert found["ledger"]["last_us"] > 0
    assert found["off_until_us"] > 0
    assert found["settings"]["privacy"] == "standard"
    assert list(found["assurance"]["holds"]) == ["G0"]
    missing = [text.partition(":")[0] for text in found["assurance"]["not_covered"]]
    assert missing == ["G1", "G2", "G3", "G4", "G5", "G6", "beyond G0"]
    assert found["disagreements"] == []
    assert "OFF" in web4("status")[1]


def test_status_names_what_differs_and_what_is_broken(web4: Command, tmp_path: Path) -> None:
    """Each in its row."""
    web4("init", "--preset", "safety", "--enforce")
    project = tmp_path / "person" / "project"
    (project / ".web4").mkdir()
    (project / ".web4" / "policy.json").write_text('{"extends": ["strict"]}')
    (project / ".claude").mkdir()
    (project / ".claude" / "settings.json").write_text('{"enabledPlugins": {"web4-governance@web4": true}}')
    (home_of(tmp_path) / "policy.json").write_text('{"extends": ["safety"], "enforce": false}')
    (home_of(tmp_path) / "config.toml").write_text("privacy = 5")
    code, out, _ = web4("status")
    assert code == 1
    for word in ("DIFFERS", "NOT counted", "plugin, on failure block", "`privacy` is none of"):
        assert word in out
    (home_of(tmp_path) / "policy.json").write_text("{")
    assert "BROKEN" in web4("status")[1]
    shutil.rmtree(home_of(tmp_path) / "lastgood")
    (home_of(tmp_path) / "launcher").unlink()
    (home_of(tmp_path) / "launcher").mkdir()
    _, out, _ = web4("status")
    assert "unknown: a policy does not load" in out
    assert "plugin, NOT set up" in out


@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
def test_init_and_status_say_so_where_hooks_are_disabled(web4: Command, tmp_path: Path, name: str) -> None:
    """The canaries are answered, and the client would never ask: nothing binds, whatever the policy says."""
    settings = tmp_path / "person" / "project" / ".claude" / name
    settings.parent.mkdir(exist_ok=True)
    settings.write_text('{"disableAllHooks": true}')
    code, out, err = web4("init", "--preset", "safety", "--enforce")
    assert code == 1
    assert "mode     no hook of the client runs here" in out
    assert "disableAllHooks" in err
    assert "NOT be governed" in err
    code, out, _ = web4("status")
    assert code == 1
    assert "SILENT" in out
    assert json.loads(web4("status", "--json")[1])["silenced"]


def test_doctor_prints_rows_and_mends(web4: Command, tmp_path: Path) -> None:
    """Exit 1 while something is left to mend."""
    web4("init", "--preset", "safety", "--enforce")
    settings_of(tmp_path).write_text("{}")
    code, out, _ = web4("doctor", "--json")
    rows = json.loads(out)
    assert code == 1
    assert {"lines-gone", "not-installed"} <= {row["id"] for row in rows}
    code, out, _ = web4("doctor", "--fix")
    assert code == 0
    assert "fixed lines-gone" in out
    code, out, _ = web4("doctor", "--jsonl")
    assert code == 0
    assert all(json.loads(line)["level"] == "note" for line in out.splitlines())


def test_doctor_says_what_it_could_not_mend(web4: Command, tmp_path: Path) -> None:
    """And why."""
    web4("init")
    (home_of(tmp_path) / "launcher").unlink()
    (home_of(tmp_path) / "launcher").mkdir()
    code, out, _ = web4("doctor", "--fix")
    assert code == 1
    assert "could not be mended" in out
    assert "not all is well" in out


def test_managed_hooks_come_with_the_organisations_policy(
    web4: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both speak for everybody; the home is that of whoever runs the client."""
    for name, place in (("MANAGED", "claude-code"), ("ORGANISATION", "web4")):
        monkeypatch.setattr(f"web4_governance.cli.here.{name}", str(tmp_path / "etc" / place))
    # A stand-in for the gate: the real one would take the home of whoever runs this test.
    script = tmp_path / "web4_governance" / "hook.py"
    script.parent.mkdir()
    script.write_text("")
    monkeypatch.setattr("web4_governance.app.install.SCRIPT", str(script))
    web4("init", "--scope", "managed", "--preset", "safety", "--enforce")
    assert json.loads((tmp_path / "etc" / "web4" / "policy.json").read_text()) == {
        "extends": ["safety"],
        "enforce": True,
    }
    text = (tmp_path / "etc" / "claude-code" / "managed-settings.json").read_text()
    assert {line.option("--home") for line in entries.find(text)} == {""}
    assert web4("uninstall")[0] == 0
    assert not (tmp_path / "etc" / "claude-code").exists()


def test_replacing_a_policy_names_where_the_old_one_is(web4: Command, tmp_path: Path) -> None:
    """Nobody's rules are lost."""
    web4("init", "--preset", "safety")
    _, out, _ = web4("init", "--preset", "strict")
    assert f"the policy before it: {home_of(tmp_path) / 'policy.json.bak'}" in out


def test_off_needs_to_be_told_for_how_long(web4: Command) -> None:
    """Never for ever."""
    assert web4("off")[0] == 3
    assert web4("off", "--for", "2d")[0] == 3
    assert web4("off", "--for", "1m", "--on")[0] == 3


def test_off_works_where_nothing_else_does_and_says_what_is_not_recorded(web4: Command, tmp_path: Path) -> None:
    """Exit 0: the gate is off."""
    home_of(tmp_path).mkdir(mode=0o700)
    (home_of(tmp_path) / "ledger.db").write_bytes(b"no database" * 100)
    code, out, err = web4("off", "--for", "10m")
    assert (code, out.startswith("off until ")) == (0, True)
    assert "the ledger does not say so" in err
    code, out, _ = web4("off", "--on")
    assert (code, out.startswith("on: ")) == (0, True)


def test_config_shows_every_setting_and_where_it_comes_from(web4: Command, tmp_path: Path) -> None:
    """As text, as one document, as lines."""
    assert web4("config", "set", "words", "false")[1].startswith("words = false  (")
    _, out, _ = web4("config", "show", "--json")
    rows = {row["name"]: row for row in json.loads(out)}
    assert rows["words"]["value"] is False
    assert rows["words"]["file"] == str(home_of(tmp_path) / "config.toml")
    assert (rows["privacy"]["value"], rows["privacy"]["file"]) == ("standard", "")
    assert len(web4("config", "show", "--jsonl")[1].splitlines()) == len(rows)
    assert "privacy = standard  (default)" in web4("config", "show")[1]
    assert web4("config", "set", "words", "perhaps")[0] == 3
    assert web4("config", "set", "zz", "1")[0] == 3
    elsewhere = str(tmp_path / "elsewhere")
    assert json.loads(web4("config", "show", "--home", elsewhere, "--json")[1])[1]["value"] is True


def test_uninstall_says_when_there_was_nothing(web4: Command) -> None:
    """And that is no failure."""
    code, out, _ = web4("uninstall")
    assert (code, out.startswith("nothing was installed")) == (0, True)


def test_uninstall_works_with_a_damaged_ledger_and_fails_loudly_on_damaged_settings(
    web4: Command, tmp_path: Path
) -> None:
    """The one does not matter; the other names what an editor must do."""
    web4("init")
    (home_of(tmp_path) / "ledger.db").write_bytes(b"no database" * 100)
    settings_of(tmp_path).write_text(settings_of(tmp_path).read_text() + "}")
    code, out, err = web4("uninstall")
    assert (code, "NOT done" in out) == (1, True)
    assert "with an editor" in err
    settings_of(tmp_path).write_text(settings_of(tmp_path).read_text()[:-1])
    assert web4("uninstall")[0] == 0
    assert not settings_of(tmp_path).exists()


def test_purging_is_asked_about(web4: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal nothing is removed unless it was said beforehand."""
    web4("init")
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    assert web4("uninstall", "--purge")[0] == 3
    assert (home_of(tmp_path) / "launcher").exists()
    (home_of(tmp_path) / "thesis.txt").write_text("x")
    code, out, _ = web4("uninstall", "--purge", "--yes")
    assert (code, "thesis.txt" in out) == (0, True)
    assert os.listdir(home_of(tmp_path)) == ["thesis.txt"]


@pytest.mark.parametrize(("word", "code"), [("yes\n", 0), ("no\n", 3)])
def test_a_person_at_a_terminal_is_asked(
    web4: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, code: int
) -> None:
    """And `yes` is the only yes."""
    web4("init")

    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return word

    monkeypatch.setattr("sys.stdin", Terminal())
    assert web4("uninstall", "--purge")[0] == code
    assert home_of(tmp_path).exists() is bool(code)


def test_the_first_public_key_is_shown_so_that_it_can_be_kept_elsewhere(web4: Command) -> None:
    """With it the ledger verifies through later keys, another log's is no key of it, and a second init shows the same."""
    shown = [line.split()[1] for line in web4("init")[1].splitlines() if line.startswith("key ")]
    assert len(shown) == 1
    assert [web4("anchor", word)[0] for word in ("now", "rotate", "rotate")] == [0, 0, 0]
    code, out, _ = web4("verify", "--key", shown[0], "--json")
    assert (code, json.loads(out)["verdict"]) == (0, "UNANCHORED")
    assert not any("pin the first one" in note for note in json.loads(out)["notes"])
    assert [line.split()[1] for line in web4("init")[1].splitlines() if line.startswith("key ")] == shown
    assert web4("anchor", "key")[1].split()[0] == shown[0]
    name = shown[0].partition("+")[0]
    assert web4("verify", "--key", VerifierKey.make(name, ED25519, bytes.fromhex(OTHER)).to_text())[0] == 1
