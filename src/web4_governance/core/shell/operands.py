"""Options and operands of a resolved command, with the words that hold them."""

from __future__ import annotations

from web4_governance.core.shell.command import Command, Word, known_word
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.options import Options, split_options
from web4_governance.core.value import make, replace


def names(text: str) -> frozenset[str]:
    """Give the option names in a text, parted by blanks."""
    return frozenset(text.split())


def read_options(command: Command, takes: frozenset[str], *, leading: bool = True, start: int = 0) -> Options:
    """Split a command's words from `start` on, whose first is the program or subcommand; places are in the whole command.

    A word that is not known but begins with a dash is an option all the same (`-u$USER`, `--chdir=$X`), as its shape shows it.
    """
    words = command.words
    if leading and len(words) > start + 1:
        first = words[start + 1]
        if first.known and first.text[:1] != "-":
            return make[Options](operands=tuple(range(start + 1, len(words))))
    argv = tuple([_as_read(word) for word in words[start:]])
    options = split_options(argv, takes_value=takes, synonyms={}, leading=leading)
    if not start:
        return options
    return replace(
        options,
        places=tuple([place + start for place in options.places]),
        operands=tuple([place + start for place in options.operands]),
    )


def option_word(command: Command, options: Options, wanted: frozenset[str]) -> Word | None:
    """Give the word that is the value of one of the wanted options, None if none was given."""
    for (name, given), place in zip(options.values, options.places, strict=True):
        if name in wanted:
            word = command.words[place] if place < len(command.words) else known_word("")
            if word.known:
                return word if word.text == given else known_word(given)
            if not word.literal.startswith("-"):
                return word
            return Word(text=given, known=False, literal=given.partition(UNKNOWN_PART)[0], shape=given)
    return None


def _as_read(word: Word) -> str | None:
    if word.known:
        return word.text
    return word.shape if word.literal.startswith("-") else None
