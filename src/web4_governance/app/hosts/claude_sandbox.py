"""Claude Code's own sandbox: the deny rules that we put into its settings, and whether what stands there is in force.

Measured on 2.1.330 (docs/spec/claude-code.md B1-B4): `sandbox.filesystem.denyWrite` and `denyRead` are lists of paths, merged
over all settings; they bind sandboxed Bash commands alone, while `sandbox.enabled` is true and the sandbox can start. A
command may leave it by a parameter unless `allowUnsandboxedCommands` is false. Text in, text out: the files are
`app.install`'s.
"""

from __future__ import annotations

import os
import shutil
import sys

from web4_governance.app.hosts import json_edit
from web4_governance.app.hosts.entries import must_mean, root_of
from web4_governance.app.hosts.json_text import JsonFault
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.app.hosts.json_text import Node
    from web4_governance.core.canonical import Json

SANDBOX, FILESYSTEM, WRITE, READ = "sandbox", "filesystem", "denyWrite", "denyRead"
# What we set where the file does not say it itself: without them the rules bind nothing.
SWITCHES: dict[str, Json] = {"enabled": True, "allowUnsandboxedCommands": False}
LINUX_NEEDS = {"bwrap": "bubblewrap", "socat": "socat"}
# Each of these takes the walls down, or a door into them.
WEAKENED = ("enableWeakerNestedSandbox", "allowNestedUserNamespaces")


@value
class Rules:
    """What is to be denied: paths, absolute."""

    write: tuple[str, ...]
    read: tuple[str, ...]


def rules(home: str, *, settings: str, package: str) -> Rules:
    """Give the deny rules for a home, the settings file that our lines stand in, and the package that they run."""
    return Rules(write=tuple(dict.fromkeys((home, settings, package))), read=(home,))


def put(text: str, wanted: Rules) -> str:
    """Give the settings text with the rules in it; what is there already stays. JsonFault where it has another shape."""
    text = text if text.strip("\ufeff \t\r\n") else text + "{}\n"
    steps: tuple[tuple[tuple[str, ...], dict[str, Json]], ...] = (
        ((), {SANDBOX: {}}),
        ((SANDBOX,), SWITCHES),
        ((SANDBOX,), {FILESYSTEM: {}}),
        ((SANDBOX, FILESYSTEM), {WRITE: [], READ: []}),
    )
    for path, given in steps:
        text = _with_members(text, path, given)
    for name, paths in ((WRITE, wanted.write), (READ, wanted.read)):
        text = _with_items(text, name, paths)
    return text


def take(text: str, ours: Rules, *, before: str | None = None) -> str:
    """Give the text without our paths, and without what is empty or ours alone now and was not there `before`.

    Without `before` only paths are taken: who switched the sandbox on is not known.
    """
    if not text.strip("\ufeff \t\r\n") or not has(text, ours):
        return text
    for name, paths in ((WRITE, ours.write), (READ, ours.read)):
        text = _without_items(text, name, paths)
    old = {} if before is None else _plain(before)
    for path in ((SANDBOX, FILESYSTEM, WRITE), (SANDBOX, FILESYSTEM, READ), (SANDBOX, FILESYSTEM)):
        text = _without_member(text, path, old)
    if before is not None:
        for name, given in SWITCHES.items():
            text = _without_member(text, (SANDBOX, name), old, only=given)
    return _without_member(text, (SANDBOX,), old)


def has(text: str, ours: Rules) -> bool:
    """Say whether any path of ours stands in a settings text."""
    return any(path in _paths(text, name) for name, paths in ((WRITE, ours.write), (READ, ours.read)) for path in paths)


def gaps(texts: Iterable[str], ours: Rules) -> tuple[str, ...]:
    """Give what keeps the rules from being in force, for settings texts from the weakest scope to the strongest."""
    held = [text for text in texts if _parses(text)]
    found: list[str] = []
    for name, paths in ((WRITE, ours.write), (READ, ours.read)):
        listed = [path for text in held for path in _paths(text, name)]
        found += [f"`{name}` does not cover `{path}`" for path in paths if not _covered(path, listed)]
    if _last(held, "enabled") is not True:
        found.append("`sandbox.enabled` is not true")
    if _last(held, "allowUnsandboxedCommands") is not False:
        found.append("`sandbox.allowUnsandboxedCommands` is not false: a command may leave the sandbox")
    if _last(held, FILESYSTEM, "disabled") is True:
        found.append("`sandbox.filesystem.disabled` is true")
    found += [f"`sandbox.{name}` is true" for name in WEAKENED if _last(held, name) is True]
    if any(_node(text, SANDBOX, "excludedCommands") is not None and _listed(text, "excludedCommands") for text in held):
        found.append("`sandbox.excludedCommands` lets commands run outside")
    return (*found, *unavailable())


