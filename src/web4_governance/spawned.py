"""The face that a host spawns: event on stdin, reply on stdout, the host's exit code.

The one place that turns an exception into an answer. The script `hook.py` hands over to it, under `python -I -S`: standard
library only. What cannot be decided in time, or at all, is answered by the failure mode that stands in the installed line:
`block` exits 2 with a reason that names one command, `continue` lets the call go on.
"""

from __future__ import annotations

import gc
import os
import sys
import time

from web4_governance.app.failing import MEND, broken, failure
from web4_governance.slim import DEADLINE_MS, MAX_INPUT, SHARE, WORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from web4_governance.core.errors import UsageError
    from web4_governance.slim import Heard

HERE = os.path.dirname(os.path.abspath(__file__))


MOST_SHARE = 0.9  # where this process cannot judge, there is nothing to leave time for
PAUSE_S = 0.05


class Line:
    """The installed line's options, read by hand: `argparse` costs more than the whole gate."""

    def __init__(self, arguments: list[str]) -> None:
        self.agent = ""
        self.home = ""
        self.via = "direct"
        self.on_failure = "continue"
        self.deadline_ms = DEADLINE_MS
        self.session_policy = ""
        self.resident = False
        self.gate = ""
        self.gate_user = ""
        self.once = b""
        rest = list(arguments)
        while rest:
            self._take(rest)
        if not self.agent:
            raise _usage("which agent?", hint="web4 hook claude-code --home DIR")
        if self.on_failure not in ("block", "continue"):
            raise _usage(f"`--on-failure={self.on_failure}` is neither block nor continue")
        if not self.home:
            self.home = os.path.join(_person(self.via), ".web4")

    def _take(self, rest: list[str]) -> None:
        word = rest.pop(0)
        if not word.startswith("--"):
            if self.agent:
                raise _usage(f"`{word}` is one word too many")
            self.agent = word
            return
        name, equals, text = word.partition("=")
        if word == "--resident":
            self.resident = True
            return
        if not equals:
            if not rest:
                raise _usage(f"`{name}` misses its value")
            text = rest.pop(0)
        match name:
            case "--home" | "--via" | "--on-failure" | "--session-policy" | "--gate" | "--gate-user":
                setattr(self, name[2:].replace("-", "_"), text)
            case "--once" if len(text) == 2 * WORD:
                self.once = bytes.fromhex(text)
            case "--deadline-ms" if text.isdigit():
                self.deadline_ms = int(text)
            case _:
                raise _usage(f"`{word}` is no option of this command")


def _person(via: str) -> str:
    """Give the person's home directory: for managed hooks the uid's own, whatever the environment says."""
    if via == "managed":
        try:
            import pwd  # noqa: PLC0415  # only there, and not on every system

            return pwd.getpwuid(os.getuid()).pw_dir
        except (ImportError, KeyError):
            pass  # a uid without an entry, as in a container: then the environment is all there is
    return os.path.expanduser("~")


def leave(code: int) -> NoReturn:
    """End the process: nothing of Python's has to be tidied up."""
    os._exit(code)


def main(arguments: list[str] | None = None, heard: Heard | None = None) -> int:
    """Run one hook call; give the exit code. `heard` is what the slim client read, whose alarm is set, and asked in vain."""
    arguments = sys.argv[1:] if arguments is None else arguments
    gc.disable()  # the process ends within milliseconds: collecting what it made costs more than keeping it
    sys.path.append(_beside())
    deaf = _fill_closed()
    mode = Mode(arguments)
    try:
        line = Line(arguments)
        if heard is None:
            _set_alarm(line.deadline_ms, arguments)
        code, out, err = _answer(line, heard)
    except Exception as error:  # noqa: BLE001  # the one place: whatever is broken, the failure mode answers
        return _failed(error, mode)
    finally:
        _clear_alarm()
    if err:
        _tell(err)
    try:
        if out:
            _write_all(-1 if deaf else 1, out)
    except OSError as error:
        return unheard(error, arguments)
    return code


def unheard(error: OSError, arguments: list[str]) -> int:
    """Answer in place of what nobody hears, which would let the call run."""
    return fail(f"the answer cannot be given ({(error.strerror or str(error)).lower()})", MEND, Mode(arguments))


