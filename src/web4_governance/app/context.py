"""What one hook call is told from outside: where the home is, who calls, what time it is, how to fail.

Not configuration: that lies in the home. Faces fill it in; use cases read it; the core never sees it.
"""

from __future__ import annotations

import os

from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from web4_governance.app.memory import Memory

ORGANISATION = "/etc/web4"


@value
class Context:
    """One hook call's surroundings.

    `now_us` is the wall clock in microseconds, `offset_s` the local time's offset from UTC in seconds, `deadline` a value
    of the monotonic clock after which no lock is waited for. `came` is when the event was there, by the same clock, 0 where
    nobody noted it. `salt` gives 16 fresh random bytes a call. `via` names the
    installed form that delivered the event, `config_dir` where the host keeps its settings if it was moved,
    `plugin_root` where the plugin lies that delivered it. `peer` is (pid, start time in clock ticks, forged-looking) of
    the reporting process. `once` is the word by which a hook's event is known again
    that was handed to the resident gate and whose answer was lost, empty where it was handed to nobody. `environment`
    holds the host's variables that rules ask about, where they are not this process's own. `memory` is what a process that
    stays knows from earlier calls.
    """

    agent: str
    home: str
    now_us: int
    deadline: float
    user_home: str
    via: str = "direct"
    enforcing_line: bool = False
    offset_s: int = 0
    project_hint: str = ""
    config_dir: str = ""
    plugin_root: str = ""
    session_policy: str = ""
    organisation: str = ORGANISATION
    came: float = 0.0
    salt: Callable[[], bytes] = lambda: os.urandom(16)
    peer: tuple[int, int, bool] = (0, 0, False)
    once: bytes = b""
    environment: Mapping[str, str] | None = None
    memory: Memory | None = None
