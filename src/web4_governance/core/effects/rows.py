"""One row of the catalog: how a program reads its words, and which effects follow.

A row is data, read when its program is met. It says what is in the program's manual: options that take a value, spellings
that mean the same, subcommands, and entries `effect on selector when condition`. Nothing here judges.

    row       program, also[], takes_value[], synonyms{}, leading, leading_operands, bundled, words, anywhere, chdir, inert,
              language, sub{word: row}, effects[entry], dry[], plain[], help[], differs{programs: part of a row}, source, yes{},
              no{}
    entry     effect | sql | code | shell | role, on: selector(s), kind, default, names{}, when: condition, why, otherwise,
              fresh: condition
    selector  operands  operands[0]  operands[1:]  operands[:-1]  value:-o  after:of=  stdin  cwd  text:...
    condition any[] all[] none[] of flags · value{option: [globs]} seen novalue · words[globs] besides[globs]
              nowords[globs] of operands · least, most · dashes · said[words] · env[names] · sub · unread · whole
"""

from __future__ import annotations

from web4_governance.core.effects.rehearsal import Rehearsing, said
from web4_governance.core.effects.wildcard import matches
from web4_governance.core.shell.command import Word
from web4_governance.core.shell.options import split_options
from web4_governance.core.value import replace, value

NOT = "not:"
HELP, LAST = "help", "... help"
ASKING = frozenset(("infra.read", "vcs.read", "db.read"))
PASSING = frozenset(("run", "exec", "dlx", "x", "create", "init", "start", "ssh", "shell", "compose"))
_NEVER = Rehearsing()

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.shell.command import Command
    from web4_governance.core.shell.options import Options

    Object = dict[str, Json]
    Tables = tuple[frozenset[str], dict[str, str]]


@value
class Reading:
    """The words of one command as its row reads them.

    `flags` are canonical, `values` pairs of option and value, `operands` the words that are neither, `entries` those of
    the row and of the subcommand's row. `subcommands` are the words that led there; `unread` says that there was one which
    no row knows. `raw` are the words as they stand, `variables` the texts `NAME=value` of what is assigned around the
    command, the name alone where the value is not known. `rehearsed` says that an option makes it change nothing.
    """

    row: Object
    flags: frozenset[str] = frozenset()
    values: tuple[tuple[str, str], ...] = ()
    operands: tuple[Word, ...] = ()
    entries: tuple[Object, ...] = ()
    subcommands: tuple[str, ...] = ()
    unread: bool = False
    inert_when: Json = None
    raw: tuple[Word, ...] = ()
    variables: tuple[str, ...] = ()
    rehearsed: bool | None = None

    @property
    def inert(self) -> bool:
        """Say whether the entries tell all that the program does to files and code: its other words are only words."""
        when = self.inert_when
        return self.holds(when) if isinstance(when, dict) else when is True

    def holding(self) -> tuple[Object, ...]:
        """Give the entries whose conditions hold."""
        return tuple(entry for entry in self.entries if self.holds(objects(entry, "when")))

    def holds(self, condition: Object) -> bool:
        """Say whether all parts of an entry's condition hold; a part that is not known is taken to hold."""
        if not condition:
            return True
        texts = [word.text for word in self.operands]
        for name, wanted in condition.items():
            part = _PARTS.get(name)
            if part is not None and not part(self, wanted, texts):
                return False
        return True


def read(
    row: Object, words: tuple[Word, ...], above: Tables = (frozenset(), {}), rehearsing: Rehearsing = _NEVER
) -> Reading:
    """Read a command's words, the program (or the subcommand) first, by its row.

    Args:
        row: The row of the program or subcommand.
        words: The words.
        above: Options with a value, and synonyms, that stay good from the row above.
        rehearsing: The options of the rows above that make it change nothing, which stay good too.
    """
    taken, synonyms = strings(row, "takes_value"), objects(row, "synonyms")
    tables = (
        above[0].union(taken) if taken else above[0],
        {**above[1], **pairs(row, "synonyms")} if synonyms else above[1],
    )
    sub = objects(row, "sub")
    whole = row.get("words") is True
    split = _split(words, tables, leading=bool(sub) or row.get("leading") is True, whole=whole)
    following = _following(sub, words[split.operands[0]]) if sub and split.operands else None
    rehearsing = rehearsing.joined(_dry(row, words), strings(row, "plain"))
    before = rehearsing
    if (
        following is not None and row.get("anywhere") is True
    ):  # what the subcommand may be given may stand before it too
        before = rehearsing.joined(strings(following, "dry"), strings(following, "plain"))
    rehearsed = said(_argv(words), split, before, *tables) if before.dry else None
    if following is None:
        unread = bool(sub and split.operands)
        if unread:
            split = _split(words, tables, leading=False, whole=whole)
            rehearsed = said(_argv(words), split, rehearsing, *tables) if rehearsing.dry else None
        return Reading(
            row=row,
            flags=split.flags,
            values=split.values,
            operands=tuple(words[n] for n in split.operands),
            entries=entries(row),
            unread=unread,
            inert_when=row.get("inert"),
            rehearsed=rehearsed,
        )
    # The options of the program stay good behind its subcommand only where its manual says so.
    inherited = tables if row.get("anywhere") is True else (frozenset[str](), {})
    inner = read(following, words[split.operands[0] :], inherited, rehearsing)
    return replace(
        inner,
        flags=split.flags | inner.flags,
        values=split.values + inner.values,
        entries=(*entries(row), *inner.entries),
        subcommands=(words[split.operands[0]].text, *inner.subcommands),
        inert_when=row.get("inert") if inner.inert_when is None else inner.inert_when,
        rehearsed=_either(rehearsed, inner.rehearsed),
    )


