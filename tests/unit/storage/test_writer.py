"""The writer: heads that move by compare-and-swap, an identity once, a transaction whole or not at all."""

from __future__ import annotations

import os
import sqlite3
import stat
import time
from typing import TYPE_CHECKING

import pytest

from support.ledgers import BIRTH_US, SESSION, Scribe, fill
from web4_governance.app.verify import verify_ledger
from web4_governance.core.digest import leaf as leaf_of
from web4_governance.core.errors import (
    HomeError,
    LedgerBusy,
    LedgerCorrupt,
    LedgerDuplicate,
    LedgerMissing,
    LedgerMoved,
    LedgerNewer,
    LedgerReadOnly,
)
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.record.entry import Index, Kind, seal
from web4_governance.core.value import replace
from web4_governance.storage import schema
from web4_governance.storage.writer import DAY, LONGEST, Writer, open_writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = b"k" * 32


@pytest.fixture
def home(tmp_path: Path) -> str:
    return str(tmp_path / "home")


@pytest.fixture
def writer(home: str) -> Iterator[Writer]:
    with open_writer(home, deadline=None) as opened:
        yield opened


def sqlite(home: str) -> sqlite3.Connection:
    return sqlite3.connect(os.path.join(home, "ledger.db"))


def test_a_first_write_makes_home_and_ledger_private_whatever_the_umask_says(home: str) -> None:
    """0600 for every file, also for those that SQLite makes."""
    before = os.umask(0)
    try:
        with open_writer(home, deadline=None) as writer:
            Scribe(writer).prompt("hello")
            modes = {name: stat.S_IMODE(os.stat(os.path.join(home, name)).st_mode) for name in os.listdir(home)}
            writer.commit()
    finally:
        os.umask(before)
    assert modes == {
        "ledger.db": 0o600,
        "ledger.db-wal": 0o600,
        "ledger.db-shm": 0o600,
        "ledger.lock": 0o600,
        "audit": 0o700,
    }
    mirror = os.path.join(home, "audit", f"{SESSION}.jsonl")
    assert stat.S_IMODE(os.stat(mirror).st_mode) == 0o600


def test_the_ledger_is_wal_and_synchronous_full(writer: Writer) -> None:
    """What durability rests on is set, not assumed."""
    database = writer._database
    assert database.row("PRAGMA journal_mode") == ("wal",)
    assert database.row("PRAGMA synchronous") == (2,)
    assert database.row("PRAGMA mmap_size") == (0,)
    assert database.row("PRAGMA application_id") == (schema.APPLICATION_ID,)
    assert database.row("PRAGMA user_version") == (schema.VERSION,)


def test_a_closed_ledger_leaves_no_wal_behind(home: str) -> None:
    """The last close checkpoints under the lock."""
    fill(home)
    assert sorted(os.listdir(home)) == ["audit", "ledger.db", "ledger.lock"]


def test_a_ledger_has_a_name_and_a_secret_of_its_own_and_keeps_them(tmp_path: Path) -> None:
    """Random, and the same at the next opening."""
    found = []
    for name in ("a", "a", "b"):
        with open_writer(str(tmp_path / name), deadline=None) as writer:
            found.append((writer.ledger_id, writer.secret))
            writer.commit()
    assert found[0] == found[1] != found[2]
    assert (len(found[0][0]), len(found[0][1])) == (32, 32)


def test_what_is_stored_is_what_was_hashed_byte_for_byte(writer: Writer) -> None:
    """The bytes come back, their leaf is their hash, and the columns say what they say."""
    scribe = Scribe(writer)
    leaf = scribe.prompt("hällo")
    stored = writer.last(SESSION, "prompt")
    assert stored is not None
    assert (stored.leaf.hex(), stored.leaf) == (leaf, leaf_of(stored.data))
    assert (stored.idx, stored.session, stored.seq, stored.kind, stored.ts) == (
        0,
        SESSION,
        0,
        "prompt",
        BIRTH_US + 1_000_000,
    )
    assert writer.opening(0, "request.text") == "hällo"
    assert writer.opening(0, "request.other") is None


