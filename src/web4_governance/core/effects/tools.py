"""What each tool does: the tools of the known hosts by name, MCP tools by what they are handed, the rest as unknown.

One table of names for all hosts; names are compared in lower case. A tool that runs commands is read as shell, so the same
deed is the same by whatever tool it is done.
"""

from __future__ import annotations

from web4_governance.core.action import Category, Effect, Place, Target, TargetKind
from web4_governance.core.effects.gathering import Frame
from web4_governance.core.effects.names import names
from web4_governance.core.effects.places import locate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.action import McpServer
    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.gathering import Gathering

    Input_ = dict[str, Json]
    Handler = Callable[["Call"], None]

PATH_FIELDS = (
    "file_path", "path", "notebook_path", "filePath", "absolute_path", "target_file", "dir_path", "paths", "file_paths",
)  # fmt: skip  # one name a line says no more
COMMAND_FIELDS = ("command", "cmd", "script", "chars", "input")
CWD_FIELDS = ("workdir", "cwd", "working_directory", "working_dir", "directory", "dir_path", "dir")
PATCH_FIELDS = ("command", "patch", "input", "patch_text", "patchText", "diff")
TEXT_FIELDS = ("content", "new_string", "new_str", "file_text", "newString", "contents", "text", "new_source")
AGENT_FIELDS = ("subagent_type", "agent_type", "agent_name", "name", "agent")


def follow(source: str, gathering: Gathering, *, cwd: str | None, via: tuple[str, ...] = (), depth: int = 0) -> None:
    """Read a text as shell and add the deeds of its commands."""
    from web4_governance.core.effects.script import follow as walk  # noqa: PLC0415  # the shell's modules, for commands only

    walk(source, gathering, cwd=cwd, via=via, depth=depth)


class Call:
    """One tool call while its deeds are gathered."""

    __slots__ = ("cwd", "gathering", "given", "mcp", "name")

    def __init__(self, name: str, given: Input_, gathering: Gathering, cwd: str, mcp: McpServer | None) -> None:
        self.name = name
        self.given = given
        self.gathering = gathering
        self.cwd = cwd
        self.mcp = mcp

    def frame(self, *categories: Category) -> Frame:
        """Give what the deeds of the call have in common."""
        return Frame(categories=categories, cwd=self.cwd)

    def texts(self, fields: tuple[str, ...]) -> list[str]:
        """Give the strings that stand under any of these names; a list gives each of its strings."""
        found: list[str] = []
        for name in fields:
            item = self.given.get(name)
            if isinstance(item, str):
                found.append(item)
            elif isinstance(item, list):
                found += [text for text in item if isinstance(text, str)]
        return found


def gather(call: Call) -> None:
    """Add the deeds of a call."""
    handler = None if call.mcp is not None or call.name.startswith("mcp__") else TOOLS.get(call.name.lower())
    if handler is not None:
        handler(call)
    elif call.mcp is not None or call.name.startswith("mcp__"):
        _mcp(call)
    else:
        _unknown(call)


def _paths(effect: Effect, default: str = "") -> Handler:
    def handle(call: Call) -> None:
        for text in call.texts(PATH_FIELDS) or [default]:
            call.gathering.add(call.frame(), effect, _literal_path(call, text), why=call.name)

    return handle


def _write(call: Call) -> None:
    """A file is written: with a name of the gate's program, or lines that hide it, that is more than a file."""
    _paths(Effect.FILE_WRITE)(call)
    from web4_governance.core.effects import shadows  # noqa: PLC0415  # for what writes only

    edits = call.given.get("edits")
    parts = [one for one in edits if isinstance(one, dict)] if isinstance(edits, list) else []
    texts = [*call.texts(TEXT_FIELDS), *(text for part in parts for text in part.values() if isinstance(text, str))]
    if any(text.rpartition("/")[2] == "package.json" for text in call.texts(PATH_FIELDS)):
        from web4_governance.core.effects.recipes import install_scripts  # noqa: PLC0415  # for such a file only

        new = [*call.texts(TEXT_FIELDS), *(part[key] for part in parts for key in TEXT_FIELDS if key in part)]
        for script in (script for text in new if isinstance(text, str) for script in install_scripts(text)):
            follow(script, call.gathering, cwd=call.cwd)
    for text in call.texts(PATH_FIELDS):
        target = _literal_path(call, text)
        why = shadows.writes_shadow(target, texts, call.gathering.lasts, call.gathering.protected)
        if why:
            call.gathering.add(call.frame(), Effect.SELF_TAMPER, target, why=why)


