"""`targetPatterns`: one list, four kinds of pattern, told apart by how they are written (docs/spec/policy.md T1-T5).

With `*`, `?`, `[` or a leading `/`, `~`, `.`: a glob over targets. Else, where it reads as an SQL statement: a statement
pattern. Else, where its first word is a program of the catalog: a command pattern. Else a case-insensitive substring of
any string of the input. `policy check` prints which it took.
"""

from __future__ import annotations

from web4_governance.core.action import TargetKind
from web4_governance.core.closed import Closed
from web4_governance.core.policy.command import CommandPattern, command_holds, compile_command, split_words
from web4_governance.core.policy.glob import is_glob
from web4_governance.core.policy.paths import PathPattern, compile_path, covers, touches
from web4_governance.core.policy.spelling import PROGRAMS
from web4_governance.core.policy.statement import (
    StatementPattern,
    compile_statement,
    is_statement,
    statement_holds,
)
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import Any

    from web4_governance.core.policy.seen import Seen


class PatternKind(Closed):
    """How a target pattern is read."""

    GLOB = "glob"
    COMMAND = "command"
    STATEMENT = "statement"
    SUBSTRING = "substring"


@value
class TargetPattern:
    """A compiled target pattern."""

    text: str
    kind: PatternKind
    rule: PathPattern | CommandPattern | StatementPattern | str


def classify_pattern(text: str, programs: Container[str] = ()) -> PatternKind:
    """Say how a target pattern is read; `programs` are the names in the catalog."""
    if is_glob(text) or text.startswith(("/", "~", ".")):
        return PatternKind.GLOB
    if is_statement(text):
        return PatternKind.STATEMENT
    # A quote that does not close makes no command: `don't` is a word to look for.
    words = text.split() if text.count("'") % 2 or text.count('"') % 2 else split_words(text)
    return PatternKind.COMMAND if words and (words[0] in PROGRAMS or words[0] in programs) else PatternKind.SUBSTRING


def compile_target(text: str, programs: Container[str] = ()) -> TargetPattern:
    """Parse a target pattern; PolicyError says what is wrong with it."""
    kind = classify_pattern(text, programs)
    return TargetPattern(text=text, kind=kind, rule=_COMPILERS[kind](text))


_COMPILERS: dict[PatternKind, Callable[[str], Any]] = {
    PatternKind.GLOB: compile_path,
    PatternKind.COMMAND: compile_command,
    PatternKind.STATEMENT: compile_statement,
    PatternKind.SUBSTRING: str.lower,
}


def target_holds(pattern: TargetPattern, seen: Seen, *, cover: bool) -> bool:
    """Say whether the pattern holds for the deed; `cover` asks the question of a rule that loosens."""
    rule = pattern.rule
    if isinstance(rule, CommandPattern):
        return command_holds(rule, seen.deed, home=seen.where.home, cover=cover)
    if isinstance(rule, StatementPattern):
        return statement_holds(rule, seen.deed, seen.call.upper)
    if isinstance(rule, PathPattern):
        return _glob_holds(rule, seen, cover=cover)
    return _substring_holds(rule, seen, cover=cover)


def _glob_holds(rule: PathPattern, seen: Seen, *, cover: bool) -> bool:
    target = seen.deed.target
    if target is None:
        return False
    if target.kind is TargetKind.PATH:
        if cover:
            return covers((rule,), target, seen.real, here=seen.where)
        return touches((rule,), target, seen.forms, here=seen.where, effect=seen.deed.effect)
    if cover:
        return target.exact and any(map(rule.glob.matches, target.names))
    return any(rule.glob.matches(text) for text in (target.given, target.resolved))


def _substring_holds(text: str, seen: Seen, *, cover: bool) -> bool:
    """An allow by substring looks at the deed's own words: the rest of the input is anybody's to write."""
    if any(text in own.lower() for own in seen.own_texts):
        return True
    return not cover and any(text in other for other in seen.call.lower)
