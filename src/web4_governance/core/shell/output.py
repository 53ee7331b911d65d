"""What the plainest commands print: `echo`, `printf`, `pwd`, `cat` of a heredoc. None where it is not certain."""

from __future__ import annotations

from web4_governance.core.shell import decoding
from web4_governance.core.shell.command import Word, known_word
from web4_governance.core.shell.escapes import ansi_text
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.source import Source
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from web4_governance.core.shell.command import Command
    from web4_governance.core.shell.environment import State

STDERR = 2
_HERE = ("<<", "<<-", "<<<")
_FED = (*_HERE, "<")
_PLACING = ("cd", "pwd", "dirname", "basename")
_PRINTERS = ("echo", "printf", "pwd", "cat", "tee", "which", "command", "basename", "dirname")


def is_single(text: str, state: State) -> bool:
    """Tell whether a text is one simple command that no function stands in front of."""
    if not text.lstrip().startswith((*_PRINTERS, "<")) or any(name in state.functions for name in _PRINTERS):
        return False
    return bool(Source(text).single)


def is_chain(commands: Sequence[Command], first: int, state: State) -> bool:
    """Tell whether the commands from `first` on are one pipeline that ends in what only spells a text otherwise."""
    chain = commands[first:]
    if chain[-1].program not in decoding.DECODERS or any(command.program in state.functions for command in chain):
        return False
    return all(command.feeds == ((first + at - 1,) if at else ()) for at, command in enumerate(chain))


def is_place(commands: Sequence[Command]) -> bool:
    """Tell whether commands do nothing but say which directory they have gone to: `cd "$(dirname "$0")/.." && pwd`."""
    programs = [command.program for command in commands]
    return programs[-1] == "pwd" and "cd" in programs and all(one in _PLACING for one in programs)


def temporary(command: Command) -> Word:
    """Give what `mktemp` prints, with its template's signs in the place of the letters that it draws."""
    words = [word for word in command.words[1:] if not word.known or not word.text.startswith("-")]
    placed = any(word.known and word.text[:2] in ("-p", "--") for word in command.words[1:])
    flags = {char for word in command.words[1:] if word.known and word.text[:1] == "-" for char in word.text[1:]}
    if placed or not all(word.known and not word.glob for word in words):
        return Word(text="", known=False)
    if not words:
        return known_word("/tmp/tmp.XXXXXXXXXX")  # noqa: S108  a name in a text, no file is made
    if "t" in flags and "/" not in words[0].text:
        return known_word("/tmp/" + words[0].text)  # noqa: S108  as above
    return known_word(words[0].text)


def of(command: Command, commands: Sequence[Command]) -> str | None:
    """Give what a command prints.

    Args:
        command: The command.
        commands: The list that `pipe_from` refers to; empty if nothing may come from a pipe.
    """
    if not command.words and command.stdin is not None and any(one.op == "<" for one in command.redirects):
        return command.stdin  # `$(< file)`
    argv = [word.text for word in command.words if word.known and not word.glob]
    if len(argv) != len(command.words) or not argv or command.adds:
        return None
    if any(redirect.op not in _FED and redirect.fd != STDERR for redirect in command.redirects):
        return None
    program = command.program
    if program in ("cat", "tee"):
        return _passed(command, argv, commands)
    if program in decoding.DECODERS:
        fed = _passed(command, ["cat"], commands)
        return None if fed is None else decoding.decoded(argv, fed)
    printer = _TABLE.get(program)
    return printer(argv[1:], command) if printer else None


def said(command: Command, commands: Sequence[Command]) -> Word | None:
    """Give what a command prints as far as it is known, with a gap for each part that is not; None where nothing is."""
    text = of(command, commands)
    if text is not None:
        return known_word(text)
    words = tuple(
        known_word(word.text if word.known and not word.glob else word.shape or UNKNOWN_PART) for word in command.words
    )
    redirects = tuple(replace(one, target=known_word(one.target.shape or one.target.text)) for one in command.redirects)
    shapes = [one.target.shape or one.target.text for one in command.redirects if one.op in _HERE]
    stdin = shapes[-1] if shapes and command.stdin is not None else command.stdin
    if command.program == "echo" and any("\\" in word.text for word in words):
        return _both_ways(words, command)
    text = of(replace(command, words=words, redirects=redirects, stdin=stdin), commands)
    return None if text is None else Word(text=text, known=False, shape=text)


def _both_ways(words: tuple[Word, ...], command: Command) -> Word:
    """Give what `echo` makes of backslashes: one shell reads them, another leaves them as they are."""
    known = all(word.known for word in command.words)
    read = "".join(_echo([way, *(word.text for word in words[1:])], None) or "" for way in ("-e", "-E"))
    literal = " ".join(word.text for word in words[1:]) + "\n"
    return Word(text=literal + read, known=known, literal=literal + read, shape=literal + read)


