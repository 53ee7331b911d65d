"""One text of shell with its tokens and its tree, and which of its words have been seen.

INVARIANT: every word of the text ends up in a command, a head (`for`, `case`, a function's name) or the left-overs; no
reading of the grammar can make a word disappear.
"""

from __future__ import annotations

from bisect import bisect_left

from web4_governance.core.shell import grammar
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.lexer import tokenize
from web4_governance.core.shell.lists import statements
from web4_governance.core.shell.skeleton import skeleton
from web4_governance.core.shell.tokens import CANNOT_PARSE, KEYWORD, OPERATOR, PREFIX, REDIRECT, WORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from tree_sitter import Node

    from web4_governance.core.budget import Budget
    from web4_governance.core.shell.tokens import Token, Tokens

MOST_SHELL = 64 * 1024
MOST_HEREDOCS = 64
MOST_OPERATORS = 2000
MOST_OPEN = 64
_OPENING = frozenset({"(", "{", "if", "case", "do"})
_CLOSING = frozenset({")", "}", "fi", "esac", "done"})


class Source:
    """A text that was read.

    `problems` are short reasons, `statements` the nodes of its tree. A text that is one simple command needs no grammar: then
    `single` holds its tokens and there are no statements.
    """

    def __init__(self, text: str, budget: Budget | None = None) -> None:
        read = tokenize(text, budget)
        self.problems = read.problems
        self.text = read.text
        self.tokens = read.tokens
        self._bound()
        self._seen: set[int] = set()
        self.single = _single(self.tokens)
        of_tree = [] if self.single else self.tokens
        self._starts = [token.start for token in of_tree]
        self.prefixes = _prefixes(of_tree)
        self.statements = self._statements(read) if of_tree else []

    def _bound(self) -> None:
        """Drop the tokens of a text that is too large to be followed, and say so: what bodies hold does not count."""
        if len(self.text) <= MOST_SHELL and "<<" not in self.text:
            return
        bodies = [token.body for token in self.tokens if token.op in ("<<", "<<-")]
        outside = len(self.text) - sum(end - start for start, end in bodies)
        reason = "too many heredocs" if len(bodies) > MOST_HEREDOCS else "too long" if outside > MOST_SHELL else ""
        if reason:
            self.problems = (*self.problems, reason)
            self.tokens = []

    def _statements(self, read: Tokens) -> list[Node]:
        made = statements(self.tokens)
        if made:
            return made
        limit, reason = _limit(self.tokens)
        skeletal = skeleton(read)
        if reason:
            self.problems = (*self.problems, reason)
            skeletal = skeletal[:limit]
        if not skeletal.strip():
            return []
        root = grammar.root(skeletal)
        if root.has_error and CANNOT_PARSE not in self.problems:
            self.problems = (*self.problems, CANNOT_PARSE)
        return root.children

    def raw(self, token: Token) -> str:
        """Give the source of a word; something unknown for one that is not closed, for no shell runs it."""
        return UNKNOWN_PART if token.broken else self.text[token.start : token.end]

    def target(self, token: Token) -> str:
        """Give the source of a redirection's word."""
        return UNKNOWN_PART if token.broken else self.text[slice(*token.target)]

    def tokens_in(self, start: int, end: int) -> list[Token]:
        """Give the tokens of a range, and mark them as seen."""
        first = bisect_left(self._starts, start)
        last = min(bisect_left(self._starts, end), len(self.tokens))
        self._seen.update(range(first, last))
        return self.tokens[first:last]

    def tokens_of(self, node: Node) -> list[Token]:
        """Give the tokens of a node, and mark them as seen."""
        return self.tokens_in(node.start_byte, node.end_byte)

    def left_over(self) -> list[list[Token]]:
        """Give the words that no node of the tree took, in groups as operators part them."""
        groups: list[list[Token]] = [[]]
        for place, token in enumerate(self.tokens):
            if token.kind in (OPERATOR, KEYWORD, PREFIX):
                groups.append([])
            elif place not in self._seen:
                groups[-1].append(token)
        return [group for group in groups if any(token.kind in (WORD, REDIRECT) for token in group)]


def _single(tokens: list[Token]) -> list[Token]:
    """Give the tokens of the one simple command that a text is, but for breaks around it; none if it is anything else."""
    first, last = 0, len(tokens)
    while first < last and tokens[first].op == "\n":
        first += 1
    while last > first and tokens[last - 1].op in ("\n", ";"):
        last -= 1
    for place in range(first, last):
        if tokens[place].kind not in (WORD, REDIRECT):
            return []
    return tokens[first:last]


def _limit(tokens: list[Token]) -> tuple[int, str]:
    """Give where the text has to be cut so that the grammar stays quick, and why; no reason if it need not."""
    breaks = opened = 0
    for token in tokens:
        if token.kind not in (OPERATOR, KEYWORD):
            continue
        breaks += 1
        opened += (token.op in _OPENING) - (token.op in _CLOSING)
        if breaks > MOST_OPERATORS:
            return token.start, "too many commands"
        if opened > MOST_OPEN:
            return token.start, "nested too deeply"
    return 0, ""


def _prefixes(tokens: list[Token]) -> dict[int, tuple[str, ...]]:
    """Give the `!`, `time` and `coproc` that stand before a statement, by where the statement starts."""
    found: dict[int, tuple[str, ...]] = {}
    waiting: list[str] = []
    for token in tokens:
        if token.kind == PREFIX:
            waiting.append(token.op)
        elif waiting:
            found[token.start] = tuple(waiting)
            waiting = []
    return found
