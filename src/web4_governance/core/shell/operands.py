"""Options and operands of a resolved command, with the words that hold them."""

from __future__ import annotations

from web4_governance.core.shell.command import Command, Word, known_word
from web4_governance.core.shell.options import Options, split_options
from web4_governance.core.value import replace


def names(text: str) -> frozenset[str]:
    """Give the option names in a text, parted by blanks."""
    return frozenset(text.split())


def read_options(command: Command, takes: frozenset[str], *, leading: bool = True, start: int = 0) -> Options:
    """Split a command's words from `start` on, whose first is the program or subcommand; places are in the whole command."""
    options = split_options(command.argv[start:], takes_value=takes, synonyms={}, leading=leading)
    return replace(
        options,
        places=tuple(place + start for place in options.places),
        operands=tuple(place + start for place in options.operands),
    )


def option_word(command: Command, options: Options, wanted: frozenset[str]) -> Word | None:
    """Give the word that is the value of one of the wanted options, None if none was given."""
    for (name, given), place in zip(options.values, options.places, strict=True):
        if name in wanted:
            word = command.words[place] if place < len(command.words) else known_word("")
            return word if word.text == given or not word.known else known_word(given)
    return None
