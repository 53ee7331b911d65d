"""An R6 record: an intent joined with the outcome that closes it, read from entries and what is still open of them.

What people ask for, not what is stored: entries are the evidence, a record is a view of two of them, of the prompt that
the call serves, and of the agent's words before it. A field whose opening was never kept, or is erased, is None (or
empty), and `erased` names it; nothing here is guessed.
"""

from __future__ import annotations

from operator import attrgetter

from web4_governance.core.event import Status
from web4_governance.core.record.entry import along
from web4_governance.core.value import fields, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored

    Object = dict[str, Json]


_AS_IT_IS = frozenset({str, int, bool, dict, list, type(None)})
_PARTS: dict[type, tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]] = {}  # of each class of ours, once
_PATHS: dict[str, tuple[str, ...]] = {}
MOST_PATHS = 1000  # fields that are kept in their parts: those of a ledger are some dozen, and a hand can add any


@value
class Read:
    """An entry as it was read: its place, its body, and the openings that are still there, by field."""

    stored: Stored
    body: dict[str, Json]
    open: dict[str, Json]

    @property
    def leaf(self) -> str:
        """The leaf in hex."""
        return self.stored.leaf.hex()


@value
class Rules:
    """What was decided, and by which rules. `mode` is `enforce`, `dry-run` or `off`; `answer` what the host was told."""

    policy: str = ""
    mode: str = ""
    decision: str = ""
    answer: str = ""
    matched: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    advice: str = ""
    errors: tuple[str, ...] = ()
    limits: tuple[Object, ...] = ()
    facts: Object | None = None


@value
class Role:
    """Who acted: the host agent, its subagent if any, the parent of that, and the process that reported it.

    `entities` are the names that trust is kept under, `trust` the bounds that a rule was judged by, with the ledger's size.
    """

    agent: str = ""
    session: str = ""
    agent_id: str = ""
    agent_type: str = ""
    model: str = ""
    permission_mode: str = ""
    parent: Object | None = None
    peer: Object | None = None
    entities: Object | None = None
    trust: Object | None = None


@value
class DeedRecord:
    """One effect on one target as it was judged. `target` and `paths` are empty where the opening is gone."""

    effect: str = ""
    decision: str = ""
    rules: tuple[str, ...] = ()
    place: str = ""
    target: str = ""
    resolved: str = ""
    argv: tuple[str | None, ...] = ()
    via: tuple[str, ...] = ()
    host: str = ""
    why: str = ""
    exact: bool = True
    deep: bool = False


@value
class Request:
    """What was asked for, and why: `prompt` is what the person said, `words` what the agent said just before the call."""

    tool: str = ""
    call: str = ""
    categories: tuple[str, ...] = ()
    deeds: tuple[DeedRecord, ...] = ()
    input: Object | None = None
    cwd: str | None = None
    project: str | None = None
    mcp: Object | None = None
    prompt: str | None = None
    words: str | None = None


@value
class Reference:
    """Where the record stands: places, leaves (hex), and what it refers to; `reverts` are outcomes whose edits it took back."""

    idx: int = 0
    seq: int = 0
    prev: str = ""
    intent: str = ""
    outcome: str = ""
    prompt: str = ""
    precedents: tuple[Object, ...] = ()
    reverts: tuple[str, ...] = ()


@value
class Resource:
    """What it took. Sizes are bytes, the duration microseconds; -1 where nobody said. `measured` is false for estimates."""

    input_bytes: int = -1
    output_bytes: int = -1
    duration_us: int = -1
    model: str = ""
    message: str = ""
    tokens: Object | None = None
    child_tokens: Object | None = None
    measured: bool = False


@value
class Result:
    """How it ended. `unclosed` where no outcome was seen."""

    status: str = str(Status.UNCLOSED)
    denied_by: str = ""
    error_class: str = ""
    exit_code: int = -1
    ts: int = 0
    error: Json = None
    output: Json = None
    files: tuple[Object, ...] = ()
    authorised_by: Object | None = None
    flags: tuple[str, ...] = ()
    child_agent: str = ""
    child_type: str = ""
    task: str = ""