def test_each_session_has_its_own_chain_and_all_share_one_tree(writer: Writer) -> None:
    """Interleaved as they come."""
    assert writer.tail("a") == (0, "")
    a, b = Scribe(writer, session="a"), Scribe(writer, session="b")
    leaves = [a.prompt("1"), b.prompt("2"), a.prompt("3")]
    assert writer.tail("a") == (2, leaves[2])
    assert writer.tail("b") == (1, leaves[1])
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(bytes.fromhex(leaf))
    row = writer._database.row("SELECT size, frontier, root FROM tree")
    assert row == (3, frontier.to_bytes(), frontier.root())


@pytest.mark.parametrize(("seq", "prev"), [(1, ""), (0, "ab"), (7, "ab")])
def test_an_entry_that_does_not_follow_its_chain_is_refused(writer: Writer, seq: int, prev: str) -> None:
    """And leaves nothing behind."""
    sealed = seal({}, kind=Kind.EVENT, session="s", ts=1, seq=seq, prev=prev, openings=())
    with pytest.raises(LedgerMoved):
        writer.append(sealed, Index())
    assert writer._database.row("SELECT count(*) FROM entries") == (0,)


@pytest.mark.parametrize(
    "statement", ["UPDATE tree SET size = 5", "UPDATE tree SET frontier = x'00'", "DELETE FROM tree"]
)
def test_a_tree_head_that_moved_under_the_writer_stops_the_append(writer: Writer, statement: str) -> None:
    """Compare-and-swap, with the row count checked: what was read is a hint."""
    scribe = Scribe(writer)
    scribe.prompt("one")
    writer._database.run(statement)
    with pytest.raises(LedgerMoved):
        scribe.prompt("two")