def reading_of(row: Object, command: Command, variables: tuple[str, ...]) -> Reading:
    """Give a command's words as its row reads them; `variables` are assigned around it."""
    words = command.words
    if row.get("bundled") is True and len(words) > 1 and words[1].known and words[1].text[:1].isalpha():
        dashed = "-" + words[1].text
        words = (words[0], Word(text=dashed, literal=dashed), *words[2:])
    reading = read(row, words)
    if _asks_help(row, words, reading):
        asking = tuple(entry for entry in reading.entries if entry.get("effect") in ASKING)
        return replace(reading, entries=asking, variables=variables, raw=words)
    if row.get("leading_operands") is True:
        operands = leading(words[1:])
        reading = replace(reading, operands=operands)
    return replace(reading, variables=variables, raw=words)


def _asks_help(row: Object, words: tuple[Word, ...], reading: Reading) -> bool:
    """Say whether a command only prints how it is used: by an option that is nobody's value, or by a word for it.

    Such a word is the first of all, or the last behind names of commands and nothing else (`aws s3 rm help`). What runs other
    programs hands the option to them.
    """
    asked = strings(row, "help")
    said = [word.text for word in words[1:] if word.text in asked and word.known]
    if not said or not PASSING.isdisjoint(reading.subcommands):
        return False
    texts = [word.text for word in words[1:]]
    last = LAST in asked and texts[-1] == HELP and all(map(_is_name, words[1:]))
    if HELP in said and (texts[0] == HELP or last):
        return True
    options = frozenset(name for name in said if name.startswith("-"))
    return bool(options) and read(row, words, rehearsing=Rehearsing(dry=options, alone=True)).rehearsed is True


def _is_name(word: Word) -> bool:
    return word.known and word.text.replace("-", "").isalnum() and not word.text.startswith("-")


