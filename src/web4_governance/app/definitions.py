"""What an agent definition, and the command of an MCP server, are at the moment of a call: one digest each.

Read where Claude Code reads them: `agents/TYPE.md`, and the servers of `.mcp.json` and of the person's `.claude.json`. Bounded:
regular files up to a size, and of a server's command line the files that its words name. What is not found has no digest,
and a definition that changes has another. Secrets are taken out before anything is digested.
"""

from __future__ import annotations

import os

from web4_governance.app.regular import read_regular
from web4_governance.core.canonical import encode, lenient
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import CanonicalError
from web4_governance.core.record.keep import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

MOST = 1024 * 1024
MOST_WORDS = 32
CONFIG = ".claude.json"
PROJECT_SERVERS = ".mcp.json"
SERVERS = "mcpServers"
BOUND = ("type", "command", "args", "url")  # and no variables: a token that is renewed makes no other server


def of_agent(agent_type: str, *, projects: tuple[str, ...], user_home: str, config_dir: str = "") -> str:
    """Give the digest of the file that defines an agent, the project's before the person's; empty where there is none."""
    if not agent_type or "/" in agent_type or agent_type.startswith("."):
        return ""
    places = [
        *(os.path.join(project, ".claude") for project in projects),
        config_dir or os.path.join(user_home, ".claude"),
    ]
    for place in places:
        data = _read(os.path.join(place, "agents", f"{agent_type}.md"))
        if data:
            return sha256_hex(data)
    return ""


def of_server(name: str, *, projects: tuple[str, ...], user_home: str, config_dir: str = "") -> str:
    """Give the digest of how a server is started, and of the files that its command line names; empty where unknown."""
    for project in projects:
        found = _server(_object(_read(os.path.join(project, PROJECT_SERVERS))), name)
        if found is not None:
            return _digest(found, project)
    person = _object(_read(os.path.join(config_dir or user_home, CONFIG)))
    for project in projects:
        found = _server(_get(_get(person, "projects"), project), name)
        if found is not None:
            return _digest(found, project)
    found = _server(person, name)
    return "" if found is None else _digest(found, projects[0] if projects else user_home)


def _digest(server: dict[str, Json], here: str) -> str:
    bound: dict[str, Json] = {key: server[key] for key in BOUND if key in server}
    args = bound.get("args")
    words = [bound.get("command"), *(args if isinstance(args, list) else [])]
    files: list[Json] = [
        [word, sha256_hex(data)]
        for word in words[:MOST_WORDS]
        if isinstance(word, str) and (data := _read(os.path.join(here, word)))
    ]
    return sha256_hex(encode(cleaned({**bound, "files": files})[0]))


def _server(config: Json, name: str) -> dict[str, Json] | None:
    found = _get(_get(config, SERVERS), name)
    return found if isinstance(found, dict) else None


def _get(found: Json, key: str) -> Json:
    return found.get(key) if isinstance(found, dict) else None


def _object(data: bytes) -> Json:
    try:
        return lenient(data)[0] if data else None
    except CanonicalError:
        return None


def _read(path: str) -> bytes:
    """Give a regular file's bytes; nothing of one that is larger than what is looked at, or is not there."""
    try:
        data = read_regular(path, MOST + 1)
    except (OSError, ValueError):
        return b""
    return data if len(data) <= MOST else b""
