"""Finds secrets by their shape and puts `[secret:<name>]` in their place, before anything is stored or digested.

Precise rather than complete: token formats with a prefix of their own, private key blocks, passwords in URLs, credential
headers, and assignments to names that can only mean a secret. No entropy guessing, no regular expressions: `str.find` for
what a secret begins with, then one walk over its alphabet, so the time is linear in the text whatever the text is.

Rules: text without a secret comes back as the same object; redacting twice changes nothing; nothing here raises.
"""

from __future__ import annotations

from web4_governance.core.secret_formats import (
    ALNUM,
    BASE64,
    DIGITS,
    FLAGS,
    HEADERS,
    HEX,
    JOINED,
    KEYISH,
    LOWER,
    NAMES,
    SCHEMES,
    SHORT,
    TOKENS,
    UPPER,
    VARIABLES,
    WORD,
)

__all__ = ["ALNUM", "BASE64", "DIGITS", "HEADERS", "HEX", "LOWER", "NAMES", "TOKENS", "UPPER", "redact", "redact_json"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.canonical import Json

    Span = tuple[int, int, str]
    Format = tuple[str, str, int, str, bool]

REFERENCES = "$<{%*`"
PLAIN = ("none", "null", "true", "false", "undefined", "nil")
QUOTES = "\"'`"
ENDS = " \t\r\n\"'`;,&|<>()[]{}\\"
MAX_VALUE = 4096
MAX_DEPTH = 200
WINDOW = 256
MARKER = "[secret:"
TOO_DEEP = "[secret:nested-too-deep]"
PEM_BEGIN = "-----BEGIN "
PEM_END = "-----END "
MIN_BEARER = 20
MIN_HEADER = 8
MIN_QUOTED = 3
# One of the stems is in each name, and each name ends in one of its ends.
STEMS = {
    "pass": ("password", "passwd", "passphrase", "sshpass"),
    "token": ("token",),
    "secret": ("secret",),
    "key": ("key",),
    "pwd": ("pwd",),
}
BETWEEN = " \t\\'\"`"  # what may stand between a name and its `=` or `:`
MIN_TOKEN = min(len(row[0].rpartition(" ")[2]) + row[2] for row in TOKENS)
MIN_STEM = 3
MAX_NAME = max(map(len, NAMES))
MIN_FLAG = 4
MIN_VARIABLE = 4
MAX_COMMAND = 2048
MIN_JWT_PART = 8
MAX_AUTHORITY = 1024
BRIEF = 256
MOST_CLEAN = 4096
MOST_PARTS = 256  # parts of a content that is looked up in what is known
_HARMLESS: set[str] = set()  # keys in lower case that are no secret, and no secret's name
_clean: dict[str, None] = {}  # brief texts without a secret: a process that stays meets the same words in every call


def redact(text: str) -> tuple[str, tuple[str, ...]]:
    """Put `[secret:<name>]` in the place of each secret in `text`.

    Args:
        text: Anything.

    Returns:
        The text without its secrets (the same object if it has none) and the names found, each once, in order.
    """
    if len(text) <= BRIEF and text in _clean:
        return text, ()
    spans = _merged(sorted((span for find in _FINDERS for span in find(text)), key=_order))
    if not spans:
        if len(text) <= BRIEF:
            if len(_clean) >= MOST_CLEAN:
                _clean.clear()
            _clean[text] = None
        return text, ()
    parts: list[str] = []
    at = 0
    for start, end, name in spans:
        parts += (text[at:start], f"[secret:{name}]")
        at = end
    parts.append(text[at:])
    return "".join(parts), tuple(dict.fromkeys(name for _, _, name in spans))


def is_known(value: Json) -> bool:
    """Say whether a content is small, and every word of it known to be no secret: then `redact_json` gives the same object."""
    rest: list[Json] = [value]
    for _ in range(MOST_PARTS):
        if not rest:
            return True
        part = rest.pop()
        if isinstance(part, str):
            if part not in _clean:
                return False
        elif isinstance(part, dict):
            if not _HARMLESS.issuperset(part):
                return False
            rest += part.values()
        elif isinstance(part, list):
            if not _OF_SECRETS.isdisjoint(word.lower() for word in part if isinstance(word, str)):
                return False
            rest += part
    return False


def redact_json(value: Json) -> tuple[Json, tuple[str, ...]]:
    """Redact every string of a JSON value, keys included; a string under a secret's name goes as a whole.

    Args:
        value: Any JSON value. What lies deeper than 200 levels is replaced as a whole.

    Returns:
        The value without its secrets (the same object if it has none) and the names found, each once, in order.
    """
    names: dict[str, None] = {}
    clean = _walk(value, names, 0)
    return clean, tuple(names)


def _walk(value: Json, names: dict[str, None], depth: int) -> Json:
    if depth > MAX_DEPTH:
        names["nested-too-deep"] = None
        return TOO_DEEP
    if isinstance(value, str):
        return _noted(redact(value), names)
    if isinstance(value, list):
        items = [
            _under(before, item, names) if isinstance(item, str) and before else _walk(item, names, depth + 1)
            for before, item in zip(_flags_before(value), value, strict=True)
        ]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if isinstance(value, dict):
        return _walk_object(value, names, depth)
    return value


def _flags_before(value: list[Json]) -> list[str]:
    """Give for each item of a list the name of a secret, where the one before it is an option that is given one."""
    flags = [item.lower() if isinstance(item, str) else "" for item in value]
    return ["", *("password" if flag in FLAGS else "" for flag in flags)][: len(value)]


def _walk_object(value: dict[str, Json], names: dict[str, None], depth: int) -> dict[str, Json]:
    made: dict[str, Json] = {}
    same = True
    for key, item in value.items():
        clean_key = _noted(redact(key), names)
        while clean_key in made:  # two secret keys of one name: both values are kept
            clean_key += "'"
        if isinstance(item, str):
            clean: Json = _under(key, item, names)
        else:
            _named(key.lower())  # so that it is known the next time
            clean = _walk(item, names, depth + 1)
        same = same and clean is item and clean_key is key
        made[clean_key] = clean
    return value if same else made


def _under(key: str, text: str, names: dict[str, None]) -> str:
    """Redact a string that stands under `key`: as a whole if the key is a secret's name."""
    name = _named(key.lower())
    if not name or len(text) < MIN_QUOTED or text[0] in REFERENCES or text.lower() in PLAIN or _is_marker(text):
        return _noted(redact(text), names)
    names[name] = None
    return f"[secret:{name}]"


def _named(key: str) -> str:
    """Give the secret whose name a key in lower case is, or ends in; empty where it is none's."""
    if key in _HARMLESS:
        return ""
    name = _name_of(key)
    if not name and len(key) <= BRIEF and key in _clean and len(_HARMLESS) < MOST_CLEAN:
        _HARMLESS.add(key)
    return name


def _name_of(key: str) -> str:
    for name in NAMES:
        if key == name.replace("_", ""):
            return name.replace("_", "-")
        if key.endswith(name) and (len(key) == len(name) or key[-len(name) - 1] in "_-. "):
            return name.replace("_", "-")
    return "authorization" if key in HEADERS else ""


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


def _run(text: str, start: int, alphabet: str) -> int:
    """Give the end of the run of `alphabet` that begins at `start`, in steps so that no long tail is copied."""
    while True:
        window = text[start : start + WINDOW]
        rest = window.lstrip(alphabet)
        start += len(window) - len(rest)
        if rest or not window:
            return start


def _free(text: str, at: int) -> bool:
    """Say whether a word can begin at `at`: nothing word-like before it but an escaped line end."""
    return at == 0 or text[at - 1] not in WORD or (text[at - 1] in "nrt" and text[max(at - 2, 0)] == "\\")


def _finds(text: str, needle: str) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        yield at
        at = text.find(needle, at + len(needle))


def _tokens(text: str) -> Iterator[Span]:
    for prefix, alphabet, least, name, inside in _tokens_in(text):
        at = text.find(prefix)
        while at >= 0:
            start = at + len(prefix)
            next_at = start
            if inside or _free(text, at):
                end = _run(text, start, alphabet)
                # Too short, and the beginning of another may stand in it; so few characters are read twice.
                if end - start >= least:
                    # The rest of the word goes too: what is left must not look like the start of another secret.
                    next_at = _run(text, end, WORD)
                    yield at, next_at, name
            at = text.find(prefix, next_at)


def _tokens_in(text: str) -> list[Format]:
    """Give the formats whose beginning stands in a word long enough for the shortest of them: few texts have many."""
    # What no token holds parts words too; with other alphabets the translation would cost more than it saves.
    words = text.translate(_PARTING).split() if text.isascii() else text.split()
    long = "\n".join([word for word in words if len(word) >= MIN_TOKEN])
    stems = [stem for stem in _BY_STEM if stem in long] if long else []
    return [row for stem in stems for row in _BY_STEM[stem] if _last_word(row[0]) in long]


def _last_word(prefix: str) -> str:
    return prefix.rpartition(" ")[2]


def _web_tokens(text: str) -> Iterator[Span]:
    """JSON Web Tokens: two base64url parts that begin an object, and a signature."""
    at = text.find("eyJ")
    while at >= 0:
        first = _run(text, at, WORD)
        end = first
        if first - at > MIN_JWT_PART and text.startswith(".eyJ", first):
            second = _run(text, first + 1, WORD)
            end = _run(text, second, JOINED)
            if second - first > MIN_JWT_PART:
                yield at, end, "jwt"
        at = text.find("eyJ", end)


def _key_blocks(text: str) -> Iterator[Span]:
    """PEM blocks of private keys, to their end line; to the end of the text where that was cut off."""
    at = text.find(PEM_BEGIN)
    while at >= 0:
        end = at + len(PEM_BEGIN)
        label = text[end : end + 64].partition("-----")[0]
        if "PRIVATE KEY" in label:
            last = text.find(PEM_END, end)
            close = text.find("-----", last + len(PEM_END)) if last >= 0 else -1
            end = _run(text, close + 5, WORD) if close >= 0 else len(text)
            yield at, end, "private-key"
        at = text.find(PEM_BEGIN, end)


def _url_passwords(text: str) -> Iterator[Span]:
    """The password of `scheme://user:password@host`."""
    for at in _finds(text, "://") if "@" in text else ():
        if text.find("@", at + 3, at + 3 + MAX_AUTHORITY) < 0:
            continue
        authority = text[at + 3 : at + 3 + MAX_AUTHORITY]
        for stop in "/?# \t\r\n\"'<>`\\":
            authority = authority.partition(stop)[0]
        userinfo, found, _ = authority.rpartition("@")
        # The colon of a marker that is there already parts no user from a password.
        user, colon, _ = userinfo.replace(MARKER, "[secret;").partition(":")
        password = userinfo[len(user) + 1 :]
        if found and colon and password and password[0] not in REFERENCES and not _is_marker(password):
            start = at + 3 + len(user) + 1
            yield start, start + len(password), "url-password"


def _bearers(text: str) -> Iterator[Span]:
    for word in ("Bearer ", "bearer "):
        for at in _finds(text, word):
            start = at + len(word)
            end = _run(text, start, KEYISH)
            if end - start >= MIN_BEARER:
                yield start, end, "authorization"


def _headers(text: str) -> Iterator[Span]:
    lowered = text.lower()  # asked only whether a name is there at all: lower case may be longer than the text
    for name in (name for name in HEADERS if name in lowered):
        for spelled in dict.fromkeys((name, name.title(), name.upper(), name.capitalize())):
            for at in _finds(text, spelled):
                start, quote = _value_start(text, at + len(spelled), ":")
                for scheme in SCHEMES:
                    if text[start : start + len(scheme)].lower() == scheme:
                        start += len(scheme)
                end = _value_end(text, start, quote)
                if end - start >= MIN_HEADER and text[start] not in REFERENCES and not _is_marker(text[start:end]):
                    yield start, end, "authorization"


def _variables(text: str) -> Iterator[Span]:
    """`X_TOKEN=value` in upper case, which no code writes."""
    for name in VARIABLES if "=" in text else ():
        for at in _finds(text, name + "="):
            start, quote = _value_start(text, at + len(name), "=")
            end = _value_end(text, start, quote)
            if end - start >= MIN_VARIABLE and _is_value(text, name.lower(), start, end, quote):
                yield start, end, name[1:].lower().replace("_", "-")


def _flags(text: str) -> Iterator[Span]:
    """`--password value`, and what the short options of some programs are given."""
    for flag in _flags_in(text):
        for at in _finds(text, flag):
            if _begins(text, at):
                yield from _given(text, at + len(flag), joined=False, pair=False)
    given = _options_in(text)
    for program, option, joined, pair in (row for row in SHORT if row[1] in given):
        for at in _finds(text, program + " "):
            if _begins(text, at):
                line = _line(text, at + len(program))
                for found in _finds(line, f" {option}"):
                    yield from _given(text, at + len(program) + found + 1 + len(option), joined=joined, pair=pair)


def _flags_in(text: str) -> list[str]:
    """Give the options that stand in a text at all."""
    stems = [stem for stem in _FLAG_STEMS if stem in text] if "--" in text or "pass" in text else []
    return [flag for stem in stems for flag in _FLAG_STEMS[stem] if flag in text]


def _options_in(text: str) -> set[str]:
    """Give the short options that stand in a text at all."""
    return {option for option in _OPTIONS if f" {option}" in text} if " -" in text else set()


def _begins(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] in " \t\n;|&(\"'`/"


def _line(text: str, at: int) -> str:
    """Give the rest of a command that begins there."""
    line = text[at : at + MAX_COMMAND]
    for end in "\n;|&":
        line = line.partition(end)[0]
    return line


def _given(text: str, at: int, *, joined: bool, pair: bool) -> Iterator[Span]:
    """Give the span of what an option that ends at `at` is given; of `user:password` only the password."""
    start = _run(text, at, " =")
    if start == at and not joined:
        return
    quote = text[start : start + 1] if text[start : start + 1] in tuple(QUOTES) else "0"
    start += quote != "0"
    end = _value_end(text, start, quote)
    if pair:
        user, colon, _ = text[start:end].replace(MARKER, "[secret;").partition(":" if ":" in text[start:end] else "%")
        start = start + len(user) + 1 if colon else end
    found = text[start:end]
    if (
        len(found) >= MIN_QUOTED
        and found[0] not in REFERENCES + "-"
        and found.lower() not in PLAIN
        and not _is_marker(found)
    ):
        yield start, end, "password"


def _assignments(text: str) -> Iterator[Span]:
    for name in _names_in(text):
        for spelled in dict.fromkeys((name, name.upper(), name.capitalize(), _camel(name))):
            at = text.find(spelled)
            while at >= 0:
                end = at + len(spelled)
                if spelled[0].isupper() or at == 0 or not text[at - 1].isalnum():
                    start, quote = _value_start(text, end, "=:")
                    end = max(end, _value_end(text, start, quote))
                    if _is_value(text, name, start, end, quote):
                        yield start, end, name.replace("_", "-")
                at = text.find(spelled, end)


def _names_in(text: str) -> list[str]:
    """Give the names that something is assigned to: seen without the blanks and quotes that may stand between."""
    lowered = text.lower()
    stems = [stem for stem in STEMS if stem in lowered]
    if not stems:
        return []
    bare = lowered.translate(_BETWEEN) if lowered.isascii() else _without_between(lowered)
    ends = [end + sign for stem in stems for end in STEMS[stem] for sign in "=:"]
    near = "\n".join({bare[max(at - MAX_NAME, 0) : at + len(end)] for end in ends for at in _finds(bare, end)})
    return (
        [name for name in NAMES if _is_assigned(name, near) or _is_assigned(name.replace("_", ""), near)]
        if near
        else []
    )


def _is_assigned(name: str, near: str) -> bool:
    return name + "=" in near or name + ":" in near


def _without_between(text: str) -> str:
    for sign in BETWEEN:
        text = text.replace(sign, "")
    return text


def _camel(name: str) -> str:
    """Give `clientSecret` for `client_secret`, and `_authToken` for npm's own."""
    if name == "_authtoken":
        return "_authToken"
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _value_start(text: str, at: int, separators: str) -> tuple[int, str]:
    """Give where the value assigned after a name at `at` begins, and its opening quote; (-1, "") where there is none.

    The quote is `0` for a bare value joined to its `=`, `?` for one apart from it.
    """
    if text[at : at + 1] == "\\":  # JSON within JSON
        at += 1
    if text[at : at + 1] in ("'", '"'):
        at += 1
    gap = _run(text, at, " \t")
    if text[gap : gap + 1] not in tuple(separators):
        return -1, ""
    after = _run(text, gap + 1, " \t=")
    escape = text[after : after + 1] == "\\" and text[after + 1 : after + 2] in tuple(QUOTES)
    quote = text[after + escape : after + escape + 1]
    if quote in tuple(QUOTES):
        return after + escape + 1, quote
    return after, "0" if after == at + 1 and text[gap] == "=" else "?"


def _value_end(text: str, start: int, quote: str) -> int:
    if start < 0:
        return -1
    if quote in ("0", "?"):
        return _until(text, start)
    close = text.find(quote, start, start + MAX_VALUE)
    if close < 0 or "\n" in text[start:close]:
        return start
    return max(start, close - (text[close - 1] == "\\"))


def _until(text: str, start: int) -> int:
    """Give where a bare value that begins at `start` ends."""
    while True:
        window = text[start : start + WINDOW]
        first = min((window.find(end) for end in ENDS if end in window), default=-1)
        if first >= 0 or not window:
            return start + max(first, 0)
        start += len(window)


def _is_value(text: str, name: str, start: int, end: int, quote: str) -> bool:
    """Say whether what was assigned is a secret's own text, and no reference, call, type or placeholder."""
    found = text[start:end] if start >= 0 else ""
    if not found or found[0] in REFERENCES or found.lower() in PLAIN or _is_marker(found):
        return False
    if quote == "0":
        return text[end : end + 1] not in ("(", "[") and not found.lower().endswith(name)
    if quote == "?":  # `name = bare` is code as often as configuration: only what looks like a key
        return name == "secret_access_key" and end - start >= MIN_BEARER
    return len(found) >= MIN_QUOTED


def _is_marker(text: str) -> bool:
    return text.startswith(MARKER) and text.endswith("]") and text.count("]") == 1


_FINDERS = (_tokens, _web_tokens, _key_blocks, _url_passwords, _bearers, _headers, _assignments, _variables, _flags)

_IN_TOKENS = frozenset("".join(part for row in TOKENS for part in row[:2])) - {" "}
_PARTING = {code: " " for code in range(128) if chr(code) not in _IN_TOKENS}
_BETWEEN = dict.fromkeys(map(ord, BETWEEN))
# By how they begin. The order counts only between those that begin alike.
_BY_STEM: dict[str, list[Format]] = {}
for _row in TOKENS:
    _BY_STEM.setdefault(_last_word(_row[0])[:MIN_STEM], []).append(_row)
_FLAG_STEMS = {stem: [flag for flag in FLAGS if flag.startswith(stem)] for stem in {flag[:MIN_FLAG] for flag in FLAGS}}
_OPTIONS = frozenset(row[1] for row in SHORT)
_OF_SECRETS = frozenset(FLAGS)
