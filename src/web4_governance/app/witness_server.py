"""The witness's HTTP side: bounded requests, timeouts, one small answer (docs/spec/anchors.md W).

HTTP/1.1 as far as the standard's one call needs it: a length, no chunks, keep-alive. Head and body of an answer go out in
one write: two small writes cost a client that waits for each 40 ms.
"""

from __future__ import annotations

import asyncio
from urllib.parse import unquote

from web4_governance.app.witness import Answer
from web4_governance.core.errors import LedgerError
from web4_governance.core.ledger.witness import MAX_REQUEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.app.witness import Witness

MAX_HEAD = 16 * 1024
TIMEOUT = 15.0  # seconds for a request to come whole, and between requests
MOST = 64  # connections at once; a further one is closed
REASONS = {
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
    411: "Length Required", 413: "Content Too Large", 422: "Unprocessable Content", 500: "Internal Server Error",
    503: "Service Unavailable",
}  # fmt: skip
ADD, ADD_KEY, CHECKPOINT = "/add-checkpoint", "/add-key", "/checkpoint/"


class WitnessServer:
    """Serves one witness on one address, until it is cancelled."""

    def __init__(
        self, witness: Witness, *, timeout: float = TIMEOUT, log: Callable[[str], None] = lambda _row: None
    ) -> None:
        self._witness = witness
        self._timeout = timeout
        self._log = log
        self._open = 0

    async def run(self, host: str, port: int, ready: Callable[[int], None]) -> None:
        """Listen; `ready` hears the port."""
        server = await asyncio.start_server(self._serve, host, port, limit=MAX_HEAD)
        async with server:
            ready(server.sockets[0].getsockname()[1])
            await server.serve_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open += 1
        try:
            if self._open <= MOST:
                while await asyncio.wait_for(self._one(reader, writer), self._timeout):
                    pass
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever is slow, gone or without end is not answered
        finally:
            self._open -= 1
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request, and say whether the connection stays open."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rows = head.removesuffix("\r\n\r\n").split("\r\n")
        fields = {name.strip().lower(): text.strip() for name, _, text in (row.partition(":") for row in rows)}
        words = first.split(" ")
        if len(words) != 3 or not words[2].startswith("HTTP/1."):  # noqa: PLR2004  # method, target, version
            return await _send(writer, Answer(status=400, body=b"no request of HTTP/1\n"), keep=False)
        length = fields.get("content-length", "" if words[0] == "POST" else "0")
        if "transfer-encoding" in fields or not (length.isascii() and length.isdigit()):
            return await _send(writer, Answer(status=411, body=b"a request has a length\n"), keep=False)
        if len(length) > len(str(MAX_REQUEST)) or int(length) > MAX_REQUEST:
            return await _send(writer, Answer(status=413, body=b"the request is too long\n"), keep=False)
        body = await reader.readexactly(int(length))
        answer = await asyncio.to_thread(self._answer, words[0], words[1].partition("?")[0], body)
        self._log(f"{words[0]} {words[1][:200]} {answer.status}")
        return await _send(writer, answer, keep=fields.get("connection", "").lower() != "close")

    def _answer(self, method: str, path: str, body: bytes) -> Answer:
        try:
            if path.endswith(ADD):
                return self._witness.add_checkpoint(body) if method == "POST" else _NOT_THIS_WAY
            if path.endswith(ADD_KEY):
                return self._witness.add_key(body) if method == "POST" else _NOT_THIS_WAY
            _, found, origin = path.partition(CHECKPOINT)
            if found:
                return self._witness.checkpoint(unquote(origin)) if method == "GET" else _NOT_THIS_WAY
        except LedgerError as error:  # the disk is full, or another process holds the state for too long
            self._log(error.message)
            return Answer(status=503, body=b"the witness cannot keep its state now\n")
        return Answer(status=404, body=b"there is nothing here\n")


_NOT_THIS_WAY = Answer(status=405, body=b"not by this method\n")


async def _send(writer: asyncio.StreamWriter, answer: Answer, *, keep: bool) -> bool:
    head = (
        f"HTTP/1.1 {answer.status} {REASONS[answer.status]}\r\nContent-Type: {answer.kind}\r\n"
        f"Content-Length: {len(answer.body)}\r\nConnection: {'keep-alive' if keep else 'close'}\r\n\r\n"
    )
    writer.write(head.encode("ascii") + answer.body)
    await writer.drain()
    return keep
