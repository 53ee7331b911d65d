"""What is erased lies nowhere in the home any more, in no file and under no index, and everything still verifies."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.ledgers import SESSION, Scribe, fill
from support.processes import KILLED, run
from support.world import World
from web4_governance.app import erase
from web4_governance.app.query import Ledger
from web4_governance.app.verify import verify_ledger
from web4_governance.core.ledger.verdict import VerdictName
from web4_governance.core.record.where import condition
from web4_governance.storage import schema
from web4_governance.storage.database import Database
from web4_governance.storage.erase import DERIVED, SCRUB, finish, open_eraser
from web4_governance.storage.home import Home
from web4_governance.storage.mirror import ASIDE, path_of
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json

NAME = "zebulon-quixotry"
WHY = {"who": "ada", "why": "a request", "authority": "the person's own"}


def test_every_table_says_what_erasing_does_there() -> None:
    """Whoever adds a table that may hold content has to say here how a value leaves it."""
    tables = {table.split("(")[0].split()[-1] for table in schema.TABLES if table.startswith("CREATE TABLE")}
    assert tables == DERIVED.keys()


def raw(home: str) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(Path(home).rglob("*")) if file.is_file())


def erased(home: str, *where: str, fields: tuple[str, ...] = (), names: tuple[str, ...] = ()) -> erase.Done:
    with Ledger.open(home) as ledger:
        asked = erase.Asked(where=tuple(map(condition, where)), fields=fields, names=names)
        pieces = erase.choose(ledger, asked)
    return erase.erase(home, pieces, **WHY, now_us=1_795_000_900_000_000)


def clean(home: str) -> bool:
    report = verify_ledger(home)
    assert (report.verdict, report.found) == (VerdictName.UNANCHORED, 0), (report.findings, report.gaps)
    return report.notes == ()


def words(content: Json) -> Iterator[str]:
    if isinstance(content, dict):
        for item in content.values():
            yield from words(item)
    elif isinstance(content, list):
        for item in content:
            yield from words(item)
    elif isinstance(content, str):
        yield content
        yield from (part for part in content.replace("/", " ").replace("'", " ").split() if len(part) > 6)


def long_told(tmp_path: Path) -> World:
    """A ledger of many pages, through the gate, with everything that can hold a text."""
    world = World(tmp_path, {"rules": [{"match": {"tools": ["Bash"]}, "decision": "warn"}], "enforce": True})
    for n in range(12):
        world.feed("UserPromptSubmit", prompt=f"look at {n} " + "filler " * 60)
        given = {"command": f"cat /srv/plain-{n}/notes-{n}.txt"}
        world.pre(f"toolu_a{n}", "Bash", given)
        world.post(f"toolu_a{n}", "Bash", given, {"stdout": f"out-{n} " * 30})
        if n in (2, 7):
            secret = {"command": f"grep {NAME}-word-{n} /srv/{NAME}-dir/{n} && rm /srv/{NAME}-file{n}"}
            world.feed("UserPromptSubmit", prompt=f"find {NAME} the person {n}")
            world.pre(f"toolu_b{n}", "Bash", secret, cwd=f"/srv/{NAME}-cwd")
            world.feed("PermissionRequest", tool_name="Bash", tool_input=secret, permission_suggestions=[])
            world.post(f"toolu_b{n}", "Bash", secret, {"stdout": f"{NAME}-output {n}"})
    return world


def test_every_piece_that_is_unique_to_what_was_erased_is_gone_from_every_raw_file(tmp_path: Path) -> None:
    """Database, indices, WAL, free pages, mirrors: grepped byte by byte, for the values, their parts, salts and HMACs."""
    world = long_told(tmp_path)
    home = str(world.home)
    with Ledger.open(home) as ledger:
        pieces = erase.choose(ledger, erase.Asked(where=(condition(f"*~{NAME}"),)))
        openings = {(idx, one.field): one for idx in {p.idx for p in pieces} for one in ledger.reader.openings(idx)}
    gone = [openings[piece.idx, piece.field] for piece in pieces]
    db = sqlite3.connect(f"file:{home}/ledger.db?mode=ro", uri=True)
    places = tuple({piece.idx for piece in pieces})
    marks = ",".join("?" * len(places))
    hmacs = [row[0] for row in db.execute(f"SELECT same FROM records WHERE idx IN ({marks}) AND same <> x''", places)]
    keys = [row[0] for row in db.execute(f"SELECT identity FROM deliveries WHERE idx IN ({marks})", places)]
    db.close()
    assert len(places) >= 8
    assert hmacs
    assert keys
    before = raw(home)
    done = erase.erase(home, pieces, **WHY, now_us=1_795_000_900_000_000)
    assert (done.whole, done.entries) == (True, len(places))
    after = raw(home)
    with Ledger.open(home) as ledger:
        live = json.dumps(
            [[e.data.decode(), [o.value for o in ledger.reader.openings(e.idx)]] for e in ledger.reader.entries()]
        )
    unique = {text for one in gone for text in words(one.value) if json.dumps(text)[1:-1] not in live}
    assert len(unique) > 20
    assert any(NAME in text for text in unique)
    for text in unique:
        spelled = json.dumps(text, ensure_ascii=False)[1:-1].encode()
        assert spelled in before
        assert spelled not in after, text
    for secret in [one.salt for one in gone] + hmacs + keys:
        assert secret in before or secret.hex().encode() in before
        assert secret not in after
        assert secret.hex().encode() not in after
    assert NAME.encode() not in after
    assert clean(home)
    # And the gate goes on: the same action again is a new one, recorded and verified.
    world.pre("toolu_c", "Bash", {"command": "ls /srv"})
    assert clean(home)


def test_the_redaction_says_what_went_by_whom_and_why_and_holds_nothing_of_it(tmp_path: Path) -> None:
    """By leaf and field: with the commitments that stay in the entries, exactly those values."""
    world = long_told(tmp_path)
    home = str(world.home)
    done = erased(home, f"*~{NAME}")
    with open_reader(home) as reader:
        entry = reader.entry(done.idx)
        assert entry is not None
        body: Any = entry.body()
        assert (entry.kind, entry.session) == ("redaction", "-")
        assert [reader.opening(done.idx, name) for name in ("who", "why", "authority")] == list(WHY.values())
        told = body["redaction"]
        assert (told["entries"], told["openings"]) == (done.entries, done.count)
        listed: Any = told["erased"] if "all" not in told else reader.opening(done.idx, "redaction.all")
        for idx, leaf, *fields in listed:
            there = reader.entry(idx)
            assert there is not None
            assert there.leaf.hex() == leaf
            assert fields
            assert not {one.field for one in reader.openings(idx)} & set(fields)
    assert NAME not in json.dumps(body)


def test_many_entries_are_named_by_a_commitment_to_the_whole_list(tmp_path: Path) -> None:
    """An entry has at most 16 KiB; count and digest stand in the clear."""
    home = str(tmp_path / "home")
    fill(home, sessions=2, calls=40)
    done = erased(home, "kind=intent")
    assert done.entries == 80
    with open_reader(home) as reader:
        entry = reader.entry(done.idx)
        assert entry is not None
        told: Any = entry.body()["redaction"]
        assert 0 < len(told["erased"]) < 80
        listed = reader.opening(done.idx, "redaction.all")
        assert isinstance(listed, list)
        assert len(listed) == 80
    assert clean(home)


def test_one_field_goes_and_the_others_stay(tmp_path: Path) -> None:
    """The input, and with it the HMAC by which equal actions are found; the deed's target is another opening."""
    home = str(tmp_path / "home")
    fill(home, sessions=1, calls=2)
    done = erased(home, "request.call=call-0-1", fields=("request.input",))
    assert (done.count, done.entries) == (1, 1)
    with open_reader(home) as reader:
        (intent,) = [e for e in reader.entries() if reader.same_as(e.idx, b"") and e.kind == "intent"]
        left = {one.field for one in reader.openings(intent.idx)}
        assert left == {"rules.reasons", "request.deeds.0.detail", "request.project"}
        assert reader.lookups_between(intent.idx, intent.idx)[intent.idx].targets
    assert clean(home)


