"""Whether a database shell that opens one of the gate's own databases only looks.

Every other use of the file is a change: SQL that nobody sees, statements that set something, a script that is read first.
Looking is free: with the file opened for reading, or with statements that do nothing but select.
"""

from __future__ import annotations

from web4_governance.core.action import Effect
from web4_governance.core.effects import sql
from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from web4_governance.core.effects.sweeping import Guard
    from web4_governance.core.shell.command import Command

SHELLS = names("sqlite3 sqlite sqlcipher litecli duckdb sqldiff sqlite3_analyzer")
ONLY_READS = names("-readonly --readonly -version --version -help --help -safe --safe")
READ_ONLY = ("mode=ro", "immutable=1", "immutable=true")
LOOKS = names(
    ".tables .schema .fullschema .indexes .indices .databases .dbinfo .dump .mode .headers .header .width .show .stats .help "
    ".timeout .quit .exit .print .separator .nullvalue .echo .changes .eqp .explain .bail .limit"
)
# Pragmas that only ask: whatever they are given, and as long as they are given nothing.
ASKING_OF = names(
    "table_info table_xinfo table_list index_list index_info index_xinfo foreign_key_list integrity_check quick_check "
    "foreign_key_check"
)
ASKING = ASKING_OF | names(
    "user_version schema_version page_count page_size journal_mode database_list compile_options encoding freelist_count "
    "collation_list function_list pragma_list application_id data_version"
)
WITH_TEXT = names("-cmd -c --cmd")
WITH_FILE = names("-init --init -f")
BEYOND = ("writefile(", "edit(", "load_extension(", "fts3_tokenizer(")
WHY = "opens the gate's database for more than reading"


def opens_ledger(command: Command, fed: str | None, of: Guard) -> str:
    """Say why a database's shell may change a database of the gate.

    Args:
        command: The command.
        fed: The text on its standard input, where that is known.
        of: What is protected.
    """
    if command.program not in SHELLS:
        return ""
    words = [word.text for word in command.words[1:]]
    files = [text for text in words if any(of.protected.holds(of.place(part)) for part in _names(text))]
    if not files:
        return ""
    if any(text in ONLY_READS for text in words) or all(any(sign in text for sign in READ_ONLY) for text in files):
        return ""
    said = [word for at, word in enumerate(command.words[1:]) if _is_text(at, words, files)]
    texts = [*(word.text for word in said), *([fed] if fed is not None else [])]
    hidden = fed is None and (command.pipe_from >= 0 or any(one.op == "<" for one in command.redirects))
    known = texts and not hidden and all(word.known for word in said) and not any(text in WITH_FILE for text in words)
    return "" if known and all(only_looks(text) for text in texts) else WHY


def _names(text: str) -> tuple[str, ...]:
    """Give what a word may name as a file: as it stands, or as a `file:` address."""
    plain = text.removeprefix("file:").partition("?")[0]
    return (plain, "/" + plain.lstrip("/")) if plain != text else (text,)


def _is_text(at: int, words: list[str], files: list[str]) -> bool:
    if words[at] in files or (at and words[at - 1] in WITH_FILE):
        return False
    return not words[at].startswith("-") or (at > 0 and words[at - 1] in WITH_TEXT)


def only_looks(text: str) -> bool:
    """Say whether a text for the shell only asks."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    commands = [line for line in lines if line.startswith(".")]
    if any(line.split()[0] not in LOOKS or "|" in line for line in commands):
        return False
    statements = "\n".join(line for line in lines if not line.startswith("."))
    if any(sign in statements.lower() for sign in BEYOND):
        return False
    return all(_asks(one) for one in statements.split(";") if one.strip())


def _asks(statement: str) -> bool:
    words = statement.lower().split()
    if words[0] == "pragma":
        name, given, _ = "".join(words[1:]).rpartition(".")[2].partition("(")
        return name in (ASKING_OF if given else ASKING)
    if words[0] not in ("select", "explain", "with", "values"):
        return False
    return all(found.effect is Effect.DB_READ for found in sql.statements(statement))
