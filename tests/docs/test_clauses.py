"""The specifications and the program speak of the same things: clauses, effects, fields, places, findings, files."""

from __future__ import annotations

import re
import typing
from itertools import pairwise

import pytest

from docs.pages import FENCE, ROOT, SPEC, clauses, listed, rows, text_of
from web4_governance.app import uninstall
from web4_governance.app.catalogs import documents
from web4_governance.app.settings import SETTINGS
from web4_governance.core.action import Category, Effect, Place, TargetKind
from web4_governance.core.effects import EFFECT_CATEGORIES
from web4_governance.core.effects.conditions import CONDITIONS
from web4_governance.core.effects.select import KINDS
from web4_governance.core.event import DeniedBy, Status
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.ledger.verify import STEPS
from web4_governance.core.policy import PRESETS
from web4_governance.core.policy.condition import KNOWN
from web4_governance.core.policy.load import DOCUMENT_FIELDS, RULE_FIELDS
from web4_governance.core.record.entry import Kind

PAGES = sorted(path.name for path in SPEC.glob("*.md"))
CITED = re.compile(r"(?:docs/spec/)?\b([a-z-]+)\.md[ (]+((?:[A-Z]\d+(?:-[A-Z]?\d+)?(?:, )?)+)")
ONE = re.compile(r"([A-Z])(\d+)(?:-[A-Z]?(\d+))?")
FINDING = re.compile(r"\bid=\"([a-z-]+)\"|return \"((?:interpreter|launcher|ledger)-[a-z]+)\"")


def cited(text: str) -> set[tuple[str, str]]:
    """The clauses that a text cites, a span of them one by one."""
    found = set()
    for page, numbers in CITED.findall(text):
        for letter, first, last in ONE.findall(numbers):
            found |= {(f"{page}.md", f"{letter}{n}") for n in range(int(first), int(last or first) + 1)}
    return found


def cited_by_code() -> set[tuple[str, str]]:
    files = [path for folder in ("src", "tests") for path in (ROOT / folder).rglob("*.py")]
    return {
        pair for path in files if path.name != "test_clauses.py" for pair in cited(path.read_text(encoding="utf-8"))
    }


def test_citations_are_read() -> None:
    """A span is every clause of it."""
    assert cited("(docs/spec/policy.md J2-J4, L7); ledger.md (V1-V2), see README.md") == {
        ("policy.md", "J2"),
        ("policy.md", "J3"),
        ("policy.md", "J4"),
        ("policy.md", "L7"),
        ("ledger.md", "V1"),
        ("ledger.md", "V2"),
    }


def test_every_clause_that_the_code_cites_is_there() -> None:
    """By its page and number."""
    there = {(page, number) for page in PAGES for number in clauses(f"docs/spec/{page}")}
    wanted = cited_by_code()
    assert {page for page, _ in wanted} >= {"policy.md", "records.md", "ledger.md"}
    assert wanted - there == set()


