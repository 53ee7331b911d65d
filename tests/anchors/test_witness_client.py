"""The witness client against a real `web4 witness serve`: cosigned, asked, and refused when history changes."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.logs import Log
from support.signers import Signer, Witness
from support.witnesses import ask, new_witness, serving
from web4_governance.app.anchors.anchor import Head, Known, Receipt
from web4_governance.app.anchors.witness import WitnessAnchor
from web4_governance.core.errors import AnchorError, AnchorRefused, UsageError
from web4_governance.core.ledger.cosignature import cosignatures
from web4_governance.core.ledger.note import Note, VerifierKey
from web4_governance.core.ledger.succession import Succession

if TYPE_CHECKING:
    from collections.abc import Iterator

LOG, FORK = Log(), Log(salt=b"fork")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, VerifierKey]]:
    key = new_witness(tmp_path)
    with serving(tmp_path, LOG.signer.key.to_text()) as prefix:
        yield prefix, key


def give(anchor: WitnessAnchor, size: int, *heads: Note, log: Log = LOG) -> Receipt:
    return anchor.submit(log.head(size), prove=log.prove, known=log.known(*heads))


def with_lines(size: int, receipt: Receipt) -> Note:
    return LOG.head(size).note.with_lines(receipt.lines)


def test_heads_are_cosigned_one_after_the_other_and_held(served: tuple[str, VerifierKey]) -> None:
    """With the known size, without it, and the same head once more."""
    prefix, key = served
    anchor = WitnessAnchor("w", url=prefix, key=key.to_text())
    first = with_lines(5, give(anchor, 5))
    assert [one.key for one in cosignatures(first, [key])] == [key]
    assert give(anchor, 9, first).size == 9
    assert give(anchor, 20).size == 20, "what it has seen is learned from its answer"
    again = give(anchor, 20)
    assert again.time > 1_700_000_000_000_000
    held = anchor.held(LOG.known()).heads
    assert [(one.size, one.root) for one in held] == [(20, LOG.head(20).checkpoint.root)]


def test_a_rewritten_or_cut_ledger_is_refused(served: tuple[str, VerifierKey]) -> None:
    """An equivocating log gets no second cosignature; an older copy of the ledger is told what the witness has."""
    prefix, key = served
    anchor = WitnessAnchor("w", url=prefix, key=key.to_text())
    give(anchor, 9)
    with pytest.raises(AnchorRefused, match="not the beginning"):
        give(anchor, 12, log=FORK)
    with pytest.raises(AnchorRefused, match="another tree of 9"):
        give(anchor, 9, log=FORK)
    with pytest.raises(AnchorRefused, match="seen 9 entries of this log, and this head has 4"):
        give(anchor, 4)
    assert give(anchor, 12).size == 12


class Plain(WitnessAnchor):
    """The client as it speaks to a witness that has only what the standard names."""

    def _given(self, *_answer: object) -> None:
        return None


def test_a_witness_that_has_the_standard_s_call_alone_is_asked_without_changing_anything(
    served: tuple[str, VerifierKey],
) -> None:
    """Equal, ahead with and without a note that we still have, behind, never asked, forked."""
    prefix, key = served
    anchor = Plain("w", url=prefix, key=key.to_text())
    assert anchor.held(LOG.known()).heads == ()
    assert "can only be asked" in anchor.held(LOG.known()).notes[0]
    assert anchor.held(LOG.known(LOG.head(5).note)).heads == (), (
        "it has seen nothing, and did not cosign by being asked"
    )
    cosigned = with_lines(9, give(anchor, 9))
    assert [(one.size, one.root) for one in anchor.held(LOG.known(cosigned)).heads] == [
        (9, LOG.head(9).checkpoint.root)
    ]
    behind = anchor.held(LOG.known(cosigned, LOG.head(20).note)).heads
    assert [(one.size, one.note) for one in behind] == [(9, cosigned.to_bytes())]
    cut = anchor.held(LOG.known(LOG.head(4).note)).heads
    assert [(one.size, one.root, one.note) for one in cut] == [(9, b"", b"")]
    assert "another tree of 9" in anchor.held(FORK.known(FORK.head(9).note)).wrong[0]
    assert give(anchor, 9, cosigned).size == 9, "it still has what it had"


def test_a_log_or_key_that_the_witness_does_not_know_is_said(served: tuple[str, VerifierKey]) -> None:
    """With what to give it."""
    prefix, key = served
    anchor = WitnessAnchor("w", url=prefix, key=key.to_text())
    with pytest.raises(AnchorError, match="does not know this log"):
        give(anchor, 5, log=Log("other.example"))
    thief = Log()
    thief.signer = Witness("log.example/1", word="thief")
    thief.signer.key = VerifierKey.make("log.example/1", 1, thief.signer.key.public)
    with pytest.raises(AnchorError, match="does not know the key"):
        give(anchor, 5, log=thief)
    holdings = Plain("w", url=prefix, key=key.to_text()).held(thief.known(thief.head(5).note))
    assert holdings.wrong == ("the witness `w` knows this log by other keys than the one that signs here",)


def test_a_log_that_changed_its_key_twice_is_cosigned_again_and_the_old_keys_count_no_more(
    served: tuple[str, VerifierKey],
) -> None:
    """The witness was given the first key alone; a thief of a closed one gets nothing."""
    prefix, key = served
    anchor = WitnessAnchor("w", url=prefix, key=key.to_text())
    give(anchor, 5)
    signers = [LOG.signer, *(Signer(LOG.origin, word=word) for word in ("second", "third"))]
    steps = tuple(old.note(Succession(origin=LOG.origin, key=new.key).to_text()) for old, new in pairwise(signers))
    later = Log()
    later.signer = signers[2]
    with pytest.raises(AnchorError, match="does not know the key"):
        give(anchor, 9, log=later)
    known = Known(origin=LOG.origin, successions=steps)
    assert anchor.submit(later.head(9), prove=LOG.prove, known=known).size == 9
    assert anchor.submit(later.head(12), prove=LOG.prove, known=known).size == 12
    with pytest.raises(AnchorError, match="does not know the key"):
        give(anchor, 20)
    back = signers[0].note(Succession(origin=LOG.origin, key=Signer(LOG.origin, word="thief").key).to_text())
    loop = signers[2].note(Succession(origin=LOG.origin, key=signers[1].key).to_text())
    other = Signer("other.example")
    foreign = other.note(Succession(origin="other.example", key=Signer("other.example", word="x").key).to_text())
    for note, status in ((back, 403), (loop, 409), (foreign, 404), (steps[1], 200), (LOG.head(3).note, 400)):
        assert ask(prefix, note.to_bytes(), path="/add-key")[0] == status
    assert ask(prefix, b"x", path="/add-key")[0] == 400
    assert ask(prefix, b"", path="/add-key", method="GET")[0] == 405


def test_a_cosignature_of_another_key_is_no_receipt(served: tuple[str, VerifierKey]) -> None:
    """Whoever answers at the address has to have the key of the settings."""
    prefix, _ = served
    anchor = WitnessAnchor("w", url=prefix, key=Witness("w.example/1", word="else").key.to_text())
    with pytest.raises(AnchorError, match="no cosignature of its key"):
        give(anchor, 5)
    assert anchor.held(LOG.known()).heads == ()


@contextlib.contextmanager
def answering(status: int, body: bytes, kind: str = "text/plain") -> Iterator[str]:
    """A server that answers everything alike."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body)

        do_GET = do_POST  # noqa: N815  # the names that the server looks for

        def log_message(self, *_arguments: object) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/w"
        finally:
            server.shutdown()
            thread.join(30)


