"""Conditions on what an entry says: through openings, by exact text or by a part of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from web4_governance.core.errors import UsageError
from web4_governance.core.record.where import condition, said

if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

BODY: dict[str, Json] = {
    "kind": "intent",
    "late": True,
    "request": {"input": "c1:00", "deeds": [{"effect": "file.read", "detail": "c1:01"}], "text": "c1:02"},
    "resource": {"input_bytes": 321},
}
OPENED: dict[str, Json] = {
    "request.input": {"command": "cat /srv/Anna.txt", "list": ["one", 2]},
    "request.deeds.0.detail": {"target": {"given": "/srv/Anna.txt"}},
}


@pytest.mark.parametrize(
    "text",
    [
        "kind=intent",
        "late=true",
        "resource.input_bytes=321",
        "request.deeds.0.effect=file.read",
        "request.input.command=cat /srv/Anna.txt",
        "request.input~anna",
        "request.input.list.1=2",
        "request.deeds.0.detail.target.given~ANNA",
        "request.deeds~file",
        "*~anna",
        "*=/srv/Anna.txt",
        "*=321",
        "request.input.command~cat /srv/Anna.txt",
    ],
)
def test_it_holds(text: str) -> None:
    assert condition(text).holds(BODY, OPENED)


@pytest.mark.parametrize(
    "text",
    [
        "kind=prompt",
        "request.input=cat",
        "request.input.command=cat",
        "request.input.nothing~a",
        "nothing=intent",
        "*=anna",
        "*~berta",
        "request.text~anything",
    ],
)
def test_it_does_not_hold(text: str) -> None:
    """Also where nothing is said, or what was said is closed."""
    assert not condition(text).holds(BODY, OPENED)


@pytest.mark.parametrize("text", ["", "kind", "=x", "~x", "kind=", "kind~"])
def test_what_is_no_condition_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        condition(text)
    assert "FIELD=VALUE" in caught.value.hint


def test_the_first_sign_splits() -> None:
    """A text may hold either sign."""
    assert condition("a=b~c=d") == condition("a=b~c=d")
    assert (condition("a=b~c").field, condition("a=b~c").how, condition("a~b=c").how) == ("a", "=", "~")


def test_an_opening_is_asked_before_the_commitment_in_its_place() -> None:
    assert said(BODY, OPENED, "request.input") == OPENED["request.input"]
    assert said(BODY, {}, "request.input") == "c1:00"
