"""What a call of an MCP server, or of a tool that nobody knows, does: read from its name and from what it is handed."""

from __future__ import annotations

from web4_governance.core.action import Category, Effect, Target, TargetKind
from web4_governance.core.effects import arguments, opening, servers
from web4_governance.core.effects.apply import Application, Input
from web4_governance.core.effects.literal import secret_in
from web4_governance.core.effects.places import locate
from web4_governance.core.effects.rows import Reading
from web4_governance.core.effects.select import host_of
from web4_governance.core.effects.tools import follow, network
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.effects.arguments import Leaf
    from web4_governance.core.effects.gathering import Frame
    from web4_governance.core.effects.tools import Call

_SPECIAL = 4
_MOST_PLACES = 4
_LONGEST_NAME = 255


def mcp(call: Call) -> None:
    """An MCP call, and what its arguments look like."""
    server, _, tool = call.name.removeprefix("mcp__").partition("__")
    server = call.mcp.name if call.mcp is not None else server
    frame = call.frame(Category.MCP)
    target = Target(kind=TargetKind.TOOL, given=f"{server}/{tool or call.name}")
    call.gathering.add(frame, Effect.MCP_CALL, target, why="a tool of an MCP server")
    words = set(arguments.words_of(tool or call.name))
    about = set(arguments.words_of(server))
    found = tuple(leaf for _, leaf in zip(range(arguments.MAX_LEAVES), arguments.leaves(call.given), strict=False))
    if arguments.hides(words) and not any(leaf.text for leaf in found):
        call.gathering.add(frame, Effect.OPAQUE, why="a tool that is not told what to run, or on which file")
    if words & arguments.MODE and any(_lends_rights(leaf) for leaf in found):
        call.gathering.add(frame, Effect.PRIVILEGE, why="lets others run it with the owner's rights")
    service = arguments.on_service(words, about)
    if service is not None:
        call.gathering.add(frame, service, target, why="the tool's name says so")
    flagged = arguments.on_flags(words, call.given)
    if flagged is not None:
        call.gathering.add(frame, flagged, target, why="an argument says so")
    handed = Handed(words=words, about=about, online=any(leaf.is_url for leaf in found), places=_places(call, found))
    stands_for = servers.command_of(server, tool, call.given)
    if stands_for:
        _run(call, stands_for, handed.run_in)
    changes = any(leaf.is_statement and not opening.only_looks(leaf.text) for leaf in found)
    for count, leaf in enumerate(arguments.leaves(call.given)):
        if count == arguments.MAX_LEAVES:
            call.gathering.add(frame, Effect.OPAQUE, why="more arguments than are read")
        if count < arguments.MAX_LEAVES:
            _argument(call, frame, leaf, handed)
        if changes or not arguments.only_reads(words, leaf.key, online=handed.online):
            _keep_off(call, frame, leaf, None, handed.places)
    if not any(leaf.is_path for leaf in found):
        _lets_out(call, frame, found)


def _lets_out(call: Call, frame: Frame, found: tuple[Leaf, ...]) -> None:
    """A server that is handed no file may be anywhere: a token in what it is told leaves with it."""
    for leaf in found:
        name = secret_in(leaf.text)
        if name:
            why = f"argument `{leaf.key}` holds {name}"
            call.gathering.add(frame, Effect.SECRET_EGRESS, why=why)
            return


@value
class Handed:
    """What the name of a tool says: its words, those of its server, and whether it is given a URL.

    `places` are the directories that its arguments name, from which others of them are read.
    """

    words: set[str]
    about: set[str]
    online: bool
    places: Places

    @property
    def run_in(self) -> tuple[str | None, ...]:
        """Give the directories in which a command of the call may run."""
        return self.places.certain or (self.places.own, *self.places.perhaps, *self.places.above)


