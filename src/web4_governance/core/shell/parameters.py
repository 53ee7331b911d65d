"""Parameters: `$x`, `${x:-word}`, `${x%pattern}`, arrays, positional parameters, as far as they can be known.

Follows the bash manual (Shell Parameter Expansion). A parameter that was never set here is unknown, not empty: the real
shell's environment may hold it. So `${HOME:-word}` is two possibilities, and both are looked at. Whoever gives a default to
a name that no environment usually has, and sets it nowhere, means the default: there it is the only one.
"""

from __future__ import annotations

from web4_governance.core.shell import pattern
from web4_governance.core.shell.command import Word
from web4_governance.core.shell.environment import NOTHING, UNKNOWN, Value, scalar
from web4_governance.core.shell.operands import names
from web4_governance.core.shell.spans import DIGITS, NAME, NAME_START, PARAMETERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.command import Command
    from web4_governance.core.shell.fields import Fields
    from web4_governance.core.shell.words import Expander

MOST_REPLACED = 1 << 20
# Variables that an environment has before anybody sets them, and commands that set others unseen.
USUAL = names(
    "HOME PATH USER LOGNAME SHELL PWD OLDPWD TMPDIR TMP TEMP EDITOR VISUAL PAGER BROWSER LANG LANGUAGE TERM DISPLAY HOSTNAME "
    "HOST MAIL UID EUID IFS CI SHLVL VIRTUAL_ENV PYTHONPATH NODE_ENV NODE_PATH GOPATH GOROOT JAVA_HOME CARGO_HOME WORKSPACE "
    "KUBECONFIG DOCKER_HOST MANPATH LD_LIBRARY_PATH"
)
USUAL_STARTS = ("XDG_", "LC_", "SSH_", "GITHUB_", "CLAUDE", "CONDA_", "BASH_", "DBUS_", "SUDO_", "GIT_", "AWS_")
SETTING = names(". source eval read mapfile readarray getopts")
EXPORTING = names("export declare typeset set local readonly env")
_DEFAULTS = (":-", ":=", ":?", ":+", "-", "=", "?", "+")
_TRIMS = ("##", "%%", "#", "%")
_CASES = ("^^", ",,", "^", ",")


def expand(expander: Expander, inside: str, fields: Fields, *, quoted: bool, single: bool) -> None:
    """Add what `${inside}` stands for to the fields.

    Args:
        expander: Who expands, and in which state.
        inside: The source between the braces, or the bare name.
        fields: Where the pieces go.
        quoted: It stands in double quotes.
        single: The result stays one word.
    """
    reference = _Reference(inside)
    words = _operated(expander, reference, _words(expander, reference), quoted=quoted)
    if reference.is_list and not (single or (quoted and reference.star)):
        fields.add_all(words, split=not quoted)
    elif reference.is_list:
        fields.add_word(_joined(words), active=False)
    elif quoted or single or _quotes(reference.operation):
        fields.add_word(words[0], active=fields.pattern and not quoted)
    else:
        fields.add_split(words[0])


def variable(expander: Expander, name: str) -> Value:
    """Give the value of a variable, special ones too."""
    state = expander.state
    if name in state.variables:
        return expander.chosen(name, state.variables[name])
    if name in ("PWD", "OLDPWD"):
        places = state.cwd if name == "PWD" else state.previous
        at = expander.shell.pick((name, places), len(places)) if len(places) > 1 else 0
        place = places[at] if at >= 0 else None
        return UNKNOWN if place is None else scalar(place)
    if name == "IFS":
        return scalar(" \t\n")
    return UNKNOWN


MISSING = Word(text="", known=False, shape=NOTHING.shape)


