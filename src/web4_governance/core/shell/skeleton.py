"""The text that the grammar reads: the same length as the script, with every word and redirection made bland.

A word becomes `www`, a redirection of a compound command `>www`, comments and heredocs become blanks; operators and
reserved words stay. So the grammar settles structure, and nothing that is inside a quote, a heredoc or an expansion can
mislead it. INVARIANT: offsets in the skeleton are offsets in the script, and it is ASCII, so bytes are characters.
"""

from __future__ import annotations

from web4_governance.core.shell.tokens import KEYWORD, OPERATOR, PREFIX, REDIRECT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.tokens import Token, Tokens


_AFTER_BREAK = frozenset({"do", "then", "else", "elif", "fi", "done", "esac", "}"})


def skeleton(read: Tokens) -> bytes:
    """Make the skeleton of a tokenized script."""
    out, at = [], 0
    for place, token in enumerate(read.tokens):
        gap = " " * (token.start - at)
        if gap and token.kind == KEYWORD and token.op in _AFTER_BREAK:
            gap = gap[1:] + "\n"  # the grammar wants a break in `for x do` and `} fi`
        out.append(gap)
        out.append(" " * (token.end - token.start) if _is_empty_in(read.tokens, place) else _bland(token))
        at = token.end
    out.append(" " * (len(read.text) - at))
    return "".join(out).encode("ascii")


def _is_empty_in(tokens: list[Token], place: int) -> bool:
    """Tell whether this is the `in` of `for x in; do`, which the grammar does not know."""
    if tokens[place].op != "in" or place < 2 or tokens[place - 2].op not in ("for", "select"):  # noqa: PLR2004
        return False
    return place + 1 < len(tokens) and tokens[place + 1].op in (";", "\n")


def _bland(token: Token) -> str:
    length = token.end - token.start
    if token.kind == PREFIX:
        return " " * length
    if token.kind == REDIRECT and token.closed and length > 1:
        return ">" + "w" * (length - 1)
    if token.kind in (KEYWORD, OPERATOR):
        return token.op.ljust(length)
    return "w" * length
