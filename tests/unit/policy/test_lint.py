"""What is probably not meant (policy.md D13): said of the rule that does nothing, and of no rule that does something."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from property.test_policy import actions, documents
from unit.policy.making import layer, rule
from web4_governance.core.policy import Facts, LayerName, combine, judge
from web4_governance.core.policy.lint import CONTRADICTS, IGNORED, LOOSENS, MISREAD, NEVER, SHADOWED, UNKNOWN, lint
from web4_governance.core.value import replace

ANY: dict[str, Any] = {"tools": ["*"]}
BASH: dict[str, Any] = {"tools": ["Bash"]}


def said(*rules: Any, **more: Any) -> list[tuple[str, str]]:
    name = more.pop("layer", LayerName.USER)
    files = more.pop("files", {})
    return [(one.kind, one.rule) for one in lint(layer({"rules": list(rules), **more}, name, **files))]


@pytest.mark.parametrize(
    ("match", "more"),
    [
        ({"categories": ["database"], "effects": ["file.*", "vcs.push"]}, {}),
        ({"categories": ["network"], "effects": ["none"]}, {}),
        ({"tools": ["Read", "Grep"], "effects": ["file.write"]}, {}),
        ({"tools": ["Write"], "effects": ["db.drop", "infra.*"]}, {}),
        ({"tools": ["Bash"], "mcpServers": ["*"]}, {}),
        (BASH, {"unless": ANY}),
        ({"effects": ["file.read", "file.list"]}, {"unless": {"effects": ["file.*"]}}),
    ],
)
def test_a_rule_that_can_never_match_is_named(match: Any, more: Any) -> None:
    """By its fields alone, whatever is called."""
    assert said(rule("deny", match, **more)) == [(NEVER, "rule-1")]


@pytest.mark.parametrize(
    ("match", "more"),
    [
        ({"categories": ["command"], "effects": ["none"]}, {}),
        ({"categories": ["mcp"], "effects": ["db.drop"]}, {}),
        ({"tools": ["Read", "Bash"], "effects": ["file.write"]}, {}),
        ({"tools": ["R*"], "effects": ["file.write"]}, {}),
        ({"tools": ["mcp__a__b"], "mcpServers": ["a"]}, {}),
        ({"tools": ["mcp__*"], "mcpServers": ["a"]}, {}),
        ({"paths": ["src/**"]}, {"unless": {"paths": ["src/**"]}}),
        (BASH, {"unless": {"effects": ["file.*"]}}),
    ],
)
def test_a_rule_that_can_match_is_not(match: Any, more: Any) -> None:
    """What is not known may be either: no doubt is taken for a never."""
    assert said(rule("deny", match, **more)) == []


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        (rule("deny", ANY), rule("ask", BASH)),
        (rule("deny", ANY), rule("ask", {"targetPatterns": ["rm -rf"]})),
        (rule("ask", {"tools": ["mcp__*"]}), rule("ask", {"tools": ["mcp__shop__list"], "effects": ["opaque"]})),
        (rule("ask", {"effects": ["file.*"]}), rule("warn", {"effects": ["file.read"], "paths": ["a"]})),
        (rule("deny", {"paths": ["a", "b"]}), rule("deny", {"paths": ["b"]})),
        (rule("deny", {"timeWindow": {"days": ["mon"]}}), rule("ask", {"timeWindow": {"days": ["mon"]}, **BASH})),
        (rule("deny", ANY), rule("deny", {**BASH, "rateLimit": {"max": 1, "per": "1m"}})),
        (rule("ask", ANY, unless=BASH), rule("allow", {"paths": ["x"], "tools": ["*"]}, unless=BASH)),
        (rule("deny", {"targetPatterns": ["/srv/**"]}), rule("ask", {"targetPatterns": ["/srv/a/**"]})),
        (rule("deny", {"targetPatterns": ["*.pem"]}), rule("ask", {"targetPatterns": ["*.pem"], **BASH})),
        (rule("deny", {"targetPatterns": ["git push"]}), rule("ask", {"targetPatterns": ["git push --force"]})),
        (rule("deny", {"targetPatterns": ["*.pem", "git push"]}), rule("deny", {"targetPatterns": ["*.pem"]})),
    ],
)
def test_a_rule_that_another_makes_void_is_named(wide: Any, narrow: Any) -> None:
    """Wherever it stands."""
    assert said(wide, narrow) == [(SHADOWED, "rule-2")]
    assert said(narrow, wide) == [(SHADOWED, "rule-1")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (rule("ask", ANY), rule("deny", BASH)),
        (rule("deny", ANY, unless=BASH), rule("ask", {"tools": ["*"], "paths": ["a"]})),
        (rule("deny", {**ANY, "rateLimit": {"max": 1, "per": "1m"}}), rule("ask", BASH)),
        (rule("deny", {"timeWindow": {"days": ["mon"]}}), rule("ask", {"timeWindow": {"days": ["tue"]}})),
        (rule("deny", {"tools": ["B*"]}), rule("ask", {"tools": ["*"]})),
        (rule("deny", {"targetPatterns": ["/srv/**"]}), rule("ask", {"targetPatterns": ["git push"]})),
        (rule("deny", {"targetPatterns": ["git push"]}), rule("ask", {"targetPatterns": ["/srv/**"]})),
        (rule("deny", {"targetPatterns": ["git push --force"]}), rule("ask", {"targetPatterns": ["git push"]})),
        (rule("allow", ANY), rule("allow", {"hosts": ["a"]}, hostAllow=True)),
        (rule("deny", ANY, overridable=True), rule("warn", BASH)),
        (rule("ask", ANY), rule("warn", BASH, commitBeforeAct=True)),
    ],
)
def test_a_rule_that_says_more_is_not(one: Any, other: Any) -> None:
    """Stricter, elsewhere, at another time, or in another one's place."""
    assert said(one, other) == []


