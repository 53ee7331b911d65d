"""An R6 record: an intent joined with the outcome that closes it, as people ask for it.

Not what is stored: entries are the evidence, a record is a view of two of them, of the prompt that the call serves, and of
the agent's words before it (`record.join` makes it). A field whose opening was never kept, or is erased, is None (or empty),
and `erased` names it.
"""

from __future__ import annotations

from operator import attrgetter

from web4_governance.core.event import Status
from web4_governance.core.value import fields, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Stored

    Object = dict[str, Json]


_AS_IT_IS = frozenset({str, int, bool, dict, list, type(None)})
_PARTS: dict[type, tuple[tuple[str, ...], Callable[[object], tuple[Any, ...]]]] = {}  # of each class of ours, once


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
            dict.fromkeys([touched for d in self.request.deeds if (touched := d.resolved or d.target or d.host)])
        )

    @property
    def effects(self) -> tuple[str, ...]:
        """The effects of the deeds, each once."""
        return tuple(dict.fromkeys([deed.effect for deed in self.request.deeds if deed.effect]))

    def to_json(self) -> dict[str, Json]:
        """Give the record as JSON; empty parts are left out."""
        return _plain(self)


def _plain(of: object) -> Object:
    """Print a value of ours: its fields by name, without those that say nothing."""
    kind = type(of)
    if kind not in _PARTS:
        _PARTS[kind] = fields(kind), attrgetter(*fields(kind))
    names, parts = _PARTS[kind]
    found: Object = {}
    for name, item in zip(names, parts(of), strict=True):
        if not item:  # as most are
            if type(item) is int or type(item) is dict:
                found[name] = item
            continue
        what = type(item)
        if what is str:
            found[name] = item
        elif what is tuple:
            found[name] = [part if type(part) in _AS_IT_IS else _plain(part) for part in item]
        elif what is not int:
            found[name] = item if what in _AS_IT_IS else _plain(item)
        elif item != -1:
            found[name] = item
    return found
