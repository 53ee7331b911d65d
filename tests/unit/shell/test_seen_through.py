"""Decoded texts, hooks, hidden signs, launchers, Windows' shells: what they come down to, and where they say they cannot tell."""

from __future__ import annotations

import pytest

from unit.shell.reading import lines, read
from web4_governance.core.shell import decoding, names, unseen, windows


@pytest.mark.parametrize(
    ("argv", "text", "printed"),
    [
        (["base64", "-d"], "cm0geA==", "rm x"),
        (["base64", "-d", "-i"], "cm0geA", "rm x"),
        (["base64"], "rm x", None),
        (["base64", "-d", "file"], "cm0geA==", None),
        (["base64", "-d"], "a", None),
        (["base64", "-d"], "gICA", None),
        (["base64", "-d"], "AAAA", None),
        (["base32", "-d"], "OJWSA6A=", "rm x"),
        (["base32"], "x", None),
        (["base32", "-d"], "0", None),
        (["xxd", "-r", "-p"], "726d2078", "rm x"),
        (["xxd", "-r"], "726d", None),
        (["xxd", "-r", "-p", "f"], "726d", None),
        (["openssl", "base64", "-d"], "cm0geA==", "rm x"),
        (["openssl", "enc", "-base64", "-d"], "cm0geA==", "rm x"),
        (["openssl", "enc", "-d"], "cm0geA==", None),
        (["openssl", "enc", "-d", "-aes256"], "x", None),
        (["openssl", "rand", "8"], "x", None),
        (["rev"], "x mr", "rm x"),
        (["rev", "f"], "x", None),
        (["tac"], "a\nb\n", "b\na\n"),
        (["tac", "f"], "a", None),
        (["tr", "a-c", "x"], "abcd", "xxxd"),
        (["tr", "-d", "b"], "abc", "ac"),
        (["tr", "-d", "[:odd:]"], "abc", None),
        (["tr", "-s", "b"], "abc", None),
        (["tr", "[:lower:]", "[:upper:]"], "ab", "AB"),
        (["tr", "", "x"], "ab", None),
        (["tr", "z-a", "x"], "ab", None),
        (["sort"], "ab", None),
        (["rev"], "a" * 70_000, None),
    ],
)
def test_a_known_text_is_decoded_as_the_program_does_it(argv: list[str], text: str, printed: str | None) -> None:
    """Where an option or the text is not understood, nothing is claimed."""
    assert decoding.decoded(argv, text) == printed


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ls", ""),
        ("echo 'é ü 日本'", ""),
        ("echo '👩\u200d🔬'", ""),
        ("echo '🏴\U000e0067\U000e007f'", ""),
        ("l\u200bs", "characters that cannot be seen"),
        ("echo é\u200b\u200bé", "characters that cannot be seen"),
        ("echo \U000e0041", "characters that cannot be seen"),
        ("ls \u202ex", "characters that turn the direction of writing"),
    ],
)
def test_signs_that_hide_what_a_text_is_are_a_reason(text: str, reason: str) -> None:
    """Joined emoji and other languages are none."""
    assert unseen.hidden(text) == reason
    assert read(text).opaque == ((reason,) if reason else ())