def written(command: Command, commands: Sequence[Command]) -> str | None:
    """Give what a command writes into its `>(COMMAND)`."""
    words = tuple(word for word in command.words if word.known or not word.text.startswith(">("))
    redirects = tuple(one for one in command.redirects if one.target.known or not one.target.text.startswith(">("))
    if any(one.fd == STDERR for one in command.redirects if one not in redirects):
        return None
    return of(replace(command, words=words, redirects=redirects), commands)


def printed(words: Sequence[Word]) -> str | None:
    """Give what a `printf` of these words prints."""
    if any(not word.known or word.glob for word in words):
        return None
    return _printf([word.text for word in words[1:]], None)


def _passed(command: Command, argv: list[str], commands: Sequence[Command]) -> str | None:
    if argv[0] == "cat" and argv[1:] not in ([], ["-"]):
        texts = dict(command.texts)
        known = all(word in texts and texts[word].known for word in argv[1:])
        return "".join(texts[word].text for word in argv[1:]) if known else None
    if command.stdin is not None:
        known = all(redirect.target.known for redirect in command.redirects if redirect.op in _FED)
        return command.stdin if known else None
    if 0 <= command.pipe_from < len(commands) and command.feeds == (command.pipe_from,):
        return of(commands[command.pipe_from], commands)
    return None


def _echo(words: list[str], _command: Command | None) -> str | None:
    newline, escapes = "\n", False
    while words and len(words[0]) > 1 and words[0][0] == "-" and set(words[0][1:]) <= set("neE"):
        newline = "" if "n" in words[0] else newline
        escapes = "e" in words[0] and "E" not in words[0]
        words = words[1:]
    text = " ".join(words)
    if "\\" in text and not escapes:
        return None  # shells differ on what `echo` does with a backslash
    return (ansi_text(text, zero_octal=True) if escapes else text) + newline


def _printf(words: list[str], _command: Command | None) -> str | None:
    if words[:1] == ["--"]:
        words = words[1:]
    if not words or words[0].startswith("-"):
        return None
    form, given = words[0], iter(words[1:])
    out: list[str] = []
    left = len(words) - 1
    while True:
        made = _formatted(form, given)
        if made is None:
            return None
        out.append(made[0])
        left -= made[1]
        if left <= 0 or not made[1]:
            return "".join(out)


def _formatted(form: str, given: Iterator[str]) -> tuple[str, int] | None:
    """Do one round of a format with `%s`, `%b`, `%d` and `%%` in it; give the text and how many words it asked for."""
    pieces = form.split("%")
    out, asked, place = [ansi_text(pieces[0])], 0, 1
    while place < len(pieces):
        piece = pieces[place]
        if piece == "" and place + 1 < len(pieces):
            out.append("%" + ansi_text(pieces[place + 1]))
            place += 2
            continue
        if piece[:1] not in ("s", "b", "d") or not piece:
            return None
        word = next(given, "0" if piece[0] == "d" else "")
        asked += 1
        out.append((ansi_text(word, zero_octal=True) if piece[0] == "b" else word) + ansi_text(piece[1:]))
        place += 1
    return "".join(out), asked


def _pwd(words: list[str], command: Command | None) -> str | None:
    return command.cwd if command is not None and words in ([], ["-L"]) else None


def _which(words: list[str], _command: Command | None) -> str | None:
    """The path is not known, but its last part is, and that is what a program is known by."""
    return words[0] if len(words) == 1 and words[0][:1] not in ("", "-") else None


def _command(words: list[str], command: Command | None) -> str | None:
    return _which(words[1:], command) if words[:1] == ["-v"] else None


def _basename(words: list[str], _command: Command | None) -> str | None:
    if len(words) not in (1, 2) or words[0].startswith("-"):
        return None
    name = words[0].rstrip("/").rsplit("/", 1)[-1] or "/"
    return name.removesuffix(words[1]) if len(words) == 2 and words[1] != name else name  # noqa: PLR2004


def _dirname(words: list[str], _command: Command | None) -> str | None:
    if len(words) != 1 or words[0].startswith("-"):
        return None
    head, slash, _ = words[0].rstrip("/").rpartition("/")
    return (head.rstrip("/") or "/") if slash else ("/" if words[0].startswith("/") else ".")


_TABLE = {
    "echo": _echo,
    "printf": _printf,
    "pwd": _pwd,
    "which": _which,
    "command": _command,
    "basename": _basename,
    "dirname": _dirname,
}
