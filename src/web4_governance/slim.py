"""The slim client: asks the resident gate about one event before anything of the gate is loaded (docs/spec/daemon.md C, N5).

`hook.py` takes it by its place, outside of the package, and it imports nothing but what is built into the interpreter and
`_socket`, not even `__future__`: an interpreter that imports `os` has spent more time on that than the gate on its answer. It
decides nothing. A line that it does not read as the hook would, and whatever is not a whole, well-formed answer of a gate that
runs as this very user, is left to the caller's own process, and nothing was lost. `app.frames` and `app.knock` take their bytes
from here.
"""

import sys
from time import localtime, monotonic

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _socket
    from collections.abc import Callable
    from types import ModuleType
    from typing import TypeAlias

    Heard: TypeAlias = tuple[
        bytes, bytes, float, bool
    ]  # the event, its word, when it was read, and whether nobody listens
    Answer: TypeAlias = tuple[int, bytes, bytes]  # exit code, stdout, stderr

SOCKET = "run/gate.sock"
PROTOCOL = 1
ASK = b"W4ASK\0"
SAY = b"W4SAY\0"
WORD = 16  # bytes of the word by which a client knows its answer, and its event is known again
SAY_SIZE = 36  # magic 6, protocol 1, status 1, exit code 1, zeros 3, stdout size 4, stderr size 4, word 16
MAX_INPUT = 64 * 1024 * 1024
MAX_OUT = 1024 * 1024
EVENT = 1
ANSWERED, ELSEWHERE = 0, 1  # what is said: the answer; or that the client's own process has to give it
EXITS = (0, 2)  # the exit codes that a hook may have
SHARE = 0.5  # of the deadline that the resident gate may take: what is left is enough to judge in this process
LONGEST_PATH = 100  # bytes of a socket's path that every system takes
OTHERS_WRITE = 0o022
DEADLINE_MS = 2000
NAMES = ("home", "via", "on-failure", "deadline-ms", "session-policy")

# What the host's environment says that a hook reads: of itself, and of databases and surroundings that rules ask about.
HOST = ("CLAUDE_PROJECT_DIR", "CLAUDE_CONFIG_DIR", "CLAUDE_PLUGIN_ROOT", "CLAUDE_PID")
DATABASES = (
    "DATABASE_URL", "DB_URL", "DB_HOST", "DB_NAME", "POSTGRES_URL", "POSTGRES_HOST", "PGHOST", "PGSERVICE", "PGDATABASE",
    "MYSQL_URL", "MYSQL_HOST", "MONGODB_URI", "MONGO_URL", "REDIS_URL", "SQLALCHEMY_DATABASE_URI", "JDBC_URL",
    "RAILS_ENV", "NODE_ENV", "APP_ENV", "FLASK_ENV", "DJANGO_ENV", "ENVIRONMENT",
)  # fmt: skip


def main(script: str, hook: "Callable[[], ModuleType]") -> "Heard | None":  # noqa: RET503  # it ends the process
    """Ask about the event on stdin and end the process with the answer; give what the caller's own process has to judge.

    None where nothing was read: the line is not one that is read here. `script` is the hook script's own path, absolute; its
    directory stands first in `sys.path`, which was for this module alone. `hook` loads what answers for a gate that cannot:
    `spawned`.
    """
    del sys.path[0]
    arguments = sys.argv[1:]
    line = _line(arguments)
    if line is None or not _is_plain(script) or sys.getfilesystemencoding() != "utf-8":
        return None
    sys.path.append(script.rpartition("/")[0].rpartition("/")[0])  # for the hook, if it is needed
    import _signal  # type: ignore[import-not-found]  # noqa: PLC0415  # `signal` builds enums that nobody here needs
    import posix  # noqa: PLC0415  # Unix has it, and what has no such socket has another way

    if b"HOME" not in posix.environ or any(map(_is_closed, range(3))):
        return None
    began = monotonic()
    _signal.signal(_signal.SIGALRM, lambda *_: posix._exit(hook().overdue(arguments)))  # noqa: SLF001  # as `os` has it
    _signal.setitimer(_signal.ITIMER_REAL, int(line["deadline-ms"]) / 1000)
    until = began + int(line["deadline-ms"]) / 1000 * SHARE
    gate, nobody = _reach(line["home"], until)  # before the event is there: the gate makes ready meanwhile
    data, word = _read_all(), posix.urandom(WORD)
    whole = len(data) <= MAX_INPUT
    asked = (
        _hear(gate, lambda: _question(line, data, word, script), word, until) if gate is not None and whole else None
    )
    if asked is None:
        return data, word, began, nobody and whole
    _signal.setitimer(_signal.ITIMER_REAL, 0)
    posix._exit(_give(asked, arguments, hook))  # noqa: SLF001  # as above, and nothing of Python's has to be tidied up


