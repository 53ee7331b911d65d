"""Where this person's and this machine's things lie: what installing, status and doctor look at.

A value, so that each of them can be shown another machine. Faces fill it in from the environment; hooks do not use it.
"""

from __future__ import annotations

import os

from web4_governance.app.context import ORGANISATION
from web4_governance.app.scope import project_of
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

MANAGED = "/etc/claude-code"


@value
class Surroundings:
    """One person on one machine.

    `config_dir` is where the host keeps the person's settings, `state_file` where it keeps what it remembers of
    projects. `environment` holds the (name, value) pairs that hosts started from here would inherit.
    """

    home: str
    user_home: str
    config_dir: str
    state_file: str
    project: str
    managed_dir: str = MANAGED
    organisation: str = ORGANISATION
    environment: tuple[tuple[str, str], ...] = ()

    def variable(self, name: str) -> str:
        """Give an environment variable, empty where it is not set."""
        return dict(self.environment).get(name, "")


def surroundings(home: str, *, environment: Mapping[str, str], cwd: str, user_home: str) -> Surroundings:
    """Give the surroundings of a person: their home directory, and where the environment moves the host's settings."""
    moved = environment.get("CLAUDE_CONFIG_DIR", "")
    config_dir = os.path.abspath(moved) if moved else os.path.join(user_home, ".claude")
    return Surroundings(
        home=home,
        user_home=user_home,
        config_dir=config_dir,
        state_file=os.path.join(moved or user_home, ".claude.json"),
        project=project_of(cwd, user_home=user_home),
        environment=tuple(sorted(environment.items())),
    )
