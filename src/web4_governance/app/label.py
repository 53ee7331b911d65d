"""A verdict from outside: a person's, or the exit code of a CI run, recorded as a `label` entry that moves trust.

What hooks cannot see (whether the work was right) comes in here, and an operator's endorsement of a newcomer. Names are
resolved when the label is made: the entry says whom it moves, in which roles and dimensions, by how much, so that the fold
needs nothing else. An agent's own call cannot make one: that is `self.tamper`.
"""

from __future__ import annotations

import os
import time

from web4_governance.app.identify import acted
from web4_governance.app.query import query, record
from web4_governance.app.settings import settings
from web4_governance.app.trust import known
from web4_governance.core.action import Category
from web4_governance.core.errors import UsageError
from web4_governance.core.evidence.hearsay import LEDGER, ROLE
from web4_governance.core.evidence.observe import READS
from web4_governance.core.evidence.subjects import OPERATOR, PARTS, Of, policy_name
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, seal
from web4_governance.core.record.keep import Keeper
from web4_governance.core.trust.fixed import MOST_WEIGHT
from web4_governance.core.trust.tensor import Dimension
from web4_governance.core.value import value
from web4_governance.storage.filters import Filters
from web4_governance.storage.writer import open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.r6 import Record
    from web4_governance.storage.reader import Reader

VERDICT, CHECKED, ENDORSED = "label", "ci", "endorse"
WEIGHTS = {VERDICT: 3000, CHECKED: 2000, ENDORSED: 15_000}
ALL = tuple(str(one) for one in Dimension)
RIGHT = (str(Dimension.RELIABILITY),)
MOST_ENTITIES = 64
WAIT_S = 5.0
PREFIXES = (*(f"{one}:" for one in Of), "policy:", LEDGER)


@value
class About:
    """Whom a label is about: entities, the roles it moves them in, and the leaf of the call, if it is about one."""

    entities: tuple[str, ...]
    roles: tuple[str, ...]
    call: str = ""


@value
class Label:
    """What is said: by which event, whether it is good, in which dimensions, and the weight in thousandths."""

    event: str
    good: bool
    dimensions: tuple[str, ...]
    weight: int


def label_of(event: str, *, good: bool, dimensions: tuple[str, ...] = (), weight: int = 0) -> Label:
    """Give a label, with what holds where nothing was said; UsageError where it makes no sense."""
    weight = weight or WEIGHTS[event]
    if not 0 < weight <= MOST_WEIGHT:
        raise UsageError(f"{weight / 1000:g} is no weight", hint=f"say a number up to {MOST_WEIGHT / 1000:g}")
    if event == ENDORSED and not good:
        raise UsageError("an endorsement is good", hint="say what went wrong with --bad")
    return Label(event=event, good=good, dimensions=dimensions or (ALL if event == ENDORSED else RIGHT), weight=weight)


def about_call(reader: Reader, name: str) -> About:
    """Give whom a recorded call is evidence about."""
    return _about([record(reader, name)], call=True)


def about_session(reader: Reader, session: str) -> About:
    """Give whom the calls of a session are evidence about that changed something."""
    found = [one for one in query(reader, Filters(session=session), limit=None) if _changes(one)]
    if not found:
        raise UsageError(f"nothing in session `{session}` has changed anything", hint="name a call, or an entity")
    return _about(found, call=False)


def about_entity(reader: Reader, name: str, *, roles: tuple[str, ...] = ()) -> About:
    """Give an entity by its name: in some roles, or in all that it is known in; UsageError where nobody can be called so."""
    if not is_name(name):
        raise UsageError(f"nobody is called `{name}`", hint="`web4 trust` lists names, such as `agent:HOST/TYPE/MODEL`")
    known_roles = (ROLE,) if name.startswith(LEDGER) else tuple(map(str, Category))
    for role in roles:
        if role not in known_roles:
            raise UsageError(f"`{role}` is no role of `{name}`", hint=f"roles are {', '.join(known_roles)}")
    if roles:
        return About(entities=(name,), roles=roles)
    found, _ = known(reader)
    held = tuple(one.role for one in found if one.entity == name)
    if not held:
        raise UsageError(f"nothing is known of `{name}`", hint="say in which role with --role, such as `network`")
    return About(entities=(name,), roles=held)


def is_entity(name: str) -> bool:
    """Say whether a text is spelled as the name of an entity is."""
    return name == OPERATOR or name.startswith(PREFIXES)


def is_name(name: str) -> bool:
    """Say whether an entity can be called so: one line without controls, with as many parts as names of its kind have."""
    kind, _, rest = name.partition(":")
    parts = rest.partition("#")[0].split("/") if kind in (Of.AGENT, Of.SERVER) else [rest]
    if kind == Of.SUBAGENT:
        parts = [*rest.rpartition("/")[::2]]
    whole = all(parts) and len(parts) == len(PARTS.get(kind, [rest]))
    return name.isprintable() and (name == OPERATOR or whole)


def append(home: str, about: About, label: Label, *, who: str, why: str, now_us: int) -> int:
    """Append the label and give its place."""
    keep = Keeper(privacy=settings(home).privacy, salt=lambda: os.urandom(16))
    said: dict[str, Json] = {
        "entities": [*about.entities],
        "roles": [*about.roles],
        "dimensions": [*label.dimensions],
        "good": label.good,
        "weight": label.weight,
    }
    body: dict[str, Json] = {"agent": "web4", "event": label.event, "label": said, "who": keep.commit("who", who)}
    if about.call:
        body["reference"] = {"intent": about.call}
    if why:
        body["why"] = keep.commit("why", why)
    if keep.redacted:
        body["secrets_removed"] = keep.redacted
    with open_writer(home, deadline=time.monotonic() + WAIT_S) as ledger:
        seq, prev = ledger.tail(NO_SESSION)
        sealed = seal(body, kind=Kind.LABEL, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=keep.openings)
        # Crash before the commit: nothing was said. After it: whoever folds next hears it.
        idx = ledger.append(sealed, Index())
        ledger.commit()
    return idx


def _about(records: Iterable[Record], *, call: bool) -> About:
    who: dict[str, None] = {}
    roles: dict[str, None] = {}
    leaf = ""
    for one in records:
        leaf = one.id
        who.update(dict.fromkeys(acted(one).values()))
        if one.status != "denied" and one.rules.policy:  # what it let through was right, or was harm
            who[policy_name(one.rules.policy)] = None
        roles.update(dict.fromkeys(one.request.categories))
    return About(entities=tuple(who)[:MOST_ENTITIES], roles=tuple(roles), call=leaf if call else "")


def _changes(one: Record) -> bool:
    return one.status == "succeeded" and any(deed.effect and deed.effect not in READS for deed in one.request.deeds)
