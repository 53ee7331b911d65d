"""No statement of a hook call reads more the longer the session is: each goes by an index of what it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.ledgers import Scribe
from web4_governance.storage.database import Database
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from web4_governance.storage.database import Cell, Row


def test_each_question_of_a_call_goes_by_the_index_of_what_it_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whole tables are read of none, and a session's calls by the call's id, not one after the other."""
    asked: dict[str, tuple[Cell, ...]] = {}
    plain = Database.row

    def noted(database: Database, statement: str, *values: Cell) -> Row | None:
        if statement.startswith("SELECT"):
            asked[statement] = values
        return plain(database, statement, *values)

    with open_writer(str(tmp_path / "home"), deadline=None) as writer:
        scribe = Scribe(writer)
        for n in range(3):
            scribe.call(f"call-{n}")
        monkeypatch.setattr(Database, "row", noted)
        scribe.call("last")
        monkeypatch.undo()
        plans = {
            statement: " ".join(
                str(row[3]) for row in writer._database.rows("EXPLAIN QUERY PLAN " + statement, *values)
            )
            for statement, values in asked.items()
        }
    assert len(plans) >= 2
    assert [statement for statement, plan in plans.items() if "SCAN" in plan] == []
    of_calls = [plan for statement, plan in plans.items() if "FROM records" in statement and "call = ?" in statement]
    assert of_calls
    assert all("INDEX records_call (session=? AND call=?)" in plan for plan in of_calls), of_calls
