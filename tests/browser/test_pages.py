"""Each page and each scenario as a person uses it, with a keyboard, without JavaScript, in a small window, and by ear."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from browser.conftest import Watched, inside
from support.consoles import serving
from support.governed import REMOVED, SERVED, WRITTEN, Agent, governed

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from support.consoles import Console
    from support.world import World

DATES = "8c14e7b2-05f3-4e69-b1d8-2a9f70c35e62"
PAGES = {
    "timeline": "/", "filtered": "/?decision=deny&target=*nothing*", "why": f"/call/{REMOVED}", "input": f"/call/{WRITTEN}", "mcp": f"/call/{SERVED}", "sessions": "/sessions",
    "session": f"/session?id={DATES}", "files": "/files", "trust": "/trust", "policy": "/policy", "explained": "/policy?command=rm+-rf+./build+~/&by=safety",
    "simulated": "/policy?against=strict&calls=200", "proofs": "/proofs", "verified": "/proofs?verify=1&entry=45", "failed": "/call/0", "nowhere": "/nowhere",
}  # fmt: skip
PICTURE = {"width": 1120, "height": 660}
WIDE = 2  # pixels that a scroll bar may be off


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_keeps_anybody_out(watched: Watched, world: World, scheme: Any) -> None:
    """axe finds nothing serious or critical on any page, in light and in dark."""
    watched.page.emulate_media(color_scheme=scheme)
    entity = "agent:claude-code/main/claude-opus-5-5"
    paths = {**PAGES, "file": f"/files?of={world.project}/app/dates.py", "entity": f"/trust/of?name={entity}"}
    found = {}
    for name, path in paths.items():
        page = watched.go(path)
        page.evaluate(AXE_SCRIPT)
        violations = page.evaluate("axe.run({resultTypes: ['violations']}).then(found => found.violations)")
        bad = [
            (one["id"], one["nodes"][0]["html"][:160]) for one in violations if one["impact"] in ("serious", "critical")
        ]
        if bad:
            found[name] = bad
        assert page.locator("h1").count() == 1, name
        assert page.locator("main").count() == 1, name
    assert found == {}


def test_a_keyboard_reaches_everything(watched: Watched) -> None:
    """The first stop skips to the content; every stop can be seen; Enter opens a call, and the browser's own way leads back."""
    page = watched.go("/?live=0")
    page.keyboard.press("Tab")
    skip = page.locator(":focus")
    assert skip.inner_text() == "Skip to the content"
    assert skip.bounding_box()["y"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e); return [e.tagName, e.textContent.trim().slice(0, 20), s.outlineStyle, s.outlineWidth] })()"
        )
        if focus[0] == "BODY":
            break
        assert focus[2:] == ["solid", "2px"] or focus[2] == "auto", focus
        seen.append(focus[1])
    assert "Show" in seen
    newest = page.locator("a.place").first
    assert newest.inner_text() in seen
    newest.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/call/*")
    assert "write_file" in page.locator("h1").inner_text()
    page.go_back()
    assert newest.is_visible()


def test_the_timeline_is_live_until_it_is_paused(browser: Browser, tmp_path: Path) -> None:
    """A new call appears without a reload, and what a person had the keyboard on stays; after a pause nothing moves."""
    world = governed(tmp_path)
    with serving(world.home, cwd=world.project) as console:
        console.enter()
        context = inside(browser, console)
        page = Watched(context, console).go("/")
        newest = page.locator("a.place").first
        newest.focus()
        held = newest.get_attribute("id")
        agent = Agent(world, "c0ffee00-0000-4000-8000-000000000000", world.now_us)
        agent.bash("uname -a")
        page.get_by_text("uname -a").wait_for(timeout=15_000)
        assert page.evaluate("document.activeElement.id") == held
        page.get_by_role("link", name="pause").click()
        page.get_by_text("paused").wait_for()
        agent.bash("hostname")
        page.wait_for_timeout(2600)
        assert page.get_by_text("hostname").count() == 0
        page.get_by_role("link", name="go on").click()
        page.get_by_text("hostname").wait_for(timeout=15_000)
        context.close()


def test_without_javascript_everything_can_be_read_and_asked(plain: Watched) -> None:
    """Pages, filters, a call, a tree, lines, evidence, a question to a policy, a verification and a proof."""
    page = plain.go("/")
    assert "look again" in page.content() or page.locator("#live").is_visible()
    page.get_by_label("Decision").select_option("deny")
    page.get_by_label("Target").fill("*orders*")
    page.get_by_role("button", name="Show").click()
    assert page.locator("tr.call").count() == 1
    page.locator("tr.call a.place").click()
    assert page.locator(".chain h2").all_inner_texts() == [
        "Asked",
        "Said",
        "Call",
        "Effects",
        "Rules",
        "Decision",
        "Outcome",
    ]
    page.get_by_role("link", name="Its proof of inclusion").click()
    assert page.locator("#proof").get_by_text("included").is_visible()
    page = plain.go("/proofs?verify=1")
    page.get_by_role("link", name="Look again").or_(page.locator(".verdict")).first.wait_for()
    page.wait_for_timeout(500)
    page.reload()
    assert page.locator(".verdict").inner_text() == "UNANCHORED"
    page.get_by_role("link", name="Sessions").click()
    page.get_by_role("link", name="8c14e7b2").click()
    assert page.locator(".tree .said").count() >= 5
    page.get_by_role("link", name="app/dates.py").first.click()
    assert page.locator(".steps li").count() == 2
    page.get_by_role("link", name="Trust", exact=True).click()
    page.get_by_role("link", name="agent:claude-code/main").first.click()
    assert page.locator("#evidence").is_visible()
    page.get_by_role("link", name="Policy", exact=True).click()
    page.get_by_label("How would this command be judged?").fill("git push --force")
    page.get_by_role("button", name="Explain").click()
    assert page.locator("#explained .word").first.inner_text() in ("ask", "deny", "warn")
    page.get_by_label("What would another policy have done?").select_option("strict")
    page.get_by_role("button", name="Simulate").click()
    assert page.locator("#simulated").is_visible()
    assert plain.complaints == []


@pytest.mark.parametrize("width", [360, 768, 1920])
def test_no_page_is_wider_than_its_window(watched: Watched, width: int) -> None:
    """What is wide scrolls by itself, and can be reached by keyboard."""
    watched.page.set_viewport_size({"width": width, "height": 800})
    for name, path in PAGES.items():
        page = watched.go(path)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= WIDE, name
        assert page.locator(".scroll:not([tabindex])").count() == 0, name


def test_a_long_answer_comes_by_itself(browser: Browser, world: World) -> None:
    """The page says that the ledger is read, and has the verdict without another click."""
    with serving(world.home, cwd=world.project, user_home=world.user_home) as console:
        console.enter()
        context = inside(browser, console)
        page = Watched(context, console).go("/proofs")
        assert page.get_by_text("Nothing was verified").is_visible()
        page.get_by_role("link", name="Verify all").click()
        page.locator(".verdict").wait_for(timeout=30_000)
        assert page.locator(".checks li").count() == 11
        context.close()


def test_an_auditor_finds_every_access_to_patient_files(watched: Watched) -> None:
    """By the target, with who, when, what was asked and decided, and a proof of each."""
    page = watched.go("/")
    page.get_by_label("Target").fill("*/patient/*")
    page.get_by_label("Effect").select_option("file.read")
    page.get_by_role("button", name="Show").click()
    assert page.locator("tr.call .what").all_inner_texts() == ["data/patient/0017.json"]
    page.locator("tr.call a.place").click()
    assert "new database" in page.locator(".chain").inner_text()
    page.get_by_role("link", name="Its proof of inclusion").click()
    assert page.locator("#proof .word").inner_text() == "included"
    assert page.locator("#proof .hash").count() > 5


def test_a_lead_finds_what_overwrote_the_production_settings(browser: Browser, world: World, tmp_path: Path) -> None:
    """From the file to the call, to what the agent believed, to a rule that would have stopped it."""
    rule = {
        "id": "prod-is-asked",
        "match": {"effects": ["file.write"], "paths": ["*/config/prod/*"]},
        "decision": "ask",
    }
    file = tmp_path / "prod.json"
    file.write_text(json.dumps({"rules": [rule], "defaultPolicy": "allow"}))
    with serving(world.home, f"--policy={file}", cwd=world.project, user_home=world.user_home) as console:
        console.enter()
        context = inside(browser, console)
        page = Watched(context, console).go("/files")
        page.get_by_role("link", name="config/prod/app.yaml").click()
        page.locator(".steps a.place").click()
        assert "staging address" in page.locator(".chain").inner_text()
        assert "staging settings" in page.locator(".chain").inner_text()
        page.get_by_role("link", name="Policy", exact=True).click()
        page.get_by_label("What would another policy have done?").select_option("file")
        page.get_by_role("button", name="Simulate").click()
        page.locator("#simulated table.calls").wait_for(timeout=15_000)
        assert "config/prod/app.yaml" in page.locator("#simulated table.calls").inner_text()
        assert "would be asked about, and was not" in page.locator("#simulated").inner_text()
        context.close()


def test_a_team_sees_which_agent_called_which_server_and_how_far_each_is_trusted(
    watched: Watched, world: World
) -> None:
    """Agent A called MCP server B, which changed file C; and B has a history of its own."""
    page = watched.go("/files")
    page.get_by_label("File, session, agent or MCP server").fill(f"{world.project}/guide.md")
    page.get_by_role("button", name="Show").click()
    chain = page.locator(".path span").all_inner_texts()
    assert [part.split(" ", 1)[-1] if part.startswith("#") else part for part in chain[1:]] == [
        "main",
        "Agent",
        "subagent writer a9d40b77e1",
        "MCP files (write_file)",
    ]
    page.get_by_role("link", name="Trust", exact=True).click()
    server = page.get_by_role("link", name="server:files").first
    server.click()
    assert page.locator("table.bands").count() >= 1
    assert page.locator("#evidence").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pictures(browser: Browser, console: Console, pictures: Path, scheme: Any) -> None:
    """The pictures of the documents are these pages: `make screenshots` writes them to docs/screenshots."""
    context = inside(browser, console, color_scheme=scheme, reduced_motion="reduce", viewport=PICTURE)
    watched = Watched(context, console)
    shots = {
        "timeline": "/?live=0",
        "why": f"/call/{REMOVED}",
        "session": f"/session?id={DATES}",
        "trust": "/trust",
    }
    wanted = shots if scheme == "light" else {"timeline-dark": "/?live=0"}
    for name, path in wanted.items():
        page = watched.go(path)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(pictures / f"{name}.png"))
        assert (pictures / f"{name}.png").stat().st_size > 10_000
    context.close()
