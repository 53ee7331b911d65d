"""What is noticed, and what is not: one mutation of a good ledger a row, and the verdict that must come back.

The rows at the end must stay undetected: they are what `not_covered` says. If one of them is ever noticed, the honest
sentence is out of date.
"""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from support.ledgers import fill
from web4_governance.app.verify import verify_ledger
from web4_governance.core.canonical import encode
from web4_governance.core.digest import leaf
from web4_governance.core.ledger.line import Line
from web4_governance.core.ledger.merkle import Frontier
from web4_governance.core.ledger.verdict import NOT_ANCHORED, VerdictName
from web4_governance.core.record.entry import at, parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Change = Callable[[sqlite3.Connection, Path], None]

PLACE = "entry 4 (session `session-1`, seq 1)"


def sql(*statements: str) -> Change:
    def change(db: sqlite3.Connection, _home: Path) -> None:
        for statement in statements:
            db.execute(statement)

    return change


def recode(change: Callable[[bytes], bytes]) -> Change:
    """Change the bytes of entry 4, computing nothing anew."""

    def apply(db: sqlite3.Connection, _home: Path) -> None:
        data = db.execute("SELECT bytes FROM entries WHERE idx = 4").fetchone()[0]
        changed = change(data)
        assert changed != data
        db.execute("UPDATE entries SET bytes = ? WHERE idx = 4", (changed,))

    return apply


def relink(db: sqlite3.Connection) -> None:
    """Compute everything anew over the entries as they are: what somebody does who has the source of this program."""
    frontier = Frontier()
    ends: dict[str, tuple[int, str]] = {}
    for n, (idx, data) in enumerate(db.execute("SELECT idx, bytes FROM entries ORDER BY idx").fetchall()):
        body = parse(data)
        session = str(body["session"])
        seq, prev = ends.get(session, (0, ""))
        reference = body["reference"]
        assert isinstance(reference, dict)
        changed = encode({**body, "reference": {**reference, "seq": seq, "prev": prev}})
        hashed = leaf(changed)
        frontier = frontier.append(hashed)
        ends[session] = (seq + 1, hashed.hex())
        db.execute(
            "UPDATE entries SET idx = ?, seq = ?, bytes = ?, leaf = ? WHERE idx = ?", (n, seq, changed, hashed, idx)
        )
        for table in ("records", "openings", "targets", "once"):
            db.execute(f"UPDATE {table} SET idx = ? WHERE idx = ?", (n, idx))
    db.execute("DELETE FROM chains")
    db.executemany("INSERT INTO chains VALUES(?, ?, ?)", [(s, n, bytes.fromhex(h)) for s, (n, h) in ends.items()])
    db.execute(
        "UPDATE tree SET size = ?, frontier = ?, root = ?", (frontier.size, frontier.to_bytes(), frontier.root())
    )


def without_mirrors(home: Path) -> None:
    for file in (home / "audit").iterdir():
        file.unlink()


def edit_and_relink(db: sqlite3.Connection, home: Path) -> None:
    """Change what was decided, and compute everything after it anew."""
    data = db.execute("SELECT bytes FROM entries WHERE idx = 4").fetchone()[0]
    changed = data.replace(b'"decision":"allow"', b'"decision":"deny"')
    db.execute("UPDATE entries SET bytes = ? WHERE idx = 4", (changed,))
    db.execute("UPDATE records SET decision = 'deny' WHERE idx = 4")
    relink(db)
    relink_intents(db)
    without_mirrors(home)


def relink_intents(db: sqlite3.Connection) -> None:
    """Let outcomes and intents name the new leaves, which changes leaves again: in order, once through."""
    leaves: dict[str, str] = {}
    old = {str(at(parse(d), "request.call")): None for (d,) in db.execute("SELECT bytes FROM entries")}
    assert old
    for idx, data, kind in db.execute("SELECT idx, bytes, kind FROM entries ORDER BY idx").fetchall():
        body = parse(data)
        reference = body["reference"]
        assert isinstance(reference, dict)
        call = str(at(body, "request.call"))
        if kind == "outcome":
            reference["intent"] = leaves[call]
        changed = encode(body)
        db.execute("UPDATE entries SET bytes = ? WHERE idx = ?", (changed, idx))
        relink(db)
        if kind == "intent":
            leaves[call] = db.execute("SELECT leaf FROM entries WHERE idx = ?", (idx,)).fetchone()[0].hex()


