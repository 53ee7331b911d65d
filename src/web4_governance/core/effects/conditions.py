"""The conditions of the catalog's language, put once into a form that is quickly asked of a command's words.

A condition is prepared as it is first asked, and then kept with the entry that has it: its flags as a set, its globs by
how they are told (a word, a head, a tail, a piece), so that asking is a few looks at what a row says and no reading of it.
`rows` names the parts.
"""

from __future__ import annotations

from web4_governance.core.effects.wildcard import matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.rows import Object, Reading

    Part = Callable[[Reading, Any, Sequence[str]], bool]
    Condition = tuple[tuple[Part, Any], ...]

NOT = "not:"
MOST_KNOWN = 4096
_known: dict[int, tuple[Object, Condition]] = {}  # of those that stand in no entry, by identity


class Globs:
    """Some globs, sorted by what it takes to see that one of them fits.

    They are sorted when they are asked for again: a process that judges one call is not helped by it.
    """

    __slots__ = ("_asked", "_exact", "_globs", "_heads", "_inside", "_others", "_patterned", "_tails")

    def __init__(self, globs: Sequence[str]) -> None:
        self._globs = globs
        self._exact: frozenset[str] | None = None
        self._heads: tuple[str, ...] = ()
        self._tails: tuple[str, ...] = ()
        self._inside: tuple[str, ...] = ()
        self._others: Sequence[tuple[str, str]] = ()  # globs, each behind a piece that a text must have
        self._asked = False
        self._patterned = True

    def fit(self, text: str) -> bool:
        """Say whether one of them stands for a text."""
        if self._exact is None:
            return self._first((text,))
        if text in self._exact or text.startswith(self._heads) or text.endswith(self._tails):
            return True
        for piece in self._inside:
            if piece in text:
                return True
        for piece, glob in self._others:  # noqa: SIM110  a generator costs more than the rest
            if piece in text and matches(glob, text):
                return True
        return False

    def fit_any(self, texts: Sequence[str]) -> bool:
        """Say whether one of them stands for one of some texts."""
        if self._exact is None:
            return bool(texts) and self._first(texts)
        if not self._exact.isdisjoint(texts):
            return True
        if self._patterned:
            for text in texts:
                if self.fit(text):
                    return True
        return False

    def _first(self, texts: Sequence[str]) -> bool:
        """Say it for the first time, as they stand."""
        if not self._asked:
            self._asked = True
            for glob in self._globs:
                if glob in texts:
                    return True
                if "*" in glob or "?" in glob:
                    for text in texts:
                        if matches(glob, text):
                            return True
            return False
        self._sort()
        return self.fit_any(texts)

    def _sort(self) -> None:
        exact, heads, tails, inside = (list[str]() for _ in range(4))
        others: list[tuple[str, str]] = []
        for glob in self._globs:
            bare = glob.replace("*", "")
            if "?" in glob:
                others.append((_longest(glob), glob))
            elif bare == glob:
                exact.append(glob)
            elif glob == bare + "*":
                heads.append(bare)
            elif glob == "*" + bare:
                tails.append(bare)
            elif glob == f"*{bare}*":
                inside.append(bare)
            else:
                others.append((_longest(glob), glob))
        self._heads, self._tails, self._inside, self._others = tuple(heads), tuple(tails), tuple(inside), tuple(others)
        self._patterned = len(exact) != len(self._globs)
        self._exact = frozenset(exact)  # INVARIANT: last, for it says that the rest is there; threads share this


def _longest(glob: str) -> str:
    """Give the longest piece of a glob that stands in whatever it fits."""
    return max(glob.replace("?", "*").split("*"), key=len)


def prepared(condition: Object) -> Condition:
    """Give a condition as it is asked, what is soonest told first; a part that is not known is left out, for it holds."""
    if len(condition) == 1:
        name = next(iter(condition))
        return ((_PARTS[name][1], _PARTS[name][0](condition[name])),) if name in _PARTS else ()
    return tuple([(part, ready(condition[name])) for name, (ready, part) in _PARTS.items() if name in condition])


def met_once(condition: Object, of: Reading, texts: Sequence[str]) -> bool:
    """Say whether a condition holds, as it stands: nothing of it is prepared that is not asked."""
    for name, wanted in condition.items():
        if name in _PARTS:
            ready, part = _PARTS[name]
            if not part(of, ready(wanted), texts):
                return False
    return True


def known(condition: Object) -> Condition:
    """Give a condition that stands in no entry, prepared once."""
    found = _known.get(id(condition))
    if found is None or found[0] is not condition:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        found = _known[id(condition)] = (condition, prepared(condition))
    return found[1]


def met(condition: Condition, of: Reading, texts: Sequence[str]) -> bool:
    """Say whether all parts of a condition hold; `texts` are those of the operands."""
    for part, wanted in condition:  # noqa: SIM110  a generator costs more than the rest
        if not part(of, wanted, texts):
            return False
    return True


def options_needed(condition: Object) -> frozenset[str] | None:
    """Give the options of which one must be given for a condition to hold; None where it asks for none."""
    if "any" in condition:
        return _set(condition["any"])
    for name in ("value", "seen"):
        if name in condition:
            wanted = condition[name]
            return frozenset(wanted) if isinstance(wanted, dict) else frozenset()
    return None


def words_needed(condition: Object) -> tuple[str, ...] | None:
    """Give the globs of which one must fit an operand for a condition to hold; None where it asks for none."""
    for name in ("words", "besides"):
        if name in condition:
            return items(condition[name])
    return None


