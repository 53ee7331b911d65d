"""Calls what code renames by its own name again: `import shutil as s`, `const {rmSync: r} = require('fs')`."""

from __future__ import annotations

from web4_governance.core.effects.folding import MADE, folded
from web4_governance.core.effects.names import names

MODULES = names(
    "os io shutil subprocess socket requests urllib.request urllib httpx pathlib pickle base64 pty ctypes fs fs/promises "
    "fs-extra child_process vm net http https os.path path posix importlib builtins"
)
OWN = names("Bun Deno process")  # what needs no import
GIVING = names("const let var")
CALLED = {"fs/promises": "fs", "fs-extra": "fs", "posix": "os", "node:fs/promises": "fs"}
NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$")
MAX_STATEMENTS = 400
MAX_NAMES = 64
MAX_TEXT = 200_000
MAX_MODULE = 200


def plain_names(code: str, language: str = "") -> str:
    """Give the code with imported names written out (`s.rmtree(` as `shutil.rmtree(`)."""
    renamed: dict[str, str] = {}
    if len(code) < MAX_TEXT:
        code = folded(code, language)
    if len(code) < MAX_TEXT and any(sign in code for sign in ("require(", "getattr(", "](")):
        code = _subscripts(_spelled_members(_inline_modules(code)))
    if language == "ruby" and len(code) < MAX_TEXT and "send(" in code:
        code = _sent(code)
    if len(code) < MAX_TEXT and any(sign in code for sign in ("import", "require", "const ", "let ", "var ")):
        for statement in code.replace("\n", ";").split(";")[:MAX_STATEMENTS]:
            _statement(statement.strip(), renamed)
    if language in ("python", "lua") and len(code) < MAX_TEXT and "=" in code:
        for statement in code.replace("\n", ";").split(";")[:MAX_STATEMENTS]:
            _given(statement.strip(), renamed)
    for short, full in list(renamed.items())[:MAX_NAMES]:
        code = _replaced(code, short, full)
    return code


def _inline_modules(code: str) -> str:
    """`require('https').request(` is `https.request(`."""
    parts = code.split("require(")
    for at, part in enumerate(parts[1:], 1):
        given, close, rest = part[:MAX_MODULE].partition(")")
        module = given.strip(" '\"`").removeprefix("node:")
        known = close and rest[:1] == "." and module in MODULES
        parts[at] = CALLED.get(module, module) + part[len(given) + 1 :] if known else "require(" + part
    return "".join(parts)


def _spelled_members(code: str) -> str:
    """`getattr(os, 'sys' + 'tem')(` is `os.system(`."""
    parts = code.split("getattr(")
    for at, part in enumerate(parts[1:], 1):
        given, close, _ = part[:MAX_MODULE].partition(")")
        owner, _, member = given.partition(",")
        name = _put_together(member)
        known = close and name and NAME.issuperset(owner.strip())
        spelled = not name and owner.strip() in MODULES and _is_made(member, part)
        parts[at] = f"{owner}.{name}{part[len(given) + 1 :]}" if known else f"{MADE if spelled else 'getattr'}({part}"
    return "".join(parts)


def _is_made(member: str, part: str) -> bool:
    """Say whether the name of a member is made of a text (`'x'.replace(…)`), and the member is called at once."""
    given = member.strip()
    behind = given[given.find(given[:1], 1) + 1 :].lstrip()[:1] if given[:1] in ("'", '"') else given[:1]
    return ")(" in part.partition("\n")[0] and (
        behind in (".", "[", "+", "%") if given[:1] in ("'", '"') else "(" in given
    )


def _sent(code: str) -> str:
    """`Kernel.send(:system, x)` is `Kernel.system(x)`."""
    parts = code.split("send(")
    for at, part in enumerate(parts[1:], 1):
        given, comma, rest = part[:MAX_MODULE].partition(",")
        name = given.strip()[1:].strip("'\"") if given.strip()[:1] == ":" else _put_together(given)
        known = comma and name.isidentifier() and ")" not in given
        before = parts[at - 1]
        for own in ("public_", "__"):
            before = before.removesuffix(own) if known else before
        parts[at - 1] = before
        parts[at] = f"{name}({rest.lstrip()}{part[MAX_MODULE:]}" if known else "send(" + part
    return "".join(parts)


def _subscripts(code: str) -> str:
    """`global['ev' + 'al'](` is `global.eval(`."""
    parts = code.split("](")
    for at, part in enumerate(parts[:-1]):
        before, opening, given = part.rpartition("[")
        name = _put_together(given) if opening else ""
        parts[at] = f"{before}.{name}(" if name else part + "]("
    return "".join(parts)