def _line(arguments: list[str]) -> dict[str, str] | None:
    """Read the installed line; None for whatever `spawned` reads otherwise, or may have something to say about."""
    found = {"via": "direct", "on-failure": "continue", "deadline-ms": str(DEADLINE_MS), "session-policy": ""}
    rest = iter(arguments)
    for word in rest:
        if word == "--resident":
            continue
        name, equals, text = word.partition("=")
        if not word.startswith("--"):
            name, text = "--agent", word
        elif not equals:
            text = next(rest, "")
        if name[2:] not in NAMES and (name != "--agent" or "agent" in found):
            return None
        found[name[2:]] = text
    number = found["deadline-ms"]
    good = "agent" in found and number.isascii() and number.isdigit() and found["on-failure"] in ("block", "continue")
    return found if good and _is_plain(found.get("home", "")) else None


def _reach(home: str, until: float) -> "tuple[_socket.socket | None, bool]":
    """Give a line to the home's gate, None where it is not to be asked; and whether that is because nobody listens."""
    import posix  # noqa: PLC0415

    try:
        return _connect(f"{home}/{SOCKET}", until, posix.getuid()), False
    except OSError:
        return None, True
    except Exception:  # noqa: BLE001  # whatever it is that cannot be asked, this process can judge it
        return None, False


def _hear(gate: "_socket.socket", asked: "Callable[[], bytes]", word: bytes, until: float) -> "Answer | None":
    """Give what the gate answers; None where it gives nothing that counts."""
    try:
        return _exchange(gate, asked(), word, until)
    except Exception:  # noqa: BLE001  # as above
        return None
    finally:
        gate.close()


def _is_plain(path: str) -> bool:
    """Say whether a path is absolute, with nothing in it to take away."""
    return path[:1] == "/" and not {"", ".", ".."}.intersection(path[1:].split("/"))


def _is_closed(handle: int) -> bool:
    import posix  # noqa: PLC0415

    try:
        posix.fstat(handle)
    except OSError:
        return True
    return False


