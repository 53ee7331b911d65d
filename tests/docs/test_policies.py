"""What the documents show can be done as shown: policies load and decide, commands are the program's."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # the package carries no types
import pytest

from docs.pages import GENERATED, blocks, documents, rows, text_of
from web4_governance.app import policies, policy_eval
from web4_governance.cli.main import COMMANDS, build_parser
from web4_governance.core.policy import LayerName, PolicySet, combine
from web4_governance.core.policy.schema import schema

COOKBOOK = "docs/guide/policy-cookbook.md"
POLICY_FIELDS = {"rules", "extends", "defaultPolicy"}


def shown() -> dict[str, str]:
    """Every block of the documents that is a policy."""
    found = {}
    for name in documents():
        for n, block in enumerate(blocks(name, "json")):
            document = json.loads(block)
            if isinstance(document, dict) and POLICY_FIELDS & document.keys():
                found[f"{name} {n + 1}"] = block
    return found


def loaded(text: str) -> PolicySet:
    layer = policies.load_text(
        text.encode(),
        file="shown",
        format="json",
        layer=LayerName.USER,
        fetch=lambda name: policies.resolve(name, base=""),
    )
    return combine((layer,))


SHOWN = shown()


def test_the_documents_show_policies() -> None:
    """The README, the specification, the cookbook and the guide for teams do."""
    assert {name.partition(" ")[0] for name in SHOWN} >= {
        "README.md",
        COOKBOOK,
        "docs/spec/policy.md",
        "docs/guide/team.md",
    }


@pytest.mark.parametrize("name", SHOWN)
def test_a_policy_that_is_shown_loads(name: str) -> None:
    """By the loader, and by the schema that editors use."""
    jsonschema.validate(json.loads(SHOWN[name]), schema())
    assert loaded(SHOWN[name]).layers[0].warnings == ()


def recipes() -> list[tuple[str, str, list[list[str]]]]:
    """Each recipe of the cookbook: its title, its policy, and the rows of what it decides."""
    parts = re.split(r"^## ", text_of(COOKBOOK), flags=re.MULTILINE)[1:]
    found = []
    for part in parts:
        policy = re.search(r"^```json\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
        assert policy, part[:40]
        found.append((part.splitlines()[0], policy[1], rows(part)))
    return found


def asked(cells: list[str]) -> dict[str, Any]:
    """The input line that a row means: a command, or a tool and what it is given; facts in the third cell."""
    call = re.fullmatch(r"(?:(\w+) )?`(.*)`", cells[0])
    assert call, cells[0]
    tool, given = call[1] or "Bash", call[2]
    facts = re.match(r"`([^`]*)`", cells[2]) if len(cells) > 2 else None
    inputs: dict[str, Any] = {"Bash": {"command": given}, "WebFetch": {"url": given, "prompt": "what is there?"}}
    found = json.loads(given) if tool.startswith("mcp__") else inputs.get(tool, {"file_path": given})
    return {"tool": tool, "input": found, "facts": json.loads(facts[1]) if facts else {}}


CASES = [(title, policy, cells) for title, policy, table in recipes() for cells in table]


def test_the_cookbook_has_twelve_recipes_with_cases() -> None:
    """Each decides something, and none always the same."""
    table = recipes()
    assert len(table) == 12
    for title, _, cells in table:
        assert len({row[1] for row in cells}) > 1, title


@pytest.mark.parametrize(("title", "policy", "cells"), CASES, ids=[f"{c[0][:12]} {c[2][0]}" for c in CASES])
def test_a_recipe_decides_as_it_says(title: str, policy: str, cells: list[str]) -> None:
    """By the very parser, shell and catalog that a hook uses."""
    answer = policy_eval.answer(policy_eval.parse(json.dumps(asked(cells)).encode()), loaded(policy))
    assert answer["decision"] == cells[1], (title, answer)


def commands() -> list[tuple[str, str]]:
    """Every `web4 …` that a document has in a console block, or in code style with what follows a command's name."""
    found = []
    for name in (name for name in documents() if name not in GENERATED):
        lines = [line[2:] for block in blocks(name, "console") for line in block.splitlines() if line.startswith("$ ")]
        lines += [line.strip() for line in text_of(name).splitlines() if line.startswith("    web4 ")]
        lines += re.findall(r"`(web4 [a-z][^`]*)`", text_of(name))
        found += [(name, line) for line in lines if line.startswith("web4 ") and "hook" not in line.split()[1]]
    return sorted(set(found))


CONSOLE = [(name, line) for name, line in commands() if "|" not in line and "[" not in line and "…" not in line]


def test_there_are_commands_to_try() -> None:
    """The README alone has a dozen."""
    assert len([line for name, line in CONSOLE if name == "README.md"]) >= 12


@pytest.mark.parametrize(("name", "line"), CONSOLE)
def test_a_command_that_is_shown_is_one(name: str, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The program's own parser takes it; one that only names a group of commands is asked for the group."""
    words = shlex.split(line, comments=True)[1:]
    assert words[0] in COMMANDS, (name, line)
    try:
        build_parser(words[0]).parse_args(words)
    except SystemExit:
        said = capsys.readouterr().err
        # `web4 policy`, `web4 show`, `web4 policy use` in running text speak of a command and leave its words out.
        assert re.search(r"(arguments are|is) required", said), (name, line, said)
        assert "$ " + line not in text_of(name), (name, line, said)


def test_the_python_calls_of_the_readme_are_the_api() -> None:
    """By name and by argument."""
    import inspect  # noqa: PLC0415  # for this claim alone

    from web4_governance import Ledger  # noqa: PLC0415

    (block,) = blocks("README.md", "python")
    names = set(re.findall(r"(\w+)=\"", block))
    assert names
    assert names <= set(inspect.signature(Ledger.query_audit).parameters)
