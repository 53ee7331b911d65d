"""Directories as text: where a `cd` leads."""

from __future__ import annotations


def resolve(base: str | None, given: str) -> str | None:
    """Give the absolute directory of `given` seen from `base`; None where that cannot be known."""
    if not given.startswith("/"):
        if base is None:
            return None
        given = f"{base}/{given}"
    parts: list[str] = []
    for part in given.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in ("", "."):
            parts.append(part)
    while parts[:1] == ["proc"] and parts[2:3] in (["root"], ["cwd"]):  # the links of a process
        if parts[2] == "root":
            parts = parts[3:]
        elif base is None:
            return None
        else:  # once: a directory that is told by this very link says no more
            parts, base = [part for part in base.split("/") if part] + parts[3:], None
    return "/" + "/".join(parts)
