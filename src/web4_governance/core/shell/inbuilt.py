"""The builtins that change what the shell knows: directory, variables, functions, the flow.

Each handler gets the resolved command and the state, changes the state and gives the outcome. What is not here changes nothing.
"""

from __future__ import annotations

from web4_governance.core.shell import names, output, paths
from web4_governance.core.shell.command import Word
from web4_governance.core.shell.environment import UNKNOWN, Value, scalar
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.operands import option_word, read_options
from web4_governance.core.shell.options import split_options
from web4_governance.core.shell.shells import carried, run_words
from web4_governance.core.shell.shells import inside as inside_of
from web4_governance.core.shell.spans import NAME, NAME_START, SPECIAL, assigned_name
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.shell.command import Command
    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.walk import Outcome, Shell

    Builtin = Callable[[Shell, Command, State, Context], Outcome]

_EVERY = frozenset({"DEBUG", "RETURN"})
_ENDING = frozenset({"INT", "TERM", "QUIT", "HUP", "TSTP", "1", "2", "3", "15"})
_TELLING = frozenset({"echo", "printf", ":", "set", "date", "true", "((", "times"})
_QUOTES = str.maketrans(dict.fromkeys("\"'{} \t\n"))
DECLARATIONS = frozenset({"export", "declare", "typeset", "local", "readonly"})
_COMPLETE_VALUES = frozenset({"-o", "-A", "-G", "-W", "-F", "-C", "-X", "-P", "-S"})
_READ_VALUES = frozenset({"-a", "-d", "-i", "-n", "-N", "-p", "-t", "-u"})
_MAPFILE_VALUES = frozenset({"-d", "-n", "-O", "-s", "-u", "-C", "-c"})


def _options(command: Command, takes_value: frozenset[str] = frozenset()) -> tuple[frozenset[str], list[Word]]:
    options = split_options(command.argv, takes_value=takes_value, synonyms={}, leading=True)
    return options.flags, [command.words[place] for place in options.operands]


def _moved(state: State, cwd: str | None) -> Outcome:
    """Go to a directory; that it fails is possible, but only looked at where the script asks."""
    before = state.copy()
    before.unlikely = True
    state.move(cwd)
    return state, before


def _target(command: Command, state: State, word: Word | None) -> str | None:
    if word is None:
        home = state.values("HOME")[0].words[0]
        return home.text if home.known else None
    if not word.known or word.glob:
        return None
    return paths.resolve(command.cwd, word.text)


