"""Whether a command turns on the gate itself, beyond the paths that its effects name.

By three roads: running the gate's own changing commands, handing a protected path to a program of which
nobody knows what it does with it, and code that speaks of the gate. Reading commands stay free. What a catalog row says
cannot take any of this away. Ending its process is `ending`'s, files that no row names are `unsaid`'s.
"""

from __future__ import annotations

from web4_governance.core.action import Place
from web4_governance.core.effects.names import names
from web4_governance.core.effects.places import UNKNOWN_PART
from web4_governance.core.effects.protect import APART, INSIDE_IT, NEAR
from web4_governance.core.effects.sweeping import HOOK_SIGNS, HOST_SIGN, git_lists, persons_settings
from web4_governance.core.effects.unsaid import HANDED, pieces
from web4_governance.core.effects.unsaid import hands_over as unsaid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from web4_governance.core.action import Target
    from web4_governance.core.effects.glance import Glance
    from web4_governance.core.effects.protect import Protected
    from web4_governance.core.effects.rows import Reading
    from web4_governance.core.effects.sweeping import Guard
    from web4_governance.core.shell.command import Command, Word

DISTRIBUTION = "web4-governance"
PACKAGE = "web4_governance"
OWN_NAME = "web4"
INVERTING = ("-v", "--invert-match", "-iv", "-vi", "-vE", "-Ev")
READING = names("status log show why sessions tree blame lineage stats verify export console mcp demo help")
# The verbs of which only some words read.
READING_WORDS = {
    "policy": names("show check eval explain test simulate diff suggest presets schema"),
    "config": frozenset(("show",)),
    "identity": names("show list verify"),
    "witness": frozenset(("status",)),
    "anchor": frozenset(("show", "list", "proof")),
}
RECORDING = ("--r", "--e", "--l")
RENEWING = ("--re",)
# The verbs that change something by one word, or by an option, which may be cut short as argparse takes it.
CHANGING: dict[str, tuple[str, tuple[str, ...]]] = {
    "doctor": ("", ("--f",)),
    "reconcile": ("", RECORDING),
    "trust": ("label", RENEWING),
    "report": ("sign-off", ()),
}
ALWAYS_LINK = names("ln link gln")
LINKERS = ALWAYS_LINK | names("cp gcp")
CONTAINERS = names("docker podman nerdctl docker-compose")
MOUNTS = names("-v --volume --mount")
MIN_LONG = 2
FOUND = "changes what is found where the gate keeps its files"
SEARCHES = names("grep egrep fgrep zgrep ugrep rg ag ack")
SKIPPING = names("rg ag ack ugrep")  # pass hidden files by where nothing says otherwise
HIDDEN = names("--hidden -. -uu -uuu --unrestricted")
GOING = names("cd chdir pushd")
# Programs that show a directory to a person.
SHOWING = names(
    "code code-insiders codium cursor windsurf zed subl open xdg-open start explorer "
    "explorer.exe nautilus dolphin thunar idea mkdir"
)
INSTALLERS = names(
    "pip pip3 pipx uv poetry pdm conda mamba brew apt apt-get dnf yum pacman snap npm pnpm yarn rye hatch claude"
)
PIP = "pip"  # by any way to run it: `python -m pip`
REMOVING = names("uninstall remove rm install add upgrade update sync purge autoremove reinstall i disable")


def finds_gate(behind: tuple[Command, ...], seen: Iterable[Target], of: Guard) -> str:
    """Say why words that come from these commands' output, who read or listed what was `seen`, may name what is protected."""
    words = [word for command in behind for word in command.words[1:]]
    named = any(_reaches(part, of) for word in words for part in pieces(word.text, known=word.known))
    places = tuple(seen)
    if named or any(of.protected.found(target) for target in places) or git_lists(behind, of):
        return FOUND
    sought = any(_seeks_gate(command, of) for command in behind)
    return FOUND if sought and any(_holds_hooks(target, of) for target in places) else ""


def _seeks_gate(command: Command, of: Guard) -> bool:
    """Say whether a search, which looks into hidden directories, asks for what a hook's line has in it.

    Where nobody looked whether hooks live there, only a word counts that stands in little else than the host's settings.
    """
    words = [word.text for word in command.words[1:]]
    if command.program not in SEARCHES or any("exclude-dir" in word for word in words):
        return False
    hidden = command.program not in SKIPPING or not HIDDEN.isdisjoint(words)
    kinds = [word.partition("=")[2] for word in words if word.startswith("--include=")]
    settings = not kinds or any(kind.endswith((".json", "*")) for kind in kinds)
    signs = HOOK_SIGNS if of.protected.looked else (HOST_SIGN,)
    return hidden and settings and any(sign in word.lower() for word in words for sign in signs)


