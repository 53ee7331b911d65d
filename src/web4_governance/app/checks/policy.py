"""The policies in their places: broken ones, ones that are not counted, and what cannot be decided for want of one."""

from __future__ import annotations

from web4_governance.app import commit, policies
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
    yield from _commits(around.home, loaded)


def _commits(home: str, loaded: Loaded) -> Iterator[Finding]:
    """Say what is not there for the rules whose calls wait for a signed head; those of a layer that observes do not."""
    layers = zip(loaded.policy.layers, loaded.policy.binds, strict=True)
    rules = [rule.id for layer, binds in layers if binds for rule in layer.rules if rule.commit]
    if not rules:
        return
    keys, alone = commit.lacking(home)
    says = f"the rule `{rules[0]}` says `commitBeforeAct`, and "
    if keys:
        yield Finding(id="commit-no-keys", level=Level.WARNING, what=says + keys, how=commit.MAKE)
    if alone:
        yield Finding(id="commit-alone", level=Level.NOTE, what=says + alone, how=commit.NAME)
