"""Timestamps of a real OpenSSL authority: accepted, dated, and refused when anything about them is another."""

from __future__ import annotations

import shutil
import time
from binascii import a2b_base64, b2a_base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.logs import Log
from support.timestamps import Authority
from web4_governance.app.anchors.anchor import receipt_field
from web4_governance.app.anchors.rfc3161 import TimestampAnchor
from web4_governance.core.canonical import decode, encode
from web4_governance.core.errors import AnchorError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not here")
LOG = Log()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa") / "a")


@pytest.fixture(scope="module")
def address(authority: Authority) -> Iterator[str]:
    with authority.serving() as address:
        yield address


@pytest.fixture(scope="module")
def receipt(authority: Authority, address: str) -> bytes:
    anchor = TimestampAnchor("dated", url=address, certificate=str(authority.root))
    return anchor.submit(LOG.head(9), prove=LOG.prove, known=LOG.known()).data


def changed(receipt: bytes, **fields: str) -> bytes:
    body = decode(receipt)
    assert isinstance(body, dict)
    return encode({**body, **fields})


def test_a_head_is_dated_by_the_authority_s_clock(authority: Authority, address: str, receipt: bytes) -> None:
    """And the token holds for it later, without asking anybody."""
    anchor = TimestampAnchor("dated", url=address, certificate=str(authority.root))
    holdings = anchor.held(LOG.known(receipts=(receipt,)))
    assert [(held.size, held.where) for held in holdings.heads] == [(9, "token 1")]
    assert abs(holdings.heads[0].time / 1e6 - time.time()) < 3600
    assert holdings.heads[0].note == LOG.head(9).note.to_bytes()
    assert holdings.wrong == ()
    assert "keeps nothing" in holdings.notes[0]
    assert anchor.held(LOG.known()) == anchor.held(LOG.known(receipts=()))


def test_a_token_with_anything_changed_does_not_hold(authority: Authority, address: str, receipt: bytes) -> None:
    """Another head, another nonce, one byte of the token, or another authority's."""
    anchor = TimestampAnchor("dated", url=address, certificate=str(authority.root))
    token = a2b_base64(str(receipt_field(receipt, "reply")))
    spoiled = [
        b2a_base64(token[:n] + bytes([token[n] ^ 1]) + token[n + 1 :], newline=False).decode()
        for n in (60, len(token) // 2, len(token) - 5)
    ]
    wrong = [
        changed(receipt, note=LOG.head(12).note.to_bytes().decode()),
        changed(receipt, nonce="5"),
        changed(receipt, nonce="x"),
        changed(receipt, reply="AAAA"),
        changed(receipt, reply=""),
        changed(receipt, reply="\u00e9"),
        *(changed(receipt, reply=text) for text in spoiled),
        b"no receipt",
    ]
    holdings = anchor.held(LOG.known(receipts=(*wrong, receipt)))
    assert len(holdings.wrong) == len(wrong)
    assert [held.where for held in holdings.heads] == [f"token {len(wrong) + 1}"]


def test_an_authority_that_is_not_the_configured_one_is_not_believed(
    tmp_path: Path, address: str, receipt: bytes
) -> None:
    """Not at the first answer, and not later."""
    other = Authority(tmp_path / "other", name="other")
    anchor = TimestampAnchor("dated", url=address, certificate=str(other.root))
    with pytest.raises(AnchorError, match="no token that holds"):
        anchor.submit(LOG.head(9), prove=LOG.prove, known=LOG.known())
    assert anchor.held(LOG.known(receipts=(receipt,))).wrong


def test_a_reply_to_another_request_is_refused(authority: Authority, address: str) -> None:
    """The nonce ties a reply to its request: an old token is not answered for a new question."""
    anchor = TimestampAnchor("dated", url=address, certificate=str(authority.root))
    first = anchor.submit(LOG.head(9), prove=LOG.prove, known=LOG.known()).data
    second = anchor.submit(LOG.head(9), prove=LOG.prove, known=LOG.known()).data
    mixed = changed(first, reply=str(receipt_field(second, "reply")))
    assert "nonce" in anchor.held(LOG.known(receipts=(mixed,))).wrong[0]


@pytest.mark.parametrize(("begin", "end", "held"), [(-9, -2, False), (2, 9, False), (-1, 9, True)])
def test_a_certificate_that_was_not_valid_when_the_token_was_made_is_not_believed(
    tmp_path: Path, begin: int, end: int, *, held: bool
) -> None:
    """Expired before, or not begun yet: in days from now."""
    made, now = Authority(tmp_path / "tsa", name="late"), datetime.now(UTC)
    made.sign_for(now + timedelta(days=begin), now + timedelta(days=end))
    with made.serving() as address:
        anchor = TimestampAnchor("dated", url=address, certificate=str(made.root))
        if held:
            assert anchor.submit(LOG.head(9), prove=LOG.prove, known=LOG.known()).size == 9
            return
        with pytest.raises(AnchorError, match="no token that holds"):
            anchor.submit(LOG.head(9), prove=LOG.prove, known=LOG.known())


def test_an_address_that_is_no_authority_is_said(authority: Authority) -> None:
    """Nobody there, somebody else there, no certificate."""
    nobody = TimestampAnchor("dated", url="http://127.0.0.1:1/", certificate=str(authority.root))
    with pytest.raises(AnchorError, match="cannot be asked"):
        nobody.submit(LOG.head(9), prove=LOG.prove, known=LOG.known())
    with pytest.raises(UsageError):
        TimestampAnchor("dated", url="ftp://x/", certificate="c")


def test_a_certificate_file_without_a_root_is_said(
    tmp_path: Path, authority: Authority, address: str, receipt: bytes
) -> None:
    """Missing, empty, or a certificate that another one signed."""
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for path, why in (
        (tmp_path / "gone", "no certificates"),
        (empty, "no certificates"),
        (authority.where / "signer.pem", "no root"),
    ):
        anchor = TimestampAnchor("dated", url=address, certificate=str(path))
        with pytest.raises(AnchorError, match=why):
            anchor.held(LOG.known(receipts=(receipt,)))
