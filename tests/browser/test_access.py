"""A real browser at the door: the address once, nothing from elsewhere, nothing to elsewhere (docs/spec/console.md D, H, S)."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from browser.conftest import Watched, inside
from support.consoles import serving
from support.governed import REMOVED
from support.hostile import MARK, hostile

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest
    from playwright.sync_api import Browser

    from support.consoles import Console
    from support.world import World


class Elsewhere(ThreadingHTTPServer):
    """Another program on this machine, which the person visits: it serves one page and keeps what browsers send it."""

    def __init__(self, body: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.body = body.encode()
        self.cookies: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    server: Elsewhere

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.server.cookies.append(self.headers.get("cookie", ""))
        self.send_response(200)
        self.send_header("content-type", "text/html")
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)


@contextmanager
def elsewhere(body: str) -> Iterator[Elsewhere]:
    server = Elsewhere(body)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def test_the_printed_address_opens_the_pages_once(browser: Browser, world: World) -> None:
    """It is gone from the address bar; a second browser is told that it was used; the first goes on."""
    with serving(world.home, cwd=world.project) as console:
        first, second = browser.new_context(), browser.new_context()
        page = first.new_page()
        page.goto(console.address)
        assert page.get_by_role("heading", name="Filters").is_visible()
        assert console.token not in page.url
        assert console.token not in page.content()
        other = second.new_page()
        answer = other.goto(console.address)
        assert answer is not None
        assert (answer.status, "used already" in other.content()) == (403, True)
        page.reload()
        assert page.get_by_role("heading", name="Filters").is_visible()
        assert page.evaluate("document.cookie") == ""
        assert page.evaluate("[localStorage.length, Object.entries(sessionStorage)]") == [
            0,
            [["htmx-current-path-for-history", page.url.partition(f":{console.port}")[2]]],
        ]
        for context in (first, second):
            context.close()


def test_another_page_gets_nothing_out_of_the_console(browser: Browser, console: Console) -> None:
    """By no element, form, frame, window or request, from another port of this machine; and it is not sent the cookie."""
    there = f"http://127.0.0.1:{console.port}{console.root}/"
    tricks = f"""<!doctype html><title>elsewhere</title><img src="{there}static/icon.svg"><link rel=stylesheet href="{there}static/console.css">
    <script src="{there}static/htmx.js"></script><iframe src="{there}"></iframe><object data="{there}"></object>
    <form id=f method=post action="{there}" target=sink></form><form id=g method=get action="{there}" target=sink></form><iframe name=sink></iframe>
    <script>
    const told = [];
    const settled = Promise.allSettled([fetch("{there}", {{credentials: "include"}}).then(r => r.text()).then(t => told.push(t)),
      fetch("{there}", {{credentials: "include", mode: "no-cors"}}), fetch("{there}", {{method: "POST", credentials: "include", body: "x"}}),
      navigator.sendBeacon("{there}", "x")]);
    f.submit(); setTimeout(() => g.submit(), 200);
    </script><a id=go href="{there}">go</a>"""
    with elsewhere(tricks) as other:
        context = inside(browser, console)
        answers: list[tuple[str, int]] = []
        context.on("response", lambda response: answers.append((response.url, response.status)))
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{other.port}/")
        page.evaluate("settled.then(() => null)")
        page.wait_for_timeout(600)
        assert page.evaluate("told") == []
        assert page.evaluate("typeof htmx") == "undefined"
        assert page.evaluate(
            "document.styleSheets.length === 0 || (() => { try { return document.styleSheets[0].cssRules.length } catch { return 0 } })() === 0"
        )
        page.click("#go")
        assert "address yourself" in page.content()
        of_console = [(url, status) for url, status in answers if f":{console.port}/" in url]
        assert len(of_console) >= 3
        assert {status for _, status in of_console} <= {403, 405}
        assert set(other.cookies) == {""}
        context.close()


def test_no_page_asks_for_anything_beyond_this_console(watched: Watched, console: Console) -> None:
    """Every page, with everything that it loads and asks for by itself; the browser has nothing to complain of."""
    paths = ["/", f"/call/{REMOVED}", "/sessions", "/session?id=8c14e7b2", "/files", "/trust", "/policy?command=ls&by=strict", "/policy?against=strict&calls=200",
             "/proofs?verify=1&entry=45"]  # fmt: skip
    for path in paths:
        watched.go(path)
        watched.page.wait_for_load_state("networkidle") if path != "/" else watched.page.wait_for_timeout(300)
    assert len(watched.asked) > 2 * len(paths)
    assert watched.stayed_on_loopback()
    assert watched.complaints == []
    assert console.port


def test_hostile_words_do_nothing_in_a_browser(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    """In every field: no script runs, no picture is fetched, no page changes its name, htmx takes no order from them."""
    world = hostile(tmp_path_factory.mktemp("hostile"))
    with serving(world.home, cwd=world.project, user_home=world.user_home) as console:
        console.enter()
        context = inside(browser, console)
        watched = Watched(context, console)
        page = watched.go("/")
        calls = page.locator("a.place").evaluate_all("all => all.slice(0, 40).map(a => a.getAttribute('href'))")
        sessions = page.locator(".group th a").evaluate_all("all => [...new Set(all.map(a => a.getAttribute('href')))]")
        assert len(calls) == 40
        for path in (
            *calls[::3],
            *sessions[:4],
            *(console.root + rest for rest in ("/sessions", "/files", "/trust", "/policy?against=strict&calls=200")),
        ):
            watched.go(path.removeprefix(console.root))
            page.locator("main").hover(position={"x": 200, "y": 200})
            assert page.title().endswith("· web4 console")
            assert not page.title().startswith(MARK)
            assert page.locator("script").count() == 1
            assert (
                page.locator("[hx-get]:not(#live):not(.note), [onmouseover], [onfocus], [onerror], img, iframe").count()
                == 0
            )
        assert watched.stayed_on_loopback()
        assert watched.complaints == []
        context.close()
