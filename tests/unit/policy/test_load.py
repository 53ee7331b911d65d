"""The strict parser: what loads, and the line and column of every mistake."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from unit.policy.making import layer, nothing, policy, rule, rules
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import Decision, Fetched, Layer, LayerName, combine, load, preset

REQUEST = b"""{"rules": [{"match": {"tools": ["Bash"]}, "decision": "warn"},
           {"match": {"targetPatterns": ["rm -rf"]}, "decision": "deny"}],
 "defaultPolicy": "allow", "enforce": true}"""


def loaded(text: str | bytes, kind: str = "json", name: LayerName = LayerName.USER) -> Layer:
    data = text if isinstance(text, bytes) else text.encode()
    return load(data, file="p", format=kind, layer=name, fetch=nothing)


def refused(text: str | bytes, kind: str = "json") -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        loaded(text, kind)
    return caught.value


def test_the_example_of_the_request_loads_unchanged() -> None:
    """Two rules called by their place, a default, and enforcement."""
    whole = loaded(REQUEST)
    assert [(one.id, one.decision) for one in whole.rules] == [("rule-1", Decision.WARN), ("rule-2", Decision.DENY)]
    assert (whole.default, whole.enforce) == (Decision.ALLOW, True)


JSON_MISTAKES: list[tuple[str, int, int, str]] = [
    # broken syntax
    ("", 1, 1, "empty"),
    ("  \n ", 1, 1, "empty"),
    ("{", 1, 2, "key in double quotes"),
    ('{"rules"', 1, 9, "ends too early"),
    ('{"rules":', 1, 10, "ends where a value"),
    ('{"rules": [1 2]}', 1, 14, "comma or `]`"),
    ('{"rules": [1,]}', 1, 13, "one too many"),
    ('{"a": 1,}', 1, 8, "one too many"),
    ("{'rules': 1}", 1, 2, "double quotes"),
    ("{\"rules\": 'x'}", 1, 11, "double quotes"),
    ('{"rules": // x\n 1}', 1, 11, "no comments"),
    ('{"rules": x}', 1, 11, "not `x`"),
    ('{"rules": NaN}', 1, 11, "not `N`"),
    ('{\n "rules": [],\n "rules": 1}', 3, 2, "`rules` is given twice"),
    ('{"r\\u0075les": 1, "rules": 1}', 1, 19, "`rules` is given twice"),
    ('{"enforce": true, "defaultPolicy": "deny", "enforce": false}', 1, 44, "`enforce` is given twice"),
    ('{"rules" 1}', 1, 10, "colon"),
    ('{"rules": "a\nb"}', 1, 11, "not closed"),
    ('{"rules": "a\tb"}', 1, 13, "control character"),
    ('{"rules": "a\\x"}', 1, 13, "`\\x` is no escape"),
    ('{"rules": "a\\u12g4"}', 1, 13, "four hex digits"),
    ('{"rules": "abc', 1, 11, "not closed"),
    ('{"rules": "abc\\', 1, 15, "is no escape"),
    ('{"rules": 01}', 1, 11, "`01` is no number"),
    ('{"rules": 1.}', 1, 11, "is no number"),
    ('{"rules": +1}', 1, 11, "is no number"),
    ('{"rules": 1.e2}', 1, 11, "is no number"),
    ('{"rules": -}', 1, 11, "is no number"),
    ('{"rules": 1e}', 1, 11, "is no number"),
    ('{"rules": {}} x', 1, 15, "more text"),
    ("[" * 300 + "]" * 300, 1, 66, "nested too deeply"),
    ('{"a": ' * 20000, 1, 391, "nested too deeply"),
    # wrong shape
    ("[]", 1, 1, "a policy must be an object"),
    ("{}", 1, 1, "says nothing"),
    ('{"enforce": true}', 1, 1, "says nothing"),
    ('{"rules": {}}', 1, 11, "must be a list, not an object"),
    ('{"rules": []}', 1, 11, "empty list"),
    ('{"rules": [7]}', 1, 12, "a rule must be an object, not a number"),
    ('{"rules": null}', 1, 11, "not null"),
    ('{"extends": [], "rules": [1]}', 1, 13, "empty list"),
    ('{"extends": "safety"}', 1, 13, "must be a list"),
    ('{"extends": ["safty"]}', 1, 14, "`safty` is no preset"),
    ('{"extends": ["/etc/p.json"]}', 1, 14, "no path beside"),
    ('{"extends": ["~/p.json"]}', 1, 14, "no path beside"),
    ('{"extends": ["../p.json"]}', 1, 14, "lies outside"),
    ('{"extends": ["./a/../../p.json"]}', 1, 14, "lies outside"),
    ('{"extends": ["./gone.json"]}', 1, 14, "cannot be pulled in"),
    ('{"version": 2, "defaultPolicy": "deny"}', 1, 13, "between 1 and 1"),
    ('{"version": true, "defaultPolicy": "deny"}', 1, 13, "whole number"),
    ('{"version": 1.5, "defaultPolicy": "deny"}', 1, 13, "a number with a fraction"),
    ('{"version": 100000000000000000000, "defaultPolicy": "deny"}', 1, 13, "fraction"),
    ('{"defaultPolicy": "denied"}', 1, 19, "`denied` is no decision"),
    ('{"defaultPolicy": 1}', 1, 19, "must be text"),
    ('{"defaultPolicy": "deny", "enforce": "yes"}', 1, 38, "true or false"),
    ('{"defaultPolicy": "deny", "default_policy": "deny"}', 1, 27, "given twice, in two spellings"),
    ('{"defaultPolicy": "deny", "rule": []}', 1, 27, "a policy has no field `rule`"),
    ('{"defaultPolicy": "deny", "trust": ["x"]}', 1, 27, "a policy has no field `trust`"),
    ('{"defaultPolicy": "deny", "name": " "}', 1, 35, "empty"),
    ('{"defaultPolicy": "deny", "name": "\\ud800"}', 1, 35, "half a character"),
    ('{"defaultPolicy": "deny", "description": "' + "x" * 5000 + '"}', 1, 42, "over 4096"),
    ('{"defaultPolicy": "deny", "without": ["x"]}', 1, 39, "no rule of what is extended"),
]
RULE_MISTAKES: list[tuple[str, int, str]] = [
    # what stands in the rule on line 3; the column; what is said
    ('{"decision": "deny"}', 1, "has no `match`"),
    ('{"match": {"tools": ["*"]}}', 1, "has no `decision`"),
    ('{"match": {}, "decision": "deny"}', 11, "`match` is empty"),
    ('{"match": [], "decision": "deny"}', 11, "`match` must be an object"),
    ('{"match": {"tools": ["*"]}, "except": {}, "decision": "deny"}', 39, "`except` is empty"),
    ('{"match": {"tools": ["*"]}, "unless": {}, "decision": "deny"}', 29, "no field `unless`"),
    ('{"match": {"tool": ["*"]}, "decision": "deny"}', 12, "no field `tool`"),
    ('{"match": {"tools": []}, "decision": "deny"}', 21, "empty list"),
    ('{"match": {"tools": "Bash"}, "decision": "deny"}', 21, "must be a list, not text"),
    ('{"match": {"tools": ["Bash", 1]}, "decision": "deny"}', 30, "must be text"),
    ('{"match": {"tools": ["a", ""]}, "decision": "deny"}', 27, "empty"),
    ('{"match": {"tools": ["a["]}, "decision": "deny"}', 22, "not closed"),
    ('{"match": {"target_patterns": ["a", "*["]}, "decision": "deny"}', 37, "not closed"),
    ('{"match": {"targetPatterns": ["x"], "target_patterns": ["x"]}, "decision": "deny"}', 37, "given twice"),
    ('{"match": {"paths": ["a", "./["]}, "decision": "deny"}', 27, "not closed"),
    ('{"match": {"hosts": ["[b-a]"]}, "decision": "deny"}', 22, "backwards"),
    ('{"match": {"categories": ["networks"]}, "decision": "deny"}', 27, "`networks` is no category"),
    ('{"match": {"effects": ["file.eat"]}, "decision": "deny"}', 24, "`file.eat` is no effect"),
    ('{"match": {"effects": ["zzz.*"]}, "decision": "deny"}', 24, "`zzz.*` is no effect"),
    ('{"match": {"places": ["nowhere"]}, "decision": "deny"}', 23, "`nowhere` is no place"),
    ('{"match": {"targetRegexes": ["(a"]}, "decision": "deny"}', 30, "not a regular expression"),
    ('{"match": {"targetRegexes": ["a", "(?=a)"]}, "decision": "deny"}', 35, "not a regular expression"),
    ('{"match": {"targetRegexes": ["(a)\\\\1"]}, "decision": "deny"}', 30, "not a regular expression"),
    ('{"match": {"targetRegexes": ["a{1001}"]}, "decision": "deny"}', 30, "not a regular expression"),
    ('{"match": {"trust": {"reliability": "> 7"}}, "decision": "deny"}', 37, "`> 7` is no comparison"),
    ('{"match": {"trust": {"reliability": "0.7"}}, "decision": "deny"}', 37, "`0.7` is no comparison"),
    ('{"match": {"trust": {"reliability": 0.7}}, "decision": "deny"}', 37, "must be text"),
    ('{"match": {"trust": {"speed": "> 0.7"}}, "decision": "deny"}', 22, "`trust` has no field `speed`"),
    ('{"match": {"trust": {"of": "cat", "reliability": "> 0"}}, "decision": "deny"}', 28, "no one to ask about"),
    ('{"match": {"tools": ["*"]}, "except": {"trust": {}}, "decision": "deny"}', 49, "`trust` names no dimension"),
    ('{"match": {"state": {}}, "decision": "deny"}', 21, "`state` must be a list, not an object"),
    ('{"match": {"state": ["dusty"]}, "decision": "deny"}', 22, "`dusty` is no state"),
    ('{"match": {"state": ["branch:"]}, "decision": "deny"}', 22, "an empty glob matches nothing"),
    ('{"match": {"tools": ["*"]}, "commitBeforeAct": true, "decision": "deny"}', 29, "a rule that lets a call run"),
    ('{"match": {"rateLimit": 3}, "decision": "deny"}', 25, "must be an object"),
    ('{"match": {"rateLimit": {"max": 3}}, "decision": "deny"}', 25, "needs `per`"),
    ('{"match": {"rateLimit": {"per": "1m"}}, "decision": "deny"}', 25, "needs `max`"),
    ('{"match": {"rateLimit": {"max": -1, "per": "1m"}}, "decision": "deny"}', 33, "between"),
    ('{"match": {"rateLimit": {"max": 1, "per": "1 minute"}}, "decision": "deny"}', 43, "no span of time"),
    ('{"match": {"rateLimit": {"max": 1, "per": "0s"}}, "decision": "deny"}', 43, "no span of time"),
    ('{"match": {"rateLimit": {"max": 1, "per": "367d"}}, "decision": "deny"}', 43, "no span of time"),
    ('{"match": {"rateLimit": {"max": 1, "per": "99999999999d"}}, "decision": "deny"}', 43, "no span of time"),
    ('{"match": {"rateLimit": {"max": 1, "per": "1m", "of": 1}}, "decision": "deny"}', 49, "no field `of`"),
    ('{"match": {"rateLimit": {"max": 1, "per": "1m"}}, "decision": "allow"}', 11, "over the limit"),
    (
        '{"match": {"tools": ["*"]}, "except": {"rateLimit": {"max": 1, "per": "1m"}}, "decision": "deny"}',
        40,
        "in `match`",
    ),
    ('{"match": {"timeWindow": {}}, "decision": "deny"}', 26, "needs `days`"),
    ('{"match": {"timeWindow": {"from": "09:00"}}, "decision": "deny"}', 26, "needs `days`"),
    ('{"match": {"timeWindow": {"days": ["monday"]}}, "decision": "deny"}', 36, "`monday` is no day"),
    ('{"match": {"timeWindow": {"from": "9", "to": "10:00"}}, "decision": "deny"}', 35, "no time of day"),
    ('{"match": {"timeWindow": {"from": "09:00", "to": "24:01"}}, "decision": "deny"}', 50, "no time of day"),
    ('{"match": {"timeWindow": {"from": "09:00", "to": "09:60"}}, "decision": "deny"}', 50, "no time of day"),
    ('{"match": {"timeWindow": {"from": "09:00", "to": "1x:00"}}, "decision": "deny"}', 50, "no time of day"),
    ('{"match": {"timeWindow": {"from": "09:00", "to": "٠٩:٠٠"}}, "decision": "deny"}', 50, "no time of day"),
    ('{"match": {"timeWindow": {"from": "09:00", "to": "09:00"}}, "decision": "deny"}', 26, "no time"),
    ('{"match": {"tools": ["*"]}, "decision": "block"}', 41, "`block` is no decision"),
    ('{"match": {"tools": ["*"]}, "decision": "deny", "hostAllow": true}', 49, "belongs to an allow"),
    ('{"match": {"tools": ["*"]}, "decision": "allow", "hostAllow": 1}', 63, "true or false"),
    ('{"match": {"tools": ["*"]}, "decision": "deny", "overridable": "no"}', 64, "true or false"),
    ('{"match": {"tools": ["*"]}, "decision": "deny", "id": "a b"}', 55, "no rule id"),
    ('{"match": {"tools": ["*"]}, "decision": "deny", "id": "core/x"}', 55, "name of a layer"),
    ('{"match": {"tools": ["*"]}, "decision": "deny", "id": "rule-1"}', 55, "given twice"),
    ('{"match": {"tools": ["*"]}, "decision": "deny", "reason": 1}', 59, "must be text"),
    ('{"match": {"tools": ["*"]}, "decision": "deny", "reason": "a", "message": "b"}', 64, "given twice"),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "said"), JSON_MISTAKES, ids=[case[0][:40] for case in JSON_MISTAKES]
)
def test_a_mistake_in_a_document_has_its_place(text: str, line: int, column: int, said: str) -> None:
    """Line and column, both from 1, where an editor would put the cursor."""
    error = refused(text)
    assert said in error.message
    assert (error.file, error.line, error.column) == ("p", line, column)


@pytest.mark.parametrize(("text", "column", "said"), RULE_MISTAKES, ids=[case[0] for case in RULE_MISTAKES])
def test_a_mistake_in_a_rule_has_its_place(text: str, column: int, said: str) -> None:
    """The second rule, on the third line."""
    error = refused('{"rules": [\n{"match": {"tools": ["Read"]}, "decision": "allow"},\n' + text + "\n]}")
    assert said in error.message
    assert (error.line, error.column) == (3, column)


def test_bytes_that_are_not_utf8_have_a_place() -> None:
    """The first byte that is wrong."""
    error = refused(b'{\n"name": "\xff"}')
    assert ("0xff" in error.message, error.line, error.column) == (True, 2, 10)


def test_a_byte_order_mark_is_nothing() -> None:
    """Editors of some systems write one."""
    assert loaded(b"\xef\xbb\xbf" + REQUEST).rules == loaded(REQUEST).rules


def test_a_hint_names_what_was_meant() -> None:
    """The nearest known word, or all of them where none is near."""
    assert refused('{"defaultPolicy": "dney"}').hint == "did you mean `deny`?"
    assert "`allow`" in refused('{"defaultPolicy": "xyzzy"}').hint
    assert "did you mean `tools`?" in refused('{"rules": [{"match": {"tool": ["*"]}, "decision": "deny"}]}').hint


def many_rules(name: str) -> Fetched:
    return Fetched(text=json.dumps(rules(*[rule("deny", {"tools": ["x"]})] * 900)).encode(), file=name)


def test_too_much_is_refused() -> None:
    """Bytes, items, rules."""
    assert "over 1048576" in refused(b" " * (1024 * 1024 + 1)).message
    assert "over 131072" in refused(b" " * (128 * 1024 + 1), "yaml").message
    with pytest.raises(PolicyError, match="over 2000") as yaml:
        load(b'extends: ["./a", "./b", "./c"]', file="p", format="yaml", layer=LayerName.USER, fetch=many_rules)
    assert (yaml.value.line, yaml.value.column) == (1, 1)
    assert "over 1000" in refused(json.dumps(rules(rule("deny", {"tools": ["x"] * 1001})))).message
    assert "over 10000" in refused(json.dumps(rules(*[rule("deny", {"tools": ["x"] * 1000})] * 11))).message
    many = rules(*[rule("deny", {"tools": ["x"]})] * 900)
    with pytest.raises(PolicyError, match="over 2000"):
        layer({**many, "extends": ["./a.json", "./b.json"]}, a=many, b=many)
    with pytest.raises(PolicyError, match="over 2000") as caught:
        layer({"extends": ["./a.json", "./b.json", "./c.json"]}, a=many, b=many, c=many)
    assert (caught.value.line, caught.value.column) == (1, 1)


def test_an_unknown_format_is_refused() -> None:
    """By name."""
    assert "`ini` is no format" in refused("x", "ini").message


def test_regexes_without_their_engine_do_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing slower takes its place."""
    monkeypatch.setitem(sys.modules, "re2", None)
    error = refused('{"rules": [{"match": {"targetRegexes": ["fresh-[0-9]"]}, "decision": "deny"}]}')
    assert "not installed" in error.message
    assert "google-re2" in error.hint
    assert (error.line, error.column) == (1, 41)