def unavailable(platform: str = sys.platform) -> tuple[str, ...]:
    """Give what the client's sandbox needs and is not here, in the client's words for it."""
    if platform.startswith("linux"):
        missing = [package for program, package in LINUX_NEEDS.items() if shutil.which(program) is None]
        return tuple(
            f"`{package}` is not installed: the client says so and runs commands without a sandbox"
            for package in missing
        )
    return () if platform == "darwin" else ("the client has no such sandbox on this system",)


def _covered(path: str, listed: list[str]) -> bool:
    """Say whether a listed path is this one or above it; `~` is the person's, and a glob is taken for nothing."""
    places = [os.path.normpath(os.path.expanduser(one)) for one in listed if not set(one) & set("*?[")]
    return any(path == place or path.startswith(place.rstrip("/") + "/") for place in places)


def _with_members(text: str, path: tuple[str, ...], given: dict[str, Json]) -> str:
    into = _container(text, path, "object")
    new = {key: item for key, item in given.items() if into.get(key) is None}
    if not new:
        return text
    made = json_edit.apply(text, [json_edit.insert(text, into, new)])
    wanted = _plain(text)
    _inside(wanted, path).update(new)
    must_mean(made, wanted)
    return made


def _with_items(text: str, name: str, paths: tuple[str, ...]) -> str:
    new = [path for path in paths if path not in _paths(text, name)]
    if not new:
        return text
    made = json_edit.apply(text, [json_edit.insert(text, _container(text, (SANDBOX, FILESYSTEM, name), "array"), new)])
    wanted = _plain(text)
    _inside(wanted, (SANDBOX, FILESYSTEM))[name] = [*_paths(text, name), *new]
    must_mean(made, wanted)
    return made


def _without_items(text: str, name: str, paths: tuple[str, ...]) -> str:
    node = _node(text, SANDBOX, FILESYSTEM, name)
    ours = [n for n, item in enumerate(node.items) if item.data in paths] if node is not None else []
    return json_edit.apply(text, json_edit.remove(node, ours)) if node is not None and ours else text


def _without_member(text: str, path: tuple[str, ...], old: dict[str, Json], *, only: Json = None) -> str:
    """Take a member out that was not there before, if it is empty, or if it is `only` what we gave it."""
    node = _node(text, *path)
    above = _node(text, *path[:-1])
    there = _at(old, path)
    if node is None or above is None or there is not None or (node.items if only is None else node.plain() is not only):
        return text
    return json_edit.apply(text, json_edit.remove(above, [len(above.keys) - 1 - above.keys[::-1].index(path[-1])]))


def _container(text: str, path: tuple[str, ...], kind: str) -> Node:
    node = _node(text, *path)
    if node is None or node.kind != kind:
        at = 0 if node is None else node.start
        message = f"`{'.'.join(path)}` is not of type {kind}"
        raise JsonFault(message, text=text, at=at)
    return node


def _node(text: str, *path: str) -> Node | None:
    node: Node | None = root_of(text)
    for name in path:
        node = node.get(name) if node is not None and node.kind == "object" else None
    return node


def _paths(text: str, name: str) -> list[str]:
    node = _node(text, SANDBOX, FILESYSTEM, name)
    return [str(item.data) for item in node.items] if node is not None and node.kind == "array" else []


def _listed(text: str, name: str) -> bool:
    node = _node(text, SANDBOX, name)
    return node is not None and bool(node.items)


def _last(texts: list[str], *names: str) -> Json:
    """Give what the strongest of the texts that says it says."""
    said = [node.plain() for text in texts if (node := _node(text, SANDBOX, *names)) is not None]
    return said[-1] if said else None


def _plain(text: str) -> dict[str, Json]:
    found = root_of(text).plain() if text.strip("\ufeff \t\r\n") else {}
    return found if isinstance(found, dict) else {}


def _inside(body: dict[str, Json], path: tuple[str, ...]) -> dict[str, Json]:
    for name in path:
        below = body[name]
        body = below if isinstance(below, dict) else {}
    return body


def _at(body: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _parses(text: str) -> bool:
    try:
        return bool(text.strip("\ufeff \t\r\n")) and root_of(text) is not None
    except JsonFault:
        return False
