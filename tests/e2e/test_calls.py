"""Calls of a headless client: what was decided shows on the file system, and the ledger holds exactly that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.model_server import Call, call, play, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.conftest import Governed

    Make = Callable[..., Governed]

C0, C1, C2, C3, C4, C5 = (f"toolu_main_0_{n}" for n in range(6))
BEGIN = ("session start", "prompt")
END = ("event Stop", "session end")
WORDS = "words msg_main_0"


def bash(command: str, **more: Any) -> Call:
    """Write down a shell command."""
    return call("Bash", command=command, description="scripted", **more)


def rule(decision: str, pattern: str) -> dict[str, Any]:
    """Give a policy that adds one rule to the safety preset, and binds."""
    return {
        "extends": ["safety"],
        "rules": [{"match": {"targetPatterns": [pattern]}, "decision": decision}],
        "enforce": True,
    }


def test_an_allowed_call_runs(workplace: Make) -> None:
    """The file is there, and the record has who, what, why and how it ended."""
    here = workplace(turn("I make the file.", bash("touch made.txt")))
    here.govern()
    run = here.run(play(words="make a file"))
    assert run.code == 0
    assert here.path("made.txt").exists()
    here.story.tells(*BEGIN, f"intent {C0} Bash allow answered allow", WORDS, f"outcome {C0} succeeded", *END)
    intent, outcome = here.story.one("intent"), here.story.one("outcome")
    assert intent.open["request.input"]["command"] == "touch made.txt"
    assert here.story.one("prompt").open["request.text"] == play(words="make a file")
    assert here.story.one("words").open["request.text"] == "I make the file."
    assert intent.at("role.permission_mode") == "bypassPermissions"
    assert outcome.at("result.duration_us") >= 0
    here.story.is_one_chain()
    here.web4("verify")


def test_a_denied_command_does_not_run_and_one_that_only_mentions_it_does(workplace: Make) -> None:
    """The agent hears why; its other call goes on."""
    here = workplace(turn("Clean up.", bash("rm -rf ~/Documents"), bash("echo 'rm -rf ~/Documents' > said.txt")))
    here.govern()
    precious = here.home / "Documents"
    precious.mkdir()
    run = here.run(play())
    assert precious.exists()
    assert "Documents" in here.path("said.txt").read_text()
    here.story.tells(
        *BEGIN,
        f"intent {C0} Bash deny answered deny",
        f"outcome {C0} denied permission by gate",
        f"intent {C1} Bash allow answered allow",
        f"outcome {C1} succeeded",
        WORDS,
        *END,
    )
    result = here.model.results()[C0]
    assert result["is_error"]
    assert "web4-governance denied this call" in str(result["content"])
    assert [denial["tool_use_id"] for denial in run.of("result")[-1]["permission_denials"]] == [C0]
    assert here.story.one("intent", C0).at("rules.matched")


def test_a_dry_run_lets_the_command_run_and_says_that_it_would_not_have(workplace: Make) -> None:
    """Without `enforce` nothing is blocked and nothing is said during the call."""
    here = workplace(turn("Clean up.", bash("rm -rf ~/Documents")))
    here.govern("--preset", "safety")
    precious = here.home / "Documents"
    precious.mkdir()
    run = here.run(play())
    assert not precious.exists()
    here.story.tells(*BEGIN, f"intent {C0} Bash deny answered allow", WORDS, f"outcome {C0} succeeded", *END)
    assert here.story.one("intent").at("rules.mode") == "dry-run"
    assert "web4-governance den" not in run.text
    assert not here.model.results()[C0]["is_error"]


def test_a_warned_call_runs_and_both_hear_of_it(workplace: Make) -> None:
    """The person's line is in the client's stream, the reason reaches the agent."""
    here = workplace(turn("I touch.", bash("touch made.txt")))
    here.govern(policy=rule("warn", "touch"))
    run = here.run(play())
    assert here.path("made.txt").exists()
    here.story.tells(*BEGIN, f"intent {C0} Bash warn answered warn", WORDS, f"outcome {C0} succeeded", *END)
    notices = [line["content"] for line in run.of("system") if line.get("subtype") == "informational"]
    assert [notice for notice in notices if "web4-governance warns" in notice]
    assert "hook additional context: web4-governance warns" in here.model.heard()


def test_ask_is_denied_by_the_host_where_nobody_can_be_asked(workplace: Make) -> None:
    """A headless client asks nobody."""
    here = workplace(turn("I touch.", bash("touch made.txt")))
    here.govern(policy=rule("ask", "touch"))
    here.run(play(), mode="acceptEdits")
    assert not here.path("made.txt").exists()
    here.story.tells(
        *BEGIN, f"intent {C0} Bash ask answered ask", WORDS, f"outcome {C0} denied permission by host-rule", *END
    )


def test_ask_is_denied_by_us_where_the_host_would_ask_nobody(workplace: Make) -> None:
    """Under bypassPermissions an `ask` becomes a deny."""
    here = workplace(turn("I touch.", bash("touch made.txt")))
    here.govern(policy=rule("ask", "touch"))
    here.run(play(), mode="bypassPermissions")
    assert not here.path("made.txt").exists()
    here.story.tells(
        *BEGIN, f"intent {C0} Bash deny answered deny", WORDS, f"outcome {C0} denied permission by gate", *END
    )


def test_every_way_of_failing_is_told_from_the_others(workplace: Make) -> None:
    """An exit code, a missing file, an unknown tool, a wrong input, and a file to edit that is not there."""
    here = workplace(
        turn(
            "I try.",
            bash("exit 3"),
            call("Read", file_path="/nonexistent/file.txt"),
            call("Teleport", to="Mars"),
            call("Read", wrong=1),
            call("Edit", file_path="PROJECT/absent.txt", old_string="a", new_string="b"),
        )
    )
    here.model.place(PROJECT=str(here.project))
    here.govern()
    here.run(play())
    here.story.tells(
        *BEGIN,
        WORDS,
        f"intent {C0} Bash allow answered allow",
        f"outcome {C0} failed exit-code",
        f"intent {C1} Read allow answered allow",
        f"outcome {C1} failed not-found",
        f"intent {C2} Teleport allow answered allow late",
        f"outcome {C2} failed unknown-tool",
        f"intent {C3} Read allow answered allow late",
        f"outcome {C3} failed invalid-input",
        f"intent {C4} Edit allow answered allow late",
        f"outcome {C4} failed not-found",
        *END,
    )
    assert here.story.one("outcome", C0).at("result.exit_code") == 3


def test_mcp_calls_name_their_server(workplace: Make) -> None:
    """One succeeds, one fails, and each says which server it went to and where that comes from."""
    here = workplace(turn("I ask.", call("mcp__probe__echo", text="hello"), call("mcp__probe__fail", text="boom")))
    here.govern()
    here.run(play(), *here.mcp())
    here.story.tells(
        *BEGIN,
        WORDS,
        f"intent {C0} mcp__probe__echo allow answered allow",
        f"outcome {C0} succeeded",
        f"intent {C1} mcp__probe__fail allow answered allow",
        f"outcome {C1} failed other",
        *END,
    )
    assert here.model.results()[C0]["content"][0]["text"] == "echo: hello"
    for n in (C0, C1):
        assert here.story.one("intent", n).at("request.mcp") == {"name": "probe", "source": "dynamic"}
        assert "mcp" in here.story.one("intent", n).at("request.categories")


def test_an_mcp_call_is_denied_like_any_other(workplace: Make) -> None:
    """A rule about the server stops the call before the server hears of it."""
    policy = {
        "extends": ["safety"],
        "rules": [{"match": {"mcpServers": ["probe"]}, "decision": "deny"}],
        "enforce": True,
    }
    here = workplace(turn("I ask.", call("mcp__probe__echo", text="hello")))
    here.govern(policy=policy)
    here.run(play(), *here.mcp())
    here.story.tells(
        *BEGIN,
        WORDS,
        f"intent {C0} mcp__probe__echo deny answered deny",
        f"outcome {C0} denied permission by gate",
        *END,
    )
    assert "echo: hello" not in str(here.model.results()[C0]["content"])


def test_six_parallel_calls_are_six_intents_and_six_outcomes(workplace: Make) -> None:
    """Their hooks run at once; none is lost, none is doubled, and the chain has no fork."""
    calls = (C0, C1, C2, C3, C4, C5)
    here = workplace(turn("I read.", *(call("Read", file_path=f"PROJECT/{n}.txt") for n in range(6))))
    for n in range(6):
        here.path(f"{n}.txt").write_text(f"text {n}\n")
    here.model.place(PROJECT=str(here.project))
    here.govern()
    here.run(play())
    here.story.tells(
        *BEGIN,
        WORDS,
        *(f"intent {one} Read allow answered allow" for one in calls),
        *(f"outcome {one} succeeded" for one in calls),
        *END,
    )
    here.story.is_one_chain()
    here.web4("verify")
    for n, one in enumerate(calls):
        assert f"text {n}" in str(here.model.results()[one]["content"])


def test_a_write_of_three_megabytes_is_recorded_in_an_entry_that_stays_small(workplace: Make) -> None:
    """The file is whole; the ledger holds its size and digest."""
    here = workplace(turn("I write.", call("Write", file_path="PROJECT/big.txt", content="x" * 3_000_000)))
    here.model.place(PROJECT=str(here.project))
    # The client takes so long a call for a full context: it would compact the session, and now ends it without a Stop.
    (here.config / ".claude.json").write_text('{"autoCompactEnabled": false}')
    here.govern()
    here.run(play())
    assert here.path("big.txt").stat().st_size == 3_000_000
    # The call itself is longer than the end of the transcript that is read, so its words are not found.
    here.story.tells(*BEGIN, f"intent {C0} Write allow answered allow", f"outcome {C0} succeeded", "session end")
    assert here.story.one("intent").at("resource.input_bytes") > 3_000_000
    assert (here.web4_home / "ledger.db").stat().st_size < 1_000_000
    here.web4("verify")


def test_a_denial_by_the_hosts_own_rule_is_not_ours(workplace: Make) -> None:
    """The host's deny rules still hold, and the record says that it was they."""
    here = workplace(turn("I touch.", bash("touch made.txt")))
    (here.config / "settings.json").write_text('{"permissions": {"deny": ["Bash(touch:*)"]}}')
    here.govern()
    here.run(play())
    assert not here.path("made.txt").exists()
    here.story.tells(
        *BEGIN, WORDS, f"intent {C0} Bash allow answered allow", f"outcome {C0} denied permission by host-rule", *END
    )


