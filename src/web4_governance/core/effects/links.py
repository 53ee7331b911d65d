"""What a deed touches behind symlinks: told by the facts, added to the deeds before they are judged.

`derive` reads text only, and a link made earlier turns a harmless name into one of the gate's own. Asked are the paths
that a call changes; what only reads stays allowed.
"""

from __future__ import annotations

from web4_governance.core.action import Category, Deed, Effect, TargetKind
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from web4_governance.core.action import Action
    from web4_governance.core.effects.protect import Protected

CHANGES = frozenset(
    (Effect.FILE_WRITE, Effect.FILE_DELETE, Effect.FILE_MODE, Effect.SECRET_WRITE, Effect.PERSISTENCE, Effect.CODE_RUN)
)


def changed_paths(action: Action) -> tuple[str, ...]:
    """Give the paths that a call changes, each once, in the order of the deeds."""
    return tuple(dict.fromkeys(path for _, path in _changed(action)))


def behind_links(action: Action, real: Mapping[str, str], protected: Protected) -> Action:
    """Give the action with what lies behind the links of its targets, and a `self.tamper` deed where that is the gate's."""
    added: list[Deed] = []
    for deed, path in _changed(action):
        behind = real.get(path, "")
        if behind and behind != path and deed.effect is not Effect.SELF_TAMPER and protected.inside(behind):
            target = replace(deed.target, real=behind) if deed.target is not None else None
            added.append(
                replace(
                    deed,
                    effect=Effect.SELF_TAMPER,
                    target=target,
                    categories=deed.categories or (Category.OTHER,),
                    why="leads, by a link, to what the gate protects",
                )
            )
    return replace(action, deeds=(*action.deeds, *added)) if added else action


def _changed(action: Action) -> Iterator[tuple[Deed, str]]:
    for deed in action.deeds:
        target = deed.target
        if deed.effect in CHANGES and target is not None and target.kind is TargetKind.PATH and target.resolved:
            yield deed, target.resolved
