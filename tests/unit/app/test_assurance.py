"""What is observed for the assurance properties, on a machine where each cause is put there and taken away again."""

from __future__ import annotations

import json
import os
import pwd
import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from support.world import SESSION, World
from web4_governance.app import anchor, assurance, install, switch
from web4_governance.app.hosts import claude_code, claude_sandbox
from web4_governance.app.reconcile import Answer
from web4_governance.app.reconcile_record import explain, record
from web4_governance.app.second_sources import Source
from web4_governance.app.surroundings import Surroundings
from web4_governance.app.verify import verify_ledger
from web4_governance.core.errors import UsageError
from web4_governance.core.ledger.assurance import WHOLE, AnchoredAt, Observed
from web4_governance.core.ledger.reconcile import Difference, Found, Reconciliation
from web4_governance.core.ledger.verdict import Anchored, Report, VerdictName

FAR = 10.0**12


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.bash("toolu_1", "ls")
    made.bash("toolu_2", "ls")
    return made


def around(world: World) -> Surroundings:
    return Surroundings(
        home=str(world.home),
        user_home=str(world.user_home),
        config_dir=str(world.user_home / ".claude"),
        state_file=str(world.user_home / ".claude.json"),
        project=str(world.project),
        managed_dir=str(world.organisation / "claude-code"),
        organisation=str(world.organisation),
    )


def look(world: World, **given: Any) -> Observed:
    return assurance.observe(around(world), now_us=world.now_us, **given)


def holds(world: World, **given: Any) -> list[str]:
    return list(assurance.assurance(around(world), now_us=world.now_us, **given).holds)


def test_g0_goes_with_an_entry_that_is_cut(world: World) -> None:
    """At a look, without reading; and with the ledger."""
    assert holds(world) == ["G0"]
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute("DELETE FROM entries WHERE idx = (SELECT max(idx) FROM entries)")
    database.close()
    assert holds(world) == []
    (world.home / "ledger.db").unlink()
    assert "there is no ledger" in look(world).chain.fault


def test_g0_goes_with_a_finding_of_the_verification(world: World) -> None:
    """What a look does not see, verifying does; the verdict names what holds and what does not."""
    report = verify_ledger(str(world.home))
    said = assurance.with_assurance(report, around(world), now_us=world.now_us)
    assert any(text.startswith("G0: ") and WHOLE in text for text in said.holds)
    assert sum(text.startswith("G") for text in said.not_covered) == 6
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute("UPDATE entries SET bytes = x'7b7d' WHERE idx = 1")
    database.close()
    assert holds(world) == ["G0"]
    report = verify_ledger(str(world.home))
    assert holds(world, report=report) == []
    assert look(world, report=report).chain.fault.startswith("a step of the verification does not hold, at entry 1")


def test_g2_goes_with_each_of_its_rules_and_switches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Deny rules there and in force, or not at all."""
    monkeypatch.setattr(claude_sandbox, "unavailable", lambda: ())
    settings = world.user_home / ".claude" / "settings.json"
    settings.parent.mkdir()
    ours = install.deny_rules(str(world.home), str(settings))
    whole = json.loads(claude_sandbox.put("{}", ours))
    settings.write_text(json.dumps(whole))
    assert holds(world) == ["G0", "G2"]
    for change in (
        {"enabled": False},
        {"allowUnsandboxedCommands": True},
        {"excludedCommands": ["git"]},
        {"enableWeakerNestedSandbox": True},
        {"filesystem": {**whole["sandbox"]["filesystem"], "denyWrite": []}},
        {"filesystem": {**whole["sandbox"]["filesystem"], "disabled": True}},
    ):
        settings.write_text(json.dumps({"sandbox": {**whole["sandbox"], **change}}))
        assert holds(world) == ["G0"], change
    settings.write_text(json.dumps(whole)[:-1])
    assert holds(world) == ["G0"]
    settings.write_text(json.dumps(whole))
    monkeypatch.setattr(claude_sandbox, "unavailable", lambda: ("bubblewrap is missing",))
    assert holds(world) == ["G0"]


def test_g1_needs_a_closed_epoch_no_key_of_it_and_the_first_one_pinned(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them is put there, and taken away again."""
    home, place = str(world.home), world.organisation / "log-keys"
    world.organisation.mkdir(exist_ok=True)
    first = anchor.make_key(home).first.to_text()
    rights: set[str] = set()
    monkeypatch.setattr(os, "access", lambda path, _mode, **_more: str(path) in rights)
    place.write_text(f"# keys of logs\n{first}  # of this machine\n")
    assert holds(world) == ["G0"], "one epoch has nothing before it"
    old = (world.home / "keys" / "epoch-0.key").read_bytes()
    anchor.rotate(home, now_us=world.now_us)
    assert holds(world) == ["G0", "G1"]
    (world.home / "keys" / "epoch-0.key").write_bytes(old)
    assert holds(world) == ["G0"], "the closed epoch's key is there again"
    (world.home / "keys" / "epoch-0.key").unlink()
    for path in (place, world.organisation):
        rights.add(str(path))
        assert holds(world) == ["G0"], "who asks can write it"
        rights.clear()
    place.write_text(f"# {first}\n{first}x\n")
    assert holds(world) == ["G0"], "it is no line of the file"
    place.unlink()
    assert holds(world) == ["G0"], "there is no file"
    place.write_text(first)
    assert holds(world) == ["G0", "G1"]


