"""What code in another language does, as far as calls with a literal argument tell.

It looks for the calls that the catalog lists (`shutil.rmtree(`, `fs.rmSync(`, `os.system(`), by the names that the code
gives them, and reads the argument behind them where its words tell it. Code that hides what it does is not seen through:
it is `code.run` in any case, and where it runs a text that is put together or decoded, `opaque`.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects import awk, signs
from web4_governance.core.effects.aliases import plain_names
from web4_governance.core.effects.conditions import items
from web4_governance.core.effects.expressions import Reader, literal_at
from web4_governance.core.effects.names import names
from web4_governance.core.effects.rows import text
from web4_governance.core.effects.signs import Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.effects.rows import Object

MAX_TEXT = 1_000_000
MAX_FOUND = 256
MAX_WORDS = 256
WINDOW = 200
OPENING = " \t\n(["
CWDS = ("cwd=", "cwd =", "cwd:", "chdir:", "chdir=>", ":chdir =>", ":chdir=>")
INPUTS = ("input=", "input =", "input:", "stdin_data:")
WRITE_MODES = ("w", "a", "x", "+")
QUOTING = frozenset(names("ruby perl php julia"))  # a text between backticks is a command there
OWN_PROGRAMS = {
    "sys.executable": "python3",
    "process.execPath": "node",
    "process.argv0": "node",
    "RbConfig.ruby": "ruby",
}
LOCKS, GIVES = "locks", "gives"
OF_ALL = 4  # digits of a mode of which the first says whose rights it runs with
MOST_DIGITS = 8
ALL, LOCKED = 0o7, range(5)  # of an owner's three bits, those values by which a directory cannot be entered and changed
_OCTAL = frozenset("01234567")
_EFFECTS = {effect.value: effect for effect in Effect}


def calls(code: str, rows: tuple[Object, ...], language: str = "") -> Iterator[Found]:
    """Give the calls of a piece of code that the catalog's `calls` rows know."""
    if len(code) > MAX_TEXT:
        yield Found(effect=Effect.OPAQUE, literal=None, takes="", why="code too long to read")
        return
    code = plain_names(code, language)
    for count, found in enumerate(_all(code, rows, language)):
        if count == MAX_FOUND:
            yield Found(effect=Effect.OPAQUE, literal=None, takes="", why=f"more than {MAX_FOUND} calls")
            return
        yield found


def _all(code: str, rows: tuple[Object, ...], language: str) -> Iterator[Found]:
    reader = Reader(code, language)
    for row in rows:
        languages = items(row.get("languages"))
        if (languages and language not in languages) or (language == "awk" and text(row, "takes") == "command"):
            continue
        role = text(row, "role")
        effect = _EFFECTS.get(text(row, "effect"), None if role else Effect.OPAQUE)
        bare = row.get("bare") is True
        for needle in items(row.get("calls")):
            for end in _ends(code, needle, bare=bare):
                found = _found(reader, end, row, effect, needle)
                yield found
                if found.takes in ("code", "command") and found.literal is not None and reader.spelled:
                    yield Found(
                        effect=Effect.OPAQUE, literal=None, takes="", why="the code runs a text that was decoded"
                    )
    if language in QUOTING:
        yield from signs.quoted(code)
    if language == "perl":
        yield from signs.perl_files(code, reader.filled)
    if language == "awk":
        yield from awk.found(code)
    if language == "ex":
        from web4_governance.core.effects import ex  # noqa: PLC0415  only where an editor is told commands

        yield from ex.found(code)


def _ends(code: str, needle: str, *, bare: bool) -> Iterator[int]:
    """Give where each call by this name ends."""
    at = code.find(needle)
    while at >= 0:
        end = at + len(needle)
        if _begins(code, at, needle) and not (bare and code[at - 1 : at] in (".", ">", ":")):
            yield end
        at = code.find(needle, end)


def _begins(code: str, at: int, needle: str) -> bool:
    """A name must not be the end of a longer one; a method (`.unlink(`) may stand behind anything."""
    return not needle[0].isalnum() or at == 0 or not (code[at - 1].isalnum() or code[at - 1] in "_$")


