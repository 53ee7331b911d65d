"""The one writer of a resident gate: it takes what is prepared, and commits many calls at once.

Not a judge: each call is recorded by the code that a hook runs in its own process. INVARIANT: a call is answered after the
commit that holds it, never before; a call that fails takes none of the others with it. What was recorded is told to who
signs heads, and a call that may run only under one is theirs to answer.
"""

from __future__ import annotations

from queue import Empty, SimpleQueue
from threading import Lock
from time import monotonic

from web4_governance.app import run
from web4_governance.core.errors import LedgerBusy
from web4_governance.core.value import value
from web4_governance.daemon.judges import Turn
from web4_governance.storage.writer import Writer, open_writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.agents.reply import Reply
    from web4_governance.app.run import Prepared, Recorded
    from web4_governance.daemon.heads import Heads

    Ends = list[tuple["Job", Recorded | None, Exception | None]]

MOST = 64  # calls that one transaction holds: what is later waits for the next
WAIT = 5.0
# Entries from which on the WAL is written back: where nobody waits, about as often as SQLite would; else before it grows long.
QUIET, LATEST = 64, 512


@value
class Job:
    """One call that is ready to be recorded: `done` is told its reply, or why there is none, from the thread that writes."""

    prepared: Prepared
    done: Callable[[Reply | None, Exception | None], None]

    @property
    def deadline(self) -> float:
        """When nobody waits any more, by the monotonic clock."""
        return self.prepared.context.deadline


class Scribe:
    """Whoever has calls to be recorded while nobody writes does the writing, also for those that bring theirs meanwhile."""

    def __init__(self, home: str) -> None:
        self._home = home
        self.turn = Turn()
        self.heads: Heads | None = None
        self._queue: SimpleQueue[Job] = SimpleQueue()
        self._writing = Lock()
        self._writer: Writer | None = None
        self._written_back = -1
        self.calls = 0
        self.commits = 0

    def put(self, job: Job) -> None:
        """Hand over a call: it is recorded with the next `write`, or by the thread that writes now."""
        self._queue.put(job)

    def write(self) -> None:
        """See that all that was handed over is recorded: by this thread, or by the one that writes now."""
        # INVARIANT: no job is left lying: who hands one over finds the lock free, or its holder looks again after letting go.
        while not self._queue.empty() and self._writing.acquire(blocking=False):
            try:
                jobs = self._some()
                while jobs:
                    jobs = self._write(jobs)
            finally:
                self._writing.release()

    def with_ledger(self, do: Callable[[Writer], None], wait: float) -> None:
        """Let the asking thread do something else with the open ledger, between two batches; LedgerBusy after a wait (s)."""
        if not self._writing.acquire(timeout=wait):
            raise LedgerBusy("the gate writes")
        try:
            ledger = self._open(monotonic() + wait)
            try:
                do(ledger)
                # Crash before: nothing happened. Crash after: all that was done is there.
                ledger.commit()
                ledger.rest()
            except BaseException:
                self._writer = None
                ledger.close()
                raise
        finally:
            self._writing.release()
            self.write()

    def stop(self, wait: float) -> bool:
        """Close the ledger when the last call is recorded, and say whether that was done in time."""
        if not self._writing.acquire(timeout=wait):
            return False
        try:
            self._close()
        finally:
            self._writing.release()
        return True

    def _some(self) -> list[Job]:
        jobs: list[Job] = []
        while len(jobs) < MOST:
            try:
                jobs.append(self._queue.get_nowait())
            except Empty:
                break
        return jobs

    def _write(self, jobs: list[Job]) -> list[Job]:
        """Record some calls in one transaction; give those that have to be tried again."""
        now = monotonic()
        waiting = [job for job in jobs if job.deadline > now]
        for job in jobs:
            if job.deadline <= now:
                job.done(None, LedgerBusy("no decision in time"))
        if not waiting:
            return []
        try:
            ledger = self._open(min(job.deadline for job in waiting))
        except LedgerBusy:  # the one whose time is up is told so in the next round
            return waiting
        except Exception as error:  # noqa: BLE001  # whatever the ledger has, every call of the batch is told
            for job in waiting:
                job.done(None, error)
            return []
        self._record(waiting, ledger)
        return []

    def _record(self, jobs: list[Job], ledger: Writer) -> None:
        self.turn.take()
        try:
            ends: Ends = [(job, *_one(job, ledger, alone=len(jobs) == 1)) for job in jobs]
            size = ledger.length
            self.turn.give()  # who waits for the disk calculates nothing
            # Crash before: none of these calls is in the ledger, and none was answered. Crash after: all are, and whoever
            # lost its answer is given the recorded one when it hands its event to the gate in its own process.
            ledger.make_durable()
        except Exception:  # noqa: BLE001  # the transaction is gone: each call is tried by itself, as a hook would
            self._writer = None
            ledger.close()
            self._tell([(job, *_alone(job, self._home)) for job in jobs], 0)
            return
        try:
            self._tell(ends, size)
        finally:
            self._rest(ledger, size)

    def _rest(self, ledger: Writer, size: int) -> None:
        """Write what nobody waits for, and let others write."""
        try:
            # Crash before: mirrors are short, which the next write of their sessions repairs.
            ledger.write_mirrors()
            if size - self._written_back >= (QUIET if self._queue.empty() else LATEST):
                ledger.checkpoint()
                self._written_back = size
            ledger.rest()
        except Exception:  # noqa: BLE001  # every call is durable and answered: the next batch opens the ledger anew
            self._writer = None
            ledger.close()

    def _tell(self, ends: Ends, size: int) -> None:
        """Let everybody hear what became of their calls; `size` is how many entries there are now, 0 if not known."""
        self.commits += 1
        self.calls += len(ends)
        for end in ends:
            self._answer(*end)
        if self.heads is not None:
            self.heads.recorded(size, ended=any(run.ends(job.prepared) for job, _, _ in ends))

    def _answer(self, job: Job, recorded: Recorded | None, error: Exception | None) -> None:
        if recorded is not None and recorded.commit and error is None and self.heads is not None:
            reply = recorded.reply
            self.heads.before(recorded.commit, job.deadline, lambda why: job.done(None if why else reply, why))
        else:
            job.done(recorded.reply if recorded else None, error)

    def _open(self, deadline: float) -> Writer:
        writer, self._writer = self._writer, None
        if writer is None or not writer.resume(deadline=deadline):
            writer = open_writer(self._home, deadline=deadline)
            writer.settle_in()
            self._written_back = -1
        self._writer = writer
        return writer

    def _close(self) -> None:
        """Close the ledger under its lock: the last close of a WAL writes to the database."""
        writer, self._writer = self._writer, None
        try:
            if writer is not None and writer.resume(deadline=monotonic() + WAIT):
                writer.close()
        except Exception:  # noqa: BLE001  # left open: the process ends, and the next writer finds the WAL as a crash leaves it
            return


def _one(job: Job, ledger: Writer, *, alone: bool) -> tuple[Recorded | None, Exception | None]:
    mark = ledger.mark(alone=alone)
    try:
        recorded = run.record(job.prepared, ledger)
    except Exception as error:  # noqa: BLE001  # a call that fails is told so; the others are not
        ledger.drop(mark)
        return None, error
    ledger.keep()
    return recorded, job.prepared.fault


def _alone(job: Job, home: str) -> tuple[Recorded | None, Exception | None]:
    try:
        with open_writer(home, deadline=job.deadline) as ledger:
            recorded = run.record(job.prepared, ledger)
            ledger.commit()
    except Exception as error:  # noqa: BLE001  # as above
        return None, error
    return recorded, job.prepared.fault