def test_a_chain_head_that_moved_under_the_writer_stops_the_append(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, for the head of the session, at its beginning and later."""
    for before in ((0, ""), (1, "ab")):
        body = seal({}, kind=Kind.EVENT, session="s", ts=1, seq=before[0], prev=before[1], openings=())
        monkeypatch.setattr(Writer, "tail", lambda _self, _session, before=before: before)
        writer._database.run("INSERT OR REPLACE INTO chains VALUES('s', 9, x'cd')")
        with pytest.raises(LedgerMoved, match="moved meanwhile"):
            writer.append(body, Index())
        writer._database.run("ROLLBACK")
        writer.begin()


@pytest.mark.parametrize("frontier", ["x'00'", "'text'", "NULL"])
def test_a_tree_head_that_makes_no_sense_is_damage(home: str, frontier: str) -> None:
    """Not something to grow from."""
    fill(home)
    db = sqlite(home)
    with db:
        db.execute("DROP TABLE tree")
        db.execute("CREATE TABLE tree(id, size, frontier, root)")
        db.execute(f"INSERT INTO tree VALUES(0, 16, {frontier}, x'')")
    db.close()
    with open_writer(home, deadline=None) as writer, pytest.raises(LedgerCorrupt):
        Scribe(writer).prompt("more")


def test_an_identity_is_recorded_once(writer: Writer) -> None:
    """The second is refused, and the first can be found."""
    scribe = Scribe(writer)
    leaf = scribe.intent("c1", identity=KEY)
    with pytest.raises(LedgerDuplicate):
        scribe.intent("c1", identity=KEY)
    found = writer.by_identity(KEY)
    assert found is not None
    assert found.leaf.hex() == leaf
    assert writer.by_identity(b"other") is None
    assert writer._database.row("SELECT count(*) FROM entries") == (1,)


def test_a_refused_duplicate_leaves_the_transaction_usable(home: str) -> None:
    """What else the call has to say is still written."""
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        scribe.intent("c1", identity=KEY)
        with pytest.raises(LedgerDuplicate):
            scribe.intent("c1", identity=KEY)
        scribe.prompt("after")
        writer.commit()
    assert verify_ledger(home).tally.entries == 2


def test_without_commit_nothing_happened(home: str) -> None:
    """Not the entry, not the limit, not the delivery, not the mirror."""
    fill(home, sessions=1, calls=1)
    before = verify_ledger(home)
    with open_writer(home, deadline=None) as writer:
        Scribe(writer, session="session-0").prompt("never")
        writer.tick("k", 1)
        writer.deliver(KEY, "a")
        writer.set_meta("policy", "x")
    assert verify_ledger(home) == before
    with open_writer(home, deadline=None) as writer:
        assert (writer.count("k", 0), writer.deliver(KEY, "a"), writer.meta("policy")) == (0, 1, "")


@pytest.mark.parametrize(
    ("deliveries", "new"),
    [
        ("a", "1"),
        ("ab", "10"),
        ("aabb", "1100"),
        ("abab", "1010"),
        ("bbaaab", "110010"),
        ("abcabcc", "1001001"),
    ],
)
def test_the_nth_occurrence_is_recorded_once_whoever_brings_it_first(writer: Writer, deliveries: str, new: str) -> None:
    """Installed forms deliver each event once each; the count is the largest over all of them."""
    assert "".join(str(int(bool(writer.deliver(KEY, via)))) for via in deliveries) == new
    assert writer.deliver(b"another", "a")


def test_calls_are_found_by_their_id_within_their_session(writer: Writer) -> None:
    """Intents and outcomes, in order; another session's call of the same id is another call."""
    one, other = Scribe(writer, session="a"), Scribe(writer, session="b")
    intent, outcome = one.call("c1")
    one.intent("c2")
    other.intent("c1")
    assert [e.leaf.hex() for e in writer.entries_of("a", call="c1")] == [intent, outcome]
    assert [e.leaf.hex() for e in writer.entries_of("a", kind="outcome", call="c1")] == [outcome]
    assert [e.seq for e in writer.entries_of("a", kind="intent")] == [0, 2]
    assert len(writer.entries_of("a")) == 3
    assert writer.entries_of("b", call="c2") == ()
    assert (writer.status_of("a", "c1"), writer.status_of("a", "c2"), writer.status_of("b", "c1")) == (
        "succeeded",
        "",
        "",
    )
    assert [e.seq for e in writer.open_intents("a", 10)] == [2]


def test_the_newest_of_a_kind_are_given_newest_last(writer: Writer) -> None:
    """And no more than were asked for; the last one alone too."""
    scribe = Scribe(writer)
    for n in range(4):
        scribe.prompt(f"{n}")
        scribe.intent(f"c{n}")
    assert [e.seq for e in writer.recent(SESSION, "prompt", 3)] == [2, 4, 6]
    last = writer.last(SESSION, "prompt")
    assert last is not None
    assert last.seq == 6
    assert (writer.recent(SESSION, "words", 3), writer.last(SESSION, "words")) == ((), None)


def test_a_stump_of_a_ledger_is_damage_and_not_an_empty_one(home: str) -> None:
    """SQLite would take it for a new database, and the old ledger would be gone without a word."""
    fill(home)
    os.truncate(os.path.join(home, "ledger.db"), 50)
    with pytest.raises(LedgerCorrupt, match="cut off"):
        open_writer(home, deadline=None)


def test_every_door_to_the_database_gives_errors_of_ours(writer: Writer) -> None:
    """Queries, statements, many at once."""
    database = writer._database
    for ask in (
        lambda: database.rows("SELECT nothing"),
        lambda: database.row("SELECT nothing"),
        lambda: database.run("SELECT nothing"),
        lambda: database.run_each("INSERT INTO nothing VALUES(?)", [(1,)]),
    ):
        with pytest.raises(LedgerCorrupt, match="nothing"):
            ask()


def test_a_directory_in_the_ledgers_place_is_no_ledger(home: str) -> None:
    """It cannot be opened, and it is not taken for a missing one."""
    os.makedirs(os.path.join(home, "ledger.db"), 0o700)
    os.chmod(home, 0o700)
    with pytest.raises(LedgerReadOnly):
        open_writer(home, deadline=None)


def test_a_file_that_cannot_be_made_says_why(tmp_path: Path) -> None:
    """Before SQLite is asked."""
    with pytest.raises(LedgerMissing):
        schema.create_file(str(tmp_path / "none" / "ledger.db"))


def test_a_call_without_an_id_is_joined_to_nothing(writer: Writer) -> None:
    """An empty id is no id: two such calls have nothing in common."""
    scribe = Scribe(writer)
    leaf = scribe.intent("")
    scribe.outcome("", leaf)
    assert writer.status_of(SESSION, "") == ""
    assert len(writer.open_intents(SESSION, 10)) == 1


def test_the_newest_open_intents_are_given_newest_last(writer: Writer) -> None:
    """And no more than were asked for."""
    scribe = Scribe(writer)
    for n in range(5):
        scribe.intent(f"c{n}")
    assert [e.seq for e in writer.open_intents(SESSION, 3)] == [2, 3, 4]


def test_background_work_is_closed_again_by_its_completion(writer: Writer) -> None:
    """The last outcome says how it ended."""
    scribe = Scribe(writer)
    leaf = scribe.intent("c1")
    scribe.outcome("c1", leaf, status="started")
    assert writer.status_of(SESSION, "c1") == "started"
    scribe.outcome("c1", leaf, status="failed")
    assert writer.status_of(SESSION, "c1") == "failed"


def test_the_same_action_is_found_across_sessions_newest_first(writer: Writer) -> None:
    """With how each ended; entries without the key have nothing in common."""
    Scribe(writer, session="a").call("c1", same=KEY, status="failed")
    Scribe(writer, session="b").intent("c2", same=KEY)
    Scribe(writer, session="b").intent("c3")
    assert [(e.session, status) for e, status in writer.same(KEY, 5)] == [("b", ""), ("a", "failed")]
    assert len(writer.same(KEY, 1)) == 1
    assert writer.same(b"", 5) == ()
    assert writer.same_as(0, KEY)
    assert not writer.same_as(0, b"x")


def test_limits_count_what_was_taken_after_a_time(writer: Writer) -> None:
    """By key; two in the same microsecond are two."""
    Scribe(writer).intent("c1")
    for ts in (10, 20, 20):
        writer.tick("k", ts)
    writer.tick("other", 20)
    assert [writer.count("k", since) for since in (0, 10, 20)] == [3, 2, 0]


def test_counts_that_no_window_reaches_are_forgotten(writer: Writer) -> None:
    """A day after the window of their own key, or after the longest there is; never sooner."""
    Scribe(writer).intent("c1")
    for ts in (0, DAY, 2 * DAY):
        writer.tick("k", ts, window=DAY)
    writer.tick("gone", DAY)
    writer.tick("k", 2 * DAY + 1, window=DAY)
    assert (writer.count("k", -1), writer.count("gone", -1)) == (3, 1)
    writer.tick("k", DAY + LONGEST + DAY + 1, window=DAY)
    assert (writer.count("k", -1), writer.count("gone", -1)) == (1, 0)


def test_deliveries_are_forgotten_some_a_call_when_their_entry_is_old(writer: Writer) -> None:
    """And new ones of the same bytes count anew."""
    scribe = Scribe(writer)
    keys = [bytes([n]) * 32 for n in range(100)]
    for key in keys:
        scribe.told(key)
    assert writer.deliver(keys[0], "plugin", since=1) == 0, "only what is older is forgotten"
    for key in keys:
        writer.deliver(key, "settings", since=scribe.now + 1)
    assert writer.deliver(keys[50], "plugin", since=scribe.now + 1) == 0
    left = writer._database.row("SELECT count(*) FROM deliveries WHERE n > 1")
    assert left is not None
    assert left[0] == 0


def test_decisions_of_a_session_are_counted_for_its_end(writer: Writer) -> None:
    """One line for the person; nothing where nothing was called."""
    scribe = Scribe(writer)
    assert writer.session_summary(SESSION) == ""
    scribe.intent("c1")
    assert writer.session_summary(SESSION).endswith("1 calls recorded")
    scribe.intent("c2", decision="deny")
    scribe.intent("c3", decision="warn")
    assert writer.decisions_of(SESSION) == {"allow": 1, "deny": 1, "warn": 1}
    assert writer.session_summary(SESSION).endswith("3 calls recorded (1 deny, 1 warn)")


def test_a_word_is_remembered_and_replaced(writer: Writer) -> None:
    """The policy in force is one of them."""
    writer.set_meta("policy", "one")
    writer.set_meta("policy", "two")
    assert (writer.policy_digest(), writer.meta("nothing")) == ("two", "")


def test_a_writer_that_stays_open_works_in_batches(home: str) -> None:
    """Each batch is a transaction of its own; what another wrote between is seen."""
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        for n in range(3):
            scribe.intent(f"c{n}")
            writer.commit()
            writer.begin()
        scribe.intent("dropped")
    report = verify_ledger(home)
    assert (report.verdict, report.tally.entries, report.notes) == (VerdictName.UNANCHORED, 3, ())


def test_what_a_writer_keeps_between_batches_goes_when_another_wrote(home: str) -> None:
    """Heads, remembered words and the newest of a kind are read again then, and only kept where nobody was there."""
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        scribe.intent("c1")
        writer.set_meta("policy", "one")
        writer.commit()
        writer.rest()
        with open_writer(home, deadline=None) as other:
            second = Scribe(other).intent("c2")
            other.set_meta("policy", "two")
            other.commit()
        assert writer.resume(deadline=None)
        last = writer.last(SESSION, "intent")
        assert (writer.length, writer.meta("policy"), writer.tail(SESSION)[0]) == (2, "two", 2)
        assert last is not None
        assert (last.idx, last.leaf.hex()) == (1, second)
        third = Scribe(writer).intent("c3")
        newest = writer.last(SESSION, "intent")
        assert newest is not None
        assert newest.leaf.hex() == third
        mark = writer.mark()
        Scribe(writer).intent("c4")
        writer.drop(mark)
        newest = writer.last(SESSION, "intent")
        assert newest is not None
        assert newest.leaf.hex() == third
        assert writer.tail(SESSION)[0] == writer.length == 3


def test_two_writers_never_hold_the_ledger_at_once(home: str) -> None:
    """The second waits for the first to close, not to commit."""
    with open_writer(home, deadline=None) as writer:
        writer.commit()
        with pytest.raises(LedgerBusy):
            open_writer(home, deadline=time.monotonic())
    open_writer(home, deadline=time.monotonic()).close()


def test_a_ledger_that_another_program_has_locked_is_busy_in_time(home: str) -> None:
    """Somebody who does not know our lock: SQLite's own is below it."""
    fill(home)
    db = sqlite(home)
    db.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerBusy):
        open_writer(home, deadline=time.monotonic() + 0.1)
    db.close()
    open_writer(home, deadline=time.monotonic() + 10).close()


