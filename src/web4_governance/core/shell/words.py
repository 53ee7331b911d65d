"""A word's source to the words it becomes: quotes removed, what can be known expanded.

Follows the order of the bash manual (EXPANSION): braces, tilde, parameters and substitutions, splitting, quote removal;
file names are not expanded, a glob is flagged. What cannot be known stays as its source with `known` false. Commands in
substitutions are handed to `run`; nothing here knows what a command does.
"""

from __future__ import annotations

from web4_governance.core.shell import braces, parameters
from web4_governance.core.shell.command import Word
from web4_governance.core.shell.environment import UNKNOWN
from web4_governance.core.shell.escapes import ansi_text, backtick_text, hides
from web4_governance.core.shell.fields import LONGEST, Fields
from web4_governance.core.shell.lexer import joined, word_spans
from web4_governance.core.shell.spans import DEEPEST, IN_QUOTES, NAME_START, PARAMETERS, SPECIAL, assigned_name
from web4_governance.core.value import make

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Protocol

    from web4_governance.core.shell.command import Command
    from web4_governance.core.shell.environment import State, Value, Values

    class Surroundings(Protocol):
        """What an expansion asks of the shell that it happens in."""

        @property
        def guards(self) -> bool:
            """Whether what is read may be guarded against parameters that nobody gave."""
            ...

        @property
        def commands(self) -> Sequence[Command]:
            """The commands so far."""
            ...

        def pick(self, key: object, count: int) -> int:
            """Choose one of `count` possibilities; -1 where there are too many."""
            ...

        def substitute(self, text: str, expander: Expander) -> Word:
            """Run the commands of a substitution; give their output if it can be known."""
            ...

        def stream(self, part: str, expander: Expander) -> None:
            """Run the commands of `<(…)`, or note those of `>(…)` until it is known what is written to them."""
            ...

        def complain(self, reason: str) -> None:
            """Note something that could not be seen."""
            ...


MOST_WORDS = 1000
# Signs that stand for themselves wherever in a word they are. Not `=`: what is behind one may be a home.
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./,:@%")
_SIGNS = SPECIAL | frozenset("~{}*?[")  # of these none stands for itself


def _is_list(inside: str) -> bool:
    """Tell whether quotes hold just a list, which is no word at all when it is empty."""
    return inside in ("$@", "${@}") or (inside.startswith("${") and inside.endswith("[@]}") and inside.count("$") == 1)


