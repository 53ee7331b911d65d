"""Checks a pack: whether it is read, and whether its rows give what their own examples say."""

from __future__ import annotations

import os

from web4_governance.app import policies, policy_eval
from web4_governance.app.formats import of_packs
from web4_governance.core.canonical import encode
from web4_governance.core.effects.conditions import items
from web4_governance.core.effects.marks import Marks
from web4_governance.core.effects.places import locate, scene
from web4_governance.core.effects.rows import objects
from web4_governance.core.policy import Facts
from web4_governance.core.policy.document import parse
from web4_governance.core.policy.packs import read_pack
from web4_governance.core.policy.read import Wrong
from web4_governance.core.record.entry import at
from web4_governance.core.secrets import formed
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.effects.rows import Object

SIDES = ("yes", "no")


@value
class Failure:
    """An example that does not hold: the program (or tool, or path), the command, and what was and was not found."""

    program: str
    command: str
    message: str


def check(path: str) -> tuple[Failure, ...]:
    """Read a pack by itself and run its examples; PolicyError says where it cannot be read."""
    file = os.path.abspath(path)
    document = parse(policies.read(file), file=file, format=policies.format_of(file))
    try:
        rows = read_pack(document.values)
    except Wrong as wrong:
        raise document.error(wrong) from None
    return failures(rows)


def failures(rows: tuple[Object, ...]) -> tuple[Failure, ...]:
    """Run the examples of some rows: each of `yes` must give the deeds listed for it, each of `no` must not."""
    return tuple(found for row in rows for found in _failures(row, rows))


def _failures(row: Object, rows: tuple[Object, ...]) -> Iterator[Failure]:
    if "secret" in row:
        return _of_secrets(row)
    if "paths" in row:
        return _of_paths(row)
    return _of_tools(row, rows) if "tools" in row else _of_program(row, rows)


def _of_secrets(row: Object) -> Iterator[Failure]:
    """Look for the format in its examples."""
    for side in SIDES:
        for one in items(row[side]):
            taken: dict[str, str] = {}
            formed(one, of_packs((row,)), taken)
            if bool(taken) is not (side == "yes"):
                said = "holds none of its tokens" if side == "yes" else "holds one of its tokens"
                yield Failure(program=str(row["secret"]), command=one, message=said)


def _of_paths(row: Object) -> Iterator[Failure]:
    """Ask the row alone: the catalog may know the path as something else besides."""
    marks, here = Marks((row,), ()), scene(policy_eval.CWD, policy_eval.HOME, policy_eval.CWD)
    for side in SIDES:
        for path in items(row[side]):
            target = locate(path.replace("~", policy_eval.HOME), here, cwd=policy_eval.CWD)
            if bool(marks.of_path(target, policy_eval.HOME)) is not (side == "yes"):
                said = "is none of its paths" if side == "yes" else "is one of its paths"
                yield Failure(program=items(row["paths"])[0], command=path, message=said)


def _of_program(row: Object, rows: tuple[Object, ...]) -> Iterator[Failure]:
    for side in SIDES:
        for command, listed in objects(row, side).items():
            wrong = _wrong(side, items(listed), _deeds("Bash", {"command": command}, rows))
            yield from (Failure(program=str(row["program"]), command=command, message=one) for one in wrong)


def _of_tools(row: Object, rows: tuple[Object, ...]) -> Iterator[Failure]:
    for side in SIDES:
        examples = row[side]
        for one in examples if isinstance(examples, list) else ():
            tool, given = str(at(one, "tool")), at(one, "input")
            given = given if isinstance(given, dict) else {}
            wrong = _wrong(side, items(at(one, "deeds")), _deeds(tool, given, rows))
            shown = f"{tool} {encode(given).decode()}"
            yield from (Failure(program=items(row["tools"])[0], command=shown, message=message) for message in wrong)


def _wrong(side: str, listed: tuple[str, ...], found: set[str]) -> Iterator[str]:
    for one in listed:
        if (one.replace("~", policy_eval.HOME) in found) is not (side == "yes"):
            yield f"{'does not give' if side == 'yes' else 'gives'} `{one}`"


def _deeds(tool: str, given: Object, rows: tuple[Object, ...]) -> set[str]:
    """Give each deed by its effect, and by its effect and target as given and resolved."""
    asked = policy_eval.Asked(tool=tool, input=given, facts=Facts(), said=dict.fromkeys(policy_eval.TEXT_FACTS, ""))
    found: set[str] = set()
    for deed in policy_eval.action_of(asked, rows).deeds:
        found.add(str(deed.effect))
        if deed.target is not None:
            found.update((f"{deed.effect} {deed.target.given}", f"{deed.effect} {deed.target.resolved}"))
    return found