def test_yaml_is_read_like_json() -> None:
    """The same document, the same layer."""
    text = """
name: team
rules:
  - match: {tools: [Bash]}
    decision: warn
  - match:
      target_patterns: ["rm -rf"]
      timeWindow: {from: 09:00, to: 17:00}
      rateLimit: {max: 3, per: 1m}
    decision: deny
defaultPolicy: allow
enforce: yes
version: 1
"""
    same = {
        "name": "team",
        "rules": [
            rule("warn", {"tools": ["Bash"]}),
            rule(
                "deny",
                {
                    "targetPatterns": ["rm -rf"],
                    "timeWindow": {"from": "09:00", "to": "17:00"},
                    "rateLimit": {"max": 3, "per": "1m"},
                },
            ),
        ],
        "defaultPolicy": "allow",
        "enforce": True,
        "version": 1,
    }
    assert combine((loaded(text, "yaml"),)).digest == policy(same).digest
    assert combine((loaded(text, "yml"),)).digest == policy(same).digest


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("rules: [", 1, 9, "not YAML"),
        ("rules:\n\t- a", 2, 1, "not YAML"),
        ("a: 'x", 1, 6, "not YAML"),
        ("a: \x01", 1, 1, "not YAML"),
        ("rules:\n  - match: {tools: []}\n    decision: deny", 2, 20, "empty list"),
        ("rules:\n  - match: {tool: [x]}\n    decision: deny", 2, 13, "no field `tool`"),
        ("enforce: true\nenforce: false", 2, 1, "given twice"),
        ("? [a]\n: b", 1, 3, "key must be text"),
        ("<<: {a: b}", 1, 1, "key must be text"),
        ("rules: !!python/object:os.system x", 1, 8, "no place in a policy"),
        ("rules: !!set {a}", 1, 8, "no place in a policy"),
        ("rules: !mine [a]", 1, 8, "no place in a policy"),
        ("rules: !!binary aGk=", 1, 8, "no place in a policy"),
        ("defaultPolicy: ~", 1, 16, "not null"),
        ("defaultPolicy: deny\nversion: 1.5", 2, 10, "fraction"),
        ("defaultPolicy: deny\nversion: 2025-01-01", 2, 10, "fraction"),
        ("defaultPolicy: deny\nversion: 0x1", 2, 10, "must be a whole number, not text"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nrules: *c", 3, 8, "not YAML"),
        ("a: &x [*x]", 1, 4, "too large or nested too deeply"),
        ("- a\n---\n- b", 2, 1, "not YAML"),
        ("enforce: true", 1, 1, "says nothing"),
        ("rules:\n  - match: {rateLimit: {max: 1}}\n    decision: deny", 2, 24, "needs `per`"),
        ("[" * 500, 1, 1, "deep"),
    ],
)
def test_a_mistake_in_yaml_has_its_place(text: str, line: int, column: int, said: str) -> None:
    """The library's marks, and ours for what is not its business."""
    error = refused(text, "yaml")
    assert said in error.message
    assert (error.line, error.column) == (line, column)


