"""Runs a script in the head: a tree in, resolved commands out, in the order in which they would run.

An abstract interpreter, not a judge: it follows what a shell does with variables, directories, functions and pipes, takes
both ways of a branch, and hands each simple command to `calls`. Nothing here raises; every bound that is hit and
everything that could not be seen is a reason in `opaque`.

A run gives an outcome: the state after success and the state after failure, None for what cannot be.
"""

from __future__ import annotations

from web4_governance.core.budget import TOO_SLOW
from web4_governance.core.shell import calls, compound, heredocs, output
from web4_governance.core.shell.command import Command, Redirect, Word
from web4_governance.core.shell.context import Choices, Context, prefixed
from web4_governance.core.shell.environment import Value, join, scalar, with_own_shell
from web4_governance.core.shell.inbuilt import DECLARATIONS
from web4_governance.core.shell.plain import command_of, plain
from web4_governance.core.shell.shells import run_files
from web4_governance.core.shell.source import Source
from web4_governance.core.shell.spans import assigned_name
from web4_governance.core.shell.tokens import CANNOT_PARSE, KEYWORD, OPERATOR, REDIRECT, WORD
from web4_governance.core.shell.words import Expander
from web4_governance.core.shell.written import WRITERS, Written
from web4_governance.core.value import make, replace, value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

    from web4_governance.core.budget import Budget
    from web4_governance.core.shell.compound import Body
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.tokens import Token

    Outcome = tuple[State | None, State | None]

MOST_COMMANDS = 2000
MOST_WORK = 4_000
MOST_WAITING = 16
MOST_TRAPS = 16
MOST_READ = 256 * 1024  # characters of all scripts within one text together
DEEPEST_SCRIPT = 16
DEEPEST_SYNTAX = 32
CERTAIN = ("compound_statement", "redirected_statement")
GROUPS = ("subshell", "compound_statement")
TOO_DEEP = "nested too deeply"
TOO_MANY = "too many commands"


@value
class Stream:
    """What comes out of a `<(…)`: its commands, and the text where it is known."""

    made: tuple[int, ...]
    printed: Word


EMPTY = (scalar(""),)
NOWHERE = Context()


