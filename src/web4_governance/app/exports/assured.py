"""Which assurance properties held when an export was made: `FILE.assurance.json` beside it (docs/spec/cli.md T12).

Beside the file and not in it: each format keeps its schema, and an export that goes on stays byte for byte what it would have
been. It is the claim of whoever made the export, and no evidence.
"""

from __future__ import annotations

import os

from web4_governance.app.atomic import write_bytes
from web4_governance.core.canonical import encode
from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

VERSION = "web4-export-assurance/1"


def path_of(file: str) -> str:
    """Where it lies."""
    return f"{file}.assurance.json"


def begin(file: str) -> None:
    """Take away what an earlier export of this name said: no unfinished file has another's claim beside it."""
    try:
        os.unlink(path_of(file))
    except FileNotFoundError:
        return
    except OSError as error:
        raise UsageError(f"`{path_of(file)}` cannot be removed: {(error.strerror or 'no reason').lower()}") from None


def write(file: str, *, form: str, calls: int, assurance: dict[str, Json]) -> str:
    """Say it beside a file that is whole, and give where; empty for what is no regular file (a pipe, a terminal)."""
    if not os.path.isfile(file):
        return ""
    body: dict[str, Json] = {
        "v": VERSION,
        "of": os.path.basename(file).encode("ascii", "backslashreplace").decode(),
        "format": form,
        "calls": calls,
        "bytes": os.path.getsize(file),
        **assurance,
    }
    # Crash before: a whole export without it, which says nothing; never one with another's.
    write_bytes(path_of(file), encode(body) + b"\n")
    return path_of(file)


def line(assurance: dict[str, Json]) -> str:
    """Say in one line which properties hold, and which do not."""
    held = assurance["holds"]
    names = list(held) if isinstance(held, dict) else []
    missing = [f"G{n}" for n in range(7) if f"G{n}" not in names]
    return f"holds {' '.join(names) or 'none'}" + (f"; not {' '.join(missing)}" if missing else "")
