"""Compound commands: groups, branches, loops, `case`, functions, and how each leaves the state.

Both ways of a branch are taken and their states joined. A loop over few known items is unrolled; any other is run until it
changes nothing more that is known.
"""

from __future__ import annotations

from itertools import pairwise

from web4_governance.core.shell import pattern
from web4_governance.core.shell.command import Word, known_word
from web4_governance.core.shell.environment import NOTHING, Value, join
from web4_governance.core.shell.lexer import word_spans
from web4_governance.core.shell.names import TRUSTED
from web4_governance.core.shell.spans import NAME, NAME_START
from web4_governance.core.shell.tokens import WORD
from web4_governance.core.shell.words import Expander

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tree_sitter import Node

    from web4_governance.core.shell.context import Context
    from web4_governance.core.shell.environment import State
    from web4_governance.core.shell.source import Source
    from web4_governance.core.shell.tokens import Token
    from web4_governance.core.shell.walk import Outcome, Shell

    Runner = Callable[[Shell, Source, Node, State, Context], Outcome]

# Heads of loops that nothing in them ends, without blanks.
ENDLESS = frozenset(
    [f"while{test}" for test in ("true", ":", "((1))", "[1]", "[[1]]", "test1", "[true]", "!false", "/bin/true")]
    + [f"until{test}" for test in ("false", "((0))", "!true", "/bin/false")]
)
MOST_ITEMS = 64
MOST_UNROLLED = 128


class Body:
    """The body of a function: where its text is."""

    __slots__ = ("node", "source")

    def __init__(self, source: Source, node: Node) -> None:
        self.source = source
        self.node = node


def group(shell: Shell, source: Source, node: Node, state: State, context: Context) -> Outcome:
    """`{ … }`, the inside of `do … done`, and whatever else only holds statements."""
    return shell.sequence(source, node.children, state, context)


def subshell(shell: Shell, source: Source, node: Node, state: State, context: Context) -> Outcome:
    """`( … )`: what it changes is gone afterwards."""
    shell.sequence(source, node.children, state.copy(), context)
    return state, state


def redirected(shell: Shell, source: Source, node: Node, state: State, context: Context) -> Outcome:
    """A compound command with redirections, which are opened first."""
    body = node.children[0]
    if not body.is_named or body.type == "file_redirect":
        body = node
    after = source.tokens_in(body.end_byte, node.end_byte) if body is not node else source.tokens_of(node)
    inside = shell.redirections(source, after, state, context)
    if body is node:
        return state, state
    first = len(shell.commands)
    outcome = shell.statement(source, body, state, inside)
    shell.written.printed(shell.commands[first - 1].redirects, shell.directory(state), shell.commands, first)
    return outcome


def condition(shell: Shell, source: Source, node: Node, state: State, context: Context) -> Outcome:
    """`if`, `elif`, `else`."""
    tests, bodies, others = _parted(node)
    ok, bad = shell.sequence(source, tests, state, context)
    start = ok if ok is not None else state.copy()
    failed = bad if bad is not None else state.copy()
    failed = failed.copy() if failed is start else failed
    then, otherwise = shell.sequence(source, bodies, start, context)
    end = join(then, otherwise) if ok is not None else None
    unmatched: State | None = failed
    for clause in others:
        if clause.type == "else_clause":
            then, otherwise = shell.sequence(source, clause.children, unmatched or failed, context)
            end, unmatched = join(end, join(then, otherwise)), None
        else:
            tests, bodies, _ = _parted(clause)
            ok, bad = shell.sequence(source, tests, unmatched or failed, context)
            start = (ok or failed).copy()
            then, otherwise = shell.sequence(source, bodies, start, context)
            end, unmatched = join(end, join(then, otherwise)), bad or failed
    end = join(end, unmatched)
    return end, end


def _parted(node: Node) -> tuple[list[Node], list[Node], list[Node]]:
    """Part the children of `if` or `elif` into tests, body and further clauses."""
    children = node.children
    then = next((i for i, child in enumerate(children) if child.type == "then"), len(children))
    rest = children[then + 1 :]
    clauses = ("elif_clause", "else_clause")
    return children[:then], [c for c in rest if c.type not in clauses], [c for c in rest if c.type in clauses]


