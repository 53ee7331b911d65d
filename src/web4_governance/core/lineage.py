"""What a call changed in files, as far as the host's own answer tells: digests before and after.

Nothing is read from disk: the host's response to Write and Edit carries the text before and the change. Where it does
not, nothing is claimed.
"""

from __future__ import annotations

from web4_governance.core.digest import sha256_hex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json


def files_changed(tool: str, given: dict[str, Json], output: Json) -> list[Json]:
    """Give one row per changed file: `path`, and SHA-256 `before` (null for a new file) and `after` where known."""
    if not isinstance(output, dict) or tool not in ("Write", "Edit", "MultiEdit"):
        return []
    path = output.get("filePath") or given.get("file_path")
    before = output.get("originalFile")
    after = _after(tool, output, before)
    if not isinstance(path, str) or after is None:
        return []
    row: dict[str, Json] = {"path": path, "after": sha256_hex(after.encode())}
    row["before"] = sha256_hex(before.encode()) if isinstance(before, str) else None
    return [row]


def _after(tool: str, output: dict[str, Json], before: Json) -> str | None:
    if tool == "Write":
        content = output.get("content")
        return content if isinstance(content, str) else None
    old, new = output.get("oldString"), output.get("newString")
    if not isinstance(before, str) or not isinstance(old, str) or not isinstance(new, str) or old not in before:
        return None
    return before.replace(old, new) if output.get("replaceAll") is True else before.replace(old, new, 1)
