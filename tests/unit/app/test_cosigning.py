"""Sessions put their names to the ledger's head, the gate signs for them, and a rewritten history has other roots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.attacks import Scene
from support.ledgers import BIRTH_US, Scribe
from web4_governance.app.anchor import make_key, sign_head
from web4_governance.app.cosigning import named
from web4_governance.app.retain import prune
from web4_governance.app.verify import verify_ledger
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.note import Note
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.app.cosigning import Named


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    calls(place, "one", "two")
    make_key(str(place))
    return place


def calls(home: Path, *sessions: str, count: int = 2, start_us: int = BIRTH_US) -> None:
    with open_writer(str(home), deadline=None) as writer:
        for session in sessions:
            scribe = Scribe(writer, session=session, start_us=start_us)
            for n in range(count):
                scribe.call(f"{session}-{n}-{writer.head().size}")
        writer.commit()


def heads(home: Path) -> tuple[Named, ...]:
    with open_reader(str(home)) as reader:
        return named(reader)


def test_each_session_that_acted_names_the_head_and_its_own_end(home: Path) -> None:
    """In one entry, which the head that follows covers, and which says who signs."""
    sign_head(str(home), now_us=1)
    (one,) = heads(home)
    with open_reader(str(home)) as reader:
        entry, head = reader.entry(one.idx), reader.last_head()
        assert entry is not None
        assert head is not None
        said: Any = entry.body()["witness"]
        assert one.chains == tuple((f"session:{name}", 4, reader.leaf_at(name, 3).hex()) for name in ("one", "two"))
    assert (said["saw"], said["signed_by"], said["size"], one.idx) == ("head", "head", 8, 8)
    assert Checkpoint.from_text(Note.from_bytes(head.note).text).size == 9
    assert verify_ledger(str(home)).findings == ()


def test_only_those_who_acted_since_the_last_head_name_the_next(home: Path) -> None:
    """And where nobody did, there is neither an entry nor a head."""
    sign_head(str(home), now_us=1)
    first = sign_head(str(home), now_us=2)
    calls(home, "two")
    second = sign_head(str(home), now_us=3)
    assert first is not None
    assert second is not None
    assert (first.size, second.size) == (9, 14)
    assert [[name for name, *_ in one.chains] for one in heads(home)] == [
        ["session:one", "session:two"],
        ["session:two"],
    ]


def test_many_sessions_stand_in_several_entries_each_over_the_one_before(tmp_path: Path) -> None:
    """An entry is bounded."""
    home = tmp_path / "home"
    calls(home, *(f"s{n:03}" for n in range(70)), count=1)
    make_key(str(home))
    sign_head(str(home), now_us=1)
    assert [(one.size, len(one.chains)) for one in heads(home)] == [(140, 32), (141, 32), (142, 6)]
    assert verify_ledger(str(home)).findings == ()


def test_what_was_pruned_is_still_named(home: Path) -> None:
    """The hashes of entries outlive them."""
    later = BIRTH_US + 1_000_000_000
    calls(home, "three", start_us=later)
    sign_head(str(home), now_us=later)
    pruned = prune(str(home), keep_us=1, most=0, who="me", why="old", now_us=later)
    assert pruned is not None
    assert pruned.size == 8
    assert len(heads(home)[0].chains) == 3
    assert verify_ledger(str(home)).findings == ()


def scene(tmp_path: Path) -> Scene:
    made = Scene(tmp_path / "attacked")
    make_key(str(made.home))
    sign_head(str(made.home), now_us=1)
    return made


def test_a_history_that_is_rewritten_throughout_has_another_root_than_its_sessions_named(tmp_path: Path) -> None:
    """The attacker computes entries, chains and tree anew, and forgets what stands in an entry."""
    attacked = scene(tmp_path)
    assert verify_ledger(str(attacked.home)).findings == ()
    attacked.rewrite(lambda idx, body: {**body, "agent": "somebody"} if idx == 3 else body)
    found = verify_ledger(str(attacked.home)).findings
    assert [(one.step, one.place) for one in found if "another root" in one.reason] == [(0, "entry 52")]


def test_a_session_that_is_taken_out_was_named(tmp_path: Path) -> None:
    """The entry still knows how long its chain was, and its last leaf."""
    attacked = scene(tmp_path)
    (one,) = heads(attacked.home)
    name, count, _leaf = one.chains[0]
    session = name.removeprefix("session:")
    attacked.rewrite(lambda _idx, body: None if body["session"] == session else body)
    reasons = [found.reason for found in verify_ledger(str(attacked.home)).findings if found.step == 0]
    assert f"it names another entry {count - 1} of session `{session}`" in reasons
    assert any("which is not what comes before it" in reason for reason in reasons)
