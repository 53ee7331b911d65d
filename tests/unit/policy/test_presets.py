"""The presets that ship: they load, and each does what its description says."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

import web4_governance
from unit.policy.making import call, deed, path, run
from web4_governance.app import policy_eval
from web4_governance.core.action import Action, Category, Effect, Place
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import (
    PRESETS,
    Decision,
    Facts,
    Fetched,
    LayerName,
    PolicySet,
    combine,
    judge,
    load,
    preset,
)
from web4_governance.core.value import replace

DIRECTORY = Path(web4_governance.__file__).parent / "catalog" / "presets"


def fetch(name: str) -> Fetched:
    return Fetched(text=(DIRECTORY / f"{name}.json").read_bytes(), file=f"{name}.json")


@cache
def of(name: str, *, enforce: bool | None = None) -> PolicySet:
    return combine((preset(name, fetch, enforce=enforce),))


def said(name: str, action: Action) -> str:
    return str(judge(of(name), action, Facts()).decision)


def delete(place: Place, *words: str) -> Action:
    return call(run(*(words or ("rm", "x")), effect=Effect.FILE_DELETE, target=path("x", place=place)))


def test_the_files_are_the_presets() -> None:
    """No file without a name, no name without a file."""
    assert sorted(file.stem for file in DIRECTORY.iterdir()) == sorted(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_every_rule_has_an_id_and_a_reason(name: str) -> None:
    """And every denial says what to do instead."""
    for rule in of(name).layers[0].rules:
        assert "/" in rule.id
        assert rule.reason
        assert rule.instead or rule.decision is not Decision.DENY, rule.id


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_that_is_known_to_be_sound_is_the_same_policy(name: str) -> None:
    """Its fields are made ready only when they are tried, and come out the same."""
    sound = combine((preset(name, lambda asked: replace(fetch(asked), sound=True)),))
    whole = of(name)
    assert sound == whole
    pairs = zip(sound.layers[0].rules, whole.layers[0].rules, strict=True)
    for one, other in pairs:
        assert hash(one.match) == hash(other.match)
        for mine, theirs in zip(one.match.parts, other.match.parts, strict=True):
            assert mine.ready == theirs.ready
            assert mine.ready is mine.ready


def test_audit_only_judges_like_safety_and_binds_nothing() -> None:
    """Same rules, same decisions; the agent hears nothing."""
    observed, enforced = of("audit-only"), of("safety", enforce=True)
    assert observed.layers[0].rules == tuple(replace(rule, level=2) for rule in enforced.layers[0].rules)
    found = judge(observed, delete(Place.ROOT), Facts())
    assert (found.decision, found.answer, found.binding) == ("deny", "allow", False)
    assert judge(enforced, delete(Place.ROOT), Facts()).answer == "deny"


def test_audit_only_is_not_enforced_by_those_above() -> None:
    """An organisation that enforces does not put teeth into the user's observing."""
    organisation = load(
        b'{"rules": [{"match": {"tools": ["X"]}, "decision": "deny"}], "enforce": true}',
        file="o", format="json", layer=LayerName.ORGANISATION, fetch=fetch,
    )  # fmt: skip
    both = combine((organisation, preset("audit-only", fetch)))
    assert judge(both, delete(Place.ROOT), Facts()).answer == "allow"
    with pytest.raises(PolicyError, match="cannot be enforced"):
        preset("audit-only", fetch, enforce=True)


