"""Which database a command works on, as its words say: by an option, an address, an operand, or a variable around it.

Told only where it lies on this machine, or beside it under a name without a dot, and where all that is said agrees. Loaded for
commands that drop something; whether a name is one of tests is the policy's question (docs/spec/policy.md B1).
"""

from __future__ import annotations

from web4_governance.core.effects.names import names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from web4_governance.core.effects.rows import Reading

OPTIONS = names(
    "-d --dbname --database -D --db --env --environment --settings --url --uri --connection-string --db-url --conn"
)
VARIABLES = names(
    "DATABASE_URL DATABASE_URI DB_URL DB_URI PGDATABASE MYSQL_DATABASE DB_NAME DB_DATABASE RAILS_ENV RACK_ENV NODE_ENV MIX_ENV "
    "APP_ENV FLASK_ENV DJANGO_SETTINGS_MODULE ENV ENVIRONMENT SQLALCHEMY_DATABASE_URI MONGO_URL MONGODB_URI"
)
HOST_OPTIONS = names("-h --host --hostname -H")
HOST_VARIABLES = names("PGHOST MYSQL_HOST DB_HOST DATABASE_HOST REDIS_HOST")
# Programs of which the first operand is a database, or an address of one.
FIRST = names("psql mysql mariadb mongosh mongo sqlite3 duckdb pgcli mycli litecli usql dropdb")
HERE = tuple(names("localhost 127. ::1 [::1] 0.0.0.0 host.docker.internal /"))


def of(program: str, reading: Reading) -> str:
    """Give the database that a command's words name, as `NAME`, or `HOST/NAME` where they name a host; empty for none.

    Every host on this machine is `localhost`; one beside it is left out.
    """
    said = list(_said(program, reading))
    hosts = [host for host, _ in said if host]
    names_ = [name for _, name in said if name]
    away = next((host for host in hosts if not _is_here(host)), "")
    if away:
        return f"{away}/{names_[0] if names_ else ''}"
    if not names_:
        return ""
    agreed = names_ if len(set(names_)) == 1 else [name for name in names_ if "test" not in name.lower()] or names_
    here = any(host.startswith(HERE) for host in hosts)
    return f"localhost/{agreed[0]}" if here else agreed[0]


def _said(program: str, reading: Reading) -> Iterator[tuple[str, str]]:
    """Give the hosts and databases that are named, in pairs of which one may be empty."""
    for option, given in reading.values:
        if option in OPTIONS and given:
            yield _address(given)
        elif option in HOST_OPTIONS and given:
            yield given, ""
    texts = [word.text for word in reading.operands if word.known]
    for at, text in enumerate(texts):  # what an interpreter hands to the program that it runs
        name, equals, given = text.partition("=")
        if name.startswith("--") and name in OPTIONS:
            yield _address(given if equals else "".join(texts[at + 1 : at + 2]))
    pairs = [word.text for word in reading.operands if word.known and "=" in word.text]
    for text in (*reading.variables, *pairs):
        name, _, given = text.partition("=")
        if name in VARIABLES:
            yield _address(given) if given else ("?.", "")
        elif name in HOST_VARIABLES:
            yield given or "?.", ""
    first = [word.text for word in reading.operands[:1] if word.known]
    if program in FIRST and first and not ("=" in first[0] and first[0].partition("=")[0].isidentifier()):
        yield _address(first[0])


def _address(given: str) -> tuple[str, str]:
    """Read `scheme://user@host:port/name?options`, or a name alone; of a file its own name counts."""
    scheme, found, rest = given.partition("://")
    if not found:
        return "", given.rstrip("/").rpartition("/")[2].removeprefix("file:")
    authority, _, path = rest.partition("/")
    host = authority.rpartition("@")[2]
    host = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
    name = path.partition("?")[0].rpartition("/")[2]
    return ("" if scheme.startswith(("sqlite", "file")) else host or "localhost"), name


def _is_here(host: str) -> bool:
    """Say whether a host is this machine, or one beside it whose name has no dot (a service of the same compose file)."""
    return host.startswith(HERE) or "." not in host
