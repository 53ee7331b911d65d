"""Reads the arguments of a tool that nobody described: an MCP server's, or one that is not known at all.

What the tool does with them is told by the verbs in its name and by what the arguments look like: paths, commands, URLs,
statements. A guess, kept on the careful side: the call itself is a deed in any case, and a tool without a known verb that
is handed something the gate protects is tampering.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.names import names
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json

MAX_LEAVES = 300
MAX_DEPTH = 200
MAX_PATH = 4096
READ = names(
    "read get list ls search find view show cat fetch query describe stat head tail open glob grep tree info load "
    "download count check exists lookup browse inspect select navigate screenshot"
)
WRITE = names(
    "write create edit update append save set insert modify patch replace put upload mkdir touch add rename "
    "generate export apply format commit store change"
)
DELETE = names("delete remove unlink rm rmdir trash destroy drop purge clear erase wipe truncate terminate")
MOVE = frozenset(["move", "mv", "rename"])
MODE = frozenset(("chmod", "chown", "chgrp"))
COPY = frozenset(["copy", "cp", "duplicate", "clone"])
RUN = names("run exec execute shell terminal bash command eval spawn process cmd script powershell")
DATA = names("table database collection schema index keyspace db sql")
INFRA = names(
    "repository repo cluster namespace bucket instance instances stack volume deployment pod service project vm "
    "container server resource environment droplet app function queue topic domain dns zone"
)
EMPTIES = names("flushall flushdb dropdb")
STORED = names("secret secrets password passwords credential credentials")
REVEALS = names("get read fetch show reveal decrypt export access retrieve view")
NAMES_ONLY = names("list names metadata scan detect check search schema count delete rotate policy")
CONTAINERS = names("container containers docker podman image")
SENDS = names("send post message comment reply publish email tweet share issue paste gist")
PATH_KEYS = names(
    "path file file_path filepath filename file_name directory dir folder source destination src dest target_file "
    "notebook_path absolute_path relative_path root cwd working_directory paths files old_path new_path from to "
    "output_path input_path local_path target source_path destination_path save_path"
)
FROM_KEYS = names("source src from old_path source_path")
COMMAND_KEYS = names(
    "command cmd shell_command bash commands shell script command_line commandline cmdline argv shell_cmd bash_command "
    "command_string terminal_command powershell"
)
ARGUMENT_KEYS = ("args", "arguments", "argv", "params", "parameters")
# A tool named so needs to be told what to run, or which file: a call without it hides that.
RUNS_WHAT = names("command cmd shell terminal bash query sql code statement script")
RUNS = names("run exec execute eval")
FILES = names("read write edit delete view cat open create move copy remove append")
CODE_KEYS = names("code python javascript js source_code expression")
URL_KEYS = names("url uri endpoint link href urls webhook_url base_url")
SQL_KEYS = names("sql query statement queries statements sql_query")
SQL_WORDS = names(
    "SELECT INSERT UPDATE DELETE DROP TRUNCATE ALTER CREATE GRANT REVOKE REPLACE MERGE WITH SHOW EXPLAIN PRAGMA COPY"
)
LOCAL = (".localhost", ".local", ".test", ".example", "0.0.0.0")  # noqa: S104  names, not uses
SCHEMES = ("http://", "https://", "ws://", "wss://", "ftp://")


@value
class Leaf:
    """One string of a tool's input and the name it stands under, in snake case; `path` where it looks like one."""

    key: str
    text: str

    @property
    def is_url(self) -> bool:
        """Say whether it is a URL of the network."""
        return self.text.lower().startswith(SCHEMES)

    @property
    def password_host(self) -> str:
        """Give the host for which a URL or a connection string holds a password; empty where it is this machine."""
        _, found, rest = self.text.partition("://")
        authority = rest.partition("/")[0]
        user, at_sign, host = authority.rpartition("@")
        password = user.partition(":")[2]
        name = host.partition(":")[0].lower()
        if (
            not found
            or not at_sign
            or not password
            or password[0] in "$<{%*"
            or name.endswith(LOCAL)
            or "." not in name
        ):
            return ""
        return "" if name.startswith("127.") or " " in self.text else name

    @property
    def is_path(self) -> bool:
        """Say whether it is to be taken as a path."""
        if self.is_url or "\n" in self.text or not 0 < len(self.text) <= MAX_PATH:
            return False
        return (
            self.text.startswith(("/", "~/", "./", "../", "file:"))
            or self.text in ("~", ".", "..")
            or self.key in PATH_KEYS
        )

    @property
    def is_statement(self) -> bool:
        """Say whether it is SQL."""
        return self.key in SQL_KEYS and self.text.lstrip(" \t\n(").partition(" ")[0].upper().rstrip(";") in SQL_WORDS


