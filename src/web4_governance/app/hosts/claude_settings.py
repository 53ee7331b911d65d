"""What makes Claude Code drop a settings file, or our hooks in it, without a word. Pure: text in, faults out.

Measured on 2.1.330 in print mode (docs/spec/claude-code.md): a syntax error, a known setting of the wrong type, or one bad
entry under an event that guards something makes the client ignore the whole file; a bad entry elsewhere loses only
itself. Unknown settings and unknown fields are ignored by the client, and so they are here.
"""

from __future__ import annotations

from web4_governance.app.hosts.entries import root_of
from web4_governance.app.hosts.json_text import JsonFault, Node, place
from web4_governance.core.value import value

GUARDS = ("PreToolUse", "PermissionRequest")
MODES = ("default", "manual", "acceptEdits", "bypassPermissions", "plan", "dontAsk", "auto")
# What each handler type must have, as text.
HANDLERS = {
    "command": ("command",),
    "http": ("url",),
    "mcp_tool": ("server", "tool"),
    "prompt": ("prompt",),
    "agent": ("prompt",),
}
OBJECTS = ("attribution", "enabledPlugins", "env", "hooks", "permissions", "sandbox", "statusLine")
LISTS = ("availableModels", "companyAnnouncements", "disabledMcpjsonServers", "enabledMcpjsonServers")
STRINGS = (
    "$schema",
    "apiKeyHelper",
    "awsAuthRefresh",
    "language",
    "model",
    "otelHeadersHelper",
    "outputStyle",
    "plansDirectory",
)
BOOLEANS = (
    "alwaysThinkingEnabled",
    "autoMemoryEnabled",
    "disableAllHooks",
    "enableAllProjectMcpServers",
    "fastMode",
    "includeCoAuthoredBy",
    "respectGitignore",
    "skipWebFetchPreflight",
    "spinnerTipsEnabled",
)
KINDS = {
    **dict.fromkeys(OBJECTS, "object"),
    **dict.fromkeys(LISTS, "array"),
    **dict.fromkeys(STRINGS, "string"),
    **dict.fromkeys(BOOLEANS, "boolean"),
}
SIMPLE = "CLAUDE_CODE_SIMPLE"
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
    found = [(node, what, True) for node, what in _wrong_kinds(root) + _permissions(root) + _plugins(root)]
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


def simple(text: str) -> bool:
    """Say whether the settings' own `env` starts the client without any hooks."""
    found = setting(text, "env", SIMPLE)
    return found is not None and str(found.data).lower() in TRUE


def _fault(text: str, at: int, what: str, *, whole: bool) -> Fault:
    line, column = place(text, at)
    return Fault(at=at, line=line, column=column, what=what, whole_file=whole)


def _wrong_kinds(root: Node) -> list[tuple[Node, str]]:
    found = []
    for name, kind in KINDS.items():
        node = root.get(name)
        if node is not None and node.kind != kind:
            found.append((node, f"`{name}` must be of type {kind}"))
    return found


def _permissions(root: Node) -> list[tuple[Node, str]]:
    permissions = root.get("permissions")
    if permissions is None or permissions.kind != "object":
        return []
    found = []
    for name in ("allow", "deny", "ask", "additionalDirectories"):
        node = permissions.get(name)
        if node is not None and node.kind != "array":
            found.append((node, f"`permissions.{name}` must be a list"))
    for name, words in (("defaultMode", MODES), ("disableBypassPermissionsMode", ("disable",))):
        node = permissions.get(name)
        if node is not None and node.data not in words:
            found.append((node, f"`permissions.{name}` is none of {', '.join(words)}"))
    return found


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
    needed = HANDLERS.get(str(kind.data)) if kind is not None else None
    if needed is None:
        return [(kind or handler, f"`type` is none of {', '.join(HANDLERS)}")]
    found: list[tuple[Node, str]] = []
    for name in needed:
        node = handler.get(name)
        if node is None or node.kind != "string":
            found.append((node or handler, f"`{name}` must be of type string"))
    timeout, args, failure = handler.get("timeout"), handler.get("args"), handler.get("onFailure")
    if timeout is not None and not (timeout.kind == "number" and timeout.data > 0):  # type: ignore[operator]  # a number
        found.append((timeout, "`timeout` must be a number above 0"))
    if args is not None and (args.kind != "array" or any(item.kind != "string" for item in args.items)):
        found.append((args, "`args` must be a list of strings"))
    if failure is not None and failure.data not in ("continue", "block"):
        found.append((failure, "`onFailure` is neither continue nor block"))
    return found
