"""What a witness answers, check by check in the standard's order, and that it never cosigns two histories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.signers import Signer
from support.trees import Tree
from web4_governance.core.errors import NoteError
from web4_governance.core.ledger.note import Note
from web4_governance.core.ledger.proof import consistency_proof, root_hash
from web4_governance.core.ledger.witness import AddCheckpoint, Latest, Ruling, judge

TREE, FORK = Tree(40), Tree(40, salt=b"fork")
LOG = Signer("log.example/1")
KEYS = [LOG.key]


def asked(old: int, new: int, *, tree: Tree = TREE, signer: Signer = LOG) -> AddCheckpoint:
    """An honest request over a tree."""
    note = signer.checkpoint(new, root_hash(new, tree.hash_at))
    return AddCheckpoint(old=old, proof=consistency_proof(old, new, tree.hash_at) if old <= new else (), note=note)


def latest(size: int, tree: Tree = TREE) -> Latest:
    return Latest(size=size, root=root_hash(size, tree.hash_at)) if size else Latest()


def status(request: AddCheckpoint, size: int) -> Ruling:
    return judge(request, keys=KEYS, latest=latest(size))


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 1), (0, 40), (7, 8), (8, 40), (39, 40), (40, 40)])
def test_what_follows_is_cosigned(old: int, new: int) -> None:
    """From nothing, from a smaller tree, and the same once more."""
    ruling = status(asked(old, new), old)
    assert (ruling.status, ruling.checkpoint and ruling.checkpoint.size) == (200, new)


def test_each_refusal_has_the_status_of_the_standard() -> None:
    """And none of them gives a checkpoint to keep."""
    unsigned = AddCheckpoint(old=7, proof=(), note=Signer("x").note(asked(7, 8).note.text))
    no_checkpoint = AddCheckpoint(old=0, proof=(), note=LOG.note(b"text\n"))
    spoiled = AddCheckpoint(old=7, proof=consistency_proof(7, 9, TREE.hash_at), note=asked(7, 8).note)
    wanted = [
        (judge(no_checkpoint, keys=KEYS, latest=latest(7)), 400),
        (judge(asked(7, 8), keys=[], latest=latest(7)), 404),
        (status(unsigned, 7), 403),
        (status(asked(9, 8), 7), 400),
        (status(asked(6, 8), 7), 409),
        (status(asked(0, 8), 7), 409),
        (status(asked(7, 7, tree=FORK), 7), 409),
        (status(spoiled, 7), 422),
        (status(asked(7, 8, tree=FORK), 7), 422),
        (status(AddCheckpoint(old=0, proof=(bytes(32),), note=asked(0, 8).note), 0), 422),
        (judge(AddCheckpoint(old=0, proof=(), note=LOG.checkpoint(0, bytes(32))), keys=KEYS, latest=Latest()), 422),
    ]
    assert [ruling.status for ruling, _ in wanted] == [code for _, code in wanted]
    assert all(ruling.checkpoint is None for ruling, _ in wanted)
    assert {ruling.size for ruling, code in wanted if code == 409} == {7}


def test_an_unknown_log_is_not_found_before_its_signature_is_looked_at() -> None:
    """And a known one with a bad signature learns nothing of the size."""
    assert judge(asked(0, 8, signer=Signer("other")), keys=[], latest=latest(7)).status == 404
    ruling = status(AddCheckpoint(old=1, proof=(), note=Signer("x").note(asked(1, 8).note.text)), 7)
    assert (ruling.status, ruling.size) == (403, 0)


def test_a_second_key_of_the_same_log_is_trusted_too() -> None:
    """A log that changed its key names both."""
    new = Signer("log.example/1", word="next")
    request = asked(7, 8, signer=new)
    assert judge(request, keys=[LOG.key, new.key], latest=latest(7)).status == 200
    assert status(request, 7).status == 403


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), max_size=30))
def test_whatever_is_asked_one_history_is_cosigned(requests: list[tuple[int, int, bool]]) -> None:
    """The state only moves forward, and what was cosigned stays a beginning of it."""
    here, fork = Latest(), None
    for old, new, forked in requests:
        tree = FORK if forked else TREE
        ruling = judge(asked(old, new, tree=tree), keys=KEYS, latest=here)
        if ruling.checkpoint is None:
            continue
        assert ruling.checkpoint.size >= here.size
        if ruling.checkpoint.size:
            assert fork in (None, forked)
            fork = forked
        here = Latest(size=ruling.checkpoint.size, root=ruling.checkpoint.root)


@given(st.integers(0, 39), st.integers(0, 40))
def test_requests_print_and_parse_as_themselves(old: int, new: int) -> None:
    """With their checkpoint untouched."""
    request = asked(old, new)
    assert AddCheckpoint.from_bytes(request.to_bytes()) == request


GOOD = asked(7, 12).to_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD.replace(b"old 7", b"old 07"),
        GOOD.replace(b"old 7", b"old -7"),
        GOOD.replace(b"old 7", b"new 7"),
        GOOD.replace(b"old 7\n", b"old 7\nAAAA\n"),
        GOOD.replace(b"old 7\n", b"old 7\nx\n"),
        GOOD.replace(b"old 7\n", b"old 7\n\xff\n"),
        GOOD.replace(b"old 7\n", b"old 7\n" + (b"A" * 43 + b"=\n") * 64),
        GOOD.partition(b"\n\n")[0],
        GOOD.partition(b"\n\n")[0] + b"\n\n",
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    """One form."""
    with pytest.raises(NoteError):
        AddCheckpoint.from_bytes(data)


def test_a_request_that_is_too_long_is_refused_unread() -> None:
    """Whatever it holds."""
    with pytest.raises(NoteError, match="too long"):
        AddCheckpoint.from_bytes(GOOD + b" " * 1_000_000)


@given(st.binary(max_size=200))
def test_hostile_requests_give_our_error_or_print_as_they_came(data: bytes) -> None:
    """No builtin exception escapes."""
    for whole in (data, b"old 7\n\n" + data, GOOD[:40] + data):
        try:
            request = AddCheckpoint.from_bytes(whole)
        except NoteError:
            continue
        assert request.to_bytes() == whole
        assert isinstance(request.note, Note)
