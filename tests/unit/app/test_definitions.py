"""The digest of what defines an agent, and of how a server is started: another file or command is another digest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from web4_governance.app import definitions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Any]:
    project, home = tmp_path / "project", tmp_path / "home"
    project.mkdir()
    home.mkdir()
    return {"projects": (str(project),), "user_home": str(home)}


def put(directory: str, name: str, text: str) -> None:
    import os  # noqa: PLC0415

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
