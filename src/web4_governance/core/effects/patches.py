"""Which files a patch touches: the headers of `apply_patch`, and of unified diffs."""

from __future__ import annotations

from web4_governance.core.action import Effect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_OWN = (
    ("*** Add File: ", Effect.FILE_WRITE),
    ("*** Update File: ", Effect.FILE_WRITE),
    ("*** Move to: ", Effect.FILE_WRITE),
    ("*** Delete File: ", Effect.FILE_DELETE),
)
_HEADERS = (
    *_OWN,
    ("+++ ", Effect.FILE_WRITE),
    ("--- ", Effect.FILE_DELETE),
    ("rename from ", Effect.FILE_DELETE),
    ("rename to ", Effect.FILE_WRITE),
)


def files(patch: str, *, own: bool = False) -> Iterator[tuple[Effect, str]]:
    """Give the effect and the path of each header; a file that a diff only changes is written, not deleted.

    `own` says that a tool reads it which knows its own format: between its marks the lines of a diff are only text.
    """
    headers = _OWN if own and patch.lstrip().startswith("*** Begin Patch") else _HEADERS
    found = [
        (effect, _path(line, header))
        for line in patch.splitlines()
        for header, effect in headers
        if line.startswith(header)
    ]
    written = {path for effect, path in found if effect is Effect.FILE_WRITE}
    for effect, path in found:
        if path and path != "/dev/null" and not (effect is Effect.FILE_DELETE and path in written):
            yield effect, path


def added(patch: str) -> Iterator[tuple[str, list[str], bool]]:
    """Give the lines that a patch adds to each file, and whether they are all of it."""
    name, new, whole, lines = "", False, False, list[str]()
    for line in (*patch.splitlines(), "+++ "):
        header = next((header for header, _ in _HEADERS if line.startswith(header)), "")
        if not header and name and line.startswith("+"):
            lines.append(line[1:])
        elif header == "--- ":
            new = _path(line, header) == "/dev/null"
        elif header:
            if name and lines:
                yield name, lines, whole
            name = _path(line, header) if dict(_HEADERS)[header] is Effect.FILE_WRITE else ""
            whole, lines = new if header == "+++ " else header == _OWN[0][0], []


def _path(line: str, header: str) -> str:
    path = line[len(header) :].partition("\t")[0].strip()
    return path[2:] if header in ("+++ ", "--- ") and path.startswith(("a/", "b/")) else path
