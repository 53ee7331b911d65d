"""The door: who may ask, from where, and what every answer carries (docs/spec/console.md D, H).

A plain ASGI wrapper around the pages. It knows nothing of them and reads nothing of the ledger: a request that is refused
here has touched nothing. INVARIANT: the token opens once, whatever comes of it; every answer has every header of `HEADERS`.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "web4"
METHODS = ("GET", "HEAD")
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
# A page that another one opens or loads says so; a person's own typing is `none`.
OURS = ("none", "same-origin")
NOT_HERE = "this is not an address of this console"
ELSEWHERE = "another page asked for this: open the address yourself"
USED = "this link was used already; if not by you, end the console with Ctrl-C and start it again"
STRANGER = "open the address that `web4 console` printed"
ONLY_READS = "this console only reads: GET and HEAD"


class Door:
    """Lets in whoever brings the token once, and from then on the session's cookie.

    Pages lie below `root`, a name made for this run: cookies know no ports, so the path is what keeps the session's from
    whatever else is served on this machine.
    """

    def __init__(self, *, port: int) -> None:
        self.token = secrets.token_urlsafe(32)
        self.root = f"/{secrets.token_hex(8)}"
        self._session = secrets.token_urlsafe(32)
        self.pages: ASGIApp = _nothing
        self._names = frozenset(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))
        self._unused = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            return
        status, why = self._refused(scope)
        if status:
            await _answer(send, status, why, allow=status == 405)  # noqa: PLR2004
        elif scope["path"] == "/":
            await self._enter(scope, send)
        elif not self._is_inside(scope):
            await _answer(send, 403, STRANGER)
        elif not scope["path"].startswith(self.root + "/"):
            await _answer(send, 404, NOT_HERE)
        else:
            inner = {**scope, "path": scope["path"][len(self.root) :], "root_path": ""}
            await self.pages(inner, receive, _with_headers(send))

    def _refused(self, scope: Scope) -> tuple[int, str]:
        """Say why a request is not even looked at; 0 where it is."""
        hosts = _values(scope, b"host")
        if len(hosts) != 1 or hosts[0] not in self._names:
            return 421, NOT_HERE  # a name of somebody else's that leads here (DNS rebinding)
        if scope["method"] not in METHODS:
            return 405, ONLY_READS
        if any(origin != f"http://{hosts[0]}" for origin in _values(scope, b"origin")):
            return 403, ELSEWHERE
        if any(site not in OURS for site in _values(scope, b"sec-fetch-site")):
            return 403, ELSEWHERE
        return 0, ""

    async def _enter(self, scope: Scope, send: Send) -> None:
        """Take the token for a session: once, and by a GET alone, so that a look ahead at the link does not use it up."""
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        if len(given) != 1 or not _same(given[0], self.token) or scope["method"] != "GET":
            await _answer(send, 403, STRANGER)
        elif not self._unused.acquire(blocking=False):  # never let go: that is what makes it once
            await _answer(send, 403, USED)
        else:
            cookie = f"{COOKIE}={self._session}; Path={self.root}/; HttpOnly; SameSite=Strict"
            more = [(b"location", f"{self.root}/".encode()), (b"set-cookie", cookie.encode())]
            await _answer(send, 303, "", more=more)

    def _is_inside(self, scope: Scope) -> bool:
        for text in _values(scope, b"cookie"):
            try:
                found = SimpleCookie(text).get(COOKIE)
            except CookieError:
                continue
            if found is not None and _same(found.value, self._session):
                return True
        return False


async def _nothing(_scope: Scope, _receive: Receive, send: Send) -> None:
    await _answer(send, 404, NOT_HERE)


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), wanted.encode())


def _lines(more: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [*((name.encode(), value.encode()) for name, value in HEADERS.items()), *more]


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = _lines([*message.get("headers", ())])
        await send(message)

    return sending


async def _answer(
    send: Send, status: int, text: str, *, allow: bool = False, more: list[tuple[bytes, bytes]] | None = None
) -> None:
    body = f"{text}\n".encode() if text else b""
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    headers += [(b"allow", ", ".join(METHODS).encode())] if allow else []
    await send({"type": "http.response.start", "status": status, "headers": _lines([*headers, *(more or [])])})
    await send({"type": "http.response.body", "body": body})
