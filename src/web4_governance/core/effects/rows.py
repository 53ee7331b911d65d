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

from web4_governance.core.effects.conditions import (
    Globs,
    items,
    known,
    met,
    met_once,
    options_needed,
    prepared,
    words_needed,
)
from web4_governance.core.effects.rehearsal import Rehearsing, said
from web4_governance.core.shell.command import Word
from web4_governance.core.shell.options import Options, split_options
from web4_governance.core.value import make, replace, value

HELP, LAST = "help", "... help"
ASKING = frozenset(("infra.read", "vcs.read", "db.read"))
PASSING = frozenset(("run", "exec", "dlx", "x", "create", "init", "start", "ssh", "shell", "compose"))
_NEVER = Rehearsing()
MOST_VIEWS = 1024
FEW = 4  # times that a row is asked, up to which it costs less to look at all of its entries

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.conditions import Condition
    from web4_governance.core.effects.select import Said
    from web4_governance.core.shell.command import Command

    Object = dict[str, Json]
    Sorted = tuple[tuple["Entry", ...], tuple["Entry", ...]]


class Entry:
    """An entry of a row, with what is worked out of it once: its condition, and what it says where that holds."""

    __slots__ = ("_asked", "_when", "always", "handed", "otherwise", "row", "said")

    def __init__(self, row: Object) -> None:
        self.row = row
        self.always = not objects(row, "when")  # it holds of whatever command
        self.handed = row.get("handed") is True
        self.otherwise = row.get("otherwise") is True
        self.said: Said | None = None
        self._asked = False
        self._when: Condition | None = None

    def holds(self, of: Reading, texts: Sequence[str]) -> bool:
        """Say whether its condition holds of a command; `texts` are those of the operands."""
        when = self._when
        if when is None:
            condition = objects(self.row, "when")
            if not self._asked:
                self._asked = True
                return met_once(condition, of, texts)
            when = self._when = prepared(condition)
        for part, wanted in when:  # noqa: SIM110  asked of every entry of every command: a generator costs more than the rest
            if not part(of, wanted, texts):
                return False
        return True


class Entries:
    """The entries of a row and of those above it, sorted by what a command must have for them to hold at all.

    They are sorted when they have been asked for a few times: a process that judges one call is not helped by it.
    """

    __slots__ = ("_asked", "_every", "_needs", "_options", "_sorted", "_words", "all")

    def __init__(self, every: tuple[Entry, ...]) -> None:
        self.all = every
        self._asked = 0
        self._every: Sorted | None = None
        self._needs: tuple[tuple[frozenset[str] | None, tuple[str, ...] | None], ...] = ()
        self._options: frozenset[str] = frozenset()
        self._words = Globs(())
        self._sorted: dict[tuple[bool, bool], Sorted] = {}

    def worth(self, flags: frozenset[str], texts: Sequence[str]) -> Sorted:
        """Give those that may hold, and apart from them those that count only where the others give nothing."""
        if self._asked < FEW:
            self._asked += 1
            self._every = _parted(self.all) if self._every is None else self._every
            return self._every
        if len(self._needs) != len(self.all):
            self._index()
        key = (not flags.isdisjoint(self._options), self._words.fit_any(texts))
        found = self._sorted.get(key)
        if found is None:
            found = self._sorted[key] = _parted(
                entry
                for entry, (options, words) in zip(self.all, self._needs, strict=True)
                if (key[0] or options is None) and (key[1] or words is None)
            )
        return found

    def _index(self) -> None:
        """Work out which options and which words some entries wait for."""
        needs: list[tuple[frozenset[str] | None, tuple[str, ...] | None]] = []
        for entry in self.all:
            when = objects(entry.row, "when")
            options = options_needed(when)
            needs.append((options, words_needed(when) if options is None else None))
        self._options = frozenset().union(*(options for options, _ in needs if options))
        self._words = Globs([glob for _, words in needs for glob in words or ()])
        self._needs = tuple(needs)  # INVARIANT: last, for it says that the rest is there; threads share this


def _parted(every: Iterable[Entry]) -> Sorted:
    """Give entries, those apart that count only where the others give nothing."""
    first: list[Entry] = []
    last: list[Entry] = []
    for entry in every:
        (last if entry.otherwise else first).append(entry)
    return tuple(first), tuple(last)


