"""Command patterns: `rm -rf` in a policy means every command that is `rm` with both flags, however it is spelled.

A pattern holds for one resolved command: its program, all its flags in any spelling, its subcommand in its place, all its
other words. Wrappers are the resolved command's business (`sudo rm -r --force` is `rm`), but a pattern may name one
(`sudo rm`). Not for what a command does: that is an effect. A word that cannot be known proves nothing: such commands are
`opaque`, and the policy says what opaque gets.
"""

from __future__ import annotations

from web4_governance.core.errors import PolicyError
from web4_governance.core.policy.spelling import (
    ONE_DASH,
    TWO_WORDS,
    WITH_SUBCOMMAND,
    Spelling,
    called,
    spelling,
    spellings,
    subcommand_called,
)
from web4_governance.core.shell.options import split_options
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Deed

    Argv = tuple[str | None, ...]

_QUOTES = "'\""


@value
class CommandPattern:
    """A parsed command pattern: the program, and the words that must be there."""

    program: str
    words: tuple[str, ...]


def compile_command(text: str) -> CommandPattern:
    """Parse a command pattern; PolicyError where a quote is not closed."""
    words = split_words(text)
    return CommandPattern(program=program_of(words[0]), words=words)


def split_words(text: str) -> tuple[str, ...]:
    """Split at blanks, with quotes and backslashes as in the shell, and nothing expanded."""
    if not any(sign in text for sign in ("\\", *_QUOTES)):
        return tuple(text.split())
    words: list[str] = []
    word: list[str] | None = None
    quote = ""
    characters = iter(text)
    for character in characters:
        if character == "\\" and quote != "'":
            word = [*(word or []), next(characters, "\\")]
        elif quote and character == quote:
            quote = ""
        elif quote:
            word = [*(word or []), character]
        elif character in _QUOTES:
            quote, word = character, word or []
        elif character.isspace():
            words, word = ([*words, "".join(word)], None) if word is not None else (words, None)
        else:
            word = [*(word or []), character]
    if quote:
        message = f"a quote is not closed in `{text}`"
        raise PolicyError(message)
    return tuple(words if word is None else [*words, "".join(word)])


MOST_KNOWN = 4096
MOST_BEFORE = 4
PYTHONS = "pip"
PYTHON_3S = "pip3"  # which has that one name
_known: dict[tuple[Argv, str], _Ready] = {}


def command_holds(pattern: CommandPattern, deed: Deed, *, home: str, cover: bool) -> bool:
    """Say whether the command behind a deed is one that the pattern speaks of."""
    if cover and None in deed.argv:
        return False
    if not deed.via and pattern.program != PYTHONS:
        return bool(deed.argv) and _holds(pattern, deed.argv, home)
    return any(_holds(pattern, argv, home) for argv in _chains(pattern, deed))


def _chains(pattern: CommandPattern, deed: Deed) -> list[Argv]:
    """Give the words to look at: the command's own, and from each wrapper on that the pattern begins with."""
    chains: list[Argv] = [deed.argv] if deed.argv else []
    if pattern.program == PYTHONS:
        chains += within(deed.argv)
    wrappers = [tuple(entry.split()) for entry in deed.via] if deed.via else []
    for n, words in enumerate(wrappers):
        if words and program_of(words[0]) == pattern.program:
            chains.append((*(word for entry in wrappers[n:] for word in entry), *deed.argv))
    return chains


def within(argv: Argv) -> list[Argv]:
    """Give the program that another has as its word: `uv pip install x`, `python3 -m pip install x`."""
    if PYTHONS not in argv and PYTHON_3S not in argv:
        return []
    for n, word in enumerate(argv[:MOST_BEFORE]):
        before = argv[n - 1] if n else ""
        if word in (PYTHONS, PYTHON_3S) and (before in ("uv", "-m")):
            return [argv[n:]]
    return []


