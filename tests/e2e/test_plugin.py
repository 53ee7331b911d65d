"""The plugin, by every way that the real client can get it: the same story each time, and never twice."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

from support.client import ROOT, wait_for
from support.model_server import call, play, turn
from support.person import client, leave
from support.terminal import DOWN, ENTER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from e2e.conftest import Governed

    Make = Callable[..., Governed]

PLUGIN = os.path.join(ROOT, "plugins", "web4-governance")
C0, C1 = "toolu_main_0_0", "toolu_main_0_1"
TURN = turn(
    "I clean up.",
    call("Bash", command="rm -rf ~/Documents", description="scripted"),
    call("Bash", command="touch made.txt", description="scripted"),
)
STORY = (
    "session start",
    "prompt",
    "words msg_main_0",
    f"intent {C0} Bash deny answered deny",
    f"outcome {C0} denied permission by gate",
    f"intent {C1} Bash allow answered allow",
    f"outcome {C1} succeeded",
    "event Stop",
    "session end",
)
FROM_PLUGIN = ("--scope", "plugin", "--preset", "safety", "--enforce")


def govern_and_run(here: Governed, *arguments: str) -> None:
    """Run the two calls, and see that exactly one of them was let through."""
    precious = here.home / "Documents"
    precious.mkdir()
    here.run(play(), *arguments)
    assert precious.exists()
    assert here.path("made.txt").exists()


def repository(place: Path) -> Path:
    """Make what a clone of this repository brings to the client: the marketplace and the plugin."""
    shutil.copytree(os.path.join(ROOT, ".claude-plugin"), place / ".claude-plugin")
    shutil.copytree(PLUGIN, place / "plugins" / "web4-governance")
    return place


def commit(here: Governed) -> None:
    """Put the plugin into the project and declare it in its settings, as a repository would: no machine's path in it."""
    repository(here.path("governance"))
    declared = {
        "extraKnownMarketplaces": {"web4": {"source": {"source": "directory", "path": "./governance"}}},
        "enabledPlugins": {"web4-governance@web4": True},
    }
    here.path(".claude").mkdir()
    here.path(".claude/settings.json").write_text(json.dumps(declared))


def test_the_marketplace_and_the_plugin_are_valid(workplace: Make) -> None:
    """By the client's own strict check."""
    here = workplace()
    for place in (ROOT, PLUGIN):
        done = here.command("plugin", "validate", place, "--strict")
        assert done.returncode == 0, done.stdout


def test_the_plugin_by_its_directory(workplace: Make) -> None:
    """`--plugin-dir` governs one session."""
    here = workplace(TURN)
    here.govern(*FROM_PLUGIN)
    govern_and_run(here, "--plugin-dir", PLUGIN)
    here.story.tells(*STORY)


