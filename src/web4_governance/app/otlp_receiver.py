"""A small receiver for telemetry: OTLP/JSON log exports over HTTP on loopback, each appended to a file as one line.

For a person without a collector. It runs as that person, and any process on the machine can send to it: what it writes is
a second witness against accidents and lost hooks, not against the agent (docs/spec/assurance.md R9). Nothing else is
taken: no metrics, no traces, no protobuf; those are answered so that the client says why.
"""

from __future__ import annotations

import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from web4_governance.core.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

PORT = 4318  # OTLP/HTTP's own
LOGS = "/v1/logs"
MOST_BODY = 16 * 1024 * 1024
MOST_FILE = 4 * 1024 * 1024 * 1024
PATIENCE_S = 10.0
FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


def variables(url: str) -> dict[str, str]:
    """Give what the client must find in its environment, or in `env` of its settings, to export here."""
    return {
        "CLAUDE_CODE_ENABLE_TELEMETRY": "1",
        "OTEL_LOGS_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": url,
        "OTEL_LOG_TOOL_DETAILS": "1",
    }


class Receiver:
    """A context: inside it exports to `url` are appended to `file`. UsageError where file or port cannot be had."""

    def __init__(self, file: str, *, port: int = PORT) -> None:
        self.file = file
        try:
            self._out = os.open(file, FLAGS, 0o600)
        except OSError as error:
            message = f"`{file}` cannot be written: {(error.strerror or 'unknown error').lower()}"
            raise UsageError(message) from None
        handler = type("Bound", (_Handler,), {"out": self._out, "lock": threading.Lock()})
        try:
            self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError as error:
            os.close(self._out)
            message = f"port {port} cannot be listened on: {(error.strerror or 'unknown error').lower()}"
            raise UsageError(message, hint="give another with `--port`") from None
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE_S)
        os.close(self._out)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE_S
    out: int
    lock: threading.Lock

    def log_message(self, *_: object) -> None:
        """Say nothing: stdout and stderr are the command's."""

    def do_POST(self) -> None:
        """Take one export. https://opentelemetry.io/docs/specs/otlp/#otlphttp says how it is answered."""
        length = self.headers.get("content-length") or ""
        if not length.isdigit() or int(length) > MOST_BODY:
            self.close_connection = True
            self._answer(413 if length.isdigit() else 411)
            return
        body = self.rfile.read(int(length))
        if self.path != LOGS:
            self._answer(404)
        elif self.headers.get_content_type() != "application/json" or self.headers.get("content-encoding"):
            self._answer(415)
        else:
            self._answer(200 if self._keep(body) else 507)

    def _keep(self, body: bytes) -> bool:
        """Append one export as one line; a newline in it can only stand between two words, so a blank is the same."""
        line = body.replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"
        with self.lock:
            if os.fstat(self.out).st_size + len(line) > MOST_FILE:
                return False
            # Crash here: a line cut off at the end, which reading counts and passes over; the sender tries again.
            while line:
                line = line[os.write(self.out, line) :]
        return True

    def _answer(self, status: int) -> None:
        body = b"{}"
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