def _found(reader: Reader, at: int, row: Object, effect: Effect | None, needle: str) -> Found:
    takes = text(row, "takes")
    role = text(row, "role")
    literal: str | None = None
    end = at
    if takes == "command" and reader.code[at : at + WINDOW].lstrip(" \t\n(").startswith("["):
        literal = _list(reader, reader.code.index("[", at) + 1)
    elif takes == "receiver":
        literal, takes = reader.receiver(at - len(needle)), "path"
    elif takes == "second":
        literal, takes = _second(reader, at), "path"
    elif takes == "words":
        literal, takes = signs.words(reader.code, at, lines="(" not in needle), "command"
    elif takes == "bare":
        said = signs.words(reader.code, at, lines="(" not in needle)
        literal, takes = (said.split()[0].strip("\"'") if said else None), "path"
    elif takes == "told":
        literal, takes = _told(reader, at - len(needle)), "command"
    elif takes:
        literal, end = reader.at(_inside(reader.code, at, opening=" \t\n(" if takes == "code" else OPENING))
        if takes == "command" and literal is not None:
            literal = _with_list(reader, literal, end, blanks=needle[0] == "(")
    if takes == "command" and literal is not None and _reads_input(literal):
        literal = _fed(reader, at, literal)
    if needle.endswith("open(") and literal is not None and takes == "path":
        effect = Effect.FILE_WRITE if _writes(reader, end) else Effect.FILE_READ
    if effect is Effect.FILE_MODE:
        mode = end if takes == "path" and end > at and literal is not None else at
        role = LOCKS if _locks(reader.code, mode) else GIVES if _gives(reader.code, mode) else role
    cwd = _cwd_of(reader, end) if takes == "command" else ""
    why = f"the code calls {needle.strip('.( ')}"
    return Found(effect=effect, literal=literal, takes=takes, why=why, role=role, at=at, cwd=cwd)


def _told(reader: Reader, before: int) -> str | None:
    """Give the command whose method is called before a place: `"rm x".execute()`, `["rm", "x"].execute()`, `Seq("rm").!`."""
    code = reader.code
    before = len(code[:before].rstrip())
    last = code[before - 1 : before]
    if last in ("'", '"'):
        opening = code.rfind(last, 0, before - 1)
        return literal_at(code, opening)[0] if opening >= 0 else None
    if last in ("]", ")"):
        opening = max(code.rfind("[", 0, before), code.rfind("(", 0, before))
        listed = code[opening : opening + 1] == "[" or "," in code[opening:before]
        return _list(Reader(code[opening + 1 : before - 1] + "]"), 0) if listed else reader.at(opening + 1)[0]
    return reader.receiver(before)


def _reads_input(command: str) -> bool:
    """Say whether a command is a shell that is given no commands by its words."""
    words = [word.strip("'") for word in command.split(" ")]
    return words[0] in signs.SHELLS and not any(word.startswith("-") and word.endswith("c") for word in words)


def _fed(reader: Reader, at: int, shell: str) -> str | None:
    """Give the commands that a shell is fed by an argument (`input='rm x'`); the shell where there is none."""
    call = reader.code[at : at + WINDOW]
    for sign in INPUTS:
        place = call.find(sign)
        if place >= 0 and not call[place - 1 : place].isalnum():
            start = _inside(reader.code, at + place + len(sign), opening=" ")
            return reader.at(start + (reader.code[start : start + 2] in ("b'", 'b"')))[0]
    return shell


def _locks(code: str, at: int) -> bool:
    """Say whether the mode behind a file's name lets its owner no longer read, or enter, what it is."""
    given = code[at : at + WINDOW].lstrip(" ,").partition(")")[0].strip().lower().replace("_", "")
    octal = given.removeprefix("0o").lstrip("0") if given[:1] == "0" else ""
    digits, base = (octal or "0", 8) if given[:1] == "0" else (given, 10)
    if not digits.isdecimal() or (base == 8 and not _OCTAL.issuperset(digits)):  # noqa: PLR2004  the base of the digits
        return False
    return (int(digits[:MOST_DIGITS], base) >> 6) & ALL in LOCKED


def _gives(code: str, at: int) -> bool:
    """Say whether the mode behind a file's name lets whoever runs it act as its owner or group."""
    given = code[at : at + WINDOW].lstrip(" ,").partition(")")[0].partition(",")[0].strip().lower().replace("_", "")
    octal = given.removeprefix("0o").lstrip("0") if given[:1] == "0" else ""
    if any(sign in given for sign in ("sisuid", "sisgid")):
        return True
    return bool(octal) and _OCTAL.issuperset(octal) and len(octal) == OF_ALL and octal[0] in "234567"