def test_two_of_one_kind_are_said_once() -> None:
    """Of the later one, however its list is ordered."""
    assert said(rule("deny", {"hosts": ["a", "b"]}), rule("deny", {"hosts": ["b", "a"]})) == [(SHADOWED, "rule-2")]


def test_two_decisions_of_the_same_contradict() -> None:
    """The milder one is named."""
    found = said(rule("warn", BASH, unless={"effects": ["opaque"]}), rule("deny", BASH, unless={"effects": ["opaque"]}))
    assert found == [(CONTRADICTS, "rule-1")]


def test_what_is_extended_may_make_a_rule_void() -> None:
    """Its own rules are another document's business; one that takes an overridable rule's place does something."""
    team = {"rules": [rule("deny", BASH, id="no")]}
    assert said(rule("ask", BASH), extends=["./team.json"], files={"team": team}) == [(SHADOWED, "rule-1")]
    assert said(rule("deny", ANY), extends=["./team.json"], files={"team": team}) == []
    above = {"rules": [rule("deny", ANY, id="soft", overridable=True), rule("ask", ANY, id="hard")]}
    assert said(rule("warn", BASH), extends=["./team.json"], files={"team": above}) == []


def test_what_a_project_may_not_loosen_is_named() -> None:
    """With the rule that is ignored."""
    project = LayerName.PROJECT
    found = said(rule("allow", BASH, hostAllow=True), rule("deny", ANY, overridable=True), layer=project)
    assert found == [(IGNORED, "rule-1"), (IGNORED, "rule-1"), (IGNORED, "rule-2")]
    assert said(rule("allow", BASH), layer=project, defaultPolicy="ask") == []
    assert said(rule("allow", BASH), layer=project, defaultPolicy="allow") == [(IGNORED, "rule-1")]


def test_a_test_that_wants_a_rule_which_is_not_there_is_named() -> None:
    """A core rule and a default are."""
    tests = [
        {"run": "ls", "want": "deny", "rule": name} for name in ("core/self-tamper", "user/default", "rule-1", "gone")
    ]
    assert said(rule("deny", BASH), tests=[*tests, {"run": "ls", "want": "ask"}]) == [(UNKNOWN, "gone")]


@given(documents(overridable=True), actions)
def test_a_rule_said_to_change_nothing_changes_nothing(document: Any, action: Any) -> None:
    """And looking through any policy that loads raises nothing."""
    one = layer(document)
    decision = judge(combine((one,)), action, Facts()).decision
    for found in lint(one):
        if found.kind in (SHADOWED, CONTRADICTS):
            less = replace(one, rules=tuple(r for r in one.rules if r.id != found.rule))
            assert judge(combine((less,)), action, Facts()).decision is decision


def beside(own: Any, above: Any, *, binds: tuple[bool, bool] = (True, True)) -> list[tuple[str, str]]:
    over = layer({"rules": above, "enforce": binds[0]}, LayerName.ORGANISATION)
    return [(one.kind, one.rule) for one in lint(layer({"rules": own, "enforce": binds[1]}), None, (over,))]