def test_g3_needs_another_owner_and_no_right(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each right that the asking user has takes it away again."""
    me = os.getuid()
    assert look(world).owner.ledger_uid == me
    rights: dict[str, bool] = {}
    monkeypatch.setattr(os, "getuid", lambda: me + 1)
    monkeypatch.setattr(os, "access", lambda path, _mode, **_more: rights.get(os.path.basename(path), False))
    assert holds(world) == ["G0", "G3"]
    for name in (".web4", "ledger.db", "ledger.lock", "keys"):
        (world.home / "keys").mkdir(exist_ok=True)
        rights[name] = True
        assert holds(world) == ["G0"], name
        rights.clear()
    (world.home / "ledger.db").unlink()
    assert look(world).owner.ledger_uid == -1


def test_g3_holds_by_a_gate_of_another_user_that_the_lines_name(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Whose socket it is, in a directory that who asks cannot write; the home itself cannot be looked at then."""
    place = tmp_path / "run" / "gate.sock"
    place.parent.mkdir()
    settings = world.user_home / ".claude" / "settings.json"
    settings.parent.mkdir()
    me = os.getuid()

    def line(*words: str) -> None:
        args = ["-I", "-S", install.SCRIPT, "claude-code", *words]
        handler = {"type": "command", "command": "/usr/bin/python3", "args": args}
        settings.write_text(json.dumps({"hooks": {"PreToolUse": [{"hooks": [handler]}]}}))

    line("--gate", str(place), "--gate-user", pwd.getpwuid(me).pw_name)
    monkeypatch.setattr(os, "getuid", lambda: me + 1)
    rights: set[str] = {str(world.home)}
    monkeypatch.setattr(os, "access", lambda path, _mode, **_more: str(path) in rights)
    assert holds(world) == ["G0"], "there is no socket"
    place.write_text("")
    assert holds(world) == ["G0"], "it is none"
    place.unlink()
    with socket.socket(socket.AF_UNIX) as gate:
        gate.bind(str(place))
        assert holds(world) == ["G0", "G3"]
        rights.add(str(place.parent))
        assert holds(world) == ["G0"], "who asks can put another socket there"
        rights.discard(str(place.parent))
        line("--gate", str(place), "--gate-user", "nobody-of-this-name")
        assert holds(world) == ["G0"]
        line()
        assert holds(world) == ["G0"]
        settings.write_text("{")
        assert holds(world) == ["G0"]


def test_g4_goes_with_the_anchors_answer(world: World) -> None:
    """A head that an anchor was found to hold, of this ledger, near its end."""
    size = len(world.entries())
    assert holds(world, anchored=(AnchoredAt(anchor="git", size=size, stateful=True),)) == ["G0", "G4"]
    assert holds(world, anchored=(AnchoredAt(anchor="tsa", size=size),)) == ["G0"]
    assert holds(world, anchored=()) == ["G0"]
    late = look(world, anchored=(AnchoredAt(anchor="git", size=1, stateful=True),))
    assert late.tail_us == world.entries()[1]["ts"]


def test_g5_needs_the_rule_and_managed_hooks_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that commits, and hooks that nobody but root takes out."""
    anchored = (AnchoredAt(anchor="git", size=len(world.entries()), stateful=True),)
    managed = world.organisation / "claude-code" / "managed-settings.json"
    managed.parent.mkdir()
    line = install.line_of(str(world.home), claude_code.Scope.MANAGED, enforcing=True)
    whole = {"allowManagedHooksOnly": True, "hooks": {key: [group] for key, group in claude_code.groups(line).items()}}
    managed.write_text(json.dumps(whole))
    monkeypatch.setattr(os, "access", lambda _path, _mode, **_more: False)
    monkeypatch.setattr(assurance, "_count", lambda _document: 1)
    assert holds(world, anchored=anchored) == ["G0", "G4"], "no anchor is waited for"
    (world.home / "log-policy").write_text("quorum\n")
    assert holds(world, anchored=anchored) == ["G0", "G4"], "a policy that cannot be read"
    (world.home / "log-policy").write_text("quorum none\n#anchor git\n")
    assert holds(world, anchored=anchored) == ["G0", "G4", "G5"]
    managed.write_text(json.dumps({**whole, "allowManagedHooksOnly": False}))
    assert holds(world, anchored=anchored) == ["G0", "G4"]
    managed.write_text(json.dumps({"allowManagedHooksOnly": True}))
    assert holds(world, anchored=anchored) == ["G0", "G4"]
    managed.write_text("{")
    assert holds(world, anchored=anchored) == ["G0", "G4"]
    managed.write_text(json.dumps(whole))
    monkeypatch.setattr(os, "access", lambda _path, _mode, **_more: True)
    assert holds(world, anchored=anchored) == ["G0", "G4"]


def test_rules_that_commit_are_counted_wherever_they_stand() -> None:
    """In any layer of the document in force."""
    rule = {"match": {}, "commitBeforeAct": True}
    assert assurance._count({"layers": [{"rules": [rule, {"commitBeforeAct": False}]}, {"rules": [rule]}]}) == 2
    assert assurance._count([1, "x", None]) == 0


def answer(*found: Found, calls: int = 3) -> Answer:
    compared = Reconciliation(calls=calls, agreed=calls - len(found), found=found)
    return Answer(found=compared, sources=(Source(path="/t.jsonl", kind="telemetry"),), last_us=5)


UNSEEN = Found(what=Difference.UNSEEN, session="s", call="toolu_9", tool="Bash", ts=7, why="it ran")
UNBOUND = Found(what=Difference.UNBOUND, session=SESSION, call="toolu_1", tool="Bash", why="a result", leaf="ab" * 32)


def test_g6_goes_with_a_reconciliation_that_could_not_tell(world: World) -> None:
    """And comes with one that could; later calls are counted."""
    home = str(world.home)
    assert "G6" not in holds(world)
    record(home, answer(), now_us=world.now_us, deadline=FAR)
    assert holds(world) == ["G0", "G6"]
    world.bash("toolu_3", "ls")
    assert look(world).reconciled.since == 1
    record(home, answer(calls=0), now_us=world.now_us, deadline=FAR)
    assert holds(world) == ["G0"]
    with sqlite3.connect(world.home / "ledger.db") as database:
        database.execute("UPDATE entries SET kind = 'x' WHERE kind = 'event'")
    database.close()
    assert look(world).reconciled.ts == 0


def test_other_events_of_no_session_are_passed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last one that is a reconciliation counts, as far back as is looked."""
    record(str(world.home), answer(), now_us=world.now_us, deadline=FAR)
    switch.switch_off(str(world.home), span=1_000_000, now_us=world.now_us)
    assert look(world).reconciled.exit_code == 0
    monkeypatch.setattr(assurance, "MOST_EVENTS", 0)
    assert look(world).reconciled.exit_code == -1


def test_what_was_found_is_on_record_once_and_verify_says_so(world: World) -> None:
    """As gaps that somebody has to explain; the explanation is an entry too."""
    home = str(world.home)
    found = answer(UNSEEN, UNBOUND, Found(what=Difference.UNWITNESSED, session="s", call="x"))
    assert record(home, found, now_us=world.now_us, deadline=FAR) == 2
    assert record(home, found, now_us=world.now_us, deadline=FAR) == 0
    assert [entry["gap"]["why"] for entry in world.entries("gap")] == ["unseen", "did-not-bind"]
    assert world.openings("gap.said") == ["it ran", "a result"]
    report = verify_ledger(home)
    assert report.verdict is VerdictName.GAPS
    assert "toolu_9" in report.gaps[0].reason
    with sqlite3.connect(world.home / "ledger.db") as database:
        leaves = [row[0].hex() for row in database.execute("SELECT leaf FROM entries WHERE kind = 'gap' ORDER BY idx")]
    database.close()
    for leaf in leaves:
        assert explain(home, leaf[:12].upper(), "a test", now_us=world.now_us, deadline=FAR) == leaf
    report = verify_ledger(home)
    assert (report.verdict, report.findings) == (VerdictName.UNANCHORED, ())
    assert all(gap.explained for gap in report.gaps)


def test_a_late_call_can_be_explained_too_and_nothing_else(world: World) -> None:
    """Only what is a gap."""
    home = str(world.home)
    world.post("toolu_late", "Bash", {"command": "ls"}, {"stdout": ""})
    assert verify_ledger(home).verdict is VerdictName.GAPS
    with sqlite3.connect(world.home / "ledger.db") as database:
        rows = database.execute("SELECT leaf, kind, bytes FROM entries WHERE kind = 'intent' ORDER BY idx").fetchall()
    database.close()
    late = next(row[0].hex() for row in rows if b'"late":true' in row[2])
    explain(home, late, "it was off", now_us=world.now_us, deadline=FAR)
    assert verify_ledger(home).verdict is VerdictName.UNANCHORED
    other = next(row[0].hex() for row in rows if b'"late":true' not in row[2])
    for leaf in (other, "zz", "ff" * 32):
        with pytest.raises(UsageError, match="no gap"):
            explain(home, leaf, "x", now_us=world.now_us, deadline=FAR)


ANCHORS = """
[anchors.mine]
kind = "file"
path = "{0}/anchor.jsonl"

[anchors.theirs]
kind = "file"
path = "/proc/version"

[anchors.logs]
kind = "syslog"
read = "/proc/version"

[anchors.nowhere]
kind = "syslog"

[anchors.here]
kind = "witness"
url = "http://127.0.0.1:1/x"
key = "k"

[anchors.far]
kind = "witness"
url = "https://witness.example/x"
key = "witness.example/w+00000000+AQ=="

[anchors.bare]
kind = "git"
remote = "{0}"

[anchors.remote]
kind = "git"
remote = "git@git.example:log.git"

[anchors.journal]
kind = "journald"

[anchors.tsa]
kind = "rfc3161"
url = "https://tsa.example"
certificate = "/x"
"""


def test_an_anchor_keeps_state_where_who_asks_cannot_take_it_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what its settings say and what may be written; one that the settings do not have counts for nothing."""
    (world.home / "config.toml").write_text(ANCHORS.format(world.user_home))
    mine = str(world.user_home)
    monkeypatch.setattr(os, "access", lambda path, _mode, **_more: str(path).startswith(mine))
    names = [
        "mine",
        "theirs",
        "logs",
        "nowhere",
        "here",
        "far",
        "bare",
        "remote",
        "journal",
        "tsa",
        "gone",
        "witness.example/w",
    ]
    heads = [Anchored(by=name if "." in name else f"the anchor `{name}`", size=1, anchor=name) for name in names[:-1]]
    heads += [Anchored(by=names[-1], size=1), Anchored(by="theirs", size=1)]
    report = Report(verdict=VerdictName.TAIL, anchored=tuple(heads))
    found = assurance.anchored_by(str(world.home), report)
    assert [one.anchor for one in found if one.stateful] == [
        "theirs",
        "logs",
        "far",
        "remote",
        "journal",
        "far",
    ], "a cosignature is its witness's, and a file that a person holds no anchor of the settings"


def test_an_export_says_what_held_when_it_was_made(world: World) -> None:
    """With the time; with a verification, by its anchors."""
    said: Any = assurance.for_export(around(world), now_us=world.now_us)
    assert (said["observed_us"], list(said["holds"]), len(said["not_covered"])) == (world.now_us, ["G0"], 7)
    report = verify_ledger(str(world.home))
    assert WHOLE in str(assurance.for_export(around(world), now_us=world.now_us, report=report)["holds"])


def test_a_policy_that_does_not_load_commits_to_nothing(world: World) -> None:
    """And a settings file that cannot be read says nothing."""
    (world.home / "policy.json").write_text("{")
    (world.organisation / "claude-code" / "managed-settings.json").mkdir(parents=True)
    assert look(world).committed.rules == 0
