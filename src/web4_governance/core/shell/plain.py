"""What most texts are: one command of words that stand for themselves, read in one look.

Not a second reading of shell: a text with any sign or word that means something to it is left to the lexer and the grammar.
INVARIANT: what is read here comes out as it would there; `tests/unit/shell/test_plain.py` reads texts both ways.
"""

from __future__ import annotations

from web4_governance.core.shell.command import Command, Word
from web4_governance.core.shell.inbuilt import DECLARATIONS
from web4_governance.core.shell.lexer import RESERVED
from web4_governance.core.shell.spans import IN_QUOTES, SPECIAL
from web4_governance.core.value import make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.context import Context

LONGEST = 1024
_SIGNS = SPECIAL.difference(" ") | frozenset("{}*?[")  # of these none stands for itself
_ELSEWHERE = RESERVED | DECLARATIONS  # first words that the words behind them follow
_HOMES = ("=~", ":~")


def plain(text: str) -> tuple[str, list[str]]:
    """Give the command in a text, without what stands around it, and its words as written; none where it is anything else."""
    if len(text) > LONGEST:
        return "", []
    if not _SIGNS.isdisjoint(text):
        return _quoted(text)
    remark = text.find("#") if "#" in text else -1
    while remark > 0 and text[remark - 1] != " ":
        remark = text.find("#", remark + 1)
    said = (text[:remark] if remark >= 0 else text).strip(" ")
    words = said.split(" ")
    if "  " in said:
        words = [word for word in words if word]
    return (said, words) if words[0] and _stand(words) else ("", [])


def _quoted(text: str) -> tuple[str, list[str]]:
    """Give the same of a text in which some words but the first stand in one pair of quotes."""
    words: list[str] = []
    at = start = last = 0
    while at < len(text):
        char = text[at]
        if char == " ":
            at += 1
            continue
        if char == "#":
            if "\n" in text[at:]:
                return "", []
            break
        signs = IN_QUOTES.get(char)
        closing = text.find(" " if signs is None else char, at + 1)
        end = closing + (signs is not None) if closing > 0 else len(text)
        word = text[at:end]
        if signs is None:
            start = start if words else at
            if not _SIGNS.isdisjoint(word):
                return "", []
        elif not words or closing < 0 or text[end : end + 1] not in ("", " ") or not signs.isdisjoint(word[1:-1]):
            return "", []
        words.append(word)
        at = last = end
    return (text[start:last], words) if words and _stand(words) else ("", [])


def _stand(words: list[str]) -> bool:
    """Say whether the words stand for themselves where they stand."""
    first = words[0]
    if first in _ELSEWHERE or "=" in first:
        return False
    for word in words:
        if "~" in word and word[0] not in IN_QUOTES and (word[0] == "~" or any(home in word for home in _HOMES)):
            return False
    return True


def command_of(words: list[str], said: str, cwd: str | None, context: Context) -> Command:
    """Give the command of these words."""
    word = make[Word]
    texts = [text[1:-1] if text[0] in IN_QUOTES else text for text in words]
    return make[Command](
        words=tuple([word(text=text, literal=text) for text in texts]),
        via=context.via,
        cwd=cwd,
        pipe_from=context.pipe_from,
        feeds=context.feeds,
        stdin=context.stdin,
        unsure=context.unsure,
        background=context.background,
        source=said,
    )
