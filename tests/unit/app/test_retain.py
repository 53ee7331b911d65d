"""Pruning takes whole beginnings away and keeps their hashes: everything left still verifies, and the gap is explained."""

from __future__ import annotations

import os
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from support.ledgers import BIRTH_US, Scribe, fill
from support.processes import KILLED, die, run
from web4_governance.app import erase, retain
from web4_governance.app.verify import verify_ledger, verify_mirror, verify_session
from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.verdict import VerdictName, exit_code
from web4_governance.storage.database import Database
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

MINUTE = 60_000_000
DAY = 86_400 * 1_000_000


def old_and_new(home: str) -> int:
    """Three sessions: one that is all old, one that goes on, one that is new; give how many entries are old."""
    for n, (session, day) in enumerate([("old", 0), ("both", 0), ("old", 1), ("both", 9), ("new", 9), ("both", 9)]):
        with open_writer(home, deadline=None) as writer:
            scribe = Scribe(writer, session=session, start_us=BIRTH_US + day * DAY + n * MINUTE)
            scribe.prompt(f"do thing-{n}-of-{session}")
            leaf = scribe.intent(f"call-{n}", path=f"/srv/{session}-{n}.txt")
            writer.tick("limit", scribe.now)
            if n in (1, 3):
                scribe.outcome(f"call-{n}", leaf)
            writer.commit()
    return 7


def prune(home: str, *, keep_us: int = 5 * DAY, most: int = 0) -> retain.Pruned | None:
    return retain.prune(home, keep_us=keep_us, most=most, who="ada", why="policy 7", now_us=BIRTH_US + 10 * DAY)


def explained(home: str) -> None:
    report = verify_ledger(home)
    assert (report.verdict, report.found, report.notes) == (VerdictName.GAPS, 0, ()), (report.findings, report.notes)
    assert exit_code(report, require_anchor=False) == 0
    assert "were pruned" in report.reason or any("were pruned" in gap.reason for gap in report.gaps)


def head(home: str) -> Any:
    with open_reader(home) as reader:
        return reader.head()


def test_what_is_old_goes_from_every_file_and_the_rest_verifies_with_a_gap_that_is_explained(tmp_path: Path) -> None:
    """The tree has the same root as before at the same size; chains that were cut, and those that are gone, hold."""
    home = str(tmp_path / "home")
    old = old_and_new(home)
    before = head(home)
    with open_reader(home) as reader:
        leaves = [entry.leaf for entry in reader.entries()]
    done = prune(home)
    assert done is not None
    assert (done.first, done.size, done.idx, done.whole) == (0, old, before.size, True)
    explained(home)
    raw = b"".join(file.read_bytes() for file in Path(home).rglob("*") if file.is_file())
    for gone in (b"thing-0-of-old", b"thing-1-of-both", b"/srv/old-2.txt", b"call-0", b"call-2"):
        assert gone not in raw
    assert b"thing-3-of-both" in raw
    with open_reader(home) as reader:
        assert reader.pruned() == tuple(leaves[:old])
        entry = reader.entry(done.idx)
        assert entry is not None
        body: Any = entry.body()
        assert (entry.kind, body["prune"]["from"], body["prune"]["size"]) == ("prune", 0, old)
        assert [reader.opening(done.idx, name) for name in ("who", "why")] == ["ada", "policy 7"]
        assert reader.entry(0) is None
        assert {name for name, *_ in reader.sessions()} == {"both", "new", "-"}
        assert reader.by_leaf(leaves[0].hex()) == ()
    assert not os.path.exists(f"{home}/audit/old.jsonl")
    assert verify_session(home, "both").found == 0
    assert verify_session(home, "old").found == 0


