"""A reviewer's sign-off of a report: an entry of its own that says who, which file, and over which part of the ledger.

The report is read for the head it was made at, and nothing else of it is believed: that head has to be a beginning of this
ledger, or nothing is recorded. Not whether the reviewer is who they say: the account that ran the command stands beside the
name. An agent's own call cannot make one: that is `self.tamper` (docs/spec/report.md S1-S5).
"""

from __future__ import annotations

import json
import os
import time
from html.parser import HTMLParser

from web4_governance.app.identity import identities
from web4_governance.app.regular import read_regular
from web4_governance.app.reports.frameworks import NAMES
from web4_governance.app.reports.make import FORMAT
from web4_governance.app.settings import settings
from web4_governance.core.digest import sha256_hex
from web4_governance.core.errors import UsageError
from web4_governance.core.identity.lct import LctKind
from web4_governance.core.ledger.tile import root_at
from web4_governance.core.record.entry import NO_SESSION, Index, Kind, seal
from web4_governance.core.record.keep import Keeper
from web4_governance.core.value import value
from web4_governance.storage.writer import open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.storage.reader import Reader

EVENT = "sign-off"
META = "web4-report"
MOST = 256 * 1024 * 1024  # bytes of a report that is read
MOST_US = 2**53
WAIT_S = 5.0
NO_REPORT = "sign off the page or the JSON that `web4 report` wrote"


@value
class Signed:
    """A report as its file says of itself: digest (hex) and size, period, framework, and the head it was made at."""

    sha256: str
    size_bytes: int
    form: str
    since_us: int
    until_us: int
    framework: str
    origin: str
    size: int
    root: str


def read_report(path: str) -> Signed:
    """Read a report's file; UsageError where it cannot be read, or is no report."""
    try:
        data = read_regular(path, MOST + 1)
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {(error.strerror or 'no reason').lower()}") from None
    if len(data) > MOST:
        raise UsageError(f"`{path}` is too large for a report")
    form, head = ("json", data) if data.lstrip()[:1] == b"{" else ("html", _meta(data))
    try:
        found = json.loads(head)
        return _signed(found, sha256=sha256_hex(data), size_bytes=len(data), form=form)
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UsageError(f"`{path}` is no report", hint=NO_REPORT) from None


def check(reader: Reader, signed: Signed) -> None:
    """Refuse a report that was made of another ledger, or of this one as it is not any more."""
    if signed.origin != reader.origin:
        raise UsageError(
            "the report is of another ledger", hint=f"it says `{signed.origin}`, this is `{reader.origin}`"
        )
    size = reader.head().size
    if signed.size > size:
        raise UsageError(f"the report was made over {signed.size} entries, and there are {size}")
    if not signed.size > 0 or root_at(reader.hashes, signed.size).hex() != signed.root:
        message = f"the report names another root than this ledger has over its first {signed.size} entries"
        raise UsageError(message, hint="`web4 verify` reads everything")


def append(home: str, signed: Signed, *, by: str, account: str, note: str, identity: str, now_us: int) -> int:
    """Append the sign-off and give its place."""
    keep = Keeper(privacy=settings(home).privacy, salt=lambda: os.urandom(16))
    report: dict[str, Json] = {"sha256": signed.sha256, "bytes": signed.size_bytes, "form": signed.form}
    said: dict[str, Json] = {
        "report": report,
        "since_us": signed.since_us,
        "until_us": signed.until_us,
        "size": signed.size,
        "root": signed.root,
    }
    said |= {"framework": signed.framework} if signed.framework else {}
    said |= {"identity": identity} if identity else {}
    body: dict[str, Json] = {
        "agent": "web4",
        "event": EVENT,
        "signoff": said,
        "who": keep.commit("who", by),
        "account": keep.commit("account", account),
    }
    if note:
        body["note"] = keep.commit("note", note)
    if keep.redacted:
        body["secrets_removed"] = keep.redacted
    with open_writer(home, deadline=time.monotonic() + WAIT_S) as ledger:
        seq, prev = ledger.tail(NO_SESSION)
        sealed = seal(
            body, kind=Kind.SIGNOFF, session=NO_SESSION, ts=now_us, seq=seq, prev=prev, openings=keep.openings
        )
        # Crash before the commit: nothing was signed off. After it: the next signed head covers it.
        idx = ledger.append(sealed, Index())
        ledger.commit()
    return idx


def operator(reader: Reader) -> str:
    """Give the id of the operator's identity document, the newest whose signature holds; empty where there is none."""
    found = [one for one in identities(reader) if not one.wrong and one.lct is not None]
    ids = [one.lct.id for one in found if one.lct is not None and one.lct.kind is LctKind.OPERATOR]
    return ids[-1] if ids else ""


def _signed(found: Any, *, sha256: str, size_bytes: int, form: str) -> Signed:  # noqa: ANN401  # whatever stands there
    framework = found["framework"]
    name = framework["id"] if isinstance(framework, dict) else framework or ""
    period, ledger = found["period"], found["ledger"]
    numbers = (period["since_us"], period["until_us"], ledger["size"])
    if found["format"] != FORMAT or name not in ("", *NAMES) or not all(map(_is_number, numbers)):
        raise ValueError(form)
    return Signed(
        sha256=sha256,
        size_bytes=size_bytes,
        form=form,
        since_us=numbers[0],
        until_us=numbers[1],
        framework=name,
        origin=str(ledger["origin"]),
        size=numbers[2],
        root=str(ledger["root"]),
    )


def _is_number(found: object) -> bool:
    return type(found) is int and 0 <= found < MOST_US


def _meta(data: bytes) -> str:
    page = _Page()
    page.feed(data.decode("utf-8", "replace"))
    return page.found


class _Page(HTMLParser):
    """Finds what a page says in its head: the first such element, before the body begins."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = ""
        self._over = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the element; what stands in the body is what records say."""
        given = dict(attrs)
        self._over = self._over or tag == "body"
        if tag == "meta" and given.get("name") == META and not self.found and not self._over:
            self.found = given.get("content") or ""
