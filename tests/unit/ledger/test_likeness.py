"""Whether an input is the judged one: by the HMAC, and where witnesses show inputs otherwise, by the opening."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.core.digest import sha256_hex
from web4_governance.core.ledger.likeness import Likeness, likeness, worse
from web4_governance.core.record.build import same_action
from web4_governance.core.record.keep import cleaned, digest_of

if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

KEY = b"k" * 32
LONG = "x" * 300


def like(shown: dict[str, Json], judged: Json, *, same: bytes = b"other", cwd: str = "", home: str = "") -> Likeness:
    return likeness(shown, tool="T", same=same, judged=judged, secret=KEY, cwd=cwd, home=home)


def cut(text: str) -> str:
    """A text as the client cuts it in its telemetry."""
    return f"{text[:128]}…[{len(text.encode('utf-16-le')) // 2} chars]"


def test_the_hmac_needs_no_opening() -> None:
    """What is erased can still be known to be the same, and not to be another."""
    given: dict[str, Json] = {"command": "ls"}
    same = same_action(KEY, "T", given)
    assert like(given, None, same=same) is Likeness.SAME
    assert like({"command": "rm"}, None, same=same) is Likeness.UNKNOWN
    assert like(given, None, same=b"") is Likeness.UNKNOWN


def test_a_secret_is_compared_without_it() -> None:
    """The ledger has never seen it."""
    command = "curl -H 'Authorization: Bearer abcdefghijklmnopqrstuvwxyz012345' https://example.org"
    kept = cleaned({"command": command})[0]
    assert kept != {"command": command}
    assert like({"command": command}, kept) is Likeness.SAME
    assert like({"command": command + "x" * 200}, kept) is Likeness.OTHER
    assert like({"command": cut(command + LONG)}, kept) is Likeness.UNKNOWN


@pytest.mark.parametrize(
    ("shown", "judged", "answer"),
    [
        ({"a": 1}, {"a": 1}, Likeness.SAME),
        ({"a": 1}, {"a": 2}, Likeness.OTHER),
        ({"a": 1, "b": 2}, {"a": 1}, Likeness.OTHER),
        ({"a": 1}, {"a": 1, "b": 2}, Likeness.OTHER),
        ({"a": 1, "replace_all": False}, {"a": 1}, Likeness.SAME),
        ({"a": 1, "replace_all": True}, {"a": 1}, Likeness.OTHER),
        ({"a": "x"}, {"a": "y"}, Likeness.OTHER),
        ({"a": cut(LONG)}, {"a": LONG}, Likeness.ALIKE),
        ({"a": cut("€𝄞" * 200)}, {"a": "€𝄞" * 200}, Likeness.ALIKE),
        ({"a": cut(LONG)}, {"a": LONG + "x"}, Likeness.OTHER),
        ({"a": cut(LONG)}, {"a": "y" + LONG[1:]}, Likeness.OTHER),
        ({"a": "x…[12x chars]"}, {"a": "x" * 12}, Likeness.OTHER),
        ({"a": cut(LONG)}, {"a": [1]}, Likeness.UNKNOWN),
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "x"}]}, Likeness.SAME),
        ({"a": [1, {"b": cut(LONG)}]}, {"a": [1, {"b": LONG}]}, Likeness.ALIKE),
        ({"a": [1, {"b": "x"}]}, {"a": [1, {"b": "y"}]}, Likeness.OTHER),
        ({"a": [1]}, {"a": [1, 2]}, Likeness.OTHER),
        ({"a": {"b": []}}, {"a": {"c": []}}, Likeness.OTHER),
        ({}, {}, Likeness.SAME),
    ],
)
def test_inputs_are_compared_as_far_as_they_are_shown(shown: dict[str, Json], judged: Json, answer: Likeness) -> None:
    """What the client fills in and cuts off is no difference; anything else is."""
    assert like(shown, judged) is answer


def test_a_shortened_text_is_compared_by_its_digest() -> None:
    """Of a long text the record keeps digest, size and beginning."""
    standing: dict[str, Json] = dict(digest_of(LONG * 100))
    assert like({"a": LONG * 100}, {"a": standing}) is Likeness.SAME
    assert like({"a": LONG * 99}, {"a": standing}) is Likeness.OTHER
    assert like({"a": cut(LONG * 100)}, {"a": standing}) is Likeness.ALIKE
    assert like({"a": cut("y" + LONG)}, {"a": standing}) is Likeness.OTHER
    assert like({"a": 5}, {"a": standing}) is Likeness.OTHER
    marked: dict[str, Json] = {"sha256": sha256_hex(b""), "size": 0, "excerpt": "[secret:x] tail"}
    assert like({"a": cut(LONG)}, {"a": marked}) is Likeness.UNKNOWN


def test_paths_are_meant_from_where_the_agent_stood() -> None:
    """The client makes them absolute before hooks see them; a transcript has what the model wrote."""
    judged: Json = {"file_path": "/p/a.txt"}
    assert like({"file_path": "a.txt"}, judged, cwd="/p") is Likeness.SAME
    assert like({"file_path": "./b/../a.txt"}, judged, cwd="/p") is Likeness.SAME
    assert like({"file_path": "a.txt"}, judged) is Likeness.OTHER
    assert like({"file_path": "b.txt"}, judged, cwd="/p") is Likeness.OTHER
    assert like({"file_path": "~/a.txt"}, judged, cwd="/q", home="/p") is Likeness.SAME
    assert like({"file_path": 5}, judged, cwd="/p") is Likeness.OTHER
    assert like({"command": "a.txt"}, {"command": "/p/a.txt"}, cwd="/p") is Likeness.OTHER


def test_of_two_sources_the_worse_counts() -> None:
    """A witness that shows nothing takes nothing away."""
    assert worse(Likeness.SAME, Likeness.UNSHOWN) is Likeness.SAME
    assert worse(Likeness.ALIKE, Likeness.OTHER) is Likeness.OTHER


@given(st.dictionaries(st.sampled_from(["a", "b", "file_path"]), st.text(max_size=300)), st.text(max_size=8))
def test_an_input_is_like_itself_however_it_is_cut(judged: dict[str, str], more: str) -> None:
    """And a longer one is never the same."""
    shown: dict[str, Json] = {key: cut(text) if len(text) > 128 else text for key, text in judged.items()}
    kept = cleaned(dict(judged))[0]
    assert like(shown, kept) is not Likeness.OTHER or kept != judged or any("…[" in text for text in judged.values())
    if more and judged:
        key = min(judged)
        other = {**judged, key: judged[key] + "!" + more}
        assert like({**other}, dict(judged)) is not Likeness.SAME
