"""A rule and what it is made of. Frozen values; `load` makes them, `judge` reads them."""

from __future__ import annotations

from web4_governance.core.policy.decision import Decision
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.window import RateLimit

TRUST = "trust"


@value
class Part:
    """One field of a condition: its name, and what stands in the document.

    `make` gives the same ready to be tested. It is asked when the field is first tried, and has no error to raise by then:
    what people write is tried at once, and the documents that ship were tried when they were made.
    """

    field: str
    given: Json
    make: Callable[[], Any]
    made: Any = None

    @property
    def ready(self) -> Any:  # noqa: ANN401  each field has its own
        """What stands in the document, ready to be tested."""
        if self.made is None:
            object.__setattr__(self, "made", self.make())  # kept, and no change: it follows from the other fields
        return self.made

    def __eq__(self, other: object) -> bool:
        """Say whether two parts say the same."""
        return isinstance(other, Part) and (self.field, self.given) == (other.field, other.given)

    def __hash__(self) -> int:
        """Give what equal parts share."""
        return hash((self.field, repr(self.given)))


@value
class Condition:
    """A `match` or `except`: all parts must hold for the same deed. `rate` is counted, not tested."""

    parts: tuple[Part, ...]
    rate: RateLimit | None = None
    rate_given: Json = None

    @property
    def asks_state(self) -> bool:
        """Say whether one of its fields is `state`."""
        return any(part.field == "state" for part in self.parts)

    @property
    def asks_trust(self) -> bool:
        """Say whether one of its fields is `trust`."""
        return any(part.field == TRUST for part in self.parts)

    def as_json(self) -> dict[str, Json]:
        """Give the condition as it stands in a document, under the fields' one name."""
        fields: dict[str, Json] = {part.field: part.given for part in self.parts}
        return {**fields, "rateLimit": self.rate_given} if self.rate is not None else fields

    def kinds(self) -> list[Json]:
        """Give how each target pattern is read: that hangs on the catalog, so the digest must hold it."""
        return [str(pattern.kind) for part in self.parts if part.field == "targetPatterns" for pattern in part.ready]

    def brief(self) -> str:
        """Say the condition in one line for people."""
        return ", ".join(f"{field} {_brief(given)}" for field, given in self.as_json().items())


@value
class Rule:
    """One rule. `level` is 0 in the layer's own document and one more for each `extends` between; `origin` names where.

    `limit_key` is what calls are counted under, empty where the rule has no limit. `commit` (commitBeforeAct): a call that
    it matches and that may run waits for a signed head over its record.
    """

    id: str
    match: Condition
    decision: Decision
    exception: Condition | None = None
    reason: str = ""
    instead: str = ""
    host_allow: bool = False
    overridable: bool = False
    commit: bool = False
    level: int = 0
    origin: str = ""
    limit_key: str = ""

    @property
    def loosens(self) -> bool:
        """True for an allow: it must be sure of what it matches, where the others must only not be sure of the contrary."""
        return self.decision is Decision.ALLOW

    def as_json(self) -> dict[str, Json]:
        """Give every field of the rule, in the document's own words."""
        return {
            "id": self.id,
            "match": self.match.as_json(),
            "except": self.exception.as_json() if self.exception is not None else None,
            "kinds": [*self.match.kinds(), *(self.exception.kinds() if self.exception is not None else ())],
            "decision": str(self.decision),
            "reason": self.reason,
            "instead": self.instead,
            "hostAllow": self.host_allow,
            "overridable": self.overridable,
            "level": self.level,
            "origin": self.origin,
            "limitKey": self.limit_key,
            **({"commitBeforeAct": True} if self.commit else {}),  # older policies keep their digest
        }


def _brief(given: Json) -> str:
    if isinstance(given, list):
        return " or ".join(f"`{item}`" for item in given)
    if isinstance(given, dict):
        return " ".join(f"{name} {_brief(item)}" for name, item in given.items())
    return str(given)
