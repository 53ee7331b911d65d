"""The heads that the ledger signs itself: verified with its keys, sent to anchors, carried by bundles."""

from __future__ import annotations

import shutil
import sqlite3
import tarfile
from typing import TYPE_CHECKING

import pytest

from support.attacks import Scene
from support.told import call_main
from web4_governance.app import signing
from web4_governance.app.anchor import anchor, rotate
from web4_governance.storage.reader import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = 1_800_000_000_000_000


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A ledger with a key of its own, an anchor that is a file, and a head at both."""
    made = Scene(tmp_path / "home")
    (made.home / "config.toml").write_text(f'[anchors.share]\nkind = "file"\npath = "{tmp_path / "share"}"\n')
    (made.home / "config.toml").chmod(0o600)
    with open_reader(str(made.home)) as reader:
        origin = reader.origin
    signing.make(str(made.home), origin)
    anchor(str(made.home), now_us=NOW)
    return made


def first(scene: Scene) -> str:
    return signing.read(str(scene.home)).first.to_text()


def session_of(scene: Scene) -> str:
    with open_reader(str(scene.home)) as reader:
        return next(chain.session for chain in reader.chains() if chain.session != "-")


def told(scene: Scene, *words: str) -> tuple[int, str]:
    said = call_main("verify", "--json", "--home", str(scene.home), *words)
    return said.code, str(said.json["verdict"])


def change_head(scene: Scene, change: Callable[[bytes], bytes]) -> None:
    with sqlite3.connect(scene.home / "ledger.db") as database:
        (note,) = database.execute("SELECT note FROM heads").fetchone()
        database.execute("UPDATE heads SET note = ?", (change(note),))


def test_what_was_anchored_verifies_without_a_word_and_with_the_pinned_key(scene: Scene) -> None:
    """The keys beside the ledger are enough to look for its heads; a pinned one leads to the rest."""
    assert told(scene, "--require-anchor") == (0, "ANCHORED")
    assert told(scene, "--require-anchor", "--key", first(scene)) == (0, "ANCHORED")
    said = call_main("verify", "--home", str(scene.home)).out
    assert "pin the first one with `--key`" in said


def test_every_epoch_counts_from_the_first_key_on(scene: Scene) -> None:
    """After two rotations the heads of all epochs verify, by the first key, by a later one, and by none."""
    keys = [first(scene)]
    for _ in range(2):
        keys.append(signing.rotate(str(scene.home)).present.to_text())
        anchor(str(scene.home), now_us=NOW)
    assert told(scene) == (0, "ANCHORED")
    assert [told(scene, "--key", key)[1] for key in keys] == ["ANCHORED"] * 3


def test_a_ledger_replaced_with_its_keys_is_not_the_one_that_the_anchor_knows(scene: Scene) -> None:
    """New keys of the same name sign a good tree; what lies elsewhere, and who kept the first key, say otherwise."""
    kept = first(scene)
    for name in ("first", "epoch-0.key"):
        (scene.home / "keys" / name).unlink()
    with open_reader(str(scene.home)) as reader:
        origin = reader.origin
    signing.make(str(scene.home), origin)
    with sqlite3.connect(scene.home / "ledger.db") as database:
        database.execute("DELETE FROM heads")
        database.execute("DELETE FROM anchorings")
    assert told(scene, "--require-anchor")[0] == 1
    assert told(scene, "--key", kept) == (1, "UNCORROBORATED")


def resized(note: bytes) -> bytes:
    origin, size, rest = note.split(b"\n", 2)
    return b"\n".join((origin, b"%d" % (int(size) - 1), rest))


@pytest.mark.parametrize("change", [lambda note: note[:-9] + b"AAAAAAA=\n", resized, lambda _: b"x"])
def test_a_forged_head_in_the_ledger_is_tampering(scene: Scene, change: Callable[[bytes], bytes]) -> None:
    """A signature that is none, a size that was not signed, no note at all."""
    change_head(scene, change)
    assert told(scene) == (2, "TAMPERED")


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("UPDATE heads SET size = size + 1000000", "the note says 58 entries"),
        ("UPDATE heads SET size = size - 1", "the note says 58 entries"),
        ("UPDATE heads SET epoch = 1", "it is not signed by the key of its epoch"),
        ("UPDATE heads SET epoch = 5", "its row names an epoch of which there is no key"),
        ("UPDATE heads SET epoch = 'x'", "its row names an epoch of which there is no key"),
    ],
)
def test_a_row_that_says_otherwise_than_the_head_in_it_is_tampering(scene: Scene, statement: str, why: str) -> None:
    """By the row a gate knows what is signed already: one that says more would keep it from signing."""
    signing.rotate(str(scene.home))
    with sqlite3.connect(scene.home / "ledger.db") as database:
        database.execute(statement)
    said = call_main("verify", "--json", "--home", str(scene.home))
    assert (said.code, said.json["findings"][0]["step"]) == (2, 0)
    assert why in said.json["findings"][0]["reason"]


def test_heads_without_any_key_beside_the_ledger_leave_it_uncorroborated(scene: Scene) -> None:
    """Who takes the keys away is not believed to have had none; the key from elsewhere answers for what it signed."""
    key = first(scene)
    shutil.rmtree(scene.home / "keys")
    (scene.home / "config.toml").unlink()  # no anchor either
    said = call_main("verify", "--json", "--home", str(scene.home))
    assert (said.code, said.json["verdict"]) == (1, "UNCORROBORATED")
    assert said.json["steps"][0]["result"] == "open"
    assert "no key beside it, or given" in said.json["reason"]
    held = call_main("verify", "--json", "--home", str(scene.home), "--key", key)
    assert (held.code, held.json["verdict"]) == (0, "UNANCHORED")
    change_head(scene, lambda note: note[:-9] + b"AAAAAAA=\n")
    forged = call_main("verify", "--json", "--home", str(scene.home), "--key", key)
    assert (forged.code, forged.json["verdict"]) == (2, "TAMPERED")


def test_an_edit_below_a_signed_head_is_named_by_it(scene: Scene) -> None:
    """The head over the edited tree no longer fits, whatever was computed anew."""
    scene.rewrite(lambda idx, body: {**body, "ts": body["ts"] + 1} if idx == 10 else body)
    code, verdict = told(scene)
    assert (code, verdict) == (2, "TAMPERED")


def test_keys_of_no_use_prove_nothing_and_are_no_tampering(scene: Scene) -> None:
    """A damaged key file says nothing about the entries, and nothing answers for the heads."""
    key = first(scene)
    (scene.home / "keys" / "first").write_bytes(b"x")
    (scene.home / "config.toml").unlink()
    said = call_main("verify", "--home", str(scene.home))
    assert (said.code, "cannot be used" in said.out) == (1, True)
    assert told(scene, "--key", key) == (0, "UNANCHORED")
    with sqlite3.connect(scene.home / "ledger.db") as database:
        database.execute("DELETE FROM heads")
    said = call_main("verify", "--home", str(scene.home))
    assert (said.code, "cannot be used" in said.out) == (0, True)


def test_of_heads_that_a_given_key_did_not_sign_it_is_said_that_they_were_not_looked_at(scene: Scene) -> None:
    """Without the successions beside the ledger a later key speaks for its own epoch alone."""
    later = rotate(str(scene.home), now_us=NOW).present.to_text()
    shutil.rmtree(scene.home / "keys")
    (scene.home / "config.toml").unlink()
    said = call_main("verify", "--json", "--home", str(scene.home), "--key", later)
    assert (said.code, said.json["verdict"]) == (0, "UNANCHORED")
    assert any(note.startswith("1 of 2 signed heads") for note in said.json["notes"])


def test_a_bundle_carries_the_present_heads_and_the_way_to_their_key(scene: Scene, tmp_path: Path) -> None:
    """Whole or a selection, before and after a rotation: good by the first key, not by another log's."""
    for n in range(2):
        for words in ((), ("--session", session_of(scene))):
            path = str(tmp_path / f"b{n}{len(words)}")
            assert call_main("export", "--format", "bundle", "-o", path, "--home", str(scene.home), *words).code == 0
            said = call_main("verify", "--json", "--bundle", path, "--key", first(scene))
            assert (said.code, said.json["verdict"]) == (0, "UNANCHORED"), said.out
            other = call_main("verify", "--json", "--bundle", path, "--key", scene.signer.key.to_text())
            assert (other.code, other.json["verdict"]) == (1, "UNCORROBORATED")
        signing.rotate(str(scene.home))
        anchor(str(scene.home), now_us=NOW)


def test_a_succession_that_is_none_leads_nowhere(scene: Scene, tmp_path: Path) -> None:
    """A bundle's file of that name that is no note changes nothing for those who hold the key."""
    path, place = tmp_path / "bundle", tmp_path / "open"
    assert call_main("export", "--format", "bundle", "-o", str(path), "--home", str(scene.home)).code == 0
    with tarfile.open(path) as tar:
        tar.extractall(place, filter="data")
    (place / "successions").mkdir()
    (place / "successions" / "000001.note").write_bytes(b"x")
    said = call_main("verify", "--json", "--bundle", str(place), "--key", first(scene))
    assert (said.code, said.json["verdict"]) == (0, "UNANCHORED")
