"""A person lets through what their policy would stop: for so many calls, for so long, recorded with who and why.

Reads what stopped a call from its record, or finds a rule that is in force by its id, and appends the `grant` entry. What
a grant lifts is `core.policy.grant`'s; that it holds and is used up is `app.grants`'.
"""

from __future__ import annotations

import os
import re
import time

from web4_governance.app import grants
from web4_governance.app.replay import Policies
from web4_governance.app.settings import settings
from web4_governance.core.errors import PolicyError, UsageError
from web4_governance.core.policy.grant import ANY, BINDING, can_be_lifted, check_target, key_of, stoppers
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, seal
from web4_governance.core.record.keep import Keeper
from web4_governance.core.value import replace, value
from web4_governance.storage import Home, open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.app.grants import Given
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy import PolicySet
    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.reader import Reader

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
MAX_US = 30 * 86_400 * 1_000_000
MAX_COUNT = 10_000
WAIT_S = 5.0
SHORTEST = 6  # digits of a grant's name
CORE = "core/"
_SPAN = re.compile(r"([1-9][0-9]{0,5})([smhd])")


@value
class Asked:
    """What a person wants to let through: keys of what is lifted, and for which calls.

    `call` is the place of the intent whose action alone is meant, -1 for any call; `session` empty for any session;
    `targets` globs over what a deed touches, none for whatever it is.
    """

    lifts: tuple[str, ...]
    rules: tuple[str, ...]
    call: int = -1
    session: str = ""
    targets: tuple[str, ...] = ()


@value
class Listed:
    """A grant, what it lifts, how often it was used, and the openings of its entry that are kept."""

    given: Given
    used: int
    who: str | None
    why: str | None

    def state(self, now_us: int) -> str:
        """Say in a word whether it still holds: `holds`, `used up` or `over`."""
        if self.used >= self.given.count:
            return "used up"
        return "holds" if now_us < self.given.until_us else "over"


def span_us(text: str) -> int:
    """Give a length of time in microseconds; at most 30 days, because a grant that is forgotten must end by itself."""
    found = _SPAN.fullmatch(text.strip())
    span = int(found[1]) * UNITS[found[2]] * 1_000_000 if found else 0
    if not 0 < span <= MAX_US:
        message = f"`{text}` is no time for a grant to hold"
        raise UsageError(message, hint="say `90s`, `10m`, `2h` or `3d`; at most 30d")
    return span


def of_call(reader: Reader, record: Record, now: PolicySet) -> Asked:
    """Ask for what stopped a recorded call, for what it did; UsageError where nothing did, or none of it can be lifted.

    `now` is what is in force: where the ledger keeps no text of the policy that stopped the call, that may be the same one.
    """
    policy = now if now.digest == record.rules.policy else Policies(reader).get(record.rules.policy)
    named = dict.fromkeys(rule for deed in record.request.deeds for rule in deed.rules)
    named.update(dict.fromkeys(record.rules.matched))
    if record.rules.decision not in BINDING:
        message = f"nothing stopped that call: it was decided {record.rules.decision}"
        raise UsageError(message, hint="`web4 log --decision deny` lists what was denied")
    return _asked(policy, [*named], call=record.reference.idx)


def of_rule(policy: PolicySet, rule: str, *, session: str = "", targets: tuple[str, ...] = ()) -> Asked:
    """Ask for one rule that is in force to be lifted, for any call, or for what it does to some targets."""
    return replace(_asked(policy, [rule]), session=session, targets=_checked(targets))


def of_targets(targets: tuple[str, ...], *, session: str = "") -> Asked:
    """Ask for all that can be lifted to be lifted for what a call does to some targets."""
    return Asked(lifts=(ANY,), rules=("whatever you may lift",), session=session, targets=_checked(targets))


