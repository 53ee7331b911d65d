"""A report that a browser prints: every section and every cell is on its pages, and nothing runs over an edge."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from support.told import call_main
from support.world import World

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

LONG = "averylongnamewithoutanyblankinit" * 12
SECTIONS = 11
SIZES = {"A4": (595, 842), "Letter": (612, 792)}
CUT = """() => [...document.querySelectorAll('th, td, p, figcaption')].filter(one =>
    one.scrollWidth > one.clientWidth + 1 || one.getBoundingClientRect().right > document.body.getBoundingClientRect().right + 1
).map(one => one.textContent)"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with many rows, long words, wide tables, and courses of trust."""
    place = tmp_path_factory.mktemp("printed")
    world = World(place, {"extends": ["safety"], "enforce": True})
    world.feed("UserPromptSubmit", prompt="work")
    for n in range(60):
        world.bash(f"toolu_{n}", f"rm -rf /srv/{LONG}/{n}" if n % 3 == 0 else f"cat patients/{n}.txt {LONG}")
    file = place / "report.html"
    words = ("--since", "2026-11-01", "--target", "*", "--framework", "hipaa", "-o", str(file))
    assert call_main("report", "--home", str(world.home), *words).code == 0
    return file


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_printed_report_is_whole(browser: Browser, report: Path, tmp_path: Path, size: str, scheme: Any) -> None:
    """By the text of the PDF, character by character, and by where it stands."""
    context = browser.new_context(color_scheme=scheme, offline=True)
    page = context.new_page()
    page.goto(report.as_uri())
    titles = page.locator("h2").all_inner_texts()
    page.emulate_media(media="print", color_scheme=scheme)
    page.set_viewport_size({"width": 688, "height": 900})
    shown = page.locator("main").inner_text()
    assert page.evaluate(CUT) == []
    page.pdf(path=tmp_path / "report.pdf", format=size, print_background=True)
    context.close()
    assert len(titles) == SECTIONS
    text, outside = read(tmp_path / "report.pdf", SIZES[size])
    assert outside == []
    printed = bare(text)
    assert [title for title in titles if bare(title) not in printed] == []
    assert Counter(bare(shown)) - Counter(printed) == Counter()


def bare(text: str) -> str:
    """Give a text without blanks, and with each ligature as its letters."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def read(file: Path, size: tuple[int, int]) -> tuple[str, list[str]]:
    """Give the text of all pages, and what of it begins beyond the paper's edges."""
    found: list[str] = []
    outside: list[str] = []
    for page in PdfReader(file).pages:
        assert abs(page.mediabox.width - size[0]) <= 1

        def visit(text: str, matrix: list[float], inner: list[float], *_: object) -> None:
            x, y = inner[4] * matrix[0] + matrix[4], inner[5] * matrix[3] + matrix[5]
            if text.strip() and not (0 < x < size[0] and 0 < y < size[1]):
                outside.append(text)

        found.append(page.extract_text(visitor_text=visit))
    return "".join(found), outside
