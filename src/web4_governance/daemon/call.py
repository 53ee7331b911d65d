"""One call on its way through the gate: from the loop to a judging thread, which may write, and back to its client."""

from __future__ import annotations

import time
from functools import partial

from web4_governance.app import frames, off, run
from web4_governance.app.awaited import PAUSE_S, Awaited
from web4_governance.app.failing import MEND, broken, failure
from web4_governance.core.errors import LedgerBusy, UsageError, Web4Error
from web4_governance.daemon.batch import Job
from web4_governance.daemon.package import ROOT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from web4_governance.agents.reply import Reply
    from web4_governance.app.run import Prepared
    from web4_governance.daemon.connection import Connection
    from web4_governance.daemon.server import Gate

ROOT_SCRIPT = f"{ROOT}/hook.py"  # of a gate of another user, the client's own package is not the gate's business
SHARE = 0.45  # of the line's deadline that is the gate's: after it, the client judges in its own process


class Call:
    """One call of a connection, which is told its answer once."""

    def __init__(
        self,
        gate: Gate,
        line: Connection,
        *,
        fields: Mapping[str, str],
        data: bytes,
        word: bytes,
    ) -> None:
        self._gate, self._line, self._fields, self._data, self._word = gate, line, fields, data, word
        self._deadline = self._came = 0.0
        self._over = False
        self._unsaid = [True]  # whoever takes it out, in whatever thread, answers
        self._sent = False
        self._elsewhere = frames.say(word, frames.ELSEWHERE)

    def begin(self, came: float) -> None:
        """Hand the call to the judging threads, or back to its client where it is not for this gate."""
        gate, fields = self._gate, self._fields
        milliseconds = fields.get("deadline-ms", "")
        budget = int(milliseconds) / 1000 * SHARE if milliseconds.isdigit() else 0.0
        gate.took(len(self._data))
        mine = gate.package.is_for(ROOT_SCRIPT if gate.person else fields.get("script", ""))
        if not mine or budget <= 0 or fields.get("home") != gate.home:
            if gate.package.replaced:
                gate.end()
            self.finish(self._elsewhere)
            return
        self._came = came
        self._deadline = time.monotonic() + budget
        gate.watch(self, self._deadline)
        gate.judges.submit(self._judge)

    def _judge(self) -> None:
        """In a judging thread: whatever happens there, the call is answered."""
        try:
            self._prepare()
        except Exception as error:  # noqa: BLE001  # as below
            self._done(None, error)

    def _prepare(self) -> None:
        """Read and look."""
        try:
            context = self._gate.context(self._fields, self._line, self._came, self._deadline, self._word)
        except (UsageError, ValueError):
            self._back(self._elsewhere)
            return
        try:
            prepared = run.prepare(self._data, context)
        except Exception as error:  # noqa: BLE001  # the failure mode answers, as in a hook's process
            self._done(None, error)
            return
        event = prepared.event
        if event is not None and not event.cwd.startswith("/"):  # what it speaks of lies where the hook runs
            self._back(self._elsewhere)
            return
        asks = prepared.seen is not None and prepared.seen.sight.needs.trust
        self._hand_over(prepared, Awaited(prepared) if asks else None)

    def _hand_over(self, prepared: Prepared, awaited: Awaited | None) -> None:
        """Give the call to be recorded, as soon as nothing is awaited: meanwhile it holds no thread."""
        if awaited is None or awaited.is_over():
            self._gate.scribe.put(Job(prepared=prepared, done=self._done))
            return
        gate = self._gate
        again = partial(gate.judges.submit, partial(self._look_again, prepared, awaited))
        gate.loop.call_soon_threadsafe(gate.loop.call_later, PAUSE_S, again)

    def _look_again(self, prepared: Prepared, awaited: Awaited) -> None:
        try:
            self._hand_over(prepared, awaited)
        except Exception as error:  # noqa: BLE001  # as above
            self._done(None, error)

    def _done(self, reply: Reply | None, error: Exception | None) -> None:
        """In any thread: what the gate found becomes the answer."""
        if isinstance(error, LedgerBusy):  # the client's own process has time left to wait
            self._back(self._elsewhere)
        elif error is not None:
            self._back(frames.say(self._word, frames.ANSWERED, *self._failure(error)))
        elif reply is not None:
            self._back(frames.say(self._word, frames.ANSWERED, reply.exit_code, reply.stdout, reply.stderr))

    def _failure(self, error: Exception) -> tuple[int, bytes, bytes]:
        gate = self._gate
        block = self._fields.get("on-failure") == "block" and not off.in_force(gate.home, gate.clock())
        told = (error.message, error.hint) if isinstance(error, Web4Error) else (broken(error), "")
        code, text = failure(told[0], told[1] or MEND, block=block)
        return code, b"", text

    def _back(self, answer: bytes) -> None:
        """In any thread: answer at once, and let the loop do the rest: it may take a while to come to it."""
        if self._is_first():
            answer = self._line.send(answer)
            self._sent = True
        self._gate.back(self, answer)

    def finish(self, answer: bytes) -> None:
        """In the loop: give what is left of the answer, and count the call as done."""
        if self._over:
            return
        self._over = True
        if self._sent:
            self._line.answer(answer)
        else:
            self._say(answer)
        self._gate.gave(self, len(self._data))

    def late(self) -> None:
        """In the loop: the time is up, and the client's own process has to judge."""
        self._say(self._elsewhere)

    def _say(self, answer: bytes) -> None:
        if self._is_first():
            self._line.answer(answer)

    def _is_first(self) -> bool:
        """Say, once, that nobody has answered yet."""
        try:
            return self._unsaid.pop()
        except IndexError:
            return False