def _checked(targets: tuple[str, ...]) -> tuple[str, ...]:
    for one in targets:
        try:
            check_target(one)
        except PolicyError as error:
            raise UsageError(f"`{one}` is no target: {error.reason}", hint="say a path, a host or a glob") from None
        if not one.strip("*/?~."):
            message = f"`{one}` is everything"
            raise UsageError(message, hint="a grant is for something: `./build/**`, `*.example.org`")
    return targets


def _asked(policy: PolicySet, named: Iterable[str], *, call: int = -1) -> Asked:
    known = {rule_id: (layer, rule) for rule_id, layer, rule in stoppers(policy)}
    core = next((rule for rule in named if rule.startswith(CORE)), "")
    if core:
        message = f"`{core}` is above every policy: no grant lifts it"
        raise UsageError(message, hint="do it yourself, in a terminal of your own")
    found = [rule for rule in named if rule in known]
    if not found:
        message = "nothing of what is named asks or denies"
        raise UsageError(message, hint="`web4 log --decision deny` lists what was denied, `web4 policy show` the rules")
    fixed = next((rule for rule in found if not can_be_lifted(*known[rule])), "")
    if fixed:
        message = f"`{fixed}` is the {known[fixed][0]}'s, and not yours to lift"
        raise UsageError(
            message, hint="a grant lifts your own rules, and those that the organisation calls overridable"
        )
    return Asked(lifts=tuple(key_of(*known[rule]) for rule in found), rules=tuple(found), call=call)


def grant(home: str, asked: Asked, *, count: int, span: int, who: str, why: str, now_us: int) -> Given:
    """Append the grant; give it as the gate will read it."""
    if not 0 < count <= MAX_COUNT:
        message = f"{count} calls are no number for a grant"
        raise UsageError(message, hint=f"say 1 to {MAX_COUNT}")
    what: dict[str, Json] = {"lifts": [*asked.lifts], "count": count, "until_us": now_us + span}
    if asked.session:
        what["session"] = asked.session
    if asked.targets:
        what["targets"] = [*asked.targets]
    if asked.call >= 0:
        what["call"] = asked.call
    idx = _append(home, "grant", what, who=who, why=why, now_us=now_us)
    with open_writer(Home(home), deadline=time.monotonic() + WAIT_S) as ledger:
        return next(one for one in grants.given(ledger) if one.idx == idx)


def revoke(home: str, name: str, *, reader: Reader, who: str, why: str, now_us: int) -> Given:
    """Take a grant back, named by the beginning of its leaf."""
    found = [one for one in grants.given(reader) if len(name) >= SHORTEST and one.id.startswith(name)]
    if len(found) != 1:
        message = f"no grant is called `{name}`"
        raise UsageError(message, hint="`web4 policy grant --list` names them")
    _append(home, "revoke", {"revokes": found[0].id}, who=who, why=why, now_us=now_us)
    return found[0]


def listed(reader: Reader) -> tuple[Listed, ...]:
    """Give the grants that nobody took back, the newest last."""
    return tuple(
        Listed(
            given=one,
            used=grants.used(reader, one),
            who=_text(reader.opening(one.idx, "who")),
            why=_text(reader.opening(one.idx, "why")),
        )
        for one in grants.given(reader)
    )


def _text(found: Json | None) -> str | None:
    return found if isinstance(found, str) else None


def _append(home: str, event: str, what: dict[str, Json], *, who: str, why: str, now_us: int) -> int:
    keep = Keeper(privacy=settings(home).privacy, salt=lambda: os.urandom(16))
    body: dict[str, Json] = {
        "agent": "web4",
        "event": event,
        grants.ENTRY: what,
        "who": keep.commit("who", who),
        "why": keep.commit("why", why),
    }
    if keep.redacted:
        body["secrets_removed"] = keep.redacted
    with open_writer(Home(home), deadline=time.monotonic() + WAIT_S) as ledger:
        seq, prev = ledger.tail(NO_SESSION)
        sealed = seal(body, kind=Kind.GRANT, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=keep.openings)
        # Crash before the commit: nothing was granted. After it: the next call sees the grant whole.
        idx = ledger.append(sealed, Index())
        ledger.commit()
    return idx
