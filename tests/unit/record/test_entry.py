"""Entries: sealing, parsing, finding a field, and what the keeper leaves beside them."""

from __future__ import annotations

from typing import Any

import pytest

from web4_governance.core.canonical import encode
from web4_governance.core.digest import commitment, leaf
from web4_governance.core.errors import CanonicalError, EntryTooLarge
from web4_governance.core.record.entry import MAX_BYTES, Kind, Opening, at, commit, parse, seal
from web4_governance.core.record.keep import EXCERPT, LONG_TEXT, Keeper, Privacy, digest_of, shorten

GOLDEN = b'{"agent":"a","kind":"event","reference":{"prev":"","seq":0,"x":1},"session":"s","ts":5,"v":"r6/1"}'


def test_openings_are_equal_where_they_open_the_same() -> None:
    """Whether their bytes are at hand or not; nothing else is equal to one."""
    one = Opening(field="f", salt=b"s" * 16, value="x")
    same = Opening(field="f", salt=b"s" * 16, value="x", made=b'"x"')
    assert one == same
    assert len({one, same}) == 1
    assert one.printed() == same.printed()
    assert one != Opening(field="f", salt=b"s" * 16, value="y")
    assert one != ("f", b"s" * 16, "x")


def sealed(body: dict[str, Any]) -> bytes:
    return seal(body, kind=Kind.EVENT, session="s", ts=5, seq=0, prev="", openings=()).data


def keeper(privacy: Privacy) -> Keeper:
    salts = iter(bytes([n]) * 16 for n in range(100))
    return Keeper(privacy=privacy, salt=lambda: next(salts))


def test_the_bytes_of_an_entry_never_change() -> None:
    """A golden vector: what is stored is what is hashed."""
    entry = seal({"agent": "a", "reference": {"x": 1}}, kind=Kind.EVENT, session="s", ts=5, seq=0, prev="", openings=())
    assert entry.data == GOLDEN
    assert entry.leaf == leaf(GOLDEN)
    assert entry.leaf.hex() == "c8be49610b19ed09d9a19f7c78f78428ce2adb610b33310f392ca5aabb438559"
    assert parse(entry.data)["reference"] == {"prev": "", "seq": 0, "x": 1}


def test_a_body_cannot_choose_its_own_place() -> None:
    """Version, kind, time and place are the sealer's, whatever the body says."""
    body = parse(
        sealed({"v": "x", "kind": "intent", "ts": 1, "session": "other", "reference": {"seq": 9, "prev": "p"}})
    )
    assert (body["v"], body["kind"], body["ts"], body["session"]) == ("r6/1", "event", 5, "s")
    assert body["reference"] == {"seq": 0, "prev": ""}
    assert parse(sealed({"reference": "no object"}))["reference"] == {"seq": 0, "prev": ""}


def test_an_entry_is_bounded() -> None:
    """Over the bound it is refused, by a name that lets the caller cut."""
    with pytest.raises(EntryTooLarge):
        sealed({"x": "y" * MAX_BYTES})


@pytest.mark.parametrize("field", ["v", "kind", "ts", "session", "reference"])
def test_what_lacks_a_common_field_is_no_entry(field: str) -> None:
    """Parse or raise: there is no half an entry."""
    body: dict[str, Any] = {"v": "r6/1", "kind": "x", "ts": 1, "session": "s", "reference": {}}
    assert parse(encode(body)) == body
    wrongs: list[Any] = [[], None]
    for wrong in wrongs:
        with pytest.raises(CanonicalError, match=field):
            parse(encode({**body, field: wrong}))
    with pytest.raises(CanonicalError):
        parse(b"[]")


def test_a_dotted_path_finds_fields_and_list_items() -> None:
    """What an opening's field names."""
    body: dict[str, Any] = {"a": {"b": [{"c": 1}]}}
    assert at(body, "a.b.0.c") == 1
    for path in ("a.x", "a.b.1", "a.b.c", "a.b.0.c.d", "z"):
        assert at(body, path) is None


def test_a_commitment_and_its_opening_belong_together() -> None:
    """The value can be shown; the entry holds only the commitment."""
    standing, opening = commit("x.y", b"s" * 16, {"k": "v"})
    assert standing == commitment("x.y", b"s" * 16, {"k": "v"})
    assert (opening.field, opening.salt, opening.value) == ("x.y", b"s" * 16, {"k": "v"})


def test_every_commitment_has_a_salt_of_its_own() -> None:
    """Equal values do not show as equal."""
    keep = keeper(Privacy.STANDARD)
    assert keep.commit("f", "same") != keep.commit("f", "same")
    assert len({opening.salt for opening in keep.openings}) == 2


def test_levels_of_privacy_keep_what_they_say() -> None:
    """Nothing, excerpts, or whole texts; the commitment stands at each."""
    long = "x" * (LONG_TEXT + 1)
    for privacy, command, output in [
        (Privacy.METADATA, None, None),
        (Privacy.STANDARD, digest_of(long), digest_of(long)),
        (Privacy.FULL, long, long),
    ]:
        keep = keeper(privacy)
        assert keep.commit("a", long).startswith("c1:")
        assert keep.commit_output("b", long).startswith("c1:")
        kept = {opening.field: opening.value for opening in keep.openings}
        assert (kept.get("a"), kept.get("b")) == (command, output)


def test_an_output_is_digested_as_it_would_be_printed() -> None:
    """A structured response by its canonical JSON."""
    keep = keeper(Privacy.STANDARD)
    keep.commit_output("b", {"stdout": "x"})
    assert keep.openings[0].value == digest_of('{"stdout":"x"}')


def test_shortening_reaches_every_string_and_nothing_else() -> None:
    """Digest, size in bytes, and an excerpt."""
    long = "é" * 2000
    short = shorten({"a": [long, 1, None, True], "b": "x"}, 1000)
    assert short == {"a": [digest_of(long), 1, None, True], "b": "x"}
    assert digest_of(long)["size"] == 4000
    assert digest_of(long)["excerpt"] == "é" * EXCERPT


def test_secrets_leave_before_the_digest_is_taken() -> None:
    """A digest of a secret is a way to guess it."""
    token = "ghp_" + "a1B2" * 9
    keep = keeper(Privacy.STANDARD)
    keep.commit_output("b", f"token {token} end")
    (opening,) = keep.openings
    assert token not in str(opening.value)
    assert keep.redacted
    assert opening.value == digest_of(str(keep.clean(f"token {token} end")))
