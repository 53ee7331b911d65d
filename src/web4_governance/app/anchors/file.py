"""An anchor that is a plain file on other storage: a mounted share, a stick, a directory that another user's job collects.

Each head is one line of canonical JSON, appended and synced. It detects what a second copy detects: whoever can write both
the ledger and the file can rewrite both. Lines that were there once and are gone are noticed by the receipts.
"""

from __future__ import annotations

import os
import stat

from web4_governance.app.anchors.anchor import (
    Holdings,
    Receipt,
    holdings_of,
    receipt_bytes,
    receipt_field,
)
from web4_governance.app.anchors.follows import refuse_what_does_not_follow
from web4_governance.app.regular import read_regular
from web4_governance.core.canonical import decode, encode
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import AnchorError, CanonicalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.anchors.anchor import Head, Known, Prove

MOST_BYTES = 256 * 1024 * 1024
_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


class FileAnchor:
    """`kind = "file"`, `path`: the file, in a directory that exists (a share that is not mounted is no place to write)."""

    kind = "file"
    stateful = False  # what we can write, this user can write anew

    def __init__(self, name: str, *, path: str) -> None:
        self.name = name
        self._path = path

    def submit(self, head: Head, *, prove: Prove, known: Known) -> Receipt:
        """Append the head and sync it; AnchorRefused where it does not follow from those that lie there."""
        refuse_what_does_not_follow(self.name, head, self._lying(known.origin), prove=prove, known=known)
        line = encode({"note": head.note.to_bytes().decode()}) + b"\n"
        try:
            fd = os.open(self._path, _FLAGS, 0o600)
            try:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise AnchorError(f"the anchor `{self.name}`: `{self._path}` is no regular file")
                end = os.fstat(fd).st_size
                # Crash here: a line that is cut off, or none. The next one begins with a newline of its own, so that the
                # cut one is one line that says nothing; the head goes out again with the next.
                torn = end > 0 and os.pread(fd, 1, end - 1) != b"\n"
                _write_whole(fd, (b"\n" if torn else b"") + line)
                os.fsync(fd)
            finally:
                os.close(fd)
        except OSError as error:
            raise self._unreachable(error) from None
        return Receipt(size=head.checkpoint.size, data=receipt_bytes({"line": sha256_hex(line)}))

    def held(self, known: Known) -> Holdings:
        """Read the file; a receipt whose line is gone is wrong."""
        try:
            data = read_regular(self._path, MOST_BYTES)
        except OSError as error:
            if isinstance(error, FileNotFoundError) and known.receipts and os.path.isdir(os.path.dirname(self._path)):
                return Holdings(wrong=(f"`{self._path}` is gone, to which {len(known.receipts)} heads were written",))
            raise self._unreachable(error) from None
        lines = data.split(b"\n")
        seen = {sha256_hex(line + b"\n") for line in lines}
        gone = [receipt for receipt in known.receipts if receipt_field(receipt, "line") not in seen]
        wrong = (f"`{self._path}` no longer has {len(gone)} of {len(known.receipts)} heads",) if gone else ()
        return _holdings(known.origin, lines, wrong=wrong)

    def _lying(self, origin: str) -> Holdings:
        """Give what lies there, nothing where there is no file yet."""
        try:
            return _holdings(origin, read_regular(self._path, MOST_BYTES).split(b"\n"))
        except FileNotFoundError:
            return Holdings()
        except OSError as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: OSError) -> AnchorError:
        reason = (error.strerror or "unknown error").lower()
        return AnchorError(f"the anchor `{self.name}`: `{self._path}` cannot be used: {reason}")


def _holdings(origin: str, lines: list[bytes], *, wrong: tuple[str, ...] = ()) -> Holdings:
    lying = ((note, 0, f"line {n}") for n, line in enumerate(lines, 1) if (note := _note(line)))
    return holdings_of(origin, lying, wrong=wrong)


def _note(line: bytes) -> bytes:
    """Give the note of a line, empty where it has none."""
    try:
        body = decode(line)
    except CanonicalError:
        return b""
    note = body.get("note") if isinstance(body, dict) else None
    return note.encode() if isinstance(note, str) else b""


def _write_whole(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