def test_a_deed_goes_with_its_targets_and_what_another_opening_shows_stays_findable(tmp_path: Path) -> None:
    """A target is looked up only while an opening of the entry says it."""
    world = World(tmp_path, None)
    world.bash("toolu_1", f"cat /srv/{NAME} /srv/other")
    home = str(world.home)
    with Ledger.open(home) as ledger:
        (intent,) = ledger.query_audit(tool="Bash")
        idx = intent.reference.idx
        details = [o.field for o in ledger.reader.openings(idx) if o.field.startswith("request.deeds.")]
        assert len(details) == 2
        first = next(o.field for o in ledger.reader.openings(idx) if o.field in details and NAME in json.dumps(o.value))
    erased(home, f"*~{NAME}", fields=(first,))
    with Ledger.open(home) as ledger:
        assert len(ledger.query_audit(targetPattern="/srv/other")) == 1
        assert len(ledger.query_audit(targetPattern=f"*{NAME}*")) == 0
    assert clean(home)


def test_a_call_under_a_borrowed_id_keeps_a_key_that_tells_nothing(tmp_path: Path) -> None:
    """Its once-only key was made with the HMAC of the action; the one that takes its place is made from the leaf."""
    world = World(tmp_path, None)
    world.bash("toolu_1", "ls /srv/one")
    world.bash("toolu_1", f"ls /srv/{NAME}")
    home = str(world.home)
    before = verify_ledger(home)
    assert before.verdict is VerdictName.UNANCHORED, before.findings
    db = sqlite3.connect(f"file:{home}/ledger.db?mode=ro", uri=True)
    keys = dict(db.execute("SELECT idx, identity FROM once"))
    db.close()
    done = erased(home, f"request.input.command~{NAME}")
    assert done.entries == 1
    assert clean(home)
    changed = [key for key in keys.values() if key not in raw(home)]
    assert len(changed) == 1
    db = sqlite3.connect(f"{home}/ledger.db")
    db.execute("UPDATE once SET identity = randomblob(32) WHERE idx = (SELECT max(idx) FROM once)")
    db.commit()
    db.close()
    assert verify_ledger(home).verdict is VerdictName.TAMPERED


