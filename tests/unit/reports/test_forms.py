"""The three forms of a report: what a record holds is text in them, whatever it is, and never markup."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from support.ledgers import Scribe
from support.records import HOSTILE
from support.told import call_main
from web4_governance.app.exports.delimited import cell
from web4_governance.app.reports.frameworks import NAMES
from web4_governance.app.reports.layout import sections
from web4_governance.app.reports.markdown import escaped
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from support.world import World

MARKUP = (
    *HOSTILE,
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "</style><script>x</script>",
    "</td></tr></table><h1>forged</h1>",
    "[link](javascript:alert(1))",
    "![image](https://example.org/x.png)",
    "<https://example.org> https://example.org www.example.org",
    "| forged | row |",
    "# heading",
    "- item",
    "1. item",
    "---",
    "***bold*** __it__ ~~gone~~ `code`",
    "```\nfence",
    "&lt;b&gt; &#60;i&#62;",
    "{{ 7*7 }} {% for x in y %}",
)
NEWEST = ("--verify", "none", "--trust", "all")


def ledger(home: str, texts: tuple[str, ...]) -> None:
    """Calls that say a text wherever they can: denied, asked about and allowed ones, of as many sessions."""
    with open_writer(home, deadline=None) as writer:
        for n, text in enumerate(texts):
            scribe = Scribe(writer, session=f"{text}{n}")
            prompt = scribe.prompt(text)
            scribe.words(text, call=f"call-{n}", message=f"m-{n}")
            given: dict[str, Any] = {
                "path": text,
                "prompt": prompt,
                "agent_id": "a",
                "agent_type": text,
                "project": text,
            }
            scribe.call(f"{n}{text}", tool=text, decision=("deny", "ask", "allow")[n % 3], **given)
        writer.commit()


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A hostile ledger, and one of the same shape in which all is harmless."""
    place = tmp_path_factory.mktemp("forms")
    hostile, harmless = str(place / "hostile"), str(place / "harmless")
    ledger(hostile, MARKUP)
    ledger(harmless, tuple(f"word{n:03}" for n in range(len(MARKUP))))
    return hostile, harmless


def printed(home: str, form: str, *words: str) -> str:
    said = call_main("report", "--home", home, "--since", "2026-11-01", "--format", form, *NEWEST, *words)
    assert said.code == 0, said.err
    return said.out


class Skeleton(HTMLParser):
    """Every element of a page with its attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[str, ...]]] = []
        self.values: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(name for name, _ in attrs)))
        self.values += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.elements.append(("comment", (data,)))


def test_no_element_and_no_attribute_comes_out_of_a_record(homes: tuple[str, str]) -> None:
    """A page of the hostile ledger has the elements of the harmless one's, one for one."""
    hostile, harmless = (Skeleton(printed(home, "html")) for home in homes)
    assert hostile.elements == harmless.elements
    told = {
        ("meta", "content"),
        ("svg", "aria-label"),
        ("svg", "points"),
        ("polygon", "points"),
        ("polyline", "points"),
    }
    fixed = [[one for one in page.values if one[:2] not in told] for page in (hostile, harmless)]
    assert fixed[0] == fixed[1]
    assert {tag for tag, _ in hostile.elements} & {
        "script",
        "img",
        "a",
        "iframe",
        "object",
        "form",
        "input",
        "link",
    } == {"a"}
    assert all(value.startswith("#") for tag, name, value in hostile.values if (tag, name) == ("a", "href"))


def test_a_page_has_every_text_as_a_reader_sees_it(homes: tuple[str, str]) -> None:
    """In a cell of its own, with what steers as an escape and an apostrophe before a formula."""
    texts = Skeleton(printed(homes[0], "html")).texts
    assert not [text for text in MARKUP if cell(text) not in texts]


def test_nothing_steers_a_terminal_or_turns_the_reading(homes: tuple[str, str]) -> None:
    """In every form, no control but the end of a line."""
    for form in ("html", "md", "json"):
        text = printed(homes[0], form).replace("\n", "")
        assert not set(text) & {
            chr(n) for n in (*range(32), *range(127, 160), 0x2028, 0x2029, *range(0x202A, 0x202F), 0xFEFF)
        }


def test_a_page_fetches_nothing_and_runs_nothing(homes: tuple[str, str]) -> None:
    """No address but those that are text, a policy that allows the one style by its hash, and the style is that."""
    page = printed(homes[0], "html")
    css = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in "".join(value for *_, value in Skeleton(page).values)
    assert not re.search(r"url\(|@import|expression", css)
    assert "@media print" in css
    assert "prefers-color-scheme: dark" in css
    assert page.count("style=") == 0


