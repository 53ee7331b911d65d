"""A link made earlier does not lead past the gate's protection."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, PROTECTED, bash, call
from web4_governance.core.action import Effect
from web4_governance.core.effects import behind_links, changed_paths

BEHIND = f"{HOME}/.web4/policy.json"


def test_only_what_is_changed_is_asked_about() -> None:
    """Each path once, and no path that is only read."""
    assert changed_paths(bash("cat a > b; cp c b; rm d")) == (f"{CWD}/b", f"{CWD}/d")


@pytest.mark.parametrize("command", ["echo x > link", "chmod 600 link", "rm link"])
def test_a_change_behind_a_link_is_tampering(command: str) -> None:
    """The facts say where the link leads; the deed names both."""
    action = behind_links(bash(command), {f"{CWD}/link": BEHIND}, PROTECTED)
    added = [deed for deed in action.deeds if deed.effect is Effect.SELF_TAMPER]
    assert [deed.target.real for deed in added if deed.target] == [BEHIND]
    assert [deed.target.given for deed in added if deed.target] == ["link"]


@pytest.mark.parametrize(
    ("command", "real"),
    [
        ("cat link", {f"{CWD}/link": BEHIND}),
        ("echo x > link", {f"{CWD}/link": f"{CWD}/other"}),
        ("echo x > link", {f"{CWD}/link": f"{CWD}/link"}),
        ("echo x > link", {}),
        ("docker rm link", {f"{CWD}/link": BEHIND}),
    ],
)
def test_other_links_change_nothing(command: str, real: dict[str, str]) -> None:
    """Reading behind a link, a link to elsewhere, and a path that is none leave the action as it is."""
    action = bash(command)
    assert behind_links(action, real, PROTECTED) is action


def test_any_tool_is_held_to_it() -> None:
    """An edit through a link is an edit of what lies behind it."""
    action = behind_links(call("Edit", {"file_path": "link"}), {f"{CWD}/link": BEHIND}, PROTECTED)
    assert [deed.effect for deed in action.deeds] == [Effect.FILE_WRITE, Effect.SELF_TAMPER]
