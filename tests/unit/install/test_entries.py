"""Our entries in a settings text: in and out again, whatever the text looks like."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.app.hosts import entries
from web4_governance.app.hosts.json_text import JsonFault, parse
from web4_governance.core.errors import UsageError

HOME = "/home/ada/.web4"
SCRIPT = "/opt/venv/lib/web4_governance/hook.py"


def line(event: str, home: str = HOME) -> dict[str, Any]:
    """A handler of ours."""
    words = ["-I", "-S", SCRIPT, "claude-code", "--home", home, f"--on-failure={event.lower()}"]
    return {"type": "command", "command": "/opt/venv/bin/python", "args": words, "timeout": 10}


def ours(*events: str, home: str = HOME) -> dict[str, Any]:
    """What is put in for some events."""
    return {event: {"hooks": [line(event, home)]} for event in events}


THEIRS = {"type": "command", "command": "echo theirs"}
HANDLERS = st.lists(st.sampled_from([THEIRS, {"type": "http", "url": "http://127.0.0.1:1/"}]), min_size=1, max_size=2)
GROUPS = st.lists(st.fixed_dictionaries({"matcher": st.sampled_from(["", "Bash"]), "hooks": HANDLERS}), max_size=3)
EVENTS = st.sampled_from(["PreToolUse", "PostToolUse", "Stop", "SessionStart", "Other"])
OTHER = st.dictionaries(
    st.sampled_from(["model", "env", "permissions", "zz", "é"]), st.text() | st.integers(), max_size=3
)
HOOKS = st.dictionaries(EVENTS, GROUPS, max_size=4)


@st.composite
def settings(draw: st.DrawFn) -> str:
    """A settings text as a person or a program may have formatted it."""
    document: dict[str, Any] = dict(draw(OTHER))
    if draw(st.booleans()):
        document["hooks"] = draw(HOOKS)
    document.update(draw(OTHER))
    indent = draw(st.sampled_from([None, 1, 2, 4, "\t"]))
    separators = draw(st.sampled_from([None, (",", ":"), (", ", " : ")]))
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=draw(st.booleans()))
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", newline) + draw(st.sampled_from(["", newline]))


WANTED = st.lists(st.sampled_from(["PreToolUse", "PostToolUse", "Stop", "SessionEnd"]), min_size=1, unique=True)


@given(settings(), WANTED)
def test_what_was_put_in_comes_out_and_leaves_the_same_settings(text: str, events: list[str]) -> None:
    """Even without the original at hand, what is left means what was there before."""
    put = entries.put(text, ours(*events))
    left = entries.take(put, home=HOME, before=text)
    assert parse(left).plain() == parse(text).plain()
    assert not entries.find(left)


@given(settings(), WANTED)
def test_putting_in_changes_not_one_character_of_what_was_there(text: str, events: list[str]) -> None:
    """The old text is the new one with pieces taken out; blanks inside empty brackets are all that may go."""
    put = entries.put(text, ours(*events))
    rest = iter(put)
    assert all(character in rest for character in text if not character.isspace())
    assert parse(put).plain() == {**_plain(text), "hooks": _expected(text, events)}


@given(settings(), WANTED)
def test_what_was_put_in_is_found_with_its_command_line(text: str, events: list[str]) -> None:
    """The canary fires what it reads back from the file."""
    found = entries.find(entries.put(text, ours(*events)), home=HOME)
    assert sorted(each.event for each in found) == sorted(events)
    assert all(each.script() == SCRIPT and each.option("--home") == HOME for each in found)
    assert all(each.option("--on-failure") == each.event.lower() for each in found)


@given(settings(), WANTED)
def test_a_text_without_us_is_left_alone(text: str, events: list[str]) -> None:
    """Nothing is reformatted for its own sake, nor is another home's gate touched."""
    assert entries.take(text, home=HOME) == text
    foreign = entries.put(text, ours(*events, home="/home/eve/.web4"))
    assert entries.take(foreign, home=HOME) == foreign


