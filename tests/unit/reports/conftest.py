"""What every test of reports has: a told ledger, one zone and width, and reports of it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.told import POLICY, call_main, tell
from support.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Reported = Callable[..., dict[str, Any]]


@pytest.fixture(scope="package")
def told(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The ledger; nobody writes to it after it is made."""
    world = World(tmp_path_factory.mktemp("told"), POLICY)
    tell(world)
    return world


@pytest.fixture(autouse=True)
def one_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing depends on whose machine it is."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def reported(told: World) -> Reported:
    """Makes a report of the ledger as JSON."""

    def run(*words: str, since: str = "2026-11-01") -> dict[str, Any]:
        said = call_main("report", "--home", str(told.home), "--since", since, "--json", *words)
        assert said.code == 0, said.err
        found: dict[str, Any] = json.loads(said.out)
        return found

    return run
