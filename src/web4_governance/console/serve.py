"""Serves the console on loopback until the person ends it, and prints the address that opens it once."""

from __future__ import annotations

import os
import socket
import sys
import webbrowser

import uvicorn

from web4_governance.app.query import Ledger
from web4_governance.console.application import application
from web4_governance.console.door import Door
from web4_governance.core.errors import UsageError

LOOPBACK = "127.0.0.1"
MOST_AT_ONCE = 32
# What a browser holds open for longer is asked for anew.
KEEP_S = 5
GRACE_S = 2
HIGHEST_PORT = 65535


def serve(home: str, *, port: int, policy: str, show: bool) -> int:
    """Serve the console of a home: `port` 0 takes a free one, `policy` is a file for the what-if, `show` opens a browser."""
    Ledger.open(home).close()  # no ledger, no console
    listener = _listen(port)
    number = int(listener.getsockname()[1])
    door = Door(port=number)
    door.pages = application(home, root=door.root, policy=policy)
    address = f"http://{LOOPBACK}:{number}/?token={door.token}"
    # What is printed first is the address and nothing else: a program that started us reads a line.
    sys.stdout.write(f"{address}\n")
    sys.stdout.flush()
    sys.stderr.write("opens once, in one browser; read only; Ctrl-C ends it\n")
    server = uvicorn.Server(_config(door))
    if show:
        webbrowser.open(address)
    server.run(sockets=[listener])
    return 0


def _listen(port: int) -> socket.socket:
    if not 0 <= port <= HIGHEST_PORT:
        raise UsageError(f"`{port}` is no port", hint="leave `--port` out to take a free one")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if os.name == "posix":  # elsewhere it would let another program listen on the same port
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen()  # whoever is told the address may ask at once: the kernel keeps it until the server runs
    except OSError as error:
        listener.close()
        message = f"port {port} cannot be listened on: {(error.strerror or str(error)).lower()}"
        raise UsageError(message, hint="leave `--port` out to take a free one") from None
    return listener


def _config(door: Door) -> uvicorn.Config:
    """Give the server's settings: nothing of a request is logged, so that nothing in it can steer a terminal."""
    return uvicorn.Config(
        door,
        http="h11",
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=MOST_AT_ONCE,
        timeout_keep_alive=KEEP_S,
        timeout_graceful_shutdown=GRACE_S,
    )
