"""Who has the last word: rules, exceptions, defaults, layers, and what binds."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from unit.policy.making import call, decision, deed, layer, nothing, path, policy, rule, rules, run, verdict
from web4_governance.core.action import Effect, Place, Target, TargetKind
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import (
    Decision,
    Facts,
    LayerName,
    LimitNeed,
    combine,
    judge,
    load,
    lower_ask,
    plan,
    strictest,
)
from web4_governance.core.policy import regex as regex_module
from web4_governance.core.policy.judge import SELF_TAMPER
from web4_governance.core.policy.replay import revive
from web4_governance.core.value import replace

ANY = {"tools": ["*"]}
BASH = {"tools": ["Bash"]}
DELETE = deed(Effect.FILE_DELETE, "a")
READ = deed(Effect.FILE_READ, "a")


def test_the_strictest_decision_wins() -> None:
    """Deny over ask over warn over allow, in any order; of none, allow."""
    assert strictest(()) is Decision.ALLOW
    for words in (["allow", "warn"], ["warn", "ask"], ["ask", "deny"], ["deny", "allow"]):
        assert decision(rules(*[rule(word, ANY) for word in words]), call()) == max(
            words, key=["allow", "warn", "ask", "deny"].index
        )
        assert decision(rules(*[rule(word, ANY) for word in words[::-1]]), call()) == max(
            words, key=["allow", "warn", "ask", "deny"].index
        )


def test_the_example_of_the_request_does_what_it_says() -> None:
    """Bash is warned of, `rm -rf` denied, all else let through."""
    document = rules(rule("warn", BASH), rule("deny", {"targetPatterns": ["rm -rf"]}))
    assert decision(document, call(run("ls"))) == "warn"
    assert decision(document, call(run("rm", "-fr", "x"))) == "deny"
    assert decision(document, call(run("echo", "rm -rf"))) == "warn"
    assert decision(document, call(READ, tool="Read")) == "allow"


def test_an_action_gets_the_strictest_of_its_deeds() -> None:
    """And says which deed got what."""
    document = rules(rule("deny", {"effects": ["file.delete"]}), rule("warn", {"effects": ["file.read"]}))
    found = verdict(document, call(READ, DELETE, deed()))
    assert [str(one.decision) for one in found.deeds] == ["warn", "deny", "allow"]
    assert [one.rules for one in found.deeds] == [("rule-2",), ("rule-1",), ()]
    assert (found.decision, found.rules, found.layer) == ("deny", ("rule-1",), "user")


def test_a_call_without_deeds_is_one_deed() -> None:
    """It is judged like any other."""
    assert len(verdict(rules(rule("deny", ANY)), call()).deeds) == 1
    assert decision(rules(rule("deny", ANY)), call()) == "deny"


def test_the_default_speaks_where_no_rule_does() -> None:
    """For deeds, not for calls: one allowed deed does not open the door to the rest."""
    document = rules(rule("allow", {"effects": ["file.read"]}), default="deny")
    assert decision(document, call(READ)) == "allow"
    found = verdict(document, call(READ, DELETE))
    assert (found.decision, found.rules) == ("deny", ("user/default",))
    assert "default is deny" in found.reasons[0]


def test_without_a_default_all_is_allowed() -> None:
    """And nothing binds, for nothing was said."""
    found = verdict({"rules": [rule("deny", {"tools": ["X"]})], "enforce": True}, call())
    assert (found.decision, found.answer, found.binding, found.rules) == ("allow", "allow", False, ())


def test_a_dry_run_says_what_it_would_have_done() -> None:
    """The agent hears allow; the verdict keeps the decision."""
    found = verdict(rules(rule("deny", ANY), enforce=False), call())
    assert (found.decision, found.answer, found.binding) == ("deny", "allow", False)
    assert found.rules == ("rule-1",)


def test_observing_is_the_default() -> None:
    """A layer binds if it says so."""
    assert not policy(rules(rule("deny", ANY), enforce=None)).enforcing
    assert policy(rules(rule("deny", ANY))).enforcing


def test_a_lower_layer_tightens() -> None:
    """The strictest rule of all layers wins, wherever it stands."""
    for stricter in ("organisation", "user", "project", "session"):
        layers = {
            name: rules(rule("deny" if name == stricter else "allow", ANY))
            for name in ("organisation", "user", "project", "session")
        }
        found = verdict(policy(**layers), call())
        assert (found.answer, found.layer) == ("deny", stricter)


@pytest.mark.parametrize(
    ("layers", "answers"),
    [
        ({"organisation": True, "user": None}, {"organisation": "deny", "user": "allow"}),
        ({"organisation": False, "user": True}, {"organisation": "allow", "user": "deny"}),
        ({"user": True, "project": None}, {"user": "deny", "project": "deny"}),
        ({"user": True, "project": False}, {"user": "deny", "project": "deny"}),
        ({"user": False, "project": None}, {"user": "allow", "project": "allow"}),
        ({"user": False, "project": True}, {"user": "allow", "project": "deny"}),
        ({"user": False, "project": False, "session": True}, {"project": "allow", "session": "deny"}),
        ({"project": True, "session": None}, {"project": "deny", "session": "deny"}),
        ({"organisation": True, "user": False, "project": False}, {"user": "allow", "project": "deny"}),
    ],
)
def test_what_binds(layers: dict[str, bool | None], answers: dict[str, str]) -> None:
    """Organisation and user bind if they say so; below them a layer also binds where one above does."""
    documents = {name: rules(rule("deny", {"tools": [name]}), enforce=enforce) for name, enforce in layers.items()}
    for name, answer in answers.items():
        assert str(verdict(policy(**documents), call(tool=name)).answer) == answer


def test_a_stricter_dry_run_hides_no_binding_answer() -> None:
    """The agent hears the ask that binds; the record has the deny that does not, and both reasons."""
    organisation = rules(rule("deny", ANY, reason="would be denied"), enforce=False)
    user = rules(rule("ask", ANY, reason="is asked about"))
    found = verdict(policy(organisation=organisation, user=user), call())
    assert (found.decision, found.answer, found.binding) == ("deny", "ask", False)
    assert found.rules == ("user/rule-1", "rule-1")
    assert "is asked about" in found.reasons[0]
    assert "would be denied" in found.reasons[1]
    assert "[not enforced]" in found.reasons[1]
    assert found.layer == "user"


def test_the_strictest_default_wins() -> None:
    """Of the layers in which, and above which, no rule spoke."""
    allow = rules(rule("allow", {"effects": ["file.read"]}), default="warn")
    assert (
        decision(policy(organisation=rules(rule("deny", {"tools": ["X"]}), default="ask"), user=allow), call(DELETE))
        == "ask"
    )
    assert (
        decision(policy(organisation=allow, user=rules(rule("deny", {"tools": ["X"]}), default="ask")), call(DELETE))
        == "ask"
    )


def test_a_rule_above_speaks_before_a_default_below() -> None:
    """What the organisation allows in so many words, no default of the user takes back."""
    organisation, user = (
        rules(rule("allow", {"effects": ["file.read"]})),
        rules(rule("warn", {"tools": ["X"]}), default="deny"),
    )
    assert decision(policy(organisation=organisation, user=user), call(READ)) == "allow"
    assert decision(policy(organisation=organisation, user=user), call(DELETE)) == "deny"


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        ("organisation", "user"),
        ("user", "project"),
        ("organisation", "project"),
        ("session", "project"),
        ("user", "session"),
    ],
)
def test_a_rule_below_lifts_no_default_above(upper: str, lower: str) -> None:
    """Lower layers only tighten, and a project that came with a clone lifts no default at all."""
    layers = {upper: rules(rule("warn", {"tools": ["X"]}), default="deny"), lower: rules(rule("allow", ANY))}
    assert str(verdict(policy(**layers), call(READ)).answer) == "deny"


@pytest.mark.parametrize("name", ["organisation", "user", "project", "session"])
def test_a_layers_own_rule_lifts_its_own_default(name: str) -> None:
    """Whichever layer it is."""
    layers = {name: rules(rule("allow", {"effects": ["file.read"]}), default="deny")}
    assert [decision(policy(**layers), call(one)) for one in (READ, DELETE)] == ["allow", "deny"]


def test_an_overridable_rule_gives_way_to_one_below() -> None:
    """To a rule that matches, not to a default; and the verdict names both."""
    organisation = rules(rule("deny", {"effects": ["file.delete"]}, overridable=True, id="no-delete"))
    user = rules(rule("warn", {"paths": ["a"]}, id="may-delete-a"))
    found = verdict(policy(organisation=organisation, user=user), call(DELETE))
    assert (found.decision, found.binding, found.rules) == ("warn", True, ("may-delete-a",))
    assert found.replaced == found.deeds[0].replaced == (("no-delete", "may-delete-a"),)
    assert decision(policy(organisation=organisation, user=user), call(deed(Effect.FILE_DELETE, "b"))) == "deny"


def test_a_rule_that_is_not_overridable_does_not_give_way() -> None:
    """However many rules below allow."""
    organisation = rules(rule("deny", {"effects": ["file.delete"]}))
    assert decision(policy(organisation=organisation, user=rules(rule("allow", ANY))), call(DELETE)) == "deny"


def test_what_takes_a_binding_rules_place_binds() -> None:
    """A dry run below does not take the teeth out of what it replaces."""
    organisation = rules(rule("deny", ANY, overridable=True))
    user = rules(rule("ask", ANY), enforce=False)
    found = verdict(policy(organisation=organisation, user=user), call())
    assert (found.decision, found.answer, found.binding) == ("ask", "ask", True)


def test_within_a_layer_the_extending_document_stands_below() -> None:
    """It replaces what it extends where that says `overridable`, not its own rules."""
    team = {"rules": [rule("deny", ANY, overridable=True, id="base")]}
    own = {"extends": ["./team.json"], "rules": [rule("warn", ANY, id="own", overridable=True)], "enforce": True}
    assert verdict(combine((layer(own, team=team),)), call()).replaced == (("base", "own"),)
    beside = rules(rule("deny", ANY, overridable=True), rule("allow", ANY))
    assert decision(beside, call()) == "deny"


def test_a_chain_of_replacements_ends_with_the_lowest() -> None:
    """Each names its successors."""
    layers = {
        "organisation": rules(rule("deny", ANY, overridable=True, id="o")),
        "user": rules(rule("ask", ANY, overridable=True, id="u")),
        "project": rules(rule("warn", ANY, id="p")),
    }
    found = verdict(policy(**layers), call())
    assert (found.decision, found.rules, found.replaced) == ("warn", ("p",), (("o", "u"), ("o", "p"), ("u", "p")))


def test_ids_that_two_layers_share_name_their_layer() -> None:
    """The upper one keeps its name; two projects side by side get numbers."""
    document = rules(rule("deny", ANY))
    names = [LayerName.PROJECT, LayerName.USER, LayerName.PROJECT, LayerName.PROJECT]
    combined = combine(tuple(layer(document, name) for name in names))
    assert [one.name for one in combined.layers] == ["user", "project", "project", "project"]
    assert [one.rules[0].id for one in combined.layers] == [
        "rule-1",
        "project/rule-1",
        "project-2/rule-1",
        "project-3/rule-1",
    ]


def test_host_allow_needs_every_deed() -> None:
    """One deed without it, one warning, or no enforcement, and the host's own flow applies."""
    document = rules(rule("allow", {"effects": ["file.read"]}, hostAllow=True))
    assert verdict(document, call(READ)).host_allow
    assert not verdict(document, call(READ, deed())).host_allow
    assert not verdict({**document, "enforce": False}, call(READ)).host_allow
    assert not verdict(policy(document, project=rules(rule("warn", ANY))), call(READ)).host_allow
    assert not verdict(policy(document, organisation=rules(rule("deny", ANY), enforce=False)), call(READ)).host_allow
    assert not verdict(policy(project=document), call(READ)).host_allow
    assert not verdict(rules(rule("allow", ANY)), call(READ)).host_allow


