"""What a grant lifts, and what it does not touch (docs/spec/policy.md A1, A2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from unit.policy.making import PROJECT, call, deed, policy, rule, rules, verdict
from web4_governance.core.action import Effect
from web4_governance.core.policy import Facts, Grant
from web4_governance.core.policy.grant import ANY, can_be_lifted, key_of, stoppers

if TYPE_CHECKING:
    from web4_governance.core.policy import PolicySet, Verdict

DELETE = {"effects": ["file.delete"]}
READ = {"effects": ["file.read"]}
CALL = call(deed(Effect.FILE_DELETE, "a"), deed(Effect.FILE_READ, "b"))


def keys(of: PolicySet) -> dict[str, str]:
    return {name: key_of(layer, rule) for name, layer, rule in stoppers(of)}


def under(of: PolicySet, *names: str) -> Verdict:
    grants = tuple(Grant(id=f"{n}" * 64, lifts=(keys(of)[name],)) for n, name in enumerate(names))
    return verdict(of, CALL, Facts(grants=grants))


def test_only_what_asks_or_denies_can_be_named() -> None:
    """An allow and a warning stop nothing."""
    of = policy(
        rules(rule("warn", READ, id="w"), rule("allow", READ, id="a"), rule("ask", READ, id="q"), default="deny")
    )
    assert [*keys(of)] == ["q", "user/default"]
    assert [*keys(policy(rules(rule("deny", READ, id="d"))))] == ["d"]


def test_a_rule_that_is_lifted_allows_and_the_others_stand() -> None:
    """Each deed has its own rules; what is told names the grant, and gives no advice any more."""
    of = policy(
        rules(rule("deny", DELETE, id="d", instead="no"), rule("ask", READ, id="q"), rule("warn", READ, id="w"))
    )
    found = under(of, "d")
    assert (found.decision, found.rules, found.granted) == ("ask", ("q",), (("0" * 64, "d"),))
    found = under(of, "d", "q")
    assert (found.decision, found.rules) == ("warn", ("w",))
    assert found.granted == (("0" * 64, "d"), ("1" * 64, "q"))
    found = under(policy(rules(rule("deny", DELETE, id="d", instead="no", reason="r"))), "d")
    assert (found.decision, found.advice) == ("allow", "")
    assert found.reasons == ("file.delete of `a`: `d` is lifted by the grant `000000000000`",)


def test_the_first_of_two_grants_is_made_use_of() -> None:
    """So that one call takes one."""
    of = policy(rules(rule("deny", DELETE, id="d")))
    assert under(of, "d", "d").granted == (("0" * 64, "d"),)


@pytest.mark.parametrize("changed", [{"reason": "r"}, {"decision": "ask"}, {"match": {**DELETE, "tools": ["Bash"]}}])
def test_a_changed_rule_is_another_rule(changed: dict[str, object]) -> None:
    """The key is over every field."""
    before, after = rule("deny", DELETE, id="d"), {**rule("deny", DELETE, id="d"), **changed}
    of = policy(rules(after))
    grant = Grant(id="0" * 64, lifts=tuple(keys(policy(rules(before))).values()))
    assert verdict(of, CALL, Facts(grants=(grant,))).decision == after["decision"]


@pytest.mark.parametrize(("name", "more", "can"), [("organisation", {}, False), ("organisation", {"overridable": True}, True), ("project", {}, False), ("project", {"overridable": True}, False), ("session", {}, False)])  # fmt: skip
def test_other_layers_rules_are_lifted_only_where_the_organisation_says_so(
    name: str, more: dict[str, object], can: bool
) -> None:
    """A key that somebody wrote into a grant lifts nothing that could not be granted."""
    of = policy({"defaultPolicy": "allow"}, **{name: rules(rule("deny", DELETE, id="d", **more))})
    ((_, layer, found),) = stoppers(of)
    assert can_be_lifted(layer, found) is can
    assert under(of, "d").decision == ("allow" if can else "deny")


def test_the_cores_word_is_lifted_by_nothing() -> None:
    """Whatever keys there are: it is no rule."""
    of = policy(rules(rule("deny", {"effects": ["self.tamper"]}, id="d")))
    grants = (Grant(id="0" * 64, lifts=(*keys(of).values(), "core/self-tamper", "core/default")),)
    found = verdict(of, call(deed(Effect.SELF_TAMPER, "a")), Facts(grants=grants))
    assert (found.decision, found.rules, found.layer) == ("deny", ("core/self-tamper",), "core")


def test_a_dry_run_makes_use_of_a_grant_and_spends_none() -> None:
    """A layer that does not enforce stops nothing: what it would have stopped uses up no allowance (A4)."""
    binding = under(policy(rules(rule("deny", DELETE, id="d"))), "d")
    assert binding.spent == ("0" * 64,)
    dry = under(policy(rules(rule("deny", DELETE, id="d"), enforce=False)), "d")
    assert (dry.granted, dry.spent) == ((("0" * 64, "d"),), ())


@pytest.mark.parametrize("text", ["[", "./["])
def test_a_target_that_is_no_glob_lifts_nothing(text: str) -> None:
    """Another version may have written it."""
    of = policy(rules(rule("deny", READ, id="d")))
    grant = Grant(id="0" * 64, lifts=(ANY,), targets=(text,))
    real = {f"{PROJECT}/b": f"{PROJECT}/b"}
    assert verdict(of, call(deed(Effect.FILE_READ, "b")), Facts(grants=(grant,), real=real)).decision == "deny"


@pytest.mark.parametrize(("real", "decision"), [({}, "deny"), ({f"{PROJECT}/b": f"{PROJECT}/b"}, "allow")])
def test_a_path_that_nobody_looked_behind_is_none_of_the_granted(real: dict[str, str], decision: str) -> None:
    """It may be a link to anywhere."""
    of = policy(rules(rule("deny", READ, id="d")))
    grant = Grant(id="0" * 64, lifts=(ANY,), targets=("b",))
    assert verdict(of, call(deed(Effect.FILE_READ, "b")), Facts(grants=(grant,), real=real)).decision == decision


def test_a_deed_without_a_target_is_at_none() -> None:
    """A default that speaks of a call with no deed is lifted by a grant for a rule, never by one for a target."""
    of = policy({"defaultPolicy": "deny", "enforce": True})
    grant = Grant(id="0" * 64, lifts=(ANY,), targets=("*x*",))
    assert verdict(of, call(), Facts(grants=(grant,))).decision == "deny"
