"""What the files say that a call runs: of all that they would do, what is known beyond the call's own words.

A script that an earlier call wrote, or that a person keeps, is read as if its text stood in the call (effects.md A9). Only
more follows from that, never less, and only what is known: a deed whose target the text leaves open, or a construct that
nobody resolves, adds nothing, since a project's own scripts are full of those. What hides on purpose counts as it does in a
command, and so does what is too much to be read. Nothing is read from a disk here.
"""

from __future__ import annotations

from web4_governance.core.action import Category, Deed, Effect, Place, TargetKind
from web4_governance.core.budget import TOO_SLOW
from web4_governance.core.effects.gathering import MAX_DEEDS, TOO_MANY
from web4_governance.core.effects.names import names
from web4_governance.core.effects.places import UNKNOWN_PART
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.action import Action, Target

OPEN = ("$", "`", UNKNOWN_PART)  # signs of a part that only the running program knows
SHADOWS = "puts something else behind"
MORE = "runs more scripts than are read"
# Reasons of `opaque` that no ordinary script gives: what is hidden, and what is beyond a bound.
COUNTED = frozenset(
    (
        MORE,
        TOO_MANY,
        TOO_SLOW,
        "decoded text is executed",
        "a text with control characters is executed",
        "the code runs a text that was decoded",
        "too many commands",
        "more commands within commands than are read",
        "more is written to files than is followed",
    )
)
# Effects that say little without the other side.
SENDING = frozenset((Effect.NET_EGRESS, Effect.NET_INGRESS, Effect.DATA_EGRESS))
PLAIN = frozenset(names("file.read file.list vcs.read db.read infra.read net.ingress code.run state process.inspect"))


def within(action: Action, read: Action, *, more: bool = False) -> Action:
    """Give the action with what is known of the files that it runs.

    Args:
        action: The call by its own words.
        read: The call with the texts of the files as if they were its words.
        more: There are files that were not read, for there are too many.
    """
    own = set(action.deeds)
    found = dict.fromkeys(deed for deed in read.deeds if deed not in own and is_known(deed))
    if more:
        found[Deed(effect=Effect.OPAQUE, categories=(Category.COMMAND, Category.OTHER), why=MORE)] = None
    if not found:
        return action
    kept = list(found)
    room = MAX_DEEDS - len(action.deeds)
    if len(kept) > room:
        kept.sort(key=_weight)
        cut = Deed(effect=Effect.OPAQUE, categories=(Category.COMMAND, Category.OTHER), why=TOO_MANY)
        kept = [
            *kept[: max(room, 0)],
            cut,
        ]
    return replace(action, deeds=(*action.deeds, *kept), unlisted=(*action.unlisted, *read.unlisted))


def is_known(deed: Deed) -> bool:
    """Say whether it is known what a deed of a script is done to."""
    if deed.effect is Effect.SELF_TAMPER:
        return True
    if deed.effect is Effect.OPAQUE:
        return deed.why in COUNTED
    if deed.effect is None or (deed.effect is Effect.FILE_DELETE and deed.argv[:1] == ("rmdir",)):
        return False  # of directories that are empty nothing is lost
    if deed.effect in SENDING and not deed.host:
        return False
    if deed.effect is Effect.CODE_HIJACK and deed.why.startswith(SHADOWS):
        return False  # a function of a script's own
    return deed.target is None or _is_told(deed.target)


def _is_told(target: Target) -> bool:
    if target.kind is TargetKind.PATH and (target.place is Place.UNKNOWN or not target.resolved):
        return False
    return target.exact or not any(sign in target.given for sign in OPEN)


def _weight(deed: Deed) -> int:
    """Put first what may be stopped, last what only looks."""
    if deed.effect is Effect.SELF_TAMPER:
        return 0
    return 1 if deed.effect is None or deed.effect not in PLAIN else 2
