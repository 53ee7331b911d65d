"""What names a search asks for: the expression of `find`, read as far as it says what may be found.

`-name a -o -name b` finds nothing but these; `! -name a`, `-delete -name a` and `-name a -o -delete` find anything. Where
some of the parts that `-o` joins act (`-path x -prune -o -name y -delete`), only these find. Not an evaluator: a test that
is no name narrows nothing, and what is not understood finds anything. Names are patterns as `find` reads them.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names

OR = names("-o -or ,")
NOT = names("! -not")
RUNS = names("-exec -execdir -ok -okdir")
ENDS = names("; +")
ACTS = RUNS | names("-delete -print -print0 -printf -ls -fprint -fprint0 -fprintf -fls")
UNKNOWN = "\0"  # in the place of a word that cannot be known
MAX_NESTED = 32


def asked(words: tuple[str, ...], naming: frozenset[str], takes_value: frozenset[str]) -> tuple[str, ...]:
    """Give the names of which whatever is found has one; none where anything may be found.

    Args:
        words: The expression, with or without the directories before it, UNKNOWN where a word cannot be known.
        naming: The tests that ask for a name (`-name`).
        takes_value: The tests and actions that take one word.
    """
    expression = _Expression(words, naming, takes_value)
    found = expression.either(0)
    return () if expression.unsure or not found else tuple(dict.fromkeys(found))


class _Expression:
    """An expression on its way through."""

    def __init__(self, words: tuple[str, ...], naming: frozenset[str], takes_value: frozenset[str]) -> None:
        self.words = words
        self.naming = naming
        self.takes_value = takes_value
        self.at = 0
        self.acting = False  # whether the part that is being read acts
        self.unsure = False  # whether a word may be any part of an expression

    def _next(self) -> str:
        return self.words[self.at] if self.at < len(self.words) else ""

    def either(self, depth: int) -> tuple[str, ...] | None:
        """Read what is joined by `-o`: one part that finds anything makes the whole find anything."""
        parts = [self._part(depth)]
        while self._next() in OR:
            self.at += 1
            parts.append(self._part(depth))
        acting = [found for found, acts in parts if acts] if depth == 0 else []
        every = acting or [found for found, _ in parts]
        self.acting = any(acts for _, acts in parts)
        return None if None in every else tuple(name for found in every for name in found or ())

    def _part(self, depth: int) -> tuple[tuple[str, ...] | None, bool]:
        self.acting = False
        return self._all(depth), self.acting

    def _all(self, depth: int) -> tuple[str, ...] | None:
        """Read what must hold together: one part that asks for names is enough, if nothing acts before it."""
        found: tuple[str, ...] | None = None
        acted = False
        while self.at < len(self.words) and self._next() not in OR and self._next() != ")":
            one = self._one(depth)
            found = one if found is None and not acted else found
            acted = acted or (self.acting and found is None)
        return found

    def _one(self, depth: int) -> tuple[str, ...] | None:
        word = self._next()
        self.at += 1
        self.acting = self.acting or word in ACTS
        self.unsure = self.unsure or word == UNKNOWN
        if word in NOT:
            if self.at < len(self.words):
                self._one(depth)
            return None
        if word == "(":
            return self._nested(depth)
        if word in RUNS:
            while self.at < len(self.words) and self._next() not in ENDS:
                self.at += 1
            self.at += 1
            return None
        if word in self.naming or word in self.takes_value:
            given = self._next()
            self.at += 1
            return (given,) if word in self.naming and given not in ("", UNKNOWN) else None
        return None

    def _nested(self, depth: int) -> tuple[str, ...] | None:
        if depth > MAX_NESTED:
            self.at = len(self.words)
            return None
        acting = self.acting
        found = self.either(depth + 1)
        self.acting = self.acting or acting
        self.at += 1
        return found
