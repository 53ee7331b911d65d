"""Turns one command and its row into deeds, entry by entry."""

from __future__ import annotations

from web4_governance.core.action import Effect, Target, TargetKind
from web4_governance.core.effects import moving, patches, sed, shown, sql, strangers, variables
from web4_governance.core.effects.code import GIVES, LOCKS, calls, together
from web4_governance.core.effects.conditions import met
from web4_governance.core.effects.finding import UNKNOWN, asked
from web4_governance.core.effects.names import names
from web4_governance.core.effects.places import UNKNOWN_PART, locate
from web4_governance.core.effects.rehearsal import LEFT_OUT
from web4_governance.core.effects.rows import strings
from web4_governance.core.effects.select import chosen, path, plain, said_by, target_of, unknown_target
from web4_governance.core.effects.wildcard import GLOB, matches
from web4_governance.core.shell.command import Word
from web4_governance.core.value import replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.effects.conditions import Condition
    from web4_governance.core.effects.gathering import Frame, Gathering
    from web4_governance.core.effects.rows import Entry, Reading
    from web4_governance.core.effects.select import Said
    from web4_governance.core.effects.signs import Found

# Kinds of which an effect without any operand still is one (`git stash drop`).
UNPLACED = names("text resource database repository package process")
QUIET = frozenset(("awk", "ex"))  # a filter's or an editor's commands, which do nothing more unless they say so
SED = "the script names it"
PRINTING_ALL = ("env", "printenv", "set", "export -p")  # commands that print the environment whole
MAX_CODE = 4
LONGEST_TOGETHER = 4096  # characters of a program in a file
MAX_NAMES = 16  # a search that asks for more names is taken to ask for any
CARRIED = names("{} $@ $* $1")  # what stands for the words that `find` and `xargs` hand on
CHANGES = frozenset((Effect.FILE_WRITE, Effect.FILE_DELETE, Effect.FILE_MODE))
SENDING = frozenset((str(Effect.NET_EGRESS), str(Effect.NET_INGRESS), "socket"))


@value
class Input:
    """What a command is fed: the literal text, or None; `more` are the operands that come from elsewhere (`xargs`).

    `unsure` says that operands are added which are not in `more`.
    """

    stdin: str | None = None
    more: tuple[Target, ...] = ()
    unsure: bool = False


