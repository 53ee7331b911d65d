"""What a resolved simple command runs: an alias, a function, a builtin, a wrapped or carried command, or itself."""

from __future__ import annotations

from web4_governance.core.shell import shells
from web4_governance.core.shell.carriers import CARRIERS
from web4_governance.core.shell.command import STARTS_ITSELF, known_word
from web4_governance.core.shell.context import Context
from web4_governance.core.shell.environment import Value, join
from web4_governance.core.shell.inbuilt import BUILTINS
from web4_governance.core.shell.shells import carried
from web4_governance.core.shell.spans import assigned_name
from web4_governance.core.shell.unwrap import unwrap
from web4_governance.core.shell.wrappers import WRAPPERS
from web4_governance.core.shell.written import WRITERS, shebang
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from web4_governance.core.shell.command import Command, Word
    from web4_governance.core.shell.compound import Body
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.walk import Outcome, Shell

    Handler = Callable[[Shell, Command, State, Context], Outcome]

# programs that a function may stand in front of to be called in their place later
_OFTEN_CALLED = (
    "command_not_found_handle command_not_found_handler ls cat rm cp mv grep curl wget scp python python3 node pip make gpg "
    "aws terraform helm psql less vim source . eval exec"
)
SHADOWED = frozenset({*WRAPPERS, *CARRIERS, *BUILTINS, *shells.SHELLS, *_OFTEN_CALLED.split(" ")})
DEEPEST_WRAPPING = 16
TOO_DEEP = "nested too deeply"


def run(shell: Shell, command: Command, raws: Sequence[str], state: State, context: Context) -> Outcome:
    """Run a simple command whose words have been expanded; `raws` are their sources."""
    if not command.words:
        shell.emit(command)
        return (state, None) if not command.redirects and not command.substitutions else (state, state)
    first = len(shell.commands)
    outcome = _named(shell, command, raws, state, context)
    if command.redirects and len(shell.commands) > first + 1:
        shell.written.printed(command.redirects, command.cwd, shell.commands, first)
    return outcome


def _named(shell: Shell, command: Command, raws: Sequence[str], state: State, context: Context) -> Outcome:
    """Run it by its name: an alias, or what is behind it."""
    if not state.aliases:
        return _scoped(shell, command, state, context)
    place = next(i for i, raw in enumerate(raws) if not assigned_name(raw))
    aliased: State | None = None
    texts = state.aliases.get(raws[place], ())
    mark = f"alias {raws[place]}"
    if texts and mark not in context.active:
        shell.renamed.pop(raws[place], None)
        # whether aliases are expanded depends on the shell, so both ways are looked at
        inner = replace(shells.inside(command, context), active=(*context.active, mark))
        for text in texts:
            aliased = join(aliased, join(*shell.script(" ".join((text, *raws[place + 1 :])), state.copy(), inner)))
    ok, bad = _scoped(shell, command, state, context)
    return join(aliased, ok), join(aliased, bad)