def _literal_path(call: Call, text: str) -> Target:
    if not text:
        return Target(kind=TargetKind.PATH, given="", place=Place.UNKNOWN, exact=False)
    return locate(text, call.gathering.scene, cwd=call.cwd)


def _grep(call: Call) -> None:
    """A search reads what lies below its path; a name filter says which files it is after."""
    from web4_governance.core.effects import offers  # noqa: PLC0415  # as for `grep`, for these calls only

    sought = any(offers.speaks_of_secrets(pattern) for pattern in call.texts(("pattern", "query", "regex")))
    for above in call.texts(PATH_FIELDS) or ["."]:
        filters = call.texts(("glob", "include", "pattern_filter"))
        target = _literal_path(call, above)
        call.gathering.add(call.frame(), Effect.FILE_READ, target, why=call.name, deep=True)
        if sought and offers.is_theirs(target):
            call.gathering.add(call.frame(), Effect.SECRET_READ, target, why=offers.SOUGHT)
        for name in filters:
            call.gathering.add(call.frame(), Effect.FILE_READ, call.gathering.path(f"{above}/{name}", call.frame()))


def _glob(call: Call) -> None:
    """A search for names; one for a secret's very name looks for secrets, one for a kind of names does not."""
    from web4_governance.core.effects.arguments import leaves  # noqa: PLC0415

    nested = [leaf.text for leaf in leaves(call.given) if leaf.key == "pattern"]
    for above in call.texts(("path", "dir_path")) or ["."]:
        for pattern in call.texts(("pattern",)) or nested or ["*"]:
            given = pattern if pattern.startswith(("/", "~")) else f"{above}/{pattern}"
            target = call.gathering.path(given, call.frame())
            call.gathering.add(call.frame(), Effect.FILE_LIST, target, why=call.name)
            if not any(sign in pattern.rpartition("/")[2] for sign in "*?[{"):
                call.gathering.add_marked(call.frame(), Effect.FILE_READ, target)


def _shell(call: Call) -> None:
    frame = call.frame(Category.COMMAND)
    item = next((call.given[name] for name in COMMAND_FIELDS if name in call.given), None)
    words = [word for word in item if isinstance(word, str)] if isinstance(item, list) else None
    source = " ".join(_quoted(word) for word in words) if words else item
    if not isinstance(source, str):
        call.gathering.add(frame, Effect.OPAQUE, why="a command that cannot be read")
        return
    cwd: str | None = call.cwd
    for directory in call.texts(CWD_FIELDS)[:1]:
        cwd = locate(directory, call.gathering.scene, cwd=call.cwd).resolved or None
    follow(source, call.gathering, cwd=cwd)


def _quoted(word: str) -> str:
    return "'" + word.replace("'", "'\\''") + "'"


def _patch(call: Call) -> None:
    from web4_governance.core.effects import patches  # noqa: PLC0415

    found = [file for text in call.texts(PATCH_FIELDS) for file in patches.files(text, own=True)]
    for effect, name in found:
        call.gathering.add(call.frame(), effect, _literal_path(call, name), why=call.name)
    if not found:
        call.gathering.add(call.frame(), Effect.FILE_WRITE, _literal_path(call, ""), why="a patch without headers")


