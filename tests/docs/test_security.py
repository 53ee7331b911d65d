"""The table of attacks says what the mutation tests show, and no row of theirs is left out."""

from __future__ import annotations

import pytest

from docs.pages import rows, text_of
from unit.ledger.test_mutations import HARMLESS, ROWS, UNNOTICED

# Which row of SECURITY.md speaks of a mutation, by the beginning of its name; the first that fits.
SPOKEN_OF = {
    "cut at the end, heads left": "the newest entries cut off, heads left alone",
    "cut at the end, heads computed anew, mirrors left": "the newest entries cut off, heads made anew, the readable",
    "cut at the end with the mirrors": "the newest entries cut off, heads made anew **and** the readable",
    "decision changed, everything computed anew": "an entry changed, **all** hashes",
    "mirror gone": "a readable copy taken away",
    "mirror cut in mid-line": "a readable copy taken away",
    "mirror short": "a readable copy taken away",
    "mirror": "a readable copy changed, added to",
    "opening": "an opening changed",
    "lookup": "a lookup changed",
    "target": "a lookup changed",
    "tree": "a stored head",
    "chain head": "a stored head",
    "taken out": "an entry taken out, put in or moved",
    "two entries swapped": "an entry taken out, put in or moved",
    "an entry put in": "an entry taken out, put in or moved",
    "": "bytes of an entry, its stored hash",
}
TABLE = {cells[0]: cells[1] for cells in rows(text_of("SECURITY.md")) if len(cells) == 2}


def answer(mutation: str) -> str:
    """What SECURITY.md says of a mutation."""
    row = next(row for start, row in SPOKEN_OF.items() if mutation.startswith(start))
    (found,) = [said for attack, said in TABLE.items() if attack.startswith(row)]
    return found


@pytest.mark.parametrize("mutation", ROWS)
def test_what_is_noticed_is_said_to_be(mutation: str) -> None:
    """With a place."""
    assert answer(mutation).startswith("yes")


@pytest.mark.parametrize("mutation", UNNOTICED)
def test_what_is_not_noticed_is_said_not_to_be(mutation: str) -> None:
    """In bold, because that is what people have to know."""
    assert answer(mutation).startswith("**no**")


@pytest.mark.parametrize("mutation", HARMLESS)
def test_what_is_only_a_note_is_said_to_be(mutation: str) -> None:
    """A readable copy is no evidence by its absence."""
    assert answer(mutation).startswith("a note")


def test_every_row_that_speaks_of_a_mutation_has_one() -> None:
    """And every row is in the table."""
    assert set(SPOKEN_OF.values()) <= {row for row in SPOKEN_OF.values() for attack in TABLE if attack.startswith(row)}