def leaves(given: Json, key: str = "", depth: int = 0) -> Iterator[Leaf]:
    """Give every string of a JSON value with the name that it stands under."""
    if isinstance(given, str):
        yield Leaf(key=key, text=given)
    elif depth < MAX_DEPTH and isinstance(given, dict):
        for name, item in given.items():
            under = "_".join(words_of(name))
            yield from leaves(_with_arguments(under, item, given), under, depth + 1)
    elif key in COMMAND_KEYS and isinstance(given, list) and _is_argv(given):
        yield Leaf(key=key, text=joined(given))
    elif depth < MAX_DEPTH and isinstance(given, list):
        for item in given:
            yield from leaves(item, key, depth + 1)


def _with_arguments(key: str, item: Json, given: dict[str, Json]) -> Json:
    """Give a command with the list of its arguments, where they stand beside it."""
    lists = [given[name] for name in ARGUMENT_KEYS if isinstance(given.get(name), list)]
    beside = [word for words in lists[:1] if isinstance(words, list) for word in words if isinstance(word, str)]
    if key in COMMAND_KEYS and key not in ARGUMENT_KEYS and isinstance(item, str) and beside:
        return f"{item} {joined(beside)}"
    return item


def _is_argv(given: list[Json]) -> bool:
    """Say whether a list is one command word by word, and not a command each."""
    first = given[0] if given else None
    return isinstance(first, str) and " " not in first.strip() and all(isinstance(word, str) for word in given)


def joined(argv: list[Json] | list[str]) -> str:
    """Give the words of a command as a shell would have to be given them."""
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in argv if isinstance(word, str))


def hides(words: set[str]) -> bool:
    """Say whether a tool with such a name, called without any text, hides what it runs or which file it means."""
    return bool((words & RUNS and words & RUNS_WHAT) or (words & FILES and "file" in words))


def words_of(name: str) -> list[str]:
    """Split `writeFile`, `write_file` and `write-file` into words, lower case."""
    spaced: list[str] = []
    before = ""
    for character in name:
        if character.isupper() and (before.islower() or before.isdigit()):
            spaced.append(" ")
        spaced.append(character.lower() if character.isalnum() else " ")
        before = character
    return "".join(spaced).split()


def on_path(verbs: set[str], key: str) -> Effect | None:
    """Give what a tool with these verbs does to a path under this name; None where the verbs do not tell."""
    if verbs & MOVE:
        return Effect.FILE_DELETE if key in FROM_KEYS else Effect.FILE_WRITE
    if verbs & COPY:
        return Effect.FILE_READ if key in FROM_KEYS else Effect.FILE_WRITE
    if verbs & DELETE:
        return Effect.FILE_DELETE
    if verbs & MODE:
        return Effect.FILE_MODE
    if verbs & WRITE:
        return Effect.FILE_WRITE
    if verbs & {"list", "ls", "tree", "glob", "find", "stat", "exists", "info"}:
        return Effect.FILE_LIST
    return Effect.FILE_READ if verbs & READ else None


def only_reads(verbs: set[str], key: str) -> bool:
    """Say whether a tool with these verbs only looks at a path under this name."""
    return on_path(verbs, key) in (Effect.FILE_READ, Effect.FILE_LIST) and not verbs & RUN


def on_service(words: set[str]) -> Effect | None:
    """Give what the name says about something that is no file (`drop_table`, `delete_repository`, `read_secret`)."""
    if words & EMPTIES:
        return Effect.DB_DROP
    if words & STORED and words & REVEALS and not words & NAMES_ONLY:
        return Effect.SECRET_READ
    if not words & DELETE:
        return None
    if words & DATA:
        return Effect.DB_DROP
    return Effect.INFRA_DESTROY if words & INFRA else None


def on_flags(words: set[str], given: dict[str, Json]) -> Effect | None:
    """Give what a switch or a mode among the arguments makes of a tool: a forced push, a hard reset, a container's rights."""
    if "push" in words and given.get("force") is True:
        return Effect.VCS_REWRITE
    if "reset" in words and (given.get("hard") is True or "hard" in (given.get("mode"), given.get("type"))):
        return Effect.VCS_DISCARD
    volumes = given.get("volumes")
    mounts = volumes if isinstance(volumes, list) else []
    whole = any(isinstance(mount, str) and mount.startswith("/:") for mount in mounts)
    return Effect.ISOLATION if words & CONTAINERS and (given.get("privileged") is True or whole) else None
