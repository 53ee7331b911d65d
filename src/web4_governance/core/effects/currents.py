"""What flows between the commands of one text: what each is fed, what of it is sent or run, and what it leaves on the disk.

Told command by command, in their order. What a row says a command does is not here, nor where a file of the call comes
from: that is the trail's.
"""

from __future__ import annotations

from web4_governance.core.action import Effect, Place, Target, TargetKind
from web4_governance.core.effects import flows, looped, named, offers
from web4_governance.core.effects.flows import (
    DECODED,
    ENVIRONMENT,
    INVENTORY,
    LASTING,
    NETWORK,
    PRIVATE,
    REMOVES,
    SECRET,
    TELLS,
    Sender,
)
from web4_governance.core.effects.names import names
from web4_governance.core.effects.pipes import STDERR, feeds_out, poured
from web4_governance.core.effects.rows import text
from web4_governance.core.effects.select import path, unknown_target
from web4_governance.core.shell.fields import UNKNOWN_PART
from web4_governance.core.shell.shells import SHELLS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

    from web4_governance.core.effects.gathering import Frame, Gathering
    from web4_governance.core.effects.pipes import Pipes
    from web4_governance.core.effects.rows import Reading
    from web4_governance.core.effects.step import Step
    from web4_governance.core.shell.command import Command, Redirect

SENDING = (Effect.NET_EGRESS, Effect.NET_INGRESS, Effect.NET_LISTEN)
SOCKETS = ("/dev/tcp/", "/dev/udp/")
SINKS = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/stdin", "/dev/tty", "-")
LETTING = names("grep egrep fgrep head tail sort uniq tac shuf")  # give lines out as they came