class _Reference:
    """The parts of `${inside}`: `#` or `!` in front, the name, its subscript, the operation."""

    def __init__(self, inside: str) -> None:
        at = 0
        self.length = inside[:1] == "#" and len(inside) > 1 and (inside[1] in NAME or inside[1] in "@*")
        self.indirect = inside[:1] == "!" and len(inside) > 1 and inside[1] in NAME
        at += self.length or self.indirect
        end = at
        while end < len(inside) and inside[end] in (NAME if inside[at] in NAME_START else DIGITS):
            end += 1
        if end == at and inside[at : at + 1] in PARAMETERS and inside[at:]:
            end = at + 1
        self.name = inside[at:end]
        close = inside.find("]", end) if inside[end : end + 1] == "[" else -1
        self.subscript = inside[end + 1 : close] if close > 0 else ""
        self.operation = inside[(close + 1 if close > 0 else end) :]
        self.star = "*" in (self.name, self.subscript)
        self.is_list = not self.length and (self.star or "@" in (self.name, self.subscript))


def _words(expander: Expander, reference: _Reference) -> tuple[Word, ...]:
    """Give the words of the parameter itself; one word unless it is a list."""
    name = reference.name
    if reference.indirect:
        target = variable(expander, name).words[:1]
        if reference.subscript or not target or not target[0].known or not set(target[0].text) <= NAME:
            return (NOTHING,)
        return _scalar(variable(expander, target[0].text))
    if name in ("@", "*"):
        words = (NOTHING,) if expander.state.positional is None else expander.state.positional
    elif name and name[0] in DIGITS:
        return (_positional(expander, int(name[:6])),)
    elif name == "#":
        positional = expander.state.positional
        return (NOTHING,) if positional is None else (_known(str(len(positional))),)
    elif reference.subscript in ("@", "*"):
        words = variable(expander, name).words
    elif reference.subscript:
        return (_item(variable(expander, name), reference.subscript),)
    else:
        words = _scalar(variable(expander, name))
    if reference.length:
        return (_length(words, listed="@" in (name, reference.subscript) or reference.star),)
    return words


def _known(text: str) -> Word:
    return Word(text=text, literal=text)


def _scalar(value: Value) -> tuple[Word, ...]:
    return value.words[:1] or (_known(""),)


def _positional(expander: Expander, number: int) -> Word:
    positional = expander.state.positional
    if number == 0:
        return expander.state.zero or NOTHING
    if positional is None:
        return NOTHING
    if any(not word.known for word in positional[: number - 1]):
        return NOTHING  # an unknown word before it may be none or several
    if number <= len(positional):
        return positional[number - 1]
    # A script in a file looks whether it was told something before it relies on that.
    return MISSING if expander.shell.guards else _known("")


def _item(value: Value, subscript: str) -> Word:
    number = subscript.removeprefix("-")
    if not value.array or not number.isascii() or not number.isdigit() or len(number) > 6:  # noqa: PLR2004
        return value.words[0] if not value.array and subscript == "0" else NOTHING
    at = int(subscript)
    return value.words[at] if -len(value.words) <= at < len(value.words) else _known("")


def _length(words: tuple[Word, ...], *, listed: bool) -> Word:
    if any(not word.known for word in words):
        return NOTHING
    return _known(str(len(words) if listed else len(words[0].text)))


def _joined(words: tuple[Word, ...]) -> Word:
    """Join a list with blanks into one word."""
    literal: list[str] = []
    for place, word in enumerate(words):
        literal.append((" " if place else "") + (word.text if word.known else word.literal))
        if not word.known:
            return Word(text="", known=False, literal="".join(literal))
    return _known("".join(literal))


def _operated(expander: Expander, reference: _Reference, words: tuple[Word, ...], *, quoted: bool) -> tuple[Word, ...]:
    operation = reference.operation
    if not operation:
        return words if reference.name else (NOTHING,)
    default = next((op for op in _DEFAULTS if operation.startswith(op)), "")
    if default and reference.name:
        return _defaulted(expander, reference, words, default, quoted=quoted)
    expander.commands_in(operation)
    return tuple(_changed(expander, word, operation, quoted=quoted) for word in words)