def overdue(arguments: list[str]) -> int:
    """Answer for a gate that took too long."""
    return fail("no decision in time", MEND, Mode(arguments))


def _beside() -> str:
    """Give where the environment's packages lie, behind all else: `-S` has left them out."""
    prefix = os.path.dirname(os.path.dirname(sys.executable))
    return os.path.join(prefix, "lib", f"python{sys.version_info[0]}.{sys.version_info[1]}", "site-packages")


def _fill_closed() -> bool:
    """Open what the host left closed of 0, 1 and 2, or a file of ours would take its number; say whether 1 was closed."""
    closed = []
    for handle in range(3):
        try:
            os.fstat(handle)
        except OSError:
            closed.append(handle)
            os.open(os.devnull, os.O_RDWR)  # it takes the lowest number that is free
    return 1 in closed


def _tell(text: bytes) -> None:
    """Say it on stderr, if anybody hears: the exit code is the answer, whatever becomes of the words."""
    try:
        os.write(2, text)
    except OSError:
        return


class Mode:
    """How to fail, read from the line before anything can fail: whether it blocks, and where the person's `off` lies."""

    def __init__(self, arguments: list[str]) -> None:
        following = dict(zip(arguments, arguments[1:], strict=False))  # noqa: RUF007  # `itertools` for one line
        pairs = [*following.items(), *(word.partition("=")[::2] for word in arguments)]
        self.block = ("--on-failure", "block") in pairs
        told = dict(pairs)
        self.home = told.get("--home", "") or os.path.join(_person(told.get("--via", "")), ".web4")

    def blocks(self) -> bool:
        """Say whether a call that cannot be judged is held: not while the person has switched the gate off."""
        if not self.block:
            return False
        try:
            from web4_governance.app.off import in_force  # noqa: PLC0415

            return not in_force(self.home, time.time_ns() // 1000)
        except Exception:  # noqa: BLE001  # a package that cannot even be loaded has no way out but the editor's
            return True


def fail(message: str, hint: str, mode: Mode) -> int:
    """Answer for a gate that cannot decide; stderr is never empty, stdout always is."""
    code, text = failure(message, hint, block=mode.blocks())
    _tell(text)
    return code


def _failed(error: Exception, mode: Mode) -> int:
    from web4_governance.core.errors import Web4Error  # noqa: PLC0415  # a line that is answered makes no error

    if isinstance(error, Web4Error):
        return fail(error.message, error.hint or MEND, mode)
    return fail(broken(error), MEND, mode)


def _usage(message: str, hint: str = "") -> UsageError:
    from web4_governance.core.errors import UsageError  # noqa: PLC0415  # as above

    return UsageError(message, hint=hint)


def _answer(line: Line, heard: Heard | None) -> tuple[int, bytes, bytes]:
    began = time.monotonic()
    if heard is None:
        data = _read_all(0)
    else:
        data, line.once, began, nobody = heard
        _bound(len(data))
        if nobody:
            _start_gate(os.path.abspath(line.home))
    if line.gate:
        return _ask_other_user(line, data, began)
    if line.resident and heard is None:
        told = _ask_resident(line, data, began)
        if told is not None:
            return told
    from web4_governance.app.context import Context  # noqa: PLC0415  # after the alarm is set: imports count too
    from web4_governance.app.peer import peer  # noqa: PLC0415
    from web4_governance.app.run import run  # noqa: PLC0415

    hint = os.environ.get("CLAUDE_PROJECT_DIR", "")
    context = Context(
        agent=line.agent,
        home=os.path.abspath(line.home),
        now_us=time.time_ns() // 1000,
        offset_s=time.localtime().tm_gmtoff,
        deadline=began + line.deadline_ms / 1000 * 0.8,
        user_home=os.path.expanduser("~"),
        via=line.via,
        project_hint=hint if hint.startswith("/") else "",
        config_dir=os.environ.get("CLAUDE_CONFIG_DIR", ""),
        plugin_root=os.environ.get("CLAUDE_PLUGIN_ROOT", ""),
        session_policy=line.session_policy,
        peer=peer(os.getppid(), os.environ.get("CLAUDE_PID", "")),
        once=line.once,
    )
    reply = run(data, context)
    return reply.exit_code, reply.stdout, reply.stderr


def _ask_other_user(line: Line, data: bytes, began: float) -> tuple[int, bytes, bytes]:
    """Ask a gate that runs as another user, which alone may write its ledger: without it, the failure mode answers."""
    import pwd  # noqa: PLC0415  # only for a line that says so

    from web4_governance.app.knock import ask  # noqa: PLC0415

    try:
        owner = pwd.getpwnam(line.gate_user).pw_uid
    except KeyError:
        raise _usage(f"there is no user `{line.gate_user}`", hint="ask who administers this machine") from None
    word, until = os.urandom(WORD), began + line.deadline_ms / 1000 * MOST_SHARE
    question = _question(line, data, word)
    while True:
        try:
            told = ask(line.gate, question, word, until, owner)
        except OSError:  # it is being started, or replaced
            told = None
        if told is not None:
            return told
        if time.monotonic() + PAUSE_S > until:
            raise _usage("the gate does not answer that another user runs", hint="ask who administers this machine")
        time.sleep(PAUSE_S)


def _question(line: Line, data: bytes, word: bytes) -> bytes:
    from web4_governance.app import frames  # noqa: PLC0415

    told = {name: os.environ.get(name, "") for name in (*frames.HOST, *frames.DATABASES)}
    fields = {
        **{name: text for name, text in told.items() if text},
        "agent": line.agent,
        "home": os.path.abspath(line.home),
        "via": line.via,
        "on-failure": line.on_failure,
        "deadline-ms": str(line.deadline_ms),
        "session-policy": line.session_policy,
        "offset-s": str(time.localtime().tm_gmtoff),
        "user-home": os.path.expanduser("~"),
        "script": os.path.join(HERE, "hook.py"),
    }
    return frames.ask(frames.EVENT, word, fields, data)


def _ask_resident(line: Line, data: bytes, began: float) -> tuple[int, bytes, bytes] | None:
    """Ask the resident gate; None where this process has to judge by itself, in what is left of the time."""
    from web4_governance.app.knock import SOCKET, ask  # noqa: PLC0415  # only for a line that says so

    home = os.path.abspath(line.home)
    line.once = line.once or os.urandom(WORD)
    try:
        until = began + line.deadline_ms / 1000 * SHARE
        return ask(os.path.join(home, SOCKET), _question(line, data, line.once), line.once, until, os.getuid())
    except OSError:
        _start_gate(home)
    return None


def _start_gate(home: str) -> None:
    from web4_governance.app.knock import start  # noqa: PLC0415  # as above

    serve = os.path.join(HERE, "daemon", "serve.py")
    command = [sys.executable, "-I", "-S", serve, "--home", home]
    try:
        start(home, command, environment={"HOME": os.path.expanduser("~"), "PATH": os.defpath})
    except OSError:  # it cannot be started: the next call's business
        return


def _read_all(handle: int) -> bytes:
    parts = []
    size = 0
    while part := os.read(handle, 1 << 16):
        parts.append(part)
        size += len(part)
        _bound(size)
    return b"".join(parts)


def _bound(size: int) -> None:
    if size > MAX_INPUT:
        raise _usage(f"the event is over {MAX_INPUT >> 20} MiB")


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


def _set_alarm(deadline_ms: int, arguments: list[str]) -> None:
    """Answer by the failure mode when the time is up, wherever it is spent.

    The handler ends the process itself: an exception could surface anywhere, in a handler of another one too. What was
    not committed by then is gone with the process, and its locks with it.
    """
    try:
        import _signal  # type: ignore[import-not-found]  # noqa: PLC0415  # `signal` builds enums that nobody here needs
    except ImportError:  # pragma: no cover  # no such alarm on Windows: the lock's own deadline remains
        return

    def ring(_number: int, _frame: object) -> None:
        os._exit(overdue(arguments))

    _signal.signal(_signal.SIGALRM, ring)
    _signal.setitimer(_signal.ITIMER_REAL, deadline_ms / 1000)


def _clear_alarm() -> None:
    try:
        import _signal  # noqa: PLC0415
    except ImportError:  # pragma: no cover  # as above
        return
    _signal.setitimer(_signal.ITIMER_REAL, 0)
