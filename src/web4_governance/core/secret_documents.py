"""Finds secrets by the document or the command that they stand in (docs/spec/records.md P2).

Manifests of Kubernetes, markup, PHP's constants, SQL, key files, `.netrc`, and commands that are given a password as one of
their words or from a pipe. As in `secret_finders`: plain searching, linear in the text, and nothing is looked at where what
such a document begins with does not stand at all.
"""

from __future__ import annotations

from web4_governance.core.secret_finders import (
    MAX_VALUE,
    MIN_QUOTED,
    QUOTES,
    REFERENCES,
    begins,
    finds,
    given,
    is_marker,
    line_of,
    name_of,
    run_of,
    value_end,
    value_start,
)
from web4_governance.core.secret_formats import APART, BASE64, DIGITS, PIPED, POSITIONS, VARIABLES, WORD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.secret_finders import Span

MAX_TAG = 64
MAX_MAP = 64 * 1024
OF_POSITIONS = ("login ", "onfig", ":_auth", "htpasswd", "rabbitmq", "wpa_", "wifi ")  # one of these is in each of them
DEFINED = 3
SALTS = ("_KEY", "_SALT")
LEAST_TOKEN = 20
MAX_PIPED = 512
MIN_PIPED = 4
MAX_ENTRY = 4096
LEAST_AUTH = 16
BLANKS = " \t"
NAMING = ('key="', "key='", 'name="', "name='", "<name>", "<key>")  # what says what a tag's value is
VALUED = ('value="', "value='")
VALUES = ("<value>", "<string>")
LINES = ("pass", "pass2", "secret_pass")  # of which the whole line says what they are
BESIDE = ("type", "user", "username", "host", "from")
IN_ENVIRONMENT = ("ENV ", "set -x ", "set -gx ", "set -Ux ", "setenv ")
OF_SQL = ("with password '", "encrypted password '", "identified by '", "set password = '", "set password for ")


def manifests(text: str) -> Iterator[Span]:
    """What a Kubernetes Secret holds under `data` and `stringData`, as YAML or JSON."""
    if "Secret" not in text or "ata" not in text or "kind" not in text:
        return
    if '"Secret"' in text:
        yield from _json_data(text)
    if "kind: Secret" in text or 'kind: "Secret"' in text:
        at = 0
        for document in text.split("\n---"):
            if "kind: Secret" in document or 'kind: "Secret"' in document:
                yield from _yaml_data(document, at)
            at += len(document) + len("\n---")


def _yaml_data(document: str, offset: int) -> Iterator[Span]:
    deep, at = -1, offset
    for line in document.split("\n"):
        body = line.strip()
        indent = len(line) - len(line.lstrip())
        if deep >= 0 and body and indent > deep:
            key, colon, value = body.partition(": ")
            value = (value if colon else "" if body.endswith(":") else body).strip().strip(QUOTES)
            start = at + line.rfind(value) if value else 0
            if value and value[0] not in REFERENCES + "|>" and not is_marker(value) and not key.startswith("#"):
                yield start, start + len(value), "kubernetes-secret"
        elif body:
            deep = indent if body in ("data:", "stringData:") else -1
        at += len(line) + 1


def _json_data(text: str) -> Iterator[Span]:
    for key in ('"data"', '"stringData"'):
        done = 0
        for found in finds(text, key):
            if found < done:
                continue
            at = run_of(text, found + len(key), " \t\r\n:")
            if text[at : at + 1] != "{":
                continue
            held = text[at : at + MAX_MAP].partition("}")[0]
            done = at + len(held)
            strings = list(finds(held, '"'))
            for n in range(2, len(strings) - 1, 4):  # of each pair: the two quotes of its value
                start, end = at + strings[n] + 1, at + strings[n + 1]
                if end > start and not is_marker(text[start:end]) and text[start] not in REFERENCES:
                    yield start, end, "kubernetes-secret"


