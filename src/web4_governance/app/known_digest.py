"""The digest of the policy in force, kept from call to call in `<home>/cache/digests.json`.

The digest is over every field of every rule, and over how each pattern is read: making it costs a hook more than judging.
What it is kept under is made of the bytes of all documents, of the layers that they speak for, and of the program's own files
that say how they are read; where one of them changed, the digest is made anew. Whoever can write there can write the policy.
"""

from __future__ import annotations

import os
import sys

from web4_governance.app.atomic import keep_copy
from web4_governance.app.catalogs import INDEX
from web4_governance.app.regular import read_regular
from web4_governance.core.canonical import decode, encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import CanonicalError
from web4_governance.core.policy import combine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy import Layer, PolicySet

MOST = 16  # sets of layers: a person works in a few projects
READERS = (
    "load", "layers", "rule", "condition", "fields", "pattern", "command", "glob", "paths", "statement", "spelling",
)  # fmt: skip
SIZE = len("sha256:") + 64


def combined(layers: tuple[Layer, ...], home: str) -> PolicySet:
    """Give what `combine` gives, with the digest that was made before, if it was."""
    path = os.path.join(home, "cache", "digests.json")
    key = _key(layers)
    held = _held(path)
    known = held.get(key, "") if key else ""
    if isinstance(known, str) and len(known) == SIZE:
        return combine(layers, digest=known)
    made = combine(layers)
    if key:
        held.pop(key, None)
        newest = [(name, digest) for name, digest in held.items() if isinstance(digest, str)][1 - MOST :]
        # Crash: made again by the next call.
        keep_copy(path, encode({**dict(newest), key: made.digest}))
    return made


def _key(layers: tuple[Layer, ...]) -> str:
    """Give what a digest is kept under; empty where the program's own files cannot be looked at."""
    package = combine.__module__.rpartition(".")[0]
    names = (getattr(sys.modules.get(f"{package}.{name}"), "__file__", "") for name in READERS)
    try:
        seen = [os.stat(name) for name in (INDEX, *names) if name]
    except OSError:
        return ""
    program: list[Json] = [[found.st_mtime_ns, found.st_size] for found in seen]
    said: list[Json] = [[str(one.name), one.file, one.source, [list(pin) for pin in one.pins]] for one in layers]
    return sha256_hex(encode([str(program), said]))


def _held(path: str) -> dict[str, Json]:
    try:
        held = decode(read_regular(path, listened=False))
    except (OSError, CanonicalError):
        return {}
    return held if isinstance(held, dict) else {}
