"""Brings a recorded call back as it was judged: its deeds and the facts, from an intent and its openings.

With the recorded policy (`policy.replay`) this gives the recorded decision again. Nothing is derived anew: what is not
kept, or was erased, is told and not guessed. Not on the way of a call.
"""

from __future__ import annotations

from web4_governance.core.action import Action, Category, Deed, Effect, McpServer, Place, Target, TargetKind
from web4_governance.core.errors import InputError
from web4_governance.core.policy import Facts, Grant, Tree
from web4_governance.core.record.entry import at
from web4_governance.core.record.keep import STANDING
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.r6 import Read

REDACTED = "secrets were taken out of what was recorded"
SHORTENED = "a long text is kept as digest and excerpt only"
NO_HOME = "the person's home directory was not recorded"


@value
class Recalled:
    """A call as it was judged, and what was known beside it.

    `altered` says why the recorded text may not be the judged one; empty where it is: then judging again is exact.
    """

    action: Action
    facts: Facts
    altered: str = ""


def recall(intent: Read) -> Recalled:
    """Give the call that an intent records; InputError says what of it is not kept, or cannot be read."""
    reading = _Reading()
    try:
        action = _action(intent, reading)
        facts = replace(
            _facts(_kept(intent, "rules.facts"), reading), trust=consulted_of(at(intent.body, "role.trust"))
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise InputError(f"the recorded call cannot be read: {error}") from None
    altered = REDACTED if intent.body.get("secrets_removed") else reading.altered
    return Recalled(action=action, facts=facts, altered=altered)


def consulted_of(trust: Json) -> dict[tuple[str, str, str], tuple[int, int] | None] | None:
    """Give the bounds that a call was judged by, from what its entry says in the clear; None where it was by none."""
    if trust is None:
        return None
    rows: Any = at(trust, "bounds")
    found = {(of, role, dimension): (low, high) for of, _who, role, dimension, low, high in rows}
    return {key: None if ends[0] is None else ends for key, ends in found.items()}


class _Reading:
    """Reads texts, and remembers whether one of them was not kept whole."""

    def __init__(self) -> None:
        self.altered = ""

    def text(self, found: Json) -> str:
        if isinstance(found, str):
            return found
        if isinstance(found, dict) and found.keys() == STANDING:
            self.altered = SHORTENED
            return str(found["excerpt"])
        message = "a text is missing"
        raise ValueError(message)

    def input(self, found: Json) -> Json:
        """Give an input with what stands for long texts replaced by their excerpts."""
        if isinstance(found, dict):
            if found.keys() == STANDING:
                return self.text(found)
            return {key: self.input(item) for key, item in found.items()}
        return [self.input(item) for item in found] if isinstance(found, list) else found


def _kept(intent: Read, field: str) -> Json:
    if field not in intent.open:
        message = f"`{field}` is not kept, or was erased"
        raise InputError(message)
    return intent.open[field]


def _action(intent: Read, reading: _Reading) -> Action:
    request, role = intent.body.get("request"), intent.body.get("role")
    given = reading.input(_kept(intent, "request.input"))
    server: Any = at(request, "mcp")
    if at(request, "home") is None:
        reading.altered = NO_HOME
    return Action(
        tool=reading.text(at(request, "tool")),
        input=given if isinstance(given, dict) else {"input": given},
        deeds=tuple(_deed(detail, reading) for detail in _details(intent)),
        cwd=reading.text(_kept(intent, "request.cwd")),
        project=reading.text(_kept(intent, "request.project")),
        home="" if at(request, "home") is None else reading.text(_kept(intent, "request.home")),
        agent_id=reading.text(at(role, "agent_id") or ""),
        agent_type=reading.text(at(role, "agent_type") or ""),
        permission_mode=reading.text(at(role, "permission_mode") or ""),
        mcp=None if server is None else McpServer(name=str(server["name"]), source=str(server["source"])),
    )


def _details(intent: Read) -> list[Any]:
    if at(intent.body, "request.deeds_all") is not None:
        found: Any = _kept(intent, "request.deeds_all")
        return [*found]
    listed: Any = at(intent.body, "request.deeds")
    return [_kept(intent, f"request.deeds.{n}.detail") for n in range(len(listed))]


def _deed(detail: Any, reading: _Reading) -> Deed:  # noqa: ANN401  # checked by reading it
    target = detail.get("target")
    return Deed(
        effect=None if detail["effect"] is None else Effect(detail["effect"]),
        target=None if target is None else _target(target, reading),
        categories=tuple(Category(word) for word in detail["categories"]),
        argv=tuple(None if word is None else reading.text(word) for word in detail["argv"]),
        via=tuple(reading.text(word) for word in detail["via"]),
        host=reading.text(detail["host"]),
        why=reading.text(detail["why"]),
    )


def _target(found: dict[str, Any], reading: _Reading) -> Target:
    return Target(
        kind=TargetKind(found["kind"]),
        given=reading.text(found["given"]),
        resolved=reading.text(found["resolved"]),
        real=reading.text(found["real"]),
        place=Place(found["place"]),
        exact=found["exact"],
        deep=found.get("deep", False),
    )


def _facts(found: Any, reading: _Reading) -> Facts:  # noqa: ANN401  # checked by reading it
    production = found.get("production")
    return Facts(
        now_us=found["now_us"],
        utc_offset_s=found["utc_offset_s"],
        real={reading.text(path): reading.text(real) for path, real in found["real"]},
        limits=dict(found["limits"]),
        trees={reading.text(path): _tree(tree, reading) for path, tree in found.get("trees", ())},
        production=None if production is None else tuple(reading.text(name) for name in production),
        grants=tuple(_grant(*one) for one in found.get("grants", ())),
        absent=tuple(reading.text(path) for path in found.get("absent", ())),
        held=tuple((reading.text(path), str(blob), int(size)) for path, blob, size in found.get("held", ())),
        altered=tuple(reading.text(path) for path in found.get("altered", ())),
        edited=tuple(reading.text(path) for path in found.get("edited", ())),
        scripts=tuple((reading.text(path), str(digest), int(size)) for path, digest, size in found.get("scripts", ())),
    )


def _grant(name: str, lifts: list[str], targets: list[str] | tuple[()] = ()) -> Grant:
    return Grant(id=name, lifts=tuple(lifts), targets=tuple(targets))


def _tree(found: dict[str, Any], reading: _Reading) -> Tree:
    return Tree(
        root=reading.text(found["root"]),
        branch=reading.text(found["branch"]),
        dirty=found["dirty"],
        untracked=found["untracked"],
        unpushed=found["unpushed"],
    )
