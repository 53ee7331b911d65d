"""The fields of `match` and `except`: how each is read, and when it holds for a deed (docs/spec/policy.md F1-F14).

Each field answers two questions (`cover`). Of a rule that tightens: may this deed be one the field names? What is unknown
says yes. Of a rule that loosens, or an exception of one that tightens: is this deed surely one? What is unknown says no.
Not here: `rateLimit`, which holds for a rule as a whole and is counted by `judge`, and what several fields make together.
"""

from __future__ import annotations

from web4_governance.core.action import Category, Effect, Place, TargetKind
from web4_governance.core.policy.glob import compile_glob
from web4_governance.core.policy.hosts import told_in
from web4_governance.core.policy.paths import compile_path, covers, touches
from web4_governance.core.policy.pattern import compile_target, target_holds
from web4_governance.core.policy.read import Wrong, compiled, mapping, named, number, text, texts, word
from web4_governance.core.policy.regex import compile_regex, found
from web4_governance.core.policy.rule import TRUST
from web4_governance.core.policy.state import holds as state_holds
from web4_governance.core.policy.state import read_states
from web4_governance.core.policy.window import DAYS, RateLimit, TimeWindow, parse_hour, parse_span
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.glob import Glob
    from web4_governance.core.policy.paths import PathPattern
    from web4_governance.core.policy.pattern import TargetPattern
    from web4_governance.core.policy.read import Path
    from web4_governance.core.policy.seen import Seen
    from web4_governance.core.policy.standing import Asked

    Programs = Container[str]

RATE_LIMIT = "rateLimit"
STATE = "state"
# One tool under two names in the life of one host.
TOOL_ALIASES = {"Task": "Agent", "Agent": "Task"}
MAIN = "main"
NO_EFFECT = "none"
_EFFECTS: dict[str, Effect | None] = {**{str(effect): effect for effect in Effect}, NO_EFFECT: None}
MAX_CALLS = 1_000_000


@value
class Field:
    """One match field: its reader (from JSON to what `holds` takes), its test, whether it looks at paths, or at facts."""

    read: Callable[[Json, Path, Programs], Any]
    holds: Callable[[Any, Seen, bool], bool]
    on_paths: bool = False
    on_facts: bool = False


def _globs(given: Json, path: Path, _programs: Programs) -> tuple[Glob, ...]:
    return compiled(texts(given, path), path, compile_glob)


def _host_globs(given: Json, path: Path, _programs: Programs) -> tuple[Glob, ...]:
    return compiled(texts(given, path), path, lambda host: compile_glob(host.lower()))


def _path_patterns(given: Json, path: Path, _programs: Programs) -> tuple[PathPattern, ...]:
    return compiled(texts(given, path), path, compile_path)


def _target_patterns(given: Json, path: Path, programs: Programs) -> tuple[TargetPattern, ...]:
    return compiled(texts(given, path), path, lambda pattern: compile_target(pattern, programs))


def _regexes(given: Json, path: Path, _programs: Programs) -> tuple[str, ...]:
    return compiled(texts(given, path), path, compile_regex)


def _categories(given: Json, path: Path, _programs: Programs) -> frozenset[Category]:
    return frozenset(
        Category(word(item, (*path, n), tuple(Category), what="category")) for n, item in enumerate(texts(given, path))
    )


def _places(given: Json, path: Path, _programs: Programs) -> frozenset[Place]:
    known = tuple(place for place in Place if place)
    return frozenset(Place(word(item, (*path, n), known, what="place")) for n, item in enumerate(texts(given, path)))


def _effects(given: Json, path: Path, programs: Programs) -> frozenset[Effect | None]:
    """Read effects; a glob stands for those it names, `none` for a deed that does nothing of the list."""
    words = texts(given, path)
    if all(one in _EFFECTS for one in words):
        return frozenset(_EFFECTS[one] for one in words)
    chosen: set[Effect | None] = set()
    for n, glob in enumerate(_globs(given, path, programs)):
        named_by = {_EFFECTS[glob.text]} if glob.text in _EFFECTS else {e for e in Effect if glob.matches(e)}
        if not named_by:
            word(glob.text, (*path, n), (*Effect, NO_EFFECT), what="effect")
        chosen |= named_by
    return frozenset(chosen)