def _holds_hooks(target: Target, of: Guard) -> bool:
    """Say whether settings in which hooks are known to live, or may, lie below a directory that was searched."""
    path = target.resolved
    if not (target.deep and target.exact and path):
        return False
    if not of.protected.looked:
        return of.protected.below(path)
    return of.protected.local_below(path) or of.protected.shared_below(path)


def strays(command: Command, place: Callable[[Word], Target]) -> list[Target]:
    """Give where a shell goes by a word of which the value is a glob, or is not known."""
    words = command.words[1:] if command.program in GOING else ()
    return [place(word) for word in words if word.glob or not word.known]


def meets_there(changed: Iterable[Target], strayed: list[Target], cwd: str | None, of: Guard) -> str:
    """Say why a relative name that is changed may be the gate's, seen from a glob that a shell went to."""
    if cwd is not None or not strayed:
        return ""
    homes = any(of.protected.holds(target) for target in strayed)
    settings = any(of.protected.directory(target) for target in strayed)
    for target in changed if homes or settings else ():
        relative = not target.resolved and not target.given.startswith(("/", "~"))
        if relative and (
            homes or of.protected.ends_like(f"/{target.given}") or any(sign in target.given for sign in "*?[")
        ):
            return "changes what lies in a directory that may be the gate's"
    return ""


def may_meet(changed: Iterable[Target], words: Iterable[Word], of: Guard, *, strayed: bool = False) -> bool:
    """Say whether a file that is changed has a name of the gate's, in a directory that is not known.

    `strayed` says that a shell went somewhere that cannot be told: then that is where a plain name lies.
    """
    unknown = {target.given for target in changed if target.place is Place.UNKNOWN}
    if not unknown:
        return False
    if strayed and any(
        of.protected.ends_like(f"/{given.removeprefix('./')}") for given in unknown if not given.startswith(("/", "~"))
    ):
        return True
    return any(
        word.text in unknown and of.protected.ends_like(word.shape.rpartition(UNKNOWN_PART)[2]) for word in words
    )


def runs_own(command: Command, glance: Glance, protected: Protected) -> str:
    """Say why a command is one of the gate's changing ones, as `own_command` does of its words."""
    return own_command(command.argv, protected) if _may_name(glance.lowered, glance.said, protected) else ""


def own_command(argv: tuple[str | None, ...], protected: Protected) -> str:
    """Say why these words run one of the gate's changing commands; empty if they do not."""
    for at, word in enumerate(argv):
        if word is None or not _may_name(word.lower(), word, protected):
            continue
        inner = tuple(word.split())  # a command handed over as one word, to be typed or run elsewhere
        if len(inner) > 1 and own_command(inner, protected):
            return "hands on a command that changes the gate"
        named = _named_in(word)
        if _is_own(named, protected) and (named.startswith(f"{PACKAGE}.") or _changes(argv[at + 1 :])):
            return "runs a command that changes the gate"
    return ""


def _may_name(lowered: str, said: str, protected: Protected) -> bool:
    """Say whether a program or a package of the gate's may stand in a text, given in lower case too."""
    if OWN_NAME in lowered:
        return True
    for name in protected.programs:  # noqa: SIM110  no generator where every command comes by
        if name in said:
            return True
    return False


def installs_gate(
    command: Command, glance: Glance, behind: tuple[Command, ...], lists: Callable[[], tuple[str, ...]]
) -> str:
    """Say why a command replaces or removes the gate's package.

    Args:
        command: The command.
        glance: One look at its words.
        behind: The commands whose output it gets, which may name the packages.
        lists: Gives the texts of files that it names, as far as the call wrote them.
    """
    if command.program not in INSTALLERS and PIP not in glance.lowered:
        return ""
    texts = [word.text.lower() for word in command.words]
    if (command.program not in INSTALLERS and PIP not in texts) or not REMOVING.intersection(texts):
        return ""
    handed = [
        word.text.lower()
        for one in behind
        if one.program not in SEARCHES or not any(word.text in INVERTING for word in one.words[1:])
        for word in one.words[1:]
    ]
    spoken = [part for text in (*handed, *(text.lower() for text in lists())) for part in text.split()]
    named = any(text.startswith("web4@") or canonical(text).startswith(DISTRIBUTION) for text in (*texts, *spoken))
    sought = any(canonical(part.strip("^'/")) == OWN_NAME for part in spoken)
    return "replaces or removes the gate's package" if named or sought else ""


def canonical(name: str) -> str:
    """Give a package's name as PEP 503 compares it: runs of `-`, `_` and `.` are one `-`; of a path the last part."""
    spelled = name.lower().rpartition("/")[2].replace("_", "-").replace(".", "-")
    return "-".join(part for part in spelled.split("-") if part)


