"""What the client drops without a word: every row was seen on the real client (2.1.330, print mode)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from web4_governance.app.hosts.claude_settings import faults, require_fit, setting, simple, switch
from web4_governance.app.hosts.json_text import JsonFault

GOOD = {"type": "command", "command": "sh", "args": ["-c", "true"], "timeout": 5, "onFailure": "block"}


def with_handler(event: str = "PreToolUse", **changes: Any) -> str:
    """Settings with one handler, changed somewhere."""
    handler = {**GOOD, **changes}
    return json.dumps({"hooks": {event: [{"hooks": [handler]}]}})


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "{}",
        "\ufeff{}",
        with_handler(),
        with_handler(zzz=1),
        '{"zzz": 5, "theme": 5, "effortLevel": 5}',
        '{"permissions": {"allow": ["Bash(", 5], "zzz": 1, "defaultMode": "plan"}}',
        '{"env": {"A": 5}}',
        '{"disableAllHooks": false}',
        '{"enabledPlugins": {"a@b": true, "c@d": ["1"]}}',
        '{"hooks": {"PreToolUse": [{"matcher": "Bash", "hooks": []}]}}',
        '{"hooks": {"Stop": [{"hooks": [{"type": "mcp_tool", "server": "s", "tool": "t"}]}]}}',
    ],
)
def test_finds_nothing_wrong_with_what_the_client_reads(text: str) -> None:
    """No false alarm."""
    assert faults(text) == ()
    require_fit(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("// x\n{}", "unexpected `/`"),
        ('{"a": 1,}', "unexpected `}`"),
        ("[]", "settings are an object"),
        ('{"hooks": []}', "`hooks` must be of type object"),
        ('{"model": 5}', "`model` must be of type string"),
        ('{"model": null}', "`model` must be of type string"),
        ('{"disableAllHooks": "true"}', "`disableAllHooks` must be of type boolean"),
        ('{"env": ["A"]}', "`env` must be of type object"),
        ('{"enabledMcpjsonServers": 5}', "must be of type array"),
        ('{"enabledPlugins": {"a@b": 5}}', "neither true nor false of `a@b`"),
        ('{"permissions": {"allow": "x"}}', "`permissions.allow` must be a list"),
        ('{"permissions": {"ask": null}}', "`permissions.ask` must be a list"),
        ('{"permissions": {"defaultMode": "zzz"}}', "`permissions.defaultMode` is none of"),
        ('{"permissions": {"disableBypassPermissionsMode": "x"}}', "is none of disable"),
        ('{"hooks": {"PermissionRequest": {}}}', "an event holds a list of groups"),
        ('{"hooks": {"PreToolUse": [{"matcher": "Bash"}]}}', "a group holds a list `hooks`"),
        ('{"hooks": {"PreToolUse": [{"matcher": 5, "hooks": []}]}}', "`matcher` must be of type string"),
        (with_handler(type="nope"), "`type` is none of command"),
        (with_handler(type=None), "`type` is none of command"),
        (with_handler(command=None), "`command` must be of type string"),
        (with_handler(timeout=0), "`timeout` must be a number above 0"),
        (with_handler(timeout="5"), "`timeout` must be a number above 0"),
        (with_handler(args="x"), "`args` must be a list of strings"),
        (with_handler(args=[5]), "`args` must be a list of strings"),
        (with_handler(onFailure="maybe"), "`onFailure` is neither continue nor block"),
        (with_handler(type="http"), "`url` must be of type string"),
    ],
)
def test_finds_what_makes_the_client_drop_the_whole_file(text: str, said: str) -> None:
    """And refuses to put hooks into it."""
    found = faults(text)
    assert [said in fault.what for fault in found] == [True]
    assert found[0].whole_file
    with pytest.raises(JsonFault, match="the client ignores the whole file") as caught:
        require_fit(text)
    assert (caught.value.line, caught.value.column) == (found[0].line, found[0].column)


def test_a_bad_entry_under_an_event_that_guards_nothing_loses_only_itself() -> None:
    """The client keeps the rest of the file."""
    found = faults(with_handler("PostToolUse", type="nope"))
    assert [fault.whole_file for fault in found] == [False]
    assert "`PostToolUse`" in str(found[0])
    require_fit(with_handler("PostToolUse", type="nope"))


def test_a_fault_names_its_place() -> None:
    """Line and column, from 1."""
    assert str(faults('{\n  "model": 5\n}')[0]) == "line 2, column 12: `model` must be of type string"


def test_a_switch_is_on_only_where_it_says_true() -> None:
    """Anything else switches nothing, or is a fault of its own."""
    assert switch('{"disableAllHooks": true}', "disableAllHooks")
    assert not switch('{"disableAllHooks": "true"}', "disableAllHooks")
    assert not switch("{", "disableAllHooks")
    assert setting('{"a": {"b": 1}}', "a", "b", "c") is None


@pytest.mark.parametrize(("word", "bare"), [("1", True), ("true", True), ("0", False), ("", False)])
def test_the_settings_own_environment_can_start_the_client_bare(word: str, bare: bool) -> None:
    """Seen: `1` and `true` lose all hooks, `0` does not."""
    assert simple(json.dumps({"env": {"CLAUDE_CODE_SIMPLE": word}})) is bare
