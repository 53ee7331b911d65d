"""The policy that `web4 init` leaves in force: what was asked for, or what was there.

A person's own policy is never lost: whatever is replaced stays beside it as `.bak`. The document says which preset
judges; `enforce` alone says whether it binds.
"""

from __future__ import annotations

import os

from web4_governance.app import policies
from web4_governance.app.atomic import read_bytes, write_bytes
from web4_governance.app.hosts import json_edit
from web4_governance.app.hosts.entries import root_of
from web4_governance.app.hosts.json_text import to_bytes, to_text
from web4_governance.core.canonical import encode
from web4_governance.core.errors import UsageError
from web4_governance.core.policy import LayerName
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.policies import Source

OBSERVER = policies.DEFAULT_PRESET
BACKUP = ".bak"
LAYERS = {LayerName.USER: 0o600, LayerName.ORGANISATION: 0o644}


@value
class Chosen:
    """A policy document: where it lies, whether it was written now, and where the one before it went."""

    path: str
    written: bool
    backup: str = ""


def require_sense(*, preset: str, enforce: bool, existing: Source | None) -> None:
    """Refuse what cannot be meant, before anything is written."""
    if preset and preset not in policies.presets():
        message = f"no preset is called `{preset}`"
        raise UsageError(message, hint=f"presets are {', '.join(policies.presets())}")
    if enforce and (preset == OBSERVER or (not preset and existing is None)):
        message = f"`{OBSERVER}` binds nothing, so it cannot be enforced"
        raise UsageError(message, hint="add a preset that binds: `--preset safety --enforce`")


def choose(directory: str, layer: LayerName, *, preset: str, enforce: bool) -> Chosen:
    """Leave a policy in a directory: the preset, or the one that is there, with `enforce` set where that was asked."""
    existing = policies.find(directory, layer)
    require_sense(preset=preset, enforce=enforce, existing=existing)
    if existing is not None and not preset:
        return _enforced(existing, layer) if enforce else _checked(existing)
    wanted = encode({"extends": [preset or OBSERVER], "enforce": enforce}) + b"\n"
    path = os.path.join(directory, "policy.json")
    if existing is None:
        return _write(path, wanted, layer)
    if existing.path == path and read_bytes(path) == wanted:
        return Chosen(path=path, written=False)
    backup = existing.path + BACKUP
    write_bytes(backup, read_bytes(existing.path) or b"", mode=LAYERS[layer])
    # Crash: a policy in another format and none of ours, or both side by side, which is an error and not a hole.
    chosen = _write(path, wanted, layer)
    if existing.path != path:
        os.unlink(existing.path)
    return Chosen(path=chosen.path, written=True, backup=backup)


def _checked(source: Source) -> Chosen:
    policies.load_source(source)
    return Chosen(path=source.path, written=False)


def _enforced(source: Source, layer: LayerName) -> Chosen:
    """Set `enforce` in a document that is there, and leave every other byte of it."""
    loaded = policies.load_source(source)
    if loaded.enforce is True:
        return Chosen(path=source.path, written=False)
    if source.format != "json":
        message = f"`{source.path}` is not written in JSON, so it is left alone"
        raise UsageError(message, hint="set `enforce` to true in it, then run `web4 init` again")
    data = read_bytes(source.path) or b""
    text = to_text(data)
    root = root_of(text)
    require_sense(preset=_only_preset(root.plain()), enforce=True, existing=source)
    said = root.get("enforce")
    edit = json_edit.insert(text, root, {"enforce": True}) if said is None else (said.start, said.end, "true")
    wanted = to_bytes(json_edit.apply(text, [edit]))
    base = os.path.dirname(source.path)
    policies.load_text(
        wanted, file=source.path, format="json", layer=layer, fetch=lambda name: policies.resolve(name, base=base)
    )
    write_bytes(source.path + BACKUP, data, mode=LAYERS[layer])
    write_bytes(source.path, wanted)
    return Chosen(path=source.path, written=True, backup=source.path + BACKUP)


def _only_preset(document: object) -> str:
    """Give the one preset that a document is made of, empty where it says anything else."""
    if not isinstance(document, dict) or set(document) - {"extends", "enforce"}:
        return ""
    extends = document.get("extends")
    return str(extends[0]) if isinstance(extends, list) and len(extends) == 1 else ""


def _write(path: str, data: bytes, layer: LayerName) -> Chosen:
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    write_bytes(path, data, mode=LAYERS[layer])
    return Chosen(path=path, written=True)
