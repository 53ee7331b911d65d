"""The bytes between a hook's client and the resident gate (docs/spec/daemon.md F1-F5), as the gate reads and gives them.

Pure: no socket here. A frame that is not exactly as it has to be is no frame, and gives None or FrameError; nothing is
guessed, nothing is skipped. What the client has of it is `slim`'s, which cannot import this.
"""

from __future__ import annotations

from web4_governance.slim import (
    ANSWERED,
    ASK,
    DATABASES,
    ELSEWHERE,
    EVENT,
    HOST,
    MAX_OUT,
    PROTOCOL,
    SAY,
    SAY_SIZE,
    WORD,
    said,
)
from web4_governance.slim import question as ask

__all__ = [
    "ANSWERED", "ASK", "DATABASES", "ELSEWHERE", "EVENT", "HOST", "MAX_OUT", "SAY", "SAY_SIZE", "WORD", "ask", "said",
]  # fmt: skip

ASK_SIZE = 32  # magic 6, protocol 1, kind 1, head size 4, body size 4, word 16
MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024

STATUS, STOP = 2, 3  # what is asked besides events


class FrameError(Exception):
    """The bytes are no frame."""


def asked(start: bytes) -> tuple[int, int, int, bytes]:
    """Give (kind, head size, body size, word) of the first ASK_SIZE bytes of a question, or raise FrameError."""
    kind, head, body = start[7], int.from_bytes(start[8:12], "big"), int.from_bytes(start[12:16], "big")
    if start[:6] != ASK or start[6] != PROTOCOL or kind not in (EVENT, STATUS, STOP):
        raise FrameError("it does not begin as a question")
    if head > MAX_HEAD or body > MAX_BODY:
        raise FrameError("it is too large")
    return kind, head, body, start[16:32]


def fields_of(head: bytes) -> dict[str, str]:
    """Give the fields of a question's head, or raise FrameError; each stands there once."""
    found: dict[str, str] = {}
    if head and not head.endswith(b"\0"):
        raise FrameError("its head does not end")
    for part in head.split(b"\0")[:-1]:
        name, equals, text = part.decode("utf-8", "surrogateescape").partition("=")
        if not equals or name in found:
            raise FrameError("its head has no such field")
        found[name] = text
    return found


def say(word: bytes, status: int, exit_code: int = 0, out: bytes = b"", err: bytes = b"") -> bytes:
    """Give the bytes of an answer."""
    sizes = len(out).to_bytes(4, "big") + len(err).to_bytes(4, "big")
    return SAY + bytes((PROTOCOL, status, exit_code, 0, 0, 0)) + sizes + word + out + err
