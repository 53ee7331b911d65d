"""Finds where secrets stand in a text, each kind by a finder of its own (docs/spec/records.md P2).

`str.find` for what a secret begins with, then one walk over its alphabet, so the time is linear in the text whatever it is.
A finder gives spans: where a secret begins, where it ends, and its name. What is done with them is `secrets`'.
"""

from __future__ import annotations

from web4_governance.core.secret_formats import (
    APART,
    FLAGS,
    HEADERS,
    JOINED,
    JOINED_TO,
    KEYISH,
    NAMES,
    SCHEMES,
    SHORT,
    SPOKEN,
    TOKENS,
    VARIABLES,
    WHOLE,
    WORD,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    Span = tuple[int, int, str]
    Format = tuple[str, str, int, str, bool]

REFERENCES = "$<{%*`"
PLAIN = ("none", "null", "true", "false", "undefined", "nil")
QUOTES = "\"'`"
ENDS = " \t\r\n\"'`;,&|<>()[]{}\\"
MAX_VALUE = 4096
WINDOW = 256
MARKER = "[secret:"
PEM_BEGIN = "-----BEGIN "
PEM_END = "-----END "
MIN_BEARER = 20
MIN_HEADER = 8
MIN_QUOTED = 3
SHORT_SECRETS = ("password", "passwd", "passphrase", "connection_password")
LEAST_SET = 6
LEAST_KEY = 16
LEAST_BARE = 32
LEAST_DIGITS = 3
# One of the stems is in each name, and each name ends in one of its ends.
STEMS = {
    "pass": ("password", "passwd", "passphrase", "sshpass", "become_pass", "becomepass"),
    "token": ("token",),
    "secret": ("secret",),
    "key": ("key", "key_base", "keybase", "key-data", "keydata"),
    "pwd": ("pwd",),
}
BETWEEN = " \t\\'\"`]"  # what may stand between a name and its `=` or `:`
MIN_TOKEN = min(len(row[0].rpartition(" ")[2]) + row[2] for row in TOKENS)
OF_HEADERS = ("authorization", "key", "-token", "cookie")  # one of these is in each header's name
CUT_BEHIND = ('_"', "_'", '-"', "-'")  # what a token begins with ends so, where its rest stands in quotes of its own
MIN_STEM = 3
FEW_GRAMS = 256  # characters of words, up to which it is quicker to look each three up than to look for each stem
MAX_NAME = max(map(len, NAMES))
MIN_FLAG = 4
MIN_VARIABLE = 4
MAX_COMMAND = 2048
MIN_JWT_PART = 8
MAX_AUTHORITY = 1024


def run_of(text: str, start: int, alphabet: str) -> int:
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


def finds(text: str, needle: str) -> Iterator[int]:
    """Give where `needle` stands, one behind the other."""
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
                if inside and text[start : start + 1] in tuple(
                    QUOTES
                ):  # `ghp_""abc`, `sk_live_"abc"`: one word to the shell
                    start = run_of(text, start, QUOTES)
                end = run_of(text, start, alphabet)
                # Too short, and the beginning of another may stand in it; so few characters are read twice.
                if end - start >= least:
                    # The rest of the word goes too: what is left must not look like the start of another secret.
                    next_at = run_of(text, end, WORD)
                    yield at, next_at, name
            at = text.find(prefix, next_at)


def _tokens_in(text: str) -> list[Format]:
    """Give the formats whose beginning stands in a word long enough for the shortest of them: few texts have many."""
    # What no token holds parts words too; with other alphabets the translation would cost more than it saves.
    if any(sign in text for sign in CUT_BEHIND):
        text = text.translate(_QUOTELESS)
    words = text.translate(_PARTING).split() if text.isascii() else text.split()
    long = "\n".join([word for word in words if len(word) >= MIN_TOKEN])
    if len(long) < FEW_GRAMS and _STEMS.isdisjoint(map("".join, zip(long, long[1:], long[2:]))):  # noqa: B905  # to the shortest
        stems = [stem for stem in _SHORTER if stem in long] if long else []
    else:
        stems = [stem for stem in _BY_STEM if stem in long]
    return [row for stem in stems for row in _BY_STEM[stem] if _last_word(row[0]) in long]


def _last_word(prefix: str) -> str:
    return prefix.rpartition(" ")[2]


def _web_tokens(text: str) -> Iterator[Span]:
    """JSON Web Tokens: two base64url parts that begin an object, and a signature."""
    at = text.find("eyJ")
    while at >= 0:
        first = run_of(text, at, WORD)
        end = first
        if first - at > MIN_JWT_PART and text.startswith(".eyJ", first):
            second = run_of(text, first + 1, WORD)
            end = run_of(text, second, JOINED)
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
            end = run_of(text, close + 5, WORD) if close >= 0 else len(text)
            yield at, end, "private-key"
        at = text.find(PEM_BEGIN, end)


def _url_passwords(text: str) -> Iterator[Span]:
    """The password of `scheme://user:password@host`."""
    for at in finds(text, "://") if "@" in text else ():
        if text.find("@", at + 3, at + 3 + MAX_AUTHORITY) < 0:
            continue
        authority = text[at + 3 : at + 3 + MAX_AUTHORITY]
        for stop in "/?# \t\r\n\"'<>`\\":
            authority = authority.partition(stop)[0]
        userinfo, found, _ = authority.rpartition("@")
        # The colon of a marker that is there already parts no user from a password.
        user, colon, _ = userinfo.replace(MARKER, "[secret;").partition(":")
        password = userinfo[len(user) + 1 :]
        if found and colon and password and password[0] not in REFERENCES and not is_marker(password):
            start = at + 3 + len(user) + 1
            yield start, start + len(password), "url-password"


def _bearers(text: str) -> Iterator[Span]:
    for word in ("Bearer ", "bearer "):
        for at in finds(text, word):
            start = at + len(word)
            end = run_of(text, start, KEYISH)
            if end - start >= MIN_BEARER:
                yield start, end, "authorization"


def _headers(text: str) -> Iterator[Span]:
    lowered = text.lower()  # asked only whether a name is there at all: lower case may be longer than the text
    near = [stem for stem in OF_HEADERS if stem in lowered]
    for name in (name for name in HEADERS if any(stem in name for stem in near) and name in lowered):
        for spelled in dict.fromkeys((name, name.title(), name.upper(), name.capitalize())):
            for at in finds(text, spelled):
                start, quote = value_start(text, at + len(spelled), ":")
                for scheme in SCHEMES:
                    if text[start : start + len(scheme)].lower() == scheme:
                        start += len(scheme)
                end = value_end(text, start, quote)
                if end - start >= MIN_HEADER and text[start] not in REFERENCES and _is_header(name, text[start:end]):
                    yield start, end, "authorization"


def _is_header(name: str, value: str) -> bool:
    """Say whether a header's value is one: no marker, no property of code, and of a cookie one that sets something."""
    if is_marker(value) or is_marker(value.partition("=")[2]):
        return False
    if name in ("cookie", "set-cookie"):
        return "=" in value
    return name != "apikey" or any(map(str.isdigit, value)) or not all(part.isidentifier() for part in value.split("."))


def _variables(text: str) -> Iterator[Span]:
    """`X_TOKEN=value` in upper case, which no code writes."""
    for name in VARIABLES if "=" in text else ():
        for at in finds(text, name + "="):
            start, quote = value_start(text, at + len(name), "=")
            end = value_end(text, start, quote)
            if end - start >= MIN_VARIABLE and _is_value(text, name.lower(), start, end, quote):
                yield start, end, name[1:].lower().replace("_", "-")
    for name in WHOLE if "=" in text else ():
        for at in finds(text, name):
            if _free(text, at) and text[at - 1 : at] != "$":
                start, quote = value_start(text, at + len(name) - 1, "=")
                end = value_end(text, start, quote)
                lower, has_digit = name[:-1].lower(), any(map(str.isdigit, text[start:end]))
                if end - start >= MIN_HEADER and has_digit and _is_value(text, lower, start, end, quote):
                    yield start, end, lower


def _told(text: str) -> Iterator[Span]:
    """`the password is S3cret-9`, as a person tells it: no word of a language has letters and digits."""
    for words, least in SPOKEN if " is " in text else ():
        for at in finds(text, words):
            start = run_of(text, at + len(words), QUOTES)
            end = _until(text, start)
            end -= text[start:end].endswith(".")
            found = text[start:end]
            mixed = any(map(str.isdigit, found)) and any(map(str.isalpha, found))
            if end - start >= least and mixed and found[0] not in REFERENCES and not is_marker(found):
                yield start, end, words.partition(" is")[0].lower().replace(" ", "-")


def options(text: str) -> Iterator[Span]:
    """`--password value`, and what the short options of some programs are given."""
    for flag in _flags_in(text):
        for at in finds(text, flag):
            if begins(text, at):
                yield from given(text, at + len(flag), how=APART, pair=False)
    there = _options_in(text)
    for program, option, how, pair in (row for row in SHORT if row[1] in there):
        for at in finds(text, program + " "):
            if begins(text, at):
                line = line_of(text, at + len(program))
                for found in finds(line, f" {option}"):
                    yield from given(text, at + len(program) + found + 1 + len(option), how=how, pair=pair)


def _flags_in(text: str) -> list[str]:
    """Give the options that stand in a text at all."""
    stems = [stem for stem in _FLAG_STEMS if stem in text] if "--" in text or "pass" in text else []
    return [flag for stem in stems for flag in _FLAG_STEMS[stem] if flag in text]


def _options_in(text: str) -> set[str]:
    """Give the short options that stand in a text at all."""
    return {option for option, there in _OPTIONS if there in text} if " -" in text else set()


def begins(text: str, at: int) -> bool:
    """Say whether a command, or a word of one, can begin there."""
    return at == 0 or text[at - 1] in " \t\n;|&(\"'`/"


def line_of(text: str, at: int) -> str:
    """Give the rest of a command that begins there."""
    line = text[at : at + MAX_COMMAND]
    for end in "\n;|&":
        line = line.partition(end)[0]
    return line


def given(text: str, at: int, *, how: str, pair: bool) -> Iterator[Span]:
    """Give the span of what an option that ends at `at` is given; of `user:password` only the password."""
    start = run_of(text, at, " =")
    if how == (APART if start == at else JOINED_TO):
        return
    quote = text[start : start + 1] if text[start : start + 1] in tuple(QUOTES) else "0"
    start += quote != "0"
    end = value_end(text, start, quote)
    if pair:
        user, colon, _ = text[start:end].replace(MARKER, "[secret;").partition(":" if ":" in text[start:end] else "%")
        start = start + len(user) + 1 if colon else end
    found = text[start:end]
    if (
        len(found) >= MIN_QUOTED
        and found[0] not in REFERENCES + "-"
        and found.lower() not in PLAIN
        and not is_marker(found)
    ):
        yield start, end, "password"


def _assignments(text: str) -> Iterator[Span]:
    for name in _names_in(text):
        camel = _camel(name)
        for spelled in dict.fromkeys((name, name.upper(), name.capitalize(), camel, camel[0].upper() + camel[1:])):
            at = text.find(spelled)
            while at >= 0:
                end = at + len(spelled)
                if spelled[0].isupper() or at == 0 or not text[at - 1].isalnum():
                    start, quote = value_start(text, end, "=:")
                    end = max(end, value_end(text, start, quote))
                    if _is_value(text, name, start, end, quote) or (
                        quote == "?" and is_set(text, name, at, start, end)
                    ):
                        yield start, end, name.strip("_").replace("_", "-")
                at = text.find(spelled, end)


def _names_in(text: str) -> list[str]:
    """Give the names that something is assigned to: seen without the blanks and quotes that may stand between."""
    lowered = text.lower()
    stems = [stem for stem in STEMS if stem in lowered]
    if not stems:
        return []
    bare = lowered.translate(_BETWEEN) if lowered.isascii() else _without_between(lowered)
    ends = [end + sign for stem in stems for end in STEMS[stem] for sign in "=:"]
    near = "\n".join({bare[max(at - MAX_NAME, 0) : at + len(end)] for end in ends for at in finds(bare, end)})
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


def value_start(text: str, at: int, separators: str) -> tuple[int, str]:
    """Give where the value assigned after a name at `at` begins, and its opening quote; (-1, "") where there is none.

    The quote is `0` for a bare value joined to its `=`, `?` for one apart from it.
    """
    if text[at : at + 1] == "\\":  # JSON within JSON
        at += 1
    if text[at : at + 1] in ("'", '"'):
        at += 1
        bracket = text[at : at + 1] == "]"  # `environ['X'] = 'value'`
        at += bracket
    else:
        bracket = False
    gap = run_of(text, at, " \t")
    if text[gap : gap + 1] not in tuple(separators):
        return -1, ""
    after = run_of(text, gap + 1, " \t=")
    escape = text[after : after + 1] == "\\" and text[after + 1 : after + 2] in tuple(QUOTES)
    quote = text[after + escape : after + escape + 1]
    if quote in tuple(QUOTES):
        return after + escape + 1, quote
    if bracket:
        return -1, ""
    return after, "0" if after == at + 1 and text[gap] == "=" else "?"


def value_end(text: str, start: int, quote: str) -> int:
    """Give where a value ends that begins at `start`, in the quote that `value_start` gave."""
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
    if not found or found[0] in REFERENCES or found.lower() in PLAIN or is_marker(found):
        return False
    if quote == "0":
        return text[end : end + 1] not in ("(", "[") and not found.lower().endswith(name)
    if quote == "?":  # `name = bare` is code as often as configuration: only what looks like a key
        return name == "secret_access_key" and end - start >= MIN_BEARER
    return len(found) >= MIN_QUOTED


def is_set(text: str, name: str, at: int, start: int, end: int) -> bool:
    """Say whether a line of configuration sets a name to a bare value: `password: S3cret1`, `PrivateKey = …`.

    The name begins the line (behind indentation, a dash, a line's number), the value ends it, and is no name or type of code:
    it has letters and digits, or signs that no name has.
    """
    if not _ends_line(text, end) or not _begins_line(text, at):
        return False
    found = text[start:end]
    least = LEAST_SET if name in SHORT_SECRETS else LEAST_KEY
    signs = any(sign in found for sign in "!@#$%^&*+?=~/")
    mixed = any(map(str.isdigit, found)) and any(map(str.isalpha, found))
    if len(found) < least or not (mixed or signs) or found[0] in "/.~-" or "://" in found:
        return False
    if all(part.isidentifier() for part in found.split(".")):
        lowered = found.lower()
        if "." in found or (found[0].isupper() and any(stem in lowered for stem in STEMS)):
            return False
        if name not in SHORT_SECRETS:
            return len(found) >= LEAST_BARE and "_" not in found and sum(map(str.isdigit, found)) >= LEAST_DIGITS
        if text[max(0, start - 2) : start].strip() == "=":  # a variable as often as not
            return not found.islower() and not found[-1].isdigit()
    return True


def _ends_line(text: str, end: int) -> bool:
    rest = text[end : end + 2]
    return not rest or rest[0] in "\r\n" or rest in (" #", "\\n", "\\r")


def _begins_line(text: str, at: int) -> bool:
    first = max(text.rfind("\n", max(0, at - WINDOW), at) + 1, at - WINDOW, 0)
    before = text[first:at].replace("→", " ").replace("\\n", "\n").rpartition("\n")[2]
    words = before.split()
    while words and (words[0].isdigit() or words[0] in ("-", '"', "'")):
        words.pop(0)
    return not words or (len(words) == 1 and not before[-1].isspace() and not words[0].strip(WORD + ".\"'"))


def name_of(key: str) -> str:
    """Give the name of the secret that a key in lower case is, or ends in; empty where it is none's."""
    for name in NAMES:
        if key == name.replace("_", ""):
            return name.strip("_").replace("_", "-")
        if key.endswith(name) and (len(key) == len(name) or key[-len(name) - 1] in "_-. "):
            return name.strip("_").replace("_", "-")
    return "authorization" if key in HEADERS else ""


def is_marker(text: str) -> bool:
    """Say whether a text is what stands for a secret that was taken out."""
    return text.startswith(MARKER) and text.endswith("]") and text.count("]") == 1


FINDERS = (
    _tokens,
    _web_tokens,
    _key_blocks,
    _url_passwords,
    _bearers,
    _headers,
    _assignments,
    _variables,
    _told,
    options,
)
OF_WORDS = (_tokens, _web_tokens)  # which need nothing around a word

_IN_TOKENS = frozenset("".join(part for row in TOKENS for part in row[:2])) - {" "}
_PARTING = {code: " " for code in range(128) if chr(code) not in _IN_TOKENS}
_QUOTELESS = dict.fromkeys(map(ord, QUOTES))  # a word may be put together of quoted ones
_BETWEEN = dict.fromkeys(map(ord, BETWEEN))
# By how they begin. The order counts only between those that begin alike.
_BY_STEM: dict[str, list[Format]] = {}
for _row in TOKENS:
    _BY_STEM.setdefault(_last_word(_row[0])[:MIN_STEM], []).append(_row)
_STEMS = frozenset(stem for stem in _BY_STEM if len(stem) == MIN_STEM)  # three characters
_SHORTER = [stem for stem in _BY_STEM if len(stem) < MIN_STEM]
_FLAG_STEMS = {stem: [flag for flag in FLAGS if flag.startswith(stem)] for stem in {flag[:MIN_FLAG] for flag in FLAGS}}
_OPTIONS = tuple((option, f" {option}") for option in dict.fromkeys(row[1] for row in SHORT))
