"""A command's words split into flags, option values and operands, whatever way they were spelled.

`-rf`, `-fr`, `-r -f` and `--recursive --force` come out the same, given which options take a value and which spellings
mean the same. Not a judge of what an option means, and no list of options: both tables come from the caller, who has them
from the command's manual. The rules are those of getopt_long: clusters of short options, `--name=value`, `--name value`,
unique prefixes of long names, `--` ends the options, a lone `-` is an operand. A word that cannot be known is an operand.
"""

from __future__ import annotations

from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


@value
class Options:
    """What a command's words say.

    `flags` holds every option that was given, in its canonical spelling, those with a value too. `values` pairs an option
    with its value, in order; a value that cannot be known is the empty string. `places` are the indices of the words that
    hold these values, `options` those of the words that hold options, `operands` those of the operands.
    """

    flags: frozenset[str] = frozenset()
    values: tuple[tuple[str, str], ...] = ()
    places: tuple[int, ...] = ()
    options: tuple[int, ...] = ()
    operands: tuple[int, ...] = ()


def split_options(
    argv: tuple[str | None, ...],
    *,
    takes_value: frozenset[str],
    synonyms: Mapping[str, str],
    leading: bool = False,
    whole: bool = False,
) -> Options:
    """Split the words after the program's name.

    Args:
        argv: The words, the program first; None for a word that cannot be known.
        takes_value: The options that take a value, in any of their spellings (`-n`, `--lines`, `-name`).
        synonyms: From a spelling to its canonical one (`--recursive` to `-r`, `-R` to `-r`).
        leading: The options end at the first operand, as for programs that run another (`env`, `sudo`).
        whole: Options of one dash are words (`-static`); only one letter that takes a value may have it glued on (`-ofile`).

    Returns:
        The options in canonical spelling, and where the operands stand.
    """
    reading = _Reading(argv, takes_value, synonyms, whole=whole)
    at = 1
    while at < len(argv):
        word = argv[at]
        if word == "--":
            reading.operands.extend(range(at + 1, len(argv)))
            break
        if word is None or len(word) < 2 or word[0] != "-":  # noqa: PLR2004  a dash and one letter make an option
            if leading:
                reading.operands.extend(range(at, len(argv)))
                break
            reading.operands.append(at)
            at += 1
        else:
            reading.options.append(at)
            at = reading.option(word, at)
    return Options(
        flags=frozenset(reading.flags),
        values=tuple(reading.values),
        places=tuple(reading.places),
        options=tuple(reading.options),
        operands=tuple(reading.operands),
    )


class _Reading:
    """The state of one split."""

    def __init__(
        self,
        argv: tuple[str | None, ...],
        takes_value: frozenset[str],
        synonyms: Mapping[str, str],
        *,
        whole: bool,
    ) -> None:
        self.whole = whole
        self.argv = argv
        self.takes_value = takes_value
        self.synonyms = synonyms
        self.flags: list[str] = []
        self.values: list[tuple[str, str]] = []
        self.places: list[int] = []
        self.options: list[int] = []
        self.operands: list[int] = []

    def option(self, word: str, at: int) -> int:
        """Read the option word at `at`; give the index of the next word."""
        if word.startswith("--") or self._known(word.partition("=")[0], shortest=2):
            return self._long(word, at)
        return self._cluster(word, at)

    def _known(self, name: str, *, shortest: int) -> bool:
        return len(name) > shortest and (name in self.takes_value or name in self.synonyms)

    def _long(self, word: str, at: int) -> int:
        name, joined, given = word.partition("=")
        name = self._completed(name)
        if joined:
            self._valued(name, given, at)
        elif self._wants_value(name):
            return self._next_is_value(name, at)
        else:
            self.flags.append(self._canonical(name))
        return at + 1

    def _completed(self, name: str) -> str:
        """A long name may be shortened as long as only one name begins so; two spellings of one option are one."""
        if self._known(name, shortest=0):
            return name
        found = [
            full for full in (*self.synonyms, *self.takes_value) if full.startswith(name) and full.startswith("--")
        ]
        return found[0] if len({self._canonical(full) for full in found}) == 1 else name

    def _cluster(self, word: str, at: int) -> int:
        for place in range(1, len(word)):
            name = "-" + word[place]
            if self._wants_value(name):
                if place + 1 == len(word):
                    return self._next_is_value(name, at)
                self._valued(name, word[place + 1 :], at)
                break
            if self.whole:
                self.flags.append(self._canonical(word))
                break
            self.flags.append(self._canonical(name))
        return at + 1

    def _next_is_value(self, name: str, at: int) -> int:
        self._valued(name, (self.argv[at + 1] or "") if at + 1 < len(self.argv) else "", at + 1)
        return at + 2

    def _wants_value(self, name: str) -> bool:
        return name in self.takes_value or self._canonical(name) in self.takes_value

    def _valued(self, name: str, given: str, place: int) -> None:
        self.places.append(place)
        self.flags.append(self._canonical(name))
        self.values.append((self._canonical(name), given))

    def _canonical(self, name: str) -> str:
        return self.synonyms.get(name, name)
