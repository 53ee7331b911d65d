"""What a person's words mean: a session by its beginning, a call by its place, a project by its name, filters by all of them.

No rules: what a filter means is the query's. Faces hand in the words, and the time that `yesterday` is said at.
"""

from __future__ import annotations

import os

from web4_governance.app import times
from web4_governance.app.scope import project_of
from web4_governance.core.errors import UsageError
from web4_governance.core.policy.glob import is_glob
from web4_governance.core.record.entry import Kind
from web4_governance.core.value import replace
from web4_governance.storage.filters import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from web4_governance.app.query import Ledger
    from web4_governance.core.record.entry import Stored
    from web4_governance.core.record.r6 import Record

MAX_PLACE = 15
PLAIN = ("tool", "category", "agent", "decision", "status", "effect", "target")
WORDS = ("session", "project", *PLAIN, "since", "until")


def filters_of(words: Mapping[str, str], ledger: Ledger, *, now: datetime) -> Filters:
    """Make the filters that words mean, of `WORDS` what is asked; UsageError where one makes no sense."""
    found = filters_without_session(words, now=now)
    return replace(found, session=session_of(ledger, found.session)) if found.session else found


def filters_without_session(words: Mapping[str, str], *, now: datetime) -> Filters:
    """Make the filters that words mean where there is no ledger to look a session up in: its id's beginning stands as it is."""
    said = {name: words.get(name, "") for name in WORDS}
    return Filters(
        session=said["session"],
        project=project_glob(said["project"]) if said["project"] else "",
        **{name: said[name] for name in PLAIN},
        since=times.since(said["since"], now=now) if said["since"] else 0,
        until=times.until(said["until"], now=now) + 1 if said["until"] else 0,
    )


def session_of(ledger: Ledger, text: str) -> str:
    """Give the session whose id is, or begins with, the text; UsageError where there is none, or more than one."""
    found = ledger.reader.sessions_named(text)
    if text in found:
        return text
    if len(found) == 1:
        return found[0]
    which = "no session is" if not found else f"{len(found)} sessions are"
    raise UsageError(f"{which} called `{text}`", hint="`web4 sessions` lists them")


def entry_at(ledger: Ledger, name: str) -> Stored | None:
    """Give the entry whose place in the ledger the name is; None where it is no place, or nothing is there."""
    return ledger.reader.entry(int(name)) if name.isdecimal() and len(name) <= MAX_PLACE else None


def record_of(ledger: Ledger, name: str) -> Record:
    """Give the record of a call by its place, call id, or the beginning of its leaf; UsageError where there is none."""
    stored = entry_at(ledger, name)
    # A place is a place: where something else than a call stands there, it is not looked for among the leaves.
    if stored is not None and stored.kind != Kind.INTENT:
        hint = f"`web4 show {name}` prints what it is"
        raise UsageError(f"entry `{name}` is no call, it is of kind `{stored.kind}`", hint=hint)
    return ledger.record(name)


def project_glob(text: str) -> str:
    """Give the glob over project roots that the text means: itself, the project around a directory, or any of that name."""
    if is_glob(text):
        return text
    if "/" in text or text.startswith((".", "~")):
        return project_of(os.path.abspath(os.path.expanduser(text)), user_home=os.path.expanduser("~"))
    return f"*/{text}"
