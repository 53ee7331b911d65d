"""Signed heads and key epochs: what is signed, by which key, and what a cut-off rotation leaves."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from support.ledgers import fill
from web4_governance.app import anchor, cadence, sign_head, signing
from web4_governance.app.bundle import write_bundle
from web4_governance.app.bundle_verifier import open_files
from web4_governance.app.held import collect
from web4_governance.app.signatures import check
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import ProofError, UsageError
from web4_governance.core.ledger.bundle import verify_bundle
from web4_governance.core.ledger.checkpoint import Checkpoint, open_checkpoint
from web4_governance.core.ledger.note import Note
from web4_governance.storage.lock import acquire
from web4_governance.storage.lookup import SignedHead
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_795_000_100_000_000


@pytest.fixture
def home(tmp_path: Path) -> str:
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    fill(str(place))
    anchor.make_key(str(place))
    return str(place)


def test_a_head_is_a_checkpoint_of_the_whole_ledger_signed_by_the_present_key(home: str) -> None:
    """A second one over nothing new is the first one."""
    done = anchor.anchor(home, now_us=NOW)
    assert done is not None
    keys = signing.read(home)
    with open_reader(home) as reader:
        tree, held = reader.head(), reader.heads()
        origin = reader.origin
    found = open_checkpoint(Note.from_bytes(done.head.note), [keys.first], origin=origin, check=check)
    assert found == Checkpoint(origin=origin, size=tree.size, root=tree.root)
    again = anchor.anchor(home, now_us=NOW + 1)
    assert again is not None
    assert (again.head, held) == (done.head, (done.head,))


def test_a_forged_head_is_none(home: str) -> None:
    """Signed by another key of the same name."""
    with open_reader(home) as reader:
        origin, tree = reader.origin, reader.head()
    other = os.path.join(home, "other")
    forger = signing.make(other, origin)
    _keys, note = signing.sign(other, Checkpoint(origin=origin, size=tree.size, root=bytes(32)).to_text())
    assert forger.first != signing.read(home).first
    with pytest.raises(ProofError):
        open_checkpoint(note, signing.read(home).chain, origin=origin, check=check)


def test_keys_of_another_ledger_sign_nothing(home: str, tmp_path: Path) -> None:
    """A head would be another log's."""
    other = tmp_path / "second"
    other.mkdir(mode=0o700)
    fill(str(other))
    os.symlink(os.path.join(home, "keys"), other / "keys")
    with pytest.raises(UsageError, match="this ledger is"):
        anchor.sign_head(str(other), now_us=NOW)


