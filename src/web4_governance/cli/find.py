"""What the reading commands share: opening the ledger, naming a session by its beginning, the filters.

No rules: what a filter means is the query's. Here words of the command line become one.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from web4_governance.app.query import Ledger
from web4_governance.app.scope import project_of
from web4_governance.cli import main, times
from web4_governance.core.errors import UsageError
from web4_governance.core.policy.glob import is_glob
from web4_governance.core.record.entry import Kind
from web4_governance.storage.reader import Filters

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from web4_governance.core.record.entry import Stored
    from web4_governance.core.record.r6 import Record

MAX_PLACE = 15


def open_ledger(arguments: argparse.Namespace) -> Ledger:
    """Open the ledger of the home that the arguments name."""
    return Ledger.open(main.home_of(arguments))


def add_filters(parser: argparse.ArgumentParser, *, limit: bool = True) -> None:
    """Declare the filters of a listing, or of a count, which has no `limit`."""
    add = parser.add_argument
    add("--session", default="", metavar="ID", help="of this session (the beginning of its id will do)")
    add("--project", default="", metavar="DIR|GLOB", help="in this project: a directory, a name, or a glob over roots")
    add("--tool", default="", metavar="NAME", help="of this tool, such as `Bash` or `mcp__server__tool`")
    add("--category", default="", metavar="WORD", help="of this category, such as `file_write` or `network`")
    add("--agent", default="", metavar="main|ID|TYPE", help="by `main`, or by a subagent: its id or its type")
    add("--decision", default="", metavar="WORD", help="decided `allow`, `warn`, `ask` or `deny`")
    add(
        "--status",
        default="",
        metavar="WORD",
        help="ended `succeeded`, `failed`, `denied`, `interrupted`, `started`, `unclosed`",
    )
    add("--effect", default="", metavar="WORD", help="with this effect, such as `file.delete`")
    add("--target", default="", metavar="GLOB", help="touching this: a glob whose `*` crosses `/`")
    add(
        "--since",
        default="",
        metavar="TIME",
        help="from this time on: `yesterday`, `'last week'`, `7d`, a date, a time",
    )
    add("--until", default="", metavar="TIME", help="up to this time")
    if limit:
        add(
            "--limit",
            type=int,
            default=None,
            metavar="N",
            help="the newest N only (says so on standard error if it cut)",
        )


def filters_of(arguments: argparse.Namespace, ledger: Ledger) -> Filters:
    """Make the filters that the arguments mean."""
    now = datetime.now(UTC).astimezone()
    return Filters(
        session=session_of(ledger, arguments.session) if arguments.session else "",
        project=project_glob(arguments.project) if arguments.project else "",
        tool=arguments.tool,
        category=arguments.category,
        agent=arguments.agent,
        decision=arguments.decision,
        status=arguments.status,
        effect=arguments.effect,
        target=arguments.target,
        since=times.since(arguments.since, now=now) if arguments.since else 0,
        until=times.until(arguments.until, now=now) + 1 if arguments.until else 0,
    )


def session_of(ledger: Ledger, text: str) -> str:
    """Give the session whose id is, or begins with, the text; UsageError where there is none, or more than one."""
    known = [session for session, *_ in ledger.reader.sessions()]
    if text in known:
        return text
    found = [session for session in known if session.startswith(text)]
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
