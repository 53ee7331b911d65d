"""What most texts are: one command of words that stand for themselves, read in one look.

Not a second reading of shell: a text with any sign or word that means something to it is left to the lexer and the grammar.
INVARIANT: what is read here comes out as it would there; `tests/unit/shell/test_plain.py` reads texts both ways.
"""

from __future__ import annotations

from web4_governance.core.shell.command import Command, Word
from web4_governance.core.shell.inbuilt import DECLARATIONS
from web4_governance.core.shell.lexer import RESERVED
from web4_governance.core.shell.spans import SPECIAL
from web4_governance.core.value import make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.context import Context

LONGEST = 1024
_SIGNS = SPECIAL.difference(" ") | frozenset("{}*?[")  # of these none stands for itself
_ELSEWHERE = RESERVED | DECLARATIONS  # first words that the words behind them follow
_HOMES = ("=~", ":~")


def plain(text: str) -> tuple[str, list[str]]:
    """Give the command in a text, without what stands around it, and its words; none where it is anything else."""
    if len(text) > LONGEST or not _SIGNS.isdisjoint(text):
        return "", []
    remark = text.find("#") if "#" in text else -1
    while remark > 0 and text[remark - 1] != " ":
        remark = text.find("#", remark + 1)
    said = (text[:remark] if remark >= 0 else text).strip(" ")
    words = said.split(" ")
    if "  " in said:
        words = [word for word in words if word]
    first = words[0]
    if not first or first in _ELSEWHERE or "=" in first:
        return "", []
    if "~" in said and any(word[0] == "~" or any(home in word for home in _HOMES) for word in words):
        return "", []
    return said, words


def command_of(words: list[str], said: str, cwd: str | None, context: Context) -> Command:
    """Give the command of these words."""
    word = make[Word]
    return make[Command](
        words=tuple([word(text=text, literal=text) for text in words]),
        via=context.via,
        cwd=cwd,
        pipe_from=context.pipe_from,
        feeds=context.feeds,
        stdin=context.stdin,
        unsure=context.unsure,
        background=context.background,
        source=said,
    )