def cut(db: sqlite3.Connection, size: int) -> None:
    for table in ("entries", "records", "openings", "targets", "once"):
        db.execute(f"DELETE FROM {table} WHERE idx >= ?", (size,))
    db.execute("UPDATE mirrors SET lines = (SELECT count(*) FROM entries e WHERE e.session = mirrors.session)")
    relink(db)


def cut_the_end(db: sqlite3.Connection, _home: Path) -> None:
    cut(db, 9)


def cut_the_end_and_mirrors(db: sqlite3.Connection, home: Path) -> None:
    """Cut the ledger and its mirrors at the same place, heads computed anew."""
    cut(db, 9)
    for file in (home / "audit").iterdir():
        kept = db.execute("SELECT count(*) FROM entries WHERE session = ?", (file.stem,)).fetchone()[0]
        lines = file.read_bytes().splitlines(keepends=True)
        file.write_bytes(b"".join(lines[:kept]))


def cut_the_end_without_heads(db: sqlite3.Connection, _home: Path) -> None:
    db.execute("DELETE FROM entries WHERE idx >= 9")


def swap(db: sqlite3.Connection, _home: Path) -> None:
    """Let two entries change places in the whole ledger; each session still stands in order."""
    rows = dict(db.execute("SELECT idx, bytes FROM entries WHERE idx IN (2, 3)").fetchall())
    assert parse(rows[2])["session"] != parse(rows[3])["session"]
    for table in ("entries", "records", "openings", "targets", "once"):
        db.execute(f"UPDATE {table} SET idx = -1 WHERE idx = 2")
        db.execute(f"UPDATE {table} SET idx = 2 WHERE idx = 3")
        db.execute(f"UPDATE {table} SET idx = 3 WHERE idx = -1")


def insert(db: sqlite3.Connection, _home: Path) -> None:
    """Put in an entry that follows nothing."""
    data = encode(
        {
            "v": "r6/1",
            "kind": "event",
            "ts": 1,
            "session": "session-0",
            "reference": {"seq": 99, "prev": "00"},
        }
    )
    db.execute("INSERT INTO entries VALUES(16, 'session-0', 99, 'event', 1, ?, ?)", (leaf(data), data))
    db.execute("INSERT INTO records SELECT 16, 'session-0', 'event', 1, '', '', '', '', '', '', '', '', '', x''")


def fork(db: sqlite3.Connection, _home: Path) -> None:
    """Move a chain's head back, as if its last entry were not there."""
    db.execute("UPDATE chains SET size = size - 1 WHERE session = 'session-1'")


def mirror(change: Callable[[list[bytes]], list[bytes]]) -> Change:
    def apply(_db: sqlite3.Connection, home: Path) -> None:
        file = home / "audit" / "session-1.jsonl"
        lines = file.read_bytes().splitlines(keepends=True)
        changed = change(list(lines))
        assert changed != lines
        file.write_bytes(b"".join(changed))

    return apply


def other_opening(lines: list[bytes]) -> list[bytes]:
    lines[0] = lines[0].replace(b"do thing 0", b"do thing 9")
    return lines


def other_entry(lines: list[bytes]) -> list[bytes]:
    lines[1] = lines[1].replace(b'"decision":"allow"', b'"decision":"deny"')
    return lines


def one_more(lines: list[bytes]) -> list[bytes]:
    found = Line.from_bytes(lines[-1].rstrip(b"\n"))
    body = parse(found.data)
    reference = body["reference"]
    assert isinstance(reference, dict)
    body["reference"] = {**reference, "seq": len(lines), "prev": leaf(found.data).hex()}
    return [*lines, Line(data=encode(body)).to_bytes() + b"\n"]


def foreign_mirror(_db: sqlite3.Connection, home: Path) -> None:
    source = (home / "audit" / "session-1.jsonl").read_bytes()
    (home / "audit" / "session-9.jsonl").write_bytes(source)


def set_aside(_db: sqlite3.Connection, home: Path) -> None:
    (home / "audit" / "session-1.jsonl.aside-1").write_bytes(b"")


