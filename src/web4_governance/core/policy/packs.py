"""Reads a pack: further rows of the catalog that a policy brings along (docs/spec/catalog.md E, policy.md D14).

A pack says what programs do (`programs`, `more`), what names of paths mean (`paths`), what tools do (`tools`) and what tokens
look like (`secrets`), and only adds effects and formats. What would take some away (`inert`, marks, roles, entries that wait
for others to give nothing) is not in its language and refused, never ignored; so is whatever the catalog's reader would
stumble over.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.conditions import CONDITIONS
from web4_governance.core.effects.select import KINDS, SELECTORS, sliced
from web4_governance.core.policy.read import Wrong, items, mapping, named, number, text, texts, truth, word
from web4_governance.core.secret_formats import ALPHABETS, DIGITS, LOWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.canonical import Json
    from web4_governance.core.effects.rows import Object
    from web4_governance.core.policy.read import Path

PROGRAMS, PATHS, TOOLS, SECRETS = ("programs", "more"), "paths", "tools", "secrets"
SECTIONS = (*PROGRAMS, PATHS, TOOLS, SECRETS)
FIELDS = ("$schema", "family", *SECTIONS)
READING_FIELDS = (
    "takes_value",
    "synonyms",
    "leading",
    "leading_operands",
    "bundled",
    "words",
    "anywhere",
    "sub",
    "effects",
)
ROW_FIELDS = ("program", "also", "source", *READING_FIELDS, "yes", "no")
ENTRY_FIELDS = ("effect", "on", "kind", "default", "when", "why", "deep", "sql", "shell", "shell-words")
MARKS = ("read", "write", "listed")
PATH_FIELDS = ("paths", "except", "samples", *MARKS, "why", "source", "yes", "no")
SECRET_FIELDS = ("secret", "prefix", "alphabet", "least", "source", "yes", "no")
NAME = LOWER + DIGITS + "-"
LEAST_PREFIX, LEAST_LETTERS, MOST_LETTERS = (
    3,
    13,
    4096,
)  # together so many that a token means the same wherever it stands
TOOL_FIELDS = ("tools", "effects", "source", "yes", "no")
TOOL_ENTRY_FIELDS = ("effect", "on", "kind", "default", "when", "why", "sql", "shell")
EXAMPLE_FIELDS = ("tool", "input", "deeds")
FLAGS = ("leading", "leading_operands", "bundled", "words", "anywhere")
SELECTING = ("on", "sql", "shell", "shell-words")
_VALUES = ("value", "seen", "novalue")
_NUMBERS = ("least", "most")
_TRUTHS = ("dashes", "sub", "unread", "whole")
MOST = 1000
MOST_NAME = 40


def read_pack(given: Json) -> tuple[Object, ...]:
    """Give the rows of a pack; Wrong says what is no pack's, and where."""
    fields = named(mapping(given, (), what="a pack"), (), FIELDS, synonyms={}, what="a pack")
    if "family" not in fields or not fields.keys() & set(SECTIONS):
        message = "a pack has a `family`, and `programs`, `paths`, `tools` or `secrets`"
        raise Wrong(message, ())
    text(fields["family"], ("family",))
    readers = {**dict.fromkeys(PROGRAMS, _row), PATHS: _path_row, TOOLS: _tool_row, SECRETS: _secret_row}
    return tuple(
        readers[section](row, (section, n))
        for section in SECTIONS
        if section in fields
        for n, row in enumerate(items(fields[section], (section,)))
    )


def _fields(given: Json, path: Path, known: tuple[str, ...], needed: tuple[str, ...]) -> dict[str, Json]:
    fields = named(mapping(given, path, what="a row"), path, known, synonyms={}, what="a pack's row")
    for name in (*needed, "source", "yes", "no"):
        if name not in fields:
            message = f"the row has no `{name}`"
            raise Wrong(message, path)
    text(fields["source"], (*path, "source"))
    return fields


def _path_row(given: Json, path: Path) -> Object:
    """Read a row on names of paths, and what reading, writing or listing them is."""
    fields = _fields(given, path, PATH_FIELDS, ("paths", "why"))
    for name in ("paths", "yes", "no"):
        texts(fields[name], (*path, name))
    _texts(fields, "except", path)
    text(fields["why"], (*path, "why"))
    if "samples" in fields:
        truth(fields["samples"], (*path, "samples"))
    marks = [name for name in MARKS if name in fields]
    if not marks:
        message = "the row says of nothing what it is"
        raise Wrong(message, path, hint='give it `"read": "secret.read"`, or `write`, or `listed`')
    for name in marks:
        _effect(fields[name], (*path, name))
    return fields


def _secret_row(given: Json, path: Path) -> Object:
    """Read a format of secrets: what a token begins with, its letters, and the least number of them."""
    fields = _fields(given, path, SECRET_FIELDS, ("secret", "prefix", "alphabet", "least"))
    name, prefix = text(fields["secret"], (*path, "secret")), text(fields["prefix"], (*path, "prefix"))
    if name.strip(NAME) or len(name) > MOST_NAME:
        message = f"`{name}` is no name for a secret: letters of lower case, digits and dashes, at most {MOST_NAME}"
        raise Wrong(message, (*path, "secret"))
    if len(prefix) < LEAST_PREFIX or not prefix.isascii() or not prefix.isprintable() or set(prefix) & set(" []"):
        message = f"`{prefix}` is no beginning of a token: {LEAST_PREFIX} letters at least, no blanks and no brackets"
        raise Wrong(message, (*path, "prefix"))
    word(fields["alphabet"], (*path, "alphabet"), tuple(ALPHABETS), what="alphabet")
    number(fields["least"], (*path, "least"), least=LEAST_LETTERS, most=MOST_LETTERS)
    for side in ("yes", "no"):
        texts(fields[side], (*path, side))
    return fields


