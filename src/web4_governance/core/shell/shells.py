"""Text that a shell runs: `sh -c`, `eval`, a shell that reads its commands from standard input.

The text is parsed like the script around it, in the state of a new shell. Text with unknown parts is parsed with those parts
left open, and the reason is noted, for such a part may hold anything.
"""

from __future__ import annotations

from web4_governance.core.shell import output
from web4_governance.core.shell.command import Command, Word
from web4_governance.core.shell.context import Context
from web4_governance.core.shell.environment import State, Value, join
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.core.shell.walk import Outcome, Shell

SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ksh93", "mksh", "ash", "rbash", "yash", "posh", "fish"})
_LONG_VALUES = frozenset({"--rcfile", "--init-file", "--emulate", "--init-command", "--features"})
_DECODERS = frozenset({"base64", "base32", "basenc", "xxd", "openssl", "gunzip", "gzip", "zcat", "bzcat", "xzcat", "uudecode"})


def run(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """Run a shell given as a command."""
    has_text, rest, positional = _arguments(command.words)
    if has_text is None:
        shell.emit(command)
    elif has_text and rest:
        child = _child(state, command, positional)
        name = f"{command.program} -c"
        text, known = spoken(rest[:1])
        if not known:
            shell.emit(command)
            shell.complain(f"part of the text that `{name}` runs is not known")
        else:
            aside(shell, command)
        _run_text(shell, text, child, context, command, name)
    elif not rest:
        _standard_input(shell, command, _child(state, command, positional), context)
    else:
        shell.emit(command)
    return state, state


def _arguments(words: tuple[Word, ...]) -> tuple[bool | None, tuple[Word, ...], tuple[Word, ...]]:
    """Give whether `-c` is there, the operands, and the positional parameters that the commands see.

    None for a shell that runs nothing: `-n`, `--version`.
    """
    at, has_text, reads = 1, False, False
    while at < len(words) and words[at].known and words[at].text[:1] in ("-", "+"):
        word = words[at].text
        at += 1
        if word in ("-", "--"):
            break
        if word in ("--version", "--help", "-n"):
            return None, (), ()
        if word.startswith("--"):
            at += word in _LONG_VALUES
            has_text = has_text or word == "--command"
            continue
        has_text = has_text or "c" in word
        reads = reads or "s" in word
        at += word.count("o") + word.count("O")
    rest = words[at:]
    if has_text:
        return True, rest, rest[2:]
    return False, () if reads else rest, rest


def _child(state: State, command: Command, positional: tuple[Word, ...]) -> State:
    child = state.child()
    child.cwd = (command.cwd,)
    child.positional = positional
    for name, word in command.assignments:
        child.assign(name, Value(words=(word,), sources=command.substitutions))
    return child


def spoken(words: Sequence[Word]) -> tuple[str, bool]:
    """Give the text that words make, with the unknown parts left open, and whether all of it is known."""
    return " ".join(word.text if word.known else (word.shape or UNKNOWN_PART) for word in words), all(
        word.known for word in words
    )


def aside(shell: Shell, command: Command) -> None:
    """List the redirections and assignments of a command that is not listed itself."""
    if command.assignments or any(redirect.op[:2] != "<<" for redirect in command.redirects):
        shell.emit(replace(command, words=()))


def _run_text(shell: Shell, text: str, state: State, context: Context, command: Command, name: str) -> None:
    if text.replace(UNKNOWN_PART, "").strip():
        shell.script(text, state, inside(command, context, name))


def inside(command: Command, context: Context, name: str) -> Context:
    """Give the context of the commands that a carrier runs."""
    return Context(
        via=(*command.via, name) if name else command.via,
        feeds=command.feeds,
        pipe_from=command.pipe_from,
        sole=context.sole,
        stdin=command.stdin,
        background=command.background,
        unsure=command.unsure,
        depth=context.depth + 1,
        active=context.active,
    )


def _standard_input(shell: Shell, command: Command, child: State, context: Context) -> None:
    fed = next((r.target for r in reversed(command.redirects) if r.op[:2] == "<<"), None)
    text, known = spoken([fed]) if fed is not None else (command.stdin or "", True)
    if fed is None and command.stdin is None and context.sole and command.pipe_from >= 0:
        text = output.of(shell.commands[command.pipe_from], shell.commands) or ""
    if not known:
        shell.complain("part of the text that a shell reads is not known")
    if text and known:
        aside(shell, command)
    else:
        shell.emit(command)
    if text:
        fed_on = replace(command, stdin=None, feeds=(), pipe_from=-1)
        _run_text(shell, text, child, replace(context, sole=False), fed_on, f"{command.program} <<")
    elif command.pipe_from >= 0 and fed is None:
        program = shell.commands[command.pipe_from].program
        shell.complain("decoded text is executed" if program in _DECODERS else "piped text is executed")


def evaluate(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`eval`: the joined words are run by this very shell."""
    words = command.words[1:]
    if words and words[0].known and words[0].text == "--":
        words = words[1:]
    text, known = spoken(words)
    if known and words:
        aside(shell, command)
    elif known:
        shell.emit(command)
    else:
        shell.emit(command)
        shell.complain("part of the text that `eval` runs is not known")
    if not text.replace(UNKNOWN_PART, "").strip():
        return state, state
    end = join(*shell.script(text, state, inside(command, context, "eval"))) or state
    return end, end