ROWS: dict[str, tuple[Change, int, str]] = {
    "one byte": (recode(lambda d: d.replace(b'"decision":"allow"', b'"decision":"allew"')), 2, PLACE),
    "one byte, as text": (
        sql("UPDATE entries SET bytes = replace(CAST(bytes AS TEXT), 'a-rule', 'b-rule') WHERE idx = 4"),
        1,
        PLACE,
    ),
    "the same bytes, as text": (sql("UPDATE entries SET bytes = CAST(bytes AS TEXT) WHERE idx = 4"), 1, PLACE),
    "the same opening, as bytes": (
        sql("UPDATE openings SET value = CAST(value AS BLOB) WHERE idx = 4 AND field = 'rules.reasons'"),
        7,
        PLACE,
    ),
    "bytes gone": (sql("UPDATE entries SET bytes = x'' WHERE idx = 4"), 1, PLACE),
    "duplicate key": (recode(lambda d: b'{"agent":"x",' + d[1:]), 1, PLACE),
    "another spelling": (recode(lambda d: d.replace(b":", b": ", 1)), 1, PLACE),
    "a float": (recode(lambda d: d.replace(b'"input_bytes":321', b'"input_bytes":321.0')), 1, PLACE),
    "no object": (recode(lambda _: b"[1]"), 1, PLACE),
    "no reference": (recode(lambda _: b'{"kind":"intent","session":"s","ts":1,"v":"r6/1"}'), 1, PLACE),
    "not UTF-8": (recode(lambda d: d[:-2] + b"\xff}"), 1, PLACE),
    "leaf": (sql("UPDATE entries SET leaf = zeroblob(32) WHERE idx = 4"), 2, PLACE),
    "leaf as text": (sql("UPDATE entries SET leaf = 'x' WHERE idx = 4"), 2, PLACE),
    "kind column": (sql("UPDATE entries SET kind = 'event' WHERE idx = 4"), 1, PLACE),
    "time column": (sql("UPDATE entries SET ts = ts + 1 WHERE idx = 4"), 1, PLACE),
    "session column": (sql("UPDATE entries SET session = 'x' WHERE idx = 4"), 1, "entry 4 (session `x`, seq 1)"),
    "seq column": (sql("UPDATE entries SET seq = 77 WHERE idx = 4"), 1, "entry 4 (session `session-1`, seq 77)"),
    "taken out of the middle": (sql("DELETE FROM entries WHERE idx = 4"), 3, "entry 5 (session `session-1`, seq 2)"),
    "taken out, places closed up": (
        sql(
            "DELETE FROM entries WHERE idx = 4",
            "UPDATE entries SET idx = idx - 1 WHERE idx = 5",
            "UPDATE entries SET idx = idx - 1 WHERE idx = 6",
        ),
        4,
        "entry 4 (session `session-1`, seq 2)",
    ),
    "two entries swapped": (swap, 5, "the tree's head"),
    "an entry put in": (insert, 4, "entry 16 (session `session-0`, seq 99)"),
    "cut at the end, heads left": (cut_the_end_without_heads, 5, "the tree's head"),
    "cut at the end, heads computed anew, mirrors left": (cut_the_end, 8, "mirror `session-0.jsonl`, line 7"),
    "tree size": (sql("UPDATE tree SET size = size - 1"), 5, "the tree's head"),
    "tree frontier": (sql("UPDATE tree SET frontier = zeroblob(length(frontier))"), 5, "the tree's head"),
    "tree root": (sql("UPDATE tree SET root = zeroblob(32)"), 5, "the tree's head"),
    "tree gone": (sql("DELETE FROM tree"), 5, "the tree's head"),
    "chain head moved back": (fork, 6, "the head of session `session-1`"),
    "chain head's leaf": (sql("UPDATE chains SET leaf = x'00'"), 6, "the head of session `session-0`"),
    "chain head gone": (
        sql("DELETE FROM chains WHERE session = 'session-1'"),
        6,
        "the head of session `session-1`",
    ),
    "chain head of nothing": (sql("INSERT INTO chains VALUES('x', 1, x'00')"), 6, "the head of session `x`"),
    "opening's value": (
        sql("""UPDATE openings SET value = '["why not"]' WHERE idx = 4 AND field = 'rules.reasons'"""),
        7,
        PLACE,
    ),
    "opening's value, no JSON": (
        sql("UPDATE openings SET value = '{' WHERE idx = 4 AND field = 'rules.reasons'"),
        7,
        PLACE,
    ),
    "opening's salt": (
        sql("UPDATE openings SET salt = zeroblob(16) WHERE idx = 4 AND field = 'rules.reasons'"),
        7,
        PLACE,
    ),
    "opening's field": (
        sql("UPDATE openings SET field = 'rules.Reasons' WHERE idx = 4 AND field = 'rules.reasons'"),
        7,
        PLACE,
    ),
    "opening of no entry": (
        sql("INSERT INTO openings VALUES(99, 'a', x'00', '1')"),
        7,
        "entry 99",
    ),
    "lookup's decision": (sql("UPDATE records SET decision = 'deny' WHERE idx = 4"), 10, PLACE),
    "lookup's tool": (sql("UPDATE records SET tool = 'Glob' WHERE idx = 4"), 10, PLACE),
    "lookup's categories": (sql("UPDATE records SET categories = '' WHERE idx = 4"), 10, PLACE),
    "lookup's time": (sql("UPDATE records SET ts = 0 WHERE idx = 4"), 10, "entry 4"),
    "lookup's status": (sql("UPDATE records SET status = 'failed' WHERE idx = 4"), 10, "entry 4"),
    "lookup gone": (sql("DELETE FROM records WHERE idx = 4"), 10, "entry 4"),
    "lookup of no entry": (
        sql(
            "INSERT INTO records SELECT 99, session, kind, ts, '', '', '', '', '', '', '', '', '', x'' FROM records LIMIT 1"
        ),
        10,
        "entry 99",
    ),
    "target gone": (sql("DELETE FROM targets WHERE idx = 4"), 10, PLACE),
    "target changed": (sql("UPDATE targets SET target = '/tmp/x' WHERE idx = 4"), 10, PLACE),
    "mirror: an opening changed": (mirror(other_opening), 8, "mirror `session-1.jsonl`, line 1"),
    "mirror: an entry changed": (mirror(other_entry), 8, "mirror `session-1.jsonl`, line 2"),
    "mirror: no JSON": (mirror(lambda lines: [b"x\n", *lines[1:]]), 8, "mirror `session-1.jsonl`, line 1"),
    "mirror: a line taken out": (mirror(lambda lines: [*lines[:1], *lines[2:]]), 8, "mirror `session-1.jsonl`, line 2"),
    "mirror: lines swapped": (
        mirror(lambda lines: [lines[0], lines[2], lines[1], *lines[3:]]),
        8,
        "mirror `session-1.jsonl`, line 2",
    ),
    "mirror: one line more than the ledger": (mirror(one_more), 8, "mirror `session-1.jsonl`, line 9"),
    "mirror: bytes after its end": (mirror(lambda lines: [*lines, b"x"]), 8, "mirror `session-1.jsonl`, line 9"),
    "mirror: the last line cut and changed": (
        mirror(lambda lines: [*lines[:-1], lines[-1][:-9].replace(b"allow", b"deny!")]),
        8,
        "mirror `session-1.jsonl`, line 8",
    ),
    "mirror of a session that the ledger does not have": (foreign_mirror, 8, "mirror `session-9.jsonl`"),
    "mirror that was set aside": (set_aside, 8, "mirror `session-1.jsonl.aside-1`"),
}

