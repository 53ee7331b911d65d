"""`web4 verify`: steps, verdict, place, reason and exit code."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from support.told import FIRST, call_main
from support.world import World
from web4_governance.app import rows, verify_trust
from web4_governance.app.anchor import make_key, sign_head
from web4_governance.app.trust import catch_up
from web4_governance.cli import render, verify
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from support.told import Web4


@pytest.fixture
def copy(told: World, tmp_path: Path) -> Path:
    shutil.copytree(told.home, tmp_path / "copy")
    return tmp_path / "copy"


def edit(home: Path, statement: str) -> None:
    with sqlite3.connect(home / "ledger.db") as database:
        assert database.execute(statement).rowcount == 1
    database.close()


def test_a_ledger_that_nobody_touched_verifies_and_says_what_is_not_covered(web4: Web4) -> None:
    """Every step is numbered and answered; unanchored is said, and is enough unless an anchor is asked for."""
    said = web4("verify", "--json")
    assert said.code == 0
    found = said.json
    assert list(found) == list(rows.VERIFY)
    assert found["verdict"] == "UNANCHORED"
    assert [step["step"] for step in found["steps"]] == list(range(len(found["steps"])))
    assert {step["result"] for step in found["steps"]} == {"ok"}
    assert found["not_covered"]
    assert found["tally"]["intents"] == 8
    assert len(found["root"]) == 64


def test_an_anchor_can_be_required(web4: Web4) -> None:
    """Nothing outside speaks of this ledger: could not tell."""
    said = web4("verify", "--require-anchor")
    assert said.code == 1
    assert "--require-anchor" in said.err


def test_people_see_the_steps_and_the_verdict_last(web4: Web4) -> None:
    """One line a step, the verdict on the last."""
    lines = web4("verify").out.splitlines()
    assert lines[0].split()[:2] == ["0.", "ok"]
    assert lines[-1] == "UNANCHORED"
    assert any(line.startswith("not covered: ") for line in lines)


def test_a_changed_entry_is_tampering_at_its_place(copy: Path) -> None:
    """Exit 2; the place is the entry, the reason the hash."""
    edit(copy, "UPDATE entries SET bytes = replace(bytes, 'Read', 'Rear') WHERE idx = 3")
    said = call_main("verify", "--json", "--home", str(copy))
    assert said.code == 2
    assert said.json["verdict"] == "TAMPERED"
    assert said.json["place"].startswith("entry 3 ")
    assert {"step": 2, "claim": said.json["steps"][2]["claim"], "result": "failed"} in said.json["steps"]
    out = call_main("verify", "--home", str(copy)).out
    assert out.splitlines()[-1].startswith("TAMPERED at entry 3 ")


def test_one_session_is_verified_by_the_beginning_of_its_id(web4: Web4, copy: Path) -> None:
    """What is wrong in another session is not this one's."""
    assert web4("verify", "--session", "aaaa", "--json").json["tally"]["intents"] == 5
    edit(copy, "UPDATE entries SET leaf = zeroblob(32) WHERE idx = (SELECT max(idx) FROM entries)")
    assert call_main("verify", "--session", "aaaa", "--home", str(copy)).code == 0
    assert call_main("verify", "--session", "bbbb", "--home", str(copy)).code == 2


def test_steps_that_were_not_asked_are_not_called_ok(web4: Web4) -> None:
    """A session taken out of the ledger has no place in it to check."""
    steps = web4("verify", "--session", "aaaa", "--json").json["steps"]
    assert [step["step"] for step in steps if step["result"] == "not asked"] == list(verify.NOT_OF_SESSION)


def test_a_mirror_file_is_verified_without_the_ledger(told: World, tmp_path: Path) -> None:
    """No home is needed; a changed line is found."""
    mirror = told.home / "audit" / f"{FIRST}.jsonl"
    copied = tmp_path / "mirror.jsonl"
    copied.write_bytes(mirror.read_bytes())
    said = call_main("verify", "--file", str(copied), "--json", "--home", str(tmp_path / "none"))
    assert (said.code, said.json["verdict"]) == (0, "UNANCHORED")
    assert [step["step"] for step in said.json["steps"] if step["result"] == "not asked"] == list(verify.NOT_OF_FILE)
    lines = copied.read_bytes().splitlines(keepends=True)
    copied.write_bytes(b"".join([*lines[:2], lines[2].replace(b"Read", b"Rear"), *lines[3:]]))
    assert call_main("verify", "--file", str(copied)).code == 2


def test_a_mirror_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    """Exit 3: there is nothing to say about it."""
    assert call_main("verify", "--file", str(tmp_path / "none.jsonl")).code == 3


