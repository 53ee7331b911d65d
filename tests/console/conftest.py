"""One governed home and one console of it, for all tests of a process that only ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.consoles import serving
from support.governed import governed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.consoles import Console
    from support.world import World


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return governed(tmp_path_factory.mktemp("governed"))


@pytest.fixture(scope="session")
def console(world: World) -> Iterator[Console]:
    with serving(world.home, cwd=world.project, user_home=world.user_home) as running:
        running.enter()
        yield running
