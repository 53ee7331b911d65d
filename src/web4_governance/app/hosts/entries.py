"""Our hook entries in a settings file of a host: find them, put them in, take them out, and nothing else.

The layout is `{"hooks": {EVENT: [{"matcher"?, "hooks": [handler, ...]}]}}`. A handler is ours if it runs the package's
hook script directly (exec form) for the home that is asked about; whatever else a person wired up is theirs.
"""

from __future__ import annotations

from web4_governance.app.hosts import json_edit
from web4_governance.app.hosts.json_text import JsonFault, Node, parse
from web4_governance.core.errors import UsageError
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.app.hosts.json_edit import Edit
    from web4_governance.core.canonical import Json

SCRIPT_TAIL = ("web4_governance/hook.py", "web4_governance\\hook.py")
HOOKS = "hooks"


@value
class Found:
    """One handler of ours as it stands in a file: under which event, its place, and the whole of it."""

    event: str
    at: int
    matcher: str
    handler: dict[str, Json]

    def argv(self) -> tuple[str, ...]:
        """Give the command line that the host would run."""
        args = self.handler.get("args")
        return (str(self.handler.get("command")), *(str(word) for word in (args if isinstance(args, list) else [])))

    def option(self, name: str) -> str:
        """Give the value of an option of the line (`--name value` or `--name=value`), empty where it has none."""
        words = self.argv()
        for n, word in enumerate(words):
            if word.startswith(f"{name}="):
                return word.partition("=")[2]
            if word == name and n + 1 < len(words):
                return words[n + 1]
        return ""

    def client(self) -> str:
        """Give the native client that the line starts, empty where it starts the interpreter itself."""
        return self.argv()[0] if self.argv()[2:3] == ("-I",) else ""

    def python(self) -> str:
        """Give the interpreter of the line."""
        return self.argv()[1 if self.client() else 0]

    def script(self) -> str:
        """Give the path of the hook script in the line."""
        return next((word for word in self.argv() if word.endswith(SCRIPT_TAIL)), "")


def root_of(text: str) -> Node:
    """Parse a settings file; JsonFault says where it is no JSON, or not the object that settings are."""
    node = parse(text)
    if node.kind != "object":
        message = f"settings are an object, this is {_a(node.kind)}"
        raise JsonFault(message, text=text, at=node.start)
    return node


def find(text: str, *, home: str = "", in_force: bool = False) -> tuple[Found, ...]:
    """Give every handler of ours in a settings file, for one home or (without) for any.

    `in_force` leaves out what the host does not see: of two members with one name it takes the last.
    """
    found = []
    for event, group, handler in _handlers(root_of(text), in_force=in_force):
        plain = handler.plain()
        if isinstance(plain, dict) and is_ours(plain, home=home):
            matcher = group.get("matcher")
            word = matcher.data if matcher is not None else ""
            found.append(Found(event=event, at=handler.start, matcher=str(word), handler=plain))
    return tuple(found)


def is_ours(handler: dict[str, Json], *, home: str = "") -> bool:
    """Say whether a handler runs our hook script directly, for this home (a line without a home is everybody's)."""
    here = Found(event="", at=0, matcher="", handler=handler)
    named = here.option("--home")
    return bool(here.script()) and (not home or not named or named == home)


def put(text: str, new: Mapping[str, dict[str, Json]]) -> str:
    """Give the text with one group a event put in; what was there before stays as it is."""
    text = text if text.strip("\ufeff \t\r\n") else text + "{}\n"
    root = root_of(text)
    hooks = _hooks(text, root)
    if hooks is None:
        groups: dict[str, Json] = {event: [group] for event, group in new.items()}
        edits: list[Edit] = [json_edit.insert(text, root, {HOOKS: groups})]
    else:
        edits = _put_into(text, hooks, new)
    made = json_edit.apply(text, edits)
    must_mean(made, _with(root, new))
    return made


