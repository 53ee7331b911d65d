"""The digest of the policy in force, kept from call to call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from web4_governance.app import known_digest, policies
from web4_governance.core.canonical import encode
from web4_governance.core.policy.layers import digest_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.policy import PolicySet


def in_force(home: Path, *projects: str) -> PolicySet:
    """The policy as a hook finds it."""
    return policies.in_force(str(home), projects, organisation=str(home / "none")).policy


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = tmp_path / ".web4"
    made.mkdir(mode=0o700)
    (made / "policy.json").write_text('{"extends": ["safety"], "enforce": true}')
    return made


def test_a_digest_that_is_kept_is_the_one_that_would_be_made(home: Path) -> None:
    """The second call reads it, and it is over the same layers."""
    first, second = in_force(home), in_force(home)
    assert len(json.loads((home / "cache/digests.json").read_bytes())) == 1
    assert first.digest == second.digest == digest_of(second.layers, second.binds)


def test_another_document_is_another_digest(home: Path) -> None:
    """Also one that differs in what it extends alone, or in whether it binds."""
    (home / "team.json").write_text('{"rules": [{"match": {"tools": ["Bash"]}, "decision": "ask"}]}')
    seen = set()
    for text in ('{"extends": ["./team.json"]}', '{"extends": ["./team.json"], "enforce": true}'):
        (home / "policy.json").write_text(text)
        seen |= {in_force(home).digest, in_force(home).digest}
    (home / "team.json").write_text('{"rules": [{"match": {"tools": ["Bash"]}, "decision": "deny"}]}')
    policy = in_force(home)
    assert policy.digest == digest_of(policy.layers, policy.binds)
    assert len({*seen, policy.digest}) == 3


@pytest.mark.parametrize("spoilt", [b"", b"{", b"[]", b'{"x":1}', b"\xff", b"directory"])
def test_a_copy_that_is_spoilt_is_made_anew(home: Path, spoilt: bytes) -> None:
    """What cannot be read there, or is no digest, is nobody's."""
    digest = in_force(home).digest
    copy = home / "cache/digests.json"
    key = next(iter(json.loads(copy.read_bytes())))
    copy.unlink()
    if spoilt == b"directory":
        copy.mkdir()
    else:
        copy.write_bytes(spoilt)
    assert in_force(home).digest == digest
    if copy.is_file():
        copy.write_bytes(encode({key: "sha256:short"}))
        assert in_force(home).digest == digest


def test_a_digest_of_another_version_of_the_program_is_not_taken(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """How a pattern is read hangs on the program: its files are part of what a digest is kept under."""
    digest = in_force(home).digest
    copy = home / "cache/digests.json"
    copy.write_bytes(encode(dict.fromkeys(json.loads(copy.read_bytes()), "sha256:" + "0" * 64)))
    assert in_force(home).digest == "sha256:" + "0" * 64
    other = home / "index"
    other.write_text("")
    monkeypatch.setattr(known_digest, "INDEX", str(other))
    assert in_force(home).digest == digest


def test_few_digests_are_kept(home: Path) -> None:
    """A person works in a few projects; the oldest goes."""
    for n in range(known_digest.MOST + 4):
        (home / "policy.json").write_text(f'{{"extends": ["safety"], "name": "n{n}"}}')
        in_force(home)
    assert len(json.loads((home / "cache/digests.json").read_bytes())) == known_digest.MOST
