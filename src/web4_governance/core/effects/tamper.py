"""Whether a command turns on the gate itself, beyond the paths that its effects name.

By four roads: running the gate's own changing commands, ending its process, handing a protected path to a program of which
nobody knows what it does with it, and code that speaks of the gate. Reading commands stay free. What a catalog row says
cannot take any of this away.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.action import Target
    from web4_governance.core.effects.protect import Protected
    from web4_governance.core.effects.rows import Reading
    from web4_governance.core.shell.command import Command

    Place = Callable[[str], Target]

DISTRIBUTION = "web4-governance"
PACKAGE = "web4_governance"
READING = names("status log show why sessions tree blame stats verify report export console mcp demo help")
# The verbs of which only some words read.
READING_WORDS = {
    "policy": names("show check eval explain test simulate diff suggest presets schema"),
    "config": frozenset(("show",)),
    "identity": frozenset(("show", "list")),
    "witness": frozenset(("show", "list")),
    "anchor": frozenset(("show", "list")),
}
ALWAYS_LINK = names("ln link gln")
LINKERS = ALWAYS_LINK | names("cp gcp")
MIN_LONG = 2
SPEAKERS = names("echo printf test [ : true false")  # their words are only said
KILLERS = names("kill pkill killall skill killall5 xkill fuser systemctl service launchctl supervisorctl")
INSTALLERS = names(
    "pip pip3 pipx uv poetry pdm conda mamba brew apt apt-get dnf yum pacman snap npm pnpm yarn rye hatch claude"
)
REMOVING = names("uninstall remove rm install add upgrade update sync purge autoremove reinstall i disable")


def finds_gate(behind: tuple[Command, ...], of: Guard) -> str:
    """Say why words that come from these commands' output may name what is protected."""
    words = [word for command in behind for word in command.words[1:]]
    if any(_reaches(part, of) for word in words for part in _pieces(word.text, known=word.known)):
        return "changes what is found where the gate keeps its files"
    return ""


class Guard:
    """The protected paths, and how a word of the command is placed as a path."""

    __slots__ = ("place", "protected")

    def __init__(self, protected: Protected, place: Place) -> None:
        self.protected = protected
        self.place = place


def own_command(argv: tuple[str | None, ...], protected: Protected) -> str:
    """Say why these words run one of the gate's changing commands; empty if they do not."""
    for at, word in enumerate(argv):
        if word is None:
            continue
        inner = tuple(word.split())  # a command handed over as one word, to be typed or run elsewhere
        if len(inner) > 1 and own_command(inner, protected):
            return "hands on a command that changes the gate"
        if _is_own(word, protected) and (word.startswith(f"{PACKAGE}.") or _changes(argv[at + 1 :])):
            return "runs a command that changes the gate"
    return ""


def ends_gate(command: Command, behind: Callable[[], tuple[Command, ...]]) -> str:
    """Say why a command ends the gate's process; `behind` gives the commands whose output it takes its words from."""
    if command.program not in KILLERS:
        return ""
    words = [*command.words, *(word for other in behind() for word in other.words)]
    if any("web4" in word.text.lower() for word in words[1:]):
        return "ends the gate's process"
    if command.program == "kill" and "-1" in [word.text for word in command.words[2:]]:
        return "ends every process"
    return ""


def installs_gate(command: Command) -> str:
    """Say why a command replaces or removes the gate's package."""
    texts = [word.text.lower() for word in command.words]
    if command.program not in INSTALLERS and "pip" not in texts:
        return ""
    named = any(text.replace("_", "-").startswith((DISTRIBUTION, "web4@")) for text in texts)
    return "replaces or removes the gate's package" if named and REMOVING.intersection(texts) else ""


