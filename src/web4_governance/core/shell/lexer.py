"""A text of shell as tokens: words, operators and redirections, with heredocs and comments taken out.

Not a parser: the structure of the tokens is read by the grammar from a `skeleton`. What it has to know of the grammar is
where reserved words can stand and where `case` patterns are, because a `)` ends different things there. It exists because
a gate must not depend on the finer points that a highlighter's grammar reads differently from a shell: heredocs,
here-strings, quoting, continuations.
"""

from __future__ import annotations

from itertools import pairwise

from web4_governance.core.budget import TOO_SLOW
from web4_governance.core.shell import heredocs
from web4_governance.core.shell.spans import DIGITS, META, NAME, NAME_START, SPECIAL, Spans
from web4_governance.core.shell.tokens import CANNOT_PARSE, KEYWORD, OPERATOR, PREFIX, REDIRECT, WORD, Token, Tokens

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.budget import Budget

_OPERATORS = (";;&", ";;", ";&", ";", "&&", "&", "||", "|&", "|", "(", ")")
_REDIRECTS = ("&>>", "&>", "<<<", "<<-", "<<", "<>", "<&", "<", ">>", ">&", ">|", ">")
_OPENING = frozenset({"if", "then", "else", "elif", "while", "until", "do", "{"})
_CLOSING = frozenset({"fi", "done", "esac", "}"})
_PREFIXES = frozenset({"!", "time", "coproc"})
_HEADS = frozenset({"for", "select", "function"})
RESERVED = _OPENING | _CLOSING | _PREFIXES | _HEADS | {"case"}
_REDIRECT_STARTS = DIGITS | frozenset("<>&{")
_STARTS = _REDIRECT_STARTS | frozenset(";|()")  # of all tokens but words
_LOOKED = 64  # characters in which the end of a plain word is looked for
_MOST_JOINS = 16
_MOST_REREAD = 512 * 1024
_JOINING = frozenset("|;&`$")  # with these among it, a text may be meant for another reader than one shell
_MOST_TOKENS = 66_000  # more than a text holds that is followed at all


def tokenize(text: str, budget: Budget | None = None) -> Tokens:
    """Read a text, as far as there is time. Never raises: what is not closed ends with the text and is a problem."""
    if budget is None:
        return _tokens(text, None)
    budget.begin()
    found = _tokens(text, budget)
    budget.end()
    return found