def read_rate_limit(given: Json, path: Path) -> RateLimit:
    """Read `{"max": 10, "per": "1m"}`."""
    fields = named(mapping(given, path, what="`rateLimit`"), path, ("max", "per"), synonyms={}, what="`rateLimit`")
    for name in ("max", "per"):
        if name not in fields:
            message = f"`rateLimit` needs `{name}`"
            raise Wrong(message, path, hint='write {"max": 10, "per": "1m"}')
    window = parse_span(text(fields["per"], (*path, "per")))
    if not window:
        message = f"`{fields['per']}` is no span of time"
        raise Wrong(message, (*path, "per"), hint="write a whole number and s, m, h or d, up to 366d: `1m`")
    return RateLimit(most=number(fields["max"], (*path, "max"), least=0, most=MAX_CALLS), window_us=window)


def _time_window(given: Json, path: Path, _programs: Programs) -> TimeWindow:
    known = ("days", "from", "to")
    fields = named(mapping(given, path, what="`timeWindow`"), path, known, synonyms={}, what="`timeWindow`")
    if not fields or ("from" in fields) is not ("to" in fields):
        message = "`timeWindow` needs `days`, or `from` and `to`, or all three"
        raise Wrong(message, path, hint='write {"days": ["mon"], "from": "09:00", "to": "17:00"}')
    days = texts(fields["days"], (*path, "days")) if "days" in fields else DAYS
    numbers = {DAYS.index(word(day, (*path, "days", n), DAYS, what="day")) for n, day in enumerate(days)}
    hours = [_hour(fields.get(name, whole), (*path, name)) for name, whole in (("from", "00:00"), ("to", "24:00"))]
    if hours[0] == hours[1]:
        message = "`from` and `to` are the same, which leaves no time"
        raise Wrong(message, path, hint="leave both out for the whole day")
    return TimeWindow(days=tuple(sorted(numbers)), start=hours[0], end=hours[1])


def _hour(given: Json, path: Path) -> int:
    seconds = parse_hour(text(given, path))
    if seconds < 0:
        message = f"`{given}` is no time of day"
        raise Wrong(message, path, hint="write hours and minutes: `09:00`")
    return seconds


def _tool_holds(globs: tuple[Glob, ...], seen: Seen, _cover: bool) -> bool:
    tool = seen.action.tool
    names = (tool, TOOL_ALIASES.get(tool, tool))
    return any(glob.matches(name) for glob in globs for name in names)


def _category_holds(categories: frozenset[Category], seen: Seen, _cover: bool) -> bool:
    return not categories.isdisjoint(seen.deed.categories)


def _effect_holds(effects: frozenset[Effect | None], seen: Seen, _cover: bool) -> bool:
    return seen.deed.effect in effects


def _path_holds(patterns: tuple[PathPattern, ...], seen: Seen, cover: bool) -> bool:
    target = seen.deed.target
    if target is None or target.kind is not TargetKind.PATH:
        return False
    if cover:
        return covers(patterns, target, seen.real, here=seen.where)
    return touches(patterns, target, seen.forms, here=seen.where, effect=seen.deed.effect)


def _place_holds(places: frozenset[Place], seen: Seen, cover: bool) -> bool:
    there = seen.places
    if cover:
        return bool(there) and places.issuperset(there)
    return not places.isdisjoint(there)


def _pattern_holds(patterns: tuple[TargetPattern, ...], seen: Seen, cover: bool) -> bool:
    return any(target_holds(pattern, seen, cover=cover) for pattern in patterns)


