"""What holds of every policy: a cloned repository loosens nothing, judging is a function, loading agrees with `json`."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.policy.making import call, deed, layer, nothing, path, run
from web4_governance.core.action import Action, Category, Deed, Effect, Place, Target, TargetKind
from web4_governance.core.canonical import decode, encode
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import Decision, Facts, Layer, LayerName, combine, judge, load, plan
from web4_governance.core.policy.decision import severity
from web4_governance.core.policy.document import parse
from web4_governance.core.policy.position import Broken, places
from web4_governance.core.policy.replay import revive

WORDS = [str(decision) for decision in Decision]
PATHS = ["src/**", "./build/**", "*", "~/.ssh/**", "/etc/*", "*.pem", "src/a"]
conditions = st.fixed_dictionaries(
    {},
    optional={
        "tools": st.lists(st.sampled_from(["*", "Bash", "Read", "mcp__*"]), min_size=1, max_size=2),
        "effects": st.lists(
            st.sampled_from(["*", "none", "file.*", "file.delete", "net.egress", "self.tamper"]), min_size=1, max_size=2
        ),
        "categories": st.lists(st.sampled_from(["command", "network"]), min_size=1, max_size=2),
        "paths": st.lists(st.sampled_from(PATHS), min_size=1, max_size=2),
        "places": st.lists(st.sampled_from(["project", "home", "unknown"]), min_size=1, max_size=2),
        "targetPatterns": st.lists(st.sampled_from(["rm -rf", "DROP TABLE", "src*", "secret"]), min_size=1, max_size=2),
        "targetRegexes": st.just(["a|b"]),
        "hosts": st.just(["*.test"]),
        "agents": st.sampled_from([["main"], ["*"]]),
        "permissionModes": st.just(["default"]),
        "timeWindow": st.just({"days": ["mon"]}),
    },
).filter(bool)


@st.composite
def rules(draw: st.DrawFn, *, hostile: bool = False, overridable: bool = False) -> dict[str, Any]:
    """A rule; a hostile one says all that could loosen."""
    decision = draw(st.sampled_from(WORDS))
    made: dict[str, Any] = {"match": draw(conditions), "decision": decision}
    if draw(st.booleans()):
        made["except"] = draw(conditions)
    if decision == "allow" and (hostile or draw(st.booleans())):
        made["hostAllow"] = True
    elif decision != "allow" and draw(st.booleans()):
        made["match"]["rateLimit"] = {"max": 1, "per": "1m"}
    if hostile or (overridable and draw(st.booleans())):
        made["overridable"] = True
    return made


@st.composite
def documents(draw: st.DrawFn, *, hostile: bool = False, overridable: bool = False) -> dict[str, Any]:
    """A policy document."""
    made: dict[str, Any] = {
        "rules": draw(st.lists(rules(hostile=hostile, overridable=overridable), min_size=1, max_size=4))
    }
    if draw(st.booleans()):
        made["defaultPolicy"] = draw(st.sampled_from(WORDS))
    if hostile or draw(st.booleans()):
        made["enforce"] = draw(st.booleans())
    return made


targets = st.sampled_from(
    [
        None,
        path("src/a"),
        path("./build/x", place=Place.ARTEFACT),
        path("~/.ssh/id", place=Place.HOME),
        path("s*", exact=False),
        Target(kind=TargetKind.PATH, given="$X", place=Place.UNKNOWN, exact=False),
        Target(kind=TargetKind.HOST, given="a.test", resolved="a.test"),
    ]
)
effects = st.sampled_from(
    [None, Effect.FILE_READ, Effect.FILE_DELETE, Effect.NET_EGRESS, Effect.SELF_TAMPER, Effect.OPAQUE]
)
argvs = st.sampled_from([(), ("rm", "-rf", "src/a"), ("psql", "-c", "drop table a"), ("echo", None)])
deeds = st.builds(
    lambda effect, target, argv, categories: Deed(effect=effect, target=target, argv=argv, categories=categories),
    effects,
    targets,
    argvs,
    st.sampled_from([(), (Category.COMMAND,), (Category.COMMAND, Category.NETWORK)]),
)
actions = st.builds(
    lambda made, tool, agent: call(*made, tool=tool, agent_id=agent, given={"command": "a secret"}),
    st.lists(deeds, max_size=3),
    st.sampled_from(["Bash", "Read", "mcp__db__query"]),
    st.sampled_from(["", "a1"]),
)
facts = st.sampled_from(
    [
        Facts(),
        Facts(now_us=1_748_858_400_000_000),
        Facts(real={"/srv/site/src/a": "/etc/passwd"}),
        Facts(real={"/srv/site/src/a": "/srv/site/src/a", "/srv/site/build/x": ""}),
    ]
)


def counted(known: Facts, layers: list[Layer], count: int) -> Facts:
    """Every limit of the layers taken so often."""
    limits = {rule.limit_key: count for one in layers for rule in one.rules if rule.limit_key}
    return Facts(now_us=known.now_us, real=known.real, limits=limits)


TOPS = ["organisation", "user", "session"]


@settings(max_examples=120, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(TOPS), documents()), max_size=3, unique_by=lambda pair: pair[0]),
    documents(hostile=True),
    actions,
    facts,
    st.integers(0, 2),
)
def test_a_project_policy_loosens_nothing(
    above: list[tuple[str, dict[str, Any]]], project: dict[str, Any], action: Action, known: Facts, count: int
) -> None:
    """Whatever it says: decision and answer are at least as strict as without it, deed by deed, and the host allows no more."""
    layers = [layer(document, LayerName(name)) for name, document in above]
    whole = [*layers, layer(project, LayerName.PROJECT)]
    given_facts = counted(known, whole, count)
    without, with_it = (
        judge(combine(tuple(layers)), action, given_facts),
        judge(combine(tuple(whole)), action, given_facts),
    )
    assert severity(with_it.decision) >= severity(without.decision)
    assert severity(with_it.answer) >= severity(without.answer)
    assert without.host_allow or not with_it.host_allow
    for before, after in zip(without.deeds, with_it.deeds, strict=True):
        assert severity(after.decision) >= severity(before.decision)
        assert severity(after.answer) >= severity(before.answer)
    assert combine(tuple(whole)).enforcing or not combine(tuple(layers)).enforcing
    assert set(without.taken) <= set(with_it.taken)


@settings(max_examples=120, deadline=None)
@given(documents(overridable=True), documents(hostile=True), actions, facts)
def test_a_project_policy_replaces_only_what_offers_itself(
    user: dict[str, Any], project: dict[str, Any], action: Action, known: Facts
) -> None:
    """A looser answer than without it is owed to a rule that says `overridable`, and the verdict names that rule."""
    layers = (layer(user), layer(project, LayerName.PROJECT))
    offered = {rule.id for rule in layers[0].rules if rule.overridable}
    without, with_it = judge(combine(layers[:1]), action, known), judge(combine(layers), action, known)
    for before, after in zip(without.deeds, with_it.deeds, strict=True):
        if severity(after.answer) < severity(before.answer) or severity(after.decision) < severity(before.decision):
            assert {old for old, _ in after.replaced} & offered


@settings(max_examples=60, deadline=None)
@given(documents(overridable=True), documents(), actions, facts)
def test_judging_is_a_function(user: dict[str, Any], project: dict[str, Any], action: Action, known: Facts) -> None:
    """The same policy, loaded twice, gives the same digest and the same verdict, again and again."""
    sets = [combine((layer(user), layer(project, LayerName.PROJECT))) for _ in range(2)]
    assert sets[0].digest == sets[1].digest
    assert judge(sets[0], action, known) == judge(sets[1], action, known) == judge(sets[0], action, known)


@settings(max_examples=60, deadline=None)
@given(documents(), actions, facts)
def test_the_answer_never_exceeds_the_decision(user: dict[str, Any], action: Action, known: Facts) -> None:
    """And binds only where something enforces; self-protection holds wherever anything does."""
    policy = combine((layer(user),))
    found = judge(policy, action, known)
    assert severity(found.answer) <= severity(found.decision)
    assert policy.enforcing or found.answer is Decision.ALLOW
    if policy.enforcing and any(one.effect is Effect.SELF_TAMPER for one in action.deeds):
        assert found.answer is Decision.DENY
        assert not found.host_allow


@settings(max_examples=60, deadline=None)
@given(documents(), actions, st.data())
def test_judging_consults_only_what_was_planned(user: dict[str, Any], action: Action, data: st.DataObject) -> None:
    """Facts that the plan did not ask for change nothing."""
    policy = combine((layer(user),))
    wanted = plan(policy, action)
    known = {found: data.draw(st.sampled_from([found, "/etc/passwd", ""])) for found in wanted.paths}
    other = {f"/srv/site/{name}": "/etc/shadow" for name in ("src/a", "build/x")}
    limits = {need.key: 0 for need in wanted.limits}
    asked = Facts(now_us=0, real={"/": "/", **known}, limits=limits)
    more = Facts(now_us=0, real={"/": "/", **other, **known}, limits={**limits, "another": 9})
    assert judge(policy, action, asked) == judge(policy, action, more)


@settings(max_examples=80, deadline=None)
@given(documents(overridable=True), documents(), actions, facts, st.integers(0, 2))
def test_a_recorded_policy_gives_the_recorded_decision(
    user: dict[str, Any], project: dict[str, Any], action: Action, known: Facts, count: int
) -> None:
    """What the digest is over, stored and read again, is the same policy: same digest, same verdict."""
    layers = [layer(user), layer(project, LayerName.PROJECT)]
    policy, given_facts = combine(tuple(layers)), counted(known, layers, count)
    again = revive(decode(encode(policy.as_json())))
    assert again.digest == policy.digest
    assert judge(again, action, given_facts) == judge(policy, action, given_facts)


def test_the_property_bites() -> None:
    """The same question, asked of a policy that does offer a rule, finds the loosening."""
    offered = layer({"rules": [{"match": {"tools": ["*"]}, "decision": "deny", "overridable": True}], "enforce": True})
    project = layer({"rules": [{"match": {"tools": ["*"]}, "decision": "allow"}]}, LayerName.PROJECT)
    action = call(deed(Effect.FILE_DELETE, "a"), run("ls"))
    assert judge(combine((offered,)), action, Facts()).answer is Decision.DENY
    assert judge(combine((offered, project)), action, Facts()).answer is Decision.ALLOW


jsons = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@given(jsons)
def test_the_slow_reading_finds_every_value_of_the_fast_one(document: Any) -> None:
    """Each path that the values have has a place, and the text there begins as the value does."""
    text = json.dumps(document, indent=1)
    values, keys = places(text)

    def check(value: Any, at: tuple[str | int, ...]) -> None:
        assert text[values[at]] == json.dumps(value)[0]
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in inner:
            if isinstance(value, dict):
                assert text[keys[(*at, key)]] == '"'
            check(item, (*at, key))

    check(document, ())


@settings(max_examples=250)
@given(
    jsons,
    st.integers(0, 400),
    st.sampled_from(["", "x", ",", "]", "}", '"', "\\", "0", "-", ".", "e", "\n", "\x01", ":", "{", "tru"]),
)
def test_the_two_readings_accept_the_same_texts(document: Any, at: int, junk: str) -> None:
    """A text changed at random is broken to both or to none."""
    text = json.dumps(document)
    changed = text[: at % (len(text) + 1)] + junk + text[at % (len(text) + 1) + (at % 3) :]
    try:
        parse(changed.encode(), file="p", format="json")
    except PolicyError as error:
        if changed.strip():
            with pytest.raises(Broken, match=re.escape(error.reason)):
                places(changed)
    else:
        places(changed)


@settings(max_examples=120)
@given(
    st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode()),
    st.sampled_from(["json", "yaml", "toml"]),
)
def test_no_bytes_raise_anything_but_a_policy_error(data: bytes, kind: str) -> None:
    """Hostile input never surfaces as an exception of the language or of a library."""
    with pytest.raises(PolicyError):
        load(data, file="p", format=kind, layer=LayerName.PROJECT, fetch=nothing)


@settings(max_examples=120)
@given(jsons)
def test_no_document_raises_anything_but_a_policy_error(document: Any) -> None:
    """Whatever stands where a rule, a match or a field should."""
    for shape in (
        document,
        {"rules": document},
        {"rules": [document]},
        {"rules": [{"match": document, "decision": "deny"}]},
    ):
        with pytest.raises(PolicyError):
            load(json.dumps(shape).encode(), file="p", format="json", layer=LayerName.USER, fetch=nothing)