def _put_together(given: str) -> str:
    """Give the name that literal texts make, one behind the other (`'sys' + 'tem'`); empty where they make none."""
    texts = [text.strip() for text in given.split("+")]
    plain = [text[1:-1] for text in texts if text[:1] in ("'", '"') and text[-1:] == text[:1] and len(text) > 1]
    name = "".join(plain)
    return name if len(plain) == len(texts) and name.isidentifier() else ""


def _statement(statement: str, renamed: dict[str, str]) -> None:
    words = statement.replace(",", " , ").split()
    if words[:1] == ["import"] and "from" not in words and "'" not in statement and '"' not in statement:
        _python_import(words[1:], renamed)
    elif words[:1] == ["from"] and "import" in words:
        _members(words[1], words[words.index("import") + 1 :], "as", renamed)
    elif (
        words[:1]
        and words[0] in GIVING
        and words[2:3] == ["="]
        and "(" not in statement
        and len(words) == len(("const", "read", "=", "x.y"))
    ):
        _member(words[1], words[3], renamed)
    elif "require(" in statement:
        _javascript(statement, statement.partition("require(")[2], "=", renamed)
    elif words[:1] == ["import"] and " from " in statement:
        _javascript(statement, statement.rpartition(" from ")[2], " from ", renamed)


def _python_import(words: list[str], renamed: dict[str, str]) -> None:
    """`import os, shutil as s`."""
    for part in " ".join(words).split(","):
        given = part.split()
        if len(given) == len(("os", "as", "o")) and given[1] == "as" and given[0] in MODULES:
            renamed[given[2] + "."] = given[0] + "."


def _given(statement: str, renamed: dict[str, str]) -> None:
    """`m = subprocess`, `f = os.popen`."""
    name, equals, given = statement.partition("=")
    name, given = name.strip().removeprefix("local "), given.strip()
    module, dot, member = given.partition(".")
    if not (equals and name.isidentifier() and module in MODULES) or name == module:
        return
    if not dot:
        renamed[name + "."] = module + "."
    elif member.isidentifier():
        renamed[name + "("] = given + "("


def _member(name: str, given: str, renamed: dict[str, str]) -> None:
    """`const read = Bun.file`."""
    module, dot, member = given.partition(".")
    if (
        dot
        and (module in MODULES or module in OWN)
        and NAME.issuperset(member.replace(".", ""))
        and NAME.issuperset(name)
    ):
        renamed[name + "("] = given + "("


def _members(module: str, words: list[str], sign: str, renamed: dict[str, str]) -> None:
    """`from os import remove as r, system`; in `{rmSync: r}` the sign is a colon."""
    if module not in MODULES:
        return
    for part in " ".join(words).strip("() ").split(","):
        given = part.replace(sign, " ").split() if sign == ":" else [w for w in part.split() if w != sign]
        if given and given[0] != "*":
            renamed[given[-1].strip(")") + "("] = f"{module}.{given[0].strip(')')}("


def _javascript(statement: str, given: str, sign: str, renamed: dict[str, str]) -> None:
    """`const f = require('fs')`, `const {rmSync: r} = require('fs')`, `import * as f from 'fs'`."""
    module = given.strip(" \"'`)").partition("'")[0].partition('"')[0].removeprefix("node:")
    if module not in MODULES:
        return
    module = CALLED.get(module, module)
    name = statement.rpartition("require(")[0] if sign == "=" else statement
    name = name.rpartition(sign)[0]
    for word in ("const ", "let ", "var ", "import ", "* as "):
        name = name.replace(word, " ")
    inside = name.partition("{")[2].partition("}")[0]
    if inside:
        _members(module, inside.replace(",", " , ").split(), "as" if " as " in inside else ":", renamed)
    short = name.partition("{")[0].rpartition(",")[2].strip(" ,")
    if short and short != module and NAME.issuperset(short):
        renamed[short + "."] = module + "."


def _replaced(code: str, short: str, full: str) -> str:
    """Put a name in the place of a shorter one, where that stands by itself."""
    parts: list[str] = []
    at, found = 0, code.find(short)
    while found >= 0:
        if found == 0 or (code[found - 1] not in NAME and code[found - 1] not in ".'\""):
            parts += (code[at:found], full)
            at = found + len(short)
        found = code.find(short, found + len(short))
    return "".join([*parts, code[at:]])
