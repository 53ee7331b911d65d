"""Another ledger's word through the real commands: two homes, a C2SP witness between them, a bundle; and each way to cheat."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from support.ledgers import Scribe
from support.witnesses import new_witness, serving, web4
from web4_governance.app.anchor import make_key
from web4_governance.app.verify import verify_ledger
from web4_governance.storage.reader import open_reader
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path

    from web4_governance.core.ledger.note import VerifierKey

AGENT = "agent:claude-code/main/unknown"


class Pair:
    """Our home, with little history of the agent; theirs, with much; and a witness of a third."""

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch
        self.ours, self.theirs, self.third = scratch / "ours", scratch / "theirs", scratch / "third"
        for home, count in ((self.ours, 30), (self.theirs, 60)):
            home.mkdir(mode=0o700)
            with open_writer(str(home), deadline=None) as writer:
                scribe = Scribe(writer)
                for n in range(count):
                    scribe.call(f"call-{n}", path=f"/srv/{n}.txt")
                writer.commit()
        self.third.mkdir()
        self.ours_key, self.key = (make_key(str(home)).first for home in (self.ours, self.theirs))
        self.witness = new_witness(self.third)

    def cosign(self, home: Path, key: VerifierKey) -> None:
        """Sign a head and have the witness cosign it."""
        with serving(self.third, key.to_text()) as prefix:
            text = f'[anchors.third]\nkind = "witness"\nurl = "{prefix}"\nkey = "{self.witness.to_text()}"\n'
            (home / "config.toml").write_text(text)
            done = web4("anchor", "now", home=home)
            assert done.returncode == 0, done.stderr

    def bundle(self, home: Path, *words: str) -> str:
        file = self.scratch / f"{home.name}.tar"
        done = web4("export", "--format", "bundle", "-o", str(file), *words, home=home)
        assert done.returncode == 0, done.stderr
        return str(file)

    def hear(self, bundle: str, *, key: str = "", witness: str = "", domain: str = "the other team") -> tuple[int, str]:
        words = ["--key", key or self.key.to_text(), "--witness", witness or self.witness.to_text()]
        done = web4("witness", "hear", bundle, *words, "--domain", domain, home=self.ours)
        return done.returncode, done.stdout + done.stderr

    def low(self, name: str = "with_heard") -> float:
        rows = json.loads(web4("trust", AGENT, "--role", "file_read", "--json", home=self.ours).stdout)
        (row,) = rows
        found: dict[str, Any] = row[name]
        told = found["reliability"]
        return float(told["lcb05"] if name == "dimensions" else told)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    made = Pair(tmp_path_factory.mktemp("pair"))
    made.cosign(made.theirs, made.key)
    made.cosign(made.ours, made.ours_key)
    return made


def test_another_ledger_s_word_counts_by_how_far_it_is_trusted(pair: Pair) -> None:
    """Heard, it moves little; vouched for, more; never over the cap; and the ledger verifies."""
    own = pair.low("dimensions")
    code, said = pair.hear(pair.bundle(pair.theirs))
    assert (code, AGENT in said) == (0, True), said
    stranger = pair.low()
    assert own < stranger < own + 0.05
    label = ["trust", "label", "ledger:the other team", "--role", "witness", "--endorse", "--why", "they verify theirs"]
    assert web4(*label, home=pair.ours).returncode == 0
    assert stranger < pair.low() < 0.9
    assert pair.low("dimensions") == own, "it is no evidence of this ledger"
    told = web4("trust", AGENT, home=pair.ours).stdout
    assert "told by       the other team, whose word counts for 0.8" in told
    assert web4("trust", "--check", home=pair.ours).returncode == 0
    assert verify_ledger(str(pair.ours)).findings == ()
    with open_reader(str(pair.ours)) as reader:
        before = reader.head().size
    assert pair.hear(pair.bundle(pair.theirs))[0] == 0
    with open_reader(str(pair.ours)) as reader:
        assert reader.head().size == before, "the same head says nothing new"


def test_one_s_own_ledger_is_no_witness(pair: Pair) -> None:
    """Under whatever name it is handed in."""
    code, said = pair.hear(pair.bundle(pair.ours), key=pair.ours_key.to_text())
    assert (code, "own word" in said) == (3, True), said


def test_a_log_that_witnesses_itself_is_none(pair: Pair) -> None:
    """The cosignature has to be of somebody else."""
    code, said = pair.hear(pair.bundle(pair.theirs), witness=pair.key.to_text())
    assert (code, "no witness of itself" in said) == (3, True), said


def test_what_nobody_cosigned_is_not_heard(pair: Pair, tmp_path: Path) -> None:
    """A ledger with a signed head alone could have been made an hour ago, or twice."""
    other = new_witness(tmp_path, "somebody.example/else")
    code, said = pair.hear(pair.bundle(pair.theirs), witness=other.to_text())
    assert (code, "UNANCHORED" in said) == (3, True), said


def test_a_selection_is_not_heard(pair: Pair) -> None:
    """Whoever chooses what to show shows what they like."""
    code, said = pair.hear(pair.bundle(pair.theirs, "--status", "succeeded"))
    assert (code, "selection" in said) == (3, True), said


def test_another_key_than_the_one_that_is_known_is_not_heard(pair: Pair) -> None:
    """Anybody can sign with a key of their own."""
    code, said = pair.hear(pair.bundle(pair.theirs), key=pair.ours_key.to_text())
    assert code == 3, said
    assert "own word" in said or "does not count" in said
