"""Reads the catalog of programs from the package's data files, once a process, and only as far as a call needs it.

What paths and hosts mean is wanted for every call; what programs do, only for calls that hold a command. Files without
marks are parsed when the first program is met.
"""

from __future__ import annotations

import os

from web4_governance.core.canonical import trusted
from web4_governance.core.effects import Catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.canonical import Json

ROOT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "catalog", "programs")
MARKS = (b'"paths"', b'"hosts"')
_loaded: list[Catalog] = []


def catalog() -> Catalog:
    """Give the catalog that ships with the package."""
    if not _loaded:
        texts = _texts()
        marked = [text for text in texts if any(mark in text for mark in MARKS)]
        plain = [text for text in texts if text not in marked]
        _loaded.append(Catalog.from_json(_parsed(marked), rest=lambda: _parsed(plain)))
    return _loaded[0]


def documents() -> tuple[dict[str, Json], ...]:
    """Give all data files, parsed, in the order of their names."""
    return _parsed(_texts())


class Programs:
    """The names that make a target pattern a command pattern: asked one by one, so that a policy loads no catalog."""

    def __contains__(self, name: object) -> bool:
        """Say whether the catalog knows a program of this name."""
        return name in catalog().programs


def _texts() -> list[bytes]:
    found: list[bytes] = []
    for name in sorted(os.listdir(ROOT)):
        if name.endswith(".json"):
            with open(os.path.join(ROOT, name), "rb") as file:
                found.append(file.read())
    return found


def _parsed(texts: Iterable[bytes]) -> tuple[dict[str, Json], ...]:
    return tuple(document for text in texts if isinstance(document := trusted(text), dict))
