"""The request's two rules by trust on the real client: from an empty ledger to an open gate, two clients at once, and closed again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.client import finish
from support.model_server import Call, call, play, turn
from support.story import entries

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.conftest import Governed

    Make = Callable[..., Governed]

NETWORK = {"match": {"categories": ["network"]}, "except": {"trust": {"reliability": "> 0.7"}}, "decision": "deny"}
CORE = {
    "match": {"paths": ["src/core/**"], "effects": ["file.write"]},
    "except": {"trust": {"consistency": "> 0.8"}},
    "decision": "deny",
}
OLD, NEW = "claude-opus-5-5", "claude-sonnet-4-5"


def policy(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"rules": [*rules], "defaultPolicy": "allow", "enforce": True}


def bash(command: str) -> Call:
    return call("Bash", command=command, description="scripted")


def write(path: str, text: str = "x\n") -> Call:
    return call("Write", file_path=f"here/{path}", content=text)


def decisions(here: Governed, *words: str) -> list[tuple[str, str]]:
    found = json.loads(here.web4("log", "--json", *words))
    return [(row["decision"], row["status"]) for row in found]


def test_network_calls_wait_until_somebody_vouches_and_end_with_failures(workplace: Make) -> None:
    """ "Allow network calls only if agent reliability > 0.7": denied, vouched for, let through, failing, denied."""
    here = workplace(
        turn("I fetch.", bash("curl -sf web-of-the-test > page.txt")),
        # A session's first call waits until the client has written which model made it (trust.md E11).
        again=[turn("I fetch.", bash("curl -sf web-of-the-test > page.txt"))],
        fails=[*(turn("I fetch.", bash(f"curl -sf nothing-there/{n}")) for n in range(12))],
    )
    web = f"{here.model_url}/v1/models"
    for name, turns in here.model.scripts.items():  # where the model listens is known only now
        here.model.scripts[name] = tuple(
            turn(one.text, *(bash(c.input["command"].replace("web-of-the-test", web).replace("nothing-there", "http://127.0.0.1:9")) for c in one.calls))
            for one in turns
        )  # fmt: skip
    here.govern(policy=policy(NETWORK))
    assert here.run(play()).code == 0
    assert decisions(here, "--effect", "net.ingress") == [("deny", "denied")]
    assert "not trusted so far" in here.model.heard()
    (agent,) = {row["entity"] for row in json.loads(here.web4("trust", "--json")) if row["entity"].startswith("agent:")}
    for role in ("network", "command"):
        here.web4("trust", "label", agent, "--role", role, "--endorse", "--why", "as the one before")
    here.run(play("again"))
    assert decisions(here, "--effect", "net.ingress")[-1] == ("allow", "succeeded")
    assert "data" in here.path("page.txt").read_text()
    here.run(play("fails"))
    found = decisions(here, "--effect", "net.ingress")[2:]
    failed = found.index(("deny", "denied"))
    assert found == [("allow", "failed")] * failed + [("deny", "denied")] * (12 - failed)
    assert 0 < failed < 10
    here.web4("verify")
    here.web4("trust", "--check")


def test_of_two_clients_at_once_only_the_one_that_was_consistent_may_change_core_files(workplace: Make) -> None:
    """ "Only agents with consistency > 0.8 can edit core files": one has a history, the other, of another model, has none."""
    here = workplace(
        turn("I work elsewhere.", write("src/core/early.py")),
        turn("I go on.", *(write(f"src/other/{n}.py") for n in range(16))),
        one=[
            turn("I wait.", bash("touch one; until test -e two; do sleep 0.1; done")),
            turn("I change the core.", write("src/core/one.py")),
        ],
        two=[
            turn("I wait.", bash("touch two; until test -e one; do sleep 0.1; done")),
            turn("I change the core.", write("src/core/two.py")),
        ],
    )
    here.model.place(here=str(here.project))
    here.govern(policy=policy(CORE))
    here.run(play(), "--model", OLD)
    assert not here.path("src/core/early.py").exists()
    started = [here.start(play(name), "--model", model) for name, model in (("one", OLD), ("two", NEW))]
    for process in started:
        finish(process)
    assert here.path("src/core/one.py").exists()
    assert not here.path("src/core/two.py").exists()
    names = {row["entity"] for row in json.loads(here.web4("trust", "--json")) if row["entity"].startswith("agent:")}
    assert names == {f"agent:claude-code/main/{model}" for model in (OLD, NEW)}
    (row,) = json.loads(here.web4("trust", f"agent:claude-code/main/{OLD}", "--role", "file_write", "--json"))
    assert row["dimensions"]["consistency"]["lcb05"] > 0.8
    here.web4("verify")


def test_an_agent_that_takes_its_own_edits_back_loses_the_core_files(workplace: Make) -> None:
    """The files go back to what they were; the records say which edits that took back."""
    here = workplace(
        turn("I work.", *(write(f"src/other/{n}.py") for n in range(16))),
        turn("I change the core.", write("src/core/a.py")),
        *(
            turned
            for n in range(6)
            for turned in (
                turn("I try.", write(f"src/other/{n}.py", "another\n")),
                turn("I take it back.", write(f"src/other/{n}.py", "x\n")),
            )
        ),
        turn("I change the core.", write("src/core/b.py")),
    )
    here.model.place(here=str(here.project))
    here.govern(policy=policy(CORE))
    here.run(play())
    assert here.path("src/core/a.py").exists()
    assert not here.path("src/core/b.py").exists()
    rows = json.loads(here.web4("log", "--json"))
    assert sum("reverted" in row.get("flags", []) for row in rows) == 6
    here.web4("verify")


def test_another_file_that_bears_a_trusted_agents_name_is_a_stranger(workplace: Make) -> None:
    """The client goes by the name in a definition's head: a new file below the project takes the place of the person's."""

    def delegate(script: str) -> Call:
        return call("Agent", description="d", prompt=play(script), subagent_type="fixer", run_in_background=False)

    here = workplace(
        turn("I delegate.", delegate("works")),
        works=[turn("I work.", *(write(f"src/other/{n}.py") for n in range(16))), turn("I change it.", write("src/core/a.py"))],
        again=[turn("I delegate.", delegate("core"))],
        core=[turn("I change the core.", write("src/core/b.py"))],
        last=[turn("I delegate.", delegate("other"))],
        other=[turn("I change the core.", write("src/core/c.py"))],
    )  # fmt: skip
    here.model.place(here=str(here.project))
    here.govern(policy=policy(CORE))
    place = here.config / "agents" / "fixer.md"
    place.parent.mkdir()
    place.write_text("---\nname: fixer\ndescription: fixes\n---\nFix it.\n")
    here.run(play())
    here.run(play("again"))
    assert here.path("src/core/b.py").exists()
    stranger = here.path(".claude/agents/helper.md")
    stranger.parent.mkdir(parents=True, exist_ok=True)
    stranger.write_text("---\nname: fixer\ndescription: fixes\n---\nFix it otherwise.\n")
    here.run(play("last"))
    assert not here.path("src/core/c.py").exists()
    assert "otherwise" in json.dumps([asked.get("system") for asked in here.model.asked if asked["play"] == "other"])
    names = {row["entity"] for row in json.loads(here.web4("trust", "--json")) if "/fixer/" in row["entity"]}
    names = {name for name in names if "/unknown#" not in name}  # calls that came before the client wrote their model
    assert len(names) == 2
    here.web4("verify")


def test_tests_that_one_client_runs_over_anothers_edit_are_witnessed(workplace: Make) -> None:
    """Two clients at once, and an MCP server that writes the file: "Agent A called MCP B, which modified file C"."""
    here = workplace(
        turn("unused"),
        one=[
            turn("I have it written.", call("mcp__probe__write_file", path="here/check.py", text="assert 1\n")),
            turn("I wait.", bash("touch written; until test -e ran; do sleep 0.1; done")),
        ],
        two=[
            turn("I wait.", bash("until test -e written; do sleep 0.1; done")),
            turn("I run it.", bash("python3 check.py && touch ran")),
        ],
    )
    here.model.place(here=str(here.project))
    here.govern()
    started = [here.start(play("one"), *here.mcp()), here.start(play("two"))]
    first, second = (finish(process).session for process in started)
    (seen,) = [one for one in entries(here.web4_home) if one.kind == "witness" and one.at("witness.saw") == "run"]
    assert (seen.at("witness.by_instance"), seen.at("witness.of_instance")) == (f"session:{second}", f"session:{first}")
    assert (seen.at("witness.ended"), seen.at("witness.over")) == ("succeeded", "named")
    (row,) = json.loads(here.web4("lineage", "check.py", "--json"))
    assert (row["server"], row["session"], row["change"]) == ("probe", first, "created")
    here.web4("verify")
