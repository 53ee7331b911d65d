"""A witness that is killed at any moment remembers everything that it cosigned."""

from __future__ import annotations

import http.client
import threading
from typing import TYPE_CHECKING

from support.logs import Log
from support.witnesses import ask, new_witness, serving
from web4_governance.core.ledger.cosignature import cosignatures
from web4_governance.core.ledger.note import Note, signature_lines
from web4_governance.core.ledger.witness import AddCheckpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOG, FORK = Log(size=2048), Log(salt=b"fork", size=2048)
ROUNDS = 5


def request(log: Log, old: int, new: int) -> bytes:
    return AddCheckpoint(old=old, proof=log.prove(old, new), note=log.head(new).note).to_bytes()


def test_no_cosignature_that_went_out_is_forgotten(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Killed while requests stream in: afterwards it stands where the last answer said, or one request later."""
    key = new_witness(tmp_path)
    size = 0
    for _ in range(ROUNDS):
        moved = threading.Event()

        def stream(prefix: str, start: int, moved: threading.Event, seen: list[int]) -> None:
            for new in range(start + 1, start + 400):
                try:
                    status, _, body = ask(prefix, request(LOG, new - 1, new))
                except (OSError, http.client.HTTPException):
                    return
                assert status == 200
                lines = signature_lines(body)
                assert cosignatures(Note(text=LOG.head(new).note.text, lines=lines), [key])
                seen.append(new)
                if len(seen) > 20:
                    moved.set()

        seen: list[int] = []
        with serving(tmp_path, LOG.signer.key.to_text()) as prefix:
            thread = threading.Thread(target=stream, args=(prefix, size, moved, seen))
            thread.start()
            assert moved.wait(60)
        # `serving` has killed the process, in the middle of the stream.
        thread.join(60)
        with serving(tmp_path, LOG.signer.key.to_text()) as prefix:
            _, _, body = ask(prefix, request(LOG, 0, 1))
            assert int(body) in (seen[-1], seen[-1] + 1)
            size = int(body)
            assert ask(prefix, request(FORK, size, size + 1))[0] == 422
            assert ask(prefix, request(LOG, size, size))[0] == 200, "who heard nothing gets the cosignature now"
    record_property("injected faults", ROUNDS)
