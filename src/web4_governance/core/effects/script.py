"""Follows a shell text command by command, and what flows between its commands.

What a command does is its row's business; here is what only the whole text tells: a download that is then run, a secret
that reaches a command which sends, a decoded text that a shell is fed, a word that comes from a search. Every command
gives at least one deed, so that patterns on commands always have words to look at.
"""

from __future__ import annotations

from web4_governance.core.action import Category, Effect, Place, Target, TargetKind
from web4_governance.core.budget import TOO_SLOW
from web4_governance.core.effects import (
    contained,
    inner,
    offers,
    recipes,
    rights,
    shown,
    sql,
    strangers,
    sweeping,
    tamper,
    turning,
    unsaid,
    variables,
)
from web4_governance.core.effects.apply import Application, Input
from web4_governance.core.effects.authored import UNSEEN
from web4_governance.core.effects.currents import Currents
from web4_governance.core.effects.endless import exhausts, fills, repeats
from web4_governance.core.effects.flows import PRIVATE, SECRET
from web4_governance.core.effects.gathering import CHANGING, Frame
from web4_governance.core.effects.glance import Glance
from web4_governance.core.effects.pipes import CONTAINERS, Pipes, as_read, login_behind, poured
from web4_governance.core.effects.places import locate, resolve
from web4_governance.core.effects.rows import reading_of, text
from web4_governance.core.effects.select import path, plain
from web4_governance.core.effects.step import Step
from web4_governance.core.shell import parse
from web4_governance.core.shell.command import STARTS_ITSELF
from web4_governance.core.shell.written import COPIERS, READ_UNASKED, WRITERS, unasked
from web4_governance.core.value import replace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.effects.gathering import Gathering
    from web4_governance.core.effects.rows import Object, Reading
    from web4_governance.core.shell.command import Command, Script

MAX_DEPTH = 8
TAKING = frozenset(("runs-stdin", "reads-patch"))  # roles of what makes something of its input
MOST_FOLLOWED = 192 * 1024  # characters of commands within commands, of one call together
RUNNING = frozenset((Effect.CODE_RUN, Effect.DB_WRITE, Effect.DB_READ))
FED = frozenset(("runs-stdin", "reads-transfers"))
READING = frozenset((Effect.CODE_RUN, Effect.FILE_READ, Effect.FILE_DELETE))
HANDING = COPIERS | {"cat", "xargs", "parallel"}
NO_ROLES = frozenset[str]()
MOST_MOVES = 64  # options that say where to work, of one command
CONTAINED = tuple(f"{name} {verb}" for name in CONTAINERS for verb in ("run", "create", "compose run", "container run"))
NOTHING_FED = Input()


def follow(
    source: str,
    gathering: Gathering,
    *,
    cwd: str | None,
    via: tuple[str, ...] = (),
    depth: int = 0,
    assigned: tuple[str, ...] = (),
    fragment: bool = False,
) -> None:
    """Add the deeds of a shell text; `assigned` are the variables that are set around it.

    Of a fragment it is no news that it does not parse.
    """
    frame = Frame(via=via, categories=(Category.COMMAND,), cwd=cwd)
    if depth > MAX_DEPTH:
        gathering.add(frame, Effect.OPAQUE, why="commands nested too deeply")
        return
    gathering.begins(source, inner=depth > 0)
    if gathering.followed > MOST_FOLLOWED:
        gathering.add(frame, Effect.OPAQUE, why="more commands within commands than are read")
        return
    script = parse(source, cwd=cwd, home=gathering.scene.home, budget=gathering.budget, written=gathering.written)
    if script.written is not None:
        gathering.written.add(script.written)
    outer = gathering.loose
    gathering.loose = outer or "dotglob" in source or "globdots" in source
    _Following(script, gathering, frame, depth, assigned).all()
    for name in script.hijacked:
        target = Target(kind=TargetKind.TEXT, given=name)
        gathering.add(frame, Effect.CODE_HIJACK, target, why=f"puts something else behind `{name}`")
    for reason in () if fragment else (*script.opaque, *gathering.written.unsaid()):
        gathering.add(frame, Effect.OPAQUE, why=reason)
        if reason == STARTS_ITSELF:
            gathering.add(frame, Effect.RESOURCE_EXHAUST, why=reason)
        if not (gathering.lying and not depth) and gathering.protected.spoken_of(source):
            gathering.add(frame, Effect.SELF_TAMPER, why="speaks of what the gate protects, in a text not fully seen")
    # What the words themselves leave open they leave open without the files, too; these are looked at beside them.
    cut = gathering.budget is not None and gathering.budget.ended
    if (script.opaque or cut) and any(gathering.protected.spoken_of(text) for text in gathering.lying):
        gathering.add(frame, Effect.SELF_TAMPER, why="runs a text not fully seen that speaks of what the gate protects")
    gathering.loose = outer


