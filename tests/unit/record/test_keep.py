"""What is too large to be kept at any level: bounded in time, and nothing of it is kept that was not looked through."""

from __future__ import annotations

import pytest

from web4_governance.core.canonical import encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.record.keep import EXCERPT, FULL_TEXT, HEAD, MOST, Cleaner, Keeper, Privacy, cleaned

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

TOKEN = "ghp_" + "a" * 36
HUGE = "x" * FULL_TEXT + "y"


def keeper(privacy: Privacy = Privacy.STANDARD) -> Keeper:
    return Keeper(privacy=privacy, salt=lambda: b"s" * 16)


@pytest.mark.parametrize("privacy", [Privacy.STANDARD, Privacy.FULL])
def test_a_text_that_no_level_keeps_stands_as_the_digest_of_the_whole(privacy: Privacy) -> None:
    """Input and output alike, with size and a beginning."""
    keep = keeper(privacy)
    keep.commit("a", {"text": HUGE})
    keep.commit_output("b", HUGE)
    expected = {"sha256": sha256_hex(HUGE.encode()), "size": FULL_TEXT + 1, "excerpt": "x" * EXCERPT}
    assert [opening.value for opening in keep.openings] == [{"text": expected}, expected]


def test_a_secret_in_its_beginning_is_taken_out() -> None:
    """And named like any other."""
    keep = keeper()
    keep.commit("a", TOKEN + " " + HUGE)
    value = keep.openings[0].value
    assert isinstance(value, dict)
    assert str(value["excerpt"]).startswith("[secret:github-token] xxx")
    assert keep.redacted == ["github-token"]


def test_a_secret_that_the_end_of_the_beginning_cuts_in_two_is_not_kept() -> None:
    """What is kept ends before the last part that was looked through."""
    almost_all_secret = TOKEN + "a" * (HEAD - len(TOKEN) - 10) + " ghp_bbbbbbbb" + HUGE
    value, _ = cleaned(almost_all_secret)
    assert isinstance(value, dict)
    assert value["excerpt"] == ""


def test_what_stands_under_a_secrets_name_has_no_beginning() -> None:
    """However long it is."""
    value, names = cleaned({"password": "hunter2 " + HUGE})
    assert names == ("password",)
    assert b"hunter2" not in encode(value)


@pytest.mark.parametrize("content", [["x" * 1000] * (MOST // 1000), {f"k{n}": "v" * 990000 for n in range(5)}])
def test_many_small_texts_are_one_large_content(content: object) -> None:
    """Its digest is one of the whole, and the beginning has no secrets."""
    value, _ = cleaned(content)  # type: ignore[arg-type]
    assert isinstance(value, dict)
    assert value["sha256"] == sha256_hex(encode(content))  # type: ignore[arg-type]
    assert len(encode(value)) < 2000


def test_a_content_is_looked_through_once() -> None:
    """However many entries of one delivery speak of it."""
    cleaner = Cleaner()
    content: Json = {"a": TOKEN}
    first, names = cleaner.clean(content)
    assert first == {"a": "[secret:github-token]"}
    assert names == ("github-token",)
    assert cleaner.clean(content)[0] is first
    assert cleaner.clean({"a": TOKEN})[0] is not first
    assert cleaner.clean("plain") == ("plain", ())