@pytest.mark.parametrize("tool", ["Bash", "Write", "WebFetch"])
def test_a_call_that_needs_an_approval_nobody_can_give_is_denied_by_the_host(workplace: Make, tool: str) -> None:
    """Headless, in the default mode: the host asked, and there was nobody."""
    calls = {
        "Bash": bash("touch made.txt"),
        "Write": call("Write", file_path="PROJECT/made.txt", content="x"),
        "WebFetch": call("WebFetch", url="http://127.0.0.1:9/x", prompt="p"),
    }
    here = workplace(turn("I do.", calls[tool]))
    here.model.place(PROJECT=str(here.project))
    here.govern("--preset", "audit-only")
    here.run(play(), mode="default")
    assert not here.path("made.txt").exists()
    (intent,) = here.story.of("intent")
    here.story.tells(
        *BEGIN,
        WORDS,
        f"intent {C0} {tool} {intent.at('rules.decision')} answered allow",
        "event PermissionRequest asked",
        f"outcome {C0} denied permission by host-rule",
        *END,
    )


def test_the_gates_own_files_cannot_be_touched_by_any_tool(workplace: Make) -> None:
    """Home, settings and commands of ours are out of the agent's reach, whatever the spelling."""
    here = workplace(
        turn(
            "I switch it off.",
            bash("echo '{}' > ~/.web4/policy.json"),
            call("Write", file_path="HOME/.claude/settings.json", content="{}"),
            bash("cd ~/.we*4 && rm ledger.db"),
            bash("web4 uninstall"),
        )
    )
    here.model.place(HOME=str(here.home))
    here.govern()
    settings = (here.config / "settings.json").read_bytes()
    policy = (here.web4_home / "policy.json").read_bytes()
    here.run(play())
    assert (here.config / "settings.json").read_bytes() == settings
    assert (here.web4_home / "policy.json").read_bytes() == policy
    tools = ("Bash", "Write", "Bash", "Bash")
    here.story.tells(
        *BEGIN,
        WORDS,
        *(f"intent {one} {tool} deny answered deny" for one, tool in zip((C0, C1, C2, C3), tools, strict=True)),
        *(f"outcome {one} denied permission by gate" for one in (C0, C1, C2, C3)),
        *END,
    )
    here.web4("verify")