def test_every_page_that_the_code_names_is_there() -> None:
    """Also where it names no clause."""
    named = {
        name
        for path in (ROOT / "src").rglob("*.py")
        for name in re.findall(r"docs/spec/([a-z-]+\.md)", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named - set(PAGES) == set()


@pytest.mark.parametrize("page", PAGES)
def test_clauses_are_numbered_one_after_the_other(page: str) -> None:
    """From 1 in each section (V from 0: its numbers are the steps'), none twice."""
    found = clauses(f"docs/spec/{page}")
    by_letter: dict[str, list[int]] = {}
    for number in found:
        by_letter.setdefault(number[0], []).append(int(number[1:]))
    assert by_letter
    for letter, numbers in by_letter.items():
        first = 0 if letter == "V" else 1
        assert numbers == list(range(first, first + len(numbers))), letter


@pytest.mark.parametrize("page", PAGES)
def test_pages_cite_clauses_that_are_there(page: str) -> None:
    """Of themselves and of others."""
    text = re.sub(r"\]\([^)]*\)", "", text_of(f"docs/spec/{page}")).replace("[", "")
    there = {(other, number) for other in PAGES for number in clauses(f"docs/spec/{other}")}
    assert cited(text) - there == set()


def test_every_effect_is_in_the_table_with_its_categories() -> None:
    """And nothing that is none."""
    table = {
        row[0].strip("`"): set(re.findall(r"`(\w+)`", row[2]))
        for row in rows(text_of("docs/spec/effects.md"))
        if len(row) == 3
    }
    assert table == {str(effect): {str(c) for c in EFFECT_CATEGORIES[effect]} for effect in Effect}


def test_every_place_field_and_preset_is_in_its_table() -> None:
    """In the order of the program where that has one."""
    assert listed("docs/spec/effects.md", "place") == [str(place) for place in Place if place]
    assert set(listed("docs/spec/policy.md", "field")) == set(KNOWN)
    assert listed("docs/spec/policy.md", "preset") == list(PRESETS)
    assert set(listed("docs/spec/home.md", "setting")) == set(SETTINGS)


CLOSED: dict[str, tuple[str, typing.Iterable[object]]] = {
    "categories": ("docs/spec/effects.md", Category),
    "categories of a rule": ("docs/spec/policy.md", Category),
    "kinds of target": ("docs/spec/effects.md", TargetKind),
    "kinds of entry": ("docs/spec/records.md", Kind),
    "end states": ("docs/spec/lifecycle.md", Status),
    "who denied": ("docs/spec/lifecycle.md", DeniedBy),
    "verdicts": ("docs/spec/ledger.md", VerdictName),
    "document fields": ("docs/spec/policy.md", DOCUMENT_FIELDS),
    "rule fields": ("docs/spec/policy.md", RULE_FIELDS),
    "conditions of an entry": ("docs/spec/catalog.md", CONDITIONS),
    "kinds of a word": ("docs/spec/catalog.md", KINDS - {str(kind) for kind in TargetKind}),
}


@pytest.mark.parametrize("name", CLOSED)
def test_every_word_of_a_closed_list_stands_on_its_page(name: str) -> None:
    """In code style: what is not written down cannot be looked up."""
    page, words = CLOSED[name]
    spoken = set(re.findall(r"[\w.$-]+", " ".join(re.findall(r"`([^`]+)`", FENCE.sub("", text_of(page))))))
    assert {str(word) for word in words} - spoken == set()


def keys_of(row: dict[str, typing.Any]) -> set[str]:
    """Every field, condition and role of a catalog row, of its entries and of its subcommands' rows."""
    found = set(row)
    for entry in row.get("effects", ()):
        found |= {*entry, *entry.get("when", ()), *([entry["role"]] if "role" in entry else [])}
    for inner in row.get("sub", {}).values():
        found |= keys_of(inner) if isinstance(inner, dict) else set()
    return found


def test_every_word_of_the_catalog_s_language_stands_on_its_page() -> None:
    """Whatever some row of the catalog uses."""
    used: set[str] = set()
    for document in documents():
        used |= set(document)
        for row in typing.cast("list[dict[str, typing.Any]]", document.get("programs") or []):
            used |= keys_of(row)
    spoken = set(
        re.findall(r"[\w-]+", " ".join(re.findall(r"`([^`]+)`", FENCE.sub("", text_of("docs/spec/catalog.md")))))
    )
    assert len(used) > 30
    assert used - spoken == set()


def test_the_steps_of_a_verification_are_its_clauses() -> None:
    """Same numbers, same order."""
    steps = [number for number in clauses("docs/spec/ledger.md") if number[0] == "V"]
    assert steps[: len(STEPS)] == [f"V{step}" for step in STEPS]


def test_every_finding_of_the_doctor_is_in_the_guide() -> None:
    """With what to do about it."""
    checks = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "src/web4_governance/app/checks").glob("*.py")
    )
    checks += (ROOT / "src/web4_governance/app/doctor.py").read_text(encoding="utf-8")
    found = {name for pair in FINDING.findall(checks) for name in pair if name}
    found |= set(re.findall(r"\"((?:interpreter|ledger)-[a-z]+)\"", checks))
    described = {row[0].strip("`") for row in rows(text_of("docs/guide/troubleshooting.md")) if len(row) == 4}
    assert len(found) > 30
    assert found - described == set()
    assert described - found == set()


def test_every_file_of_the_home_is_in_its_table() -> None:
    """Whatever uninstalling would take away."""
    table = " ".join(row[0] for row in rows(text_of("docs/spec/home.md")))
    names = [name.partition("-shm")[0].partition("-wal")[0] for name in uninstall.FILES]
    kept = [name for name in (*names, *uninstall.FILE_STARTS, *uninstall.DIRECTORIES) if name != "keys"]
    assert [name for name in kept if name not in table] == []


def test_sections_stand_in_one_piece() -> None:
    """Clauses of one letter follow one another."""
    for page in PAGES:
        letters = [number[0] for number in clauses(f"docs/spec/{page}")]
        starts = [b for a, b in pairwise(["", *letters]) if a != b]
        assert len(starts) == len(set(starts)), page
