"""The table of attacks says what the mutation tests show, and no row of theirs is left out."""

from __future__ import annotations

import pytest

from docs.pages import rows, text_of
from unit.ledger.test_mutations import HARMLESS, ROWS, UNNOTICED
from web4_governance.app import uninstall

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


def row_of(mutation: str) -> str:
    """The beginning of the row that speaks of a mutation."""
    return next(row for start, row in SPOKEN_OF.items() if mutation.startswith(start))


def answer(mutation: str) -> str:
    """What SECURITY.md says of a mutation."""
    (found,) = [said for attack, said in TABLE.items() if attack.startswith(row_of(mutation))]
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


def test_no_row_claims_to_be_a_test_that_is_none() -> None:
    """Each row that is spoken of is shown by a mutation."""
    assert {row_of(mutation) for mutation in (*ROWS, *UNNOTICED, *HARMLESS)} == set(SPOKEN_OF.values())


def test_every_file_of_the_home_is_in_the_table_of_files() -> None:
    """With who can write it and what that achieves; what can be made again or was set aside apart."""
    table = " ".join(cells[0] for cells in rows(text_of("SECURITY.md")) if len(cells) == 3)
    apart = {"cache", "keys", "venv", "ledger.db.corrupt-", "ledger.db.replaced-"}
    names = {name.removesuffix("-shm").removesuffix("-wal") for name in uninstall.FILES}
    kept = {*names, *uninstall.FILE_STARTS, *uninstall.DIRECTORIES} - apart
    assert [name for name in sorted(kept) if name not in table] == []