def leading(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Give the words before the first that belongs to an expression (`find a b -name x`)."""
    for at, word in enumerate(words):
        if word.known and word.text[:1] in ("-", "(", "!", ")"):
            return words[:at]
    return words


def _following(sub: Object, word: Word) -> Object | None:
    """Give the row of a subcommand; a string in its place is another name of one."""
    found = sub.get(word.text) if word.known else None
    found = sub.get(found) if isinstance(found, str) else found
    return found if isinstance(found, dict) else None


def _dry(row: Object, words: tuple[Word, ...]) -> tuple[str, ...]:
    """Give the options of a row that rehearse; where its programs differ in them, those of the one at hand."""
    by_program = objects(row, "dry")
    return strings(by_program, words[0].text.rpartition("/")[2]) if by_program else strings(row, "dry")


def _either(above: bool | None, below: bool | None) -> bool | None:
    """What one place takes back, the other cannot say."""
    return False if False in (above, below) else above or below


def _argv(words: tuple[Word, ...]) -> tuple[str | None, ...]:
    return tuple(word.text if word.known else _option_of(word) for word in words)


def _split(words: tuple[Word, ...], tables: Tables, *, leading: bool, whole: bool = False) -> Options:
    return split_options(_argv(words), takes_value=tables[0], synonyms=tables[1], leading=leading, whole=whole)


def _option_of(word: Word) -> str | None:
    """`--output=$X` is an option whose value is not known; any other word with a gap may be anything."""
    name, equals, _ = word.literal.partition("=")
    return name + equals if equals and name.startswith("--") else None


def _any(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    return not of.flags.isdisjoint(items(wanted))


def _all(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    return of.flags.issuperset(items(wanted))


def _none(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    return of.flags.isdisjoint(items(wanted))


def _value(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    """Some listed option has one of its listed values (globs, any case); a value that nobody knows counts."""
    return _has_value(of, wanted, unknown=True)


def _has_value(of: Reading, wanted: Json, *, unknown: bool) -> bool:
    if not isinstance(wanted, dict):
        return False
    for name, text in of.values:
        globs = wanted.get(name)
        if globs is None:
            continue
        if (not text and unknown) or (text and _named(text.lower(), globs)):
            return True
    return False


def _globs(wanted: Json) -> list[str] | tuple[str, ...]:
    """Give the globs of a condition, which are asked for at every command: a list as it is, for no row holds others."""
    return wanted if type(wanted) is list else items(wanted)  # type: ignore[return-value]  # the tests hold it


def _named(text: str, globs: Json) -> bool:
    """Say whether a glob fits, and none that `not:` excuses does."""
    said = False
    for given in _globs(globs):
        glob = given.lower()
        if glob.startswith(NOT):
            if matches(glob[len(NOT) :], text):
                return False
        elif not said and (glob == text or matches(glob, text)):
            said = True
    return said


def _seen(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    """Like `value`, but a value that is not known is none of the listed: most of what may be sent is harmless."""
    return _has_value(of, wanted, unknown=False)


def _novalue(of: Reading, wanted: Json, texts: list[str]) -> bool:
    return not _seen(of, wanted, texts)


def _words(_of: Reading, wanted: Json, texts: list[str]) -> bool:
    for glob in _globs(wanted):
        if glob in texts:  # as it stands, which most of them are meant to be: a star stands for itself too
            return True
        if "*" in glob or "?" in glob:
            for text in texts:
                if matches(glob, text):
                    return True
    return False


def _nowords(of: Reading, wanted: Json, texts: list[str]) -> bool:
    return not _words(of, wanted, texts)


def _least(_of: Reading, wanted: Json, texts: list[str]) -> bool:
    return isinstance(wanted, int) and len(texts) >= wanted


def _most(_of: Reading, wanted: Json, texts: list[str]) -> bool:
    return isinstance(wanted, int) and len(texts) <= wanted


def _dashes(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    """The words hold a lone `--`, which splitting takes away."""
    return any(word.text == "--" for word in of.raw) is wanted


def _env(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    """Some listed variable is assigned, and not to one of the values that `not:NAME=glob` excuses."""
    excused = [glob.removeprefix(NOT) for glob in items(wanted) if glob.startswith(NOT)]
    return any(
        text.partition("=")[0] in items(wanted) and not any(matches(glob, text) for glob in excused)
        for text in of.variables
    )


def _said(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    return any(word.text in items(wanted) for word in of.raw)


def _sub(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    return bool(of.subcommands) is wanted


def _whole(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    """Some operand stands for all that lies in a directory (`x/*`), which only the shell's star does, not a quoted one."""
    return any(word.glob and word.text.rpartition("/")[2] == "*" for word in of.operands) is wanted


def _unread(of: Reading, wanted: Json, _texts: list[str]) -> bool:
    return of.unread is wanted


_PARTS = {
    "any": _any,
    "all": _all,
    "none": _none,
    "value": _value,
    "seen": _seen,
    "novalue": _novalue,
    "words": _words,
    "besides": _words,
    "nowords": _nowords,
    "least": _least,
    "most": _most,
    "dashes": _dashes,
    "said": _said,
    "env": _env,
    "sub": _sub,
    "unread": _unread,
    "whole": _whole,
}
CONDITIONS = frozenset(_PARTS)


def entries(row: Object) -> tuple[Object, ...]:
    """Give the effect entries of a row."""
    found = row.get("effects")
    return tuple(entry for entry in found if isinstance(entry, dict)) if isinstance(found, list) else ()


def strings(row: Object, name: str) -> tuple[str, ...]:
    """Give a field that holds a string or a list of them."""
    return items(row.get(name))


def items(found: Json) -> tuple[str, ...]:
    """Give the strings of a string or of a list."""
    if isinstance(found, str):
        return (found,)
    # a list, not a generator: this is asked for at every entry of every row
    return tuple([item for item in found if isinstance(item, str)]) if isinstance(found, list) else ()


def pairs(row: Object, name: str) -> dict[str, str]:
    """Give a field that maps strings to strings."""
    return {key: item for key, item in objects(row, name).items() if isinstance(item, str)}


def objects(row: Object, name: str) -> Object:
    """Give a field that holds an object; an empty one where it does not."""
    found = row.get(name)
    return found if isinstance(found, dict) else {}


def text(row: Object, name: str, default: str = "") -> str:
    """Give a field that holds a string."""
    found = row.get(name)
    return found if isinstance(found, str) else default
