"""Runs a script in the head: the tree in, resolved commands out, in the order they would run.

An abstract interpreter, not a judge: it follows what a shell would do with variables, directories, functions and pipes, takes
both ways of a branch, and hands each simple command to `calls`. Rules it keeps: nothing raises; every bound that is hit, and
everything that could not be seen, is a reason in `opaque`.

A run gives an outcome: the state if it succeeded and the state if it failed; None for what cannot be.
"""

from __future__ import annotations

from web4_governance.core.shell import calls, output
from web4_governance.core.shell.command import Command, Redirect, Word
from web4_governance.core.shell.context import Choices, Context
from web4_governance.core.shell.environment import Value, join
from web4_governance.core.shell.source import Source
from web4_governance.core.shell.spans import assigned_name
from web4_governance.core.shell.tokens import KEYWORD, OPERATOR, PREFIX, REDIRECT, WORD
from web4_governance.core.shell.words import Expander
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from tree_sitter import Node

    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.tokens import Token

    Outcome = tuple[State | None, State | None]
    Run = Callable[[State], Outcome]

MOST_COMMANDS = 2000
MOST_WORK = 10000
DEEPEST_SCRIPT = 16
DEEPEST_SYNTAX = 60
MOST_ITEMS = 16
MOST_TIMES = 8
_SPLITS = frozenset({"|", "|&"})


class Shell:
    """One reading of a command text: what it has found so far, and its bounds."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.opaque: list[str] = []
        self.traps: list[tuple[str, State, Context]] = []
        self._work = 0
        self._depth = 0
        self._choices = Choices(None)

    # -- what expansions ask for --------------------------------------------------------------------------------------

    def pick(self, key: object, count: int) -> int:
        """Choose one of `count` possibilities; -1 where there are too many."""
        return self._choices.pick(key, count)

    def complain(self, reason: str) -> None:
        """Note something that could not be seen."""
        if reason not in self.opaque:
            self.opaque.append(reason)

    def substitute(self, text: str, expander: Expander, *, output: bool) -> Word:  # noqa: ARG002
        """Run the commands of a substitution; give their output if it can be known."""
        return Word(text="", known=False)