def test_the_plugin_by_the_marketplace(workplace: Make, tmp_path: Path) -> None:
    """Added and installed by the client's own commands."""
    here = workplace(TURN)
    here.govern(*FROM_PLUGIN)
    place = repository(tmp_path / "clone")
    for arguments in (("marketplace", "add", str(place)), ("install", "web4-governance@web4", "-s", "user")):
        done = here.command("plugin", *arguments, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    govern_and_run(here)
    here.story.tells(*STORY)


def test_a_second_user_who_clones_the_repository_is_governed(workplace: Make) -> None:
    """From the moment that the folder is trusted, and in every later session."""
    here = workplace(TURN, turn("All done here."))
    commit(here)
    here.govern(*FROM_PLUGIN)
    precious = here.home / "Documents"
    precious.mkdir()
    with client(here, trusted=False, mode="acceptEdits") as terminal:
        terminal.wait_for("Yes, I trust this folder")
        terminal.settle()
        terminal.type(DOWN)
        terminal.settle()
        terminal.type(ENTER)
        terminal.wait_for("accept edits on")
        wait_for(here.config / "plugins" / "known_marketplaces.json")
        terminal.linger(1)
        terminal.say(play())
        terminal.wait_for("All done here.")
        leave(terminal)
    assert precious.exists()
    assert here.path("made.txt").exists()
    # The client takes the plugin in while it is running: the session's start is past by then.
    here.story.tells(*STORY[1:])
    (first,) = here.stories
    later = here.run(play())
    assert precious.exists()
    assert later.session != first
    here.stories[later.session].tells(*STORY)


def test_a_headless_run_in_a_folder_that_nobody_trusts_leaves_a_committed_plugin_out(workplace: Make) -> None:
    """The client's own rule, and a hole that only settings of the person close: shown here so that a change is seen."""
    here = workplace(TURN)
    commit(here)
    here.web4_home.mkdir(mode=0o700)
    run = here.run(play())
    assert here.path("made.txt").exists()
    assert here.stories == {}
    assert "web4-governance" not in str([line.get("plugins") for line in run.of("system")])


def test_two_forms_at_once_record_each_call_once(workplace: Make) -> None:
    """Hooks in the settings and the plugin: both run, one writes, and the denial holds."""
    here = workplace(TURN)
    here.govern()
    govern_and_run(here, "--plugin-dir", PLUGIN)
    here.story.tells(*STORY)
    here.web4("verify")


def test_a_plugin_without_its_package_says_so_at_the_start(workplace: Make) -> None:
    """Person and agent hear that nothing is governed, and the one command that mends it."""
    here = workplace(TURN)
    run = here.run(play(), "--plugin-dir", PLUGIN)
    assert here.path("made.txt").exists()
    assert here.stories == {}
    (start,) = [line for line in run.of("system") if line.get("hook_event") == "SessionStart" and "stdout" in line]
    said = json.loads(start["stdout"])
    assert "does not govern this session" in said["systemMessage"]
    assert "web4 init" in said["systemMessage"]
    assert "does not govern this session" in here.model.heard()


def test_an_enforcing_plugin_whose_package_is_gone_blocks(workplace: Make) -> None:
    """The home says enforcing: no call runs, and each says how to mend it."""
    here = workplace(TURN)
    here.govern(*FROM_PLUGIN)
    launcher = here.web4_home / "launcher"
    words = [
        line if not line.startswith("script=") else "script=/nonexistent/hook.py"
        for line in launcher.read_text().splitlines()
    ]
    launcher.write_text("\n".join(words) + "\n")
    launcher.chmod(0o600)
    here.run(play(), "--plugin-dir", PLUGIN)
    assert not here.path("made.txt").exists()
    assert here.stories == {}
    assert "its package is gone" in str(here.model.results()[C1]["content"])


def test_the_agent_answers_from_the_ledger_through_the_plugins_server(workplace: Make) -> None:
    """Asked what it changed, it gets it from the record: the second turn's question finds the first turn's write."""
    here = workplace(
        turn("I write.", call("Write", file_path="NOTES.md", content="kept\n")),
        turn(
            "I look it up.",
            call("mcp__plugin_web4-governance_audit__query", effect="file.write"),
            call("mcp__plugin_web4-governance_audit__explain", text="rm -rf ~"),
        ),
    )
    here.govern(*FROM_PLUGIN)
    run = here.run(play(), "--plugin-dir", PLUGIN)
    assert here.path("NOTES.md").read_text() == "kept\n"
    answers = [part for line in run.of("user") for part in line["message"]["content"] if isinstance(part, dict)]
    texts = [json.dumps(part.get("content")) for part in answers if part.get("type") == "tool_result"]
    assert any("NOTES.md" in text and "file.write" in text and "Write" in text for text in texts), texts
    assert any("safety/delete-beyond-project" in text for text in texts), texts
    asked = [entry.at("request.tool") for entry in here.story.of("intent")]
    # The client asks both questions at once: whichever comes first.
    assert asked[0] == "Write"
    assert sorted(asked[1:]) == [f"mcp__plugin_web4-governance_audit__{name}" for name in ("explain", "query")]
    assert [entry.at("rules.decision") for entry in here.story.of("intent")] == ["allow"] * 3