def test_a_yaml_of_aliases_upon_aliases_is_refused() -> None:
    """A few lines that would become millions."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 8)}]" for n in range(1, 9)]
    assert "too large" in refused("\n".join(lines), "yaml").message


@pytest.mark.parametrize("text", ["#", "# only a comment\n", "", "   \n"])
def test_a_yaml_without_a_document_is_refused_by_its_name(text: str) -> None:
    """A file of comments is a mistake of ours to name, not an exception of the library's."""
    error = refused(text, "yaml")
    assert "the policy is empty" in error.message
    assert (error.line, error.column) == (1, 1)


def test_yaml_without_its_library_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what to install, or to write JSON."""
    monkeypatch.setitem(sys.modules, "yaml", None)
    assert "PyYAML" in refused("a: b", "yaml").message


def test_toml_is_read_like_json() -> None:
    """The same document, the same layer."""
    text = """
defaultPolicy = "allow"
enforce = true

[[rules]]
decision = "warn"
match.tools = ["Bash"]

[[rules]]
decision = "deny"
[rules.match]
targetPatterns = ["rm -rf"]
"""
    assert combine((loaded(text, "toml"),)).digest == combine((loaded(REQUEST),)).digest


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("rules = [", 1, 10, "not TOML"),
        ("a = 1\nb =\n", 2, 4, "not TOML"),
        ("defaultPolicy = 'allow'\nenforce = 'yes'", 2, 1, "true or false"),
        ("[[rules]]\ndecision = 'deny'\nmatch.tool = ['x']\n", 3, 7, "no field `tool`"),
        (
            "[[rules]]\ndecision = 'deny'\n[rules.match]\ntools = ['*']\n[[rules]]\ndecision = 'deny'\n[rules.match]\ntools = []\n",
            8,
            1,
            "empty list",
        ),
        ("[[rules]]\ndecision = 'deny'\n[rules.match]\n", 3, 8, "`match` is empty"),
        ("[[rules]]\ndecision = 'deny'\n", 1, 1, "has no `match`"),
        ("rules = [{decision = 'deny', match = {tools = []}}]", 1, 39, "empty list"),
        ("defaultPolicy = 'deny'\nversion = 1979-05-27", 2, 1, "something else"),
        ("enforce = true", 1, 1, "says nothing"),
        ("rules = [{decision = 'deny', match = {tools = ['*']}}, {decision = 'deny'}]", 1, 1, "no `match`"),
        ("# tools = x\n[[rules]]\ndecision = 'deny'\nmatch = {xtools = 1, tools = []}", 4, 10, "no field `xtools`"),
        (
            "# tools = x\n[[rules]]\ndecision = 'deny'\nmatch = {xtools.tool = 1, tools = []}\n\n[[rules]]",
            4,
            10,
            "no field `xtools`",
        ),
        ("[[rules]]\n# tools are\ndecision = 'deny'\nmatch = {tools = []}", 4, 10, "empty list"),
        ("[[rules]]\ndecision = 'deny'\nmatch = {\"to\\u006fls\" = []}", 3, 1, "empty list"),
    ],
)
def test_a_mistake_in_toml_has_its_place(text: str, line: int, column: int, said: str) -> None:
    """The library's for syntax, and the line of the key for the rest."""
    error = refused(text, "toml")
    assert said in error.message
    assert (error.line, error.column) == (line, column)


