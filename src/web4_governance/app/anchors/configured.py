"""The anchors of a home: what `[anchors.NAME]` in its settings says, as plug-ins (docs/spec/anchors.md A2)."""

from __future__ import annotations

import os
import re

from web4_governance.app.anchors.file import FileAnchor
from web4_governance.app.anchors.git import GitAnchor
from web4_governance.app.anchors.rfc3161 import TimestampAnchor
from web4_governance.app.anchors.syslog import DEVICE, JOURNAL, PORT, JournaldAnchor, SyslogAnchor
from web4_governance.app.anchors.witness import WitnessAnchor
from web4_governance.app.settings import path_of, settings
from web4_governance.core.errors import NoteError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from web4_governance.app.anchors.anchor import Anchor
    from web4_governance.core.canonical import Json

    Fields: TypeAlias = dict[str, str]
    Maker: TypeAlias = Callable[[str, str, Fields], Anchor]

NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
BRANCH = "web4-anchor"

# By kind: the fields that are needed, those that may stand there, and what makes the plug-in (home, name, fields).
KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...], Maker]] = {
    "witness": (("url", "key"), (), lambda _home, name, f: WitnessAnchor(name, url=f["url"], key=f["key"])),
    "git": (
        ("remote",),
        ("branch",),
        lambda home, name, f: GitAnchor(
            name,
            remote=f["remote"],
            branch=f.get("branch", BRANCH),
            directory=os.path.join(home, "anchors", name + ".git"),
        ),
    ),
    "rfc3161": (
        ("url", "certificate"),
        (),
        lambda _home, name, f: TimestampAnchor(name, url=f["url"], certificate=f["certificate"]),
    ),
    "journald": ((), ("socket",), lambda _home, name, f: JournaldAnchor(name, path=f.get("socket", JOURNAL))),
    "syslog": (
        (),
        ("socket", "host", "port", "read"),
        lambda _home, name, f: SyslogAnchor(
            name,
            path=f.get("socket", DEVICE),
            host=f.get("host", ""),
            port=_port(name, f.get("port", str(PORT))),
            read=f.get("read", ""),
        ),
    ),
    "file": (("path",), (), lambda _home, name, f: FileAnchor(name, path=f["path"])),
}


def configured(home: str) -> tuple[Anchor, ...]:
    """Give the anchors of a home, by name; UsageError names the field that makes no sense."""
    tables = settings(home).anchors
    return tuple(make(home, name, table) for name, table in sorted(tables.items())) if isinstance(tables, dict) else ()


def make(home: str, name: str, table: Json) -> Anchor:
    """Give one anchor from its table in the settings."""
    if not NAME.fullmatch(name):
        raise UsageError(f"`{name}` is no name of an anchor", hint="names are lower-case letters, digits and hyphens")
    where = f"`{path_of(home)}`: [anchors.{name}]"
    if not isinstance(table, dict):
        raise UsageError(f"{where} is no table")
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise UsageError(f"{where} has no `kind` of {', '.join(KINDS)}")
    needed, optional, maker = KINDS[kind]
    given = {field: text for field, text in table.items() if field != "kind"}
    for field, text in given.items():
        if field not in (*needed, *optional):
            raise UsageError(f"{where} has a field `{field}`, which a {kind} anchor does not have")
        if not isinstance(text, str) or not text:
            raise UsageError(f"{where}: `{field}` is no text")
    for field in needed:
        if field not in given:
            raise UsageError(f"{where} needs a field `{field}`")
    try:
        return maker(home, name, {field: _path_or_text(field, str(text)) for field, text in given.items()})
    except NoteError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from None


def _path_or_text(field: str, text: str) -> str:
    return os.path.abspath(os.path.expanduser(text)) if field in ("path", "certificate", "socket", "read") else text


def _port(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1 << 16):
        raise UsageError(f"the anchor `{name}`: `{text}` is no port")
    return int(text)
