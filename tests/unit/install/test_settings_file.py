"""Changing one of the person's settings."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web4_governance.app.settings import settings
from web4_governance.app.settings_file import given_in, set_setting
from web4_governance.core.errors import UsageError
from web4_governance.core.record.keep import Privacy

LINES = st.sampled_from(["# a remark\n", "\n", 'privacy = "full" # mine\n', "words=true\n"])


@given(st.lists(LINES, max_size=4, unique=True), st.sampled_from(["metadata", "standard", "full"]))
def test_a_setting_is_set_and_every_other_line_stays(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], level: str
) -> None:
    """Remarks and the order of lines are the person's."""
    home = tmp_path_factory.mktemp("home")
    (home / "config.toml").write_text("".join(lines))
    assert set_setting(str(home), "privacy", level).privacy is Privacy(level)
    assert settings(str(home)).privacy is Privacy(level)
    left = [line for line in (home / "config.toml").read_text().splitlines() if not line.startswith("privacy")]
    assert left == [line.rstrip("\n") for line in lines if not line.startswith("privacy")]


def test_a_missing_file_is_made_private(tmp_path: Path) -> None:
    """As everything in the home."""
    set_setting(str(tmp_path), "words", "false")
    assert (tmp_path / "config.toml").read_text() == "words = false\n"
    assert (tmp_path / "config.toml").stat().st_mode & 0o777 == 0o600
    assert given_in(str(tmp_path)) == ("words",)


def test_a_file_without_a_last_line_break_is_continued(tmp_path: Path) -> None:
    """Two settings never end up on one line."""
    (tmp_path / "config.toml").write_text("words = false")
    set_setting(str(tmp_path), "privacy", "full")
    assert (tmp_path / "config.toml").read_text() == 'words = false\nprivacy = "full"\n'


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [("zz", "1", "no setting `zz`"), ("privacy", "none", "`privacy` is none of"), ("words", "1", "neither true nor")],
)
def test_what_makes_no_sense_is_refused_and_nothing_written(tmp_path: Path, name: str, text: str, said: str) -> None:
    """The file never holds what the gate would refuse."""
    with pytest.raises(UsageError, match=said):
        set_setting(str(tmp_path), name, text)
    assert not (tmp_path / "config.toml").exists()


@pytest.mark.parametrize("text", ["privacy = ", "zz = 1\n", '"privacy" = "full"\n', 'zz = """\nprivacy = 1\n"""\n'])
def test_a_file_that_is_broken_or_written_in_another_way_is_left_alone(tmp_path: Path, text: str) -> None:
    """The person is told, and their file stays."""
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(UsageError):
        set_setting(str(tmp_path), "privacy", "metadata")
    assert (tmp_path / "config.toml").read_text() == text


def test_a_line_inside_a_longer_text_is_not_taken_for_a_setting(tmp_path: Path) -> None:
    """The result is read back before it is written."""
    text = '"words" = true\n'
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(UsageError):
        set_setting(str(tmp_path), "words", "false")
    assert (tmp_path / "config.toml").read_text() == text