class Expander:
    """Expands the words of one command in one state. `sources` gathers the commands whose output is in the words."""

    def __init__(self, shell: Surroundings, state: State) -> None:
        self.shell = shell
        self.state = state
        self.sources: list[int] = []
        self._depth = 0

    def words(self, raw: str) -> list[Word]:
        """Expand a word where several may come out of it: arguments, items of a list."""
        if raw and (("IFS" not in self.state.variables and len(raw) <= LONGEST) or PLAIN.issuperset(raw)):
            if _SIGNS.isdisjoint(raw):
                return [make[Word](text=raw, literal=raw)]
            signs = IN_QUOTES.get(raw[0])
            if signs is not None and len(raw) > 1 and raw[-1] == raw[0] and signs.isdisjoint(raw[1:-1]):
                return [make[Word](text=raw[1:-1], literal=raw[1:-1])]
        raw = joined(raw)
        variants = braces.expand(raw)
        out: list[Word] = []
        for variant in variants or ():
            out += self._split(variant, assigned=len(variants or ()) == 1 and assigned_name(variant) != "")
        if variants is None or len(out) > MOST_WORDS:
            self.shell.complain("too many words")
            return [Word(text=raw, known=False)]
        return out

    def word(self, raw: str, *, assigned: bool = False) -> Word:
        """Expand a word that stays one: an assigned value, a redirection's target."""
        raw = joined(raw)
        fields = Fields(raw, "")
        at = self._tilde(raw, 0, fields)
        self._pieces(raw, at, fields, single=True, assigned=assigned)
        return fields.word()

    def text(self, raw: str) -> Word:
        """Expand the text of a heredoc: as in double quotes, but a quote is plain."""
        fields = Fields(raw, "")
        self._quoted(raw, fields, escapes="$`\\")
        return fields.word()

    def array(self, raw: str) -> tuple[Word, ...]:
        """Expand the items of `(a b "$c")`; a subscript (`[1]=x`) is dropped."""
        spans, at, out = word_spans(raw), 1, []
        while at < len(raw) - 1:
            if raw[at] in " \t\n":
                at += 1
            elif raw[at] == "#":
                end = raw.find("\n", at)
                at = end if end >= 0 else len(raw)
            else:
                end = max(spans.word(at), at + 1)
                item = raw[at:end]
                out += self.words(item.partition("]=")[2] if item.startswith("[") and "]=" in item else item)
                at = end
            if len(out) > MOST_WORDS:
                self.shell.complain("too many words")
                return (Word(text="", known=False),)
        return tuple(out)

    def _split(self, raw: str, *, assigned: bool) -> list[Word]:
        fields = Fields(raw, self._separators())
        at = self._tilde(raw, 0, fields)
        self._pieces(raw, at, fields, assigned=assigned)
        fields.end()
        return fields.words

    def _separators(self) -> str | None:
        values = self.state.variables.get("IFS")
        if values is None:
            return " \t\n"
        word = self.chosen("IFS", values).words[0]
        return word.text if word.known else None

    def chosen(self, name: str, values: Values) -> Value:
        """Give the value that a variable has this time round."""
        place = self.shell.pick((name, values), len(values)) if len(values) > 1 else 0
        value = values[place] if place >= 0 else UNKNOWN
        for source in value.sources:
            self.source(source)
        return value

    def source(self, index: int) -> None:
        """Note a command whose output is in the words."""
        if index not in self.sources:
            self.sources.append(index)

    def _tilde(self, raw: str, at: int, fields: Fields) -> int:
        """Expand a tilde at `at`; give where reading goes on."""
        if not raw.startswith("~", at):
            return at
        end = at + 1
        while end < len(raw) and raw[end] not in "/:" and raw[end] not in SPECIAL:
            end += 1
        if end < len(raw) and raw[end] in SPECIAL and raw[end] not in " \t\n;&|<>()":
            return at  # a quote or an expansion in the name: no tilde prefix
        name = raw[at + 1 : end]
        variable = {"": "HOME", "+": "PWD", "-": "OLDPWD"}.get(name)
        word = parameters.variable(self, variable).words[0] if variable else Word(text="", known=False)
        fields.add_word(word, active=False)
        return end

    def _pieces(self, raw: str, at: int, fields: Fields, *, single: bool = False, assigned: bool = False) -> None:
        spans, size = word_spans(raw), len(raw)
        while at < size:
            char = raw[at]
            if assigned and char == "~" and at and raw[at - 1] in "=:":
                end = self._tilde(raw, at, fields)
                if end > at:
                    at = end
                    continue
            if char in "\\'\"`$" or (char in "<>" and raw[at + 1 : at + 2] == "("):
                end = spans.part(at)
                self._part(raw[at:end], fields, quoted=False, single=single)
            else:
                end = at + 1
                while end < size and raw[end] not in SPECIAL and raw[end] != "~":
                    end += 1
                fields.add(raw[at:end], active=True)
            at = end

    def _part(self, part: str, fields: Fields, *, quoted: bool, single: bool) -> None:
        """Add one quote, escape or expansion; those in a heredoc have met no bound yet."""
        if self._depth >= DEEPEST:
            self.shell.complain("nested too deeply")
            fields.add_unknown()
            return
        self._depth += 1
        self._opened(part, fields, quoted=quoted, single=single)
        self._depth -= 1

    def _opened(self, part: str, fields: Fields, *, quoted: bool, single: bool) -> None:
        first = part[0]
        if first == "\\":
            fields.add("\\" if part == "\\" else part[1:].removeprefix("\n"))
        elif first == "'":
            fields.add(part[1:-1])
        elif first == '"':
            if not _is_list(part[1:-1]):
                fields.keep()
            self._quoted(part[1:-1], fields, escapes='$`"\\')
        elif first == "`":
            self._substitution(backtick_text(part[1:-1], quoted=quoted), fields, quoted=quoted or single)
        elif first in "<>":
            self.shell.stream(part, self)
            fields.add_unknown()
        else:
            self._dollar(part, fields, quoted=quoted, single=single)

    def _quoted(self, raw: str, fields: Fields, *, escapes: str, dropped: str = "") -> None:
        spans, at, size = word_spans(raw), 0, len(raw)
        while at < size:
            end = at + 1
            char = raw[at]
            if char == "\\":
                after = raw[at + 1 : at + 2]
                fields.add("" if after == "\n" else (after if after and after in escapes else raw[at : at + 2]))
                end = at + 2
            elif char in "$`":
                end = spans.part(at, quoted=True)
                self._part(raw[at:end], fields, quoted=True, single=False)
            elif char != dropped:
                while end < size and raw[end] not in "\\$`" and raw[end] != dropped:
                    end += 1
                fields.add(raw[at:end])
            at = end

    def _dollar(self, part: str, fields: Fields, *, quoted: bool, single: bool) -> None:
        after = part[1:2]
        if after == "(" and not part.startswith("$(("):
            self._substitution(part[2:-1], fields, quoted=quoted or single)
        elif part.startswith("$((") or after == "[":
            self._arithmetic(part, fields, quoted=quoted or single)
        elif after == "{" and part[2:3] in (" ", "\t", "\n", "|"):
            self._substitution(part[3:-1], fields, quoted=quoted or single)
        elif after == "{":
            parameters.expand(self, part[2:-1], fields, quoted=quoted, single=single)
        elif after == "'":
            if hides(part[2:-1]):
                self.shell.complain("a word that is spelled in numbers")
            fields.add(ansi_text(part[2:-1]))
        elif after == '"':
            self._part(part[1:], fields, quoted=quoted, single=single)
        elif after and (after in NAME_START or after in PARAMETERS):
            parameters.expand(self, part[1:], fields, quoted=quoted, single=single)
        else:
            fields.add(part)

    def _substitution(self, text: str, fields: Fields, *, quoted: bool) -> None:
        word = self.shell.substitute(text, self)
        if quoted:
            fields.add_word(word, active=False)
        else:
            fields.add_split(word)

    def _arithmetic(self, part: str, fields: Fields, *, quoted: bool) -> None:
        """Arithmetic is not computed, but the commands in it run; `$((a) | b)` is a substitution after all."""
        if part.startswith("$((") and word_spans(part).arithmetic(3) != len(part):
            self._substitution(part[2:-1], fields, quoted=quoted)
            return
        inside = part[3:-2] if part.startswith("$((") else part[2:-1]
        self.commands_in(inside)
        number = inside.strip()
        if number.isascii() and number.isdigit() and (number == "0" or number[0] != "0"):
            fields.add(number)
        else:
            fields.add_unknown()

    def commands_in(self, text: str) -> None:
        """Run the substitutions of a text whose value does not matter: arithmetic, tests, patterns."""
        self._quoted(text, Fields("", None), escapes="$`\\")

    def operand(self, raw: str, *, quoted: bool) -> Word:
        """Expand the word inside `${name:-word}`; in double quotes its own double quotes only open and close."""
        fields = Fields(raw, "")
        if quoted:
            self._quoted(raw, fields, escapes='$`"\\}', dropped='"')
        else:
            self._pieces(raw, self._tilde(raw, 0, fields), fields, single=True)
        return fields.word()

    def pattern(self, raw: str) -> Word:
        """Expand the pattern of `${name%pattern}`; what is quoted in it comes out escaped."""
        fields = Fields(raw, "", pattern=True)
        self._pieces(raw, 0, fields, single=True)
        return fields.word()
