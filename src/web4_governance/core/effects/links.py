"""What a deed touches behind symlinks: told by the facts, added to the deeds before they are judged.

`derive` reads text only, and a link made earlier turns a harmless name into one of the gate's own, or into a secret's.
Asked are the paths that a call changes and the files that it reads; reading what the gate protects stays allowed.
"""

from __future__ import annotations

from web4_governance.core.action import Category, Deed, Effect, Target, TargetKind
from web4_governance.core.effects.places import place_of, scene
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from web4_governance.core.action import Action
    from web4_governance.core.effects.marks import Marks
    from web4_governance.core.effects.protect import Protected

MOST_READ = 64
LEADS = "leads, by a link, to what the gate protects"
CHANGES = frozenset(
    (Effect.FILE_WRITE, Effect.FILE_DELETE, Effect.FILE_MODE, Effect.SECRET_WRITE, Effect.PERSISTENCE, Effect.CODE_RUN)
)


def read_paths(action: Action) -> tuple[str, ...]:
    """Give the files that a call reads by their names, each once, at most `MOST_READ`."""
    found = dict.fromkeys(path for _, path in _read(action))
    return tuple(found)[:MOST_READ]


def secrets_behind(action: Action, real: Mapping[str, str], marks: Marks) -> Action:
    """Give the action with a deed for each secret that a file which it reads leads to by a link."""
    added: list[Deed] = []
    of = scene(action.cwd, action.home, action.project)
    for deed, path in _read(action):
        behind = real.get(path, "")
        if not behind or behind == path or deed.target is None:
            continue
        there = Target(kind=TargetKind.PATH, given=behind, resolved=behind, place=place_of(behind, of))
        found = next((mark for mark in marks.of_path(there, action.home) if mark.read is not None), None)
        if found is not None:
            target = replace(deed.target, real=behind)
            added.append(replace(deed, effect=found.read, target=target, why=f"leads, by a link, to {found.why}"))
    known = {(deed.effect, deed.target.resolved) for deed in action.deeds if deed.target is not None}
    new = [deed for deed in added if deed.target is not None and (deed.effect, deed.target.resolved) not in known]
    return replace(action, deeds=(*action.deeds, *new)) if new else action


def _read(action: Action) -> Iterator[tuple[Deed, str]]:
    for deed in action.deeds:
        target = deed.target
        if deed.effect is not Effect.FILE_READ or target is None or not target.exact:
            continue
        if target.kind is TargetKind.PATH and target.resolved:
            yield deed, target.resolved


def changed_paths(action: Action) -> tuple[str, ...]:
    """Give the paths that a call changes, each once, in the order of the deeds."""
    return tuple(dict.fromkeys((*(path for _, path in _changed(action)), *action.unlisted)))


def behind_links(action: Action, real: Mapping[str, str], protected: Protected) -> Action:
    """Give the action with what lies behind the links of its targets, and a `self.tamper` deed where that is the gate's."""
    added: list[Deed] = []
    for deed, path in _changed(action):
        behind = real.get(path, "")
        if behind and behind != path and deed.effect is not Effect.SELF_TAMPER and _is_kept(behind, deed, protected):
            target = replace(deed.target, real=behind) if deed.target is not None else None
            added.append(
                replace(
                    deed,
                    effect=Effect.SELF_TAMPER,
                    target=target,
                    categories=deed.categories or (Category.OTHER,),
                    why=LEADS,
                )
            )
    beyond = [
        path
        for path in action.unlisted
        if protected.inside(real.get(path, "")) or protected.runs_on(real.get(path, ""))
    ]
    for path in beyond[:1]:
        target = Target(kind=TargetKind.PATH, given=path, resolved=path, real=real[path])
        added.append(Deed(effect=Effect.SELF_TAMPER, target=target, categories=(Category.OTHER,), why=LEADS))
    return replace(action, deeds=(*action.deeds, *added)) if added else action


def _changed(action: Action) -> Iterator[tuple[Deed, str]]:
    for deed in action.deeds:
        target = deed.target
        if deed.effect in CHANGES and target is not None and target.kind is TargetKind.PATH and target.resolved:
            yield deed, target.resolved


def _is_kept(behind: str, deed: Deed, protected: Protected) -> bool:
    """Say whether a change there changes what is kept: the path, or what may land below a directory that holds it.

    What the gate runs on may be run by anybody, as a `python` in a virtual environment is.
    """
    given = deed.target.resolved if deed.target is not None else ""
    into = deed.effect is Effect.FILE_WRITE and protected.below(behind) and not protected.below(given)
    return into or protected.inside(behind) or (deed.effect is not Effect.CODE_RUN and protected.runs_on(behind))
