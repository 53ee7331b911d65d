"""What a running shell knows at one point: variables, directory, functions, aliases, positional parameters.

A variable has one or more possible values, because a branch may have set it or not; what is not here is unknown, never
unset. `join` merges the ends of two branches. Nothing here runs or reads anything.
"""

from __future__ import annotations

from web4_governance.core.shell.command import Word
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.core.shell.compound import Body

MOST_VALUES = 4
OWN_SHELL = frozenset(("$SHELL", '"$SHELL"', "${SHELL}", '"${SHELL}"'))
HANDING = frozenset(("exec", "command", "env", "nohup", "sudo"))  # what stands before a program and runs it
NOTHING = Word(text="", known=False)


@value
class Value:
    """One possible value: a scalar has one word, an array any number. `sources` are commands whose output is in it."""

    words: tuple[Word, ...]
    array: bool = False
    sources: tuple[int, ...] = ()


UNKNOWN = Value(words=(NOTHING,))
Values = tuple[Value, ...]


def scalar(text: str) -> Value:
    """Give the value of a known text."""
    return Value(words=(Word(text=text, literal=text),))


class State:
    """The state of one shell; `copy` before a branch or a subshell."""

    __slots__ = (
        "aliases",
        "cwd",
        "exported",
        "functions",
        "locals",
        "positional",
        "previous",
        "shifting",
        "stack",
        "unlikely",
        "variables",
        "zero",
    )

    def __init__(self, cwd: str | None, home: str, env: Mapping[str, str]) -> None:
        self.variables: dict[str, Values] = {name: (scalar(text),) for name, text in env.items()}
        self.variables["HOME"] = (scalar(home),)
        self.exported = {*self.variables, "PWD"}
        self.cwd: tuple[str | None, ...] = (cwd,)
        self.previous: tuple[str | None, ...] = (None,)
        self.stack: tuple[str | None, ...] = ()
        self.functions: dict[str, tuple[Body | None, ...]] = {}  # None: it may be the program of that name
        self.aliases: dict[str, tuple[str, ...]] = {}
        self.positional: tuple[Word, ...] | None = None
        self.zero: Word | None = None  # `$0`, where that is the name of a script
        self.locals: dict[str, Values | None] | None = None
        self.shifting: frozenset[str] = frozenset()  # variables of which nothing can be known whatever is put into them
        self.unlikely = False  # only there for what the script does about a failure

    def copy(self) -> State:
        """Give a state that changes by itself."""
        made = State.__new__(State)
        made.variables = self.variables.copy()
        made.exported = self.exported.copy()
        made.cwd, made.previous, made.stack = self.cwd, self.previous, self.stack
        made.functions = self.functions.copy()
        made.aliases = self.aliases.copy()
        made.positional, made.zero = self.positional, self.zero
        made.locals = None if self.locals is None else self.locals.copy()
        made.shifting = self.shifting
        made.unlikely = self.unlikely
        return made

    def same(self, other: State) -> bool:
        """Tell whether the two states know the same."""
        return all(getattr(self, name) == getattr(other, name) for name in State.__slots__)

    def values(self, name: str) -> Values:
        """Give the possible values of a variable."""
        return self.variables.get(name, (UNKNOWN,))

    def assign(self, name: str, new: Value) -> None:
        """Give a variable one value."""
        self.variables[name] = (UNKNOWN,) if name in self.shifting else (new,)

    def forget(self, name: str) -> None:
        """From now on nothing is known of the variable."""
        self.variables[name] = (UNKNOWN,)

    def restore(self, kept: Mapping[str, Values | None]) -> None:
        """Give variables back the values they had; None for one that was not there."""
        for name, values in kept.items():
            if values is None:
                self.variables.pop(name, None)
            else:
                self.variables[name] = values

    def move(self, cwd: str | None) -> None:
        """Change the directory."""
        self.previous, self.cwd = self.cwd, (cwd,)

    def elsewhere(self, cwd: str | None) -> State:
        """Give the state of a shell in other surroundings (another user, another machine): only the home is taken over."""
        made = self.child()
        made.variables = {"HOME": self.values("HOME")}
        made.exported = {"HOME"}
        made.functions = {}
        made.cwd = made.previous = (cwd,)
        return made

    def child(self) -> State:
        """Give the state of a shell that this one starts: exported variables and functions, the directory."""
        made = self.copy()
        made.variables = {name: values for name, values in self.variables.items() if name in self.exported}
        made.aliases = {}
        made.positional, made.zero = (), None
        made.stack = ()
        made.locals = None
        # a function that is not exported is not there: the name may then be a program
        made.functions = {name: (None, *bodies) for name, bodies in self.functions.items()}
        return made


def join(one: State | None, other: State | None) -> State | None:
    """Merge two possible states; None is a state that cannot be."""
    if one is None or other is None or one is other:
        return one or other
    if one.unlikely != other.unlikely:
        return other if one.unlikely else one
    made = one.copy()
    for name in {**one.variables, **other.variables}:
        mine, theirs = one.variables.get(name), other.variables.get(name)
        if mine is theirs:
            continue  # as it is for most of them, and comparing values is what takes the time
        merged = tuple(dict.fromkeys((*one.values(name), *other.values(name))))
        made.variables[name] = merged if len(merged) <= MOST_VALUES else (UNKNOWN,)
    made.exported = one.exported | other.exported
    made.shifting = one.shifting | other.shifting
    made.cwd = _either(one.cwd, other.cwd)
    made.previous = _either(one.previous, other.previous)
    made.stack = one.stack if one.stack == other.stack else ()
    for name in {**one.functions, **other.functions}:
        bodies = (*one.functions.get(name, (None,)), *other.functions.get(name, (None,)))
        made.functions[name] = tuple(dict.fromkeys(bodies))
    for name in other.aliases:
        made.aliases[name] = tuple(dict.fromkeys((*one.aliases.get(name, ()), *other.aliases[name])))
    made.positional = one.positional if one.positional == other.positional else None
    made.zero = one.zero if one.zero == other.zero else None
    return made


def _either(one: tuple[str | None, ...], other: tuple[str | None, ...]) -> tuple[str | None, ...]:
    merged = tuple(dict.fromkeys((*one, *other)))
    return merged if len(merged) <= MOST_VALUES else (None,)


def with_own_shell(raws: list[str], state: State) -> list[str]:
    """Give a command's words with the person's shell (`$SHELL`), where it is what is run, as a shell of no name."""
    first = next((at for at, raw in enumerate(raws) if "=" not in raw and raw not in HANDING), len(raws))
    if first < len(raws) and raws[first] in OWN_SHELL and "SHELL" not in state.variables:
        return [*raws[:first], "sh", *raws[first + 1 :]]
    return raws
