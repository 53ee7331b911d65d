"""The digest of what defines an agent, and of how a server is started: another file or command is another digest."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from web4_governance.app import definitions


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Any]:
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    return {"projects": (str(project),), "user_home": str(home)}


def put(directory: str, name: str, text: str) -> None:
    path = os.path.join(directory, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def test_an_agent_is_the_file_that_defines_it(places: dict[str, Any]) -> None:
    """The project's before the person's; none where there is none."""
    assert definitions.of_agent("reviewer", **places) == ""
    put(places["user_home"], ".claude/agents/reviewer.md", "Review.")
    own = definitions.of_agent("reviewer", **places)
    put(places["projects"][0], ".claude/agents/reviewer.md", "Review well.")
    assert own
    assert definitions.of_agent("reviewer", **places) not in ("", own)
    put(places["user_home"], "moved/agents/other.md", "x")
    assert definitions.of_agent("other", **places, config_dir=places["user_home"] + "/moved")


def head(name: str, body: str = "Fix.") -> str:
    return f"---\nname: {name}\ndescription: names and more\n---\n{body}\n"


def test_an_agent_is_whoever_bears_its_name_in_the_head_whatever_the_file_is_called(places: dict[str, Any]) -> None:
    """As the client has it: another file with the name is another definition, of the same trust as a stranger."""
    (project,) = places["projects"]
    put(places["user_home"], ".claude/agents/fixer.md", head("fixer"))
    own = definitions.of_agent("fixer", **places)
    put(project, ".claude/agents/zzz.md", head("fixer", "Fix otherwise."))
    second = definitions.of_agent("fixer", **places)
    put(project, ".claude/agents/deep/er/aaa.md", head('"fixer"'))
    third = definitions.of_agent("fixer", **places)
    put(project, ".claude/agents/deep/er/aaa.md", head("'fixer'"))
    fourth = definitions.of_agent("fixer", **places)
    assert len({"", own, second, third, fourth}) == 5
    put(project, ".claude/agents/fixer.md", head("another"))
    put(project, ".claude/agents/README.md", "Agents by name:\n")
    assert definitions.of_agent("fixer", **places) == fourth
    assert definitions.of_agent("zzz", **places) == ""


@pytest.mark.parametrize(
    "text",
    [
        "---\nname: >-\n  fixer\n---\n",
        "---\n{name: fixer}\n---\n",
        '---\n"name": fixer\n---\n',
        "---\nname: *x\nother: &x fixer\n---\n",
        '---\nname: "f\\x69xer"\n---\n',
        "---\nname: other\nname: fixer\n---\n",
        "---\nname: fixer # the one\n---\n",
        "---\n name : fixer\n---\n",
        "---\n? name\n: fixer\n---\n",
        "\ufeff---\nname: fixer\n---\n",
        "\n---\r\nname: fixer\r\n---\r\n",
    ],
)
def test_a_definition_of_which_the_name_is_not_plain_counts_for_every_agent(places: dict[str, Any], text: str) -> None:
    """However it is written: it may be this one's."""
    (project,) = places["projects"]
    put(places["user_home"], ".claude/agents/fixer.md", head("fixer"))
    own = definitions.of_agent("fixer", **places)
    put(project, ".claude/agents/zzz.md", text)
    assert definitions.of_agent("fixer", **places) not in ("", own)


def test_a_definition_is_not_hidden_by_many_others(places: dict[str, Any]) -> None:
    """Where there are too many to look through, nobody knows what defines it: another name than one with a digest."""
    (project,) = places["projects"]
    put(places["user_home"], ".claude/agents/fixer.md", head("fixer"))
    for n in range(definitions.MOST_AGENTS):
        put(project, f".claude/agents/{n}.md", head(f"n{n}"))
    assert definitions.of_agent("fixer", **places)
    put(project, ".claude/agents/zzz.md", head("fixer"))
    assert definitions.of_agent("fixer", **places) == ""


def test_circles_of_links_end(places: dict[str, Any]) -> None:
    """One is walked until the system says that it is too deep; of two, nobody can look through all ways."""
    (project,) = places["projects"]
    put(project, ".claude/agents/fixer.md", head("fixer"))
    agents = Path(project) / ".claude/agents"
    (agents / "again").symlink_to(agents)
    assert definitions.of_agent("fixer", **places)
    (agents / "once-more").symlink_to(agents)
    assert definitions.of_agent("fixer", **places) == ""