def _regex_holds(patterns: tuple[str, ...], seen: Seen, cover: bool) -> bool:
    own = seen.own_texts
    return any(found(pattern, own if cover else (*own, *seen.call.strings)) for pattern in patterns)


def _host_holds(globs: tuple[Glob, ...], seen: Seen, cover: bool) -> bool:
    target = seen.deed.target
    hosts = hosts_of(seen)
    held = [any(glob.matches(host) for glob in globs) for host in hosts]
    if cover:
        return bool(held) and all(held) and (target is None or target.kind is not TargetKind.HOST or target.exact)
    return any(held)


def hosts_of(seen: Seen) -> list[str]:
    """Give the hosts that a deed is about: the remote side, and its target where that is one."""
    target = seen.deed.target
    is_host = target is not None and target.kind is TargetKind.HOST
    names = [seen.deed.host, (target.resolved or target.given) if is_host and target else "", *told_in(seen.deed)]
    return list(dict.fromkeys(_host_name(name) for name in names if name))


def _host_name(name: str) -> str:
    """Give a host without its port and the root's dot."""
    whole = name.lower()
    host, colon, port = whole.rpartition(":")
    bare = host if colon and port.isdigit() and (":" not in host or host.endswith("]")) else whole
    return bare.strip("[]").rstrip(".")


def _agent_holds(globs: tuple[Glob, ...], seen: Seen, _cover: bool) -> bool:
    action = seen.action
    # A subagent cannot call itself the main thread.
    own_type = action.agent_type if action.agent_type != MAIN else ""
    names = [name for name in (own_type, action.agent_id) if name] + ([] if action.agent_id else [MAIN])
    return any(glob.matches(name) for glob in globs for name in names)


def _server_holds(globs: tuple[Glob, ...], seen: Seen, _cover: bool) -> bool:
    server = seen.action.mcp
    return server is not None and any(glob.matches(server.name) for glob in globs)


def _mode_holds(globs: tuple[Glob, ...], seen: Seen, _cover: bool) -> bool:
    mode = seen.action.permission_mode
    return bool(mode) and any(glob.matches(mode) for glob in globs)


def _time_holds(window: TimeWindow, seen: Seen, cover: bool) -> bool:
    facts = seen.call.facts
    seen.call.is_timed = True
    if facts.now_us < 0:
        return not cover
    return window.holds(facts.now_us, facts.utc_offset_s)


def _trust(given: Json, path: Path, programs: Programs) -> Asked:
    from web4_governance.core.policy.standing import read_trust  # noqa: PLC0415  # few policies ask for trust

    return read_trust(given, path, programs)


def _trust_holds(asked: Asked, seen: Seen, cover: bool) -> bool:
    from web4_governance.core.policy.standing import holds  # noqa: PLC0415  # as above

    return holds(asked, seen, cover)


# In the order in which they are tried: the cheap ones first.
FIELDS: dict[str, Field] = {
    "tools": Field(read=_globs, holds=_tool_holds),
    "categories": Field(read=_categories, holds=_category_holds),
    "effects": Field(read=_effects, holds=_effect_holds),
    "places": Field(read=_places, holds=_place_holds, on_paths=True),
    "agents": Field(read=_globs, holds=_agent_holds),
    "mcpServers": Field(read=_globs, holds=_server_holds),
    "permissionModes": Field(read=_globs, holds=_mode_holds),
    "timeWindow": Field(read=_time_window, holds=_time_holds, on_facts=True),
    "hosts": Field(read=_host_globs, holds=_host_holds),
    "paths": Field(read=_path_patterns, holds=_path_holds, on_paths=True),
    "targetPatterns": Field(read=_target_patterns, holds=_pattern_holds, on_paths=True),
    "targetRegexes": Field(read=_regexes, holds=_regex_holds, on_paths=True),
    STATE: Field(read=read_states, holds=state_holds, on_facts=True),
    TRUST: Field(read=_trust, holds=_trust_holds, on_facts=True),
}