def _cwd_of(reader: Reader, at: int) -> str | None:
    """Give where a command runs, as an argument says (`cwd='x'`, `{cwd: 'x'}`); empty where none does."""
    call = reader.code[at : at + WINDOW].partition("\n")[0].partition(";")[0]
    for sign in CWDS:
        place = call.find(sign)
        if place >= 0 and not call[place - 1 : place].isalnum():
            return reader.at(_inside(reader.code, at + place + len(sign), opening=" "))[0]
    return ""


def _second(reader: Reader, at: int) -> str | None:
    """Read the second argument of a call, where the first can be told."""
    first, end = reader.at(_inside(reader.code, at))
    comma = reader.code[end : end + WINDOW].lstrip().startswith(",")
    return reader.at(reader.code.index(",", end) + 1)[0] if first is not None and comma else None


def _inside(code: str, at: int, *, opening: str = OPENING) -> int:
    """Skip what may open before an argument: blanks and brackets."""
    while at < len(code) and code[at] in opening:
        at += 1
    return at


def _list(reader: Reader, at: int) -> str | None:
    """Read `'rm', '-rf', 'x']` as a command line; a part that is not known is a word that is not known."""
    words: list[str] = []
    code = reader.code
    while len(words) < MAX_WORDS:
        place = _inside(code, at)
        own = next((program for name, program in OWN_PROGRAMS.items() if code.startswith(name, place)), "")
        word, end = (own, place) if own else reader.at(place)
        if word is None and not words:
            return None
        words.append('"$_"' if word is None else "'" + word.replace("'", "'\\''") + "'")
        comma, close = code.find(",", end), code.find("]", end)
        if close < 0:
            return None
        if comma < 0 or close < comma:
            break
        at = comma + 1
    return " ".join(words)


def _with_list(reader: Reader, program: str, end: int, *, blanks: bool) -> str:
    """`spawn('rm', ['-rf', 'x'])` and `system("rm", "-rf", "x")`: further arguments are the program's words.

    In Lisp there are `blanks` between them, and Haskell has a list behind one.
    """
    words = [program]
    code = reader.code
    while blanks and len(words) < MAX_WORDS and code[end : end + WINDOW].lstrip()[:1] == '"':
        word, end = reader.at(code.index('"', end))
        words.append('"$_"' if word is None else "'" + word.replace("'", "'\\''") + "'")
    if code[end : end + WINDOW].lstrip().startswith("["):
        more = _list(reader, code.index("[", end) + 1)
        return " ".join(words) if more is None else " ".join([*words, more])
    while len(words) < MAX_WORDS and code[end : end + WINDOW].lstrip().startswith(","):
        at = code.index(",", end) + 1
        if code[at : at + WINDOW].lstrip().startswith("["):
            more = _list(reader, code.index("[", at) + 1)
            return " ".join(words) if more is None else " ".join([*words, more])
        word, end = reader.at(at)
        if word is None or " " in program:
            break
        words.append("'" + word.replace("'", "'\\''") + "'")
    return " ".join(words)


def _writes(reader: Reader, at: int) -> bool:
    """Say whether the arguments behind a file's name open it for writing."""
    code = reader.code
    mode, _ = reader.at(at + 1) if code[at : at + 1] == "," else ("", at)
    if mode is None:
        return "mode" in code[at : at + WINDOW] or not code[at : at + WINDOW].lstrip(", ").startswith(
            ("enc", "err", "new")
        )
    return any(sign in mode for sign in WRITE_MODES)


def together(seen: set[str]) -> Iterator[tuple[Effect, str]]:
    """Say what the calls of one piece of code do together, by their effects, roles and what they take."""
    sends, fetches = str(Effect.NET_EGRESS) in seen, str(Effect.NET_INGRESS) in seen
    if "socket" in seen and seen & {"command", "spawns"}:
        yield Effect.CODE_FROM_NETWORK, "gives another machine a program to talk to"
    if (sends or fetches) and seen & {"unknown code", "loads"}:
        yield Effect.CODE_FROM_NETWORK, "the code runs what it fetched"
    elif "unknown code" in seen and "stdin" not in seen:
        yield Effect.OPAQUE, "the code runs a text that cannot be known"
    if "environment" in seen and (sends or (fetches and seen.isdisjoint(("command", "spawns")))):
        yield Effect.SECRET_EGRESS, "the code sends the environment"
