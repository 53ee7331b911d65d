"""A link made earlier does not lead past the gate's protection."""

from __future__ import annotations

import pytest

from unit.effects.scenes import CWD, HOME, PROTECTED, bash, call
from web4_governance.core.action import Effect
from web4_governance.core.effects import Protected, behind_links, changed_paths

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


def test_a_directory_behind_a_link_that_holds_the_gates_files_is_not_written_into() -> None:
    """Names that come from an archive or a patch are not known; the directory that they land in is."""
    local = Protected(paths=(f"{HOME}/.claude/settings.json",))
    for command in ("git apply --directory=link x.patch", "tar xf a.tar -C link", "unzip a.zip -d link"):
        action = behind_links(bash(command), {f"{CWD}/link": f"{HOME}/.claude"}, local)
        assert Effect.SELF_TAMPER in {deed.effect for deed in action.deeds}, command
        elsewhere = bash(command)
        assert behind_links(elsewhere, {f"{CWD}/link": f"{HOME}/notes"}, local) is elsewhere, command


def test_a_project_behind_a_link_is_still_the_project() -> None:
    """Its own root holds its settings under both names."""
    kept = Protected(paths=(f"{CWD}/.claude/settings.json", "/data/project/.claude/settings.json"))
    action = bash("tar xf a.tar -C .")
    assert behind_links(action, {CWD: "/data/project"}, kept) is action


def test_what_the_gate_runs_on_may_be_run_behind_a_link_and_not_written() -> None:
    """Every virtual environment's `python` is a link to an interpreter."""
    kept = Protected(environment=("/usr/bin/python3.12",))
    real = {f"{CWD}/env/bin/python": "/usr/bin/python3.12"}
    runs = bash("./env/bin/python x.py")
    assert behind_links(runs, real, kept) is runs
    action = behind_links(bash("echo x > env/bin/python"), real, kept)
    assert action.deeds[-1].effect is Effect.SELF_TAMPER


MANY = "; ".join(f"echo x > f{n}" for n in range(300))


def test_a_link_behind_more_deeds_than_are_kept_is_looked_behind() -> None:
    """Padding hides no path: those without a deed are looked behind, and one deed says so."""
    action = bash(MANY + "; echo x > link; rm other")
    assert {f"{CWD}/link", f"{CWD}/other"} < set(action.unlisted)
    assert set(action.unlisted) < set(changed_paths(action))
    kept = Protected(paths=(BEHIND,), environment=("/opt/gate",))
    for behind in (BEHIND, "/opt/gate/bin"):
        found = behind_links(action, {f"{CWD}/link": behind, f"{CWD}/other": behind}, kept).deeds[len(action.deeds) :]
        assert [(deed.effect, deed.target.real) for deed in found if deed.target] == [(Effect.SELF_TAMPER, behind)]
    assert behind_links(action, {f"{CWD}/link": f"{CWD}/x"}, kept) is action


def test_more_paths_than_are_looked_behind_are_tampering() -> None:
    """Nobody changes that many by name in one call."""
    names = " ".join(f"f{n}" for n in range(5000))
    assert Effect.SELF_TAMPER in {deed.effect for deed in bash(f"rm {names}; rm {names}").deeds}
    assert Effect.SELF_TAMPER not in {deed.effect for deed in bash("rm " + names[:20000]).deeds}
