"""The field `trust`: how far whoever acts has earned to be trusted (docs/spec/policy.md F16).

Nothing is looked up here: bounds come with the facts, and `wanted` says beforehand which. `>` and `>=` compare the 5 % bound,
`<` and `<=` the 95 % bound, in the roles that the deed's categories are. Where nothing is known of somebody only `unknown`
holds; where nobody looked, a rule that tightens may hold and one that loosens does not.
"""

from __future__ import annotations

from web4_governance.core.action import Category
from web4_governance.core.policy.read import Wrong, mapping, named, text, word
from web4_governance.core.policy.rule import TRUST
from web4_governance.core.trust.tensor import Dimension
from web4_governance.core.value import value

__all__ = ["OF", "TRUST", "UNKNOWN", "WHOM", "Asked", "holds", "read_trust", "thousandths", "wanted", "whom"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container
    from typing import TypeAlias

    from web4_governance.core.action import Action
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.read import Path
    from web4_governance.core.policy.seen import Seen

    # Of whom, in which role, which dimension.
    Key: TypeAlias = tuple[str, str, str]
    # The two bounds in thousandths; None where nothing is known.
    Standing: TypeAlias = tuple[int, int] | None

OF = "of"
AGENT, SERVER = "agent", "server"
WHOM = (AGENT, SERVER, "session", "subagent", "operator")
UNKNOWN = "unknown"
SIGNS = (">=", "<=", ">", "<")  # the longer ones first, so that they are found first
HINT = 'write {"reliability": "> 0.7"}; `unknown` is for those of whom nothing is known'
_DIGITS = 3


@value
class Asked:
    """What a rule asks: of whom (empty for whoever acts), and each dimension with its sign and thousandths."""

    of: str
    comparisons: tuple[tuple[Dimension, str, int], ...]


def read_trust(given: Json, path: Path, _programs: Container[str]) -> Asked:
    """Read `{"reliability": "> 0.7", "of": "agent"}`."""
    known = (*(str(one) for one in Dimension), OF)
    fields = named(mapping(given, path, what="`trust`"), path, known, synonyms={}, what="`trust`")
    of = word(fields[OF], (*path, OF), WHOM, what="one to ask about") if OF in fields else ""
    found = tuple((one, *_comparison(fields[str(one)], (*path, str(one)))) for one in Dimension if str(one) in fields)
    if not found:
        message = "`trust` names no dimension"
        raise Wrong(message, path, hint=HINT)
    return Asked(of=of, comparisons=found)


def wanted(asked: Asked, seen: Seen) -> tuple[Key, ...]:
    """Give what has to be looked up to judge a deed by this."""
    of = whom(asked, seen.action)
    return tuple((of, role, str(one)) for role in _roles(seen) for one, _, _ in asked.comparisons)


def whom(asked: Asked, action: Action) -> str:
    """Say of whom is asked: the server for a call of one, the agent otherwise, unless the rule says."""
    return asked.of or (SERVER if action.mcp is not None else AGENT)


def holds(asked: Asked, seen: Seen, cover: bool) -> bool:
    """Say whether it may hold in one of the deed's roles; with `cover`, whether it surely does in each."""
    of = whom(asked, seen.action)
    told = [_told(asked, of, role, seen) for role in _roles(seen)]
    return all(one is True for one in told) if cover else any(one is not False for one in told)


def _roles(seen: Seen) -> tuple[str, ...]:
    return tuple(str(one) for one in seen.deed.categories) or (str(Category.OTHER),)


def _told(asked: Asked, of: str, role: str, seen: Seen) -> bool | None:
    """Say whether all comparisons hold in a role; None where it was not looked up, and what was does not say no."""
    known = seen.call.facts.trust
    found = [_compared(known, (of, role, str(one)), sign, least) for one, sign, least in asked.comparisons]
    return False if False in found else None if None in found else True


def _compared(known: object, key: Key, sign: str, edge: int) -> bool | None:
    if not isinstance(known, dict):
        return None
    # Facts made by hand may name a dimension alone.
    place = key if key in known else ("", "", key[2])
    if place not in known:
        return None
    return _fits(known[place], sign, edge)


def _fits(standing: Standing, sign: str, edge: int) -> bool:
    if standing is None:
        return sign == UNKNOWN
    low, high = standing
    match sign:
        case ">":
            return low > edge
        case ">=":
            return low >= edge
        case "<":
            return high < edge
        case "<=":
            return high <= edge
        case _:
            return False


def _comparison(given: Json, path: Path) -> tuple[str, int]:
    said = text(given, path).strip()
    if said == UNKNOWN:
        return UNKNOWN, 0
    sign = next((one for one in SIGNS if said.startswith(one)), "")
    edge = thousandths(said.removeprefix(sign).strip())
    if not sign or edge < 0:
        message = f"`{said}` is no comparison"
        raise Wrong(message, path, hint=HINT)
    return sign, edge


def thousandths(number: str) -> int:
    """Give a number from 0 to 1 with at most three decimals in thousandths; -1 where it is none."""
    whole, point, rest = number.partition(".")
    if whole not in ("0", "1") or (point and not rest) or len(rest) > _DIGITS or not (rest or "0").isdecimal():
        return -1
    found = int(whole) * 10**_DIGITS + int(rest.ljust(_DIGITS, "0"))
    return found if rest.isascii() and found <= 10**_DIGITS else -1
