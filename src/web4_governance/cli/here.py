"""Where the command was started: the surroundings that installing, status and doctor look at. Not a command."""

from __future__ import annotations

import os
import time

from web4_governance.app.context import ORGANISATION
from web4_governance.app.surroundings import MANAGED, surroundings
from web4_governance.cli.main import home_of
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse

    from web4_governance.app.surroundings import Surroundings


def here(arguments: argparse.Namespace) -> Surroundings:
    """Give the surroundings of this person, in this directory."""
    found = surroundings(home_of(arguments), environment=os.environ, cwd=os.getcwd(), user_home=os.path.expanduser("~"))
    return replace(found, managed_dir=MANAGED, organisation=ORGANISATION)


def now_us() -> int:
    """Give the time in microseconds since the epoch."""
    return time.time_ns() // 1000


def person() -> str:
    """Give the name of the user whose process this is, from the system and not from the environment."""
    try:
        import pwd  # noqa: PLC0415  # there is none on every system
    except ImportError:
        return os.path.basename(os.path.expanduser("~"))
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
