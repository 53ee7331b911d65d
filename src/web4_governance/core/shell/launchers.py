"""Programs that run texts which stand in their options or operands: watchers, benchmarks, fleets of machines.

Tables from the manuals. The program itself is always listed, what it runs after it.
"""

from __future__ import annotations

from web4_governance.core.shell.command import known_word
from web4_governance.core.shell.operands import names, option_word, read_options
from web4_governance.core.shell.shells import carried, run_words
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.shell.command import Command
    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.walk import Outcome, Shell


@value
class Launcher:
    """Where the texts stand.

    `takes` are options with a value, `texts` those whose value is a text. `each`: every operand from `before` on is a text of
    its own; `joined`: they make one text together. `tails`: options behind which the words are a command. `away`: it runs
    elsewhere. `when`: only where one of these words stands somewhere.
    """

    takes: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    before: int = 0
    each: bool = False
    joined: bool = False
    tails: frozenset[str] = frozenset()
    away: bool = False
    when: frozenset[str] = frozenset()


_FLEET = Launcher(
    takes=names(
        "-w -x -g -l -f -t -u -h -H -p -o -e -O -A --hosts --host --user --par --outdir --errdir --timeout --group"
    ),
    joined=True,
    away=True,
)
_LOADER = names(
    "-n --name -w --warmup -m --min-runs -M --max-runs -r --runs -N -u --time-unit -S --shell --style -D --input"
)
_HYPERFINE = _LOADER | names(
    "--output --export-json --export-csv --export-markdown --export-asciidoc -P -L --command-name"
)
_WATCHEXEC = names(
    "-e --exts -w --watch -W -f --filter -i --ignore -s --signal -d --debounce --stop-signal --stop-timeout -o "
    "--on-busy-update -E --env --workdir --project-origin --shell --filter-file --ignore-file --delay-run --poll"
)
_ANSIBLE = names(
    "-a --args -m --module-name -i --inventory -u --user -l --limit -f --forks -e --extra-vars --become-user"
)

LAUNCHERS: dict[str, Launcher] = {
    "hyperfine": Launcher(
        takes=_HYPERFINE,
        texts=names("-p --prepare -s --setup -c --cleanup -C --conclude --reference"),
        each=True,
    ),
    "concurrently": Launcher(
        takes=names("-n --names -c --prefix-colors -p --prefix -k -m --max-processes --restart-tries -s --success"),
        each=True,
    ),
    "watchexec": Launcher(takes=_WATCHEXEC, joined=True),
    "cross-env-shell": Launcher(joined=True),
    "nodemon": Launcher(
        texts=names("-x --exec"), takes=names("-e --ext -w --watch -i --ignore -d --delay -V --signal")
    ),
    "chokidar": Launcher(texts=names("-c --command"), takes=names("-d --debounce -t --throttle -i --ignore")),
    "nix-shell": Launcher(
        texts=names("--run --command"), takes=names("-p --packages -A --attr -I -E --expr -i --arg --argstr --keep")
    ),
    "gdb": Launcher(tails=names("--args -args")),
    "lldb": Launcher(tails=names("--")),
    "ansible": Launcher(
        takes=_ANSIBLE,
        texts=names("-a --args"),
        away=True,
        when=names("shell command raw ansible.builtin.shell ansible.builtin.command ansible.builtin.raw win_shell"),
    ),
    "salt": Launcher(before=2, each=True, away=True, when=names("cmd.run cmd.shell cmd.run_all cmd.exec_code")),
    "salt-call": Launcher(before=1, each=True, when=names("cmd.run cmd.shell cmd.run_all")),
    "sg": Launcher(before=1, joined=True),
    "mosh": Launcher(takes=names("-p --port --ssh --server --predict"), before=1, joined=True, away=True),
    "fab": Launcher(
        takes=names("-H --hosts -i --identity -c --collection -r --search-root -f --config -t --connect-timeout"),
        joined=True,
        away=True,
        when=names("--"),
    ),
    **dict.fromkeys(("pdsh", "clush", "dsh"), _FLEET),
    **dict.fromkeys(("pssh", "parallel-ssh"), _FLEET),
}


def run(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """List the program, and run the texts that it is given."""
    shell.emit(command)
    launcher = LAUNCHERS[command.program]
    here = replace(command, cwd=None) if launcher.away else command
    there = state.elsewhere(None) if launcher.away else state.child()
    if launcher.when and not any(word.text in launcher.when for word in command.words):
        return state, state
    options = read_options(
        command, launcher.takes | launcher.texts, leading=launcher.joined or not (launcher.texts or launcher.each)
    )
    for option in launcher.texts & options.flags:
        held = option_word(command, options, frozenset({option}))
        run_words(shell, carried(here, (held,) if held is not None else (), command.program), there.copy(), context)
    operands = tuple(command.words[place] for place in options.operands[launcher.before :])
    inner = carried(here, operands, command.program)
    if launcher.each:
        for word in operands:
            run_words(shell, replace(inner, words=(word,)), there.copy(), context)
    elif launcher.joined and operands:
        words = operands[1:] if operands[0].text in ("--", "-c") else operands
        run_words(shell, replace(inner, words=words), there, context)
    else:
        _tail(shell, command, launcher, (state, context))
    return state, state


def _tail(shell: Shell, command: Command, launcher: Launcher, at: tuple[State, Context]) -> None:
    """Run the words behind an option that says where a command begins."""
    place = next((i for i, word in enumerate(command.words) if word.text in launcher.tails), len(command.words))
    words = command.words[place + 1 :]
    if words:
        shell.invoke(carried(command, words, command.program), at[0].child(), at[1])


def capsh(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`capsh … -- args`: a shell gets what stands behind the dashes."""
    shell.emit(command)
    place = next((i for i, word in enumerate(command.words) if word.text in ("--", "==")), 0)
    if place:
        words = (known_word("bash"), *command.words[place + 1 :])
        shell.invoke(carried(command, words, "capsh"), state.child(), context)
    return state, state


CARRIERS: dict[str, Callable[[Shell, Command, State, Context], Outcome]] = {
    **dict.fromkeys(LAUNCHERS, run),
    "capsh": capsh,
}