def test_a_broken_policy_goes_from_the_gates_memory_too(tmp_path: Path) -> None:
    """The word `policy` holds the texts of what did not load, until the entry that says so is erased."""
    world = World(tmp_path, {"rules": [{"match": {"tools": ["Bash"]}, "decision": "warn"}]})
    world.bash("toolu_1", "ls")
    world.policy({"rules": NAME})
    world.bash("toolu_2", "ls")
    home = str(world.home)
    with open_reader(home) as reader:
        assert "\n" in reader.meta("policy")
    assert erased(home, "kind=policy", fields=("broken",)).count == 1
    db = sqlite3.connect(f"file:{home}/ledger.db?mode=ro", uri=True)
    (word,) = db.execute("SELECT value FROM meta WHERE key = 'policy'").fetchone()
    db.close()
    assert "\n" not in word
    assert clean(home)


def test_a_mirror_set_aside_loses_the_opening_and_stays_evidence(tmp_path: Path) -> None:
    """Whole lines, a line cut off in the middle of the value, a line of nobody: each loses what is erased, and only that."""
    home = str(tmp_path / "home")
    with open_writer(home, deadline=None) as writer:
        scribe = Scribe(writer)
        scribe.prompt(f"about {NAME} and more")
        scribe.prompt("about nobody")
        writer.commit()
    path = Path(path_of(Home(home), SESSION))
    first, second = path.read_bytes().splitlines(keepends=True)
    odd = Path(str(path) + ASIDE + "1")
    torn = first[: first.index(NAME.encode()) + len(NAME)]
    odd.write_bytes(first + second + f'odd: "about {NAME} and more"\n'.encode() + b"odd line\n" + torn)
    path.write_bytes(first + b"what the ledger does not have\n")  # the next writing sets this aside too
    (Path(home) / "audit" / "x.jsonl.1.tmp").write_bytes(first)
    erased(home, f"request.text~{NAME}")
    assert NAME.encode() not in raw(home)
    lines = odd.read_bytes().splitlines()
    assert [line.partition(b',"open"')[0] for line in lines] == [
        first.partition(b',"open"')[0],
        second.partition(b',"open"')[0],
        b"odd line",
        first.partition(b',"open"')[0],
    ]
    assert second in odd.read_bytes()
    assert not (Path(home) / "audit" / "x.jsonl.1.tmp").exists()
    report = verify_ledger(home)
    assert {finding.reason for finding in report.findings} == {"it was set aside: it held what the ledger does not"}


