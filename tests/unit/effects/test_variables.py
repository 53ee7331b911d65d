"""What assignments and another user's rights say."""

from __future__ import annotations

import pytest

from unit.effects.scenes import bash, call, effects
from web4_governance.core.action import Effect
from web4_governance.core.effects import Catalog


@pytest.mark.parametrize(
    ("command", "want"),
    [
        ("PATH=/tmp/b:$PATH make", "code.hijack"),
        ("export PATH=.:$PATH", "code.hijack"),
        ('export PATH="/var/tmp/b:$PATH"', "code.hijack"),
        ("env -i PATH=/dev/shm/b:/usr/bin ls", "code.hijack"),
        ("make CC=/tmp/cc", "code.hijack"),
        ("make CC=/tmp/$V/cc", "code.hijack"),
        ("make CFLAGS='-O2 -fplugin=/tmp/a.so'", "code.hijack"),
        ("declare -x HISTFILE=/dev/null", "trace.erase"),
        ("HISTFILE=", "trace.erase"),
        ("HISTSIZE=0 bash", "trace.erase"),
        ("LD_AUDIT=$X ls", "code.hijack"),
        ("GOSUMDB=off go build ./...", "package.foreign"),
    ],
)
def test_a_variable_has_the_effect_of_its_value(command: str, want: str) -> None:
    """What is found under a trusted name, and what is remembered, is told by variables."""
    assert want in effects(command)


@pytest.mark.parametrize(
    "command",
    [
        "PATH=$PWD/node_modules/.bin:$PATH npm test",
        "export PATH=$HOME/.local/bin:$PATH",
        "PATH=$X ls",
        "LD_PRELOAD= ls",
        "GIT_CONFIG_GLOBAL=/dev/null git status",
        "PYTHONPATH=src pytest",
        "NODE_OPTIONS=--max-old-space-size=4096 npm run build",
        "make CC=clang",
        "make 1=/tmp/a",
        "HTTPS_PROXY=http://localhost:8080 curl x",
    ],
)
def test_everyday_values_have_none(command: str) -> None:
    """Project directories, options that load nothing, and what is cleared."""
    assert effects(command).isdisjoint({"code.hijack", "package.foreign", "trace.erase", "opaque"})


def test_a_row_without_a_known_effect_says_nothing() -> None:
    """What a pack gets wrong is nothing."""
    broken = Catalog.from_json(({"variables": [{"names": ["A"], "effect": "no.effect"}]},))
    assert [deed.effect for deed in call("Bash", {"command": "A=1"}, catalog_=broken).deeds] == [None]


@pytest.mark.parametrize("command", ["sudo git status", "sudo ls /root", "doas cat /var/log/syslog", "sudo docker ps"])
def test_looking_uses_no_rights(command: str) -> None:
    """What another user may look at is judged by what it is."""
    assert "privilege" not in effects(command)


@pytest.mark.parametrize(
    "command",
    ["sudo rm x", "pkexec /bin/bash", "sudo zsh -l", "sudo -i", "sudo -s", "sudo sh -c 'rm x'", "doas tee a < b"],
)
def test_changing_uses_them(command: str) -> None:
    """What acts as another user says so."""
    assert "privilege" in effects(command)


def test_who_acts_as_another_user_is_said_at_the_deed() -> None:
    """The command behind the wrapper is the one that acts."""
    assert [deed.argv[0] for deed in bash("sudo rm x").deeds if deed.effect is Effect.PRIVILEGE] == ["rm"]
