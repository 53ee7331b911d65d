"""What takes from the ledger, or takes it elsewhere, is the person's to run: never an agent's call."""

from __future__ import annotations

import pytest

from web4_governance.core.effects.protect import Protected
from web4_governance.core.effects.tamper import own_command


@pytest.mark.parametrize(
    "line",
    [
        "web4 erase 1 --yes",
        "web4 retain --keep 1d --yes",
        "web4 restore old.db --yes",
        "web4 backup /tmp/copy.db",
        "python -m web4_governance erase 1",
        "uvx web4-governance retain --keep 1d",
    ],
)
def test_an_agent_does_not_run_it(line: str) -> None:
    """A backup too: it is a copy of all that is kept readable, to wherever the call says."""
    assert own_command(tuple(line.split()), Protected())


@pytest.mark.parametrize("line", ["web4 verify", "web4 log --json", "web4 status"])
def test_looking_stays_free(line: str) -> None:
    assert not own_command(tuple(line.split()), Protected())