@value
class Places:
    """The directories of a call: its own, and those that arguments name; None for one that cannot be told.

    In those that are `certain` a command runs, and not elsewhere; in those `perhaps` it may, and names may lie there; in
    those `above` it may, and bare names may lie there.
    """

    own: str | None
    certain: tuple[str | None, ...] = ()
    perhaps: tuple[str | None, ...] = ()
    above: tuple[str | None, ...] = ()

    def of(self, leaf: Leaf) -> tuple[str | None, ...]:
        """Give the directories from which a path among the arguments may be meant."""
        if leaf.key in arguments.CWD_KEYS | arguments.ABOVE_KEYS:
            return (self.own,)
        bare = self.above if leaf.key in arguments.NAME_KEYS else ()
        return tuple(dict.fromkeys((self.own, *self.certain, *self.perhaps, *bare)))


def _places(call: Call, found: tuple[Leaf, ...]) -> Places:
    def under(keys: frozenset[str]) -> tuple[str | None, ...]:
        texts = dict.fromkeys(leaf.text for leaf in found if leaf.key in keys and leaf.text and not leaf.is_url)
        return tuple(_located(call, text, call.cwd).resolved or None for text in list(texts)[:_MOST_PLACES])

    return Places(
        own=call.cwd,
        certain=under(arguments.CWD_KEYS),
        perhaps=under(arguments.DIRECTORY_KEYS),
        above=under(arguments.ABOVE_KEYS - arguments.DIRECTORY_KEYS),
    )


def _run(call: Call, source: str, places: tuple[str | None, ...]) -> None:
    """Read a command in each directory in which it may run."""
    for cwd in dict.fromkeys(places):
        follow(source, call.gathering, cwd=cwd, via=(call.name,))


def _argument(call: Call, frame: Frame, leaf: Leaf, handed: Handed) -> None:
    words = handed.words
    effect = arguments.on_path(words, leaf.key, online=handed.online)
    if leaf.is_url or (leaf.key in arguments.URL_KEYS and host_of(leaf.text)):
        network(call, leaf.text, why=f"argument `{leaf.key}`")
    elif _is_command(leaf, words, effect) or _is_typed(leaf, handed):
        call.gathering.add(frame, Effect.CODE_RUN, why=f"argument `{leaf.key}` is run")
        _run(call, leaf.text, handed.run_in)
    elif leaf.key in arguments.CODE_KEYS and words & arguments.RUN:
        for cwd in dict.fromkeys(handed.run_in):
            _code(call, replace(frame, cwd=cwd), leaf, arguments.language_of(leaf.key, handed.words, handed.about))
    elif leaf.is_statement and not arguments.searches_words(words, handed.about):
        reader_of(call, frame).sql(leaf.text)
    elif leaf.is_path or _is_name(leaf, effect, handed.places):
        for target in _paths_of(call, leaf, handed.places):
            call.gathering.add(frame, effect or Effect.FILE_READ, target, why=f"argument `{leaf.key}`")
    host = leaf.password_host
    if host:
        call.gathering.add(
            frame, Effect.SECRET_EGRESS, host=host, why=f"argument `{leaf.key}` holds a password for elsewhere"
        )


def _is_command(leaf: Leaf, words: set[str], effect: Effect | None) -> bool:
    if leaf.key in arguments.COMMAND_KEYS:
        return effect is None or bool(words & arguments.RUN)
    return leaf.key in arguments.TYPED_KEYS and bool(words & arguments.RUN) and not words & arguments.DATA


def _is_typed(leaf: Leaf, handed: Handed) -> bool:
    """Say whether a text is typed into a terminal."""
    return (
        leaf.key in arguments.TYPED_KEYS
        and bool((handed.words | handed.about) & arguments.TERMINALS)
        and bool(handed.words & arguments.TYPES)
    )


def _is_name(leaf: Leaf, effect: Effect | None, places: Places) -> bool:
    """Say whether an argument is the bare name of a file, beside one that names its directory."""
    beside = places.certain or places.perhaps or places.above
    return (
        effect is not None and bool(beside) and leaf.key in arguments.NAME_KEYS and 0 < len(leaf.text) <= _LONGEST_NAME
    )


