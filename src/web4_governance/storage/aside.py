"""What lies beside the mirrors: files that were set aside because they held what the ledger does not, and half-made ones.

A file set aside is evidence, so only the openings that are to go are taken out of it, line by line; what else it says
stays. Called under the writer's lock, which every writer of these files holds.
"""

from __future__ import annotations

import os

from web4_governance.core.canonical import encode
from web4_governance.core.errors import CanonicalError
from web4_governance.core.ledger.line import Line
from web4_governance.storage.mirror import ASIDE, replace_file, size_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from web4_governance.core.record.entry import Opening

OPEN = b',"open":'
SHORTEST = 8  # bytes of a value that are looked for by themselves; a shorter one stands beside its salt


def files(audit: str) -> tuple[str, ...]:
    """Give the paths of the files that were set aside."""
    found = sorted(os.listdir(audit)) if os.path.isdir(audit) else []
    return tuple(os.path.join(audit, name) for name in found if ASIDE in name)


def take_out(audit: str, lost: Sequence[Opening]) -> int:
    """Take these openings out of every file that was set aside; give how many files changed."""
    marks = _marks(lost)
    salts = frozenset(opening.salt for opening in lost)
    changed = 0
    for path in files(audit):
        if size_of(path) < 0:
            continue
        with open(path, "rb") as file:
            before = file.readlines()
        after = [_without(line, salts, marks) for line in before]
        if after != before:
            # Crash: the file as it was, or as it is to be; the ledger still has the openings, and they are taken out again.
            replace_file(path, [line for line in after if line])
            changed += 1
    return changed


def sweep(audit: str, ending: str) -> None:
    """Take away files that a crash left half made: copies of mirrors that nobody reads."""
    for name in os.listdir(audit) if os.path.isdir(audit) else ():
        if name.endswith(ending):
            os.unlink(os.path.join(audit, name))


def _marks(lost: Iterable[Opening]) -> tuple[bytes, ...]:
    values = (encode(opening.value) for opening in lost)
    return tuple(
        dict.fromkeys(
            (*(one.salt.hex().encode() for one in lost), *(text for text in values if len(text) >= SHORTEST)),
        )
    )


def _without(line: bytes, salts: frozenset[bytes], marks: tuple[bytes, ...]) -> bytes:
    if not any(mark in line for mark in marks):
        return line
    end = b"\n" if line.endswith(b"\n") else b""
    try:
        found = Line.from_bytes(line.removesuffix(b"\n"))
    except CanonicalError:
        # Cut off, or no line of ours: what stands before the openings is kept, and nothing of it where that has a mark too.
        head = line.partition(OPEN)[0]
        return b"" if any(mark in head for mark in marks) else head + end
    kept = (
        Line(data=found.data, openings=tuple(one for one in found.openings if one.salt not in salts)).to_bytes() + end
    )
    return b"" if any(mark in kept for mark in marks) else kept
