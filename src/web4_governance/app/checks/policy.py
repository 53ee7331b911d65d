"""The policies in their places: broken ones, ones that are not counted, and what cannot be decided for want of one."""

from __future__ import annotations

from web4_governance.app import policies
from web4_governance.app.checks.finding import Finding, Level
from web4_governance.core.errors import PolicyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.app.policies import Loaded
    from web4_governance.app.surroundings import Surroundings


def in_force(around: Surroundings) -> Loaded:
    """Give what is in force for sessions in this project."""
    return policies.in_force(around.home, (around.project,), organisation=around.organisation)


def check(around: Surroundings) -> Iterator[Finding]:
    """Load every layer."""
    try:
        loaded = in_force(around)
    except PolicyError as error:
        what = f"a policy does not load, and no good copy of it is kept: {error.message}"
        yield Finding(
            id="policy-broken", level=Level.ERROR, what=what, how=error.hint or "mend it; `web4 policy check`"
        )
        return
    for broken in loaded.broken:
        what = f"a policy does not load, its last good copy is in force: {broken}"
        yield Finding(id="policy-broken", level=Level.ERROR, what=what, how="mend it; `web4 policy check`")
    for path in loaded.untrusted:
        what = f"the project's policy `{path}` is not trusted, so it does not count"
        yield Finding(id="policy-untrusted", level=Level.WARNING, what=what, how="read it, then `web4 policy trust`")
