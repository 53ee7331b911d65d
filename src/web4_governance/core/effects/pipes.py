"""What flows into a command: from which commands, and which text where that is known."""

from __future__ import annotations

from web4_governance.core.effects import offers
from web4_governance.core.effects.names import names
from web4_governance.core.effects.rows import read, strings, text
from web4_governance.core.effects.select import host_of, select
from web4_governance.core.shell import runners
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.effects.catalog import Catalog
    from web4_governance.core.shell.command import Command

# Programs that take names as they are; others may expand a `~` that they are given.
LITERAL = names(
    "rm unlink rmdir shred mv cp ln touch mkdir chmod chown chgrp cat tee ls head tail wc stat truncate find tar install dd "
    "grep sed awk sort diff cmp file du"
)
CONTAINERS = ("docker", "podman", "nerdctl", "docker-compose")
STDERR = 2
MOST_BEHIND = 64  # commands that one is told of, the nearest first
MOST_LOOKED = 20_000  # and all commands of a script together; past that only those right behind
OUT = ">("
ECHO_OPTIONS = ("-e", "-n", "-E", "-ne", "-en")


class Pipes:
    """The pipes and substitutions of one script. `cut` says that not all that flows was followed."""

    __slots__ = ("_behind", "_fed", "_looked", "_made", "_made_to", "_readers", "commands", "cut")

    def __init__(self, commands: tuple[Command, ...]) -> None:
        self.commands = commands
        self.cut = False
        self._looked = 0
        self._behind: dict[int, list[int]] = {}
        self._fed: dict[int, str | None] = {}
        self._readers: dict[int, list[int]] | None = None
        self._made: frozenset[str] = frozenset()
        self._made_to = 0

    def behind(self, index: int) -> list[int]:
        """Give the commands whose output reaches a command by pipes and substitutions, as far as they are followed."""
        known = self._behind.get(index)
        if known is None:
            known = self._behind[index] = self._walked(index)
        return known

    def _walked(self, index: int) -> list[int]:
        seen: dict[int, None] = {}
        todo = list(self.sources(index))
        for at in todo:  # which grows as it is walked: the nearest come first
            if at in seen or at == index:
                continue
            if len(seen) >= MOST_BEHIND or self._looked >= MOST_LOOKED:
                self.cut = True
                break
            seen[at] = None
            self._looked += 1
            todo += self.sources(at)
        return list(seen)

    def mounts(self, before: int) -> tuple[tuple[str, str, bool], ...] | None:
        """Give what of this machine the last container before a command is given; None where there is none."""
        for at in range(before - 1, -1, -1):
            if self.commands[at].program in CONTAINERS:
                return runners.mounts(self.commands[at])
        return None

    def container(self, before: int) -> tuple[str, ...]:
        """Give the words that the last container before a command is made with; none where there is none."""
        for at in range(before - 1, -1, -1):
            if self.commands[at].program in CONTAINERS:
                return tuple(word.text for word in self.commands[at].words)
        return ()

    def made(self, before: int) -> frozenset[str]:
        """Give the variables that the commands before one set, as `offers.made_in` tells them."""
        if before < self._made_to:
            return offers.made_in(self.commands[:before])
        for at in range(self._made_to, before):
            more = offers.made_in(self.commands[at : at + 1])
            if not more <= self._made:
                self._made |= more
        self._made_to = before
        return self._made

    def text_into(self, index: int) -> str | None:
        """Give the text that a command is fed where it is known: a heredoc, or what `echo` says."""
        if self.commands[index].pipe_from < 0:
            return self.commands[index].stdin
        climbed: list[int] = []
        while index not in self._fed:
            climbed.append(index)
            command = self.commands[index]
            before = self.commands[command.pipe_from]
            if command.stdin is not None or command.pipe_from < 0:
                self._fed[index] = command.stdin
            elif before.program != "cat" or len(before.words) != 1 or command.pipe_from >= index:
                self._fed[index] = _said(before)
            else:
                index = command.pipe_from
        said = self._fed[index]
        self._fed.update(dict.fromkeys(climbed, said))
        return said

    def said(self, index: int) -> str | None:
        """Give the text that a command prints, where it is known."""
        return _said(self.commands[index])

    def readers(self, index: int) -> tuple[int, ...]:
        """Give the commands behind this one that have its output in their input or words."""
        if self._readers is None:
            self._readers = {}
            for after in range(len(self.commands)):
                for at in dict.fromkeys(self.sources(after)):
                    self._readers.setdefault(at, []).append(after)
        return tuple(after for after in self._readers.get(index, ()) if after > index)

    def sources(self, index: int) -> tuple[int, ...]:
        """Give the commands whose output is in this one's input or words."""
        command = self.commands[index]
        piped = (command.pipe_from,) if command.pipe_from >= 0 else ()
        return (*piped, *command.feeds, *command.substitutions)