def test_a_call_that_a_binding_rule_commits_waits_whoever_decides() -> None:
    """Any layer may say so, as it only tightens; a dry run makes nobody wait, and a rule that does not match neither."""
    commits = rules(rule("allow", {"effects": ["file.read"]}, commitBeforeAct=True))
    assert verdict(commits, call(READ)).commit
    assert verdict(policy(rules(rule("ask", ANY)), project=commits), call(READ)).commit
    assert not verdict({**commits, "enforce": False}, call(READ)).commit
    assert not verdict(rules(rule("allow", {"effects": ["net.egress"]}, commitBeforeAct=True)), call(READ)).commit
    lifted = rules(rule("ask", ANY, commitBeforeAct=True, overridable=True))
    assert not verdict(policy(organisation=lifted, user=rules(rule("warn", ANY))), call(READ)).commit


def test_a_rule_that_commits_is_recorded_and_revived_as_one() -> None:
    """A rule that does not has the form it always had, and so the same digest."""
    whole = combine((layer(rules(rule("warn", ANY, commitBeforeAct=True), rule("warn", ANY))),))
    document: Any = whole.as_json()
    assert [one.get("commitBeforeAct") for one in document["layers"][0]["rules"]] == [True, None]
    assert revive(document).digest == whole.digest
    assert [one.commit for one in revive(document).layers[0].rules] == [True, False]


