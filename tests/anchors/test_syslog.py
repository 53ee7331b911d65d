"""The system's log: datagrams on real sockets, read back; a real journal where the machine has one."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import stat
import struct
import time
from pathlib import Path

import pytest

from support.logs import Log
from support.signers import Signer
from web4_governance.app.anchors import syslog
from web4_governance.app.anchors.syslog import JOURNAL, JournaldAnchor, SyslogAnchor
from web4_governance.core.errors import AnchorError, AnchorRefused

LOG = Log()
# RFC 5424 6: header, no structured data, the message.
MESSAGE = re.compile(rb"<85>1 - \S+ web4 - checkpoint - web4-checkpoint [A-Za-z0-9+/=]+")


@pytest.fixture
def socket_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s") / "log"


def received(path: Path | None, submit: object) -> bytes:
    """What arrives at a datagram socket."""
    assert callable(submit)
    with socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(30)
        sock.bind(str(path) if path else ("127.0.0.1", 0))
        submit(sock.getsockname())
        return sock.recv(65536)


def test_a_syslog_message_is_rfc_5424_and_is_read_back_from_a_collector_s_file(
    socket_path: Path, tmp_path: Path
) -> None:
    """Over the system's kind of socket; a line of the file may have a head of the collector's own."""
    file = tmp_path / "messages"
    anchor = SyslogAnchor("log", path=str(socket_path), read=str(file))
    data = received(socket_path, lambda _at: anchor.submit(LOG.head(9), prove=LOG.prove, known=LOG.known()))
    assert MESSAGE.fullmatch(data)
    assert len(data) < 2048, "what every receiver has to take"
    other = Log("other.example")
    file.write_bytes(
        b"Nov 26 12:00:00 host "
        + data[4:]
        + b"\nnoise\nweb4-checkpoint !\nweb4-checkpoint \xff\n"
        + data.partition(b"web4-c")[0]
        + b"\n"
    )
    assert [(held.size, held.where) for held in anchor.held(LOG.known()).heads] == [(9, "line 1")]
    assert (anchor.held(other.known()).heads, anchor.held(other.known()).others) == ((), (LOG.origin,))
    assert not anchor.stateful, "a file that we can write is none of a collector's"
    assert SyslogAnchor("log").stateful


def test_a_head_that_does_not_follow_from_those_of_the_collector_s_file_is_not_sent(
    socket_path: Path, tmp_path: Path
) -> None:
    """An older one, one of another tree, one by another key; where the file cannot be read, heads go out all the same."""
    file = tmp_path / "messages"
    anchor = SyslogAnchor("log", path=str(socket_path), read=str(file))

    def sent(log: Log, size: int) -> bytes:
        return received(socket_path, lambda _at: anchor.submit(log.head(size), prove=log.prove, known=log.known()))

    file.write_bytes(sent(LOG, 9) + b"\n")
    socket_path.unlink()
    stranger = Log()
    stranger.signer = Signer(LOG.origin, word="a fresh key")
    for log, size, why in (
        (LOG, 5, "of 9 entries of this log, and this one has 5"),
        (Log(salt=b"other"), 12, "over another tree of 9 entries"),
        (stranger, 12, "by a key that its keys do not follow from"),
    ):
        with pytest.raises(AnchorRefused, match=why):
            anchor.submit(log.head(size), prove=log.prove, known=log.known())
    assert MESSAGE.fullmatch(sent(LOG, 12))
    file.unlink()
    socket_path.unlink()
    assert MESSAGE.fullmatch(sent(LOG, 5))


def test_a_syslog_message_goes_to_another_host_by_datagram() -> None:
    """On the loopback here."""
    data = received(
        None,
        lambda at: SyslogAnchor("log", host=at[0], port=at[1]).submit(LOG.head(9), prove=LOG.prove, known=LOG.known()),
    )
    assert MESSAGE.fullmatch(data)


def fields_of(data: bytes) -> dict[str, bytes]:
    """Parse the journal's native protocol, both of its forms."""
    found = {}
    while data:
        line, _, data = data.partition(b"\n")
        name, plain, text = line.partition(b"=")
        if not plain:
            size = struct.unpack("<Q", data[:8])[0]
            text, data = data[8 : 8 + size], data[9 + size :]
        found[name.decode()] = text
    return found


