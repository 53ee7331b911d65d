"""The field `state`: what is unknown holds where a rule tightens and lifts nothing, and only what is asked for is looked up."""

from __future__ import annotations

import pytest

from unit.policy.making import PROJECT, call, decision, deed, path, policy, rule, rules, run
from web4_governance.core.action import Action, Effect, Target, TargetKind
from web4_governance.core.policy import Facts, Needs, Tree, plan
from web4_governance.core.policy.state import EDITED, STATES, TESTED, looks_like_production
from web4_governance.core.value import replace

DISCARD = run("git", "reset", "--hard", effect=Effect.VCS_DISCARD, target=path(PROJECT, PROJECT))


def ref(name: str, *, exact: bool = True) -> Target:
    return Target(kind=TargetKind.TEXT, given=name, exact=exact)


def push(*words: str, target: Target | None = None) -> Action:
    return call(run("git", "push", *words, effect=Effect.VCS_PUSH, target=target))


def at(branch: str) -> Facts:
    return Facts(trees={PROJECT: Tree(root=PROJECT, branch=branch)})


@pytest.mark.parametrize("state", [*(one for one in STATES if one not in (EDITED, TESTED)), "branch:main"])
def test_what_is_unknown_holds_in_a_deny_and_lifts_nothing(state: str) -> None:
    """As with every field: may it be so, and is it surely so."""
    for facts in (Facts(), Facts(trees={PROJECT: Tree()})):
        assert decision(rules(rule("deny", {"state": [state]})), call(DISCARD), facts) == "deny"
        lifted = rules(rule("deny", {"tools": ["*"]}, unless={"state": [state]}))
        assert decision(lifted, call(DISCARD), facts) == "deny"
        assert decision(rules(rule("allow", {"state": [state]}), default="deny"), call(DISCARD), facts) == "deny"


@pytest.mark.parametrize(
    ("words", "target", "branch", "said"),
    [
        ((), None, "main", "deny"),
        ((), None, "topic", "allow"),
        (("origin", "topic"), ref("topic"), "main", "allow"),
        (("origin", "topic:main"), ref("topic:main"), "topic", "deny"),
        (("origin", "+refs/heads/release/2"), ref("+refs/heads/release/2"), "topic", "deny"),
        (("origin", "HEAD"), ref("HEAD"), "master", "deny"),
        (("origin", "HEAD"), ref("HEAD"), "topic", "allow"),
        (("origin", "$X"), ref("$X", exact=False), "topic", "deny"),
        (("--all",), None, "topic", "deny"),
        (("--tags",), None, "main", "allow"),
    ],
)
def test_a_push_is_judged_by_the_branch_it_goes_to(
    words: tuple[str, ...], target: Target | None, branch: str, said: str
) -> None:
    """What is named on the command line counts; where nothing is, the branch of the repository."""
    document = rules(rule("deny", {"effects": ["vcs.push"], "state": ["protected-branch"]}))
    assert decision(document, push(*words, target=target), at(branch)) == said


def test_of_a_push_with_a_named_branch_the_remote_says_nothing() -> None:
    """The deed on the remote beside it is not the one that is judged by the current branch."""
    remote = Target(kind=TargetKind.REPOSITORY, given="origin")
    one = run("git", "push", "origin", "topic", effect=Effect.VCS_PUSH, target=remote)
    other = run("git", "push", "origin", "topic", effect=Effect.VCS_PUSH, target=ref("topic"))
    document = rules(rule("deny", {"state": ["protected-branch"], "effects": ["vcs.push"]}))
    assert decision(document, call(one, other), at("main")) == "allow"
    assert decision(document, call(one), at("main")) == "deny"


@pytest.mark.parametrize(
    "deeds",
    [
        (run("cd", "../other"), run("git", "push", effect=Effect.VCS_PUSH)),
        (run("git", "-C", "../other", "push", effect=Effect.VCS_PUSH),),
        (run("git", "--git-dir=../other/.git", "push", effect=Effect.VCS_PUSH),),
        (run("git", None, "push", effect=Effect.VCS_PUSH),),
        (deed(Effect.VCS_DISCARD, path("s*", exact=False)),),
    ],
)
def test_a_repository_that_the_words_do_not_surely_name_is_unknown(deeds: tuple[object, ...]) -> None:
    """What was found of the working directory says nothing of another place."""
    document = rules(rule("deny", {"effects": ["vcs.push", "vcs.discard"], "state": ["branch:main"]}))
    action = call(*deeds)  # type: ignore[arg-type]  # deeds of all kinds
    assert decision(document, action, at("topic")) == "deny"
    assert plan(policy(document), action) == Needs()


