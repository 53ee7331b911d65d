"""What SQL text does to a database, as far as the first words of each statement tell.

Not a parser: statements are split at semicolons outside quotes and comments, and told apart by their keywords. A delete or
an update without a condition takes what every row held, so it counts as a drop. What lets a client run a program is given
as well, and who is given rights.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects.names import names
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

READING = names(
    "SELECT SHOW EXPLAIN DESCRIBE DESC VALUES TABLE USE ANALYZE BEGIN COMMIT ROLLBACK START END SET WITH HELP LIST"
)
WRITING_INSIDE = ("INSERT", "UPDATE", "DELETE", "MERGE", "REPLACE")
# Where databases keep what the passwords of their users are checked by, and where that is a column among others.
LOGINS = names(
    "PG_SHADOW PG_AUTHID PG_CATALOG.PG_SHADOW PG_CATALOG.PG_AUTHID SYS.USER$ SYS.SQL_LOGINS MASTER..SYSLOGINS"
)
USERS = names(
    "MYSQL.USER MYSQL.GLOBAL_PRIV MASTER.SYS.SQL_LOGINS DBA_USERS SYS.DBA_USERS SYSTEM.USERS SYSTEM_AUTH.ROLES"
)
HASHES = names("AUTHENTICATION_STRING PASSWORD PASSWORD_HASH SALTED_HASH SPARE4 AUTH_TYPE PRIV")
ALWAYS_TRUE = (["1"], ["TRUE"], ["NOT", "FALSE"])
COMPARED = 3  # the words of `1 = 1`
OBJECTS = names(
    "TABLE DATABASE SCHEMA VIEW INDEX USER ROLE SEQUENCE COLUMN MATERIALIZED TRIGGER FUNCTION PROCEDURE TYPE KEYSPACE "
    "TABLESPACE EXTENSION OWNED COLLECTION WAREHOUSE"
)
# What a statement begins with that is typed as a command: its first word, and what must stand second.
BEGINNINGS = {
    "DROP": OBJECTS,
    "TRUNCATE": frozenset(["TABLE"]),
    "DELETE": frozenset(["FROM"]),
    "ALTER": OBJECTS,
    "CREATE": OBJECTS | {"OR", "UNIQUE"},
    "INSERT": frozenset(["INTO"]),
    "GRANT": names("ALL SELECT INSERT UPDATE DELETE USAGE EXECUTE CREATE CONNECT SUPER PROXY"),
    "REVOKE": names("ALL SELECT INSERT UPDATE DELETE USAGE EXECUTE CREATE CONNECT SUPER PROXY"),
}
# What an alteration may drop without data going with it.
RULES = names("CONSTRAINT DEFAULT NOT INDEX KEY FOREIGN PRIMARY CHECK IDENTITY EXPRESSION TRIGGER")
OPENINGS = names("DO BEGIN IF THEN LOOP ELSE EXPLAIN WITH MATCH DECLARE")
RIGHTS = names("SUPERUSER CREATEROLE BYPASSRLS REPLICATION")
# Commands of the clients themselves that hand a text to the shell.
SHELL_COMMANDS = ("\\!", ".shell", ".system", "!", "system ", "host ", "!!")
# Where they hand rows to a program, or take them from one.
PIPES = ("\\g", "\\o", "\\w", ".once", ".output", ".import", ".read")
PROGRAM = " program "
# Commands of the clients that name a file: written or read, with the name last.
WRITTEN = names(".output .once .backup .save .log .clone \\o \\w \\write \\T tee")
READ_IN = names(".read .restore \\i \\ir \\include \\. source")
RESTORING = names(".restore")  # which reads a whole database, no statements
NO_FILES = ("stdout", "off", "stderr", "on", "|", "-", "(")
INTO = (" into outfile '", " into dumpfile '", "vacuum into '")
COPIES = ("copy ", "\\copy ")
CLIENT_WRITES = (".restore", ".import", ".read", ".clone", "\\i", "\\copy", "\\g", "source ", "\\.")
MOVES = (".cd ", "\\cd ")
# Functions that touch a file or run something: where in their arguments the text stands that says which.
FUNCTIONS: dict[str, tuple[Effect, int]] = {
    "writefile(": (Effect.FILE_WRITE, 0),
    "lo_export(": (Effect.FILE_WRITE, 1),
    "readfile(": (Effect.FILE_READ, 0),
    "pg_read_file(": (Effect.FILE_READ, 0),
    "pg_read_binary_file(": (Effect.FILE_READ, 0),
    "lo_import(": (Effect.FILE_READ, 0),
    "load_file(": (Effect.FILE_READ, 0),
    "load_extension(": (Effect.CODE_RUN, 0),
    "edit(": (Effect.CODE_RUN, 1),
}
ATTACH = "attach "
OPENS = ("ATTACH", "DETACH")
NAME_SKIPPED = names(
    "TABLE DATABASE SCHEMA VIEW INDEX IF EXISTS ONLY FROM INTO USER ROLE SEQUENCE COLUMN MATERIALIZED TRIGGER "
    "FUNCTION TYPE KEYSPACE"
)
MAX_STATEMENTS = 200
MAX_TEXT = 1_000_000
MAX_ARGUMENT = 4096


@value
class Statement:
    """One statement's effect and what it names; `shell` is a text that the client hands to a shell, `path` names a file.

    `moves` is the directory from which the client's later commands see their files, `runs` says that the statements in the file
    are run.
    """

    effect: Effect
    name: str = ""
    why: str = ""
    shell: str = ""
    path: str = ""
    moves: str = ""
    runs: bool = False


def statements(text: str) -> Iterator[Statement]:
    """Give what each statement of a text does."""
    if len(text) > MAX_TEXT:
        yield Statement(effect=Effect.OPAQUE, why="statements too long to read")
        return
    changes = False
    for count, words in enumerate(_split(text)):
        if count == MAX_STATEMENTS:
            yield Statement(effect=Effect.OPAQUE, why=f"more than {MAX_STATEMENTS} statements")
            return
        found = _statement(words)
        changes = changes or (found.effect is not Effect.DB_READ and words[0].upper() not in OPENS)
        yield found
        yield from _files(words[0])
    yield from _handed_on(text)
    lowered = text.lower()
    yield from _attached(text, lowered, changes=changes)
    yield from _functions(text, lowered)
    for mark in ("infile '", 'infile "', *((" from '",) if lowered.lstrip().startswith(COPIES) else ())):
        at = lowered.find(mark)
        if at >= 0:
            name = text[at + len(mark) :].partition(mark[-1])[0]
            yield Statement(effect=Effect.FILE_READ, path=name, why="rows are read from it")
    for mark in (*INTO, *((" to '",) if lowered.lstrip().startswith(COPIES) else ())):
        at = lowered.find(mark)
        if at >= 0:
            name = text[at + len(mark) :].partition("'")[0]
            yield Statement(effect=Effect.FILE_WRITE, path=name, why="rows are written there")


def _files(line: str) -> Iterator[Statement]:
    """Give the file that a client's own command writes or reads."""
    words = line.split() or [""]
    effect = Effect.FILE_WRITE if words[0] in WRITTEN else Effect.FILE_READ if words[0] in READ_IN else None
    name = words[-1].strip("'\";") if len(words) > 1 else ""
    if effect is not None and name and not name.startswith(NO_FILES):
        runs = effect is Effect.FILE_READ and words[0] not in RESTORING
        yield Statement(effect=effect, path=name, why="the client is told so", runs=runs)


