"""What every page works with: the home, the words of a request, an open ledger for as long as it takes to answer."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime

from web4_governance.app.query import Ledger
from web4_governance.app.surroundings import surroundings
from web4_governance.console.paper import Paper
from web4_governance.console.work import Work
from web4_governance.core.errors import UsageError
from web4_governance.core.policy import LayerName

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from starlette.requests import Request

    from web4_governance.app.policies import Source
    from web4_governance.app.surroundings import Surroundings

LONGEST_WORD = 4000
LARGEST_NUMBER = 10**15


class Desk:
    """One console's things."""

    def __init__(self, home: str, *, root: str, policy: str, given: Mapping[str, Any]) -> None:
        self.home = home
        self.work = Work()
        self.source = _source(policy) if policy else None
        self.paper = Paper(root, {**given, "home": _short(home)})

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """Open the ledger: each answer is of one snapshot, and no connection is shared between threads."""
        with Ledger.open(self.home) as ledger:
            yield ledger

    def around(self) -> Surroundings:
        """Give where this person's things lie."""
        return surroundings(self.home, environment=os.environ, cwd=os.getcwd(), user_home=os.path.expanduser("~"))


def now() -> datetime:
    """Give the time, local."""
    return datetime.now(UTC).astimezone()


def words_of(request: Request, names: tuple[str, ...]) -> dict[str, str]:
    """Give what a request asks, one word a name, empty where it does not; UsageError where one is no sensible length."""
    found = {name: request.query_params.get(name, "") for name in names}
    for name, said in found.items():
        if len(said) > LONGEST_WORD:
            raise UsageError(f"`{name}` is longer than {LONGEST_WORD} characters")
    return found


def number_of(request: Request, name: str, default: int) -> int:
    """Give a number that a request asks for; UsageError where it is none."""
    said = request.query_params.get(name, "")
    if not said:
        return default
    if not (said.isascii() and said.isdecimal()) or len(said) > len(str(LARGEST_NUMBER)):
        raise UsageError(f"`{said[:40]}` is no number", hint=f"`{name}` is a place in the ledger, or a count")
    return int(said)


def _short(home: str) -> str:
    person = os.path.join(os.path.expanduser("~"), "")
    return f"~/{home.removeprefix(person)}" if home.startswith(person) else home


def _source(policy: str) -> Source:
    from web4_governance.app.policy_admin import source_at  # noqa: PLC0415  # only where a file is given

    return source_at(policy, LayerName.USER)