def _tokens(text: str, budget: Budget | None) -> Tokens:
    problems: tuple[str, ...] = ()
    rereads = min(_MOST_JOINS, _MOST_REREAD // (len(text) + 1))
    spans = Spans(text, list_end, budget)
    lister = Lexer(spans, 0, "")
    while spans.joins and rereads > 0 and not spans.late:
        rereads -= 1
        text = text[: spans.joins[0]] + text[spans.joins[0] + 2 :]
        spans = Spans(text, list_end, budget)
        lister = Lexer(spans, 0, "")
    if spans.joins:
        problems = ("too many continued lines",)
    doubled = "((" in text and [after.start for one, after in pairwise(lister.tokens) if _doubled(one, after)]
    if doubled:  # the grammar would take two subshells that open together for arithmetic
        places = [0, *doubled, len(text)]
        return _tokens(" ".join(text[a:b] for a, b in pairwise(places)), budget)
    # A quote that is not closed on the only line: the shell refuses the whole of it, so nothing in it is done.
    refused = spans.open_quote and "\n" not in text.rstrip("\n") and _JOINING.isdisjoint(text)
    if (spans.broken or lister.broken) and not refused:
        problems = (*problems, CANNOT_PARSE)
    if spans.too_deep:
        problems = (*problems, "nested too deeply")
    if spans.late:
        problems = (*problems, TOO_SLOW)
    return Tokens(text, lister.tokens, problems)


def _doubled(one: Token, after: Token) -> bool:
    return one.op == after.op == "(" and one.end == after.start and one.kind == after.kind == OPERATOR


def list_end(spans: Spans, at: int, closing: str) -> int:
    """Give the end of the command list that starts at `at` and that `closing` ends."""
    lister = Lexer(spans, at, closing)
    spans.broken = spans.broken or lister.broken
    return lister.at


def word_spans(text: str) -> Spans:
    """Give the spans of a word's raw source, for reading its parts."""
    return Spans(text, list_end)


def joined(raw: str) -> str:
    """Give a word's source without the continuations outside of quotes; in quotes whoever reads them takes them away."""
    if "\\\n" not in raw:
        return raw
    spans, out, at = word_spans(raw), [], 0
    while at < len(raw):
        end = spans.part(at)
        if raw[at:end] != "\\\n":
            out.append(raw[at:end])
        at = end
    return "".join(out)


class Lexer:
    """Reads one command list, up to what closes it."""

    def __init__(self, spans: Spans, at: int, closing: str) -> None:
        self.spans = spans
        self.text = spans.text
        self.at = at
        self.closing = closing
        self.tokens: list[Token] = []
        self.broken = False
        self.fresh = True  # a reserved word may stand here
        self.closed = False  # a compound command has just ended
        self.head = ""  # "for", "for name", "function": what the last words opened
        self.stack: list[str] = []  # "(" or "case", "pattern", "body"
        self.pending: list[Token] = []
        self._read()

    def _read(self) -> None:
        text, size = self.text, self.spans.size
        while self.at < size and len(self.tokens) < _MOST_TOKENS and not self.spans.is_late():
            char = text[self.at]
            if char in " \t":
                self.at += 1
            elif char == "\\" and self.spans.char(self.at + 1) == "\n":
                self.spans.note_join(self.at)
                self.at += 2
            elif char == "#":
                end = text.find("\n", self.at)
                self.at = end if end >= 0 else size
            elif char == "\n":
                self._newline()
            elif char == ")" and self.closing == ")" and not self.stack:
                self.at += 1
                return
            elif self._token(char):
                return
        self.broken = self.broken or bool(self.closing or self.stack)

    def _token(self, char: str) -> bool:
        """Read one token; True if it was the word that closes the list."""
        if char in _STARTS and (self._redirect(char) or self._arithmetic(char) or self._operator(char)):
            return False
        return self._word()

    def _newline(self) -> None:
        self._add(Token(OPERATOR, self.at, self.at + 1, "\n"))
        self.fresh, self.closed, self.head = True, False, ""
        self.at += 1
        for heredoc in self.pending:
            self._heredoc(heredoc)
        self.pending = []

    def _add(self, token: Token) -> None:
        self.tokens.append(token)

    def _operator(self, char: str) -> bool:
        if char not in ";&|()":
            return False
        op = next(op for op in _OPERATORS if self.text.startswith(op, self.at))
        pattern = bool(self.stack) and self.stack[-1] == "pattern"
        start, self.at = self.at, self.at + len(op)
        self.fresh, self.closed, self.head = True, op == ")" and not pattern, ""
        if op == "(" and pattern:
            return True
        if op == "(":
            self.stack.append("(")
        elif op == ")" and not self._close():
            return True
        elif op.startswith(";;") or op == ";&":
            self._next_pattern()
        self._add(Token(OPERATOR, start, self.at, op))
        return True

    def _close(self) -> bool:
        """Close what a `)` closes; False if it closes nothing."""
        if self.stack and self.stack[-1] == "pattern":
            self.stack[-1] = "body"
        elif self.stack and self.stack[-1] == "(":
            self.stack.pop()
        else:
            self.broken = True
            self._add(Token(OPERATOR, self.at - 1, self.at, "\n"))
            return False
        return True

    def _next_pattern(self) -> None:
        if self.stack and self.stack[-1] == "body":
            self.stack[-1] = "pattern"
        else:
            self.broken = True

    def _arithmetic(self, char: str) -> bool:
        """`((…))` as a command or in a `for` head is one word."""
        if char != "(" or self.spans.char(self.at + 1) != "(" or not (self.fresh or self.head == "for"):
            return False
        end = self.spans.arithmetic(self.at + 2)
        if end < 0:
            return False
        self._add(Token(WORD, self.at, end))
        self.at, self.fresh, self.head = end, self.head == "for", ""
        return True

    def _redirect(self, char: str) -> bool:
        if char not in _REDIRECT_STARTS:
            return False
        start, at = self.at, self._after_descriptor(char)
        op = next((op for op in _REDIRECTS if self.text.startswith(op, at)), "")
        if not op or (op in ("<", ">") and self.spans.char(at + 1) == "("):
            return False
        word = self._skip_blank(at + len(op))
        end, broken = self._word_end(word)
        token = Token(REDIRECT, start, end, op)
        token.broken = broken
        token.fd = int(self.text[start:at]) if at > start and char in DIGITS and at - start < 5 else -1  # noqa: PLR2004
        token.target, token.closed = (word, end), self.closed
        self.broken = self.broken or word == end
        self._add(token)
        if op in ("<<", "<<-"):
            token.strip = op == "<<-"
            self.pending.append(token)
        self.at, self.fresh = end, self.closed
        return True

    def _after_descriptor(self, char: str) -> int:
        """Skip `2` or `{name}` in front of a redirection; no change where none follows."""
        at = self.at
        if char in DIGITS:
            while self.spans.char(at) in DIGITS and at < self.spans.size:
                at += 1
        elif char == "{" and self.spans.char(at + 1) in NAME_START:
            end = self.text.find("}", at)
            at = end + 1 if end > 0 and all(inner in NAME for inner in self.text[at + 1 : end]) else at
        return at if self.spans.char(at) in ("<", ">") else self.at

    def _skip_blank(self, at: int) -> int:
        while True:
            if self.spans.char(at) in (" ", "\t"):
                at += 1
            elif self.text.startswith("\\\n", at):
                self.spans.note_join(at)
                at += 2
            else:
                return at

    def _word(self) -> bool:
        start = self.at
        end, broken = self._word_end(start)
        if not (self.fresh or self.stack or self.head or self.closing):
            self.at = end = max(end, start + 1)
            token = Token(WORD, start, end)
            token.broken = broken
            self.tokens.append(token)
            return False
        if self.fresh and self.text[start] == "!" and self.spans.char(start + 1) in META:
            end = start + 1  # `!(cmd)` negates a subshell here, it is no pattern
        self.at = end = max(end, start + 1)
        plain = self.text[start:end].replace(
            "\\\n", ""
        )  # INVARIANT: no reading again here, it would double with each depth
        if self._is_close(plain):
            return True
        token = self._classified(plain, start, end)
        token.broken = broken
        self._add(token)
        return False

    def _word_end(self, start: int) -> tuple[int, bool]:
        """Give the end of a word, and whether something in it is not closed or too deep."""
        spans = self.spans
        blank = self.text.find(" ", start, start + _LOOKED)
        if blank < 0 and spans.size - start <= _LOOKED:
            blank = spans.size
        if blank > start and SPECIAL.isdisjoint(self.text[start:blank]):
            return blank, False
        broken, too_deep = spans.broken, spans.too_deep
        spans.broken = spans.too_deep = False
        end = spans.word(start)
        found = spans.broken or spans.too_deep
        spans.broken, spans.too_deep = spans.broken or broken, spans.too_deep or too_deep
        return end, found

    def _is_close(self, plain: str) -> bool:
        return self.closing == "}" and plain == "}" and self.fresh and not self.stack and not self._braces()

    def _braces(self) -> int:
        """Count the groups that are open in this list."""
        opened = sum(1 for token in self.tokens if token.kind == KEYWORD and token.op == "{")
        return opened - sum(1 for token in self.tokens if token.kind == KEYWORD and token.op == "}")

    def _classified(self, plain: str, start: int, end: int) -> Token:
        top = self.stack[-1] if self.stack else ""
        if top == "pattern":
            return self._in_pattern(plain, start, end)
        if top == "case" and plain == "in" and self.tokens[-1].op != "case":
            self.stack[-1], self.fresh = "pattern", True
            return Token(KEYWORD, start, end, plain)
        if self.head:
            return self._in_head(plain, start, end)
        if not self.fresh:
            return Token(WORD, start, end)
        return self._at_start(plain, start, end)

    def _in_pattern(self, plain: str, start: int, end: int) -> Token:
        if plain == "esac":
            return self._closing("esac", start, end)
        self.fresh = False
        return Token(WORD, start, end)

    def _in_head(self, plain: str, start: int, end: int) -> Token:
        """The words after `for` and `function`: a name, then perhaps `in` or the body."""
        if self.head == "function":
            self.head, self.fresh = "", True
        elif self.head == "for":
            self.head = "for name"
        elif plain in ("in", "do", "{"):
            self.head, self.fresh = "", plain != "in"
            return Token(KEYWORD, start, end, plain)
        return Token(WORD, start, end)

    def _at_start(self, plain: str, start: int, end: int) -> Token:
        self.closed = False
        if plain in _OPENING:
            return Token(KEYWORD, start, end, plain)
        if plain in _CLOSING:
            return self._closing(plain, start, end)
        if plain in _HEADS:
            self.head, self.fresh = ("function" if plain == "function" else "for"), False
            return Token(KEYWORD, start, end, plain)
        if plain == "case":
            self.stack.append("case")
            self.fresh = False
            return Token(KEYWORD, start, end, plain)
        if plain in _PREFIXES and not (plain == "time" and self._is_program_time(end)):
            return Token(PREFIX, start, end, plain)
        if self._belongs_to_prefix(plain, end):
            return Token(PREFIX, start, end)
        self.fresh = False
        if plain == "[[" and self.spans.char(end) in (" ", "\t", "\n"):
            end = self.at = self.spans.test(end)
        return Token(WORD, start, end)

    def _is_program_time(self, end: int) -> bool:
        """`time -f …` is the program of that name in a shell without the reserved word, and an error in the others."""
        after = self._skip_blank(end)
        return self.spans.char(after) == "-" and self.spans.char(after + 1) not in ("p", "-")

    def _belongs_to_prefix(self, plain: str, end: int) -> bool:
        """`time -p`, and the NAME of `coproc NAME {`, which is one only where a compound command follows."""
        before = self.tokens[-1].op if self.tokens and self.tokens[-1].kind == PREFIX else ""
        if before == "coproc":
            after = self._skip_blank(end)
            return self.spans.char(after) in ("{", "(") and after > end
        return before == "time" and plain in ("-p", "--")

    def _closing(self, plain: str, start: int, end: int) -> Token:
        if plain == "esac":
            if self.stack and self.stack[-1] in ("pattern", "body"):
                self.stack.pop()
            else:
                self.broken = True
        self.fresh = self.closed = True
        return Token(KEYWORD, start, end, plain)

    def _heredoc(self, token: Token) -> None:
        """Take the body of a heredoc, which starts at the line that comes next."""
        raw = self.text[slice(*token.target)].replace("\\\n", "")
        token.quoted = any(char in raw for char in "\\'\"")
        start = self.at
        form = heredocs.Form(
            heredocs.unquoted(raw), strip=token.strip, joining=not token.quoted, inside=self.closing == ")"
        )
        end, self.at = heredocs.body_end(self.text, start, form)
        token.body = (start, end)