class Shell:
    """One reading of a text: what it has found so far, and its bounds."""

    def __init__(self, budget: Budget | None = None) -> None:
        self.budget = budget
        self.commands: list[Command] = []
        self.opaque: list[str] = []
        self.endless: list[tuple[int, int]] = []
        self.hijacked: list[str] = []
        self.renamed: dict[str, tuple[str, State, Context]] = {}  # aliases that were not used yet
        self.traps: list[tuple[str, State, Context]] = []
        self.defined: dict[str, tuple[Body, State]] = {}  # functions that were not called yet
        self.unrolled = 1
        self.awaiting: list[tuple[Command, tuple[Word, ...], State, Context]] = []  # shells that wait for a file
        self.streams: dict[str, Stream] = {}
        self.written = Written(self.streams)
        self._written: list[tuple[str, Expander]] | None = None
        self._left: list[list[State]] = []
        self._work = 0
        self._read = 0
        self._depth = 0
        self.running: list[Word] = []  # the texts of files that are being read
        self.choosing = False  # what is read stands at the head of a `case`
        self._last = False  # nothing comes behind the statement that is being run
        self._sure = True  # it is run whatever happens before
        self._choices = Choices(None)
        self._context = NOWHERE

    @property
    def guards(self) -> bool:
        """Whether what is read may be guarded against parameters that nobody gave: a script in a file, but where it asks."""
        return bool(self.written.found) and not self.choosing

    def script(self, text: str, state: State, context: Context) -> Outcome:
        """Run a text in a state, one script deeper than its surroundings."""
        if context.depth > DEEPEST_SCRIPT:
            self.complain(TOO_DEEP)
            return state, state
        if self._is_late():
            return state, state
        self._read += len(text) if context.depth else 0
        if self._read > MOST_READ:
            self.complain(TOO_MANY)
            return state, state
        outer, self._sure = self._sure, self._sure and not context.depth
        outcome = self._text(text, state, context)
        self._sure = outer
        return outcome

    def _text(self, text: str, state: State, context: Context) -> Outcome:
        said, words = plain(text)
        if words and len(state.cwd) == 1 and "IFS" not in state.variables:
            if calls.is_itself(self, words[0], state):
                return self._plain(said, words, state, context)
            return self.each_choice(state, lambda begin: self._plain(said, words, begin, context))
        source = Source(text, self.budget)
        for problem in source.problems:
            self.complain(problem)
        if source.single:
            return self.each_choice(state, lambda begin: self.simple(source, source.single, begin, context))
        outcome = self.sequence(source, source.statements, state, context)
        for group in source.left_over():
            self.complain(CANNOT_PARSE)
            self.simple(source, group, state.copy(), context)
        return outcome

    def wake(self) -> None:
        """Run what shells in the background are given last: they may have waited for it."""
        for command, files, state, context in self.awaiting[:MOST_WAITING]:
            for word in files:
                run_files(self, command, word, state, context)

    def close(self, end: State) -> None:
        """Run what is trapped when a shell ends in a state."""
        for action, set_then, context in self.traps[:MOST_TRAPS]:
            then = set_then.copy()
            for name in end.variables:  # empty where the shell ends before it is set: the environment is not looked at
                then.variables.setdefault(name, EMPTY)
            start = join(then, end) or then
            self.script(action, start.copy(), replace(context, via=(*context.via, "trap"), depth=context.depth + 1))

    def invoke(self, command: Command, state: State, context: Context) -> Outcome:
        """Run resolved words that a carrier hands on."""
        return calls.invoke(self, command, state, context)

    def emit(self, command: Command) -> int:
        """List a command and give its index; -1 if there are too many."""
        if len(self.commands) >= MOST_COMMANDS:
            self.complain(TOO_MANY)
            return -1
        if self.written:
            command = replace(command, texts=self.written.read_by(command))
        self.commands.append(command)
        if command.redirects or command.program in WRITERS or command.texts or self.written.descriptors:
            certain = self._sure and not self._context.depth
            self.written.sure = certain and not command.unsure and not command.background
            self.written.note(command, self.commands)
        return len(self.commands) - 1

    def _is_late(self) -> bool:
        """Say whether the time is over, and note it: what comes now is not seen."""
        if self.budget is None or not self.budget.over:
            return False
        self.complain(TOO_SLOW)
        return True

    def complain(self, reason: str) -> None:
        """Note something that could not be seen."""
        if reason not in self.opaque:
            self.opaque.append(reason)

    def hijack(self, name: str) -> None:
        """Note a trusted name that something else stands behind from now on."""
        if name not in self.hijacked:
            self.hijacked.append(name)

    def pick(self, key: object, count: int) -> int:
        """Choose one of `count` possibilities; -1 where there are too many."""
        return self._choices.pick(key, count)

    def leave(self, state: State) -> None:
        """Note the state in which a function or a round of a loop is left early."""
        if self._left:
            self._left[-1].append(state.copy())

    def collect(self, run: Callable[[], Outcome]) -> State | None:
        """Run a function's body or a round of a loop; give all the ways in which it ends as one state."""
        self._left.append([])
        end = join(*run())
        for state in self._left.pop():
            end = join(end, state)
        return end

    def substitute(self, text: str, expander: Expander) -> Word:
        """Run the commands of a substitution; give their output if it can be known."""
        first = self._aside(text, expander, replace(self._context, stdin=None, feeds=(), pipe_from=-1, sole=False))
        return self._output(text, first, expander.state)

    def stream(self, part: str, expander: Expander) -> None:
        """Run the commands of `<(…)`, or note those of `>(…)` until it is known what is written to them."""
        if part[0] == "<":
            first = len(self.commands)
            printed = self.substitute(part[2:-1], expander)
            self.streams[part] = Stream(made=tuple(range(first, len(self.commands))), printed=printed)
        elif self._written is not None:
            self._written.append((part[2:-1], expander))
        else:
            self._aside(part[2:-1], expander, replace(self._context, stdin=None))

    def _aside(self, text: str, expander: Expander, context: Context) -> int:
        """Run the commands of a substitution; give the first of them."""
        outer, first = self._context, len(self.commands)
        self.script(text, expander.state.copy(), replace(context, depth=outer.depth + 1))
        self._context = outer
        for index in range(first, len(self.commands)):
            expander.source(index)
        return first

    def _output(self, text: str, first: int, state: State) -> Word:
        last = len(self.commands) - 1
        if last < first:
            return Word(text="", known=False)
        if self.commands[last].program == "mktemp":
            return output.temporary(self.commands[last])
        if self.written.found and output.is_place(self.commands[first:]):
            place = self.commands[last].cwd
            return Word(text="", known=False) if place is None else Word(text=place, literal=place)
        chained = output.is_chain(self.commands, first, state)
        if not chained and not output.is_single(text, state):
            return Word(text="", known=False)
        if not chained and not set(range(first, last)) <= set(self.commands[last].substitutions):
            return Word(text="", known=False)
        known = output.of(self.commands[last], self.commands if chained else ())
        if known is None:
            return Word(text="", known=False)
        known = known.rstrip("\n")
        return Word(text=known, literal=known)

    def sequence(self, source: Source, nodes: Sequence[Node], state: State, context: Context) -> Outcome:
        """Run statements one after the other."""
        ok: State | None = state
        bad: State | None = state
        last = state
        for place, node in enumerate(nodes):
            if not node.is_named:
                continue
            before = join(ok, bad)
            self._last = place + 1 == len(nodes)
            last = before or last.copy()  # after `exit` the rest is listed all the same
            if place + 1 < len(nodes) and nodes[place + 1].type == "&":
                self.statement(source, node, last.copy(), replace(context, background=True))
                outcome: Outcome = (last, last)
            else:
                outcome = self.statement(source, node, last, context)
            ok, bad = outcome if before else (None, None)
        return ok, bad

    def statement(self, source: Source, node: Node, state: State, context: Context) -> Outcome:
        """Run one statement: a chain of `&&` and `||`, or a pipeline."""
        if self._depth >= DEEPEST_SYNTAX:
            self.complain(TOO_DEEP)
            return state, state
        self._depth += 1
        outcome = self._chain(source, node, state, context)
        self._depth -= 1
        return outcome

    def _chain(self, source: Source, node: Node, state: State, context: Context) -> Outcome:
        parts: list[tuple[str, Node]] = []
        while node.type == "list" and node.child_count == 3:  # noqa: PLR2004  left, operator, right
            left, operator, right = node.children
            parts.append((operator.type, right))
            node = left
        outer, last = self._sure, self._last
        ok, bad = self._element(source, node, state, context)
        # What comes behind `&&` in the last chain of all comes only if all before it has run.
        self._sure = outer and (not parts or (last and all(one == "&&" for one, _ in parts)))
        for operator_type, right in reversed(parts):
            start = ok if operator_type == "&&" else bad
            begin = state.copy() if start is None else (start.copy() if ok is bad else start)
            outcome = self._element(source, right, begin, context)
            then, otherwise = outcome if start is not None else (None, None)
            if operator_type == "&&":
                ok, bad = then, join(bad, otherwise)
            else:
                ok, bad = join(ok, then), otherwise
        self._sure = outer
        return ok, bad

    def _element(self, source: Source, node: Node, state: State, context: Context) -> Outcome:
        prefixes = source.prefixes.get(node.start_byte, ())
        context = prefixed(context, prefixes)
        ok, bad = self.each_choice(state, lambda begin: self.dispatch(source, node, begin, context))
        return (bad, ok) if prefixes.count("!") % 2 else (ok, bad)

    def each_choice(self, state: State, run: Callable[[State], Outcome]) -> Outcome:
        """Run once for each combination of what the variables in it may be."""
        outer, self._choices = self._choices, Choices(self._choices)
        start = state.copy()
        ok, bad = run(state)
        while self._choices.advance():
            then, otherwise = run(start.copy())
            ok, bad = join(ok, then), join(bad, otherwise)
        self._choices = outer
        return ok, bad

    def dispatch(self, source: Source, node: Node, state: State, context: Context) -> Outcome:
        """Run a node of the tree by its type; of one that is not known, what is in it."""
        if node.type == "command":
            return self._command(source, node, state, context)
        if node.type == "pipeline":
            return self._pipeline(source, node, state, context)
        run = compound.NODES.get(node.type)
        if run is not None:
            outer, self._sure = self._sure, self._sure and node.type in CERTAIN
            outcome = run(self, source, node, state, context)
            self._sure = outer
            return outcome
        return self.sequence(source, node.children, state, context)

    def _command(self, source: Source, node: Node, state: State, context: Context) -> Outcome:
        tokens = source.tokens_of(node)
        if any(token.kind in (KEYWORD, OPERATOR) for token in tokens):
            self.complain(CANNOT_PARSE)
        return self.simple(source, tokens, state, context)

    def _pipeline(self, source: Source, node: Node, state: State, context: Context) -> Outcome:
        for place, stage in enumerate(node.named_children):
            first = len(self.commands)
            here = prefixed(context, source.prefixes.get(stage.start_byte, ()) if place else ())
            self.dispatch(source, stage, state.copy(), here)
            made = tuple(range(first, len(self.commands)))
            if made:
                sole = stage.type == "command" and len(made) == 1
                text = self._said(stage, made)
                context = replace(context, feeds=made, pipe_from=made[-1], sole=sole, stdin=text, unsure=False)
        return state, state

    def _said(self, stage: Node, made: tuple[int, ...]) -> str | None:
        """Give what a group of plain commands writes into a pipe, one after the other."""
        plain = [node for node in stage.named_children if node.type == "command"]
        if stage.type not in GROUPS or not len(plain) == len(made) == stage.named_child_count:
            return None
        texts = [output.of(self.commands[at], ()) for at in made]
        known = [text for text in texts if text is not None]
        return "".join(known) if len(known) == len(texts) else None

    def _plain(self, said: str, words: list[str], state: State, context: Context) -> Outcome:
        """Run a simple command whose words stand for themselves."""
        if not self._begins(context):
            return state, state
        return calls.run(self, command_of(words, said, state.cwd[0], context), words, state, context)

    def _begins(self, context: Context) -> bool:
        """Say whether one more simple command is read; it stands in this context."""
        self._work += 1
        if self._work > MOST_WORK or len(self.commands) >= MOST_COMMANDS:
            self.complain(TOO_MANY)
            return False
        if self.budget is not None and self.budget.ended:
            self.complain(TOO_SLOW)
            return False
        self._context = context
        return True

    def simple(self, source: Source, tokens: list[Token], state: State, context: Context) -> Outcome:
        """Run a simple command: expand its words in the state, then call it."""
        if not self._begins(context):
            return state, state
        raw = source.raw
        words = [raw(token) for token in tokens if token.kind == WORD]
        if words and words[0].startswith(("((", "[[")):
            return self._test(source, tokens, words[0], state, context)
        words = with_own_shell(words, state)
        return calls.run(self, self._expanded(source, tokens, words, state), words, state, context)

    def _test(self, source: Source, tokens: list[Token], raw: str, state: State, context: Context) -> Outcome:
        """`[[ … ]]` and `((…))`: nothing runs but the substitutions in it."""
        expander = Expander(self, state)
        expander.commands_in(raw[2:-2])
        if raw.startswith("(("):
            compound.arithmetic(self, raw[2:-2], state)
        self.redirections(source, tokens, state, context)
        return state, state

    def _expanded(self, source: Source, tokens: list[Token], raws: list[str], state: State) -> Command:
        """Expand a simple command as far as it goes before anybody looks at what it is."""
        context, waiting = self._context, self._written
        self._written = []
        expander = Expander(self, state)
        count = 0
        while count < len(raws) and assigned_name(raws[count]):
            count += 1
        if count < len(raws) and raws[count] in DECLARATIONS:
            words = [word for raw in raws[count:] for word in self._declared(raw, state, expander, raws[count])]
        else:
            words = [word for raw in raws[count:] for word in expander.words(raw)]
        self._context = context
        redirects = tuple([self.redirect(source, token, expander) for token in tokens if token.kind == REDIRECT])
        scope = state if not count or count == len(raws) else state.copy()
        assignments = tuple([self.assign(raw, scope, expander) for raw in raws[:count]])
        self._context = context
        fed = self._fed(redirects, context, state) if redirects else context
        made = make[Command](
            words=tuple(words),
            assignments=assignments,
            redirects=redirects,
            via=context.via,
            cwd=self.directory(state),
            pipe_from=fed.pipe_from,
            feeds=fed.feeds,
            stdin=fed.stdin,
            unsure=context.unsure,
            background=context.background,
            source=source.text[tokens[0].start : tokens[-1].end] if tokens else "",
        )
        written, self._written = self._written, waiting
        for text, inner in written:
            self._aside(text, inner, replace(context, stdin=output.written(made, self.commands)))
            for index in inner.sources:
                expander.source(index)
        return replace(made, substitutions=tuple(expander.sources)) if expander.sources else made

    def _fed(self, redirects: Sequence[Redirect], context: Context, state: State) -> Context:
        """Give the context with what redirections bring on standard input; `< <(…)` is a pipe."""
        chosen = next((r for r in reversed(redirects) if r.op in ("<", "<<", "<<-", "<<<") and r.fd < 1), None)
        if chosen is None:
            return context
        stream = self.streams.get(chosen.target.text) if chosen.op == "<" and not chosen.target.known else None
        if stream is None and chosen.op == "<":
            texts = self.written.of(chosen.target, self.directory(state))
            return replace(context, stdin="\n".join(text.text for text in texts)) if texts else context
        if stream is None:
            return replace(context, stdin=chosen.target.text)
        if stream.printed.known:
            return replace(context, stdin=stream.printed.text + "\n")
        return replace(context, stdin=None, feeds=stream.made, pipe_from=max(stream.made, default=-1), sole=False)

    def _declared(self, raw: str, state: State, expander: Expander, program: str) -> list[Word]:
        """A word of `export` and its kin: an assignment is done, and not split."""
        name = assigned_name(raw)
        if not name:
            return expander.words(raw)
        if state.locals is not None and program != "export":
            state.locals.setdefault(name, state.variables.get(name))
        _, word = self.assign(raw, state, expander)
        target = raw.partition("=")[0] + "="
        return [replace(word, text=target + word.text, literal=target + word.literal)]

    def directory(self, state: State) -> str | None:
        """Give the directory of this time round."""
        place = self.pick(("PWD", state.cwd), len(state.cwd)) if len(state.cwd) > 1 else 0
        return state.cwd[place] if place >= 0 else None

    def assign(self, raw: str, state: State, expander: Expander) -> tuple[str, Word]:
        """Do one assignment `name=value`, `name+=value`, `name=(…)`; give what is recorded of it."""
        name = assigned_name(raw)
        target, _, source = raw.partition("=")
        inner = Expander(self, state)
        if "[" in target:
            inner.commands_in(target)
            if "$(" in target or "`" in target:
                self.complain("a subscript that runs commands")
        if source.startswith("("):
            made = Value(words=inner.array(source), array=True, sources=tuple(inner.sources))
            word = Word(text=source, known=False)
        else:
            word = inner.word(source, assigned=True)
            made = Value(words=(word,), sources=tuple(inner.sources))
        for index in inner.sources:
            expander.source(index)
        compound.store(state, name, target, made)
        return name, word

    def redirect(self, source: Source, token: Token, expander: Expander) -> Redirect:
        """Resolve one redirection; for a heredoc or here-string the text."""
        if token.op in ("<<", "<<-"):
            if "$(" in source.target(token) or "`" in source.target(token):
                self.complain("a text whose end is spelled as a command")
            body = heredocs.body(source.text[slice(*token.body)], strip=token.strip, joining=not token.quoted)
            word = Word(text=body, literal=body) if token.quoted else expander.text(body)
        else:
            word = expander.word(source.target(token))
            if token.op == "<<<" and word.known:
                word = Word(text=word.text + "\n", literal=word.text + "\n")
        return Redirect(op=token.op, target=word, fd=token.fd)

    def redirections(self, source: Source, tokens: list[Token], state: State, context: Context) -> Context:
        """List the redirections of a compound command, as a command without words; give the context inside."""
        chosen = [token for token in tokens if token.kind == REDIRECT]
        if not chosen:
            return context
        made = self._expanded(source, chosen, [], state)
        self.emit(made)
        sole = context.sole and made.pipe_from == context.pipe_from
        return replace(context, stdin=made.stdin, feeds=made.feeds, pipe_from=made.pipe_from, sole=sole)
