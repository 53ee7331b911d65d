"""What a command line of ex and vim reads, writes and runs: `w! x`, `r x`, `!x`, `r !x`, `so x`, several with `|` between them.

By the first letters of each command, as vim's manual lists them. What a script of the editor computes is not followed.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.names import names
from web4_governance.core.effects.signs import Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 200
WRITES = names(
    "w wr wri writ write wq x xi xit exi exit up update sav saveas wn wN wne wnext mks mksession mkv mkvimrc mkexrc mk"
)
READS = names("r re rea read e ed edit ex find sp split vs vsplit tabe tabedit vi view sv sview")
SOURCES = names("so source ru runtime")
RANGE = frozenset("0123456789,;.$%+-: \t'")
WHY = "the editor is told so"


def found(text: str) -> Iterator[Found]:
    """Give what each command of a line does."""
    for part in text.replace("\n", "|").split("|")[:MOST]:
        command = part.lstrip("".join(RANGE))
        if command.startswith("!"):
            yield _run(command[1:])
            continue
        word = command[: len(command) - len(command.lstrip("abcdefghijklmnopqrstuvwxyzN"))]
        rest = command[len(word) :].removeprefix("!").strip()
        while rest.startswith(("++", ">>")):
            rest = rest.lstrip(">") if rest.startswith(">>") else rest.partition(" ")[2]
            rest = rest.strip()
        if not rest or word not in WRITES | READS | SOURCES:
            continue
        if rest.startswith("!"):
            yield _run(rest[1:])
        else:
            effect = Effect.FILE_WRITE if word in WRITES else Effect.FILE_READ if word in READS else Effect.CODE_RUN
            yield Found(effect=effect, literal=rest, takes="path", why=WHY)


def _run(text: str) -> Found:
    return Found(effect=Effect.CODE_RUN, literal=text.strip(), takes="command", why=WHY)
