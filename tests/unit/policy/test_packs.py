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
from web4_governance.core.policy.replay import revive

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


KEYS: dict[str, Any] = {
    "paths": ["*.acme-key", "~/.acme/**"], "except": ["*.pub.acme-key"], "read": "secret.read", "write": "secret.write",
    "listed": "secret.read", "why": "a key of ours", "source": "ours", "yes": ["a.acme-key", "~/.acme/x"], "no": ["a.pub.acme-key", "acme-key"],
}  # fmt: skip  # a row a line
REFUND: dict[str, Any] = {
    "tools": ["MCP__billing__*refund*", "payments"], "source": "ours",
    "effects": [
        {"effect": "infra.change", "on": ["accountId"], "kind": "resource", "default": "any", "when": {"value": {"mode": ["live*"]}}},
        {"effect": "net.egress", "on": "to", "kind": "url"}, {"shell": "hook"}, {"sql": "filter"}, {"effect": "trace.erase", "when": {"value": {"quiet": ["yes"]}}},
    ],
    "yes": [{"tool": "mcp__billing__refund", "input": {"x": {"account_id": "7"}, "mode": "LIVE"}, "deeds": ["infra.change 7"]}],
    "no": [{"tool": "mcp__billing__refund", "input": {"account_id": "7", "mode": "test"}, "deeds": ["infra.change"]}],
}  # fmt: skip  # a row a line


SECRET: dict[str, Any] = {
    "secret": "acme-token", "prefix": "acme_", "alphabet": "hex", "least": 20, "source": "x", "yes": ["a"], "no": ["b"],
}  # fmt: skip


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: item for key, item in row.items() if key != name}


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


def of(tool: str, given: dict[str, Any], *rows: Any) -> list[tuple[str, str]]:
    asked = policy_eval.parse(json.dumps({"tool": tool, "input": given}).encode())
    action = policy_eval.action_of(asked, tuple(rows))
    return [(str(deed.effect), deed.target.given if deed.target else "") for deed in action.deeds]


@pytest.mark.parametrize(
    ("tool", "given", "more"),
    [
        ("mcp__billing__refund", {"accountId": "7", "mode": "live"}, [("infra.change", "7")]),
        ("mcp__Billing__Refund_All", {"mode": "livewire"}, [("infra.change", "any")]),
        ("mcp__billing__refund", {"mode": "test"}, []),
        ("mcp__billing__refund", {"to": "file:///x"}, []),
        ("mcp__billing__refund", {"to": "https://a.example/x"}, [("net.egress", "https://a.example/x")]),
        ("mcp__billing__refund", {"hook": "rm -rf x"}, [("code.run", ""), ("file.delete", "x")]),
        ("mcp__billing__refund", {"filter": "DROP TABLE a"}, [("db.drop", "a")]),
        ("mcp__billing__refund", {"quiet": "yes"}, [("trace.erase", "billing/refund")]),
        ("payments", {"quiet": "yes"}, [("trace.erase", "payments")]),
        ("mcp__billing__list", {"quiet": "yes"}, []),
    ],
)
def test_a_pack_says_what_a_tool_does(tool: str, given: dict[str, Any], more: list[tuple[str, str]]) -> None:
    """What its row adds comes beside what is known without it, of an MCP tool and of one that nobody knows."""
    bare = of(tool, given)
    assert of(tool, given, REFUND)[: len(bare)] == bare
    assert set(of(tool, given, REFUND)) - set(bare) == set(more) - set(bare)


def test_a_tool_that_does_nothing_still_does_nothing_else() -> None:
    """A rule on `none` goes on speaking of it."""
    row = {**REFUND, "tools": ["todowrite"], "effects": [{"effect": "state"}]}
    assert of("mcp__a__b", {}, row) == of("mcp__a__b", {})
    assert [effect for effect, _ in of("AskNothing", {}, {**row, "tools": ["asknothing"]})] == ["None", "state"]


