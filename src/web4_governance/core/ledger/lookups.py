"""Whether what an entry is found by is what the entry says (docs/spec/ledger.md V10).

A lookup is derived and proves nothing, but a query goes through it: a row changed there hides a record, or lets a call go
unrecorded, without touching one byte of the ledger. Compared is what stands in the entry, or in an opening that is still
there; what only a closed opening could tell is not.
"""

from __future__ import annotations

from web4_governance.core.canonical import encode
from web4_governance.core.digest import leaf as leaf_of
from web4_governance.core.digest import sha256
from web4_governance.core.record.build import digest_key, event_of, ident, same_action, word
from web4_governance.core.record.entry import Index, Kind, at
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from web4_governance.core.canonical import Json
    from web4_governance.core.record.entry import Opening

DEED = "request.deeds."
DETAIL = ".detail"
ALL_DEEDS = "request.deeds_all"
PROJECT = "request.project"
INPUT = "request.input"
DELIVERY = "reference.delivery"
BROKEN = "broken"

# Which field of an entry a column repeats, by kind; a column that is not named has to be empty.
WHO = {"agent_id": "role.agent_id", "agent_type": "role.agent_type"}
CALL = {"call": "request.call", "tool": "request.tool", **WHO}
COLUMNS: dict[str, dict[str, str]] = {
    Kind.INTENT: {**CALL, "decision": "rules.decision"},
    Kind.CANARY: {**CALL, "decision": "rules.decision"},
    Kind.OUTCOME: {**CALL, "status": "result.status"},
    Kind.WORDS: {"call": "reference.call", **WHO},
    Kind.SESSION: CALL,
    Kind.PROMPT: CALL,
    Kind.EVENT: CALL,
}
# What of a lookup stands for an opening, and what is left of it when the opening is erased.
ERASABLE: tuple[tuple[str, str, str | bytes], ...] = ((PROJECT, "project", ""), (INPUT, "same", b""))
COMPARED = ("call", "tool", "agent_id", "agent_type", "decision", "status")
# The same by their parts: each column that is compared, with the object and the name under which the entry says it.
SAID = {
    kind: tuple(
        (column, *fields.get(column, ".").split("."))
        for column in COMPARED
        if column != "status" or kind not in (Kind.INTENT, Kind.CANARY)  # how a call ended is said by its outcome
    )
    for kind, fields in (*COLUMNS.items(), ("", {}))
}
IDS = ("call", "agent_id")
CALLS = (Kind.INTENT, Kind.CANARY)


def differences(
    body: dict[str, Json],
    openings: Iterable[Opening],
    index: Index,
    *,
    identities: tuple[bytes, ...] | None = (),
    secret: bytes = b"",
    leaf: bytes = b"",
) -> tuple[str, ...]:
    """Give what the lookups of an entry say otherwise than the entry.

    Args:
        body: The entry.
        openings: Its openings, as far as they are there.
        index: What it is found by.
        identities: The host events that are remembered as recorded by it; None where who asks holds them against
            `expected_identities`.
        secret: The ledger's key of lookups by equality.
        leaf: The entry's leaf, where it is at hand.
    """
    opened = tuple(openings)
    if body.get("kind") not in CALLS:
        more = index.categories or index.effects or index.targets or index.project or index.same
        wrong: tuple[str, ...] = ("there are lookups that only a call has",) if more else ()
    else:
        wrong = (
            *_categories(body, index),
            *_effects(body, opened, index),
            *_project(opened, index),
            *_targets(body, opened, index),
            *_same(opened, index, secret),
        )
    if identities is not None:
        wrong = (*wrong, *wrong_identities(expected_identities(body, opened, index, leaf), identities))
    return (*_columns(body, index), *wrong)


def index_of(body: dict[str, Json], openings: Iterable[Opening]) -> Index:
    """Give what an entry is found by, as far as it and its openings tell: nothing that takes the ledger's own key."""
    opened = tuple(openings)
    fields = COLUMNS.get(str(body.get("kind")), {})
    found = Index(**{column: str(at(body, field) or "") for column, field in fields.items()})  # type: ignore[arg-type]  # all are texts
    if body.get("kind") not in CALLS:
        return found
    categories = at(body, "request.categories")
    projects = [one.value for one in opened if one.field == PROJECT]
    return replace(
        found,
        project=projects[0] if projects and isinstance(projects[0], str) else "",
        categories=tuple(map(str, categories)) if isinstance(categories, list) else (),
        effects=_effects_of(body, opened)[0],
        targets=tuple(sorted(pairs_of(opened))),
    )


