"""Ours and the Go project's packages for notes and transparency logs: each accepts what the other made, and nothing changed.

Needs Go and its module packages (Debian: `golang-go`, `golang-golang-x-mod-dev`). Where they are missing these tests are
skipped, and fail with WEB4_REQUIRE_GO set, as in continuous integration.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.ledgers import fill
from support.signers import Signer, Witness
from support.trees import Tree
from support.witnesses import ask, new_witness, serving
from web4_governance.core.ledger.cosignature import cosignatures
from web4_governance.core.ledger.note import Note, VerifierKey, ed25519_signers, signature_lines
from web4_governance.core.ledger.proof import consistency_proof, inclusion_proof, root_hash
from web4_governance.core.ledger.tlog_proof import TlogProof
from web4_governance.core.ledger.witness import AddCheckpoint
from web4_governance.storage import open_reader

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Peer: TypeAlias = Callable[..., subprocess.CompletedProcess[bytes]]

PACKAGES = Path("/usr/share/gocode")
PEER = Path(__file__).with_name("peer.go")
GO_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
LOG, WITNESS = Signer("log.example/1"), Witness("w.example/1")
TREE = Tree(40)
MOST = 256


@pytest.fixture(scope="session")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Peer:
    """The Go program, built once."""
    there = shutil.which("go") and (PACKAGES / "src/golang.org/x/mod/sumdb/tlog").is_dir()
    if not there and os.environ.get("WEB4_REQUIRE_GO"):
        pytest.fail("Go or its packages golang.org/x/mod are not here, and WEB4_REQUIRE_GO asks for them")
    if not there:
        pytest.skip("Go or its packages golang.org/x/mod are not here")
    where = tmp_path_factory.mktemp("go")
    program = where / "peer"
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": str(PACKAGES),
        "GOFLAGS": "",
        "GOCACHE": str(where / "cache"),
        "GOTELEMETRY": "off",
    }
    built = subprocess.run(
        ["go", "build", "-o", str(program), str(PEER)], env=environment, capture_output=True, timeout=170, check=False
    )
    assert built.returncode == 0, built.stderr.decode()

    def ask_peer(*words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([str(program), *words], input=given, capture_output=True, timeout=60, check=False)

    return ask_peer


def cosigned(size: int = 40) -> Note:
    note = LOG.checkpoint(size, root_hash(size, TREE.hash_at))
    return note.with_lines([WITNESS.cosign(note.text, time=1_700_000_000)])


def test_go_opens_our_notes_and_refuses_them_changed(peer: Peer) -> None:
    """A checkpoint by the log's key, a cosignature by the witness's, both together."""
    note, log, witness = cosigned(), LOG.key.to_text(), WITNESS.key.to_text()
    for keys in ([log], [witness], [log, witness]):
        assert peer("open", *keys, given=note.to_bytes()).stdout == note.text
    for old, new in ((b"\n40\n", b"\n41\n"), (b"log.example/1\n", b"log.example/2\n")):
        changed = note.to_bytes().replace(old, new, 1)
        assert peer("open", log, given=changed).returncode == 1
        assert peer("open", witness, given=changed).returncode == 1
    assert peer("open", Witness("w.example/1", word="x").key.to_text(), given=note.to_bytes()).returncode == 1


def test_we_open_go_s_notes_and_refuse_them_changed(peer: Peer) -> None:
    """By the key of Go's own example; unicode and empty lines in the text."""
    key = VerifierKey.from_text(GO_KEY)
    for text in ("one line\n", "è\n\n— looks like a signature\n\nend\n"):
        made = peer("sign", GO_SECRET, given=text.encode()).stdout
        note = Note.from_bytes(made)
        assert (note.text.decode(), ed25519_signers(note, [key]), note.to_bytes()) == (text, (key,), made)


def test_go_accepts_our_offline_proofs_and_refuses_them_changed(peer: Peer) -> None:
    """Signed, cosigned, included; another entry or another index is not."""
    keys = [LOG.key.to_text(), WITNESS.key.to_text()]
    for index in (0, 7, 31, 39):
        path = inclusion_proof(index, 40, TREE.hash_at)
        for extra in (None, b"more"):
            proof = TlogProof(index=index, path=path, note=cosigned(), extra=extra).to_bytes()
            done = peer("prove", f"entry {index}", *keys, given=proof)
            assert done.stdout == cosigned().text, done.stderr.decode()
            assert peer("prove", f"entry {index + 1}", *keys, given=proof).returncode == 1
            other = proof.replace(b"index %d\n" % index, b"index %d\n" % (index ^ 1))
            assert peer("prove", f"entry {index}", *keys, given=other).returncode == 1


def test_go_accepts_a_proof_of_every_entry_of_a_real_ledger(peer: Peer, tmp_path: Path) -> None:
    """The bytes that lie in the database, the root that the ledger keeps, the paths made from its leaves."""
    home = tmp_path / ".web4"
    home.mkdir(mode=0o700)
    fill(str(home))
    with open_reader(str(home)) as reader:
        entries = list(reader.entries())
        head = reader.head()
    tree = Tree(leaves=[entry.leaf for entry in entries])
    note = LOG.checkpoint(head.size, head.root)
    note = note.with_lines([WITNESS.cosign(note.text, time=1)])
    keys = [LOG.key.to_text(), WITNESS.key.to_text()]
    assert len(entries) == head.size > 8
    for index, entry in enumerate(entries):
        proof = TlogProof(index=index, path=inclusion_proof(index, head.size, tree.hash_at), note=note).to_bytes()
        done = peer("prove", entry.data.decode(), *keys, given=proof)
        assert done.stdout == note.text, done.stderr.decode()
        assert peer("prove", entry.data.decode() + " ", *keys, given=proof).returncode == 1


def test_go_makes_the_same_proofs_for_all_sizes_up_to_256(peer: Peer) -> None:
    """Every root, inclusion proof and consistency proof, byte for byte."""
    tree = Tree(MOST)
    ours = hashlib.sha256()

    def line(kind: str, first: int, second: int, hashes: tuple[bytes, ...]) -> None:
        ours.update(" ".join([f"{kind} {first} {second}", *(one.hex() for one in hashes)]).encode() + b"\n")

    for size in range(1, MOST + 1):
        line("root", size, 0, (root_hash(size, tree.hash_at),))
        for n in range(size):
            line("leaf", n, size, inclusion_proof(n, size, tree.hash_at))
            line("tree", n + 1, size, consistency_proof(n + 1, size, tree.hash_at))
    assert peer("all", str(MOST)).stdout.decode() == ours.hexdigest()


def test_go_accepts_what_a_served_witness_cosigned(peer: Peer, tmp_path: Path) -> None:
    """The whole way: our log's checkpoint, our witness process, Go's verification."""
    key = new_witness(tmp_path)
    note = LOG.checkpoint(40, root_hash(40, TREE.hash_at))
    with serving(tmp_path, LOG.key.to_text()) as prefix:
        status, _, body = ask(prefix, AddCheckpoint(old=0, proof=(), note=note).to_bytes())
    assert status == 200
    whole = note.with_lines(signature_lines(body))
    assert cosignatures(whole, [key])
    assert peer("open", LOG.key.to_text(), key.to_text(), given=whole.to_bytes()).stdout == note.text
