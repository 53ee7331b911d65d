"""Programs of which the catalog has no row: what their names may stand for, and the command that stands behind them.

An unknown program in front of a known one is taken for one that runs it: `rtk -- git reset --hard`, `mytool sudo rm x`.
"""

from __future__ import annotations

from itertools import pairwise

from web4_governance.core.effects.names import names
from web4_governance.core.effects.wildcard import matches, without_brackets
from web4_governance.core.shell.unseen import is_lookalike

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.effects.catalog import Catalog
    from web4_governance.core.shell.command import Command, Word

POWERSHELL = "pwsh -c"
# Parts of options that name what a program needs for itself: its settings, its own key.
FOR_ITSELF = ("env", "key", "cert", "conf", "file", "cred", "ident", "auth", "-e", "-i", "-c", "-f", "-k")
# What a runner calls the part of it that runs a command.
RUNS = names("run exec do with wrap proxy shell")
# Programs that nobody has as a subcommand of another one, or only with these very words.
BEHIND = names(
    "sudo doas git bash sh zsh dash dd shred chmod chown curl wget terraform kubectl docker psql mysql xargs find eval env "
    "python python3 node perl ruby npm aws gcloud mkfs.ext4 wipefs"
)
WITH_OPTIONS = names("rm mv cp")
_NOT_SHELL = frozenset("(){}=;\"'")
PLACES = (
    "$(npm bin)/", "$(npm prefix)/", "$(npm root)/.bin/", "$(yarn bin)/", "$(pnpm bin)/", "$(go env GOPATH)/bin/", "$(pwd)/",
    "$(git rev-parse --show-toplevel)/", "$(brew --prefix)/bin/", "$(poetry env info --path)/bin/",
    "$(poetry env info -p)/bin/",
)  # fmt: skip  # one name a line says no more
READING = names(
    "get test select where sort group measure format compare convertto convertfrom join split resolve show find tee out write "
    "import foreach wait"
)


def unseen(command: Command) -> str:
    """Say why a program cannot be known by its name; empty where it can."""
    word = command.words[0]
    if not word.known:
        return "" if own(word) else "a program that cannot be known"
    if word.glob:
        return "a program whose name is a pattern"
    if word.text.endswith(":"):
        return "a text that is no command"
    if _takes_all(command):
        return "a program that nobody knows is given the whole disk"
    if is_lookalike(word.text):
        return "a program whose name looks like another one"
    if command.source.startswith("{") and "," in command.source.split(" ")[0]:
        return "a program that is spelled with braces"
    if any(name.startswith(POWERSHELL) for name in command.via):
        verb, dash, _ = word.text.lower().partition("-")
        return "" if dash and verb in READING else "PowerShell that is not followed"
    return ""


def own(word: Word) -> str:
    """Give the name of a program in a directory that a known tool prints, as of the project; empty if it is none."""
    text = word.text.replace('"', "")
    place = "" if word.known else next((place for place in PLACES if text.startswith(place)), "")
    name = text.removeprefix(place)
    return name.rpartition("/")[2] if place and ".." not in name and "$" not in name and "`" not in name else ""


def _takes_all(command: Command) -> bool:
    """Say whether an unknown name is followed by the words that delete everything."""
    given = [word.text for word in command.words[1:] if word.known]
    return any(word in ("/", "/*", "~", "~/") for word in given) and any(
        word.startswith("-") and not word.startswith("--") and {"r", "f"} <= set(word.lower()) for word in given
    )


def line_of_shell(code: str) -> bool:
    """Say whether what an interpreter is given as code is a command line, which no language but the shell's can read."""
    words = code.split()
    return len(words) > 1 and (words[0] in BEHIND or words[0] in WITH_OPTIONS) and not _NOT_SHELL.intersection(code)


def globbed(word: Word, programs: frozenset[str]) -> str:
    """Give the one known program that a pattern, or its last part, stands for; empty where there is none, or more than one."""
    if own(word) in programs:
        return own(word)
    if not word.known or not word.glob:
        return ""
    pattern = without_brackets(word.text.rpartition("/")[2])
    found = [name for name in programs if matches(pattern, name)]
    return found[0] if len(found) == 1 else ""


def tail(words: tuple[Word, ...], catalog: Catalog) -> tuple[Word, ...]:
    """Give the command that an unknown program is handed; none where its words are not known to be one."""
    place = next((at for at, word in enumerate(words) if word.known and word.text == "--"), 0)
    if place and place + 1 < len(words) and _is_program(words[place + 1], catalog):
        return words[place + 1 :]
    behind = words[2:] if len(words) > 2 and words[1].known and words[1].text in RUNS else words[1:]  # noqa: PLR2004  a command has a program
    if len(behind) < 2 or not behind[0].known:  # noqa: PLR2004  and something that it does
        return ()
    program = behind[0].text.rpartition("/")[2]
    options = any(word.known and word.text.startswith("-") for word in behind[1:])
    return behind if program in BEHIND or (program in WITH_OPTIONS and options) else ()


def _is_program(word: Word, catalog: Catalog) -> bool:
    return word.known and not word.glob and catalog.row(word.text.rpartition("/")[2]) is not None


def line(words: tuple[Word, ...]) -> str:
    """Give words as a shell would have to be given them; what is not known stays a word that is not known."""
    return " ".join("'" + word.text.replace("'", "'\\''") + "'" if word.known else _open(word) for word in words)


def _open(word: Word) -> str:
    """Give a word with unknown parts: what is certain at its beginning stays."""
    return "'" + word.literal.replace("'", "'\\''") + '\'"$_"'


def is_another(command: Command) -> bool:
    """A program given by a path that is not the system's may be another one than the catalog means."""
    given = command.words[0].text
    return "/" in given and not given.startswith(("/bin/", "/usr/", "/sbin/", "/opt/", "/nix/", "/snap/"))


def worked_on(words: tuple[Word, ...]) -> list[Word]:
    """Give the words that a program works on: what an option is given may be meant for the program alone."""
    return [
        given
        for before, given in pairwise(words)
        if not given.text.startswith("-")
        and not (before.text.startswith("-") and any(sign in before.text.lower() for sign in FOR_ITSELF))
    ]