def _code(call: Call, frame: Frame, leaf: Leaf, language: str) -> None:
    """Read code, and in a notebook's cell what it hands to the shell (`!command`, `%%bash`)."""
    first, _, rest = leaf.text.lstrip().partition("\n")
    if first.split()[:1] in (["%%bash"], ["%%sh"], ["%%script"]):
        follow(rest, call.gathering, cwd=frame.cwd, via=(call.name,))
        return
    for line in leaf.text.splitlines():
        said = line.strip()
        if said.startswith(("!", "%sx ", "%system ")):
            shell = said.lstrip("!") if said[0] == "!" else said.partition(" ")[2]
            follow(shell, call.gathering, cwd=frame.cwd, via=(call.name,))
    reader_of(call, frame).code(leaf.text, language)


def _lends_rights(leaf: Leaf) -> bool:
    """Say whether a mode sets the bits that run a program as its owner: `+s`, `u+s`, `4755`."""
    mode = leaf.text.lower().removeprefix("0o").lstrip("0")
    symbolic = any(sign in mode for sign in "+=") and "s" in mode.replace("=", "+").partition("+")[2]
    return leaf.key in ("mode", "permissions", "perms") and (
        symbolic or (len(mode) == _SPECIAL and mode[0] in "234567")
    )


def _keep_off(call: Call, frame: Frame, leaf: Leaf, target: Target | None, places: Places) -> None:
    """Say that an argument names what the gate protects; every argument is looked at, however many there are."""
    protected = call.gathering.protected
    if leaf.is_path or leaf.key in arguments.NAME_KEYS:
        named = any(map(protected.holds, _paths_of(call, leaf, places))) or (
            leaf.is_path and protected.named_in(leaf.text)
        )
    else:
        named = leaf.key in arguments.CODE_KEYS and protected.spoken_of(leaf.text)
    if named:
        why = f"argument `{leaf.key}` names what the gate protects"
        call.gathering.add(frame, Effect.SELF_TAMPER, target, why=why)


def _paths_of(call: Call, leaf: Leaf, places: Places) -> tuple[Target, ...]:
    """Give what an argument may name as a path, seen from each directory that it may be meant from."""
    return tuple(dict.fromkeys(_located(call, leaf.text, cwd) for cwd in places.of(leaf)))


def _located(call: Call, text: str, cwd: str | None) -> Target:
    return locate(text.removeprefix("file://"), call.gathering.scene, cwd=cwd)


def reader_of(call: Call, frame: Frame) -> Application:
    """Give what reads code and statements in an argument."""
    return Application(
        call.gathering,
        frame,
        Reading(row={}),
        Input(),
        lambda source, by: follow(source, call.gathering, cwd=frame.cwd, via=(call.name, by), depth=1),
    )


def unknown(call: Call) -> None:
    """A tool of which nothing is known: judged as it stands, and kept from what the gate protects."""
    target = Target(kind=TargetKind.TOOL, given=call.name)
    call.gathering.add(call.frame(Category.OTHER), None, target, why="a tool that is not known")
    words = set(arguments.words_of(call.name))
    first = tuple(leaf for _, leaf in zip(range(arguments.MAX_LEAVES), arguments.leaves(call.given), strict=False))
    handed = Handed(words=words, about=set(), online=False, places=_places(call, first))
    for leaf in arguments.leaves(call.given):
        if leaf.key in arguments.COMMAND_KEYS:
            _run(call, leaf.text, handed.run_in)
        _keep_off(call, call.frame(Category.OTHER), leaf, target, handed.places)
        if leaf.is_path:
            effect = arguments.on_path(words, leaf.key)
            for named in _paths_of(call, leaf, handed.places):
                call.gathering.add_marked(call.frame(Category.OTHER), effect or Effect.FILE_READ, named)
