"""The frameworks that a report speaks of: data of the catalog, one file each, read and checked here.

A control says in our own words what its clause is about, which evidence may serve somebody who judges it, and what this
program cannot show. Where a clause's text is not public, `text` is `subject`: its number and what it is about, no more.
"""

from __future__ import annotations

import json
import os

from web4_governance.app.reports.evidence import QUERIES
from web4_governance.core.errors import UsageError
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLACE = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "catalog", "frameworks"
)
NAMES = ("hipaa", "soc2", "iso27001", "iso42001", "eu-ai-act", "nist-800-53", "pci-dss")
TEXTS = ("paraphrase", "subject")
TEXT, TITLE, NOTHING = "text", "title", "nothing"
READ = (TEXT, TITLE, NOTHING)
MOST_WORDS = 240


@value
class Control:
    """One control: its clause, what it is about, the evidence that may serve it, and what cannot be shown.

    `read` says what of it the wording was held against: its text as a source repeats it, its title, or nothing; `source` is
    where, if it is none of the framework's.
    """

    clause: str
    subject: str
    evidence: tuple[str, ...]
    cannot: tuple[str, ...]
    read: str = TEXT
    source: str = ""


@value
class Source:
    """Where a framework's clauses were read: a title and an address."""

    title: str
    url: str


@value
class Framework:
    """A framework by its edition, with how far its text could be read (`paraphrase` or `subject`)."""

    id: str
    name: str
    edition: str
    text: str
    note: str
    sources: tuple[Source, ...]
    controls: tuple[Control, ...]


def framework(name: str) -> Framework:
    """Give a framework by its name; UsageError where there is none of that name, or its file is none."""
    if name not in NAMES:
        raise UsageError(f"`{name}` is no framework", hint=f"one of {', '.join(NAMES)}")
    with open(os.path.join(PLACE, f"{name}.json"), encoding="utf-8") as file:
        return parsed(name, json.load(file))


def parsed(name: str, found: Any) -> Framework:  # noqa: ANN401  # whatever stands in the file
    """Check what a file says and give it as a framework; UsageError says what is wrong with it."""
    try:
        read = TITLE if found["text"] == TEXTS[1] else TEXT
        controls = tuple(_control(one, read) for one in found["controls"])
        sources = tuple(Source(title=_words(one["title"]), url=_words(one["url"])) for one in found["sources"])
        made = Framework(
            id=_words(found["id"]),
            name=_words(found["name"]),
            edition=_words(found["edition"]),
            text=_words(found["text"]),
            note=_words(found["note"]),
            sources=sources,
            controls=controls,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"the file of framework `{name}` is none: {error}") from None
    if made.id != name or made.text not in TEXTS or not controls or not sources:
        raise UsageError(f"the file of framework `{name}` is none: id, text, controls and sources are needed")
    return made


def _control(found: Any, read: str) -> Control:  # noqa: ANN401  # as above
    unknown = [query for query in found["evidence"] if query not in QUERIES]
    if unknown:
        raise ValueError(f"`{unknown[0]}` is no evidence of a report")
    more = set(found) - {"clause", "subject", "evidence", "cannot", "read", "source"}
    if not found["evidence"] or not found["cannot"] or more:
        raise ValueError(f"control `{found['clause']}` needs evidence, and what cannot be shown, and nothing else")
    source = found.get("source", "")
    made = Control(
        clause=_words(found["clause"]),
        subject=_words(found["subject"]),
        evidence=tuple(found["evidence"]),
        cannot=tuple(_words(one) for one in found["cannot"]),
        read=found.get("read", TEXT if source else read),
        source=_words(source) if source else "",
    )
    if made.read not in READ or (made.source and not made.source.startswith("https://")):
        raise ValueError(f"control `{made.clause}` says of its wording what is no way to say it")
    return made


def _words(found: Any) -> str:  # noqa: ANN401  # as above
    if not isinstance(found, str) or not found.strip() or len(found) > MOST_WORDS:
        raise ValueError(f"`{found}` is no text of up to {MOST_WORDS} characters")
    return found
