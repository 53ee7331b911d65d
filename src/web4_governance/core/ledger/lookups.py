"""Whether what an entry is found by is what the entry says (docs/spec/ledger.md V10).

A lookup is derived and proves nothing, but a query goes through it: a row changed there hides a record without touching
one byte of the ledger. Only what stands in the entry, or in an opening that is still there, can be compared.
"""

from __future__ import annotations

from web4_governance.core.record.build import word
from web4_governance.core.record.entry import Kind, at

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Index, Opening

DEED = "request.deeds."
ALL_DEEDS = "request.deeds_all"
PROJECT = "request.project"


INTENT = ("request.tool", "request.call", "rules.decision", "role.agent_id", "role.agent_type")
OUTCOME = ("request.tool", "request.call", "result.status")


def differences(body: dict[str, Json], openings: Iterable[Opening], index: Index) -> tuple[str, ...]:
    """Give what the lookups of an intent or an outcome say otherwise than the entry; nothing for other kinds."""
    match body.get("kind"):
        case Kind.INTENT:
            opened = tuple(openings)
            return (
                *_fields(body, index, INTENT),
                *_categories(body, index),
                *_effects(body, opened, index),
                *_project(opened, index),
                *_targets(opened, index),
            )
        case Kind.OUTCOME:
            return _fields(body, index, OUTCOME)
        case _:
            return ()


def _fields(body: dict[str, Json], index: Index, compared: tuple[str, ...]) -> tuple[str, ...]:
    held = {field: word(str(getattr(index, field.rpartition(".")[2]))) for field in compared}
    return tuple(
        f"the lookup of {field} says `{text}`, the entry says `{at(body, field) or ''}`"
        for field, text in held.items()
        if (at(body, field) or "") != text
    )


def _categories(body: dict[str, Json], index: Index) -> tuple[str, ...]:
    if at(body, "request.categories") == list(index.categories):
        return ()
    return ("the lookup of request.categories is not the entry's list",)


def _effects(body: dict[str, Json], openings: Iterable[Opening], index: Index) -> tuple[str, ...]:
    listed = at(body, "request.deeds")
    whole = [opening.value for opening in openings if opening.field == ALL_DEEDS and isinstance(opening.value, list)]
    deeds = whole[0] if whole else listed if isinstance(listed, list) else []
    said = tuple(dict.fromkeys(str(effect) for deed in deeds if (effect := at(deed, "effect"))))
    # Where only the beginning of the deeds can be read, the lookup may know of more, and not of less.
    cut = at(body, "request.deeds_count") is not None and not whole
    if said == index.effects or (cut and set(said) <= set(index.effects)):
        return ()
    return ("the lookup of the effects is not what the entry's deeds have",)


def _project(openings: Iterable[Opening], index: Index) -> tuple[str, ...]:
    said = [opening.value for opening in openings if opening.field == PROJECT and isinstance(opening.value, str)]
    return () if not said or said[0] == index.project else ("the lookup of the project is not the entry's",)


def _targets(openings: Iterable[Opening], index: Index) -> tuple[str, ...]:
    held = set(index.targets)
    details = [detail for opening in openings for detail in _details(opening)]
    missing = [pair for detail in details for pair in _pairs(detail) if pair not in held]
    return tuple(
        f"the lookup of the target `{text[:200]}` ({effect}) is missing" for effect, text in dict.fromkeys(missing)
    )


def _details(opening: Opening) -> list[Json]:
    if opening.field == ALL_DEEDS and isinstance(opening.value, list):
        return opening.value
    return [opening.value] if opening.field.startswith(DEED) and opening.field.endswith(".detail") else []


def _pairs(detail: Json) -> list[tuple[str, str]]:
    effect = at(detail, "effect") or ""
    texts = [at(detail, field) for field in ("host", "target.given", "target.resolved", "target.real")]
    return [(str(effect), text) for text in texts if isinstance(text, str) and text]
