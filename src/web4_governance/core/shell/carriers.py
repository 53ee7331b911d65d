"""Programs that run commands which they were not given as their last words.

`find -exec`, `xargs`, `parallel`, `watch`, `script -c`, `su -c`, `ssh`, containers. Each handler lists what has to be
listed and hands the inner command on. Option tables come from the manuals; simple cases of `program subcommand` are in
`runners`.
"""

from __future__ import annotations

from web4_governance.core.shell import launchers, runners, windows
from web4_governance.core.shell.command import Command, Redirect, Word, known_word
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.operands import names, option_word, read_options
from web4_governance.core.shell.parallels import parallel
from web4_governance.core.shell.shells import carried, fed_text, run_fed, run_words
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.options import Options
    from web4_governance.core.shell.walk import Outcome, Shell

    Carrier = Callable[[Shell, Command, State, Context], Outcome]

MOST_ITEMS = 64
MOST_FOUND = 256
_ARG_FILE = names("-a --arg-file")
_XARGS = names(
    "-a --arg-file -d --delimiter -E -I -L -n --max-args -P --max-procs -s --max-chars --process-slot-var -J -R -S"
)
_WATCH = names("-n --interval -q --equexit")
_SCRIPT = names(
    "-c --command -E --echo -I --log-in -O --log-out -B --log-io -T --log-timing -m --logging-format -o --output-limit"
)
_SU = names("-u --user -c --command --session-command -g --group -G --supp-group -s --shell -w --whitelist-environment")
_SSH = names("-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -P -p -Q -R -S -W -w")
_SCP = names("-B -b -c -D -F -i -J -l -o -P -R -S -s -X")
_FIND_ACTIONS = ("-exec", "-execdir", "-ok", "-okdir")


