"""`web4 verify` with what the reader holds: heads, keys, and a policy of who has to agree; of a ledger and of a bundle."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from support.ledgers import Scribe
from support.signers import Signer, Witness
from support.told import call_main
from web4_governance.app.anchor import make_key, sign_head
from web4_governance.app.bundle import write_bundle
from web4_governance.storage.writer import open_writer

if TYPE_CHECKING:
    from pathlib import Path


EARLY, LATE = 1, 2  # so many calls more


class Held:
    """A ledger of which the reader holds the first key, an earlier head and the last one, and bundles made at each."""

    def __init__(self, scratch: Path) -> None:
        self.home = scratch / "home"
        self.calls(3)
        self.key = make_key(str(self.home)).first.to_text()
        self.bundles: dict[int, Path] = {}
        self.heads: dict[int, Path] = {}
        for when in (EARLY, LATE):
            self.calls(when)
            head = sign_head(str(self.home), now_us=when)
            assert head is not None
            self.heads[when], self.bundles[when] = scratch / f"head-{when}", scratch / f"{when}.tar"
            self.heads[when].write_bytes(head.note)
            write_bundle(str(self.home), str(self.bundles[when]))
        self.scratch = scratch

    def calls(self, count: int) -> None:
        with open_writer(str(self.home), deadline=None) as writer:
            scribe = Scribe(writer)
            for n in range(count):
                scribe.call(f"call-{scribe.now}-{n}-{count}")
            writer.commit()

    def verify(self, *words: object, code: int) -> Any:  # whatever the command printed
        said = call_main("verify", "--json", "--home", str(self.home), *map(str, words))
        assert said.code == code, said
        return said.json if said.out else None

    def file(self, name: str, *lines: str) -> Path:
        path = self.scratch / name
        path.write_text("\n".join(lines) + "\n")
        return path

    def alone(self, bundle: Path, *words: object) -> tuple[int, str]:
        """What the verifier in the bundle says, by the standard library alone."""
        with tarfile.open(bundle) as tar:
            tar.extract("verify.py", self.scratch, filter="data")
        command = [sys.executable, "-I", "-S", str(self.scratch / "verify.py"), *map(str, words), str(bundle)]
        found = subprocess.run(command, capture_output=True, check=False, text=True)
        return found.returncode, found.stdout + found.stderr


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    return Held(tmp_path_factory.mktemp("held"))


@pytest.mark.parametrize(
    ("bundle", "head", "verdict", "code"),
    [(LATE, LATE, "ANCHORED", 0), (LATE, EARLY, "TAIL", 0), (EARLY, LATE, "UNCORROBORATED", 1)],
)
def test_a_head_that_the_reader_holds_is_held_against_a_bundle(
    held: Held, bundle: int, head: int, verdict: str, code: int
) -> None:
    """By the command and by the file in the bundle: a bundle of fewer entries is not all that there was."""
    words = ("--key", held.key, "--head", held.heads[head], "--require-anchor")
    assert held.verify("--bundle", held.bundles[bundle], *words, code=code)["verdict"] == verdict
    said = held.alone(held.bundles[bundle], *words)
    assert said[0] == code
    assert said[1].rstrip().splitlines()[-1].startswith(verdict)


def test_a_head_of_another_log_speaks_of_nothing_here(held: Held) -> None:
    """What is no head of this log is left aside with a word; what is not there is bad input."""
    other = held.scratch / "other"
    other.write_bytes(Signer("log.invalid/other").checkpoint(14, bytes(32)).to_bytes())
    found = held.verify("--bundle", held.bundles[LATE], "--head", other, code=1)
    assert (found["verdict"], found["place"]) == ("UNCORROBORATED", str(other))
    assert held.verify("--bundle", held.bundles[LATE], "--head", held.scratch / "none", code=3) is None


def test_a_key_that_the_bundles_keys_do_not_follow_from_is_not_tampering(held: Held) -> None:
    """It is a bundle of another log, or of other hands: nothing here can answer for it."""
    strange = Signer("log.invalid/other").key.to_text()
    found = held.verify("--bundle", held.bundles[LATE], "--key", strange, code=1)
    assert (found["verdict"], found["place"]) == ("UNCORROBORATED", "the bundle")
    assert held.alone(held.bundles[LATE], "--key", strange)[0] == 1


@pytest.mark.parametrize("option", ["--head", "--key", "--witness", "--log-policy"])
@pytest.mark.parametrize("part", ["--session", "--file"])
def test_what_is_about_heads_is_refused_where_no_head_is_looked_at(held: Held, option: str, part: str) -> None:
    """Rather than left aside without a word."""
    said = call_main("verify", "--home", str(held.home), part, "x", option, held.key)
    assert said.code == 3
    assert f"`{option}` is about heads" in said.err


@pytest.mark.parametrize(
    ("lines", "verdict", "why"),
    [
        (("quorum none",), "ANCHORED", ""),
        (("quorum none", "#anchor gone"), "UNCORROBORATED", "the anchor `gone` does not hold it"),
        (("witness w WITNESS", "quorum w"), "UNCORROBORATED", "`w` has not cosigned"),
        (("quorum",), "UNCORROBORATED", "line 1 of the log policy"),
        (("log OTHER", "quorum none"), "UNCORROBORATED", "names no key of the log"),
        (("log KEY", "quorum none"), "ANCHORED", ""),
    ],
)
def test_the_homes_log_policy_says_who_has_to_agree(held: Held, lines: tuple[str, ...], verdict: str, why: str) -> None:
    """Also one that makes no sense: it asks for something that nobody can answer."""
    words = {"WITNESS": Witness("w").key.to_text(), "OTHER": Signer("x/y").key.to_text(), "KEY": held.key}
    policy = held.home / "log-policy"
    policy.write_text("\n".join(" ".join(words.get(word, word) for word in line.split()) for line in lines) + "\n")
    try:
        found = held.verify("--head", held.heads[LATE], code=0 if verdict == "ANCHORED" else 1)
        assert (found["verdict"], why in found["reason"]) == (verdict, True), found
    finally:
        policy.unlink()


def test_a_log_policy_can_be_named_for_a_ledger_and_for_a_bundle(held: Held) -> None:
    """One that lies where the agent cannot write; it goes before the home's. A bad one is bad input."""
    asks = held.file("asks", f"log {held.key}", "quorum none", "#anchor gone")
    for words in ((), ("--bundle", held.bundles[LATE])):
        found = held.verify(*words, "--head", held.heads[LATE], "--log-policy", asks, code=1)
        assert (found["verdict"], found["place"]) == ("UNCORROBORATED", "the log policy")
        assert not any("pin" in note for note in found["notes"])
    assert held.alone(held.bundles[LATE], "--log-policy", asks)[0] == 1
    assert held.verify("--log-policy", held.file("bad", "quorum"), code=3) is None
    assert held.alone(held.bundles[LATE], "--log-policy", held.scratch / "bad")[0] == 3