def cd(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """`cd`: to the home, to the directory before, or to a path."""
    shell.emit(command)
    _, operands = _options(command)
    if operands and operands[0].text == "-":
        return _moved(state, state.previous[0] if len(state.previous) == 1 else None)
    return _moved(state, _target(command, state, operands[0] if operands else None))


def pushd(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """`pushd`: a turn of the stack is only followed where it is a plain directory."""
    shell.emit(command)
    _, operands = _options(command)
    if not operands or operands[0].text[:1] in ("+", "-"):
        state.stack = ()
        return _moved(state, None)
    state.stack = (command.cwd, *state.stack)
    return _moved(state, _target(command, state, operands[0]))


def popd(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """`popd`."""
    shell.emit(command)
    if len(command.words) > 1 or not state.stack:
        return _moved(state, None)
    outcome = _moved(state, state.stack[0])
    state.stack = state.stack[1:]
    return outcome


def declare(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`export`, `declare`, `local`, `readonly`; the assignments among the words have been done."""
    shell.emit(command)
    _subscripts(shell, command, state, context)
    flags, operands = _options(command)
    program = command.words[0].text
    numbers = all(word.text.rpartition("=")[2].isdigit() or "=" not in word.text for word in operands)
    if program != "export" and (flags & {"-n", "-l", "-u"} or ("-i" in flags and not numbers)):
        _changing(shell, state, operands, reference="-n" in flags)
    for word in operands if command.via else ():  # `builtin export`: the shell's parser has not seen the assignment
        if assigned_name(word.text):
            text = word.text.partition("=")[2]
            state.assign(assigned_name(word.text), scalar(text) if word.known else UNKNOWN)
    if program == "export" or "-x" in flags:
        given = [assigned_name(word.text) or word.text for word in operands if word.known or assigned_name(word.text)]
        state.exported = state.exported.difference(given) if "-n" in flags else state.exported.union(given)
        for name in given if "-f" in flags and "-n" not in flags else ():
            if name in names.TRUSTED:
                shell.hijack(name)
    return state, None


def _subscripts(shell: Shell, command: Command, state: State, context: Context) -> None:
    """A subscript is expanded once more by the builtin that is given it, so what stands in quotes there runs."""
    for word in command.words[1:]:
        before, bracket, inside = (word.text if word.known else word.literal).partition("[")
        if not bracket or not before or not NAME.issuperset(before):
            continue
        if not word.known or "$(" in inside or "`" in inside:
            shell.complain("a subscript that runs commands")
        if word.known and ("$(" in inside or "`" in inside):
            shell.script(f': "{inside}"', state.copy(), inside_of(command, context))


def _changing(shell: Shell, state: State, operands: list[Word], *, reference: bool) -> None:
    """`declare -n`, `-l`, `-u`, `-i`: from now on nothing is known of these variables, nor of what they refer to."""
    for word in operands:
        name, _, value = word.text.partition("=")
        if not word.known or (reference and (not value or any(char not in NAME for char in value))):
            shell.complain("a variable that changes what is put into it")
        state.shifting |= {name, value} if reference else {name}
        for each in (name, value) if reference else (name,):
            state.forget(each)


def unset(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`unset`: the variable is empty, the function gone."""
    shell.emit(command)
    _subscripts(shell, command, state, context)
    flags, operands = _options(command)
    for word in operands:
        if "-f" in flags or word.text not in state.variables:
            state.functions.pop(word.text, None)
        if "-f" not in flags and word.known:
            state.assign(word.text, scalar(""))
    return state, None


def set_(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """`set`: with operands, or after `--`, the positional parameters."""
    shell.emit(command)
    words = command.words[1:]
    place = 0
    while (
        place < len(words) and words[place].known and words[place].text[:1] in ("-", "+") and words[place].text != "--"
    ):
        place += 2 if words[place].text in ("-o", "+o") else 1
    dashes = place < len(words) and words[place].known and words[place].text == "--"
    if dashes or place < len(words):
        state.positional = words[place + dashes :]
    return state, None


def shift(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """`shift`: an unknown word among those that go may have been several."""
    shell.emit(command)
    given = command.words[1] if len(command.words) > 1 else Word(text="1")
    known = given.known and given.text.isascii() and given.text.isdigit() and len(given.text) < 5  # noqa: PLR2004
    count = int(given.text) if known else -1
    positional = state.positional
    if positional is None or count < 0 or any(not word.known for word in positional[:count]):
        state.positional = None
    else:
        state.positional = positional[count:]
    return state, state


def read(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`read`: its variables hold what comes in, which is known only from a here-string."""
    shell.emit(command)
    _subscripts(shell, command, state, context)
    flags, operands = _options(command, _READ_VALUES)
    names = [word.text for word in operands if word.known] or ["REPLY"]
    fed = [redirect.target for redirect in command.redirects if redirect.op == "<<<"]
    plain = "IFS" not in state.variables and not command.assignments and flags <= {"-r"}
    parts = (
        fed[-1].text.split("\n")[0].split() if fed and fed[-1].known and plain and "\\" not in fed[-1].text else None
    )
    for place, name in enumerate(names):
        if parts is None:
            state.assign(name, Value(words=UNKNOWN.words, array="-a" in flags, sources=command.feeds))
        else:
            last = place + 1 == len(names)
            state.assign(name, scalar(" ".join(parts[place:]) if last else "".join(parts[place : place + 1])))
    return state, state


def mapfile(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`mapfile`, `readarray`; `-C text` is run with the place and the line behind it."""
    shell.emit(command)
    _, operands = _options(command, _MAPFILE_VALUES)
    name = operands[0].text if operands and operands[0].known else "MAPFILE"
    state.assign(name, Value(words=UNKNOWN.words, array=True, sources=command.feeds))
    callback = option_word(command, read_options(command, _MAPFILE_VALUES), frozenset({"-C"}))
    if callback is not None:
        line = Word(text="", known=False, shape=UNKNOWN_PART)
        run_words(shell, carried(command, (callback, line), "mapfile -C"), state.copy(), context)
    return state, state


def complete(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`complete -C text`: the text runs whenever somebody asks what may follow."""
    shell.emit(command)
    callback = option_word(command, read_options(command, _COMPLETE_VALUES), frozenset({"-C"}))
    if callback is not None:
        run_words(shell, carried(command, (callback,), "complete -C"), state.copy(), context)
    return state, state


def bind(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`bind -x 'keys: text'`: the text runs whenever somebody presses the keys."""
    shell.emit(command)
    binding = option_word(command, read_options(command, frozenset({"-x"})), frozenset({"-x"}))
    if binding is not None:
        text = binding.text.rpartition('":')[2] if '":' in binding.text else binding.text.partition(":")[2]
        made = Word(text=text, literal=text) if binding.known else binding
        run_words(shell, carried(command, (made,), "bind -x"), state.copy(), context)
    return state, state


def printf(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`printf -v name`."""
    index = shell.emit(command)
    words = command.words
    if len(words) > 1 and words[1].text == "-v":
        _subscripts(shell, replace(command, words=words[:3]), state, context)
    if len(words) > 3 and words[1].known and words[1].text == "-v" and words[2].known:  # noqa: PLR2004  -v, name, format
        printed = output.printed((words[0], *words[3:]))
        sources = command.substitutions if index >= 0 else ()
        made = scalar(printed) if printed is not None else Value(words=UNKNOWN.words, sources=sources)
        state.assign(assigned_name(words[2].text + "=") or words[2].text, made)
    return state, None


def getopts(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """`getopts`."""
    shell.emit(command)
    for name in ("OPTARG", "OPTIND", *(word.text for word in command.words[2:3])):
        state.forget(name)
    return state, state


def let(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`let`: the names in it are not known any more."""
    shell.emit(command)
    _subscripts(shell, command, state, context)
    for word in command.words[1:]:
        name = "".join(char if char in NAME else " " for char in word.text).split()
        for part in name:
            if part[0] in NAME_START:
                state.forget(part)
    return state, state


def alias(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`alias x='…'`: what it stands for will run, so it is looked at."""
    shell.emit(command)
    for word in command.words[1:]:
        name, equals, text = word.text.partition("=")
        if equals and word.known:
            state.aliases[name] = (text,)
            if names.replaces(name, text):
                shell.hijack(name)
            if not SPECIAL.isdisjoint(text) or "/" in text:
                shell.renamed[name] = text, state.copy(), context
        elif equals:
            shell.complain("an alias that cannot be known")
    return state, None


def unalias(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """`unalias`."""
    shell.emit(command)
    for word in command.words[1:]:
        if word.text == "-a":
            state.aliases.clear()
        state.aliases.pop(word.text, None)
    return state, None


def _watches(shell: Shell, action: Word, signals: set[str]) -> None:
    """A trap that runs at every command sees them all; one that does nothing keeps a person from ending it."""
    if action.known and not action.text.strip() and signals & _ENDING:
        shell.complain("signals that would end it are ignored")
    first = action.text.split(maxsplit=1)[:1]
    plain = not first or (first[0] in _TELLING and SPECIAL.isdisjoint(action.text.replace("$", "").translate(_QUOTES)))
    if signals & _EVERY and action.text != "-" and not plain:
        shell.hijack("every command")


def trap(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`trap 'text' signal`: the text runs later, in the state of then."""
    shell.emit(command)
    _, operands = _options(command)
    if len(operands) > 1:
        action = operands[0]
        _watches(shell, action, {word.text.upper().removeprefix("SIG") for word in operands[1:]})
        if not action.known:
            shell.complain("a trap that cannot be known")
        elif action.text not in ("", "-"):
            shell.traps.append((action.text, state.copy(), context))
    return state, None


def hash_(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """`hash -p path name`: from now on the name runs that path."""
    shell.emit(command)
    options = split_options(command.argv, takes_value=frozenset({"-p"}), synonyms={}, leading=True)
    path = dict(options.values).get("-p", "")
    for place in options.operands if path else ():
        state.aliases[command.words[place].text] = (path,)
    return state, None


def leave(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """`return`, `break`, `continue`: the loop or function goes on elsewhere with this state."""
    shell.emit(command)
    shell.leave(state)
    return None, None


def exit_(shell: Shell, command: Command, _state: State, _context: Context) -> Outcome:
    """`exit`: nothing comes after."""
    shell.emit(command)
    return None, None


def succeed(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """Commands whose failure is not looked at."""
    shell.emit(command)
    return state, None


def fail(shell: Shell, command: Command, state: State, _context: Context) -> Outcome:
    """`false`."""
    shell.emit(command)
    return None, state


BUILTINS: dict[str, Builtin] = {
    "cd": cd,
    "chdir": cd,
    "pushd": pushd,
    "popd": popd,
    **dict.fromkeys(sorted(DECLARATIONS), declare),
    "unset": unset,
    "set": set_,
    "shift": shift,
    "read": read,
    "complete": complete,
    "bind": bind,
    "mapfile": mapfile,
    "readarray": mapfile,
    "printf": printf,
    "getopts": getopts,
    "let": let,
    "alias": alias,
    "unalias": unalias,
    "trap": trap,
    "hash": hash_,
    "return": leave,
    "break": leave,
    "continue": leave,
    "exit": exit_,
    "false": fail,
    **dict.fromkeys((":", "true", "echo", "mkdir", "shopt", "umask"), succeed),
}
