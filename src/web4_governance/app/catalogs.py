"""Reads the catalog of programs from the package's data files, once a process."""

from __future__ import annotations

import os

from web4_governance.core.canonical import trusted
from web4_governance.core.effects import Catalog

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

ROOT = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "catalog", "programs")
_loaded: list[Catalog] = []


def catalog() -> Catalog:
    """Give the catalog that ships with the package."""
    if not _loaded:
        _loaded.append(Catalog.from_json(documents()))
    return _loaded[0]


def documents() -> tuple[dict[str, Json], ...]:
    """Give the parsed data files, in the order of their names."""
    found: list[dict[str, Json]] = []
    for name in sorted(os.listdir(ROOT)):
        if name.endswith(".json"):
            with open(os.path.join(ROOT, name), "rb") as file:
                document = trusted(file.read())
            if isinstance(document, dict):
                found.append(document)
    return tuple(found)
