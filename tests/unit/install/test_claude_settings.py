"""What the client drops without a word: every row was seen on the real client (2.1.330, print mode)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from web4_governance.app.hosts import entries
from web4_governance.app.hosts.claude_settings import bare, faults, require_fit, setting, switch
from web4_governance.app.hosts.json_text import JsonFault

GOOD = {"type": "command", "command": "sh", "args": ["-c", "true"], "timeout": 5, "onFailure": "block"}


def with_handler(event: str = "PreToolUse", **changes: Any) -> str:
    """Settings with one handler, changed somewhere."""
    handler = {**GOOD, **changes}
    return json.dumps({"hooks": {event: [{"hooks": [handler]}]}})


# As measured: each alone made the client drop the file.
DROPPED: list[tuple[str, Any]] = [
    ("cleanupPeriodDays", "x"), ("cleanupPeriodDays", 0), ("cleanupPeriodDays", 1.5), ("autoUpdatesChannel", "beta"),
    ("statusLine", {"type": "x", "command": "x"}), ("statusLine", {"type": "command"}), ("statusLine", 5),
    ("sandbox", {"enabled": "x"}), ("pluginConfigs", {"a": 5}), ("spinnerVerbs", {"verbs": ["a"]}),
    ("spinnerVerbs", {"mode": "append", "verbs": [5]}), ("worktree", {"sparsePaths": 5}), ("claudeMdExcludes", [5]),
    ("allowedHttpHookUrls", 5), ("showThinkingSummaries", 5), ("fileSuggestion", {"type": "command"}),
    ("attribution", {"commit": 5}), ("attribution", 5), ("modelOverrides", {"a": 5}), ("advisorModel", 5), ("agent", 5),
    ("defaultShell", "zsh"), ("prefersReducedMotion", 5), ("voice", {"enabled": "x"}), ("skillOverrides", {"a": 5}),
    ("minimumVersion", 5), ("feedbackSurveyRate", 2), ("sshConfigs", [5]), ("autoMode", {"allow": 5}),
]  # fmt: skip
DROPPED_HANDLERS: list[tuple[str, Any]] = [
    ("if", 5), ("async", "y"), ("asyncRewake", "y"), ("shell", "zsh"), ("statusMessage", 5), ("once", "y"),
    ("timeout", -1), ("rewakeMessage", 5), ("rewakeSummary", 5),
]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"statusLine": {"type": "command", "command": "x", "padding": 1}, "cleanupPeriodDays": 30}',
        '{"attribution": true, "worktree": {"zzz": 5}, "feedbackSurveyRate": 0.5, "autoUpdatesChannel": "rc"}',
        '{"spinnerVerbs": {"mode": "replace", "verbs": []}, "enabledMcpjsonServers": "a", "fileSuggestion": {"type": "command", "command": "x"}}',
        with_handler(shell="bash", statusMessage="x"),
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
        ('{"enabledMcpjsonServers": 5}', "must be of type string or a list of strings"),
        ('{"enabledPlugins": {"a@b": 5}}', "neither true nor false of `a@b`"),
        ('{"permissions": {"allow": "x"}}', "`permissions.allow` must be of type array"),
        ('{"permissions": {"ask": null}}', "`permissions.ask` must be of type array"),
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
        (with_handler(onFailure="maybe"), "`onFailure` is none of continue, block"),
        (with_handler(type="http"), "`url` must be of type string"),
        *((json.dumps({name: value}), f"`{name}") for name, value in DROPPED),
        *((with_handler(**{name: value}), f"`{name}` ") for name, value in DROPPED_HANDLERS),
        (with_handler(type="http", url="not a url"), "`url` must be of type string and an address"),
        (with_handler(type="http", url="http://[x"), "`url` must be of type string and an address"),
        (with_handler(type="http", url=5), "`url` must be of type string and an address"),
        (with_handler(type="http", url="http://a/", headers={"a": 5}), "`headers` must be an object of strings"),
        (with_handler(type="mcp_tool", server="s", tool="t", input=5), "`input` must be of type object"),
        (with_handler(type="prompt", prompt="p", model=5), "`model` must be of type string"),
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


@pytest.mark.parametrize("name", ["CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE"])
@pytest.mark.parametrize(
    ("word", "starts_bare"), [("1", True), ("true", True), (" 1 ", True), ("TRUE", True), ("0", False), ("", False)]
)
def test_the_settings_own_environment_can_start_the_client_bare(name: str, word: str, starts_bare: bool) -> None:
    """Seen: `1` and `true` lose all hooks, whatever their case and the blanks around them; `0` does not."""
    assert bare(json.dumps({"env": {name: word}})) == (name if starts_bare else "")


def test_a_name_that_stands_twice_is_said() -> None:
    """The client takes the last: lines of ours in the first are not seen by it, and neither here."""
    text = '{"hooks": {"PreToolUse": [], "Stop": [], "PreToolUse": []}, "model": "a", "model": "b"}'
    assert [fault.what for fault in faults(text)] == [
        "`model` stands twice in one object: the client takes the last one",
        "`PreToolUse` stands twice in one object: the client takes the last one",
    ]
    ours = '{"type": "command", "command": "/usr/bin/python3", "args": ["-I", "-S", "/x/web4_governance/hook.py", "claude-code"]}'
    twice = '{"hooks": {"PreToolUse": [{"hooks": [OURS]}], "PreToolUse": []}}'.replace("OURS", ours)
    assert len(entries.find(twice)) == 1
    assert entries.find(twice, in_force=True) == ()