def test_each_key_is_certified_by_the_one_before_whose_private_half_goes(home: str) -> None:
    """Many rotations, because a key's text may hold any character of base64."""
    first = signing.read(home).first
    for epoch in range(1, 12):
        keys = signing.rotate(home)
        assert (keys.epoch, keys.first) == (epoch, first)
        private = [name for name in os.listdir(signing.directory(home)) if name.endswith(".key")]
        assert private == [f"epoch-{epoch}.key"]
        head = anchor.sign_head(home, now_us=NOW)
        assert head is not None
        assert head.epoch == epoch
        open_checkpoint(Note.from_bytes(head.note), [keys.present], origin=first.name, check=check)


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("step", range(5))
def test_a_rotation_that_dies_leaves_exactly_one_key_in_force(
    home: str, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """Before, between and after each write: the key that is in force signs, and older ones go then."""
    steps = [0]

    def dying(name: str) -> None:
        real = getattr(signing, name)

        def cut(*arguments: object) -> object:
            if steps[0] == step:
                raise Killed
            steps[0] += 1
            return real(*arguments)

        monkeypatch.setattr(signing, name, cut)

    for name in ("write_bytes", "sync_directory", "_destroy_before"):
        dying(name)
    with pytest.raises(Killed):
        signing.rotate(home)
    monkeypatch.undo()
    keys = signing.read(home)
    assert keys.epoch == (0 if step < 3 else 1)
    _keys, note = signing.sign(home, b"text\n")
    assert note.lines_of(keys.present)
    assert signing.left_over(home) == 0
    assert signing.rotate(home).epoch == keys.epoch + 1


def identities(home: str) -> list[dict[str, Any]]:
    with open_reader(home) as reader:
        return [entry.body()["key"] for entry in reader.of_kind("identity")]  # type: ignore[misc]


def test_each_rotation_is_an_entry_that_names_both_keys(home: str) -> None:
    """Under a head by the new key at once; the whole ledger verifies, its bundle with the first key pinned too."""
    keys = [signing.read(home).first]
    for epoch in (1, 2):
        anchor.rotate(home, now_us=NOW + epoch)
        keys.append(signing.read(home).present)
    assert identities(home) == [
        {"epoch": n, "signs": keys[n].to_text(), "after": keys[n - 1].to_text()} for n in (1, 2)
    ]
    with open_reader(home) as reader:
        tree, last = reader.head(), reader.last_head()
    assert last is not None
    assert (last.size, last.epoch) == (tree.size, 2)
    report = verify_ledger(home, lambda reader: collect(reader, keys=keys[:1]))
    assert (str(report.verdict), report.uncorroborated) == ("UNANCHORED", ())
    write_bundle(home, f"{home}/b.tar")
    with open_files(f"{home}/b.tar") as files:
        assert files.read(f"heads/{tree.size:012}.note") == last.note
        assert str(verify_bundle(files, pinned=keys[:1])[0].verdict) == "UNANCHORED"


def test_a_rotation_that_died_before_its_entry_is_on_record_with_the_next_head(home: str) -> None:
    """Once."""
    signing.rotate(home)
    assert identities(home) == []
    for n in range(2):
        anchor.sign_head(home, now_us=NOW + n)
    assert [one["epoch"] for one in identities(home)] == [1]


def test_what_a_closed_key_signs_later_is_found(home: str) -> None:
    """Somebody kept a copy of the private key: the head is of this very tree, and its key was closed before."""
    path = os.path.join(signing.directory(home), "epoch-0.key")
    with open(path, "rb") as file:
        kept = file.read()
    old = signing.read(home)
    anchor.rotate(home, now_us=NOW)
    fill(home, calls=1, tag="later")
    other = os.path.join(home, "thief")
    os.makedirs(os.path.join(other, "keys"))
    for name, data in (("first", (old.first.to_text() + "\n").encode()), ("epoch-0.key", kept)):
        with open(os.path.join(other, "keys", name), "wb") as file:
            file.write(data)
    with open_writer(home, deadline=None) as ledger:
        tree = ledger.head()
        _keys, note = signing.sign(other, Checkpoint(origin=ledger.origin, size=tree.size, root=tree.root).to_text())
        ledger.keep_head(SignedHead(size=tree.size, epoch=0, ts=NOW, note=note.to_bytes()))
        ledger.commit()
    report = verify_ledger(home, collect)
    assert (str(report.verdict), report.findings[0].step) == ("TAMPERED", 0)
    assert "by a key that entry" in report.reason


def test_a_private_key_that_is_gone_or_anothers_is_said(home: str) -> None:
    """Nothing else can sign for the log."""
    path = os.path.join(signing.directory(home), "epoch-0.key")
    for text in (b"", b"PRIVATE+KEY+x+00+AQ==\n", b"\xff"):
        with open(path, "wb") as file:
            file.write(text)
        with pytest.raises(UsageError, match="private key"):
            signing.sign(home, b"text\n")


def test_without_keys_nothing_is_signed(tmp_path: Path) -> None:
    """And broken ones are named."""
    with pytest.raises(UsageError, match="holds no keys"):
        signing.read(str(tmp_path))
    os.mkdir(tmp_path / "keys")
    (tmp_path / "keys" / "first").write_text("nothing\n")
    with pytest.raises(UsageError, match="cannot be used"):
        signing.read(str(tmp_path))


def test_one_runs_and_one_may_wait(home: str) -> None:
    """A third leaves, as the one that waits covers its entries."""
    waiting = acquire(os.path.join(home, "anchor.waiting"), deadline=None)
    assert anchor.anchor(home, now_us=NOW) is None
    waiting.release()
    held = acquire(os.path.join(home, "anchor.lock"), deadline=None)
    assert anchor.anchor(home, now_us=NOW, wait_s=0.01) is None
    held.release()
    assert anchor.anchor(home, now_us=NOW) is not None


def test_a_head_is_due_after_64_entries_or_a_minute() -> None:
    """And never over nothing new."""
    head = SignedHead(size=100, epoch=0, ts=NOW, note=b"")
    assert [sign_head.due(size, None, now_us=NOW) for size in (0, 1)] == [False, True]
    assert [sign_head.due(size, head, now_us=NOW) for size in (100, 101, 163, 164)] == [False, False, False, True]
    assert [sign_head.due(size, head, now_us=NOW + cadence.EVERY_US) for size in (100, 101)] == [False, True]


def test_a_file_anchor_gets_the_head_and_its_receipt_is_kept(home: str, tmp_path: Path) -> None:
    """Configured in the settings."""
    place = tmp_path / "elsewhere"
    with open(os.path.join(home, "config.toml"), "w", encoding="utf-8") as file:
        file.write(f'[anchors.usb]\nkind = "file"\npath = "{place}"\n')
    done = anchor.anchor(home, now_us=NOW)
    assert done is not None
    assert [(one.anchor, one.why) for one in done.taken] == [("usb", "")]
    assert json.loads(place.read_bytes())["note"].encode() == done.head.note
    with open_reader(home) as reader:
        assert [(one.anchor, one.size) for one in reader.anchorings()] == [("usb", done.head.size)]
