"""What an awk program runs, reads and writes: `system(x)`, `x | getline`, `print | x`, `getline < x`, `print > x`.

Read in tokens, so that what stands in a string or a regular expression is none of it. An expression comes to a text where it
is put together from literals and from names that are given one; of any other only the parts that are certain are told,
with a sign for the rest.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.names import names
from web4_governance.core.effects.places import UNKNOWN_PART
from web4_governance.core.effects.signs import OPENED, PIPED, SHELLS, Found
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_TOKENS = 20_000
MAX_FOUND = 1_000
MAX_DEPTH = 8
MAX_PARTS = 200  # tokens of one expression
STRING, NAME, REGEX, SIGN, NUMBER = "string", "name", "regex", "sign", "number"
ENDS = names("; } { \n")
BOUNDS = names("; } { \n = && || ! , ? : += while if for return else do print printf in ~ !~ == != < > <= >=")
TESTS = names("if while for")
OPENS, CLOSES = names("( ["), names(") ]")
LEFT = OPENS | CLOSES | {"$"}  # what the name of a line may hold
PAIRS = names(">> || && |& == >= <= != !~ ++ -- += -= *= /= %= ^= **")
ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "/": "/", "\n": ""}
INPUTS = names("FILENAME ARGV")  # the operands, which are read in any case
STREAMS = names("/dev/stdin /dev/stdout /dev/stderr -")
PRINTS = names("print printf")
WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


@value
class Token:
    """One token: its kind, its text (of a string what it comes to, None where that is spelled in numbers), its depth."""

    kind: str
    text: str | None
    depth: int


def found(code: str) -> Iterator[Found]:
    """Give what a program runs, reads and writes, in its order; what is past a bound is `opaque`."""
    program = _Program(_tokens(code))
    if len(program.tokens) >= MAX_TOKENS:
        yield Found(effect=Effect.OPAQUE, literal=None, takes="", why="a program too long to read")
    for count, one in enumerate(program.all()):
        if count == MAX_FOUND:
            yield Found(effect=Effect.OPAQUE, literal=None, takes="", why=f"more than {MAX_FOUND} pipes and files")
            return
        yield one


class _Program:
    """A program's tokens, and the names that it gives values."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.given: dict[str, list[int]] = {}
        for at, token in enumerate(tokens[:-1]):
            if token.kind == NAME and tokens[at + 1].text == "=" and tokens[at + 1].kind == SIGN:
                self.given.setdefault(str(token.text), []).append(at + 2)

    def all(self) -> Iterator[Found]:
        for at, token in enumerate(self.tokens):
            if token.kind == NAME and token.text == "system" and self._is(at + 1, "("):
                yield from self._commands(self._until(at + 2, frozenset(), token.depth + 1))
            elif token.kind == NAME and token.text in PRINTS:
                yield from self._printed(at)
            elif token.kind == NAME and token.text == "getline":
                yield from self._got(at)

    def _printed(self, at: int) -> Iterator[Found]:
        """`print … > x`, `print … | x`: in brackets the signs compare."""
        depth = self.tokens[at].depth
        for place in range(at + 1, len(self.tokens)):
            token = self.tokens[place]
            if token.kind != SIGN or token.depth > depth:
                continue
            if token.text in ENDS or token.depth < depth:
                return
            if token.text in (">", ">>"):
                yield from self._files(Effect.FILE_WRITE, self._until(place + 1, ENDS, depth))
                return
            if token.text in ("|", "|&"):
                for one in self._commands(self._until(place + 1, ENDS, depth)):
                    fed = one.literal is not None and one.literal.partition(" ")[0] in SHELLS
                    # What a shell is fed by it is put together when the program runs.
                    yield _command(None) if fed else one
                return

    def _got(self, at: int) -> Iterator[Found]:
        """`x | getline` and `getline [name] < x`."""
        depth = self.tokens[at].depth
        if self._is(at - 1, "|") or self._is(at - 1, "|&"):
            start = at - 1
            while start > 0 and not self._bounds(start - 1, depth):
                start -= 1
            start = self._behind_test(start)
            yield from self._commands(self.tokens[start : at - 1])
            return
        for place in range(at + 1, min(at + MAX_PARTS, len(self.tokens))):
            token = self.tokens[place]
            if token.depth > depth or token.kind != SIGN or (token.text in LEFT and token.depth == depth):
                continue
            if token.text == "<" and token.depth == depth:
                yield from self._files(Effect.FILE_READ, self._primary(place + 1))
            return

    def _behind_test(self, start: int) -> int:
        """Skip the brackets of an `if` that stand before a command."""
        tested = start > 0 and self.tokens[start - 1].text in TESTS and self._is(start, "(")
        return start + len(self._primary(start)) if tested else start

    def _bounds(self, at: int, depth: int) -> bool:
        token = self.tokens[at]
        return token.depth < depth or (token.depth == depth and token.kind in (SIGN, NAME) and token.text in BOUNDS)

    def _until(self, at: int, ends: frozenset[str], depth: int) -> list[Token]:
        end = at
        while end < len(self.tokens) and end - at < MAX_PARTS:
            token = self.tokens[end]
            if token.depth < depth or (token.depth == depth and token.kind == SIGN and token.text in ends):
                break
            end += 1
        return self.tokens[at:end]

    def _primary(self, at: int) -> list[Token]:
        """One operand: a literal, a name, a field, or what stands in brackets."""
        end = at
        while self._is(end, "$"):
            end += 1
        bracket = self._is(end, "(") or (self._is(end + 1, "[") and self.tokens[end].kind == NAME)
        if bracket:
            end += not self._is(end, "(")
            depth = self.tokens[end].depth
            end += 1
            while end < len(self.tokens) and self.tokens[end].depth > depth:
                end += 1
        return self.tokens[at : end + 1]

    def _is(self, at: int, sign: str) -> bool:
        return 0 <= at < len(self.tokens) and self.tokens[at].kind == SIGN and self.tokens[at].text == sign

    def _commands(self, tokens: list[Token]) -> Iterator[Found]:
        for text in self._texts(tokens):
            yield _command(None if UNKNOWN_PART in text else text)

    def _files(self, effect: Effect, tokens: list[Token]) -> Iterator[Found]:
        if tokens and tokens[0].kind == NAME and tokens[0].text in INPUTS:
            return
        for text in self._texts(tokens):
            # A file that is read has a name by which it counts; one that is written, where part of it is known.
            if text.strip("/").replace(UNKNOWN_PART, "") == "" or (effect is Effect.FILE_READ and UNKNOWN_PART in text):
                yield Found(effect=Effect.OPAQUE, literal=None, takes="", why="a file whose name is put together")
            elif text not in STREAMS:
                yield Found(effect=effect, literal=text, takes="path", why=OPENED)

    def _texts(self, tokens: list[Token], depth: int = 0) -> list[str]:
        """Give what an expression may come to."""
        while len(tokens) > 1 and tokens[0].text == "(" and self._closes(tokens) == len(tokens) - 1:
            tokens = tokens[1:-1]
        if len(tokens) == 1 and tokens[0].kind == NAME:
            return self._values(str(tokens[0].text), depth)
        parts: list[str] = []
        at = 0
        while at < len(tokens):
            token = tokens[at]
            if token.kind == SIGN and token.text not in ("$", "(", "["):
                return [UNKNOWN_PART]  # it chooses, compares or counts
            end = self._after(tokens, at)
            parts.append(self._part(tokens[at:end], depth))
            at = end
        return ["".join(parts) if parts else UNKNOWN_PART]

    def _part(self, tokens: list[Token], depth: int) -> str:
        """Give one part of what is put together; a name only where it is given one text."""
        token = tokens[0]
        if len(tokens) > 1 and token.text == "(" and token.kind == SIGN and depth < MAX_DEPTH:
            found = self._texts(tokens, depth + 1)
        elif len(tokens) > 1 or token.text is None or token.kind in (SIGN, REGEX):
            found = []
        else:
            found = self._values(token.text, depth) if token.kind == NAME else [token.text]
        return found[0] if len(found) == 1 else UNKNOWN_PART

    def _values(self, name: str, depth: int) -> list[str]:
        places = self.given.get(name, []) if depth < MAX_DEPTH else []
        found = [text for at in places[:MAX_DEPTH] for text in self._assigned(at, depth)]
        return list(dict.fromkeys(found)) if found and len(places) <= MAX_DEPTH else [UNKNOWN_PART]

    def _assigned(self, at: int, depth: int) -> list[str]:
        if at >= len(self.tokens):
            return []
        return self._texts(self._until(at, ENDS | {","}, self.tokens[at].depth), depth + 1)

    @staticmethod
    def _after(tokens: list[Token], at: int) -> int:
        """Give the place behind one operand, with the brackets that stand right behind a name or a `$`."""
        end = at
        while end < len(tokens) - 1 and tokens[end].text == "$" and tokens[end].kind == SIGN:
            end += 1
        named = tokens[end].kind == NAME and tokens[end + 1 : end + 2] and tokens[end + 1].text in OPENS
        end += bool(named and tokens[end + 1].kind == SIGN)
        if tokens[end].kind == SIGN and tokens[end].text in OPENS:
            depth = tokens[end].depth
            end += 1
            while end < len(tokens) and tokens[end].depth > depth:
                end += 1
        return end + 1

    @staticmethod
    def _closes(tokens: list[Token]) -> int:
        depth = tokens[0].depth
        return next((at for at, token in enumerate(tokens[1:], 1) if token.depth == depth), len(tokens))


