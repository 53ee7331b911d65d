r"""What the name of a path or of a host says: a credential, or something that runs by itself later.

The names are data (the `paths` and `hosts` of the catalog's documents). Seen are: a bare name at any depth (`.env`,
`*.pem`), a path below any home (`~/.ssh/id_*`), an absolute path, and `*/x/y` at any depth; with `/**` at its end a
directory and all in it. The `apps` of a row are programs that keep all of theirs in one directory, looked for wherever
systems let programs keep such (`~/.NAME`, `~/.config/NAME`, `~/Library/Application Support/NAME` …). Case does not count,
because on some disks it does not, and `\\` is `/`. A shell glob has a mark if it names something of that kind (`.env*`,
`~/.ssh/*`, `*.pem`) and not because it could stand for anything (`*`, `*.json`).
"""

from __future__ import annotations

from web4_governance.core.action import Effect, Place
from web4_governance.core.effects.conditions import Globs, items
from web4_governance.core.effects.names import names
from web4_governance.core.effects.rows import text
from web4_governance.core.effects.wildcard import GLOB, is_everything, matches, meets, without_brackets
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.action import Target
    from web4_governance.core.effects.rows import Object

    Entry = tuple[int, str, "Mark"]

ANY_HOME = ("/home/", "/users/", "/documents and settings/")
# Where programs keep what is theirs, seen from a home: XDG, macOS, Windows, snap, flatpak, and a hidden directory.
APP_PLACES = (
    "~/.config/", "~/.local/share/", "~/.local/state/", "~/library/application support/", "~/library/containers/",
    "~/library/group containers/", "~/library/preferences/", "~/library/", "~/application support/", "~/appdata/roaming/",
    "~/appdata/local/", "~/appdata/locallow/", "~/appdata/local/packages/", "~/snap/", "~/.var/app/", "~/.",
)  # fmt: skip  # one name a line says no more
MAX_APP = 3
MOST_MARKED = 1024
MANY = 8  # paths, from which on an index pays
SHARED = 3  # letters of a name that a glob must spell out, to be after it
PROFILES = (("%userprofile%/", "~/"), ("$env:userprofile/", "~/"), ("%appdata%/", "~/appdata/roaming/"),
            ("$env:appdata/", "~/appdata/roaming/"), ("%localappdata%/", "~/appdata/local/"),
            ("$env:localappdata/", "~/appdata/local/"))  # fmt: skip
# What lies in such a directory of a project shows what keys look like, and is none.
SAMPLES = names(
    "testdata test-data test_data fixtures __fixtures__ fixture examples example samples sample docs doc test tests "
    "__tests__ spec mocks __mocks__ templates"
)
OF_OTHERS = frozenset((Place.PROJECT, Place.ARTEFACT, Place.OUTSIDE, Place.TEMPORARY))
_EFFECTS = {effect.value: effect for effect in Effect}


@value
class Mark:
    """What follows when something with such a name is read, listed or written; `why` says what it is.

    `samples` says that a name is none of it among a project's test data and documents.
    """

    read: Effect | None = None
    write: Effect | None = None
    listed: Effect | None = None
    why: str = ""
    except_: tuple[str, ...] = ()
    samples: bool = False


