"""One bounded exchange over HTTP with an anchor: an address from the settings, a timeout, a limit on the answer."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from web4_governance.core.errors import AnchorError, UsageError
from web4_governance.core.value import value

TIMEOUT = 10.0  # seconds for each step of an exchange
MOST_BYTES = 1_000_000


@value
class Answer:
    """Status, content type (without parameters) and body."""

    status: int
    kind: str
    body: bytes


class Place:
    """An anchor's address. Redirects are not followed: an answer from elsewhere is none of the anchor's."""

    def __init__(self, anchor: str, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.fragment:
            raise UsageError(f"the anchor `{anchor}`: `{url}` is no http or https address")
        self._anchor = anchor
        self._secure = parts.scheme == "https"
        self._netloc = parts.netloc.rpartition("@")[2]
        self._path = parts.path.rstrip("/")
        self._query = f"?{parts.query}" if parts.query else ""

    @property
    def here(self) -> bool:
        """Say whether the address is this machine's own."""
        return is_here(urlsplit(f"//{self._netloc}").hostname or "")

    def ask(self, method: str, path: str = "", body: bytes = b"", *, kind: str = "") -> Answer:
        """Give the answer to one request; AnchorError where there is none."""
        maker = HTTPSConnection if self._secure else HTTPConnection
        connection = maker(self._netloc, timeout=TIMEOUT)
        try:
            headers = {"Content-Type": kind} if kind else {}
            connection.request(method, (self._path + path or "/") + self._query, body or None, headers)
            answer = connection.getresponse()
            data = answer.read(MOST_BYTES + 1)
            found = (answer.getheader("Content-Type") or "").partition(";")[0].strip()
        except (OSError, HTTPException, ValueError) as error:
            reason = str(error).lower()[:200] or type(error).__name__.lower()
            raise AnchorError(f"the anchor `{self._anchor}` cannot be asked: {reason}") from None
        finally:
            connection.close()
        if len(data) > MOST_BYTES:
            raise AnchorError(f"the anchor `{self._anchor}` answered more than {MOST_BYTES} bytes")
        return Answer(status=answer.status, kind=found, body=data)


def is_here(host: str) -> bool:
    """Say whether a host is this machine by its name or address; no host is here."""
    return host in ("", "localhost", "::1") or host.startswith("127.")
