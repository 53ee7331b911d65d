"""The documents hang together: links lead somewhere, lines can be read, nothing is promised that nobody can keep."""

from __future__ import annotations

import re

import pytest

from docs.pages import FENCE, GENERATED, ROOT, documents, text_of

LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
PROMISES = re.compile(r"\b(tamper-?proof|immutab\w+|compliant|guarantee\w*)\b", re.IGNORECASE)
MACHINE = re.compile(r"/(?:root|work|tmp/w)/|/home/(?!user\b|dev\b|alice\b|you\b)\w+/")
LONGEST = 170
PAGES = documents()


def anchors(text: str) -> set[str]:
    """The names by which headings are linked to."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")


def broken(name: str, text: str) -> list[str]:
    """The links of a document that lead nowhere."""
    found = []
    for link in LINK.findall(FENCE.sub("", text)):
        path, _, anchor = link.partition("#")
        if "://" in path:
            continue
        target = (ROOT / name).parent / path if path else ROOT / name
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            found.append(link)
    return found


def test_there_are_documents_to_read() -> None:
    """Where the search finds nothing, the others say nothing."""
    assert {"README.md", "SECURITY.md", "docs/spec/policy.md", "docs/guide/team.md", "docs/adr/README.md"} <= set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_every_link_between_documents_leads_somewhere(name: str) -> None:
    """To a file that is there, and to a heading that it has."""
    assert broken(name, text_of(name)) == []


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_is_there_and_says_in_words_what_it_shows(name: str) -> None:
    """For whoever cannot see it."""
    for words, path in PICTURE.findall(text_of(name)):
        assert ((ROOT / name).parent / path).is_file()
        assert len(words.split()) > 3


def test_a_broken_link_is_found() -> None:
    """The check above can fail."""
    assert broken("README.md", "[a](docs/nowhere.md) [b](SECURITY.md#nothing) [c](SECURITY.md)") == [
        "docs/nowhere.md",
        "SECURITY.md#nothing",
    ]


@pytest.mark.parametrize("name", PAGES)
def test_no_document_promises_what_nobody_can_keep(name: str) -> None:
    """Verdicts name what they cover; big words cover nothing."""
    assert PROMISES.findall(text_of(name)) == []


@pytest.mark.parametrize("name", [name for name in PAGES if name not in GENERATED])
def test_lines_can_be_read(name: str) -> None:
    """Tables and blocks apart, no line is longer than a wide window; none ends in a blank."""
    text = FENCE.sub("", text_of(name))
    lines = [line for line in text.splitlines() if not line.startswith("|")]
    assert [line for line in lines if len(line) > LONGEST or line != line.rstrip()] == []


@pytest.mark.parametrize("name", PAGES)
def test_no_document_names_a_place_on_somebody_s_machine(name: str) -> None:
    """Only made-up homes."""
    assert MACHINE.findall(text_of(name)) == []


def test_every_record_of_a_decision_has_its_three_parts_and_is_listed() -> None:
    """Context, decision and consequence, in this order."""
    index = text_of("docs/adr/README.md")
    records = [name for name in PAGES if re.fullmatch(r"docs/adr/\d{4}-[\w-]+\.md", name)]
    assert len(records) >= 5
    for name in records:
        assert re.findall(r"^\*\*(\w+)\.\*\*", text_of(name), re.MULTILINE) == ["Context", "Decision", "Consequence"]
        assert f"]({name.rpartition('/')[2]})" in index


def test_continuous_integration_finds_its_test_command() -> None:
    """On a line of its own, once."""
    assert text_of("README.md").splitlines().count("$ make test") == 1
