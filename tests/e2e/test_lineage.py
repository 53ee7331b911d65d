"""Lineage on the real client: an MCP server that writes a file, and two clients at once on one file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.client import finish
from support.model_server import call, play, turn

if TYPE_CHECKING:
    from collections.abc import Callable

    from e2e.conftest import Governed

    Make = Callable[..., Governed]


def rows(here: Governed, *words: str, code: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(here.web4(*words, "--json", code=code))
    return found


def test_an_agent_called_a_server_which_modified_a_file(workplace: Make) -> None:
    """The chain from the main agent over its subagent and the server to the file, and each line's call."""
    here = workplace(
        turn("I delegate.", call("Agent", description="d", prompt=play("sub"), subagent_type="general-purpose", run_in_background=False)),
        sub=[turn("I have it written.", call("mcp__probe__write_file", path="here/c.txt", text="one\ntwo\n"))],
    )  # fmt: skip
    here.model.place(here=str(here.project))
    here.govern()
    here.run(play(), *here.mcp())
    assert here.path("c.txt").read_text() == "one\ntwo\n"
    (row,) = rows(here, "lineage", "c.txt")
    assert (row["server"], row["change"], row["proven"], row["who"]) == ("probe", "created", True, "general-purpose")
    chain = " > ".join(row["chain"])
    assert [
        word in chain for word in ("main", " Agent", "subagent general-purpose", "MCP probe (write_file)", "c.txt")
    ] == [True] * 5
    assert rows(here, "lineage", "probe") == [row]
    (lines,) = rows(here, "blame", "c.txt")
    assert (lines["by"], lines["first"], lines["last"], lines["call"]) == ("call", 1, 2, "toolu_sub_0_0")
    here.web4("verify")


def test_two_clients_at_once_each_have_their_lines_and_the_later_one_is_warned(workplace: Make) -> None:
    """One writes, the other edits, the first changes it again without having looked."""
    path = "here/f.txt"
    waits = "until test -e {}; do sleep 0.1; done"
    here = workplace(
        turn("unused"),
        one=[
            turn("I write.", call("Write", file_path=path, content="one\ntwo\nthree\n")),
            turn("I wait.", call("Bash", command=waits.format("done.txt"), description="d")),
            turn("I go on.", call("Bash", command="sed -i s/three/3/ f.txt", description="d")),
        ],
        two=[
            turn("I wait.", call("Bash", command=waits.format("f.txt"), description="d")),
            turn("I read.", call("Read", file_path=path)),
            turn("I edit.", call("Edit", file_path=path, old_string="two", new_string="TWO")),
            turn("I say so.", call("Bash", command="touch done.txt", description="d")),
        ],
    )
    here.model.place(here=str(here.project))
    here.govern()
    started = [here.start(play(name)) for name in ("one", "two")]
    first, second = (finish(process).session for process in started)
    assert here.path("f.txt").read_text() == "one\nTWO\n3\n"
    found = [(one["by"], one["session"], one["tool"], one["decision"]) for one in rows(here, "blame", "f.txt")]
    assert found == [
        ("call", first, "Write", "allow"),
        ("call", second, "Edit", "allow"),
        ("call", first, "Bash", "warn"),
    ]
    (warned,) = rows(here, "blame", "f.txt:3")
    assert warned["rules"] == ["safety/concurrent-edit"]
    assert {row["session"] for row in rows(here, "lineage", "f.txt")} == {first, second}
    here.web4("verify")
