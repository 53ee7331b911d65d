"""What every test of the command line has: a told ledger, a plain terminal, and the command itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from support.told import POLICY, Said, call_main, tell
from support.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.told import Web4


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The ledger; nobody writes to it after it is made."""
    world = World(tmp_path_factory.mktemp("told"), POLICY)
    tell(world)
    return world


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One zone and one width for all: nothing depends on whose machine it is."""
    monkeypatch.setenv("TZ", "UTC")
    monkeypatch.setenv("COLUMNS", "100")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def web4(told: World) -> Web4:
    """Runs a command on the ledger, in this process."""

    def run(command: str, *words: str) -> Said:
        return call_main(command, *words, "--home", str(told.home))

    return run
