"""The tables of the ledger's database, format 6 (docs/spec/ledger.md), and who may open which version.

`entries` is the ledger: bytes, and where they stand. `chains` and `tree` hold the heads, `tiles` the tree's interior hashes,
`heads` the signed ones, `anchorings` what anchors answered to them. Everything else is either an opening, a lookup that is
derived from entries and openings (`records`, `targets`, `names`, `places`, `named`, `once`, `trust`, `trusted`, `touches`,
`lines`), or the gate's memory between calls (`limits`, `deliveries`, `mirrors`, `seen`, `meta`). Migrations go forward only; a
newer format is not written.
"""

from __future__ import annotations

import os
import time

from web4_governance.core.errors import LedgerCorrupt, LedgerNewer
from web4_governance.storage.faults import CORRUPT_HINT, from_os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.storage.database import Database

VERSION = 6
APPLICATION_ID = 0x57344C31  # "W4L1"
EMPTY_ROOT = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")  # SHA-256 of nothing

TABLES = (
    """CREATE TABLE entries(
        idx INTEGER PRIMARY KEY, session TEXT NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL, ts INTEGER NOT NULL,
        leaf BLOB NOT NULL, bytes BLOB NOT NULL, UNIQUE(session, seq))""",
    "CREATE INDEX entries_kind ON entries(session, kind)",
    """CREATE TABLE openings(
        idx INTEGER NOT NULL, field TEXT NOT NULL, salt BLOB NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY(idx, field)) WITHOUT ROWID""",
    """CREATE TABLE chains(
        session TEXT PRIMARY KEY, size INTEGER NOT NULL, leaf BLOB NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE tree(
        id INTEGER PRIMARY KEY CHECK(id = 0), size INTEGER NOT NULL, frontier BLOB NOT NULL, root BLOB NOT NULL)""",
    "CREATE TABLE once(identity BLOB PRIMARY KEY, idx INTEGER NOT NULL) WITHOUT ROWID",
    """CREATE TABLE deliveries(
        identity BLOB NOT NULL, via TEXT NOT NULL, n INTEGER NOT NULL, idx INTEGER NOT NULL,
        PRIMARY KEY(identity, via)) WITHOUT ROWID""",
    """CREATE TABLE records(
        idx INTEGER PRIMARY KEY, session TEXT NOT NULL, kind TEXT NOT NULL, ts INTEGER NOT NULL, call TEXT NOT NULL,
        tool TEXT NOT NULL, agent_id TEXT NOT NULL, agent_type TEXT NOT NULL, decision TEXT NOT NULL,
        status TEXT NOT NULL, project TEXT NOT NULL, categories TEXT NOT NULL, effects TEXT NOT NULL,
        same BLOB NOT NULL)""",
    "CREATE INDEX records_call ON records(session, call) WHERE call <> ''",
    "CREATE INDEX records_open ON records(session) WHERE kind = 'intent' AND status = ''",
    "CREATE INDEX records_same ON records(same) WHERE same <> x''",
    "CREATE INDEX records_time ON records(ts)",
    "CREATE INDEX records_tool ON records(tool) WHERE kind = 'intent'",
    "CREATE INDEX records_stopped ON records(decision) WHERE kind = 'intent' AND decision <> 'allow'",
    "CREATE INDEX records_failed ON records(status) WHERE kind = 'intent' AND status NOT IN ('', 'succeeded')",
    """CREATE TABLE targets(
        idx INTEGER NOT NULL, effect TEXT NOT NULL, target TEXT NOT NULL,
        PRIMARY KEY(idx, effect, target)) WITHOUT ROWID""",
    "CREATE TABLE limits(key TEXT NOT NULL, ts INTEGER NOT NULL, idx INTEGER NOT NULL)",
    "CREATE INDEX limits_key ON limits(key, ts)",
    "CREATE INDEX limits_time ON limits(ts)",
    """CREATE TABLE mirrors(
        session TEXT PRIMARY KEY, lines INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID""",
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE tiles(
        level INTEGER NOT NULL, idx INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY(level, idx))""",
    """CREATE TABLE heads(
        size INTEGER NOT NULL, epoch INTEGER NOT NULL, ts INTEGER NOT NULL, note BLOB NOT NULL,
        PRIMARY KEY(size, epoch)) WITHOUT ROWID""",
    """CREATE TABLE anchorings(
        anchor TEXT NOT NULL, size INTEGER NOT NULL, ts INTEGER NOT NULL, receipt BLOB NOT NULL,
        PRIMARY KEY(anchor, size)) WITHOUT ROWID""",
    "CREATE TABLE trust(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    """CREATE TABLE trusted(
        id INTEGER PRIMARY KEY CHECK(id = 0), size INTEGER NOT NULL, root TEXT NOT NULL, version INTEGER NOT NULL)""",
    """CREATE TABLE touches(
        path BLOB NOT NULL, idx INTEGER NOT NULL, n INTEGER NOT NULL, before BLOB NOT NULL, after BLOB NOT NULL,
        PRIMARY KEY(path, idx, n)) WITHOUT ROWID""",
    "CREATE INDEX touches_idx ON touches(idx)",
    """CREATE TABLE lines(
        path BLOB PRIMARY KEY, idx INTEGER NOT NULL, ts INTEGER NOT NULL, name TEXT NOT NULL, mark TEXT NOT NULL,
        content BLOB NOT NULL, runs TEXT NOT NULL, keys BLOB NOT NULL)""",
    "CREATE INDEX lines_name ON lines(name)",
    "CREATE INDEX lines_content ON lines(content)",
    """CREATE TABLE seen(
        session TEXT NOT NULL, agent_id TEXT NOT NULL, path BLOB NOT NULL, idx INTEGER NOT NULL, content BLOB NOT NULL,
        PRIMARY KEY(session, agent_id, path)) WITHOUT ROWID""",
    "CREATE INDEX seen_idx ON seen(idx)",
    "CREATE TABLE names(id INTEGER PRIMARY KEY, target TEXT NOT NULL UNIQUE)",
    "CREATE TABLE places(name INTEGER NOT NULL, idx INTEGER NOT NULL, PRIMARY KEY(name, idx)) WITHOUT ROWID",
    "CREATE INDEX places_idx ON places(idx)",
    "CREATE TABLE named(id INTEGER PRIMARY KEY CHECK(id = 0), size INTEGER NOT NULL)",
)


def version_of(database: Database) -> int:
    """Give the format's version, 0 for an empty file; a file that is not a ledger, or a newer one, is an error."""
    found = database.row("PRAGMA user_version")
    version = int(found[0]) if found else 0
    mark = database.row("PRAGMA application_id")
    if version == 0 and database.row("SELECT 1 FROM sqlite_master LIMIT 1") is None:
        return 0
    if not mark or mark[0] != APPLICATION_ID:
        raise LedgerCorrupt(f"`{database.path}` is a database, but no ledger", hint=CORRUPT_HINT)
    if version > VERSION:
        message = f"the ledger `{database.path}` has format {version}, this program knows {VERSION}"
        raise LedgerNewer(message, hint="upgrade web4-governance, then run `web4 doctor`")
    return version


def bring_up(database: Database) -> None:
    """Create the tables of an empty file, or move an older format forward; called under the writer's lock."""
    version = version_of(database)
    if version == VERSION:
        return
    from web4_governance.storage.migrations import MIGRATIONS  # noqa: PLC0415  # almost no call gets here

    # The journal mode cannot change inside a transaction. Crash here: an empty database in WAL mode, made again next time.
    database.run("PRAGMA journal_mode=WAL")
    # Crash: the tables, their first rows and the version number are one transaction; all of it is there or none.
    database.run("BEGIN IMMEDIATE")
    if version == 0:
        _create(database)
    for step in range(version or VERSION, VERSION):
        MIGRATIONS[step](database)
    database.run(f"PRAGMA user_version={VERSION}")
    database.run("COMMIT")


def create_file(path: str) -> None:
    """Make the empty file with the right mode before SQLite would make it with the umask's; -wal and -shm take it over."""
    # Crash: an empty file is an empty database, which the next open fills.
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise from_os(error, path) from None
    os.close(fd)


def _create(database: Database) -> None:
    for statement in TABLES:
        database.run(statement)
    database.run(f"PRAGMA application_id={APPLICATION_ID}")
    database.run("INSERT INTO tree(id, size, frontier, root) VALUES(0, 0, x'', ?)", EMPTY_ROOT)
    rows = (
        ("ledger", os.urandom(16).hex()),
        ("secret", os.urandom(32).hex()),
        ("created", str(time.time_ns() // 1000)),
    )
    database.run_each("INSERT INTO meta(key, value) VALUES(?, ?)", rows)