def test_the_gate_protects_itself_above_all_layers() -> None:
    """No allow, no overriding, no dry run of the layer that allows it; where nothing is enforced it only says so."""
    tamper = call(deed(Effect.SELF_TAMPER, "~/.web4/policy.json"))
    allow = rules(rule("allow", ANY, hostAllow=True), rule("allow", {"effects": ["self.tamper"]}))
    found = verdict(policy(organisation=allow, user=allow), tamper)
    assert (found.answer, found.rules, found.layer, found.host_allow) == ("deny", (SELF_TAMPER,), "core", False)
    assert "gate" in found.reasons[0]
    assert found.advice.startswith("ask the person")
    observing = verdict({**allow, "enforce": False}, tamper)
    assert (observing.decision, observing.answer, observing.binding) == ("deny", "allow", False)
    below = verdict(policy(user={**allow, "enforce": False}, project=rules(rule("warn", {"tools": ["X"]}))), tamper)
    assert below.answer == "deny"


def test_a_reason_says_what_was_seen_and_what_the_rule_says() -> None:
    """The deed, its command and wrapper, and the words of the rule; each line once."""
    document = rules(rule("deny", {"effects": ["file.delete"]}, message="keep your files", instead="move them"))
    found = verdict(
        document,
        call(
            *[run("/bin/rm", "-rf", "~/x", effect=Effect.FILE_DELETE, target="~/x", via=("sudo",), why="recursive")] * 2
        ),
    )
    assert found.reasons == ("file.delete of `~/x` by `rm` through `sudo` (recursive): keep your files",)
    assert found.advice == "move them."