def test_a_call_that_nobody_judged_is_a_gap(tmp_path: Path) -> None:
    """An outcome without an intent: could not tell."""
    world = World(tmp_path)
    world.post("toolu_1", "Bash", {"command": "ls"}, {"stdout": ""})
    said = call_main("verify", "--home", str(world.home))
    assert said.code == 1
    assert said.out.splitlines()[-1].startswith("GAPS")


def test_long_work_is_said_to_go_on(web4: Web4, monkeypatch: pytest.MonkeyPatch) -> None:
    """On standard error, so that the data stays clean."""
    told = threading.Event()
    monkeypatch.setattr(verify, "PATIENCE", 0.0)
    monkeypatch.setattr(render, "remark", lambda text: told.set() if "so far" in text else None)
    inner = verify._report

    def slow(*of: Any) -> Any:
        assert told.wait(30)
        return inner(*of)

    monkeypatch.setattr(verify, "_report", slow)
    assert web4("verify", "--json").json["verdict"] == "UNANCHORED"


def test_a_file_alone_says_that_the_rest_was_not_looked_at(web4: Web4, told: World) -> None:
    """Properties of the place where it was made cannot be seen from it."""
    mirror = next((told.home / "audit").iterdir())
    found = web4("verify", "--file", str(mirror), "--json").json
    assert any(text.startswith("G0: ") for text in found["holds"])
    assert sum("a file alone was verified" in text for text in found["not_covered"]) == 6


def test_one_session_says_that_it_is_a_part(web4: Web4) -> None:
    """Of the rest nothing was read."""
    session = web4("sessions", "--json").json[0]["session"]
    found = web4("verify", "--session", session, "--json").json
    assert "every entry that was asked for was read" in next(text for text in found["holds"] if text.startswith("G0"))


def test_a_changed_row_of_trust_is_found_and_a_verification_that_does_not_ask_says_so(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They open rules: verifying folds the entries anew and compares, and what reads less of a long ledger says so."""
    words = ("verify", "--json", "--home", str(copy))
    assert not any("trust --check" in text for text in call_main(*words).json["not_covered"])
    make_key(str(copy))
    with open_writer(str(copy), deadline=None) as writer:
        catch_up(writer)
        writer.commit()
    assert sign_head(str(copy), now_us=time.time_ns() // 1000)
    with sqlite3.connect(copy / "ledger.db") as database:
        assert database.execute("UPDATE trust SET value = replace(value, '=', '=9') WHERE key LIKE 't/%'").rowcount
    database.close()
    said = call_main(*words)
    assert (said.code, said.json["verdict"]) == (2, "TAMPERED")
    assert call_main("trust", "--check", "--home", str(copy)).code == 2
    assert call_main(*words, "--incremental").code == 2
    monkeypatch.setattr(verify_trust, "SHORT", 1)
    said = call_main(*words, "--incremental")
    assert (said.code, any("trust --check" in text for text in said.json["not_covered"])) == (0, True)


def test_the_key_that_the_organisation_keeps_is_the_one_that_is_believed(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever signs the ledger anew has keys of their own beside it; where the first one is kept elsewhere, that shows."""
    organisation = tmp_path / "organisation"
    organisation.mkdir()
    monkeypatch.setattr("web4_governance.app.context.ORGANISATION", str(organisation))
    first = make_key(str(copy)).first
    assert sign_head(str(copy), now_us=1) is not None

    def verdict() -> Any:  # whatever the command printed
        return call_main("verify", "--json", "--home", str(copy)).json

    beside, kept = "pin the first one", "the log's first key is the one that"
    assert any(beside in note for note in verdict()["notes"])
    keys = organisation / "log-keys"
    keys.write_text("no key\nother.example/log+00000000+AAAA\n")
    assert any("keeps no key of this log" in note for note in verdict()["notes"])
    keys.write_text(f"# ours\n{first.to_text()}  # of this machine\n")
    found = verdict()
    assert found["verdict"] == "UNANCHORED", found["findings"]
    assert any(kept in note for note in found["notes"])
    assert not any(beside in note for note in found["notes"])
    # Now another key signs the same entries.
    shutil.rmtree(copy / "keys")
    with sqlite3.connect(copy / "ledger.db") as database:
        database.execute("DELETE FROM heads")
    database.close()
    make_key(str(copy))
    assert sign_head(str(copy), now_us=1) is not None
    found = verdict()
    assert found["verdict"] == "UNCORROBORATED"
    keys.unlink()
    assert verdict()["verdict"] == "UNANCHORED"
