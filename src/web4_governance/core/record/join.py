"""Makes R6 records: what an intent, its outcome, its prompt and the agent's words say, put together in a record's six parts.

Not the reading of entries. Nothing is guessed: what is not there, or of another type than it should be, is left empty. Who
reads a whole ledger makes thousands a second.
"""

from __future__ import annotations

from web4_governance.core.record.entry import along
from web4_governance.core.record.r6 import (
    DeedRecord,
    Read,
    Record,
    Reference,
    Request,
    Resource,
    Result,
    Role,
    Rules,
)
from web4_governance.core.value import make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.r6 import Object

MOST_PATHS = 1000  # fields that are kept in their parts: those of a ledger are some dozen, and a hand can add any
UNCLOSED = Result()
_PATHS: dict[str, tuple[str, ...]] = {}
_DETAILS = tuple(f"request.deeds.{n}.detail" for n in range(64))  # as many as an entry lists


def join(intent: Read, outcome: Read | None, *, prompt: Read | None, words: Read | None) -> Record:
    """Make the record of an intent, of the outcome that closes it, and of the prompt and the words it belongs to."""
    body, outcome_body = intent.body, outcome.body if outcome is not None else {}
    return make[Record](
        id=intent.leaf,
        ts=intent.stored.ts,
        session=intent.stored.session,
        rules=_rules(intent),
        role=_role(intent),
        request=_request(intent, prompt=prompt, words=words),
        reference=_reference(intent, outcome),
        resource=_resource(body, outcome_body),
        result=_result(outcome),
        late=body.get("late") is True,
        erased=_erased(intent, outcome),
        extra=_object(intent.open.get("extra")),
    )


def deeds_of(intent: Read) -> tuple[DeedRecord, ...]:
    """Give the deeds of a record, of whose openings those of the deeds suffice."""
    return _deeds(_part(intent.body.get("request")).get("deeds"), intent.open)


def _rules(intent: Read) -> Rules:
    said = _part(intent.body.get("rules"))
    return make[Rules](
        policy=_text(said.get("policy")),
        mode=_text(said.get("mode")),
        decision=_text(said.get("decision")),
        answer=_text(said.get("answer")),
        matched=_texts(said.get("matched")),
        reasons=_texts(intent.open.get("rules.reasons")),
        advice=_text(intent.open.get("rules.advice")),
        errors=_texts(intent.open.get("rules.errors")),
        limits=_objects(said.get("limits")),
        facts=_object(intent.open.get("rules.facts")),
    )


def _role(intent: Read) -> Role:
    said = _part(intent.body.get("role"))
    return make[Role](
        agent=_text(intent.body.get("agent")),
        session=intent.stored.session,
        agent_id=_text(said.get("agent_id")),
        agent_type=_text(said.get("agent_type")),
        model=_text(said.get("model")),
        permission_mode=_text(said.get("permission_mode")),
        parent=_object(said.get("parent")),
        peer=_object(said.get("peer")),
        entities=_object(said.get("entities")),
        trust=_object(said.get("trust")),
    )


def _request(intent: Read, *, prompt: Read | None, words: Read | None) -> Request:
    said, opened = _part(intent.body.get("request")), intent.open
    return make[Request](
        tool=_text(said.get("tool")),
        call=_text(said.get("call")),
        categories=_texts(said.get("categories")),
        deeds=_deeds(said.get("deeds"), opened),
        input=_object(opened.get("request.input")),
        cwd=_known(opened.get("request.cwd")),
        project=_known(opened.get("request.project")),
        mcp=_object(said.get("mcp")),
        prompt=_shown(prompt),
        words=_shown(words),
    )


def _deeds(listed: Json, opened: Mapping[str, Json]) -> tuple[DeedRecord, ...]:
    found = _objects(listed)
    everything = opened.get("request.deeds_all")
    details = [opened.get(name) for name in _DETAILS[: len(found)]]
    details += [opened.get(f"request.deeds.{n}.detail") for n in range(len(details), len(found))]
    if isinstance(everything, list):
        details += everything[len(found) :]
        found += tuple([{}] * (len(details) - len(found)))
    return tuple([_deed(said, detail) for said, detail in zip(found, details, strict=True)])


def _deed(said: Object, opened: Json) -> DeedRecord:
    detail = _part(opened)
    target, argv = _part(detail.get("target")), detail.get("argv")
    return make[DeedRecord](
        effect=_text(said.get("effect") or detail.get("effect")),
        decision=_text(said.get("decision")),
        rules=_texts(said.get("rules")),
        place=_text(said.get("place") or target.get("place")),
        target=_text(target.get("given")),
        resolved=_text(target.get("resolved")),
        argv=tuple([word if isinstance(word, str) else None for word in argv]) if isinstance(argv, list) else (),
        via=_texts(detail.get("via")),
        host=_text(detail.get("host")),
        why=_text(detail.get("why")),
        exact=target.get("exact") is not False,
        deep=target.get("deep") is True,
    )


