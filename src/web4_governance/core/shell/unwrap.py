"""Takes one wrapper off a command: `sudo -u x rm y` to `rm y`, with `sudo` in `via`."""

from __future__ import annotations

from web4_governance.core.shell import paths, shells
from web4_governance.core.shell.command import Command, Word, known_word
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.operands import option_word, read_options
from web4_governance.core.shell.spans import assigned_name
from web4_governance.core.shell.wrappers import WRAPPERS, Wrapper
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.options import Options
    from web4_governance.core.shell.walk import Shell

INTERPRETERS = shells.SHELLS | {"python", "perl", "ruby", "node", "php", "deno", "bun", "lua"}


def unwrap(shell: Shell, command: Command, state: State, context: Context) -> Command | None:
    """Give what a wrapper runs; None where it runs none of its words, and then all has been listed."""
    wrapper = WRAPPERS[command.program]
    given, command = command, _without_pairs(command, wrapper.pairs) if wrapper.pairs else command
    options = read_options(command, wrapper.takes | wrapper.text)
    rest = tuple(command.words[place] for place in options.operands)
    text = _text(command, wrapper, options, rest)
    if text is not None:
        shells.aside(shell, replace(command, handed=(*command.handed, *rest[: wrapper.before])))
        shells.run_words(shell, shells.carried(command, text, command.program), state.child(), context)
        return None
    rest = _program(command, wrapper, rest)
    if command.program == "env" and rest and rest[0].text == "-":  # the old spelling of `env -i`
        rest = rest[1:]
    if wrapper.bare & {word.text for word in command.words[1:]} and rest:
        _unhooked(shell, rest)
    assigned: list[tuple[str, Word]] = []
    assigning = rest
    while rest and wrapper.assigns and _sets(rest[0], command.program):
        assigned.append(_assignment(rest[0]))
        rest = rest[1:]
    if wrapper.stops & options.flags or not rest or rest[0].text in wrapper.never:
        shell.emit(given)
        if command.unsure and not rest and not wrapper.stops & options.flags:
            shell.complain(f"the program that `{command.program}` runs is not known")
        if _starts_shell(wrapper, options):
            fed = shells.fed_text(shell, command, context)
            shells.run_fed(shell, shells.carried(command, (), command.program), fed, state.child(), context)
        return None
    if wrapper.listed:
        shell.emit(given)
    return replace(
        command,
        words=rest,
        handed=(*command.handed, *_kept(command, (*rest, *assigning))),
        via=(*command.via, command.program),
        assignments=(*command.assignments, *assigned),
        redirects=tuple(r for r in command.redirects if r.op[:2] == "<<") if wrapper.listed else command.redirects,
        cwd=None if wrapper.away else _directory(command, wrapper, options),
    )


def _unhooked(shell: Shell, rest: tuple[Word, ...]) -> None:
    """Code that is given to an interpreter in an empty environment runs where nothing that was set up looks on."""
    words = [word.text for word in rest if not assigned_name(word.text)]
    program = words[0].rpartition("/")[2].rstrip(".0123456789") if words else ""
    if program in INTERPRETERS and any(word in ("-c", "-e", "--eval") for word in words[1:]):
        shell.complain("code in an environment that was emptied for it")


def _kept(command: Command, given: tuple[Word, ...]) -> tuple[Word, ...]:
    """Give the words of a wrapper that are no part of what it runs."""
    return tuple(word for word in command.words[1:] if word not in given)


def _without_pairs(command: Command, pairs: frozenset[str]) -> Command:
    """Take the options with two values off, which the rules of getopt do not know."""
    kept, at = [command.words[0]], 1
    while at < len(command.words) and command.words[at].text[:1] == "-" and command.words[at].text != "--":
        if command.words[at].text in pairs:
            at += 3
        else:
            kept.append(command.words[at])
            at += 1
            if kept[-1].text in WRAPPERS[command.program].takes:
                kept += command.words[at : at + 1]
                at += 1
    return replace(command, words=(*kept, *command.words[at:]))


def _program(command: Command, wrapper: Wrapper, rest: tuple[Word, ...]) -> tuple[Word, ...]:
    """Give the words from the program on."""
    if wrapper.marked:
        at = next((i for i, word in enumerate(command.words) if word.known and word.text == "--"), 0)
        if at:
            return command.words[at + 1 :]
    rest = rest[wrapper.before :]
    if rest and rest[0].text in wrapper.skips:
        rest = rest[1:]
    return rest[1:] if wrapper.skips and rest and rest[0].text == "--" else rest


def _text(command: Command, wrapper: Wrapper, options: Options, rest: tuple[Word, ...]) -> tuple[Word, ...] | None:
    """Give the command text that an option holds (`env -S`, `flock file -c`), None if there is none."""
    held = option_word(command, options, wrapper.text)
    if held is not None:
        return (held, *rest) if command.program == "env" else (held,)
    after = rest[wrapper.before :]
    if len(after) > 1 and after[0].known and after[0].text in wrapper.text:
        return (after[1],)
    return None


def _sets(word: Word, program: str) -> bool:
    """Say whether a word sets a variable; `env` takes any name, those of exported functions too (`BASH_FUNC_ls%%=…`)."""
    text = word.text if word.known else word.shape
    return bool(assigned_name(text)) or (program == "env" and text.find("=") > 0)


def _assignment(word: Word) -> tuple[str, Word]:
    name, _, text = (word.text if word.known else word.shape).partition("=")
    if word.known:
        return name, known_word(text)
    return name, Word(text=word.text, known=False, literal=word.literal.partition("=")[2], shape=text)


def _directory(command: Command, wrapper: Wrapper, options: Options) -> str | None:
    cwd = command.cwd
    for name, given in options.values:
        if name in wrapper.chdir:
            cwd = paths.resolve(cwd, given) if given and UNKNOWN_PART not in given else None
    return cwd


def _starts_shell(wrapper: Wrapper, options: Options) -> bool:
    """A wrapper without a program starts a shell for some (`sudo -s`); for others it is a question (`command -v`)."""
    return bool(wrapper.shell & options.flags or "*" in wrapper.shell) and not wrapper.stops & options.flags
