"""A lookup, or the gate's memory, that was changed so that a call is not found or not recorded: the verifier says so."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from support.world import World
from web4_governance.app.verify import verify_ledger, verify_session
from web4_governance.core.ledger.verdict import VerdictName

LIMITED = {
    "rules": [{"match": {"tools": ["Bash"], "rateLimit": {"max": 50, "per": "1h"}}, "decision": "deny"}],
    "defaultPolicy": "allow",
    "enforce": True,
}
BY_SESSION = "(SELECT session FROM entries WHERE kind = 'intent' LIMIT 1)"

# Each column of each table that is no evidence, with what a hand could write into it.
CHANGES = {
    "effects gone": "UPDATE records SET effects = '' WHERE kind = 'intent'",
    "effects others": "UPDATE records SET effects = ' file.read ' WHERE kind = 'intent'",
    "project": "UPDATE records SET project = '/elsewhere' WHERE kind = 'intent'",
    "tool": "UPDATE records SET tool = 'Read' WHERE kind = 'intent'",
    "call": "UPDATE records SET call = 'other' WHERE kind = 'intent'",
    "agent": "UPDATE records SET agent_id = 'a1' WHERE kind = 'intent'",
    "agent type": "UPDATE records SET agent_type = 'Explore' WHERE kind = 'intent'",
    "decision": "UPDATE records SET decision = 'deny' WHERE kind = 'intent'",
    "status": "UPDATE records SET status = 'failed' WHERE kind = 'intent'",
    "categories": "UPDATE records SET categories = ' other ' WHERE kind = 'intent'",
    "categories, spelled so that no filter finds them": "UPDATE records SET categories = replace(categories, ' ', char(9)) WHERE kind = 'intent'",
    "effects, spelled so that no filter finds them": "UPDATE records SET effects = trim(effects) WHERE kind = 'intent'",
    "effects of another type": "UPDATE records SET effects = CAST(effects AS BLOB) WHERE kind = 'intent'",
    "no effects of another type": "UPDATE records SET effects = x'' WHERE kind = 'prompt'",
    "tool of another type": "UPDATE records SET tool = CAST(tool AS BLOB) WHERE kind = 'intent'",
    "target of another type": "UPDATE targets SET target = CAST(target AS BLOB)",
    "equal actions of another type": "UPDATE records SET same = '' WHERE kind = 'prompt'",
    "kind": "UPDATE records SET kind = 'event' WHERE kind = 'intent'",
    "time": "UPDATE records SET ts = ts + 1 WHERE kind = 'intent'",
    "session": "UPDATE records SET session = 'other' WHERE kind = 'intent'",
    "equal actions": "UPDATE records SET same = zeroblob(32) WHERE kind = 'intent'",
    "equal actions gone": "UPDATE records SET same = x'' WHERE kind = 'intent'",
    "equal actions elsewhere": "UPDATE records SET same = zeroblob(32) WHERE kind = 'prompt'",
    "an outcome's call": "UPDATE records SET call = 'other' WHERE kind = 'outcome'",
    "an outcome's tool": "UPDATE records SET tool = 'Read' WHERE kind = 'outcome'",
    "an outcome's agent": "UPDATE records SET agent_id = 'a1' WHERE kind = 'outcome'",
    "an outcome's status": "UPDATE records SET status = 'failed' WHERE kind = 'outcome'",
    "an outcome's decision": "UPDATE records SET decision = 'deny' WHERE kind = 'outcome'",
    "a prompt's tool": "UPDATE records SET tool = 'Bash' WHERE kind = 'prompt'",
    "a prompt's agent": "UPDATE records SET agent_type = 'Explore' WHERE kind = 'prompt'",
    "a prompt's project": "UPDATE records SET project = '/x' WHERE kind = 'prompt'",
    "a prompt's effects": "UPDATE records SET effects = ' opaque ' WHERE kind = 'prompt'",
    "an event's call": "UPDATE records SET call = '' WHERE kind = 'event' AND call <> ''",
    "an event's tool": "UPDATE records SET tool = '' WHERE kind = 'event' AND tool <> ''",
    "a policy's status": "UPDATE records SET status = 'x' WHERE kind = 'policy'",
    "words' call": "UPDATE records SET call = 'other' WHERE kind = 'session'",
    "record gone": "DELETE FROM records WHERE kind = 'prompt'",
    "target more": "INSERT INTO targets SELECT idx, 'file.read', '/etc/x' FROM records WHERE kind = 'intent'",
    "target of a prompt": "INSERT INTO targets SELECT idx, 'file.read', '/etc/x' FROM records WHERE kind = 'prompt'",
    "target's effect": "UPDATE targets SET effect = 'file.read'",
    "target's text": "UPDATE targets SET target = target || 'x'",
    "target gone": "DELETE FROM targets",
    "once: another event": "UPDATE once SET identity = randomblob(32) WHERE idx IN (SELECT idx FROM records WHERE kind = 'intent')",
    "once: an outcome's": "UPDATE once SET identity = randomblob(32) WHERE idx IN (SELECT idx FROM records WHERE kind = 'outcome')",
    "once: another entry": "UPDATE once SET idx = 0",
    "once: gone": "DELETE FROM once",
    "once: one more": "INSERT INTO once SELECT randomblob(32), idx FROM records WHERE kind = 'intent'",
    "once: of a prompt": "INSERT INTO once SELECT randomblob(32), idx FROM records WHERE kind = 'prompt'",
    "once: of no entry": "INSERT INTO once VALUES(zeroblob(32), 99)",
    "deliveries: another event": "UPDATE deliveries SET identity = randomblob(32) WHERE n = 1",
    "deliveries: one more": "INSERT INTO deliveries VALUES(zeroblob(32), 'settings', 1, 0)",
    "deliveries: counted on": "UPDATE deliveries SET n = n + 1",
    "deliveries: counted on elsewhere": "INSERT INTO deliveries SELECT identity, 'elsewhere', max(n) + 3, idx FROM deliveries GROUP BY identity",
    "deliveries: another entry": "UPDATE deliveries SET idx = 0",
    "deliveries: of no entry": "UPDATE deliveries SET idx = 99",
    "meta: policy": "UPDATE meta SET value = 'sha256:0' WHERE key = 'policy'",
    "meta: policy and more": "UPDATE meta SET value = value || char(10) || 'broken' WHERE key = 'policy'",
    "meta: policy gone": "DELETE FROM meta WHERE key = 'policy'",
    "meta: secret": f"UPDATE meta SET value = '{'ab' * 32}' WHERE key = 'secret'",
    "meta: secret gone": "DELETE FROM meta WHERE key = 'secret'",
    "meta: ledger": "UPDATE meta SET value = 'x' WHERE key = 'ledger'",
    "meta: created": "UPDATE meta SET value = 'x' WHERE key = 'created'",
    "meta: another key": "UPDATE meta SET key = 'x' WHERE key = 'created'",
    "meta: one more": "INSERT INTO meta VALUES('x', 'y')",
    "limits: another time": "UPDATE limits SET ts = ts - 1",
    "limits: another entry": "UPDATE limits SET idx = 0",
    "limits: of no entry": "INSERT INTO limits VALUES('k', 1, 99)",
    "mirrors: lines": "UPDATE mirrors SET lines = lines - 1",
    "mirrors: gone": "DELETE FROM mirrors",
    "mirrors: another session": f"UPDATE mirrors SET session = 'other' WHERE session = {BY_SESSION}",
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A session with a prompt, two calls, a question of the host, an outcome, and a limit."""
    world = World(tmp_path, LIMITED)
    world.feed("SessionStart", source="startup")
    world.feed("UserPromptSubmit", prompt="do it")
    world.bash("a", "rm -rf build")
    world.feed("PermissionRequest", tool_name="Bash", tool_input={"command": "rm -rf build", "description": "d"})
    world.post("a", "Bash", {"command": "rm -rf build"}, "done")
    world.bash("b", "touch " + " ".join(f"f{n}" for n in range(90)))
    world.feed("Stop")
    world.feed("Stop")
    world.feed("Stop", context={"via": "plugin"})
    world.feed("PreToolUse", tool_name="Read", tool_input={"file_path": "x"})
    return world


