"""What to run instead: the rows of the catalog's section `safer`, turned into commands (docs/spec/catalog.md D).

A row names a program, the subcommand and condition under which it speaks, and the commands that come nearer to what was
meant with less to lose. Nothing here judges: whoever shows a suggestion has it judged first. Not read on a hook's path.
"""

from __future__ import annotations

from web4_governance.core.effects.conditions import items
from web4_governance.core.effects.rows import objects, strings, text
from web4_governance.core.effects.select import select
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.effects.rows import Object, Reading
    from web4_governance.core.shell.command import Command, Word

PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+=:,./-_")
# Programs that run a command here, as it stands: behind any other (`ssh`, `docker exec`) it works on other files than these.
HERE = frozenset(
    [
        "sudo",
        "doas",
        "env",
        "nohup",
        "time",
        "timeout",
        "nice",
        "ionice",
        "chrt",
        "stdbuf",
        "setsid",
        "bash",
        "sh",
        "zsh",
        "dash",
        "ksh",
        "eval",
        "exec",
        "command",
        "builtin",
        "trap",
        "watch",
        "busybox",
        "toybox",
        "su",
        "script",
        "unbuffer",
        "chronic",
        "flock",
        "find",
        "xargs",
        "parallel",
        "coproc",
    ]
)
OPEN = PLAIN | frozenset("*?[]~")
CLUSTER = 2


@value
class Safer:
    """One suggestion: the commands, one after the other, and in a few words why."""

    run: tuple[str, ...]
    why: str


def suggestions(rows: Iterable[Object], command: Command, reading: Reading, feeds: frozenset[str]) -> tuple[Safer, ...]:
    """Give what some rows say instead of a command.

    Args:
        rows: The rows of the section `safer`.
        command: The command.
        reading: Its words, as its own row of the catalog reads them.
        feeds: The programs that its output goes to.
    """
    if any(entry.split(" ", 1)[0] not in HERE for entry in command.via):
        return ()
    found = [_safer(row, reading) for row in rows if _speaks(row, command, reading, feeds)]
    return tuple(one for one in found if one.run)


def _speaks(row: Object, command: Command, reading: Reading, feeds: frozenset[str]) -> bool:
    wanted = strings(row, "feeds")
    return (
        command.program in (*strings(row, "program"), *strings(row, "also"))
        and ("sub" not in row or " ".join(reading.subcommands) in strings(row, "sub"))
        and (not wanted or not feeds.isdisjoint(wanted))
        and reading.holds(objects(row, "when"))
    )


def _safer(row: Object, reading: Reading) -> Safer:
    made = [_command(template, row, reading) for template in strings(row, "run")]
    # A placeholder with nothing to stand for leaves a command that would do something else.
    return Safer(run=tuple(made) if all(made) else (), why=text(row, "why"))


def _command(template: str, row: Object, reading: Reading) -> str:
    """Fill a template's placeholders; empty where one that must stand for something does not.

    What is given to the program itself (`git -C ../other`) stays before its subcommand.
    """
    leading, behind = _around(row, reading)
    parts: list[str] = []
    for part in template.split(" "):
        before, brace, rest = part.partition("{")
        name, closed, after = rest.partition("}")
        if not brace or not closed:
            parts.append(part)
        elif name == "rest":
            parts.extend(behind)
        elif name.startswith("-"):
            parts.extend(flag for flag in name.split(",") if flag in reading.flags)
        else:
            words = [shown(word) for word in select({"on": name.rstrip("?")}, reading, None)]
            if not words and not name.endswith("?"):
                return ""
            parts.extend(f"{before}{word}{after}" for word in words)
    own = bool(reading.subcommands) and parts[0] in (*strings(row, "program"), *strings(row, "also"))
    return " ".join([parts[0], *leading, *parts[1:]] if own else parts)


def _around(row: Object, reading: Reading) -> tuple[list[str], list[str]]:
    """Give the words before and behind the subcommand, without the options that the row drops."""
    left = list(reading.subcommands)
    leading: list[str] = []
    behind: list[str] = []
    for n, word in enumerate(reading.raw[1:], 1):
        if left and word.text == left[0] and not _is_given(n, left[0], reading):
            left.pop(0)
        elif kept := _without(word, items(row.get("drop"))):
            (leading if len(left) == len(reading.subcommands) and left else behind).append(kept)
    return leading, behind


def _is_given(n: int, name: str, reading: Reading) -> bool:
    """Say whether a word that reads like the subcommand is what an option before it is given (`git -C push push`)."""
    return reading.raw[n - 1].text.startswith("-") and any(word.text == name for word in reading.raw[n + 1 :])


def _without(word: Word, dropped: tuple[str, ...]) -> str:
    if not word.known or not word.text.startswith("-"):
        return shown(word)
    if word.text.partition("=")[0] in dropped:
        return ""
    if word.text.startswith("--"):
        return shown(word)
    letters = {name[1] for name in dropped if len(name) == CLUSTER}
    kept = (
        "".join(letter for letter in word.text[1:] if letter not in letters)
        if word.text[1:].isalpha()
        else word.text[1:]
    )
    return f"-{kept}" if kept or word.text == "-" else ""


def shown(word: Word) -> str:
    """Give a word as it would be typed: quoted where it must be, an unknown part as it stood."""
    if not word.known:
        return word.text
    if word.text and (OPEN if word.glob else PLAIN).issuperset(word.text):
        return word.text
    return "'" + word.text.replace("'", "'\\''") + "'"
