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
    Named = tuple["Globs", "Globs | None"]

NOT = "not:"
MOST_KNOWN = 4096
_known: dict[int, tuple[Object, Condition]] = {}  # of those that stand in no entry, by identity


class Globs:
    """Some globs, sorted by what it takes to see that one of them fits."""

    __slots__ = ("exact", "heads", "inside", "others", "patterned", "tails")

    def __init__(self, globs: Sequence[str]) -> None:
        exact, heads, tails, inside, others = (list[str]() for _ in range(5))
        for glob in globs:
            bare = glob.replace("*", "")
            if "?" in glob:
                others.append(glob)
            elif bare == glob:
                exact.append(glob)
            elif glob == bare + "*":
                heads.append(bare)
            elif glob == "*" + bare:
                tails.append(bare)
            elif glob == f"*{bare}*":
                inside.append(bare)
            else:
                others.append(glob)
        self.exact = frozenset(exact)
        self.heads, self.tails, self.inside, self.others = tuple(heads), tuple(tails), tuple(inside), tuple(others)
        self.patterned = bool(heads or tails or inside or others)

    def fit(self, text: str) -> bool:
        """Say whether one of them stands for a text."""
        if text in self.exact or text.startswith(self.heads) or text.endswith(self.tails):
            return True
        for piece in self.inside:
            if piece in text:
                return True
        return bool(self.others) and any(matches(glob, text) for glob in self.others)

    def fit_any(self, texts: Sequence[str]) -> bool:
        """Say whether one of them stands for one of some texts."""
        if not self.exact.isdisjoint(texts):
            return True
        if self.patterned:
            for text in texts:
                if self.fit(text):
                    return True
        return False


def prepared(condition: Object) -> Condition:
    """Give a condition as it is asked, what is soonest told first; a part that is not known is left out, for it holds."""
    return (
        tuple((part, ready(condition[name])) for name, (ready, part) in _PARTS.items() if name in condition)
        if condition
        else ()
    )


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


def _named(wanted: Json) -> dict[str, Named]:
    """Give the globs of each option's values, in any case, and those that `not:` excuses."""
    if not isinstance(wanted, dict):
        return {}
    found: dict[str, Named] = {}
    for name, given in wanted.items():
        if given is not None:
            globs = [glob.lower() for glob in items(given)]
            excused = [glob[len(NOT) :] for glob in globs if glob.startswith(NOT)]
            plain = Globs([glob for glob in globs if not glob.startswith(NOT)])
            found[name] = plain, Globs(excused) if excused else None
    return found


def _value(of: Reading, wanted: dict[str, Named], _texts: Sequence[str]) -> bool:
    """Some listed option has one of its listed values (globs, any case); a value that nobody knows counts."""
    for name, text in of.values:  # noqa: SIM110  a generator costs more than the rest
        if name in wanted and (not text or _is_named(text.lower(), wanted[name])):
            return True
    return False


def _is_named(text: str, wanted: Named) -> bool:
    """Say whether a glob fits, and none that `not:` excuses does."""
    return wanted[0].fit(text) and (wanted[1] is None or not wanted[1].fit(text))


def _seen(of: Reading, wanted: dict[str, Named], _texts: Sequence[str]) -> bool:
    """Like `value`, but a value that is not known is none of the listed: most of what may be sent is harmless."""
    for name, text in of.values:  # noqa: SIM110  a generator costs more than the rest
        if text and name in wanted and _is_named(text.lower(), wanted[name]):
            return True
    return False


def _novalue(of: Reading, wanted: dict[str, Named], texts: Sequence[str]) -> bool:
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
    "value": (_named, _value),
    "seen": (_named, _seen),
    "novalue": (_named, _novalue),
    "words": (_fitting, _words),
    "besides": (_fitting, _words),
    "nowords": (_fitting, _nowords),
    "dashes": (_as_is, _dashes),
    "said": (_set, _said),
    "env": (_assigned, _env),
    "whole": (_as_is, _whole),
}
CONDITIONS = frozenset(_PARTS)
