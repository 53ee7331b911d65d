"""Which words of a command an entry of the catalog speaks of, and what kind of thing each of them names.

A selector gives words; a kind turns a word into a target, or into nothing where the word is not of that kind (`local` and
`remote` sort the operands of `scp` between them). Both are closed sets of the catalog's language.
"""

from __future__ import annotations

from web4_governance.core.action import Effect, Place, Target, TargetKind
from web4_governance.core.effects import hosts
from web4_governance.core.effects.conditions import items, prepared
from web4_governance.core.effects.places import locate
from web4_governance.core.effects.rows import objects, text
from web4_governance.core.shell.command import Word
from web4_governance.core.value import make, replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.conditions import Condition
    from web4_governance.core.effects.places import Scene
    from web4_governance.core.effects.rows import Entry, Object, Reading

    Kind = Callable[[Word, Scene, str | None], Target | None]
    Choose = Callable[[Any, Reading, str | None], list[Word]]
    Selectors = tuple[tuple[Choose, Any], ...]

SELECTORS = ("operands", "value:", "after:", "text:", "stdin", "cwd")
EFFECTS = {effect.value: effect for effect in Effect}
_KINDS_OF_TARGET = {kind.value: kind for kind in TargetKind}
DOTS = hosts.PARTS - 1
_HOST_ENDS = "/?#\\"
# Where a site is put (`/srv`, `/var/www`, `/opt`) is not what a system runs on.
_SYSTEM_OF_OTHERS = (
    "/etc", "/bin", "/sbin", "/usr", "/lib", "/boot", "/root", "/var/lib", "/var/spool", "/proc", "/sys", "/dev",
)  # fmt: skip
_SHARED = ("/tmp/", "/var/tmp/", "/dev/shm/")  # noqa: S108  of another machine, never opened
_PROTOCOLS = ("tcp", "udp", "sctp", "openssl", "ssl", "socks", "proxy", "ip", "vsock")


class Said:
    """What an entry of a row says where its condition holds, read once.

    `on`, `into` and the words of `texts`, `alias`, `shell_words`, `variables` are selectors, None where the entry has no such
    field. `deep`, `fresh` and `counted` are so, or not, or where a condition holds. `besides` says that it tells more than an
    effect.
    """

    __slots__ = (
        "alias", "besides", "counted", "deep", "default", "effect", "fresh", "hands", "into", "into_value", "kind", "marked",
        "names", "of_operands", "on", "role", "shell_words", "texts", "variables", "why",
    )  # fmt: skip  # one name a line says no more

    def __init__(self, entry: Object) -> None:
        language = text(entry, "language")
        self.role = text(entry, "role")
        self.texts = tuple((how, language, selectors(entry[how])) for how in ("sql", "code", "shell") if how in entry)
        self.alias = _selectors_in(entry, "alias")
        self.shell_words = _selectors_in(entry, "shell-words")
        self.variables = _selectors_in(entry, "variables")
        self.marked = EFFECTS.get(text(entry, "marked"))
        self.besides = bool(
            self.texts
            or self.alias is not None
            or self.shell_words is not None
            or self.variables is not None
            or self.marked
        )
        self.effect = EFFECTS.get(text(entry, "effect"))
        self.why = text(entry, "why")
        self.hands = items(entry.get("hands"))
        self.on = _selectors_in(entry, "on")
        self.into = _selectors_in(entry, "into")
        self.into_value = text(entry, "into").startswith("value:")
        self.kind = text(entry, "kind", "path")
        self.default = text(entry, "default")
        self.of_operands = only_operands(entry)
        self.names = frozenset(objects(entry, "names"))
        self.deep, self.fresh, self.counted = (_whether(entry.get(name)) for name in ("deep", "fresh", "counted"))


def said_by(entry: Entry) -> Said:
    """Read what an entry says, and keep it with the entry as `said`."""
    entry.said = found = Said(entry.row)
    return found