def _attached(text: str, lowered: str, *, changes: bool) -> Iterator[Statement]:
    """Give the files that are attached as databases; they are written where any statement beside them changes something."""
    at = lowered.find(ATTACH)
    for _ in range(MAX_STATEMENTS):
        if at < 0:
            return
        rest = text[at + len(ATTACH) :].lstrip()
        rest = rest[len("database") :].lstrip() if rest.lower().startswith("database") else rest
        own = at == 0 or not (lowered[at - 1].isalnum() or lowered[at - 1] in "_'\"")
        if own and rest[:1] in ("'", '"'):
            name = rest[1:].partition(rest[0])[0].removeprefix("file:").partition("?")[0]
            if name and not name.startswith(":"):
                effect = Effect.FILE_WRITE if changes else Effect.FILE_READ
                yield Statement(effect=effect, path=name, why="is attached as a database")
        at = lowered.find(ATTACH, at + 1)


def _functions(text: str, lowered: str) -> Iterator[Statement]:
    """Give what functions of a statement do to files, and what they run."""
    for name, (effect, place) in FUNCTIONS.items():
        at = lowered.find(name)
        for _ in range(MAX_STATEMENTS):
            if at < 0:
                break
            own = at == 0 or not (lowered[at - 1].isalnum() or lowered[at - 1] in "_.")
            given = _argument(text, at + len(name), place) if own else ""
            why = f"`{name[:-1]}` is called"
            if given and name == "edit(":
                yield Statement(effect=effect, shell=given, why=why)
            elif given:
                yield Statement(effect=effect, path=given, why=why)
            at = lowered.find(name, at + 1)