class Application:
    """One command being read by its row."""

    __slots__ = (
        "found",
        "frame",
        "gathering",
        "given",
        "home_cwd",
        "lay",
        "login",
        "nested",
        "reading",
        "roles",
        "taken",
    )

    def __init__(
        self, gathering: Gathering, frame: Frame, reading: Reading, given: Input, nested: Callable[[str, str], None]
    ) -> None:
        self.gathering = gathering
        self.frame = frame
        self.home_cwd = frame.cwd  # from which `nested` reads
        self.reading = reading
        self.given = given
        self.nested = nested
        self.login: Callable[[], str] = str  # the host of a login that alone reads the output, once somebody asks
        self.found: list[Target] = []
        self.roles: set[str] = set()
        self.taken = False  # what is printed becomes variables and is shown to nobody
        self.lay = False  # what is read lay in a file before the call: only what is known of it counts

    def run(self) -> None:
        """Apply the entries; those marked `otherwise` only where the others gave nothing."""
        reading, texts = self.reading, self.reading.texts
        first, last = reading.entries.worth(reading.flags, texts)
        self._apply(first, texts)
        if last and not self.gathering.recent:
            self._apply(last, texts)

    def _apply(self, entries: tuple[Entry, ...], texts: tuple[str, ...]) -> None:
        for entry in entries:
            if entry.handed and not self.given.unsure:
                continue  # it says what is done to words that come from elsewhere
            if entry.always or entry.holds(self.reading, texts):
                self._entry(entry.said or said_by(entry), texts)

    def _entry(self, said: Said, texts: tuple[str, ...]) -> None:
        if said.role:
            self.roles.add(said.role)
        if said.besides:
            self._besides(said)
        effect = said.effect
        if effect is None or (self.reading.rehearsed and effect in LEFT_OUT):
            return
        if said.hands and self._handed_over(said):
            return
        if said.on is None:
            self.gathering.add(self.frame, effect, why=said.why)
        elif said.into is not None:
            self._into(said, effect)
        else:
            self._targets(said, effect, texts)

    def _besides(self, said: Said) -> None:
        """Follow what an entry says of texts that are run, and of names; the effect is another matter."""
        for how, language, by in said.texts:
            self._texts(how, language, chosen(by, self.reading, self.given.stdin))
        if said.alias is not None:
            self._aliases(chosen(said.alias, self.reading, None))
        if said.shell_words is not None:
            words = chosen(said.shell_words, self.reading, None)
            self.nested(" ".join(_quoted(word) for word in words), self.frame.argv[0] or "")
        if said.variables is not None:
            self._variables(chosen(said.variables, self.reading, None))
        if said.marked is not None:
            self._marked(said, said.marked)

    def _handed_over(self, said: Said) -> bool:
        """Say whether what is printed goes to nobody but a login at a host that it was made for, which shows it to nobody."""
        host = self.login()
        if "${_}" in host:
            self.gathering.add(self.frame, Effect.OPAQUE, why="logs in at a host that cannot be known")
            return True
        return bool(host) and any(matches(glob, host) for glob in said.hands)

    def _marked(self, said: Said, effect: Effect) -> None:
        """Only what the name adds: a link to a key is no reading of it, and yet the way to one."""
        for word in chosen(said.on or (), self.reading, None):
            target, _ = target_of(said.kind, word, self.gathering.scene, self.frame.cwd)
            if target is not None:
                self.gathering.add_marked(self.frame, effect, target)

    def _aliases(self, settings: list[Word]) -> None:
        """`-c alias.x='reset --hard'` runs another command of the same program; what begins with `!` the shell has seen."""
        for word in settings:
            name, _, given = word.text.partition("=")
            if name.startswith("alias.") and not given.startswith("!"):
                by = self.frame.argv[0] or ""
                self.nested(f"{by} {given}", by)

    def _variables(self, words: list[Word]) -> None:
        """`make CC=/tmp/cc` hands the variable to what it runs."""
        for name, given in variables.pairs(words):
            found = variables.meaning(name, given, self.gathering.catalog, self.gathering.scene, self.frame.cwd)
            if found is not None:
                self.gathering.add(self.frame, found[0], why=found[1])
            for inside in variables.commanded(name, given, self.gathering.catalog):
                self.nested(inside, name)

    def _targets(self, said: Said, effect: Effect, texts: tuple[str, ...]) -> None:
        kind, why = said.kind, said.why
        words = chosen(said.on or (), self.reading, self.given.stdin)
        if not words:
            if said.default:
                words = [plain(said.default)]
            elif kind in UNPLACED and said.of_operands:
                self.gathering.add(self.frame, effect, why=why)
        if words:
            deep, fresh = self._so(said.deep, texts), self._so(said.fresh, texts)
            counted = effect is Effect.FILE_READ and (self.taken or self._so(said.counted, texts))
            for word in words:
                for target, host in self._targets_of(said, word):
                    self.gathering.add(
                        self.frame, effect, target, host=host, why=why, deep=deep, fresh=fresh, counted=counted
                    )
        if self.given.unsure and said.of_operands:
            more = self.given.more if kind in ("path", "local") and self.given.more else (unknown_target(kind),)
            for target in more:
                self.gathering.add(self.frame, effect, target, why=why)

    def _so(self, said: bool | Condition, texts: tuple[str, ...]) -> bool:
        """Say whether what a field says is so: always, or where a condition holds (`-r`)."""
        return said if isinstance(said, bool) else met(said, self.reading, texts)

    def _targets_of(self, said: Said, word: Word) -> list[tuple[Target, str]]:
        kind = said.kind
        if self.given.more and word.text.strip('"') in CARRIED:
            return [(target, "") for target in self.given.more]
        if word.known and not word.text and kind in ("path", "local"):
            return []  # no file has an empty name: the program says so and does nothing
        if kind == "found":
            found = [replace(target, deep=True) for target in self._found(word, said)]
            self.found += found
            return [(target, "") for target in found]
        target, host = target_of(kind, word, self.gathering.scene, self.frame.cwd)
        return [] if target is None else [(target, host)]

    def _into(self, said: Said, effect: Effect) -> None:
        """What lands in a directory under its own name; whether the last word is one is only known where it looks so."""
        words = chosen(said.on or (), self.reading, self.given.stdin)
        several = len(words) > 1 or any(word.glob for word in words)
        told = several or said.into_value
        for above in chosen(said.into or (), self.reading, None):
            base = (
                above.literal if above.literal.startswith("./~") else above.text
            )  # a name that is quoted (`pipes.as_named`)
            certain = told or base.endswith(("/", ".")) or base == "~"
            for word in words:
                name = (word.text if word.known else word.literal).rstrip("/").rpartition("/")[2].rpartition(":")[2]
                if not name or not above.known:
                    continue
                given = f"{base.rstrip('/')}/{name}"
                target = locate(given, self.gathering.scene, cwd=self.frame.cwd, glob=word.glob)
                if certain or self.gathering.protected.holds(target):
                    self.gathering.add(self.frame, effect, target, why=said.why)

    def _found(self, word: Word, said: Said) -> list[Target]:
        """What a search below a directory may find: globs with the names that it asks for."""
        target, _ = target_of("path", word, self.gathering.scene, self.frame.cwd)
        asked = self._asked(said) if target is not None and target.exact else ()
        if not asked:
            return [target or unknown_target("path")]
        above = word.text.rstrip("/")
        return [locate(f"{above}/**/{name}", self.gathering.scene, cwd=self.frame.cwd, glob=True) for name in asked]

    def _asked(self, said: Said) -> tuple[str, ...]:
        # The directories of a search, known or not, are no part of what it asks for.
        raw = self.reading.raw[1 + len(self.reading.operands) :]
        words = tuple(word.text if word.known else UNKNOWN for word in raw)
        found = asked(words, said.names, frozenset(strings(self.reading.row, "takes_value")))
        names = tuple(name.rpartition("/")[2] for name in found)
        return names if all(names) and len(names) <= MAX_NAMES else ()

    def _texts(self, how: str, language: str, words: list[Word]) -> None:
        """Read texts that the program runs; one that is not known is `opaque`."""
        for word in words:
            if language == "sed":
                self._sed(word)
            elif how == "code" and not word.known and self._lay_there():
                self.gathering.add(
                    self.frame, Effect.CODE_RUN, why="runs what a variable holds that the call sets nowhere"
                )
            elif not word.known:
                self.gathering.add(self.frame, Effect.OPAQUE, why=f"{how} that cannot be known")
            elif how == "sql":
                self.sql(word.text)
            elif language == "transfers":
                self._transfers(word.text)
            elif how == "code":
                self.code(self._given_to_awk() + word.text if language == "awk" else word.text, language)
            else:
                self.nested(word.text, self.frame.argv[0] or "")

    def _lay_there(self) -> bool:
        """Say whether all that is not known of the command's words is one variable that was there before, like a script."""
        unknown = [word for word in self.reading.raw if not word.known]
        return len(unknown) == 1 and self.gathering.is_set_outside(unknown[0])

    def _transfers(self, commands: str) -> None:
        """Read what a program is told that moves files from machine to machine (lftp(1)), as the copies that they are."""
        from web4_governance.core.effects import transfers  # noqa: PLC0415  of lftp and its like alone

        host = next((word.text for word in self.reading.operands[:1] if word.known), "")
        for line in transfers.lines(commands.replace("&&", ";").replace("||", ";").replace(";", "\n"), host):
            self.nested(line, self.frame.argv[0] or "")

    def sql(self, statements: str) -> None:
        """Add what SQL text does."""
        for found in sql.statements(statements):
            target = Target(kind=TargetKind.DATABASE, given=found.name) if found.name else None
            if found.moves:
                moved = locate(found.moves, self.gathering.scene, cwd=self.frame.cwd)
                self.frame = replace(self.frame, cwd=moved.resolved or None)
            if found.path:
                target = path(plain(found.path), self.gathering.scene, self.frame.cwd)
            self.gathering.add(self.frame, found.effect, target, why=found.why)
            if found.shell:
                self.nested(found.shell, self.frame.argv[0] or "")
            if found.runs and self.gathering.written:
                self._read_in(plain(found.path))

    def _read_in(self, file: Word) -> None:
        """Read the statements of a file that a client is told to run, where their text is known; each text once."""
        gathering = self.gathering
        for held in gathering.written.of(file, self.frame.cwd):
            if held.text not in gathering.opened and gathering.written.runs_on():
                gathering.opened.add(held.text)
                self.sql(held.text)
                gathering.opened.discard(held.text)

    def _sed(self, script: Word) -> None:
        """Add what a sed script reads, writes and runs; a part of it that is not known is a part like any other."""
        for found in sed.touched(script.text if script.known else script.shape):
            known = UNKNOWN_PART not in found.text
            if found.effect is Effect.CODE_RUN and found.text and known:
                self.nested(found.text, self.frame.argv[0] or "")
            elif found.effect is Effect.CODE_RUN:
                self.roles.add("executes")
                self.gathering.add(self.frame, Effect.OPAQUE, why="sed runs a command")
            else:
                self._named_file(found.effect, found.text, SED)

    def _named_file(self, effect: Effect, name: str, why: str) -> None:
        """Add what is done to a file of which a part of the name may not be known."""
        head, unknown, _ = name.partition(UNKNOWN_PART)
        word = Word(text=name, known=not unknown, literal=head, shape=name)
        self.gathering.add(self.frame, effect, path(word, self.gathering.scene, self.frame.cwd), why=why)
        tail = "/" + name.rpartition(UNKNOWN_PART)[2].lstrip("/")
        if unknown and effect is Effect.FILE_WRITE and self.gathering.protected.ends_like(tail):
            self.gathering.add(self.frame, Effect.OPAQUE, why="writes a file named like the gate's, nobody knows where")

    def _given_to_awk(self) -> str:
        """Give the variables of the command line as an awk program would set them."""
        words = [given for option, given in self.reading.values if option in ("-v", "--assign")]
        words += [word.text for word in self.reading.operands[1:] if word.known]
        given = [word.partition("=") for word in words if word.partition("=")[0].isidentifier() and "=" in word]
        return "".join(f'{name} = "{text}";' for name, _, text in given if '"' not in text)

    def patch(self, patch: str) -> None:
        """Add what a patch does to the files that it names."""
        for effect, name in patches.files(patch):
            target = locate(name, self.gathering.scene, cwd=self.frame.cwd)
            self.gathering.add(self.frame, effect, target, why="a header of the patch")
        self.gathering.authored.by_patch(patch, self.frame, self.gathering.scene)

    def code(self, source: str, language: str, depth: int = 0) -> None:
        """Add what code in another language does, and what its parts do together."""
        if language not in QUIET:
            self.gathering.add(self.frame, Effect.CODE_RUN, why=f"runs {language or 'code'}")
        if strangers.line_of_shell(source):
            self.nested(source, language)
        if self.gathering.protected.spoken_of(source) or self.gathering.protected.swept_by(source):
            self.gathering.add(self.frame, Effect.SELF_TAMPER, why="the code speaks of what the gate protects")
        seen: set[str] = set()
        every = tuple(calls(source, self.gathering.catalog.calls, language))
        outer = self.frame
        self._sweeps_by_name(source, every)
        self.gathering.authored.by_code(source, language, every, self.frame, self.gathering.scene)
        for found in moving.in_order(every):
            seen |= {found.role, str(found.effect), found.takes}
            if found.role == moving.MOVES:
                self._moves(found)
            elif found.takes == "command":
                self._command_in(found, language)
                seen |= {"environment"} if (found.literal or "").strip() in PRINTING_ALL else set()
            elif found.takes == "code" and found.literal is not None and depth < MAX_CODE:
                self.code(found.literal, language, depth + 1)
            elif found.takes == "sql":
                self._statements_in(found.literal or "")
            elif found.effect is not None:
                self._called(found.effect, found.literal, found.takes, found.why, deep=found.role == LOCKS)
            if found.role == GIVES:
                self.gathering.add(self.frame, Effect.PRIVILEGE, why="lets others act as the owner of a program")
            seen |= {"unknown code"} if found.takes == "code" and found.literal is None else set()
        self.frame = outer
        self._concludes(source, seen)

    def _concludes(self, source: str, seen: set[str]) -> None:
        """Add what the parts of a piece of code do together, by what was seen of them."""
        # In a long program two calls say little of one another.
        for effect, why in together(seen) if not self.lay or len(source) < LONGEST_TOGETHER else ():
            self.gathering.add(self.frame, effect, why=why)
        if "stdin" in seen and seen & {"unknown code", "loads"}:
            self.roles |= {"runs-stdin", "executes"}
        if "environment" in seen and any(printer in source for printer in shown.PRINTERS):
            self.roles.add("environment")
            if "dotenv" in source or any("dotenv" in (word or "") for word in self.frame.argv):
                self.gathering.add(self.frame, Effect.SECRET_READ, why=shown.SOURCED)
        if not SENDING.isdisjoint(seen) and not self.lay and shown.sent(source):
            self.gathering.add(
                self.frame, Effect.DATA_EGRESS, why="the code sends a variable that is named like a secret"
            )

    def _moves(self, found: Found) -> None:
        """Go where the code goes: what it names from there on lies there."""
        moved = path(plain(found.literal), self.gathering.scene, self.frame.cwd) if found.literal else None
        self.frame = replace(self.frame, cwd=(moved.resolved or None) if moved is not None else None)
        if moved is None:
            self.gathering.strayed.append(unknown_target("path"))

    def _sweeps_by_name(self, source: str, every: tuple[Found, ...]) -> None:
        """Code that writes, and finds what it writes by a glob that may stand for what is protected."""
        protected = self.gathering.protected
        for found in every if protected.writes(source) else ():
            if found.literal is not None and any(sign in found.literal for sign in GLOB):
                target = locate(found.literal, self.gathering.scene, cwd=self.frame.cwd, glob=True)
                if protected.holds(target) or protected.directory(target):
                    why = "the code changes what it finds where the gate keeps its files"
                    self.gathering.add(self.frame, Effect.SELF_TAMPER, why=why)

    def _statements_in(self, literal: str) -> None:
        """Read what a call is given as statements where one of them begins like one: others take texts too."""
        if any(sql.begins(tuple(piece.split())) for piece in literal.split(";")):
            self.sql(literal)

    def _command_in(self, found: Found, language: str) -> None:
        there = found.cwd
        if found.literal is not None and there == "":
            there = moving.away(self.frame.cwd, self.home_cwd)
        if found.literal is not None:
            self.nested(moving.from_there(found.literal, there), language)
        else:
            self.gathering.add(self.frame, Effect.OPAQUE, why=f"{found.why} with a text that cannot be known")

    def _called(self, effect: Effect, literal: str | None, takes: str, why: str, *, deep: bool = False) -> None:
        kind = takes or "text"
        if literal is None and self.lay and takes:
            return
        if literal is None:
            target = unknown_target(kind) if takes == "path" else None
            self.gathering.add(self.frame, effect, target, why=why)
            return
        if kind == "path" and UNKNOWN_PART in literal:
            self._named_file(effect, literal, why)
            return
        target, host = target_of(kind, plain(literal), self.gathering.scene, self.frame.cwd)
        self.gathering.add(self.frame, effect, target, host=host, why=why, deep=deep)
        strayed = self.frame.cwd is None and effect in CHANGES and not literal.startswith(("/", "~"))
        if strayed and self.gathering.protected.ends_like(f"/{literal}"):
            self.gathering.add(self.frame, Effect.OPAQUE, why="writes a file named like the gate's, nobody knows where")


def _quoted(word: Word) -> str:
    """Give a word as a shell would have to be given it; what is not known stays a word that is not known."""
    return "'" + word.text.replace("'", "'\\''") + "'" if word.known else '"$_"'
