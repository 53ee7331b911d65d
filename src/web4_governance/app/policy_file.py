"""The person's own policy file, changed by one command at a time: a lock around reading and writing, and a last look before.

A rule is put into the text that is there, which keeps its comments, its order and its style; where that cannot be done, nothing
is written. The lock holds off other `web4` commands. An editor takes none: what it saved since we read is found by the last
look, except in the moment between that and the rename.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager

from web4_governance.app.atomic import read_bytes, write_bytes
from web4_governance.app.hosts import json_edit
from web4_governance.app.hosts.json_text import parse as parse_json
from web4_governance.app.hosts.json_text import to_bytes, to_text
from web4_governance.core.errors import LedgerBusy, PolicyError, UsageError
from web4_governance.core.policy.document import parse
from web4_governance.storage import Home
from web4_governance.storage.lock import acquire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json

LOCK = "policy.lock"
WAIT_S = 10.0
TAKEN = "another process is changing policies"


@contextmanager
def changing(home: str) -> Iterator[None]:
    """Keep other commands from changing this home's policies; UsageError where one does not come to an end."""
    place = Home(home)
    place.create()
    try:
        lock = acquire(place.at(LOCK), deadline=time.monotonic() + WAIT_S)
    except LedgerBusy:
        raise UsageError(TAKEN, hint="try again; nothing was changed") from None
    try:
        yield
    finally:
        lock.release()


def swap(path: str, before: bytes | None, after: bytes) -> None:
    """Replace a file that is still as it was read (None: not there); UsageError where somebody else changed it."""
    if read_bytes(path) != before:
        message = f"`{path}` was changed meanwhile"
        raise UsageError(message, hint="try again; nothing was changed")
    write_bytes(path, after)


def with_rule(data: bytes, rule: dict[str, Json], wanted: Json, *, file: str, format: str) -> bytes | None:  # noqa: A002
    """Give the text of a document with a rule at its end; None where that cannot be said in its text as `wanted` says it."""
    match format:
        case "json":
            text = _in_json(to_text(data), rule)
        case "toml":
            text = f"{to_text(data).rstrip()}\n\n{_in_toml(rule)}"
        case _:
            return None
    try:
        found = parse(to_bytes(text), file=file, format=format).values
    except PolicyError:
        return None
    return to_bytes(text) if found == wanted else None


def _in_json(text: str, rule: dict[str, Json]) -> str:
    root = parse_json(text)
    if "\n" not in text.strip():  # as programs write it: with several rules nobody could read it
        text = json.dumps(root.plain(), indent=2, ensure_ascii=False) + "\n"
        root = parse_json(text)
    rules = root.get("rules")
    edit = json_edit.insert(text, root, {"rules": [rule]}) if rules is None else json_edit.insert(text, rules, [rule])
    return json_edit.apply(text, [edit])


def _in_toml(rule: dict[str, Json]) -> str:
    return "[[rules]]\n" + "".join(f"{name} = {_toml(item)}\n" for name, item in rule.items())


def _toml(item: Json) -> str:
    if isinstance(item, dict):
        return "{ " + ", ".join(f"{name} = {_toml(inner)}" for name, inner in item.items()) + " }"
    if isinstance(item, list):
        return "[" + ", ".join(map(_toml, item)) + "]"
    return json.dumps(item, ensure_ascii=False)
