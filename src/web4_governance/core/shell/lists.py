"""Commands that operators part, one operator between two: the tree of them is made here, as the grammar makes it.

Not a grammar: where anything else stands in a text (a reserved word, a bracket, two operators side by side), there is none.
It exists because the grammar takes twenty times as long for a pipeline of four as for one of two, and because it reads what
stands behind a pipeline of three and `&&` as fed by the first of the three, which no shell does.
INVARIANT: any other tree made here is the grammar's; `tests/unit/shell/test_lists.py` makes both.
"""

from __future__ import annotations

from web4_governance.core.shell.tokens import OPERATOR, REDIRECT, WORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from tree_sitter import Node

    from web4_governance.core.shell.tokens import Token

MOST = 64  # operators
_PIPES = frozenset(("|", "|&"))
_CHAINS = frozenset(("&&", "||"))
_ENDS = frozenset((";", "&", "\n"))


class Branch:
    """A node of a tree, as far as it is asked of one: where it stands, what it is, and what is in it."""

    __slots__ = ("children", "end_byte", "is_named", "start_byte", "type")

    def __init__(self, of: str, start: int, end: int, children: Sequence[Branch] = (), *, named: bool = True) -> None:
        self.type = of
        self.start_byte = start
        self.end_byte = end
        self.children = children
        self.is_named = named

    @property
    def child_count(self) -> int:
        """How many are in it."""
        return len(self.children)

    @property
    def named_children(self) -> list[Branch]:
        """Those that are more than a sign."""
        return [child for child in self.children if child.is_named]

    @property
    def named_child_count(self) -> int:
        """How many these are."""
        return len(self.named_children)


def statements(tokens: list[Token]) -> list[Node]:
    """Give the statements of a text, with the signs between them; none where they are for the grammar to tell."""
    made: list[Branch] = []
    stages: list[Branch] = []
    before: list[Branch] = []  # what `&&` or `||` joins to what comes now, and that sign
    at, size, signs = 0, len(tokens), 0
    while at < size:
        first = at
        while at < size and (tokens[at].kind == WORD or (tokens[at].kind == REDIRECT and not tokens[at].closed)):
            at += 1
        if at == first:
            return []
        stages.append(Branch("command", tokens[first].start, tokens[at - 1].end))
        sign = tokens[at] if at < size else None
        if sign is not None and (sign.kind != OPERATOR or signs == MOST):
            return []
        at, signs = at + 1, signs + 1
        mark = [] if sign is None or sign.op == "\n" else [Branch(sign.op, sign.start, sign.end, named=False)]
        if sign is not None and sign.op in _PIPES:
            stages += mark
            continue
        whole = _of(_of(None, "pipeline", stages), "list", before)
        stages, before = [], []
        if sign is not None and sign.op in _CHAINS:
            before = [whole, *mark]
        elif sign is None or sign.op in _ENDS:
            made += [whole, *mark]
            while at < size and tokens[at].op == "\n":
                at += 1
        else:
            return []
    return [] if stages or before else made  # type: ignore[return-value]  # all that is asked of nodes


def _of(last: Branch | None, kind: str, parts: list[Branch]) -> Branch:
    """Give what parts are together with the last of them; the one of them where there is no other."""
    parts = parts if last is None else [*parts, last]
    return parts[0] if len(parts) == 1 else Branch(kind, parts[0].start_byte, parts[-1].end_byte, parts)
