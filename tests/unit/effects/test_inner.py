"""Commands inside a command's words are followed: behind options that name one, in rules of make, in variables."""

from __future__ import annotations

import pytest

from unit.effects.scenes import bash, deeds, effects
from web4_governance.core.effects import inner

GONE = "file.delete /x"


@pytest.mark.parametrize(
    "command",
    [
        "man -P 'rm -rf /x' ls", "man --pager='rm -rf /x' ls", "mysql --pager 'rm -rf /x' -e 'select 1'", "ag --pager 'rm -rf /x' a",
        "sort --compress-program='rm -rf /x' a", "split --filter='rm -rf /x' a", "rsync --rsync-path='rm -rf /x; rsync' a h:b",
        "mosh --ssh='rm -rf /x' h", "yt-dlp --exec 'rm -rf /x' https://example.org", "rclone --password-command 'rm -rf /x' ls b:",
        "restic -o sftp.command='rm -rf /x' snapshots", "hg --config hooks.pre='rm -rf /x' log", "svn diff --diff-cmd 'rm -rf /x'",
        "make SHELL='rm -rf /x'", "make CC='rm -rf /x'", "make --eval '$(shell rm -rf /x)'", "make -E '$(shell rm -rf /x)'",
        "make --eval='a:;rm -rf /x' a", "make -E $'a:\\n\\trm -rf /x' a", "make V='$(shell (rm -rf /x))'", "make V='$(shell rm -rf /x'",
        "EDITOR='rm -rf /x' git commit", "PAGER='rm -rf /x' git log", "LESSOPEN='|rm -rf /x' less a", "export BROWSER='rm -rf /x'",
        "CC='rm -rf /x' make", "npm_config_script_shell='rm -rf /x' npm run a", "SHELL='rm -rf /x' make",
        "psql -c 'select 1 \\g |rm -rf /x'", "psql -c '\\o | rm -rf /x'", "psql -c \"copy t to program 'rm -rf /x'\"",
        "psql -c \"\\copy t from program 'rm -rf /x'\"", "sqlite3 a.db '.once |rm -rf /x'",
    ],
)  # fmt: skip
def test_a_command_inside_a_commands_words_is_followed(command: str) -> None:
    """Whatever the program, by the option's, the setting's or the variable's name."""
    assert GONE in deeds(bash(command))


@pytest.mark.parametrize(
    "command",
    [
        "man ls", "EDITOR=vim git commit", "echo --pager='rm -rf /x'", "grep -e '--exec=rm -rf /x' a", "psql --command 'select 1'",
        "git log --format='rm -rf /x'", "make V=1", "make -E 'V := 1'", "ls -o 'pager rm -rf /x'", "restic -o sftp.command=ssh snapshots",
        "psql -c \"select ' program ' from t\"", "psql -c 'select program from t'", "gh pr create --title 'x command rm -rf /x'",
        "ssh -o 'Port=2 2' h",
    ],
)  # fmt: skip
def test_other_words_are_followed_no_further(command: str) -> None:
    """Names alone, texts, and options that only sound alike."""
    assert GONE not in deeds(bash(command))


@pytest.mark.parametrize(
    ("given", "want"),
    [
        ("rm -rf x", "rm -rf x"),
        ("| a b", "a b"),
        ("|a b", "a b"),
        ("vim", ""),
        ("", ""),
        ("|", ""),
        ("-a b", ""),
        ("a;b", "a;b"),
    ],
)
def test_a_value_is_followed_where_it_is_more_than_a_name(given: str, want: str) -> None:
    """A pipe before it is no part of it."""
    assert inner.followed(given) == want


def test_a_function_in_the_environment_hijacks_what_a_shell_runs() -> None:
    """`env` takes any name before the sign."""
    assert "code.hijack" in effects("env 'BASH_FUNC_ls%%=() { id; }' bash -c ls")
    assert "code.hijack" not in effects("env 'A.B=1' bash -c ls")
    assert "persistence" in effects("sudoedit /etc/sudoers.d/x") or "system /etc/sudoers.d/x" in deeds(
        bash("sudoedit /etc/sudoers.d/x")
    )


def test_countless_programs_in_statements_are_read_to_a_bound() -> None:
    """Reading is bounded."""
    assert effects('psql -c "' + "\\\\g |a " * 300 + '"')
    assert effects('psql -c "' + "x program 'a' " * 300 + '"')