@pytest.mark.parametrize("name", ["", "../../etc/passwd", ".hidden", "a/b", "nul\0"])
def test_a_type_that_is_no_file_name_has_no_definition(places: dict[str, Any], name: str) -> None:
    """Nothing is read that the type would lead to."""
    assert definitions.of_agent(name, **places) == ""


def servers(**command: Any) -> str:
    return json.dumps({"mcpServers": {"db": {"command": "python3", "args": ["server.py"], **command}}})


def test_a_server_is_its_command_and_the_files_that_it_names(places: dict[str, Any]) -> None:
    """Another argument, or another text of its script, is another server; a renewed token is the same one."""
    (project,) = places["projects"]
    assert definitions.of_server("db", **places) == ""
    put(project, ".mcp.json", servers())
    first = definitions.of_server("db", **places)
    put(project, "server.py", "print(1)")
    second = definitions.of_server("db", **places)
    put(project, "server.py", "print(2)")
    third = definitions.of_server("db", **places)
    put(project, ".mcp.json", servers(args=["server.py", "--write"]))
    fourth = definitions.of_server("db", **places)
    assert len({"", first, second, third, fourth}) == 5
    put(project, ".mcp.json", servers(args=["server.py", "--write"], env={"TOKEN": "new"}))
    assert definitions.of_server("db", **places) == fourth
    assert definitions.of_server("other", **places) == ""
    put(project, ".mcp.json", servers(args=["server.py", "--write"], env={"TOKEN": "new", "PYTHONPATH": "/tmp/x"}))
    fifth = definitions.of_server("db", **places)
    put(project, ".mcp.json", servers(args=["server.py", "--write"], env={"TOKEN": "old", "PYTHONPATH": "/tmp/y"}))
    assert len({fourth, fifth, definitions.of_server("db", **places)}) == 3
    put(project, ".mcp.json", servers(args=["server.py", "--write"], env=["odd"]))
    assert definitions.of_server("db", **places) == fourth


def test_a_server_of_which_the_binary_is_large_is_its_whole_content(
    places: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change anywhere in it is another server; its content is digested once, and not again for each call."""
    (project,) = places["projects"]
    home = places["user_home"] + "/.web4"
    os.makedirs(home)
    program = f"{project}/server"
    put(project, ".mcp.json", json.dumps({"mcpServers": {"db": {"command": program}}}))
    size = definitions.MOST + 4096
    seen = set()
    for byte in (b"\0", b"\1"):
        data = bytearray(size)
        data[size // 2 : size // 2 + 1] = byte
        Path(program).write_bytes(data)
        seen.add(definitions.of_server("db", **places, home=home))
    assert len(seen) == 2
    monkeypatch.setattr(definitions, "_digest_of_large", lambda _path: "read again")
    assert definitions.of_server("db", **places, home=home) in seen
    monkeypatch.undo()
    monkeypatch.setattr(definitions, "MOST_LARGE", size - 1)
    Path(program).write_bytes(bytes(size))
    known = definitions.of_server("db", **places, home=home)
    os.utime(program, ns=(0, 0))
    assert len({known, definitions.of_server("db", **places, home=home), *seen}) == 4


def test_a_persons_servers_are_found_where_the_client_keeps_them(places: dict[str, Any]) -> None:
    """Those of this project before those of all."""
    (project,) = places["projects"]
    every = json.loads(servers())
    put(places["user_home"], ".claude.json", json.dumps(every))
    general = definitions.of_server("db", **places)
    own = {**every, "projects": {project: json.loads(servers(args=["own.py"]))}}
    put(places["user_home"], ".claude.json", json.dumps(own))
    assert general
    assert definitions.of_server("db", **places) not in ("", general)
    assert definitions.of_server("db", projects=(), user_home=places["user_home"])


def test_what_cannot_be_read_has_no_digest(places: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Broken, too large, or of another shape."""
    (project,) = places["projects"]
    for text in ("{", "[]", '{"mcpServers": []}', '{"mcpServers": {"db": 5}}'):
        put(project, ".mcp.json", text)
        assert definitions.of_server("db", **places) == ""
    put(project, ".mcp.json", servers())
    monkeypatch.setattr(definitions, "MOST", 10)
    assert definitions.of_server("db", **places) == ""
