"""Packs: read strictly, pinned, and adding only (docs/spec/policy.md D14, catalog.md E)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unit.policy.making import layer
from web4_governance.app import packs as checking
from web4_governance.app import policy_eval
from web4_governance.core.errors import PolicyError
from web4_governance.core.policy import combine

TOOL: dict[str, Any] = {
    "program": "teamdeploy",
    "source": "the team's handbook",
    "takes_value": ["--to"],
    "synonyms": {"-t": "--to"},
    "anywhere": True,
    "sub": {
        "deploy": {"effects": [{"effect": "infra.change", "on": "value:--to", "kind": "resource", "why": "deploys"}]},
        "release": "deploy",
        "wipe": {
            "effects": [
                {
                    "effect": "infra.destroy",
                    "on": ["operands[0]"],
                    "kind": "resource",
                    "when": {"none": ["-n"], "least": 1, "unread": False, "novalue": {"--to": ["nowhere"]}},
                }
            ]
        },
    },
    "yes": {"teamdeploy release -t live": ["infra.change live"], "teamdeploy wipe shop": ["infra.destroy"]},
    "no": {"teamdeploy wipe -n shop": ["infra.destroy"]},
}
RM: dict[str, Any] = {
    "program": "rm", "also": ["del"], "source": "ours", "yes": {"rm x": ["trace.erase"]}, "no": {"ls": ["trace.erase"]},
    "effects": [{"effect": "trace.erase", "on": "operands", "deep": True}, {"sql": "value:--sql"}, {"effect": "system", "deep": {"any": ["-r"]}}],
}  # fmt: skip  # a row a line
DOCUMENT = {"defaultPolicy": "allow", "packs": ["./tools.json"]}


def pack(*rows: Any, **more: Any) -> dict[str, Any]:
    return {"family": "team", "programs": list(rows), **more}


def deeds(command: str, *rows: Any) -> set[tuple[str, str]]:
    asked = policy_eval.parse(json.dumps({"tool": "Bash", "input": {"command": command}}).encode())
    action = policy_eval.action_of(asked, tuple(rows))
    return {(str(deed.effect), deed.target.resolved if deed.target else "") for deed in action.deeds}


def test_a_policy_brings_its_packs_along() -> None:
    """Each once, with its digest among the pins; another pack is another policy."""
    one = layer({**DOCUMENT, "packs": ["./tools.json", "tools.json"]}, tools=pack(TOOL))
    assert [row["program"] for row in one.packs] == ["teamdeploy"]
    assert [name for name, _ in one.pins] == ["./tools.json"]
    other = layer(DOCUMENT, tools=pack(TOOL, more=[RM]))
    assert combine((one,)).digest != combine((other,)).digest
    assert one.fingerprint != other.fingerprint
    above = layer({"extends": ["./team.json"]}, team={**DOCUMENT, "packs": ["./tools.json"]}, tools=pack(TOOL))
    assert [row["program"] for row in combine((above,)).packs] == ["teamdeploy"]


@pytest.mark.parametrize(
    "command", ["rm -rf x", "teamdeploy wipe shop", "sudo rm x", "teamdeploy deploy --to live", "ls", "del.exe y"]
)
def test_a_pack_takes_nothing_away(command: str) -> None:
    """What is found without it is found with it."""
    assert deeds(command) <= deeds(command, TOOL, RM)


def test_a_pack_adds_to_what_is_known() -> None:
    """Of a program with a row of its own, and of one that nobody else knows."""
    assert ("trace.erase", "/workspace/project/x") in deeds("bash -c 'rm -r x'", RM)
    assert {"infra.destroy", "code.run"} <= {effect for effect, _ in deeds("teamdeploy wipe shop", TOOL)}
    assert checking.failures((TOOL, RM)) == ()


def test_an_example_that_does_not_hold_is_a_failure() -> None:
    """On both sides."""
    wrong = {
        **TOOL,
        "yes": {"teamdeploy wipe -n shop": ["infra.destroy"]},
        "no": {"teamdeploy wipe shop": ["infra.destroy"]},
    }
    assert [one.message for one in checking.failures((wrong,))] == [
        "does not give `infra.destroy`",
        "gives `infra.destroy`",
    ]


def entry(**more: Any) -> dict[str, Any]:
    return {**RM, "effects": [{"effect": "system", **more}]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "a pack must be an object"),
        ({"family": "team"}, "has a `family` and `programs`"),
        ({"programs": [TOOL]}, "has a `family` and `programs`"),
        (pack(TOOL, roles=[]), "no field `roles`"),
        (pack(TOOL, paths=[]), "no field `paths`"),
        (pack({**TOOL, "inert": True}), "no field `inert`"),
        (pack({name: TOOL[name] for name in ("program", "yes", "no")}), "the row has no `source`"),
        (pack({**TOOL, "yes": {"x": []}}), "empty list"),
        (pack({**TOOL, "leading": 1}), "true or false"),
        (pack({**TOOL, "sub": {"x": {"inert": True}}}), "no field `inert`"),
        (pack(entry(otherwise=True)), "no field `otherwise`"),
        (pack(entry(effect="boom")), "`boom` is no effect"),
        (pack(entry(kind="boom")), "`boom` is no kind"),
        (pack(entry(on="operand")), "no selector"),
        (pack(entry(on=["operands[x]"])), "no selector"),
        (pack(entry(on="operands[1")), "no selector"),
        (pack(entry(on="operands!")), "no selector"),
        (pack(entry(on="operands[1:2]", default="")), "empty"),
        (pack(entry(deep="yes")), "a condition must be an object"),
        (pack(entry(when={"maybe": ["x"]})), "no field `maybe`"),
        (pack(entry(when={"least": -1})), "between 0"),
        (pack(entry(when={"sub": "x"})), "true or false"),
        (pack(entry(when={"value": {"-o": "x"}})), "must be a list"),
        (pack(entry(when={"any": "-r"})), "must be a list"),
    ],
)
def test_a_broken_pack_breaks_its_policy(given: Any, said: str) -> None:
    """With the pack's own file, line and column."""
    with pytest.raises(PolicyError, match=said) as raised:
        layer(DOCUMENT, tools=given)
    assert (raised.value.file, raised.value.line) == ("tools.json", 1)


@pytest.mark.parametrize("name", ["./none.json", "../tools.json", "/etc/tools.json", "~/tools.json"])
def test_a_pack_lies_beside_its_policy(name: str) -> None:
    """Or the policy does not load."""
    with pytest.raises(PolicyError):
        layer({**DOCUMENT, "packs": [name]}, tools=pack(TOOL))


def test_packs_are_bounded_with_what_is_extended() -> None:
    """A document that pulls in too many is a mistake."""
    names = [f"./p{n}.json" for n in range(33)]
    files: dict[str, Any] = {f"p{n}": pack(TOOL) for n in range(33)}
    with pytest.raises(PolicyError, match="over 32 documents"):
        layer({**DOCUMENT, "packs": names}, **files)