def test_a_toml_that_goes_too_far_is_refused() -> None:
    """Without ending the process: nesting, and a number with thousands of digits."""
    assert "not TOML" in refused("a = " + "1" * 5000, "toml").message
    assert "deep" in refused("a = " + "[" * 20000, "toml").message


def test_what_is_extended_comes_first_and_keeps_its_ids() -> None:
    """Its rules stand above; a taken id gets the document's name in front."""
    base = rules(rule("ask", {"tools": ["Read"]}), default="warn")
    whole = layer(
        {**rules(rule("deny", {"tools": ["Bash"]})), "extends": ["./team.json", "./sub/more.json"]},
        team=base,
        sub_more=base,
    )
    assert [(one.id, one.level, one.origin) for one in whole.rules] == [
        ("rule-1", 1, "./team.json"),
        ("more/rule-1", 1, "./sub/more.json"),
        ("policy/rule-1", 0, ""),
    ]
    assert whole.default is Decision.WARN


def test_a_name_taken_twice_over_gets_a_number() -> None:
    """No two rules of a layer share an id."""
    one = {"rules": [rule("deny", {"tools": ["a"]}, id="x")]}
    same = {"rules": [rule("deny", {"tools": ["a"]}, id="x")]}
    more = {"rules": [rule("deny", {"tools": ["a"]}, id="x")]}
    whole = layer({"extends": ["./a.json", "./s/a.json", "./t/a.json"]}, a=one, s_a=same, t_a=more)
    assert [rule_.id for rule_ in whole.rules] == ["x", "a/x", "a-2/x"]