def _plain(text: str) -> dict[str, Any]:
    found = parse(text).plain()
    assert isinstance(found, dict)
    return found


def _expected(text: str, events: list[str]) -> dict[str, Any]:
    found = _plain(text).get("hooks")
    hooks: dict[str, Any] = dict(found) if isinstance(found, dict) else {}
    for event, group in ours(*events).items():
        hooks[event] = [*hooks.get(event, []), group]
    return hooks


def test_new_lines_follow_the_style_that_is_there() -> None:
    """A tab-indented file stays one, and the words of a line stand on one line."""
    text = '{\n\t"model": "x"\n}\n'
    put = entries.put(text, ours("Stop"))
    assert '\n\t"hooks": {\n\t\t"Stop": [\n\t\t\t{\n' in put
    assert '"args": ["-I", "-S", ' in put
    assert "\n " not in put


@pytest.mark.parametrize("text", ["", "\n", "\ufeff"])
def test_an_empty_file_is_taken_for_empty_settings(text: str) -> None:
    """As the client does."""
    assert len(entries.find(entries.put(text, ours("Stop")))) == 1


def test_our_handler_comes_out_of_a_group_of_theirs() -> None:
    """A person may have moved our handler beside their own."""
    mixed = {"hooks": {"Stop": [{"hooks": [THEIRS, line("Stop"), THEIRS]}, {"hooks": [line("Stop")]}]}}
    left = entries.take(json.dumps(mixed, indent=2), home=HOME, before="{}")
    assert parse(left).plain() == {"hooks": {"Stop": [{"hooks": [THEIRS, THEIRS]}]}}


def test_an_empty_list_that_was_there_before_stays() -> None:
    """Only what we made is cleaned up behind us."""
    before = '{"hooks": {"Stop": []}}'
    put = entries.put(before, ours("Stop", "SessionEnd"))
    assert entries.take(put, home=HOME, before=before) == before
    assert parse(entries.take(put, home=HOME)).plain() == {}


def test_shell_lines_and_other_scripts_are_not_ours() -> None:
    """Only the exec form with our script is; what a person wired up by hand stays theirs."""
    assert not entries.is_ours({"type": "command", "command": f"python {SCRIPT} claude-code"})
    assert not entries.is_ours({"type": "command", "command": "python", "args": ["/x/hook.py", "claude-code"]})
    assert not entries.is_ours({"type": "command", "command": "python", "args": SCRIPT})


def test_a_line_without_a_home_is_everybodys() -> None:
    """Managed lines find the home by the user."""
    handler: dict[str, Any] = {"type": "command", "command": "python", "args": [SCRIPT, "claude-code"]}
    assert entries.is_ours(handler, home=HOME)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[]", "settings are an object, this is an array"),
        ("null", "this is null"),
        ('{"hooks": []}', "`hooks` is an array"),
        ('{"hooks": {"Stop": {}}}', "`Stop` is an object"),
        ("{", "unexpected end"),
    ],
)
def test_refuses_settings_of_the_wrong_shape(text: str, said: str) -> None:
    """Nothing is put into what the host would not read."""
    with pytest.raises(JsonFault, match=said):
        entries.put(text, ours("Stop"))


def test_odd_groups_do_not_stop_us_from_getting_out() -> None:
    """Taking out works on settings that are damaged elsewhere."""
    text = json.dumps({"hooks": {"Stop": [5, {"hooks": "x"}, {"hooks": [7, line("Stop")]}], "Other": "y"}})
    left = entries.take(text, home=HOME)
    assert parse(left).plain() == {"hooks": {"Stop": [5, {"hooks": "x"}, {"hooks": [7]}], "Other": "y"}}


def test_an_edit_that_would_mean_something_else_is_not_made() -> None:
    """The last check before a person's file is written."""
    with pytest.raises(UsageError, match="could not be edited safely"):
        entries.must_mean('{"a": 1}', {"a": 2})
