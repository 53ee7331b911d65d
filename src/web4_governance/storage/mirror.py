"""The session mirrors: one JSON line an entry, a copy of the ledger that `jq` reads and `verify --file` checks.

Never the source of truth: it is written after the commit, and repaired from the ledger when it is found short. But a
mirror that holds what the ledger does not is evidence (a ledger cut short, a line changed): it is set aside, not
overwritten. A mirror that cannot be written undoes nothing; the next write of that session makes it good.
"""

from __future__ import annotations

import errno
import os
import stat

from web4_governance.core.digest import sha256_hex
from web4_governance.core.ledger.line import print_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from web4_governance.core.record.entry import Opening
    from web4_governance.storage.home import Home

LONGEST_NAME = 120
SUFFIX = ".jsonl"
ASIDE = ".aside-"
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
_FLAGS = ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK")  # what is no file is not followed, and not waited for
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | sum(getattr(os, name, 0) for name in _FLAGS)


def file_name(session: str) -> str:
    """Give the mirror's file name: the session id, or its SHA-256 where the id is long or has other characters."""
    data = session.encode("utf-8", "surrogatepass")
    plain = 0 < len(data) <= LONGEST_NAME and _PLAIN.issuperset(data)
    return (session if plain else sha256_hex(data)) + SUFFIX


def path_of(home: Home, session: str) -> str:
    """Give the mirror's path."""
    return home.audit + "/" + file_name(session)


def line(data: bytes, openings: Iterable[Opening]) -> bytes:
    """Give the line of one entry with its newline."""
    return print_line(data, openings) + b"\n"


def size_of(path: str) -> int:
    """Give the size of a mirror in bytes, -1 where there is none or it is no regular file."""
    try:
        found = os.lstat(path)
    except OSError:
        return -1
    return found.st_size if stat.S_ISREG(found.st_mode) else -1


def is_free(path: str) -> bool:
    """Say whether nothing lies at a path, of whatever kind."""
    return not os.path.lexists(path)


def _refuse_link(path: str) -> None:
    """Write nothing outside the home: a directory of mirrors that is a link leads wherever somebody wants."""
    directory = os.path.dirname(path)
    if os.path.islink(directory):
        raise OSError(errno.ELOOP, "its directory is a symlink", directory)


def append(path: str, data: bytes) -> None:
    """Append whole lines in one write."""
    # Crash, or a full disk: the file ends in the middle of a line or before it. Its size then differs from what the
    # ledger says, and the next write of this session rewrites it.
    _refuse_link(path)
    try:
        fd = os.open(path, _APPEND, 0o600)
    except FileNotFoundError:  # somebody took the directory away
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        fd = os.open(path, _APPEND, 0o600)
    try:
        if stat.S_ISFIFO(os.fstat(fd).st_mode):  # made between our look and this; with somebody at its other end
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        if os.write(fd, data) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(fd)


def rewrite(path: str, lines: Sequence[bytes], entries: Sequence[bytes]) -> None:
    """Replace a mirror by these lines; what is there and is no shorter copy of `entries` is set aside first."""
    _refuse_link(path)
    if not _is_beginning(path, entries):
        # Crash: the odd file is kept under its new name, and there is no mirror until the next write.
        os.rename(path, _free_name(path))
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    replace_file(path, lines)


def replace_file(path: str, lines: Iterable[bytes]) -> None:
    """Put these lines in a file's place: its readers see the old bytes or the new ones."""
    temporary = f"{path}.{os.getpid()}.tmp"
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_CLOEXEC", 0), 0o600)
    # Crash: the old file is still there, and a `.tmp` that nobody reads; after the rename, the new one is whole.
    try:
        with open(fd, "wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        os.unlink(temporary)
        raise


def _is_beginning(path: str, entries: Sequence[bytes]) -> bool:
    """Say whether every line of the file is the ledger's entry at that place; the last may be cut off.

    Openings are not compared: an erased one is no longer in the ledger, and must not survive in a file set aside.
    """
    if size_of(path) < 0:
        return not os.path.lexists(path)
    with open(path, "rb") as file:
        for n, found in enumerate(file):
            if n >= len(entries):
                return False
            expected = b'{"entry":' + entries[n] + b',"open":'
            whole = found.endswith(b"\n")
            if not (found.startswith(expected) or (not whole and expected.startswith(found))):
                return False
    return True


def _free_name(path: str) -> str:
    n = 1
    while os.path.lexists(f"{path}{ASIDE}{n}"):
        n += 1
    return f"{path}{ASIDE}{n}"
