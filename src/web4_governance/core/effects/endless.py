"""What never ends by itself and takes more and more: loops that start processes, or ask others, without a pause.

And what only says the same again and again, in one text.

A loop counts only where its own test never ends it and nothing in it leaves it. One that waits, sleeps or reads takes no
more than its turn: a person ends it.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from web4_governance.core.action import Target
    from web4_governance.core.shell.command import Command

MANY = 64  # commands, from which on it is worth looking for those that repeat
LONGEST_ROUND = 8
LEAVING = names("break exit return exec")
PAUSING = names("sleep usleep wait read inotifywait fswatch select entr pause")
NOTHING = frozenset((":", "true"))
MAKING = names("mkdir touch echo printf cp dd head tee mktemp")
FILLING = MAKING | {"cd", ":", "true", "false", "cat", "let"}
ASKING = frozenset((Effect.NET_EGRESS, Effect.NET_INGRESS, Effect.DELEGATE))
POURING = names("yes cat")
ENDLESS_FILES = names("/dev/zero /dev/urandom /dev/random /dev/full")


def exhausts(body: Sequence[Command], effects: AbstractSet[Effect]) -> str:
    """Say what an endless loop over these commands, with these effects, uses up; empty where it is held back."""
    programs = [command.program for command in body]
    if not LEAVING.isdisjoint(programs):
        return ""
    started = [at for at, command in enumerate(body) if command.background]
    paused = any(
        not command.background for command in body[max(started, default=-1) + 1 :] if command.program in PAUSING
    )
    if started and not paused:
        return "starts processes without end"
    if not paused and not ASKING.isdisjoint(effects) and Effect.NET_LISTEN not in effects:
        return "asks others without end or pause"
    if not paused and Effect.FILE_WRITE in effects and FILLING.issuperset(programs) and not MAKING.isdisjoint(programs):
        return "fills the disk without end"
    return "keeps a processor busy without end" if programs and NOTHING.issuperset(programs) else ""


def repeats(commands: Sequence[Command]) -> dict[int, int]:
    """Give the commands that only repeat what stands some commands before, each with how many.

    What one command of such a round leaves for another comes a command further with every round. So it counts from the round
    on in which nothing new can come of it any more.
    """
    if len(commands) < MANY:
        return {}
    known: dict[tuple[object, ...], int] = {}
    numbers = [known.setdefault(_says(at, command), len(known)) for at, command in enumerate(commands)]
    found: dict[int, int] = {}
    for length in range(1, LONGEST_ROUND + 1):
        same = 0
        for at in range(length, len(numbers)):
            same = same + 1 if numbers[at] == numbers[at - length] else 0
            if same > length * (length + 2):
                found.setdefault(at, length)
    return found


def _says(at: int, command: Command) -> tuple[object, ...]:
    """Give all that a command says, and which commands before it are in what it gets."""
    flows = (command.pipe_from, *command.feeds, -1, *command.substitutions)
    return (
        (command.words, command.assignments, command.redirects, command.via, command.cwd, command.stdin),
        (command.unsure, command.background, command.handed, command.texts),
        tuple(source - at if source >= 0 else None for source in flows),
    )


def pours(command: Command) -> bool:
    """Say whether a command's own output never ends: `yes`, or reading a device that gives for ever."""
    if command.program not in POURING:
        return False
    return command.program == "yes" or any(word.text in ENDLESS_FILES for word in command.words[1:])


def fills(command: Command, touched: Iterable[tuple[Effect | None, Target | None]]) -> bool:
    """Say whether a command writes without an end into a file."""
    return pours(command) and "timeout" not in command.via and any(effect is Effect.FILE_WRITE for effect, _ in touched)