W = Witness("w.example/1")
SIZE = "text/x.tlog.size"


@pytest.mark.parametrize(
    ("status", "body", "kind", "why"),
    [
        (200, b"", "", "answered no cosignature"),
        (200, b"hello\n", "", "answered no cosignature"),
        (200, W.cosign(FORK.head(5).note.text, time=1).to_bytes(), "", "does not verify"),
        (409, b"5\n", "text/plain", "says no more"),
        (409, b"x\n", SIZE, "says no more"),
        (409, b"\xff\n", SIZE, "says no more"),
        (409, b"3\n", SIZE, "status 409"),
        (500, b"", "", "status 500"),
        (302, b"", "", "status 302"),
        (200, b"x" * 1_000_001, "", "more than"),
    ],
)
def test_an_answer_that_makes_no_sense_is_an_error_and_never_a_receipt(
    status: int, body: bytes, kind: str, why: str
) -> None:
    """Also one that sends the client round in circles."""
    with answering(status, body, kind) as prefix:
        anchor = WitnessAnchor("w", url=prefix, key=W.key.to_text())
        with pytest.raises(AnchorError, match=why):
            give(anchor, 5)


def test_a_checkpoint_that_is_given_is_believed_with_the_witness_s_word_alone() -> None:
    """Garbage, an uncosigned note, another log's: the witness is asked by a head instead."""
    other = Log("other.example").head(7).note
    for body in (b"x", LOG.head(7).note.to_bytes(), other.with_lines([W.cosign(other.text, time=1)]).to_bytes()):
        with answering(200, body) as prefix:
            anchor = WitnessAnchor("w", url=prefix, key=W.key.to_text())
            assert anchor.held(LOG.known()).heads == ()


def test_settings_that_are_no_witness_are_refused() -> None:
    """A key of a log, an address that is none."""
    with pytest.raises(UsageError, match="none of a witness"):
        WitnessAnchor("w", url="http://127.0.0.1:1", key=LOG.signer.key.to_text())
    for url in ("", "w.example", "file:///x", "http://"):
        with pytest.raises(UsageError):
            WitnessAnchor("w", url=url, key=W.key.to_text())
    with pytest.raises(AnchorError, match="cannot be asked"):
        WitnessAnchor("w", url="http://127.0.0.1:1", key=W.key.to_text()).held(LOG.known())
    for place, far in (("w.example", True), ("127.0.0.1:5", False), ("[::1]:5", False), ("localhost", False)):
        assert WitnessAnchor("w", url=f"http://{place}/", key=W.key.to_text()).stateful == far
    assert Head.of(LOG.head(3).note) == LOG.head(3)