def _argument(text: str, at: int, place: int) -> str:
    """Give an argument of a call, where it is a literal; commas within the literals before it are none of the call's."""
    for _ in range(place):
        while text[at : at + 1] not in ("", ",", "'", ")"):
            at += 1
        at = _after(text, "'", at + 1) if text[at : at + 1] == "'" else at
        at = text.find(",", at)
        if at < 0:
            return ""
        at += 1
    rest = text[at : at + MAX_ARGUMENT].lstrip()
    return rest[1:].replace("''", "\0").partition("'")[0].replace("\0", "'") if rest[:1] == "'" else ""


def _handed_on(text: str) -> Iterator[Statement]:
    """Give the programs that a client or the database is told to write to or read from: `.once |x`, `to program 'x'`."""
    lowered = text.lower()
    for mark in PIPES:
        at = lowered.find(mark)
        for _ in range(MAX_STATEMENTS):
            if at < 0:
                break
            behind = text[at + len(mark) : _after(text, "\n", at)].lstrip("x \t")
            if behind.startswith(("'|", '"|')):
                behind = behind[1:].partition(behind[0])[0]
            if behind.startswith("|"):
                yield Statement(effect=Effect.CODE_RUN, shell=behind[1:].strip(), why="the client runs a command")
            at = lowered.find(mark, at + 1)
    at = lowered.find(PROGRAM)
    for _ in range(MAX_STATEMENTS):
        if at < 0:
            return
        quoted = text[at + len(PROGRAM) :].lstrip()
        if quoted.startswith("'"):
            inside = quoted[1:].replace("''", "\0").partition("'")[0].replace("\0", "'")
            yield Statement(effect=Effect.CODE_RUN, shell=inside, why="the database runs a program")
        at = lowered.find(PROGRAM, at + 1)


def _statement(words: list[str]) -> Statement:
    line = words[0]
    if line.startswith(("\\", ".", "!")) or line.lower().startswith(("system ", "host ", "source ", "tee ")):
        return _client_command(line)
    upper = [word.upper() for word in words]
    first = upper[0]
    name = _name(words, upper)
    dropped = _dropped(upper)
    if dropped:
        return Statement(effect=Effect.DB_DROP, name=name, why=dropped)
    if _gives_rights(upper):
        return Statement(effect=Effect.PRIVILEGE, name=name, why="gives rights over the database")
    if "XP_CMDSHELL" in upper or (first == "COPY" and "PROGRAM" in upper):
        return Statement(effect=Effect.CODE_RUN, name=name, why="the database runs a program")
    if first in READING and _shows_logins(upper):
        return Statement(effect=Effect.SECRET_READ, name=name, why="reads what users' passwords are checked by")
    if first == "PRAGMA":
        return Statement(effect=Effect.DB_WRITE if "=" in words else Effect.DB_READ, name=name)
    prints = first == "COPY" and upper[-2:] == ["TO", "STDOUT"]
    if (
        not (prints or first in READING)
        or any(word in upper for word in WRITING_INSIDE)
        or (first == "SELECT" and "INTO" in upper)
    ):
        return Statement(effect=Effect.DB_WRITE, name=name)
    return Statement(effect=Effect.DB_READ, name=name)


def _shows_logins(upper: list[str]) -> bool:
    """Say whether a statement shows hashes of the passwords of a database's own users."""
    said = [word.strip("();,\"'`[]") for word in upper]
    if not LOGINS.isdisjoint(said):
        return True
    shown = {piece.rpartition(".")[2] for word in said for piece in word.split(",")}
    every = upper[1:2] == ["FROM"]  # the words of a statement are without its stars
    return not USERS.isdisjoint(said) and (every or not HASHES.isdisjoint(shown))


ALONE = ("UPDATE", "TRUNCATE")  # what they begin is told by more than one word behind them


def begins(argv: tuple[str | None, ...]) -> bool:
    """Say whether a command's words are a statement's (`DROP TABLE users`), typed where a program would stand."""
    first = (argv[0] or "").upper() if argv else ""
    if first not in BEGINNINGS and first not in ALONE:
        return False
    second = (argv[1] or "").upper() if len(argv) > 1 else ""
    if first == "UPDATE":
        return "SET" in [(word or "").upper() for word in argv[2:4]]
    return second in BEGINNINGS.get(first, ()) or (first == "TRUNCATE" == argv[0] and second[:1].isalpha())