def hands_over(
    command: Command,
    glance: Glance,
    inert: Reading | None,
    *,
    read: Callable[[], frozenset[str]],
    fed: str | None,
    of: Guard,
) -> str:
    """Say why a command may change what is protected, though no effect names it.

    Args:
        command: The command.
        glance: One look at its words.
        inert: How its row reads it, where that tells all that it does; None where no row does.
        read: Gives the words that it only reads.
        fed: The text that it is fed, where that is known.
        of: What is protected.
    """
    if inert is not None:
        return unsaid(command, glance, inert, read, of)
    lies = of.protected.around(command.cwd) if command.cwd else APART
    if lies == INSIDE_IT:
        return "runs where the gate keeps its files"
    far = glance.sure and lies == APART and of.protected.are_far(glance)
    if not far and _hands(command, read(), of, near=lies == NEAR):
        return HANDED
    if fed is not None and of.protected.spoken_of(fed):
        return "feeds a program a text about what the gate protects"
    return ""


def _hands(command: Command, read: frozenset[str], of: Guard, *, near: bool) -> bool:
    """Say whether a word that is not only read names what is protected; `near` says that the directory does too."""
    for word in command.words:
        if word.text in read or (word.known and not near and of.protected.is_far(word.text)):
            continue
        parts = pieces(word.text, known=word.known)
        shown = command.program in SHOWING
        if any(_reaches(part, of) or (not shown and persons_settings(part, of)) for part in parts):
            return True
    return False


def links_gate(command: Command, of: Guard) -> str:
    """Say why a command gives what is protected a second name, under which it could be changed later."""
    if command.program not in LINKERS:
        return ""
    texts = [word.text for word in command.words[1:]]
    options = [text for text in texts if text.startswith("-")]
    if command.program not in ALWAYS_LINK and not any(_asks_for_link(option) for option in options):
        return ""
    places = [of.place(text) for text in texts if not text.startswith("-")]
    if any(of.protected.holds(place) or of.protected.directory(place) for place in places):
        return "gives what the gate protects a second name"
    return ""


def mounts_gate(command: Command, of: Guard) -> str:
    """Say why a container is given settings in which hooks are known to live, or their directory, to write to."""
    if command.program not in CONTAINERS or not of.protected.looked:
        return ""
    words = [word.text for word in command.words[1:]]
    for at, word in enumerate(words):
        name, equals, given = word.partition("=")
        if name not in MOUNTS:
            continue
        said = given if equals else "".join(words[at + 1 : at + 2])
        if name == "--mount":
            parts = dict(part.partition("=")[::2] for part in said.split(","))
            source = parts.get("source") or parts.get("src") or ""
            kept = parts.get("readonly", "no") in ("", "true", "1") or "ro" in parts
        else:
            source, _, rest = said.partition(":")
            kept = "ro" in rest.rpartition(":")[2].split(",")
        place = of.place(source) if source.startswith(("/", ".", "~")) and not kept else None
        if place is not None and (of.protected.holds(place) or _is_lived_in(place, of)):
            return HANDED
    return ""


def _is_lived_in(place: Target, of: Guard) -> bool:
    path = place.resolved
    return of.protected.directory(place) and (of.protected.local_below(path) or of.protected.shared_below(path))


def _asks_for_link(option: str) -> bool:
    if option.startswith("--"):
        return len(option) > MIN_LONG and ("--link".startswith(option) or "--symbolic-link".startswith(option))
    return "l" in option or "s" in option


def _reaches(text: str, of: Guard) -> bool:
    return of.protected.holds(of.place(text)) or of.protected.named_in(text)


def _named_in(word: str) -> str:
    """Give the program or module that a word names, out of an option that it is glued to, or an escape to a shell.

    Python takes `-mNAME` and `-ImNAME` (its manual, "Interface options"), IPython `!NAME` and `%NAME` for a system command.
    """
    options, glued, rest = word.partition(f"m{PACKAGE}")
    if glued and options.startswith("-") and (options[1:].isalpha() or options == "-"):
        return PACKAGE + rest
    return word.lstrip("!%")


def _is_own(word: str, protected: Protected) -> bool:
    name = word.rsplit("/", 1)[-1]
    own = (*protected.programs, DISTRIBUTION)
    return (
        name in own
        or canonical(name) == DISTRIBUTION
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
    if verb in CHANGING:
        named, options = CHANGING[verb]
        return named in words or any(word is None or word.startswith(options) for word in rest)
    if words[:2] == ["policy", "grant"] and "--list" in rest and None not in rest:
        return False  # lists, or is refused where it is to do something else besides
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