def _defaulted(
    expander: Expander, reference: _Reference, words: tuple[Word, ...], op: str, *, quoted: bool
) -> tuple[Word, ...]:
    other = expander.operand(reference.operation[len(op) :], quoted=quoted)
    if op[-1] == "?":
        return words
    if not words or words[0] is MISSING:
        present = False
    elif any(word.literal for word in words):
        present = True
    elif all(word.known for word in words):
        present = any(word.text for word in words) or op[0] != ":"
    elif op[-1] != "+" and _is_unset(expander, reference.name):
        present = False
    else:
        present = expander.shell.pick(("present", reference.name, reference.operation), 2) != 0
    if op[-1] == "+":
        return (other,) if present else (_known(""),)
    if not present and op[-1] == "=" and reference.name[0] in NAME_START:
        expander.state.assign(reference.name, Value(words=(other,), sources=tuple(expander.sources)))
    return words if present else (other,)


def _is_unset(expander: Expander, name: str) -> bool:
    """Say whether a variable is the text's own invention: set nowhere in it, and none that an environment has."""
    return (
        name[0] in NAME_START
        and name not in expander.state.variables
        and name not in USUAL
        and not name.startswith(USUAL_STARTS)
        and not any(_may_set(command) for command in expander.shell.commands)
    )


def _may_set(command: Command) -> bool:
    """Say whether a command may have set variables that nobody sees."""
    return command.program in SETTING or (
        command.program in EXPORTING and not all(word.known for word in command.words)
    )


def _changed(expander: Expander, word: Word, operation: str, *, quoted: bool) -> Word:
    """Apply `%`, `/`, `:1:2`, `^^` to a known word."""
    if not word.known:
        return NOTHING
    trim = next((op for op in _TRIMS if operation.startswith(op)), "")
    if trim:
        form = expander.pattern(operation[len(trim) :])
        if not form.known or not pattern.is_quick(form.text, word.text):
            return NOTHING
        return _known(pattern.trimmed(word.text, form.text, end=trim[0] == "%", longest=len(trim) == 2))  # noqa: PLR2004
    if operation[0] == "/":
        return _replaced(expander, word, operation[1:], quoted=quoted)
    if operation in _CASES:
        return _known(_cased(word.text, operation))
    return _sliced(word.text, operation) if operation[0] == ":" else NOTHING


def _replaced(expander: Expander, word: Word, operation: str, *, quoted: bool) -> Word:
    every, anchor = operation[:1] == "/", operation[:1] if operation[:1] in ("#", "%") else ""
    source, _, new = operation[bool(every or anchor) :].partition("/")
    form, replacement = expander.pattern(source), expander.operand(new, quoted=quoted)
    if not form.known or not replacement.known or not form.text or not pattern.is_quick(form.text, word.text):
        return NOTHING
    if len(replacement.text) * len(word.text) > MOST_REPLACED:
        return NOTHING
    return _known(pattern.replaced(word.text, form.text, replacement.text, every=every, anchor=anchor))


def _cased(text: str, operation: str) -> str:
    change = str.upper if operation[0] == "^" else str.lower
    return change(text) if len(operation) == 2 else change(text[:1]) + text[1:]  # noqa: PLR2004  `^^` is every letter


def _sliced(text: str, operation: str) -> Word:
    first, colon, count = operation[1:].partition(":")
    numbers = [part.strip() for part in (first, count if colon else "0")]
    if not all(part.removeprefix("-").isdigit() and part.isascii() and len(part) < 7 for part in numbers):  # noqa: PLR2004
        return NOTHING
    start = int(numbers[0]) if int(numbers[0]) >= 0 else max(len(text) + int(numbers[0]), 0)
    if not colon:
        return _known(text[start:])
    end = int(numbers[1])
    return _known(text[start : start + end] if end >= 0 else text[start:end])


def _quotes(operation: str) -> bool:
    """Tell whether the operation's own word is quoted, so that its blanks do not split."""
    return '"' in operation or "'" in operation