def test_paths_are_seen_from_the_document_that_names_them() -> None:
    """And asked for from the first one's directory."""
    asked: list[str] = []
    texts = {
        "./sub/a.json": '{"extends": ["./b.json", "../c.json"]}',
        "./sub/b.json": '{"defaultPolicy": "ask"}',
        "./c.json": '{"defaultPolicy": "warn"}',
    }

    def fetch(reference: str) -> Fetched:
        asked.append(reference)
        return Fetched(text=texts[reference].encode(), file=reference)

    whole = load(b'{"extends": ["sub/a.json"]}', file="p", format="json", layer=LayerName.USER, fetch=fetch)
    assert asked == ["./sub/a.json", "./sub/b.json", "./c.json"]
    assert [name for name, _ in whole.pins] == asked
    assert whole.default is Decision.ASK


def test_a_circle_is_refused() -> None:
    """With the way it goes."""
    with pytest.raises(PolicyError, match="extends itself") as caught:
        layer({"extends": ["./a.json"]}, a={"extends": ["./b.json"]}, b={"extends": ["./a.json"]})
    assert (caught.value.file, caught.value.line) == ("b.json", 1)


def test_two_ways_to_one_document_lead_to_it_once() -> None:
    """It speaks once."""
    whole = layer(
        {"extends": ["./a.json", "./b.json"]}, a={"extends": ["./b.json"]}, b=rules(rule("deny", {"tools": ["x"]}))
    )
    assert len(whole.rules) == 1
    assert [name for name, _ in whole.pins] == ["./a.json", "./b.json"]