def repeat(shell: Shell, source: Source, node: Node, state: State, context: Context) -> Outcome:
    """`while` and `until`."""
    bodies = [child for child in node.children if child.type == "do_group"]
    tests = [child for child in node.children if child.type != "do_group"]

    def once(start: State) -> Outcome:
        ok, bad = shell.sequence(source, tests, start, context)
        begin = join(ok, bad) or start
        return shell.sequence(source, bodies, begin, context)

    first = len(shell.commands)
    end = _looped(shell, state, once)
    head = source.text[node.start_byte : bodies[0].start_byte] if bodies else ""
    if "".join(head.split()).rstrip(";") in ENDLESS:
        shell.endless.append((first, len(shell.commands)))
    return end, end


def each(shell: Shell, source: Source, node: Node, state: State, context: Context) -> Outcome:
    """`for` and `select`."""
    body = [child for child in node.children if child.type in ("do_group", "compound_statement")]
    head = source.tokens_in(node.start_byte, body[0].start_byte if body else node.end_byte)
    names = [token for token in head if token.kind == WORD]
    name = source.raw(names[0]) if names else ""
    if name.startswith("(("):
        Expander(shell, state).commands_in(name)
        arithmetic(shell, name[2:-2], state)
        first = len(shell.commands)
        end = _looped(shell, state, lambda start: shell.sequence(source, body, start, context))
        if name[2:-2].split(";")[1:2] in ([""], [" "], ["1"]):
            shell.endless.append((first, len(shell.commands)))
        return end, end
    items = _items(shell, source, head, state)
    return _over_items(shell, state, name, items, lambda start: shell.sequence(source, body, start, context))


def _items(shell: Shell, source: Source, head: Sequence[Token], state: State) -> tuple[list[Word], tuple[int, ...]]:
    """Give the words that a `for` goes over, and the commands whose output is in them."""
    expander = Expander(shell, state)
    words = [token for token in head if token.kind == WORD][1:]
    if any(token.op == "in" for token in head):
        items = [word for token in words for word in expander.words(source.raw(token))]
    else:
        items = list(state.positional) if state.positional is not None else [NOTHING]
    return items, tuple(expander.sources)


def _over_items(
    shell: Shell, state: State, name: str, items: tuple[list[Word], tuple[int, ...]], run: Callable[[State], Outcome]
) -> Outcome:
    words, sources = items
    unrolled = shell.unrolled * max(len(words), 1)
    if len(words) > MOST_ITEMS or unrolled > MOST_UNROLLED:
        words = [Word(text="", known=False, literal=_common([word.literal for word in words]))]
    before, shell.unrolled = shell.unrolled, shell.unrolled * max(len(words), 1)
    end: State | None = state
    for word in words or [Word(text="")]:
        start = (end or state).copy()
        start.assign(name, Value(words=(word,), sources=sources))
        end = _once(shell, start, run) if word.known else _looped(shell, start, run)
    shell.unrolled = before
    end = join(end, state) if not words else end
    return end, end


def _once(shell: Shell, start: State, run: Callable[[State], Outcome]) -> State:
    return shell.collect(lambda: run(start)) or start


def _common(texts: list[str]) -> str:
    """Give the longest common beginning."""
    low, high = min(texts), max(texts)
    return low[: next((i for i, char in enumerate(low) if char != high[i]), len(low))]


def _looped(shell: Shell, state: State, run: Callable[[State], Outcome]) -> State:
    """Run a body that may run any number of times: again, if the first time changed what is known."""
    commands, traps = len(shell.commands), len(shell.traps)
    merged = join(state, shell.collect(lambda: run(state.copy())))
    if merged is None or merged.same(state):
        return merged or state
    del shell.commands[commands:], shell.traps[traps:]
    shell.endless = [loop for loop in shell.endless if loop[1] <= commands]
    again = merged.copy()
    return join(merged, shell.collect(lambda: run(again))) or merged


def choose(shell: Shell, source: Source, node: Node, state: State, context: Context) -> Outcome:
    """`case`: every item may be the one."""
    items = [child for child in node.children if child.type == "case_item"]
    head = source.tokens_in(node.start_byte, items[0].start_byte if items else node.end_byte)
    shell.choosing = True
    words = [Expander(shell, state).word(source.raw(token)) for token in head if token.kind == WORD]
    shell.choosing = False
    if shell.written.found and words:
        items = _chosen(shell, source, items, words[0], state)
    end: State | None = None
    start = state
    for item in items:
        tokens = source.tokens_of(item)
        close = next((i for i, token in enumerate(tokens) if token.op == ")"), len(tokens))
        patterns = [source.raw(token) for token in tokens[:close] if token.kind == WORD]
        for raw in patterns:
            Expander(shell, state).word(raw)
        inside = tokens[close].end if close < len(tokens) else item.end_byte
        nodes = [child for child in item.named_children if child.start_byte >= inside]
        done = join(*shell.sequence(source, nodes, start.copy(), context))
        end = join(end, done)
        start = join(state.copy(), done) or state if tokens[-1].op in (";&", ";;&") else state
    end = join(end, state)
    return end, end