def items(found: Json) -> tuple[str, ...]:
    """Give the strings of a string or of a list."""
    if isinstance(found, str):
        return (found,)
    return tuple([item for item in found if isinstance(item, str)]) if isinstance(found, list) else ()


def _set(wanted: Json) -> frozenset[str]:
    return frozenset(items(wanted))


def _as_is(wanted: Json) -> Json:
    return wanted


def _fitting(wanted: Json) -> Globs:
    return Globs(items(wanted))


def _number(wanted: Json) -> int | None:
    return wanted if isinstance(wanted, int) else None


def _any(of: Reading, wanted: frozenset[str], _texts: Sequence[str]) -> bool:
    return not of.flags.isdisjoint(wanted)


def _all(of: Reading, wanted: frozenset[str], _texts: Sequence[str]) -> bool:
    return of.flags.issuperset(wanted)


def _none(of: Reading, wanted: frozenset[str], _texts: Sequence[str]) -> bool:
    return of.flags.isdisjoint(wanted)


class Values:
    """The globs of each option's values, in any case, and those that `not:` excuses, of each option as it is met."""

    __slots__ = ("_given", "_read")

    def __init__(self, given: Json) -> None:
        listed = given.items() if isinstance(given, dict) else ()
        self._given = {name: globs for name, globs in listed if globs is not None}
        self._read: dict[str, tuple[Globs, Globs | None]] = {}

    def holds(self, values: Sequence[tuple[str, str]], *, unknown: bool) -> bool:
        """Say whether one of some options has one of its listed values; one that is not known may count."""
        for name, text in values:
            if name in self._given and (text or unknown):
                if not text:
                    return True
                globs = self._read.get(name)
                if globs is None:
                    globs = self._read[name] = _globs_of(self._given[name])
                lowered = text.lower()
                if globs[0].fit(lowered) and (globs[1] is None or not globs[1].fit(lowered)):
                    return True
        return False


def _globs_of(given: Json) -> tuple[Globs, Globs | None]:
    globs = [glob.lower() for glob in items(given)]
    excused = [glob[len(NOT) :] for glob in globs if glob.startswith(NOT)]
    plain = [glob for glob in globs if not glob.startswith(NOT)] if excused else globs
    return Globs(plain), Globs(excused) if excused else None


def _value(of: Reading, wanted: Values, _texts: Sequence[str]) -> bool:
    """Some listed option has one of its listed values (globs, any case); a value that nobody knows counts."""
    return bool(of.values) and wanted.holds(of.values, unknown=True)


def _seen(of: Reading, wanted: Values, _texts: Sequence[str]) -> bool:
    """Like `value`, but a value that is not known is none of the listed: most of what may be sent is harmless."""
    return bool(of.values) and wanted.holds(of.values, unknown=False)


def _novalue(of: Reading, wanted: Values, texts: Sequence[str]) -> bool:
    return not _seen(of, wanted, texts)


def _words(_of: Reading, wanted: Globs, texts: Sequence[str]) -> bool:
    return wanted.fit_any(texts)


def _nowords(_of: Reading, wanted: Globs, texts: Sequence[str]) -> bool:
    return not wanted.fit_any(texts)


def _least(_of: Reading, wanted: int | None, texts: Sequence[str]) -> bool:
    return wanted is not None and len(texts) >= wanted


def _most(_of: Reading, wanted: int | None, texts: Sequence[str]) -> bool:
    return wanted is not None and len(texts) <= wanted


def _dashes(of: Reading, wanted: Json, _texts: Sequence[str]) -> bool:
    """The words hold a lone `--`, which splitting takes away."""
    return any(word.text == "--" for word in of.raw) is wanted


def _assigned(wanted: Json) -> tuple[frozenset[str], Globs]:
    globs = items(wanted)
    return frozenset(globs), Globs([glob.removeprefix(NOT) for glob in globs if glob.startswith(NOT)])


def _env(of: Reading, wanted: tuple[frozenset[str], Globs], _texts: Sequence[str]) -> bool:
    """Some listed variable is assigned, and not to one of the values that `not:NAME=glob` excuses."""
    return any(text.partition("=")[0] in wanted[0] and not wanted[1].fit(text) for text in of.variables)


def _said(of: Reading, wanted: frozenset[str], _texts: Sequence[str]) -> bool:
    return any(word.text in wanted for word in of.raw)


def _sub(of: Reading, wanted: Json, _texts: Sequence[str]) -> bool:
    return bool(of.subcommands) is wanted


def _whole(of: Reading, wanted: Json, _texts: Sequence[str]) -> bool:
    """Some operand stands for all that lies in a directory (`x/*`), which only the shell's star does, not a quoted one."""
    return any(word.glob and word.text.rpartition("/")[2] == "*" for word in of.operands) is wanted


def _unread(of: Reading, wanted: Json, _texts: Sequence[str]) -> bool:
    return of.unread is wanted


# What a part is prepared as, and asked by; what is told by a look at a set stands before what goes through words.
_PARTS: dict[str, tuple[Callable[[Json], Any], Part]] = {
    "any": (_set, _any),
    "all": (_set, _all),
    "none": (_set, _none),
    "least": (_number, _least),
    "most": (_number, _most),
    "sub": (_as_is, _sub),
    "unread": (_as_is, _unread),
    "value": (Values, _value),
    "seen": (Values, _seen),
    "novalue": (Values, _novalue),
    "words": (_fitting, _words),
    "besides": (_fitting, _words),
    "nowords": (_fitting, _nowords),
    "dashes": (_as_is, _dashes),
    "said": (_set, _said),
    "env": (_assigned, _env),
    "whole": (_as_is, _whole),
}
CONDITIONS = frozenset(_PARTS)
