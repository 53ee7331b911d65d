"""The plugin's slash commands: each says what it is for, and asks only tools that the MCP server has."""

from __future__ import annotations

import re
from pathlib import Path

from web4_governance.cli.main import COMMANDS
from web4_governance.cli.mcp import Questions

COMMANDS_DIR = Path(__file__).parents[2] / "plugins" / "web4-governance" / "commands"
TOOLS = {tool.__name__ for tool in Questions("").all()}
NAMED = re.compile(r"(?:tools?|[Cc]all(?:ing)?|then) `(\w+)`")


def test_the_commands_are_these() -> None:
    """One file each, with a description and a hint of its argument."""
    found = sorted(path.stem for path in COMMANDS_DIR.glob("*.md"))
    assert found == ["audit", "policy", "trust"]
    for name in found:
        head = (COMMANDS_DIR / f"{name}.md").read_text().split("---\n")[1]
        assert re.search(r"^description: \S.{20,}$", head, re.MULTILINE)
        assert re.search(r'^argument-hint: ".+"$', head, re.MULTILINE)


def test_they_ask_tools_that_are_there() -> None:
    """And name commands of the program that are there."""
    for path in COMMANDS_DIR.glob("*.md"):
        text = path.read_text()
        assert "$ARGUMENTS" in text
        named = set(NAMED.findall(text))
        assert named <= TOOLS, path.name
        assert set(re.findall(r"`web4 (\w+)", text)) <= COMMANDS.keys(), path.name
    assert {"trust"} <= set(NAMED.findall((COMMANDS_DIR / "trust.md").read_text()))


def test_what_is_the_persons_is_never_run() -> None:
    """A verdict or an endorsement is named and not made; a policy is changed by the person."""
    assert "never run it" in " ".join((COMMANDS_DIR / "trust.md").read_text().split())
    assert "never run it" in " ".join((COMMANDS_DIR / "policy.md").read_text().split())
