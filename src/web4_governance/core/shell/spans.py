"""Where quotes and expansions end: the lexical layer below words.

Gives ends, never meanings: what a part stands for is `words`. The rules are those of the bash manual (QUOTING, EXPANSION)
with its differences between quoted and unquoted text. Nothing raises: a part that is not closed ends with the text and
sets `broken`; nesting beyond `DEEPEST` sets `too_deep`. INVARIANT: every end is greater than its start, so that reading
always moves on, and each end is computed once, so that hostile nesting costs linear time.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from web4_governance.core.budget import Budget

DEEPEST = 20
META = frozenset(" \t\n;&|<>()")
SPECIAL = META | frozenset("\\'\"`$")
IN_QUOTES = {"'": frozenset("'"), '"': frozenset('"\\$`')}  # what does not stand for itself in them
NAME_START = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
DIGITS = frozenset("0123456789")
NAME = NAME_START | DIGITS
PARAMETERS = frozenset("@*#?-$!") | DIGITS
_BEFORE_JOIN = frozenset("$<>&|;()=}") | DIGITS
_AFTER_JOIN = frozenset("(<>&|;'\"{)")
_PATTERN_OPERATORS = frozenset("#%/^,")
_EXTENDED_GLOB = frozenset("@?*+!")


class Spans:
    """One text, and the ends of the parts in it.

    `list_end(spans, at, closing)` gives the end of a command list that `closing` ends: it is the tokenizer, handed in.
    """

    def __init__(self, text: str, list_end: Callable[[Spans, int, str], int], budget: Budget | None = None) -> None:
        self.text = text
        self.late = False
        self._budget = budget
        self._asked = 0
        self.size = len(text)
        self.broken = False
        self.open_quote = False
        self.too_deep = False
        self.joins: list[int] = []
        self._list_end = list_end
        self._depth = 0
        self._arithmetic: dict[int, int] = {}
        self._lists: dict[int, int] = {}
        self._parameters: dict[tuple[int, bool], int] = {}
        self._patience = min(self.size, 65536) + 4096  # characters that may be read twice in search of `))`

    def is_late(self) -> bool:
        """Say whether the time for reading is over; the clock is looked at now and then."""
        self._asked += 1
        if self._budget is not None and not self._asked & 127 and self._budget.spent:
            self.late = True
        return self.late

    def char(self, at: int) -> str:
        """Give the character at `at`, or the empty string outside the text."""
        return self.text[at] if at < self.size else ""

    def word(self, start: int) -> int:
        """Give the end of the word that starts at `start`."""
        text, size, at = self.text, self.size, start
        while at < size:
            char = text[at]
            if char not in SPECIAL:
                at += 1
            elif char not in META or (char in "<>" and self.char(at + 1) == "("):
                at = self.part(at)
            elif char == "(" and at > start and self._opens_group(start, at):
                at = self._group(at)
            else:
                break
        return at

    def part(self, at: int, *, quoted: bool = False) -> int:
        """Give the end of the quote, escape or expansion at `at`; of one character if there is none."""
        char = self.text[at]
        if char == "\\":
            return self._escape(at)
        if char == "'" and not quoted:
            return self._until("'", at + 1)
        if char == '"':
            return self._double(at)
        if char == "`":
            return self._until_unescaped("`", at + 1)
        if char == "$":
            return self._dollar(at, quoted=quoted)
        if char in "<>" and not quoted and self.char(at + 1) == "(":
            return self._commands(at + 2, ")")
        return at + 1

    def arithmetic(self, at: int) -> int:
        """Give the end of the `))` that closes an arithmetic text starting at `at`, or -1 if it is none."""
        if at not in self._arithmetic:
            broken, joins = self.broken, len(self.joins)
            self._arithmetic[at] = self._deeper(self._arithmetic_end, at)
            if self._arithmetic[at] < 0:  # it will be read as commands instead
                self.broken = broken
                del self.joins[joins:]
        return self._arithmetic[at]

    def note_join(self, at: int) -> None:
        """Note a line continuation that may hide an operator (`$`, then `(`): such text is joined and read again."""
        before, after = self.text[at - 1] if at else "", self.char(at + 2)
        if before == "$" or (before in _BEFORE_JOIN and before and after in _AFTER_JOIN and after):
            self.joins.append(at)

    def test(self, at: int) -> int:
        """Give the end of the `[[ … ]]` whose inside starts at `at`."""
        while at < self.size:
            if self.text.startswith("]]", at) and self.text[at - 1] in META and self.char(at + 2) in META | {""}:
                return at + 2
            at = self.part(at)
        self.broken = True
        return self.size

    def _commands(self, at: int, closing: str) -> int:
        if at not in self._lists:
            self._lists[at] = self._deeper(lambda start: self._list_end(self, start, closing), at)
        return self._lists[at]

    def _deeper(self, read: Callable[[int], int], at: int) -> int:
        if self._depth >= DEEPEST:
            self.too_deep = True
            return self.size
        self._depth += 1
        end = read(at)
        self._depth -= 1
        return end

    def _escape(self, at: int) -> int:
        if self.char(at + 1) == "\n":
            self.note_join(at)
        return min(at + 2, self.size)

    def _until(self, closing: str, at: int) -> int:
        end = self.text.find(closing, at)
        if end < 0:
            self.broken = True
            self.open_quote = self.open_quote or self._depth == 0
            return self.size
        return end + 1

    def _until_unescaped(self, closing: str, at: int) -> int:
        while at < self.size:
            char = self.text[at]
            if char == closing:
                return at + 1
            at += 2 if char == "\\" else 1
        self.broken = True
        return self.size

    def _double(self, at: int) -> int:
        text, size = self.text, self.size
        at += 1
        while at < size:
            char = text[at]
            if char == '"':
                return at + 1
            at = self.part(at, quoted=True) if char in "\\$`" else at + 1
        self.broken = True
        self.open_quote = self.open_quote or self._depth == 0
        return size

    def _dollar(self, at: int, *, quoted: bool) -> int:
        char = self.char(at + 1)
        if char == "(":
            end = self.arithmetic(at + 3) if self.char(at + 2) == "(" else -1
            return end if end > 0 else self._commands(at + 2, ")")
        if char == "{":
            return self._deeper(lambda start: self._parameter(start, quoted=quoted), at)
        if char == "'" and not quoted:
            return self._until_unescaped("'", at + 2)
        if char == '"' and not quoted:
            return self.part(at + 1)
        if char == "[":
            return self._old_arithmetic(at)
        return self._name(at + 1)

    def _name(self, at: int) -> int:
        char = self.char(at)
        if char in PARAMETERS and char:
            return at + 1
        if char == "\\" and self.char(at + 1) == "\n":
            self.note_join(at)
        if char in NAME_START and char:
            while at < self.size and self.text[at] in NAME:
                at += 1
            if self.text.startswith("\\\n", at):
                self.joins.append(at)  # the name goes on in the next line
        return at

    def _old_arithmetic(self, at: int) -> int:
        """`$[ … ]` of old bash; other shells take it for text, so an operator inside means that readers differ."""
        end = self.text.find("]", at)
        if end < 0:
            return at + 1
        if any(char in ";&|\n<>" for char in self.text[at:end]):
            self.broken = True
        return end + 1

    def _parameter(self, at: int, *, quoted: bool) -> int:
        at += 2
        if self.char(at) in " \t\n|" and self.char(at):  # bash 5.3: ${ command; }
            return self._commands(at + 1, "}")
        if not quoted or self._has_pattern(at):
            return self._parameter_end(at, quoted=quoted, literal=False)
        # a quote in "${x:-it's}" is text to one shell and opens a string to another: where it matters, nobody can tell
        end = self._parameter_end(at, quoted=True, literal=True)
        if "'" in self.text[at:end] and self._parameter_end(at, quoted=True, literal=False) != end:
            self.broken = True
        return end

    def _parameter_end(self, at: int, *, quoted: bool, literal: bool) -> int:
        key = (at, literal)
        if key not in self._parameters:
            self._parameters[key] = self._closing_brace(at, quoted=quoted, literal=literal)
        return self._parameters[key]

    def _closing_brace(self, at: int, *, quoted: bool, literal: bool) -> int:
        while at < self.size:
            char = self.text[at]
            if char == "}":
                return at + 1
            if self.text.startswith("\\\n", at):
                self.joins.append(at)
            at = self.part(at, quoted=quoted and (char != "'" or literal))
        self.broken = True
        return self.size

    def _has_pattern(self, at: int) -> bool:
        at = self._name(at + 1 if self.char(at) == "!" else at)
        if self.char(at) == "[":
            at = self.text.find("]", at) + 1 or at
        return self.char(at) in _PATTERN_OPERATORS

    def _arithmetic_end(self, at: int) -> int:
        depth = 0
        while at < self.size and self._patience > 0:
            self._patience -= 1
            char = self.text[at]
            if char == ")" and depth == 0:
                return at + 2 if self.char(at + 1) == ")" else -1
            depth += (char == "(") - (char == ")")
            at = self.part(at) if char in "\\'\"`$" else at + 1
        self.too_deep = self.too_deep or self._patience <= 0
        return -1

    def _opens_group(self, start: int, at: int) -> bool:
        """Tell whether the parenthesis at `at` goes on with the word: `@(a|b)`, or an array's `name=(`."""
        if self.text[at - 1] in _EXTENDED_GLOB:
            return True
        return self.text[at - 1] == "=" and assigned_name(self.text[start:at]) != ""

    def _group(self, at: int) -> int:
        array = self.text[at - 1] == "="
        depth = 0
        while at < self.size:
            char = self.text[at]
            depth += (char == "(") - (char == ")")
            if depth == 0:
                return at + 1
            if array and char == "#" and self.text[at - 1] in " \t\n(":
                end = self.text.find("\n", at)
                at = end if end >= 0 else self.size
            else:
                at = self.part(at)
        self.broken = True
        return self.size


def assigned_name(word: str) -> str:
    """Give the name that the start of a word assigns (`X=`, `X+=`, `X[1]=`), or the empty string."""
    end = word.find("=")
    if end <= 0:
        return ""
    name = word[:end].removesuffix("+").replace("\\\n", "")
    name = name.partition("[")[0] if name.endswith("]") else name
    return name if name[:1] in NAME_START and name and all(char in NAME for char in name) else ""
