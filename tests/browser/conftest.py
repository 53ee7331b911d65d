"""A real Chromium that may speak to loopback alone, and the consoles that it looks at.

Debian's `chromium` (or `WEB4_CHROMIUM`); without one the tests are skipped, unless `WEB4_REQUIRE_BROWSER=1`.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from support.consoles import serving
from support.governed import governed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from support.consoles import Console
    from support.world import World

CHROMIUM = os.environ.get("WEB4_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
PICTURES = os.environ.get("WEB4_SCREENSHOTS", "")
REQUIRED = os.environ.get("WEB4_REQUIRE_BROWSER") == "1"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-default-apps", "--no-default-browser-check",
]  # fmt: skip
WINDOW = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        if REQUIRED:
            pytest.fail("no chromium is here, and WEB4_REQUIRE_BROWSER asks for one")
        pytest.skip("no chromium is here (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, headless=True)
        yield running
        running.close()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    if not PICTURES:
        return governed(tmp_path_factory.mktemp("governed"))
    fixed = (
        Path(tempfile.gettempdir()) / "web4"
    )  # its name is in the pictures, which are to be the same on every machine
    shutil.rmtree(fixed, ignore_errors=True)
    fixed.mkdir(mode=0o700)
    return governed(fixed)


@pytest.fixture(scope="session")
def console(world: World) -> Iterator[Console]:
    with serving(world.home, cwd=world.project, user_home=world.user_home) as running:
        running.enter()
        yield running


class Watched:
    """A browser's window, everything that it asked for, and everything that it complained of."""

    def __init__(self, context: BrowserContext, console: Console) -> None:
        self.console = console
        self.asked: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        context.on("request", lambda request: self.asked.append(request.url))
        self.page.on(
            "console", lambda said: self.complaints.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))

    def go(self, path: str) -> Page:
        self.page.goto(f"http://127.0.0.1:{self.console.port}{self.console.root}{path}")
        return self.page

    def stayed_on_loopback(self) -> bool:
        return {urlsplit(url).netloc for url in self.asked} <= {f"127.0.0.1:{self.console.port}"}


def inside(browser: Browser, console: Console, **more: object) -> BrowserContext:
    """Give a fresh profile that has the console's session."""
    context = browser.new_context(**{"viewport": WINDOW, "timezone_id": "UTC", "locale": "en-GB", **more})  # type: ignore[arg-type]
    name, value = console.cookie.split("=", 1)
    context.add_cookies(
        [
            {
                "name": name,
                "value": value,
                "domain": "127.0.0.1",
                "path": f"{console.root}/",
                "httpOnly": True,
                "sameSite": "Strict",
            }
        ]
    )
    return context


@pytest.fixture
def watched(browser: Browser, console: Console) -> Iterator[Watched]:
    context = inside(browser, console)
    yield Watched(context, console)
    context.close()


@pytest.fixture
def plain(browser: Browser, console: Console) -> Iterator[Watched]:
    """A window without JavaScript."""
    context = inside(browser, console, java_script_enabled=False)
    yield Watched(context, console)
    context.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(PICTURES or tmp_path_factory.mktemp("pictures"))
