"""What a resolved simple command runs: an alias, a function, a builtin, a wrapped or carried command, or itself."""

from __future__ import annotations

from web4_governance.core.shell import paths, shells
from web4_governance.core.shell.carriers import CARRIERS
from web4_governance.core.shell.command import Command, Word
from web4_governance.core.shell.compound import Body
from web4_governance.core.shell.environment import Value, join
from web4_governance.core.shell.inbuilt import BUILTINS
from web4_governance.core.shell.options import Options, split_options
from web4_governance.core.shell.spans import assigned_name
from web4_governance.core.shell.wrappers import WRAPPERS, Wrapper
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.walk import Outcome, Shell

DEEPEST_WRAPPING = 16


def run(shell: Shell, command: Command, raws: Sequence[str], state: State, context: Context) -> Outcome:
    """Run a simple command whose words have been expanded; `raws` are their sources."""
    if not command.words:
        shell.emit(command)
        return (state, None) if not command.redirects and not command.substitutions else (state, state)
    place = next((i for i, raw in enumerate(raws) if not assigned_name(raw)), 0)
    texts = state.aliases.get(raws[place])
    if texts is None or f"alias {raws[place]}" in context.active:
        return _scoped(shell, command, state, context)
    # whether aliases are expanded depends on the shell, so both ways are looked at
    inner = replace(shells.inside(command, context, ""), active=(*context.active, f"alias {raws[place]}"))
    end: State | None = None
    for text in texts:
        end = join(end, join(*shell.script(" ".join((text, *raws[place + 1 :])), state.copy(), inner)))
    ok, bad = _scoped(shell, command, state, context)
    return join(end, ok), join(end, bad)