def _command(text: str | None) -> Found:
    return Found(effect=Effect.CODE_RUN, literal=text, takes="command", why=PIPED)


def _tokens(code: str) -> list[Token]:
    """Cut a program into tokens; a bracket has the depth of what stands around it."""
    found: list[Token] = []
    at, depth = 0, 0
    while at < len(code) and len(found) < MAX_TOKENS:
        char = code[at]
        if char in " \t\r":
            at += 1
        elif char == "\\" and code[at + 1 : at + 2] == "\n":
            at += 2
        elif char == "#":
            at = _to(code, at, "\n")
        elif char == '"':
            text, at = _string(code, at + 1, '"')
            found.append(Token(kind=STRING, text=text, depth=depth))
        elif char == "/" and not _operand(found):
            _, at = _string(code, at + 1, "/")
            found.append(Token(kind=REGEX, text=None, depth=depth))
        elif char in WORD:
            end = at
            while end < len(code) and code[end] in WORD:
                end += 1
            found.append(Token(kind=NUMBER if char.isdigit() else NAME, text=code[at:end], depth=depth))
            at = end
        else:
            sign = code[at : at + 2] if code[at : at + 2] in PAIRS else char
            depth -= sign in CLOSES
            found.append(Token(kind=SIGN, text=sign, depth=depth))
            depth += sign in OPENS
            at += len(sign)
    return found


def _operand(found: list[Token]) -> bool:
    """Say whether an operand stands before a place, so that a `/` divides."""
    if not found:
        return False
    last = found[-1]
    return (
        last.kind in (STRING, NUMBER, REGEX) or last.text in CLOSES or (last.kind == NAME and last.text not in PRINTS)
    )


def _string(code: str, at: int, quote: str) -> tuple[str | None, int]:
    """Give what a string comes to, and the place behind it."""
    start = at
    while at < len(code) and code[at] not in (quote, "\n"):
        at += 1 + (code[at] == "\\")
    return _unescaped(code[start:at]), at + 1


def _unescaped(text: str) -> str | None:
    if "\\" not in text:
        return text
    pieces = text.replace("\\\\", "\0").split("\\")
    if any(piece[:1] not in ESCAPED for piece in pieces[1:]):
        return None
    joined = pieces[0] + "".join(ESCAPED[piece[:1]] + piece[1:] for piece in pieces[1:])
    return joined.replace("\0", "\\")


def _to(code: str, at: int, sign: str) -> int:
    end = code.find(sign, at)
    return len(code) if end < 0 else end