class Marks:
    """The marks of a catalog, sorted by how their patterns are looked up.

    The first few paths are tried against every pattern, which costs a process that judges one call less than an index.
    """

    __slots__ = (
        "_index",
        "_looked",
        "_marked",
        "_of_urls",
        "_reach",
        "_sought",
        "apps",
        "globs",
        "hosts",
        "names",
        "paths",
        "urls",
    )

    def __init__(self, path_rows: tuple[Object, ...], host_rows: tuple[Object, ...]) -> None:
        self.names: dict[str, list[Mark]] = {}
        self.globs: list[Entry] = []
        self.paths: list[Entry] = []
        self.apps: dict[str, Mark] = {}
        self.hosts: dict[str, Mark] = {}
        self.urls: list[tuple[str, Mark]] = []
        self._index: _Index | None = None
        self._looked = 0
        self._marked: dict[tuple[str, str, bool, Place], tuple[Mark, ...]] = {}
        self._reach: dict[str, list[Entry]] | None = None
        self._sought: tuple[dict[str, list[Entry]], dict[str, list[Entry]]] | None = None
        for row in path_rows:
            mark = _mark(row)
            self.apps.update(dict.fromkeys((name.lower() for name in items(row.get("apps"))), mark))
            for pattern in items(row.get("paths")):
                self._keep(pattern.lower(), mark)
        for row in host_rows:
            mark = _mark(row)
            self.hosts.update(dict.fromkeys(items(row.get("hosts")), mark))
            self.urls += [(pattern, mark) for pattern in items(row.get("urls"))]
        self._of_urls = Globs([pattern for pattern, _ in self.urls])

    def _keep(self, pattern: str, mark: Mark) -> None:
        if pattern.endswith("/**"):
            self._keep(pattern[:-3], mark)
            self._keep(pattern[:-1], mark)
        elif "/" in pattern:
            self.paths.append((len(self.paths), pattern, mark))
        elif any(sign in pattern for sign in GLOB):
            self.globs.append((len(self.globs), pattern, mark))
        else:
            self.names.setdefault(pattern, []).append(mark)

    def of_path(self, target: Target, home: str) -> tuple[Mark, ...]:
        """Give the marks of a path; those of the last few are kept."""
        if target.given.startswith(("<(", ">(")):  # what a command says, no file
            return ()
        key = (target.resolved or target.given, home, target.exact, target.place)
        found = self._marked.get(key)
        if found is None:
            if len(self._marked) >= MOST_MARKED:
                self._marked.clear()
            found = self._marked[key] = self._of_path(target, home)
        return found

    def _of_path(self, target: Target, home: str) -> tuple[Mark, ...]:
        self._looked += 1
        if self._looked == MANY:
            self._index = _Index(self.globs, self.paths)
        path = (target.resolved or target.given.replace('"', "").replace("'", "")).lower().replace("\\", "/")
        name = path.rstrip("/").rpartition("/")[2]
        glob = not target.exact and any(sign in path for sign in GLOB)
        if glob:
            path, name = without_brackets(path), without_brackets(name)
            found = self._named_by(name)
        else:
            found = [*self.names.get(name, ()), *self._named(name)]
        spellings = _spellings(path, home.lower())
        for spelled in spellings:
            found += self._at(spelled, glob=glob)
            if glob and name == "*":  # all that lies in a directory, whatever its names
                found += self._below(spelled)
        if not found:
            return ()
        sample = target.place in OF_OTHERS and not SAMPLES.isdisjoint(path.split("/")[:-1])
        return tuple(
            dict.fromkeys(m for m in found if not (m.samples and sample) and not _excepted(m, name, spellings))
        )

    def _named(self, name: str) -> list[Mark]:
        """Give the marks of the patterns for names that a name fits."""
        return _tried(self._index.near_name(name) if self._index is not None else self.globs, name, matches)

    def _named_by(self, glob: str) -> list[Mark]:
        """Give the marks of the names that a shell glob is after."""
        if is_everything(glob):
            return []
        if self._sought is None:
            self._sought = self._by_stem()
        stems, firsts = self._sought
        # `*.pe?` is after keys, neither `*.json` nor `a*` is after `*credentials.json`
        near = [entry for stem, entries in stems.items() if stem in glob for entry in entries]
        if glob[:1] not in GLOB and len(glob) - sum(map(glob.count, "*?")) >= SHARED:
            near += firsts.get(glob[:1], []) + firsts.get("?", [])
        return _tried(near, glob, meets)

    def _by_stem(self) -> tuple[dict[str, list[Entry]], dict[str, list[Entry]]]:
        """Give what a shell glob must spell out of each pattern for names: letters of it, or its first."""
        stems: dict[str, list[Entry]] = {}
        firsts: dict[str, list[Entry]] = {}
        every = [*((name, mark) for name, marks in self.names.items() for mark in marks)]
        every += [(pattern, mark) for _, pattern, mark in self.globs]
        for n, (pattern, mark) in enumerate(every):
            table, key = (stems, pattern.strip("*")[:SHARED]) if pattern[:1] == "*" else (firsts, pattern[:1])
            table.setdefault(key, []).append((n, pattern, mark))
        return stems, firsts

    def _at(self, spelled: str, *, glob: bool) -> list[Mark]:
        """Give the marks of the patterns with a directory that a path fits, and of the program whose it is."""
        return self._of_app(spelled) + (self._reached(spelled) if glob else self._below(spelled))

    def _below(self, spelled: str) -> list[Mark]:
        if self._index is not None:
            return _tried(self._index.near_path(spelled), spelled, matches)
        begins = spelled[:2]
        near = [entry for entry in self.paths if entry[1][:2] == begins or _is_open(entry[1])]
        return _tried(near, spelled, matches)

    def _reached(self, glob: str) -> list[Mark]:
        """Give the marks of what a shell glob for a path reaches; one for a whole tree is after nothing."""
        reach = self._reach
        if reach is None:
            reach = {}
            for entry in self.paths:
                directory = entry[1].partition("*")[0].rpartition("/")[0]
                if len(directory) > 1:
                    reach.setdefault(directory, []).append(entry)
            self._reach = reach  # whole: threads share this
        ends = [n for n, letter in enumerate(glob) if letter in "/*?"]
        near = [entry for n in ends for entry in reach.get(glob[:n], ())]
        return _tried(near, glob, meets)

    def _of_app(self, spelled: str) -> list[Mark]:
        if not spelled.startswith("~/"):
            return []
        found: list[Mark] = []
        for above in APP_PLACES:
            if spelled.startswith(above):
                parts = spelled[len(above) :].split("/", MAX_APP)
                within = ("/".join(parts[:most]) for most in range(1, min(len(parts), MAX_APP) + 1))
                found += [self.apps[name] for name in within if name in self.apps]
        return found

    def of_host(self, host: str, url: str = "") -> Mark | None:
        """Give the mark of a host, or of what a URL asks for there."""
        path = "/" + url.partition("://")[2].partition("/")[2].partition("?")[0].lower() if "://" in url else ""
        found = self.hosts.get(host)
        if found is not None or not self._of_urls.fit(path):
            return found
        return next((mark for pattern, mark in self.urls if matches(pattern, path)), None)