def _holds(pattern: CommandPattern, argv: Argv, home: str) -> bool:
    program = argv[0]
    if program is None or program_of(program) != pattern.program:
        return False
    ready = _ready(pattern, home)
    wanted = ready.wanted
    if ready.spelled and ready.spelled.isdisjoint(argv):
        return False
    there = _read(argv, ready.row, pattern.program, home)
    if not wanted.flags <= there.flags or not wanted.values <= there.values:
        return False
    return _words_hold(wanted.words, there.words, pattern.program if ready.subcommand else "")


class _Ready:
    """A pattern read for a home: what it wants, and the row by which a command is read that may be one."""

    __slots__ = ("row", "spelled", "subcommand", "wanted")

    def __init__(self, pattern: CommandPattern, home: str) -> None:
        self.subcommand = _subcommand(pattern)
        self.spelled = spellings(pattern.program, self.subcommand) if self.subcommand else frozenset()
        row = spelling(pattern.program, self.subcommand)
        self.wanted = _read(pattern.words, row, pattern.program, home)
        self.row = _with_flags(row, self.wanted.flags, pattern.program)


def _ready(pattern: CommandPattern, home: str) -> _Ready:
    """Give a pattern read for a home, once: patterns are few, and are held against every call."""
    key = (pattern.words, home)
    found = _known.get(key)
    if found is None:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        found = _known[key] = _Ready(pattern, home)
    return found


def _subcommand(pattern: CommandPattern) -> str:
    if pattern.program not in WITH_SUBCOMMAND:
        return ""
    words = _read(pattern.words, spelling(pattern.program), pattern.program, "").words
    return subcommand_called(pattern.program, words[0] or "") if words else ""


@value
class _Reading:
    """What a command's words say: flags in their one spelling, the values that were given, and the other words."""

    flags: frozenset[str]
    values: frozenset[tuple[str, str]]
    words: tuple[str | None, ...]


def _read(argv: Argv, row: Spelling, program: str, home: str) -> _Reading:
    options = split_options(argv, takes_value=row.takes_value, synonyms=row.synonyms)
    if program in ONE_DASH:
        flags = {_one_dash(word) for word in argv[1:] if word and word.startswith("-")}
    else:
        flags = {more for flag in options.flags for more in row.implies.get(flag, (flag,))}
    words = (argv[n] for n in options.operands)
    return _Reading(
        flags=frozenset(flags),
        values=frozenset((flag, _plain(given, home)) for flag, given in options.values if given),
        words=tuple(None if word is None else _plain(word, home) for word in words),
    )


def _with_flags(row: Spelling, flags: frozenset[str], program: str) -> Spelling:
    """Let long options that only the pattern knows be completed (`--for` is `--force` to getopt)."""
    if program in ONE_DASH:
        return row
    synonyms = {**{flag: flag for flag in flags if flag.startswith("--")}, **row.synonyms}
    return Spelling(takes_value=row.takes_value, synonyms=synonyms, implies=row.implies)


def _one_dash(word: str) -> str:
    return "-" + word.lstrip("-").partition("=")[0]


def _words_hold(wanted: Argv, words: Argv, program: str) -> bool:
    """Say whether the words are there; `program` is given where the first of them is its subcommand, in its place."""
    if not program:
        return all(word in words for word in wanted)
    if not words or subcommand_called(program, words[0] or "") != subcommand_called(program, wanted[0] or ""):
        return False
    if program in TWO_WORDS and len(wanted) > 1 and words[1:2] != wanted[1:2]:
        return False
    rest = iter(words[1:])
    return all(any(word == other for other in rest) for word in wanted[1:])


def program_of(word: str) -> str:
    """Give a program's name as patterns know it: without its directory, one of several that it has (`pip` for `pip3`)."""
    return called(word.rsplit("/", 1)[-1])


def _plain(word: str, home: str) -> str:
    """Give a word in one spelling where it is a path: without `./` in front and `/` behind, `~` resolved."""
    if home and (word == "~" or word.startswith("~/")):
        word = home + word[1:]
    word = word.removeprefix("./")
    return word.rstrip("/") or word[:1]