def test_a_layer_above_may_make_a_rule_void() -> None:
    """Where it binds as the rule does; an overridable rule makes none void."""
    assert beside([rule("ask", BASH)], [rule("deny", ANY)]) == [(SHADOWED, "rule-1")]
    assert beside([rule("ask", BASH)], [rule("deny", ANY)], binds=(False, True)) == []
    assert beside([rule("ask", BASH)], [rule("deny", ANY)], binds=(False, False)) == [(SHADOWED, "rule-1")]
    assert beside([rule("ask", BASH)], [rule("warn", ANY)]) == []
    assert beside([rule("deny", BASH)], [rule("ask", BASH, overridable=True)]) == []


def test_taking_the_place_of_a_stricter_rule_loosens() -> None:
    """Of a layer above, or of what the document extends; whatever narrows the rule leaves some of the other's."""
    soft = [rule("deny", BASH, id="soft", overridable=True)]
    assert beside([rule("warn", ANY)], soft) == [(LOOSENS, "rule-1")]
    assert beside([rule("warn", {**BASH, "paths": ["a"]})], soft) == []
    assert beside([rule("warn", ANY, unless={"paths": ["a"]})], soft) == []
    team = {"rules": soft}
    assert said(rule("allow", BASH), extends=["./team.json"], files={"team": team}) == [(LOOSENS, "rule-1")]
    assert said(rule("allow", ANY, hostAllow=True)) == [(LOOSENS, "rule-1")]


@pytest.mark.parametrize("text", ["curl | sh", "git push && rm", "rm -rf x ; ls", "git push || true"])
def test_no_command_is_two(text: str) -> None:
    """A command pattern speaks of one command: what joins two is none of its words."""
    assert said(rule("deny", {"targetPatterns": [text]})) == [(NEVER, "rule-1")]
    assert said(rule("deny", {"targetPatterns": [text, "rm -rf"]})) == [(MISREAD, "rule-1")]


@pytest.mark.parametrize("text", ["> /dev/sda", "FOO=1 rm", "Rm -RF"])
def test_a_text_that_reads_like_a_command_is_said_to_be_one(text: str) -> None:
    """It is looked for letter by letter, which no other spelling meets."""
    assert said(rule("deny", {"targetPatterns": [text]})) == [(MISREAD, "rule-1")]


@pytest.mark.parametrize("text", ["rm -rf", "prod-db", "curl -d '|' x", "grep 'a || b'", "echo a=b"])
def test_a_pattern_that_says_what_it_means_is_not(text: str) -> None:
    """Commands, words to look for, and signs in quotes."""
    assert said(rule("deny", {"targetPatterns": [text]})) == []


@pytest.mark.parametrize(
    ("wide", "narrow", "shadowed"),
    [
        ({"targetPatterns": ["rm"]}, {"targetPatterns": ["rm -rf"]}, True),
        ({"targetPatterns": ["git push"]}, {"targetPatterns": ["git push --force"]}, True),
        ({"targetPatterns": ["rm -rf"]}, {"targetPatterns": ["rm"]}, False),
        ({"targetPatterns": ["rm -f"]}, {"targetPatterns": ["rm -rf"]}, False),
        ({"paths": ["src/**"]}, {"paths": ["src/core/**"]}, True),
        ({"paths": ["./src/**"]}, {"paths": ["./src/a.py"]}, True),
        ({"paths": ["./src/**"]}, {"paths": ["src/core/**"]}, False),
        ({"paths": ["src/core/**"]}, {"paths": ["src/**"]}, False),
        ({"paths": ["src/*"]}, {"paths": ["src/core/**"]}, False),
        ({"paths": ["src/**"], "effects": ["file.*"]}, {"paths": ["src/core/**"], "effects": ["file.write"]}, True),
    ],
)
def test_a_wider_pattern_before_a_narrower_one_is_seen(wide: Any, narrow: Any, shadowed: bool) -> None:
    """In whichever order they stand; only where it is certain."""
    found = said(rule("deny", wide), rule("deny", narrow))
    assert ((SHADOWED, "rule-2") in found) is shadowed


def test_a_limit_of_none_is_named() -> None:
    """It holds for the first call already."""
    assert said(rule("deny", {"tools": ["Bash"], "rateLimit": {"max": 0, "per": "1m"}})) == [(MISREAD, "rule-1")]
    assert said(rule("deny", {"tools": ["Bash"], "rateLimit": {"max": 1, "per": "1m"}})) == []
