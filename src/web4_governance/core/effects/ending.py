"""Whether a command ends the gate's process, or every process of the person with it.

A hook is a process of its own for some milliseconds a call, known by its name and by its command line; what kills by name
or by a pattern over command lines is held against both. Not regular expressions: of a pattern the literal pieces are
looked for, in their order, so a pattern that could mean the gate is taken to mean it.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names
from web4_governance.core.shell.options import split_options

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from web4_governance.core.effects.protect import Protected
    from web4_governance.core.shell.command import Command
    from web4_governance.core.shell.options import Options

# What slows a process down, or bounds it: a gate that is late may be left out.
SLOWERS = names("renice cpulimit prlimit ionice chrt taskset gdb strace")
KILLERS = names("kill pkill killall skill killall5 xkill fuser systemctl service launchctl loginctl supervisorctl")
PROGRAMS = SLOWERS | KILLERS
BY_PATTERN = names("pkill pgrep skill")
BY_NAME = names("killall pidof")
SEARCHERS = names("grep egrep fgrep rg ag ack ugrep zgrep")
LOOKING = SEARCHERS | names("awk gawk mawk nawk sed gsed perl")
_PGREP = names(
    "-s --session --signal -u --euid -U --uid -g --pgroup -G --group -P --parent -t --terminal -F --pidfile --ns --nslist -r "
    "--runstates --cgroup --env -O --older -d --delimiter"
)
# The options with a value, by program: pkill(1), killall(1), pidof(1), skill(1).
TAKES_VALUE = {
    "pkill": _PGREP,
    "pgrep": _PGREP,
    "killall": names("-s --signal -u --user -o --older-than -y --younger-than -Z --context -n --ns -t"),
    "pidof": names("-o --omit-pid -S --separator"),
    "skill": names("-t --tty -u --user -p --pid -c --command --ns --nslist"),
    "ps": names("-C -o -p -u -U -g -G -t --sort --format --pid --ppid --user"),
}
_SEARCHING = names("-e --regexp -f --file -m --max-count -A -B -C --include --exclude --exclude-dir")
SLASHES = "/"
# Options that say whose processes are meant: without a name, all of them.
WHOSE = names("-u --user --euid -U --uid -g --pgroup -G --group -t --terminal -P --parent")
EVERYBODY = names("kill-session kill-user terminate-session terminate-user")
SAME = {"--full": "-f", "--exact": "-x", "--regexp": "-r", "--ignore-case": "-i", "--list-full": "-a"}
OPEN = "*+?{"
CLASSES = ".[](){}^$"


def ends_gate(
    command: Command,
    behind: tuple[Command, ...],
    protected: Protected,
    before: Sequence[Command] = (),
) -> str:
    """Say why a command ends the gate's process, or slows it.

    Args:
        command: The command.
        behind: The commands whose output it takes its words from.
        protected: What the gate's processes go by.
        before: The commands before it: a loop over `/proc` asks there whose process it is.
    """
    program = command.program
    if program not in PROGRAMS:
        return ""
    if program in SLOWERS:
        return "slows the gate's process" if any(_is_about_gate(other, protected) for other in behind) else ""
    if any(word.glob or not word.known for word in command.words[1:]) and any(
        _asks_proc(other, protected) for other in before
    ):
        return "ends the gate's process"
    texts = [word.text for word in command.words[1:]]
    if any("web4" in text.lower() for text in (*texts, *(word.text for other in behind for word in other.words[1:]))):
        return "ends the gate's process"
    if (program == "kill" and "-1" in texts[1:]) or program == "killall5":
        return "ends every process"
    if program == "loginctl":
        return "ends every process" if not EVERYBODY.isdisjoint(texts) else ""
    if _names_gate(command, protected) or any(_names_gate(other, protected) for other in behind):
        return "ends the gate's process"
    return ""


def _is_about_gate(command: Command, protected: Protected) -> bool:
    named = any("web4" in word.text.lower() for word in command.words[1:])
    return named or _names_gate(command, protected)


def _asks_proc(command: Command, protected: Protected) -> bool:
    """Say whether a search through what the system tells of processes asks for the gate."""
    told = any("/cmdline" in word.text or "/comm" in word.text or "/proc/" in word.text for word in command.words[1:])
    return told and command.program in LOOKING and _is_about_gate(command, protected)


def _names_gate(command: Command, protected: Protected) -> bool:
    argv, program = command.argv, command.program
    takes = TAKES_VALUE.get(program, _SEARCHING)
    options = split_options(argv, takes_value=takes, synonyms=SAME)
    wanted = [text for text in (argv[place] for place in options.operands) if text is not None]
    if program == "skill":
        wanted += [text for option, text in options.values if option == "-c"]
    if program == "ps":
        asked = [text for option, text in options.values if option == "-C"]
        return any(_is_name(name, protected, pattern=False) for text in asked for name in text.split(","))
    if program in LOOKING - SEARCHERS:
        return any(_between_slashes(text, protected) for text in wanted[:1])
    if program in BY_PATTERN:
        return _patterns(wanted, options, protected)
    if program in BY_NAME:
        whose = not wanted and bool(WHOSE & options.flags)
        wanted = [name.lower() for name in wanted] if "-I" in options.flags else wanted
        return whose or any(_is_name(name, protected, pattern="-r" in options.flags) for name in wanted)
    # `ps ax | grep hook.py | xargs kill`
    wanted = [text for option, text in options.values if option == "-e"] or wanted[:1]
    lines = tuple(line.lower() for line in protected.lines) if "-i" in options.flags else protected.lines
    wanted = [text.lower() for text in wanted] if "-i" in options.flags else wanted
    return program in SEARCHERS and any(means(text, line) for text in wanted if len(text) > 1 for line in lines)


def _between_slashes(script: str, protected: Protected) -> bool:
    """Say whether a filter's script looks for the gate: `/hook.py/ {print $1}`."""
    return any(
        means(piece, line) for piece in script.split(SLASHES)[1::2] if len(piece) > 1 for line in protected.lines
    )


