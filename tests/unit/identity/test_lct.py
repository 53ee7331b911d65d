"""Linked context tokens: the id follows from what is bound, and a document reads back as what was signed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.canonical import decode, encode
from web4_governance.core.errors import InputError
from web4_governance.core.identity.lct import Lct, LctKind, id_of

ORIGIN = "example.test/log"
AGENT = Lct(
    kind=LctKind.AGENT,
    name="agent:claude-code/main/m-1",
    binds=(("host", "claude-code"), ("model", "m-1"), ("type", "main")),
    parent="lct:operator:00",
    made_us=5,
)
words = st.text(st.characters(codec="utf-8"), max_size=12)


def test_the_id_is_that_of_what_is_bound_and_of_nothing_else() -> None:
    """A vector that does not change: name, parent and time are not in it."""
    other = Lct(kind=AGENT.kind, name="x", binds=AGENT.binds, parent="", made_us=9)
    assert AGENT.id == other.id == "lct:agent:6d11bf6fa8ffcd17b02352150a35b0f5"
    assert id_of(LctKind.SERVER, dict(AGENT.binds)) != AGENT.id
    assert id_of(LctKind.AGENT, {**dict(AGENT.binds), "model": "m-2"}) != AGENT.id


@given(
    st.builds(
        Lct,
        kind=st.sampled_from(tuple(LctKind)),
        name=words,
        binds=st.dictionaries(st.sampled_from(("host", "model", "key", "digest")), words).map(
            lambda d: tuple(sorted(d.items()))
        ),
        parent=words,
        after=words,
        made_us=st.integers(0, 2**52),
    )
)
def test_reading_and_printing_are_inverse(lct: Lct) -> None:
    """What is signed is what is read."""
    assert Lct.from_text(lct.to_text(ORIGIN)) == (ORIGIN, lct)


def changed(**fields: object) -> bytes:
    head, origin, document, end = AGENT.to_text(ORIGIN).split(b"\n")
    found = decode(document)
    assert isinstance(found, dict)
    return b"\n".join((head, origin, encode({**found, **fields}), end))  # type: ignore[dict-item]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"a\nb\n{}\n",
        AGENT.to_text(ORIGIN)[:-1],
        AGENT.to_text(ORIGIN) + b"more\n",
        AGENT.to_text(ORIGIN).replace(b"example", b"\xff"),
        changed(id="lct:agent:other"),
        changed(kind="cat"),
        changed(binding="hardware"),
        changed(binds={"model": 5}),
        changed(binds=[]),
        changed(made_us="now"),
        changed(name=None),
        changed(more=1),
        b"web4-governance identity v1\nx\n[]\n",
        b"web4-governance identity v1\nx\n{\n",
    ],
)
def test_what_is_no_identity_is_refused(text: bytes) -> None:
    """Half a document, another id than what is bound gives, or a claim that it is bound in hardware."""
    with pytest.raises(InputError):
        Lct.from_text(text)