def take(text: str, *, home: str = "", before: str | None = None) -> str:
    """Give the text without our handlers, and without what is empty now and was not there `before` (or was, unknown)."""
    root = root_of(text)
    hooks = root.get(HOOKS)
    if hooks is None or hooks.kind != "object" or not find(text, home=home):
        return text
    old = _empty_before(before)
    edits: list[Edit] = []
    gone: list[int] = []
    for n, (event, groups) in enumerate(zip(hooks.keys, hooks.items, strict=True)):
        inside, emptied = _take_from(groups, home)
        if emptied and event not in old:
            gone.append(n)
        else:
            edits += inside
    if len(gone) == len(hooks.items) and HOOKS not in old:
        return json_edit.apply(text, json_edit.remove(root, [len(root.keys) - 1 - root.keys[::-1].index(HOOKS)]))
    spans = json_edit.remove(hooks, gone) if gone else []
    return json_edit.apply(text, edits + spans)


def _take_from(groups: Node, home: str) -> tuple[list[Edit], bool]:
    """Give the edits that take our handlers out of one event's groups, and whether that leaves no group."""
    if groups.kind != "array":
        return [], False
    edits: list[Edit] = []
    gone: list[int] = []
    for n, group in enumerate(groups.items):
        inner = group.get(HOOKS)
        if inner is None or inner.kind != "array":
            continue
        ours = [m for m, handler in enumerate(inner.items) if _node_is_ours(handler, home)]
        if ours and len(ours) == len(inner.items):
            gone.append(n)
        elif ours:
            edits += json_edit.remove(inner, ours)
    if gone:
        edits += json_edit.remove(groups, gone)
    return edits, bool(gone) and len(gone) == len(groups.items)


def _node_is_ours(handler: Node, home: str) -> bool:
    plain = handler.plain()
    return isinstance(plain, dict) and is_ours(plain, home=home)


def _empty_before(before: str | None) -> set[str]:
    """Give the containers that the original had: the `hooks` object and its events, whatever was in them."""
    if before is None or not before.strip("\ufeff \t\r\n"):
        return set()
    hooks = root_of(before).get(HOOKS)
    return set() if hooks is None else {HOOKS, *hooks.keys}


def _put_into(text: str, hooks: Node, new: Mapping[str, dict[str, Json]]) -> list[Edit]:
    edits: list[Edit] = []
    fresh: dict[str, Json] = {}
    for event, group in new.items():
        there = hooks.get(event)
        if there is None:
            fresh[event] = [group]
        elif there.kind != "array":
            message = f"`{event}` is {_a(there.kind)}, where an array belongs"
            raise JsonFault(message, text=text, at=there.start)
        else:
            edits.append(json_edit.insert(text, there, [group]))
    return [*edits, json_edit.insert(text, hooks, fresh)] if fresh else edits


def _hooks(text: str, root: Node) -> Node | None:
    hooks = root.get(HOOKS)
    if hooks is not None and hooks.kind != "object":
        message = f"`hooks` is {_a(hooks.kind)}, where an object belongs"
        raise JsonFault(message, text=text, at=hooks.start)
    return hooks


def _handlers(root: Node, *, in_force: bool = False) -> list[tuple[str, Node, Node]]:
    hooks = root.get(HOOKS)
    if hooks is None:
        return []
    return [
        (event, group, handler)
        for event, groups in zip(hooks.keys, hooks.items, strict=True)
        if not in_force or groups is hooks.get(event)
        for group in groups.items
        for handler in (group.get(HOOKS) or Node(kind="array", start=0, end=0)).items
    ]


def _with(root: Node, new: Mapping[str, dict[str, Json]]) -> Json:
    plain = {key: item.plain() for key, item in zip(root.keys, root.items, strict=True)}
    hooks = plain.get(HOOKS)
    whole: dict[str, Json] = dict(hooks) if isinstance(hooks, dict) else {}
    for event, group in new.items():
        there = whole.get(event)
        whole[event] = [*(there if isinstance(there, list) else []), group]
    return {**plain, HOOKS: whole}


def must_mean(text: str, wanted: Json) -> None:
    """Refuse an edit that does not say what it was to say."""
    # INVARIANT: what is written to a person's file means the old settings and our entries, or it is not written.
    if root_of(text).plain() != wanted:
        message = "the settings could not be edited safely"
        raise UsageError(message, hint="format the file with any JSON formatter, then try again")


def _a(kind: str) -> str:
    return kind if kind == "null" else f"an {kind}" if kind[0] in "ao" else f"a {kind}"