def _scoped(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """Run it with the assignments in front of it in force."""
    if not command.assignments:
        return invoke(shell, command, state, context, inner=True)
    kept = {name: state.variables.get(name) for name, _ in command.assignments}
    for name, word in command.assignments:
        state.assign(name, Value(words=(word,), sources=command.substitutions))
    ok, bad = invoke(shell, command, state, context, inner=True)
    for end in (ok, bad):
        if end is not None:
            end.restore(kept)
    return ok, bad


def invoke(shell: Shell, command: Command, state: State, context: Context, *, inner: bool = False) -> Outcome:
    """Run resolved words. `inner`: this shell looks the name up, so it may be a function or a builtin."""
    functions = inner
    while len(command.via) <= DEEPEST_WRAPPING:
        handler = _handler(command, state, inner=inner, functions=functions)
        if handler is not None:
            return handler(shell, command, state, context)
        wrapped = unwrap(shell, command, state, context)
        if wrapped is None:
            return state, state
        inner = inner and WRAPPERS[command.program].inner
        command, functions = wrapped, False
    shell.complain(TOO_DEEP)
    return _itself(shell, command, state, context)


def is_itself(shell: Shell, name: str, state: State) -> bool:
    """Say whether what a plain command runs is the program of that name and no more, which changes nothing that is known."""
    if name in state.aliases or name in state.functions or name in _OWN or shell.written.begun:
        return False
    program = name.rpartition("/")[2]
    return not (program in WRAPPERS or program in CARRIERS or program in shells.SHELLS or program in WRITERS)


def _handler(command: Command, state: State, *, inner: bool, functions: bool) -> Handler | None:
    """Give who runs the command; None for a wrapper."""
    if not command.words[0].known:
        return _itself
    name, program = command.words[0].text, command.program
    if functions and name in state.functions:
        return _function
    if inner and name in _OWN:
        return _OWN[name]
    if program in shells.SHELLS:
        return shells.run
    return CARRIERS.get(program) or (None if program in WRAPPERS else _itself)


def _itself(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    shell.emit(command)
    if shell.written and command.words:
        _written(shell, command, state, context)
    return state, state


def _written(shell: Shell, command: Command, state: State, context: Context) -> None:
    """Run what the script itself has put behind the program's name: a text, or another program."""
    if len(command.via) > DEEPEST_WRAPPING:
        shell.complain(TOO_DEEP)
        return
    for word in _files(shell, command, state):
        program = shell.written.program(word, command.cwd)
        if program is not None:
            invoke(shell, carried(command, (program, *command.words[1:]), "./"), state, context)
        for text in dict.fromkeys(shebang(text) for text in shell.written.of(word, command.cwd)):
            words = (*map(known_word, text), word, *command.words[1:])
            invoke(shell, carried(command, words, "./"), state, context)


def _files(shell: Shell, command: Command, state: State) -> tuple[Word, ...]:
    """Give the files that a program's name may mean: itself where it is a path, else what the search path may find."""
    name = command.words[0]
    if "/" in name.text or not name.known:
        return (name,)
    return tuple(map(known_word, shell.written.on_path(name.text))) if "PATH" in state.variables else ()


def _exec(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`exec`: the program takes the shell's place; with redirections only, they stay."""
    if len(command.words) == 1:
        shell.emit(replace(command, words=()))
        shell.written.open(command)
        return state, state
    wrapped = unwrap(shell, command, state, context)
    if wrapped is not None:
        if shells.is_open(wrapped) and context.pipe_from < 0:
            shell.complain("another shell takes the place of this one")
        invoke(shell, wrapped, state, context)
    return None, None


def _function(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """Run the bodies that the name may stand for; None among them is the program of that name."""
    name = command.words[0].text
    bodies = state.functions[name]
    if any(body is not None and _mark(name, body) in context.active for body in bodies):
        shell.complain(
            STARTS_ITSELF if context.background or context.pipe_from >= 0 else "a function that calls itself"
        )
        return _itself(shell, command, state, context)
    shell.defined.pop(name, None)
    ok: State | None = None
    bad: State | None = None
    for body in bodies:
        start = state.copy() if len(bodies) > 1 else state
        if body is None:
            del start.functions[name]
            then, otherwise = invoke(shell, command, start, context, inner=True)
            for end in (then, otherwise):
                if end is not None:
                    end.functions[name] = bodies
        else:
            then, otherwise = _body(shell, command, body, start, context)
        ok, bad = join(ok, then), join(bad, otherwise)
    return ok, bad


def _body(shell: Shell, command: Command, body: Body, state: State, context: Context) -> Outcome:
    shells.aside(shell, replace(command, assignments=()))
    inside = shells.inside(command, context)
    inside = replace(inside, active=(*context.active, _mark(command.words[0].text, body)))
    if inside.depth > DEEPEST_WRAPPING:
        shell.complain(TOO_DEEP)
        return state, state
    positional, outer = state.positional, state.locals
    state.positional, state.locals = command.words[1:], {}
    end = shell.collect(lambda: shell.dispatch(body.source, body.node, state, inside))
    if end is not None:
        end.restore(end.locals or {})
        end.positional, end.locals = positional, outer
    return end, end


def _mark(name: str, body: Body) -> str:
    """Give what tells a function that is running from another one of its name, which a shell inside may define."""
    return f"{name}() {body.node.start_byte} {body.source.text}"


def look_into(shell: Shell, name: str, body: Body, state: State) -> None:
    """Run the body of a function that stands in front of a program and was never called."""
    context = Context(via=(f"{name}()",), active=(_mark(name, body),), depth=1)
    shell.dispatch(body.source, body.node, state, context)


_OWN: dict[str, Handler] = {
    **BUILTINS,
    "eval": shells.evaluate,
    "exec": _exec,
    "source": shells.source,
    ".": shells.source,
}
