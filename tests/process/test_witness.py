"""`web4 witness serve` as a process: the standard's answers over a socket, races, crashes, and a clock stepped back."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit

import pytest

from support.signers import Signer
from support.trees import Tree
from support.witnesses import ask, new_witness, serving, web4
from web4_governance.app.witness import Witness, WitnessKey, known_logs, make_key, read_key
from web4_governance.app.witness_server import WitnessServer
from web4_governance.core.errors import LedgerCorrupt, LedgerMoved, UsageError
from web4_governance.core.ledger.checkpoint import Checkpoint
from web4_governance.core.ledger.cosignature import cosignatures
from web4_governance.core.ledger.note import Note, VerifierKey, signature_lines
from web4_governance.core.ledger.proof import consistency_proof, root_hash
from web4_governance.core.ledger.witness import AddCheckpoint, Latest
from web4_governance.storage.witness import Remembered, WitnessState, open_witness

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

T = TypeVar("T")
TREE, FORK = Tree(64), Tree(64, salt=b"fork")
LOG = Signer("log.example/1")
LEDGERS = Path(__file__).resolve().parents[1] / "fixtures" / "ledgers"


def request(old: int, new: int, *, tree: Tree = TREE, signer: Signer = LOG) -> bytes:
    note = signer.checkpoint(new, root_hash(new, tree.hash_at))
    return AddCheckpoint(old=old, proof=consistency_proof(old, new, tree.hash_at), note=note).to_bytes()


def cosigned(key: VerifierKey, body: bytes, answer: bytes) -> int:
    """The time of a cosignature that verifies over the request's checkpoint."""
    text = AddCheckpoint.from_bytes(body).note.text
    return cosignatures(Note(text=text, lines=signature_lines(answer)), [key])[0].time


def test_the_standard_s_answers_over_a_socket(tmp_path: Path) -> None:
    """200, 400, 403, 404, 409 with the size, 422; and the state stays through a restart."""
    key = new_witness(tmp_path)
    assert web4("witness", "key", home=tmp_path).stdout.strip() == key.to_text()
    with serving(tmp_path, LOG.key.to_text()) as prefix:
        first = request(0, 5)
        status, _, body = ask(prefix, first)
        assert status == 200
        assert cosigned(key, first, body) > 1_700_000_000
        assert ask(prefix, request(0, 5))[:2] == (409, "text/x.tlog.size")
        assert ask(prefix, request(3, 9)) == (409, "text/x.tlog.size", b"5\n")
        assert ask(prefix, request(5, 9, tree=FORK))[0] == 422
        assert ask(prefix, request(5, 5, tree=FORK))[0] == 409
        assert ask(prefix, request(0, 5, signer=Signer("other.example")))[0] == 404
        assert ask(prefix, request(5, 9, signer=Signer("log.example/1", word="thief")))[0] == 403
        assert ask(prefix, b"hello")[0] == 400
        assert ask(prefix, b"", method="GET")[0] == 405
        assert ask(prefix, first, path="/elsewhere")[0] == 404
        assert ask(prefix, request(5, 9))[0] == 200
    with serving(tmp_path, LOG.key.to_text()) as prefix:
        assert ask(prefix, request(5, 12)) == (409, "text/x.tlog.size", b"9\n")
        assert ask(prefix, request(9, 12))[0] == 200
        held = ask(prefix, b"", method="GET", path="/checkpoint/" + quote(LOG.key.name, safe=""))
    note = Note.from_bytes(held[2])
    assert Checkpoint.from_text(note.text).size == 12
    assert [one.key for one in cosignatures(note, [key])] == [key]
    listed = web4("witness", "status", home=tmp_path)
    assert "log.example/1  12 entries" in listed.stdout
    assert '"size": 12' in web4("witness", "status", "--json", home=tmp_path).stdout
    assert '"size":12' in web4("witness", "status", "--jsonl", home=tmp_path).stdout


