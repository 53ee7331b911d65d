"""The few words that stand in the client's status line: which policy binds, what it stopped, how old the last head is.

Asked for every few seconds by a client, so it reads a handful of rows and never the ledger.
"""

from __future__ import annotations

from web4_governance.app import off
from web4_governance.app.checks import settings as silence
from web4_governance.app.checks.policy import in_force
from web4_governance.core.errors import LedgerError, PolicyError
from web4_governance.core.value import value
from web4_governance.storage import open_reader
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.surroundings import Surroundings


@value
class StatusLine:
    """What the line says. `mode` is `enforce`, `observe`, `off`, `silent` (hooks are switched off) or `broken`.

    `policy` is what the layers extend, else where they lie. Counts are those of the session; `head_age_s` is -1 where no
    head was ever signed, `fault` a ledger's, empty where it can be read.
    """

    mode: str
    policy: str
    calls: int = 0
    denied: int = 0
    asked: int = 0
    head_age_s: int = -1
    fault: str = ""


def status_line(around: Surroundings, session: str, *, now_us: int) -> StatusLine:
    """Give the line for a session in a project."""
    mode, policy = _policy(around, now_us)
    try:
        with open_reader(around.home) as reader:
            by = reader.counted(Filters(session=session), "decision") if session else {}
            head = reader.last_head()
    except LedgerError as error:
        return StatusLine(mode=mode, policy=policy, fault=error.message)
    return StatusLine(
        mode=mode,
        policy=policy,
        calls=sum(by.values()),
        denied=by.get("deny", 0),
        asked=by.get("ask", 0),
        head_age_s=max(now_us - head.ts, 0) // 1_000_000 if head is not None else -1,
    )


def _policy(around: Surroundings, now_us: int) -> tuple[str, str]:
    try:
        loaded = in_force(around)
    except PolicyError:
        return "broken", ""
    layers = loaded.policy.layers
    pinned = [name for layer in layers for name, _digest in layer.pins]
    named = "+".join(dict.fromkeys(pinned or [layer.title or str(layer.name) for layer in layers]))
    if tuple(silence.silent(around)):
        return "silent", named
    if off.in_force(around.home, now_us):
        return "off", named
    return "enforce" if loaded.policy.enforcing else "observe", named
