"""Loops and arrays that take in a file of variables and show nobody what it holds.

`while read -r line; do export "$line"; done < .env` does what `. ./.env` does: it makes variables. It is told by all that the
call does: what names the variables that were read may only make others of them, test them or count them, and nothing else
is fed what the loop reads.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names
from web4_governance.core.shell.shells import SHELLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.shell.command import Command, Word

READERS = names("read mapfile readarray")
MAKERS = names("export declare typeset local readonly")
TESTS = names("[ [[ test ((")
QUIET = MAKERS | TESTS | names("let : true false continue break shift unset return")
PRINTERS = names("echo printf")
# What gives out its input, or runs it: inside such a loop that is the file.
FED = names(
    "cat tac tee sort uniq head tail nl less more rev base64 base32 xxd od hexdump strings column fold fmt bat tr grep egrep "
    "fgrep rg sed awk gawk mawk cut paste jq yq xargs parallel ssh nc ncat netcat socat curl wget mail sendmail env printenv "
    "python python3 perl ruby node php lua bun deno pbcopy xclip xsel wl-copy dd openssl gpg wall logger"
)
TAKES_VALUE = {"read": "adinNptu", "mapfile": "dnOsuCc", "readarray": "dnOsuCc"}  # their options (bash(1))


def taken_in(commands: tuple[Command, ...], is_of_variables: Callable[[str], bool]) -> frozenset[int]:
    """Give the commands whose input is such a file, where all of it becomes variables and is shown to nobody."""
    found = [at for at, command in enumerate(commands) if _takes(at, commands, is_of_variables)]
    return frozenset(found) if found and _is_quiet(commands) else frozenset()


def runs_line(index: int, commands: tuple[Command, ...]) -> bool:
    """Say whether what a command runs is a line that the loop around it has read from a pipe (`while read l; do $l`)."""
    command = commands[index]
    if not command.words or command.words[0].known or command.pipe_from < 0:
        return False
    beside = (one for one in commands[:index] if one.program in READERS and one.pipe_from == command.pipe_from)
    taken = {name for one in beside for name in _read(one) or {"REPLY"}}
    return bool(taken) and _speaks(command.words[0], taken)


def _takes(at: int, commands: tuple[Command, ...], is_of_variables: Callable[[str], bool]) -> bool:
    """Say whether a command, or the loop that begins with the next one, reads from a file of variables."""
    command = commands[at]
    reader = command if command.words else commands[at + 1] if at + 1 < len(commands) else command
    fed = [one.target for one in command.redirects if one.op == "<"]
    return (
        reader.program in READERS
        and bool(fed)
        and all(word.known and is_of_variables(word.text) for word in fed)
        and all(one.op == "<" for one in command.redirects)
    )


def _is_quiet(commands: tuple[Command, ...]) -> bool:
    taken: set[str] = {"REPLY", "MAPFILE"}
    for command in commands:
        if command.program in READERS:
            taken |= _read(command)
    for command in commands:
        taken |= {name for name, word in command.assignments if _speaks(word, taken)}
        if command.program in MAKERS:
            taken |= {
                word.text.partition("=")[0].strip("'\"")
                for word in command.words
                if "=" in word.text and _speaks(word, taken)
            }
    for command in commands:
        program = command.program.rstrip("0123456789.")
        if program in FED or command.program in SHELLS or command.pipe_from >= 0:
            return False
        if command.program == "set" and any("x" in word.text or "v" in word.text for word in command.words):
            return False  # it says what it does
        told = any(_speaks(word, taken) for word in command.words)
        into = command.program == "printf" and command.argv[1:2] == ("-v",)
        if told and command.program not in QUIET and not into:
            return False
        if any(one.op.startswith((">", "&>", "<<<")) and _speaks(one.target, taken) for one in command.redirects):
            return False
    return True


def _read(command: Command) -> set[str]:
    """Give the names that `read` or `mapfile` fills."""
    found: set[str] = set()
    words = iter(command.words[1:])
    for word in words:
        if word.text[:1] != "-":
            found.add(word.text)
        elif word.text[-1:] in TAKES_VALUE[command.program]:
            value = next(words, None)
            found |= {value.text} if value is not None and word.text.endswith("a") else set()
    return found


def _speaks(word: Word, taken: set[str]) -> bool:
    """Say whether a word holds the value of one of the variables: not its length, or a sum."""
    if word.known or word.text.startswith("$(("):
        return False
    for part in word.text.split("$")[1:]:
        name = part.removeprefix("{")
        end = next((at for at, char in enumerate(name) if not (char.isalnum() or char == "_")), len(name))
        if name[:end] in taken or (name[:1] == "!" and part[:1] == "{"):
            return True
    return False