def test_a_rule_without_words_says_what_it_matched() -> None:
    """Better than nothing."""
    document = rules(
        rule("deny", {"tools": ["Bash"], "timeWindow": {"days": ["mon"]}, "rateLimit": {"max": 0, "per": "1m"}})
    )
    assert verdict(document, call()).reasons == (
        "a call: matches tools `Bash`, timeWindow days `mon`, rateLimit max 0 per 1m",
    )


def test_an_allow_is_explained_only_in_its_own_words() -> None:
    """There is nothing to say about what simply goes on."""
    assert verdict(rules(rule("allow", ANY)), call()).reasons == ()
    assert verdict(rules(rule("allow", ANY, reason="safe")), call()).reasons == ("a call: safe",)


def test_a_reason_cannot_steer_a_terminal() -> None:
    """Control characters are replaced, long texts cut, many lines counted."""
    target = Target(kind=TargetKind.HOST, given="\x1b[2Jevil\n" + "x" * 500)
    found = verdict(rules(rule("deny", ANY, reason="no")), call(deed(Effect.NET_EGRESS, target, host="h.test")))
    assert "\x1b" not in found.reasons[0]
    assert "\n" not in found.reasons[0]
    assert "at `h.test`" in found.reasons[0]
    assert len(found.reasons[0]) < 250
    many = verdict(rules(rule("deny", ANY)), call(*[deed(Effect.FILE_READ, f"f{n}") for n in range(20)]))
    assert len(many.reasons) == 9
    assert many.reasons[-1] == "and 12 more of the kind"


