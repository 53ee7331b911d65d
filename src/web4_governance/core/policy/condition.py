"""Reads a `match` or an `except`: the fields of one condition, each made ready to be tested."""

from __future__ import annotations

from web4_governance.core.policy.fields import FIELDS, RATE_LIMIT, read_rate_limit
from web4_governance.core.policy.read import Wrong, mapping, named, snake
from web4_governance.core.policy.rule import Condition, Part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.fields import Field
    from web4_governance.core.policy.read import Path

KNOWN = (*FIELDS, RATE_LIMIT)


def read_condition(given: Json, path: Path, programs: Container[str], *, sound: bool = False) -> Condition:
    """Read a condition; one without a field is a mistake, not "everything".

    Of one that is known to be `sound` the fields are made ready when they are first tried.
    """
    what = f"`{path[-1]}`"
    plain = mapping(given, path, what=what)
    fields = named(plain, path, KNOWN, synonyms={}, what=what)
    if not fields:
        message = f"{what} is empty, which would match everything"
        raise Wrong(message, path, hint='write {"tools": ["*"]} for every call')
    spelled = {name: name if name in plain else snake(name) for name in fields}
    parts = tuple(
        Part(field=name, given=fields[name], make=_reader(field, fields[name], (*path, spelled[name]), programs))
        for name, field in FIELDS.items()
        if name in fields
    )
    for part in parts if not sound else ():
        part.ready  # noqa: B018  whoever wrote it hears of a mistake now
    if RATE_LIMIT not in fields:
        return Condition(parts=parts)
    rate = read_rate_limit(fields[RATE_LIMIT], (*path, spelled[RATE_LIMIT]))
    return Condition(parts=parts, rate=rate, rate_given=fields[RATE_LIMIT])


def _reader(field: Field, given: Json, path: Path, programs: Container[str]) -> Callable[[], Any]:
    return lambda: field.read(given, path, programs)
