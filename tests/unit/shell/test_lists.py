"""The tree of commands that operators part is the grammar's, wherever one is made without it."""

from __future__ import annotations

import itertools
import random
from typing import TYPE_CHECKING

import pytest

from unit.shell.reading import lines
from web4_governance.core.shell import grammar, parse
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


def is_misread(made: list[Node]) -> bool:
    """Say whether a chain has a pipeline of three stages: the grammar takes what stands behind it for fed by the first."""
    return any(
        one.type == "list"
        and any(inside.type == "pipeline" and inside.named_child_count > 2 for inside in tree_of(one))
        for one in made
    )


def tree_of(node: Node) -> list[Node]:
    return [node, *(below for one in node.children for below in tree_of(one))]


def is_the_grammars(text: str) -> bool:
    """Compare a tree with the grammar's, where one is made."""
    read = tokenize(text)
    made = statements(read.tokens)
    if made and not is_misread(made):
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
    """Brackets, reserved words, signs side by side, signs at the end; very many signs."""
    for text in (
        "(a); b",
        "if a; then b; fi",
        "a && && b",
        "a |",
        "a ;; b",
        "! a; b",
        "a;" * (MOST + 2),
    ):
        assert statements(tokenize(text).tokens) == [], text


def test_a_pipeline_of_many_stages_is_read() -> None:
    """Whatever the grammar would take for it."""
    assert lines("a | b |& c | d x | e; f") == ["a", "b", "c", "d x", "e", "f"]


@pytest.mark.parametrize(
    ("text", "fed"),
    [
        ("a | b | c && d", {"a": -1, "b": 0, "c": 1, "d": -1}),
        ("a && b | c | d || e", {"a": -1, "b": -1, "c": 1, "d": 2, "e": -1}),
        ("a | b | c || d | e | f; g", {"a": -1, "b": 0, "c": 1, "d": -1, "e": 3, "f": 4, "g": -1}),
    ],
)
def test_what_stands_behind_a_chain_is_not_fed_by_the_pipeline_before_it(text: str, fed: dict[str, int]) -> None:
    """A shell parts at `&&` and `||` first."""
    script = parse(text, cwd="/w", home="/h")
    assert {command.program: command.pipe_from for command in script.commands} == fed
