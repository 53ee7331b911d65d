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
from web4_governance.core.effects.names import names
from web4_governance.core.effects.rows import items, text
from web4_governance.core.effects.wildcard import GLOB, is_everything, matches, meets, without_brackets
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Target
    from web4_governance.core.effects.rows import Object

ANY_HOME = ("/home/", "/users/", "/documents and settings/")
# Where programs keep what is theirs, seen from a home: XDG, macOS, Windows, snap, flatpak, and a hidden directory.
APP_PLACES = (
    "~/.config/", "~/.local/share/", "~/.local/state/", "~/library/application support/", "~/library/containers/",
    "~/library/group containers/", "~/library/preferences/", "~/library/", "~/application support/", "~/appdata/roaming/",
    "~/appdata/local/", "~/appdata/locallow/", "~/appdata/local/packages/", "~/snap/", "~/.var/app/", "~/.",
)  # fmt: skip  # one name a line says no more
MAX_APP = 3
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
    """The marks of a catalog, sorted by how their patterns are looked up."""

    __slots__ = ("apps", "globs", "hosts", "names", "paths", "urls")

    def __init__(self, path_rows: tuple[Object, ...], host_rows: tuple[Object, ...]) -> None:
        self.names: dict[str, list[Mark]] = {}
        self.globs: list[tuple[str, Mark]] = []
        self.paths: list[tuple[str, str, Mark]] = []
        self.apps: dict[str, Mark] = {}
        self.hosts: dict[str, Mark] = {}
        self.urls: list[tuple[str, Mark]] = []
        for row in path_rows:
            mark = _mark(row)
            self.apps.update(dict.fromkeys((name.lower() for name in items(row.get("apps"))), mark))
            for pattern in items(row.get("paths")):
                self._keep(pattern.lower(), mark)
        for row in host_rows:
            mark = _mark(row)
            self.hosts.update(dict.fromkeys(items(row.get("hosts")), mark))
            self.urls += [(pattern, mark) for pattern in items(row.get("urls"))]

    def _keep(self, pattern: str, mark: Mark) -> None:
        if pattern.endswith("/**"):
            self._keep(pattern[:-3], mark)
            self._keep(pattern[:-1], mark)
        elif "/" in pattern:
            self.paths.append((pattern, pattern.partition("*")[0], mark))
        elif any(sign in pattern for sign in GLOB):
            self.globs.append((pattern, mark))
        else:
            self.names.setdefault(pattern, []).append(mark)

    def of_path(self, target: Target, home: str) -> tuple[Mark, ...]:
        """Give the marks of a path."""
        if target.given.startswith(("<(", ">(")):  # what a command says, no file
            return ()
        path = (target.resolved or target.given.replace('"', "").replace("'", "")).lower().replace("\\", "/")
        name = path.rstrip("/").rpartition("/")[2]
        glob = not target.exact and any(sign in path for sign in GLOB)
        if glob:
            path, name = without_brackets(path), without_brackets(name)
            found = [mark for pattern, mark in self._all_names() if _glob_names(name, pattern)]
        else:
            found = [*self.names.get(name, ()), *(mark for pattern, mark in self.globs if matches(pattern, name))]
        spellings = _spellings(path, home.lower())
        for spelled in spellings:
            found += self._at(spelled, glob=glob)
        sample = target.place in OF_OTHERS and not SAMPLES.isdisjoint(path.split("/")[:-1])
        return tuple(
            dict.fromkeys(m for m in found if not (m.samples and sample) and not _excepted(m, name, spellings))
        )

    def _at(self, spelled: str, *, glob: bool) -> list[Mark]:
        """Give the marks of the patterns with a directory that a path fits, and of the program whose it is."""
        app = self._of_app(spelled)
        if glob:
            return app + [mark for pattern, head, mark in self.paths if _glob_in(pattern, head, spelled)]
        return app + [m for pattern, head, m in self.paths if spelled.startswith(head) and matches(pattern, spelled)]

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
        return self.hosts.get(host) or next((mark for pattern, mark in self.urls if matches(pattern, path)), None)

    def _all_names(self) -> list[tuple[str, Mark]]:
        return [*((name, mark) for name, marks in self.names.items() for mark in marks), *self.globs]


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


def _glob_names(glob: str, pattern: str) -> bool:
    """Say whether a shell glob for a name is after names of this pattern."""
    if is_everything(glob):
        return False
    if pattern[:1] == "*":  # `*.pe?` is after keys, neither `*.json` nor `a*` is after `*credentials.json`
        return pattern.strip("*")[:SHARED] in glob and meets(glob, pattern)
    return glob[:1] not in GLOB and len(glob) - sum(map(glob.count, "*?")) >= SHARED and meets(glob, pattern)


def _glob_in(pattern: str, head: str, glob: str) -> bool:
    """Say whether a shell glob for a path reaches what this pattern names; one for a whole tree is after nothing."""
    directory = head.rpartition("/")[0]
    return len(directory) > 1 and glob.startswith(directory) and meets(glob, pattern)