def verdict(world: World) -> VerdictName:
    return verify_ledger(str(world.home)).verdict


def change(world: World, statement: str) -> None:
    with sqlite3.connect(world.home / "ledger.db") as database:
        assert database.execute(statement).rowcount > 0
    database.close()


def test_what_the_gate_wrote_is_what_its_entries_say(world: World) -> None:
    """Every kind of entry that a session makes; a second delivery by another form as well."""
    report = verify_ledger(str(world.home))
    assert (report.verdict, report.findings) == (VerdictName.UNANCHORED, ())
    assert verify_session(str(world.home), world.entries("prompt")[0]["session"]).findings == ()
    assert len(world.entries("event")) == 3, "the host's question, and two turns' ends"


@pytest.mark.parametrize("name", CHANGES)
def test_each_column_of_each_lookup_is_compared(world: World, name: str) -> None:
    """So that a query is not blinded, and no later event is taken for one that is recorded already."""
    change(world, CHANGES[name])
    assert verdict(world) is VerdictName.TAMPERED


@pytest.mark.parametrize("statement", ["DELETE FROM deliveries", "DELETE FROM limits", "UPDATE mirrors SET bytes = 0"])
def test_what_the_gate_may_forget_by_itself_is_no_tampering(world: World, statement: str) -> None:
    """Old deliveries and counts are forgotten; a size that is wrong has the mirror written anew."""
    change(world, statement)
    assert verdict(world) is VerdictName.UNANCHORED