def _read_all() -> bytes:
    import posix  # noqa: PLC0415

    parts, size = [], 0
    while size <= MAX_INPUT and (part := posix.read(0, 1 << 16)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _question(line: dict[str, str], data: bytes, word: bytes, script: str) -> bytes:
    import posix  # noqa: PLC0415

    told = [(name, posix.environ.get(name.encode(), b"")) for name in (*HOST, *DATABASES)]
    fields = [(name, text.decode("utf-8", "surrogateescape")) for name, text in told if text]
    fields += line.items()
    home = posix.environ[b"HOME"].rstrip(b"/") or b"/"
    fields += [("user-home", home.decode("utf-8", "surrogateescape")), ("script", script)]
    fields.append(("offset-s", str(localtime().tm_gmtoff)))
    return question(EVENT, word, dict(fields), data)


def _give(answer: "Answer", arguments: list[str], hook: "Callable[[], ModuleType]") -> int:
    """Give the answer to the host, and the exit code of that."""
    import posix  # noqa: PLC0415

    code, out, err = answer
    try:
        if err:
            posix.write(2, err)
    except OSError:
        pass  # the exit code is the answer, whatever becomes of the words
    try:
        while out:
            out = out[posix.write(1, out) :]
    except OSError as error:  # what nobody hears would let the call run
        return int(hook().unheard(error, arguments))
    return code


def question(kind: int, word: bytes, fields: dict[str, str], body: bytes = b"") -> bytes:
    """Give the bytes of a question (F1); a field's value holds no NUL."""
    head = b"".join(f"{name}={text}".encode("utf-8", "surrogateescape") + b"\0" for name, text in fields.items())
    sizes = len(head).to_bytes(4, "big") + len(body).to_bytes(4, "big")
    return ASK + bytes((PROTOCOL, kind)) + sizes + word + head + body


def said(start: bytes, word: bytes) -> tuple[int, int, int, int] | None:
    """Give (status, exit code, stdout size, stderr size) of an answer's first SAY_SIZE bytes; None where it is none (F3)."""
    status, code = start[7], start[8]
    out, err = int.from_bytes(start[12:16], "big"), int.from_bytes(start[16:20], "big")
    fits = start[:6] == SAY and start[6] == PROTOCOL and start[9:12] == b"\0\0\0" and start[20:36] == word
    if not fits or status not in (ANSWERED, ELSEWHERE) or code not in EXITS or max(out, err) > MAX_OUT:
        return None
    return status, code, out, err


def ask(path: str, asked: bytes, word: bytes, until: float, owner: int) -> "Answer | None":
    """Give the gate's (exit code, stdout, stderr), or None where it gave none before `until` (of the monotonic clock).

    `owner` is the user that the gate has to run as. OSError says that nobody is there to be asked.
    """
    line = _connect(path, until, owner)
    try:
        return _exchange(line, asked, word, until)
    except OSError:
        return None
    finally:
        line.close()


def _load() -> None:
    """Load `_socket` from where the interpreter keeps it: the finders would look through two directories before."""
    import _imp  # noqa: PLC0415

    places = [path for path in sys.path if path.endswith("/lib-dynload")]
    if "_socket" in sys.modules or not places or sys.__spec__ is None:
        return
    file = f"{places[0]}/_socket{_imp.extension_suffixes()[0]}"
    try:
        found = _imp.create_dynamic(type(sys.__spec__)("_socket", None, origin=file))
    except ImportError:  # it is built in, or elsewhere: whoever imports it finds it
        return
    _imp.exec_dynamic(found)
    sys.modules["_socket"] = found


def _connect(path: str, until: float, owner: int) -> "_socket.socket":
    _load()
    import _socket  # noqa: PLC0415  # `socket` builds enums that nobody here needs
    import posix  # noqa: PLC0415

    raw = path.encode(sys.getfilesystemencoding(), "surrogateescape")
    if len(raw) > LONGEST_PATH or not path.startswith("/"):
        raise OSError(f"`{path}` is no path for a socket")
    found = posix.lstat(path)
    place = posix.lstat(path.rpartition("/")[0] or "/")
    # Somebody who can put a socket there can answer: the directory is the gate's own and nobody else's to write.
    if found.st_uid != owner or place.st_uid not in (owner, 0) or place.st_mode & OTHERS_WRITE:
        raise OSError(f"`{path}` is another user's")
    line = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        line.settimeout(max(until - monotonic(), 0.001))
        line.connect(path)
        other = peer_of(line)
    except OSError:
        line.close()
        raise
    if other != owner:
        line.close()
        raise OSError("another user answers")
    return line


def peer_of(line: "_socket.socket") -> int:
    """Give the user id of the process at the other end; -1 where the system does not tell."""
    import _socket  # noqa: PLC0415

    try:
        if hasattr(_socket, "SO_PEERCRED"):
            found = line.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, 12)
        else:  # LOCAL_PEERCRED of BSD and macOS: struct xucred, version then user id
            found = line.getsockopt(0, 1, 76)  # pragma: no cover
    except OSError:
        return -1
    return int.from_bytes(found[4:8], sys.byteorder)


def _exchange(line: "_socket.socket", asked: bytes, word: bytes, until: float) -> "Answer | None":
    if monotonic() >= until:  # nobody waits for an answer any more
        return None
    line.settimeout(max(until - monotonic(), 0.001))
    line.sendall(asked)
    start = _exactly(line, SAY_SIZE, until)
    told = said(start, word) if len(start) == SAY_SIZE else None
    if told is None or told[0] != ANSWERED:
        return None
    out, err = _exactly(line, told[2], until), _exactly(line, told[3], until)
    return (told[1], out, err) if (len(out), len(err)) == told[2:] else None


def _exactly(line: "_socket.socket", size: int, until: float) -> bytes:
    parts = b""
    while len(parts) < size:
        line.settimeout(max(until - monotonic(), 0.001))
        part = line.recv(size - len(parts))
        if not part:
            return parts
        parts += part
    return parts