def _dropped(upper: list[str]) -> str:
    """Say in which way a statement takes data away; empty where it does not."""
    first, rest = upper[0], upper[1:]
    if first == "TRUNCATE" or (first == "DROP" and rest[:1] not in (["TEMPORARY"], ["TEMP"])):
        return f"{first.lower()} statement"
    if first == "ALTER" and any(a == "DROP" and b not in RULES for a, b in zip(upper, [*rest, ""], strict=True)):
        return "alter with drop"
    if first in ("DELETE", "UPDATE"):
        return f"{first.lower()} without a condition" if _unconditional(upper) else ""
    if (first, rest[:1]) in (("RESET", ["MASTER"]), ("PURGE", ["BINARY"]), ("RESTORE", ["DATABASE"])):
        return "loses what the database keeps to go back to"
    if first == "ALTER" and "DELETE" in rest:
        return "alter with delete" if _unconditional(rest[rest.index("DELETE") :]) else ""
    return _dropped_inside(rest) if first in OPENINGS else ""


def _dropped_inside(upper: list[str]) -> str:
    """Look behind what may open a statement (`with x as (delete …`, `do $$ begin drop table …`)."""
    for at, (word, following) in enumerate(zip(upper, [*upper[1:], ""], strict=False)):
        if (word == "DROP" and following in OBJECTS) or (word == "TRUNCATE" and following == "TABLE"):
            return f"{word.lower()} inside a statement"
        if word == "DELETE" and _unconditional(upper[at:]) and "WHERE" not in upper[:at]:
            return "delete without a condition"
    return ""


def _gives_rights(upper: list[str]) -> bool:
    if upper[0] == "GRANT":
        return upper[1:2] in (["ALL"], ["SUPER"], ["PROXY"]) or "OPTION" in upper or not RIGHTS.isdisjoint(upper)
    return upper[0] in ("ALTER", "CREATE") and upper[1:2] in (["ROLE"], ["USER"]) and not RIGHTS.isdisjoint(upper)


def _client_command(line: str) -> Statement:
    for start in SHELL_COMMANDS:
        if line.lower().startswith(start):
            return Statement(effect=Effect.CODE_RUN, shell=line[len(start) :].strip(), why="the client runs a command")
    if line.lower().startswith(MOVES):
        return Statement(effect=Effect.DB_READ, moves=line.partition(" ")[2].strip("'\" "))
    if line.lower().startswith(CLIENT_WRITES):
        return Statement(effect=Effect.DB_WRITE, why="the client reads statements or rows from a file")
    return Statement(effect=Effect.DB_READ)


def _unconditional(upper: list[str]) -> bool:
    if "WHERE" not in upper:
        return "USING" not in upper and "LIMIT" not in upper
    asked = upper[upper.index("WHERE") + 1 :]
    if "OR" in asked:
        asked = asked[len(asked) - asked[::-1].index("OR") :]
    return asked in ALWAYS_TRUE or (len(asked) == COMPARED and asked[1] == "=" and asked[0] == asked[2])


def _name(words: list[str], upper: list[str]) -> str:
    for word, above in zip(words[1:], upper[1:], strict=True):
        if above not in NAME_SKIPPED:
            return word
    return ""


def _split(text: str) -> Iterator[list[str]]:
    """Give the words of each statement; a client's own command (`.tables`) is one word, its line."""
    words: list[str] = []
    at = 0
    while at < len(text):
        character = text[at]
        if not words and (
            character in "\\.!" or text[at : at + 7].lower().startswith(("system ", "host ", "source ", "tee "))
        ):
            end = _after(text, "\n", at)
            yield [text[at:end].strip()]
            at = end
        elif text.startswith("--", at) or character == "#":
            at = _after(text, "\n", at)
        elif text.startswith("/*!", at):  # a comment to others, a statement to MySQL
            at += 3
            while text[at : at + 1].isdigit():
                at += 1
        elif text.startswith("/*", at):
            at = _after(text, "*/", at + 2)
        elif character == ";":
            if words:
                yield words
            words, at = [], at + 1
        else:
            at = _word(text, at, words)
    if words:
        yield words


def _word(text: str, at: int, words: list[str]) -> int:
    """Read one word, quoted name, literal or sign into `words`; give where it ends."""
    character = text[at]
    if character.isalnum() or character == "_":
        end = at + 1
        while end < len(text) and (text[end].isalnum() or text[end] in "_.$"):
            end += 1
        words.append(text[at:end])
        return end
    if character in '"`':
        end = _after(text, character, at + 1)
        words.append(text[at + 1 : end].rstrip(character))
        return end
    if character == "'":
        words.append("''")
        return _after(text, "'", at + 1)
    if character == "=":
        words.append("=")
    return at + 1


def _after(text: str, mark: str, at: int) -> int:
    end = text.find(mark, at)
    return len(text) if end < 0 else end + len(mark)