class View:
    """What of a row is worked out once: its tables as its own and those above it make them, and its entries."""

    __slots__ = (
        "_below",
        "anywhere",
        "bundled",
        "dry",
        "entries",
        "help",
        "inert",
        "leading",
        "leading_operands",
        "plain",
        "rehearses",
        "row",
        "sub",
        "synonyms",
        "takes_value",
        "whole",
    )

    def __init__(self, row: Object, above: View | None = None) -> None:
        # The options of the program stay good behind its subcommand only where its manual says so.
        kept = above if above is not None and above.anywhere else None
        taken, synonyms = strings(row, "takes_value"), pairs(row, "synonyms")
        own = tuple([Entry(entry) for entry in entries(row)])
        self.row = row
        self.takes_value: frozenset[str] = kept.takes_value.union(taken) if kept is not None else frozenset(taken)
        self.synonyms: dict[str, str] = {**kept.synonyms, **synonyms} if kept is not None else synonyms
        self.sub = objects(row, "sub")
        self.leading = bool(self.sub) or row.get("leading") is True
        self.whole = row.get("words") is True
        self.anywhere: bool = row.get("anywhere") is True
        self.bundled = row.get("bundled") is True
        self.leading_operands = row.get("leading_operands") is True
        self.dry, self.plain = strings(row, "dry"), strings(row, "plain")
        self.rehearses = "dry" in row or "plain" in row
        self.help = frozenset(strings(row, "help"))
        self.entries: Entries = Entries(own)
        self.inert: Json = row.get("inert")
        if above is not None:
            self.entries = Entries((*above.entries.all, *own)) if own else above.entries
            self.inert = above.inert if self.inert is None else self.inert
        self._below: dict[str, View | None] = {}

    def below(self, word: Word) -> View | None:
        """Give the view of a subcommand; a string in its place is another name of one."""
        name = word.text
        if not word.known or name not in self.sub:
            return None
        if name not in self._below:
            found = self.sub[name]
            found = self.sub.get(found) if isinstance(found, str) else found
            self._below[name] = View(found, self) if isinstance(found, dict) else None
        return self._below[name]

    def rehearsing(self, above: Rehearsing, words: tuple[Word, ...]) -> Rehearsing:
        """Give the options that rehearse, with its own; where its programs differ in them, those of the one at hand."""
        if not self.rehearses:
            return above
        by_program = objects(self.row, "dry")
        dry = strings(by_program, words[0].text.rpartition("/")[2]) if by_program else self.dry
        return above.joined(dry, self.plain) if dry or self.plain else above


_views: dict[int, View] = {}  # by the identity of the row, which a view holds on to
_NO_ENTRIES = Entries(())


