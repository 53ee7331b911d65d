"""The OCSF export: one event a call in the shape of OCSF 1.9.0 (docs/spec/cli.md T9 says what of it is checked against what).

A command is Process Activity (1007), a file's reading or change File System Activity (1001), all else API Activity (6003);
with the profiles `ai_operation`, `security_control` and `record_integrity`. What OCSF has no place for is in `unmapped`.

The fingerprint of `attestation_list` is over this event (RFC 8785, SHA-256), not over the ledger: it shows that a line was
changed by accident. What the ledger proves is reached by `unmapped.leaf`, `index` and `size`.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256  # OpenSSL's: four times as quick as the one that the hook has

from web4_governance import __version__
from web4_governance.app.exports.jsonl import in_ascii
from web4_governance.app.exports.ocsf_control import control, severity
from web4_governance.core.action import Effect
from web4_governance.core.event import Status
from web4_governance.core.ledger.profile import encode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.r6 import DeedRecord, Record

    Object = dict[str, Json]

HEADER = b""
KEPT = 256  # agents
VERSION = "1.9.0"
PRODUCT: Object = {"name": "web4-governance", "vendor_name": "web4-governance", "version": __version__}
PROFILES: list[Json] = ["ai_operation", "record_integrity", "security_control"]
FILE, PROCESS, API = 1001, 1007, 6003
SYSTEM, APPLICATION = 1, 6
CREATE, READ, UPDATE, DELETE, OTHER = 1, 2, 3, 4, 99
LAUNCH = 1
# The strongest first: a call that writes and reads is a write.
FILE_ACTIVITIES = (
    (Effect.FILE_DELETE, DELETE),
    (Effect.FILE_WRITE, UPDATE),
    (Effect.FILE_READ, READ),
    (Effect.FILE_LIST, READ),
)
REGULAR, FOLDER, UNKNOWN = 1, 2, 0
NOT_KEPT = "(not kept)"
SHA_256, HEX, JCS = 3, 1, 2
STATUS_ID: dict[str, int] = {Status.SUCCEEDED: 1, Status.FAILED: 2, Status.DENIED: 2, Status.INTERRUPTED: 2}


def lines_for(origin: str, size: int) -> Callable[[Sequence[Record]], bytes]:
    """Give the format for a ledger: its name as a log, and its number of entries."""

    def lines(records: Sequence[Record]) -> bytes:
        return in_ascii(b"".join([_line(record, origin, size) for record in records]))

    return lines


def event(record: Record, *, origin: str, size: int) -> Object:
    """Give a record as an OCSF event with its fingerprint."""
    found = _unsealed(record, origin, size)
    found["attestation_list"] = [{"authority_uid": origin, "fingerprint": _fingerprint(encode(found))}]
    return found


def _line(record: Record, origin: str, size: int) -> bytes:
    """Give the event as JSON, printed once: the fingerprint is put into what it was made of."""
    text = encode(_unsealed(record, origin, size))
    # Quotation marks in a string have a backslash before them, so that this is nowhere but where the list begins.
    place = _place(origin)
    return text.replace(place, place + b',"fingerprint":' + encode(_fingerprint(text)), 1) + b"\n"


@lru_cache(maxsize=KEPT)
def _place(origin: str) -> bytes:
    return b'"attestation_list":[{"authority_uid":' + encode(origin)


def _unsealed(record: Record, origin: str, size: int) -> Object:
    found: Object = {
        **_base(record, origin),
        **_of_class(record, origin),
        **control(record),
        "unmapped": _unmapped(record, size),
        "attestation_list": [{"authority_uid": origin}],
    }
    of, activity = found["class_uid"], found["activity_id"]
    if isinstance(of, int) and isinstance(activity, int):  # as both are
        found["type_uid"] = of * 100 + activity
    return found


def _fingerprint(text: bytes) -> Object:
    # By the attestation object: over the whole event, its own `fingerprint` (and `signatures`, which we have none of) left out.
    return {
        "algorithm": "SHA-256",
        "algorithm_id": SHA_256,
        "encoding_id": HEX,
        "serialization_id": JCS,
        "value": sha256(text).hexdigest(),
    }


def _base(record: Record, origin: str) -> Object:
    result, resource = record.result, record.resource
    base: Object = {
        "time": record.ts // 1000,
        "start_time": record.ts // 1000,
        "severity_id": severity(record),
        "status": result.status,
        "status_id": STATUS_ID.get(result.status, UNKNOWN),
        "metadata": {
            "version": VERSION,
            "product": PRODUCT,
            "profiles": PROFILES,
            "uid": record.id,
            "log_name": origin,
            "sequence": record.reference.idx,
            "correlation_uid": record.session,
        },
        "actor": {"app_name": record.role.agent, "session": {"uid": record.session}},
        "ai_agent": _ai_agent(record),
    }
    if record.rules.reasons:
        base["message"] = "; ".join(record.rules.reasons)
    if result.ts:
        base["end_time"] = result.ts // 1000
    if resource.duration_us >= 0:
        base["duration"] = resource.duration_us // 1000
    if result.denied_by or result.error_class:
        base["status_detail"] = result.denied_by or result.error_class
    return base


def _ai_agent(record: Record) -> Object:
    role, model = record.role, record.resource.model or record.role.model
    return _agent(role.agent, role.agent_type, role.agent_id or record.session, model)


@lru_cache(maxsize=KEPT)
def _agent(agent: str, agent_type: str, instance: str, model: str) -> Object:
    found: Object = {
        "uid": f"{agent}/{agent_type}" if agent_type else agent,
        "instance_uid": instance,
        "name": agent_type or agent,
        "type_id": UNKNOWN,
    }
    if model:  # who offers a model is not in the record, and the object requires a word
        found["ai_model"] = {"name": model, "ai_provider": "Anthropic" if model.startswith("claude") else "unknown"}
    return found


def _of_class(record: Record, origin: str) -> Object:
    # Which machine it was is not in the record: the ledger stands for it. An API call has no device without a profile more.
    device: Object = {"type_id": UNKNOWN, "uid": origin}
    if record.command is not None or "command" in record.request.categories:
        return {**_process(record), "device": device}
    for effect, activity in FILE_ACTIVITIES:
        deed = next((deed for deed in record.request.deeds if deed.effect == effect), None)
        if deed is not None and not record.tool.startswith("mcp__"):
            return {**_file(record, deed, activity), "device": device}
    return _api(record, origin)


def _process(record: Record) -> Object:
    request = record.request
    process: Object = {"uid": request.call or record.id}
    program = next((deed.argv[0] for deed in request.deeds if deed.argv and deed.argv[0]), None)
    for name, text in (("cmd_line", record.command), ("name", program), ("working_directory", request.cwd)):
        if text:
            process[name] = text
    found: Object = {"class_uid": PROCESS, "category_uid": SYSTEM, "activity_id": LAUNCH, "process": process}
    if record.result.exit_code >= 0:
        found["exit_code"] = record.result.exit_code
    return found


def _file(record: Record, deed: DeedRecord, activity: int) -> Object:
    path = deed.resolved or deed.target
    file: Object = {
        "name": path.rstrip("/").rpartition("/")[2] or path or NOT_KEPT,
        "type_id": FOLDER if deed.effect == Effect.FILE_LIST else REGULAR,
    }
    if path:
        file["path"] = path
    made = activity == UPDATE and any(one.get("path") == path and _absent(one) for one in record.result.files)
    return {
        "class_uid": FILE,
        "category_uid": SYSTEM,
        "activity_id": CREATE if made else activity,
        "file": file,
    }


def _absent(change: Object) -> bool:
    return not change.get("before") and bool(change.get("after"))


def _api(record: Record, origin: str) -> Object:
    request = record.request
    api: Object = {"operation": record.tool, "request": {"uid": request.call or record.id}}
    server = (request.mcp or {}).get("name")
    if isinstance(server, str) and server:
        api["service"] = {"name": server}
    found: Object = {
        "class_uid": API,
        "category_uid": APPLICATION,
        "activity_id": OTHER,
        "api": api,
        "src_endpoint": {"uid": origin},
    }
    host = next((deed.host for deed in request.deeds if deed.host), "")
    if host:
        found["dst_endpoint"] = {"name": host}
    return found


def _unmapped(record: Record, size: int) -> Object:
    rules, request = record.rules, record.request
    found: Object = {
        "leaf": record.id,
        "index": record.reference.idx,
        "size": size,
        "tool": record.tool,
        "call": request.call,
        "decision": rules.decision,
        "answer": rules.answer,
        "mode": rules.mode,
        "rules": [*rules.matched],
        "categories": [*request.categories],
        "effects": [*record.effects],
        "targets": [*record.targets],
        "prompt": request.prompt,
        "words": request.words,
        "erased": [*record.erased],
    }
    return {name: item for name, item in found.items() if item or type(item) is int}