class _Index:
    """The patterns by what a name or a path must have for them to be worth a try; what is given may come twice."""

    __slots__ = ("_above", "_ends", "_firsts", "_loose", "_parts")

    def __init__(self, globs: list[Entry], paths: list[Entry]) -> None:
        self._firsts: dict[str, list[Entry]] = {}
        self._ends: dict[str, list[Entry]] = {}
        self._above: dict[str, list[Entry]] = {}
        self._parts: dict[str, list[Entry]] = {}
        # Those that begin and end with anything, with the longest text that a name, or a path, must hold.
        self._loose: tuple[list[tuple[str, Entry]], list[tuple[str, Entry]]] = ([], [])
        for entry in globs:
            self._keep_glob(entry)
        for entry in paths:
            self._keep_path(entry)

    def _keep_path(self, entry: Entry) -> None:
        """Keep a pattern under the directory that its fixed part names, or under a part that a path must have."""
        pattern = entry[1]
        head = _fixed(pattern)
        if head:
            # the directory and the first letter of what lies in it, as far as both are fixed
            key = pattern if head == pattern else head[: head.rfind("/") + 2].removesuffix("/")
            self._above.setdefault(key, []).append(entry)
            return
        part = max((part for part in pattern.split("/")[1:] if _fixed(part) == part), key=len, default="")
        if part:
            self._parts.setdefault(part, []).append(entry)
        else:
            self._loose[1].append((_longest(pattern), entry))

    def _keep_glob(self, entry: Entry) -> None:
        """Keep a pattern for a name under its first letter, or under its ending, or its last letter."""
        pattern = entry[1]
        tail = pattern.rpartition("*")[2]
        if pattern[0] not in "*?":
            self._firsts.setdefault(pattern[0], []).append(entry)
        elif tail and "?" not in tail:
            self._ends.setdefault(_ending(tail) or tail[-1], []).append(entry)
        else:
            self._loose[0].append((_longest(pattern), entry))

    def near_name(self, name: str) -> list[Entry]:
        """Give the patterns that a name could fit."""
        firsts, ends, none = self._firsts, self._ends, ()
        near = [*firsts.get(name[:1], none), *ends.get(_ending(name), none), *ends.get(name[-1:], none)]
        for within, entry in self._loose[0]:
            if within in name:
                near.append(entry)
        return near

    def near_path(self, spelled: str) -> list[Entry]:
        """Give the patterns that a path could fit."""
        above, parts = self._above, self._parts
        near = [*above.get("", ()), *above.get(spelled, ())]
        for within, entry in self._loose[1]:
            if within in spelled:
                near.append(entry)
        at = spelled.find("/")
        while at >= 0:
            if at:
                near += above.get(spelled[:at], ())
            near += above.get(spelled[: at + 2], ())
            at = spelled.find("/", at + 1)
        for part in spelled.split("/"):
            near += parts.get(part, ())
        return near


