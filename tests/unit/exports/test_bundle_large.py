"""A bundle of a large ledger: made in memory that its entries do not add to, with a word about how far it is."""

from __future__ import annotations

import json
import tarfile
import tracemalloc
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from support.ledgers import Scribe, fill
from support.told import call_main
from web4_governance.app import bundle, bundle_choice
from web4_governance.app.bundle import write_bundle
from web4_governance.core.digest import sha256
from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.proof import check_inclusion, inclusion_proof, root_hash
from web4_governance.storage.filters import Filters
from web4_governance.storage.reader import Reader, open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path


def peak(home: str, calls: int) -> tuple[int, int]:
    """How much memory a bundle of so many calls takes at most, and its size."""
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        for n in range(calls):
            scribe.intent(f"call-{n}")
        writer.commit()
    write_bundle(home, f"{home}/warm.tar")
    tracemalloc.start()
    try:
        write_bundle(home, f"{home}/b.tar")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    with tarfile.open(f"{home}/b.tar") as made:
        return most, made.getmember("entries.jsonl").size


def test_memory_does_not_grow_with_the_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times the calls are no more than a fraction of what they take on disk."""
    monkeypatch.setattr(bundle, "CHUNK", 16)
    small, size = peak(str(tmp_path / "small"), 100)
    large, larger = peak(str(tmp_path / "large"), 1600)
    assert larger > 8 * size
    assert large - small < (larger - size) // 2


@pytest.mark.parametrize("filters", [None, Filters(session="session-0"), Filters(tool="Read")])
@pytest.mark.parametrize("between", [0, 10_000])
def test_lots_of_any_size_give_the_same_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, filters: Filters | None, between: int
) -> None:
    """Of the whole, of a session and of calls, whether openings are asked for one by one or many at once."""
    home = str(tmp_path / "home")
    fill(home, sessions=3, calls=4)
    write_bundle(home, f"{tmp_path}/whole.tar", filters=filters)
    monkeypatch.setattr(bundle, "CHUNK", 2)
    monkeypatch.setattr(bundle, "MOST_BETWEEN", between)
    heard: list[tuple[str, int, int, int]] = []
    entries, _ = write_bundle(home, f"{tmp_path}/lots.tar", filters=filters, told=lambda *of: heard.append(of))
    assert (tmp_path / "lots.tar").read_bytes() == (tmp_path / "whole.tar").read_bytes()
    assert [one[1] for one in heard if one[0] == "exported"] == [*range(2, entries + 1, 2), *[entries] * (entries % 2)]
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "home", tmp_path / "lots.tar", tmp_path / "whole.tar"])


def test_the_prompt_of_a_call_is_not_looked_for_in_the_whole_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is the session's last one before it; a selection of many calls would take hours."""
    home = str(tmp_path / "home")
    fill(home)
    monkeypatch.setattr(Reader, "by_leaf", None)
    entries, _ = write_bundle(home, f"{tmp_path}/b.tar", filters=Filters(tool="Read"))
    assert entries > 6


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Before anything is read, in one line."""
    home = str(tmp_path / "home")
    fill(home)
    with pytest.raises(UsageError, match="cannot be written"):
        write_bundle(home, f"{tmp_path}/nowhere/b.tar")
    assert call_main("export", "--home", home, "-o", f"{tmp_path}/nowhere/b.tar").code == 3


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 21, 64])
def test_the_tree_of_leaves_has_every_hash_of_the_tree(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many of them are made at once; the proofs from it lead to the root."""
    leaves = [sha256(bytes([n])) for n in range(size)]
    for pairs in (1, 3, 4096):
        monkeypatch.setattr(bundle_choice, "PAIRS", pairs)
        hash_at = bundle_choice.tree_of(b"".join(leaves))
        root = root_hash(size, hash_at)
        assert root == Frontier().extend(leaves).root()
        for idx, leaf in enumerate(leaves):
            check_inclusion(leaf=leaf, index=idx, size=size, proof=inclusion_proof(idx, size, hash_at), root=root)


def test_a_selection_has_each_calls_prompt_and_outcomes_though_few_are_kept_in_mind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where prompts of many sessions come one among the other."""
    home = str(tmp_path / "home")
    fill(home, sessions=5, calls=3)
    write_bundle(home, f"{tmp_path}/many.tar", filters=Filters(tool="Read"))
    monkeypatch.setattr(bundle_choice, "MOST_PROMPTS", 1)
    write_bundle(home, f"{tmp_path}/few.tar", filters=Filters(tool="Read"))
    assert (tmp_path / "few.tar").read_bytes() == (tmp_path / "many.tar").read_bytes()
    with tarfile.open(tmp_path / "few.tar") as made:
        entries = made.extractfile("entries.jsonl").read()  # type: ignore[union-attr]
    kinds = Counter(json.loads(line)["kind"] for line in entries.splitlines())
    with open_reader(home) as reader:
        expected = Counter(one.kind for one in reader.entries() if one.kind in kinds)
    assert kinds == expected
    assert {"intent", "outcome", "prompt"} <= kinds.keys()
