"""Tokens of a text of shell: words, operators, reserved words, redirections."""

from __future__ import annotations

WORD, OPERATOR, REDIRECT, KEYWORD, PREFIX = "word", "operator", "redirect", "keyword", "prefix"
CANNOT_PARSE = "cannot be parsed"


class Token:
    """One token. `target` spans the word of a redirection, `body` the text of a heredoc (`quoted`: not expanded).

    `closed` marks a redirection of a compound command, `broken` a word with a quote or expansion that is not closed: no shell
    runs it. `op` is the operator, reserved word or redirection as written.
    """

    __slots__ = ("body", "broken", "closed", "end", "fd", "kind", "op", "quoted", "start", "strip", "target")

    def __init__(self, kind: str, start: int, end: int, op: str = "") -> None:
        self.kind = kind
        self.start = start
        self.end = end
        self.op = op
        self.fd = -1
        self.target = (end, end)
        self.body = (0, 0)
        self.quoted = False
        self.strip = False
        self.closed = False
        self.broken = False


class Tokens:
    """The tokens of a text. `text` is the text that offsets refer to; `problems` are short reasons."""

    __slots__ = ("problems", "text", "tokens")

    def __init__(self, text: str, tokens: list[Token], problems: tuple[str, ...]) -> None:
        self.text = text
        self.tokens = tokens
        self.problems = problems