@pytest.mark.parametrize("privacy", ["metadata", "full"])
def test_other_levels_are_compared_as_far_as_their_openings_go(tmp_path: Path, privacy: str) -> None:
    """At `metadata` nothing says what a call's input or a delivery was."""
    world = World(tmp_path, LIMITED)
    (world.home / "config.toml").write_text(f'privacy = "{privacy}"\n')
    world.bash("a", "echo " + "x" * 40_000)
    world.feed("Stop")
    assert verify_ledger(str(world.home)).findings == ()
    change(world, CHANGES["equal actions"])
    assert verdict(world) is (VerdictName.TAMPERED if privacy == "full" else VerdictName.UNANCHORED)


def test_a_policy_that_does_not_load_is_remembered_as_its_entry_says(world: World) -> None:
    """With what is wrong with it."""
    (world.home / "policy.json").write_text("{")
    world.bash("c", "ls")
    assert verdict(world) is VerdictName.UNANCHORED
    change(world, "DELETE FROM openings WHERE field = 'broken'")
    for file in (world.home / "audit").iterdir():
        file.unlink()
    assert verdict(world) is VerdictName.UNANCHORED
    change(world, CHANGES["meta: policy"])
    assert verdict(world) is VerdictName.TAMPERED


# How a hand could make the database answer a query otherwise without touching a row; then the same with the texts restored.
LAYOUTS = {
    "an index of fewer rows": (
        "DROP INDEX records_tool",
        "CREATE INDEX records_tool ON records(tool, ts) WHERE tool <> 'Bash'",
    ),
    "an index gone": ("DROP INDEX records_time",),
    "an index more": ("CREATE INDEX mine ON records(tool) WHERE tool <> 'Bash'",),
    "a trigger": ("CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM targets; END",),
    "a trigger by a name of ours": (
        "CREATE TRIGGER records_tool AFTER INSERT ON records BEGIN DELETE FROM targets; END",
    ),
    "a view": ("CREATE VIEW v AS SELECT 1",),
    "a table more": ("CREATE TABLE t(x)",),
    "a view in a table's place": ("ALTER TABLE targets RENAME TO held", "CREATE VIEW targets AS SELECT * FROM held"),
    "a column that compares otherwise": (
        "PRAGMA writable_schema = 1",
        "UPDATE sqlite_master SET sql = replace(sql, 'tool TEXT NOT NULL', 'tool TEXT COLLATE NOCASE NOT NULL') WHERE name = 'records'",
    ),
}
RESTORED = {
    "records_tool": "DROP INDEX records_tool; CREATE INDEX records_tool ON records(tool, ts) WHERE tool <> 'Bash'",
    "records_call": "DROP INDEX records_call; CREATE INDEX records_call ON records(session, call) WHERE call <> 'a' AND call <> ''",
    "limits_key": "DROP INDEX limits_key; CREATE INDEX limits_key ON limits(key COLLATE NOCASE, ts) WHERE ts < 0",
}


