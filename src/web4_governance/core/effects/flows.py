"""What a command's output carries, and whether it leaves the machine with it.

Of every step of a script it is told what it brings along: a download, a secret, a file, something private, a word about
this machine, an encoding. A command that sends lets out what reaches it by its input, what it reads itself, and what is
put into its words; each is looked at by the measure that everyday work allows (effects.md F4).
"""

from __future__ import annotations

from web4_governance.core.action import Effect, Place, TargetKind
from web4_governance.core.effects.literal import secret_in
from web4_governance.core.effects.names import names
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Target
    from web4_governance.core.shell.command import Command

    Touched = tuple[Effect, Target]

NETWORK, SECRET, DECODED, ENVIRONMENT = "network", "secret", "decoded", "environment"
DATA, PRIVATE, TELLS, ENCODES, COPIES = "data", "private", "tells", "encodes", "copies"
INVENTORY, REMOVES = "inventory", "removes"  # a list of all that is installed, and what takes away whatever it is told
LASTING = frozenset((NETWORK, SECRET, DECODED, DATA, PRIVATE, TELLS, ENCODES, INVENTORY))
FED = frozenset((DATA, PRIVATE, TELLS))
KNOWING = frozenset((DATA, PRIVATE, SECRET, TELLS))
READS = frozenset((Effect.FILE_READ, Effect.VCS_READ, Effect.DB_READ))
OF_OTHERS = frozenset((Place.HOME, Place.HOME_ROOT, Place.SYSTEM, Place.ROOT, Place.OUTSIDE, Place.DEVICE))
WHOLE = frozenset((Place.HOME_ROOT, Place.SYSTEM, Place.ROOT))
# What these say of a machine stands in every address of a package that is made for it.
PUBLIC = names(
    "/etc/os-release /usr/lib/os-release /etc/debian_version /etc/alpine-release /etc/timezone /etc/lsb-release"
)
DEVICES = names("/dev/null /dev/zero /dev/stdin /dev/fd/0 /dev/tty /dev/urandom /dev/random")
# Options whose value is what is said to a machine, not which one.
SAID = names(
    "-d --data --data-raw --data-binary --data-ascii --data-urlencode --json --post-data --body-data -F --form --form-string "
    "-H --header -A --user-agent -e --referer -b --cookie -u --user --body --message --payload"
)
BODIES = tuple(names(".json .xml .graphql .gql .ndjson .yaml .yml .proto .http"))  # what a request is written in


@value
class Sender:
    """A command that may send: what it does and brings itself, and what flows in by its input or into its words."""

    command: Command
    effects: frozenset[Effect]
    own: frozenset[str]
    piped: frozenset[str]
    worded: frozenset[str]
    before: frozenset[str]


def origins(effects: set[Effect], touched: list[Touched]) -> set[str]:
    """Say what a command's output carries, going by what the command does."""
    found: set[str] = set()
    if Effect.VCS_READ in effects:
        found.add(DATA)
    if Effect.DB_READ in effects:
        found |= {DATA, PRIVATE}
    if Effect.NET_INGRESS in effects:
        found.add(NETWORK)
    if Effect.SECRET_READ in effects:
        found.add(SECRET)
    if Effect.FILE_READ not in effects:
        return found
    read = [target for effect, target in touched if effect is Effect.FILE_READ]
    if not read:
        found.add(DATA)
    for target in read:
        if not _is_plain(target):
            found |= {DATA, PRIVATE} if target.place in OF_OTHERS else {DATA}
    return found


def _is_plain(target: Target) -> bool:
    """Say whether a file tells nothing of anybody: a device, a request's body in the project, the system's version."""
    if target.resolved in DEVICES or target.resolved in PUBLIC:
        return True
    return target.place not in OF_OTHERS and target.resolved.lower().endswith(BODIES)


def gravest(touched: list[Touched]) -> Target | None:
    """Give the file among those that were read which is least of the project's: what is said to leave the machine."""
    read = [target for effect, target in touched if effect is Effect.FILE_READ and not _is_plain(target)]
    for places in (WHOLE, OF_OTHERS):
        for target in read:
            if target.place in places:
                return target
    return None


def hosts(touched: list[tuple[Effect | None, Target | None]]) -> list[str]:
    """Give the hosts that a command speaks with; one that is not known is the empty string."""
    found = [target.resolved for _, target in touched if target is not None and target.kind is TargetKind.HOST]
    return list(dict.fromkeys(found)) or [""]


def leaving(sender: Sender) -> str:
    """Say why data leaves the machine with a command; empty where it does not."""
    copies = COPIES in sender.own
    return _handed(sender, copies=copies) or _worded(sender, copies=copies) or _encoded(sender, copies=copies)


def _handed(sender: Sender, *, copies: bool) -> str:
    """What a command reads, or is fed, it sends where it sends at all."""
    if not sender.effects & {Effect.NET_EGRESS, Effect.NET_LISTEN}:
        return ""
    if "coproc" in sender.command.via and Effect.NET_EGRESS in sender.effects:
        return "keeps a channel open beside the work"
    if _reads(sender, copies=copies):
        return "sends what it reads"
    return "sends what another command read" if sender.piped & ({PRIVATE} if copies else FED) else ""


def _worded(sender: Sender, *, copies: bool) -> str:
    """What is put into the words of a command goes where they go: a name that is asked for, the address of a page."""
    worded = sender.worded
    if PRIVATE in worded or (worded & {DATA, TELLS} and ENCODES in worded):
        return "puts what was read into what it sends"
    if TELLS in worded and not copies and not _only_address(sender.command):
        return "puts what this machine tells into what it sends"
    return "puts what was read into a name that it asks for" if DATA in worded and _in_name(sender.command) else ""


def _encoded(sender: Sender, *, copies: bool) -> str:
    """What was encoded on the way was made ready to be sent."""
    if ENCODES in sender.piped and sender.piped & KNOWING and not copies:
        return "is fed what was read and encoded"
    told = ENCODES in sender.before and sender.before & KNOWING and not sender.worded and not copies
    return "sends piece by piece what was read and encoded" if told and _has_gap(sender.command) else ""


def _reads(sender: Sender, *, copies: bool) -> bool:
    """Say whether a command reads what it sends: what is copied to an own machine may be the project's."""
    if copies:
        return PRIVATE in sender.own
    return DATA in sender.own and not sender.effects.isdisjoint(READS)


def _only_address(command: Command) -> bool:
    """`http://$(hostname):80/x` asks this machine itself; nothing of it is sent elsewhere."""
    shapes = [
        word.shape.partition("://")[2] or word.shape
        for before, word in zip(command.words, command.words[1:], strict=False)
        if not word.known and before.text not in SAID
    ]
    return any(shape.startswith("${_}") and shape[4:5] in ("", ":", "/") for shape in shapes)


def _in_name(command: Command) -> bool:
    """Say whether a name, of a host and not of a page, is put together with what is not known."""
    return any(not word.known and "${_}." in word.shape and "/" not in word.shape for word in command.words[1:])


def _has_gap(command: Command) -> bool:
    return any(not word.known and "${_}" in word.shape and len(word.shape) > len("${_}") for word in command.words[1:])


def literal_secret(command: Command) -> str:
    """Give the name of a secret that stands in a command's own words by its shape; empty where none does."""
    return next((name for word in command.words[1:] if (name := secret_in(word.text))), "")
