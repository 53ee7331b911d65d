"""What a hook call looks up around itself: project, settings, transcript, peer, and the person's way out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from web4_governance.app import off
from web4_governance.app.peer import peer, start_of
from web4_governance.app.scope import project_of, projects_of
from web4_governance.app.settings import Settings, settings
from web4_governance.app.transcripts import MAX_TAIL, tail
from web4_governance.core.errors import UsageError
from web4_governance.core.record.keep import Privacy

MINUTE = 60_000_000


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "home" / "code" / "app" / "src" / "deep").mkdir(parents=True)
    (tmp_path / "home" / ".claude").mkdir()
    (tmp_path / "home" / "code" / "app" / ".git").mkdir()
    return tmp_path / "home"


def test_a_project_is_the_nearest_marked_directory(tree: Path) -> None:
    """A call deep inside belongs to the repository's root."""
    app = str(tree / "code" / "app")
    assert project_of(f"{app}/src/deep", user_home=str(tree)) == app
    assert project_of(f"{app}/src/../src", user_home=str(tree)) == app


def test_the_persons_home_is_no_project(tree: Path) -> None:
    """`~/.claude` is the host's own directory, not a project's marker."""
    loose = tree / "loose"
    loose.mkdir()
    assert project_of(str(loose), user_home=str(tree)) == str(loose)
    assert project_of(str(tree), user_home=str(tree)) == str(tree)


def test_host_and_working_directory_both_count(tree: Path) -> None:
    """Leaving the project by `cd` does not leave its policy."""
    app, other = str(tree / "code" / "app"), str(tree / "loose")
    assert projects_of(other, f"{app}/src", user_home=str(tree)) == (app, other)
    assert projects_of(app, "", user_home=str(tree)) == (app,)
    assert projects_of("", "", user_home=str(tree)) == ()


def test_settings_default_without_a_file_and_name_what_is_wrong(tmp_path: Path) -> None:
    """An unknown setting, a wrong value and a broken file are each said by name."""
    assert settings(str(tmp_path)) == Settings()
    config = tmp_path / "config.toml"
    config.write_text('privacy = "full"\nwords = false\n')
    found = settings(str(tmp_path))
    assert (found.privacy, found.words, found.session_notice, found.origin) == (Privacy.FULL, False, True, str(config))
    for text, name in [
        ('privcy = "full"', "privcy"),
        ('privacy = "loud"', "privacy"),
        ("words = 1", "words"),
        ("= broken", "no TOML"),
        ("\udcff", "no TOML"),
    ]:
        config.write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(UsageError, match=name):
            settings(str(tmp_path))
    config.unlink()
    config.mkdir()
    with pytest.raises(UsageError, match="cannot be read"):
        settings(str(tmp_path))


def test_the_compiled_settings_are_used_only_for_the_text_they_were_made_from(tmp_path: Path) -> None:
    """A changed file is read again; a damaged copy is made again."""
    config = tmp_path / "config.toml"
    config.write_text('privacy = "full"')
    assert settings(str(tmp_path)).privacy is Privacy.FULL
    copy = tmp_path / "cache" / "config.json"
    copy.write_bytes(copy.read_bytes().replace(b"full", b"metadata"))
    assert settings(str(tmp_path)).privacy is Privacy.METADATA, "the copy of this very text is what is read"
    config.write_text('privacy = "standard"')
    assert settings(str(tmp_path)).privacy is Privacy.STANDARD
    copy.write_bytes(b"{")
    assert settings(str(tmp_path)).privacy is Privacy.STANDARD


def test_the_tail_of_a_transcript_is_bounded_and_regular(tmp_path: Path) -> None:
    """A pipe, a directory, a missing file and a relative path are all nothing."""
    long = tmp_path / "t.jsonl"
    long.write_bytes(b"x" * MAX_TAIL + b"end")
    assert tail(str(long)).endswith(b"end")
    assert len(tail(str(long))) == MAX_TAIL
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert tail(str(pipe)) == tail(str(tmp_path)) == tail(str(tmp_path / "none")) == tail("t.jsonl") == b""


def test_off_holds_for_its_time_and_no_longer_than_a_day(tmp_path: Path) -> None:
    """A state that says a year is nobody's; a damaged one is none."""
    home = str(tmp_path)
    assert not off.in_force(home, 0)
    off.switch_off(home, until_us=10 * MINUTE)
    assert off.in_force(home, 5 * MINUTE)
    assert not off.in_force(home, 10 * MINUTE)
    off.switch_off(home, until_us=365 * 24 * 60 * MINUTE)
    assert not off.in_force(home, 0)
    off.switch_on(home)
    off.switch_on(home)
    assert off.until(home) == 0
    for text in (b"{", b"[]", b'{"until_us":true}', b'{"until_us":"x"}'):
        (tmp_path / "off.json").write_bytes(text)
        assert not off.in_force(home, 0)


def test_a_peer_is_named_with_its_start_and_a_hint() -> None:
    """An event that did not come straight from the process the host named looks forged."""
    me = os.getpid()
    pid, start, forged = peer(me, str(me))
    assert (pid, forged) == (me, False)
    assert start == start_of(me)
    assert peer(me, str(me + 1))[2]
    assert not peer(me, "")[2]
    assert start_of(2**22 + 1) == 0
