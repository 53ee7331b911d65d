"""Reads what an argument in code comes to, where its words tell: literals, joined parts, the home, a name given one before.

No interpreter: what is not one of these few forms is unknown. Bounded in depth, in parts and in what is looked through for
a name, so that no code costs much more than its length.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names
from web4_governance.core.effects.places import UNKNOWN_PART
from web4_governance.core.shell.decoding import decoded

MAX_DEPTH = 12
FORMATTING = (".format(", ".join(")
MAX_PARTS = 64
MAX_SEEN = 2_000
BLANK = " \t\n\r"
QUOTES = "\"'`"
PREFIXES = ("r", "R", "b", "B", "u", "U", "f", "F", "rb", "br", "Rb", "rB", "fr", "rf")
NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$@")
JOINING = "+/"
BACKWARDS = "[::-1]"
# Calls that give what they are given, as far as its name goes.
SAME = names(
    "os.path.expanduser( os.path.abspath( os.path.realpath( os.path.normpath( os.fspath( Path( pathlib.Path( PosixPath( "
    "path.resolve( path.normalize( File.expand_path( Pathname.new( Pathname( URI( URI.parse( URL( urllib.request.Request( "
    "Request( str( String( bytes( shlex.split( File.join( os.path.join( path.join("
)
BASE64, HEX = ("base64", "-d"), ("xxd", "-r", "-p")
# Calls that give a text which was spelled otherwise; `Buffer.from` says how in its second argument.
DECODING: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        sorted(
            names(
                "base64.b64decode( base64.urlsafe_b64decode( base64.standard_b64decode( base64.decodebytes( b64decode( "
                "binascii.a2b_base64( Base64.decode64( Base64.urlsafe_decode64( Base64.strict_decode64( atob( base64_decode( "
                "decode_base64("
            )
        ),
        BASE64,
    ),
    **dict.fromkeys(
        sorted(names("bytes.fromhex( bytearray.fromhex( binascii.unhexlify( binascii.a2b_hex( hex2bin(")), HEX
    ),
    "Buffer.from(": (),
}
SEPARATORS = (
    "os.path.sep", "os.sep", "path.sep", "File::SEPARATOR", "File::Separator", "DIRECTORY_SEPARATOR", "path.posix.sep",
)  # fmt: skip  # one name a line says no more
JOINS = ("join(", "Path(", "resolve(")
HOMES = names(
    "os.path.expanduser('~') os.environ['HOME'] os.environ[\"HOME\"] os.getenv('HOME') os.getenv(\"HOME\") "
    "process.env.HOME os.homedir() require('os').homedir() require(\"os\").homedir() Path.home() pathlib.Path.home() "
    "getenv('HOME') getenv(\"HOME\") $_SERVER['HOME'] $_SERVER[\"HOME\"] $_ENV['HOME'] $_ENV[\"HOME\"] "
    "Dir.home ENV['HOME'] ENV[\"HOME\"] $ENV{HOME} Deno.env.get('HOME') Deno.env.get(\"HOME\")"
)
KNOWN = {**dict.fromkeys(sorted(HOMES), "~"), **dict.fromkeys(SEPARATORS, "/")}
TAILS = names(
    ".expanduser() .resolve() .absolute() .strip() .decode() .encode() .toString() .split() .format() .trim()"
)


# The signs before a name that is put into a text between double quotes.
FILLING = {"perl": ("$", "@"), "php": ("$",)}
HOME_IN = ("$ENV{HOME}", "{$_SERVER['HOME']}", "{$_ENV['HOME']}", "$_SERVER[HOME]", "$_ENV[HOME]")
MORE_PATHS = ("Pathname.new(", "Pathname(")


class Reader:
    """One piece of code, and where in it is looked."""

    __slots__ = ("code", "depth", "fills", "known", "spelled")

    def __init__(self, code: str, language: str = "") -> None:
        self.code = code
        self.fills = FILLING.get(language, ())
        self.depth = 0
        self.spelled = False  # something in it was decoded
        self.known: dict[str, str | None] = {}

    def at(self, place: int) -> tuple[str | None, int]:
        """Give what stands at a place, None where that is not known, and where it ends."""
        self.depth += 1
        try:
            return self._joined(self._past(place)) if self.depth <= MAX_DEPTH else (None, place)
        finally:
            self.depth -= 1

    def receiver(self, before: int) -> str | None:
        """Give the path whose method is called before a place: `Path('x')`, `(Path.home() / 'x')`, or a name of one."""
        if self.code[before - 1 : before] != ")":
            start = before
            while start > 0 and self.code[start - 1] in NAME:
                start -= 1
            return self._value_of(self.code[start:before])
        opening = self._opening(before - 1)
        if opening >= 0 and self.code[opening - 1 : opening] not in tuple(NAME):
            return self.at(opening + 1)[0]
        start = max(self.code.rfind(name, max(0, before - 200), before) for name in ("Path(", *MORE_PATHS))
        value, end = self._term(start) if start >= 0 else (None, 0)
        return value if end >= before else None

    def _opening(self, close: int) -> int:
        """Give where the bracket opens that closes at a place; -1 where it does not."""
        depth = 0
        for at in range(close, -1, -1):
            depth += (self.code[at] == ")") - (self.code[at] == "(")
            if depth == 0:
                return at
        return -1

    def _joined(self, place: int) -> tuple[str | None, int]:
        value, end = self._term(place)
        parts = 0
        while value is not None:
            parts += 1
            sign = self._past(end)
            if self.code.startswith("%", sign) and "%s" in value:
                value, end = self._percent(value, sign + 1)
                continue
            if self.code[sign : sign + 1] not in tuple(JOINING) or self.code.startswith(("//", "+="), sign):
                break
            more, end = self._term(self._past(sign + 1))
            slash = "/" if self.code[sign] == "/" and not value.endswith("/") else ""
            value = None if more is None or parts > MAX_PARTS else value + slash + more
        if value is not None and self.code[self._past(end) : self._past(end) + 1] in ("%", ".", "+"):
            return None, end
        return value, end

    def _term(self, place: int) -> tuple[str | None, int]:
        for name, given in KNOWN.items():
            if self.code.startswith(name, place):
                return given, place + len(name)
        for call in SAME:
            if self.code.startswith(call, place):
                return self._called(place + len(call), joins=call.endswith(JOINS))
        for call, argv in DECODING.items():
            if self.code.startswith(call, place):
                return self._decoded(place + len(call), argv)
        literal, end = self._text(place)
        if literal is not None and self.code.startswith(FORMATTING, end):
            literal, end = self._formatted(literal, end)
        while literal is not None:
            tail = next((tail for tail in TAILS if self.code.startswith(tail, end)), "")
            if not tail:
                break
            end += len(tail)
        if literal is not None and self.code.startswith(BACKWARDS, end):
            return literal[::-1], end + len(BACKWARDS)
        return literal, end

    def _text(self, place: int) -> tuple[str | None, int]:
        """Read a literal, with what is put into it, or a name of one."""
        literal, end = literal_at(self.code, place)
        if literal is None:
            return (self._put_in(place, end), end) if end > place else self._named(place)
        if self.fills and self.code[end - 1] == '"':
            filled = self.filled(literal)
            literal = None if UNKNOWN_PART in filled else filled
        return literal, end

    def _formatted(self, text: str, at: int) -> tuple[str | None, int]:
        """Read `'{}/b'.format(a)` and `'/'.join([a, b])`."""
        joins = self.code.startswith(".join(", at)
        start = self._past(self.code.index("(", at) + 1)
        values: list[str] = []
        end = start + (joins and self.code[start : start + 1] in ("[", "("))
        while len(values) < MAX_PARTS:
            value, end = self.at(end)
            if value is None:
                return None, end
            values.append(value)
            end = self._past(end)
            if self.code[end : end + 1] != ",":
                break
            end += 1
        while self.code[end : end + 1] in ("]", ")"):
            end += 1
        if joins:
            return text.join(values), end
        for n, value in enumerate(values):
            text = text.replace(f"{{{n}}}", value) if f"{{{n}}}" in text else text.replace("{}", value, 1)
        return (None if "{" in text else text), end

    def _percent(self, text: str, place: int) -> tuple[str | None, int]:
        """Read `'%s/b' % a` and `'%s/%s' % (a, b)`."""
        end = self._past(place)
        several = self.code[end : end + 1] == "("
        end += several
        while "%s" in text:
            value, end = self._term(self._past(end))
            if value is None:
                return None, end
            text = text.replace("%s", value, 1)
            end = self._past(end)
            if not several or self.code[end : end + 1] != ",":
                break
            end += 1
        return (None if "%s" in text else text), end + (several and self.code[end : end + 1] == ")")

    def _put_in(self, place: int, end: int) -> str | None:
        """Give a text with names put in between its braces (`f'{a}/b'`, `${a}`, `#{a}`), where all of them are known."""
        quote = next((at for at in range(place, min(place + 3, end)) if self.code[at] in QUOTES), -1)
        text = self.code[quote + 1 : end - 1] if quote >= 0 else ""
        if "{" not in text or self.code[end - 1] != self.code[quote] or len(text) > MAX_SEEN or "\\" in text:
            return None
        for sign in ("${", "#{"):
            text = text.replace(sign, "{")
        parts = text.split("{")
        whole = parts[0]
        for part in parts[1 : MAX_PARTS + 1]:
            name, closes, rest = part.partition("}")
            value = self._value_of(name) if closes and name and NAME.issuperset(name) else None
            if value is None:
                return None
            whole += value + rest
        return whole if len(parts) <= MAX_PARTS else None

    def filled(self, text: str) -> str:
        """Put the values of names into a text; a sign stands for one that is not known."""
        for home in HOME_IN if "$" in self.fills else ():
            text = text.replace(home, "~")
        parts: list[str] = []
        while (at := min((text.find(sign) for sign in self.fills if sign in text), default=-1)) >= 0:
            braced = text[at + 1 : at + 2] == "{" or text[at - 1 : at] == "{"
            start = at + 1 + (text[at + 1 : at + 2] == "{")
            end = start
            while end < len(text) and text[end] in NAME and text[end] not in "$@":
                end += 1
            name = text[start:end]
            inside = text[end : end + 1] in ("[", "{") or text.startswith("->", end)
            value = None if inside else self._value_of(text[at] + name)
            parts.append(text[: at - (text[at - 1 : at] == "{")])
            parts.append(text[at] if not name and not braced else UNKNOWN_PART if value is None else value)
            text = text[end + (braced and text[end : end + 1] == "}") :]
        return "".join([*parts, text])

    def _decoded(self, place: int, argv: tuple[str, ...]) -> tuple[str | None, int]:
        """Read what a call makes of a text that is spelled otherwise."""
        value, end = self._called(place, joins=False)
        self.spelled = True
        said = self.code[place:end]
        if not argv and ("'base64" in said or '"base64' in said):
            argv = BASE64
        elif not argv and ("'hex'" in said or '"hex"' in said):
            argv = HEX
        return (decoded(argv, value) if value is not None and argv else value), end

    def _called(self, place: int, *, joins: bool) -> tuple[str | None, int]:
        """Read the arguments of a call: the first, or all of them put together as parts of a path."""
        parts: list[str] = []
        end = place
        while True:
            value, end = self.at(end)
            if value is None:
                return None, end
            parts.append(value.rstrip("/") or value)
            end = self._past(end)
            if not joins:
                end = max(end, self.code.find(")", end))
            if self.code[end : end + 1] != ",":
                break
            end += 1
        end += self.code.startswith(")", end)
        while tail := next((tail for tail in TAILS if self.code.startswith(tail, end)), ""):
            end += len(tail)
        return "/".join(parts), end

    def _named(self, place: int) -> tuple[str | None, int]:
        """Read a name by the one value that it is given."""
        end = place
        while end < len(self.code) and self.code[end] in NAME:
            end += 1
        name = self.code[place:end]
        if not name or name[0].isdigit() or self.code[end : end + 1] in ("(", "[", "."):
            return None, end
        return self._value_of(name), end

    def _value_of(self, name: str) -> str | None:
        """Give the one value that a name is given; None where it is given several, or none that is known."""
        if name not in self.known:
            self.known[name] = None  # a name that is made from itself is none
            given = list(dict.fromkeys(self._values(name))) if name else []
            self.known[name] = given[0] if len(given) == 1 else None
        return self.known[name]

    def _values(self, name: str) -> list[str | None]:
        found: list[str | None] = []
        at, seen = self.code.find(name), 0
        while at >= 0 and seen < MAX_SEEN:
            seen += 1
            sign = self._past(at + len(name))
            own = at == 0 or (self.code[at - 1] not in NAME and self.code[at - 1] != ".")
            if own and self.code[sign : sign + 1] == "=" and self.code[sign + 1 : sign + 2] not in ("=", ">"):
                found.append(self.at(sign + 1)[0])
            elif own and self.code.startswith(("+=", ".="), sign):
                found.append(None)  # more is put behind it
            at = self.code.find(name, at + len(name))
        return found

    def _past(self, place: int) -> int:
        while place < len(self.code) and self.code[place] in BLANK:
            place += 1
        return place


def literal_at(code: str, place: int) -> tuple[str | None, int]:
    """Read a literal string at a place; None where none stands there, or where it holds parts that are put in."""
    quote_at = place
    while quote_at < len(code) and quote_at - place < len("rb") and code[quote_at] not in QUOTES:
        quote_at += 1
    prefix = code[place:quote_at]
    quote = code[quote_at : quote_at + 1]
    if quote not in tuple(QUOTES) or (prefix and prefix not in PREFIXES):
        return None, place
    start = quote_at + (len(quote) if code[quote_at : quote_at + 3] != quote * 3 else 3)
    end = _closing(code, start, quote) if start == quote_at + 1 else code.find(quote * 3, start)
    if end < 0:
        return None, len(code)
    text = code[start:end]
    formatted = "f" in prefix.lower() and "{" in text
    changed = formatted or any(sign in text for sign in ("\\", "${", "#{"))
    return (None if changed else text), end + start - quote_at


def _closing(code: str, start: int, quote: str) -> int:
    """Give where a quote closes that is not escaped; -1 where none does."""
    end = code.find(quote, start)
    while end > start and code[end - 1] == "\\":
        escapes = end - start - len(code[start:end].rstrip("\\")) if end - start < MAX_SEEN else 1
        if escapes % 2 == 0:
            break
        end = code.find(quote, end + 1)
    return end