def _scoped(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """Run it with the assignments in front of it in force."""
    kept = {name: state.variables.get(name) for name, _ in command.assignments}
    for name, word in command.assignments:
        state.assign(name, Value(words=(word,), sources=command.substitutions))
    ok, bad = invoke(shell, command, state, context, inner=True)
    for end in (ok, bad):
        for name, values in kept.items() if end is not None else ():
            if values is None:
                end.variables.pop(name, None)
            else:
                end.variables[name] = values
    return ok, bad


def invoke(shell: Shell, command: Command, state: State, context: Context, *, inner: bool = False) -> Outcome:
    """Run resolved words. `inner`: this shell looks the name up, so it may be a function or a builtin."""
    functions = inner
    while len(command.via) <= DEEPEST_WRAPPING:
        first = command.words[0]
        if not first.known:
            shell.emit(command)
            return state, state
        if functions and first.text in state.functions:
            return _function(shell, command, state, context)
        program = command.program
        if inner and first.text == "eval":
            return shells.evaluate(shell, command, state, context)
        if inner and first.text in BUILTINS:
            return BUILTINS[first.text](shell, command, state, context)
        if program in shells.SHELLS:
            return shells.run(shell, command, state, context)
        if program in CARRIERS:
            return CARRIERS[program](shell, command, state, context, invoke)
        wrapper = WRAPPERS.get(program)
        if wrapper is None:
            shell.emit(command)
            return state, state
        wrapped = _unwrapped(shell, command, wrapper, state, context)
        if wrapped is None:
            return (None, None) if first.text == "exec" and len(command.words) > 1 and inner else (state, state)
        if first.text == "exec" and inner:
            invoke(shell, wrapped, state, context)
            return None, None
        command, functions, inner = wrapped, False, inner and wrapper.inner
    shell.complain("nested too deeply")
    shell.emit(command)
    return state, state


def _unwrapped(shell: Shell, command: Command, wrapper: Wrapper, state: State, context: Context) -> Command | None:
    """Take one wrapper off; None where it runs no program of its words, and then it has been listed."""
    options = split_options(command.argv, takes_value=wrapper.takes | wrapper.text, synonyms={}, leading=True)
    rest = command.words[options.operands[0] :] if options.operands else ()
    if wrapper.text & options.flags:
        return _texts(shell, command, wrapper, options, rest, state, context)
    rest = rest[wrapper.before :]
    assigned: list[tuple[str, Word]] = []
    while rest and wrapper.assigns and assigned_name(rest[0].text):
        assigned.append(_assignment(rest[0]))
        rest = rest[1:]
    if rest and wrapper.text and rest[0].known and rest[0].text in wrapper.text:
        return _texts(shell, replace(command, words=(command.words[0], *rest)), wrapper, None, rest[1:], state, context)
    if wrapper.stops & options.flags or not rest:
        return _without_program(shell, command, wrapper, options, state, context)
    if wrapper.listed:
        shell.emit(command)
    return replace(
        command,
        words=rest,
        via=(*command.via, command.program),
        assignments=(*command.assignments, *assigned),
        redirects=() if wrapper.listed else command.redirects,
        cwd=None if wrapper.away else _directory(command, wrapper, options),
    )


def _assignment(word: Word) -> tuple[str, Word]:
    name, _, text = word.text.partition("=")
    if word.known:
        return name, Word(text=text, literal=text)
    return name, Word(text=text, known=False, literal=word.literal.partition("=")[2])


def _directory(command: Command, wrapper: Wrapper, options: Options) -> str | None:
    cwd = command.cwd
    for name, given in options.values:
        if name in wrapper.chdir:
            cwd = paths.resolve(cwd, given) if given else None
    return cwd


def _texts(
    shell: Shell,
    command: Command,
    wrapper: Wrapper,
    options: Options | None,
    rest: tuple[Word, ...],
    state: State,
    context: Context,
) -> None:
    """Run the command text that a wrapper's option holds (`env -S`, `flock -c`, `runuser -c`)."""
    if wrapper.listed:
        shell.emit(command)
    else:
        shells.aside(shell, command)
    words = rest[:1]
    if options is not None:
        pairs = zip(options.values, options.places, strict=True)
        found = [(given, place) for (name, given), place in pairs if name in wrapper.text]
        given, place = found[0]
        held = command.words[place] if place < len(command.words) else Word(text="")
        words = (held if held.text == given or not held.known else Word(text=given, literal=given), *rest)
        words = words if command.program == "env" else words[:1]
    text, known = shells.spoken(words)
    if not known:
        shell.complain(f"part of the text that `{command.program}` runs is not known")
    shell.script(text, state.child(), shells.inside(command, context, command.program))


def _without_program(
    shell: Shell, command: Command, wrapper: Wrapper, options: Options, state: State, context: Context
) -> None:
    """A wrapper alone: a shell for some (`sudo -s`), a question for others (`command -v`)."""
    words = command.words
    if words[0].text == "exec" and len(words) == 1:
        shell.emit(replace(command, words=()))
        return
    shell.emit(command)
    if wrapper.shell and (wrapper.shell & options.flags or "*" in wrapper.shell) and not wrapper.stops & options.flags:
        inner = replace(command, words=(Word(text="sh", literal="sh"),), via=(*command.via, command.program))
        if command.stdin is not None or command.pipe_from >= 0:
            shells.run(shell, inner, state, context)


def _function(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """Run the bodies that the name may stand for; None among them is the program of that name."""
    name = command.words[0].text
    if name in context.active:
        shell.complain("a function that calls itself")
        shell.emit(command)
        return state, state
    bodies = state.functions[name]
    ok: State | None = None
    bad: State | None = None
    for body in bodies:
        start = state.copy() if len(bodies) > 1 else state
        if body is None:
            without = start.copy()
            del without.functions[name]
            then, otherwise = invoke(shell, command, without, context, inner=True)
        else:
            then, otherwise = _body(shell, command, body, start, context)
        ok, bad = join(ok, then), join(bad, otherwise)
    return ok, bad


def _body(shell: Shell, command: Command, body: Body, state: State, context: Context) -> Outcome:
    shells.aside(shell, replace(command, assignments=()))
    positional, outer = state.positional, state.locals
    state.positional, state.locals = command.words[1:], {}
    inside = shells.inside(command, context, "")
    inside = replace(inside, active=(*context.active, command.words[0].text))
    if inside.depth > DEEPEST_WRAPPING:
        shell.complain("nested too deeply")
        return state, state
    end = shell.collect(lambda: shell.dispatch(body.source, body.node, state, inside))
    if end is None:
        return None, None
    for name, values in (end.locals or {}).items():
        if values is None:
            end.variables.pop(name, None)
        else:
            end.variables[name] = values
    end.positional, end.locals = positional, outer
    return end, end
