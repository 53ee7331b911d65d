"""OCSF: events against the published schema as far as it is published, and against the required sets of what 1.9.0 adds.

`ocsf-json-schema` carries the published schema up to 1.8.0. What 1.9.0 adds is taken out before (`ai_agent`,
`attestation_list`) and has its own tests here, from the schema's objects of that version.
"""

from __future__ import annotations

import copy
import hashlib
import json
from functools import cache
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

from support.records import HOSTILE, record, texts
from web4_governance.app.exports import ocsf
from web4_governance.app.exports.ocsf import event
from web4_governance.core.action import Effect
from web4_governance.core.event import Status
from web4_governance.core.policy.decision import Decision
from web4_governance.core.record.r6 import DeedRecord, Record, Request, Resource, Result, Role, Rules
from web4_governance.core.value import replace

PUBLISHED = "1.8.0"
ADDED = {"ai_agent", "attestation_list"}  # by 1.9.0
CLASSES = {1001: "file_activity", 1007: "process_activity", 6003: "api_activity"}
ORIGIN = "log.example/1"


@cache
def validator(class_uid: int) -> Draft202012Validator:
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema(PUBLISHED))
    return Draft202012Validator(schema.get_class_schema(CLASSES[class_uid], ["security_control", "ai_operation"]))


def errors(found: dict[str, Any]) -> list[str]:
    published = {name: item for name, item in found.items() if name not in ADDED}
    return [f"{error.json_path}: {error.message}" for error in validator(found["class_uid"]).iter_errors(published)]


def made(of: Record) -> dict[str, Any]:
    """The event as a reader of the line has it."""
    data = ocsf.lines_for(ORIGIN, 99)([of])
    assert len(data.decode().splitlines()) == 1
    assert data.isascii()
    found = json.loads(data)
    assert found == event(of, origin=ORIGIN, size=99)
    assert isinstance(found, dict)
    return found


def bare(tool: str, *deeds: DeedRecord, command: str | None = None, **parts: Any) -> Record:
    """A record that says nothing but what it must."""
    plain = record("x")
    request = Request(tool=tool, call="c", deeds=deeds, input=None if command is None else {"command": command})
    of = replace(plain, role=Role(agent="a"), rules=Rules(mode="enforce", decision="allow"), request=request)
    return replace(of, **{"resource": Resource(), "result": Result(), "erased": (), **parts})


def deed(effect: Effect, path: str = "/srv/a.txt", **more: Any) -> DeedRecord:
    return DeedRecord(effect=str(effect), target=path, resolved=path, **more)


@given(texts, st.sampled_from([str(one) for one in Effect]), st.sampled_from(["Read", "mcp__a__b", "Task"]))
def test_any_event_is_one_of_the_published_schema(text: str, effect: str, tool: str) -> None:
    """Whatever a record says: with a command, and without one."""
    whole = record(text, tool=tool, effect=effect)
    assert errors(made(whole)) == []
    assert errors(made(replace(whole, request=replace(whole.request, input=None)))) == []
    assert errors(made(bare(text))) == []


def test_the_check_can_fail() -> None:
    """A missing field, a wrong type and an unknown field are found."""
    found = made(bare("Read", deed(Effect.FILE_READ)))
    for name, item in (("file", None), ("time", "now"), ("nonsense", 1)):
        broken = {**found, name: item}
        assert errors({key: one for key, one in broken.items() if one is not None})


@pytest.mark.parametrize(
    ("of", "type_uid"),
    [
        (bare("Bash", deed(Effect.FILE_DELETE), command="rm a"), 100701),
        (bare("Read", deed(Effect.FILE_READ)), 100102),
        (bare("Glob", deed(Effect.FILE_LIST, "/srv/")), 100102),
        (bare("Edit", deed(Effect.FILE_READ), deed(Effect.FILE_WRITE)), 100103),
        (
            bare("Write", deed(Effect.FILE_WRITE), result=Result(files=({"path": "/srv/a.txt", "after": "c1"},))),
            100101,
        ),
        (
            bare(
                "Write",
                deed(Effect.FILE_WRITE),
                result=Result(files=({"path": "/srv/a.txt", "before": "0", "after": "1"},)),
            ),
            100103,
        ),
        (bare("Delete", deed(Effect.FILE_DELETE)), 100104),
        (bare("mcp__files__read", deed(Effect.FILE_READ)), 600399),
        (bare("WebFetch", deed(Effect.NET_EGRESS, host="example.org")), 600399),
        (bare("Task"), 600399),
    ],
)
def test_a_call_has_the_class_of_what_it_does(of: Record, type_uid: int) -> None:
    """Commands are processes, files are files, all else is an API; the type is class and activity."""
    found = made(of)
    assert found["type_uid"] == type_uid == found["class_uid"] * 100 + found["activity_id"]
    assert found["category_uid"] == found["class_uid"] // 1000
    assert errors(found) == []


