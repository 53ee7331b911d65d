"""What the name of a path or of a host says: a credential, or something that runs by itself later.

The names are data (the `paths` and `hosts` of the catalog's documents). Seen are: a bare name at any depth (`.env`,
`*.pem`), a path below any home (`~/.ssh/id_*`), an absolute path, and `*/x/y` at any depth. Case does not count, because
on some disks it does not. A shell glob has a mark if it names something of that kind (`.env*`, `~/.ssh/*`, `*.pem`) and
not because it could stand for anything (`*`, `*.json`).
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.rows import items, text
from web4_governance.core.effects.wildcard import GLOB, is_everything, matches, meets, without_brackets
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Target
    from web4_governance.core.effects.rows import Object

ANY_HOME = ("/home/", "/Users/")
_EFFECTS = {effect.value: effect for effect in Effect}


@value
class Mark:
    """What follows when something with such a name is read or written; `why` says what it is."""

    read: Effect | None = None
    write: Effect | None = None
    why: str = ""
    except_: tuple[str, ...] = ()


class Marks:
    """The marks of a catalog, sorted by how their patterns are looked up."""

    __slots__ = ("globs", "hosts", "names", "paths")

    def __init__(self, path_rows: tuple[Object, ...], host_rows: tuple[Object, ...]) -> None:
        self.names: dict[str, list[Mark]] = {}
        self.globs: list[tuple[str, Mark]] = []
        self.paths: list[tuple[str, str, Mark]] = []
        self.hosts: dict[str, Mark] = {}
        for row in path_rows:
            mark = _mark(row)
            for pattern in items(row.get("paths")):
                self._keep(pattern.lower(), mark)
        for row in host_rows:
            self.hosts.update(dict.fromkeys(items(row.get("hosts")), _mark(row)))

    def _keep(self, pattern: str, mark: Mark) -> None:
        if "/" in pattern:
            self.paths.append((pattern, pattern.partition("*")[0], mark))
        elif any(sign in pattern for sign in GLOB):
            self.globs.append((pattern, mark))
        else:
            self.names.setdefault(pattern, []).append(mark)

    def of_path(self, target: Target, home: str) -> tuple[Mark, ...]:
        """Give the marks of a path."""
        path = (target.resolved or target.given.replace('"', "").replace("'", "")).lower()
        name = path.rstrip("/").rpartition("/")[2]
        glob = not target.exact and any(sign in path for sign in GLOB)
        if glob:
            path, name = without_brackets(path), without_brackets(name)
            found = [mark for pattern, mark in self._all_names() if _glob_names(name, pattern)]
        else:
            found = [*self.names.get(name, ()), *(mark for pattern, mark in self.globs if matches(pattern, name))]
        for spelled in _spellings(path, home.lower()):
            if glob:
                found += [mark for pattern, head, mark in self.paths if _glob_in(pattern, head, spelled)]
            else:
                found += [
                    m for pattern, head, m in self.paths if spelled.startswith(head) and matches(pattern, spelled)
                ]
        return tuple(dict.fromkeys(m for m in found if not any(matches(pattern, name) for pattern in m.except_)))

    def of_host(self, host: str) -> Mark | None:
        """Give the mark of a host."""
        return self.hosts.get(host)

    def _all_names(self) -> list[tuple[str, Mark]]:
        return [*((name, mark) for name, marks in self.names.items() for mark in marks), *self.globs]


def _mark(row: Object) -> Mark:
    return Mark(
        read=_EFFECTS.get(text(row, "read")),
        write=_EFFECTS.get(text(row, "write")),
        why=text(row, "why"),
        except_=tuple(pattern.lower() for pattern in items(row.get("except"))),
    )


def _spellings(path: str, home: str) -> tuple[str, ...]:
    """Give a path as it stands and, below a home, as seen from there; one that is relative, below an unknown root."""
    if not path.startswith("/"):
        return ("/" + path.removeprefix("./"), path if path.startswith("~/") else "~/" + path)
    if home and path.startswith(home + "/"):
        return path, "~" + path[len(home) :]
    if path.startswith("/root/"):
        return path, "~" + path[len("/root") :]
    for stem in ANY_HOME:
        if path.startswith(stem.lower()):
            rest = path[len(stem) :].partition("/")[2]
            return path, "~/" + rest
    return (path,)


def _glob_names(glob: str, pattern: str) -> bool:
    """Say whether a shell glob for a name is after names of this pattern."""
    if is_everything(glob):
        return False
    if glob[:1] in GLOB:  # `*.pem` is after keys, `*.json` is not after `credentials.json`
        return pattern[:1] == "*" and meets(glob, pattern)
    return meets(glob, pattern)


def _glob_in(pattern: str, head: str, glob: str) -> bool:
    """Say whether a shell glob for a path reaches what this pattern names; one for a whole tree is after nothing."""
    directory = head.rpartition("/")[0]
    return len(directory) > 1 and glob.startswith(directory) and meets(glob, pattern)