def erased_identity(leaf: bytes) -> bytes:
    """Give the once-only key that takes the place of one made with an action's HMAC, when that action is erased."""
    return digest_key("erased", leaf.hex())


def is_detail(field: str) -> bool:
    """Say whether a field of an entry tells what its deeds touch."""
    return field == ALL_DEEDS or (field.startswith(DEED) and field.endswith(DETAIL))


def pairs_of(openings: Iterable[Opening]) -> frozenset[tuple[str, str]]:
    """Give the effects and texts that openings of an entry say that it touches."""
    return frozenset(pair for opening in openings for detail in _details(opening) for pair in _pairs(detail))


def delivery_of(body: dict[str, Json], openings: Iterable[Opening]) -> Json:
    """Give which delivery without a call id let an entry through: [key in hex, number]; False where it says none of it.

    None where the entry commits to one and the opening is gone.
    """
    if not isinstance(at(body, DELIVERY), str):
        return False
    return next((opening.value for opening in openings if opening.field == DELIVERY), None)


def grants_taken(body: dict[str, Json]) -> tuple[str, ...]:
    """Give the keys under which the grants are counted that this entry's call took: those that let it go on."""
    pairs = at(body, "rules.granted")
    if not isinstance(pairs, list) or at(body, "rules.answer") == "deny" or at(body, "rules.mode") == "off":
        return ()
    return tuple(dict.fromkeys(f"grant/{at(pair, '0')}" for pair in pairs))


def policy_of(body: dict[str, Json], openings: Iterable[Opening]) -> tuple[str, bool]:
    """Give what a `policy` entry says is in force as the gate remembers it, and whether that is all of it."""
    digest = str(at(body, "rules.policy") or "")
    if BROKEN not in body:
        return digest, True
    held = next((opening.value for opening in openings if opening.field == BROKEN), None)
    return ("\n".join([digest, *map(str, held)]), True) if isinstance(held, list) else (digest, False)


def witnessed_key(session: str, call: str, what: str) -> bytes:
    """Give the once-only key of what a reconciliation puts on record about a call (32 bytes)."""
    return digest_key("reconcile", session, call, what)


def _columns(body: dict[str, Json], index: Index) -> tuple[str, ...]:
    wrong = []
    for column, section, name in SAID.get(str(body.get("kind")), SAID[""]):
        part = body.get(section)
        said = str(part.get(name) or "") if type(part) is dict else ""
        held = getattr(index, column)
        # Most are spelled in the entry as they are in the lookup; only a long one, or one with a secret, is not.
        if held != said and (held := (ident if column in IDS else word)(held)) != said:
            field = f"{section}.{name}" if name else column
            wrong.append(f"the lookup of {field} says `{held}`, the entry says `{said}`")
    return tuple(wrong)


def _categories(body: dict[str, Json], index: Index) -> tuple[str, ...]:
    if at(body, "request.categories") == list(index.categories):
        return ()
    return ("the lookup of request.categories is not the entry's list",)


def _effects(body: dict[str, Json], openings: Iterable[Opening], index: Index) -> tuple[str, ...]:
    said, cut = _effects_of(body, openings)
    if said == index.effects or (cut and set(said) <= set(index.effects)):
        return ()
    return ("the lookup of the effects is not what the entry's deeds have",)


def _effects_of(body: dict[str, Json], openings: Iterable[Opening]) -> tuple[tuple[str, ...], bool]:
    """Give the effects that can be read, and whether only the beginning of the deeds can be: the lookup may know of more."""
    listed = at(body, "request.deeds")
    whole = [opening.value for opening in openings if opening.field == ALL_DEEDS and isinstance(opening.value, list)]
    deeds = whole[0] if whole else listed if isinstance(listed, list) else []
    said = tuple(dict.fromkeys(str(effect) for deed in deeds if (effect := at(deed, "effect"))))
    return said, at(body, "request.deeds_count") is not None and not whole


