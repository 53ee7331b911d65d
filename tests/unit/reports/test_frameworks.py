"""The frameworks are data: each can be read, says whose text it is, and promises nothing."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from web4_governance.app.reports.evidence import QUERIES
from web4_governance.app.reports.frameworks import NAMES, PLACE, framework, parsed
from web4_governance.app.reports.layout_controls import controls
from web4_governance.core.errors import UsageError

PROMISES = re.compile(
    r"\b(complian\w+|certif\w+|guarantee\w*|immutab\w+|tamper-?proof|satisf\w+|fulfil\w*)\b", re.IGNORECASE
)


def test_the_files_are_the_names() -> None:
    """One file each, and no other."""
    assert sorted(os.listdir(PLACE)) == sorted(f"{name}.json" for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_framework_can_be_read(name: str) -> None:
    """Every control once, with evidence that a report has, and with what cannot be shown."""
    found = framework(name)
    clauses = [one.clause for one in found.controls]
    assert len(clauses) == len(set(clauses)) >= 10
    for one in found.controls:
        assert set(one.evidence) <= QUERIES.keys()
        assert len(one.evidence) == len(set(one.evidence))
        assert one.cannot


@pytest.mark.parametrize("name", NAMES)
def test_its_sources_are_cited(name: str) -> None:
    """With an address each; a standard whose text is not public says so."""
    found = framework(name)
    assert all(one.url.startswith("https://") for one in found.sources)
    assert re.search(r"\d{4}|\d\.\d", found.edition)
    assert (found.text == "subject") == name.startswith("iso")
    if found.text == "subject":
        assert "the text of the standard was not read" in found.note
        assert all(len(one.subject) <= 60 for one in found.controls)


@pytest.mark.parametrize("name", NAMES)
def test_it_promises_nothing(name: str) -> None:
    """Evidence for a control is not the control."""
    with open(os.path.join(PLACE, f"{name}.json"), encoding="utf-8") as file:
        assert PROMISES.findall(file.read()) == []


def test_every_evidence_serves_some_control() -> None:
    """A query that no framework names would be dead."""
    used = {query for name in NAMES for one in framework(name).controls for query in one.evidence}
    assert used == QUERIES.keys()


CONTROL: dict[str, Any] = {"clause": "1", "subject": "s", "evidence": ["calls"], "cannot": ["c"]}


def whole() -> dict[str, Any]:
    return {
        "id": "hipaa",
        "name": "n",
        "edition": "e",
        "text": "paraphrase",
        "note": "n",
        "sources": [{"title": "t", "url": "https://example.org"}],
        "controls": [CONTROL],
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "soc2"},
        {"text": "quoted"},
        {"controls": []},
        {"sources": []},
        {"name": ""},
        {"note": "x" * 241},
        {"controls": [{"clause": "1", "subject": "s", "evidence": ["nothing"], "cannot": ["c"]}]},
        {"controls": [{"clause": "1", "subject": "s", "evidence": [], "cannot": ["c"]}]},
        {"controls": [{"clause": "1", "subject": "s", "evidence": ["calls"], "cannot": []}]},
        {"controls": [{"clause": "1", "subject": "s", "evidence": ["calls"], "cannot": ["c"], "met": True}]},
        {"controls": [{**CONTROL, "read": "all of it"}]},
        {"controls": [{**CONTROL, "source": "http://example.org"}]},
        {"controls": [{"subject": "s"}]},
        {"controls": "none"},
    ],
)
def test_a_file_that_is_none_is_refused(changes: dict[str, Any]) -> None:
    """Whatever is wrong with it; the whole one is read."""
    assert parsed("hipaa", whole()).controls
    with pytest.raises(UsageError):
        parsed("hipaa", json.loads(json.dumps({**whole(), **changes})))


@pytest.mark.parametrize(
    ("text", "more", "read", "said"),
    [
        ("paraphrase", {}, "text", "s"),
        ("subject", {}, "title", "s"),
        ("subject", {"source": "https://example.org/1"}, "text", "s"),
        ("paraphrase", {"read": "title"}, "title", "s (only its title was read)"),
        ("paraphrase", {"read": "nothing"}, "nothing", "s (this wording was not checked against a source)"),
        ("subject", {"read": "nothing"}, "nothing", "s (this wording was not checked against a source)"),
    ],
)
def test_how_far_a_wording_was_checked_is_told(text: str, more: dict[str, str], read: str, said: str) -> None:
    """In the data, and in the report beside the control; a source of its own stands among the sources."""
    found = parsed("hipaa", {**whole(), "text": text, "controls": [{**CONTROL, **more}]})
    (control,) = found.controls
    assert control.read == read
    served = {
        "clause": "1",
        "subject": "s",
        "read": control.read,
        "source": control.source,
        "evidence": [],
        "cannot": [],
    }
    framework_ = {"name": "n", "edition": "e", "text": text, "note": "n", "sources": [], "controls": [served]}
    table, sources = controls({"framework": framework_}).tables
    assert table.rows[0][1] == said
    assert sources.rows == ((("1", control.source),) if control.source else ())


@pytest.mark.parametrize("name", NAMES)
def test_what_was_not_read_is_marked_in_the_data(name: str) -> None:
    """Of a standard whose text is not public, only a control with a source of its own claims more than its title."""
    found = framework(name)
    assert all(one.read == "title" or one.source for one in found.controls if found.text == "subject")
