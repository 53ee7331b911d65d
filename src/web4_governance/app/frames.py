"""The bytes between a hook's client and the resident gate (docs/spec/daemon.md F1-F5).

Pure: no socket here. A frame that is not exactly as it has to be is no frame, and gives None or FrameError; nothing is
guessed, nothing is skipped. Imported by the slim client, so it imports nothing itself.
"""

from __future__ import annotations

PROTOCOL = 1
ASK = b"W4ASK\0"
SAY = b"W4SAY\0"
WORD = 16  # bytes of the word by which a client knows its answer, and its event is known again
ASK_SIZE = 32  # magic 6, protocol 1, kind 1, head size 4, body size 4, word 16
SAY_SIZE = 36  # magic 6, protocol 1, status 1, exit code 1, zeros 3, stdout size 4, stderr size 4, word 16
MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024
MAX_OUT = 1024 * 1024

# What the host's environment says that a hook reads: of itself, and of databases and surroundings that rules ask about.
HOST = ("CLAUDE_PROJECT_DIR", "CLAUDE_CONFIG_DIR", "CLAUDE_PLUGIN_ROOT", "CLAUDE_PID")
DATABASES = (
    "DATABASE_URL", "DB_URL", "DB_HOST", "DB_NAME", "POSTGRES_URL", "POSTGRES_HOST", "PGHOST", "PGSERVICE", "PGDATABASE",
    "MYSQL_URL", "MYSQL_HOST", "MONGODB_URI", "MONGO_URL", "REDIS_URL", "SQLALCHEMY_DATABASE_URI", "JDBC_URL",
    "RAILS_ENV", "NODE_ENV", "APP_ENV", "FLASK_ENV", "DJANGO_ENV", "ENVIRONMENT",
)  # fmt: skip

EVENT, STATUS, STOP = 1, 2, 3  # what is asked
ANSWERED, ELSEWHERE = 0, 1  # what is said: the answer; or that the client's own process has to give it
EXITS = (0, 2)  # the exit codes that a hook may have


class FrameError(Exception):
    """The bytes are no frame."""


def ask(kind: int, word: bytes, fields: dict[str, str], body: bytes = b"") -> bytes:
    """Give the bytes of a question; a field's value holds no NUL."""
    head = b"".join(f"{name}={text}".encode("utf-8", "surrogateescape") + b"\0" for name, text in fields.items())
    sizes = len(head).to_bytes(4, "big") + len(body).to_bytes(4, "big")
    return ASK + bytes((PROTOCOL, kind)) + sizes + word + head + body


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


def said(start: bytes, word: bytes) -> tuple[int, int, int, int] | None:
    """Give (status, exit code, stdout size, stderr size) of an answer's first SAY_SIZE bytes; None where it is none."""
    status, code = start[7], start[8]
    out, err = int.from_bytes(start[12:16], "big"), int.from_bytes(start[16:20], "big")
    fits = start[:6] == SAY and start[6] == PROTOCOL and start[9:12] == b"\0\0\0" and start[20:36] == word
    if not fits or status not in (ANSWERED, ELSEWHERE) or code not in EXITS or max(out, err) > MAX_OUT:
        return None
    return status, code, out, err
