"""Names that code puts together before it calls them, written out: `'sys' + 'tem'`, `$f = 'system'; $f(x)`.

Only what stands there as literal texts. A name that is decoded, or comes from elsewhere, stays what it is; where a text
that is spelled otherwise is called, `MADE` says so in its place.
"""

from __future__ import annotations

from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

QUOTES = "'\""
BLANK = " \t\r\n"
# The sign that joins two texts, by language; `+` where none is named.
SIGNS = {"perl": ".", "php": ".", "lua": "..", "fennel": "..", "awk": "", "elixir": "<>", "julia": "*"}
NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
PLAIN = frozenset("'\"\\$#")  # letters by which it matters which quotes stand around a text
MOST = 200  # literals that are joined, names that are looked for
LONGEST = 64  # letters of a name that is called
# What a call stands behind that is made by a name in a variable.
MADE = "__put_together"
HANDING = ("call_user_func_array(", "call_user_func(", "array_map(")
PERL_CALLS = (("&$", "("), ("&{$", "}("), ("$", "->("), ("&$", " "))
SPELLING = names(
    "str_rot13( strrev( base64_decode( hex2bin( implode( join( chr( pack( pack reverse( reverse gzinflate( "
    "convert_uudecode( decode_base64( unpack( substr( sprintf( rawurldecode( urldecode( array_reduce( array_map("
)
MODULES = names("os posix nt subprocess shutil pty pathlib builtins")
# Perl's own words, behind which a variable or a text may stand without a blank.
PERL_WORDS = ("system", "exec", "eval")


def folded(code: str, language: str) -> str:
    """Give the code with the names that it puts together written out."""
    sign = SIGNS.get(language, "+")
    if sign and any(quote + blank + sign in code for quote in QUOTES for blank in ("", " ")):
        code = _joined(code, sign)
    if language == "ruby":
        code = _of_ruby(code)
    if language == "javascript" and "].join(" in code:
        code = _from_lists(code)
    if language == "lua" and '["' in code:
        code = _members(code)
    if language == "perl":
        code = _at_home(_apart(code))
    if language == "php":
        code = _called_texts(_handed(code) if any(name in code for name in HANDING) else code)
    if language in ("perl", "php") and "$" in code and "=" in code:
        code = _through_names(code, language)
    return _modules(code) if language == "python" and "import" in code else code


def _joined(code: str, sign: str) -> str:
    """`'a' + 'b'` is `'ab'`."""
    parts: list[str] = []
    at, closing = 0, ""  # where the code is taken over from; the quote that closes what is being joined
    for begin, end in _literals(code):
        text = code[begin + 1 : end - 1]
        follows = bool(closing) and code[at:begin].strip() == sign
        if follows and (code[begin] == closing or PLAIN.isdisjoint(text)):
            parts.append(text)
        else:
            parts += (closing, code[at : begin + 1], text)
            closing = code[begin]
        at = end
    return "".join([*parts, closing, code[at:]])


def _literals(code: str) -> Iterator[tuple[int, int]]:
    """Give where each literal begins and ends."""
    at = count = 0
    while at < len(code) and count < MOST:
        char = code[at]
        if char not in QUOTES:
            at += 1
            continue
        end = at + 1
        while end < len(code) and code[end] != char:
            end += 1 + (code[end] == "\\")
        if end >= len(code):
            return
        yield at, end + 1
        at, count = end + 1, count + 1


def _put_in(code: str, quote: str) -> str:
    """`"sys#{"tem"}"` is `"system"`."""
    parts = code.split("#{" + quote)
    for at, part in enumerate(parts[1:], 1):
        given, close, rest = part.partition(quote + "}")
        parts[at] = given + rest if close and NAME.issuperset(given) else "#{" + quote + part
    return "".join(parts)


def _of_ruby(code: str) -> str:
    """`"sys#{"tem"}"` is `"system"`, `method(:system).call(x)` is `system(x)`."""
    for quote in QUOTES if "#{" in code else ():
        code = _put_in(code, quote)
    for quoted in ("const_get(:", 'const_get("', "const_get('"):
        code = _constants(code, quoted)
    parts = code.split("method(:")
    for at, part in enumerate(parts[1:], 1):
        name, close, rest = part.partition(").call(")
        parts[at] = f"{name}({rest}" if close and NAME.issuperset(name) else "method(:" + part
    return "".join(parts)


def _constants(code: str, call: str) -> str:
    """`Object.const_get("File").x` is `File.x`."""
    parts = code.split(call)
    for at, part in enumerate(parts[1:], 1):
        name, close, rest = part.partition(")")
        plain = name.rstrip("'\"")
        known = close and plain.isidentifier()
        parts[at] = plain + rest if known else call + part
        parts[at - 1] = parts[at - 1].removesuffix("Object.").removesuffix("Kernel.") if known else parts[at - 1]
    return "".join(parts)


