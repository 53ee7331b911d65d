"""A signer killed at any step of signing and of beginning an epoch: one key is in force, what it signed holds, nothing is lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from crash.test_killed import MOST_STEPS, counted
from support.ledgers import fill
from support.processes import KILLED, run
from web4_governance.app import anchor, signing
from web4_governance.app.held import collect
from web4_governance.app.verify import verify_ledger

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 1_795_000_100_000_000


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("signing") / "home"
    fill(str(home))
    anchor.make_key(str(home))
    return home


def sign(home: str) -> None:
    anchor.sign_head(home, now_us=NOW)


def rotate(home: str) -> None:
    anchor.rotate(home, now_us=NOW)


@pytest.mark.parametrize("work", [sign, rotate])
def test_killed_at_any_step_of_signing_one_key_is_in_force_and_goes_on(
    template: Path, tmp_path: Path, work: Callable[[str], None], record_property: Callable[[str, object], None]
) -> None:
    """Every step to database and files; then the ledger verifies with the first key, and the next rotation goes through."""
    first = signing.read(str(template)).first
    killed = 0
    for n in range(1, MOST_STEPS):
        home = str(tmp_path / f"{n}")
        shutil.copytree(template, home)

        def child(home: str = home, n: int = n) -> None:
            counted(n)
            work(home)

        code = run(child)
        epochs = signing.read(home).epoch
        assert epochs in (0, 1)
        held = verify_ledger(home, lambda reader: collect(reader, keys=[first]))
        assert str(held.verdict) == "UNANCHORED", (n, held.reason)
        assert anchor.rotate(home, now_us=NOW + 1).epoch == epochs + 1
        private = [name for name in os.listdir(signing.directory(home)) if name.endswith(".key")]
        assert private == [f"epoch-{epochs + 1}.key"]
        after = verify_ledger(home, lambda reader: collect(reader, keys=[first]))
        assert (str(after.verdict), after.uncorroborated) == ("UNANCHORED", ()), (n, after.reason)
        shutil.rmtree(home)
        if code != KILLED:
            break
        killed += 1
    else:
        pytest.fail("it has more steps than were tried")
    assert killed > 8
    record_property("injected faults", killed)