class Currents:
    """The flows of one text. `steps` are those of the commands read so far, the last one being read now."""

    __slots__ = ("_frame_of", "commands", "gathering", "pipes", "sockets", "steps", "trail")

    def __init__(
        self, commands: tuple[Command, ...], gathering: Gathering, pipes: Pipes, frame_of: Callable[[Command], Frame]
    ) -> None:
        self.commands = commands
        self.gathering = gathering
        self.pipes = pipes
        self.steps: list[Step] = []
        self.trail = gathering.trail
        self.sockets: dict[str, Target] = {}  # what `exec 3<>/dev/tcp/…` keeps open, by its descriptor
        self._frame_of = frame_of

    def named(self, index: int, frame: Frame) -> None:
        """Add what a command reads by names which others print, and what these names mark."""
        if "reads-names" in self.steps[index].origins:
            for target in self.searched(index) or (unknown_target("path"),):
                self.gathering.add(frame, Effect.FILE_READ, target, why="packs what it is fed the name of")
        if named.unknown_reads(self.gathering.recent):
            behind = [(self.commands[at], self.steps[at].targets) for at in self.pipes.behind(index) if at < index]
            for target in named.printed(behind, self.gathering.scene, frame.cwd):
                self.gathering.add_marked(frame, Effect.FILE_READ, target)

    def searched(self, index: int) -> tuple[Target, ...]:
        """Give what the search found that gives this command its words: the pipe's, or the last one before it."""
        behind = [at for at in self.pipes.behind(index) if at < len(self.steps)]
        found = [at for at in behind if self.steps[at].found]
        if not found and not (behind and self.commands[index].via[-1:] == ("xargs",)):
            # what a carrier further out has found is nothing to a pipe inside
            found = [at for at in range(len(self.steps) - 1) if self.steps[at].found]
        return self.steps[found[-1]].found if found else self._listed(index)

    def _listed(self, index: int) -> tuple[Target, ...]:
        """Give what a glob names that a listing prints as it stands (`ls -d a/*`, `echo a/*`) and nothing spells anew."""
        at = self.commands[index].pipe_from
        while 0 <= at < len(self.steps) and _lets_through(self.commands[at]):
            at = self.commands[at].pipe_from
        if not 0 <= at < len(self.steps):
            return ()
        cwd = self._frame_of(self.commands[at]).cwd
        return tuple(path(word, self.gathering.scene, cwd) for word in named.listed(self.commands[at]))

    def summarise(self, step: Step, cwd: str | None) -> None:
        """Note in a step what its command touches and brings along."""
        effects, targets, recent = step.effects, step.targets, self.gathering.recent
        for effect, target in recent:
            if effect is not None:
                effects.add(effect)
                if target is not None and target.resolved and target.kind is TargetKind.PATH:
                    targets.append((effect, target))
        step.origins |= flows.origins(effects, targets)
        read = self.trail.read(recent, cwd, self.gathering.scene)
        if read:
            step.read = read
            step.origins |= read

    def flow(self, index: int, frame: Frame, reading: Reading | None, step: Step) -> None:
        """Say what flows into a command, and what comes of it."""
        command, origins, effects = self.commands[index], step.origins, step.effects
        if "runs-stdin" in origins and command.program in SHELLS and command.pipe_from < 0 and command.stdin is None:
            origins.add(PRIVATE)  # whatever it is told by hand it may print
        if command.pipe_from >= 0 or command.feeds or command.substitutions:
            self._flows_in(index, step)
        flowing = step.flowing
        self._running(index, frame, reading, step, flowing)
        if "installs-stdin" in origins and NETWORK in step.piped:
            self.gathering.add(frame, Effect.PACKAGE_FOREIGN, why="runs in the cluster what an address hands out")
        carried = origins | flowing
        if REMOVES in origins and INVENTORY in carried:
            self.gathering.add(frame, Effect.SYSTEM, why="removes whatever a listing names")
        if Effect.DELEGATE in effects and self._is_told(index, step):
            self.gathering.add(frame, Effect.AGENT_INSTRUCT, why="an agent is told what was fetched from the network")
        if not effects.isdisjoint(SENDING):
            self._sending(index, frame, step, carried)
        if Effect.FILE_WRITE in effects:
            self._writing(frame, step, carried)
        self.trail.link(command, self.gathering.scene, frame.cwd)
        if feeds_out(command):
            self._out(index, carried)

    def _flows_in(self, index: int, step: Step) -> None:
        """Note in a step what the commands behind it bring along, by its input and in its words."""
        command = self.commands[index]
        piped = self._carried(command.feeds or (command.pipe_from,), index)
        worded = self._carried(command.substitutions, index)
        if command.unsure:  # `xargs` puts what it is fed into the words; names of files tell nothing
            piped, worded = set(), worded | piped - {TELLS}
        step.piped, step.worded, step.flowing = piped, worded, piped | worded

    def _writing(self, frame: Frame, step: Step, carried: set[str]) -> None:
        """Note what the files carry that a command writes, and say what is run as soon as they are there."""
        lasting = carried & LASTING | ({SECRET} if ENVIRONMENT in carried else set[str]())
        brought = step.flowing | step.read if Effect.NET_INGRESS not in step.effects else set[str]()
        if self.trail.wrote(self.gathering.recent, lasting, brought):
            self.gathering.add(
                frame, Effect.CODE_FROM_NETWORK, why="what waits for it runs what was fetched from the network"
            )

    def _is_told(self, index: int, step: Step) -> bool:
        """Say whether all that an agent is told comes from the network: as a word, or as its input where none is said."""
        command = self.commands[index]
        whole = any(not word.known and word.shape.strip('"') == UNKNOWN_PART for word in command.words[1:])
        if NETWORK in step.worded and whole:
            return True
        said = [word for word in command.words[1:] if not word.known or " " in word.text]
        return not said and (NETWORK in step.piped or NETWORK in self._read_in(command, self._frame_of(command)))

    def _carried(self, sources: tuple[int, ...], index: int) -> set[str]:
        # What flows in was run before; a loop back brings nothing that is not there already.
        steps = [self.steps[at] for at in sources if 0 <= at < index]
        return {origin for step in steps for origin in step.origins | step.flowing}

    def _out(self, index: int, carried: set[str]) -> None:
        """What is written into `>(COMMAND)` reaches commands that were read before the one that writes."""
        for at in self.commands[index].substitutions:
            step, command = self.steps[at], self.commands[at]
            step.piped |= carried - {NETWORK, *step.origins} | carried & {NETWORK}
            frame = self._frame_of(command)
            outer, self.gathering.recent = self.gathering.recent, list(step.recent)
            if not step.effects.isdisjoint(SENDING):
                self._sending(at, frame, step, step.origins | step.piped)
            if "runs-stdin" in step.origins and NETWORK in carried:
                self.gathering.add(frame, Effect.CODE_FROM_NETWORK, why="runs what was fetched from the network")
            elif "runs-stdin" in step.origins and command.stdin is None:
                self.gathering.add(frame, Effect.OPAQUE, why="runs the output of another command")
            self.gathering.recent = outer

    def _sending(self, index: int, frame: Frame, step: Step, carried: set[str]) -> None:
        """Say what leaves the machine with a command that sends: a secret, or else what was read here."""
        flowing = step.piped | step.worded
        command = self.commands[index]
        hosts = flows.hosts(self.gathering.recent)
        if (SECRET in carried or ENVIRONMENT in flowing) and (Effect.NET_EGRESS in step.effects or flowing):
            self.gathering.add(frame, Effect.SECRET_EGRESS, host=hosts[0], why="a secret reaches a command that sends")
            return
        name = flows.literal_secret(command)
        if name:
            self.gathering.add(frame, Effect.SECRET_EGRESS, host=hosts[0], why=f"a secret stands in its words: {name}")
        why = flows.leaving(
            Sender(
                command=command,
                effects=frozenset(step.effects),
                own=frozenset(step.origins),
                piped=frozenset(step.piped),
                worded=frozenset(step.worded),
                before=frozenset(
                    origin
                    for before in self.steps[:index]
                    if Effect.FILE_WRITE not in before.effects  # what goes to a file is followed by the file
                    for origin in before.origins
                ),
            )
        )
        what = flows.gravest([*step.targets, *(one for before in self.steps[:index] for one in before.targets)])
        for host in hosts if why else ():
            self.gathering.add(frame, Effect.DATA_EGRESS, what if PRIVATE in carried else None, host=host, why=why)

    def _running(
        self, index: int, frame: Frame, reading: Reading | None, step: Step, flowing: AbstractSet[str]
    ) -> None:
        """Say where code that is run comes from, if it comes from elsewhere."""
        command = self.commands[index]
        executes = reading is not None and "executes" in step.origins
        fed = "runs-stdin" in step.origins and command.stdin is None
        origins: set[str] = set()
        if fed or (executes and (command.substitutions or command.unsure)):
            origins |= flowing
            if (
                fed
                and command.pipe_from >= 0
                and not flowing & {NETWORK, DECODED}
                and self.pipes.text_into(index) is None
                and not (is_of_statements(reading) and poured(command, self.commands))
            ):
                self.gathering.add(frame, Effect.OPAQUE, why="runs the output of another command")
        if fed:
            origins |= self._read_in(command, frame)
            self._waits(index)
        if NETWORK in step.piped and looped.runs_line(index, self.commands):
            origins.add(NETWORK)
        origins |= self.trail.run(command, self.gathering.recent, frame.cwd, self.gathering.scene)
        for effect, target in step.targets if Effect.CODE_RUN in step.effects else ():
            if effect is Effect.CODE_RUN:
                if (
                    target.place is Place.TEMPORARY
                    and not self.trail.knows(target)
                    and offers.put_there(target.given, self.commands[:index])
                ):
                    self.gathering.add(frame, Effect.CODE_HIJACK, target, why="runs what may have been put there")
                if "/fd/" in target.resolved and target.resolved.startswith(("/proc/", "/dev/")):
                    self.gathering.add(frame, Effect.OPAQUE, why="runs what a descriptor brings")
        if NETWORK in origins:
            self.gathering.add(frame, Effect.CODE_FROM_NETWORK, why="runs what was fetched from the network")
        if DECODED in origins:
            self.gathering.add(frame, Effect.OPAQUE, why="runs a text that was decoded on the way")

    def redirect(self, redirect: Redirect, command: Command, frame: Frame, *, taken: bool = False) -> None:
        """Add what a redirection reads and writes, and with whom it speaks; `taken`: what is read becomes variables."""
        word = redirect.target
        if redirect.op in (">&", "<&") and word.text in self.sockets:
            self._socket(redirect, frame, self.sockets[word.text])
        if redirect.op.startswith("<<") or (word.known and (word.text in SINKS or word.text.isdigit())):
            return
        given = word.text if word.known else word.literal
        for socket in SOCKETS:
            if given.startswith(socket):
                host = given[len(socket) :].partition("/")[0]
                target = Target(kind=TargetKind.HOST, given=word.text, resolved=host, exact=word.known)
                self._socket(redirect, frame, target, named="}" + redirect.op + given in command.source)
                return
        target = path(word, self.gathering.scene, frame.cwd)
        if "<" in redirect.op:
            self.gathering.add(frame, Effect.FILE_READ, target, why="read as input", counted=taken)
        if ">" in redirect.op:
            self.gathering.add(frame, Effect.FILE_WRITE, target, why="output is written there")
            if offers.is_settings_of_others(command, target.given):
                self.gathering.add(frame, Effect.CODE_HIJACK, target, why="leads a program's traffic elsewhere")

    def _socket(self, redirect: Redirect, frame: Frame, target: Target, *, named: bool = False) -> None:
        """A shell's own socket: what is written goes out, what is read comes in; a descriptor keeps it for later."""
        if redirect.fd > STDERR:
            self.sockets[str(redirect.fd)] = target
        self.gathering.add(frame, Effect.NET_EGRESS, target, host=target.resolved, why="a shell's own socket")
        if redirect.op == "<>" or named:
            self.gathering.add(frame, Effect.DATA_EGRESS, host=target.resolved, why="keeps a channel open")
        if "<" in redirect.op:
            self.gathering.add(frame, Effect.NET_INGRESS, target, host=target.resolved, why="a shell's own socket")

    def _waits(self, index: int) -> None:
        """Note the files from which an interpreter is fed in the middle of a pipe: what it feeds may write them (mkfifo(1))."""
        command, at = self.commands[index], self.commands[index].pipe_from
        if not self.pipes.readers(index):
            return
        frame = self._frame_of(command)
        for redirect in command.redirects:
            if redirect.op == "<":
                self.trail.awaits(path(redirect.target, self.gathering.scene, frame.cwd))
        for effect, target in self.steps[at].targets if 0 <= at < index else ():
            if effect is Effect.FILE_READ:
                self.trail.awaits(target)

    def _read_in(self, command: Command, frame: Frame) -> set[str]:
        """Say where the text comes from that an interpreter is fed by `<`."""
        found: set[str] = set()
        for redirect in command.redirects:
            word = redirect.target
            if redirect.op == "<":
                target = path(word, self.gathering.scene, frame.cwd)
                self.trail.waits(command, target)
                found |= self.trail.of(target)
            if redirect.op == "<&" and word.text not in ("0", "-") and word.text not in self.sockets:
                self.gathering.add(frame, Effect.OPAQUE, why="runs what a descriptor brings")
            if word.literal.startswith(SOCKETS) or word.text in self.sockets:
                found.add(NETWORK)
        return found


def _lets_through(command: Command) -> bool:
    """Say whether a filter gives lines out as they came: `grep -o` does not."""
    return command.program in LETTING and not any(
        "o" in word.text for word in command.words[1:] if word.text[:1] == "-"
    )


def is_of_statements(reading: Reading | None) -> bool:
    """Say whether a program runs statements of a database."""
    return reading is not None and text(reading.row, "language") == "sql"
