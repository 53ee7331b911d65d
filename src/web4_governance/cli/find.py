"""What the reading commands share: opening the ledger, and the filters. What the words mean is app.asked's."""

from __future__ import annotations

from datetime import UTC, datetime

from web4_governance.app import asked
from web4_governance.app.asked import entry_at, project_glob, record_of, session_of
from web4_governance.app.query import Ledger
from web4_governance.cli import main

__all__ = ["add_filters", "entry_at", "filters_of", "open_ledger", "project_glob", "record_of", "session_of"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from web4_governance.storage.filters import Filters


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
    words = {name: getattr(arguments, name, "") for name in asked.WORDS}
    return asked.filters_of(words, ledger, now=datetime.now(UTC).astimezone())
