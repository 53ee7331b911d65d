"""The resident gate signs heads of what it recorded: by count, by time, at a turn's end; never on the way of a call."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.hooks import event
from support.resident import WORD, Ticks, connect, exchange, fields, gate
from web4_governance.app import anchor, frames, signing
from web4_governance.core.errors import EntryTooLarge, LedgerBusy
from web4_governance.daemon import heads
from web4_governance.daemon.batch import Scribe
from web4_governance.storage import open_reader

if TYPE_CHECKING:
    from web4_governance.daemon.server import Gate

PATIENCE_S = 30.0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    anchor.make_key(str(place))
    return place


def ask(home: Path, body: dict[str, object], **more: str) -> tuple[int, int, bytes, bytes]:
    with connect(str(home)) as line:
        return exchange(line, frames.ask(frames.EVENT, WORD, fields(str(home), **more), json.dumps(body).encode()))


def calls(home: Path, first: int, count: int) -> None:
    for n in range(first, first + count):
        told = ask(home, event("PreToolUse", f"t{n}", "Read", tool_input={"file_path": "/x"}))
        assert told[:2] == (frames.ANSWERED, 0)


def sizes(home: Path) -> list[int]:
    with open_reader(str(home)) as reader:
        return [head.size for head in reader.heads()]


def waited(home: Path, least: int) -> list[int]:
    """The sizes of all heads, once one covers so many entries."""
    end = time.monotonic() + PATIENCE_S
    while max(found := sizes(home), default=0) < least and time.monotonic() < end:
        time.sleep(0.02)
    return found


def entries(home: Path) -> int:
    with open_reader(str(home)) as reader:
        return reader.head().size


def waited_for_anchor(home: Path, size: int) -> list[tuple[str, int]]:
    end = time.monotonic() + PATIENCE_S
    found: list[tuple[str, int]] = []
    while not found and time.monotonic() < end:
        time.sleep(0.05)
        with open_reader(str(home)) as reader:
            found = [(one.anchor, one.size) for one in reader.anchorings(least=size)]
    return found


def reaped(served: Gate) -> bool:
    """Whether the gate has waited for the process that hands over."""
    end = time.monotonic() + PATIENCE_S
    while served.heads._courier and time.monotonic() < end:
        time.sleep(0.05)
    return not served.heads._courier


def test_a_head_is_signed_after_64_entries_and_none_before(home: Path) -> None:
    """The first entry has one at once, as no head covers anything; the clock stands."""
    with gate(str(home), Ticks()):
        calls(home, 0, 1)
        first = waited(home, 1)
        calls(home, 1, 62)
        time.sleep(0.3)
        assert sizes(home) == first
        calls(home, 63, 64)
        found = waited(home, first[-1] + 64)
        assert len(found) == 2
        assert found[1] - found[0] >= 64


def test_a_head_is_signed_when_the_last_one_is_a_minute_old(home: Path) -> None:
    """The gate's clock says so, not how many calls came."""
    ticks = Ticks()
    with gate(str(home), ticks):
        calls(home, 0, 1)
        first = waited(home, 1)
        ticks.now_us += 59_000_000
        calls(home, 1, 1)
        time.sleep(0.2)
        assert sizes(home) == first
        ticks.now_us += 1_000_000
        calls(home, 2, 1)
        time.sleep(0.05)
    assert sizes(home)[-1] == entries(home)


def test_the_minute_passes_also_where_nothing_more_is_recorded(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shorter minute, for the test: nobody calls again, and the head is there."""
    monkeypatch.setattr(heads, "EVERY_US", 300_000)
    monkeypatch.setattr("web4_governance.app.sign_head.EVERY_US", 300_000)
    with gate(str(home)):
        calls(home, 0, 1)
        waited(home, 1)
        calls(home, 1, 1)
        assert waited(home, entries(home))[-1] == entries(home)


@pytest.mark.parametrize("name", ["Stop", "SessionEnd"])
def test_a_turns_and_a_sessions_end_leave_a_head_that_was_handed_over(home: Path, tmp_path: Path, name: str) -> None:
    """Signed by the gate itself; the anchor has it from a process of its own, of which nothing is left over."""
    disk = tmp_path / "disk"
    (home / "config.toml").write_text(f'[anchors.disk]\nkind = "file"\npath = "{disk}"\n')
    with gate(str(home), Ticks()) as served:
        calls(home, 0, 2)
        ask(home, event(name, reason="other"))
        size = waited(home, 5)[-1]  # what was recorded, and who puts their names to it
        assert size == entries(home)
        assert {name for name, _size in waited_for_anchor(home, size)} == {"disk"}
        assert reaped(served)
    with open_reader(str(home)) as reader:
        last = reader.last_head()
    assert last is not None
    assert json.loads(disk.read_text().splitlines()[-1])["note"] == last.note.decode()


def test_what_no_head_covers_gets_one_when_the_gate_ends(home: Path) -> None:
    """Two calls, and then nothing more."""
    with gate(str(home), Ticks()):
        calls(home, 0, 2)
    assert sizes(home)[-1] == entries(home)


def test_a_home_without_keys_is_signed_for_by_nobody(tmp_path: Path) -> None:
    """No thread is begun."""
    home = tmp_path / "bare"
    home.mkdir(mode=0o700)
    with gate(str(home), Ticks()) as served:
        calls(home, 0, 3)
        assert served.heads._thread is None
    assert sizes(home) == []


def test_keys_that_are_lost_hold_up_no_call(home: Path) -> None:
    """No head is signed, and the gate goes on; it does not try again at once."""
    os.unlink(os.path.join(signing.directory(str(home)), "epoch-0.key"))
    with gate(str(home), Ticks()) as served:
        calls(home, 0, 3)
        end = time.monotonic() + PATIENCE_S
        while not served.heads._not_before and time.monotonic() < end:
            time.sleep(0.01)
        assert served.heads._not_before > time.monotonic() + 1
    assert sizes(home) == []


def test_a_gate_that_writes_for_long_lets_nobody_else_in_between(home: Path) -> None:
    """Whoever wants the open ledger waits no longer than it said."""

    def fails(_ledger: object) -> None:
        raise EntryTooLarge("x")

    scribe = Scribe(str(home))
    with scribe._writing, pytest.raises(LedgerBusy):
        scribe.with_ledger(lambda _ledger: None, 0.01)
    with pytest.raises(EntryTooLarge):
        scribe.with_ledger(fails, 1.0)
    done: list[int] = []

    scribe.with_ledger(lambda ledger: done.append(ledger.head().size), 1.0)
    assert done == [0]
    assert scribe.stop(1.0)