def view_of(row: Object) -> View:
    """Give what is worked out of a row, once."""
    found = _views.get(id(row))
    if found is None or found.row is not row:
        if not row:
            return View(row)  # of a program without one: each is another object
        if len(_views) >= MOST_VIEWS:
            _views.clear()
        found = _views[id(row)] = View(row)
    return found


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
    entries: Entries = _NO_ENTRIES
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
        texts = self.texts
        return tuple(entry.row for entry in self.entries.all if entry.holds(self, texts))

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of the operands."""
        return tuple([word.text for word in self.operands])

    def holds(self, condition: Object) -> bool:
        """Say whether all parts of a condition hold; a part that is not known is taken to hold."""
        return not condition or met(known(condition), self, self.texts)


def read(
    row: Object,
    words: tuple[Word, ...],
    rehearsing: Rehearsing = _NEVER,
) -> Reading:
    """Read a command's words, the program first, by its row.

    Args:
        row: The row of the program.
        words: The words.
        rehearsing: The options that make it change nothing, whatever its row says.
    """
    return _read(view_of(row), words, rehearsing=rehearsing)


def _read(
    view: View,
    words: tuple[Word, ...],
    *,
    rehearsing: Rehearsing = _NEVER,
    raw: tuple[Word, ...] = (),
    variables: tuple[str, ...] = (),
) -> Reading:
    """Read words, with `raw` as they stand and what is assigned around them."""
    argv = _argv(words)
    flags: frozenset[str] = frozenset()
    values: tuple[tuple[str, str], ...] = ()
    subcommands: tuple[str, ...] = ()
    rehearsed: bool | None = None
    while True:
        split = _split(argv, view, leading=view.leading)
        below = view.below(words[split.operands[0]]) if view.sub and split.operands else None
        unread = bool(view.sub) and below is None and bool(split.operands)
        if unread:
            split = _split(argv, view, leading=False)
        before = rehearsing = view.rehearsing(rehearsing, words)
        if below is not None and view.anywhere:  # what the subcommand may be given may stand before it too
            before = rehearsing.joined(below.dry, below.plain)
        if before.dry and split.options:
            rehearsed = _either(rehearsed, said(argv, split, before, view.takes_value, view.synonyms))
        flags = flags | split.flags if flags else split.flags
        values = values + split.values if values else split.values
        if below is None:
            break
        first = split.operands[0]
        view, words, argv = below, words[first:], argv[first:]
        subcommands = (*subcommands, words[0].text)
    return make[Reading](
        row=view.row,
        flags=flags,
        values=values,
        operands=tuple([words[n] for n in split.operands]),
        entries=view.entries,
        subcommands=subcommands,
        unread=unread,
        inert_when=view.inert,
        raw=raw,
        variables=variables,
        rehearsed=rehearsed,
    )


def reading_of(row: Object, command: Command, variables: tuple[str, ...]) -> Reading:
    """Give a command's words as its row reads them; `variables` are assigned around it."""
    view, words = view_of(row), command.words
    if view.bundled and len(words) > 1 and words[1].known and words[1].text[:1].isalpha():
        dashed = "-" + words[1].text
        words = (words[0], Word(text=dashed, literal=dashed), *words[2:])
    reading = _read(view, words, raw=words, variables=variables)
    if view.help and _asks_help(view, words, reading):
        asking = (entry for entry in reading.entries.all if entry.row.get("effect") in ASKING)
        return replace(reading, entries=Entries(tuple(asking)))
    return replace(reading, operands=leading(words[1:])) if view.leading_operands else reading


def _asks_help(view: View, words: tuple[Word, ...], reading: Reading) -> bool:
    """Say whether a command only prints how it is used: by an option that is nobody's value, or by a word for it.

    Such a word is the first of all, or the last behind names of commands and nothing else (`aws s3 rm help`). What runs other
    programs hands the option to them.
    """
    asked = view.help
    said = [word.text for word in words[1:] if word.text in asked and word.known]
    if not said or not PASSING.isdisjoint(reading.subcommands):
        return False
    texts = [word.text for word in words[1:]]
    last = LAST in asked and texts[-1] == HELP and all(map(_is_name, words[1:]))
    if HELP in said and (texts[0] == HELP or last):
        return True
    options = frozenset(name for name in said if name.startswith("-"))
    return bool(options) and _read(view, words, rehearsing=Rehearsing(dry=options, alone=True)).rehearsed is True


def _is_name(word: Word) -> bool:
    return word.known and word.text.replace("-", "").isalnum() and not word.text.startswith("-")


def leading(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """Give the words before the first that belongs to an expression (`find a b -name x`)."""
    for at, word in enumerate(words):
        if word.known and word.text[:1] in ("-", "(", "!", ")"):
            return words[:at]
    return words


def _either(above: bool | None, below: bool | None) -> bool | None:
    """What one place takes back, the other cannot say."""
    return False if False in (above, below) else above or below


def _argv(words: tuple[Word, ...]) -> tuple[str | None, ...]:
    return tuple([word.text if word.known else _option_of(word) for word in words])


def _split(argv: tuple[str | None, ...], view: View, *, leading: bool) -> Options:
    for word in argv[1:]:
        if word is not None and word[:1] == "-":
            return split_options(
                argv, takes_value=view.takes_value, synonyms=view.synonyms, leading=leading, whole=view.whole
            )
    return make[Options](operands=tuple(range(1, len(argv))))  # as it would come out: nothing but operands


def _option_of(word: Word) -> str | None:
    """`--output=$X` is an option whose value is not known; any other word with a gap may be anything."""
    name, equals, _ = word.literal.partition("=")
    return name + equals if equals and name.startswith("--") else None


def entries(row: Object) -> tuple[Object, ...]:
    """Give the effect entries of a row."""
    found = row.get("effects")
    return tuple([entry for entry in found if isinstance(entry, dict)]) if isinstance(found, list) else ()


def strings(row: Object, name: str) -> tuple[str, ...]:
    """Give a field that holds a string or a list of them."""
    return items(row.get(name))


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
