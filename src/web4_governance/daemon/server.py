"""The resident gate: accepts, bounds what is in work, ends in order (docs/spec/daemon.md).

It judges nothing itself: `app.run` does, as in a hook's process. Rules: one gate a home, told by a lock; a client of another
user is not answered; a call is answered in its time or not at all; what is over the bound waits unread; at the end everything
that was taken is recorded and answered.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import signal
import socket
import sys
import time
from collections import deque
from fcntl import LOCK_EX, LOCK_NB, flock

from web4_governance.app import frames
from web4_governance.app.context import ORGANISATION, Context
from web4_governance.app.knock import SOCKET
from web4_governance.app.memory import Memory
from web4_governance.core.errors import UsageError
from web4_governance.core.value import stay
from web4_governance.daemon.batch import Scribe
from web4_governance.daemon.connection import Connection
from web4_governance.daemon.heads import Heads
from web4_governance.daemon.judges import Judges
from web4_governance.daemon.package import ROOT, Package
from web4_governance.daemon.parents import Parents
from web4_governance.daemon.zones import Zones
from web4_governance.storage.home import Home

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from web4_governance.daemon.call import Call

IDLE_S = 900.0
MOST_CALLS = 256  # in work at once; what comes then is not read before one is done
MOST_BYTES = 128 * 1024 * 1024  # of events in work at once
MOST_CONNECTIONS = 1024
DRAIN_S = 5.0
SWITCH_S = 0.001  # between threads: a judge that calculates does not hold up the loop
BACKLOG = 512
AFTER_S = 0.05  # after a call, when the package's files are looked at: nobody waits then
SWEEP_S = 0.01  # between two looks at whose time is up
MOST_HEADS, LONGEST_HEAD = 64, 4096  # of questions' heads that are read once: a host's are the same call after call
SALT, SALTS = 16, 64  # bytes; how many are asked for at once
CROWDED_S = 0.2  # after which it is tried again to let somebody in, where the process may open no more
LOCK = "run/gate.lock"
ABSOLUTE = ("session-policy", "CLAUDE_CONFIG_DIR", "CLAUDE_PLUGIN_ROOT", "user-home")


class Gate:
    """One home's gate: what its connections share."""

    def __init__(
        self,
        home: str,
        *,
        idle_s: float = IDLE_S,
        clock: Callable[[], int] = lambda: time.time_ns() // 1000,
        salt: Callable[[], bytes] | None = None,
        organisation: str = ORGANISATION,
        person: str = "",
    ) -> None:
        """Make the gate of a home. `person` is the user it is for, where that is not the one it runs as."""
        self.home = home
        self.person = person
        self.clients = frozenset((os.getuid(), 0, pwd.getpwnam(person).pw_uid) if person else (os.getuid(),))
        self._person_home = pwd.getpwnam(person).pw_dir if person else ""
        self.clock = clock
        self.memory = Memory()
        self.parents = Parents()
        self.package = Package()
        self.zones = Zones()
        self.scribe = Scribe(home)
        self.heads = self.scribe.heads = Heads(home, self.scribe, clock)
        self.judges = Judges(self.scribe)
        self.loop = asyncio.get_running_loop()
        self.open: set[Connection] = set()
        self.most_connections = MOST_CONNECTIONS
        self._until: dict[Call, float] = {}
        self._sweeping = self._looks = False
        self._near = frozenset((os.stat("/").st_dev, os.stat(home).st_dev))
        self._fields: dict[bytes, Mapping[str, str]] = {}
        self._answers: deque[tuple[Call, bytes]] = deque()
        self._told = False
        self._working = 0
        self._bytes = 0
        self._began = self._last = time.monotonic()
        self._salt = salt or fresh_salts()
        self._organisation = organisation
        self._idle_s = idle_s
        self._ends = asyncio.Event()

    @property
    def full(self) -> bool:
        """Say whether no further call is read."""
        return self._working >= MOST_CALLS or self._bytes >= MOST_BYTES

    def make_ready(self, line: Connection) -> None:
        """Do what does not hang on what is asked, for a client that is still reading its event, where nobody else waits.

        In the loop, so that nobody has to be woken: a disk that could keep it waiting where the ledger's does not is left for
        the judging threads.
        """
        if self._working == 0:
            line.parent()
            self.memory.look_again(self._near)
            if self.package.devices <= self._near:
                self.package.look()

    def end(self) -> None:
        """Take no further call; what was taken is finished."""
        self._ends.set()

    def took(self, size: int) -> None:
        """Count a call that begins."""
        self._working += 1
        self._bytes += size
        self._last = time.monotonic()

    def watch(self, call: Call, until: float) -> None:
        """Hand a call back to its client at a time (of the monotonic clock), unless it is answered before."""
        self._until[call] = until
        if not self._sweeping:
            self._sweeping = True
            self.loop.call_later(SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        """Look whose time is up: one look for all, instead of an alarm each."""
        now = time.monotonic()
        for call in [call for call, until in self._until.items() if until <= now]:
            del self._until[call]
            call.late()
        self._sweeping = bool(self._until)
        if self._sweeping:
            self.loop.call_later(SWEEP_S, self._sweep)

    def fields(self, head: bytes) -> Mapping[str, str]:
        """Give the fields of a question's head, of heads that came before the same object; FrameError where it is none."""
        found = self._fields.get(head)
        if found is None:
            found = frames.fields_of(head)
            if len(self._fields) >= MOST_HEADS:
                self._fields.clear()
            if len(head) <= LONGEST_HEAD:
                self._fields[head] = found
        return found

    def gave(self, call: Call, size: int) -> None:
        """Count a call that is over, and read on where reading had stopped."""
        self._until.pop(call, None)
        if not self._looks:
            self._looks = True
            self.loop.call_later(AFTER_S, self._look_closely)
        was_full = self.full
        self._working -= 1
        self._bytes -= size
        if was_full and not self.full:
            for line in tuple(self.open):
                line.go_on()

    def _look_closely(self) -> None:
        self._looks = False
        self.package.look_closely()

    def back(self, call: Call, answer: bytes) -> None:
        """In any thread: let the loop give an answer; it is woken once for all that wait for it."""
        self._answers.append((call, answer))
        if not self._told:
            self._told = True
            self.loop.call_soon_threadsafe(self._give)

    def _give(self) -> None:
        self._told = False  # INVARIANT: before the looking, so that what comes behind it wakes the loop again
        while self._answers:
            call, answer = self._answers.popleft()
            call.finish(answer)

    def state(self) -> bytes:
        """Say what `web4 daemon status` shows, a `name=value` a line."""
        told = {
            "pid": os.getpid(),
            "version": self.package.version,
            "root": ROOT,
            "up_s": int(time.monotonic() - self._began),
            "calls": self.scribe.calls,
            "commits": self.scribe.commits,
            "working": self._working,
        }
        return "".join(f"{name}={what}\n" for name, what in told.items()).encode("utf-8", "surrogateescape")

    def context(
        self, fields: Mapping[str, str], line: Connection, came: float, deadline: float, word: bytes
    ) -> Context:
        """Give one call's surroundings as the hook's own process would have them; UsageError where only that can."""
        for name in ABSOLUTE:
            if fields.get(name) and not fields[name].startswith("/"):
                raise UsageError(f"`{name}` is relative to where the hook runs")
        parent, started = line.parent()
        host, hint = fields.get("CLAUDE_PID", ""), fields.get("CLAUDE_PROJECT_DIR", "")
        return Context(
            agent=fields.get("agent", ""),
            home=self.home,
            now_us=self.clock(),
            offset_s=self._offset(fields),
            deadline=deadline,
            came=came,
            user_home=self._person_home or fields.get("user-home", ""),
            via=fields.get("via", "direct"),
            project_hint=hint if hint.startswith("/") else "",
            config_dir=fields.get("CLAUDE_CONFIG_DIR", ""),
            plugin_root=fields.get("CLAUDE_PLUGIN_ROOT", ""),
            session_policy=fields.get("session-policy", ""),
            organisation=self._organisation,
            salt=self._salt,
            peer=(parent, started, host.isdigit() and int(host) != parent),
            once=word,
            environment={name: fields[name] for name in frames.DATABASES if name in fields},
            memory=self.memory,
        )

    def _offset(self, fields: Mapping[str, str]) -> int:
        """Give the local time's offset where the hook runs, as its client says it, or by the zone that it says."""
        told = fields.get("offset-s")
        return self.zones.offset(fields.get("zone"), self.clock()) if told is None else int(told)

    def _accept(self, listening: socket.socket) -> None:
        """Let in one that waits, the next one in the loop's next round; where the process may open no more, they all wait."""
        try:
            line, _address = listening.accept()
        except (BlockingIOError, ConnectionAbortedError, InterruptedError):
            return
        except OSError:
            self.loop.remove_reader(listening.fileno())
            self.loop.call_later(CROWDED_S, self._accept_again, listening)
            return
        line.setblocking(False)
        try:
            connection = Connection(self, line)
        except OSError:  # it is gone already
            line.close()
            return
        connection.begin()

    def _accept_again(self, listening: socket.socket) -> None:
        if listening.fileno() >= 0:
            self.loop.add_reader(listening.fileno(), self._accept, listening)

    async def serve(self, listening: socket.socket) -> None:
        """Answer until told to end, or until nobody came for long; then finish what was begun."""
        self.loop.add_reader(listening.fileno(), self._accept, listening)
        while not self._ends.is_set() and (self._working or time.monotonic() - self._last < self._idle_s):
            try:
                await asyncio.wait_for(self._ends.wait(), self._idle_s / 4)
            except TimeoutError:
                continue
        self.loop.remove_reader(listening.fileno())
        listening.close()
        end = time.monotonic() + DRAIN_S
        while self._working and time.monotonic() < end:  # noqa: ASYNC110  # a bounded wait at the very end
            await asyncio.sleep(0.002)  # a bounded wait at the very end
        for line in tuple(self.open):
            line.close()
        self.judges.stop()
        await self.loop.run_in_executor(None, self.heads.stop, DRAIN_S)
        await self.loop.run_in_executor(None, self.scribe.stop, DRAIN_S)
        self.parents.close()


def fresh_salts() -> Callable[[], bytes]:
    """Give what gives 16 random bytes a call, each of them once; the system is asked for many at a time."""
    held: list[bytes] = []

    def salt() -> bytes:
        try:
            return held.pop()
        except IndexError:
            more = os.urandom(SALT * SALTS)
            held.extend(more[at : at + SALT] for at in range(SALT, len(more), SALT))
            return more[:SALT]

    return salt


def listen(home: Home, *, path: str = "", mode: int = 0o600) -> socket.socket | None:
    """Give the socket that clients come to, None where another gate already serves this home.

    Of a gate for another user, `path` lies where that user can reach it, and the mode lets its group in.
    """
    os.makedirs(home.at("run"), mode=0o700, exist_ok=True)
    handle = os.open(home.at(LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        flock(handle, LOCK_EX | LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    # The lock is kept for the life of the process: the kernel gives it back however that ends.
    path = path or home.at(SOCKET)
    if os.path.lexists(path):
        os.unlink(path)  # of a gate that was killed: the lock says that it is gone
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(path)
    os.chmod(path, mode)
    listening.listen(BACKLOG)
    listening.setblocking(False)
    return listening


async def _serve(home: str, idle_s: float, starting: int, *, place: str = "", person: str = "") -> int:
    path = place or os.path.join(home, SOCKET)
    listening = listen(Home(home), path=path, mode=0o660 if person else 0o600)
    if starting >= 0:
        os.close(starting)  # clients that find nobody may start another from here on
    if listening is None:
        return 0
    mine = os.lstat(path)
    gate = Gate(home, idle_s=idle_s, person=person)
    for number in (signal.SIGTERM, signal.SIGINT):
        gate.loop.add_signal_handler(number, gate.end)
    try:
        await gate.serve(listening)
    finally:
        _unlink(path, mine)
    return 0


def _unlink(path: str, mine: os.stat_result) -> None:
    """Take our socket away, and nobody else's."""
    if os.path.lexists(path) and os.path.samestat(os.lstat(path), mine):
        os.unlink(path)


def main(arguments: list[str]) -> int:
    """Serve a home until idle or told to stop; 0 also where another gate serves it already."""
    options = dict(word.removeprefix("--").partition("=")[::2] for word in _joined(arguments))
    home = os.path.abspath(options["home"])
    os.umask(0o077)
    os.chdir("/")
    Home(home).check()
    sys.setswitchinterval(SWITCH_S)
    stay()
    idle_s = float(options.get("idle-s", IDLE_S))
    place, person = options.get("socket", ""), options.get("for", "")
    return asyncio.run(_serve(home, idle_s, int(options.get("starting", -1)), place=place, person=person))


def _joined(arguments: list[str]) -> list[str]:
    """Write `--name value` as `--name=value`."""
    joined: list[str] = []
    for word in arguments:
        if joined and "=" not in joined[-1] and not word.startswith("--"):
            joined[-1] += f"={word}"
        else:
            joined.append(word)
    return joined
