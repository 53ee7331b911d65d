"""Files that a command reads by names which other commands print: `cat $(find . -name .env)`, `ls .env | xargs cat`.

What such a name says is all that is known: those which a search asks for, a list is given, a filter lets through.
"""

from __future__ import annotations

from web4_governance.core.action import Effect, TargetKind
from web4_governance.core.effects.names import names
from web4_governance.core.effects.places import locate

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from web4_governance.core.action import Target
    from web4_governance.core.effects.places import Scene
    from web4_governance.core.shell.command import Command, Word

    Touched = tuple[Effect | None, Target | None]

# Programs that let lines through, or find files by a name, that fits a pattern.
FILTERS = names("grep egrep fgrep ggrep rg ag ack")
FINDERS = names("fd fdfind locate plocate mlocate mdfind rg find git")
SAYING = names("echo printf")
_SIGNS = "^$*\\/.?\"'"


def unknown_reads(touched: Iterable[Touched]) -> bool:
    """Say whether a command reads a file of which it is not known which."""
    for effect, target in touched:
        if effect is Effect.FILE_READ and target is not None and not target.resolved and target.kind is TargetKind.PATH:
            return True
    return False


def printed(
    behind: Iterable[tuple[Command, list[tuple[Effect, Target]]]], scene: Scene, cwd: str | None
) -> Iterator[Target]:
    """Give the files whose names the commands behind may print, with what each of them touches."""
    for command, touched in behind:
        yield from (target for effect, target in touched if effect is Effect.FILE_LIST)
        reads = any(effect is Effect.FILE_READ for effect, _ in touched)
        if (command.program in FILTERS and not reads) or command.program in FINDERS:
            for word in command.words[1:]:
                if word.known and not word.text.startswith("-"):
                    yield from (locate(name, scene, cwd=cwd) for name in _names(word.text))


def listed(command: Command) -> tuple[Word, ...]:
    """Give the words that a listing prints as the shell makes them of globs; none where it prints anything else besides."""
    words = command.words[1:]
    options = [word.text for word in words if word.text.startswith("-")]
    given = tuple(word for word in words if not word.text.startswith("-"))
    if command.program == "ls":
        whole = any(option == "--directory" or (option[1:2] != "-" and "d" in option) for option in options)
    else:
        whole = command.program in SAYING and not options
        given = given[1:] if command.program == "printf" else given
    sure = all(word.known or word.glob for word in given)
    return given if whole and sure and any(word.glob for word in given) else ()


def _names(pattern: str) -> tuple[str, ...]:
    """Give the names that a pattern is plainly after: itself without its signs, and hidden."""
    name = pattern.strip(_SIGNS).replace("\\", "")
    return (name, "." + name) if name and not any(sign in name for sign in "*[]()|+{} ") else ()