def test_of_many_requests_at_once_from_one_size_one_history_comes(tmp_path: Path) -> None:
    """Two witness processes on one state, eight clients: honest and forked submissions race, and all cosignatures agree."""
    key = new_witness(tmp_path)
    with serving(tmp_path, LOG.key.to_text()) as one, serving(tmp_path, LOG.key.to_text()) as other:
        assert ask(one, request(0, 1))[0] == 200
        barrier = threading.Barrier(8)

        def submit(n: int) -> list[tuple[int, int]]:
            barrier.wait(30)
            wins = []
            for size in range(2, 12):
                tree = FORK if n % 2 else TREE
                body = request(size - 1, size, tree=tree)
                status, _, answer = ask((one, other)[n % 4 // 2], body)
                if status == 200:
                    cosigned(key, body, answer)
                    wins.append((size, n % 2))
            return wins

        with ThreadPoolExecutor(8) as pool:
            wins = [win for found in pool.map(submit, range(8)) for win in found]
        final = int(ask(one, request(0, 20))[2])
    assert wins
    assert {fork for _, fork in wins} == {0}, "the fork does not follow from the first entry"
    assert max(size for size, _ in wins) == final


def test_two_forks_race_from_nothing_and_one_wins(tmp_path: Path) -> None:
    """The race of the standard's text, with an equivocating log: whoever comes second is refused."""
    for n in range(6):
        home = tmp_path / str(n)
        make_key(str(home), "w.example")
        state = str(home / "witness" / "state.db")
        witnesses = [Witness(key=read_key(str(home)), logs=[LOG.key], state=state, now=lambda: 5) for _ in range(2)]
        barrier = threading.Barrier(2)

        def submit(which: int) -> int:
            barrier.wait(30)  # noqa: B023  # used before the next round
            return witnesses[which].add_checkpoint(request(0, 9, tree=(TREE, FORK)[which])).status  # noqa: B023

        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(submit, range(2))) == [200, 409]
        for one in witnesses:
            one.close()


def at(tmp_path: Path, times: list[int]) -> Witness:
    """A witness whose clock says what the list says, last first."""
    return Witness(
        key=WitnessKey("w.example", b"k" * 32), logs=[LOG.key], state=str(tmp_path / "s.db"), now=lambda: times[-1]
    )


def test_a_clock_that_is_stepped_back_never_dates_a_cosignature_before_an_earlier_one(tmp_path: Path) -> None:
    """By little: the later time is kept. By much: the witness does not answer until the clock is right again."""
    times = [1000]
    witness = at(tmp_path, times)
    assert witness.add_checkpoint(request(0, 1)).status == 200
    times[-1] = 950
    body = request(1, 2)
    answer = witness.add_checkpoint(body)
    assert (answer.status, cosigned(witness.key, body, answer.body)) == (200, 1000)
    times[-1] = 900
    assert witness.add_checkpoint(request(2, 3)).status == 503
    times[-1] = 1001
    assert witness.add_checkpoint(request(2, 3)).status == 200
    witness.close()


def test_a_state_that_cannot_move_answers_nothing(tmp_path: Path) -> None:
    """Compare and swap: a writer that saw another state changes none."""
    state = open_witness(str(tmp_path / "s.db"))
    first = Remembered(latest=Latest(size=1, root=b"r"), time=1, note=b"n")
    with state.holding():
        state.move("o", Remembered(), first)
    for stale in (Remembered(), Remembered(latest=Latest(size=2, root=b"r"), note=b"n")):
        with pytest.raises(LedgerMoved), state.holding():
            state.move("o", stale, first)
    assert state.of("o") == first
    with pytest.raises(LedgerMoved), state.holding():
        both(state, first)
    with state.holding():
        state.succeed("a", "b", b"n")
    with pytest.raises(LedgerMoved), state.holding():
        state.succeed("a", "c", b"n")
    assert (state.successor("a"), state.successor("b")) == ("b", "")
    assert state.logs() == {"o": first}, "what an error interrupts is not there"
    state.close()


def both(state: WitnessState, first: Remembered) -> None:
    """One move that can be made, and one that cannot."""
    state.move("p", Remembered(), first)
    state.move("o", Remembered(), first)


def test_a_file_that_is_something_else_is_never_taken_for_an_empty_state(tmp_path: Path) -> None:
    """A witness that forgets what it saw would cosign a rewritten log."""
    (tmp_path / "s.db").write_bytes(b"x" * 2000)
    with pytest.raises(LedgerCorrupt):
        open_witness(str(tmp_path / "s.db"))
    (tmp_path / "ledger.db").write_bytes((LEDGERS / "v2.db").read_bytes())
    with pytest.raises(LedgerCorrupt):
        open_witness(str(tmp_path / "ledger.db"))


def raw(prefix: str, *pieces: bytes) -> bytes:
    """Send bytes as they are and give all that comes back."""
    address = urlsplit(prefix)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as sock:
        for piece in pieces:
            sock.sendall(piece)
        sock.shutdown(socket.SHUT_WR)
        found = b""
        while data := sock.recv(65536):
            found += data
    return found


def test_hostile_requests_are_refused_and_the_next_client_is_served(tmp_path: Path) -> None:
    """No length, chunks, too long, no HTTP, a head without end, a body that stops: each bounded, none ends the server."""
    new_witness(tmp_path)
    with serving(tmp_path, LOG.key.to_text()) as prefix:
        head = b"POST /add-checkpoint HTTP/1.1\r\n"
        assert b" 411 " in raw(prefix, head + b"\r\n")
        assert b" 411 " in raw(prefix, head + b"Content-Length: -1\r\n\r\n")
        assert b" 411 " in raw(prefix, head + b"Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n")
        assert b" 413 " in raw(prefix, head + b"Content-Length: 1000001\r\n\r\n")
        assert b" 413 " in raw(prefix, head + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n")
        assert b" 400 " in raw(prefix, b"hello\r\n\r\n")
        assert raw(prefix, b"x" * 20_000) == b""
        assert raw(prefix, head + b"Content-Length: 10\r\n\r\nshort") == b""
        body = request(0, 5)
        whole = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        assert raw(prefix, whole + whole).count(b"HTTP/1.1 ") == 2, "a connection is kept alive"
        assert ask(prefix, request(5, 6))[0] == 200


async def beside(server: WitnessServer, client: Callable[[int], Awaitable[T]]) -> T:
    """Run a server in this process and a client of its port."""
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(server.run("127.0.0.1", 0, port.set_result))
    try:
        return await client(await port)
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def test_whoever_says_nothing_is_let_go_and_the_next_is_served(tmp_path: Path) -> None:
    """A place for a while, and no more."""
    witness = at(tmp_path, [5])

    async def client(port: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /add-ch")
        assert await asyncio.wait_for(reader.read(), 60) == b""
        writer.close()
        return (await asyncio.to_thread(ask, f"http://127.0.0.1:{port}", request(0, 5)))[0]

    assert asyncio.run(beside(WitnessServer(witness, timeout=0.5), client)) == 200
    witness.close()


def test_the_sixty_fifth_connection_is_closed_and_the_others_stay(tmp_path: Path) -> None:
    """The places are bounded."""
    witness = at(tmp_path, [5])

    async def client(port: int) -> int:
        opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(70)]
        reads = [asyncio.create_task(reader.read()) for reader, _ in opened]
        while sum(read.done() for read in reads) < 6:
            await asyncio.wait([read for read in reads if not read.done()], return_when=asyncio.FIRST_COMPLETED)
        left = sum(not read.done() for read in reads)
        for read in reads:
            read.cancel()
        for _, writer in opened:
            writer.close()
        return left

    assert asyncio.run(beside(WitnessServer(witness, timeout=60), client)) == 64
    witness.close()


def test_a_key_is_made_once_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    """A second key under one name would be a second witness."""
    home = str(tmp_path / "h")
    with pytest.raises(UsageError, match="no key"):
        read_key(home)
    made = make_key(home, "w.example")
    path = tmp_path / "h" / "witness" / "key"
    assert path.stat().st_mode & 0o077 == 0
    assert read_key(home).key == made
    with pytest.raises(UsageError, match="already"):
        make_key(home, "w.example")
    good = path.read_text()
    for bad in ("", "x", good.replace("w.example", "v.example"), good[:-6], good.replace("PRIVATE", "PUBLIC"), "\xff"):
        path.write_bytes(bad.encode("latin-1"))
        with pytest.raises(UsageError):
            read_key(home)


def test_the_logs_of_a_witness_stand_in_a_file_or_on_its_line(tmp_path: Path) -> None:
    """Keys of logs only."""
    where = tmp_path / "witness"
    where.mkdir()
    assert known_logs(str(tmp_path)) == ()
    (where / "logs").write_text(f"# mine\n\n {LOG.key.to_text()} \n")
    other = Signer("b.example").key
    assert known_logs(str(tmp_path), [LOG.key.to_text(), other.to_text()]) == (LOG.key, other)
    with pytest.raises(UsageError, match="none of a log"):
        known_logs(str(tmp_path), [make_key(str(tmp_path), "w").to_text()])


def test_a_witness_without_a_key_or_an_address_says_so(tmp_path: Path) -> None:
    """One line."""
    done = web4("witness", "serve", home=tmp_path)
    assert (done.returncode, "has no key" in done.stderr) == (3, True)
    new_witness(tmp_path)
    taken = socket.create_server(("127.0.0.1", 0))
    done = web4("witness", "serve", "--port", str(taken.getsockname()[1]), home=tmp_path)
    taken.close()
    assert done.returncode == 1
    assert "cannot listen" in done.stderr
