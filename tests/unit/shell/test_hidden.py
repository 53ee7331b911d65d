"""Traps, subscripts, spellings in numbers, other signs to cut at, shells in a shell's place: what they say of themselves."""

from __future__ import annotations

import pytest

from unit.shell.reading import read
from web4_governance.core.shell.escapes import hides

SEEN = [
    ("trap '' INT TERM", "signals that would end it are ignored"),
    ("a[`date`]=1", "a subscript that runs commands"),
    ("declare -a 'b[$(date)]'", "a subscript that runs commands"),
    ('declare "b[$x]"', "a subscript that runs commands"),
    ("unset 'a[`date`]'", "a subscript that runs commands"),
    ("printf -v 'a[$(date)]' x", "a subscript that runs commands"),
    ("read 'a[$(date)]'", "a subscript that runs commands"),
    ("let 'a[$(date)]=1'", "a subscript that runs commands"),
    ("cat <<`date`\nx\n`date`", "a text whose end is spelled as a command"),
    ("cat $'\\x2f\\x65\\x74\\x63'", "a word that is spelled in numbers"),
    ("printf '\\144\\141\\164\\145' | sh", "decoded text is executed"),
    ('eval "$(echo -e "\\x64\\x61\\x74\\x65")"', "decoded text is executed"),
    ("IFS=,; eval $x", "words that are cut at other signs than blanks are run"),
    ("IFS=$y; eval $x", "words that are cut at other signs than blanks are run"),
    ("exec sh", "another shell takes the place of this one"),
    ("exec bash --norc", "another shell takes the place of this one"),
]
UNSEEN = [
    "trap - INT",
    "trap 'rm -f x' EXIT",
    "a[1]=2",
    "declare -a b=(1 2)",
    "declare -A m; m[x]=1",
    "unset 'a[1]'",
    "printf '%s' 'a[$(date)]'",
    "cat <<'E'\n$(date)\nE",
    "printf $'\\x1b[1mhi\\x1b[0m'",
    "printf '\\x41\\n' | sh -n",
    "IFS=$'\\n'; eval 'date'",
    "exec bash -l",
    "exec bash run.sh",
    "exec bash -c date",
    "echo date | exec bash",
    "exec date",
]


@pytest.mark.parametrize(("text", "reason"), SEEN)
def test_what_hides_says_so(text: str, reason: str) -> None:
    """Each gives its own reason."""
    assert reason in read(text).opaque


@pytest.mark.parametrize("text", UNSEEN)
def test_what_does_not_hide_says_nothing_of_the_kind(text: str) -> None:
    """The everyday uses of the same."""
    assert not {reason for _, reason in SEEN}.intersection(read(text).opaque)


def test_the_commands_of_a_subscript_are_seen() -> None:
    """They run when the builtin looks at it."""
    assert ("rm", "-rf", "x") in [command.argv for command in read("declare 'b[$(rm -rf x)]'").commands]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("trap 'logger \"$BASH_COMMAND\"' DEBUG", ("every command",)),
        ("trap 'date >> log' RETURN", ("every command",)),
        ("trap 'echo \"$BASH_COMMAND\"' DEBUG", ()),
        ("trap - DEBUG", ()),
        ("trap : DEBUG", ()),
        ("trap 'make clean' EXIT", ()),
        ("export -f docker", ("docker",)),
        ("export -f mine", ()),
        ("export -nf docker", ()),
        ("export docker", ()),
        ("alias sudo=doit", ("sudo",)),
        ("alias sudo='sudo -E'", ()),
        ("alias cat=bat", ()),
    ],
)
def test_what_stands_behind_other_commands_is_a_hijack(text: str, names: tuple[str, ...]) -> None:
    """A trap at every command, a function that every shell below takes for a program."""
    assert read(text).hijacked == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\\x61\\x62\\x63", True),
        ("\\141\\142\\143", True),
        ("\\u0061\\u0062/\\x2f", True),
        ("\\x61\\x62", False),
        ("\\n\\t\\a\\e\\n", False),
        ("\\x1b[31m\\x1b[0m\\x07", False),
        ("plain", False),
        ("\\xe4\\xb8\\xad\\xe6", False),
    ],
)
def test_letters_in_numbers_hide(text: str, *, found: bool) -> None:
    """Signs that cannot be typed are no letters."""
    assert hides(text) is found


@pytest.mark.parametrize(
    "text",
    [
        "scp -qvoProxyCommand='rm -rf x' a host:b",
        "sftp -o 'ProxyCommand rm -rf x' host",
        "scp -o LocalCommand='rm -rf x' a host:b",
        "scp -S 'rm -rf x' a host:b",
        "ssh -o KnownHostsCommand='rm -rf x' host",
    ],
)
def test_settings_of_ssh_run_text_here(text: str) -> None:
    """By each of its programs, bundled or not."""
    assert ("rm", "-rf", "x") in [command.argv for command in read(text).commands]


def test_an_empty_list_names_the_command_all_the_same() -> None:
    """`parallel cmd :::`."""
    assert ("git", "gc") in [command.argv for command in read("parallel git gc :::").commands]


def test_an_option_without_a_value_stands_between_those_with_two() -> None:
    """`bwrap --bind a b --unshare-all cmd`."""
    assert ("ls", "x") in [command.argv for command in read("bwrap --bind a b --unshare-all --bind c d ls x").commands]
