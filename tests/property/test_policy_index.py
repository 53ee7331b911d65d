"""Judging and planning by the index give what trying every rule on every deed gives."""

from __future__ import annotations

from importlib import import_module
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from unit.policy.making import call, layer, path
from web4_governance.core.action import Action, Category, Deed, Effect, Place, Target, TargetKind
from web4_governance.core.policy import Decision, Facts, LayerName, PolicySet, Tree, combine, index, judge, plan
from web4_governance.core.policy.index import Table

judging = import_module("web4_governance.core.policy.judge")  # the package gives the function under this name

PATTERNS = [
    "src/**", "./build/**", "*", "~/.ssh/**", "/etc/*", "*.pem", "src/a", "src", ".", "./", "~", "/", "**/keys/*", "s?c/*",
    "/srv/site/src/**", "/etc/passwd", "[s]rc/a", "~/*", "build/x", "a.test", "keys",
]  # fmt: skip  # words
COMMANDS = ["rm -rf", "sudo", "git push -f", "DROP TABLE", "secret", "bash -c", "echo", "psql"]


def several(*of: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(of), min_size=1, max_size=3)


conditions = st.fixed_dictionaries(
    {},
    optional={
        "tools": several("*", "Bash", "Read", "Agent", "mcp__*", "mcp__db__query"),
        "effects": several("*", "none", "file.*", "file.delete", "file.write", "net.egress", "vcs.push", "self.tamper"),
        "categories": several("command", "network", "other"),
        "paths": several(*PATTERNS),
        "places": several("project", "home", "unknown"),
        "targetPatterns": several(*PATTERNS, *COMMANDS),
        "targetRegexes": st.sampled_from([["a|b"], ["secret"]]),
        "hosts": several("a.test", "*.test", "B.TEST", "c.test"),
        "state": st.sampled_from([["dirty"], ["clean"], ["protected-branch"], ["production"]]),
    },
).filter(bool)


@st.composite
def rules(draw: st.DrawFn) -> dict[str, Any]:
    decision = draw(st.sampled_from([str(decision) for decision in Decision]))
    made: dict[str, Any] = {"match": draw(conditions), "decision": decision}
    if draw(st.booleans()):
        made["except"] = draw(conditions)
    if decision != "allow" and draw(st.integers(0, 3)) == 0:
        made["match"]["rateLimit"] = {"max": 1, "per": "1m"}
    return made


targets = st.sampled_from(
    [
        None,
        path("src/a"),
        path("src"),
        path("."),
        path("./build/x", place=Place.ARTEFACT),
        path("build/"),
        path("~/.ssh/id", place=Place.HOME),
        path("~", place=Place.HOME),
        path("/", place=Place.ROOT),
        path("/etc/passwd", place=Place.SYSTEM),
        path("/home/ann/keys/b.pem", place=Place.HOME),
        path("s*", exact=False),
        path("src/?", exact=False),
        Target(kind=TargetKind.PATH, given="$X/src", place=Place.UNKNOWN, exact=False),
        Target(kind=TargetKind.HOST, given="a.test:443", resolved="a.test:443"),
        Target(kind=TargetKind.HOST, given="$H", exact=False),
        Target(kind=TargetKind.PACKAGE, given="keys", resolved="keys"),
        Target(kind=TargetKind.TEXT, given="src/a", resolved=""),
    ]
)
deeds = st.builds(
    Deed,
    effect=st.sampled_from(
        [
            None,
            Effect.FILE_READ,
            Effect.FILE_WRITE,
            Effect.FILE_DELETE,
            Effect.NET_EGRESS,
            Effect.VCS_PUSH,
            Effect.SELF_TAMPER,
        ]
    ),
    target=targets,
    argv=st.sampled_from(
        [
            (),
            ("rm", "-rf", "src/a"),
            ("/bin/rm", "-r"),
            ("psql", "-c", "drop table a"),
            ("echo", None),
            (None, "x"),
            ("git", "push", "-f"),
        ]
    ),
    via=st.sampled_from([(), ("sudo",), ("sudo -u bob", "bash -c"), ("",)]),
    host=st.sampled_from(["", "b.test", "A.test"]),
    categories=st.sampled_from([(), (Category.COMMAND,), (Category.COMMAND, Category.NETWORK)]),
)
actions = st.builds(
    lambda made, tool: call(*made, tool=tool, given={"command": "a secret"}),
    st.lists(deeds, max_size=4),
    st.sampled_from(["Bash", "Read", "Task", "mcp__db__query"]),
)
facts = st.sampled_from(
    [
        Facts(),
        Facts(now_us=1_748_858_400_000_000, production=("NODE_ENV",)),
        Facts(real={"/srv/site/src/a": "/etc/passwd"}),
        Facts(real={"/srv/site/src/a": "/srv/site/src/a", "/srv/site/build/x": ""}),
        Facts(trees={"/srv/site": Tree(dirty=True, untracked=False, unpushed=False, branch="main")}),
    ]
)


def policy_of(documents: list[list[dict[str, Any]]]) -> PolicySet:
    names = (LayerName.USER, LayerName.PROJECT)
    return combine(
        tuple(
            layer({"rules": given_rules, "enforce": True}, name)
            for given_rules, name in zip(documents, names, strict=False)
        )
    )


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.lists(rules(), min_size=1, max_size=6), min_size=1, max_size=2),
    st.lists(actions, min_size=1, max_size=3),
    facts,
)
def test_the_index_leaves_out_only_what_could_not_hold(
    documents: list[list[dict[str, Any]]], made: list[Action], known: Facts
) -> None:
    """Plan and verdict, errors and counted limits included, are those of the plain walk."""
    policy = policy_of(documents)
    for action in made:
        with mock.patch.object(index, "MANY", 0):
            fast = plan(policy, action), judge(policy, action, known)
        judging._planned.clear()
        judging._judged.clear()
        with mock.patch.object(Table, "near", lambda table, _seen: table.rules):
            assert fast == (plan(policy, action), judge(policy, action, known))