def _whether(found: Json) -> bool | Condition:
    return (prepared(found) or True) if isinstance(found, dict) else found is True


def select(entry: Object, of: Reading, stdin: str | None) -> list[Word]:
    """Give the words that an entry's `on` names, in its order."""
    return chosen(selectors(entry.get("on")), of, stdin)


def only_operands(entry: Object) -> bool:
    """Say whether an entry speaks of operands, so that more of them, if there were any, would be selected too."""
    return any(selector.startswith("operands") for selector in items(entry.get("on")))


def chosen(by: Selectors, of: Reading, stdin: str | None) -> list[Word]:
    """Give the words that selectors name, in their order."""
    if len(by) == 1:
        return by[0][0](by[0][1], of, stdin)
    return [word for choose, rest in by for word in choose(rest, of, stdin)]


def selectors(found: Json) -> Selectors:
    """Give selectors as they are asked for words."""
    return tuple([_selector(selector) for selector in items(found)])


def _selectors_in(entry: Object, name: str) -> Selectors | None:
    return selectors(entry[name]) if name in entry else None


def _selector(selector: str) -> tuple[Choose, Any]:
    name, colon, rest = selector.partition(":")
    if name.startswith("operands"):
        return _operands, _slice(selector)
    if name in ("text", "cwd"):
        word = plain(".") if name == "cwd" else plain(rest)
        return (_text, word) if name == "cwd" or colon else (_nothing, "")
    return _CHOOSING.get(name, _nothing), rest


def _operands(where: slice, of: Reading, _stdin: str | None) -> list[Word]:
    return list(of.operands[where])


def _text(word: Word, _of: Reading, _stdin: str | None) -> list[Word]:
    return [word]


def _input(_rest: str, _of: Reading, stdin: str | None) -> list[Word]:
    return [] if stdin is None else [plain(stdin)]


def _value(option: str, of: Reading, _stdin: str | None) -> list[Word]:
    return [plain(given) if given else Word(text="", known=False) for name, given in of.values if name == option]


def _after(prefix: str, of: Reading, _stdin: str | None) -> list[Word]:
    return [
        _cut(word, prefix) for word in of.operands if (word.text if word.known else word.literal).startswith(prefix)
    ]


def _nothing(_rest: str, _of: Reading, _stdin: str | None) -> list[Word]:
    return []


_CHOOSING: dict[str, Choose] = {"stdin": _input, "value": _value, "after": _after}


def plain(given: str) -> Word:
    """Give a word that is known as it stands."""
    return make[Word](text=given, literal=given)


def _cut(word: Word, prefix: str) -> Word:
    glob = word.glob
    return Word(text=word.text[len(prefix) :], known=word.known, glob=glob, literal=word.literal.removeprefix(prefix))


def sliced(selector: str) -> slice | None:
    """Give which operands a selector means; None where it is not written as one."""
    name, bracket, rest = selector.partition("[")
    if name != "operands" or (bracket and not rest.endswith("]")):
        return None
    try:
        return _slice(selector)
    except ValueError:
        return None


def _slice(selector: str) -> slice:
    """Read `operands[1:]`; an index gives a slice of one."""
    inside = selector.partition("[")[2].rstrip("]")
    if not inside:
        return slice(None)
    first, colon, last = inside.partition(":")
    start = int(first) if first else None
    if colon:
        return slice(start, int(last) if last else None)
    return slice(start, None if start == -1 or start is None else start + 1)


def target_of(kind: str, word: Word, scene: Scene, cwd: str | None) -> tuple[Target | None, str]:
    """Give the target that a word names, and the host in it where there is one."""
    make = _KINDS.get(kind)
    target = make(word, scene, cwd) if make else _other(kind, word)
    if target is None:
        return None, ""
    return target, target.resolved if target.kind is TargetKind.HOST else ""