def find(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`find … -exec cmd {} +`: the found paths are not known, but begin with a search root."""
    shell.emit(command)
    roots, at = _roots(command.words), 1
    while at < len(command.words):
        action = command.words[at]
        at += 1
        if not action.known or action.text not in _FIND_ACTIONS:
            continue
        words: list[Word] = []
        while at < len(command.words) and not _ends(command.words[at], words):
            words.append(command.words[at])
            at += 1
        if words:
            inner = replace(command, cwd=None if action.text.endswith("dir") else command.cwd, unsure=True)
            shell.invoke(carried(inner, _found(words, roots), f"find {action.text}"), state, context)
    return state, state


def _ends(word: Word, before: list[Word]) -> bool:
    return word.known and (word.text == ";" or (word.text == "+" and bool(before) and before[-1].text == "{}"))


def _roots(words: tuple[Word, ...]) -> list[str]:
    """Give the certain beginnings of the search roots; the directory itself where none is named."""
    roots, at = [], 1
    while at < len(words):
        word = words[at]
        at += 1
        if not word.known or word.text[:1] not in ("-", "(", "!", ")"):
            roots.append(word.literal)
        elif word.text == "-D":
            at += 1
        elif word.text not in ("-H", "-L", "-P") and not word.text.startswith("-O"):
            break
    return roots or ["."]


def _found(words: list[Word], roots: list[str]) -> tuple[Word, ...]:
    if len(roots) * len(words) > MOST_FOUND:
        roots = [""]
    out: list[Word] = []
    for word in words:
        out += [_opened(word, "{}", root) for root in roots] if "{}" in word.text else [word]
    return tuple(out)


def _opened(word: Word, mark: str, beginning: str = "") -> Word:
    """Give a word in which a mark stands for something that is not known beyond its beginning."""
    certain, _, after = word.literal.partition(mark)
    reached = (word.known and not word.glob) or bool(after) or mark in word.literal
    shape = (word.text if word.known else word.shape).replace(mark, UNKNOWN_PART)
    literal = certain + beginning if reached else certain
    return Word(text=word.text, known=False, glob=word.glob, literal=literal, shape=shape)


def fd(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`fd PATTERN PATH -x cmd`."""
    shell.emit(command)
    options = ("-x", "-X", "--exec", "--exec-batch")
    at = next((i for i, word in enumerate(command.words) if word.text in options), len(command.words))
    words = [word for word in command.words[at + 1 :] if word.text != ";"]
    if words:
        # Without `{}` what is found is added at the end: operands that are not known, as behind `xargs`.
        made = tuple(_opened(word, "{}") if "{" in word.text else word for word in words)
        shell.invoke(carried(replace(command, unsure=True), made, "fd -x"), state, context)
    return state, state


def xargs(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`xargs cmd`: the operands are known where `echo` or `printf` feeds them."""
    options = read_options(command, _XARGS)
    given = option_word(command, options, _ARG_FILE)
    fed = () if given is None else (Redirect(op="<", target=given),)  # its words come from there
    shell.emit(replace(command, redirects=(*command.redirects, *fed)))
    words = tuple(command.words[place] for place in options.operands) or (known_word("echo"),)
    mark = _mark(options)
    items = _items(shell, command, options, context)
    inner = carried(replace(command, stdin=None, unsure=items is None), words, "xargs")
    if items is None:
        made = tuple(_opened(word, mark) if mark and mark in word.text else word for word in words)
        shell.invoke(replace(inner, words=made), state, context)
    elif mark:
        for item in items:
            shell.invoke(replace(inner, words=tuple(_filled(word, mark, item) for word in words)), state, context)
    else:
        shell.invoke(replace(inner, words=(*words, *(known_word(item) for item in items))), state, context)
    return state, state


def _mark(options: Options) -> str:
    """Give the mark that stands for an item; empty where items are added at the end."""
    given = dict(options.values)
    if options.flags & {"--replace", "-i"}:
        return given.get("--replace", "") or "{}"
    return given.get("-I", given.get("-J", ""))


def _items(shell: Shell, command: Command, options: Options, context: Context) -> list[str] | None:
    """Give the operands that come in, if they are known for certain and not too many."""
    fed = fed_text(shell, command, context)
    if fed is None or not fed.known or options.flags & names("-a --arg-file -E -d --delimiter"):
        return None
    if options.flags & {"-0", "--null"}:
        items = [item for item in fed.text.split("\0") if item]
    elif any(char in fed.text for char in "\\'\""):
        return None
    elif _mark(options):
        items = [line.strip() for line in fed.text.split("\n") if line.strip()]
    else:
        items = fed.text.split()
    return items if len(items) <= MOST_ITEMS else None


def _filled(word: Word, mark: str, item: str) -> Word:
    """Give a word with an item in the place of its mark."""
    return replace(
        word,
        text=word.text.replace(mark, item),
        literal=word.literal.replace(mark, item),
        shape=word.shape.replace(mark, item),
    )


def watch(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`watch cmd`: the joined words are a command line, unless `-x`."""
    shell.emit(command)
    options = read_options(command, _WATCH)
    inner = carried(command, tuple(command.words[place] for place in options.operands), "watch")
    if inner.words and options.flags & {"-x", "--exec"}:
        shell.invoke(inner, state, context)
    elif inner.words:
        run_words(shell, inner, state.child(), context)
    return state, state


def script(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`script -c text file`, or `script file cmd` on BSD."""
    shell.emit(command)
    options = read_options(command, _SCRIPT, leading=False)
    text = option_word(command, options, names("-c --command"))
    if text is not None:
        run_words(shell, carried(command, (text,), "script -c"), state.child(), context)
    elif len(options.operands) > 1:
        shell.invoke(carried(command, command.words[options.operands[1] :], "script"), state, context)
    return state, state


def su(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`su - user -c text`; without it the shell of that user reads its standard input."""
    shell.emit(command)
    options = read_options(command, _SU, leading=False)
    text = option_word(command, options, names("-c --command --session-command"))
    there = state.elsewhere(command.cwd)
    given = read_options(command, _SU)
    if text is not None:
        run_words(shell, carried(command, (text,), command.program), there, context)
    elif given.flags & {"-u", "--user"} and given.operands:  # runuser -u user cmd
        words = tuple(command.words[place] for place in given.operands)
        shell.invoke(carried(command, words, command.program), there, context)
    else:
        run_fed(shell, carried(command, (), command.program), fed_text(shell, command, context), there, context)
    return state, state


def scp(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`scp`, `sftp`: the same settings as `ssh` run text here, and so does `-S`."""
    shell.emit(command)
    options = read_options(command, _SCP, leading=False)
    _settings(shell, command, options, state, context)
    program = option_word(command, options, names("-S"))
    if program is not None:
        run_words(shell, carried(command, (program,), f"{command.program} -S"), state.child(), context)
    return state, state


def _settings(shell: Shell, command: Command, options: Options, state: State, context: Context) -> None:
    """Run the commands that settings of `ssh` name."""
    for name, given in options.values:
        key, _, text = given.strip().replace(" ", "=", 1).partition("=") if "=" not in given else given.partition("=")
        if name == "-o" and key.strip().lower() in ("proxycommand", "localcommand", "knownhostscommand"):
            run_words(shell, carried(command, (known_word(text),), f"ssh {key.strip()}"), state.child(), context)


def ssh(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`ssh host cmd`: the words are joined and run by the shell over there; some options run text here."""
    shell.emit(command)
    options = read_options(command, _SSH)
    _settings(shell, command, options, state, context)
    away = replace(command, cwd=None)
    words = tuple(command.words[place] for place in options.operands[1:])
    if words:
        run_words(shell, carried(away, words, "ssh"), state.elsewhere(None), context)
    elif options.operands:
        run_fed(shell, carried(away, (), "ssh"), fed_text(shell, command, context), state.elsewhere(None), context)
    return state, state


def later(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`at`, `batch`: a shell runs later what is on standard input now."""
    shell.emit(command)
    run_fed(shell, carried(command, (), command.program), fed_text(shell, command, context), state.child(), context)
    return state, state


CARRIERS: dict[str, Carrier] = {
    "find": find,
    "gfind": find,
    "fd": fd,
    "fdfind": fd,
    "xargs": xargs,
    "gxargs": xargs,
    "parallel": parallel,
    "sem": parallel,
    "env_parallel": parallel,
    "watch": watch,
    "script": script,
    "su": su,
    "runuser": su,
    "ssh": ssh,
    "scp": scp,
    "sftp": scp,
    "at": later,
    "batch": later,
    **launchers.CARRIERS,
    **windows.CARRIERS,
    **runners.RUNNERS,
}
