"""Names that say more than the path: credentials and what runs by itself later."""

from __future__ import annotations

import pytest

from unit.effects.scenes import call, deeds, effects
from web4_governance.core.action import Place, Target, TargetKind
from web4_governance.core.effects.marks import Marks

SECRET = "secret.read"


@pytest.mark.parametrize(
    "word",
    [
        ".env", "sub/.ENV", ".env.local", "~/.ssh/id_rsa", "~/.ssh/*", "~/.ssh/id_*", "~/.ss?/id_rsa", ".env*", ".en?", "*.pem", "ser*.pem",
        "/home/bob/.aws/credentials", "/root/.ssh/id_ed25519", "/home/*/.ssh/id_rsa", "/Users/ann/.netrc", '"$X/.env"', '"$X"/id_rsa', "/etc/shadow", "/etc/shad*",
    ],
)  # fmt: skip  # words
def test_a_secret_is_known_by_any_spelling_of_its_name(word: str) -> None:
    """Any home, any case, a glob that is after it, and a known name behind an unknown directory."""
    assert SECRET in effects(f"cat {word}")


@pytest.mark.parametrize(
    "word", ["*", "*.json", "src/*", ".env.example", "~/.ssh/id_rsa.pub", "~/.ssh/known_hosts", "~/*", "/*", "**", "$X"]
)
def test_a_glob_for_anything_is_after_nothing(word: str) -> None:
    """`cat *` is no reading of secrets, nor is a template or a public key."""
    assert SECRET not in effects(f"cat {word}")


def test_after_a_lost_directory_names_still_count() -> None:
    """`cd "$X"; cat .ssh/id_rsa` reads a key wherever that is."""
    assert SECRET in effects('cd "$X" && cat .ssh/id_rsa')
    assert SECRET in effects('cd "$X" && cat ./.env')
    assert SECRET in effects("cd \"$X\" && cat '~/.ssh/id_rsa'", home="")


def test_writing_is_told_from_reading() -> None:
    """A profile may be read by anyone; a line in it runs in every shell."""
    assert "persistence" in effects("echo x >> ~/.bashrc")
    assert "persistence" not in effects("cat ~/.bashrc")
    assert "privilege" in effects("echo x > /etc/sudoers.d/x")
    assert "secret.write" in deeds(call("Write", {"file_path": ".env"}))


def test_a_mark_without_an_effect_is_none() -> None:
    """A row that names no known effect marks nothing."""
    marks = Marks(({"paths": ["x"], "read": "no.effect"},), ({"hosts": ["h"]},))
    target = Target(kind=TargetKind.PATH, given="x", resolved="/p/x", place=Place.PROJECT)
    assert [mark.read for mark in marks.of_path(target, "")] == [None]
    assert marks.of_host("h") is not None
    assert marks.of_host("other") is None