def _from_lists(code: str) -> str:
    """`['ev', 'al'].join('')` is `'eval'`, and what is called by a name that cannot be told is not known."""
    for sign in ("].join('')", '].join("")', "].join(``)"):
        parts = code.split(sign)
        for at, part in enumerate(parts[:-1]):
            before, opening, given = part.rpartition("[")
            texts = [text.strip() for text in given.split(",")]
            plain = all(text[:1] in tuple(QUOTES) and text[-1:] == text[:1] and len(text) > 1 for text in texts)
            parts[at] = f"{before}'{''.join(text[1:-1] for text in texts)}'" if opening and plain else part + sign
        code = "".join(parts)
    return code


def _members(code: str) -> str:
    """`_G["os"]["execute"]` is `os.execute`."""
    parts = code.split('["')
    for at, part in enumerate(parts[1:], 1):
        name, close, rest = part.partition('"]')
        named = close and name.isidentifier() and (parts[at - 1][-1:].isalnum() or parts[at - 1][-1:] == "_")
        parts[at] = f".{name}{rest}" if named else '["' + part
    return "".join(parts).replace("_G.", "").replace("_ENV.", "")


def _called_texts(code: str) -> str:
    """`("system")(x)` is `system(x)`, `${"x"}` is `$x`."""
    for quote in QUOTES:
        for before, behind, meant in (("(" + quote, quote + ")(", ("", "(")), ("${" + quote, quote + "}", ("$", ""))):
            at = code.find(before)
            while at >= 0:
                name, close, rest = code[at + len(before) :].partition(behind)
                if close and name and NAME.issuperset(name):
                    code = code[:at] + name.join(meant) + rest
                at = code.find(before, at + 1)
    return code


def _apart(code: str) -> str:
    """`system$x` is `system $x`."""
    for word in PERL_WORDS:
        for sign in ("$", "@", '"', "'"):
            at = code.find(word + sign)
            while at >= 0:
                if at == 0 or code[at - 1] in " \t\n;{(&|":
                    code = f"{code[: at + len(word)]} {code[at + len(word) :]}"
                at = code.find(word + sign, at + len(word))
    return code


def _at_home(code: str) -> str:
    """`$ENV{HOME}."/x"` is `"~/x"`."""
    for sign in (".", " . "):
        for quote in QUOTES:
            code = code.replace(f"$ENV{{HOME}}{sign}{quote}/", f"{quote}~/")
    return code


def _handed(code: str) -> str:
    """`call_user_func('system', x)` is `system(x)`."""
    for call in HANDING:
        parts = code.split(call)
        for at, part in enumerate(parts[1:], 1):
            given = part.lstrip()
            name, close, rest = given[1:].partition(given[:1]) if given[:1] in tuple(QUOTES) else ("", "", "")
            if close and NAME.issuperset(name) and rest.lstrip()[:1] == ",":
                argument = rest.lstrip()[1:].lstrip()
                parts[at] = f"{name}({argument[1:] if argument[:1] == '[' else argument}"
            else:
                parts[at] = (f"{MADE}(" if given.startswith(tuple(SPELLING)) else call) + part
        code = "".join(parts)
    return code


def _through_names(code: str, language: str) -> str:
    """`$f = 'system'; $f(x)` is `system(x)`; in Perl `&$f(x)`, `$f->(x)`."""
    for name, meant in list(_named(code).items())[:MOST]:
        calls = ((f"${name}", "("),) if language == "php" else ((o + name, c) for o, c in PERL_CALLS)
        for before, behind in calls:
            code = code.replace(before + behind, meant + ("(" if "(" in behind else behind))
    return code


def _named(code: str) -> dict[str, str]:
    """Give the names of functions that variables are given, or the sign for one that is spelled otherwise."""
    found: dict[str, str] = {}
    for statement in code.replace("{", ";").replace("\n", ";").split(";"):
        name, equals, given = statement.strip().removeprefix("my ").partition("=")
        name, given = name.strip(), given.strip()
        more, name = name.endswith("."), name.removesuffix(".").strip()
        if not equals or name[:1] != "$" or not NAME.issuperset(name[1:]) or len(found) >= MOST:
            continue
        literal = _of_parts(given, found)
        if literal and NAME.issuperset(literal) and len(literal) < LONGEST:
            found[name[1:]] = found.get(name[1:], "") * more + literal
        elif given.startswith(tuple(SPELLING)):
            found[name[1:]] = MADE
    return found


def _of_parts(given: str, known: dict[str, str]) -> str:
    """Give the text that literals and names of such make, joined by points; empty where it is none."""
    texts: list[str] = []
    for part in (part.strip() for part in given.split(".")):
        if len(part) > 1 and part[:1] in tuple(QUOTES) and part[-1:] == part[:1]:
            texts.append(part[1:-1])
        elif part[:1] == "$" and part[1:] in known:
            texts.append(known[part[1:]])
        else:
            return ""
    return "".join(texts)


def _modules(code: str) -> str:
    """`__import__('os').x` and `importlib.import_module('os').x` are `os.x`."""
    for call in ("__import__(", "importlib.import_module(", "import_module("):
        parts = code.split(call)
        for at, part in enumerate(parts[1:], 1):
            given, close, rest = part.partition(")")
            name = given.strip()[1:-1]
            known = close and given.strip()[:1] in tuple(QUOTES) and name in MODULES
            parts[at] = name + rest if known else call + part
        code = "".join(parts)
    return code