def test_markdown_has_no_markup_out_of_a_record(homes: tuple[str, str]) -> None:
    """Parsed as CommonMark with tables and links, the hostile report has the blocks of the harmless one, and only texts in them."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    hostile, harmless = (parser.parse(printed(home, "md")) for home in homes)
    assert [token.type for token in hostile] == [token.type for token in harmless]
    inner = {child.type for token in hostile for child in token.children or ()}
    assert inner <= {"text", "text_special"}
    shown = {"".join(child.content for child in token.children) for token in hostile if token.children}
    assert not [text for text in MARKUP if cell(text).strip() not in shown]


@pytest.mark.parametrize("text", MARKUP)
def test_a_line_of_markdown_is_its_text(text: str) -> None:
    """Alone, and as an item of a list."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for line in (escaped(cell(text)), f"- {escaped(cell(text))}"):
        tokens = parser.parse(line)
        assert [token.type for token in tokens if token.type not in ("bullet_list_open", "list_item_open", "list_item_close", "bullet_list_close")] == ["paragraph_open", "inline", "paragraph_close"]  # fmt: skip
        (inline,) = (token for token in tokens if token.type == "inline")
        assert "".join(child.content for child in inline.children or ()) == cell(text).strip()


def test_json_has_every_text_exactly(homes: tuple[str, str]) -> None:
    """Nothing is escaped that JSON carries."""
    doc = json.loads(printed(homes[0], "json"))
    assert set(doc["decisions"]["tools"]) == set(MARKUP)


@pytest.mark.parametrize("name", NAMES)
def test_every_framework_is_printed_in_every_form(homes: tuple[str, str], name: str) -> None:
    """Each control with its evidence and with what cannot be shown."""
    doc = json.loads(printed(homes[1], "json", "--framework", name))
    (part,) = (section for section in sections(doc) if section.id == "controls")
    page, text = printed(homes[1], "html", "--framework", name), printed(homes[1], "md", "--framework", name)
    texts = Skeleton(page).texts
    for cells in part.tables[0].rows:
        assert set(cells) <= set(texts)
        assert f"| {' | '.join(map(escaped, cells))} |" in text


def test_without_the_extra_a_page_is_refused_and_markdown_is_not(told: World, tmp_path: Path) -> None:
    """With the line that puts it there."""
    (tmp_path / "jinja2.py").write_text("raise ImportError\n")
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from web4_governance.cli.main import main; sys.exit(main(sys.argv[1:]))"
    words = [sys.executable, "-c", code, str(tmp_path), "report", "--home", str(told.home), "--since", "2026-11-01"]
    page = subprocess.run([*words, "--format", "html"], capture_output=True, text=True, timeout=60, check=False)
    assert page.returncode == 3
    assert "pip install '.[report]'" in page.stderr
    assert page.stdout == ""
    text = subprocess.run([*words, "--format", "md"], capture_output=True, text=True, timeout=60, check=False)
    assert text.returncode == 0


def test_a_page_is_no_text_for_a_terminal(told: World) -> None:
    """A person who gives no file is told to; what is piped is the page, and a line of JSON is one line."""
    words = ("report", "--home", str(told.home), "--since", "2026-11-01")
    said = call_main(*words, person=True)
    assert (said.code, said.out, "-o report.html" in said.err) == (3, "", True)
    assert call_main(*words).out.startswith("<!doctype html>")
    assert call_main(*words, "--format", "md", person=True).code == 0
    line, document = call_main(*words, "--jsonl"), call_main(*words, "--json")
    assert len(line.out.splitlines()) == 1
    assert line.json["population"] == document.json["population"]


def test_a_file_is_written_whole_and_private(told: World, tmp_path: Path) -> None:
    """Its ending says the form; what is printed says what it is."""
    for form in ("html", "md", "json"):
        file = tmp_path / f"r.{form}"
        said = call_main("report", "--home", str(told.home), "--since", "2026-11-01", "-o", str(file), "--json")
        assert json.loads(said.out) == {
            "file": str(file),
            "format": form,
            "calls": 8,
            "verdict": "UNANCHORED",
            "size": 23,
        }
        assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads((tmp_path / "r.json").read_text())["population"]["calls"] == 8
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")