@pytest.mark.parametrize(
    ("mode", "decision", "status", "wanted"),
    [
        ("enforce", "allow", "succeeded", (1, 1, False)),
        ("enforce", "warn", "succeeded", (1, 19, True)),
        ("enforce", "ask", "succeeded", (1, 1, False)),
        ("enforce", "ask", "denied", (2, 2, True)),
        ("enforce", "ask", "unclosed", (0, 0, False)),
        ("enforce", "deny", "denied", (2, 2, True)),
        ("enforce", "", "unclosed", (0, 0, False)),
        ("dry-run", "allow", "succeeded", (3, 17, False)),
        ("dry-run", "deny", "succeeded", (3, 15, False)),
        ("off", "deny", "succeeded", (3, 15, False)),
    ],
)
def test_what_the_policy_did_is_said_by_action_and_disposition(
    mode: str, decision: str, status: str, wanted: tuple[int, int, bool]
) -> None:
    """What it only would have done was observed, and no more."""
    found = made(bare("Read", rules=Rules(mode=mode, decision=decision), result=Result(status=status)))
    assert (found["action_id"], found["disposition_id"], found["is_alert"]) == wanted
    assert errors(found) == []


def test_every_decision_and_status_has_its_number() -> None:
    """Those of the schema's own lists; what is none is unknown."""
    severities = [made(bare("x", rules=Rules(decision=str(one))))["severity_id"] for one in Decision]
    assert severities == [1, 2, 2, 3]
    statuses = {str(one): made(bare("x", result=Result(status=str(one))))["status_id"] for one in Status}
    assert statuses == {"succeeded": 1, "failed": 2, "denied": 2, "interrupted": 2, "started": 0, "unclosed": 0}
    assert made(bare("x", rules=Rules(decision="?"), result=Result(status="?")))["severity_id"] == 0


@given(texts)
def test_what_1_9_adds_has_what_1_9_requires(text: str) -> None:
    """`ai_agent.uid`, with a name; `ai_model` its provider; an attestation a fingerprint with algorithm and value."""
    found = made(record(text))
    assert found["metadata"]["version"] == "1.9.0"
    assert found["metadata"]["profiles"] == ["ai_operation", "record_integrity", "security_control"]
    agent = found["ai_agent"]
    assert set(agent) <= {"uid", "instance_uid", "name", "type_id", "ai_model"}
    assert isinstance(agent["uid"], str)
    assert not text or set(agent["ai_model"]) == {"name", "ai_provider"}
    (attestation,) = found["attestation_list"]
    assert set(attestation) == {"authority_uid", "fingerprint"}
    assert {"algorithm_id", "value"} <= set(attestation["fingerprint"])


@given(texts)
def test_the_fingerprint_is_made_again_by_another_rfc_8785(text: str) -> None:
    """Over the event without its fingerprint; a change anywhere changes it."""
    found = made(record(text))
    claimed = found["attestation_list"][0].pop("fingerprint")
    assert (claimed["algorithm_id"], claimed["encoding_id"], claimed["serialization_id"]) == (3, 1, 2)
    assert claimed["value"] == hashlib.sha256(rfc8785.dumps(found)).hexdigest()
    other = copy.deepcopy(found)
    other["unmapped"]["index"] += 1
    assert claimed["value"] != hashlib.sha256(rfc8785.dumps(other)).hexdigest()


def test_the_way_back_into_the_ledger_is_in_it() -> None:
    """Leaf, place and the size of the tree, under which an inclusion proof is asked for."""
    found = made(record("x", place=7))["unmapped"]
    assert (found["leaf"], found["index"], found["size"]) == ("ab" * 32, 7, 99)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stands_where_it_belongs(text: str) -> None:
    """To the letter, and nowhere else."""
    found = made(record(text, tool="Bash"))
    assert found["process"]["cmd_line"] == found["process"]["name"] == found["process"]["working_directory"] == text
    assert set(found) == set(made(record("x", tool="Bash")))


def test_what_is_not_kept_is_said_so() -> None:
    """The schema wants a file's name where a record has none."""
    found = made(bare("Read", DeedRecord(effect="file.read"), erased=("request.deeds.0.detail",)))
    assert (found["file"]["name"], found["unmapped"]["erased"]) == ("(not kept)", ["request.deeds.0.detail"])
    named = made(
        bare("Read", deed(Effect.FILE_READ, "/"), result=Result(exit_code=3, denied_by="person", status="denied"))
    )
    assert (named["file"]["name"], named["status_detail"]) == ("/", "person")


def test_a_server_a_host_and_an_exit_code_are_named() -> None:
    """Where the class has a place for them."""
    asked = bare("mcp__a__b", deed(Effect.NET_EGRESS, host="example.org"))
    asked = replace(asked, request=replace(asked.request, mcp={"name": "a", "source": "user"}))
    found = made(asked)
    assert (found["api"]["service"], found["dst_endpoint"]) == ({"name": "a"}, {"name": "example.org"})
    assert errors(found) == []
    ran = made(
        bare(
            "Bash",
            command="x",
            result=Result(exit_code=0, ts=1_795_000_000_000_000),
            resource=Resource(model="claude-x"),
        )
    )
    assert (ran["exit_code"], ran["end_time"]) == (0, 1_795_000_000_000)
    assert ran["ai_agent"]["ai_model"] == {"name": "claude-x", "ai_provider": "Anthropic"}
    assert errors(ran) == []
