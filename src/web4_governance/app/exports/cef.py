r"""The CEF export: a Common Event Format line a call (ArcSight CEF 0, implementation standard; docs/spec/cli.md T8).

Not the whole record: what a SIEM sorts and searches by, each value cut to the length that its field may have. Header fields
are words of ours, so that nothing an agent wrote can end one. Escapes of the format: `\` and `=` by a backslash, the end of
a line as `\n` or `\r`; whatever else steers is shown as an escape of ours (`\u001b`).
"""

from __future__ import annotations

import re

from web4_governance import __version__
from web4_governance.app.exports.shown import STEERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from web4_governance.core.record.r6 import Record

HEADER = b""
SEVERITY = {"allow": 2, "warn": 4, "ask": 5, "deny": 7}
_ESCAPED = re.compile(rf"[{STEERS}\\=]")
_OF_THE_FORMAT = {"\\": "\\\\", "=": "\\=", "\n": "\\n", "\r": "\\r"}
_SPECIAL = re.compile(r"[\\=]")


def lines(records: Sequence[Record]) -> bytes:
    """Give the lines of some records."""
    return "".join([f"{line(record)}\n" for record in records]).encode()


def line(record: Record) -> str:
    """Give one event."""
    decision = record.decision or "none"
    severity = SEVERITY.get(decision, 3)
    known = decision if decision in SEVERITY else "other"
    extension = " ".join([f"{key}={escaped(text, most)}" for key, text, most in _fields(record) if text])
    return f"CEF:0|web4-governance|web4-governance|{__version__}|{known}|Tool call {known}|{severity}|{extension}"


def escaped(text: str, most: int) -> str:
    """Give a value of the extension, cut to so many characters before its escapes."""
    cut = text[:most]
    if cut.isprintable() and not _SPECIAL.search(cut):
        return cut
    return _ESCAPED.sub(_escape, cut)


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    return _OF_THE_FORMAT.get(char) or f"\\\\u{ord(char):04x}"


def _fields(record: Record) -> Iterator[tuple[str, str, int]]:
    """Give keys, values and the most characters of each, by the standard's dictionary of extensions."""
    rules, request, result = record.rules, record.request, record.result
    yield "rt", str(record.ts // 1000), 20
    yield "act", rules.answer or rules.decision, 63
    yield "outcome", result.status, 63
    yield "reason", result.denied_by or result.error_class, 1023
    yield "cat", " ".join(request.categories), 1023
    yield "requestClientApplication", record.role.agent, 1023
    yield "filePath", next((d.resolved or d.target for d in request.deeds if d.resolved or d.target), ""), 1023
    yield "dhost", next((d.host for d in request.deeds if d.host), ""), 1023
    yield "msg", "; ".join(rules.reasons), 1023
    yield from _custom(record)


def _custom(record: Record) -> Iterator[tuple[str, str, int]]:
    rules, request, role = record.rules, record.request, record.role
    texts = (
        ("tool", request.tool),
        ("command", record.command or ""),
        ("rules", ", ".join(rules.matched)),
        ("session", record.session),
        ("leaf", record.id),
        ("agent", role.agent_type or role.agent_id),
    )
    for n, (label, text) in enumerate(texts, 1):
        if text:
            yield f"cs{n}", text, 4000
            yield f"cs{n}Label", label, 1023
    for n, (label, number) in enumerate(
        (("place", record.reference.idx), ("durationUs", record.resource.duration_us)), 1
    ):
        if number >= 0:
            yield f"cn{n}", str(number), 20
            yield f"cn{n}Label", label, 1023