def markup(text: str) -> Iterator[Span]:
    """`<password>value</password>`."""
    for at in finds(text, "</") if "</" in text else ():
        tag = text[at + 2 : at + 2 + MAX_TAG].partition(">")[0]
        name = name_of(tag.lower())
        if not name:
            continue
        start = text.rfind(">", max(0, at - MAX_VALUE), at) + 1
        value = text[start:at]
        if (
            start
            and len(value) >= MIN_QUOTED
            and "<" not in value
            and value[0] not in REFERENCES
            and not is_marker(value)
        ):
            yield start, at, name


def attributes(text: str) -> Iterator[Span]:
    """`<add key="DbPassword" value="x"/>`, `<property name="password">x1</property>`, `<name>secret</name><value>x</value>`."""
    for named in NAMING if "<" in text else ():
        for at in finds(text, named) if named in text else ():
            start, name = _tag_name(text, at, named)
            opened = text.rfind("<", max(0, at - MAX_PIPED), at) if named[-1] in QUOTES else at
            if name and opened >= 0:
                yield from _held_by(text, opened, start, name)


def _tag_name(text: str, at: int, named: str) -> tuple[int, str]:
    """Give the end of what `key="` or `<name>` says, and the secret that it is the name of."""
    start = at + len(named)
    end = text.find(named[-1] if named[-1] in QUOTES else "<", start, start + MAX_TAG)
    said = text[start:end] if end > 0 else ""
    parted = "".join(
        "_" + sign if sign.isupper() and before.islower() else sign
        for before, sign in zip(" " + said, said, strict=False)
    )
    key = parted.lower()
    return end, name_of(key) or name_of(key.replace("-", "_"))


def _held_by(text: str, opened: int, named: int, name: str) -> Iterator[Span]:
    """Give the value of a tag whose name stands in `named`: its attribute, what it encloses, or the next `<value>`."""
    close = text.find(">", named, named + MAX_VALUE)
    if close < 0:
        return
    for valued in VALUED:
        at = text.find(valued, opened, close)
        if at >= 0:
            start = at + len(valued)
            yield from _of_markup(text, start, text.find(valued[-1], start, start + MAX_VALUE), name)
            return
    start = close + 1
    if text.startswith("</", named):  # `<name>x</name>`, whose value stands in the next tag
        start = run_of(text, start, " \t\r\n")
        start = next((start + len(tag) for tag in VALUES if text.startswith(tag, start)), 0)
    elif text[close - 1] == "/" or not any(map(str.isdigit, text[start : start + MAX_TAG].partition("<")[0])):
        return  # a label has no digit
    if start:
        yield from _of_markup(text, start, text.find("<", start, start + MAX_VALUE), name)


def _of_markup(text: str, start: int, end: int, name: str) -> Iterator[Span]:
    value = text[start:end] if end > 0 else ""
    if len(value.strip()) >= MIN_QUOTED and value[0] not in REFERENCES and not is_marker(value):
        yield start, end, name


def constants(text: str) -> Iterator[Span]:
    """`define('DB_PASSWORD', 'value')`, and a variable that is set by a word behind it (`ENV API_TOKEN value`)."""
    for at in finds(text, "define(") if "define(" in text else ():
        words = text[at : at + MAX_PIPED].partition("\n")[0]
        quote = words[len("define(") : len("define(") + 1]
        parts = words.split(quote) if quote in tuple(QUOTES) else []
        if (
            len(parts) > DEFINED
            and (_names_secret(parts[1]) or parts[1].endswith(SALTS))
            and len(parts[3]) >= MIN_QUOTED
            and not is_marker(parts[3])
        ):
            start = at + sum(len(part) + 1 for part in parts[:3])
            yield start, start + len(parts[3]), _named(parts[1])
    for lead in IN_ENVIRONMENT if "ENV" in text or "set" in text else ():
        for at in finds(text, lead) if lead in text else ():
            start = at + len(lead)
            end = run_of(text, start, WORD)
            if begins(text, at) and text[end : end + 1] in (" ", "\t") and _names_secret(text[start:end]):
                yield from given(text, end, how=APART, pair=False)


