"""Text that a shell runs: `sh -c`, `eval`, a shell that reads its commands from standard input.

The text is parsed like the script around it, in the state of a new shell. Text with unknown parts is parsed with those parts
left open, and the reason is noted, for such a part may hold anything.
"""

from __future__ import annotations

from web4_governance.core.shell import decoding, escapes, hooks, output
from web4_governance.core.shell.command import Word, known_word
from web4_governance.core.shell.context import Context
from web4_governance.core.shell.environment import Value, join
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.core.shell.command import Command
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.walk import Outcome, Shell, Stream

SHELLS = frozenset(
    {
        "sh",
        "bash",
        "zsh",
        "dash",
        "ksh",
        "ksh93",
        "mksh",
        "ash",
        "rbash",
        "yash",
        "posh",
        "fish",
        "csh",
        "tcsh",
        "oksh",
        "loksh",
        "nu",
        "xonsh",
        "elvish",
    }
)
SOURCES = frozenset({".", "source"})
STANDARD_INPUT = frozenset({"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_LONG_VALUES = frozenset({"--rcfile", "--init-file", "--emulate", "--init-command", "--features"})
_DECODERS = decoding.DECODERS | {"basenc", "gunzip", "gzip", "zcat", "bzcat", "xzcat", "uudecode"}
_HANDED_ON = Word(text="{}", known=False, shape=UNKNOWN_PART)
_BLANK = frozenset(" \t\n")
_CONTROL = frozenset(map(chr, range(32))) - set("\t\n\r\x1b")


def run(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """Run a shell given as a command."""
    outer, shell.traps = shell.traps, []
    shell.close(_run(shell, command, state, context))
    shell.traps = outer
    return state, state


def _run(shell: Shell, command: Command, state: State, context: Context) -> State:
    """Run what a shell is given; give the state in which it ends."""
    arguments = _Arguments(command.words)
    child = _child(state, command, _parameters(command, arguments))
    if command.background and not arguments.has_text:
        fed = tuple(redirect.target for redirect in command.redirects if redirect.op == "<")
        shell.awaiting.append((command, (*arguments.files, *fed), child.copy(), context))
    end: State | None = None
    if arguments.idle:
        shell.emit(command)
    elif arguments.has_text and arguments.rest:
        text = carried(command, arguments.rest[:1], f"{command.program} -c")
        if text.words[0].known:
            aside(shell, replace(command, handed=(*command.handed, *arguments.rest[1:2])))
        else:
            shell.emit(command)
        end = join(*run_words(shell, text, child, context))
    elif arguments.rest and not arguments.reads and arguments.rest[0].text not in STANDARD_INPUT:
        if _stream(shell, arguments.rest[0]) is None:
            shell.emit(command)
    else:
        end = join(*_standard_input(shell, command, child, context))
    for word in () if arguments.idle else arguments.files:
        stream = _stream(shell, word)
        if stream is not None:
            end = join(*_run_stream(shell, stream, command, child, context))
        end = run_files(shell, command, word, end or child, context)
    return end or child


def run_files(shell: Shell, command: Command, word: Word, state: State, context: Context) -> State:
    """Run the texts that the script has written to a file which is run now; give the state behind them.

    A part that is not known stays open, as it does in a file of which nothing is known: where it names a program, that is said.
    """
    end: State | None = None
    for text in shell.written.of(word, command.cwd):
        if not shell.written.runs_on():
            break
        if not text.text.replace(UNKNOWN_PART, "").strip():
            if not text.known:
                shell.complain("a text that was made of another one is run")
            continue
        lies = bool(shell.written.found) and shell.written.lies(text)
        made = carried(command, (text,), f"{command.program} {word.text if lies else 'FILE'}")
        begin = state.copy()
        if lies and text in shell.running:
            continue  # a script that starts itself does the same again
        shell.running.append(text)
        if lies:
            made = replace(made, unsure=False)  # what is handed on stands in its parameters
            begin.zero = begin.zero if command.program in SOURCES else word
            begin.assign("BASH_SOURCE", Value(words=(word,), array=True))
        end = join(end, join(*shell.script(text.text, begin, inside(made, context))))
        shell.running.pop()
    return end or state


def is_open(command: Command) -> bool:
    """Say whether a shell is told nothing to run, so that it waits for commands that nobody sees; a log-in may be meant."""
    if command.program not in SHELLS or command.stdin is not None or command.redirects:
        return False
    arguments = _Arguments(command.words)
    login = any(word.text in ("-l", "--login", "-il", "-li") for word in command.words[1:])
    return not (arguments.idle or arguments.has_text or arguments.rest or login)


class _Arguments:
    """A shell's own words: `-c`, `-s`, what is left after the options, and the positional parameters this gives.

    `files` are those that it may read commands from. `idle` is a shell that runs nothing: `-n`, `--version`.
    """

    def __init__(self, words: tuple[Word, ...]) -> None:
        self.idle = self.has_text = self.reads = False
        self.files: tuple[Word, ...] = ()
        at = 1
        while at < len(words) and words[at].known and words[at].text[:1] in ("-", "+"):
            word = words[at].text
            at += 1
            if word in ("-", "--"):
                break
            after = at + self._option(word)
            self.files += words[at:after]
            at = after
        self.rest = words[at:]
        self.files += () if self.has_text or self.reads else self.rest[:1]
        self.positional = self.rest[2:] if self.has_text else self.rest[0 if self.reads else 1 :]

    def _option(self, word: str) -> int:
        """Read one option word; give how many words its values take."""
        if word.startswith("--"):
            self.idle = self.idle or word in ("--version", "--help")
            self.has_text = self.has_text or word in ("--command", "--commands", "--execute")
            return int(word in _LONG_VALUES)
        self.idle = self.idle or word == "-n"
        self.has_text = self.has_text or "c" in word
        self.reads = self.reads or "s" in word
        return word.count("o") + word.count("O")


def _parameters(command: Command, arguments: _Arguments) -> tuple[Word, ...]:
    """Give the positional parameters of a shell: `xargs` puts more words behind those that are there."""
    return (*arguments.positional, _HANDED_ON) if command.adds else arguments.positional


def _child(state: State, command: Command, positional: tuple[Word, ...]) -> State:
    child = state.child()
    child.cwd = (command.cwd,)
    child.positional = positional
    for name, word in command.assignments:
        child.assign(name, Value(words=(word,), sources=command.substitutions))
    return child


def spoken(words: Sequence[Word]) -> tuple[str, bool]:
    """Give the text that words make, with the unknown parts left open, and whether all of it is known."""
    texts = [word.text if word.known else (word.shape or UNKNOWN_PART) for word in words]
    return " ".join(texts), all(word.known for word in words)


def aside(shell: Shell, command: Command) -> None:
    """List the redirections and assignments of a command that is not listed itself, and the words it keeps for itself."""
    if command.assignments or command.handed or any(redirect.op[:2] != "<<" for redirect in command.redirects):
        shell.emit(replace(command, words=()))


def carried(command: Command, words: tuple[Word, ...], name: str) -> Command:
    """Give the command that `command` runs, or whose words are the text it runs: it is not redirected by itself."""
    return replace(command, words=words, via=(*command.via, name), redirects=(), assignments=())


def inside(command: Command, context: Context) -> Context:
    """Give the context of the script that a carried command is."""
    return Context(
        via=command.via,
        feeds=command.feeds,
        pipe_from=command.pipe_from,
        sole=context.sole and command.pipe_from == context.pipe_from,
        stdin=command.stdin,
        background=command.background,
        unsure=command.unsure,
        depth=context.depth + 1,
        active=context.active,
    )


def run_words(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """Run the text that a carried command's words make."""
    text, known = spoken(command.words)
    if not known:
        shell.complain(f"part of the text that `{command.via[-1]}` runs is not known")
    if any(decodes(shell.commands[index]) for index in command.substitutions):
        shell.complain("decoded text is executed")
    if not text.replace(UNKNOWN_PART, "").strip():
        return state, state
    return shell.script(text, state, inside(command, context))


def decodes(command: Command) -> bool:
    """Say whether a command prints what its words do not show at sight."""
    if command.program in _DECODERS:
        return True
    return command.program in ("printf", "echo") and any(escapes.hides(word.text) for word in command.words[1:])


def _standard_input(shell: Shell, command: Command, child: State, context: Context) -> Outcome:
    fed = fed_text(shell, command, context)
    if fed is not None and fed.known:
        aside(shell, command)
    else:
        shell.emit(command)
    return run_fed(shell, carried(command, (), f"{command.program} <<"), fed, child, context)


def fed_text(shell: Shell, command: Command, context: Context) -> Word | None:
    """Give the text on a command's standard input, as far as it can be known: a heredoc, or what a plain `echo` prints."""
    for redirect in reversed(command.redirects):
        if redirect.op[:2] == "<<":
            return redirect.target
    text = command.stdin
    if text is None and context.sole and command.pipe_from == context.pipe_from >= 0:
        text = output.of(shell.commands[command.pipe_from], shell.commands)
    return None if text is None else known_word(text)


def _stream(shell: Shell, word: Word) -> Stream | None:
    """Give what is read from a word that is a `<(…)`."""
    return None if word.known else shell.streams.get(word.text)


def _run_stream(shell: Shell, stream: Stream, command: Command, state: State, context: Context) -> Outcome:
    """Run what a shell reads from `<(…)`: it is the same as a pipe into it."""
    piped = replace(command, stdin=None, feeds=stream.made, pipe_from=max(stream.made, default=-1))
    fed = known_word(stream.printed.text) if stream.printed.known else None
    if fed is None:
        shell.emit(command)
    else:
        aside(shell, command)
    return run_fed(shell, carried(piped, (), f"{command.program} <("), fed, state, context)


def run_fed(shell: Shell, command: Command, fed: Word | None, state: State, context: Context) -> Outcome:
    """Run the text that a shell reads from its standard input, or say that it cannot be known."""
    if command.pipe_from >= 0 and decodes(shell.commands[command.pipe_from]):
        shell.complain("decoded text is executed")
    if fed is not None:
        if command.pipe_from >= 0 and not _CONTROL.isdisjoint(fed.text):
            shell.complain("a text with control characters is executed")
        alone = replace(command, words=(fed,), stdin=None, feeds=(), pipe_from=-1)
        return run_words(shell, alone, state, replace(context, sole=False))
    if command.pipe_from >= 0 and shell.commands[command.pipe_from].program not in _DECODERS:
        shell.complain("piped text is executed")
    elif "coproc" in command.via:
        shell.complain("a shell in the background runs what it is written")
    return state, state


def _sets_up(shell: Shell, command: Command, words: tuple[Word, ...]) -> bool:
    """Say whether `eval` runs just what a known tool prints to set up a shell."""
    whole = bool(words) and all(not word.known and word.literal == "" for word in words)
    return whole and _all_set_up(shell, command.substitutions) and _only(words)


def _all_set_up(shell: Shell, made: tuple[int, ...]) -> bool:
    return bool(made) and all(hooks.prints_setup(shell.commands[index]) for index in made)


def _cuts(state: State) -> tuple[Value, ...]:
    """Give what words are cut at where that was changed."""
    return state.variables.get("IFS", ())


def _only(words: tuple[Word, ...]) -> bool:
    return all(word.shape in ("", UNKNOWN_PART) for word in words)


def evaluate(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`eval`: the joined words are run by this very shell."""
    words = command.words[1:]
    if words and words[0].known and words[0].text == "--":
        words = words[1:]
    if words and any(not value.words[0].known or not _BLANK.issuperset(value.words[0].text) for value in _cuts(state)):
        shell.complain("words that are cut at other signs than blanks are run")
    if _sets_up(shell, command, words):
        shell.emit(replace(command, words=command.words[:1], substitutions=()))
        return state, state
    fed = fed_text(shell, command, context) if not words else None
    if fed is not None:  # `eval` does not read it, but who writes this means it to be run
        run_fed(shell, carried(command, (), "eval"), fed, state.child(), context)
    if words and all(word.known for word in words):
        aside(shell, command)
    else:
        shell.emit(command)
    end = join(*run_words(shell, carried(command, words, "eval"), state, context)) or state
    return end, end


def source(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`source`: a file may set any variable; what stands on standard input can be read."""
    stream = _stream(shell, command.words[1]) if len(command.words) > 1 else None
    if stream is not None and not _all_set_up(shell, stream.made):
        end = join(*_run_stream(shell, stream, command, state, context)) or state
        if stream.printed.known:
            return end, end
    elif stream is not None:
        shell.emit(replace(command, words=command.words[:1], substitutions=()))
    elif len(command.words) == 2 and command.words[1].text in STANDARD_INPUT:  # noqa: PLR2004  the builtin and its file
        fed = fed_text(shell, command, context)
        if fed is not None and fed.known:
            end = (
                join(*run_words(shell, carried(replace(command, stdin=None), (fed,), "source"), state, context))
                or state
            )
            return end, end
        shell.emit(command)
        if not _all_set_up(shell, command.feeds):
            run_fed(shell, carried(command, (), "source"), None, state, context)
    else:
        shell.emit(command)
        texts = shell.written.of(command.words[1], command.cwd) if len(command.words) > 1 else ()
        end = run_files(shell, command, command.words[1], state, context) if texts else state
        if texts and all(text.known for text in texts):
            return end, end
    for name in state.variables:
        if name != "HOME":
            state.forget(name)
    return state, state
