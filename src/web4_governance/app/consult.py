"""What a rule about trust is judged by: bounds as of a size of the ledger, read in the gate's own transaction.

INVARIANT: what is not folded yet is unknown. A call folds a bounded number of entries; while the fold is behind the ledger,
nothing is known of anybody, which lifts no rule. What was read goes into the record, so that judging again needs no fold.
"""

from __future__ import annotations

from web4_governance.app.trust import AT_ONCE, catch_up, standing
from web4_governance.core.errors import LedgerCorrupt
from web4_governance.core.evidence.fold import VERSION
from web4_governance.core.evidence.subjects import instances
from web4_governance.core.record.entry import at
from web4_governance.core.record.recall import consulted_of
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from web4_governance.app.memory import Memory as ProcessMemory
    from web4_governance.app.pen import Pen
    from web4_governance.app.trust import Memory
    from web4_governance.core.canonical import Json
    from web4_governance.core.policy.standing import Key, Standing
    from web4_governance.core.record.entry import Stored
    from web4_governance.storage.writer import Writer


@value
class Consulted:
    """What was read: for the judge, by (of whom, role, dimension), and for the record, with the size it is of."""

    facts: Mapping[Key, Standing]
    record: Json


def everybody(pen: Pen) -> dict[str, str]:
    """Name all that act in a call, by what they are."""
    return instances(pen.event.session, pen.event.agent_id) | pen.entities()


def consult(
    ledger: Writer, who: Mapping[str, str], keys: Iterable[Key], *, kept: ProcessMemory | None = None
) -> Consulted:
    """Read the trust that is asked for, of the entities `who` (by what they are), as of the ledger's end.

    `kept` is what a process that stays remembers, its fold among it.
    """
    size = ledger.head().size
    memory = catch_up(ledger, at_most=AT_ONCE) if kept is None else kept.folding().forward(ledger, at_most=AT_ONCE)
    behind = memory.size < size
    asked = tuple(keys)
    try:
        facts = {key: None if behind else _standing(memory, who.get(key[0], ""), key) for key in asked}
    except LedgerCorrupt:  # a hand was in the rows: nothing is known until the entries were read again
        ledger.trust.clear()
        if kept is not None:
            kept.folding().forget()
        behind, facts = True, dict.fromkeys(asked)
    rows: list[Json] = [
        [of, who.get(of, ""), role, dimension, *((None, None) if found is None else found)]
        for (of, role, dimension), found in facts.items()
    ]
    record: dict[str, Json] = {"size": memory.size, "version": VERSION, "bounds": rows}
    return Consulted(facts=facts, record={**record, "behind": True} if behind else record)


def again(intent: Stored) -> Consulted | None:
    """Give what an intent was judged by, for a second delivery of its call; None where it was by no trust."""
    record = at(intent.body(), "role.trust")
    facts = consulted_of(record)
    return None if facts is None else Consulted(facts=facts, record=record)


def _standing(memory: Memory, entity: str, key: Key) -> Standing:
    _of, role, dimension = key
    return standing(memory, entity, role, dimension) if entity else None
