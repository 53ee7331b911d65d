"""Statement patterns: `DROP TABLE` in a policy means a statement that is executed, whoever carries it to the database.

A pattern holds where its words stand one after the other, in any case and with any blanks, comments and quotes between
them, in what a database client is told, in the words of a command that may run it, or in the input of a tool that is no
file's. Not for text that is only spoken of: what `echo`, `grep` or a commit message says runs nowhere. Not a parser of
SQL: what a statement does to a database is an effect.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.errors import PolicyError
from web4_governance.core.value import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from web4_governance.core.action import Deed

_OBJECT_NAMES = """
AGGREGATE CAST COLLATION COLUMN CONSTRAINT DATABASE DOMAIN EVENT EXTENSION FOREIGN FUNCTION INDEX KEYSPACE LANGUAGE
LOGIN MATERIALIZED OPERATOR OWNED POLICY PROCEDURE PUBLICATION ROLE ROUTINE RULE SCHEMA SEQUENCE SERVER STATISTICS
SUBSCRIPTION SYNONYM SYSTEM TABLE TABLESPACE TEMPORARY TRIGGER TYPE UNIQUE USER VIEW WAREHOUSE
"""
_OBJECTS = frozenset(_OBJECT_NAMES.split())
# The word that may follow the first one of a statement; None for any.
_GRAMMAR: dict[str, frozenset[str] | None] = {
    "DROP": _OBJECTS,
    "ALTER": _OBJECTS,
    "CREATE": _OBJECTS | {"OR", "TEMP", "UNLOGGED"},
    "TRUNCATE": frozenset(("TABLE", "ONLY")),
    "DELETE": frozenset(("FROM",)),
    "INSERT": frozenset(("INTO", "OR", "OVERWRITE", "IGNORE")),
    "REPLACE": frozenset(("INTO",)),
    "MERGE": frozenset(("INTO",)),
    "UPDATE": None,
    "GRANT": None,
    "REVOKE": None,
    "SELECT": None,
    "VACUUM": None,
    "REINDEX": None,
    "COPY": None,
    "EXEC": None,
    "CALL": None,
    "LOAD": frozenset(("DATA", "XML")),
    "LOCK": frozenset(("TABLE", "TABLES")),
}
_CLIENTS = """
psql mysql mariadb sqlite3 sqlite sqlcmd mysqlsh cqlsh duckdb clickhouse clickhouse-client snowsql bq usql pgcli
mycli litecli sqlplus isql tsql osql beeline hive impala-shell trino presto cockroach dbt mongosh mongo influx
wrangler turso
"""
CLIENTS = frozenset(_CLIENTS.split())
# Programs that say, look for or keep a text; none of them sends it to a database.
_TELLERS = """
echo printf cat grep egrep fgrep rg ag ack git gh glab hg svn awk gawk sed head tail less more wc sort uniq tee test
[ [[ true false : export declare local read cut tr diff comm ls stat file touch mkdir cp mv rm jq yq fold fmt nl
column basename dirname tput notify-send say man apropos whatis
"""
TELLERS = frozenset(_TELLERS.split())
_DATABASE = (Effect.DB_READ, Effect.DB_WRITE, Effect.DB_DROP)
# Past this a rule counts as erring: it speaks where it tightens, and lifts nothing.
MAX_TRIES = 10_000
_SKIPPED = "'\"`[]\\"


@value
class StatementPattern:
    """The words of a statement pattern, upper case."""

    tokens: tuple[str, ...]


def is_statement(text: str) -> bool:
    """Say whether a pattern reads as the beginning of an SQL statement."""
    words = text.split()
    if len(words) < 2:  # noqa: PLR2004  a keyword alone is a word of any language
        return False
    first = words[0].upper()
    if first not in _GRAMMAR:
        return False
    following = _GRAMMAR[first]
    return words[0].isupper() if following is None else words[1].upper().rstrip(";") in following


def compile_statement(text: str) -> StatementPattern:
    """Parse a statement pattern; a semicolon at its end says nothing."""
    return StatementPattern(tokens=tuple(tokens(text.rstrip().rstrip(";").upper())))


def statement_holds(pattern: StatementPattern, deed: Deed, upper: Iterable[str]) -> bool:
    """Say whether the statement stands in what this deed may execute; `upper` are the input's texts in upper case."""
    words = [(word or "").upper() for word in deed.argv]
    program = (deed.argv[0] or "").rsplit("/", 1)[-1] if deed.argv else ""
    if program in CLIENTS or deed.effect in _DATABASE:
        return any(_stands(pattern, text) for text in (*words, *upper))
    if deed.argv:
        return program not in TELLERS and any(_stands(pattern, word) for word in words)
    if deed.effect is not None and deed.effect.value.startswith("file."):
        return False
    return any(_stands(pattern, text) for text in upper)


def tokens(upper: str, at: int = 0, *, comments: bool = True) -> Iterator[str]:
    """Give the words and signs of a statement from a place on, without blanks and quotes; the text is upper case.

    With `comments`, `-- ...` is one; without, it is nothing: in a whole command line it may be an option.
    """
    while at < len(upper):
        character = upper[at]
        if comments and upper.startswith("--", at):
            at = _after(upper, "\n", at)
        elif upper.startswith("/*", at):
            at = _after(upper, "*/", at + 2)
        elif _is_letter(character):
            end = at + 1
            while end < len(upper) and _is_letter(upper[end]):
                end += 1
            yield upper[at:end]
            at = end
        else:
            if not character.isspace() and character not in _SKIPPED:
                yield character
            at += 1


def _is_letter(character: str) -> bool:
    return character.isalnum() or character == "_"


def _after(text: str, mark: str, at: int) -> int:
    end = text.find(mark, at)
    return len(text) if end < 0 else end + len(mark)


def _stands(pattern: StatementPattern, upper: str) -> bool:
    # Read word by word only from where the statement's first word stands: inputs have megabytes.
    at, tries = upper.find(pattern.tokens[0]), 0
    while at >= 0:
        tries += 1
        if tries > MAX_TRIES:
            message = f"`{pattern.tokens[0].lower()}` stands in the input too often for its statements to be told apart"
            raise PolicyError(message)
        if at == 0 or not _is_letter(upper[at - 1]):
            readings = (tokens(upper, at, comments=comments) for comments in (True, False))
            if any(all(next(found, "") == token for token in pattern.tokens) for found in readings):
                return True
        at = upper.find(pattern.tokens[0], at + 1)
    return False
