"""The telemetry receiver: takes log exports as JSON on loopback, and nothing else."""

from __future__ import annotations

import http.client
import os
import stat
import threading
from pathlib import Path

import pytest

from web4_governance.app import otlp_receiver
from web4_governance.app.otlp_receiver import Receiver
from web4_governance.core.errors import UsageError

JSON = {"content-type": "application/json"}


def post(receiver: Receiver, body: bytes, path: str = "/v1/logs", headers: dict[str, str] | None = None) -> int:
    connection = http.client.HTTPConnection(receiver.url.removeprefix("http://"), timeout=10)
    try:
        connection.request("POST", path, body, JSON if headers is None else headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_each_export_is_one_line_of_a_private_file(tmp_path: Path) -> None:
    """Pretty-printed ones too; what was there stays."""
    file = tmp_path / "t.jsonl"
    file.write_text("before\n")
    file.chmod(0o600)
    with Receiver(str(file), port=0) as receiver:
        assert post(receiver, b'{\r\n "a": 1}') == 200
        assert post(receiver, b"{}") == 200
    assert file.read_bytes() == b'before\n{   "a": 1}\n{}\n'
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_exports_that_come_at_once_do_not_mix(tmp_path: Path) -> None:
    """From many connections."""
    file = tmp_path / "t.jsonl"
    with Receiver(str(file), port=0) as receiver:
        bodies = [b'{"n":"' + bytes([65 + n]) * 200_000 + b'"}' for n in range(8)]
        threads = [threading.Thread(target=post, args=(receiver, body)) for body in bodies]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(file.read_bytes().splitlines()) == bodies


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/v1/metrics", JSON, 404),
        ("/v1/logs", {"content-type": "application/x-protobuf"}, 415),
        ("/v1/logs", {**JSON, "content-encoding": "gzip"}, 415),
        ("/v1/logs", {**JSON, "content-length": "x"}, 411),
        ("/v1/logs", {**JSON, "content-length": str(1 << 40)}, 413),
    ],
)
def test_anything_else_is_refused(tmp_path: Path, path: str, headers: dict[str, str], status: int) -> None:
    """Whatever a page in a browser could send without asking, too; nothing is written."""
    file = tmp_path / "t.jsonl"
    with Receiver(str(file), port=0) as receiver:
        assert post(receiver, b"{}", path, headers) == status
    assert file.read_bytes() == b""


def test_a_full_file_is_not_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is not filled by whoever sends."""
    monkeypatch.setattr(otlp_receiver, "MOST_FILE", 5)
    with Receiver(str(tmp_path / "t"), port=0) as receiver:
        assert [post(receiver, b"{}"), post(receiver, b"{}")] == [200, 507]


def test_a_place_that_cannot_be_had_is_an_error(tmp_path: Path) -> None:
    """A symlink, a directory that is not there, a port that is taken."""
    (tmp_path / "link").symlink_to(tmp_path / "x")
    for name in ("link", "gone/t"):
        with pytest.raises(UsageError, match="cannot be written"):
            Receiver(str(tmp_path / name), port=0)
    with Receiver(str(tmp_path / "t"), port=0) as receiver, pytest.raises(UsageError, match="cannot be listened on"):
        Receiver(str(tmp_path / "u"), port=int(receiver.url.rpartition(":")[2]))
