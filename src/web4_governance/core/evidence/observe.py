"""What one recorded call shows of whoever made it: observations in six dimensions (docs/spec/trust.md E1-E10).

Read from what stands in the entries in the clear, so that erasing an opening changes no trust. Whether the work was right
is not here: no hook sees that; labels say it.
"""

from __future__ import annotations

from web4_governance.core.action import Category, Effect, Place
from web4_governance.core.event import Status
from web4_governance.core.record.entry import part
from web4_governance.core.trust.tensor import Dimension
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json

READS = frozenset((
    Effect.FILE_READ, Effect.FILE_LIST, Effect.VCS_READ, Effect.DB_READ, Effect.INFRA_READ, Effect.PROCESS_INSPECT,
    Effect.STATE,
))  # fmt: skip
HEAVY = frozenset((
    Effect.VCS_PUSH, Effect.VCS_REWRITE, Effect.VCS_DISCARD, Effect.DB_WRITE, Effect.DB_DROP, Effect.INFRA_CHANGE,
    Effect.INFRA_DESTROY, Effect.DISK_DESTROY, Effect.DATA_EGRESS, Effect.PACKAGE_PUBLISH, Effect.SECRET_READ,
    Effect.SECRET_WRITE, Effect.PRIVILEGE, Effect.SYSTEM, Effect.PERSISTENCE, Effect.FILE_DELETE,
))  # fmt: skip
INSIDE = frozenset((Place.PROJECT, Place.PROJECT_ROOT, Place.ARTEFACT, Place.TEMPORARY))
UNSAID = frozenset((Place.UNKNOWN, Place.NOT_A_PATH))
LIGHT_STAKE, STAKE, HEAVY_STAKE = 300, 1000, 2000
NOVELTY, LEAST_NOVELTY = (8, 10), 100
TAMPERING = 4000
REVERTED = "reverted"
EXIT_CODE = "exit-code"
# The surroundings' doing, or nobody's: they say nothing of who called.
SURROUNDINGS = frozenset(("timeout", "permission", "interrupted"))


@value
class Observation:
    """One observation: the dimension, whether it was good, and its weight in thousandths."""

    dimension: Dimension
    good: bool
    weight: int


@value
class Deeds:
    """What an intent's deeds are, as far as their effects and places tell. `inside` is None where no place is told."""

    stake: int
    changes: bool
    runs: bool
    opaque: bool
    tampers: bool
    inside: bool | None
    kind: str = ""  # its effects that are more than reading, by which another form of the same is known


def deeds_of(body: dict[str, Json]) -> Deeds:
    """Read the deeds of an intent."""
    listed = part(body, "request").get("deeds")
    deeds = [deed for deed in listed if isinstance(deed, dict)] if isinstance(listed, list) else []
    effects = {str(deed.get("effect") or "") for deed in deeds}
    places = {str(deed.get("place") or "") for deed in deeds} - UNSAID
    acts = effects - READS - {""}
    stake = HEAVY_STAKE if effects & HEAVY else STAKE if acts else LIGHT_STAKE
    return Deeds(
        stake=stake,
        changes=bool(acts),
        runs=Effect.CODE_RUN in effects,
        opaque=Effect.OPAQUE in effects,
        tampers=Effect.SELF_TAMPER in effects,
        inside=places <= INSIDE if places else None,
        kind=" ".join(sorted(acts)),
    )


def weight_of(stake: int, times: int) -> int:
    """Give the weight of an action that is seen for the n-th time: a fifth less each time, down to a tenth."""
    share = 1000
    for _ in range(times - 1):
        share = share * NOVELTY[0] // NOVELTY[1]
        if share <= LEAST_NOVELTY:
            return stake * LEAST_NOVELTY // 1000
    return stake * share // 1000


def roles_of(body: dict[str, Json]) -> tuple[str, ...]:
    """Give the roles that a call was made in: its categories."""
    listed = part(body, "request").get("categories")
    found = tuple(word for word in listed if isinstance(word, str)) if isinstance(listed, list) else ()
    return found or (str(Category.OTHER),)


def of_intent(body: dict[str, Json], deeds: Deeds, *, weight: int, retried: bool) -> list[Observation]:
    """Give what a call shows by being asked for."""
    transparent = not (deeds.opaque or deeds.tampers)
    heavy = max(weight, TAMPERING) if deeds.tampers else weight
    found = [Observation(dimension=Dimension.TRANSPARENCY, good=transparent, weight=heavy)]
    found.append(Observation(dimension=Dimension.CONSISTENCY, good=not retried, weight=weight))
    # A decision that trust itself led to says nothing new about it.
    blamed = part(body, "rules").get("decision") not in (None, "allow") and part(body, "role").get("trust") is None
    if deeds.inside is not None or blamed:
        good = deeds.inside is not False and not blamed
        found.append(Observation(dimension=Dimension.RELEVANCE, good=good, weight=weight))
    return found


def of_outcome(body: dict[str, Json], *, weight: int, slow: bool | None) -> list[Observation]:
    """Give what a call shows by how it ended; `slow` is None where nothing is known to compare its duration with."""
    result = part(body, "result")
    status, error = result.get("status"), str(result.get("error_class") or "")
    if status not in (Status.SUCCEEDED, Status.FAILED):
        return []
    found = [Observation(dimension=Dimension.COMPLETENESS, good=True, weight=weight)]
    if status == Status.SUCCEEDED or error not in SURROUNDINGS:
        found.append(Observation(dimension=Dimension.RELIABILITY, good=status == Status.SUCCEEDED, weight=weight))
    if slow is not None:
        found.append(Observation(dimension=Dimension.TIMELINESS, good=not slow, weight=weight))
    flags = result.get("flags")
    if isinstance(flags, list) and REVERTED in flags:
        found.append(Observation(dimension=Dimension.CONSISTENCY, good=False, weight=weight))
    return found


def unfinished(weight: int) -> Observation:
    """Give what it shows that no outcome was seen by the session's end, or that the turn ended on a failing check."""
    return Observation(dimension=Dimension.COMPLETENESS, good=False, weight=weight)