@value
class Record:
    """One governed call, in the six parts of R6. `ts` is microseconds since 1970; `id` the leaf of the intent in hex."""

    id: str
    ts: int
    session: str
    rules: Rules
    role: Role
    request: Request
    reference: Reference
    resource: Resource
    result: Result
    late: bool = False
    erased: tuple[str, ...] = ()
    extra: Object | None = None

    @property
    def tool(self) -> str:
        """The tool that was called."""
        return self.request.tool

    @property
    def decision(self) -> str:
        """What the policy said."""
        return self.rules.decision

    @property
    def status(self) -> str:
        """How the call ended."""
        return self.result.status

    @property
    def command(self) -> str | None:
        """The command line, where the call has one and it may be shown."""
        found = (self.request.input or {}).get("command")
        return found if isinstance(found, str) else None

    @property
    def targets(self) -> tuple[str, ...]:
        """What the deeds touch, as given or resolved, each once."""
        return tuple(
            dict.fromkeys(
                d.resolved or d.target or d.host for d in self.request.deeds if d.resolved or d.target or d.host
            )
        )

    @property
    def effects(self) -> tuple[str, ...]:
        """The effects of the deeds, each once."""
        return tuple(dict.fromkeys(deed.effect for deed in self.request.deeds if deed.effect))

    def to_json(self) -> dict[str, Json]:
        """Give the record as JSON; empty parts are left out."""
        return _plain(self)


def join(intent: Read, outcome: Read | None, *, prompt: Read | None, words: Read | None) -> Record:
    """Make the record of an intent, of the outcome that closes it, and of the prompt and the words it belongs to."""
    body, outcome_body = intent.body, outcome.body if outcome is not None else {}
    return Record(
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


def _rules(intent: Read) -> Rules:
    said = _part(intent.body.get("rules"))
    return Rules(
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
    return Role(
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
    return Request(
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
    details = [opened.get(f"request.deeds.{n}.detail") for n in range(len(found))]
    if isinstance(everything, list):
        details += everything[len(found) :]
    return tuple(_deed(found[n] if n < len(found) else {}, detail) for n, detail in enumerate(details))


def _deed(said: Object, opened: Json) -> DeedRecord:
    detail = _part(opened)
    target, argv = _part(detail.get("target")), detail.get("argv")
    return DeedRecord(
        effect=_text(said.get("effect") or detail.get("effect")),
        decision=_text(said.get("decision")),
        rules=_texts(said.get("rules")),
        place=_text(said.get("place") or target.get("place")),
        target=_text(target.get("given")),
        resolved=_text(target.get("resolved")),
        argv=tuple(word if isinstance(word, str) else None for word in argv) if isinstance(argv, list) else (),
        via=_texts(detail.get("via")),
        host=_text(detail.get("host")),
        why=_text(detail.get("why")),
        exact=target.get("exact") is not False,
        deep=target.get("deep") is True,
    )


def _reference(intent: Read, outcome: Read | None) -> Reference:
    said = _part(intent.body.get("reference"))
    return Reference(
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
    return Resource(
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
        return Result()
    said, opened = _part(outcome.body.get("result")), outcome.open
    return Result(
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
    return tuple(
        field
        for entry in entries
        if entry is not None and not _all_open(entry)
        for field in _commitments(entry.body, "")
        if field not in entry.open
    )


def _all_open(entry: Read) -> bool:
    """Say, without looking through the body, that every commitment has its opening; no is no answer."""
    if entry.stored.data.count(b'"c1:') != len(entry.open):
        return False
    for field in entry.open:
        found = along(entry.body, _parts_of(field))
        if not isinstance(found, str) or not found.startswith("c1:"):
            return False
    return True


def _parts_of(field: str) -> tuple[str, ...]:
    found = _PATHS.get(field)
    if found is None:
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


def _plain(of: object) -> Object:
    """Print a value of ours: its fields by name, without those that say nothing."""
    kind = type(of)
    if kind not in _PARTS:
        _PARTS[kind] = fields(kind), attrgetter(*fields(kind))
    names, parts = _PARTS[kind]
    found: Object = {}
    for name, item in zip(names, parts(of), strict=True):
        what = type(item)
        if what is str or what is list:
            if item:
                found[name] = item
        elif what is tuple:
            if item:
                found[name] = [_printed(part) for part in item]
        elif what is int:
            if item != -1:
                found[name] = item
        elif item is not None and item is not False:
            found[name] = item if what in _AS_IT_IS else _plain(item)
    return found


def _printed(item: object) -> Json:
    return item if type(item) in _AS_IT_IS else _plain(item)  # type: ignore[return-value]  # of the types of JSON