def test_a_name_of_two_scripts_is_a_lookalike() -> None:
    """A path, or a name in one script, is not."""
    assert unseen.is_lookalike("\u0441url")
    assert not unseen.is_lookalike("curl")
    assert not unseen.is_lookalike("./\u0441url")
    assert not unseen.is_lookalike("скрипт")


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("ls", "ls -la", False),
        ("cat", "bat", False),
        ("vim", "nvim -p", False),
        ("ll", "rm -rf /", False),
        ("cd", "  ", False),
        ("cd", "echo hi", True),
        ("git", "git; x", True),
        ("sudo", "/tmp/sudo", True),
        ("curl", "command curl", True),
    ],
)
def test_an_alias_that_stands_behind_a_trusted_name_is_a_hijack(name: str, text: str, found: bool) -> None:
    """More options for the same program, or another program alone, are none."""
    assert names.replaces(name, text) is found


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ('eval "$(pyenv init -)"', True),
        ('eval "$(register-python-argcomplete x)"', True),
        ('eval "$(/usr/bin/direnv hook bash)"', True),
        ('eval "$(./direnv hook bash)"', False),
        ('eval "$(direnv $X)"', False),
        ('eval "$(direnv hook bash > f)"', False),
        ('eval "x$(pyenv init -)"', False),
        ('eval "$(cat f)"', False),
        ('eval "$X"', False),
    ],
)
def test_what_a_known_tool_prints_to_set_up_a_shell_may_be_run(text: str, known: bool) -> None:
    """Anything else that only the running shell knows is a reason."""
    assert (read(text).opaque == ()) is known


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("hyperfine -p 'rm x' ls", "ls"),
        ("watchexec -e py -- rm x", "rm x"),
        ("nix-shell -p a --run 'rm x'", "rm x"),
        ("gdb -q --args rm x", "rm x"),
        ("gdb a.out", "gdb a.out"),
        ("capsh --drop=all -- -c 'rm x'", "rm x"),
        ("capsh --print", "capsh --print"),
        ("ansible all -m shell -a 'rm x'", "rm x"),
        ("ansible all -m ping", "ansible all -m ping"),
        ("salt '*' cmd.run 'rm x'", "rm x"),
        ("mosh h -- rm x", "rm x"),
        ("sg group -c 'rm x'", "rm x"),
        ("bwrap --bind / / --dev /dev rm x", "rm x"),
        ("proot -r d rm x", "rm x"),
        ("dotenv run -- rm x", "rm x"),
        ("dotenv -f e rm x", "rm x"),
        ("dotenv run rm x", "rm x"),
        ("rr record rm x", "rm x"),
        ("parallel --version", "parallel --version"),
        ("parallel -- rm {} ::: x", "rm x"),
        ("parallel rm {1.} ::: a/x.c", "rm a/x"),
        ("parallel rm {/} ::: a/x", "rm x"),
        ("parallel rm {//} ::: a/x", "rm a"),
        ("parallel rm {/.} ::: a/x.c", "rm x"),
        ('parallel "$X" ::: a', "? a"),
        ("complete -C 'rm x' p", "rm x"),
        ("bind -x '\"\\C-g\": rm x'", "rm x"),
        ('bind -x "$X"', "bind -x ?"),
        ("mapfile -C 'rm x' -c 1 a", "rm x ?"),
        ("alias p='rm x'", "rm x"),
        ("echo 'x mr' | rev | sh", "rm x"),
        ("wsl -u root -e rm x", "rm x"),
        ("wsl rm x", "rm x"),
        ("wsl -l", "wsl -l"),
        ("cmd /c rm x", "rm x"),
        ("cmd /c 'rm x'", "rm x"),
        ("cmd", "cmd"),
        ("pwsh -c 'rm x'", "rm x"),
        ("pwsh -NoProfile -Command rm x", "rm x"),
        ("powershell -ExecutionPolicy Bypass rm x", "rm x"),
        ("pwsh -enc cgBtACAAeAA=", "rm x"),
        ("pwsh -File a.ps1", "pwsh -File a.ps1"),
        ("pwsh a.ps1", "pwsh a.ps1"),
        ("pwsh", "pwsh"),
    ],
)
def test_what_is_launched_is_listed_last(text: str, last: str) -> None:
    """The program comes before what it runs."""
    found = [line for line in lines(text) if line.strip()]
    assert found[-1].strip() == last.strip()


def test_encoded_text_that_is_none_is_opaque() -> None:
    """So is one that is not known, or not there."""
    for text in ("pwsh -enc a", 'pwsh -enc "$X"', "pwsh -enc"):
        assert read(text).opaque == ("decoded text is executed",)


def test_powershell_is_spelled_as_shell() -> None:
    """A backslash is plain, a group is a substitution, quotes stay."""
    assert windows.spelled(r"a C:\x (b 'c\d') e(f)") == r"a C:\\x $(b 'c\d') e(f)"
    assert windows.spelled("(a)") == "$(a)"


def test_a_shell_in_the_background_and_control_characters_are_reasons() -> None:
    """What is written to it later, and what no text of shell holds, cannot be seen."""
    assert read("coproc bash").opaque == ("a shell in the background runs what it is written",)
    assert "a text with control characters is executed" in read("printf '\\001ls' | sh").opaque
    assert "decoded text is executed" in read('bash -c "$(echo bHM= | base64 -d)"').opaque


def test_a_trusted_function_is_noted() -> None:
    """A function by another name is not."""
    assert read("git() { ls; }; alias sudo=/tmp/x; git() { ls; }").hijacked == ("git", "sudo")
    assert read("work() { ls; }").hijacked == ()


def test_a_function_of_the_same_name_in_a_shell_inside_is_another_one() -> None:
    """Only the very body that is running is a call of itself."""
    found = lines("f() { bash -c 'f() { rm -r x; }; f'; }; f")
    assert "rm -r x" in found
