"""The section on a framework's controls: which evidence of the period may serve each, and what cannot be shown here."""

from __future__ import annotations

from web4_governance.app.reports.pages import Section, Table, row

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Doc = dict[str, Any]

TEXTS = {
    "paraphrase": "What a clause is about is said here in short words of our own; the text that counts is the source's.",
    "subject": "The text of this standard is not public: only a clause's number and its subject, in our words, stand here.",
}

UNREAD = {"title": " (only its title was read)", "nothing": " (this wording was not checked against a source)"}


def controls(doc: Doc) -> Section:
    """Lay out a framework's controls."""
    found = doc["framework"]
    lines = (
        f"{found['name']}, {found['edition']}.",
        TEXTS[found["text"]],
        found["note"],
        "Each row names evidence for who judges the control, as far as this period has it: not whether it is met.",
    )
    rows = tuple(
        row(one["clause"], _subject(one, found["text"]), [_evidence(item) for item in one["evidence"]], one["cannot"])
        for one in found["controls"]
    )
    table = Table(title="Controls", head=("clause", "what it is about", "evidence for it in this period", "what this tool cannot show"), rows=rows)  # fmt: skip  # noqa: E501
    sources = Table(title="Sources", head=("title", "address"), rows=_sources(found))  # fmt: skip
    return Section(id="controls", title=f"Evidence for {found['name']}", lines=lines, tables=(table, sources))


def _subject(one: Doc, text: str) -> str:
    """Give what a control is about, and where its wording was held against less than its text."""
    unread = "" if text == "subject" and one["read"] == "title" else UNREAD.get(one["read"], "")
    return f"{one['subject']}{unread}"


def _sources(found: Doc) -> tuple[tuple[str, ...], ...]:
    listed = tuple(row(one["title"], one["url"]) for one in found["sources"])
    return listed + tuple(row(one["clause"], one["source"]) for one in found["controls"] if one["source"])


def _evidence(item: Doc) -> str:
    return f"{item['says']} ({item['section']})"
