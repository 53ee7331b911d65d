"""The log policy file: the standard's example, every rule of its text, and who is named as missing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.signers import Signer, Witness
from web4_governance.core.errors import NoteError
from web4_governance.core.ledger.log_policy import LogPolicy, Quorum

LOG = Signer("log.example/1")
X = [Witness(f"x{n}.example") for n in range(3)]
Y = [Witness(f"y{n}.example") for n in range(3)]
EXAMPLE = "".join(
    [
        f"log {LOG.key.to_text()} https://log.example/\n\n  # who is asked\n",
        *(f"witness X{n} {w.key.to_text()}\n" for n, w in enumerate(X, 1)),
        "group X-witnesses 2 X1 X2 X3\n",
        *(f"\twitness  Y{n}\t{w.key.to_text()} https://y{n}.example/ \n" for n, w in enumerate(Y, 1)),
        "group Y-witnesses any Y1 Y2 Y3\ngroup X-and-Y all X-witnesses Y-witnesses\nquorum X-and-Y\n",
    ]
)
ONE = f"witness W {X[0].key.to_text()}\n"


def policy(text: str) -> LogPolicy:
    return LogPolicy.from_bytes(text.encode())


def test_the_example_of_the_standard_asks_for_two_and_one() -> None:
    """Two of the X and one of the Y; a witness counts once."""
    read = policy(EXAMPLE)
    x, y = [w.key for w in X], [w.key for w in Y]
    assert read.judge([x[0], x[2], y[1]]) == Quorum(met=True)
    assert read.judge([*x, *y]).met
    for few in ([x[0], y[0], y[1], y[2]], x, [x[0], x[0], y[0]], []):
        assert not read.judge(few).met
    assert read.judge(x).missing == ("`X-and-Y` has 1 of 2, without Y-witnesses",)
    assert read.log_keys("log.example/1") == (LOG.key,)
    assert read.log_keys("log.example/2") == ()
    assert (read.logs[0].url, read.witnesses[3].url) == ("https://log.example/", "https://y1.example/")


def test_one_witness_or_none_can_be_the_quorum() -> None:
    """The simplest policies."""
    assert policy("quorum none").judge([]) == Quorum(met=True)
    single = policy(ONE + "quorum W\n")
    assert single.judge([X[0].key]).met
    assert single.judge([X[1].key]).missing == ("`W` has not cosigned",)


def test_an_anchor_that_is_named_has_to_agree_and_other_programs_read_a_comment() -> None:
    """Beside the quorum, not in it."""
    read = policy("#anchor mirror\n # anchor spoken of\n#anchor two words\n#anchor mirror\nquorum none\n")
    assert read.anchors == ("mirror",)
    assert read.judge([]).missing == ("the anchor `mirror` does not hold it",)
    assert read.judge([], agreed=["mirror"]).met


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "one quorum line"),
        ("quorum W\n", "not defined"),
        ("quorum none\nquorum none\n", "one line"),
        ("quorum\n", "one line"),
        (ONE + "quorum none W\n", "one line"),
        ("log\nquorum none\n", "a log is"),
        (f"log {LOG.key.to_text()} u v\nquorum none\n", "a log is"),
        (f"log {X[0].key.to_text()}\nquorum none\n", "of type 0x04"),
        (f"log {LOG.key.to_text()}\nlog {Signer('b', word='log.example/1').key.to_text()}\nquorum none\n", "twice"),
        ("witness W\nquorum none\n", "a witness is"),
        (f"witness W {LOG.key.to_text()}\nquorum none\n", "of type 0x01"),
        (ONE + f"witness V {X[0].key.to_text()}\nquorum none\n", "twice"),
        (ONE + f"witness W {X[1].key.to_text()}\nquorum none\n", "defined already"),
        (ONE.replace(" W ", " none ") + "quorum none\n", "defined already"),
        (ONE + "group G any\nquorum none\n", "a group is"),
        (ONE + "group G any none\nquorum none\n", "not defined"),
        (ONE + "group G any H\ngroup H any W\nquorum G\n", "not defined"),
        (ONE + "group G any G\nquorum G\n", "not defined"),
        (ONE + "group W any W\nquorum W\n", "defined already"),
        (ONE + "group G any W W\nquorum G\n", "a member already"),
        (ONE + "group G any W\ngroup H any W\nquorum G\n", "a member already"),
        (ONE + "group G 0 W\nquorum G\n", "cannot be asked"),
        (ONE + "group G 2 W\nquorum G\n", "cannot be asked"),
        (ONE + "group G most W\nquorum G\n", "no number"),
        ("believe everybody\nquorum none\n", "none of log"),
        ("quorum none\r\n", "control character"),
        ("quorum none\x7f\n", "control character"),
        ("\n" * 1001, "longer"),
        ("log a+b+c\nquorum none\n", "line 1"),
    ],
)
def test_a_policy_that_breaks_a_rule_is_refused(text: str, why: str) -> None:
    """With the line and what is wrong in it."""
    with pytest.raises(NoteError, match=why):
        policy(text)


def test_names_are_octets() -> None:
    """Also where they are no UTF-8."""
    read = LogPolicy.from_bytes(ONE.encode().replace(b" W ", b" \xff\xfe ") + b"quorum \xff\xfe\n")
    assert read.judge([X[0].key]).met


@given(st.binary(max_size=200) | st.text("loggroupquorumwitness #anyall12W\n\t", max_size=200).map(str.encode))
def test_hostile_policies_give_our_error_or_a_policy(data: bytes) -> None:
    """No builtin exception escapes."""
    for whole in (data, ONE.encode() + data, data + b"\nquorum none\n"):
        try:
            LogPolicy.from_bytes(whole)
        except NoteError:
            continue