@pytest.mark.parametrize("word", ["deny", "ask", "warn"])
def test_an_erroring_rule_speaks_where_it_tightens(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine that was there at load is gone: the rule holds, and the verdict says that it erred."""
    document = policy(rules(rule(word, {"tools": ["Bash"], "targetRegexes": ["gone-[0-9]"]})))
    monkeypatch.setattr(regex_module, "_known", {})
    monkeypatch.setitem(sys.modules, "re2", None)
    found = judge(document, call(run("x")), Facts())
    assert found.decision == word
    assert found.errors == ("rule-1: regular expressions need the RE2 engine, which is not installed",)
    assert judge(document, call(READ, tool="Read"), Facts()).errors == ()


def test_an_erroring_rule_lifts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither as an allow nor as an exception; an allow's exception that errs holds."""
    pattern = {"targetRegexes": ["lost-[0-9]"]}
    documents = [
        policy(rules(rule("allow", pattern), default="deny")),
        policy(rules(rule("deny", ANY, unless=pattern))),
        policy(rules(rule("allow", ANY, unless=pattern), default="deny")),
    ]
    monkeypatch.setattr(regex_module, "_known", {})
    monkeypatch.setitem(sys.modules, "re2", None)
    for document in documents:
        found = judge(document, call(run("x")), Facts())
        assert (found.decision, len(found.errors)) == ("deny", 1)


def test_a_regex_that_fails_in_the_search_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the engine raises over a text."""

    class Failing:
        def search(self, _text: str) -> None:
            raise ValueError("the engine gave up")

    document = policy(rules(rule("deny", {"targetRegexes": ["a"]})))
    monkeypatch.setitem(regex_module._known, "a", Failing())
    found = judge(document, call(run("x")), Facts())
    assert found.decision == "deny"
    assert "the engine gave up" in found.errors[0]


def test_a_text_with_half_a_character_is_searched() -> None:
    """A lone surrogate in the input hides nothing."""
    document = rules(rule("deny", {"targetRegexes": ["secret"]}))
    assert decision(document, call(given={"x": "\ud800 secret"})) == "deny"


@pytest.mark.parametrize(
    ("mode", "answerable", "lowered"),
    [("bypassPermissions", True, True), ("default", True, False), ("default", False, True)],
)
def test_an_ask_that_nobody_can_answer_is_a_deny(mode: str, answerable: bool, lowered: bool) -> None:
    """With that as its first reason; all else stays as it was."""
    asked = verdict(rules(rule("ask", ANY)), call())
    found = lower_ask(asked, mode, answerable=answerable)
    assert (found.decision, found.answer) == (("deny", "deny") if lowered else ("ask", "ask"))
    assert (found.reasons[0].startswith("nobody can be asked")) is lowered
    assert found.binding
    for word in ("deny", "warn", "allow"):
        other = verdict(rules(rule(word, ANY)), call())
        assert lower_ask(other, mode, answerable=answerable) == other


def test_an_ask_beside_a_stricter_dry_run_is_lowered_alone() -> None:
    """The decision was a deny already; the answer becomes one."""
    found = verdict(policy(organisation=rules(rule("deny", ANY), enforce=False), user=rules(rule("ask", ANY))), call())
    lowered = lower_ask(found, "bypassPermissions")
    assert (found.answer, lowered.decision, lowered.answer) == ("ask", "deny", "deny")


def needs(document: dict[str, Any], *deeds: Any, **more: Any) -> tuple[tuple[str, ...], tuple[LimitNeed, ...]]:
    found = plan(policy(document), call(*deeds, **more))
    return found.paths, found.limits


@pytest.mark.parametrize(
    "match", [{"paths": ["x"]}, {"places": ["home"]}, {"targetPatterns": ["x*"]}, {"targetRegexes": ["x"]}]
)
def test_paths_are_looked_up_for_rules_that_look_at_paths(match: dict[str, Any]) -> None:
    """In match or except, where the other fields of the rule may hold; each path once."""
    assert needs(rules(rule("deny", match)), READ, DELETE)[0] == ("/srv/site/a",)
    assert needs(rules(rule("deny", {**match, "effects": ["file.read"]})), READ)[0] == ("/srv/site/a",)
    assert needs(rules(rule("deny", ANY, unless=match)), READ)[0] == ("/srv/site/a",)
    assert needs(rules(rule("deny", {**match, "tools": ["Other"]})), READ)[0] == ()
    assert needs(rules(rule("deny", ANY)), READ)[0] == ()


def test_only_exact_paths_are_looked_up() -> None:
    """A glob, a host and an unknown have no one place behind symlinks."""
    document = rules(rule("deny", {"paths": ["x"]}))
    host = Target(kind=TargetKind.HOST, given="h", resolved="h")
    unresolved = Target(kind=TargetKind.PATH, given="$X", exact=False)
    for target in (host, unresolved, path("a*", exact=False)):
        assert needs(document, deed(Effect.FILE_READ, target))[0] == ()
    assert needs(document, deed())[0] == ()


def test_limits_are_asked_for_where_their_rule_may_match() -> None:
    """With the key they are counted under and how far back."""
    document = rules(rule("deny", {**BASH, "timeWindow": {"days": ["mon"]}, "rateLimit": {"max": 1, "per": "2m"}}))
    key = policy(document).layers[0].rules[0].limit_key
    assert needs(document, READ)[1] == (LimitNeed(key=key, window_us=120_000_000),)
    assert needs(document, READ, tool="Read")[1] == ()


def test_what_judging_consults_was_planned() -> None:
    """Every limit that a verdict names was among the needs."""
    document = policy(rules(rule("deny", {**BASH, "rateLimit": {"max": 1, "per": "2m"}})))
    action = call(READ)
    assert [key for key, _, _ in judge(document, action, Facts()).limits] == [
        need.key for need in plan(document, action).limits
    ]


def test_the_digest_changes_with_every_field() -> None:
    """Whatever is judged by is in it; where the file lay is not."""
    base: dict[str, Any] = {
        "rules": [
            rule("allow", {"tools": ["Bash"]}, unless={"paths": ["a"]}, reason="r", instead="i", id="x"),
            rule("deny", {"tools": ["Bash"], "rateLimit": {"max": 1, "per": "1m"}}),
        ],
        "defaultPolicy": "allow",
        "enforce": True,
        "name": "n",
        "description": "d",
    }
    first = base["rules"][0]
    changed = [
        base,
        {**base, "defaultPolicy": "deny"},
        {**base, "enforce": False},
        {**base, "name": "m"},
        {**base, "description": "e"},
        {**base, "rules": base["rules"][:1]},
        {**base, "rules": base["rules"][::-1]},
        {**base, "extends": ["./a.json"]},
        *[
            {**base, "rules": [{**first, **more}, base["rules"][1]]}
            for more in (
                {"match": {"tools": ["Read"]}},
                {"match": {"agents": ["Bash"]}},
                {"except": {"paths": ["b"]}},
                {"decision": "warn"},
                {"reason": "s"},
                {"instead": "j"},
                {"id": "y"},
                {"hostAllow": True},
                {"overridable": True},
                {"decision": "warn", "commitBeforeAct": True},
            )
        ],
        {**base, "rules": [first, rule("deny", {"tools": ["Bash"], "rateLimit": {"max": 1, "per": "2m"}})]},
    ]
    digests = [combine((layer(document, a={"defaultPolicy": "allow"}),)).digest for document in changed]
    digests += [combine((layer({**base, "extends": ["./a.json"]}, a={"defaultPolicy": "warn"}),)).digest]
    digests += [combine((layer(base, LayerName.ORGANISATION),)).digest]
    digests += [combine((layer(base), layer(base, LayerName.PROJECT))).digest]
    assert len(set(digests)) == len(digests)
    moved = combine((replace(layer(base), file="/elsewhere"),))
    assert moved.digest == digests[0]
    assert moved.digest.startswith("sha256:")


def test_a_recorded_policy_of_a_catalog_is_revived_with_its_reading() -> None:
    """What made a pattern a command pattern is in the record: a later catalog changes nothing."""
    text = b'{"rules": [{"match": {"targetPatterns": ["\'deployer\' --all", "x y"]}, "decision": "deny"}], "enforce": true}'
    known = load(text, file="p", format="json", layer=LayerName.USER, fetch=nothing, programs=frozenset({"deployer"}))
    unknown = load(text, file="p", format="json", layer=LayerName.USER, fetch=nothing)
    policies = [combine((one,)) for one in (known, unknown)]
    assert policies[0].digest != policies[1].digest
    action = call(run("deployer", "prod", "--all"))
    for one, said in zip(policies, ("deny", "allow"), strict=True):
        again = revive(one.as_json())
        assert again.digest == one.digest
        assert judge(again, action, Facts()).decision == judge(one, action, Facts()).decision == said


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"semantics": 0},
        {"semantics": 1},
        {"semantics": 1, "layers": 1},
        {"semantics": 1, "layers": [1]},
        {"semantics": 1, "layers": [{"rules": [1]}]},
        {"semantics": 1, "layers": [{"rules": [], "binds": True, "layer": "nobody", "defaultPolicy": None}]},
        {"semantics": 1, "layers": [{"rules": [{"match": {"x": 1}, "except": None, "kinds": []}], "binds": True}]},
    ],
)
def test_what_is_no_recorded_policy_is_refused(document: Any) -> None:
    """With a reason, and never by an exception of the language."""
    with pytest.raises(PolicyError):
        revive(document)


def test_a_place_is_not_guessed_for_what_has_none() -> None:
    """A target that is no path lies nowhere."""
    document = rules(rule("deny", {"places": [str(place) for place in Place if place]}))
    host = Target(kind=TargetKind.HOST, given="h", resolved="h")
    assert decision(document, call(deed(Effect.NET_EGRESS, host), deed())) == "allow"


def test_the_same_call_by_the_same_policy_is_not_judged_twice() -> None:
    """And what hangs on the time, on a count or on links is judged by those of each call."""
    action, one = call(READ, tool="Read"), policy(rules(rule("deny", {"paths": ["/srv/secret/**"]})))
    first = judge(one, action, Facts(now_us=1))
    assert judge(one, action, Facts(now_us=2)) is first
    there = dict.fromkeys([deed.target.resolved for deed in action.deeds if deed.target], "/srv/secret/a")
    assert judge(one, action, Facts(real=there)).decision is Decision.DENY
    assert judge(one, action, Facts(now_us=3)) is first
    hours = policy(rules(rule("deny", {**ANY, "timeWindow": {"from": "00:00", "to": "12:00"}})))
    day = [judge(hours, action, Facts(now_us=hour * 3600 * 10**6)).decision for hour in (1, 13, 2)]
    assert day == [Decision.DENY, Decision.ALLOW, Decision.DENY]
    counted = policy(rules(rule("deny", {**ANY, "rateLimit": {"max": 1, "per": "1m"}})))
    key = plan(counted, action).limits[0].key
    assert [judge(counted, action, Facts(limits={key: n})).decision for n in (0, 1, 0)] == [
        Decision.ALLOW,
        Decision.DENY,
        Decision.ALLOW,
    ]
