"""How each host is wired up: its events, where its settings lie, and what a hook line of ours looks like there.

A dict, not a discovery. Reading and answering the events is `agents`'.
"""

from __future__ import annotations

from web4_governance.app.hosts import claude_code

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

HOSTS: dict[str, ModuleType] = {claude_code.NAME: claude_code}
