"""Whether a command only rehearses: an option of its manual says that nothing is changed (`--dry-run`).

Told from the words alone, and only where no reading of them makes the option the value of another one: it stands behind an
operand, a value, or an option of which it is known that it takes none, and nothing takes it back. Where that is not certain
the command is taken to be meant.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.names import names
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.shell.options import Options

# What a rehearsal leaves out. Reading, sending and running code may happen on the way to it all the same.
LEFT_OUT = frozenset(
    (
        Effect.FILE_WRITE,
        Effect.FILE_DELETE,
        Effect.FILE_MODE,
        Effect.VCS_COMMIT,
        Effect.VCS_DISCARD,
        Effect.VCS_REWRITE,
        Effect.VCS_PUSH,
        Effect.DB_WRITE,
        Effect.DB_DROP,
        Effect.INFRA_CHANGE,
        Effect.INFRA_DESTROY,
        Effect.DISK_DESTROY,
        Effect.PACKAGE_INSTALL,
        Effect.PACKAGE_PUBLISH,
        Effect.SECRET_WRITE,
        Effect.SYSTEM,
        Effect.PERSISTENCE,
        Effect.PROCESS_KILL,
        Effect.STATE,
        Effect.PRIVILEGE,
        Effect.ISOLATION,
    )
)
FALSE = names("false none null no off 0")
# Options that take a value in no program that anybody knows.
PLAIN = names("--verbose --quiet --force --yes --recursive --debug --all")


@value
class Rehearsing:
    """The options of a row, and of those above it, that make a command rehearse; `plain` ones take no value."""

    dry: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    alone: bool = False

    def joined(self, dry: tuple[str, ...], plain: tuple[str, ...]) -> Rehearsing:
        """Give these options and those of a row below, but for those that stand alone."""
        if (not dry and not plain) or self.alone:
            return self
        return Rehearsing(dry=self.dry.union(dry), plain=self.plain.union(plain))


def said(
    argv: tuple[str | None, ...],
    split: Options,
    options: Rehearsing,
    takes_value: frozenset[str],
    synonyms: dict[str, str],
) -> bool | None:
    """Say whether words rehearse; False where one of them takes that back, None where nothing is said.

    Args:
        argv: The words, the program or subcommand first.
        split: The same words, split.
        options: The options that rehearse.
        takes_value: The options that take a value.
        synonyms: From a spelling to its canonical one.
    """
    words = _Words(argv, options, takes_value, synonyms)
    found: bool | None = None
    if any(given.lower().rpartition("=")[2] in FALSE for _, given in split.values if "=" in given):
        return False  # a setting that is given as one may be that of rehearsing (`-o APT::Get::Simulate=false`)
    for at in split.options:
        word = argv[at] or ""
        if words.takes_back(word, (argv[at + 1] or "") if at + 1 < len(argv) else ""):
            return False
        if words.is_dry(word) and words.is_free(at, split):
            found = True
    return found


class _Words:
    """The words of one command, by what is known of its options."""

    def __init__(
        self,
        argv: tuple[str | None, ...],
        options: Rehearsing,
        takes_value: frozenset[str],
        synonyms: dict[str, str],
    ) -> None:
        self.argv = argv
        self.dry = options.dry
        self.takes_value = takes_value
        self.synonyms = synonyms
        known = {*synonyms, *synonyms.values()} - takes_value
        self.plain = PLAIN | options.plain | {name for name in options.dry if "=" not in name} | known

    def takes_back(self, word: str, after: str) -> bool:
        """`--no-dry-run`, shortened or not, `--dry-run=none`, and `--dry-run false`, as some read it."""
        if after.lower() in FALSE and self.is_dry(word):
            return True
        name, joined, given = word.partition("=")
        if joined and any(self._canonical(name) == dry.partition("=")[0] for dry in self.dry):
            return f"{self._canonical(name)}={given}" not in self.dry
        rest = word.removeprefix("--no-") if word.startswith("--no-") else ""
        return bool(rest) and any(dry.startswith("--" + rest) for dry in (*self.dry, *self.synonyms))

    def is_dry(self, word: str) -> bool:
        """Say whether a word holds an option that rehearses, whatever stands before it."""
        if self._canonical(word) in self.dry or word in self.dry:
            return True
        if word.startswith("--"):
            return False
        for place in range(1, len(word)):  # a cluster: a letter that may take a value ends what is known of it
            name = self._canonical("-" + word[place])
            if name in self.dry:
                return True
            if name not in self.plain:
                return False
        return False

    def is_free(self, at: int, split: Options) -> bool:
        """Say whether the word at a place cannot be the value of the one before."""
        before = self.argv[at - 1]
        if at == 1 or at - 1 not in split.options:
            return at == 1 or before is not None
        word = before or ""
        if word.startswith("--"):
            return "=" in word or self._canonical(word) in self.plain
        return self._canonical(word) in self.plain or all(
            self._canonical("-" + letter) in self.plain for letter in word[1:]
        )

    def _canonical(self, name: str) -> str:
        return self.synonyms.get(name, name)