class _Following:
    """One script on its way through."""

    def __init__(
        self, script: Script, gathering: Gathering, frame: Frame, depth: int, assigned: tuple[str, ...] = ()
    ) -> None:
        self.commands = tuple([as_read(command, gathering.catalog) for command in script.commands])
        self.endless = script.endless
        self.pipes = Pipes(self.commands)
        self.gathering = gathering
        self.frame = frame
        self.depth = depth
        self.currents = Currents(self.commands, gathering, self.pipes, self._frame)
        self.steps = self.currents.steps
        self.taken = shown.taken_in(self.commands)
        own = [text for one in script.commands if variables.sets(one) for text in variables.settings(one)]
        self.variables = tuple(dict.fromkeys((*assigned, *own))) if own else assigned

    def all(self) -> None:
        """Follow every command."""
        budget, repeated = self.gathering.budget, repeats(self.commands)
        for index, command in enumerate(self.commands):
            if budget is not None and budget.ended:
                self.gathering.add(self.frame, Effect.OPAQUE, why=TOO_SLOW)
                break
            if index in repeated:
                self.steps.append(self.steps[index - repeated[index]])
            else:
                self._command(index, command)
        for first, after in self.endless:
            effects = {effect for step in self.steps[first:after] for effect in step.effects}
            why = exhausts(self.commands[first:after], effects)
            if why:
                self.gathering.add(self.frame, Effect.RESOURCE_EXHAUST, why=why)
        if self.pipes.cut:
            self.gathering.add(self.frame, Effect.OPAQUE, why="more flows from command to command than is followed")

    def _frame(self, command: Command) -> Frame:
        outer = self.frame
        via, given, apart = command.via, outer.mounts, outer.apart
        if via:
            mounts = self.pipes.mounts(len(self.steps)) if any(one.startswith(CONTAINED) for one in via) else None
            given = given if mounts is None else mounts
            apart = apart or contained.kind(via, self.pipes.container(len(self.steps)))
        if outer.via:
            via = (*outer.via, *via)
        return Frame(
            argv=command.argv, via=via, categories=outer.categories, cwd=command.cwd, mounts=given, apart=apart
        )

    def _command(self, index: int, command: Command) -> None:
        step = Step()
        self.steps.append(step)
        gathering = self.gathering
        outer, gathering.recent = gathering.recent, step.recent
        around, gathering.reading = gathering.reading, None
        frame, glance = self._frame(command), Glance(command)
        reading = self._program(index, command, frame, step, glance)
        for row in gathering.catalog.packed(command.program):
            self._packed(row, index, command, frame)
        if variables.sets(command):
            for name, given in variables.assigned(command):
                self._assigned(name, given, frame)
        behind = self._behind(index)
        self._offered(index, command, frame, glance, behind)
        for redirect in command.redirects:
            self.currents.redirect(redirect, command, frame, taken=index in self.taken)
        if fills(command, gathering.recent):
            gathering.add(frame, Effect.RESOURCE_EXHAUST, why="fills the disk")
        self.currents.named(index, frame)
        self.currents.summarise(step, command.cwd)
        if index in self.taken and shown.reads_secrets(gathering.recent, gathering):
            step.origins.add(SECRET)
        self.currents.flow(index, frame, reading, step)
        self._tampering(index, command, frame, reading, glance=glance, behind=behind)
        if frame.via and rights.used(frame.via, frame.argv, gathering.recent):
            gathering.add(frame, Effect.PRIVILEGE, why="acts as another user")
        if command.words:
            if not gathering.recent:
                gathering.add(frame, None, why="does nothing that is modelled")
            self._asks(command, step)
        outer.extend(gathering.recent)
        gathering.recent, gathering.reading = outer, around

    def _asks(self, command: Command, step: Step) -> None:
        """Note the files whose text the command may run, or hands to one that does (effects.md A9)."""
        recent, program = self.gathering.recent, command.program
        runs = not step.effects.isdisjoint(RUNNING) or not step.origins.isdisjoint(FED) or program in READ_UNASKED
        if not runs and program not in HANDING:
            return
        self.gathering.runs |= runs
        for effect, target in recent:
            if effect in READING and target is not None and target.kind is TargetKind.PATH and target.exact:
                self.gathering.asks(target, run=effect is Effect.CODE_RUN)
        for name in unasked(command):
            self.gathering.asks(locate(name, self.gathering.scene, cwd=command.cwd), run=False)

    def _program(self, index: int, command: Command, frame: Frame, step: Step, glance: Glance) -> Reading | None:
        """Add what the program does by its row; without a row it runs code that nobody knows."""
        if not command.words:
            return None
        if sql.begins(frame.argv):
            self._statement(command, frame)
            return None
        row = self.gathering.catalog.row(command.program)
        if row is None:
            self._unknown_program(index, command, frame)
            return None
        if strangers.is_another(command):
            target = path(command.words[0], self.gathering.scene, frame.cwd)
            self.gathering.add(frame, Effect.CODE_RUN, target, why="runs a program of its own")
        reading = reading_of(row, command, self.variables)
        self.gathering.reading = command.program, reading
        chdir = text(reading.row, "chdir") or text(row, "chdir")
        moves = [directory for option, directory in reading.values if option == chdir] if chdir else []
        if len(moves) > MOST_MOVES:
            self.gathering.add(frame, Effect.OPAQUE, why="is told more directories than are followed")
            frame = replace(frame, cwd=None)
            moves = []
        for directory in moves:
            frame = replace(frame, cwd=self._moved(directory, frame.cwd))
        application = Application(
            self.gathering,
            frame,
            reading,
            self._input(index, command),
            lambda source, by: self._nested(source, by, frame),
        )
        application.login = lambda: login_behind(index, self.commands, self.gathering.catalog)
        application.taken = index in self.taken
        application.run()
        step.found = tuple(application.found)
        roles = application.roles
        step.origins |= roles
        step.origins |= self.gathering.catalog.roles.get(command.program, NO_ROLES)
        if (not glance.sure and offers.prints_secret(command)) or shown.code_prints(index, self.pipes):
            step.origins.add(PRIVATE)
        if "reads-patch" in roles:
            self._patched(command, application)
        if "reads-transfers" in roles:
            self._transfers(command, application)
        language = text(reading.row, "language") or text(row, "language")
        if "runs-stdin" in roles:
            self._fed(command, language, application, frame)
        for source, spoken, file in recipes.run_by(command, language, application.given.stdin, self.gathering):
            self._loaded(source, spoken, file, application)
        self._authored(command, language, application)
        return reading

    def _patched(self, command: Command, application: Application) -> None:
        """Read the patches that a program is fed, or finds in a file."""
        if application.given.stdin is not None:
            application.patch(application.given.stdin)
        for _, patch in (*command.texts, *self.gathering.authored.written.read_by(command)):
            application.patch(patch.text)

    def _fed(self, command: Command, language: str, application: Application, frame: Frame) -> None:
        """Read what a program runs of its input, where that is a text, or for statements a file that `cat` hands it."""
        before = poured(command, self.commands)
        if application.given.stdin is not None:
            self._text(application.given.stdin, language, application, frame)
        for _, held in before.texts if before is not None and language == "sql" else ():
            application.sql(held.text)

    def _transfers(self, command: Command, application: Application) -> None:
        """Read the commands that a transfer of files is fed, or finds in a file, as the copies that they are."""
        from web4_governance.core.effects import transfers  # noqa: PLC0415  of sftp and its like alone

        host = next((plain.text for plain in application.reading.operands[:1] if plain.known), "")
        fed = (application.given.stdin, *(self.pipes.said(at) for at in command.substitutions))
        for source in (*(one for one in fed if one), *(word.text for _, word in command.texts)):
            for line in transfers.lines(source, host):
                self._nested(line, command.program, application.frame)

    def _loaded(self, source: str, language: str, file: str, application: Application) -> None:
        """Read a text that a program runs from a file; of one that lay there before the call, the deeds say which it is."""
        if not file:
            self._text(source, language, application, application.frame)
        elif source not in self.gathering.opened:  # a script that starts itself does the same again
            from web4_governance.core.effects.remarks import without_remarks  # noqa: PLC0415  of programs in files alone

            outer, said = application.frame, source if language == "shell" else without_remarks(source, language)
            application.frame, application.lay = replace(outer, via=(*outer.via, file)), True
            self.gathering.opened.add(source)
            self._text(said, language, application, application.frame)
            self.gathering.opened.discard(source)
            application.frame, application.lay = outer, False

    def _offered(self, index: int, command: Command, frame: Frame, glance: Glance, behind: tuple[Command, ...]) -> None:
        """Add what the words say, whatever the program is."""
        gathering = self.gathering
        if offers.may_tell(command, glance, gathering.recent, fed=bool(behind)):
            seen = self._made_where_seen(index)
            for effect, target, why in offers.told(command, tuple(gathering.recent), behind, seen=seen):
                gathering.add(frame, effect, target, why=why)
        if shown.may_show(command):
            why = shown.secret(
                index, self.pipes, self.steps, gathering.recent, gathering, via=frame.via, taken=self.taken
            )
            if why:
                gathering.add(frame, Effect.SECRET_READ, why=why)
        if inner.may_hold(command.program, glance):
            for inside in inner.texts(command, gathering.catalog):
                self._nested(inside, command.program, frame)
        if unsaid.may_put_out(glance):
            for word in unsaid.outputs(command):
                gathering.add_marked(frame, Effect.FILE_WRITE, gathering.path(word.text, frame), fresh=True)

    def _made_where_seen(self, index: int) -> frozenset[str] | None:
        """Give the variables made so far, where a command prints, and that goes to nobody else than who made the call."""
        if not offers.prints(self.commands[index]) or not shown.seen(index, self.pipes):
            return None
        return self.pipes.made(index)

    def _packed(self, row: Object, index: int, command: Command, frame: Frame) -> None:
        """Add what a pack says of the program: beside what is known of it without, of which nothing is taken away."""
        reading = reading_of(row, command, self.variables)
        nested = lambda source, by: self._nested(source, by, frame)  # noqa: E731  # as the program's own row has it
        Application(self.gathering, frame, reading, self._input(index, command), nested).run()

    def _assigned(self, name: str, given: str, frame: Frame) -> None:
        found = variables.meaning(name, given, self.gathering.catalog, self.gathering.scene, frame.cwd)
        if found is not None:
            self.gathering.add(frame, found[0], why=found[1])
        for inside in variables.commanded(name, given, self.gathering.catalog):
            self._nested(inside, name, frame)

    def _moved(self, directory: str, cwd: str | None) -> str | None:
        # A value that is not known comes as an empty one.
        return (resolve(directory, cwd or "", self.gathering.scene.home) or None) if directory else None

    def _statement(self, command: Command, frame: Frame) -> None:
        """Read a statement that stands where a command would: it is meant for a database, whoever hands it there."""
        words = [word.text if word.known else word.literal for word in command.words]
        for found in sql.statements(" ".join(words)):
            target = Target(kind=TargetKind.DATABASE, given=found.name) if found.name else None
            self.gathering.add(frame, found.effect, target, why=found.why or "a statement of a database")

    def _authored(self, command: Command, language: str, application: Application) -> None:
        """Read what the command runs of the files that code, or a patch, has written; note what it may write of its input."""
        frame, recent, fed = application.frame, self.gathering.recent, application.given.stdin
        if fed is not None and application.roles.isdisjoint(TAKING) and command.program not in WRITERS:
            self.gathering.authored.by_input(fed, tuple(recent))
        if not self.gathering.has_authored:
            return
        authored = self.gathering.authored
        fed_code = "runs-stdin" in application.roles
        for source, spoken in authored.run_by(command, language, tuple(recent), takes_input=fed_code):
            if authored.is_unseen(source):
                self.gathering.add(frame, Effect.OPAQUE, why=UNSEEN)
            if spoken == "shell":
                self._nested(source, command.program, frame, fragment=authored.is_fragment(source))
            else:
                self._text(source, spoken, application, frame)

    def _unknown_program(self, index: int, command: Command, frame: Frame) -> None:
        word = command.words[0]
        name, why = strangers.globbed(word, self.gathering.catalog.programs), strangers.unseen(command)
        if why:
            self.gathering.add(frame, Effect.OPAQUE, why=why)
        if "/" in word.text and not word.glob:
            target = path(word, self.gathering.scene, frame.cwd)
            self.gathering.add(frame, Effect.CODE_RUN, target, why="runs a program of its own")
        elif word.known:
            target = Target(kind=TargetKind.TEXT, given=word.text)
            self.gathering.add(frame, Effect.CODE_RUN, target, why=f"`{word.text[:64]}` is not in the catalog")
        tail = (plain(name), *command.words[1:]) if name else strangers.tail(command.words, self.gathering.catalog)
        if tail:
            self._nested(strangers.line(tail), word.text, frame)
        for given in strangers.worked_on(command.words):
            self.gathering.add_marked(frame, Effect.FILE_READ, path(given, self.gathering.scene, frame.cwd))
        if self.gathering.has_authored:
            reading = reading_of({}, command, self.variables)
            nested = lambda source, by: self._nested(source, by, frame)  # noqa: E731  # as a program's own row has it
            application = Application(self.gathering, frame, reading, self._input(index, command), nested)
            self._authored(command, "", application)

    # -- texts inside commands --------------------------------------------------------------------------------------------

    def _input(self, index: int, command: Command) -> Input:
        more: tuple[Target, ...] = ()
        if command.unsure or (command.via and any("find" in carrier or carrier == "xargs" for carrier in command.via)):
            more = self.currents.searched(index)
        stdin = self.pipes.text_into(index)
        if stdin is None and not more and not command.unsure:
            return NOTHING_FED
        return Input(stdin=stdin, more=more, unsure=command.unsure)

    def _nested(self, source: str, by: str, frame: Frame, *, fragment: bool = False) -> None:
        via = (*frame.via, by.rsplit("/", 1)[-1])
        follow(
            source,
            self.gathering,
            cwd=frame.cwd,
            via=via,
            depth=self.depth + 1,
            assigned=self.variables,
            fragment=fragment,
        )

    def _text(self, source: str, language: str, application: Application, frame: Frame) -> None:
        """Read a text that a program is fed, or runs from a file; one that flows in from elsewhere is the flows' business."""
        if language == "shell":
            self._nested(source, frame.argv[0] or "", frame)
        elif language == "sql":
            application.sql(source)
        elif language == "patch":
            application.patch(source)
        else:
            application.code(source, language)

    # -- the gate itself ----------------------------------------------------------------------------------------------

    def _tampering(
        self,
        index: int,
        command: Command,
        frame: Frame,
        reading: Reading | None,
        *,
        glance: Glance,
        behind: tuple[Command, ...],
    ) -> None:
        gathering = self.gathering
        guard = sweeping.Guard(gathering, frame)
        if command.program in tamper.GOING:
            gathering.strayed += tamper.strays(command, lambda word: path(word, gathering.scene, frame.cwd))
        kept = unsaid.keeps_open(command, guard)
        if kept:
            gathering.add(frame, Effect.SELF_TAMPER, why=kept)
        changed = [target for effect, target in gathering.recent if effect in CHANGING and target is not None]
        found = self._meets(index, command, frame, changed, guard) if changed else ""
        why = found
        if command.words:
            asks = command.program in turning.LOOKING_BACK
            why = turning.turns(
                command,
                glance,
                reading,
                gathering.recent,
                guard,
                behind=behind,
                before=self.commands[:index] if asks else (),
                fed=self.pipes.text_into(index),
                lists=lambda: self._lists(command),
                found=found,
            )
        if why:
            gathering.add(frame, Effect.SELF_TAMPER, why=why)

    def _meets(self, index: int, command: Command, frame: Frame, changed: list[Target], guard: sweeping.Guard) -> str:
        """Say why what is changed may be the gate's; where only its name says so, that is not seen to the end."""
        strayed = self.gathering.strayed
        found = self._finds(index, changed, guard) or tamper.meets_there(changed, strayed, frame.cwd, guard)
        if not found:
            written = (*command.words[1:], *(redirect.target for redirect in command.redirects))
            if tamper.may_meet(changed, written, guard, strayed=bool(strayed) and frame.cwd is None):
                self.gathering.add(frame, Effect.OPAQUE, why="writes a file named like the gate's, nobody knows where")
        return found

    def _finds(self, index: int, changed: list[Target], guard: sweeping.Guard) -> str:
        """Say why the command at hand may change what is protected by a name that other commands found."""
        unknown = any(target.place is Place.UNKNOWN for target in changed)
        steps = [self.steps[at] for at in self.pipes.behind(index) if at < len(self.steps)] if unknown else []
        seen = [target for step in steps for effect, target in step.targets if effect in turning.LOOKING]
        if self.commands[index].via and any("find" in carrier for carrier in self.commands[index].via):
            roots = {root: root.resolved.partition("/**")[0] for root in self.currents.searched(index)}
            begun = [target.resolved for target in changed if not target.exact]
            seen += [root for root, head in roots.items() if unknown or any(text.startswith(head) for text in begun)]
        if not unknown and not seen:
            return ""
        return tamper.finds_gate(self._behind(index) if unknown else (), seen, guard)

    def _lists(self, command: Command) -> tuple[str, ...]:
        """Give the texts of files that a command names and the call wrote."""
        return tuple(word.text for _, word in (*command.texts, *self.gathering.authored.written.read_by(command)))

    def _behind(self, index: int) -> tuple[Command, ...]:
        command = self.commands[index]
        if command.pipe_from < 0 and not command.feeds and not command.substitutions:
            return ()
        return tuple([self.commands[at] for at in self.pipes.behind(index)])
