"""Checks a pack: whether it is read, and whether its rows give what their own examples say."""

from __future__ import annotations

import os

from web4_governance.app import policies, policy_eval
from web4_governance.core.policy import Facts
from web4_governance.core.policy.document import parse
from web4_governance.core.policy.packs import read_pack
from web4_governance.core.policy.read import Wrong
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json


@value
class Failure:
    """An example that does not hold: the program, the command, and what was and was not found."""

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


def failures(rows: tuple[dict[str, Json], ...]) -> tuple[Failure, ...]:
    """Run the examples of some rows: each of `yes` must give the deeds listed for it, each of `no` must not."""
    return tuple(found for row in rows for found in _failures(row, rows))


def _failures(row: dict[str, Json], rows: tuple[dict[str, Json], ...]) -> Iterator[Failure]:
    program = str(row["program"])
    for side in ("yes", "no"):
        examples = row[side]
        for command, listed in examples.items() if isinstance(examples, dict) else ():
            found = _deeds(command, rows)
            for one in listed if isinstance(listed, list) else ():
                wanted = str(one).replace("~", policy_eval.HOME)
                if (wanted in found) is not (side == "yes"):
                    said = "does not give" if side == "yes" else "gives"
                    yield Failure(program=program, command=command, message=f"{said} `{one}`")


def _deeds(command: str, rows: tuple[dict[str, Json], ...]) -> set[str]:
    """Give each deed by its effect, and by its effect and target as given and resolved."""
    asked = policy_eval.Asked(
        tool="Bash",
        input={"command": command},
        facts=Facts(),
        said=dict.fromkeys(policy_eval.TEXT_FACTS, ""),
    )
    found: set[str] = set()
    for deed in policy_eval.action_of(asked, rows).deeds:
        found.add(str(deed.effect))
        if deed.target is not None:
            found.update((f"{deed.effect} {deed.target.given}", f"{deed.effect} {deed.target.resolved}"))
    return found
