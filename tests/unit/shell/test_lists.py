"""The tree of commands that operators part is the grammar's, wherever one is made without it."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

from unit.shell.reading import lines
from web4_governance.core.shell import grammar
from web4_governance.core.shell.lexer import tokenize
from web4_governance.core.shell.lists import MOST, statements
from web4_governance.core.shell.skeleton import skeleton

if TYPE_CHECKING:
    from tree_sitter import Node

SIGNS = ("&&", "||", "|", "|&", ";", "&", "\n")
LONGER_SIGNS = (*SIGNS, ";\n", "\n\n")
WORDS = ("a", "ls -l > f", "x=1", "'q r' y", "2>&1", "time", "!", "(", "if", "# c")


def shape(node: Node) -> tuple[object, ...]:
    """Give all that is asked of a node; what is in a command is not looked at."""
    inside = () if node.type == "command" else tuple(map(shape, node.children))
    counts = () if node.type == "command" else (node.child_count, node.named_child_count, len(node.named_children))
    return node.type, node.start_byte, node.end_byte, node.is_named, counts, inside


def is_the_grammars(text: str) -> bool:
    """Compare a tree with the grammar's, where one is made."""
    read = tokenize(text)
    made = statements(read.tokens)
    if made:
        root = grammar.root(skeleton(read))
        assert not root.has_error, text
        assert list(map(shape, made)) == list(map(shape, root.children)), text
    return bool(made)


def test_a_tree_made_without_the_grammar_is_its_own() -> None:
    """All short texts of commands and signs, and longer ones at random."""
    short = [" ".join(some) for k in range(1, 5) for some in itertools.product((*WORDS[:2], *SIGNS), repeat=k)]
    draw = random.Random(7)
    longer = [
        "".join(f"{draw.choice(WORDS)} {draw.choice(LONGER_SIGNS)} " for _ in range(draw.randrange(2, 9)))
        for _ in range(3000)
    ]
    assert sum(map(is_the_grammars, (*short, *longer))) > 300


def test_what_is_more_than_commands_and_signs_is_the_grammars() -> None:
    """Brackets, reserved words, signs side by side, signs at the end; three stages beside a chain; very many signs."""
    for text in (
        "(a); b",
        "if a; then b; fi",
        "a && && b",
        "a |",
        "a ;; b",
        "! a; b",
        "a | b | c && d",
        "a;" * (MOST + 2),
    ):
        assert statements(tokenize(text).tokens) == [], text


def test_a_pipeline_of_many_stages_is_read() -> None:
    """Whatever the grammar would take for it."""
    assert lines("a | b |& c | d x | e; f") == ["a", "b", "c", "d x", "e", "f"]
