"""Which tools change files, as far as their names tell: all that an outcome's hook has to load for any other call."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

TEXTS = ("Write", "Edit", "MultiEdit")
NOTEBOOK = "NotebookEdit"
PATCH = "apply_patch"
READ = "Read"
TELLING = (*TEXTS, NOTEBOOK)  # whose answers may carry the text before and after


def may_change_files(tool: str, given: dict[str, Json]) -> bool:
    """Say whether a call of a tool may have changed a file: a file tool, a command, or an MCP server's tool."""
    return tool in TELLING or tool == PATCH or "command" in given or tool.startswith("mcp__")