def _names_secret(variable: str) -> bool:
    return bool(name_of(variable.lower())) or (variable.isupper() and variable.endswith(VARIABLES))


def _named(variable: str) -> str:
    return name_of(variable.lower()) or variable.rpartition("_")[2].lower()


def positions(text: str) -> Iterator[Span]:
    """What some commands are given as one of their words: `vault login VALUE`."""
    if not any(stem in text for stem in OF_POSITIONS):
        return
    for words, nth in POSITIONS:
        for at in finds(text, words) if words in text else ():
            if not begins(text, at):
                continue
            line, place = line_of(text, at), len(words.rstrip())
            place = _after_options(line, place)
            for _ in range(nth - 1):
                blank = run_of(line, place, BLANKS)
                place = min(
                    (line.find(sign, blank) for sign in BLANKS if line.find(sign, blank) > 0), default=len(line)
                )
                place = _after_options(line, place)
            yield from given(text, at + place, how=APART, pair=False)


def _after_options(line: str, at: int) -> int:
    """Give the place behind the options that stand there."""
    start = run_of(line, at, BLANKS)
    while line[start : start + 1] == "-" and line[start + 1 : start + 2] not in ("", " "):
        end = line.find(" ", start)
        if end < 0:
            break
        at = end
        start = run_of(line, at, BLANKS)
    return at


def piped(text: str) -> Iterator[Span]:
    """`echo user:VALUE | chpasswd`, `echo VALUE | sudo -S`: the last word of what is printed into them."""
    for taker, pair in PIPED if "|" in text else ():
        for at in finds(text, taker) if taker in text else ():
            bar = text.rfind("|", max(0, at - MAX_PIPED), at)
            before = (
                text[max(0, bar - MAX_PIPED) : bar] if bar >= 0 and not text[bar + 1 : at].strip(WORD + " \t-/") else ""
            )
            printed = before.rstrip()
            for stop in "\n;&|(":
                printed = printed.rpartition(stop)[2]
            words = printed.split()
            if len(words) < 2 or words[0].strip("$({") not in ("echo", "printf"):  # noqa: PLR2004
                continue
            word = words[-1].strip(QUOTES)
            value = word.partition(":")[2] if pair else word
            value = value.removesuffix("\\n")
            end = max(0, bar - MAX_PIPED) + before.rfind(value) + len(value)
            if len(value) >= MIN_PIPED and value[0] not in REFERENCES + "-" and not is_marker(value):
                yield end - len(value), end, "password"


def statements(text: str) -> Iterator[Span]:
    """`ALTER USER u WITH PASSWORD 'value'`, `IDENTIFIED BY 'value'`."""
    if "'" not in text:
        return
    lowered = text.lower()
    if len(lowered) != len(text) or not ("password" in lowered or "identified" in lowered):
        return
    for words in OF_SQL:
        for at in finds(lowered, words):
            start = at + len(words)
            if words[-1] != "'":
                start = text.find("= '", start, start + MAX_TAG) + 3
                if start < MIN_QUOTED:
                    continue
            close = text.find("'", start, start + MAX_VALUE)
            value = text[start:close] if close > 0 else ""
            if len(value) >= MIN_QUOTED and value[0] not in REFERENCES and not is_marker(value):
                yield start, close, "password"