def hands_over(command: Command, reading: Reading | None, read: frozenset[str], fed: str | None, of: Guard) -> str:
    """Say why a command may change what is protected, though no effect names it.

    Args:
        command: The command.
        reading: How its row reads it; None where no row does.
        read: The words that it only reads.
        fed: The text that it is fed, where that is known.
        of: What is protected.
    """
    if reading is not None and reading.inert:
        return _option_hands_over(command, read, of)
    if command.cwd and of.protected.inside(command.cwd):
        return "runs where the gate keeps its files"
    for word in command.words:
        if word.text not in read and any(_reaches(part, of) for part in _pieces(word.text, known=word.known)):
            return "hands a program something that the gate protects"
    if fed is not None and of.protected.spoken_of(fed):
        return "feeds a program a text about what the gate protects"
    return ""


def links_gate(command: Command, of: Guard) -> str:
    """Say why a command gives what is protected a second name, under which it could be changed later."""
    if command.program not in LINKERS:
        return ""
    texts = [word.text for word in command.words[1:]]
    options = [text for text in texts if text.startswith("-")]
    if command.program not in ALWAYS_LINK and not any(_asks_for_link(option) for option in options):
        return ""
    places = [of.place(text) for text in texts if not text.startswith("-")]
    if any(of.protected.holds(place) or place.resolved.lower().endswith("/.claude") for place in places):
        return "gives what the gate protects a second name"
    return ""


def _asks_for_link(option: str) -> bool:
    if option.startswith("--"):
        return len(option) > MIN_LONG and ("--link".startswith(option) or "--symbolic-link".startswith(option))
    return "l" in option or "s" in option


def _option_hands_over(command: Command, read: frozenset[str], of: Guard) -> str:
    """The row says what the operands are; an option that it does not know may still name a file to write."""
    if command.program in SPEAKERS:
        return ""
    before = ""
    for word in command.words[1:]:
        if word.text not in read and (before.startswith("-") or word.text.startswith("-")):
            pieces = _pieces(word.text, known=word.known)
            if any(piece[:1] in ("/", "~", ".") and of.protected.holds(of.place(piece)) for piece in pieces):
                return "hands a program something that the gate protects"
        before = word.text
    return ""


def _reaches(text: str, of: Guard) -> bool:
    return of.protected.holds(of.place(text)) or of.protected.named_in(text)


def _pieces(text: str, *, known: bool) -> tuple[str, ...]:
    """Give a word, and what stands behind `=`, `:` or a short option's letter in it."""
    plain = text if known else text.replace('"', "").replace("'", "")
    pieces = [plain, *plain.split("=")[1:], *plain.split(":"), *plain.split(",")]
    if plain.startswith("-") and not plain.startswith("--"):
        pieces.append(plain[2:])
    return tuple(dict.fromkeys(piece for piece in pieces if piece))


def _is_own(word: str, protected: Protected) -> bool:
    name = word.rsplit("/", 1)[-1]
    own = (*protected.programs, DISTRIBUTION)
    return (
        name in own
        or name.partition("@")[0] in own
        or name.partition("==")[0] in own
        or word.partition(".")[0] == PACKAGE
        or f"{PACKAGE}/__main__" in word
        or f"{PACKAGE}/hook" in word
    )


def _changes(rest: tuple[str | None, ...]) -> bool:
    words = _verbs(rest)
    if words and words[0] is None:
        return True
    verb = words[0] if words else ""
    if not verb or verb in READING:
        return False
    if verb == "doctor":
        return "--fix" in rest or None in rest
    if verb == "trust":
        return "label" in words or None in words
    if verb in READING_WORDS:
        return len(words) > 1 and words[1] not in READING_WORDS[verb]
    return True


def _verbs(rest: tuple[str | None, ...]) -> list[str | None]:
    """Give the words that are no options; `--home X` is the one option with a value that stands before a verb."""
    words: list[str | None] = []
    skip = False
    for word in rest:
        if skip:
            skip = False
        elif word == "--home":
            skip = True
        elif word is None or not word.startswith("-"):
            words.append(word)
    return words