def test_a_home_that_others_can_write_is_never_opened(home: str) -> None:
    """Before the lock, before the database."""
    fill(home)
    os.chmod(home, 0o777)
    with pytest.raises(HomeError):
        open_writer(home, deadline=None)


def test_a_newer_ledger_is_not_written(home: str) -> None:
    """An older program would not know what it breaks."""
    fill(home)
    db = sqlite(home)
    db.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    db.close()
    with pytest.raises(LedgerNewer) as caught:
        open_writer(home, deadline=None)
    assert "upgrade" in caught.value.hint


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be read as one" * 100, b"SQLite format 3\0" + b"\0" * 4080]
)
def test_a_file_that_is_no_database_is_damage(home: str, content: bytes) -> None:
    """Said, not overwritten."""
    fill(home)
    path = os.path.join(home, "ledger.db")
    with open(path, "wb") as file:
        file.write(content)
    with pytest.raises(LedgerCorrupt) as caught:
        open_writer(home, deadline=None)
    assert "web4 doctor --fix" in caught.value.hint
    with open(path, "rb") as file:
        assert file.read() == content


def test_another_programs_database_is_not_taken_over(home: str) -> None:
    """It has tables, and not our mark."""
    os.makedirs(home, 0o700)
    db = sqlite(home)
    db.execute("CREATE TABLE theirs(a)")
    db.close()
    with pytest.raises(LedgerCorrupt, match="no ledger"):
        open_writer(home, deadline=None)