def as_read(command: Command, catalog: Catalog) -> Command:
    """Give a command as its program reads its words: with a `~` that is kept, with a program from `<(…)` piped in."""
    for word in command.words:
        if not word.known or word.text[:1] == "~":
            return as_piped(as_named(command), catalog)
    return command


def as_named(command: Command) -> Command:
    """Give a command with words that begin with a `~` as the names of files that they are: the shell expanded the others."""
    words = command.words
    if not any(word.text[:1] == "~" for word in words) or command.program not in LITERAL:
        return command
    named = (replace(word, literal=f"./{word.text}") if word.known and word.text[:1] == "~" else word for word in words)
    return replace(command, words=tuple(named))


def as_piped(command: Command, catalog: Catalog) -> Command:
    """Give an interpreter that reads its program from `<(…)` as if that were piped into it; any other command as it is."""
    at = next((at for at, word in enumerate(command.words) if not word.known and word.text.startswith("<(")), 0)
    row = catalog.row(command.program) if at and command.substitutions else None
    if row is None:
        return command
    before = at - 1 if command.words[at - 1].text in strings(row, "takes_value") else at
    piped = replace(command, words=(*command.words[:before], *command.words[at + 1 :]))
    if not any(text(entry, "role") == "runs-stdin" for entry in read(row, piped.words).holding()):
        return command
    return replace(piped, stdin=None, feeds=command.substitutions, pipe_from=command.substitutions[-1])


def login_behind(index: int, commands: tuple[Command, ...], catalog: Catalog) -> str:
    """Give the host of a login that alone reads what a command prints (`… | docker login HOST --password-stdin`).

    Where part of the host is not known, `${_}` stands for it.
    """
    readers = [command for command in commands if index in (command.pipe_from, *command.feeds, *command.substitutions)]
    kept = any(redirect.fd != STDERR for redirect in commands[index].redirects)
    if len(readers) != 1 or readers[0].pipe_from != index or kept:
        return ""
    row = catalog.row(readers[0].program)
    reading = read(row, readers[0].words) if row is not None else None
    for entry in reading.holding() if reading is not None else ():
        if reading is not None and text(entry, "role") == "login":
            return next((host_of(word.text if word.known else word.shape) for word in select(entry, reading, None)), "")
    return ""


def poured(command: Command, commands: tuple[Command, ...]) -> Command | None:
    """Give the `cat` that hands a command nothing but files which it names (`cat a.sql | psql`, as `psql < a.sql`)."""
    before = commands[command.pipe_from] if command.pipe_from >= 0 else None
    if before is None or command.substitutions or before.program != "cat" or len(before.words) == 1 or before.redirects:
        return None
    return before if all(word.known and word.text[:1] != "-" for word in before.words[1:]) else None


def feeds_out(command: Command) -> bool:
    """Say whether a command writes into another by `>(COMMAND)`."""
    for word in command.words:
        if not word.known and word.text.startswith(OUT):
            return True
    for redirect in command.redirects:  # noqa: SIM110  no generator where every command comes by
        if not redirect.target.known and redirect.target.text.startswith(OUT):
            return True
    return False


def _said(command: Command) -> str | None:
    """Give what an `echo` or `printf` prints, roughly: good enough to see statements and commands in it."""
    if command.program not in ("echo", "printf") or not all(word.known for word in command.words):
        return None
    words = [word.text for word in command.words[1:]]
    while words and words[0] in ECHO_OPTIONS:
        words = words[1:]
    return " ".join(words).replace("\\n", "\n")
