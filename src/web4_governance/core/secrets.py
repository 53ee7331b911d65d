"""Finds secrets by their shape and puts `[secret:<name>]` in their place, before anything is stored or digested.

Precise rather than complete: token formats with a prefix of their own, private key blocks, passwords in URLs, credential
headers, and assignments to names that can only mean a secret. No entropy guessing, no regular expressions: `str.find` for
what a secret begins with, then one walk over its alphabet, so the time is linear in the text whatever the text is.

Rules: text without a secret comes back as the same object; redacting twice changes nothing; nothing here raises.
"""

from __future__ import annotations

from web4_governance.core import secret_documents, secret_finders
from web4_governance.core.secret_finders import (
    MARKER,
    MIN_QUOTED,
    PLAIN,
    REFERENCES,
    finds,
    is_marker,
    name_of,
    options,
    run_of,
)
from web4_governance.core.secret_formats import FLAGS, PROGRAMS, TOKENS

__all__ = ["FINDERS", "MARKER", "formed", "is_known", "redact", "redact_json", "without"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from web4_governance.core.canonical import Json
    from web4_governance.core.secret_finders import Span

    Taken = dict[str, str]  # what was taken out, and its name

FINDERS = (*secret_finders.FINDERS, *secret_documents.FINDERS)
OF_WORDS = (*secret_finders.OF_WORDS, secret_documents.numbered)  # those that find something in a word alone
MAX_DEPTH = 200
TOO_DEEP = "[secret:nested-too-deep]"
BRIEF = 256
MOST_CLEAN = 4096
MOST_TAKEN = 192  # forms of secrets that are looked for in all that one delivery brought
LEAST_STRONG = 8
STRONG = 16
SHORT_OPTION = 2
PLAIN_LETTERS = "abcdefghijklmnopqrstuvwxyz-_./ "
NO_VALUES = frozenset(PLAIN) | {"secret"}
MOST_PARTS = 256  # parts of a content that is looked up in what is known
_HARMLESS: set[str] = set()  # keys in lower case that are no secret, and no secret's name
_TEXTS = frozenset((str,))
_clean: dict[str, None] = {}  # brief texts without a secret: a process that stays meets the same words in every call


def redact(text: str, taken: Taken | None = None) -> tuple[str, tuple[str, ...]]:
    """Put `[secret:<name>]` in the place of each secret in `text`.

    Args:
        text: Anything.
        taken: Where what was taken out is put, with its name.

    Returns:
        The text without its secrets (the same object if it has none) and the names found, each once, in order.
    """
    brief = len(text) <= BRIEF
    if brief and text in _clean:
        return text, ()
    finders = OF_WORDS if brief and _is_word(text) else FINDERS
    found = sorted([span for find in finders for span in find(text)], key=_order)
    spans = _merged(found)
    if not spans:
        if brief:
            if len(_clean) >= MOST_CLEAN:
                _clean.clear()
            _clean[text] = None
        return text, ()
    if taken is not None:
        for start, end, name in (*spans, *found):
            _take(text[start:end], name, taken)
    parts: list[str] = []
    at = 0
    for start, end, name in spans:
        parts += (text[at:start], f"[secret:{name}]")
        at = end
    parts.append(text[at:])
    return "".join(parts), tuple(dict.fromkeys(name for _, _, name in spans))


def _is_word(text: str) -> bool:
    """Say whether a text is one word of letters and digits, as ids are: in it nothing is set, given or quoted."""
    return text.replace("_", "").replace("-", "").isalnum() and "--" not in text and "pass" not in text.lower()


def _take(value: str, name: str, taken: Taken) -> None:
    """Keep what was taken out: as it stood, as a host's name would have it, and without what each of its kind begins with."""
    if len(taken) >= MOST_TAKEN:
        return
    forms = [value, value.lower()]
    _, sign, given = value.partition("=")  # of a cookie
    if sign and is_strong(given):
        forms.append(given)
    for prefix, *_ in TOKENS:
        if value.startswith(prefix) and len(value) - len(prefix) >= LEAST_STRONG:
            forms.append(value[len(prefix) :])
    for form in forms:
        if len(form) >= MIN_QUOTED and form not in NO_VALUES and not form.startswith(MARKER):
            taken.setdefault(form, name)


def formed(value: Json, formats: Iterable[tuple[str, str, int, str]], taken: Taken) -> None:
    """Put the tokens of some formats that stand in a JSON value, keys included, to what is taken out.

    Args:
        value: Any JSON value.
        formats: What a token begins with, the letters behind that, the least number of them, and the secret's name.
        taken: Where they are put, with their names.
    """
    rest: list[Json] = [value]
    while rest:
        part = rest.pop()
        if isinstance(part, str):
            for prefix, alphabet, least, name in formats:
                for at in finds(part, prefix) if prefix in part else ():
                    end = run_of(part, at + len(prefix), alphabet)
                    if end - at - len(prefix) >= least:
                        _take(part[at:end], name, taken)
        elif isinstance(part, dict):
            rest += [*part, *part.values()]
        elif isinstance(part, list):
            rest += part


def is_strong(value: str) -> bool:
    """Say whether a value is so much one of its own that it means the same wherever it stands, within a word too."""
    if len(value) < LEAST_STRONG:
        return False
    return len(value) >= STRONG or (not value.isalpha() and any(map(str.isalnum, value)) and not _is_plain(value))


def _is_plain(value: str) -> bool:
    """Say whether a value is words of lower case, and what joins them."""
    return not value.strip(PLAIN_LETTERS)


def without(value: Json, taken: Taken) -> tuple[Json, tuple[str, ...]]:
    """Take what is known to be a secret out of a JSON value, wherever in it that stands.

    What could be a word like others is taken out only where it stands alone: as a whole text, as the last part of a path,
    or as what an option is given.

    Returns:
        The value (the same object if none stands in it) and the names, each once.
    """
    names: dict[str, None] = {}
    strong = sorted(filter(is_strong, taken), key=len, reverse=True)
    weak = [one for one in taken if not is_strong(one)]
    return _without(value, strong, weak, taken, names, first=False), tuple(names)


def _without(
    value: Json, strong: list[str], weak: list[str], taken: Taken, names: dict[str, None], *, first: bool
) -> Json:
    if isinstance(value, str):
        return _text_without(value, strong, () if first else weak, taken, names)
    if isinstance(value, list):
        items = [_without(item, strong, weak, taken, names, first=n == 0) for n, item in enumerate(value)]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if isinstance(value, dict):
        made: dict[str, Json] = {}
        same = True
        for key, item in value.items():
            clean_key = _text_without(key, strong, (), taken, names)
            while clean_key in made:
                clean_key += "'"
            made[clean_key] = _without(item, strong, weak, taken, names, first=False)
            same = same and clean_key is key and made[clean_key] is item
        return value if same else made
    return value


def _text_without(text: str, strong: Iterable[str], weak: Iterable[str], taken: Taken, names: dict[str, None]) -> str:
    for one in strong:
        if one in text:
            names[taken[one]] = None
            text = text.replace(one, f"[secret:{taken[one]}]")
    for one in weak:
        if text.endswith(one) and _stands_alone(text[: len(text) - len(one)]):
            names[taken[one]] = None
            text = f"{text[: len(text) - len(one)]}[secret:{taken[one]}]"
    return text


def _stands_alone(before: str) -> bool:
    """Say whether what stands before a word ends a path's directory, or is an option that is given it."""
    if not before or before[-1] == "/":
        return True
    return before[0] == "-" and (len(before) == SHORT_OPTION or (before[:2] == "--" and before[-1] == "="))


def is_known(value: Json) -> bool:
    """Say whether a content is small, and every word of it known to be no secret: then `redact_json` gives the same object."""
    if type(value) is str:
        return value in _clean
    rest: list[Json] = [value]
    room = MOST_PARTS
    while rest:
        part = rest.pop()
        items: Collection[Json] = ()
        if isinstance(part, str):
            if part not in _clean:
                return False
        elif isinstance(part, dict):
            if not _HARMLESS.issuperset(part):
                return False
            items = part.values()
        elif isinstance(part, list):
            if _speaks_of_secrets([word for word in part if isinstance(word, str)]):
                return False
            items = part
        room -= len(items)
        if room < 0:
            return False
        if not _TEXTS.issuperset(map(type, items)):
            rest += items
        elif not all(map(_clean.__contains__, items)):
            return False
    return True


def redact_json(value: Json, taken: Taken | None = None) -> tuple[Json, tuple[str, ...]]:
    """Redact every string of a JSON value, keys included; a string under a secret's name goes as a whole.

    Args:
        value: Any JSON value. What lies deeper than 200 levels is replaced as a whole.
        taken: Where what was taken out is put, with its name.

    Returns:
        The value without its secrets (the same object if it has none) and the names found, each once, in order.
    """
    names: dict[str, None] = {}
    clean = _walk(value, names, {} if taken is None else taken, 0)
    return clean, tuple(names)


def _walk(value: Json, names: dict[str, None], taken: Taken, depth: int) -> Json:
    if depth > MAX_DEPTH:
        names["nested-too-deep"] = None
        return TOO_DEEP
    if isinstance(value, str):
        return _noted(redact(value, taken), names)
    if isinstance(value, list):
        given = _words(value, names, taken)
        items = [_walk(item, names, taken, depth + 1) for item in given]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if isinstance(value, dict):
        return _walk_object(value, names, taken, depth)
    return value


def _words(value: list[Json], names: dict[str, None], taken: Taken) -> list[Json]:
    """Read a list of words as the command that it may be: what an option is given goes with what stands behind it."""
    words = [item for item in value if isinstance(item, str)]
    if len(words) != len(value) or not _speaks_of_secrets(words):
        return value
    line = " ".join(words)
    given: list[Json] = [*value]
    ends, end = [], -1
    for item in words:
        end += len(item) + 1
        ends.append(end)
    for start, _, name in _merged(sorted((*options(line), *secret_documents.positions(line)), key=_order)):
        n = next(n for n, end in enumerate(ends) if start < end)
        held = words[n]
        at = max(0, start - (ends[n] - len(held)))
        if held == given[n] and not is_marker(held[at:]):
            _take(held[at:], name, taken)
            names[name] = None
            given[n] = f"{held[:at]}[secret:{name}]"
    return given


def _speaks_of_secrets(words: Iterable[str]) -> bool:
    """Say whether one of some words is an option that is given a secret, or a program that has one."""
    return not _OF_SECRETS.isdisjoint([word.rpartition("/")[2].lower() for word in words if len(word) <= BRIEF])


def _walk_object(value: dict[str, Json], names: dict[str, None], taken: Taken, depth: int) -> dict[str, Json]:
    made: dict[str, Json] = {}
    same = True
    for key, item in value.items():
        clean_key = _noted(redact(key, taken), names)
        while clean_key in made:  # two secret keys of one name: both values are kept
            clean_key += "'"
        if isinstance(item, str):
            clean: Json = _under(key, item, names, taken)
        else:
            _named(key.lower())  # so that it is known the next time
            clean = _walk(item, names, taken, depth + 1)
        same = same and clean is item and clean_key is key
        made[clean_key] = clean
    return value if same else made


def _under(key: str, text: str, names: dict[str, None], taken: Taken) -> str:
    """Redact a string that stands under `key`: as a whole if the key is a secret's name."""
    name = _named(key.lower())
    if not name or len(text) < MIN_QUOTED or text[0] in REFERENCES or text.lower() in PLAIN or is_marker(text):
        return _noted(redact(text, taken), names)
    _take(text, name, taken)
    names[name] = None
    return f"[secret:{name}]"


def _named(key: str) -> str:
    """Give the secret whose name a key in lower case is, or ends in; empty where it is none's."""
    if key in _HARMLESS:
        return ""
    name = name_of(key)
    if not name and len(key) <= BRIEF and key in _clean and len(_HARMLESS) < MOST_CLEAN:
        _HARMLESS.add(key)
    return name


def _noted(found: tuple[str, tuple[str, ...]], names: dict[str, None]) -> str:
    text, new = found
    names.update(dict.fromkeys(new))
    return text


def _order(span: Span) -> tuple[int, int]:
    """By where it begins; of two names for one place the longer says more (`secret-access-key`, `access-key`)."""
    return span[0], -len(span[2])


def _merged(spans: list[Span]) -> list[Span]:
    """Join spans that overlap; the one that begins first gives the name."""
    merged: list[Span] = []
    for start, end, name in spans:
        if merged and start < merged[-1][1]:
            first, last, kept = merged[-1]
            merged[-1] = (first, max(last, end), kept)
        else:
            merged.append((start, end, name))
    return merged


_OF_SECRETS = frozenset(FLAGS) | PROGRAMS