def test_a_session_that_was_pruned_goes_on_in_its_chain(tmp_path: Path) -> None:
    """Never a second first entry: its head was kept."""
    home = str(tmp_path / "home")
    old_and_new(home)
    prune(home)
    for session in ("old", "both"):
        with open_writer(home, deadline=None) as writer:
            Scribe(writer, session=session, start_us=BIRTH_US + 11 * DAY).prompt("onward")
            writer.commit()
            assert writer.mirror_error == ""
    explained(home)
    with open_reader(home) as reader:
        assert [entry.seq for entry in reader.entries(session="old")] == [4]


def test_a_mirror_whose_beginning_was_pruned_is_a_gap_and_no_tampering(tmp_path: Path) -> None:
    """With the ledger it is explained; alone nobody can tell it from a file that was cut; cut further, it is not explained."""
    home = str(tmp_path / "home")
    old_and_new(home)
    assert prune(home) is not None
    file = Path(home) / "audit" / "both.jsonl"
    for ledger, name in ((home, "the ledger has their hashes"), ("", ""), (str(tmp_path / "none"), "")):
        report = verify_mirror(str(file), ledger)
        assert (report.verdict, report.found) == (VerdictName.GAPS, 0), report.reason
        gap = report.gaps[0]
        assert (gap.place[:14], gap.explained.startswith(name), bool(gap.explained)) == (
            "session `both`",
            True,
            bool(name),
        )
        assert exit_code(report, require_anchor=False) == (0 if name else 1)
    assert "cannot tell" in verify_mirror(str(file)).gaps[0].reason
    file.write_bytes(b"".join(file.read_bytes().splitlines(keepends=True)[1:]))
    assert exit_code(verify_mirror(str(file), home), require_anchor=False) == 1


