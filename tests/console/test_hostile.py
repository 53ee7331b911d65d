"""What an agent, its servers or an address can say is shown, and does nothing (docs/spec/console.md S)."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from support.consoles import addresses, serving
from support.hostile import HOSTILE, hostile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.consoles import Console

OURS = {"htmx.js", "console.css", "icon.svg"}
ELEMENTS = {
    "html", "head", "meta", "title", "link", "script", "body", "a", "header", "p", "span", "nav", "ul", "li", "code", "main", "footer", "h1",
    "h2", "h3", "form", "label", "select", "option", "input", "button", "section", "div", "table", "thead", "tbody", "tr", "th", "td", "time", "q", "ol",
    "blockquote", "pre", "dl", "dt", "dd", "aside", "article", "strong", "details", "summary", "svg", "rect", "polygon", "polyline", "abbr",
}  # fmt: skip
ATTRIBUTES = {
    "lang", "charset", "name", "content", "rel", "href", "type", "src", "defer", "class", "id", "tabindex", "aria-label", "aria-current",
    "aria-hidden", "aria-labelledby", "method", "action", "for", "value", "selected", "placeholder", "autocomplete", "spellcheck", "scope", "colspan", "title",
    "role", "hx-get", "hx-trigger", "hx-swap", "hx-target", "hx-select", "size", "maxlength", "inputmode", "pattern", "open", "start", "viewbox", "preserveaspectratio",
    "focusable", "x", "y", "width", "height", "points",
}  # fmt: skip


class Seen(HTMLParser):
    """What a browser would make of a page: every element, attribute and address."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    world = hostile(tmp_path_factory.mktemp("hostile"))
    with serving(world.home, cwd=world.project, user_home=world.user_home) as running:
        running.enter()
        yield running


def check(console: Console, page: str, where: str) -> Seen:
    """Fail unless a page is made of our own elements and addresses, and holds no character that steers."""
    seen = Seen(page)
    assert set(seen.elements) <= ELEMENTS, where
    assert {name for _, name, _ in seen.attributes} <= ATTRIBUTES, where
    for tag, name, value in seen.attributes:
        if name in ("href", "src", "action", "hx-get"):
            assert value.startswith((f"{console.root}/", "#")), (where, value)
        if tag == "script":
            assert name in ("src", "defer"), where
    assert seen.elements.count("script") <= 1, where
    steering = {char for char in page if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")} - {"\n"}
    assert steering == set(), where
    assert "1343434337" not in page, where
    return seen


def walk(console: Console) -> dict[str, str]:
    """Give every page that can be reached by following addresses, some hundred at most, by its address."""
    waiting, found = ["/"], dict[str, str]()
    waiting += [
        "/calls",
        "/sessions",
        "/files",
        "/trust",
        "/policy?against=strict&calls=200",
        "/proofs?verify=1",
        "/policy?command=ls",
    ]
    while waiting and len(found) < 180:
        path = waiting.pop(0)
        answer = console.page(path)
        if answer.status == 204 or path.startswith("/static"):
            continue
        assert answer.status == 200, (path, answer.text[-600:])
        found[path] = answer.text
        new = {
            one.removeprefix(console.root).split("#")[0]
            for one in addresses(answer.text)
            if one.startswith(console.root)
        }
        waiting += sorted(one for one in new if one not in found and one not in waiting)
    return found


def test_every_page_shows_hostile_words_and_obeys_none(console: Console) -> None:
    """In the names of sessions, tools, servers, agents, models, modes, files and calls; in prompts, words, inputs, outputs and reasons."""
    pages = walk(console)
    assert {path.split("?")[0].split("/")[1] for path in pages} >= {
        "",
        "call",
        "calls",
        "session",
        "sessions",
        "files",
        "trust",
        "policy",
        "proofs",
    }
    assert len(pages) > 80
    words = " ".join(" ".join(check(console, page, path).words) for path, page in pages.items())
    for name in ("script", "template", "formula", "entity"):
        assert HOSTILE[name] in words, name
    assert "\\x1b[2J" in words
    assert "\\u202eexe" in words


@pytest.mark.parametrize("name", HOSTILE)
def test_what_an_address_asks_is_shown_and_not_obeyed(console: Console, name: str) -> None:
    """In every parameter of every page, and in the place of a name."""
    said = quote(HOSTILE[name], safe="")
    paths = [
        f"/?{field}={said}"
        for field in (
            "tool",
            "agent",
            "target",
            "session",
            "project",
            "since",
            "until",
            "decision",
            "status",
            "effect",
            "category",
            "before",
            "live",
        )
    ]
    paths += [
        f"/files?of={said}",
        f"/trust/of?name={said}",
        f"/policy?command={said}&by=safety",
        f"/policy?command=ls&by={said}",
    ]
    paths += [
        f"/policy?against={said}&calls=200",
        f"/policy?against=strict&calls={said}",
        f"/proofs?entry={said}",
        f"/proofs?verify={said}",
    ]
    paths += [f"/call/{said}", f"/session?id={said}", f"/{said}", f"/static/{said}"]
    for path in paths:
        found = console.page(path)
        assert found.status in (200, 400, 404), path
        assert found.all("content-type")[0].startswith(("text/html", "text/plain")), path
        check(console, found.text, path)


def test_a_value_too_long_or_no_number_is_refused(console: Console) -> None:
    """In a line, and nothing is looked up."""
    for path in (
        "/?tool=" + "x" * 5000,
        "/?before=-1",
        "/?before=1e9",
        "/proofs?entry=" + "9" * 40,
        "/?before=%D9%A3",
        "/policy?against=strict&calls=7",
    ):
        assert console.page(path).status == 400, path
    assert console.page("/policy?by=safety&command=" + "x" * 3000).status == 400
