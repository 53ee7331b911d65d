"""What a policy's packs say of a tool: further deeds of a call, beside those that are known without them.

A row names tools by globs over their names (case does not count) and gives entries: an effect, on the texts that stand
under some names of the input, where its condition holds. Not of programs, whose rows `script` reads, nor of paths, which
are marks like the catalog's own. Nothing is taken away: the deeds that are there stay.
"""

from __future__ import annotations

from web4_governance.core.action import Category, Effect, Target, TargetKind
from web4_governance.core.effects import arguments
from web4_governance.core.effects.conditions import items
from web4_governance.core.effects.handed import reader_of
from web4_governance.core.effects.rows import entries, objects, text
from web4_governance.core.effects.select import plain, target_of
from web4_governance.core.effects.tools import follow
from web4_governance.core.effects.wildcard import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.effects.gathering import Frame
    from web4_governance.core.effects.rows import Object
    from web4_governance.core.effects.tools import Call

_EFFECTS = {str(effect): effect for effect in Effect}


def add(call: Call, rows: tuple[Object, ...]) -> None:
    """Add the deeds that rows about the call's tool give it."""
    frame = call.frame(Category.MCP if call.name.startswith("mcp__") or call.mcp is not None else Category.OTHER)
    given: dict[str, list[str]] = {}
    for _, leaf in zip(range(arguments.MAX_LEAVES), arguments.leaves(call.given), strict=False):
        given.setdefault(leaf.key, []).append(leaf.text)
    for row in rows:
        for entry in entries(row):
            if _holds(objects(entry, "when"), given):
                _apply(entry, call, frame, given)


def name_of(argument: str) -> str:
    """Give the name of an argument as calls are read by: `repoName` is `repo_name`."""
    return "_".join(arguments.words_of(argument))


def _holds(condition: Object, given: dict[str, list[str]]) -> bool:
    """Say whether each argument that a condition names has a text that one of its globs stands for."""
    values = objects(condition, "value")
    return all(
        any(matches(glob.lower(), one.lower()) for glob in items(globs) for one in given.get(name_of(name), ()))
        for name, globs in values.items()
    )


def _apply(entry: Object, call: Call, frame: Frame, given: dict[str, list[str]]) -> None:
    for name, read in (("shell", _shell), ("sql", _sql)):
        for selected in _selected(entry, name, given):
            read(call, frame, selected)
    effect = _EFFECTS.get(text(entry, "effect"))
    if effect is None:
        return
    why = text(entry, "why")
    if "on" not in entry:
        tool = Target(kind=TargetKind.TOOL, given=call.name.removeprefix("mcp__").replace("__", "/"))
        call.gathering.add(frame, effect, tool, why=why)
    default = text(entry, "default")
    for selected in _selected(entry, "on", given) or ([default] if default else []):
        target, host = target_of(text(entry, "kind"), plain(selected), call.gathering.scene, call.cwd)
        if target is not None:
            call.gathering.add(frame, effect, target, host=host, why=why)


def _selected(entry: Object, name: str, given: dict[str, list[str]]) -> list[str]:
    return [one for argument in items(entry.get(name)) for one in given.get(name_of(argument), ())]


def _shell(call: Call, frame: Frame, source: str) -> None:
    call.gathering.add(frame, Effect.CODE_RUN, why="is run as shell")
    follow(source, call.gathering, cwd=call.cwd, via=(call.name,))


def _sql(call: Call, frame: Frame, statements: str) -> None:
    reader_of(call, frame).sql(statements)