def _chosen(shell: Shell, source: Source, items: list[Node], word: Word, state: State) -> list[Node]:
    """Give the item of a script's `case` that a known word means; all of them where that cannot be told."""
    if not word.known or "nocasematch" in source.text or any(end in source.text for end in (";&", ";;&")):
        return items
    read = [(item, source.tokens_of(item)) for item in items]  # all are seen, and only one is run
    for item, tokens in read:
        close = next((i for i, token in enumerate(tokens) if token.op == ")"), len(tokens))
        for token in tokens[:close]:
            form = Expander(shell, state).pattern(source.raw(token)) if token.kind == WORD else None
            if form is None:
                continue
            if not form.known or "(" in form.text or not pattern.is_quick(form.text, word.text):
                return items
            if pattern.matches(form.text, word.text):
                return [item]
    return []


def function(shell: Shell, source: Source, node: Node, state: State, context: Context) -> Outcome:
    """A definition: the body is kept for the calls."""
    tokens = source.tokens_of(node)
    name = next((source.raw(token) for token in tokens if token.kind == WORD), "")
    bodies = [child for child in node.named_children if child.type not in ("word", "file_redirect")]
    body = bodies[-1] if bodies else node
    made = Body(source, body)
    state.functions[name] = (made,)
    shell.defined[name] = made, state.copy()
    if name in TRUSTED:
        shell.hijack(name)
    shell.redirections(source, [token for token in tokens if token.start >= body.end_byte], state, context)
    return state, state


def arithmetic(shell: Shell, text: str, state: State) -> None:
    """`((…))`: names in it that may be assigned are not known any more."""
    if _reads_as_commands(text):
        shell.complain("arithmetic that another shell takes for commands")
    name = ""
    for char in text + " ":
        if char in NAME:
            name += char
        else:
            if name[:1] in NAME_START and name and ("=" in text or "++" in text or "--" in text):
                state.forget(name)
            name = ""


def _reads_as_commands(text: str) -> bool:
    """Two names side by side are no arithmetic; dash, which has no `((`, runs them."""
    spans, plain, at = word_spans(text), [], 0
    while at < len(text):
        end = spans.part(at)
        plain.append(text[at] if end == at + 1 else "0")
        at = end
    words = "".join(plain).split()
    return any(one[-1] in NAME and after[0] in NAME_START for one, after in pairwise(words))


def store(state: State, name: str, target: str, made: Value) -> None:
    """Do `name=…`, `name+=…` or `name[1]=…`."""
    if target.endswith(("]", "]+")):
        old = state.values(name)[0]
        state.assign(name, Value(words=(NOTHING,), array=True, sources=(*old.sources, *made.sources)))
    elif target.endswith("+"):
        olds = state.values(name)
        state.variables[name] = tuple(dict.fromkeys(_appended(old, made) for old in olds))
    else:
        state.assign(name, made)


def _appended(old: Value, made: Value) -> Value:
    sources = (*old.sources, *made.sources)
    if made.array:
        return Value(words=(*old.words, *made.words), array=True, sources=sources)
    first = _concatenated((old.words or (Word(text=""),))[0], made.words[0])
    return Value(words=(first, *old.words[1:]), array=old.array, sources=sources)


def _concatenated(one: Word, other: Word) -> Word:
    if one.known and other.known and len(one.text) + len(other.text) < 65536:  # noqa: PLR2004  as long as a word may be
        return known_word(one.text + other.text)
    literal = one.text + other.literal if one.known else one.literal
    return Word(text="", known=False, literal=literal[:65536])


NODES: dict[str, Runner] = {
    "subshell": subshell,
    "compound_statement": group,
    "do_group": group,
    "redirected_statement": redirected,
    "if_statement": condition,
    "while_statement": repeat,
    "for_statement": each,
    "case_statement": choose,
    "function_definition": function,
}
