"""Brings a recorded policy back: with it, recorded deeds and facts give the recorded decision again.

Starts from what `PolicySet.as_json` gave, which is what the digest is over. Not on the way of a call, and no parser of
policies that people write: those go through `load`.
"""

from __future__ import annotations

from web4_governance.core.errors import PolicyError
from web4_governance.core.policy.command import split_words
from web4_governance.core.policy.condition import read_condition
from web4_governance.core.policy.decision import Decision, LayerName
from web4_governance.core.policy.layers import SEMANTICS, Layer, PolicySet, digest_of
from web4_governance.core.policy.read import Wrong
from web4_governance.core.policy.rule import Rule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from web4_governance.core.canonical import Json

COMMAND = "command"


def revive(document: Json) -> PolicySet:
    """Give the policy that a recorded document says; PolicyError where it is none, or of other semantics."""
    if not isinstance(document, dict) or document.get("semantics") != SEMANTICS:
        message = "the recorded policy was judged under other semantics than this program's"
        raise PolicyError(message, hint=f"this program has version {SEMANTICS}")
    try:
        recorded: list[Any] = document["layers"]  # type: ignore[assignment]  # checked by reading it
        programs = frozenset(word for one in recorded for rule in one["rules"] for word in _commands(rule))
        layers = tuple(_layer(one, programs) for one in recorded)
        binds = tuple(bool(one["binds"]) for one in recorded)
    except (KeyError, TypeError, AttributeError, ValueError, Wrong) as error:
        message = f"the recorded policy cannot be read: {error}"
        raise PolicyError(message) from None
    return PolicySet(layers=layers, binds=binds, digest=digest_of(layers, binds))


def _layer(recorded: dict[str, Any], programs: frozenset[str]) -> Layer:
    default = recorded["defaultPolicy"]
    return Layer(
        name=LayerName(recorded["layer"]),
        rules=tuple(_rule(rule, programs) for rule in recorded["rules"]),
        default=None if default is None else Decision(default),
        enforce=recorded["enforce"],
        pins=tuple((pin, digest) for pin, digest in recorded["pins"]),
        title=recorded["name"],
        description=recorded["description"],
        packs=tuple(dict(row) for row in recorded.get("packs", ())),
    )


def _rule(recorded: dict[str, Any], programs: frozenset[str]) -> Rule:
    exception = recorded["except"]
    return Rule(
        id=recorded["id"],
        match=read_condition(recorded["match"], ("match",), programs),
        exception=None if exception is None else read_condition(exception, ("except",), programs),
        decision=Decision(recorded["decision"]),
        reason=recorded["reason"],
        instead=recorded["instead"],
        host_allow=recorded["hostAllow"],
        overridable=recorded["overridable"],
        commit=recorded.get("commitBeforeAct") is True,
        level=recorded["level"],
        origin=recorded["origin"],
        limit_key=recorded["limitKey"],
    )


def _commands(rule: dict[str, Any]) -> list[str]:
    """Give the programs that made patterns of this rule command patterns."""
    conditions = (rule["match"], rule["except"] or {})
    texts = [text for one in conditions for text in one.get("targetPatterns", ())]
    pairs = zip(texts, rule["kinds"], strict=True)
    return [split_words(text)[0] for text, kind in pairs if kind == COMMAND]
