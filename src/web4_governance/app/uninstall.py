"""Takes our hook lines out again: byte for byte where the file is as we left it, else ours alone.

Works without a ledger, with a corrupt one, and without receipts (lines are then found by their look in the places where
they can be). What cannot be taken out is said, with the place, and the receipt stays.
"""

from __future__ import annotations

import os
import shutil
from enum import StrEnum

from web4_governance.app import hosts, install, launcher, packing, receipts
from web4_governance.app.atomic import read_bytes, write_bytes
from web4_governance.app.hosts import claude_sandbox, entries
from web4_governance.app.hosts.json_text import to_bytes, to_text
from web4_governance.core.errors import UsageError, Web4Error
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.app.receipts import Receipt
    from web4_governance.app.surroundings import Surroundings

# Everything that we put into a home. What else lies there is not ours to take away.
FILES = (
    "anchors.json",
    "config.toml",
    "launcher",
    "ledger.db",
    "ledger.db-shm",
    "ledger.db-wal",
    "ledger.lock",
    "log-policy",
    "off.json",
    "trusted.json",
)
FILE_STARTS = ("policy.", "used.", "ledger.db.corrupt-", "ledger.db.replaced-")
DIRECTORY_STARTS = ("audit.corrupt-", "audit.replaced-", "restoring-")
DIRECTORIES = ("anchors", "audit", "cache", "installed", "keys", "lastgood", "venv", "witness")


class How(StrEnum):
    """What became of one settings file."""

    RESTORED = "restored"  # byte for byte as it was before us
    REMOVED = "removed"  # there was no file before us, and there is none now
    TAKEN_OUT = "taken-out"  # only our entries, because somebody changed the file since
    NOTHING = "nothing"  # nothing of ours was there
    FAILED = "failed"


@value
class Undone:
    """One settings file: what was done, and why not."""

    path: str
    how: How
    why: str = ""


def uninstall(around: Surroundings) -> tuple[Undone, ...]:
    """Take our lines out of every settings file that a receipt names or that can have them, and the launcher away."""
    found, broken = receipts.all_of(around.home)
    done = [_by_receipt(around.home, receipt) for receipt in found]
    seen = {os.path.realpath(receipt.path) for receipt in found}
    for host in hosts.HOSTS.values():
        for _scope, path in host.all_settings(around):
            if os.path.realpath(path) not in seen:
                seen.add(os.path.realpath(path))
                undone = _by_look(around.home, path)
                done += [undone] if undone.how is not How.NOTHING else []
    for path in (*broken, launcher.path_of(around.home)):
        _unlink(path)
    _rmdir(receipts.directory_of(around.home))
    packing.unpack()
    return tuple(done)


def purge(home: str) -> tuple[str, ...]:
    """Take away everything of ours in a home, the ledger and the keys too; give what is left there."""
    if not os.path.isdir(home) or os.path.islink(home):
        return ()
    for name in os.listdir(home):
        path = os.path.join(home, name)
        if (name in DIRECTORIES or name.startswith(DIRECTORY_STARTS)) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        elif name in FILES or name.startswith(FILE_STARTS):
            _unlink(path)
    _rmdir(home)
    return tuple(sorted(os.listdir(home))) if os.path.isdir(home) else ()


def _by_receipt(home: str, receipt: Receipt) -> Undone:
    try:
        undone = _undo(home, receipt)
    except Web4Error as error:
        return Undone(path=receipt.path, how=How.FAILED, why=error.message)
    receipts.forget(home, receipt.path)
    return undone


def _undo(home: str, receipt: Receipt) -> Undone:
    path = receipt.path
    current = read_bytes(path)
    if current is None or current == receipt.original:
        _remove_directories(receipt)
        return Undone(path=path, how=How.NOTHING)
    if receipts.baseline(home, path, current) is not None:
        if receipt.original is None:
            _remove(path)
            _remove_directories(receipt)
            return Undone(path=path, how=How.REMOVED)
        # Crash: the file with our lines or without; the receipt is forgotten only after this.
        write_bytes(path, receipt.original)
        return Undone(path=path, how=How.RESTORED)
    before = "" if receipt.original is None else to_text(receipt.original)
    undone = _take_out(home, path, current, before)
    if receipt.original is None and _is_empty(read_bytes(path)):
        _remove(path)
        _remove_directories(receipt)
        return Undone(path=path, how=How.REMOVED)
    return undone


def _by_look(home: str, path: str) -> Undone:
    current: bytes | None = None
    try:
        current = read_bytes(path)
        return Undone(path=path, how=How.NOTHING) if current is None else _take_out(home, path, current, None)
    except Web4Error as error:
        mentions = b"web4_governance" in (current or b"")
        return Undone(path=path, how=How.FAILED if mentions else How.NOTHING, why=error.message)


def _take_out(home: str, path: str, current: bytes, before: str | None) -> Undone:
    text = to_text(current)
    left = entries.take(text, home=home, before=before) if text.strip("\ufeff \t\r\n") else text
    left = claude_sandbox.take(left, install.deny_rules(home, path), before=before)
    if left == text:
        return Undone(path=path, how=How.NOTHING)
    write_bytes(path, to_bytes(left))
    return Undone(path=path, how=How.TAKEN_OUT)


def _is_empty(data: bytes | None) -> bool:
    return data is not None and data.strip() in (b"", b"{}")


def _remove(path: str) -> None:
    try:
        os.unlink(os.path.realpath(path))
    except OSError as error:
        message = f"`{path}` cannot be removed: {(error.strerror or 'unknown error').lower()}"
        raise UsageError(message) from None


def _remove_directories(receipt: Receipt) -> None:
    for directory in receipt.made:
        _rmdir(directory)


def _rmdir(path: str) -> None:
    try:
        os.rmdir(path)
    except OSError:
        return  # not empty, or not there: then it is no longer only ours


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return