def test_pruning_again_takes_more_and_the_last_entry_explains_all(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    old_and_new(home)
    assert prune(home) is not None
    assert prune(home) is None
    again = retain.prune(home, keep_us=DAY, most=0, who="ada", why="w", now_us=BIRTH_US + 20 * DAY)
    assert again is not None
    assert again.first == 7
    explained(home)


def test_what_was_pruned_without_an_entry_is_tampering(tmp_path: Path) -> None:
    """Entries emptied by hand; and more of them than the entry says."""
    home = str(tmp_path / "home")
    old_and_new(home)
    emptied = (
        "UPDATE entries SET session = '', seq = idx, kind = '', ts = 0, bytes = x'' WHERE idx < {}",
        *(f"DELETE FROM {t} WHERE idx < {{}}" for t in ("openings", "targets", "records", "once", "deliveries")),
    )

    def by_hand(size: int) -> None:
        db = sqlite3.connect(f"{home}/ledger.db")
        for statement in emptied:
            db.execute(statement.format(size))
        db.commit()
        db.close()

    prune(home)
    by_hand(8)
    report = verify_ledger(home)
    assert report.verdict is VerdictName.TAMPERED
    assert any(finding.step == 3 for finding in report.findings)
    other = str(tmp_path / "other")
    home = other
    fill(other)
    by_hand(1)
    assert any(finding.step == 3 for finding in verify_ledger(other).findings)


def test_a_kept_hash_that_was_changed_is_found(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    old_and_new(home)
    prune(home)
    db = sqlite3.connect(f"{home}/ledger.db")
    db.execute("UPDATE entries SET leaf = randomblob(32) WHERE idx = 3")
    db.commit()
    db.close()
    assert verify_ledger(home).verdict is VerdictName.TAMPERED


def test_a_limit_is_not_loosened_by_pruning(tmp_path: Path) -> None:
    """What was taken of it stays counted."""
    home = str(tmp_path / "home")
    old_and_new(home)
    with open_reader(home) as reader:
        counted = reader.count("limit", 0)
    prune(home)
    with open_reader(home) as reader:
        assert reader.count("limit", 0) == counted > 0
    explained(home)


def test_by_size_the_oldest_go(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    fill(home, sessions=2, calls=60)
    size = os.path.getsize(f"{home}/ledger.db")
    assert prune(home, keep_us=0, most=10 * size) is None
    done = prune(home, keep_us=0, most=size // 2)
    assert done is not None
    assert 0 < done.size < head(home).size - 1
    assert os.path.getsize(f"{home}/ledger.db") < 0.75 * size
    explained(home)


def test_a_hold_keeps_what_it_names_until_it_is_released(tmp_path: Path) -> None:
    """A session, or a time; what comes after it stays too, because only whole beginnings go."""
    home = str(tmp_path / "home")
    old = old_and_new(home)
    now = BIRTH_US + 10 * DAY
    held = retain.hold(home, session="both", since=0, who="ada", why="litigation", now_us=now)
    plan = retain.plan(home, keep_us=5 * DAY, most=0, now_us=now)
    assert (plan.size, plan.held_by) == (2, held)
    assert [one.why for one in plan.holds] == ["litigation"]
    done = prune(home)
    assert done is not None
    assert done.size == 2
    later = retain.hold(home, session="", since=BIRTH_US, who="ada", why="all", now_us=now)
    assert retain.release(home, held[:8], who="ada", why="settled", now_us=now).id == held
    assert prune(home) is None
    retain.release(home, later, who="ada", why="settled", now_us=now)
    done = prune(home)
    assert done is not None
    assert done.size == old
    explained(home)


def test_a_hold_is_not_pruned_away_itself(tmp_path: Path) -> None:
    """Or a hold on what is to come would be forgotten before that comes."""
    home = str(tmp_path / "home")
    old_and_new(home)
    retain.hold(home, session="new", since=0, who="a", why="w", now_us=BIRTH_US)
    with open_reader(home) as reader:
        (held,) = retain.holds(reader)
    plan = retain.plan(home, keep_us=1, most=0, now_us=BIRTH_US + 900 * DAY)
    assert plan.size <= held.idx


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    fill(home)
    for call in (
        lambda: prune_without_reason(home),
        lambda: retain.hold(home, session="", since=0, who="a", why="w", now_us=1),
        lambda: retain.hold(home, session="x", since=0, who="a", why="", now_us=1),
        lambda: retain.release(home, "none", who="a", why="w", now_us=1),
        lambda: retain.span_us("5"),
        lambda: retain.span_us("0d"),
        lambda: retain.size_of("2"),
    ):
        with pytest.raises(UsageError):
            call()
    assert retain.span_us("2w") == 14 * DAY
    assert retain.size_of("2GB") == 2_000_000_000


def prune_without_reason(home: str) -> None:
    retain.prune(home, keep_us=DAY, most=0, who="a", why=" ", now_us=1)


@pytest.mark.parametrize("part", range(3))
def test_killed_at_any_step_it_was_pruned_or_not(tmp_path: Path, part: int) -> None:
    """Nothing to find in between but mirrors that are missing; finishing it leaves nothing of the old pages."""
    ended, n, kills = KILLED, part + 1, 0
    while ended == KILLED:
        home = str(tmp_path / f"home-{n}")
        old = old_and_new(home)

        def doomed(home: str, n: int) -> None:
            _counted(n)
            prune(home)

        ended = run(partial(doomed, home, n))
        kills += ended == KILLED
        assert verify_ledger(home).found == 0, n
        assert erase.finish(home)
        prune(home)
        with open_reader(home) as reader:
            assert len(reader.pruned()) == old, n
        raw = b"".join(file.read_bytes() for file in Path(home).rglob("*") if file.is_file())
        assert b"thing-0-of-old" not in raw, n
        explained(home)
        n += 17
    assert kills > 3


def _counted(left: int) -> None:
    def dying(original: Any) -> Any:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                die()
            return original(*args, **kwargs)

        return step

    for owner, names in (
        (Database, ("run", "run_each", "row", "rows", "close")),
        (os, ("open", "fsync", "replace", "rename", "unlink")),
    ):
        for name in names:
            setattr(owner, name, dying(getattr(owner, name)))
