"""How these tests read a piece of shell: from one directory, with one home."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web4_governance.core.shell import parse

if TYPE_CHECKING:
    from web4_governance.core.shell.command import Command, Script

CWD = "/srv/project"
HOME = "/home/ada"

Argv = tuple[str | None, ...]


def read(text: str, *, cwd: str | None = CWD, env: dict[str, str] | None = None) -> Script:
    """Parse a text as the tests' person would run it."""
    return parse(text, cwd=cwd, home=HOME, env=env)


def argvs(text: str, *, env: dict[str, str] | None = None) -> list[Argv]:
    """Give the words of each command that has any."""
    return [command.argv for command in read(text, env=env).commands if command.words]


def lines(text: str, *, env: dict[str, str] | None = None) -> list[str]:
    """Give each command that has words as one line, `?` for a word that is not known."""
    return [" ".join("?" if word is None else word for word in argv) for argv in argvs(text, env=env)]


def only(text: str) -> Command:
    """Give the one command that a text comes down to."""
    (command,) = read(text).commands
    return command