@pytest.mark.parametrize(
    ("action", "decisions"),
    [
        # permissive, safety, strict
        (delete(Place.ROOT), ("deny", "deny", "deny")),
        (delete(Place.HOME_ROOT), ("deny", "deny", "deny")),
        (delete(Place.HOME), ("warn", "deny", "deny")),
        (delete(Place.OUTSIDE), ("warn", "ask", "ask")),
        (delete(Place.PROJECT_ROOT), ("warn", "deny", "deny")),
        (delete(Place.UNKNOWN), ("warn", "ask", "ask")),
        (delete(Place.PROJECT), ("allow", "allow", "ask")),
        (delete(Place.PROJECT, "rm", "-rf", "x"), ("allow", "ask", "ask")),
        (delete(Place.ARTEFACT, "rm", "-rf", "x"), ("allow", "allow", "allow")),
        (delete(Place.TEMPORARY, "rm", "-rf", "x"), ("allow", "allow", "allow")),
        (call(deed(Effect.DISK_DESTROY)), ("deny", "deny", "deny")),
        (call(deed(Effect.VCS_DISCARD)), ("warn", "deny", "deny")),
        (call(deed(Effect.VCS_REWRITE)), ("warn", "deny", "deny")),
        (call(run("git", "push", "--force-with-lease", effect=Effect.VCS_REWRITE)), ("warn", "warn", "warn")),
        (call(run("git", "push", "--force-with-lease", "-d", effect=Effect.VCS_REWRITE)), ("warn", "deny", "deny")),
        (call(run("git", "push", "-f", effect=Effect.VCS_REWRITE)), ("warn", "deny", "deny")),
        (call(deed(Effect.DB_DROP)), ("warn", "deny", "deny")),
        (call(deed(Effect.INFRA_DESTROY)), ("warn", "deny", "deny")),
        (call(deed(Effect.CODE_FROM_NETWORK)), ("warn", "deny", "deny")),
        (call(deed(Effect.SECRET_EGRESS)), ("warn", "deny", "deny")),
        (call(deed(Effect.PERSISTENCE)), ("warn", "deny", "deny")),
        (call(deed(Effect.FILE_WRITE, path("/etc/x", place=Place.SYSTEM))), ("allow", "deny", "deny")),
        (call(deed(Effect.FILE_WRITE, "src/a"), tool="Edit"), ("allow", "allow", "allow")),
        (call(deed(Effect.FILE_READ, "src/a"), tool="Read"), ("allow", "allow", "allow")),
        (call(deed(Effect.FILE_READ, path("~/notes", place=Place.HOME)), tool="Read"), ("allow", "allow", "ask")),
        (call(deed(Effect.FILE_WRITE, path("~/.x", place=Place.HOME)), tool="Write"), ("allow", "ask", "ask")),
        (
            call(run("claude", "-p", "x", "--dangerously-skip-permissions", effect=Effect.DELEGATE)),
            ("allow", "deny", "deny"),
        ),
        (call(run("claude", "-p", "x", effect=Effect.DELEGATE)), ("allow", "allow", "ask")),
        (call(run("gemini", "-y", effect=Effect.DELEGATE)), ("allow", "deny", "deny")),
        (call(run("terraform", "apply", "-auto-approve", effect=Effect.INFRA_CHANGE)), ("allow", "ask", "ask")),
        (call(run("terraform", "apply", effect=Effect.INFRA_CHANGE)), ("allow", "warn", "ask")),
        (call(deed(Effect.VCS_READ)), ("allow", "allow", "allow")),
        (call(deed(Effect.VCS_COMMIT)), ("allow", "allow", "allow")),
        (call(deed(Effect.VCS_PUSH)), ("allow", "ask", "ask")),
        (call(deed(Effect.CODE_RUN)), ("allow", "allow", "ask")),
        (call(deed(Effect.NET_INGRESS)), ("allow", "allow", "ask")),
        (call(deed(Effect.OPAQUE)), ("warn", "ask", "ask")),
        (call(deed(Effect.STATE), tool="TodoWrite"), ("allow", "allow", "allow")),
        (call(run("echo", "hi")), ("allow", "allow", "allow")),
        (call(run("mystery")), ("allow", "allow", "deny")),
        (call(tool="NewTool"), ("allow", "allow", "deny")),
        (
            call(run("echo", "x", effect=Effect.FILE_WRITE, target=path("/etc/x", place=Place.SYSTEM))),
            ("allow", "deny", "deny"),
        ),
        (
            call(deed(Effect.FILE_READ, "a"), run("mystery"), deed(categories=(Category.COMMAND,))),
            ("allow", "allow", "deny"),
        ),
    ],
)
def test_a_preset_decides(action: Action, decisions: tuple[str, str, str]) -> None:
    """What cannot be taken back is stopped, everyday work goes through, strict lets through what it names."""
    assert tuple(said(name, action) for name in ("permissive", "safety", "strict")) == decisions


@pytest.mark.parametrize("effect", list(Effect))
def test_each_stricter_preset_is_stricter_for_every_effect(effect: Effect) -> None:
    """permissive, safety, strict, in this order, on every effect in every place."""
    order = [str(decision) for decision in Decision]
    for place in Place:
        action = call(deed(effect, path("x", place=place)))
        strengths = [order.index(said(name, action)) for name in ("permissive", "safety", "strict")]
        assert strengths == sorted(strengths), place


@pytest.mark.parametrize(
    "command",
    ["[ -f a ] && cat a", "set -e; git status", "export X=1 && ls", "type python", "wait", "exit 0", "umask 022", ":"],
)
def test_strict_lets_the_shells_own_words_be(command: str) -> None:
    """They only look, or say how what follows is to run."""
    asked = policy_eval.parse(json.dumps({"tool": "Bash", "input": {"command": command}}).encode())
    assert policy_eval.answer(asked, policy_eval.policy_of(preset="strict"))["decision"] == "allow"


@pytest.mark.parametrize("preset", ["safety", "strict"])
def test_every_rule_that_stops_a_call_says_what_to_do_instead(preset: str) -> None:
    """Where nobody can be asked, an ask is a denial too."""
    rules = [rule for layer in policy_eval.policy_of(preset=preset).layers for rule in layer.rules]
    stopping = [rule for rule in rules if rule.decision in (Decision.ASK, Decision.DENY)]
    assert len(stopping) > 20
    assert [rule.id for rule in stopping if not rule.instead] == []


@pytest.mark.parametrize(
    "advised",
    [
        "cat .env.example",
        "git commit -m 'Keep it'",
        "git stash push",
        "git switch topic",
        "git restore --staged a.txt",
        "git revert HEAD",
        "git push origin HEAD:refs/heads/topic-2",
        "terraform plan",
        "kubectl diff -f a.yaml",
        "curl -o install.sh https://get.example.com/x",
        "less install.sh",
        "rm notes.txt",
        'mv -- old "$(mktemp -d)"',
    ],
)
def test_what_a_denial_advises_is_not_itself_denied(advised: str) -> None:
    """Each command that an `instead` of the preset speaks of, as a call of its own."""
    given = {"tool": "Bash", "input": {"command": advised}, "cwd": "/home/ann/site", "home": "/home/ann"}
    asked = policy_eval.parse(json.dumps(given).encode())
    assert policy_eval.answer(asked, policy_eval.policy_of(preset="safety"))["decision"] != "deny"