def run(world: World, *statements: str) -> None:
    database = sqlite3.connect(world.home / "ledger.db", isolation_level=None)
    for statement in statements:
        database.execute(statement)
    database.close()


@pytest.mark.parametrize("name", LAYOUTS)
def test_tables_indices_views_and_triggers_are_those_of_the_program(world: World, name: str) -> None:
    """Whatever else stands in the database could answer for it."""
    run(world, *LAYOUTS[name])
    assert verdict(world) is VerdictName.TAMPERED
    assert verify_session(str(world.home), world.entries("prompt")[0]["session"]).findings[0].step == 10


@pytest.mark.parametrize("name", RESTORED)
def test_an_index_over_fewer_rows_is_found_by_what_it_holds(world: World, name: str) -> None:
    """Its text says what ours says; SQLite looks into it."""
    path = world.home / "ledger.db"
    with sqlite3.connect(path) as database:
        ((text,),) = database.execute("SELECT sql FROM sqlite_master WHERE name = ?", (name,)).fetchall()
        database.executescript(RESTORED[name])
        database.execute("PRAGMA writable_schema = 1")
        database.execute("UPDATE sqlite_master SET sql = ? WHERE name = ?", (text, name))
    database.close()
    report = verify_ledger(str(world.home))
    assert report.verdict is VerdictName.TAMPERED
    assert any(finding.step == 10 and "SQLite says" in finding.reason for finding in report.findings)


def test_what_sqlite_makes_itself_is_no_tampering(world: World) -> None:
    """Counts for its planner, and a file written anew."""
    run(world, "ANALYZE", "VACUUM", "REINDEX")
    assert verify_ledger(str(world.home)).findings == ()


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM records WHERE kind = 'intent'",
        "UPDATE records SET status = 'failed' WHERE kind = 'intent' AND call = 'a'",
        "UPDATE records SET ts = ts + 1 WHERE kind = 'prompt'",
        "UPDATE records SET session = 'other' WHERE kind = 'outcome'",
        "UPDATE limits SET ts = ts - 1",
        "UPDATE mirrors SET lines = lines + 1",
        "UPDATE once SET identity = zeroblob(32) WHERE idx = (SELECT min(idx) FROM records WHERE kind = 'intent')",
    ],
)
def test_one_session_alone_is_compared_with_its_lookups(world: World, statement: str) -> None:
    """A lookup that is missing or wrong is a finding there, too."""
    change(world, statement)
    session = world.entries("prompt")[0]["session"]
    assert verify_session(str(world.home), session).verdict is VerdictName.TAMPERED


def test_other_sessions_do_not_trouble_one(world: World) -> None:
    """What is wrong in one is not said of another."""
    world.bash("o", "ls", session_id="other")
    change(world, "UPDATE records SET ts = ts + 1, status = 'failed' WHERE session = 'other'")
    assert verify_session(str(world.home), world.entries("prompt")[0]["session"]).findings == ()
    assert verify_session(str(world.home), "other").verdict is VerdictName.TAMPERED