def _mark(row: Object) -> Mark:
    return Mark(
        read=_EFFECTS.get(text(row, "read")),
        write=_EFFECTS.get(text(row, "write")),
        listed=_EFFECTS.get(text(row, "list")),
        why=text(row, "why"),
        except_=tuple(pattern.lower() for pattern in items(row.get("except"))),
        samples=row.get("samples") is True,
    )


def _excepted(mark: Mark, name: str, spellings: tuple[str, ...]) -> bool:
    """Say whether a row sets this name apart, or this path where it says more than a name."""
    return any(
        any(matches(pattern, spelled) for spelled in spellings) if "/" in pattern else matches(pattern, name)
        for pattern in mark.except_
    )


def _spellings(path: str, home: str) -> tuple[str, ...]:
    """Give a path as it stands and, below a home, as seen from there; one that is relative, below an unknown root."""
    for variable, meant in PROFILES:
        if variable in path:
            return path, meant + path.partition(variable)[2]
    if path.startswith("$") and "/" in path:  # where that leads nobody knows: to a home, maybe
        return path, "/" + path, "~/" + path.partition("/")[2]
    if not path.startswith("/") and path[1:3] != ":/":
        return ("/" + path.removeprefix("./"), path if path.startswith("~/") else "~/" + path)
    if home and path.startswith(home + "/"):
        return path, "~" + path[len(home) :]
    if path.startswith("/root/"):
        return path, "~" + path[len("/root") :]
    for stem in ANY_HOME:
        above, found, rest = path.partition(stem)
        if found and _is_top(above):
            return path, "~/" + rest.partition("/")[2]
    return (path,)


def _is_top(above: str) -> bool:
    """Say whether homes lie there: below the root, or below a drive (`C:`, also behind a directory; `/c`, `/mnt/c`)."""
    return (
        above == ""
        or above.endswith(":")
        or (above.rpartition("/")[0] in ("", "/mnt") and len(above.rpartition("/")[2]) == 1)
    )


def _is_open(pattern: str) -> bool:
    """Say whether a pattern may begin with other letters than its own first two."""
    return pattern[0] in "*?" or pattern[1:2] in ("*", "?", "")


def _fixed(pattern: str) -> str:
    """Give what stands in front of the first sign of a pattern."""
    return pattern.partition("*")[0].partition("?")[0]


def _longest(pattern: str) -> str:
    """Give the longest text without a sign in a pattern."""
    return max(pattern.replace("?", "*").split("*"), key=len)


def _ending(name: str) -> str:
    """Give what stands behind the last dot, nothing where there is none."""
    _, dot, ending = name.rpartition(".")
    return ending if dot else ""


def _tried(near: list[Entry], text: str, fits: Callable[[str, str], bool]) -> list[Mark]:
    """Give the marks of the patterns that hold, in the catalog's order."""
    if not near:
        return []
    held = [entry for entry in near if fits(entry[1], text)]
    return [mark for _, _, mark in sorted(held, key=_number)]


def _number(entry: Entry) -> int:
    return entry[0]
