"""What an agent definition, and the command of an MCP server, are at the moment of a call: one digest each.

Read where Claude Code reads them: below `agents`, by the name in a file's head, and the servers of `.mcp.json` and of the
person's `.claude.json`. Bounded: regular files, and of a server's command line the files that its words name. What is not
found has no digest, and a definition that changes has another. Secrets are taken out before anything is digested.
"""

from __future__ import annotations

import os
import stat

from web4_governance.app.atomic import keep_copy
from web4_governance.app.regular import FLAGS, read_regular
from web4_governance.core.canonical import encode, lenient
from web4_governance.core.digest import sha256, sha256_hex
from web4_governance.core.errors import CanonicalError
from web4_governance.core.record.keep import cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

MOST = 1024 * 1024
MOST_LARGE = 64 * MOST  # of a larger file, what the disk says of it counts, and not its content
MOST_WORDS = 32
KEPT, MOST_KEPT = ("cache", "programs.json"), 32
CONFIG = ".claude.json"
PROJECT_SERVERS = ".mcp.json"
SERVERS = "mcpServers"
AGENTS, ENDING = "agents", ".md"
MOST_AGENTS = 256  # definitions, and directories, that are looked through
BOM, RULE = b"\xef\xbb\xbf", b"---"
OTHERS = (b"description:", b"model:", b"tools:", b"color:")  # in whose words a name may well occur
BOUND = ("type", "command", "args", "url")
# Of its variables those by which other code is loaded: a token that is renewed makes no other server.
LOADING = (
    "PATH", "LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "DYLD_LIBRARY_PATH", "BASH_ENV", "ENV",
    "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "NODE_OPTIONS", "NODE_PATH", "DENO_OPTIONS", "BUN_OPTIONS", "RUBYOPT",
    "RUBYLIB", "PERL5OPT", "PERL5LIB", "CLASSPATH", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS",
    "DOTNET_STARTUP_HOOKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX",
    "npm_config_registry", "NPM_CONFIG_REGISTRY",
)  # fmt: skip


def of_agent(agent_type: str, *, projects: tuple[str, ...], user_home: str, config_dir: str = "") -> str:
    """Give the digest of what defines an agent, the project's before the person's; empty where it is not to be told.

    The client goes by the name in a file's head, not by the file's own: where several files bear it, all of them count, and
    so does one of which it cannot be told.
    """
    places = [
        *(os.path.join(project, ".claude") for project in projects),
        config_dir or os.path.join(user_home, ".claude"),
    ]
    for place in places if agent_type else ():
        files = _below(os.path.join(place, AGENTS))
        if files is None:
            return ""
        found = [data for path in files if (data := _defining(path, agent_type))]
        if found:
            digests = [sha256_hex(data) for data in found]
            return digests[0] if len(digests) == 1 else sha256_hex("\n".join(digests).encode())
    return ""


def _below(directory: str) -> list[str] | None:
    """Give the definitions below a directory, in order; None where there are too many to look through."""
    found: list[str] = []
    for count, (here, _, names) in enumerate(os.walk(directory, followlinks=True)):
        found += [os.path.join(here, name) for name in names if name.endswith(ENDING)]
        if len(found) > MOST_AGENTS or count > MOST_AGENTS:
            return None
    return sorted(found)


def _defining(path: str, agent_type: str) -> bytes:
    """Give the bytes of a file that defines an agent of this name, or may; nothing of any other."""
    data = _read(path)
    named = _named(data)
    stem = os.path.basename(path).removesuffix(ENDING)
    return data if named == agent_type or named is None or (not named and stem == agent_type) else b""


def _named(data: bytes) -> str | None:
    """Give the name in a definition's head, empty where there is none; None where it is not plain which it is."""
    head = data.removeprefix(BOM).lstrip()
    if not head.startswith(RULE):
        return ""
    lines = [line for line in head[len(RULE) :].split(b"\n" + RULE, 1)[0].splitlines() if b"name" in line]
    plain = [found for line in lines if (found := _plain(line)) is not None]
    odd = [line for line in lines if _plain(line) is None and not line.startswith(OTHERS)]
    return None if odd or len(plain) > 1 else plain[0] if plain else ""


def _plain(line: bytes) -> str | None:
    """Give the word of a line `name: WORD`, plain or in quotes; None where the line is another."""
    key, colon, rest = line.decode("utf-8", "replace").partition(":")
    text = rest.strip()
    word = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
    good = word and all(sign.isalnum() or sign in "-_.:@ " for sign in word) and not word.startswith(("- ", ": "))
    return word if key == "name" and colon and good else None


def of_server(name: str, *, projects: tuple[str, ...], user_home: str, config_dir: str = "", home: str = "") -> str:
    """Give the digest of how a server is started, and of the files that its command line names; empty where unknown.

    `home` is where digests of large files are kept from call to call, empty for nowhere.
    """
    for project in projects:
        found = _server(_object(_read(os.path.join(project, PROJECT_SERVERS))), name)
        if found is not None:
            return _digest(found, project, home)
    person = _object(_read(os.path.join(config_dir or user_home, CONFIG)))
    for project in projects:
        found = _server(_get(_get(person, "projects"), project), name)
        if found is not None:
            return _digest(found, project, home)
    found = _server(person, name)
    return "" if found is None else _digest(found, projects[0] if projects else user_home, home)


def _digest(server: dict[str, Json], here: str, home: str) -> str:
    bound: dict[str, Json] = {key: server[key] for key in BOUND if key in server}
    variables = server.get("env")
    loading = {name: variables[name] for name in LOADING if name in variables} if isinstance(variables, dict) else {}
    if loading:
        bound["env"] = loading
    args = bound.get("args")
    words = [bound.get("command"), *(args if isinstance(args, list) else [])]
    files: list[Json] = [
        [word, digest]
        for word in words[:MOST_WORDS]
        if isinstance(word, str) and (digest := _digest_of(os.path.join(here, word), home))
    ]
    return sha256_hex(encode(cleaned({**bound, "files": files})[0]))


def _digest_of(path: str, home: str) -> str:
    """Give what stands for a file: the digest of its content; empty where there is none."""
    data = _read(path)
    if data:
        return sha256_hex(data)
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return ""
    if not stat.S_ISREG(found.st_mode) or found.st_size <= MOST:
        return ""
    # The time of change of the inode is the kernel's own: no program gives a changed file its old one.
    marks = f"{found.st_dev} {found.st_ino} {found.st_size} {found.st_mtime_ns} {found.st_ctime_ns}"
    if found.st_size > MOST_LARGE:
        return sha256_hex(marks.encode())
    kept = os.path.join(home, *KEPT) if home else ""
    known = _object(_read(kept)) if kept else None
    rows = known if isinstance(known, dict) else {}
    held, key = rows.get(path), path if path.isascii() else ""
    if key and isinstance(held, list) and held[:1] == [marks] and isinstance(held[-1], str):
        return held[-1]
    digest = _digest_of_large(path)
    if kept and key and digest:
        rest = [(name, row) for name, row in rows.items() if name != key][1 - MOST_KEPT :]
        # Crash: made again by the next call.
        keep_copy(kept, encode({**dict(rest), key: [marks, digest]}))
    return digest


def _digest_of_large(path: str) -> str:
    """Give the digest of the digests of a file's parts; empty where it cannot be read."""
    parts: list[bytes] = []
    try:
        with open(os.open(path, FLAGS), "rb") as file:
            while len(parts) <= MOST_LARGE // MOST and (part := file.read(MOST)):
                parts.append(sha256(part))
    except (OSError, ValueError):
        return ""
    return sha256_hex(b"".join(parts))


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