def unknown_target(kind: str) -> Target:
    """Give the target of a word that is not there to be seen (`xargs rm`)."""
    if kind in ("path", "local", "device"):
        return Target(kind=TargetKind.PATH, given="", place=Place.UNKNOWN, exact=False)
    return Target(kind=_KINDS_OF_TARGET.get(kind, TargetKind.TEXT), given="", exact=False)


def path(word: Word, scene: Scene, cwd: str | None) -> Target:
    """Give the target of a word that is a path."""
    if word.known and word.text[:1] == "~" and word.literal[:2] == "./":  # quoted: the name of a file
        return replace(locate(word.literal, scene, cwd=cwd), given=word.text)
    return locate(word.text, scene, cwd=cwd, known=word.known, glob=word.glob, literal=word.literal, shape=word.shape)


def host_of(given: str) -> str:
    """Give the lower-case host of a URL, or of `user@host:port/...`; empty where there is none."""
    scheme, found, rest = given.partition("://")
    authority = rest if found else given
    for end in _HOST_ENDS:
        authority = authority.partition(end)[0]
    authority = authority.rpartition("@")[2].lower()
    if authority.startswith("["):
        return hosts.plain(authority.partition("]")[0][1:])
    return "" if scheme.lower() == "file" and found else hosts.plain(authority.partition(":")[0])


def _url(word: Word, _scene: Scene, _cwd: str | None) -> Target | None:
    given = word.text if word.known else word.literal
    if given.lower().startswith("file:"):
        return None
    certain = word.known or "/" in given.partition("://")[2]
    if not certain and "://" in given:  # `http://169.254.170.2$PATH`: an address that is whole as it stands
        head = host_of(given.partition("$")[0])
        certain, given = head.count(".") == DOTS and head.replace(".", "").isdecimal(), head
    return Target(
        kind=TargetKind.HOST,
        given=word.text,
        resolved=host_of(given) if certain else "",
        exact=word.known and not word.glob,
    )


def _file_url(word: Word, scene: Scene, cwd: str | None) -> Target | None:
    """The path of `file:///x`."""
    given = word.text if word.known else word.literal
    return locate(given[5:].replace("//", "", 1), scene, cwd=cwd) if given.lower().startswith("file:") else None


def _url_name(word: Word, scene: Scene, cwd: str | None) -> Target:
    """The file that a fetched URL is saved as: its last part."""
    if not word.known:
        return unknown_target("path")
    plain_url = word.text.partition("?")[0]
    _, found, rest = plain_url.partition("://")
    name = (rest if found else plain_url).partition("/")[2].rpartition("/")[2]
    return locate(name or "index.html", scene, cwd=cwd)


def _host(word: Word, _scene: Scene, _cwd: str | None) -> Target:
    return Target(
        kind=TargetKind.HOST, given=word.text, resolved=host_of(word.text) if word.known else "", exact=word.known
    )


def _is_remote(word: Word) -> bool:
    """`host:path`, `user@host:path` and URLs are elsewhere; `./a:b` and `/a:b` are here."""
    before, colon, _ = _shown(word).partition(":")
    return bool(colon) and "/" not in before and bool(before)


def _shown(word: Word) -> str:
    """Give a word's text; where it is not known, with a sign for each part that is not."""
    return word.text if word.known else word.shape or word.literal


def _remote(word: Word, _scene: Scene, _cwd: str | None) -> Target | None:
    if not _is_remote(word):
        return None
    given = _shown(word)
    host = host_of(given) if "://" in given else host_of(given.partition(":")[0])
    host = "" if "$" in host else host
    return Target(kind=TargetKind.HOST, given=word.text, resolved=host, exact=word.known)


def _path_there(word: Word) -> str:
    """Give the absolute path of `host:/x`; empty where the word is no such thing."""
    given = word.text.partition(":")[2].strip("\"'") if _is_remote(word) and "://" not in word.text else ""
    return given if given.startswith("/") else ""