def test_an_empty_file_becomes_a_ledger(home: str) -> None:
    """What a crash at the very first opening leaves."""
    os.makedirs(home, 0o700)
    open(os.path.join(home, "ledger.db"), "wb").close()
    fill(home)
    assert verify_ledger(home).verdict is VerdictName.UNANCHORED


def test_a_damaged_page_is_damage_and_frees_the_lock(home: str) -> None:
    """The next writer is not locked out by the failure of this one."""
    fill(home, calls=30)
    path = os.path.join(home, "ledger.db")
    with open(path, "r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (os.path.getsize(path) - 4096))
    for _ in range(2):
        with pytest.raises(LedgerCorrupt), open_writer(home, deadline=time.monotonic() + 1) as writer:
            Scribe(writer, session="session-0").prompt("more")


@pytest.mark.parametrize("value", ["''", "'zz'", "'00ff'", "x'00'"])
def test_a_damaged_secret_is_said_before_anything_is_found_to_be_new_by_it(home: str, value: str) -> None:
    """With another key no action would ever be the same as one before."""
    fill(home)
    db = sqlite(home)
    with db:
        db.execute(f"UPDATE meta SET value = {value} WHERE key = 'secret'")
    db.close()
    with open_writer(home, deadline=None) as writer, pytest.raises(LedgerCorrupt, match="secret"):
        _ = writer.secret


@pytest.mark.parametrize("name", ["with space", "per%cent", "que?stion", "ha#sh", "ünï", "quo'te"])
def test_a_home_may_have_any_name(tmp_path: Path, name: str) -> None:
    """The path goes through a URI."""
    home = str(tmp_path / name)
    fill(home)
    assert verify_ledger(home).verdict is VerdictName.UNANCHORED
    assert os.listdir(tmp_path) == [name]


@pytest.mark.parametrize("session", ["", "-", "../../x", "a\0b", "x" * 5000, "ü" * 100])
def test_any_session_id_can_be_written(home: str, session: str) -> None:
    """And nothing is written outside the home."""
    with open_writer(home, deadline=None) as writer:
        Scribe(writer, session=session).call("c1")
        assert writer.tail(session)[0] == 2
        writer.commit()
        assert writer.mirror_error == ""
    assert verify_ledger(home).verdict is VerdictName.UNANCHORED
    assert os.listdir(os.path.dirname(home)) == ["home"]
    (mirror,) = os.listdir(os.path.join(home, "audit"))
    assert mirror.endswith(".jsonl")


def test_a_sealed_entry_cannot_be_moved_to_another_place(writer: Writer) -> None:
    """Its own bytes say where it stands."""
    scribe = Scribe(writer)
    scribe.prompt("one")
    keep = scribe.keeper()
    sealed = scribe.sealed(Kind.EVENT, {}, keep)
    scribe.prompt("two")
    seq, _ = writer.tail(SESSION)
    with pytest.raises(LedgerMoved):
        writer.append(replace(sealed, seq=seq), Index())


def test_the_newest_entries_are_those_of_the_open_transaction(writer: Writer) -> None:
    """Asked again after an append, after a part was taken back, and by another kind."""
    scribe = Scribe(writer)
    scribe.call("one")
    first = [one.idx for one in writer.recent(SESSION, "intent", 4)]
    assert [one.idx for one in writer.recent(SESSION, "intent", 4)] == first
    mark = writer.mark()
    scribe.call("two")
    assert len(writer.recent(SESSION, "intent", 4)) == len(first) + 1
    assert len(writer.recent(SESSION, "intent", 1)) == 1
    writer.drop(mark)
    assert [one.idx for one in writer.recent(SESSION, "intent", 4)] == first
    assert writer.recent(SESSION, "prompt", 4) == ()


def test_a_call_alone_in_its_transaction_is_taken_back_without_a_savepoint(home: str) -> None:
    """What it wrote is gone, the lock is still held, and the next call takes its place and becomes durable."""
    with open_writer(home, deadline=None) as writer:
        writer.settle_in()
        Scribe(writer).call("one")
        writer.commit()
        writer.begin()
        before = (writer.tail(SESSION), writer.length, writer.meta("policy"))
        mark = writer.mark(alone=True)
        Scribe(writer).call("two")
        writer.set_meta("policy", "another")
        writer.drop(mark)
        assert (writer.tail(SESSION), writer.length, writer.meta("policy")) == before
        with pytest.raises(LedgerBusy):
            open_writer(home, deadline=time.monotonic() + 0.01)
        writer.mark(alone=True)
        Scribe(writer).call("three")
        writer.keep()
        writer.commit()
    with sqlite(home) as database:
        held = database.execute("SELECT call FROM records ORDER BY idx").fetchall()
    assert held == [("one",), ("one",), ("three",), ("three",)]
    assert str(verify_ledger(home).verdict) == "UNANCHORED"


def test_what_a_savepoint_takes_back_is_kept_in_memory(home: str) -> None:
    """A writer that stays makes no files in the system's temporary directory."""
    with open_writer(home, deadline=None) as writer:
        writer.settle_in()
        assert writer._database.rows("PRAGMA temp_store") == [(2,)]  # 2: memory (SQLite's manual)


def test_an_agents_newest_intents_are_found_among_those_of_its_session(writer: Writer) -> None:
    """Of another agent none, and none that lies further back than was asked for."""
    scribe = Scribe(writer)
    for name in ("one", "two", "three"):
        scribe.call(name)
    own = writer.recent(SESSION, "intent", 8)
    assert writer.recent_of(SESSION, "", 8) == own
    assert writer.recent_of(SESSION, "", 2) == own[-2:]
    assert writer.recent_of(SESSION, "another", 8) == ()


def test_a_commit_writes_nothing_back_where_that_is_done_apart(home: str) -> None:
    """However long the WAL grows; what is written back between two transactions is all there, and can be verified."""
    with open_writer(home, deadline=None) as writer:
        writer.commit()
        writer.settle_in()
        scribe = Scribe(writer)
        at_first = os.path.getsize(f"{home}/ledger.db")
        for n in range(150):
            writer.begin()
            scribe.call(f"call-{n}")
            writer.commit()
        assert os.path.getsize(f"{home}/ledger.db-wal") > 1000 * 4096
        assert os.path.getsize(f"{home}/ledger.db") == at_first
        writer.checkpoint()
        assert os.path.getsize(f"{home}/ledger.db") > at_first
        grown = os.path.getsize(f"{home}/ledger.db-wal")
        writer.begin()
        scribe.call("one more")
        writer.commit()
        assert os.path.getsize(f"{home}/ledger.db-wal") == grown  # begun anew, and not longer
    assert verify_ledger(home).verdict is VerdictName.UNANCHORED
