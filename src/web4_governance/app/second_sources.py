"""Finds and reads second witnesses on disk: transcripts of the host, telemetry exports. A line at a time, of any size.

What a line means is the adapter's (`agents.witnesses`). Only regular files are read. A line over `MOST_LINE` is passed
over, and counted: what it would have said is then not known.
"""

from __future__ import annotations

import glob
import os
import stat

from web4_governance.app.regular import FLAGS
from web4_governance.core.errors import InputError
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MOST_LINE = 64 * 1024 * 1024
PIECE = 1024 * 1024


@value
class Source:
    """One file: where it is, and whose calls are in it (`transcript` or `telemetry`)."""

    path: str
    kind: str


class Lines:
    """The lines of a file, and how many were too long to be read."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.passed_over = 0

    def __iter__(self) -> Iterator[bytes]:
        """Give each line without its newline; InputError where the file cannot be read."""
        try:
            with open(os.open(self.path, FLAGS), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    message = f"`{self.path}` is no regular file"
                    raise InputError(message)
                while line := file.readline(MOST_LINE):
                    if not line.endswith(b"\n") and len(line) == MOST_LINE:
                        self.passed_over += 1
                        while (rest := file.readline(PIECE)) and not rest.endswith(b"\n"):
                            pass
                        continue
                    yield line.strip()
        except OSError as error:
            message = f"`{self.path}` cannot be read: {(error.strerror or str(error)).lower()}"
            raise InputError(message) from None


def transcripts_of(config_dir: str, sessions: Iterable[str], *, around_them: bool) -> tuple[Source, ...]:
    """Give the transcripts of sessions where the host keeps them, with those of their subagents.

    With `around_them`, every other transcript that lies in the same project's directory too: of sessions that no hook saw.
    """
    places: dict[str, None] = {}
    for session in sessions:
        name = glob.escape(session) + ".jsonl"
        places.update(dict.fromkeys(sorted(glob.glob(os.path.join(glob.escape(config_dir), "projects", "*", name)))))
    if around_them:
        for directory in {os.path.dirname(path): None for path in places}:
            places.update(dict.fromkeys(sorted(glob.glob(os.path.join(glob.escape(directory), "*.jsonl")))))
    whole = [path for place in places for path in (place, *_subagents(place))]
    return tuple(Source(path=path, kind="transcript") for path in dict.fromkeys(whole))


def named(paths: Iterable[str], kind: str) -> tuple[Source, ...]:
    """Give files that a person named; a transcript brings its subagents' along, a directory what ends in `.jsonl`."""
    found: dict[str, None] = {}
    for path in paths:
        inside = sorted(glob.glob(os.path.join(glob.escape(path), "**", "*.jsonl"), recursive=True))
        for one in inside if os.path.isdir(path) else [path]:
            found[one] = None
            found.update(dict.fromkeys(_subagents(one) if kind == "transcript" else ()))
    return tuple(Source(path=path, kind=kind) for path in found)


def _subagents(transcript: str) -> list[str]:
    inside = os.path.join(glob.escape(transcript.removesuffix(".jsonl")), "subagents", "agent-*.jsonl")
    return sorted(glob.glob(inside))