def test_only_what_a_rule_needs_is_asked_for() -> None:
    """A call that no such rule could speak of asks nothing, and costs nothing."""
    tree = rule("deny", {"effects": ["vcs.discard"]}, unless={"state": ["clean"]})
    branch = rule("ask", {"effects": ["vcs.push"], "state": ["protected-branch"]})
    live = rule("deny", {"effects": ["db.drop"], "state": ["production"]})
    asked = policy(rules(tree, branch, live))
    assert plan(asked, call(run("ls"))) == Needs()
    assert plan(asked, call(DISCARD)) == Needs(trees=(PROJECT,))
    assert plan(asked, push()) == Needs(branches=(PROJECT,))
    assert plan(asked, call(DISCARD, run("git", "push", effect=Effect.VCS_PUSH))) == Needs(trees=(PROJECT,))
    assert plan(asked, call(deed(Effect.DB_DROP))) == Needs(production=True)


@pytest.mark.parametrize("text", ["postgres://db.prod.example.org/x", "PRODUCTION", "live-db-1", "prod1"])
def test_production_is_told_by_a_word_of_its_own(text: str) -> None:
    """In a host, a URL or a name."""
    assert looks_like_production(text)


@pytest.mark.parametrize("text", ["products", "nonprod", "pre-prod.example.org", "localhost", "delivery", "staging"])
def test_what_only_looks_like_production_is_not(text: str) -> None:
    """A part of another word, or its contrary."""
    assert not looks_like_production(text)


@pytest.mark.parametrize(
    ("given", "resolved", "words", "said"),
    [
        ("users", "app_test", ("psql", "app_test"), True),
        ("users", "localhost/app_e2e", ("psql",), True),
        ("app_test", "app_test", ("dropdb", "app_test"), True),
        ("test", "", ("psql", "-c", "drop database test"), True),
        ("", "testing", ("artisan", "migrate:fresh"), True),
        ("", "localhost/app", ("prisma", "migrate", "reset"), True),
        ("app", "localhost/app_test", ("psql", "-c", "drop database app"), False),
        ("users", "localhost/app", ("psql",), False),
        ("test_users", "", ("psql", "-c", "drop table test_users"), False),
        ("users", "db.example.com/app_test", ("psql",), False),
        ("users", "app_test", ("psql", "--set", "at=prod"), False),
        ("contest", "contest", ("dropdb", "contest"), False),
        ("", "", ("rails", "db:reset"), False),
    ],
)
def test_a_database_of_tests_is_told_by_its_name_and_lies_here(
    given: str, resolved: str, words: tuple[str, ...], *, said: bool
) -> None:
    """Never unknown: where the words say nothing of it, it is none."""
    target = Target(kind=TargetKind.DATABASE, given=given, resolved=resolved)
    action = call(run(*words, effect=Effect.DB_DROP, target=target))
    document = rules(rule("deny", {"effects": ["db.drop"]}, unless={"state": [TESTED]}), default="allow")
    assert decision(document, action, Facts()) == ("allow" if said else "deny")
    assert plan(policy(document), action) == Needs()


def test_a_call_that_speaks_of_production_is_on_production() -> None:
    """Whatever the environment says."""
    document = rules(rule("deny", {"state": ["production"]}))
    spoken = call(run("psql", "-h", "db.prod.example.org"))
    assert decision(document, spoken, Facts(production=())) == "deny"
    assert decision(document, call(run("psql", "-h", "localhost")), Facts(production=())) == "allow"


def test_a_concurrent_edit_is_one_that_the_record_knows_of() -> None:
    """Where it knows of none there is none to warn of; nothing is asked for a path that is not surely named."""
    written = replace(DISCARD, effect=Effect.FILE_WRITE)
    stale = rules(rule("deny", {"state": [EDITED]}))
    where = written.target.resolved if written.target is not None else ""
    assert plan(policy(stale), call(written)).edits == (where,)
    assert decision(stale, call(written), Facts()) == "allow"
    assert decision(stale, call(written), Facts(edited=(where,))) == "deny"
    loose = replace(written, target=replace(written.target, exact=False))
    assert plan(policy(stale), call(loose)).edits == ()
    assert decision(stale, call(loose), Facts(edited=(where,))) == "allow"
    lifted = rules({"match": {"tools": ["*"]}, "except": {"state": [EDITED]}, "decision": "deny"})
    assert [decision(lifted, call(written), Facts(edited=found)) for found in ((where,), ())] == ["allow", "deny"]
