"""A policy in words, and the published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # the package carries no types
import pytest

import web4_governance
from unit.policy.making import layer, policy, rule, rules
from unit.policy.test_load import JSON_MISTAKES, RULE_MISTAKES
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import LayerName, combine
from web4_governance.core.policy.condition import KNOWN
from web4_governance.core.policy.describe import describe_policy, patterns, warnings
from web4_governance.core.policy.schema import schema

CATALOG = Path(web4_governance.__file__).parent / "catalog"


def test_a_policy_is_described_line_by_line() -> None:
    """Layers, what they extend, rules with their conditions, warnings."""
    user = layer(
        {
            **rules(
                rule("deny", {"tools": ["Bash", "Write"]}, unless={"paths": ["a"]}, overridable=True, reason="why")
            ),
            "extends": ["./team.json"],
            "name": "mine",
        },
        team={"defaultPolicy": "ask"},
    )
    project = layer({"rules": [rule("allow", {"tools": ["*"]}, hostAllow=True)]}, LayerName.PROJECT)
    lines = describe_policy(combine((user, project)))
    assert lines[0].startswith("policy sha256:")
    assert lines[0].endswith("enforced")
    assert lines[1] == "user “mine” from policy.json: binds, default ask"
    assert lines[2].startswith("  extends ./team.json (sha256:")
    assert lines[3] == "  rule-1: deny where tools `Bash` or `Write`; except where paths `a`; overridable (why)"
    assert lines[4] == "project from policy.json: binds, default none"
    assert lines[5] == "  project/rule-1: allow where tools `*`"
    assert lines[6].startswith("warning: project: `hostAllow` of rule `rule-1` is ignored")
    assert describe_policy(policy(rules(rule("deny", {"tools": ["x"]}), enforce=None)))[0].endswith("observed only")


def test_every_target_pattern_says_how_it_is_read() -> None:
    """In match and in except."""
    found = patterns(
        policy(
            rules(
                rule("deny", {"targetPatterns": ["rm -rf", "DROP TABLE"]}, unless={"targetPatterns": ["*.md", "notes"]})
            )
        )
    )
    assert [(one.rule, one.text, str(one.kind)) for one in found] == [
        ("rule-1", "rm -rf", "command"),
        ("rule-1", "DROP TABLE", "statement"),
        ("rule-1", "*.md", "glob"),
        ("rule-1", "notes", "substring"),
    ]
    assert found[0].meaning == "a command, however it is spelled"


def test_what_may_not_be_meant_is_warned_of() -> None:
    """A command with a star, and an allow by a text."""
    document = rules(
        rule("deny", {"targetPatterns": ["rm -rf *", "my file*", "*.md"]}),
        rule("allow", {"targetPatterns": ["release notes"]}),
        rule("deny", {"targetPatterns": ["release notes"]}),
    )
    found = warnings(policy(document))
    assert [warning.split(":")[0] for warning in found] == ["rule rule-1", "rule rule-2"]
    assert "`rm -rf *`" in found[0]


def test_the_published_schema_is_the_loaders() -> None:
    """Made from what the loader knows; a change there that is not published fails here."""
    assert json.loads((CATALOG / "policy.schema.json").read_text()) == schema()
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_schema_knows_every_field() -> None:
    """Of match, in both spellings."""
    definitions: Any = schema()["$defs"]
    assert set(KNOWN) <= set(definitions["match"]["properties"])
    assert "target_patterns" in definitions["match"]["properties"]


# What a schema cannot say: globs, regexes, names that are looked up, one word twice, what several fields say together.
BEYOND = (
    "not closed", "backwards", "regular expression", "given twice", "cannot be pulled in", "lies outside", "what is extended", "name of a layer",
    "belongs to an allow", "lets a call run", "over the limit", "half a character", "no time", "no span of time", "`zzz.*`", "nested",
)  # fmt: skip


def mistakes() -> list[tuple[Any, str]]:
    found = []
    for text, _, _, said in JSON_MISTAKES:
        try:
            found.append((json.loads(text), said))
        except (ValueError, RecursionError):
            continue
    found += [({"rules": [json.loads(text)]}, said) for text, _, said in RULE_MISTAKES]
    return [(document, said) for document, said in found if not any(word in said for word in BEYOND)]


@pytest.mark.parametrize(("document", "said"), mistakes(), ids=[str(case[0])[:60] for case in mistakes()])
def test_what_the_loader_refuses_the_schema_refuses(document: Any, said: str) -> None:
    """Short of what only a program can tell."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())
    with pytest.raises(PolicyError, match=said.replace("[", "\\[").replace("*", "\\*").replace("(", "\\(")[:20]):
        layer(document)


@pytest.mark.parametrize("name", ["audit-only", "permissive", "safety", "strict"])
def test_the_schema_accepts_the_presets(name: str) -> None:
    """As editors will check them."""
    jsonschema.validate(json.loads((CATALOG / "presets" / f"{name}.json").read_text()), schema())