def files(text: str) -> Iterator[Span]:
    """What a PuTTY key file, a `.netrc`, a connection string and Docker's configuration hold."""
    at = text.find("Private-Lines: ")
    while at >= 0:
        start = text.find("\n", at) + 1 or len(text)
        end = text.find("\nPrivate-MAC", start)
        end = end if end >= 0 else len(text)
        value = text[start:end]
        if value.strip() and not is_marker(value.strip()):
            yield start, start + len(value.rstrip()), "private-key"
        at = text.find("Private-Lines: ", end)
    if "login " in text and ("machine " in text or "default " in text):
        for at in finds(text, "password "):
            if begins(text, at) and _is_netrc(text[max(0, at - MAX_PIPED) : at].split()):
                yield from given(text, at + len("password"), how=APART, pair=False)
    for name in (";PWD=", ";Pwd=", ";pwd="):
        for at in finds(text, name) if name in text else ():
            start = at + len(name)
            end = min(
                (n for n in (text.find(sign, start, start + MAX_VALUE) for sign in ";\"'\n") if n >= 0),
                default=len(text),
            )
            if (
                MIN_QUOTED <= end - start <= MAX_ENTRY
                and text[start] not in REFERENCES + "/"
                and not is_marker(text[start:end])
            ):
                yield start, end, "password"
    for at in finds(text, '"auth"') if '"auth"' in text else ():
        start = run_of(text, at + len('"auth"'), ' \t:"')
        end = run_of(text, start, BASE64)
        value = text[start:end]
        if (
            len(value) >= LEAST_AUTH
            and text[end : end + 1] == '"'
            and not len(value) % 4
            and value not in (value.lower(), value.upper())
        ):
            yield start, end, "authorization"


def _is_netrc(words: list[str]) -> bool:
    """Say whether words end as an entry of `.netrc` does before its password."""
    if any(word.endswith((";", ",", ".")) for word in words[-4:]):
        return False
    return words[-2:-1] == ["login"] and (words[-4:-3] == ["machine"] or words[-3:-2] == ["default"])


def settings(text: str) -> Iterator[Span]:
    """A line that sets `token` or npm's `_auth` to what no program's own name is."""
    for name, sign in (("token", ":"), ("_auth", "=")):
        for at in finds(text, name + sign) if name + sign in text else ():
            start, quote = value_start(text, at + len(name), sign)
            end = value_end(text, start, quote)
            value = text[start:end]
            free = at == 0 or text[at - 1] in " \t\n:\"'"
            told = any(map(str.isdigit, value)) and any(map(str.isupper, value))
            if free and told and len(value) >= LEAST_TOKEN and "(" not in value and not is_marker(value):
                yield start, end, "token" if sign == ":" else "authorization"


def lines(text: str) -> Iterator[Span]:
    """`pass = value` beside a `type`, `user` or `host`, as in the settings of rclone and of mail programs."""
    for name in LINES if "=" in text else ():
        for at in finds(text, name) if name in text else ():
            sign = run_of(text, at + len(name), BLANKS)
            if text[sign : sign + 1] != "=" or (at and text[at - 1] != "\n"):
                continue
            start = run_of(text, sign + 1, BLANKS)
            close = text.find("\n", start, start + MAX_ENTRY)
            value = text[start : close if close >= 0 else start + MAX_ENTRY].rstrip()
            around = "\n" + text[max(0, at - MAX_PIPED) : at + len(name) + MAX_PIPED]
            beside = any(f"\n{one} =" in around or f"\n{one}=" in around for one in BESIDE)
            plain = (
                len(value) >= MIN_QUOTED
                and value[0] not in REFERENCES + QUOTES
                and not any(sign in value for sign in " ()")
            )
            if beside and plain and not is_marker(value):
                yield start, start + len(value), "password"


def numbered(text: str) -> Iterator[Span]:
    """Tokens that a number stands in front of, or behind: a Telegram bot's, a Mailchimp key."""
    for at in finds(text, ":AA") if ":AA" in text else ():
        end = run_of(text, at + 1, WORD)
        first = at
        while first and text[first - 1] in DIGITS and at - first < LEAST_AUTH:
            first -= 1
        if at - first in range(8, 11) and end - at - 1 == 35:  # noqa: PLR2004  # as the token is made
            yield first, end, "telegram-token"
    for at in finds(text, "-us") if "-us" in text else ():
        key = text[max(0, at - 32) : at]
        if len(key) == 32 and not key.strip("0123456789abcdef") and text[at + 3 : at + 4] in tuple(DIGITS):  # noqa: PLR2004
            yield at - 32, run_of(text, at + 3, WORD), "mailchimp-key"


FINDERS = (manifests, markup, attributes, constants, positions, piped, statements, files, settings, lines, numbered)