def _remote_path(word: Word, scene: Scene, _cwd: str | None) -> Target | None:
    """The path on the other side of `host:/x`, `namespace/pod:/x`: its name says what is fetched."""
    before, colon, given = word.text.partition(":")
    there = word.known and colon and before[:1] not in ("", ".", "/", "~") and "://" not in word.text
    hidden = given[:1] == "." and given[1:2] not in ("", ".", "/")  # `host:.ssh`, of the home over there
    path_there = given if given.startswith(("/", "~")) else f"~/{given}" if hidden else f"/srv/{given}"
    return locate(path_there, scene, cwd=None) if there and given else None


def _remote_temporary(word: Word, scene: Scene, cwd: str | None) -> Target | None:
    """`host:/tmp/x`, where everybody on the other machine can read it."""
    return _remote(word, scene, cwd) if (_path_there(word) + "/").startswith(_SHARED) else None


def _remote_system(word: Word, scene: Scene, cwd: str | None) -> Target | None:
    """`host:/etc/x` where the path is one that the other machine's system keeps its own files in."""
    given = _path_there(word)
    if not given:
        return None
    there = locate(given, scene, cwd=cwd)
    return (
        _remote(word, scene, cwd) if there.place is Place.ROOT or there.resolved.startswith(_SYSTEM_OF_OTHERS) else None
    )


def _socket(word: Word, _scene: Scene, _cwd: str | None) -> Target | None:
    """The other side of `TCP:host:port`, as socat writes it; what listens is none."""
    protocol, _, rest = (word.text if word.known else word.literal).partition(":")
    if "listen" in protocol.lower() or not protocol.lower().startswith(_PROTOCOLS):
        return None
    return Target(kind=TargetKind.HOST, given=word.text, resolved=host_of(rest), exact=word.known)


def _before_comma(word: Word, scene: Scene, cwd: str | None) -> Target:
    """The path of `file,option`, as socat writes it."""
    return locate(word.text.partition(",")[0], scene, cwd=cwd, known=word.known)


def _device(word: Word, scene: Scene, cwd: str | None) -> Target | None:
    target = path(word, scene, cwd)
    return target if target.place in (Place.DEVICE, Place.UNKNOWN) else None


def _local(word: Word, scene: Scene, cwd: str | None) -> Target | None:
    return None if _is_remote(word) else path(word, scene, cwd)


def _tree_path(word: Word, scene: Scene, cwd: str | None) -> Target | None:
    """The path of `REVISION:path`, as git names a file of a commit."""
    _, colon, name = (word.text if word.known else word.literal).partition(":")
    return locate(name.lstrip("/"), scene, cwd=scene.project or cwd) if colon and name else None


def _at_file(word: Word, scene: Scene, cwd: str | None) -> Target | None:
    """`@file`, `name=@file` and `name=<file` as curl reads them, and `name@file` as httpie does."""
    given = word.text
    name, at_sign, file = given.partition("@")
    if at_sign and name.isidentifier() and file:
        return locate(file, scene, cwd=cwd)
    for sign in ("@", "=@", "=<"):
        at = 0 if sign == "@" and given.startswith("@") else given.find(sign) if sign != "@" else -1
        if at >= 0:
            name = given[at + len(sign) :].partition(";")[0]
            return None if name == "-" else locate(name, scene, cwd=cwd)
    return None


def _other(kind: str, word: Word) -> Target:
    return Target(kind=_KINDS_OF_TARGET.get(kind, TargetKind.TEXT), given=word.text, exact=word.known and not word.glob)


_KINDS: dict[str, Kind] = {
    "path": path,
    "url": _url,
    "url-name": _url_name,
    "file-url": _file_url,
    "host": _host,
    "remote": _remote,
    "remote-path": _remote_path,
    "local": _local,
    "at-file": _at_file,
    "tree-path": _tree_path,
    "before-comma": _before_comma,
    "remote-system": _remote_system,
    "remote-temporary": _remote_temporary,
    "socket": _socket,
    "device": _device,
}
KINDS = frozenset(_KINDS) | frozenset(_KINDS_OF_TARGET) | {"found"}