def test_a_long_chain_is_refused() -> None:
    """Eight documents deep, and thirty-two in all."""
    chain = {f"d{n}": {"extends": [f"./d{n + 1}.json"]} for n in range(12)}
    with pytest.raises(PolicyError, match="deeper than 8"):
        layer({"extends": ["./d0.json"]}, LayerName.USER, **chain)
    wide = {f"w{n}": rules(rule("deny", {"tools": ["x"]})) for n in range(40)}
    with pytest.raises(PolicyError, match="over 32 documents"):
        layer({"extends": [f"./w{n}.json" for n in range(40)]}, LayerName.USER, **wide)


def test_a_mistake_in_what_is_extended_has_its_own_place() -> None:
    """File, line and column of the document that is wrong."""
    with pytest.raises(PolicyError, match="no field") as caught:
        layer({"extends": ["./team.json"]}, team={"ruels": []})
    assert (caught.value.file, caught.value.line, caught.value.column) == ("team.json", 1, 2)


def test_rules_of_what_is_extended_can_be_left_out_by_name() -> None:
    """The one way in which a document loosens what it pulls in: said in so many words."""
    team = {"rules": [rule("deny", {"tools": ["a"]}, id="a"), rule("deny", {"tools": ["b"]}, id="b")]}
    whole = layer({"extends": ["./team.json"], "without": ["a"]}, team=team)
    assert [one.id for one in whole.rules] == ["b"]