def _tool_row(given: Json, path: Path) -> Object:
    """Read a row on tools, by their names, and what their arguments say that they do."""
    fields = _fields(given, path, TOOL_FIELDS, ("tools", "effects"))
    texts(fields["tools"], (*path, "tools"))
    for n, entry in enumerate(items(fields["effects"], (*path, "effects"))):
        _tool_entry(entry, (*path, "effects", n))
    for side in ("yes", "no"):
        for n, example in enumerate(items(fields[side], (*path, side))):
            _example(example, (*path, side, n))
    return fields


def _tool_entry(given: Json, path: Path) -> None:
    fields = named(mapping(given, path, what="an entry"), path, TOOL_ENTRY_FIELDS, synonyms={}, what="a tool's entry")
    if not fields.keys() & {"effect", "sql", "shell"}:
        message = "the entry gives nothing"
        raise Wrong(message, path, hint="give it an `effect`, or say which argument is `shell` or `sql`")
    if ("on" in fields) is not ("kind" in fields):
        message = "`on` and `kind` go together"
        raise Wrong(message, path, hint='`"on": "path", "kind": "path"`: which argument, and what it names')
    _meaning(fields, path)
    for name in ("on", "sql", "shell"):
        _texts(fields, name, path)
    where = (*path, "when")
    when = named(
        mapping(fields.get("when", {}), where, what="a condition"), where, ("value",), synonyms={}, what="a condition"
    )
    for argument, globs in mapping(when.get("value", {}), (*where, "value"), what="`value`").items():
        texts(globs, (*where, "value", argument))


def _example(given: Json, path: Path) -> None:
    fields = named(mapping(given, path, what="an example"), path, EXAMPLE_FIELDS, synonyms={}, what="an example")
    for name in EXAMPLE_FIELDS:
        if name not in fields:
            message = f"the example has no `{name}`"
            raise Wrong(message, path)
    text(fields["tool"], (*path, "tool"))
    mapping(fields["input"], (*path, "input"), what="an input")
    texts(fields["deeds"], (*path, "deeds"))


def _row(given: Json, path: Path) -> Object:
    fields = _fields(given, path, ROW_FIELDS, ("program",))
    text(fields["program"], (*path, "program"))
    _texts(fields, "also", path)
    for side in ("yes", "no"):
        for command, effects in mapping(fields[side], (*path, side), what=f"`{side}`").items():
            texts(effects, (*path, side, command))
    _reading(fields, path)
    return fields


def _reading(fields: dict[str, Json], path: Path) -> None:
    """Check what a row, or that of a subcommand, says of words and effects."""
    _texts(fields, "takes_value", path)
    for name, other in mapping(fields.get("synonyms", {}), (*path, "synonyms"), what="`synonyms`").items():
        text(other, (*path, "synonyms", name))
    for name in FLAGS:
        if name in fields:
            truth(fields[name], (*path, name))
    for n, entry in enumerate(items(fields["effects"], (*path, "effects")) if "effects" in fields else ()):
        _entry(entry, (*path, "effects", n))
    for name, row in mapping(fields.get("sub", {}), (*path, "sub"), what="`sub`").items():
        if not isinstance(row, str):
            where = (*path, "sub", name)
            _reading(
                named(mapping(row, where, what="a row"), where, READING_FIELDS, synonyms={}, what="a subcommand"), where
            )


def _entry(given: Json, path: Path) -> None:
    fields = named(mapping(given, path, what="an entry"), path, ENTRY_FIELDS, synonyms={}, what="a pack's entry")
    _meaning(fields, path)
    for name in SELECTING:
        if name in fields:
            _selectors(fields[name], (*path, name))
    if "deep" in fields and not isinstance(fields["deep"], bool):
        _condition(fields["deep"], (*path, "deep"))
    if "when" in fields:
        _condition(fields["when"], (*path, "when"))


def _meaning(fields: dict[str, Json], path: Path) -> None:
    """Check the effect of an entry, the kind of its targets, and its words."""
    if "effect" in fields:
        _effect(fields["effect"], (*path, "effect"))
    if "kind" in fields:
        word(fields["kind"], (*path, "kind"), tuple(sorted(KINDS)), what="kind")
    for name in ("default", "why"):
        if name in fields:
            text(fields[name], (*path, name))


def _effect(given: Json, path: Path) -> None:
    word(given, path, tuple(str(effect) for effect in Effect), what="effect")


def _selectors(given: Json, path: Path) -> None:
    for one in (given,) if isinstance(given, str) else texts(given, path):
        if not one.startswith(SELECTORS) or (one.startswith("operands") and sliced(one) is None):
            message = f"`{one}` is no selector"
            raise Wrong(message, path, hint=f"known are {', '.join(SELECTORS)}")


def _condition(given: Json, path: Path) -> None:
    known = tuple(sorted(CONDITIONS))
    for name, wanted in named(
        mapping(given, path, what="a condition"), path, known, synonyms={}, what="a condition"
    ).items():
        where = (*path, name)
        if name in _NUMBERS:
            number(wanted, where, least=0, most=MOST)
        elif name in _TRUTHS:
            truth(wanted, where)
        elif name in _VALUES:
            for option, globs in mapping(wanted, where, what=f"`{name}`").items():
                texts(globs, (*where, option))
        else:
            texts(wanted, where)


def _texts(fields: dict[str, Json], name: str, path: Path) -> None:
    if name in fields and not isinstance(fields[name], str):
        texts(fields[name], (*path, name))