UNNOTICED: dict[str, Change] = {
    "decision changed, everything computed anew, mirrors gone": edit_and_relink,
    "cut at the end with the mirrors, heads computed anew": cut_the_end_and_mirrors,
}

HARMLESS: dict[str, tuple[Change, str]] = {
    "mirror gone": (lambda _db, home: (home / "audit" / "session-1.jsonl").unlink(), "is missing"),
    "mirror cut in mid-line": (mirror(lambda lines: [*lines[:-1], lines[-1][:-9]]), "ends in the middle of line 8"),
    "mirror short of whole lines": (mirror(lambda lines: lines[:-2]), "is 2 entries behind"),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    place = tmp_path / "home"
    fill(str(place))
    return place


def mutate(home: Path, change: Change) -> None:
    db = sqlite3.connect(home / "ledger.db")
    with db:
        change(db, home)
    db.close()


def test_a_good_ledger_is_unanchored_and_says_what_that_leaves_open(home: Path) -> None:
    """The best verdict without an anchor, with the count of everything that was read."""
    report = verify_ledger(str(home))
    assert (report.verdict, report.findings, report.gaps, report.notes) == (VerdictName.UNANCHORED, (), (), ())
    assert NOT_ANCHORED in report.not_covered
    assert report.tally.entries == 16
    assert (report.tally.intents, report.tally.outcomes, report.tally.unclosed) == (6, 4, 2)
    assert report.tally.closed == 0
    assert len(report.root) == 64


@pytest.mark.parametrize("name", ROWS)
def test_a_mutation_is_found_at_its_place(home: Path, name: str) -> None:
    """The verdict is TAMPERED, and the first finding names the step and the place."""
    change, step, place = ROWS[name]
    mutate(home, change)
    report = verify_ledger(str(home))
    assert report.verdict is VerdictName.TAMPERED
    assert (report.findings[0].step, report.place) == (step, place), report.findings
    assert report.reason


@pytest.mark.parametrize("name", UNNOTICED)
def test_what_is_computed_anew_throughout_stays_unnoticed(home: Path, name: str) -> None:
    """Without an anchor held elsewhere this cannot be seen, and the report says so itself."""
    mutate(home, UNNOTICED[name])
    report = verify_ledger(str(home))
    assert report.verdict is VerdictName.UNANCHORED, report.findings
    assert NOT_ANCHORED in report.not_covered


@pytest.mark.parametrize("name", HARMLESS)
def test_a_mirror_that_is_only_short_is_noted_and_no_tampering(home: Path, name: str) -> None:
    """A crash between commit and mirror looks like this; the next entry of the session mends it."""
    change, note = HARMLESS[name]
    mutate(home, change)
    report = verify_ledger(str(home))
    assert report.verdict is VerdictName.UNANCHORED
    assert len(report.notes) == 1
    assert note in report.notes[0]


def test_the_whole_ledger_replaced_is_noticed_only_by_the_mirrors_left_behind(home: Path, tmp_path: Path) -> None:
    """A fresh ledger beside old mirrors contradicts them; with fresh mirrors it stands alone and unnoticed."""
    other = tmp_path / "other"
    fill(str(other), sessions=1, calls=1)
    (home / "ledger.db").write_bytes((other / "ledger.db").read_bytes())
    report = verify_ledger(str(home))
    assert report.verdict is VerdictName.TAMPERED
    assert report.place == "mirror `session-1.jsonl`"
    for file in (home / "audit").iterdir():
        file.unlink()
    os.rename(other / "audit" / "session-0.jsonl", home / "audit" / "session-0.jsonl")
    assert verify_ledger(str(home)).verdict is VerdictName.UNANCHORED


def test_an_erased_opening_is_counted_and_no_tampering(home: Path) -> None:
    """Taking away an opening, in the ledger and its mirror, breaks nothing that is verified."""

    def erase(db: sqlite3.Connection, place: Path) -> None:
        db.execute("DELETE FROM openings WHERE idx = 4 AND field = 'rules.reasons'")
        file = place / "audit" / "session-1.jsonl"
        lines = file.read_bytes().splitlines(keepends=True)
        found = Line.from_bytes(lines[1].rstrip(b"\n"))
        kept = tuple(o for o in found.openings if o.field != "rules.reasons")
        lines[1] = Line(data=found.data, openings=kept).to_bytes() + b"\n"
        file.write_bytes(b"".join(lines))

    mutate(home, erase)
    report = verify_ledger(str(home))
    assert report.verdict is VerdictName.UNANCHORED
    assert report.tally.closed == 1


def test_an_opening_erased_in_the_ledger_alone_is_named_in_the_mirror(home: Path) -> None:
    """The mirror still shows what the ledger was told to forget."""
    mutate(home, sql("DELETE FROM openings WHERE idx = 4 AND field = 'rules.reasons'"))
    report = verify_ledger(str(home))
    assert report.findings[0].step == 8
    assert "still shows `rules.reasons`" in report.reason


def test_one_edit_does_not_hide_another(home: Path) -> None:
    """Verification goes on after a finding; the number of all findings is kept where the list is cut."""
    mutate(home, sql("UPDATE entries SET leaf = zeroblob(32) WHERE idx IN (2, 9)"))
    places = {finding.place for finding in verify_ledger(str(home)).findings if finding.step == 2}
    assert places == {"entry 2 (session `session-0`, seq 2)", "entry 9 (session `session-1`, seq 3)"}