def _reference(intent: Read, outcome: Read | None) -> Reference:
    said = _part(intent.body.get("reference"))
    return make[Reference](
        idx=intent.stored.idx,
        seq=intent.stored.seq,
        prev=_text(said.get("prev")),
        intent=intent.leaf,
        outcome=outcome.leaf if outcome is not None else "",
        prompt=_text(said.get("prompt")),
        precedents=_objects(said.get("precedents")),
        reverts=() if outcome is None else _texts(_part(outcome.body.get("reference")).get("reverts")),
    )


def _resource(body: Object, outcome: Object) -> Resource:
    said = _part(outcome.get("resource"))
    return make[Resource](
        input_bytes=_number(_part(body.get("resource")).get("input_bytes")),
        output_bytes=_number(said.get("output_bytes")),
        duration_us=_number(_part(outcome.get("result")).get("duration_us")),
        model=_text(said.get("model")),
        message=_text(said.get("message")),
        tokens=_object(said.get("tokens")),
        child_tokens=_object(said.get("child_tokens")),
        measured=said.get("measured") is True,
    )


def _result(outcome: Read | None) -> Result:
    if outcome is None:
        return UNCLOSED
    said, opened = _part(outcome.body.get("result")), outcome.open
    return make[Result](
        status=_text(said.get("status")),
        denied_by=_text(said.get("denied_by")),
        error_class=_text(said.get("error_class")),
        exit_code=_number(said.get("exit_code")),
        ts=outcome.stored.ts,
        error=opened.get("result.error"),
        output=opened.get("result.output"),
        files=_objects(opened.get("result.files")),
        authorised_by=_object(said.get("authorised_by")),
        flags=_texts(said.get("flags")),
        child_agent=_text(said.get("child_agent")),
        child_type=_text(said.get("child_type")),
        task=_text(said.get("task")),
    )


def _erased(*entries: Read | None) -> tuple[str, ...]:
    """Name the fields whose commitment stands in an entry and whose opening is not there."""
    found: list[str] = []
    for entry in entries:
        if entry is not None and not _all_open(entry):
            found += [field for field in _commitments(entry.body, "") if field not in entry.open]
    return tuple(found)


def _all_open(entry: Read) -> bool:
    """Say, without looking through the body, that every commitment has its opening; no is no answer."""
    if entry.stored.data.count(b'"c1:') != len(entry.open):
        return False
    for field in entry.open:
        here: Json = entry.body
        for part in _PATHS.get(field) or _parts_of(field):
            here = here.get(part) if type(here) is dict else along(here, (part,))
        if type(here) is not str or not here.startswith("c1:"):
            return False
    return True


def _parts_of(field: str) -> tuple[str, ...]:
    found = tuple(field.split("."))
    if len(_PATHS) < MOST_PATHS:
        _PATHS[field] = found
    return found


def _commitments(body: Json, path: str) -> list[str]:
    if isinstance(body, str):
        return [path[1:]] if body.startswith("c1:") else []
    if isinstance(body, dict):
        return [found for key, item in body.items() for found in _commitments(item, f"{path}.{key}")]
    if isinstance(body, list):
        return [found for n, item in enumerate(body) for found in _commitments(item, f"{path}.{n}")]
    return []


def _shown(entry: Read | None) -> str | None:
    return None if entry is None else _known(entry.open.get("request.text"))


def _known(found: Json) -> str | None:
    """Give a text; of one that is kept only as digest, size and excerpt, the excerpt with an ellipsis."""
    if isinstance(found, dict):
        return f"{_text(found.get('excerpt'))}…"
    return found if isinstance(found, str) else None


def _part(found: Json) -> Object:
    return found if isinstance(found, dict) else {}


def _text(found: Json) -> str:
    return found if isinstance(found, str) else ""


def _number(found: Json) -> int:
    return found if isinstance(found, int) and not isinstance(found, bool) else -1


def _object(found: Json) -> Object | None:
    return found if isinstance(found, dict) else None


def _objects(found: Json) -> tuple[Object, ...]:
    return tuple([item for item in found if isinstance(item, dict)]) if isinstance(found, list) else ()


def _texts(found: Json) -> tuple[str, ...]:
    return tuple([item for item in found if isinstance(item, str)]) if isinstance(found, list) else ()