def test_a_journal_entry_is_of_the_native_protocol_and_holds_the_whole_note(socket_path: Path) -> None:
    """A test's socket in the journal's place: it shows the bytes, not what the journal does with them."""
    anchor = JournaldAnchor("journal", path=str(socket_path))
    fields = fields_of(
        received(socket_path, lambda _at: anchor.submit(LOG.head(9), prove=LOG.prove, known=LOG.known()))
    )
    assert fields["WEB4_CHECKPOINT"] == LOG.head(9).note.to_bytes()
    assert (fields["WEB4_ORIGIN"], fields["WEB4_SIZE"], fields["PRIORITY"]) == (LOG.origin.encode(), b"9", b"5")


def test_rows_of_journalctl_are_read_and_others_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of that name that prints what journalctl prints: text, bytes as numbers, and rows without sense."""
    note = LOG.head(9).note.to_bytes()
    rows = [
        {"WEB4_CHECKPOINT": note.decode(), "__REALTIME_TIMESTAMP": "7", "__CURSOR": "c1"},
        {
            "WEB4_CHECKPOINT": list(note),
            "_SOURCE_REALTIME_TIMESTAMP": "8",
            "__REALTIME_TIMESTAMP": "9",
            "__CURSOR": "c2",
        },
        {"WEB4_CHECKPOINT": "x", "__REALTIME_TIMESTAMP": "7"},
        {"WEB4_CHECKPOINT": [999], "__REALTIME_TIMESTAMP": "7"},
        {},
    ]
    (tmp_path / "rows").write_text("\n".join([*map(json.dumps, rows), "no json", ""]))
    program = tmp_path / "journalctl"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/asked\ncat {tmp_path}/rows\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    held = JournaldAnchor("journal").held(LOG.known()).heads
    assert JournaldAnchor("journal").held(Log("other.example").known()).others == (LOG.origin,)
    assert JournaldAnchor("journal").stateful
    assert [(one.size, one.time, one.where) for one in held] == [(9, 7, "c1"), (9, 8, "c2")]
    assert f"SYSLOG_IDENTIFIER=web4 _UID={os.getuid()}" in (tmp_path / "asked").read_text()
    program.write_text("#!/bin/sh\necho no such journal >&2; exit 1\n")
    with pytest.raises(AnchorError, match="no such journal"):
        JournaldAnchor("journal").held(LOG.known())
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(AnchorError, match="cannot be asked"):
        JournaldAnchor("journal").held(LOG.known())


@pytest.mark.skipif(not os.path.exists(JOURNAL) or not shutil.which("journalctl"), reason="this machine has no journal")
def test_a_real_journal_takes_a_head_and_gives_it_back() -> None:
    """Only where there is one."""
    log = Log(f"log.example/test-{os.getpid()}-{time.time_ns()}")
    anchor = JournaldAnchor("journal")
    anchor.submit(log.head(9), prove=log.prove, known=log.known())
    for _ in range(50):
        held = anchor.held(log.known()).heads
        if held:
            break
        time.sleep(0.1)
    assert [one.note for one in held] == [log.head(9).note.to_bytes()]


def test_a_log_that_is_not_there_is_said(tmp_path: Path) -> None:
    """By either protocol; and a collector that cannot be read back."""
    for anchor in (
        JournaldAnchor("journal", path=str(tmp_path / "no")),
        SyslogAnchor("log", path=str(tmp_path / "no")),
    ):
        with pytest.raises(AnchorError, match="takes nothing"):
            anchor.submit(LOG.head(9), prove=LOG.prove, known=LOG.known())
    with pytest.raises(AnchorError, match="only takes heads"):
        SyslogAnchor("log").held(LOG.known())
    with pytest.raises(AnchorError, match="cannot be read"):
        SyslogAnchor("log", read=str(tmp_path / "no")).held(LOG.known())
    assert syslog.PRIORITY == 85
