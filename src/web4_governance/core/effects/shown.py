"""What of the environment is shown to whoever called: a secret variable, or all of them after a file of secrets was sourced.

What is piped on is followed through programs that give their input out again; one that takes a part of it, counts it or
sends it ends the way. A variable's name is judged by `offers`.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects import offers
from web4_governance.core.effects.names import names
from web4_governance.core.shell.shells import SHELLS, SOURCES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Target
    from web4_governance.core.effects.gathering import Gathering
    from web4_governance.core.effects.step import Step
    from web4_governance.core.shell.command import Command

    Did = list[tuple[Effect | None, Target | None]]

COPYING = names(
    "cat tac tee sort uniq head tail nl less more rev base64 base32 xxd od hexdump strings column fold fmt bat expand pr tr"
)
LISTING = names("env printenv set export declare typeset readonly")
PRINTING_OPTIONS = {
    "env": "0v",
    "printenv": "0",
    "set": "",
    "export": "p",
    "declare": "px",
    "typeset": "px",
    "readonly": "p",
}
# What a variable's name ends in that says how a program is run: asked for by name it is no secret.
PLAIN = names("ENV PORT HOST NAME MODE LEVEL DEBUG VERSION REGION PATH")
TRACING = frozenset("xv")
# Programs that put what a store or a file of secrets holds into the environment of the command behind them.
HANDING = names("dotenv dotenvx doppler infisical chamber teller envchain summon aws-vault")
STDERR = 2
MOST = 16
SOURCED = "prints all variables after a file of secrets was read into them"
HANDED = "prints all variables, with what a store of secrets has put among them"
DOTENV = "prints a file of secrets"
TRACED = "a shell says the lines of a file of secrets"


def seen(index: int, commands: tuple[Command, ...]) -> bool:
    """Say whether what a command prints is shown to whoever called: by itself, or by programs that it is piped through."""
    at = index
    for _ in range(MOST):
        readers = [
            after
            for after in range(at + 1, len(commands))
            if at in (commands[after].pipe_from, *commands[after].feeds, *commands[after].substitutions)
        ]
        if not readers:
            return not _is_kept(commands[at])
        if len(readers) != 1 or commands[readers[0]].pipe_from != at or not _copies(commands[readers[0]]):
            return False
        at = readers[0]
    return False


def secret(
    index: int,
    commands: tuple[Command, ...],
    steps: list[Step],
    did: Did,
    gathering: Gathering,
    *,
    via: tuple[str, ...] = (),
) -> str:
    """Say why a command shows what a file of secrets holds; empty where it does not.

    Args:
        index: The command's place.
        commands: All of the script.
        steps: What those up to this one came down to.
        did: What this one does.
        gathering: Knows what the names of files mark.
        via: The programs that start it.
    """
    command = commands[index]
    if command.program in SHELLS or command.program in SOURCES:
        traced = _traces(command) if command.program in SHELLS else any(_traces(one) for one in commands[:index])
        return TRACED if traced and _runs_secrets(did, gathering) and seen(index, commands) else ""
    if [word.text for word in command.words] == ["list"] and via[-1:] and via[-1].partition(" ")[0] == "dotenv":
        return DOTENV if seen(index, commands) else ""
    if not _prints_all(command) or not seen(index, commands):
        return ""
    if any(name.partition(" ")[0] in HANDING for name in via):
        return HANDED
    sourced = any(
        commands[at].program in SOURCES and _runs_secrets(list(steps[at].recent), gathering) for at in range(index)
    )
    return SOURCED if sourced else ""


def _runs_secrets(did: Did, gathering: Gathering) -> bool:
    return any(
        mark.read is Effect.SECRET_READ
        for effect, target in did
        if effect is Effect.CODE_RUN and target is not None
        for mark in gathering.catalog.marks.of_path(target, gathering.scene.home)
    )


def _traces(command: Command) -> bool:
    """Say whether a shell is told to print the lines that it reads or runs."""
    if command.program not in SHELLS and command.program != "set":
        return False
    for at, word in enumerate(command.words[1:], 1):
        if word.text in ("-o", "--verbose"):
            after = command.words[at + 1 : at + 2]
            if word.text == "--verbose" or any(one.text in ("xtrace", "verbose") for one in after):
                return True
        elif word.text[:1] != "-":
            return False
        elif word.text[1:2] != "-" and not TRACING.isdisjoint(word.text):
            return True
    return False


def _prints_all(command: Command) -> bool:
    allowed = PRINTING_OPTIONS.get(command.program)
    return allowed is not None and all(
        word.known and word.text[:1] == "-" and set(word.text[1:]) <= set(allowed) for word in command.words[1:]
    )


def _copies(command: Command) -> bool:
    """Say whether a program gives out what it is fed."""
    words = [word.text for word in command.words[1:]]
    options = [word for word in words if word[:1] == "-" and word[1:2] not in ("-", "")]
    if command.program in offers.SEARCHING:
        asked = [word.strip("^=$") for word in words if not word.startswith("-")]
        plain = bool(asked) and asked[0].isupper() and asked[0].endswith(tuple(PLAIN))
        return not plain and not any(not offers.ONLY.isdisjoint(word[1:]) for word in options)
    if command.program in ("head", "tail"):
        return not any("c" in word for word in options)
    if command.program == "tr":
        return "-d" in options
    return command.program in COPYING


def _is_kept(command: Command) -> bool:
    """Say whether a command's output goes to a file."""
    return any(redirect.op.startswith((">", "&>")) and redirect.fd != STDERR for redirect in command.redirects)
