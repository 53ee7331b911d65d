"""What code in another language does, as far as calls with a literal argument tell.

Modest on purpose: it looks for the calls that the catalog lists (`shutil.rmtree(`, `fs.rmSync(`, `os.system(`) and reads
a literal string behind them. Code that hides what it does is not seen through; such a command is `code.run` in any case,
and code that decodes and runs a text is `opaque`.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.rows import items, text
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.effects.rows import Object

MAX_TEXT = 1_000_000
MAX_FOUND = 256
WINDOW = 200
QUOTES = "\"'`"
LITERAL_PREFIXES = "rRbBuUfF"
WRITE_MODES = ("w", "a", "x", "+")
_EFFECTS = {effect.value: effect for effect in Effect}


@value
class Found:
    """One call: its effect, the literal it was given (None where it is no plain literal), and how to take that.

    `takes` is `path`, `url`, `command` or the empty string.
    """

    effect: Effect
    literal: str | None
    takes: str
    why: str


def calls(code: str, rows: tuple[Object, ...]) -> Iterator[Found]:
    """Give the calls of a piece of code that the catalog's `calls` rows know."""
    if len(code) > MAX_TEXT:
        yield Found(effect=Effect.OPAQUE, literal=None, takes="", why="code too long to read")
        return
    count = 0
    for row in rows:
        effect = _EFFECTS.get(text(row, "effect"), Effect.OPAQUE)
        for needle in items(row.get("calls")):
            for end in _ends(code, needle):
                count += 1
                if count > MAX_FOUND:
                    yield Found(effect=Effect.OPAQUE, literal=None, takes="", why=f"more than {MAX_FOUND} calls")
                    return
                yield _found(code, end, row, effect, needle)


def _ends(code: str, needle: str) -> Iterator[int]:
    """Give where each call by this name ends."""
    at = code.find(needle)
    while at >= 0:
        end = at + len(needle)
        if _begins(code, at, needle):
            yield end
        at = code.find(needle, end)


def _begins(code: str, at: int, needle: str) -> bool:
    """A name must not be the end of a longer one; a method (`.unlink(`) may stand behind anything."""
    return not needle[0].isalnum() or at == 0 or not (code[at - 1].isalnum() or code[at - 1] in "_$")


def _found(code: str, at: int, row: Object, effect: Effect, needle: str) -> Found:
    takes = text(row, "takes")
    literal, end = _literal(code, at) if takes else (None, at)
    if takes == "command" and code[at : at + WINDOW].lstrip(" \t\n(").startswith("["):
        literal = _list(code, code.index("[", at) + 1)
    if needle.endswith("open(") and literal is not None:
        effect = Effect.FILE_WRITE if _writes(code, end) else Effect.FILE_READ
    return Found(effect=effect, literal=literal, takes=takes, why=f"the code calls {needle.strip('.( ')}")


def _literal(code: str, at: int) -> tuple[str | None, int]:
    """Read a literal string at `at`; None where something else stands there or where it is put together from parts."""
    while at < len(code) and code[at] in " \t\n([":
        at += 1
    start = at
    while at < len(code) and code[at] in LITERAL_PREFIXES:
        at += 1
    quote = code[at : at + 1]
    if quote not in tuple(QUOTES):
        return None, at
    end = code.find(quote, at + 1)
    if end < 0:
        return None, at
    literal = code[at + 1 : end]
    formatted = "f" in code[start:at].lower() and "{" in literal
    joined = code[end + 1 : end + WINDOW].lstrip()[:1] in ("+", "%", ".")
    changed = formatted or joined or any(sign in literal for sign in ("\\", "${", "#{"))
    return (None if changed else literal), end + 1


def _list(code: str, at: int) -> str | None:
    """Read `'rm', '-rf', 'x']` as a command line; None where some part is no plain literal."""
    words: list[str] = []
    while True:
        word, end = _literal(code, at)
        if word is None:
            return None
        words.append("'" + word.replace("'", "'\\''") + "'")
        rest = code[end : end + WINDOW].lstrip()
        if not rest.startswith(","):
            return " ".join(words) if rest.startswith("]") else None
        at = code.find(",", end) + 1


def _writes(code: str, at: int) -> bool:
    """Say whether the arguments behind a file's name open it for writing."""
    mode, _ = _literal(code, at + 1) if code[at : at + 1] == "," else ("", at)
    if mode is None:
        return "mode" in code[at : at + WINDOW] or not code[at : at + WINDOW].lstrip(", ").startswith(
            ("enc", "err", "new")
        )
    return any(sign in mode for sign in WRITE_MODES)
