"""What a call of an MCP server, or of a tool that nobody knows, does: read from its name and from what it is handed."""

from __future__ import annotations

from web4_governance.core.action import Category, Effect, Target, TargetKind
from web4_governance.core.effects import arguments
from web4_governance.core.effects.apply import Application, Input
from web4_governance.core.effects.flows import secret_in
from web4_governance.core.effects.places import locate
from web4_governance.core.effects.rows import Reading
from web4_governance.core.effects.select import host_of
from web4_governance.core.effects.tools import follow, network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.effects.arguments import Leaf
    from web4_governance.core.effects.gathering import Frame
    from web4_governance.core.effects.tools import Call

_SPECIAL = 4


def mcp(call: Call) -> None:
    """An MCP call, and what its arguments look like."""
    server, _, tool = call.name.removeprefix("mcp__").partition("__")
    server = call.mcp.name if call.mcp is not None else server
    frame = call.frame(Category.MCP)
    target = Target(kind=TargetKind.TOOL, given=f"{server}/{tool or call.name}")
    call.gathering.add(frame, Effect.MCP_CALL, target, why="a tool of an MCP server")
    words = set(arguments.words_of(tool or call.name))
    found = tuple(leaf for _, leaf in zip(range(arguments.MAX_LEAVES), arguments.leaves(call.given), strict=False))
    if arguments.hides(words) and not any(leaf.text for leaf in found):
        call.gathering.add(frame, Effect.OPAQUE, why="a tool that is not told what to run, or on which file")
    if words & arguments.MODE and any(_lends_rights(leaf) for leaf in found):
        call.gathering.add(frame, Effect.PRIVILEGE, why="lets others run it with the owner's rights")
    service = arguments.on_service(words)
    if service is not None:
        call.gathering.add(frame, service, target, why="the tool's name says so")
    flagged = arguments.on_flags(words, call.given)
    if flagged is not None:
        call.gathering.add(frame, flagged, target, why="an argument says so")
    if words & arguments.SENDS and any(secret_in(leaf.text) for leaf in found):
        call.gathering.add(frame, Effect.SECRET_EGRESS, target, why="a secret stands in what it sends")
    for count, leaf in enumerate(arguments.leaves(call.given)):
        if count == arguments.MAX_LEAVES:
            call.gathering.add(frame, Effect.OPAQUE, why="more arguments than are read")
        if count < arguments.MAX_LEAVES:
            _argument(call, frame, leaf, words)
        if not arguments.only_reads(words, leaf.key):
            _keep_off(call, frame, leaf, None)


def _argument(call: Call, frame: Frame, leaf: Leaf, words: set[str]) -> None:
    effect = arguments.on_path(words, leaf.key)
    if leaf.is_url or (leaf.key in arguments.URL_KEYS and host_of(leaf.text)):
        network(call, leaf.text, why=f"argument `{leaf.key}`")
    elif leaf.key in arguments.COMMAND_KEYS and (effect is None or words & arguments.RUN):
        call.gathering.add(frame, Effect.CODE_RUN, why=f"argument `{leaf.key}` is run")
        follow(leaf.text, call.gathering, cwd=call.cwd, via=(call.name,))
    elif leaf.key in arguments.CODE_KEYS and words & arguments.RUN:
        reader_of(call, frame).code(leaf.text, leaf.key)
    elif leaf.is_statement:
        reader_of(call, frame).sql(leaf.text)
    elif leaf.is_path:
        call.gathering.add(frame, effect or Effect.FILE_READ, _path_of(call, leaf), why=f"argument `{leaf.key}`")
    host = leaf.password_host
    if host:
        call.gathering.add(
            frame, Effect.SECRET_EGRESS, host=host, why=f"argument `{leaf.key}` holds a password for elsewhere"
        )


def _lends_rights(leaf: Leaf) -> bool:
    """Say whether a mode sets the bits that run a program as its owner: `+s`, `u+s`, `4755`."""
    mode = leaf.text.lower().removeprefix("0o").lstrip("0")
    symbolic = any(sign in mode for sign in "+=") and "s" in mode.replace("=", "+").partition("+")[2]
    return leaf.key in ("mode", "permissions", "perms") and (
        symbolic or (len(mode) == _SPECIAL and mode[0] in "234567")
    )


def _keep_off(call: Call, frame: Frame, leaf: Leaf, target: Target | None) -> None:
    """Say that an argument names what the gate protects; every argument is looked at, however many there are."""
    protected = call.gathering.protected
    if leaf.is_path:
        named = protected.holds(_path_of(call, leaf)) or protected.named_in(leaf.text)
    else:
        named = leaf.key in arguments.CODE_KEYS and protected.spoken_of(leaf.text)
    if named:
        why = f"argument `{leaf.key}` names what the gate protects"
        call.gathering.add(frame, Effect.SELF_TAMPER, target, why=why)


def _path_of(call: Call, leaf: Leaf) -> Target:
    return locate(leaf.text.removeprefix("file://"), call.gathering.scene, cwd=call.cwd)


def reader_of(call: Call, frame: Frame) -> Application:
    """Give what reads code and statements in an argument."""
    return Application(
        call.gathering,
        frame,
        Reading(row={}),
        Input(),
        lambda source, by: follow(source, call.gathering, cwd=call.cwd, via=(call.name, by), depth=1),
    )


def unknown(call: Call) -> None:
    """A tool of which nothing is known: judged as it stands, and kept from what the gate protects."""
    target = Target(kind=TargetKind.TOOL, given=call.name)
    call.gathering.add(call.frame(Category.OTHER), None, target, why="a tool that is not known")
    words = set(arguments.words_of(call.name))
    for leaf in arguments.leaves(call.given):
        _keep_off(call, call.frame(Category.OTHER), leaf, target)
        if leaf.is_path:
            effect = arguments.on_path(words, leaf.key)
            call.gathering.add_marked(call.frame(Category.OTHER), effect or Effect.FILE_READ, _path_of(call, leaf))
