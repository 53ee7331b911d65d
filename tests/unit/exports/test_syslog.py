"""CEF to a syslog server, by util-linux' `logger` as the guide has it: a message a call, whole."""

from __future__ import annotations

import shlex
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pycef
import pytest

from docs.pages import text_of
from support.ledgers import Scribe
from support.records import HOSTILE
from web4_governance.app.exports.cef import escaped
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = "logger --server HOST --udp --rfc5424 --size 64KiB --tag web4"


def logger() -> str:
    found = shutil.which("logger")
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout if found else ""
    if "util-linux" not in said:
        pytest.skip("logger of util-linux is not here")
    return str(found)


def test_each_call_is_one_message(tmp_path: Path) -> None:
    """Hostile commands, too: the server reads the fields as they were written."""
    program, home = logger(), str(tmp_path / "home")
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        for n, text in enumerate(HOSTILE):
            scribe.call(f"call-{n}", tool=text)
        writer.commit()
    words = [sys.executable, "-m", "web4_governance", "export", "--home", home, "--format", "cef", "-o", "-"]
    lines = subprocess.run(words, capture_output=True, check=True).stdout
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sending = shlex.split(GUIDE)[1:]
        sending[sending.index("HOST")] = "127.0.0.1"
        subprocess.run([program, *sending, "--port", str(server.getsockname()[1])], input=lines, check=True)
        messages = [server.recv(1 << 16).decode() for _ in HOSTILE]
    assert [pycef.parse(message)["tool"] for message in messages] == [escaped(text, 4000) for text in HOSTILE]
    assert all(" web4 " in message and "CEF:0|" in message for message in messages)


def test_the_guide_has_this_command() -> None:
    """Word for word."""
    assert GUIDE in text_of("docs/guide/exports.md")
