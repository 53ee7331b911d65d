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
MANY = names("many keys rows documents records")  # what `delete-many` empties
DATABASES = names(
    "postgres postgresql mysql mariadb sqlite mongodb mongo redis mssql oracle snowflake bigquery dynamodb sql db"
)
CLOUDS = names(
    "kubernetes k8s kubectl helm aws gcloud gcp azure terraform pulumi vercel netlify heroku cloudflare fly docker"
)
PATH_KEYS = names(
    "path file file_path filepath filename file_name directory dir folder source destination src dest target_file "
    "notebook_path absolute_path relative_path root cwd working_directory paths files old_path new_path from to "
    "output_path input_path local_path target source_path destination_path save_path"
)
FROM_KEYS = names("source src from old_path source_path")
# Arguments that say in which directory a command runs, or below which a name is meant; under the latter two a tool may mean
# something else as well, so what stands beside them is read from both.
CWD_KEYS = names(
    "cwd workdir work_dir working_dir working_directory workingdir workingdirectory current_directory current_dir "
    "current_working_directory chdir start_directory start_dir startin run_in exec_dir execution_directory process_cwd "
    "base_directory repo_path repository_path"
)
DIRECTORY_KEYS = names(
    "dir directory directory_path dir_path dirname folder folder_path parent parent_dir parent_directory parent_path root "
    "root_dir root_path root_directory base base_dir base_path location workspace workspace_path workspace_root project "
    "project_path project_dir project_root"
)
ABOVE_KEYS = names("path") | DIRECTORY_KEYS  # above a bare name (`path` and `filename`), or where a command runs
NAME_KEYS = names("name filename file_name file title")
COMMAND_KEYS = names(
    "command cmd shell_command bash commands shell script command_line commandline cmdline argv shell_cmd bash_command "
    "command_string terminal_command powershell cmd_string cli_command cli_cmd run_command exec_command"
)
PROGRAM_KEYS = names("program executable binary exe")  # with the list of its arguments beside it, a command
TYPED_KEYS = names("line input text keys")  # what a tool that runs things, or talks to what runs, is told
TERMINALS = names(
    "tmux terminal iterm iterm2 tty pty shell console"
)  # servers that type what they are told into a shell
TYPES = names("send type write keys input enter paste")
PACKED_KEYS = names("json input arguments args params parameters payload body request data options config")
MAX_PACKED = 256 * 1024
ARGUMENT_KEYS = ("args", "arguments", "argv", "params", "parameters")
# A tool named so needs to be told what to run, or which file: a call without it hides that.
RUNS_WHAT = names("command cmd shell terminal bash query sql code statement script")
RUNS = names("run exec execute eval")
FILES = names("read write edit delete view cat open create move copy remove append")
CODE_KEYS = names("code python javascript js source_code expression cell_source cell_code")
LANGUAGES = {
    **dict.fromkeys(sorted(names("python python3 py ipython jupyter notebook kernel")), "python"),
    **dict.fromkeys(sorted(names("javascript js node nodejs typescript ts deno bun")), "javascript"),
    **{name: name for name in sorted(names("ruby php perl lua julia r"))},
}
URL_KEYS = names("url uri endpoint link href urls webhook_url base_url")
SQL_KEYS = names("sql query statement queries statements sql_query")
SEARCH = names("search find lookup list")
# Words in the name of an argument that say where something is put.
OUTPUT = names("output out outfile dest destination dst save saved saveas download downloads target_file to")
PUTS = names("screenshot capture record pdf download save export dump")  # verbs that put what they get into a file
GETS = names("fetch get load")  # and verbs that do where they are given a URL
FILE_KEYS = names("filename file_name file path file_path filepath")
SQL_WORDS = names(
    "SELECT INSERT UPDATE DELETE DROP TRUNCATE ALTER CREATE GRANT REVOKE REPLACE MERGE WITH SHOW EXPLAIN PRAGMA COPY "
    "BEGIN START COMMIT ROLLBACK SET USE DECLARE CALL EXEC EXECUTE DO VACUUM ATTACH DETACH"
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
        words = _without_comments(self.text).lstrip(" \t\r\n(;").split(maxsplit=1)
        return self.key in SQL_KEYS and bool(words) and words[0].upper().rstrip(";") in SQL_WORDS

    @property
    def is_output(self) -> bool:
        """Say whether it names where something is put."""
        return not OUTPUT.isdisjoint(self.key.split("_")) or self.key.startswith(("outfile", "outpath", "saveto"))


def leaves(given: Json, key: str = "", depth: int = 0) -> Iterator[Leaf]:
    """Give every string of a JSON value with the name that it stands under."""
    if isinstance(given, str):
        packed = _packed(given) if key in PACKED_KEYS and depth < MAX_DEPTH else None
        if packed is None:
            yield Leaf(key=key, text=given)
        else:
            yield from leaves(packed, key, depth + 1)
    elif depth < MAX_DEPTH and isinstance(given, dict):
        for name, item in given.items():
            under = "_".join(words_of(name))
            whole = _with_arguments(under, item, given)
            yield from leaves(whole, "command" if under in PROGRAM_KEYS and whole is not item else under, depth + 1)
    elif key in COMMAND_KEYS and isinstance(given, list) and _is_argv(given):
        yield Leaf(key=key, text=joined(given))
    elif depth < MAX_DEPTH and isinstance(given, list):
        for item in given:
            yield from leaves(item, key, depth + 1)


def _packed(text: str) -> dict[str, Json] | None:
    """Give the arguments that stand in a text as an object of JSON; None where it is none."""
    if not text.lstrip().startswith("{") or len(text) > MAX_PACKED:
        return None
    import json  # noqa: PLC0415  only for arguments within an argument

    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _with_arguments(key: str, item: Json, given: dict[str, Json]) -> Json:
    """Give a command with the list of its arguments, where they stand beside it."""
    beside = next((given[name] for name in ARGUMENT_KEYS if isinstance(given.get(name), (list, str))), None)
    if key in ARGUMENT_KEYS or key not in COMMAND_KEYS | PROGRAM_KEYS or not isinstance(item, str) or not beside:
        return item
    if isinstance(beside, str):
        return f"{item} {beside}"
    return f"{item} {joined(beside)}" if isinstance(beside, list) else item


def _without_comments(statement: str) -> str:
    """Give an SQL text without the comments in front of it."""
    left = statement.lstrip(" \t\r\n;(")
    while left.startswith(("--", "/*", "#")):
        left = left.partition("*/" if left.startswith("/*") else "\n")[2].lstrip(" \t\r\n;(")
    return left


def _is_argv(given: list[Json]) -> bool:
    """Say whether a list is one command word by word, and not a command each."""
    first = given[0] if given else None
    return isinstance(first, str) and " " not in first.strip() and all(isinstance(word, str) for word in given)


def joined(argv: list[Json] | list[str]) -> str:
    """Give the words of a command as a shell would have to be given them."""
    return " ".join("'" + word.replace("'", "'\\''") + "'" for word in argv if isinstance(word, str))


def language_of(key: str, words: set[str], about: set[str]) -> str:
    """Give the language that code under a name is in, as the names say; empty where none does."""
    return next((LANGUAGES[word] for word in (key, *sorted(words), *sorted(about)) if word in LANGUAGES), "")


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


def on_path(verbs: set[str], key: str, *, online: bool = False) -> Effect | None:
    """Give what a tool with these verbs does to a path under this name; None where the verbs do not tell.

    `online` says that the tool is given a URL: what it gets from there it may put into a file.
    """
    if _puts(verbs, key, online=online):
        return Effect.FILE_WRITE
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


def _puts(verbs: set[str], key: str, *, online: bool) -> bool:
    """Say whether what stands under this name is where the tool puts what it gets."""
    if Leaf(key=key, text="").is_output:
        return not verbs & (DELETE | MOVE | COPY | MODE)
    puts = bool(verbs & PUTS) or (online and bool(verbs & GETS))
    return puts and key in FILE_KEYS and not verbs & {"list", "read"}


def only_reads(verbs: set[str], key: str, *, online: bool = False) -> bool:
    """Say whether a tool with these verbs only looks at a path under this name."""
    return on_path(verbs, key, online=online) in (Effect.FILE_READ, Effect.FILE_LIST) and not verbs & RUN


def on_service(words: set[str], server: set[str]) -> Effect | None:
    """Give what the name says about something that is no file (`drop_table`, `pods_delete`, `read_secret`)."""
    if words & EMPTIES:
        return Effect.DB_DROP
    if words & STORED and words & REVEALS and not words & NAMES_ONLY:
        return Effect.SECRET_READ
    singular = words | {word.removesuffix("s") for word in words}
    if not singular & DELETE:
        return Effect.PROCESS_KILL if "kill" in singular else None
    if singular & (DATA | MANY) or server & DATABASES:
        return Effect.DB_DROP
    return Effect.INFRA_DESTROY if singular & INFRA or server & CLOUDS else None


def searches_words(words: set[str], server: set[str]) -> bool:
    """Say whether a tool looks for words in a collection of texts, and not for rows in a database."""
    return bool(words & SEARCH) and not (words | server) & (DATA | DATABASES)


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
