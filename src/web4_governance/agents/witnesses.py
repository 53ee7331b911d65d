"""How each host's second witnesses are read: its transcript line by line, its telemetry export by export.

Beside `AGENTS`, and not in it, so that no hook loads what only `web4 reconcile` needs.
"""

from __future__ import annotations

from web4_governance.agents.claude_code import NAME, telemetry, testimony
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from web4_governance.agents.testimony import Said


@value
class Witnesses:
    """One host's: what a line of its transcript says of calls, and what one telemetry export says."""

    transcript: Callable[[bytes], Iterator[Said]]
    telemetry: Callable[[bytes], Iterator[Said]]


WITNESSES: dict[str, Witnesses] = {NAME: Witnesses(transcript=testimony.calls_in, telemetry=telemetry.said_in)}
