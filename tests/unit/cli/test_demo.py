"""`web4 demo`: the whole run, and that it would say so if something were not as it must be."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

import web4_governance
from support.told import call_main
from web4_governance import Ledger
from web4_governance.app import demo, demo_claims
from web4_governance.app.verify import verify_ledger
from web4_governance.core.value import replace

if TYPE_CHECKING:
    from pathlib import Path


def test_the_demo_runs_and_everything_is_as_it_must_be(tmp_path: Path) -> None:
    """Through real hook processes, in a directory of its own, which is gone afterwards."""
    source = os.path.dirname(os.path.dirname(web4_governance.__file__))
    moved = {"TMPDIR": str(tmp_path), "HOME": str(tmp_path / "home"), "COLUMNS": "80", "PYTHONPATH": source}
    done = subprocess.run(
        [sys.executable, "-m", "web4_governance", "demo"],
        capture_output=True,
        text=True,
        env={**os.environ, **moved},
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAILED" not in done.stdout
    assert done.stdout.count("  ok ") >= 13
    assert "TAMPERED at entry " in done.stdout
    assert "rm -rf ./build ~/" in done.stdout
    assert os.listdir(tmp_path) == []


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[demo.Stage, tuple[demo.Played, ...]]:
    stage = demo.build(str(tmp_path_factory.mktemp("demo")))
    return stage, tuple(demo.play(stage))


Run = tuple[demo.Stage, tuple[demo.Played, ...]]


def failing(claims: tuple[tuple[str, bool], ...]) -> list[str]:
    return [text for text, holds in claims if not holds]


def test_every_claim_about_the_answers_can_fail(run: Run) -> None:
    """An answer that is not as it must be is noticed by the claim that speaks of it."""
    _, played = run
    assert failing(demo_claims.claims_about_answers(played)) == []
    denied = next(one for one in played if one.code)
    mention = next(one for one in played if str(one.event.get("tool_input", {}).get("command")).startswith("echo"))
    for old, new, expected in (
        (denied, replace(denied, code=0), 3),
        (denied, replace(denied, stdout="{}"), 1),
        (denied, replace(denied, stderr=""), 1),
        (mention, replace(mention, stdout="{}"), 1),
        (mention, replace(mention, code=2), 3),
    ):
        changed = tuple(new if one is old else one for one in played)
        assert len(failing(demo_claims.claims_about_answers(changed))) >= 1, expected


def test_every_claim_about_the_records_can_fail(run: Run) -> None:
    """A record that is not as it must be is noticed."""
    stage, _ = run
    with Ledger.open(stage.home) as ledger:
        records: list[Any] = list(ledger.query_audit())
    assert failing(demo_claims.claims_about_records(records)) == []
    denied = next(record for record in records if record.status == "denied")
    child = next(record for record in records if record.role.agent_id)
    for old, new in (
        (denied, replace(denied, result=replace(denied.result, denied_by="person"))),
        (denied, replace(denied, rules=replace(denied.rules, matched=()))),
        (denied, replace(denied, request=replace(denied.request, prompt=None))),
        (denied, replace(denied, request=replace(denied.request, words=None))),
        (denied, replace(denied, resource=replace(denied.resource, tokens=None))),
        (child, replace(child, role=replace(child.role, parent=None))),
    ):
        assert len(failing(demo_claims.claims_about_records([new if one is old else one for one in records]))) == 1
    assert "nine calls" in failing(demo_claims.claims_about_records(records[:-1]))[0]


def test_a_changed_byte_is_found_wherever_it_lies(run: Run, tmp_path: Path) -> None:
    """The place in the file is found from the entry's bytes; the ledger itself stays as it was."""
    stage, _ = run
    with Ledger.open(stage.home) as ledger:
        entries = list(ledger.reader.entries())
    for stored in entries[::7]:
        copied = replace(stage, root=str(tmp_path / str(stored.idx)))
        os.mkdir(copied.root)
        change = demo.tamper(copied, stored.data, stored.idx)
        assert change.before != change.after
        report = verify_ledger(change.home)
        assert (str(report.verdict), report.place.split(" (")[0]) == ("TAMPERED", f"entry {stored.idx}")
    assert str(verify_ledger(stage.home).verdict) == "UNANCHORED"


def test_a_demo_that_goes_wrong_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Exit 1: under a policy that denies nothing the claims do not hold."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(demo, "POLICY", {"extends": ["audit-only"]})
    said = call_main("demo")
    assert said.code == 1
    assert "FAILED the deletion of the home is answered with exit 2" in said.out


def test_the_throw_away_directory_can_be_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """To look around in it with the other commands."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr(demo, "play", lambda _stage: iter(()))
    said = call_main("demo", "--keep")
    (kept,) = os.listdir(tmp_path)
    assert f"--home {tmp_path}/{kept}/home/dev/.web4" in said.out
