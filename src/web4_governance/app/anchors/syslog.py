"""The system's log as an anchor: journald by its own protocol, or syslog by RFC 5424 over a datagram socket.

Somebody else's process keeps what is sent, and a user who is not root can append there and take nothing away. It is one
anchor among two: who floods the log can have old lines rotated out.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess

from web4_governance.app.anchors.anchor import Holdings, Receipt, holdings_of
from web4_governance.app.anchors.follows import refuse_what_does_not_follow
from web4_governance.app.regular import read_regular
from web4_governance.core.errors import AnchorError, NoteError
from web4_governance.core.ledger.note import base64_bytes, base64_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.app.anchors.anchor import Head, Known, Prove

JOURNAL = "/run/systemd/journal/socket"
DEVICE = "/dev/log"
PORT = 514
TIMEOUT = 5.0
READ_TIMEOUT = 30.0
NEWEST = 1000  # heads of the log that a new one has to follow from; `held` reads all
MOST_BYTES = 256 * 1024 * 1024
FACILITY_AUTHPRIV, SEVERITY_NOTICE = 10, 5
PRIORITY = FACILITY_AUTHPRIV * 8 + SEVERITY_NOTICE
MARK = "web4-checkpoint "


class JournaldAnchor:
    """`kind = "journald"`; `socket` where the journal's is elsewhere."""

    kind = "journald"
    stateful = True  # the journal is root's

    def __init__(self, name: str, *, path: str = JOURNAL) -> None:
        self.name = name
        self._path = path

    def submit(self, head: Head, *, prove: Prove, known: Known) -> Receipt:
        """Send a head as one journal entry; AnchorRefused where it does not follow from those that are there.

        A datagram that the socket took is the journal's. A journal that cannot be asked takes heads all the same.
        """
        newest = (f"--lines={NEWEST}", f"WEB4_ORIGIN={known.origin}")
        refuse_what_does_not_follow(self.name, head, _if_asked(self._ask, known, *newest), prove=prove, known=known)
        note = head.note.to_bytes()
        fields = {
            "MESSAGE": f"{head.checkpoint.size} entries of {known.origin}".encode(),
            "PRIORITY": b"%d" % SEVERITY_NOTICE,
            "SYSLOG_IDENTIFIER": b"web4",
            "WEB4_ORIGIN": known.origin.encode(),
            "WEB4_SIZE": b"%d" % head.checkpoint.size,
            "WEB4_CHECKPOINT": note,
        }
        _send(self.name, b"".join(_field(name, data) for name, data in fields.items()), path=self._path)
        return Receipt(size=head.checkpoint.size)

    def held(self, known: Known) -> Holdings:
        """Ask `journalctl` for all heads that this user sent."""
        return self._ask(known)

    def _ask(self, known: Known, *more: str) -> Holdings:
        command = ["journalctl", "--output=json", "--no-pager", "--quiet", "--all", "SYSLOG_IDENTIFIER=web4", *more]
        if hasattr(os, "getuid"):  # pragma: no branch  # there is no journal elsewhere
            command.append(f"_UID={os.getuid()}")
        try:
            done = subprocess.run(command, capture_output=True, timeout=READ_TIMEOUT, check=False)  # noqa: S603  # no shell
        except (OSError, subprocess.TimeoutExpired):
            raise AnchorError(f"the anchor `{self.name}`: `journalctl` cannot be asked") from None
        if done.returncode:
            said = " ".join(done.stderr.decode("utf-8", "replace").split())[:200].lower()
            raise AnchorError(f"the anchor `{self.name}`: journalctl says: {said}")
        lying = [found for row in done.stdout.splitlines() if (found := _journal_row(row)) is not None]
        return holdings_of(known.origin, lying)


class SyslogAnchor:
    """`kind = "syslog"`; `socket` (default the system's), or `host` and `port`; `read`: a file where lines can be read."""

    kind = "syslog"

    def __init__(self, name: str, *, path: str = DEVICE, host: str = "", port: int = PORT, read: str = "") -> None:
        self.name = name
        self._path, self._host, self._port, self._read = path, host, port, read

    @property
    def stateful(self) -> bool:
        """The collector's, unless its file is ours to write."""
        return not (self._read and os.access(self._read, os.W_OK))

    def submit(self, head: Head, *, prove: Prove, known: Known) -> Receipt:
        """Send a head as one message of RFC 5424; AnchorRefused where it does not follow from those that can be read back.

        A datagram to another host can be lost unseen.
        """
        refuse_what_does_not_follow(self.name, head, _if_asked(self.held, known), prove=prove, known=known)
        text = MARK + base64_text(head.note.to_bytes())
        message = f"<{PRIORITY}>1 - {socket.gethostname() or '-'} web4 - checkpoint - {text}".encode("ascii", "replace")
        _send(self.name, message, path=self._path, host=self._host, port=self._port)
        return Receipt(size=head.checkpoint.size)

    def held(self, known: Known) -> Holdings:
        """Read the collector's file, where one is named."""
        if not self._read:
            raise AnchorError(
                f"the anchor `{self.name}` only takes heads", hint="name its file as `read` to have it asked"
            )
        try:
            data = read_regular(self._read, MOST_BYTES)
        except OSError as error:
            reason = (error.strerror or "unknown error").lower()
            raise AnchorError(f"the anchor `{self.name}`: `{self._read}` cannot be read: {reason}") from None
        rows = enumerate(data.splitlines(), 1)
        return holdings_of(known.origin, [(note, 0, f"line {n}") for n, row in rows if (note := _log_note(row))])


def _if_asked(ask: Callable[..., Holdings], known: Known, *more: str) -> Holdings:
    """Give what a log holds, nothing where it cannot be asked: it is a place to add to, whoever may read it."""
    try:
        return ask(known, *more)
    except AnchorError:
        return Holdings()


def _field(name: str, data: bytes) -> bytes:
    """Print a field of the journal's native protocol: its length before a value that may hold newlines."""
    return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"


def _journal_row(row: bytes) -> tuple[bytes, int, str] | None:
    try:
        body = json.loads(row)
        found = body["WEB4_CHECKPOINT"]
        # journalctl gives a value that is not plain text as a list of bytes; the dash of a signature line makes it none.
        data = bytes(found) if isinstance(found, list) else str(found).encode()
        own = "_SOURCE_REALTIME_TIMESTAMP" in body
        time = int(body["_SOURCE_REALTIME_TIMESTAMP" if own else "__REALTIME_TIMESTAMP"])
        return data, time, str(body.get("__CURSOR", ""))[:300]
    except (ValueError, KeyError, TypeError):
        return None


def _log_note(row: bytes) -> bytes:
    """Give the note of a line, empty where it has none."""
    _, _, rest = row.partition(MARK.encode())
    try:
        return base64_bytes(rest.split(b" ")[0].decode("ascii"))
    except (NoteError, UnicodeDecodeError):
        return b""


def _send(name: str, message: bytes, *, path: str, host: str = "", port: int = 0) -> None:
    family, address = (socket.AF_INET, (host, port)) if host else (socket.AF_UNIX, path)
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.settimeout(TIMEOUT)
            sock.connect(address)
            sock.send(message)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise AnchorError(f"the anchor `{name}`: {host or path} takes nothing: {reason}") from None
