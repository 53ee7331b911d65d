"""One deed as the match fields look at it: the action around it, what the facts tell, and texts worked out once."""

from __future__ import annotations

from web4_governance.core.action import Place, TargetKind
from web4_governance.core.effects.places import place_of, scene
from web4_governance.core.policy.paths import Forms, real_path, where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Action, Deed
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.paths import Where
    from web4_governance.core.policy.verdict import Facts

MAX_DEPTH = 100


class Call:
    """What all deeds of a call share. `is_timed` says that a rule asked for the time."""

    __slots__ = ("_lower", "_strings", "_upper", "action", "facts", "is_timed", "where")

    def __init__(self, action: Action, facts: Facts) -> None:
        self.action = action
        self.facts = facts
        self.is_timed = False
        self.where: Where = where(action)
        self._strings: tuple[str, ...] | None = None
        self._lower: tuple[str, ...] | None = None
        self._upper: tuple[str, ...] | None = None

    @property
    def strings(self) -> tuple[str, ...]:
        """Every string of the call's input, at any depth."""
        if self._strings is None:
            found: list[str] = []
            _collect(self.action.input, found, 0)
            self._strings = tuple(found)
        return self._strings

    @property
    def lower(self) -> tuple[str, ...]:
        """Every string of the input in lower case."""
        if self._lower is None:
            self._lower = tuple(text.lower() for text in self.strings)
        return self._lower

    @property
    def upper(self) -> tuple[str, ...]:
        """Every string of the input in upper case."""
        if self._upper is None:
            self._upper = tuple(text.upper() for text in self.strings)
        return self._upper


class Seen:
    """One deed of a call. `real` is the path behind symlinks: empty where nobody looked, None where it is unknown."""

    __slots__ = ("_forms", "call", "deed", "real")

    def __init__(self, call: Call, deed: Deed) -> None:
        self.call = call
        self.deed = deed
        self._forms: Forms | None = None
        is_path = deed.target is not None and deed.target.kind is TargetKind.PATH
        self.real: str | None = real_path(deed.target, call.facts.real) if is_path and deed.target else ""

    @property
    def action(self) -> Action:
        """The call that the deed is part of."""
        return self.call.action

    @property
    def where(self) -> Where:
        """The directories that paths are seen from."""
        return self.call.where

    @property
    def forms(self) -> Forms:
        """The spellings of the deed's target; none where it has none."""
        if self._forms is None:
            self._forms = Forms(self.deed.target, self.real or "", self.call.where)
        return self._forms

    @property
    def own_texts(self) -> tuple[str, ...]:
        """The texts that are this deed's alone: its target and the words of its command."""
        target = self.deed.target
        names = (target.given, target.resolved, self.real or "") if target is not None else ()
        line = " ".join(word for word in self.deed.argv if word is not None)
        return tuple(dict.fromkeys(text for text in (*names, line, self.deed.host) if text))

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the deed's target lies, and where it comes to behind symlinks."""
        target = self.deed.target
        if target is None or target.place is Place.NOT_A_PATH:
            return ()
        if self.real in ("", target.resolved):
            return (target.place,)
        action = self.call.action
        of = scene(action.cwd, action.home, action.project)
        return (target.place, place_of(self.real, of) if self.real is not None else Place.UNKNOWN)


def _collect(value: Json, found: list[str], depth: int) -> None:
    if isinstance(value, str):
        found.append(value)
    elif depth < MAX_DEPTH:
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        for item in items:
            _collect(item, found, depth + 1)