def _patterns(wanted: list[str], options: Options, protected: Protected) -> bool:
    if not wanted:
        return bool(WHOSE & options.flags)
    lines: tuple[str, ...] = protected.lines
    if "-i" in options.flags:
        wanted, lines = [pattern.lower() for pattern in wanted], tuple(line.lower() for line in lines)
    if "-f" in options.flags:
        exact = "-x" in options.flags
        return any(pattern == line if exact else means(pattern, line) for pattern in wanted for line in lines)
    return any(_is_name(name, protected, pattern="-x" not in options.flags) for name in wanted)


def _is_name(given: str, protected: Protected, *, pattern: bool) -> bool:
    """Say whether a name, or a pattern over names, is one that the gate's process goes by."""
    return any(given == name or (pattern and means(given, name)) for name in protected.names)


def means(pattern: str, text: str) -> bool:
    """Say whether an extended regular expression may match in `text`: its literal pieces stand there in their order."""
    return any(_stands(branch, text) for branch in pattern.replace("(", "").replace(")", "").split("|"))


def _stands(branch: str, text: str) -> bool:
    at = 0
    for n, piece in enumerate(_pieces(branch.removeprefix("^"))):
        found = text.find(piece, at)
        if found < 0 or (n == 0 and branch.startswith("^") and branch[1:2] == piece[:1] and found > 0):
            return False
        at = found + len(piece)
    return True


def _pieces(branch: str) -> list[str]:
    """Give the literal pieces of a pattern without alternatives; a class of one character is that character."""
    pieces = [""]
    at = 0
    while at < len(branch):
        sign = branch[at]
        if sign == "\\":
            pieces[-1] += branch[at + 1 : at + 2]
            at += 1
        elif sign == "[":
            close = branch.find("]", at + 2)
            inside = branch[at + 1 : close] if close > 0 else ""
            pieces = [*pieces[:-1], pieces[-1] + inside] if len(inside) == 1 else [*pieces, ""]
            at = close if close > 0 else len(branch)
        elif sign in OPEN:  # what stands before it need not be there
            pieces = [*pieces[:-1], pieces[-1] if sign == "+" else pieces[-1][:-1], ""]
            close = branch.find("}", at) if sign == "{" else -1
            at = close if close > 0 else at
        elif sign in CLASSES:
            pieces.append("")
        else:
            pieces[-1] += sign
        at += 1
    return [piece for piece in pieces if piece]
