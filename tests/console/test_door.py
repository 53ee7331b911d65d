"""Who gets in, from where, how often, and what every answer carries (docs/spec/console.md D, H)."""

from __future__ import annotations

import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.consoles import serving
from support.governed import REMOVED
from web4_governance.console.door import HEADERS

if TYPE_CHECKING:
    from support.consoles import Answered, Console
    from support.world import World

PAGES = (
    "/",
    "/calls",
    f"/call/{REMOVED}",
    "/sessions",
    "/session?id=8c14e7b2",
    "/files",
    "/trust",
    "/policy",
    "/proofs",
    "/static/console.css",
)


def test_the_printed_address_opens_once(world: World) -> None:
    """It gives a session and leads to the pages; a second use gives neither, and says so."""
    with serving(world.home) as console:
        first = console.enter()
        assert (first.status, first.body) == (303, b"")
        assert console.page("/").status == 200
        second = console.ask(f"/?token={console.token}")
        assert (second.status, second.all("set-cookie"), second.all("location")) == (403, [], [])
        assert "used already" in second.text
        assert console.page("/").status == 200


def test_of_many_who_come_at_once_one_gets_in(world: World) -> None:
    """Whoever copied the address races with the person, and cannot share."""
    with serving(world.home) as console:
        with ThreadPoolExecutor(16) as pool:
            found = [*pool.map(lambda _: console.ask(f"/?token={console.token}"), range(16))]
        assert sorted(one.status for one in found) == [303] + [403] * 15
        assert sum(len(one.all("set-cookie")) for one in found) == 1


def test_a_look_ahead_does_not_use_the_address_up(world: World) -> None:
    """HEAD, a wrong token, two tokens and a request from elsewhere leave it to the person."""
    with serving(world.home) as console:
        token = console.token
        assert console.ask(f"/?token={token}", method="HEAD").status == 403
        assert console.ask(f"/?token={token[:-1]}").status == 403
        assert console.ask(f"/?token={token}&token={token}").status == 403
        assert console.ask("/?token=%00%ff").status == 403
        assert console.ask(f"/?token={token}", sec_fetch_site="cross-site").status == 403
        assert console.ask(f"/?token={token}", host=f"evil.example:{console.port}").status == 421
        assert console.enter().status == 303


def test_the_cookie_is_the_consoles_alone(console: Console) -> None:
    """No script reads it, no other site sends it, and no other program on this machine is sent it: its path is this run's."""
    with_address = console.ask("/")
    assert with_address.status == 403
    assert console.cookie.startswith("web4=")
    assert len(console.cookie) > 40
    assert len(console.root) == 17


def test_the_cookies_marks(world: World) -> None:
    """HttpOnly, SameSite=Strict, a path of this run, no domain, no end: it goes with the browser."""
    with serving(world.home) as console:
        marks = console.enter().one("set-cookie").split("; ")[1:]
        assert marks == [f"Path={console.root}/", "HttpOnly", "SameSite=Strict"]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_shown_without_the_session(console: Console, path: str) -> None:
    """Neither without a cookie, nor with a made-up one, nor with the token in its place."""
    for cookie in ("", "web4=", "web4=x", f"web4={console.token}", f"other={console.cookie[5:]}", '"; web4'):
        found = console.ask(f"{console.root}{path}", cookie=cookie)
        assert (found.status, found.all("set-cookie")) == (403, [])
        assert len(found.body) < 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example:{port}", "0.0.0.0:{port}",
             "localhost.:{port}", "127.0.0.1:{port}@evil.example", "[::1]:{port}", ""]
)  # fmt: skip
def test_another_name_that_leads_here_is_refused(console: Console, host: str) -> None:
    """DNS rebinding: the browser asks us and says whom it believes to ask."""
    found = console.page("/", host=host.format(port=console.port))
    assert found.status in (400, 421)
    assert b"timeline" not in found.body.lower()


def test_two_host_lines_are_refused(console: Console) -> None:
    """Whichever of them a program in between would have taken."""
    with socket.create_connection(("127.0.0.1", console.port), timeout=30) as raw:
        name = f"127.0.0.1:{console.port}"
        raw.sendall(
            f"GET {console.root}/ HTTP/1.1\r\nHost: {name}\r\nHost: {name}\r\nCookie: {console.cookie}\r\n\r\n".encode()
        )
        assert raw.recv(64).split()[1] in (b"400", b"421")