def _fetch(call: Call) -> None:
    urls = call.texts(("url", "uri", "urls")) or [
        word for text in call.texts(("prompt",)) for word in text.split() if "://" in word
    ]
    for url in urls or [""]:
        if url.lower().startswith("file:"):
            path = url[len("file:") :].removeprefix("//").removeprefix("localhost")
            call.gathering.add(call.frame(), Effect.FILE_READ, _literal_path(call, path), why=call.name)
        else:
            network(call, url, why=call.name)


def network(call: Call, url: str, why: str) -> None:
    """Add what going to a URL is: data comes in, and data goes out."""
    from web4_governance.core.effects.select import host_of  # noqa: PLC0415

    host = host_of(url)
    target = Target(kind=TargetKind.HOST, given=url, resolved=host, exact=bool(host)) if url else None
    for effect in (Effect.NET_INGRESS, Effect.NET_EGRESS):
        call.gathering.add(call.frame(), effect, target, host=host, why=why)
    _lets_out(call, url, host)


def _lets_out(call: Call, text: str, host: str = "") -> None:
    """A token that stands in what is sent, by its shape."""
    from web4_governance.core.effects.literal import secret_in  # noqa: PLC0415

    name = secret_in(text)
    if name:
        call.gathering.add(call.frame(), Effect.SECRET_EGRESS, host=host, why=f"sends {name}")


def _search(call: Call) -> None:
    network(call, "", why=call.name)
    for text in call.texts(("query", "q")):
        _lets_out(call, text)


def _delegate(call: Call) -> None:
    agents = call.texts(AGENT_FIELDS)
    target = Target(kind=TargetKind.AGENT, given=agents[0] if agents else "")
    call.gathering.add(call.frame(), Effect.DELEGATE, target, why=call.name)


def _state(call: Call) -> None:
    call.gathering.add(call.frame(), Effect.STATE, why=call.name)


def _schedule(call: Call) -> None:
    call.gathering.add(call.frame(), Effect.PERSISTENCE, why="is run again later")


def _mcp(call: Call) -> None:
    from web4_governance.core.effects import handed  # noqa: PLC0415  # what arguments mean, for these calls only

    handed.mcp(call)


def _unknown(call: Call) -> None:
    from web4_governance.core.effects import handed  # noqa: PLC0415

    handed.unknown(call)


def _table() -> dict[str, Handler]:
    read, listing = _paths(Effect.FILE_READ), _paths(Effect.FILE_LIST, ".")
    rows: tuple[tuple[Handler, frozenset[str]], ...] = (
        (_shell, SHELL),
        (read, names("read read_file view view_image read_many_files notebookread notebook_read cat")),
        (_write, WRITE),
        (_grep, names("grep search_file_content rg codesearch")),
        (_glob, names("glob find_files")),
        (listing, names("ls list list_directory")),
        (_fetch, names("webfetch web_fetch fetch")),
        (_search, names("websearch web_search google_web_search")),
        (_delegate, names("agent task spawn_agent invoke_agent delegate sendmessage send_message send_input")),
        (_patch, names("apply_patch patch applypatch")),
        (_schedule, names("croncreate schedulewakeup")),
        (_state, STATE),
    )
    return {name: handler for handler, tools in rows for name in tools}


SHELL = names(
    "bash shell run_shell_command local_shell exec_command shell_command terminal powershell write_stdin monitor "
    "run_terminal_cmd run_in_terminal runinterminal execute_command run_command run_shell execute_bash run_bash bash_tool"
)
WRITE = names(
    "write edit multiedit write_file create create_file replace str_replace edit_file notebookedit notebook_edit"
)
STATE = names(
    "todowrite todoread todo_write taskcreate taskupdate taskget tasklist taskoutput taskstop bashoutput killshell "
    "killbash enterplanmode exitplanmode askuserquestion ask_user toolsearch skill slashcommand complete_task "
    "structuredoutput update_plan save_memory wait wait_agent close_agent resume_agent read_bash stop_bash "
    "report_intent enterworktree exitworktree crondelete cronlist write_todos question invalid"
)
TOOLS = _table()