def test_audit_only_cannot_be_enforced() -> None:
    """Nor does it bind where its layer would."""
    observer = {"extends": ["./x.json"], "enforce": False}

    def fetch(reference: str) -> Fetched:
        document = {"audit-only": {"defaultPolicy": "deny"}, "./x.json": observer}[reference]
        return Fetched(text=json.dumps(document).encode(), file=reference)

    with pytest.raises(PolicyError, match="cannot be enforced"):
        preset("audit-only", fetch, enforce=True)
    with pytest.raises(PolicyError, match="cannot be enforced"):
        load(
            b'{"extends": ["audit-only"], "enforce": true}', file="p", format="json", layer=LayerName.USER, fetch=fetch
        )
    assert preset("audit-only", fetch).enforce is False
    assert preset("audit-only", fetch, enforce=False).enforce is False


@pytest.mark.parametrize("name", [LayerName.PROJECT, LayerName.SESSION])
def test_what_would_loosen_is_ignored_below_the_user_and_said(name: LayerName) -> None:
    """`hostAllow`, `overridable` and `enforce: false` of a project are warnings."""
    document = {**rules(rule("allow", {"tools": ["*"]}, hostAllow=True, overridable=True)), "enforce": False}
    below, above = layer(document, name), layer(document)
    assert (below.rules[0].host_allow, below.rules[0].overridable, below.enforce) == (False, False, None)
    assert (above.rules[0].host_allow, above.rules[0].overridable, above.enforce) == (True, True, False)
    assert len(below.warnings) == 3
    assert combine((below,)).warnings[0].startswith(f"{name}: `hostAllow` of rule `rule-1`")
    assert layer({**document, "enforce": True}, name).enforce is True


def test_the_fingerprint_is_over_the_document_and_its_files() -> None:
    """Presets ship with the program, and an upgrade is not the project's change."""
    base = {"extends": ["./team.json"]}
    first, second = layer(base, team={"defaultPolicy": "ask"}), layer(base, team={"defaultPolicy": "deny"})
    assert first.source == second.source
    assert first.fingerprint != second.fingerprint

    def fetch(version: int) -> Any:
        return lambda _name: Fetched(
            text=json.dumps({"defaultPolicy": "ask", "name": f"v{version}"}).encode(), file="s"
        )

    pinned = [preset("safety", fetch(version)) for version in (1, 2)]
    assert pinned[0].fingerprint == pinned[1].fingerprint
    assert pinned[0].pins != pinned[1].pins