def test_mirrors_behind_a_link_are_named_and_not_touched(tmp_path: Path) -> None:
    """Nothing is written outside the home, so what lies there is told, not rewritten."""
    home = str(tmp_path / "home")
    fill(home)
    os.rename(f"{home}/audit", tmp_path / "elsewhere")
    os.symlink(tmp_path / "elsewhere", f"{home}/audit")
    done = erased(home, "kind=prompt")
    assert any("symlink" in copy for copy in done.unreached)
    assert b"do thing" in (tmp_path / "elsewhere" / "session-0.jsonl").read_bytes()


def test_a_reader_that_holds_old_pages_is_told_and_the_rest_is_finished_later(tmp_path: Path) -> None:
    """Its snapshot keeps the WAL; nothing is lost, and `finish` goes on where it stopped."""
    home = str(tmp_path / "home")
    fill(home)
    with open_reader(home) as reader:
        assert reader.head().size > 0
        with open_eraser(home, deadline=time.monotonic() + 0.1) as eraser:
            eraser.erase({0: ["request.text"]})
            eraser.commit()
            assert not eraser.scrub()
        assert b"do thing 0" in raw(home)
    assert verify_ledger(home).found == 0
    assert finish(home, deadline=None)
    with open_reader(home) as reader:
        assert reader.meta(SCRUB) == ""
    assert finish(home, deadline=None)
    assert clean(home)


STEPS = ("run", "run_each", "row", "rows", "close")
FILES = ("open", "fsync", "replace", "rename", "unlink")


@pytest.mark.parametrize("part", range(4))
def test_killed_at_any_step_the_ledger_is_whole_and_the_erasure_can_be_done_again(tmp_path: Path, part: int) -> None:
    """Either nothing was erased, or the redaction is there; afterwards the value is gone from every file."""
    ended, n = KILLED, part + 1
    while ended == KILLED:
        home = str(tmp_path / f"home-{n}")
        fill(home, sessions=1, calls=2)

        def doomed(home: str, n: int) -> None:
            with Ledger.open(home) as ledger:
                pieces = erase.choose(ledger, erase.Asked(where=(condition("request.text~thing 0"),)))
            _counted(n)
            erase.erase(home, pieces, **WHY, now_us=1_795_000_900_000_000)

        ended = run(partial(doomed, home, n))
        report = verify_ledger(home)
        assert report.found == 0, (n, report.findings)
        with open_reader(home) as reader:
            redactions = [e for e in reader.entries() if e.kind == "redaction"]
            shown = reader.opening(0, "request.text") is not None
            assert shown == (not redactions), n
        if shown:
            assert erased(home, "request.text~thing 0").whole
        else:
            assert erase.finish(home)
        assert b"do thing 0" not in raw(home)
        assert clean(home)
        n += 4
    assert n > 30


def _counted(n: int) -> None:
    from support.processes import die  # noqa: PLC0415  # of the child that is about to die

    left = n

    def dying(original: Any) -> Any:
        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                die()
            return original(*args, **kwargs)

        return step

    for owner, names in ((Database, STEPS), (os, FILES)):
        for name in names:
            setattr(owner, name, dying(getattr(owner, name)))