def _project(openings: Iterable[Opening], index: Index) -> tuple[str, ...]:
    said = [opening.value for opening in openings if opening.field == PROJECT]
    expected = said[0] if said else ""
    return ("the lookup of the project is not the entry's",) if expected != index.project else ()


def _targets(body: dict[str, Json], openings: Iterable[Opening], index: Index) -> tuple[str, ...]:
    details = [detail for opening in openings for detail in _details(opening)]
    said = dict.fromkeys(pair for detail in details for pair in _pairs(detail))
    held = dict.fromkeys(index.targets)
    missing = [pair for pair in said if pair not in held]
    more = [pair for pair in held if pair not in said]
    more = more if more and _is_whole(body, details) else []
    return (
        *(f"the lookup of the target `{text[:200]}` ({effect}) is missing" for effect, text in missing),
        *(f"the lookup of the target `{text[:200]}` ({effect}) is none of the entry's" for effect, text in more),
    )


def _is_whole(body: dict[str, Json], details: list[Json]) -> bool:
    """Say whether these are all deeds, with nothing cut out of them; where there are none, nothing may be looked up."""
    listed = at(body, "request.deeds")
    count = at(body, "request.deeds_count") or (len(listed) if isinstance(listed, list) else 0)
    texts = [at(detail, field) for detail in details for field in TEXTS]
    return not details or (
        isinstance(count, int)
        and len(details) >= count
        and all(text is None or isinstance(text, str) for text in texts)
    )


TEXTS = ("host", "target.given", "target.resolved", "target.real")


def _details(opening: Opening) -> list[Json]:
    if opening.field == ALL_DEEDS and isinstance(opening.value, list):
        return opening.value
    return [opening.value] if opening.field.startswith(DEED) and opening.field.endswith(DETAIL) else []


def _pairs(detail: Json) -> list[tuple[str, str]]:
    effect = at(detail, "effect") or ""
    texts = [at(detail, field) for field in TEXTS]
    return [(str(effect), text) for text in texts if isinstance(text, str) and text]


def _same(openings: Iterable[Opening], index: Index, secret: bytes) -> tuple[str, ...]:
    given = [opening for opening in openings if opening.field == INPUT]
    if not given or same_action(secret, index.tool, given[0].value, given[0].made) == index.same:
        return ()
    return ("the lookup of equal actions is not the one of the entry's input",)


def wrong_identities(expected: tuple[bytes, ...] | None, remembered: tuple[bytes, ...]) -> tuple[str, ...]:
    """Give what is wrong with the host events that are remembered as recorded by an entry."""
    if expected is None:
        return ("an event is remembered as recorded by an entry that records none",) if remembered else ()
    if len(remembered) == 1 and remembered[0] in expected:
        return ()
    return ("the event of the entry is not remembered, or as another",)


def expected_identities(
    body: dict[str, Json], openings: Iterable[Opening], index: Index, leaf: bytes = b""
) -> tuple[bytes, ...] | None:
    """Give the once-only keys of which an entry has one; None of an entry that records no event. `leaf` is the entry's.

    Each entry about a call is remembered under its event; one under a borrowed id under its action besides.
    """
    agent, session = str(body.get("agent") or ""), str(body.get("session") or "")
    name = str(body.get("event") or "")
    expected: tuple[bytes, ...] = ()
    match body.get("kind"):
        case Kind.WORDS:
            message = str(at(body, "request.message") or "")
            expected = (digest_key("words", agent, session, message),)
        case Kind.INTENT | Kind.CANARY | Kind.OUTCOME if index.call and body.get("late") is not True:
            same = index.same if body.get("kind") != Kind.OUTCOME else b""
            said = event_of(agent=agent, session=session, name=name, call=index.call, agent_id=index.agent_id)
            expected = (sha256(said), sha256(said + same)) if same else (sha256(said),)
            if not index.same and not any(one.field == INPUT for one in openings):
                expected = (*expected, erased_identity(leaf or leaf_of(encode(body))))
        case Kind.WITNESS:
            parts = ("witness.by_instance", "reference.about", "witness.saw")
            expected = (digest_key("witness", *(str(at(body, part) or "") for part in parts)),)
        case Kind.GAP if at(body, "gap.call"):
            expected = (witnessed_key(*(str(at(body, f"gap.{name}") or "") for name in ("session", "call", "why"))),)
        case _:
            return None
    return expected
