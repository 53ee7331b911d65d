"""PowerShell and `cmd`: their texts read as far as plain commands go, which is as far as they look like a shell's.

Of PowerShell's own language nothing is known here. Its text is spelled as shell (a backslash is plain, a group is a
substitution) and read as such; what comes out and is no known command is for the reader to call opaque.
"""

from __future__ import annotations

from web4_governance.core.shell.command import Word, known_word
from web4_governance.core.shell.shells import carried, run_words
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.shell.command import Command
    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.walk import Outcome, Shell

POWERSHELL = "pwsh -c"
CMD = "cmd /c"
_COMMAND = "-command"
_ENCODED = "-encodedcommand"
_FILE = "-file"
_TAKE = ("-executionpolicy", "-version", "-windowstyle", "-workingdirectory", "-configurationname", "-outputformat")
_TAKE_SHORT = frozenset({"-ex", "-ep", "-w", "-wd", "-v", "-of", "-o", "-if", "-inputformat", "-psconsolefile"})


def powershell(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`pwsh -Command text`, `-EncodedCommand base64`, `-File path`; words without an option are a text."""
    shell.emit(command)
    words, at = command.words, 1
    while at < len(words) and words[at].known and words[at].text[:1] in ("-", "/"):
        option = "-" + words[at].text[1:].lower()
        at += 1
        if _FILE.startswith(option) and option != "-":
            return state, state
        if len(option) > 1 and _COMMAND.startswith(option):
            break
        if option in ("-e", "-ec", "-enc") or (len(option) > 2 and _ENCODED.startswith(option)):  # noqa: PLR2004  more than one letter
            _encoded(shell, command, words[at : at + 1], state, context)
            return state, state
        at += option in _TAKE_SHORT or (len(option) > 3 and any(name.startswith(option) for name in _TAKE))  # noqa: PLR2004  as above
    if at == len(words) or not words[at].text.lower().endswith(".ps1"):
        _text(shell, command, words[at:], state, context)
    return state, state


def _encoded(shell: Shell, command: Command, words: tuple[Word, ...], state: State, context: Context) -> None:
    from binascii import Error, a2b_base64  # noqa: PLC0415  only where a text is decoded

    shell.complain("decoded text is executed")
    if words and words[0].known:
        try:
            text = a2b_base64(words[0].text + "==").decode("utf-16-le")
        except (Error, ValueError):
            return
        _text(shell, command, (known_word(text),), state, context)


def _text(shell: Shell, command: Command, words: tuple[Word, ...], state: State, context: Context) -> None:
    """Run a text of PowerShell, spelled as shell."""
    if words:
        made = tuple(known_word(spelled(word.text)) if word.known else word for word in words)
        run_words(shell, replace(carried(command, made, POWERSHELL), stdin=None), state.child(), context)


def spelled(text: str) -> str:
    """Spell a text of PowerShell as a shell would have to be given it."""
    out, quote = [], ""
    for at, char in enumerate(text):
        if char == "\\" and quote != "'":
            out.append("\\\\")
        elif char == "(" and not quote and text[at - 1 : at] not in ("$", "@") and _is_group(text, at):
            out.append("$(")
        else:
            out.append(char)
        if char in "'\"":
            quote = "" if quote == char else (quote or char)
    return "".join(out)


def _is_group(text: str, at: int) -> bool:
    """Say whether a parenthesis opens a group and not the arguments of a method."""
    before = text[at - 1 : at] if at else " "
    return before in " \t\n;|("


def cmd(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`cmd /c text`."""
    shell.emit(command)
    words = command.words
    at = next((i for i, word in enumerate(words) if word.known and word.text.lower() in ("/c", "/k", "//c", "//k")), 0)
    if at:
        given = words[at + 1 :]
        made = tuple(known_word(_quoted(w.text, alone=len(given) == 1)) if w.known else w for w in given)
        run_words(shell, replace(carried(command, made, CMD), stdin=None), state.child(), context)
    return state, state


def _quoted(text: str, *, alone: bool) -> str:
    """Spell a word of `cmd` as shell: one word alone is a whole text."""
    return text.replace("\\", "\\\\") if alone else "'" + text.replace("'", "'\\''") + "'"


def wsl(shell: Shell, command: Command, state: State, context: Context) -> Outcome:
    """`wsl -e cmd`, `wsl -- cmd`, `wsl cmd`."""
    shell.emit(command)
    words, at = command.words, 1
    while at < len(words) and words[at].known and words[at].text[:1] == "-":
        word = words[at].text
        at += 2 if word in ("-d", "--distribution", "-u", "--user", "--cd") else 1
        if word in ("-e", "--exec", "--"):
            break
    if at < len(words):
        shell.invoke(carried(command, words[at:], "wsl"), state.elsewhere(None), context)
    return state, state


CARRIERS: dict[str, Callable[[Shell, Command, State, Context], Outcome]] = {
    **dict.fromkeys(("pwsh", "powershell", "pwsh.exe", "powershell.exe", "pwsh-preview"), powershell),
    **dict.fromkeys(("cmd", "cmd.exe"), cmd),
    **dict.fromkeys(("wsl", "wsl.exe"), wsl),
}