@pytest.mark.parametrize(
    ("tool", "given", "more"),
    [
        ("Read", {"file_path": "/p/a.acme-key"}, {"secret.read"}),
        ("Write", {"file_path": "/p/a.ACME-key", "content": "x"}, {"secret.write"}),
        ("Bash", {"command": "cat ~/.acme/x | base64"}, {"secret.read"}),
        ("Bash", {"command": "cat a.pub.acme-key"}, set()),
        ("Read", {"file_path": "/p/.env"}, set()),
    ],
)
def test_a_pack_says_what_names_of_files_mean(tool: str, given: dict[str, Any], more: set[str]) -> None:
    """By whatever tool they are read and written; what the catalog says of other names stays."""
    effects = [{effect for effect, _ in of(tool, given, *rows)} for rows in ((), (KEYS,))]
    assert effects[1] - effects[0] == more
    assert effects[0] <= effects[1]


def test_examples_of_tools_and_paths_are_run() -> None:
    """Those that hold, and the same ones turned round."""
    assert checking.failures((KEYS, REFUND)) == ()
    turned = tuple({**row, "yes": row["no"], "no": row["yes"]} for row in (KEYS, REFUND))
    assert len(checking.failures(turned)) == 6


def test_the_record_holds_the_packs_that_it_was_judged_by() -> None:
    """Without the examples, which nothing is judged by; read again it is the same policy."""
    one = combine((layer(DOCUMENT, tools=pack(TOOL, paths=[KEYS], tools=[REFUND])),))
    recorded = one.as_json()
    assert "handbook" not in json.dumps(recorded)
    again = revive(recorded)
    assert (again.digest, [min(row) for row in again.packs]) == (one.digest, ["anywhere", "except", "effects"])


def entry(**more: Any) -> dict[str, Any]:
    return {**RM, "effects": [{"effect": "system", **more}]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "a pack must be an object"),
        ({"family": "team"}, "has a `family`, and `programs`"),
        ({"programs": [TOOL]}, "has a `family`, and `programs`"),
        (pack(TOOL, roles=[]), "no field `roles`"),
        (pack(TOOL, paths=[]), "empty list"),
        (pack(TOOL, hosts=[]), "no field `hosts`"),
        (pack(TOOL, paths=[{**KEYS, "apps": ["x"]}]), "no field `apps`"),
        (pack(TOOL, paths=[without(without(without(KEYS, "read"), "write"), "listed")]), "says of nothing what it is"),
        (pack(TOOL, paths=[without(KEYS, "why")]), "the row has no `why`"),
        (pack(TOOL, paths=[{**KEYS, "read": "boom"}]), "`boom` is no effect"),
        (pack(TOOL, paths=[{**KEYS, "yes": {}}]), "must be a list"),
        (pack(TOOL, paths=[{**KEYS, "samples": 1}]), "true or false"),
        (pack(TOOL, tools=[without(REFUND, "tools")]), "the row has no `tools`"),
        (pack(TOOL, tools=[without(REFUND, "no")]), "the row has no `no`"),
        (pack(TOOL, tools=[{**REFUND, "yes": [{"tool": "a", "input": {}}]}]), "has no `deeds`"),
        (pack(TOOL, tools=[{**REFUND, "effects": [{"why": "x"}]}]), "the entry gives nothing"),
        (pack(TOOL, tools=[{**REFUND, "effects": [{"effect": "system", "on": "a"}]}]), "`on` and `kind` go together"),
        (pack(TOOL, tools=[{**REFUND, "effects": [{"effect": "system", "when": {"any": ["a"]}}]}]), "no field `any`"),
        (pack(TOOL, tools=[{**REFUND, "effects": [{"effect": "system", "otherwise": True}]}]), "no field `otherwise`"),
        (pack(TOOL, secrets=[without(SECRET, "least")]), "the row has no `least`"),
        (pack(TOOL, secrets=[{**SECRET, "secret": "Acme key"}]), "`Acme key` is no name"),
        (pack(TOOL, secrets=[{**SECRET, "prefix": "ac"}]), "`ac` is no beginning"),
        (pack(TOOL, secrets=[{**SECRET, "prefix": "acme ["}]), "is no beginning"),
        (pack(TOOL, secrets=[{**SECRET, "alphabet": "greek"}]), "alphabet"),
        (pack(TOOL, secrets=[{**SECRET, "least": 4}]), "between 13"),
        (pack(TOOL, secrets=[{**SECRET, "entropy": 4}]), "no field `entropy`"),
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