def test_localhost_is_a_name_of_ours(console: Console) -> None:
    """Some people type it."""
    assert console.page("/", host=f"localhost:{console.port}").status == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1", "http://127.0.0.1"]
)
def test_a_foreign_origin_is_refused(console: Console, origin: str) -> None:
    """Also one on this machine: another port is another program."""
    assert console.page("/", origin=origin.format(port=console.port)).status == 403


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("none", 200), ("same-origin", 200), ("x", 403)]
)
def test_who_made_the_browser_ask(console: Console, site: str, status: int) -> None:
    """Another page, another program of this machine (`same-site`), the person, or a page of ours."""
    assert console.page("/", sec_fetch_site=site).status == status


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get"])
def test_nothing_but_reading_is_answered(console: Console, method: str) -> None:
    """Whatever is asked for."""
    for path in ("/", "/calls", "/nowhere"):
        found = console.page(path, method=method)
        assert (found.status, found.all("allow")) == (405, ["GET, HEAD"])


def test_head_gives_the_headers_alone(console: Console) -> None:
    """As HTTP has it."""
    found = console.page("/", method="HEAD")
    assert (found.status, found.body) == (200, b"")


def marks(found: Answered) -> dict[str, list[str]]:
    return {name: found.all(name) for name in HEADERS}


def test_every_answer_has_every_header_once(console: Console) -> None:
    """Pages, files, refusals and errors alike."""
    found = [console.page(path) for path in (*PAGES, "/nowhere", "/call/x", "/?since=never", "/calls?size=0")]
    found += [
        console.ask("/"),
        console.ask("/x"),
        console.page("/", method="POST"),
        console.page("/", host="evil.example"),
    ]
    found += [console.page("/", origin="null"), console.ask("/", method="HEAD")]
    assert {one.status for one in found} >= {200, 400, 403, 404, 405, 421}
    for one in found:
        assert marks(one) == {name: [value] for name, value in HEADERS.items()}
        assert one.all("server") == []


def test_the_policy_of_content_lets_nothing_else_in() -> None:
    """Scripts, styles and pictures of ours alone, none in a line, nobody's frame, no form to elsewhere."""
    policy = dict(part.strip().split(" ", 1) for part in HEADERS["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "img-src": "'self'", "connect-src": "'self'",
        "form-action": "'self'", "base-uri": "'none'", "frame-ancestors": "'none'",
    }  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/static/../door.py", "/static/..%2fdoor.py", "/static/%2e%2e/door.py", "/static/....//door.py", "/static/console.css/..",
             "/static//etc/passwd", "/static/%00", "/../../../../etc/passwd", "/static/..\\door.py", "//etc/passwd", "/static/",
             "/templates/base.html", "/static/base.html", "/call/..%2f..%2fetc%2fpasswd", "/session?id=..%2f..%2fetc%2fpasswd"]
)  # fmt: skip
def test_no_address_leads_to_a_file(console: Console, path: str) -> None:
    """There is a fixed few, by name; the disk is not asked."""
    found = console.page(path)
    assert found.status in (400, 404)
    assert b"root:" not in found.body
    assert b"import " not in found.body


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_it_listens_on_loopback_alone(console: Console) -> None:
    """No other address of this machine has the port."""
    wanted = f":{console.port:04X}"
    there = [
        row.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for row in Path(table).read_text(encoding="ascii").splitlines()[1:]
        if row.split()[1].endswith(wanted) and row.split()[3] == "0A"
    ]
    assert there == [f"0100007F{wanted}"]


def test_asking_changes_nothing_in_the_home(world: World, console: Console) -> None:
    """Every page, and the home holds the same bytes as before."""

    def bytes_of() -> dict[str, bytes]:
        there = [path for path in world.home.rglob("*") if path.is_file() and not path.name.endswith(("-shm", "-wal"))]
        return {str(path): path.read_bytes() for path in there}

    before = bytes_of()
    assert len(before) > 3
    for path in (
        *PAGES,
        "/proofs?verify=1&entry=3",
        "/policy?command=ls&by=strict",
        "/policy?against=strict&calls=200",
    ):
        assert console.page(path).status in (200, 204)
    assert bytes_of() == before


def test_a_request_leaves_no_line_on_the_terminal(world: World) -> None:
    """Neither its path nor its headers, whatever stands in them."""
    with serving(world.home) as console:
        console.enter()
        for path in ("/%1b[2J%0aweb4:%20all%20is%20well", "/call/%1b]0;x%07", "/?tool=%0d%0a127.0.0.1"):
            console.page(path, user_agent="\x1b[31m", referer="http://x/\x1b[2J")
        console.ask("/\x1b[2J".replace("\x1b", "%1b"))
        console.process.terminate()
        out, err = console.process.communicate(timeout=60)
    assert out == ""
    assert err.splitlines() == ["opens once, in one browser; read only; Ctrl-C ends it"]
