"""The documents of the project as the tests read them: which there are, their blocks, tables and clauses."""

from __future__ import annotations

import os
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "docs" / "spec"
# Measured or downloaded things, environments and caches: nothing in them is a document of ours.
FOREIGN = {".git", ".venv", ".client", ".cache", ".hypothesis", ".pytest_cache", "node_modules", "build", "dist"}
GENERATED = ("docs/reference/cli.md",)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def documents() -> list[str]:
    """Every document, as its path from the root."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in FOREIGN and not name.endswith(".egg-info")]
        found += [os.path.relpath(os.path.join(folder, name), ROOT) for name in files if name.endswith(".md")]
    return sorted(found)


def text_of(name: str) -> str:
    """The text of a document."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [body for kind, body in FENCE.findall(text_of(name)) if kind == language]


def rows(text: str) -> list[list[str]]:
    """The cells of every table row, without headings and rules."""
    lines = text.splitlines()
    found = []
    for n, line in enumerate(lines):
        heading = n + 1 < len(lines) and lines[n + 1].startswith("|---")
        if line.startswith("|") and not line.startswith("|---") and not heading:
            found.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def clauses(name: str) -> list[str]:
    """The numbers of a specification's clauses, in order."""
    return re.findall(r"^- \*\*([A-Z]\d+)\*\* ", text_of(name), re.MULTILINE)


def listed(name: str, word: str) -> list[str]:
    """The first cells, without their backticks, of the table whose first heading is a word."""
    table = re.search(rf"^\| {word} \|.*\n\|---.*\n((?:\|.*\n)+)", text_of(name), re.MULTILINE)
    assert table, f"{name} has no table of `{word}`"
    return [row.split("|")[1].strip().strip("`") for row in table[1].splitlines()]
