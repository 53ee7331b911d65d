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
    return "/" + "/".join(parts)
