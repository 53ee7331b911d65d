"""What makes Claude Code drop a settings file, or our hooks in it, without a word. Pure: text in, faults out.

Measured on 2.1.330 in print mode (docs/spec/claude-code.md): a syntax error, a known setting of the wrong type, or one bad
entry under an event that guards something makes the client ignore the whole file; a bad entry elsewhere loses only
itself. Unknown settings and unknown fields are ignored by the client, and so they are here.
"""

from __future__ import annotations

from web4_governance.app.hosts import claude_shape
from web4_governance.app.hosts.entries import root_of
from web4_governance.app.hosts.json_text import JsonFault, Node, place
from web4_governance.core.value import value

GUARDS = ("PreToolUse", "PermissionRequest")
# Set in the environment, or in the settings' own `env`, each of them starts the client without hooks.
BARE = ("CLAUDE_CODE_SIMPLE", "CLAUDE_CODE_SAFE_MODE")
TRUE = ("1", "true", "yes", "on")


@value
class Fault:
    """One thing that is wrong in a settings file: where (line and column from 1), what, and whether all of it is lost."""

    at: int
    line: int
    column: int
    what: str
    whole_file: bool

    def __str__(self) -> str:
        """Give the fault as one line."""
        return f"line {self.line}, column {self.column}: {self.what}"


def faults(text: str) -> tuple[Fault, ...]:
    """Give everything in a settings text that the client would refuse; an empty text has no settings and no fault."""
    if not text.strip("\ufeff \t\r\n"):
        return ()
    try:
        root = root_of(text)
    except JsonFault as fault:
        return (_fault(text, fault.at, fault.reason, whole=True),)
    found = [(node, what, True) for node, what in _wrong_kinds(root) + _plugins(root)]
    found += [(node, what, False) for node, what in _twice(root)]
    found += _hooks(root)
    return tuple(_fault(text, node.start, what, whole=whole) for node, what, whole in found)


def require_fit(text: str) -> None:
    """Refuse a text of which the client would drop the whole, and with it whatever we put in; JsonFault says where."""
    for fault in faults(text):
        if fault.whole_file:
            raise JsonFault(fault.what + " (the client ignores the whole file)", text=text, at=fault.at)


def switch(text: str, name: str) -> bool:
    """Say whether a boolean setting is on in a settings text; one that does not parse switches nothing."""
    found = setting(text, name)
    return found is not None and found.data is True


def setting(text: str, *names: str) -> Node | None:
    """Give a setting by its path, None where it is not set or the text does not parse."""
    try:
        node: Node | None = root_of(text)
    except JsonFault:
        return None
    for name in names:
        node = node.get(name) if node is not None else None
    return node


def bare(text: str) -> str:
    """Give the variable by which the settings' own `env` starts the client without any hooks, empty where none does."""
    for name in BARE:
        found = setting(text, "env", name)
        if found is not None and is_on(str(found.data)):
            return name
    return ""


def is_on(word: str) -> bool:
    """Say whether the client takes the word of such a variable for yes."""
    return word.strip().lower() in TRUE


def _fault(text: str, at: int, what: str, *, whole: bool) -> Fault:
    line, column = place(text, at)
    return Fault(at=at, line=line, column=column, what=what, whole_file=whole)


def _wrong_kinds(root: Node) -> list[tuple[Node, str]]:
    found = []
    for name, shape in claude_shape.SETTINGS.items():
        above = _at(root, name.rpartition(".")[0])
        node = _at(root, name)
        if above is None or above.kind != "object":
            continue
        if node is None:
            if name in claude_shape.NEEDED:
                found.append((above, f"`{name}` is missing"))
        elif wrong := claude_shape.misfit(node, shape):
            found.append((node, f"`{name}` {wrong}"))
    return found


def _at(root: Node, name: str) -> Node | None:
    node: Node | None = root
    for part in name.split(".") if name else ():
        node = node.get(part) if node is not None else None
    return node


def _twice(root: Node) -> list[tuple[Node, str]]:
    """Of two members with one name the client takes the last: what stands in the first is lost."""
    hooks = root.get("hooks")
    return [
        (node, f"`{name}` stands twice in one object: the client takes the last one")
        for above in (root, hooks)
        if above is not None and above.kind == "object"
        for n, (name, node) in enumerate(zip(above.keys, above.items, strict=True))
        if name in above.keys[n + 1 :]
    ]


def _plugins(root: Node) -> list[tuple[Node, str]]:
    enabled = root.get("enabledPlugins")
    if enabled is None or enabled.kind != "object":
        return []
    return [
        (node, f"`enabledPlugins` says neither true nor false of `{name}`")
        for name, node in zip(enabled.keys, enabled.items, strict=True)
        if node.kind not in ("boolean", "array")
    ]


def _hooks(root: Node) -> list[tuple[Node, str, bool]]:
    hooks = root.get("hooks")
    if hooks is None or hooks.kind != "object":
        return []
    return [
        (node, f"`{event}`: {what}", event in GUARDS)
        for event, groups in zip(hooks.keys, hooks.items, strict=True)
        for node, what in _groups(groups)
    ]


def _groups(groups: Node) -> list[tuple[Node, str]]:
    if groups.kind != "array":
        return [(groups, "an event holds a list of groups")]
    found: list[tuple[Node, str]] = []
    for group in groups.items:
        matcher, inner = group.get("matcher"), group.get("hooks")
        if matcher is not None and matcher.kind != "string":
            found.append((matcher, "`matcher` must be of type string"))
        if inner is None or inner.kind != "array":
            found.append((inner or group, "a group holds a list `hooks`"))
        else:
            found += [fault for handler in inner.items for fault in _handler(handler)]
    return found


def _handler(handler: Node) -> list[tuple[Node, str]]:
    kind = handler.get("type")
    needed = claude_shape.HANDLERS_NEED.get(str(kind.data)) if kind is not None else None
    if kind is None or needed is None:
        return [(kind or handler, f"`type` is none of {', '.join(claude_shape.HANDLERS)}")]
    found = [(handler, f"`{name}` must be of type string") for name in needed if handler.get(name) is None]
    for name, shape in {**claude_shape.HANDLER, **claude_shape.HANDLERS[str(kind.data)]}.items():
        node = handler.get(name)
        wrong = claude_shape.misfit(node, shape) if node is not None else ""
        if node is not None and wrong:
            found.append((node, f"`{name}` {wrong}"))
    return found
